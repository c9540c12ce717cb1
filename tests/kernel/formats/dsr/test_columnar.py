"""The columnar path gives the sales, the problems and the totals of the path that reads line by line."""

import gzip
import io
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from muniment.kernel.formats.dsr import DsrSale, DsrTotals, iter_dsr, read_tables, write_parquet
from muniment.kernel.formats.dsr.sales import SALES, table_of
from muniment.kernel.words.identifiers import make_iswc
from muniment.kernel.words.problems import BadFile, Problem

HEAD = "HEAD\tdsrf/3.0\t{profile}\t1.2\tM1\t2026-10-05T08:00:00Z\t1\t1\t2026-07-01\t2026-09-30\tP1\tDemo\tS\t\t\tOURS"
SUMMARIES = (
    "SY02.02\t1\t\t\tSubscriptionModel\tStream\tKZ\tPremium\t1000\t\tEUR\t500.007",
    "SY02.02\t2\t\t\tAdSupported\tStream\tDE\tFree\t7\t\tJPY\t3",
    "SY02.02\t3\t\t\tAdSupported\tStream\tDE\tFree\t\t\tEUR\t3",
)

_texts = st.sampled_from(
    ["Rain", "Снег", "Sun | moon", "a\\|b", " lead", "trail ", "x\u00a0", "\u3000y", "", "=1+1", "\u202eabc"]
)
_isrcs = st.sampled_from(
    ["", "QZMUN2600001", "QZ-MUN-26-00001", "qzmun2600001", "no", "QZMUN2600001|QZMUN2600002", "|"]
)
_iswcs = st.sampled_from(["", make_iswc(1), make_iswc(2), "T1234567890", "T-000.000.001-0", "x"])
_names = st.sampled_from(["", "Aigul", "Aigul|Erlan", "Aigul||Erlan", "A | B", "|A", "A\\|B"])
_durations = st.sampled_from(["", "PT3M20S", "PT0H0M0S", "3:20", "long", "P1D", "200"])
_counts = st.sampled_from(["1", "10", "250", "0", "5.0", "", "many", "-3", "999999999999999", "9999999999999999"])
_amounts = st.sampled_from(["", "1.5", "0.000001", "0.0000005", "x", "-2", "1e3", "99999999999999"])
_summaries = st.sampled_from(["1", "1", "2", "3", "4", ""])


@st.composite
def blocks(draw: st.DrawFn) -> list[str]:
    """Make the rows of one block, mostly in the usual order."""
    number = draw(st.sampled_from(["1", "2", "3", " 1"]))
    resource = [draw(st.sampled_from(["AS01", "AS02.02", "AS0201", "AS02.09"])), number, "A1", "d1", draw(_isrcs)]
    resource += [draw(_texts), draw(_texts), draw(_texts), "", draw(_durations), "SoundRecording", draw(_iswcs)]
    resource += [draw(_names), "", draw(_names), "", draw(_names), "", "", "", draw(_texts)]
    rows = ["\t".join(resource)]
    if draw(st.booleans()):
        rows.insert(0, f"RE01\t{number}\tR1\trel\t\t\t\tX\t\t{draw(_texts)}")
    if draw(st.booleans()):
        work = ["MW01.01", number, "w1", draw(_iswcs), draw(_texts), "", draw(_names), "", draw(_names), ""]
        rows.append("\t".join([*work, draw(_names), "", "", "", "", draw(_texts)]))
    for _ in range(draw(st.integers(0, 3))):
        kind = draw(st.sampled_from(["SU01", "SU02", "SU02", "SU03.01", "LI01.01", "RU01", "AS01", "#", "", "XX09"]))
        if kind == "SU01":
            returns = draw(st.sampled_from(["", "1", "x"]))
            rows.append(f"SU01\t{number}\t{draw(_summaries)}\tT\t\tA1\ttrue\tfalse\t{draw(_counts)}\t{returns}")
        elif kind == "SU02":
            named = draw(st.sampled_from(["A1", "", "A2"]))
            rows.append(f"SU02\t{number}\t{draw(_summaries)}\tT\t\t{named}\ttrue\t{draw(_counts)}")
        elif kind == "SU03.01":
            rows.append(f"SU03.01\t{number}\tT\t{draw(_summaries)}\td1\t{draw(_counts)}\t{draw(_amounts)}\t20260701\t")
        elif kind == "LI01.01":
            who = draw(st.sampled_from(["OURS", "THEIRS"]))
            rows.append(f"LI01.01\t{number}\t1\t{who}\t\t\t1.0\t\t{draw(_amounts)}\t{draw(_amounts)}")
        elif kind == "RU01":
            rows.append(f"RU01\t{number}\t1\tv1|v2\t3|4")
        elif kind == "AS01":
            rows.append(f"AS01\t{number}\tA2\td2\t\tOther")
        else:
            rows.append(f"{kind} note" if kind == "#" else kind)
    return rows


@st.composite
def reports(draw: st.DrawFn) -> bytes:
    """Make a report whose blocks are partly plain and partly odd."""
    lines = [HEAD.format(profile=draw(st.sampled_from(["BasicAudioProfile", "UgcProfile"]))), *SUMMARIES]
    for block in draw(st.lists(blocks(), max_size=8)):
        lines += block
    lines += draw(st.sampled_from([["FOOT"], [], ["FOOT\t5\t\t3\t1", "SU02\t1\t1"], [SUMMARIES[0], "FOOT"]]))
    ending = draw(st.sampled_from(["\n", "\r\n"]))
    return (ending.join(lines) + draw(st.sampled_from(["", ending, ending * 2]))).encode()


def both(content: bytes, piece_bytes: int) -> bool:
    """Read a report both ways, compare, and return that it was compared."""
    items = list(iter_dsr(io.BytesIO(content)))
    pieces = list(read_tables(io.BytesIO(content), piece_bytes=piece_bytes))
    expected = table_of([item for item in items if isinstance(item, DsrSale)]).select(SALES.names).cast(SALES)
    found = [row for piece in pieces for row in piece.sales.to_pylist()]
    assert found == expected.to_pylist()
    others = [item for piece in pieces for item in piece.items]
    assert [item for item in others if isinstance(item, DsrTotals)] == [
        item for item in items if isinstance(item, DsrTotals)
    ]
    told = [item for item in items if not isinstance(item, DsrSale | DsrTotals)]
    assert sorted(map(str, others[:-1])) == sorted(map(str, told))
    return True


@settings(max_examples=250, deadline=None)
@given(content=reports(), piece_bytes=st.sampled_from([64, 300, 1_000, 1_000_000]))
def test_both_paths_give_the_same(content: bytes, piece_bytes: int) -> None:
    assert both(content, piece_bytes)


def plain_report(count: int) -> bytes:
    """Return a report of many plain blocks, whose sums tie."""
    rows = [HEAD.format(profile="BasicAudioProfile"), SUMMARIES[0].replace("\t1000\t", f"\t{count * 3}\t")]
    for number in range(count):
        rows.append(f"AS02.02\t{number}\tA{number}\td{number}\tQZMUN2600001\tRain {number}\t\tSingers\t\tPT3M20S")
        rows.append(f"SU02\t{number}\t1\tT{number}\t\tA{number}\ttrue\t3")
    rows.append(f"FOOT\t{len(rows) + 1}\t\t1\t{count}")
    return ("\n".join(rows) + "\n").encode()


@pytest.mark.parametrize("piece_bytes", [64, 1_000_000])
def test_a_summary_that_comes_late_changes_no_sale_before_it(piece_bytes: int) -> None:
    """A sale is paid by what was said until then, whichever way its piece was read."""
    before = plain_report(3).splitlines()[:-1]
    another = SUMMARIES[0].replace("\t1000\t", "\t2000\t")
    content = "\n".join([*(line.decode() for line in before), another, "FOOT"]).encode()
    assert both(content, piece_bytes)
    sales = [
        row for piece in read_tables(io.BytesIO(content), piece_bytes=piece_bytes) for row in piece.sales.to_pylist()
    ]
    assert [row["amount_micro"] for row in sales] == [166_669_000] * 3


def test_plain_blocks_do_not_go_through_the_walk(monkeypatch: pytest.MonkeyPatch) -> None:
    walked: list[str] = []
    from muniment.kernel.formats.dsr import columnar

    take = columnar.take_line

    def counted(walk, line, text):  # type: ignore[no-untyped-def]
        walked.append(text)
        return take(walk, line, text)

    monkeypatch.setattr(columnar, "take_line", counted)
    pieces = list(read_tables(io.BytesIO(plain_report(500)), piece_bytes=10_000))
    assert [text[:4] for text in walked] == ["HEAD", "SY02", "FOOT"]
    assert sum(piece.sales.num_rows for piece in pieces) == 500
    assert not [item for piece in pieces for item in piece.items if isinstance(item, Problem)]
    amounts = [amount for piece in pieces for amount in piece.sales.column("amount_micro").to_pylist()]
    assert sum(amounts) == 500_007_000


def test_a_gzipped_report_becomes_parquet_and_a_cut_one_nothing(tmp_path: Path) -> None:
    target = tmp_path / "sales.parquet"
    packed = gzip.compress(plain_report(50), mtime=0)
    count, items = write_parquet(io.BytesIO(packed), target)
    assert (count, pq.read_table(target).num_rows) == (50, 50)
    assert isinstance(items[-1], DsrTotals)
    with pytest.raises(BadFile, match="cut off"):
        write_parquet(io.BytesIO(packed[:-20]), tmp_path / "none.parquet")
    assert [path.name for path in tmp_path.iterdir()] == ["sales.parquet"]


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "no row"),
        (b"# only\n", "no row"),
        (b"a,b,c\n", "not a DSR"),
        (b"HEAD\t\xff\n", "Line 1 is not UTF-8"),
        (b"HEAD\x00\n", "zero byte"),
        (plain_report(3) + b"AS02\t\xff\n", "Line 10 is not UTF-8"),
        (plain_report(3) + b"\x00\n", "zero byte on line 10"),
        (b"HEAD" + b"x" * 5_000_000, "longer than any row"),
    ],
)
def test_what_is_no_report_is_refused_by_both(content: bytes, word: str) -> None:
    for read in (iter_dsr, read_tables):
        with pytest.raises(BadFile, match=word):
            list(read(io.BytesIO(content)))
