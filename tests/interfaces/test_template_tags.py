"""What the pages make of amounts, shares, names and durations."""

import pytest

from muniment.interfaces.templatetags import muniment as tags


@pytest.mark.parametrize(
    ("amount_micro", "shown", "full"),
    [
        (1_779_219_491_509, "1,779,219.491509", "1,779,219.491509"),
        (1_234_500_000, "1,234.50", "1,234.500000"),
        (-1_234_500_000, "-1,234.50", "-1,234.500000"),
        (-500_000, "-0.50", "-0.500000"),
        (0, "0.00", "0.000000"),
    ],
)
def test_amounts_are_parted_by_thousands_and_hide_nothing(amount_micro: int, shown: str, full: str) -> None:
    assert tags.money(amount_micro, "PKR") == shown
    assert tags.money_full(amount_micro, "PKR") == full


def test_currencies_without_decimals_have_none() -> None:
    assert tags.money(12_340_000, "JPY") == "1,234"
    assert tags.money(None, "JPY") == ""


def test_names_know_their_direction() -> None:
    assert [tags.text_direction(text) for text in ("دھوپ", "Dhoop", "陽光", "1984")] == ["rtl", "ltr", "ltr", "ltr"]


def test_durations_read_as_on_a_clock() -> None:
    assert [tags.duration(ms) for ms in (None, 0, 61_000, 3_600_000)] == ["", "0:00", "1:01", "1:00:00"]


def test_territories_read_as_words() -> None:
    assert tags.territories("2136 -840").startswith("World −")
    assert tags.percent(333_333) == "33.3333"
