"""Tariffs as TOML: what is read, and each way in which it is refused."""

from datetime import date
from pathlib import Path

import pytest

from muniment.trade.licensing.rules.tariffs import (
    Band,
    InvalidTariff,
    TariffKind,
    TariffTerms,
    kept_terms,
    plain_terms,
    read_tariffs,
    read_terms,
)

TEXT = (Path(__file__).parent / "tariffs.toml").read_text(encoding="utf-8")


def test_tariffs_are_read() -> None:
    radio, bar = read_tariffs(TEXT)
    assert (radio.code, radio.vat_ppm, radio.valid_from, radio.valid_to) == ("RADIO", 160_000, date(2026, 1, 1), None)
    assert radio.terms == TariffTerms(TariffKind.PERCENT, share_ppm=35_000, minimum_micro=250_000_000_000)
    assert bar.vat_ppm == 0
    assert bar.terms == TariffTerms(TariffKind.AREA, price_micro=2_500_000, per_day=True)


def test_bands_are_read() -> None:
    terms = read_terms("per_unit", {"unit": "stream", "bands": [{"up_to": 10, "price": "0.2"}, {"price": 0}]}, "PKR")
    assert terms.bands == (Band(10, 200_000), Band(None, 0))


@pytest.mark.parametrize(
    "terms",
    [
        TariffTerms(TariffKind.PERCENT, share_ppm=35_000, minimum_micro=5, maximum_micro=9),
        TariffTerms(TariffKind.PER_UNIT, unit="stream", bands=(Band(10, 3), Band(None, 1))),
        TariffTerms(TariffKind.AREA, price_micro=1, per_day=True),
    ],
)
def test_kept_terms_come_back(terms: TariffTerms) -> None:
    assert kept_terms(terms.kind, plain_terms(terms)) == terms


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        ('percent = "3.5"', "percent = 3.5", "in quotes"),
        ('percent = "3.5"', 'percent = "103.5"', "above 100"),
        ('percent = "3.5"', 'procent = "3.5"', "percent is missing"),
        ('percent = "3.5"', 'percent = "3.5"\nseats = 3', "seats is not known"),
        ('minimum = "250000"', 'minimum = "-1"', "zero or more"),
        ('minimum = "250000"', 'minimum = "10"\nmaximum = "5"', "below its minimum"),
        ('currency = "PKR"', 'currency = "XQQ"', "not a currency"),
        ('kind = "percent"', 'kind = "gift"', "not a kind"),
        ('code = "RADIO"', 'code = "ra dio"', "made of"),
        ('title = "Radio broadcasting"', 'title = ""', "title"),
        ("valid_from = 2026-01-01", 'valid_from = "2026-01-01"', "without quotes"),
        ("valid_from = 2026-01-01", "valid_from = 2026-01-01\nvalid_to = 2025-01-01", "before it begins"),
        ("valid_from = 2026-01-01\n", "", "valid_from is missing"),
        ("[[tariff]]", "year = 2026\n[[tariff]]", "no list of tariffs"),
        ("[[tariff]]", "[[tariff", "TOML"),
    ],
)
def test_a_wrong_tariff_is_refused_by_name(old: str, new: str, word: str) -> None:
    with pytest.raises(InvalidTariff, match=word):
        read_tariffs(TEXT.replace(old, new, 1))


@pytest.mark.parametrize(
    "bands",
    [
        [],
        [{"up_to": 10, "price": "1"}],
        [{"up_to": 10, "price": "1"}, {"up_to": 10, "price": "1"}, {"price": "1"}],
        [{"price": "1"}, {"price": "1"}],
        [{"up_to": 0, "price": "1"}, {"price": "1"}],
        [{"up_to": "10", "price": "1"}, {"price": "1"}],
        [7],
    ],
)
def test_bands_that_do_not_rise_to_an_open_one_are_refused(bands: list[object]) -> None:
    with pytest.raises(InvalidTariff):
        read_terms("per_unit", {"bands": bands}, "PKR")
