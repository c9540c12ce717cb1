"""Whole reports of every profile with hostile bytes put in: only `BadFile` comes out, and from both paths alike."""

import gzip
import io
from contextlib import suppress

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from muniment.kernel.formats.dsr import DsrSale, compare_set, iter_dsr, read_lines, read_tables, write_lines
from muniment.kernel.formats.dsr.checking import check_stream
from muniment.kernel.formats.dsr.tables import profiles
from muniment.kernel.formats.dsr.values import DsrTotals
from muniment.kernel.words.problems import BadFile, Problem
from tests.kernel.formats.dsr.test_columnar import both, plain_report
from tests.kernel.formats.dsr.test_profiles import report_of
from tests.kernel.formats.reports.hostile import HOSTILE

WHOLE = [report_of(profile) for _, profile in sorted(profiles().items())] + [plain_report(4)]
PIECES = (*HOSTILE, b"\tLI01\t1", b"\nAS01\t1\tA1\n", b"\nSU03\t1\n", b"\nFOOT\n", b"\nHEAD\tx\n", b"1e999", b"-1")


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """Take a whole report and put pieces in, take pieces out, cut it off."""
    content = draw(st.sampled_from(WHOLE))
    for _ in range(draw(st.integers(1, 5))):
        place = draw(st.integers(0, len(content) - 1))
        gone = draw(st.sampled_from([0, 0, 1, 7, 40]))
        content = content[:place] + draw(st.sampled_from(PIECES)) + content[place + gone :]
    return content[: draw(st.integers(len(content) // 2, len(content)))] if draw(st.booleans()) else content


CORPUS = (
    b"HEAD\tdsrf/3.0\tUgcProfile\t1.2\tM\tx\t999999999999999\t999999999999999\t\t\n" + b"SU03\t1\n" * 3,
    b"HEAD\tdsrf/3.0\tUgcProfile\t1.2\tM\tx\t2\t1\t9999-99-99\t2026\n#\n\n \t \nSY01\t1\nFOOT\t-1\n",
    b"\xef\xbb\xbfHEAD\tdsrf/3.0\tBasicAudioProfile\t1.2\tM\nSY02\t1\t\t\t\t\tKZ\t\t3\t\tEUR\t99999999999999\n"
    b"AS02\t1\tA1\nSU02\t1\t1\t\t\t\t\t3\nLI01\t1\t1\t\t\t\t\t\t99999999999\t99999999999\nFOOT\n",
    b"HEAD\tdsrf/3.0\tUgcProfile\t1.2\tM\nSY02\t1\t\t\t\t\tKZ\t\t3\t\tEUR\t1\nAS01\t1\tA1\n"
    + b"RU01\t1\t1\t\t"
    + b"999999999999|" * 2_000
    + b"\nFOOT\n",
    b"HEAD\tdsrf/3.0\tAudioVisualProfile\t1.1\tM\nSY02\t1\t\t\t\t\tKZ\t\t3\t\tEUR\t1\nAS03\t1\tA1\n"
    + b"CU01\t1\tA1\t\tP99999999999999D\n" * 3
    + b"SU04\t1\t1\t\t\tA1\t\t\t\t\t\t\t\t\t3\nFOOT\n",
)


def tried(content: bytes) -> bool:
    """Read a file in every way: the paths agree, and what comes out is told and bounded."""
    try:
        list(iter_dsr(io.BytesIO(content)))
    except BadFile:
        with pytest.raises(BadFile):
            list(read_tables(io.BytesIO(content), piece_bytes=200))
    else:
        both(content, 200)
    found = list(check_stream(io.BytesIO(content), "name.tsv"))
    assert all(item.message and item.rule for item in found if isinstance(item, Problem))
    assert len(found) < 5_000
    list(compare_set([item for item in found if isinstance(item, DsrTotals)]))
    return True


@settings(max_examples=150, deadline=None)
@given(content=mutated())
@example(content=CORPUS[0])
@example(content=CORPUS[1])
@example(content=CORPUS[2])
@example(content=CORPUS[3])
@example(content=CORPUS[4])
def test_hostile_reports_are_read_or_refused(content: bytes) -> None:
    assert tried(content)


@settings(max_examples=60, deadline=None)
@given(content=mutated())
def test_lines_come_out_as_they_came_in(content: bytes) -> None:
    with suppress(BadFile):
        written = b"".join(write_lines(read_lines(io.BytesIO(content))))
        assert written == content.removeprefix(b"\xef\xbb\xbf")


def test_a_bomb_of_one_line_is_refused_before_it_is_unpacked() -> None:
    bomb = gzip.compress(b"HEAD\t" + b"x" * 200_000_000, mtime=0)
    assert len(bomb) < 400_000
    for read in (iter_dsr, read_tables):
        with pytest.raises(BadFile, match="longer than any row"):
            list(read(io.BytesIO(bomb)))


def test_a_block_without_end_is_read_in_bounded_pieces() -> None:
    head, summary = plain_report(1).splitlines()[:2]
    rows = [head, summary.replace(b"\t3\t", b"\t3000\t"), b"AS02.02\t1\tA1\td1\t\tRain"] + [
        b"SU02\t1\t1\tT\t\tA1\ttrue\t1"
    ] * 3_000
    content = b"\n".join([*rows, b"FOOT\n"])
    both(content, 1_000)
    sales = [item for item in iter_dsr(io.BytesIO(content)) if isinstance(item, DsrSale)]
    assert sum(sale.amount_micro or 0 for sale in sales) == 500_007_000
