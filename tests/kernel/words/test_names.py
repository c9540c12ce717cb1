"""Folding: what writers vary falls away, what distinguishes stays, in every script."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muniment.kernel.words.names import fold, romanise, script_of


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Café—Déjà Vu!", "cafe deja vu"),
        ("DON'T STOP", "Dont stop"),
        ("كتاب", "کتاب"),  # Arabic kaf and yeh, Urdu keheh and yeh
        ("مُحَبَّت", "محبت"),
        ("محبــت", "محبت"),
        ("ＦＵＬＬ　ｗｉｄｔｈ", "full width"),
        ("Ёлка", "елка"),
        ("사랑", "사랑"),  # composed and decomposed
        ("STRASSE", "straße"),
    ],
)
def test_these_are_one(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(("one", "other"), [("हिन्दी", "हन्द"), ("が", "か"), ("دل", "دال"), ("ли", "ля"), ("가", "각")])
def test_these_are_two(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("Lahore", "Latn"),
        ("Алматы", "Cyrl"),
        ("لاہور", "Arab"),
        ("杭州", "Hani"),
        ("서울", "Hang"),
        ("दिल्ली", "Deva"),
        ("שלום", "Hebr"),
        ("カナ", "Kana"),
        ("1984", "Zyyy"),
        ("杭州 (Hangzhou live)", "Latn"),
    ],
)
def test_the_script_is_that_of_most_letters(text: str, script: str) -> None:
    assert script_of(text) == script


def test_romanised_forms_are_latin() -> None:
    assert romanise("Алматы") == "almaty"
    assert romanise("杭州") == "hangzhou"
    assert romanise("Zoë") == "zoe"


@given(st.text(max_size=60))
def test_folding_twice_changes_nothing_more(text: str) -> None:
    once = fold(text)
    assert fold(once) == once
    assert once == once.strip()
    assert fold(romanise(text)) == romanise(text)
