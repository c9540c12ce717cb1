"""The matcher on a small repertoire: what is matched, what is shown to a person, and why."""

import json
import math
from itertools import product

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from muniment.kernel.columns.schemas import (
    MATCHES,
    REPERTOIRE_CODES,
    REPERTOIRE_NAMES,
    REPERTOIRE_TITLES,
    USAGE_LINES,
)
from muniment.use.matching.bulk.index import RepertoireIndex, index_tables
from muniment.use.matching.bulk.lines import collapse
from muniment.use.matching.bulk.match import DECISIONS, Matched, _in_one_number, _reasons_of, match_lines
from muniment.use.matching.bulk.matcher import Matcher
from muniment.use.matching.rules.forms import memory_key
from muniment.use.matching.rules.scoring import TABLES, Band, Thresholds, probability_ppm
from tests.use.world import ISRC, ISWC, WORKS

Line = dict[str, str]


@pytest.fixture(scope="module")
def index() -> RepertoireIndex:
    """Return the small repertoire; work 1 is W-1 and so on."""
    titles, names, codes = [], [], []
    for number, (code, title, writer, performer, iswc, isrc) in enumerate(WORKS, 1):
        titles.append({"work_id": number, "title": title})
        names += [
            {"work_id": number, "name": writer, "role": "writer"},
            {"work_id": number, "name": performer, "role": "performer"},
        ]
        codes.append({"work_id": number, "kind": "own", "code": code, "title": title})
        codes += [{"work_id": number, "kind": "iswc", "code": iswc, "title": title}] if iswc else []
        codes += [{"work_id": number, "kind": "isrc", "code": isrc, "title": title}] if isrc else []
    return index_tables(
        pa.Table.from_pylist(titles, REPERTOIRE_TITLES),
        pa.Table.from_pylist(names, REPERTOIRE_NAMES),
        pa.Table.from_pylist(codes, REPERTOIRE_CODES),
    )


def lines_of(*lines: Line) -> pa.Table:
    """Return usage lines that report the given texts."""
    rows = []
    for number, line in enumerate(lines, 1):
        row: dict[str, object] = dict.fromkeys(USAGE_LINES.names)
        row |= {f"reported_{name}": text for name, text in line.items() if name not in ("isrc", "iswc")}
        row |= {name: line[name] for name in ("isrc", "iswc") if name in line}
        row |= {"line_id": number, "report_id": 1, "source_line": number, "use_count": 1, "territory": 586}
        rows.append({**row, "used_on": None, "use_kind": "feature"})
    table = pa.Table.from_pylist(rows, pa.schema([field.with_nullable(True) for field in USAGE_LINES]))
    days = pa.array([20_000] * len(lines), pa.int32()).cast(pa.date32())
    return table.set_column(table.column_names.index("used_on"), "used_on", days).cast(USAGE_LINES)


def match(index: RepertoireIndex, *lines: Line, decisions: pa.Table | None = None) -> Matched:
    """Match lines with the usual thresholds."""
    return match_lines(lines_of(*lines), index, decisions or DECISIONS.empty_table(), Thresholds())


@pytest.mark.parametrize(
    ("line", "work_id", "method"),
    [
        ({"title": "The Silver Ferry", "performer": "Garden Collective"}, 1, "exact"),
        ({"title": "SILVER FERRY (Live)", "performer": "Collective, Garden"}, 1, "exact"),
        ({"title": "Silver Fery", "performer": "Garden Collective"}, 1, "fuzzy"),
        ({"title": "Silver Ferry", "performer": "Gardn Collective"}, 1, "fuzzy"),
        ({"title": "Garden Collective", "performer": "The Silver Ferry"}, 1, "fuzzy"),
        ({"title": "Garden Collective - The Silver Ferry"}, 1, "fuzzy"),
        ({"title": "Lantern Song", "performer": "Kite Sisters"}, 2, "exact"),
        ({"title": "Lantern Song", "writers": "MARROW"}, 3, "fuzzy"),
        ({"title": "Lantern Song", "writers": "Marrow, Elva"}, 3, "exact"),
        ({"title": "Bereg i kolodets", "performer": "Narsana Lugnik"}, 4, "fuzzy"),
        ({"title": "星空之桥", "performer": "秋水乐团"}, 5, "exact"),
        ({"title": "A Window before the Har", "performer": "Amber Mirrors"}, 6, "fuzzy"),
        ({"title": "The Silver Ferry", "iswc": ISWC}, 1, "iswc"),
        ({"title": "Silver Ferry - Remix", "isrc": ISRC, "performer": "Somebody Else"}, 1, "isrc"),
        ({"iswc": ISWC}, 1, "iswc"),
        ({"isrc": ISRC}, 1, "isrc"),
        ({"performer": "Kite Sisters", "isrc": ISRC}, 1, "isrc"),
        ({"title": "Lantern Song", "source_id": "W-3"}, 3, "own"),
    ],
)
def test_a_line_finds_its_work(index: RepertoireIndex, line: Line, work_id: int, method: str) -> None:
    row = match(index, line).matches.to_pylist()[0]
    assert (row["work_id"], row["band"], row["method"]) == (work_id, Band.MATCHED, method), row


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ({"title": "The Silver Ferry"}, Band.REVIEW),  # title alone never pays
        ({"title": "Lantern Song"}, Band.REVIEW),  # two works
        ({"title": "The Silver Ferry", "performer": "Unheard Of"}, Band.REVIEW),
        ({"title": "Something Quite Different", "isrc": ISRC}, Band.REVIEW),  # the code says yes, the title no
        ({"title": "Lantern Song", "performer": "Kite Sisters", "writers": "Elva Marrow"}, Band.REVIEW),
        ({"title": "Utterly Unheard Of", "performer": "Nobody At All"}, Band.UNIDENTIFIED),
        ({"title": "?"}, Band.UNIDENTIFIED),
    ],
)
def test_what_is_unsure_is_not_paid(index: RepertoireIndex, line: Line, expected: Band) -> None:
    row = match(index, line).matches.to_pylist()[0]
    assert (row["band"], row["work_id"]) == (expected, None), row


def test_equal_lines_are_matched_once_and_get_one_answer(index: RepertoireIndex) -> None:
    found = match(
        index,
        {"title": "Lantern Song", "performer": "Kite Sisters"},
        {"title": "The Silver Ferry", "performer": "Garden Collective"},
        {"title": "LANTERN SONG", "performer": "kite sisters"},
    )
    assert found.distinct_count == 2
    rows = found.matches.to_pylist()
    assert [row["work_id"] for row in rows] == [2, 1, 2]
    assert rows[0]["memory_key"] == rows[2]["memory_key"]
    assert found.matches.schema.equals(MATCHES)


def test_the_score_is_the_sum_of_its_reasons(index: RepertoireIndex) -> None:
    row = match(index, {"title": "Silver Ferry", "performer": "Garden Collective", "writers": "Ashford"}).matches
    reasons = json.loads(row.column("reasons")[0].as_py())
    assert {reason for reason, _ in reasons} >= {"starting point", "title equal", "performer equal"}
    assert row.column("score_ppm")[0].as_py() == probability_ppm(sum(weight for _, weight in reasons))


def test_the_common_title_is_not_even_reviewed() -> None:
    titles = pa.Table.from_pylist([{"work_id": n, "title": "Stay"} for n in range(1, 8)], REPERTOIRE_TITLES)
    many = index_tables(titles, REPERTOIRE_NAMES.empty_table(), REPERTOIRE_CODES.empty_table())
    row = match(many, {"title": "Stay"}).matches.to_pylist()[0]
    assert (row["band"], row["candidate_work_id"], row["runner_up_work_id"]) == (Band.UNIDENTIFIED, 1, 2)


def decision(rows: list[tuple[Line, int, bool, int]]) -> pa.Table:
    """Return DECISIONS about lines."""
    return pa.Table.from_pylist(
        [
            {
                "memory_key": memory_key(line.get("title", ""), line.get("performer", ""), "", "", "", ""),
                "work_id": work_id,
                "is_work": is_work,
                "rank": rank,
            }
            for line, work_id, is_work, rank in rows
        ],
        DECISIONS,
    )


def test_a_decision_outranks_every_score(index: RepertoireIndex) -> None:
    line = {"title": "Lantern Song", "performer": "Kite Sisters"}
    row = match(index, line, decisions=decision([(line, 3, True, 1)])).matches.to_pylist()[0]
    assert (row["work_id"], row["method"], row["score_ppm"]) == (3, "decision", 1_000_000)
    both = decision([(line, 3, True, 1), (line, 1, True, 0)])
    assert match(index, line, decisions=both).matches.to_pylist()[0]["work_id"] == 1


def test_what_a_person_refused_is_no_candidate(index: RepertoireIndex) -> None:
    line = {"title": "Lantern Song", "performer": "Kite Sisters"}
    found = match(index, line, decisions=decision([(line, 2, False, 1)]))
    assert 2 not in found.candidates.column("work_id").to_pylist()
    assert found.matches.to_pylist()[0]["work_id"] is None
    over = decision([(line, 2, True, 1), (line, 2, False, 0)])
    assert match(index, line, decisions=over).matches.to_pylist()[0]["work_id"] is None


def test_a_decision_about_a_work_that_is_gone_says_nothing(index: RepertoireIndex) -> None:
    line = {"title": "Lantern Song", "performer": "Kite Sisters"}
    row = match(index, line, decisions=decision([(line, 99, True, 1)])).matches.to_pylist()[0]
    assert (row["work_id"], row["method"]) == (2, "exact")


def test_no_lines_and_no_repertoire_are_fine(index: RepertoireIndex) -> None:
    assert match_lines(USAGE_LINES.empty_table(), index, DECISIONS.empty_table(), Thresholds()).matches.num_rows == 0
    empty = index_tables(
        REPERTOIRE_TITLES.empty_table(), REPERTOIRE_NAMES.empty_table(), REPERTOIRE_CODES.empty_table()
    )
    row = match(empty, {"title": "Lantern Song", "performer": "Kite Sisters", "writers": "Marrow", "isrc": ISRC})
    assert row.matches.to_pylist()[0]["band"] == Band.UNIDENTIFIED


@given(st.lists(st.tuples(st.sampled_from("abAB"), st.sampled_from(["", "x", "X"])), max_size=30))
def test_collapsing_keeps_every_line(texts: list[tuple[str, str]]) -> None:
    table = lines_of(*({"title": title, "performer": performer} for title, performer in texts)) if texts else None
    if table is None:
        return
    distinct = collapse(table)
    assert len(distinct.of_line) == len(texts)
    for (title, performer), number in zip(texts, distinct.of_line, strict=True):
        assert memory_key(title, performer, "", "", "", "") == distinct.keys[number]


def test_rows_of_evidence_have_numbers_of_their_own() -> None:
    """The first and the last row of every table, in every combination, and no two numbers alike."""
    ends = np.array(list(product(*((0, len(table) - 1) for table in TABLES))), dtype=np.int16)
    assert len(np.unique(_in_one_number(ends))) == len(ends) == 2 ** len(TABLES)
    assert _in_one_number(ends).max() == math.prod(len(table) for table in TABLES) - 1


def test_the_reasons_of_each_row_are_those_of_its_own_evidence(index: RepertoireIndex) -> None:
    matcher = Matcher(index)
    rows = np.zeros((6, len(TABLES)), dtype=np.int16)
    rows[3:, 0], behind = 2, np.array([0, 5, 0, 5, 5, 0])
    told = [json.loads(text) for text in _reasons_of(matcher, rows, behind)]
    sums = [sum(weight for _, weight in reasons) for reasons in told]
    own = [matcher.model.log_odds_milli(row) for row in rows[[0, 3]].tolist()]
    assert sums == [own[0], own[0] - 5, own[0], own[1] - 5, own[1] - 5, own[1]]
