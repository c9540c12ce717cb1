"""What a policy says of adjustments: who pays for what was paid to the wrong payee, and below what nothing is done."""

from collections.abc import Mapping
from dataclasses import dataclass

from muniment.kernel.words.money import parse_amount
from muniment.kernel.words.shares import PPM
from muniment.pay.distributions.rules.policies.deductions import amount_text
from muniment.pay.distributions.rules.policies.tables import Table, near

FUNDINGS = ("recovery", "reserve", "write_off")
"""Where money for an adjustment may come from: the over-paid payee, the claims reserve, an approved write-off."""


@dataclass(frozen=True, slots=True)
class AdjustmentTerms:
    """How adjustments are funded: the first of `order` that has money, then the next.

    A recovery takes at most `recovery_cap_ppm` of each later payment, for `recovery_months`. `reserve_account` is the
    deduction that builds the reserve. A work below `de_minimis`, by currency, is left for a later adjustment.
    """

    order: tuple[str, ...]
    recovery_cap_ppm: int
    recovery_months: int
    reserve_account: str
    de_minimis: Mapping[str, str]

    def de_minimis_micro(self, currency: str) -> int:
        """Return the least delta that is worth an adjustment, in micro-units; 0 where none is named."""
        return parse_amount(self.de_minimis[currency], currency) if currency in self.de_minimis else 0


def parse_adjustments(top: Table) -> AdjustmentTerms | None:
    """Read [adjustments]; None where the policy has none.

    Raises:
        BadPolicy: an unknown funding, one named twice, or a cap over 1.
    """
    if not top.has("adjustments"):
        return None
    table = top.table("adjustments")
    table.refuse_other_keys("order", "recovery_cap", "recovery_months", "reserve_account", "de_minimis")
    order = table.texts("order")
    for name in order:
        if name not in FUNDINGS:
            raise table.bad("order", f"{name!r} is unknown", near(name, FUNDINGS))
    if not order or len(set(order)) != len(order):
        raise table.bad("order", "is empty, or names something twice", f"Order some of: {', '.join(FUNDINGS)}.")
    cap = table.number("recovery_cap", 0, 1) * PPM
    if cap.denominator != 1:
        raise table.bad("recovery_cap", "is finer than a millionth", "Round it.")
    least = table.table("de_minimis") if table.has("de_minimis") else None
    return AdjustmentTerms(
        order,
        cap.numerator,
        table.whole("recovery_months", 0, 1_200),
        table.name("reserve_account"),
        {currency: amount_text(least, currency) for currency in least.values} if least else {},
    )
