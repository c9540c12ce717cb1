"""A base with a delta beside it answers as an index of everything would; what is gone never answers."""

from itertools import pairwise

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from muniment.kernel.columns.schemas import REPERTOIRE_CODES, REPERTOIRE_NAMES, REPERTOIRE_TITLES
from muniment.use.matching.bulk.index import RepertoireIndex, index_tables
from muniment.use.matching.bulk.layers import LayeredIndex, compare, layer, work_digests
from muniment.use.matching.bulk.lookup import DATA, STARTS, TITLE_WEIGHTS, TITLES_TEXTS
from muniment.use.matching.bulk.match import DECISIONS, Matched, match_lines
from muniment.use.matching.rules.layers import Layering
from muniment.use.matching.rules.scoring import Thresholds
from tests.use.matching.test_match import lines_of

type Work = tuple[int, str, str]
type Tables = tuple[pa.Table, pa.Table, pa.Table]

TITLES = ("Silver Ferry", "Lantern Song", "Amber Window", "River of Glass", "Copper Morning", "Quiet Harvest")
NAMES = ("Garden Collective", "Kite Sisters", "Station Four", "Nemira Ashford", "Quill Ravenhurst")


def tables(works: list[Work]) -> Tables:
    """Return a repertoire of (id, title, performer); each work has a code of its own."""
    return (
        pa.Table.from_pylist([{"work_id": pk, "title": title} for pk, title, _ in works], REPERTOIRE_TITLES),
        pa.Table.from_pylist(
            [{"work_id": pk, "name": name, "role": "performer"} for pk, _, name in works], REPERTOIRE_NAMES
        ),
        pa.Table.from_pylist(
            [{"work_id": pk, "kind": "own", "code": f"W-{pk}", "title": title} for pk, title, _ in works],
            REPERTOIRE_CODES,
        ),
    )


def layered(before: list[Work], after: list[Work]) -> LayeredIndex:
    """Return an index of `before` with what changed until `after` beside it."""
    changes = compare(work_digests(*tables(before)), work_digests(*tables(after)))
    fresh = [work for work in after if work[0] in set(changes.fresh.tolist())]
    return layer(index_tables(*tables(before)), index_tables(*tables(fresh)), changes.gone)


def ask(index: object, works: list[Work], decisions: pa.Table | None = None) -> Matched:
    """Ask for each work by its title and performer."""
    lines = lines_of(*({"title": title, "performer": name} for _, title, name in works))
    return match_lines(lines, index, decisions or DECISIONS.empty_table(), Thresholds())  # type: ignore[arg-type]


WORKS = st.lists(
    st.tuples(st.integers(1, 12), st.sampled_from(TITLES), st.sampled_from(NAMES)),
    min_size=1,
    max_size=8,
    unique_by=lambda work: work[0],
).map(sorted)


@settings(max_examples=25)
@given(WORKS, WORKS)
def test_layers_find_the_best_work_that_a_whole_index_finds(before: list[Work], after: list[Work]) -> None:
    index = layered(before, after)
    assert index.work_ids.tolist() == [pk for pk, _, _ in after]
    asked = before + after
    mine, whole = ask(index, asked), ask(index_tables(*tables(after)), asked)
    living = {pk for pk, _, _ in after}
    assert set(mine.candidates.column("work_id").to_pylist()) <= living
    exact = {(title, name) for _, title, name in after}
    columns = [
        [matched.matches.column(name).to_pylist() for name in ("candidate_work_id", "band")]
        for matched in (mine, whole)
    ]
    for (_, title, name), *answers in zip(asked, *(zip(*column, strict=True) for column in columns), strict=True):
        if (title, name) in exact:
            assert answers[0] == answers[1]


def test_many_gone_works_of_one_title_leave_the_one_that_holds() -> None:
    before = [(pk, "Lantern Song", "Kite Sisters") for pk in range(1, 60)]
    after = [(59, "Lantern Song", "Kite Sisters"), (70, "Silver Ferry", "Station Four")]
    index = layered(before, after)
    assert len(index.gone) == 58
    matches = ask(index, after).matches
    assert matches.column("candidate_work_id").to_pylist() == [59, 70]
    assert matches.column("runner_up_work_id").to_pylist() == [None, None]


def test_decisions_speak_of_works_in_either_layer() -> None:
    before = [(1, "Lantern Song", "Kite Sisters"), (2, "Silver Ferry", "Station Four")]
    after = [(2, "Silver Ferry", "Station Four"), (3, "Lantern Song", "Kite Sisters")]
    index = layered(before, after)
    keys = ask(index, after).matches.column("memory_key").to_pylist()
    said = [
        {"memory_key": key, "work_id": work_id, "is_work": False, "rank": 0}
        for key, work_id in zip(keys, (2, 3), strict=True)
    ]
    refused = ask(index, after, pa.Table.from_pylist(said, DECISIONS))
    assert refused.candidates.num_rows == 0
    chosen = ask(index, after, pa.Table.from_pylist([{**said[0], "work_id": 3, "is_work": True}], DECISIONS))
    assert chosen.matches.column("work_id").to_pylist()[0] == 3


def test_a_work_whose_rows_changed_is_gone_and_fresh() -> None:
    before = [(1, "Lantern Song", "Kite Sisters"), (2, "Silver Ferry", "Station Four"), (3, "Amber Window", "Nobody")]
    after = [(1, "Lantern Song", "Kite Sisters"), (2, "Silver Ferry", "Station Five"), (4, "Amber Window", "Nobody")]
    changes = compare(work_digests(*tables(before)), work_digests(*tables(after)))
    assert (changes.gone.tolist(), changes.fresh.tolist()) == ([2, 3], [2, 4])
    assert work_digests(*tables(after)).num_rows == 3


def weights(index: RepertoireIndex) -> dict[bytes, int]:
    """Return how often each title was recorded."""
    starts, data = index.columns[TITLES_TEXTS + STARTS].tolist(), index.columns[TITLES_TEXTS + DATA].tobytes()
    texts = [data[first:last] for first, last in pairwise(starts)]
    return dict(zip(texts, index.columns[TITLE_WEIGHTS].tolist(), strict=True))


@given(WORKS, WORKS)
def test_a_title_is_as_often_recorded_as_both_layers_say(before: list[Work], after: list[Work]) -> None:
    index, whole = layered(before, after), weights(index_tables(*tables(after)))
    for one in (index.base, index.delta):
        assert {text: count for text, count in weights(one).items() if count} == {
            text: count for text, count in whole.items() if text in weights(one)
        }
    assert set(whole) <= set(weights(index.base)) | set(weights(index.delta))


def test_the_version_tells_the_layers() -> None:
    before = [(1, "Lantern Song", "Kite Sisters"), (2, "Silver Ferry", "Station Four")]
    one = layered(before, before[:1])
    assert one.version == layered(before, before[:1]).version
    assert one.version != layered(before, before[1:]).version


def test_a_large_delta_asks_for_a_new_base() -> None:
    rule = Layering(most_delta_ppm=50_000, smallest_base=100)
    assert rule.allows_delta(200, 10, 10)
    assert not rule.allows_delta(200, 11, 0)
    assert not rule.allows_delta(99, 1, 1)
    assert not Layering(1_000_000, 1).allows_delta(5, 5, 0)
