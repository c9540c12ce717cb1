"""Columns of an index: written in pieces of any size, read in place; and how lists in them are gone through."""

from bisect import bisect_left
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from muniment.kernel.columns.schemas import REPERTOIRE_NAMES
from muniment.use.matching.bulk.bundle import Bundle
from muniment.use.matching.bulk.folder import Writer, check_columns, open_columns, read_manifest
from muniment.use.matching.bulk.index import index_tables
from muniment.use.matching.bulk.lookup import reach
from muniment.use.matching.bulk.matcher import Matcher
from muniment.use.matching.bulk.room import TOP_WORKS
from tests.use.matching.small import Line, Work, queries, tables_of

LARGE_PAGE = 1 << 21
FACTS = {"repertoire": "r", "table": "t", "readings": "s"}


@pytest.mark.parametrize("piece", [1_000_003, LARGE_PAGE // 4, LARGE_PAGE // 4 - 1, LARGE_PAGE])
def test_a_column_is_what_was_written_whatever_its_pieces(tmp_path: Path, piece: int) -> None:
    numbers = np.arange(3 * LARGE_PAGE // 4 + 5, dtype=np.uint32)
    writer = Writer(tmp_path)
    for at in range(0, len(numbers), piece):
        writer.append("numbers", numbers[at : at + piece])
    writer.append("nothing", np.zeros(0, np.int64))
    assert np.array_equal(writer.written()("numbers")[: piece // 2], numbers[: piece // 2])
    writer.finish(**FACTS)
    columns = open_columns(tmp_path, read_manifest(tmp_path))
    assert np.array_equal(columns["numbers"], numbers)
    assert len(columns["nothing"]) == 0
    assert not columns["numbers"].flags.writeable
    assert check_columns(tmp_path) == []


def test_a_bundle_gives_back_what_was_put_into_it() -> None:
    bundle = Bundle({2: np.arange(3), 4: np.arange(5, dtype=np.uint8)})
    bundle.put(2, np.arange(7))
    assert (len(bundle), len(bundle[2]), len(bundle[4])) == (5, 7, 5)


@given(st.lists(st.integers(0, 300), max_size=80).map(sorted), st.data())
@settings(max_examples=60)
def test_a_place_is_reached_from_any_place_before_it(items: list[int], data: st.DataObject) -> None:
    low = data.draw(st.integers(0, len(items)))
    item = data.draw(st.integers(0, 301))
    found = reach(np.array([*items, 0], np.uint32), low, len(items), np.uint32(item))
    assert found == max(low, bisect_left(items, item))


def test_of_very_many_works_the_most_recorded_are_candidates_and_of_equals_the_first() -> None:
    """Of thirty works with one title one is recorded by four, three by two and the others by one."""
    recorded = {8: 4, 12: 2, 20: 2, 24: 2}
    works: list[Work] = [("Lantern Song", f"Tovik Hale {n}", f"Kite Sisters {n}") for n in range(1, 31)]
    titles, names, codes = tables_of(tuple(works))
    more = [
        {"work_id": number, "name": f"Paper Moons {number} {other}", "role": "performer"}
        for number, count in recorded.items()
        for other in range(1, count)
    ]
    names = pa.concat_tables([names, pa.Table.from_pylist(more, REPERTOIRE_NAMES)])
    answer = Matcher(index_tables(titles, names, codes)).match(queries({"title": "Lantern Song"}))
    found = answer.column("candidate_work_ids").to_pylist()[0]
    assert len(found) == TOP_WORKS
    assert set(found) == {8, 12, 20}


def test_of_very_many_works_the_one_of_the_person_reported_is_a_candidate() -> None:
    works: list[Work] = [("Lantern Song", f"Tovik Hale{chr(97 + n % 20)}", f"Kite Sisters {n}") for n in range(60)]
    matcher = Matcher(index_tables(*tables_of(tuple(works))))
    lines: list[Line] = [
        {"title": "Lantern Song", "performer": "Kite Sisters 41"},
        {"title": "Lantern Song", "writers": works[7][1]},
    ]
    of_performer, of_writer = matcher.match(queries(*lines)).column("candidate_work_ids").to_pylist()
    assert of_performer[0] == 42
    assert {8, 28, 48} <= set(of_writer)
