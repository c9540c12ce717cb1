"""The forms under which two ways of writing meet, as the compiled functions give them."""

from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from muniment.kernel.words.names import fold
from muniment.use.matching.bulk.parse import BARE, CORE, performer_forms, title_forms
from muniment.use.matching.bulk.room import LONGEST_TEXT, NAME_DATA, NAME_KINDS, NAME_OWNERS, NAME_STARTS, new_room
from muniment.use.matching.bulk.texts import fold_column
from muniment.use.matching.bulk.writers import writer_forms
from muniment.use.matching.rules.forms import memory_key

Form = tuple[str, int, int]
"""A form, its kind, and which name of the text it is of."""
INITIAL, SURNAME = "\x01", "\x02"


def forms_of(read: Callable[..., int], text: str, *, latin: bool = False) -> list[Form]:
    """Return the forms of a text."""
    column, room = fold_column(pa.array([text])), new_room()
    pool = column.roman if latin else column.native
    count = read(pool.data, pool.starts[0], pool.starts[1], room.address)
    starts: Any = room[NAME_STARTS]
    texts = (room[NAME_DATA][starts[at] : starts[at + 1]].tobytes().decode() for at in range(count))
    return [(text, int(room[NAME_KINDS][at]), int(room[NAME_OWNERS][at])) for at, text in enumerate(texts)]


def texts_of(read: Callable[..., int], text: str, *, latin: bool = False) -> list[str]:
    """Return the texts of the forms alone."""
    return [form for form, _, _ in forms_of(read, text, latin=latin)]


@pytest.mark.parametrize(
    "title",
    [
        "Silver Ferry (Live)",
        "Silver Ferry - 2011 Remaster",
        "Silver Ferry (Remastered 2011)",
        "Silver Ferry [Official Video]",
        "Silver Ferry feat. DJ Guest",
        "Silver Ferry (feat. Kite Sisters) - Radio Edit",
        'Silver Ferry - From "The Album"',
        "Silver Ferry, Pt. 2",
        "The Silver Ferry",
        "SILVER FERRY",
    ],
)
def test_versions_have_one_core(title: str) -> None:
    assert texts_of(title_forms, title)[-1] == "silver ferry"


@pytest.mark.parametrize(
    "title", ["Live and Let Sail", "(I Saw) The Ferry", "Ferry - Harvest", "The Edit", "Remix", "Part of the Sea"]
)
def test_words_of_the_title_itself_stay(title: str) -> None:
    forms = forms_of(title_forms, title)
    assert forms[0][0] == fold(title)
    assert all(kind != CORE or form == fold(title).removeprefix("the ") for form, kind, _ in forms)


def test_a_subtitle_can_be_left_out() -> None:
    assert ("suzanne", BARE, 0) in forms_of(title_forms, "Suzanne (The Lighthouse)")
    assert ("ferry", BARE, 0) in forms_of(title_forms, "Ferry - Harvest")


def test_every_script_has_forms_and_a_latin_one() -> None:
    assert texts_of(title_forms, "Берег и колодец") == ["берег и колодец"]
    assert texts_of(title_forms, "Берег и колодец", latin=True) == ["bereg i kolodets"]
    assert texts_of(title_forms, "星空之桥") == ["星空之桥"]
    assert texts_of(title_forms, "Silver Ferry", latin=True) == []
    assert texts_of(title_forms, "!!!") == []


@pytest.mark.parametrize(
    ("one", "other"),
    [("Lennart, Johan", "Johan Lennart"), ("The Kite Sisters", "KITE SISTERS"), ("Kite Sisters, The", "Kite Sisters")],
)
def test_names_meet_in_any_order(one: str, other: str) -> None:
    assert texts_of(performer_forms, one)[0] == texts_of(performer_forms, other)[0]


def test_a_performer_has_the_whole_and_the_parts() -> None:
    assert texts_of(performer_forms, "Kite Sisters & Nemira Ashford") == [
        "ashford kite nemira sisters",
        "kite sisters",
        "ashford nemira",
    ]
    assert "kite sisters" in texts_of(performer_forms, "Kite Sisters feat. DJ Guest")
    assert texts_of(performer_forms, "Kite Sisters - Topic")[0] == "kite sisters"
    assert "kite sisters" in texts_of(performer_forms, "Kite Sisters and friends")


@pytest.mark.parametrize(
    ("text", "surnames"),
    [
        ("ASHFORD/RAVENHURST", ["ashford", "ravenhurst"]),
        ("Ashford, Nemira; Ravenhurst, Quill", ["ashford", "ravenhurst"]),
        ("N. Ashford, Q. Ravenhurst", ["ashford", "ravenhurst"]),
        ("Ashford, Nemira", ["ashford"]),
        ("Nemira Ashford & Quill Ravenhurst", ["ashford", "ravenhurst"]),
        ("Ashford, Ravenhurst, Somrin", ["ashford", "ravenhurst", "somrin"]),
        ("", []),
    ],
)
def test_lists_of_writers_are_parted(text: str, surnames: list[str]) -> None:
    forms = forms_of(writer_forms, text)
    assert [form.removeprefix(SURNAME) for form, _, _ in forms if form.startswith(SURNAME)] == surnames
    assert len({owner for _, _, owner in forms}) == len(surnames)


def test_a_writer_meets_by_name_initial_and_surname() -> None:
    whole = ["ashford nemira", f"{INITIAL}n ashford", f"{SURNAME}ashford"]
    assert texts_of(writer_forms, "Nemira Ashford") == whole
    assert texts_of(writer_forms, "Ashford, Nemira") == whole
    assert texts_of(writer_forms, "N. Ashford") == whole[1:]
    assert texts_of(writer_forms, "ASHFORD") == whole[2:]
    assert texts_of(writer_forms, "?") == []


@given(st.text(max_size=60) | st.text(alphabet="aé星-–()[]&;,/ .'\x00\u202e", max_size=300))
def test_no_text_breaks_the_forms_and_they_do_not_depend_on_case(text: str) -> None:
    for read in (title_forms, performer_forms, writer_forms):
        for latin in (False, True):
            assert all(texts_of(read, text, latin=latin))
    assert memory_key(text, text, "", "", "", "") == memory_key(f" {text} ", text, "", "", "", "")


@pytest.mark.parametrize(
    "text", ["x" * 1_000_000, "(" * 50_000, "a b " * 100_000, "星" * 200_000, "\u202e\x00" * 9_000]
)
def test_a_text_without_end_is_read_as_far_as_it_says_something(text: str) -> None:
    pool = fold_column(pa.array([text, "next"])).native
    assert pool.starts[1] <= LONGEST_TEXT + 32
    assert pool.data[pool.starts[1] :].tobytes() == b"next"
    assert all(len(form) <= LONGEST_TEXT + 32 for form in texts_of(title_forms, text))


def test_the_memory_key_folds_and_tells_columns_apart() -> None:
    assert memory_key("Lantern Song", "KITE  Sisters", "", "", "", "") == memory_key(
        "lantern song!", "kite sisters", "", "", "", ""
    )
    assert memory_key("a", "b", "", "", "", "") != memory_key("b", "a", "", "", "", "")
