"""A tariff and a fee in the words of the person's language."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from muniment.kernel.words.money import format_amount
from muniment.kernel.words.shares import format_percent
from muniment.trade.licensing.queries import TariffRow
from muniment.trade.licensing.rules.fees import DM2_PER_M2, FeeStep


@dataclass(frozen=True, slots=True)
class ShownStep:
    """A step of a fee in the words of the person's language, and what the fee is after it."""

    text: str
    amount_micro: int


def shown_steps(steps: tuple[FeeStep, ...], currency: str) -> list[ShownStep]:
    """Return the steps of a fee as sentences."""
    return [ShownStep(_sentence(step, currency), step.amount_micro) for step in steps]


def _sentence(step: FeeStep, currency: str) -> str:
    quantity, rate = step.quantity, format_amount(step.rate, currency)
    match step.rule:
        case "share":
            shown = {"percent": format_percent(step.rate), "amount": format_amount(quantity, currency)}
            return _("%(percent)s %% of the revenue of %(amount)s") % shown
        case "band":
            return _("%(count)s units at %(rate)s each") % {"count": quantity, "rate": rate}
        case "area":
            metres = f"{quantity // DM2_PER_M2}.{quantity % DM2_PER_M2:02d}"
            return _("%(metres)s square metres at %(rate)s each") % {"metres": metres, "rate": rate}
        case "seats":
            return _("%(count)s seats at %(rate)s each") % {"count": quantity, "rate": rate}
        case "days":
            return _("%(count)s days at %(rate)s each") % {"count": quantity, "rate": rate}
        case "unit_minimum":
            return _("at least %(rate)s for each of %(count)s units") % {"count": quantity, "rate": rate}
        case "minimum":
            return _("at least %(rate)s") % {"rate": rate}
        case "maximum":
            return _("at most %(rate)s") % {"rate": rate}
        case "rounding":
            return _("rounded to the minor unit")
    return _("fixed for the period")


def shown_terms(row: TariffRow) -> list[tuple[str, str]]:
    """Return the terms as label and value, the empty ones left out."""
    terms, currency = row.terms, row.currency

    def amount(value_micro: int | None) -> str:
        return format_amount(value_micro, currency) if value_micro else ""

    bands = [
        (
            _("Price up to %(count)s") % {"count": f"{band.up_to:,}"} if band.up_to else _("Price beyond"),
            format_amount(band.price_micro, currency),
        )
        for band in terms.bands
    ]
    shown = [
        (_("Unit"), terms.unit),
        (_("Fixed amount"), amount(terms.amount_micro)),
        (_("Price"), amount(terms.price_micro)),
        (_("Multiplied by days"), _("yes") if terms.per_day else ""),
        (_("Share of the revenue"), f"{format_percent(terms.share_ppm)} %" if terms.share_ppm else ""),
        *bands,
        (_("Minimum for each unit"), amount(terms.unit_minimum_micro)),
        (_("Minimum"), amount(terms.minimum_micro)),
        (_("Maximum"), amount(terms.maximum_micro)),
        (_("Tax"), f"{format_percent(row.vat_ppm)} %" if row.vat_ppm else ""),
    ]
    return [(label, value) for label, value in shown if value]
