"""The invented users of music: who they are, what they declare, and what they paid."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from importlib.resources import files

from muniment.interfaces.demo.uses import QUARTER_FROM, QUARTER_TO
from muniment.kernel.words.money import MICRO_PER_CENT, format_amount, micro_per_unit
from muniment.trade.licensing.rules.fees import DM2_PER_M2, Basis, compute_fee, vat_of
from muniment.trade.licensing.rules.invoices import fund_code
from muniment.trade.licensing.rules.tariffs import TariffDraft, read_tariffs

CURRENCY = "PKR"
TERRITORY = 586
_ONE = micro_per_unit(CURRENCY)

LICENSEE_HEADERS = ("Licensee number", "Name", "Name in own script", "Country")
LICENCE_HEADERS = (
    "Licence number",
    "Licensee number",
    "Tariff",
    "Territory",
    "Right",
    "Valid from",
    "Valid to",
    "Revenue",
    "Units",
    "Area m2",
    "Seats",
    "Days",
)
RECEIPT_HEADERS = ("Reference", "Fund", "Amount", "Currency", "Received on")


@dataclass(frozen=True, slots=True)
class DemoLicensee:
    """A user of music with one licence; `paid` are the parts of its invoice, in thousandths, that came in so far."""

    code: str
    name: str
    native_name: str
    tariff: str
    basis: Basis
    paid: tuple[int, ...]


def tariffs_text() -> str:
    """Return the society's tariffs as they are published."""
    return (files(__package__) / "tariffs.toml").read_text(encoding="utf-8")


def make_licensees(rng: random.Random, *, streams: int) -> tuple[DemoLicensee, ...]:
    """Return the radio station, the concert hall, the bar and the streaming service of the society.

    `streams` is what the service reports to have streamed. The bar has paid a part only, which leaves arrears.
    """
    revenue = 1000 * rng.randrange(18_000, 30_000)
    tickets = rng.randrange(5_000, 9_000)
    return (
        DemoLicensee(
            "LIC-0001",
            "Radio Mauj (invented station)",
            "ریڈیو موج",
            "RADIO",
            Basis(revenue_micro=revenue * _ONE),
            (600, 400),
        ),
        DemoLicensee(
            "LIC-0002",
            "Chandni Hall (invented concert hall)",
            "چاندنی ہال",
            "CONCERT",
            Basis(revenue_micro=1_500 * tickets * _ONE, units=tickets),
            (1000,),
        ),
        DemoLicensee(
            "LIC-0003",
            "The Copper Kettle (invented bar)",
            "",
            "BAR",
            Basis(area_dm2=DM2_PER_M2 * rng.randrange(90, 240), days=rng.randrange(70, 93)),
            (450,),
        ),
        DemoLicensee("LIC-0004", "Lehr Stream (invented service)", "لہر", "STREAM", Basis(units=streams), (1000,)),
    )


def fund_of(licensee: DemoLicensee) -> str:
    """Return the fund that the licensee's invoice of the quarter fills."""
    return fund_code(_tariff(licensee).fund_kind, licensee.code, QUARTER_FROM, QUARTER_TO)


def licensee_row(licensee: DemoLicensee) -> tuple[str, ...]:
    """Return the licensee's line of licensees.csv."""
    return (licensee.code, licensee.name, licensee.native_name, "PK")


def licence_row(licensee: DemoLicensee) -> tuple[str, ...]:
    """Return the line of licences.csv: the licence of the year with the figures declared for the quarter."""
    basis = licensee.basis
    revenue = format_amount(basis.revenue_micro, CURRENCY) if basis.revenue_micro is not None else ""
    area = str(basis.area_dm2 // DM2_PER_M2) if basis.area_dm2 is not None else ""
    units, seats, days = ("" if count is None else str(count) for count in (basis.units, basis.seats, basis.days))
    number = licensee.code.replace("LIC", "L-2026")
    begins, ends = date(2026, 1, 1).isoformat(), date(2027, 1, 1).isoformat()
    where = (str(TERRITORY), "PR", begins, ends)
    return (number, licensee.code, licensee.tariff, *where, revenue, units, area, seats, days)


def receipt_rows(licensee: DemoLicensee) -> Iterator[tuple[str, ...]]:
    """Yield the lines of receipts.csv: what the bank credited of the licensee's invoice, in whole cents."""
    tariff = _tariff(licensee)
    net_micro = compute_fee(tariff.terms, licensee.basis).amount_micro
    gross_micro = net_micro + vat_of(net_micro, tariff.vat_ppm)
    paid_micro, parts = 0, 0
    for number, thousandths in enumerate(licensee.paid, 1):
        parts += thousandths
        until_micro = gross_micro * parts // 1000 // MICRO_PER_CENT * MICRO_PER_CENT
        amount = format_amount(until_micro - paid_micro, CURRENCY)
        paid_micro = until_micro
        reference = f"BK-{licensee.code}-{number:02d}"
        yield (reference, fund_of(licensee), amount, CURRENCY, date(2026, 10, 7 + 9 * number).isoformat())


def _tariff(licensee: DemoLicensee) -> TariffDraft:
    return next(tariff for tariff in read_tariffs(tariffs_text()) if tariff.code == licensee.tariff)
