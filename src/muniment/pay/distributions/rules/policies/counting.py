"""What of a line and of a work is counted beside its duration: the time of day, steps, caps, and raised samples."""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from muniment.kernel.words.shares import PPM
from muniment.pay.distributions.rules.policies.formulas import BadFigures, Formula, evaluate
from muniment.pay.distributions.rules.policies.points import PointsRule, whole_weights
from muniment.pay.distributions.rules.policies.policy import Policy
from muniment.pay.distributions.rules.policies.pools import PoolRule
from muniment.pay.distributions.rules.policies.tables import BadPolicy

_TIME = re.compile(r"(?:^|[T ])(\d{1,2}):([0-5]\d)(?::[0-5]\d(?:[.,]\d+)?)?(?: ?([AaPp])\.?[Mm]\.?)?(?:$|[^\d:])")
_HOURS = 24
_NOON = 12


def minute_of_day(text: str | None) -> int | None:
    """Return the minute of the day that a reported time names, from 0 to 1,439; None where it names none.

    Read are "07:30", "7:30 PM", "2026-07-01 07:30:15" and "2026-07-01T07:30:15Z", as the sender wrote them: a use is
    weighed by the clock of the station, never moved to another zone. Seconds since 1970 are no time of day.
    """
    found = _TIME.search(text or "")
    if found is None or int(found[1]) >= _HOURS:
        return None
    hour, half = int(found[1]), (found[3] or "").lower()
    if half and hour <= _NOON:
        hour = hour % _NOON + (_NOON if half == "p" else 0)
    return hour * 60 + int(found[2])


def fraction_gcd(values: Iterable[Fraction]) -> Fraction:
    """Return the greatest fraction of which all values are whole multiples; 0 of zeros."""
    some = list(values)
    common = math.lcm(*(value.denominator for value in some))
    return Fraction(math.gcd(*(int(value * common) for value in some)), common)


def counted_unit(rule: PointsRule) -> Fraction:
    """Return the exact points that one whole point of a work stands for, after steps, cap and rounding.

    Everything that `work_points` can come to for a whole number of line points is a whole multiple of it.
    """
    if rule.rounding is not None:
        return rule.rounding.unit
    values = [rule.point_unit]
    for place, band in enumerate(rule.degressive):
        weight = Fraction(band.weight_ppm, PPM)
        edges = [Fraction(some.above_units) for some in rule.degressive[place : place + 2]]
        values += [*edges[:1], rule.point_unit * weight, *(edge * weight for edge in edges)]
    if rule.event_cap is not None:
        values.append(rule.event_cap)
    return fraction_gcd(values)


@dataclass(frozen=True, slots=True)
class Raising:
    """A factor by which the points of a work are raised: a formula of how often the work was reported.

    `unit` is the rounding of the formula's last step, so that factors are whole numbers of it.
    """

    formula: Formula
    unit: Fraction

    def factor(self, reports: int) -> int:
        """Return the factor of a work that was reported so often, counted in `unit`.

        Raises:
            BadFigures: the formula divides by zero or comes to less than nothing.
        """
        (name,) = self.formula.inputs
        value = evaluate(self.formula, {name: reports})[-1].value / self.unit
        if value < 0:
            raise BadFigures(
                f"{self.formula.name} is below zero for {reports} reports of a work.", "Correct the formula."
            )
        return int(value)


def raising_of(policy: Policy, name: str) -> Raising | None:
    """Return the raising by a formula of the policy; None for no name.

    Raises:
        BadPolicy: the formula's last step has no rounding, or it has not exactly one input.
    """
    if not name:
        return None
    formula = policy.formula(name)
    rounding = formula.steps[-1].rounding
    if rounding is None or len(formula.inputs) != 1:
        raise BadPolicy(
            f"{policy.name}: the factor {name} needs one input, how often a work is reported, and a last step that is"
            " rounded.",
            'Write inputs = { reports = "…" }, and round = "nearest 0.000001" in its last step.',
        )
    return Raising(formula, rounding.unit)


def stratum_weights(pool: PoolRule, sources: Iterable[str]) -> dict[str, int]:
    """Return by how much the points of each source of reports are raised, as whole numbers in exact proportion.

    Sources of no stratum are left out. Without strata nothing is raised: one factor for all changes no proportion.
    """
    factors = dict(zip(pool.strata, whole_weights(stratum.factor for stratum in pool.strata), strict=True))
    found = {}
    for source in sources:
        stratum = pool.stratum_of(source)
        if stratum is not None:
            found[source] = factors[stratum]
    return found
