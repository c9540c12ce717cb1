"""The compiled matcher: what free text it reads, in which scripts, and what its answers always hold."""

import random
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from muniment.kernel.words.names import romanise
from muniment.use.matching.bulk.matcher import ANSWERS, BANDS, METHODS, Matcher
from muniment.use.matching.bulk.warm import warm
from muniment.use.matching.rules.scoring import READING, TABLES, Band, probability_ppm
from tests.use.matching.small import (
    BEREG,
    LANTERN_HALE,
    LANTERN_MARROW,
    RAIN,
    SILVER_FERRY,
    STARS,
    STATION,
    STEPPE,
    THISTLE,
    WINDOW,
    WORKS,
    Line,
    queries,
    small_index,
)

_READING = TABLES.index(READING)


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    """Return the matcher of the small repertoire."""
    return Matcher(small_index())


def ask(matcher: Matcher, *lines: Line) -> list[dict[str, Any]]:
    """Return the answers to some lines."""
    answers: list[dict[str, Any]] = matcher.match(queries(*lines)).to_pylist()
    return answers


FREE_TEXT: list[tuple[Line, int, str]] = [
    ({"title": "Garden Collective - Silver Ferry (Official Video)"}, SILVER_FERRY, "performer found before the title"),
    ({"title": "Garden Collective: Silver Ferry"}, SILVER_FERRY, "performer found before the title"),
    ({"title": "GARDEN COLLECTIVE – SILVER FERRY [HD]"}, SILVER_FERRY, "performer found before the title"),
    ({"title": "Silver Ferry - Garden Collective"}, SILVER_FERRY, "performer found behind the title"),
    ({"title": "Silver Ferry (feat. Kite Sisters)", "performer": "Garden Collective"}, SILVER_FERRY, READING[0]),
    ({"title": "Silver Ferry", "performer": "Garden Collective feat. DJ Unheard"}, SILVER_FERRY, READING[0]),
    ({"title": "Silver Ferry ft. DJ Unheard", "performer": "Garden Collective & DJ Unheard"}, SILVER_FERRY, READING[0]),
    ({"title": "Silver Ferry - 2011 Remaster", "performer": "Garden Collective"}, SILVER_FERRY, READING[0]),
    ({"title": "Silver Ferry (Remastered 2011)", "performer": "Collective, Garden"}, SILVER_FERRY, READING[0]),
    ({"title": "Silver Ferry (Live)", "performer": "Garden Collective - Topic"}, SILVER_FERRY, READING[0]),
    ({"title": "Garden Collective", "performer": "Silver Ferry"}, SILVER_FERRY, "title and performer exchanged"),
    ({"title": "A Window before the Ha", "performer": "Amber Mirrors"}, WINDOW, READING[0]),
    ({"title": "Coper Thistle Road", "performer": "Garden Collective"}, THISTLE, READING[0]),
    ({"title": "Copper Thistle Road", "performer": "Garden Colective"}, THISTLE, READING[0]),
    ({"title": "Coper Thistle Road", "performer": "Garden Colective"}, THISTLE, READING[0]),
]


@pytest.mark.parametrize(("line", "work_id", "reading"), FREE_TEXT)
def test_free_text_is_read(matcher: Matcher, line: Line, work_id: int, reading: str) -> None:
    row = ask(matcher, line)[0]
    assert (row["candidate_work_id"], row["band"]) == (work_id, Band.MATCHED), row
    assert READING[row["evidence"][_READING]] == reading


@pytest.mark.parametrize(
    "writers",
    ["ASHFORD", "Ashford, Nemira", "N. Ashford", "Nemira Ashford", "NEMIRA ASHFORD", "Ashford, N."],
)
def test_a_writer_is_read_in_every_style(matcher: Matcher, writers: str) -> None:
    row = ask(matcher, {"title": "Silver Ferry", "writers": writers})[0]
    assert (row["candidate_work_id"], row["band"]) == (SILVER_FERRY, Band.MATCHED), row


@pytest.mark.parametrize("writers", ["ASHFORD/HALE", "Nemira Ashford & Tovik Hale", "Ashford, N.; Hale, T."])
def test_of_several_writers_one_who_is_not_the_work_s_makes_it_less_likely(matcher: Matcher, writers: str) -> None:
    alone, both = ask(
        matcher, {"title": "Silver Ferry", "writers": "ASHFORD"}, {"title": "Silver Ferry", "writers": writers}
    )
    assert both["candidate_work_id"] == alone["candidate_work_id"] == SILVER_FERRY
    assert both["score_ppm"] < alone["score_ppm"]


def test_the_writer_tells_two_works_of_one_title_apart(matcher: Matcher) -> None:
    rows = ask(
        matcher,
        {"title": "Lantern Song", "writers": "Marrow, Elva"},
        {"title": "Lantern Song", "writers": "T. Hale"},
        {"title": "Lantern Song", "writers": "MARROW/HALE"},
    )
    assert [row["candidate_work_id"] for row in rows[:2]] == [LANTERN_MARROW, LANTERN_HALE]
    assert (rows[2]["band"], sorted(rows[2]["candidate_work_ids"])) == ("review", [LANTERN_HALE, LANTERN_MARROW])


@pytest.mark.parametrize(
    "line",
    [
        {"title": "Silver Ferry / Lantern Song"},
        {"title": "Silver Ferry / Copper Thistle Road", "performer": "Garden Collective"},
    ],
)
def test_a_medley_is_never_paid_as_one_work(matcher: Matcher, line: Line) -> None:
    row = ask(matcher, line)[0]
    assert row["band"] != Band.MATCHED
    assert SILVER_FERRY in row["candidate_work_ids"]


@pytest.mark.parametrize("number", range(1, len(WORKS) + 1))
def test_a_work_is_found_in_its_script_and_in_latin_letters(matcher: Matcher, number: int) -> None:
    title, writer, performer = WORKS[number - 1]
    rows = ask(
        matcher,
        {"title": title, "performer": performer},
        {"title": title, "writers": writer},
        {"title": romanise(title), "performer": romanise(performer)},
        {"title": title, "performer": romanise(performer)},
        {"title": romanise(title), "performer": performer},
    )
    assert [(row["candidate_work_id"], row["band"]) for row in rows] == [(number, Band.MATCHED)] * 5


@pytest.mark.parametrize(
    ("line", "work_id"),
    [
        ({"title": "Bereg i kolodets", "performer": "Dom Vetra"}, BEREG),
        ({"title": "Xingkong zhi qiao", "performer": "Qiushui Yuetuan"}, STARS),
        ({"title": "Byeolbit Jeonggeojang", "performer": "Gangbyeon Sonyeondan"}, STATION),
        ({"title": "Shahr ky barsh", "performer": "Karwan Bynd"}, RAIN),
        ({"title": "Qonyr dala", "performer": "Zhel toby"}, STEPPE),
        ({"title": "Коныр дала", "performer": "Жел тобы"}, STEPPE),
    ],
)
def test_as_people_romanise_it_the_work_is_the_first_candidate(matcher: Matcher, line: Line, work_id: int) -> None:
    assert ask(matcher, line)[0]["candidate_work_id"] == work_id


_WORDS = sorted({word for work in WORKS for text in work for word in text.split()})
_TEXTS = st.one_of(
    st.none(),
    st.sampled_from([text for work in WORKS for text in work]),
    st.lists(st.sampled_from([*_WORDS, "-", "/", "(Live)", "feat.", "&", ","]), max_size=7).map(" ".join),
    st.text(max_size=20),
)
_CODES = st.one_of(st.none(), st.sampled_from(["W-1", "W-13", "W-999", "", "?"]))
_LINES = st.lists(
    st.fixed_dictionaries(
        dict.fromkeys(("title", "performer", "writers"), _TEXTS) | dict.fromkeys(("isrc", "iswc", "source_id"), _CODES)
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=30)
@given(lines=_LINES)
def test_every_line_gets_one_answer_that_holds_together(matcher: Matcher, lines: list[Line]) -> None:
    answers = matcher.match(queries(*lines))
    assert answers.schema.equals(ANSWERS)
    answers.validate(full=True)
    assert answers.column("line_id").to_pylist() == list(range(1, len(lines) + 1))
    for row in answers.to_pylist():
        scores, works = row["candidate_scores_ppm"], row["candidate_work_ids"]
        assert row["band"] in BANDS
        assert row["method"] in METHODS
        assert scores == sorted(scores, reverse=True)
        assert len(works) == len(set(works)) == len(scores) == len(row["candidate_evidence"]) <= 5
        assert [row["candidate_work_id"], row["runner_up_work_id"]] == [*works, None, None][:2]
        if works:
            assert [row["score_ppm"], row["runner_up_score_ppm"]] == [*scores, None][:2]
        assert row["band"] == Band.UNIDENTIFIED or works
        for evidence in row["candidate_evidence"]:
            assert [0 <= at < len(table) for at, table in zip(evidence, TABLES, strict=True)] == [True] * len(TABLES)


@settings(max_examples=30)
@given(lines=_LINES)
def test_the_reasons_of_the_best_sum_to_its_log_odds(matcher: Matcher, lines: list[Line]) -> None:
    for row in ask(matcher, *lines):
        if not row["candidate_work_ids"]:
            assert (row["score_ppm"], row["evidence"]) == (0, [])
            continue
        log_odds = matcher.model.log_odds_milli(row["evidence"])
        assert sum(weight for _, weight in matcher.model.reasons(row["evidence"])) == log_odds
        assert row["score_ppm"] == probability_ppm(log_odds)
        assert row["evidence"] == row["candidate_evidence"][0]
        for score, evidence in zip(row["candidate_scores_ppm"], row["candidate_evidence"], strict=True):
            assert score <= probability_ppm(matcher.model.log_odds_milli(evidence))


@settings(max_examples=20)
@given(lines=_LINES, seed=st.integers(0, 99), cut=st.integers(0, 8))
def test_neither_order_nor_batches_change_an_answer(matcher: Matcher, lines: list[Line], seed: int, cut: int) -> None:
    whole = queries(*lines)
    expected = matcher.match(whole).to_pylist()
    order = list(range(len(lines)))
    random.Random(seed).shuffle(order)
    shuffled = matcher.match(whole.take(pa.array(order)))
    assert shuffled.to_pylist() == [expected[row] for row in order]
    assert [row for at in range(len(lines)) for row in matcher.match(whole.slice(at, 1)).to_pylist()] == expected
    pieces = [whole.slice(0, cut), whole.slice(cut)]
    assert [row for piece in pieces for row in matcher.match(piece).to_pylist()] == expected


def _dressed(text: str | None, style: int) -> str | None:
    """Return a text with other case, accents and punctuation."""
    if not text:
        return text
    styles = (
        text.upper(),
        text.lower(),
        f"  {text} !",
        text.replace("a", "á").replace("o", "ö"),
        text.replace(" ", "   "),
        f"“{text}”…",
        text.replace(" ", "\u200b \u00a0"),
    )
    return styles[style % len(styles)]


@settings(max_examples=40)
@given(number=st.integers(0, len(WORKS) - 1), styles=st.tuples(*[st.integers(0, 6)] * 3), kind=st.integers(0, 2))
def test_case_accents_and_punctuation_change_nothing(
    matcher: Matcher, number: int, styles: tuple[int, int, int], kind: int
) -> None:
    title, writer, performer = WORKS[number]
    line: Line = {"title": title, "performer": performer if kind != 1 else None, "writers": writer if kind else None}
    other = {name: _dressed(text, style) for (name, text), style in zip(line.items(), styles, strict=True)}
    plain, dressed = ask(matcher, line, other)
    assert {**dressed, "line_id": 1} == plain


def test_an_unrelated_work_does_not_change_the_best_one(matcher: Matcher) -> None:
    more = (
        ("Gravel and Rain", "Isa Thorne", "The Ninepins"),
        ("Хлеб и соль", "Мирон Дальний", "Три реки"),
        ("湖心亭", "何清", "晚风合唱团"),
    )
    lines: list[Line] = [{"title": title, "performer": performer} for title, _, performer in WORKS]
    wider = Matcher(small_index(more))
    before, after = ask(matcher, *lines), ask(wider, *lines)
    assert [row["candidate_work_id"] for row in before] == list(range(1, len(WORKS) + 1))
    for name in ("candidate_work_id", "band", "method"):
        assert [row[name] for row in after] == [row[name] for row in before]


def test_the_matcher_is_compiled_ahead_by_one_line() -> None:
    answer = warm().to_pylist()[0]
    assert (answer["candidate_work_id"], answer["method"]) == (1, "own")
