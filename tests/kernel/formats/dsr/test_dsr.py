"""A sales report comes back as it was written, and says what does not tie."""

import gzip
import io
from contextlib import suppress
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from muniment.kernel.formats.dsr import (
    BASIC_AUDIO,
    UGC,
    AmountBasis,
    DsrHead,
    DsrSale,
    DsrSummary,
    DsrTotals,
    UnwritableReport,
    iter_dsr,
    unwritable,
    write_dsr,
)
from muniment.kernel.formats.dsr.checking import check_stream
from muniment.kernel.words.identifiers import make_isrc, make_iswc
from muniment.kernel.words.problems import BadFile, Problem, UserError
from tests.kernel.formats.golden import golden_bytes

HEAD = DsrHead(
    "DEMO-1",
    created_at="2026-10-05T08:00:00Z",
    usage_start_on=date(2026, 7, 1),
    usage_end_on=date(2026, 9, 30),
    sender_id="PADPIDA0000000000D",
    sender_name="Demo Stream",
    service="Premium",
    recipient_name="Steppe Society",
)
PREMIUM = DsrSummary(
    "1", "SY02", "KZ", "SubscriptionModel", "Stream", "Premium", 1200, 300, "EUR", 4_512_345_678, line=2
)
RAIN = DsrSale(
    "1",
    "T1",
    1000,
    dsp_resource_id="demo:1",
    isrc=make_isrc("QZ", "MUN", date(2026, 1, 1), 1),
    title="Rain | over the steppe",
    sub_title="Live \\ acoustic",
    display_artist="The Demo Singers",
    duration_ms=200_000,
    iswc=make_iswc(900_000_001),
    composers=("Aigul Seitkali", "Erlan | Nurlan"),
    publishers=("Steppe Music",),
    proprietary_work_id="STEPPE-1",
)
SNOW = DsrSale("1", "T2", 150, dsp_resource_id="demo:2", title="Снег", display_artist="Ансамбль", duration_ms=61_500)
SALES = [RAIN, replace(RAIN, sales_transaction_id="T3", usages=50), SNOW]


def read(content: bytes) -> tuple[list[DsrSale], list[Problem]]:
    items = list(iter_dsr(io.BytesIO(content)))
    return [i for i in items if isinstance(i, DsrSale)], [i for i in items if isinstance(i, Problem)]


def plain(sale: DsrSale) -> DsrSale:
    """Leave out what only a read sale knows."""
    return replace(sale, block_id="", summary=None, amount_micro=None, amount_basis=AmountBasis.NONE)


def test_the_golden_report_is_written_and_read() -> None:
    written = b"".join(write_dsr(HEAD, [PREMIUM], SALES))
    golden = golden_bytes("dsr/premium.tsv", written)
    assert written == golden
    head, summary, *rest = iter_dsr(io.BytesIO(golden))
    assert (head, summary) == (HEAD, PREMIUM)
    assert [plain(sale) for sale in rest if isinstance(sale, DsrSale)] == SALES
    first = rest[0]
    assert isinstance(first, DsrSale)
    assert isinstance(rest[-1], DsrTotals)
    assert sum(sale.amount_micro or 0 for sale in rest if isinstance(sale, DsrSale)) == PREMIUM.net_revenue_micro
    assert (first.territory, first.currency, first.net_revenue_micro, first.streams) == (
        "KZ",
        "EUR",
        4_512_345_678,
        1000,
    )


def test_a_gzipped_report_reads_the_same_and_a_cut_one_is_refused() -> None:
    golden = b"".join(write_dsr(HEAD, [PREMIUM], SALES))
    packed = gzip.compress(golden, mtime=0)
    assert read(packed) == read(golden)
    with pytest.raises(BadFile, match="cut off"):
        read(packed[:-20])


_texts = st.text(st.characters(blacklist_categories=["C", "Z"]) | st.sampled_from("|\\ "), max_size=12).map(
    lambda text: " ".join(text.split())
)
_numbers = st.integers(1, 999_999_999)


@st.composite
def sales(draw: st.DrawFn) -> DsrSale:
    """Make a sale of any resource."""
    return DsrSale(
        "1",
        draw(_texts),
        draw(st.integers(0, 10**9)),
        dsp_resource_id=draw(_texts),
        isrc=draw(st.just("") | st.integers(0, 99_999).map(lambda n: make_isrc("QZ", "MUN", date(2026, 1, 1), n))),
        title=draw(_texts),
        display_artist=draw(_texts),
        duration_ms=draw(st.none() | st.integers(1, 10_000_000)),
        iswc=draw(st.just("") | _numbers.map(make_iswc)),
        composers=tuple(filter(None, draw(st.lists(_texts, max_size=3)))),
    )


@settings(max_examples=80, deadline=None)
@given(chosen=st.lists(sales(), max_size=6))
def test_sales_come_back_as_they_were_written(chosen: list[DsrSale]) -> None:
    summary = replace(PREMIUM, usages=sum(sale.usages for sale in chosen))
    found, problems = read(b"".join(write_dsr(HEAD, [summary], chosen)))
    assert problems == []
    assert [plain(sale) for sale in found] == chosen


def report(*rows: str, foot: bool = True) -> bytes:
    head = "HEAD\tdsrf/3.0\tBasicAudioProfile\t1.2\tM1\t2026-10-05T08:00:00Z\t1\t1\t2026-07-01\t2026-09-30\tP1\tDemo"
    lines = ["# a comment", head, *rows, *(["FOOT"] if foot else [])]
    return ("\r\n".join(lines) + "\r\n").encode()


SY = "SY02.02\t1\t\t\tSubscriptionModel\tStream\tKZ\tPremium\t10\t\tEUR\t5.00"
AS = "AS0202\t1\tA1\tdemo:1\tQZMUN2600001\tRain\t\tSingers\t\tPT3M20S\tSoundRecording"
SU = "SU02\t1\t1\tT1\t\tA1\ttrue\t10"


@pytest.mark.parametrize(
    ("rows", "rules"),
    [
        ((SY, AS, SU), []),
        ((SY, AS, SU.replace("\t10", "\t9")), ["DSR.SUM"]),
        ((AS, SU), ["DSR.NO_SUMMARY"]),
        ((SY, AS, SU.replace("A1", "A2")), ["DSR.NO_RESOURCE"]),
        ((SY, AS, SU.replace("\t10", "\tmany")), ["DSR.NUMBER"]),
        ((SY, AS, SU.replace("\t10", "")), ["DSR.MISSING"]),
        ((SY, AS.replace("PT3M20S", "long"), SU), ["DSR.DURATION"]),
        ((SY, AS.replace("QZMUN2600001", "QZ1"), SU), ["DSR.ISRC"]),
        ((SY.replace("5.00", "5,00"), AS, SU), ["DSR.AMOUNT"]),
        ((SY, AS.replace("AS0202", "AS02.09"), SU), ["DSR.VERSION"]),
        ((SY, "XX01\t1", AS, "XX01\t1", SU), ["DSR.UNKNOWN_RECORD"]),
        ((SY, AS, SU, "FOOT\t9\t\t2\t3"), ["DSR.COUNT", "DSR.COUNT", "DSR.COUNT", "DSR.AFTER_FOOT"]),
    ],
)
def test_what_does_not_tie_is_said(rows: tuple[str, ...], rules: list[str]) -> None:
    _, problems = read(report(*rows))
    assert [problem.rule for problem in problems] == rules
    assert all(problem.message and problem.remedy for problem in problems)


def test_a_missing_foot_is_said() -> None:
    _, problems = read(report(SY, AS, SU, foot=False))
    assert [(problem.line, problem.rule) for problem in problems] == [(None, "DSR.NO_FOOT")]


def test_the_lines_of_the_foot_are_counted_with_and_without_comments() -> None:
    for count in (5, 6):
        assert read(report(SY, AS, SU, f"FOOT\t{count}\t\t1\t1", foot=False))[1] == []


def test_a_release_is_a_sale_of_each_resource_and_works_fill_in_what_is_missing() -> None:
    release = "RE01\t1\tR1\trel:1\t\t\t\tSingers\t\tFirst album"
    other = AS.replace("A1", "A2").replace("demo:1", "demo:2")
    work = f"MW01.01\t1\tw1\t{make_iswc(5)}\tRain\t\tAigul|Erlan"
    sale = "SU01\t1\t1\tT1\tR1\t\ttrue\tfalse\t10\t2"
    found, problems = read(report(SY.replace("SY02.02", "SY01"), release, AS, work, other, sale))
    assert problems == []
    assert [(sale.dsp_resource_id, sale.usages, sale.release_title) for sale in found] == [
        ("demo:1", 8, "First album"),
        ("demo:2", 8, "First album"),
    ]
    assert (found[0].iswc, found[0].composers) == (make_iswc(5), ("Aigul", "Erlan"))
    assert found[1].composers == ()


def test_rows_of_one_sale_each_are_read_without_blocks() -> None:
    cells = ["SR02", "1", "demo:1", "QZMUN2600001", "Rain", "", "Singers", "", "PT3M20S", "SoundRecording"]
    cells += [""] * 25
    cells[32:35] = ["T1", "true", "10"]
    content = report(SY, "\t".join(cells), foot=False) + b"SRFO\t4\t1\r\n"
    found, problems = read(content.replace(b"HEAD", b"SRHE"))
    assert problems == []
    assert [(sale.title, sale.usages, sale.duration_ms) for sale in found] == [("Rain", 10, 200_000)]


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "no row"),
        (b"# only\n", "no row"),
        (b"a,b,c\n", "not a DSR"),
        (b"HEAD\tx\n", "no use"),
        (b"HEAD\t\xff\n", "not UTF-8"),
        (b"\x1f\x8bxx", "cut off"),
        (b"HEAD\x00\n", "zero byte"),
    ],
)
def test_what_is_no_report_is_refused(content: bytes, word: str) -> None:
    with pytest.raises(BadFile, match=word) as caught:
        read(content)
    assert caught.value.remedy


STRICT_SALES = [replace(RAIN, proprietary_work_id="MUN::STEPPE-1"), SNOW]
OFFER = replace(PREMIUM, usages=1150, net_revenue_micro=4_512_345_678)


@pytest.mark.parametrize("profile", [BASIC_AUDIO, UGC], ids=[BASIC_AUDIO[0], UGC[0]])
def test_a_strict_report_breaks_no_rule_and_says_the_money(profile: tuple[str, str]) -> None:
    head = replace(HEAD, profile=profile[0], profile_version=profile[1])
    amounts = (4_000_000_001, 512_345_677)
    sales = [replace(sale, amount_micro=amount) for sale, amount in zip(STRICT_SALES, amounts, strict=True)]
    written = b"".join(write_dsr(head, [OFFER], sales, strict=True))
    assert [item for item in check_stream(io.BytesIO(written)) if isinstance(item, Problem)] == []
    found, problems = read(written)
    assert problems == []
    assert sum(sale.amount_micro or 0 for sale in found) == 4_512_345_678
    if profile == UGC:
        assert [(sale.usages, sale.amount_micro) for sale in found] == [(1000, amounts[0]), (150, amounts[1])]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"display_artist": ""}, "no DisplayArtistName"),
        ({"isrc": "QZ-1"}, "not an ISRC"),
        ({"proprietary_work_id": "STEPPE-1"}, "behind its name space"),
        ({"dsp_resource_id": ""}, "no DspResourceId"),
    ],
)
def test_a_strict_report_asks_for_every_cell(changes: dict[str, str], words: str) -> None:
    sale = replace(STRICT_SALES[0], **changes)  # type: ignore[arg-type]
    assert words in unwritable(HEAD, sale, "EUR")
    assert unwritable(HEAD, STRICT_SALES[0], "EUR") == ""
    with pytest.raises(UnwritableReport, match=words):
        list(write_dsr(HEAD, [OFFER], [sale], strict=True))


def test_what_cannot_be_written_is_refused() -> None:
    ugc = replace(HEAD, profile=UGC[0], profile_version=UGC[1])
    with pytest.raises(UnwritableReport, match="another net revenue"):
        list(write_dsr(ugc, [replace(PREMIUM, usages=1000)], [replace(RAIN, amount_micro=1)]))
    with pytest.raises(UnwritableReport, match="is not written"):
        list(write_dsr(replace(HEAD, profile="RadioBroadcastProfile"), [PREMIUM], SALES))
    with pytest.raises(UnwritableReport, match="says 1200 usages"):
        list(write_dsr(HEAD, [PREMIUM], [RAIN]))
    with pytest.raises(UnwritableReport, match="not there"):
        list(write_dsr(HEAD, [PREMIUM], [replace(RAIN, summary_id="9")]))
    with pytest.raises(UnwritableReport, match="control character"):
        list(write_dsr(HEAD, [PREMIUM], [replace(RAIN, title="a\tb")]))


@settings(max_examples=200, deadline=None)
@given(
    content=st.one_of(
        st.binary(max_size=200),
        st.binary(max_size=200).map(lambda tail: report(SY, AS, SU) + tail),
        st.lists(
            st.lists(
                st.sampled_from(
                    ["HEAD", "SY02", "AS02.02", "SU02", "SU01", "RE01", "MW01", "FOOT", "1", "A1", "x|\\", "", "-"]
                ),
                max_size=24,
            ),
            max_size=8,
        ).map(lambda rows: report(SY, AS, *("\t".join(row) for row in rows))),
        st.binary(max_size=100).map(lambda tail: gzip.compress(report(SY), mtime=0)[:-9] + tail),
    )
)
def test_no_bytes_break_the_reader(content: bytes) -> None:
    with suppress(UserError):
        found, problems = read(content)
        assert all(sale.summary is not None for sale in found)
        assert all(problem.remedy for problem in problems)
