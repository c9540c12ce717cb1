"""Write a CWR 2.1 file from works: one group for each kind of transaction, numbers and counts right.

Strict where the reader is tolerant: a work that breaks a rule of the standard, or a value that its field cannot hold,
is refused with the reason. Latin text goes in capitals and the standard's characters; what is written otherwise goes
into the records that the standard has for it (NPN, NWN, NAT) as UTF-8, beside a romanised form (`prepare_work`).
"""

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from anyascii import anyascii

from muniment.kernel.formats.cwr.checks import check_work
from muniment.kernel.formats.cwr.fields import UnwritableField, Value
from muniment.kernel.formats.cwr.layout import Severity, layout_of
from muniment.kernel.formats.cwr.reading import CwrSender
from muniment.kernel.formats.cwr.records import CwrRecord, format_record
from muniment.kernel.formats.cwr.works import (
    CwrLink,
    CwrName,
    CwrPublisher,
    CwrTerm,
    CwrTitle,
    CwrWork,
    CwrWriter,
)
from muniment.kernel.words.problems import UserError

VERSION = "02.10"
TITLE_LETTERS = frozenset(" !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`{}~")
"""The characters of CISAC's set for titles that are ASCII."""
NAME_LETTERS = frozenset(" !#$%&'()+-./0123456789?@ABCDEFGHIJKLMNOPQRSTUVWXYZ`")
"""The same for names."""

_NATIVE = frozenset({("NPN", "publisher_name"), ("NWN", "last_name"), ("NWN", "first_name"), ("NAT", "title")})
_LINE_END = "\r\n"

Line = tuple[str, dict[str, Value]]


class UnwritableWork(UserError):
    """A work cannot be written as CWR: it breaks a rule, or a value does not fit."""


@dataclass(frozen=True, slots=True)
class CwrHeader:
    """What the header of a transmission says: who sends it, when it was made and is sent."""

    sender: CwrSender
    created_at: datetime
    transmitted_on: date | None = None
    character_set: str = "UTF-8"


def write_cwr(header: CwrHeader, works: Iterable[CwrWork]) -> Iterator[bytes]:
    """Give the lines of a CWR 2.1 file (CRLF, UTF-8) for works of kind NWR and REV, each kind in one run.

    Raises:
        UnwritableWork: a work breaks a rule of the standard or has a value that does not fit.
        UnwritableField: the header has such a value.
    """
    yield _encode(_header_line(header))
    groups: list[str] = []
    records, transactions = 1, 0
    in_group = group_records = 0
    for work in works:
        if not groups or groups[-1] != work.kind:
            if groups:
                yield _encode(_group_trailer(len(groups), in_group, group_records + 1))
                records += 1
            if work.kind in groups or work.kind not in {"NWR", "REV"}:
                raise UnwritableWork(f"A {work.kind} work stands outside the group of its kind.", "Sort works by kind.")
            groups.append(work.kind)
            yield _encode(
                _control(
                    "GRH", transaction_type=work.kind, group_id=len(groups), version=VERSION, batch_request="0" * 10
                )
            )
            records, in_group, group_records = records + 1, 0, 1
        for line in transaction_lines(work, in_group):
            yield _encode(line)
            group_records, records = group_records + 1, records + 1
        in_group, transactions = in_group + 1, transactions + 1
    if not groups:
        raise UnwritableWork("There are no works to write.", "Choose at least one work.")
    yield _encode(_group_trailer(len(groups), in_group, group_records + 1))
    yield _encode(_control("TRL", group_count=len(groups), transaction_count=transactions, record_count=records + 2))


def _encode(line: str) -> bytes:
    return (line + _LINE_END).encode()


def _control(kind: str, **values: Value) -> str:
    return format_record(layout_of(VERSION)[kind], kind, values)


def _group_trailer(number: int, transactions: int, records: int) -> str:
    return _control("GRT", group_id=number, transaction_count=transactions, record_count=records, total_value="0" * 10)


def _header_line(header: CwrHeader) -> str:
    kind, number = header.sender.kind, header.sender.number
    if number.isdigit() and len(number) == 11:
        kind, number = (kind, number[2:]) if number.startswith("00") else (number[:2], number[2:])
    return _control(
        "HDR",
        sender_type=kind,
        sender_id=number.zfill(9) if number.isdigit() else number,
        sender_name=_capitals(header.sender.name, NAME_LETTERS),
        edi_version="01.10",
        creation_date=header.created_at.date(),
        creation_time=f"{header.created_at:%H%M%S}",
        transmission_date=header.transmitted_on or header.created_at.date(),
        character_set=header.character_set,
    )


def transaction_lines(work: CwrWork, number: int) -> list[str]:
    """Return the lines of a work's transaction, `number` counting from 0 in its group.

    Raises:
        UnwritableWork: the work breaks a rule, or a value does not fit its field.
    """
    ready = prepare_work(work)
    lines = [_work_header(ready), *_details(ready)]
    header, *records = (CwrRecord(kind, place + 1, values) for place, (kind, values) in enumerate(lines))
    broken = [problem for problem in check_work(header, records) if problem.rule[4:6] != Severity.FIELD]
    if broken:
        raise UnwritableWork(f"Work {work.submitter_work_number!r}: {broken[0].message}", broken[0].remedy)
    layout = layout_of(VERSION)
    try:
        return [
            format_record(layout[kind], f"{kind}{number:08d}{place:08d}", _writable(kind, values))
            for place, (kind, values) in enumerate(lines)
        ]
    except UnwritableField as error:
        raise UnwritableWork(f"Work {work.submitter_work_number!r}: {error.message}", error.remedy) from error


def _writable(kind: str, values: Mapping[str, Value]) -> Mapping[str, Value]:
    """Return the values of a record, making sure that only native records leave the standard's characters."""
    for name, value in values.items():
        if isinstance(value, str) and (kind, name) not in _NATIVE and not TITLE_LETTERS.issuperset(value):
            raise UnwritableField(
                f"{value!r} in {kind} {name} has letters that CWR does not.", "Write it in capitals A-Z."
            )
    return values


def _capitals(text: str, letters: frozenset[str]) -> str:
    """Return the text in capitals, romanised, with blanks for what the standard's characters lack."""
    latin = text.upper() if text.isascii() else anyascii(text).upper()
    return " ".join("".join(letter if letter in letters else " " for letter in latin).split())


def _is_plain(text: str, letters: frozenset[str]) -> bool:
    return letters.issuperset(text.upper())


def _tidy(text: str) -> str:
    """Return the text on one line without doubled blanks; control characters and halves of letters become blanks."""
    return " ".join(
        "".join(" " if unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"} else char for char in text).split()
    )


def prepare_work(work: CwrWork) -> CwrWork:
    """Return the work as CWR writes it: Latin text in capitals, names and titles of other scripts beside it.

    A title or name that the standard's characters cannot write is romanised, and what it was stands among `titles`
    (kind OT) or `other_names`. Doing it twice changes nothing more.
    """
    title = _tidy(work.title)
    titles = tuple(replace(other, title=_shown(_tidy(other.title))) for other in work.titles)
    if not _is_plain(title, TITLE_LETTERS):
        native = CwrTitle(title, "OT", work.language)
        titles = titles if native in titles else (*titles, native)
    publishers = {publisher.ip_number: publisher for publisher in map(_prepare_publisher, work.publishers)}
    return replace(
        work,
        title=_capitals(title, TITLE_LETTERS),
        titles=tuple(sorted(titles, key=lambda other: not _is_plain(other.title, TITLE_LETTERS))),
        publishers=tuple(map(_prepare_publisher, work.publishers)),
        writers=tuple(_prepare_writer(writer, publishers) for writer in work.writers),
        performers=tuple(
            replace(
                performer,
                last_name=_capitals(_tidy(performer.last_name), NAME_LETTERS),
                first_name=_capitals(_tidy(performer.first_name), NAME_LETTERS),
            )
            for performer in work.performers
        ),
    )


def _shown(title: str) -> str:
    return title.upper() if _is_plain(title, TITLE_LETTERS) else title


def _prepare_publisher(publisher: CwrPublisher) -> CwrPublisher:
    name = _tidy(publisher.name)
    others = tuple(replace(other, name=_tidy(other.name), first_name="") for other in publisher.other_names)
    if not _is_plain(name, NAME_LETTERS) and not name.isascii():
        native = CwrName(name)
        others = others if native in others else (*others, native)
    return replace(publisher, name=_capitals(name, NAME_LETTERS), other_names=others)


def _prepare_writer(writer: CwrWriter, publishers: Mapping[str, CwrPublisher]) -> CwrWriter:
    last, first = _tidy(writer.last_name), _tidy(writer.first_name)
    others = tuple(
        replace(other, name=_tidy(other.name), first_name=_tidy(other.first_name)) for other in writer.other_names
    )
    if not (f"{last}{first}".isascii()):
        native = CwrName(last, first)
        others = others if native in others else (*others, native)
    links = tuple(
        replace(link, publisher_name=publishers[link.publisher_ip_number].name)
        if link.publisher_ip_number in publishers
        else link
        for link in writer.publishers
    )
    return replace(
        writer,
        last_name=_capitals(last, NAME_LETTERS),
        first_name=_capitals(first, NAME_LETTERS),
        other_names=others,
        publishers=tuple(replace(link, chain=None) for link in links),
    )


def _work_header(work: CwrWork) -> Line:
    return work.kind, {
        "title": work.title,
        "language": work.language,
        "submitter_work_number": work.submitter_work_number,
        "iswc": work.iswc,
        "copyright_date": work.copyright_date,
        "copyright_number": work.copyright_number,
        "distribution_category": work.distribution_category,
        "duration": work.duration_ms,
        "recorded_indicator": work.recorded,
        "text_music": work.text_music,
        "version_type": work.version_type,
        "music_arrangement": work.music_arrangement,
        "lyric_adaptation": work.lyric_adaptation,
        "work_type": work.work_type,
    }


def _details(work: CwrWork) -> Iterator[Line]:
    for publisher in work.publishers:
        yield from _publisher_lines(publisher)
    for writer in work.writers:
        yield from _writer_lines(writer)
    for title in work.titles:
        kind = "ALT" if _is_plain(title.title, TITLE_LETTERS) else "NAT"
        yield kind, {"title": title.title, "title_type": title.kind, "language": title.language}
    if work.original is not None:
        original = work.original
        yield (
            "VER",
            {
                "title": original.title,
                "iswc": original.iswc,
                "language": original.language,
                "writer_1_last_name": original.writer_last_name,
                "writer_1_first_name": original.writer_first_name,
                "submitter_work_number": original.submitter_work_number,
            },
        )
    for performer in work.performers:
        yield (
            "PER",
            {
                "last_name": performer.last_name,
                "first_name": performer.first_name,
                "ipi_name": performer.ipi_name,
                "ipi_base": performer.ipi_base,
            },
        )
    for recording in work.recordings:
        if recording.title or recording.artist:
            raise UnwritableWork("CWR 2.1 has no title or artist of a recording.", "Leave them blank.")
        yield (
            "REC",
            {
                "release_date": recording.release_date,
                "duration": recording.duration_ms,
                "album_title": recording.album_title,
                "album_label": recording.album_label,
                "catalogue_number": recording.catalogue_number,
                "ean": recording.ean,
                "isrc": recording.isrc,
            },
        )
    for origin in work.origins:
        yield (
            "ORN",
            {
                "intended_purpose": origin.purpose,
                "production_title": origin.production_title,
                "cd_identifier": origin.cd_identifier,
                "library": origin.music_library,
            },
        )


def _owned(party: CwrPublisher | CwrWriter) -> dict[str, Value]:
    return {
        "ip_number": party.ip_number,
        "ipi_name": party.ipi_name,
        "ipi_base": party.ipi_base,
        "pr_society": party.pr_society,
        "pr_share": party.pr_ppm,
        "mr_society": party.mr_society,
        "mr_share": party.mr_ppm,
        "sr_society": party.sr_society,
        "sr_share": party.sr_ppm,
    }


def _term_lines(kind: str, ip_number: str, terms: Iterable[CwrTerm]) -> Iterator[Line]:
    for place, term in enumerate(terms, 1):
        yield (
            kind,
            {
                "ip_number": ip_number,
                "pr_share": term.pr_ppm,
                "mr_share": term.mr_ppm,
                "sr_share": term.sr_ppm,
                "inclusion": term.sign,
                "tis": term.tis,
                "shares_change": "Y" if term.shares_change else "N",
                "sequence": place,
            },
        )


def _publisher_lines(publisher: CwrPublisher) -> Iterator[Line]:
    yield (
        "SPU" if publisher.controlled else "OPU",
        {
            **_owned(publisher),
            "publisher_sequence": publisher.chain,
            "publisher_name": publisher.name,
            "publisher_unknown": "Y" if publisher.unknown else "",
            "publisher_type": publisher.role,
            "submitter_agreement_number": publisher.submitter_agreement_number,
            "society_agreement_number": publisher.society_agreement_number,
            "agreement_type": publisher.agreement_type,
        },
    )
    for other in publisher.other_names:
        yield (
            "NPN",
            {
                "publisher_sequence": publisher.chain,
                "ip_number": publisher.ip_number,
                "publisher_name": other.name,
                "language": other.language,
            },
        )
    if publisher.terms and not publisher.controlled:
        raise UnwritableWork("CWR 2.1 has no territories of publishers that are not controlled.", "Leave them out.")
    yield from _term_lines("SPT", publisher.ip_number, publisher.terms)


def _writer_lines(writer: CwrWriter) -> Iterator[Line]:
    yield (
        "SWR" if writer.controlled else "OWR",
        {
            **_owned(writer),
            "last_name": writer.last_name,
            "first_name": writer.first_name,
            "writer_unknown": "Y" if writer.unknown else "",
            "role": writer.role,
        },
    )
    for other in writer.other_names:
        yield (
            "NWN",
            {
                "ip_number": writer.ip_number,
                "last_name": other.name,
                "first_name": other.first_name,
                "language": other.language,
            },
        )
    if (writer.terms or writer.publishers) and not writer.controlled:
        raise UnwritableWork(
            "CWR 2.1 has no territories or links of writers that are not controlled.", "Leave them out."
        )
    yield from _term_lines("SWT", writer.ip_number, writer.terms)
    for link in writer.publishers:
        yield "PWR", _link_values(writer.ip_number, link)


def _link_values(ip_number: str, link: CwrLink) -> dict[str, Value]:
    return {
        "publisher_ip_number": link.publisher_ip_number,
        "publisher_name": link.publisher_name,
        "submitter_agreement_number": link.submitter_agreement_number,
        "society_agreement_number": link.society_agreement_number,
        "writer_ip_number": ip_number,
    }
