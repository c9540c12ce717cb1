"""Works found across scripts: readings in the index and of questions, skeletons, and what their agreement is called."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from muniment.kernel.words.readings import readings_version
from muniment.use.matching.bulk import spelt as spelt_module
from muniment.use.matching.bulk.build import build_index
from muniment.use.matching.bulk.folder import MANIFEST, BrokenIndex
from muniment.use.matching.bulk.index import open_index
from muniment.use.matching.bulk.lookup import FACTS, WORDS_READ
from muniment.use.matching.bulk.matcher import Matcher
from muniment.use.matching.bulk.spelt import spellings, spelt_column
from muniment.use.matching.bulk.texts import fold_column
from muniment.use.matching.rules.scoring import PERFORMER, TABLES, TITLE, Band
from tests.use.matching.small import (
    BEREG,
    HARBOUR_OF_SILVER,
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

_TITLE, _PERFORMER = TABLES.index(TITLE), TABLES.index(PERFORMER)
PERSIAN, KATAKANA = len(WORKS) + 1, len(WORKS) + 2
MORE = (
    ("چشمه‌ی گل‌ها", "پیمان ژاله", "گروه نسیم"),
    ("ミッドナイト・ランタン", "サトウ ケン", "ブルー・ハーバー"),
)


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    """Return the matcher of the small repertoire with a Persian and a katakana work."""
    return Matcher(small_index(MORE))


def ask(matcher: Matcher, line: Line) -> dict[str, Any]:
    """Return the answer to a line."""
    row: dict[str, Any] = matcher.match(queries(line)).to_pylist()[0]
    return row


REPORTED_IN_LATIN: list[tuple[int, str, str]] = [
    (BEREG, "Bereg i kolodec", "Dom Vetra"),
    (BEREG, "Berieg i kolodiets", "Dom Vetra"),
    (STARS, "Xingkong zhi qiao", "Qiushui Yuetuan"),
    (STARS, "Hsing-kung chih chiao", "Chiu-shui Yueh-tuan"),
    (SAKURA, "Sakura no tegami", "Minato-za"),
    (STATION, "Byeolbit Jeonggeojang", "Gangbyeon Sonyeondan"),
    (STATION, "Pyolpit Chonggojang", "Kangbyon Sonyondan"),
    (RAIN, "Shehar ki barish", "Karwan Band"),
    (RAIN, "Shahar Kee Baarish", "Karvaan Band"),
    (HARBOUR_OF_SILVER, "Namal hakesef", "Lehakat Hagan"),
    (RIVER, "Nadee ka geet", "Chandni Mandali"),
    (STEPPE, "Qoñyr dala", "Jel toby"),
    (STEPPE, "Konyr dala", "Zhel toby"),
    (PERSIAN, "Cheshmeye golha", "Gorouh Nasim"),
    (KATAKANA, "Midnight Lantern", "Blue Harbor"),
]


@pytest.mark.parametrize(("work_id", "title", "performer"), REPORTED_IN_LATIN)
def test_a_work_is_found_in_latin_letters(matcher: Matcher, work_id: int, title: str, performer: str) -> None:
    assert ask(matcher, {"title": title, "performer": performer})["candidate_work_id"] == work_id


REPORTED_IN_OTHERS: list[tuple[int, str, str]] = [
    (SILVER_FERRY, "Сильвер Ферри", "Гарден Коллектив"),
    (SILVER_FERRY, "سيلفر فيري", "جاردن كوليكتيف"),
    (SILVER_FERRY, "سلور فیری", "گارڈن کلیکٹو"),
    (SILVER_FERRY, "סילבר פרי", "גרדן קולקטיב"),
    (SILVER_FERRY, "シルバー・フェリー", "ガーデン・コレクティブ"),
    (SILVER_FERRY, "실버 페리", "가든 콜렉티브"),
    (SILVER_FERRY, "सिल्वर फेरी", "गार्डन कलेक्टिव"),
    (THISTLE, "Коппер Тистл Роуд", "Гарден Коллектив"),
    (RAIN, "शहर की बारिश", "कारवान बैंड"),
    (STEPPE, "קוניר דלה", "ז׳ל טובי"),
]


@pytest.mark.parametrize(("work_id", "title", "performer"), REPORTED_IN_OTHERS)
def test_a_line_in_another_script_finds_its_work(matcher: Matcher, work_id: int, title: str, performer: str) -> None:
    assert ask(matcher, {"title": title, "performer": performer})["candidate_work_id"] == work_id


def test_free_text_in_another_script_is_parted(matcher: Matcher) -> None:
    answer = ask(matcher, {"title": "Гарден Коллектив - Сильвер Ферри"})
    assert answer["candidate_work_id"] == SILVER_FERRY


def test_an_equal_reading_is_equal_in_latin_letters(matcher: Matcher) -> None:
    answer = ask(matcher, {"title": "Sakura no tegami", "performer": "ミナト座"})
    row = answer["evidence"]
    assert (TITLE[row[_TITLE]], PERFORMER[row[_PERFORMER]]) == ("title equal in Latin letters", "performer equal")
    assert answer["band"] == Band.MATCHED


def test_a_title_with_only_an_equal_skeleton_is_alike_and_never_equal(matcher: Matcher) -> None:
    row = ask(matcher, {"title": "Shehar ki barish", "performer": "Karwan Band"})["evidence"]
    assert TITLE[row[_TITLE]] in ("title alike to 90 %", "title alike to 85 %", "title alike to 80 %")
    assert "alike" in PERFORMER[row[_PERFORMER]]


def test_the_same_letters_of_two_works_in_latin_stay_as_far_apart_as_they_were(matcher: Matcher) -> None:
    """Skeletons are for other scripts: between Latin titles "Silver" and "Salver" differ by a letter, as before."""
    row = ask(matcher, {"title": "Solevar Farro", "performer": "Nobody at All"})
    assert SILVER_FERRY not in row["candidate_work_ids"]


def test_an_index_says_by_which_readings_it_was_made(tmp_path: Path) -> None:
    build_index(*tables_of(WORKS), tmp_path / "index")
    path = tmp_path / "index" / MANIFEST
    manifest = json.loads(path.read_text(encoding="utf-8"))
    assert manifest["readings"] == readings_version()
    assert open_index(tmp_path / "index").columns[FACTS][WORDS_READ] > 0
    path.write_text(json.dumps({**manifest, "readings": "of another version"}), encoding="utf-8")
    with pytest.raises(BrokenIndex, match="readings"):
        open_index(tmp_path / "index")


def test_texts_in_latin_letters_are_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    def unwanted(text: str) -> tuple[str, ...]:
        raise AssertionError(text)

    monkeypatch.setattr(spelt_module, "readings", unwanted)
    column = pa.array(["Silver Ferry", None, "", "Ça ira — où?", "L’été…"])
    found = spelt_column(column, fold_column(column))
    assert (len(found.data), found.of_row.tolist()) == (0, [0] * 6)


def test_the_readings_of_a_column_stand_by_row() -> None:
    column = pa.array(["Silver Ferry", "山田ほたる", None, "Жел тобы"])
    found = spelt_column(column, fold_column(column))
    texts = [
        bytes(found.data[first:last]).decode() for first, last in zip(found.starts, found.starts[1:], strict=False)
    ]
    rows = [texts[first:last] for first, last in zip(found.of_row, found.of_row[1:], strict=False)]
    assert rows[0] == rows[2] == []
    assert "yamada hotaru" in rows[1]
    assert "jel toby" in rows[3] or "zel toby" in rows[3]


def test_a_spelling_keeps_the_marks_between_its_pieces() -> None:
    found = spellings("Жел тобы - Қоңыр дала (live)")
    assert found
    assert all(" - " in text and "(live)" in text for text in found)


def test_a_line_without_end_in_another_script_is_answered(matcher: Matcher) -> None:
    answer = ask(matcher, {"title": "星空之桥と별빛 " * 100_000, "performer": "山" * 500_000})
    assert answer["line_id"] == 1
