"""Files for the cases of rules: three sound transactions of invented parties, and edits that break them.

An edit is one of these; K is the kind of a record, with a number where it is not the first of its kind:

    K.field=text   other text in a field (it may be more than fits nowhere else)   K.#=text    its transaction number
    -K             the record is left out                                           K.##=text   its record number
    +K             the record stands there twice                                    K=XYZ       another kind
    K>M            the record stands behind the record M
"""

import re
from dataclasses import dataclass, field

from muniment.kernel.formats.cwr.layout import layout_of
from muniment.kernel.words.identifiers import make_eidr, make_ipi_base, make_ipi_name, make_isrc, make_iswc
from tests.kernel.formats.cwr.works import HEADER

_CONTROLS = {"HDR", "GRH", "GRT", "TRL"}
_HEADERS = {"AGR", "NWR", "REV", "ISW", "EXC", "ACK"}
_EDIT = re.compile(r"(\w{3})(\d?)\.([\w#]+)=(.*)|(\w{3})(\d?)>(\w{3})(\d?)|([+-])(\w{3})(\d?)|(\w{3})(\d?)=(.*)")

PUBLISHER, OTHER_PUBLISHER = make_ipi_name(410_000_001), make_ipi_name(410_000_002)
WRITER, OTHER_WRITER = make_ipi_name(410_000_003), make_ipi_name(410_000_004)
BASE = f"I-{make_ipi_base(410_000_001)[1:10]}-{make_ipi_base(410_000_001)[10]}"
ISWC, ISRC = make_iswc(910_000_001), make_isrc("QZ", "MUN", HEADER.created_at.date(), 7)
EIDR = make_eidr(4711).removeprefix("10.5240/").replace("-", "")
SHARES = "pr_share={} mr_share={} sr_share={}"


@dataclass
class Row:
    """One record of a file: its kind and the text of its fields; numbers are made unless an edit gave them."""

    kind: str
    texts: dict[str, str] = field(default_factory=dict)
    shown: str = ""
    number: str = ""
    record_number: str = ""


def _row(kind: str, texts: str) -> Row:
    pairs = (part.partition("=") for part in texts.split(";") if part)
    return Row(kind, {name.strip(): value for name, _, value in pairs})


def _rows(text: str) -> list[Row]:
    lines = (line.strip() for line in text.strip().splitlines())
    return [_row(line[:3], line[4:]) for line in lines]


_SOCIETIES = "pr_society=901;mr_society=901;sr_society=901"
_WORK = f"""
NWR title=RAIN OVER THE STEPPE;language=EN;submitter_work_number=MUN-1;iswc={ISWC};copyright_date=20260101;\
distribution_category=POP;duration=000320;recorded_indicator=Y;text_music=MTX;composite_type=MED;version_type=ORI;\
excerpt_type=MOV;work_type=PP;grand_rights=N;component_count=002
SPU publisher_sequence=01;ip_number=P1;publisher_name=STEPPE MUSIC;publisher_type=E;ipi_name={PUBLISHER};\
{_SOCIETIES};pr_share=02500;mr_share=05000;sr_share=05000;ipi_base={BASE};submitter_agreement_number=AG-1
NPN publisher_sequence=01;ip_number=P1;publisher_name=Дала;language=KK
SPT ip_number=P1;pr_share=02500;mr_share=05000;sr_share=05000;inclusion=I;tis=2136;shares_change=N;sequence=001
SPT ip_number=P1;pr_share=00000;mr_share=00000;sr_share=00000;inclusion=E;tis=0840;shares_change=N;sequence=002
OPU publisher_sequence=02;ip_number=P2;publisher_name=OTHER MUSIC;publisher_type=E;ipi_name={OTHER_PUBLISHER};\
{_SOCIETIES};pr_share=02500;mr_share=05000;sr_share=05000
OPT ip_number=P2;pr_share=02500;mr_share=05000;sr_share=05000;inclusion=I;tis=2136;shares_change=N;sequence=001
SWR ip_number=W1;last_name=SEITKALI;first_name=AIGUL;role=CA;ipi_name={WRITER};{_SOCIETIES};pr_share=02500
NWN ip_number=W1;last_name=Сейтқали;first_name=Айгүл;language=KK
SWT ip_number=W1;pr_share=02500;inclusion=I;tis=2136;shares_change=N;sequence=001
PWR publisher_ip_number=P1;publisher_name=STEPPE MUSIC;submitter_agreement_number=AG-1;writer_ip_number=W1;\
publisher_sequence=01
OWR ip_number=W2;last_name=NURLAN;first_name=ERLAN;role=A;ipi_name={OTHER_WRITER};{_SOCIETIES};pr_share=02500
OWT ip_number=W2;pr_share=02500;inclusion=I;tis=2136;shares_change=N;sequence=001
ALT title=THE RAIN;title_type=AT;language=EN
NAT title=Жаңбыр;title_type=OT;language=KK
EWT title=THE SEASONS;iswc={ISWC};language=EN;writer_1_last_name=SEITKALI;writer_1_first_name=AIGUL;\
writer_1_ipi_name={WRITER};writer_1_ipi_base={BASE};writer_2_last_name=NURLAN;writer_2_first_name=ERLAN;\
writer_2_ipi_name={OTHER_WRITER};writer_2_ipi_base={BASE};submitter_work_number=MUN-2
NET title=Мезгілдер;language=KK
NOW last_name=Сейтқали;first_name=Айгүл;language=KK;writer_position=1
VER title=THE OLD RAIN;iswc={ISWC};language=EN;writer_1_last_name=SEITKALI;writer_1_first_name=AIGUL;\
writer_1_ipi_name={WRITER};writer_1_ipi_base={BASE};writer_2_last_name=NURLAN;writer_2_first_name=ERLAN;\
writer_2_ipi_name={OTHER_WRITER};writer_2_ipi_base={BASE};submitter_work_number=MUN-3
NVT title=Ескі жаңбыр;language=KK
PER last_name=THE DEMO SINGERS;first_name=A;ipi_name={WRITER};ipi_base={BASE}
NPR last_name=Әншілер;ipi_name={WRITER};ipi_base={BASE};language=KK;performance_language=KK;performance_dialect=kaz
REC release_date=20260301;duration=000321;album_title=FIRST ALBUM;ean=4006381333931;isrc={ISRC};recording_format=A;\
recording_technique=D;media_type=CD;recording_title=RAIN;version_title=LIVE;isrc_validity=Y;recording_number=R-1
ORN intended_purpose=LIB;production_title=THE FILM;cd_identifier=MUN 1;cut_number=0001;music_library=MUN;bltvr=B;\
episode_title=ONE;year_of_production=2026;audio_visual_number=AV-1;isan=00003BAB9352;episode=0000;isan_check=G;\
eidr={EIDR}
INS number_of_voices=002;instrumentation_type=COR
IND instrument_code=GTR;number_of_players=002
COM title=PART ONE;iswc={ISWC};submitter_work_number=MUN-4;duration=000100;writer_1_last_name=SEITKALI;\
writer_1_first_name=AIGUL;writer_1_ipi_name={WRITER};writer_2_last_name=NURLAN;writer_2_first_name=ERLAN;\
writer_2_ipi_name={OTHER_WRITER};writer_1_ipi_base={BASE};writer_2_ipi_base={BASE}
NCT title=Бірінші бөлім;language=KK
ARI society=901;work_number=A-77;type_of_right=ALL;subject_code=DW;note=THE SAME WORK
XRF organisation=901;identifier=A-77;identifier_type=W;validity=Y
""".replace("\\\n", "")

_AGREEMENT = f"""
AGR submitter_agreement_number=AG-1;agreement_type=OS;agreement_start_date=20260101;agreement_end_date=20281231;\
retention_end_date=20291231;prior_royalty_status=D;prior_royalty_start_date=20250101;post_term_collection_status=D;\
post_term_collection_end_date=20301231;signature_date=20251201;work_count=00002;sales_manufacture_clause=S;\
shares_change=N;advance_given=N;isac=ISAC-1
TER inclusion=I;tis=2136
IPA role=AS;ipi_name={WRITER};ipi_base={BASE};ip_number=W1;last_name=SEITKALI;first_name=AIGUL;{_SOCIETIES};\
pr_share=05000;mr_share=05000;sr_share=05000
NPA ip_number=W1;name=Сейтқали;first_name=Айгүл;language=KK
IPA role=AC;ipi_name={PUBLISHER};ip_number=P1;last_name=STEPPE MUSIC;{_SOCIETIES};\
pr_share=05000;mr_share=05000;sr_share=05000
""".replace("\\\n", "")

_ANSWER = """
ACK creation_date=20261121;creation_time=093000;original_group_id=00001;original_transaction_sequence=00000000;\
original_transaction_type=NWR;creation_title=RAIN OVER THE STEPPE;submitter_creation_number=MUN-1;\
recipient_creation_number=A-77;processing_date=20261201;transaction_status=AS
MSG message_type=F;original_record_sequence=00000001;record_type=SPU;message_level=F;validation_number=010;\
message_text=THE IPI NUMBER IS OF SOMEBODY ELSE
""".replace("\\\n", "")


def base_rows(base: str) -> list[Row]:
    """Return the transactions of a sound file by its name: work, agreement, both or answer."""
    work, agreement = _rows(_WORK), _rows(_AGREEMENT)
    return {"work": work, "agreement": agreement, "both": [*agreement, *work], "answer": [*_rows(_ANSWER), *work]}[base]


def case_file(base: str, edits: str, version: str) -> bytes:
    """Return the bytes of a sound file with edits made, its counts right unless an edit says otherwise."""
    return b"".join(line.encode() + b"\r\n" for line in _lines(_edited(base, edits, version), version))


def _edited(base: str, edits: str, version: str) -> list[Row]:
    rows = [Row("HDR", _header_texts()), *_grouped(base_rows(base), version), Row("TRL")]
    for edit in filter(None, (part.strip() for part in edits.split(";"))):
        found = _EDIT.fullmatch(edit)
        assert found, edit
        _edit(rows, found)
    return rows


def _header_texts() -> dict[str, str]:
    texts = {"sender_type": "PB", "sender_id": "000000199", "sender_name": "STEPPE MUSIC", "edi_version": "01.10"}
    dates = {"creation_date": "20261121", "creation_time": "093000", "transmission_date": "20261122"}
    return texts | dates | {"character_set": "UTF-8"}


def _grouped(rows: list[Row], version: str) -> list[Row]:
    """Put rows into groups, one for each kind of transaction."""
    grouped: list[Row] = []
    for row in rows:
        begins = row.kind in _HEADERS and not (grouped and grouped[-1].kind == "MSG")
        if begins:
            grouped += [Row("GRT")] if grouped else []
            grouped.append(Row("GRH", {"transaction_type": row.kind, "version": version}))
        if row.kind in layout_of(version):
            grouped.append(row)
    return [*grouped, Row("GRT")]


def _find(rows: list[Row], kind: str, number: str) -> int:
    return [place for place, row in enumerate(rows) if row.kind == kind][int(number or 1) - 1]


def _edit(rows: list[Row], found: re.Match[str]) -> None:
    kind, number, name, text, moved, moved_no, behind, behind_no, sign, other, other_no, turned, turned_no, shown = (
        found.groups()
    )
    if kind and name == "#":
        rows[_find(rows, kind, number)].number = text
    elif kind and name == "##":
        rows[_find(rows, kind, number)].record_number = text
    elif kind:
        rows[_find(rows, kind, number)].texts[name] = text
    elif moved:
        row = rows.pop(_find(rows, moved, moved_no))
        rows.insert(_find(rows, behind, behind_no) + 1, row)
    elif sign:
        place = _find(rows, other, other_no)
        if sign == "-":
            rows.pop(place)
        else:
            rows.insert(place + 1, Row(rows[place].kind, dict(rows[place].texts)))
    else:
        row = rows[_find(rows, turned, turned_no)]
        row.kind, row.shown = (shown, "") if shown in layout_of("02.20") else (row.kind, shown)


def _lines(rows: list[Row], version: str) -> list[str]:
    lines: list[str] = []
    groups = transactions = in_group = group_records = place = 0
    inside_answer = False
    for row in rows:
        counts: dict[str, str] = {}
        prefix = row.shown or row.kind
        group_records += 1
        if row.kind == "GRH":
            groups, in_group, group_records = groups + 1, 0, 1
            counts = {"group_id": f"{groups:05d}"}
        elif row.kind == "GRT":
            counts = {
                "group_id": f"{groups:05d}",
                "transaction_count": f"{in_group:08d}",
                "record_count": f"{group_records:08d}",
            }
        elif row.kind == "TRL":
            counts = {
                "group_count": f"{groups:05d}",
                "transaction_count": f"{transactions:08d}",
                "record_count": f"{len(rows):08d}",
            }
        elif row.kind not in _CONTROLS:
            begins = row.kind in _HEADERS and not inside_answer
            inside_answer = row.kind == "ACK" or (inside_answer and not begins)
            place = 0 if begins else place + 1
            in_group, transactions = in_group + begins, transactions + begins
            prefix += (row.number or f"{in_group - 1:08d}") + (row.record_number or f"{place:08d}")
        if row.kind in ("GRH", "GRT"):
            inside_answer = False
        lines.append(_line(row, prefix, counts | row.texts, version))
    return lines


def _line(row: Row, prefix: str, texts: dict[str, str], version: str) -> str:
    line = prefix
    shape = layout_of("02.20" if row.kind == "HDR" else version)[row.kind]
    for place in shape.fields:
        size = place.end - place.start
        zeros = "0" * size if place.form in "NSVTD" and place.name not in texts else ""
        line = line.ljust(place.start) + texts.get(place.name, zeros).ljust(size)[:size]
    return line + texts.get("tail", "")
