"""Every record type and profile of the tables is read: reports made from the tables themselves, and written again."""

import io
from collections.abc import Mapping

import pytest

from muniment.kernel.formats.dsr import AmountBasis, DsrHead, DsrSale, DsrSummary, iter_dsr, read_lines, write_lines
from muniment.kernel.formats.dsr.checking import check_stream
from muniment.kernel.formats.dsr.rows import DsrRow, read_row
from muniment.kernel.formats.dsr.tables import ProfileShape, RecordShape, profile_of, profiles, shapes
from muniment.kernel.words.identifiers import make_iswc
from muniment.kernel.words.problems import Problem

KINDS: Mapping[str, str] = {
    "integer": "4",
    "decimal": "4",
    "boolean": "true",
    "date": "2026-07-01",
    "datetime": "2026-10-05T08:00:00Z",
    "duration": "PT3M20S",
    "currency": "EUR",
    "territory": "KZ",
    "party": "ns::7",
    "dpid": "PADPIDA2014999999Z",
    "isrc": "QZMUN2600001",
    "iswc": make_iswc(1),
    "isan": "000000000000",
    "icpn": "000000000000",
}
MEANINGS = {
    "block_id": "1",
    "summary_id": "1",
    "resource_reference": "A1",
    "transacted_resource": "A1",
    "release_reference": "R1",
    "used_resources": "A1",
    "file_number": "1",
    "file_count": "1",
    "message_version": "dsrf/3.0",
    "message_id": "M1",
    "net_revenue": "8.00",
    "amount": "2.00",
    "other_amount": "3.00",
    "usages": "4",
    "returns": "0",
}


def row(record: str, profile: ProfileShape | None = None, **cells: str) -> str:
    """Return a row of a record type with every cell filled."""
    shape: RecordShape = shapes()["HEAD" if record == "SRHE" else record]
    told = {place: {**MEANINGS, **cells}.get(name, "") for name, place in shape.places.items()}
    if profile is not None and record in {"HEAD", "SRHE"}:
        told[shape.places["profile"]], told[shape.places["profile_version"]] = profile.name, profile.version
    texts = [told.get(place) or KINDS.get(column.kind, "x") for place, column in enumerate(shape.columns)]
    return "\t".join((f"{record[:4]}.{record[4:]}" if record[4:] else record, *texts))


def report_of(profile: ProfileShape) -> bytes:
    """Return a report that has one row of each record type of a profile that the tables have."""
    of_part: dict[str, list[str]] = {}
    for record, part in profile.parts.items():
        if record in shapes() and part != "foot":
            of_part.setdefault(part, []).append(record)
    summaries = of_part["summary"][:1]
    sales = [record for record in of_part.get("block", []) + of_part.get("row", []) if record[:2] in {"SU", "SR", "ML"}]
    lines = [row(of_part["head"][0], profile, repertoire="x")]
    lines += [row(record, usages=str(4 * max(len(sales), 1)), summary_id="1") for record in summaries]
    block = of_part.get("block", [])
    resources = [record for record in block if record.startswith("AS")][-1:]
    order = ("RE", "AS", "MW", "CU", "RU", "SU", "ML", "LI")
    chosen = [record for record in block if not record.startswith("AS") or record in resources]
    lines += [row(record) for prefix in order for record in chosen if record.startswith(prefix)]
    lines += [row(record) for record in of_part.get("row", [])]
    foot = "FOOT" if "FOOT" in profile.parts else "SRFO"
    lines.append(f"{foot}\t{len(lines) + 1}\t" + ("" if foot == "FOOT" else "1"))
    return ("\n".join(lines) + "\n").encode()


@pytest.mark.parametrize("key", sorted(profiles()), ids="/".join)
def test_every_profile_is_read_and_written_again(key: tuple[str, str, str]) -> None:
    content = report_of(profiles()[key])
    items = list(iter_dsr(io.BytesIO(content)))
    assert [item for item in items if isinstance(item, Problem) and item.rule != "DSR.LICENSOR"] == []
    sales = [item for item in items if isinstance(item, DsrSale)]
    assert isinstance(items[0], DsrHead)
    assert any(isinstance(item, DsrSummary) for item in items)
    assert sales
    assert all(sale.usages in {0, 4} and sale.territory == "KZ" for sale in sales)
    assert b"".join(write_lines(read_lines(io.BytesIO(content)))) == content
    rules = {item.rule for item in check_stream(io.BytesIO(content)) if isinstance(item, Problem)}
    assert not rules & {"DSR.NOT_IN_PROFILE", "DSR.ORDER", "DSR.PROFILE", "DSR.PROFILE_VERSION"}


@pytest.mark.parametrize("record", sorted(shapes()))
def test_every_record_type_is_read_by_its_cells(record: str) -> None:
    shape = shapes()[record]
    found = read_row(record, 1, row(record).split("\t")[1:])
    assert isinstance(found, DsrRow)
    assert len(found.cells) == len(shape.columns)
    assert all(found.raw(meaning) for meaning in shape.places)


def test_profiles_are_found_as_heads_write_them() -> None:
    ugc = profile_of("UGCProfile", "1.1", "blocks")
    assert ugc is not None
    assert (ugc.name, ugc.version) == ("UgcProfile", "1.1.1")
    assert profile_of("BasicAudioProfileSRB", "1.2", "rows") is not None
    assert profile_of("BasicAudioProfile", "", "blocks") is None


def programme(*rows: str) -> list[DsrSale]:
    """Return the sales of a programme with its cue sheet."""
    head = "HEAD\tdsrf/3.0\tAudioVisualProfile\t1.1\tM1\tx\t1\t1\t2026-07-01\t2026-09-30\tP\tDemo"
    summary = "SY06.01\t1\t\t\tSubscription\tStream\tKZ\tVideo\t10\t\tEUR\t\t9.00"
    film = "AS03.01\t1\tA1\tf1\t\t\t\tFilm\tThe Silver Ferry\t\t\t\t\t\tPT90M\t\t\tFarida Director"
    content = "\n".join((head, summary, film, *rows, "SU04.01\t1\t1\tT\t\tA1\t\t\t\t\t\t\ttrue\tfalse\t10\t0", "FOOT"))
    return [item for item in iter_dsr(io.BytesIO(content.encode())) if isinstance(item, DsrSale)]


def test_the_cues_of_a_programme_are_uses_of_their_works_and_share_its_money_by_duration() -> None:
    cues = (
        f"CU01\t1\tA1\tPT1M\tPT1M\t\t{make_iswc(1)}\tLantern Song\tKite Sisters\t\t\t\tAigul Seitkali|Erlan",
        "CU01\t1\tA1\tPT9M\tPT2M\tQZMUN2600001\t\tFerry Theme",
    )
    first, second = programme(*cues)
    assert (first.title, first.iswc, first.composers, first.duration_ms, first.usages) == (
        *("Lantern Song", make_iswc(1), ("Aigul Seitkali", "Erlan"), 60_000, 10),
    )
    assert (second.title, second.isrc, second.dsp_resource_id) == ("Ferry Theme", "QZMUN2600001", "f1")
    assert (first.amount_micro, second.amount_micro) == (3_000_000, 6_000_000)
    assert first.amount_basis is AmountBasis.SUMMARY
    (whole,) = programme()
    assert (whole.title, whole.display_artist, whole.amount_micro) == ("The Silver Ferry", "Farida Director", 9_000_000)


def test_a_recording_of_several_works_is_a_use_of_each() -> None:
    head = "HEAD\tdsrf/3.0\tUgcProfile\t1.2\tM1\tx\t1\t1\t2026-07-01\t2026-09-30\tP\tDemo"
    rows = (
        "SY02.02\t1\t\t\tAds\tStream\tKZ\tFree\t7\t\tEUR\t1",
        "AS01.01\t1\tA1\td1\t\tMedley\t\tSingers",
        f"MW01.01\t1\tw1\t{make_iswc(1)}\tFirst",
        f"MW01.01\t1\tw2\t{make_iswc(2)}\tSecond",
        "SU03.02\t1\tT\t1\td1\t7\t0.000005",
        "FOOT",
    )
    items = list(iter_dsr(io.BytesIO("\n".join((head, *rows)).encode())))
    sales = [item for item in items if isinstance(item, DsrSale)]
    assert [(sale.work_title, sale.iswc, sale.amount_micro) for sale in sales] == [
        ("First", make_iswc(1), 2),
        ("Second", make_iswc(2), 3),
    ]
    assert not [item for item in items if isinstance(item, Problem)]


def test_tables_of_a_member_take_the_place_of_ours(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    table = "record,place,cell,kind,mandatory,repeated,known\nZZ01,2,BlockId,text,*,,xsd\n"
    (tmp_path / "records.csv").write_text(table)
    monkeypatch.setenv("MUNIMENT_DSR_TABLES", str(tmp_path))
    shapes.cache_clear()
    try:
        assert set(shapes()) == {"ZZ01"}
    finally:
        monkeypatch.undo()
        shapes.cache_clear()
