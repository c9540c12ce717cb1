"""Free text: lines without columns, as people type them, in every script; every name here is made up."""

from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from muniment.use.matching.bulk.index import index_tables
from muniment.use.matching.bulk.matcher import Matcher
from muniment.use.matching.rules.scoring import READING, TABLES, Band
from tests.use.matching.small import (
    BEREG,
    HARBOUR_OF_SILVER,
    LANTERN_HALE,
    RAIN,
    RIVER,
    SAKURA,
    SILVER_FERRY,
    STARS,
    STATION,
    STEPPE,
    THISTLE,
    WORKS,
    Line,
    queries,
    small_index,
    tables_of,
)

_READING = TABLES.index(READING)
PART = "one part of a medley"
ONE_OF_TWO, UNMARKED = "another part of the text is a title, too", "performer found beside the title without a mark"


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    """Return the matcher of the small repertoire, with one work that is a medley by its own title."""
    return Matcher(small_index((("Silver Ferry / Night Train", "Nemira Ashford", "Harbour Brass"),)))


def ask(matcher: Matcher, *lines: Line) -> list[dict[str, Any]]:
    """Return the answers to some lines."""
    answers: list[dict[str, Any]] = matcher.match(queries(*lines)).to_pylist()
    return answers


ONE_COLUMN = {
    SILVER_FERRY: [
        "Garden Collective | Silver Ferry",
        'Garden Collective "Silver Ferry"',
        "Garden Collective “Silver Ferry” (1967)",
        "Garden Collective – Silver Ferry",
        "Garden Collective: Silver Ferry",
        "Garden Collective Silver Ferry",
        "Silver Ferry Garden Collective",
        "Silver Ferry by Garden Collective",
        "Silver Ferry (Garden Collective)",
        "Silver Ferry / Garden Collective",
        "Silver Ferry, Garden Collective",
        "Silver Ferry ~ Garden Collective",
        "Silver Ferry — Garden Collective (cover)",
        "Silver Fery Garden Collective",
        "12. Garden Collective - Silver Ferry",
        "Garden Collective - Silver Ferry Official Video HD",
        "Garden Collective - Silver Ferry (lyrics) [4K]",
        "Garden Collective - Silver Ferry | Some Records 2019",
        "Best of Folk - Garden Collective - Silver Ferry",
        "[MV] Garden Collective - Silver Ferry",
        "Garden Collective ft. DJ Unheard - Silver Ferry",
        "Garden Collective x DJ Unheard - Silver Ferry",
        "Garden Collective「Silver Ferry」【官方MV】",
    ],
    BEREG: [
        "Дом Ветра - Берег и колодец (официальный клип)",
        "Дом Ветра «Берег и колодец»",
        "Берег и колодец исполняет Дом Ветра",
        "Dom Vetra - Bereg i kolodets (official video)",
    ],
    STARS: [
        "秋水乐团 - 星空之桥【官方MV】",
        "秋水乐团《星空之桥》",
        "星空之桥 (歌詞)【動態歌詞】 秋水乐团",
        "秋水乐团-星空之桥",
    ],
    SAKURA: [
        "ミナト座「さくらの手紙」",
        "ミナト座 - さくらの手紙 (歌詞付き)",
        "【歌ってみた】さくらの手紙 / ミナト座",
    ],
    STATION: ["[MV] 강변소년단 - 별빛 정거장", "강변소년단 (Feat. 누구) - 별빛 정거장 가사"],
    RAIN: [
        "کاروان بینڈ - شہر کی بارش (آفیشل ویڈیو)",
        "گانا شہر کی بارش کاروان بینڈ",
    ],
    HARBOUR_OF_SILVER: ["להקת הגן - נמל הכסף (הקליפ הרשמי)", "נמל הכסף / להקת הגן"],
    RIVER: ["चाँदनी मंडली - नदी का गीत (आधिकारिक वीडियो)"],
    STEPPE: ["Жел тобы - Қоңыр дала (бейнеклип)"],
}


@pytest.mark.parametrize(("work_id", "title"), [(work, text) for work, texts in ONE_COLUMN.items() for text in texts])
def test_a_title_and_a_performer_in_one_column_are_told_apart(matcher: Matcher, work_id: int, title: str) -> None:
    alone, channel, swapped = ask(
        matcher, {"title": title}, {"title": title, "performer": "somechannel77"}, {"title": None, "performer": title}
    )
    for row in (alone, channel, swapped):
        assert (row["candidate_work_id"], row["band"]) == (work_id, Band.MATCHED), row


@pytest.mark.parametrize(
    ("work_id", "title", "performer"),
    [
        (SILVER_FERRY, "Silver Ferry (from Harbour Nights)", "Garden Collective"),
        (SILVER_FERRY, "Silver Ferry official lyric video", "Garden Collective"),
        (SILVER_FERRY, "Silver Ferry - Live at the Old Pier 1985", "Garden Collective"),
        (SILVER_FERRY, "01 Silver Ferry", "Garden Collective"),
        (SILVER_FERRY, "Garden Collective", "Silver Fery"),
        (SILVER_FERRY, "Silver Ferry", "Unheard Of vs. Garden Collective"),
        (SILVER_FERRY, "Silver Ferry", "Garden Collective with DJ Unheard"),
        (SILVER_FERRY, "Silver Ferry", "DJ Unheard, Garden Collective"),
        (BEREG, "Берег и колодец", "Дом Ветра при участии Хора"),
        (BEREG, "Берег и колодец караоке", "Дом Ветра"),
        (RAIN, "شہر کی بارش", "کاروان بینڈ اور دوست"),
        (STATION, "별빛 정거장 (라이브)", "강변소년단 피처링 누구"),
    ],
)
def test_what_dresses_a_title_or_joins_names_is_no_part_of_them(
    matcher: Matcher, work_id: int, title: str, performer: str
) -> None:
    row = ask(matcher, {"title": title, "performer": performer})[0]
    assert (row["candidate_work_id"], row["band"]) == (work_id, Band.MATCHED), row


@pytest.mark.parametrize(
    "writers",
    [
        "ASHFORD N",
        "Ashford N.",
        "Ashford N J",
        "ASHFORD NEMIRA JANE",
        "Nemira Jane Ashford",
        "Music by Nemira Ashford",
        "Nemira Ashford Jr.",
        "Ashford Jr., N.",
        "N.Ashford",
    ],
)
def test_a_writer_is_read_however_the_name_is_written(matcher: Matcher, writers: str) -> None:
    row = ask(matcher, {"title": "Copper Thistle Road", "writers": writers})[0]
    assert (row["candidate_work_id"], row["band"]) == (THISTLE, Band.MATCHED), row


MEDLEYS: list[Line] = [
    {"title": "Silver Ferry / Copper Thistle Road", "performer": "Garden Collective"},
    {"title": "Silver Ferry; Copper Thistle Road", "performer": "Garden Collective"},
    {"title": "Silver Ferry + Copper Thistle Road", "performer": "Garden Collective"},
    {"title": "Silver Ferry - Copper Thistle Road", "performer": "Garden Collective"},
    {"title": "Silver Ferry, Copper Thistle Road", "performer": "Garden Collective"},
    {"title": "Medley: Silver Ferry - Copper Thistle Road", "performer": "Garden Collective"},
    {"title": "Silver Ferry & Copper Thistle Road (Medley)", "performer": "Garden Collective"},
    {"title": "Garden Collective - Silver Ferry / Copper Thistle Road"},
]


@pytest.mark.parametrize("line", MEDLEYS)
def test_a_medley_reaches_a_person_with_its_parts(matcher: Matcher, line: Line) -> None:
    row = ask(matcher, line)[0]
    assert row["band"] == Band.REVIEW
    assert sorted(row["candidate_work_ids"][:2]) == [SILVER_FERRY, THISTLE]
    assert [READING[evidence[_READING]] for evidence in row["candidate_evidence"][:2]] == [PART, PART]


@pytest.mark.parametrize(
    "line",
    [
        {"title": "Silver Ferry / Something Else Entirely", "performer": "Garden Collective"},
        {"title": "Silver Ferry Medley", "performer": "Garden Collective"},
        {"title": "Silver Ferry; Lantern Song"},
        {"title": "Попурри: Берег и колодец / Қоңыр дала"},
    ],
)
def test_what_may_be_a_medley_is_never_paid(matcher: Matcher, line: Line) -> None:
    row = ask(matcher, line)[0]
    assert row["band"] != Band.MATCHED
    assert READING[row["evidence"][_READING]] == PART


def test_a_work_that_is_a_medley_by_its_title_is_itself(matcher: Matcher) -> None:
    row = ask(matcher, {"title": "Silver Ferry / Night Train", "performer": "Harbour Brass"})[0]
    assert (row["candidate_work_id"], row["band"]) == (len(WORKS) + 1, Band.MATCHED)
    assert READING[row["evidence"][_READING]] == READING[0]


@pytest.mark.parametrize(
    "line",
    [
        {"title": "Lantern Song Garden Collective"},
        {"title": "Garden Collective"},
        {"title": "Silver"},
        {"title": "Lantern Song", "performer": "max"},
        {"title": "Garden Collective", "performer": "Lantern"},
        {"title": "The Ferry Garden", "performer": "Unheard Of"},
        {"title": "Silver Ferry Kite Sisters", "performer": "Paper Moons"},
    ],
)
def test_words_of_two_works_are_no_reason_to_pay_one(matcher: Matcher, line: Line) -> None:
    assert ask(matcher, line)[0]["band"] != Band.MATCHED


@pytest.mark.parametrize(
    "text",
    [
        "Vael & Kord - Thistle Road at Midnight",
        "Vael & Kord Ensemble - Thistle Road at Midnight",
        "Vael Kord & Unheard Brass - Road at Midnight",
        "Vael Kord & Mirrors",
    ],
)
def test_the_name_of_a_duo_is_not_taken_for_a_title_and_a_name(text: str) -> None:
    """A work of one word that one of them, or a namesake, recorded is not what they sing."""
    works = (("Vael", "Orla Pym", "Kord"), ("Vael", "Ilse Tarn", "Kord Ensemble"))
    answer = ask(Matcher(small_index(works)), {"title": text, "performer": "upload77"})[0]
    assert answer["band"] == Band.UNIDENTIFIED


def test_a_typo_in_the_performer_is_forgiven_beside_a_foreign_title_with_a_bracket(matcher: Matcher) -> None:
    row = ask(matcher, {"title": "Берег и колодец (Live) - 2011 Remaster", "performer": "Дом Ветру"})[0]
    assert (row["candidate_work_id"], row["band"]) == (BEREG, Band.MATCHED)


def test_the_parts_of_a_medley_of_other_peoples_works_are_shown_too(matcher: Matcher) -> None:
    row = ask(matcher, {"title": "Medley: Silver Ferry / Lantern Song", "performer": "Kite Sisters"})[0]
    assert row["band"] != Band.MATCHED
    assert {SILVER_FERRY, LANTERN_HALE} <= set(row["candidate_work_ids"])


_TEXTS = {text for work in WORKS for text in work}
_PIECES = sorted(_TEXTS | {word for text in _TEXTS for word in text.split()})
_GLUE = [
    " - ",
    " | ",
    ": ",
    " / ",
    ", ",
    " & ",
    ' "',
    '" ',
    " (",
    ") ",
    "【",
    "】",
    " by ",
    " ft. ",
    " medley ",
    " ",
    "",
    ";",
]
_FREE = st.lists(st.tuples(st.sampled_from(_PIECES), st.sampled_from(_GLUE)), min_size=1, max_size=40).map(
    lambda pairs: "".join(piece + glue for piece, glue in pairs)
)


@settings(max_examples=60)
@given(title=_FREE, performer=st.none() | _FREE, writers=st.none() | _FREE)
def test_whatever_is_glued_together_gets_an_answer_that_holds_together(
    matcher: Matcher, title: str, performer: str | None, writers: str | None
) -> None:
    row = ask(matcher, {"title": title, "performer": performer, "writers": writers})[0]
    scores = row["candidate_scores_ppm"]
    assert scores == sorted(scores, reverse=True)
    assert len(set(row["candidate_work_ids"])) == len(scores)
    if row["evidence"] and READING[row["evidence"][_READING]] == PART:
        assert row["band"] != Band.MATCHED


@pytest.mark.parametrize("unit", ["a", "/ ", "- Silver Ferry ", '"', "【官方", "medley ", "J ", "\u202e\u0000(", "by "])
def test_a_text_without_end_is_answered(matcher: Matcher, unit: str) -> None:
    text = (unit * 1_000_000)[:1_000_000]
    everywhere: Line = {"title": text, "performer": text, "writers": text}
    rows = ask(matcher, everywhere, {"title": text}, {"title": None, "performer": text})
    assert [row["line_id"] for row in rows] == [1, 2, 3]
    assert all(row["band"] != Band.MATCHED for row in rows)


@pytest.mark.parametrize(
    ("text", "reading"),
    [
        ("Garden Collective - Silver Ferry - Lantern Song", ONE_OF_TWO),
        ("Garden Collective - Lantern Song - Silver Ferry", ONE_OF_TWO),
        ("Garden Collective - Silver Ferry (Lantern Song)", ONE_OF_TWO),
        ("Garden Collective - Silver Ferry - Kite Sisters", "performer found before the title"),
        ("Garden Collective - Silver Ferry - some album", "performer found before the title"),
        ("Garden Collective Silver Ferry", UNMARKED),
    ],
)
def test_another_title_in_the_text_is_a_reason(matcher: Matcher, text: str, reading: str) -> None:
    """It makes the work found doubtful, whichever stands first; a name or a text that is no title does not."""
    answer = ask(matcher, {"title": text})[0]
    assert answer["candidate_work_id"] == SILVER_FERRY
    assert READING[answer["evidence"][_READING]] == reading


def test_another_title_of_the_same_work_is_no_reason_against_it() -> None:
    """ "Title (Subtitle)" is one work where the repertoire has both as its titles."""
    titles, names, codes = tables_of(WORKS)
    both = pa.concat_tables([titles, pa.table({"work_id": [SILVER_FERRY], "title": ["Over the Water"]}, titles.schema)])
    answer = ask(
        Matcher(index_tables(both, names, codes)), {"title": "Garden Collective - Silver Ferry (Over the Water)"}
    )
    assert READING[answer[0]["evidence"][_READING]] == "performer found before the title"
