"""Check digits: published numbers pass, one wrong digit fails, made numbers are valid."""

from collections.abc import Callable
from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muniment.kernel.words import identifiers as ids


@pytest.mark.parametrize(
    ("parse", "text", "canonical"),
    [
        (ids.parse_iswc, "T-034.524.680-1", "T0345246801"),
        (ids.parse_iswc, "ISWC T 034 524 680 1", "T0345246801"),
        (ids.parse_iswc, "t0345246801", "T0345246801"),
        (ids.parse_ipi_name, "45620792", "00045620792"),
        (ids.parse_ipi_name, "00052210040", "00052210040"),
        (ids.parse_ipi_base, "I-001068130-6", "I0010681306"),
        (ids.parse_isni, "0000 0001 2103 2683", "0000000121032683"),
        (ids.parse_isrc, "US-RC1-76-07839", "USRC17607839"),
        (ids.parse_isrc, "isrc gbaye6800011", "GBAYE6800011"),
        (ids.parse_iban, "PK36 SCBL 0000 0011 2345 6702", "PK36SCBL0000001123456702"),
    ],
)
def test_the_ways_people_write_a_number(parse: Callable[[str], str], text: str, canonical: str) -> None:
    assert parse(text) == canonical


@pytest.mark.parametrize(
    ("parse", "text"),
    [
        (ids.parse_iswc, "T0345246802"),
        (ids.parse_iswc, "0345246801"),
        (ids.parse_ipi_name, "00045620793"),
        (ids.parse_ipi_name, "00000000000"),
        (ids.parse_ipi_name, "four"),
        (ids.parse_ipi_name, "¹²³"),
        (ids.parse_ipi_base, "I0010681305"),
        (ids.parse_isni, "0000000121032684"),
        (ids.parse_isni, "X"),
        (ids.parse_isrc, "USRC1760783"),
        (ids.parse_iban, "PK37SCBL0000001123456702"),
        (ids.parse_iban, ""),
    ],
)
def test_a_wrong_number_is_refused_with_its_reason(parse: Callable[[str], str], text: str) -> None:
    with pytest.raises(ids.InvalidIdentifier, match="not a valid"):
        parse(text)


@given(st.integers(1, 999_999_999))
def test_made_numbers_are_valid_and_one_changed_digit_is_not(number: int) -> None:
    for make, parse in (
        (ids.make_iswc, ids.parse_iswc),
        (ids.make_ipi_name, ids.parse_ipi_name),
        (ids.make_ipi_base, ids.parse_ipi_base),
        (ids.make_isni, ids.parse_isni),
    ):
        made = make(number)
        assert parse(made) == made
        wrong = made[:-1] + ("1" if made[-1] == "0" else "0")
        with pytest.raises(ids.InvalidIdentifier):
            parse(wrong)


@given(st.text(max_size=30))
def test_no_text_breaks_a_parser(text: str) -> None:
    parsers = (ids.parse_iswc, ids.parse_ipi_name, ids.parse_ipi_base, ids.parse_isrc, ids.parse_isni, ids.parse_iban)
    for parse in parsers:
        with suppress(ids.InvalidIdentifier):
            assert parse(parse(text)) == parse(text)


def test_printed_forms() -> None:
    assert ids.format_iswc("T0345246801") == "T-034.524.680-1"
    assert ids.format_ipi_base("I0010681306") == "I-001068130-6"
    assert ids.make_isrc("PK", "ZZ1", date(2026, 5, 1), 7) == "PKZZ12600007"
    assert ids.parse_iban(ids.make_iban("PK", "ZZZZ0000000000000042"))
