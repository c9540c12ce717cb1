"""Lines become columns whatever their cells hold, and rows are gathered as they were asked for."""

import io

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from muniment.kernel.formats.dsr import columnar, read_tables
from muniment.kernel.formats.dsr.arrays import flags, gather, gather_rows, is_blank, longs, runs, text_lengths, where
from muniment.kernel.formats.dsr.blockwise import BLOCK_ROWS
from muniment.kernel.formats.dsr.chunks import cut
from muniment.kernel.formats.dsr.splitting import MOST_CELLS, MOST_WIDTHS
from tests.kernel.formats.dsr.test_columnar import both, plain_report

_rows = st.lists(st.integers(0, 59), max_size=80) | st.builds(
    lambda parts: [row for begin, count in parts for row in range(begin, begin + count)],
    st.lists(st.tuples(st.integers(0, 20), st.integers(1, 40)), max_size=3),
)


@settings(max_examples=60, deadline=None)
@given(rows=_rows)
def test_rows_are_gathered_in_ranges_or_one_by_one(rows: list[int]) -> None:
    texts = pa.array([f"text {number}" if number % 3 else "" for number in range(60)])
    places = np.array(rows, dtype=np.int64)
    expected = [texts[row].as_py() for row in rows]
    assert gather(texts, places, runs(places)).to_pylist() == expected
    table = pa.table({"text": texts, "number": list(range(60))})
    assert gather_rows(table, places).to_pydict() == {"text": expected, "number": rows}


def test_numbers_and_flags_are_those_of_numpy() -> None:
    there = np.array([True, False, True] * 5)
    numbers = np.arange(-7, 8)
    assert longs(numbers).to_pylist() == list(range(-7, 8))
    assert longs(numbers[::2]).to_pylist() == list(range(-7, 8, 2))
    assert [row for row in longs(numbers, there).to_pylist() if row is not None] == numbers[there].tolist()
    assert where(flags(there)).tolist() == there.tolist()


def test_a_part_of_a_column_is_blank_by_its_own_letters() -> None:
    texts = pa.array(["a", "", "", "long text"])
    assert [is_blank(texts), is_blank(texts.slice(1, 2)), is_blank(texts.slice(4, 0))] == [False, True, True]
    assert text_lengths(texts.slice(2)).tolist() == [0, 9]


def walked_lines(content: bytes, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the first cells of the lines that were read one by one, of a report read in one piece."""
    walked: list[str] = []
    take = columnar.take_line

    def counted(walk, line, text):  # type: ignore[no-untyped-def]
        walked.append(text.split("\t")[0])
        return take(walk, line, text)

    with monkeypatch.context() as patched:
        patched.setattr(columnar, "take_line", counted)
        list(read_tables(io.BytesIO(content)))
    return walked


@pytest.mark.parametrize("title", ['"quoted', 'a "word" b', "NA", "NULL", "null", "#N/A", "-1", "\ufeffx", "a,b;c"])
def test_what_a_table_would_take_for_a_sign_is_a_text(title: str, monkeypatch: pytest.MonkeyPatch) -> None:
    content = plain_report(3).replace(b"Rain 1", title.encode())
    assert both(content, 1_000_000)
    assert walked_lines(content, monkeypatch) == ["HEAD", "SY02.02", "FOOT"]


def test_lines_of_one_type_may_differ_in_their_width(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = plain_report(40).split(b"\n")
    wider = [line + b"\t" * (number % 6) if line.startswith(b"S") else line for number, line in enumerate(lines)]
    assert both(b"\n".join(wider), 1_000_000)
    assert walked_lines(b"\n".join(wider), monkeypatch) == ["HEAD", "SY02.02", "FOOT"]


def test_rare_widths_and_endless_lines_are_read_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = plain_report(60).split(b"\n")
    for number in range(12):
        lines[3 + 2 * number] += b"\t" * (number + 1)
    lines[63] += b"\t" * MOST_CELLS
    content = b"\n".join(lines)
    assert both(content, 1_000_000)
    walked = walked_lines(content, monkeypatch)
    assert walked.count("SU02") == 12 + 1 + 1 - MOST_WIDTHS
    assert walked.count("AS02.02") == walked.count("SU02")


@pytest.mark.parametrize(
    "line",
    [
        b"AS02.02 X\t1\tA1",
        b" AS02.02\t1\tA1",
        b"as02.02\t900\tA900\td900",
        b"AS02\n",
        b"SU02\n",
        b"# a note",
        b"#\t#",
        b"\t",
        b"\tAS02\t1",
        b"AS02.022222\t1",
        "AS0\u00e9\t1".encode(),
        b"AS02\t\\1\tA1",
        b"AS02\t\r1\tA1",
    ],
)
@pytest.mark.parametrize("place", [2, 3, 4, -2])
def test_odd_first_cells_are_what_the_walk_takes_them_for(line: bytes, place: int) -> None:
    lines = plain_report(4).split(b"\n")
    lines.insert(place, line)
    assert both(b"\n".join(lines), 1_000_000)


def test_lines_have_their_kinds_and_cells_in_a_piece_of_any_size() -> None:
    piece = cut(b"AS02\t1\tA1\td\nSU02\t1\t9\n#x\n\nSU02", BLOCK_ROWS)
    assert [piece.kinds[kind].family for kind in piece.kind_of] == ["AS02", "SU02", "#", "#"]
    assert piece.cells.rows(np.array([1, 0, -1, 2])).column("block_id").to_pylist() == ["1", "1", "", ""]
    assert piece.cells.rows(np.array([1])).column("title").to_pylist() == [""]
    assert piece.cells.useless().tolist() == [False, True, False, False]
    assert [piece.cell(0, "dsp_resource_id"), piece.cell(1, "usages"), piece.cell(2, "title")] == ["d", "", ""]
    assert [kind.family for kind in cut(b"#\n", BLOCK_ROWS).kinds] == ["#"]
