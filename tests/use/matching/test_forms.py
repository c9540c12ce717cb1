"""The forms under which two ways of writing meet."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muniment.use.matching.rules.forms import (
    INITIAL,
    SURNAME,
    Reading,
    memory_key,
    name_key,
    performer_forms,
    readings_of,
    roman_title,
    split_writers,
    strip_version,
    title_forms,
    writer_forms,
)


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
    assert title_forms(title)[-1] == "silver ferry"


@pytest.mark.parametrize(
    "title", ["Live and Let Sail", "(I Saw) The Ferry", "Ferry - Harvest", "The Edit", "Remix", "Part of the Sea"]
)
def test_words_of_the_title_itself_stay(title: str) -> None:
    assert strip_version(title) == title


def test_every_script_has_forms_and_a_latin_one() -> None:
    assert title_forms("Берег и колодец") == ("берег и колодец",)
    assert roman_title("Берег и колодец") == "bereg i kolodets"
    assert title_forms("星空之桥") == ("星空之桥",)
    assert roman_title("Silver Ferry") == ""
    assert title_forms("!!!") == ()


@pytest.mark.parametrize(
    ("one", "other"),
    [("Lennart, Johan", "Johan Lennart"), ("The Kite Sisters", "KITE SISTERS"), ("Kite Sisters, The", "Kite Sisters")],
)
def test_names_meet_in_any_order(one: str, other: str) -> None:
    assert name_key(one) == name_key(other)


def test_a_performer_has_the_whole_and_the_parts() -> None:
    assert performer_forms("Kite Sisters & Nemira Ashford") == (
        "ashford kite nemira sisters",
        "kite sisters",
        "ashford nemira",
    )
    assert performer_forms("Kite Sisters - Topic") == ("kite sisters",)
    assert performer_forms("Kite Sisters and friends") == ("kite sisters",)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("ASHFORD/RAVENHURST", ("ASHFORD", "RAVENHURST")),
        ("Ashford, Nemira; Ravenhurst, Quill", ("Ashford, Nemira", "Ravenhurst, Quill")),
        ("N. Ashford, Q. Ravenhurst", ("N. Ashford", "Q. Ravenhurst")),
        ("Ashford, Nemira", ("Ashford, Nemira",)),
        ("Nemira Ashford & Quill Ravenhurst", ("Nemira Ashford", "Quill Ravenhurst")),
        ("", ()),
    ],
)
def test_lists_of_writers_are_parted(text: str, names: tuple[str, ...]) -> None:
    assert split_writers(text) == names


def test_a_writer_meets_by_name_initial_and_surname() -> None:
    assert writer_forms("Nemira Ashford") == ("ashford nemira", f"{INITIAL}n ashford", f"{SURNAME}ashford")
    assert set(writer_forms("Ashford, Nemira")) == set(writer_forms("Nemira Ashford"))
    assert writer_forms("N. Ashford") == (f"{INITIAL}n ashford", f"{SURNAME}ashford")
    assert writer_forms("ASHFORD") == (f"{SURNAME}ashford",)
    assert writer_forms("?") == ()


def test_readings_exchange_and_take_apart() -> None:
    swapped = list(readings_of("Kite Sisters", "Lantern Song"))
    assert [(read.reading, read.title) for read in swapped] == [
        (Reading.AS_REPORTED, "Kite Sisters"),
        (Reading.SWAPPED, "Lantern Song"),
    ]
    glued = list(readings_of("Kite Sisters - Lantern Song", ""))
    assert [(read.title, read.performer) for read in glued[1:]] == [
        ("Lantern Song", "Kite Sisters"),
        ("Kite Sisters", "Lantern Song"),
    ]


@given(st.text(max_size=60))
def test_no_text_breaks_the_forms_and_they_do_not_depend_on_case(text: str) -> None:
    assert all(title_forms(text))
    assert all(performer_forms(text))
    assert all(form for name in split_writers(text) for form in writer_forms(name))
    assert memory_key(text, text, "", "", "", "") == memory_key(f" {text} ", text, "", "", "", "")


def test_the_memory_key_folds_and_tells_columns_apart() -> None:
    assert memory_key("Lantern Song", "KITE  Sisters", "", "", "", "") == memory_key(
        "lantern song!", "kite sisters", "", "", "", ""
    )
    assert memory_key("a", "b", "", "", "", "") != memory_key("b", "a", "", "", "", "")
