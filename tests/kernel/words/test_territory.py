"""Territories: a set of countries, by include and exclude."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muniment.kernel.words.territory import (
    WORLD,
    Territories,
    UnknownTerritory,
    countries_of,
    existed_on,
    from_iso,
    groups,
    is_territory,
    parse_territories,
    parse_territory,
    territory_name,
)

PAKISTAN, INDIA, USA, GERMANY, FRANCE = 586, 356, 840, 276, 250
ASIA, EUROPE = 2106, 2120


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("2136", [PAKISTAN, USA, GERMANY, EUROPE, WORLD], []),
        ("2136 -840", [PAKISTAN, GERMANY, EUROPE], [USA, WORLD]),
        ("2136, -2120, 276", [GERMANY, PAKISTAN], [FRANCE, EUROPE, WORLD]),
        ("2106 -586", [INDIA], [PAKISTAN, ASIA, GERMANY]),
        ("586", [PAKISTAN], [INDIA, ASIA]),
        ("586 -2136", [], [PAKISTAN]),
        ("2120 -276 276", [GERMANY, EUROPE], [USA]),
    ],
)
def test_terms_apply_from_left_to_right(text: str, inside: list[int], outside: list[int]) -> None:
    territories = Territories.parse(text)
    assert [code for code in inside if not territories.covers(code)] == []
    assert [code for code in outside if territories.covers(code)] == []


def test_pairs_of_cwr_build_the_same_set() -> None:
    assert Territories.of([("I", 2136), ("E", 840)]) == Territories.parse("2136 -840")


def test_names_and_letters() -> None:
    assert territory_name(PAKISTAN) == "Pakistan"
    assert from_iso("pk") == PAKISTAN
    assert from_iso("2WL") == WORLD
    assert is_territory(ASIA)
    assert not is_territory(9999)
    assert countries_of(PAKISTAN) == {PAKISTAN}
    assert countries_of(ASIA) < countries_of(WORLD)


@pytest.mark.parametrize("text", ["", "Pakistan", "9999", "586 -", "58600"])
def test_what_is_no_territory_is_refused(text: str) -> None:
    with pytest.raises(UnknownTerritory):
        Territories.parse(text)


def test_letters_of_no_country_are_refused() -> None:
    with pytest.raises(UnknownTerritory):
        from_iso("QQ")


@pytest.mark.parametrize(("text", "code"), [("586", PAKISTAN), (" pk ", PAKISTAN), ("2WL", WORLD), ("0586", PAKISTAN)])
def test_one_territory_is_read_from_its_code_or_its_letters(text: str, code: int) -> None:
    assert parse_territory(text) == code


@pytest.mark.parametrize("text", ["", "Atlantis", "9999", "58600", "-586", "5²", "٥٨٦"])
def test_what_is_not_one_territory_is_refused(text: str) -> None:
    with pytest.raises(UnknownTerritory):
        parse_territory(text)


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("World", "2136"),
        ("PK, IN", "586 356"),
        ("2136 -US", "2136 -840"),
        ("world −us", "2136 -840"),
        ("586;356", "586 356"),
        ("PK+IN/DE", "586 356 276"),
    ],
)
def test_terms_are_read_as_people_write_them(text: str, terms: str) -> None:
    assert parse_territories(text) == terms


@pytest.mark.parametrize("text", ["", " ", "XX", "7777", "Pakistan", "2136 --840", "2136 -", "PK -²"])
def test_other_words_are_no_territories(text: str) -> None:
    with pytest.raises(UnknownTerritory):
        parse_territories(text)


@given(st.lists(st.tuples(st.booleans(), st.sampled_from([PAKISTAN, INDIA, USA, ASIA, EUROPE, WORLD])), min_size=1))
def test_the_algebra_is_that_of_sets(terms: list[tuple[bool, int]]) -> None:
    expected: set[int] = set()
    for include, code in terms:
        expected = expected | countries_of(code) if include else expected - countries_of(code)
    text = " ".join(f"{'' if include else '-'}{code}" for include, code in terms)
    assert Territories.parse(text).countries == expected


@given(
    st.frozensets(st.sampled_from(sorted(countries_of(WORLD))), min_size=1),
    st.frozensets(st.sampled_from(sorted(countries_of(EUROPE))), min_size=1),
)
def test_sets_are_joined_cut_and_taken_away_and_read_back(first: frozenset[int], second: frozenset[int]) -> None:
    one, two = Territories.of_countries(first), Territories.of_countries(second)
    assert Territories.parse(one.text).countries == first
    for made, expected in ((one | two, first | second), (one & two, first & second), (one - two, first - second)):
        assert made.countries == expected
        assert not expected or Territories.parse(made.text).countries == expected


def test_a_large_set_is_written_by_its_group() -> None:
    without = Territories.parse("2136") - Territories.parse("840")
    assert without.text == "2136 -840"
    assert (Territories.parse("2120") | Territories.parse("586")).text == "2120 586"
    assert (Territories.parse("586") & Territories.parse("356")).text == ""
    assert WORLD in groups()
    assert PAKISTAN not in groups()


def test_a_territory_has_its_days() -> None:
    assert existed_on(GERMANY, date(2020, 1, 1))
    assert not existed_on(GERMANY, date(1989, 1, 1))
    assert not existed_on(9999, date(2020, 1, 1))
    assert territory_name(GERMANY, date(2020, 1, 1)) == "Germany"
    with pytest.raises(UnknownTerritory):
        territory_name(GERMANY, date(1980, 1, 1))


def test_a_territory_bore_other_names_before() -> None:
    assert territory_name(180, date(1990, 1, 1)) == "Zaire"
    assert territory_name(180) == territory_name(180, date(2020, 1, 1)) != "Zaire"
