"""Known recordings as pairs of a title and a performer: who recorded what tells two works of one title apart."""

import pyarrow as pa
import pytest

from muniment.kernel.columns.schemas import (
    REPERTOIRE_CODES,
    REPERTOIRE_NAMES,
    REPERTOIRE_RECORDINGS,
    REPERTOIRE_TITLES,
)
from muniment.use.matching.bulk.index import RepertoireIndex, index_tables
from muniment.use.matching.bulk.layers import Changes, compare, layer, work_digests
from muniment.use.matching.bulk.matcher import Matcher
from muniment.use.matching.rules.scoring import OWN, RECORDED, TABLE_NAMES
from tests.use.matching.small import queries

HARBOUR, MEDLEY, BEREG, OTHER = 1, 2, 3, 4
RECORDINGS = (
    (HARBOUR, "Harbour Lights Again", "Garden Collective"),
    (HARBOUR, "Harbour Lights Again", "Paper Moons"),
    (HARBOUR, "Evening Tide", "Kite Sisters"),
    (MEDLEY, "Evening Tide", "Garden Collective"),
    (MEDLEY, "Harbour Lights Again", "Amber Mirrors"),
    (BEREG, "Берег и колодец", "Дом Ветра"),
)
WRITERS = {HARBOUR: "Nemira Ashford", MEDLEY: "Tovik Hale", BEREG: "Нарсана Лугник", OTHER: "Elva Marrow"}


def tables(recordings: tuple[tuple[int, str, str], ...] = RECORDINGS) -> tuple[pa.Table, ...]:
    """Return the tables of a repertoire in which both works were recorded under both titles by the same people."""
    titles = {(OTHER, "Quiet Morning"), *((work, title) for work, title, _ in recordings)}
    names = {(work, name, "writer") for work, name in WRITERS.items()}
    names |= {(work, performer, "performer") for work, _, performer in recordings}
    return (
        _table(sorted(titles), REPERTOIRE_TITLES),
        _table(sorted(names), REPERTOIRE_NAMES),
        REPERTOIRE_CODES.empty_table(),
        _table(sorted(recordings), REPERTOIRE_RECORDINGS),
    )


def _table(rows: list[tuple[object, ...]], schema: pa.Schema) -> pa.Table:
    return pa.Table.from_pylist([dict(zip(schema.names, row, strict=True)) for row in rows], schema)


def observed(index: RepertoireIndex, title: str, performer: str, table: str) -> dict[int, int]:
    """Return, for each candidate of a line, the row of one table that was observed."""
    answer = Matcher(index).match(queries({"title": title, "performer": performer})).to_pylist()[0]
    place = TABLE_NAMES.index(table)
    rows = [evidence[place] for evidence in answer["candidate_evidence"]]
    return dict(zip(answer["candidate_work_ids"], rows, strict=True))


@pytest.mark.parametrize(
    ("title", "right", "wrong"), [("Harbour Lights Again", HARBOUR, MEDLEY), ("Evening Tide", MEDLEY, HARBOUR)]
)
def test_who_recorded_this_very_title_is_told_from_who_recorded_another(title: str, right: int, wrong: int) -> None:
    rows = observed(index_tables(*tables()), title, "Garden Collective", "recorded")
    assert RECORDED[rows[right]] == "the performer has recorded this title of the work"
    assert RECORDED[rows[wrong]] == "the performer has recorded another title of the work"
    assert next(iter(rows)) == right


def test_the_share_of_recordings_under_a_title_is_told() -> None:
    rows = observed(index_tables(*tables()), "Evening Tide", "Unheard Of", "own")
    assert OWN[rows[HARBOUR]] == "the work is often recorded under the title, nobody agrees"
    assert OWN[rows[MEDLEY]] == "the work is mostly recorded under the title, nobody agrees"


def test_a_recording_is_known_in_other_letters_too() -> None:
    rows = observed(index_tables(*tables()), "Bereg i kolodets", "Dom Vetra", "recorded")
    assert RECORDED[rows[BEREG]] == "the performer has recorded this title of the work"


def test_without_recordings_nothing_is_said_of_them() -> None:
    titles, names, codes, _ = tables()
    rows = observed(index_tables(titles, names, codes), "Evening Tide", "Unheard Of", "own")
    assert {OWN[row] for row in rows.values()} == {"no recording is known, nobody agrees"}


def test_a_recording_of_an_unknown_work_or_title_is_passed_over() -> None:
    *rest, recordings = tables()
    stray = _table([(99, "Evening Tide", "Amber Mirrors"), (OTHER, "Not a Title", "Amber Mirrors")], recordings.schema)
    index = index_tables(*rest, pa.concat_tables([recordings, stray]))
    assert observed(index, "Evening Tide", "Garden Collective", "recorded") == observed(
        index_tables(*tables()), "Evening Tide", "Garden Collective", "recorded"
    )


def test_a_new_recording_makes_its_work_changed_and_the_delta_knows_it() -> None:
    before, after = tables(RECORDINGS[1:]), tables()
    changes = compare(work_digests(*before), work_digests(*after))
    assert (changes.gone.tolist(), changes.fresh.tolist()) == ([HARBOUR], [HARBOUR])
    whole, layered = index_tables(*after), _layered(before, after, changes)
    lines = queries({"title": "Harbour Lights Again", "performer": "Garden Collective"})
    expected, found = (Matcher(index).match(lines).to_pylist()[0] for index in (whole, layered))
    assert found["candidate_work_id"] == expected["candidate_work_id"] == HARBOUR
    assert found["candidate_evidence"][0][-2:] == expected["candidate_evidence"][0][-2:]


def _layered(before: tuple[pa.Table, ...], after: tuple[pa.Table, ...], changes: Changes) -> RepertoireIndex:
    fresh = [table.filter(pa.compute.is_in(table["work_id"], pa.array(changes.fresh))) for table in after]
    return layer(index_tables(*before), index_tables(*fresh), changes.gone)  # type: ignore[return-value]
