"""Numbers: fit their scheme, and a mistyped one is refused."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from muniment.rights.registry.rules.numbers import (
    APPLICATION,
    OBJECTION,
    RECORDAL,
    BadNumber,
    certificate_number,
    codes_of,
    make_number,
    parse_number,
    parse_scheme_number,
    registration_number,
)
from muniment.rights.registry.rules.profiles import get_profile
from tests.rights.registry.rules import samples

ZHEJIANG = get_profile("zhejiang")
LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
ON = date(2026, 3, 2)

_numbers = st.builds(
    lambda year, source, holder, serial: registration_number(
        ZHEJIANG.registration_scheme, date(year, 1, 1), source, holder, serial
    ),
    st.integers(2000, 2999),
    st.sampled_from("ABCD"),
    st.sampled_from("1234"),
    st.integers(0, 999_999_999),
)


def test_a_certificate_has_17_digits_and_a_registration_16_characters() -> None:
    assert certificate_number(ZHEJIANG.certificate_scheme, ON, 12) == "20260333000000012"
    number = registration_number(ZHEJIANG.registration_scheme, ON, "D", "2", 12)
    assert (number[:-1], len(number)) == ("2026D2000000012", 16)
    assert parse_scheme_number(ZHEJIANG.registration_scheme, f" {number[:8].lower()}-{number[8:]} ") == number
    assert parse_scheme_number(ZHEJIANG.certificate_scheme, "2026 0333 0000 00012") == "20260333000000012"


def test_codes_are_of_the_sources_and_the_holders() -> None:
    scheme = ZHEJIANG.registration_scheme
    assert codes_of(scheme, samples.DATA) == ("D", "2")
    assert codes_of(scheme, samples.data(sources=samples.DATA.sources[:1])) == ("A", "2")
    both = (*samples.DATA.applicants, *samples.WORK.applicants)
    assert codes_of(scheme, samples.data(applicants=both)) == ("D", "4")
    assert codes_of(get_profile("copyright").registration_scheme, samples.WORK) == ("W", "1")


@settings(max_examples=60)
@given(_numbers, st.integers(0, 15), st.sampled_from(LETTERS))
def test_every_wrong_character_is_found(number: str, place: int, letter: str) -> None:
    wrong = number[:place] + letter + number[place + 1 :]
    if wrong == number:
        assert parse_scheme_number(ZHEJIANG.registration_scheme, wrong) == number
    else:
        with pytest.raises(BadNumber):
            parse_scheme_number(ZHEJIANG.registration_scheme, wrong)


def test_exchanged_neighbours_are_found_but_for_a_few_that_differ_by_one() -> None:
    missed = tried = 0
    for serial in range(0, 40_000, 7):
        number = registration_number(ZHEJIANG.registration_scheme, ON, "A", "2", serial)
        for place in range(15):
            wrong = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
            if wrong != number:
                tried += 1
                try:
                    parse_scheme_number(ZHEJIANG.registration_scheme, wrong)
                    missed += 1
                    assert abs(int(number[place], 36) - int(number[place + 1], 36)) == 1
                except BadNumber:
                    pass
    assert tried > 30_000
    assert missed * 40 < tried


@settings(max_examples=60)
@given(
    st.sampled_from([APPLICATION, OBJECTION, RECORDAL]),
    st.integers(0, 99_999_999),
    st.integers(2, 11),
    st.sampled_from("0123456789"),
)
def test_numbers_of_acts_find_wrong_digits_and_exchanged_ones(letter: str, count: int, place: int, digit: str) -> None:
    number = make_number(letter, count)
    assert parse_number(number.lower().replace("-", "")) == number
    plain = number.replace("-", "")
    at = min(place, len(plain) - 2)
    wrong = plain[: at - 1] + digit + plain[at:]
    exchanged = plain[: at - 1] + plain[at] + plain[at - 1] + plain[at + 1 :]
    for mistyped in {wrong, exchanged} - {plain}:
        with pytest.raises(BadNumber):
            parse_number(mistyped)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026",
        "20261333000000012",
        "20260344000000012",
        "2026033300000001X",
        "202603330000000120",
        "２0260333000000012",
    ],
)
def test_what_is_no_certificate_number_is_refused(text: str) -> None:
    with pytest.raises(BadNumber):
        parse_scheme_number(ZHEJIANG.certificate_scheme, text)


@pytest.mark.parametrize(
    ("source", "holder", "serial"), [("", "2", 1), ("Z", "2", 1), ("A", "2", -1), ("A", "2", 10**9)]
)
def test_what_does_not_fit_is_refused(source: str, holder: str, serial: int) -> None:
    with pytest.raises(BadNumber):
        registration_number(ZHEJIANG.registration_scheme, ON, source, holder, serial)
