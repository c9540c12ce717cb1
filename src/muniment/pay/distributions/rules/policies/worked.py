"""A policy at work on an example amount: deductions, groups, points and what each line comes to, step by step."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from muniment.kernel.words.allocation import split_exactly
from muniment.kernel.words.money import MICRO_PER_CENT
from muniment.kernel.words.problems import UserError
from muniment.pay.distributions.rules.policies.deductions import DeductionStep, deduct
from muniment.pay.distributions.rules.policies.points import PointsRule, points_of, units_of, whole_weights, work_points
from muniment.pay.distributions.rules.policies.policy import Policy
from muniment.pay.distributions.rules.policies.recipients import Heads, Portion, divide
from muniment.pay.distributions.rules.policies.tables import near

_DURATION = re.compile(r"(?:(\d+):)?([0-5]?\d):([0-5]\d)(?:\.(\d{1,3}))?")
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_LINE_KEYS = ("kind", "duration", "count", "time", "station")


class BadLine(UserError):
    """The example line cannot be read."""


@dataclass(frozen=True, slots=True)
class ExampleLine:
    """One use of one work: `duration_ms` None is unknown, `minute_of_day` None is no time."""

    use_kind: str
    duration_ms: int | None
    use_count: int = 1
    minute_of_day: int | None = None
    station: str = ""


@dataclass(frozen=True, slots=True)
class LineOutcome:
    """What a line earns: its units, the exact points of its work, its exact part of the pool, and its amount."""

    line: ExampleLine
    units: Fraction
    points: Fraction
    amount_micro: int


@dataclass(frozen=True, slots=True)
class Worked:
    """An amount on its way through a policy; amounts in micro-units of `currency`.

    `portions` are the groups before points count; the lines divide the first of them, `divided_micro`. `payee_steps`
    are the deductions of one payee who has all of that coming.
    """

    currency: str
    gross_micro: int
    deductions: tuple[DeductionStep, ...]
    net_micro: int
    portions: tuple[Portion, ...]
    divided_micro: int
    lines: tuple[LineOutcome, ...]
    payee_steps: tuple[DeductionStep, ...] = ()

    @property
    def total_points(self) -> Fraction:
        """Return the points of all lines."""
        return sum((line.points for line in self.lines), Fraction(0))


def parse_duration(text: str) -> int | None:
    """Return the milliseconds of "3:01", "1:02:03" or "0:00.500"; None of "unknown".

    Raises:
        BadLine: it is written otherwise.
    """
    if text.strip() == "unknown":
        return None
    found = _DURATION.fullmatch(text.strip())
    if found is None:
        raise BadLine(f"{text!r} is no duration.", 'Write it as 3:01, or "unknown".')
    seconds = (int(found[1] or 0) * 60 + int(found[2])) * 60 + int(found[3])
    return seconds * 1_000 + int((found[4] or "").ljust(3, "0"))


def parse_line(text: str) -> ExampleLine:
    """Read a line such as "kind=feature, duration=3:01, count=2, time=07:30, station=north".

    Raises:
        BadLine: an unknown word, no kind, or a value that is none.
    """
    values: dict[str, str] = {}
    for part in text.split(","):
        key, _, value = part.partition("=")
        if key.strip() not in _LINE_KEYS or not value.strip():
            raise BadLine(f"{part.strip()!r} is no part of a line.", near(key.strip(), _LINE_KEYS))
        values[key.strip()] = value.strip()
    return line_of_values(values)


def line_of_values(values: Mapping[str, str]) -> ExampleLine:
    """Return the line that texts by key describe; raises as `parse_line`."""
    for key in values:
        if key not in _LINE_KEYS:
            raise BadLine(f"{key!r} is no part of a line.", near(key, _LINE_KEYS))
    if "kind" not in values:
        raise BadLine("A line needs its kind of use.", "Add kind=…, such as kind=feature.")
    count = values.get("count", "1")
    if not (count.isascii() and count.isdecimal()) or not 0 < int(count) <= 10**12:
        raise BadLine(f"{count!r} is no count.", "Write a whole number above zero.")
    minute = None
    if "time" in values:
        clock = _CLOCK.fullmatch(values["time"])
        if clock is None:
            raise BadLine(f"{values['time']!r} is no time of day.", "Write it as 07:30.")
        minute = int(clock[1]) * 60 + int(clock[2])
    duration_ms = parse_duration(values.get("duration", "unknown"))
    return ExampleLine(values["kind"], duration_ms, int(count), minute, values.get("station", ""))


def points_of_line(rule: PointsRule, line: ExampleLine) -> Fraction:
    """Return the exact points of a work that has this one line.

    Raises:
        UnknownUseKind: the policy does not weigh its kind, time or station.
    """
    counted = points_of(
        rule,
        duration_ms=line.duration_ms,
        use_kind=line.use_kind,
        use_count=line.use_count,
        minute_of_day=line.minute_of_day,
        station=line.station,
    )
    return work_points(rule, [counted])


def divide_lines(rule: PointsRule, amount_micro: int, lines: Sequence[ExampleLine], quantum: int = 1) -> list[int]:
    """Divide an amount by the points of lines, each of its own work, to whole quanta; the parts sum to the amount.

    Equal remainders are served in the order of the lines. With no points at all nobody gets anything.
    """
    weights = whole_weights(points_of_line(rule, line) for line in lines)
    if not any(weights):
        return [0] * len(lines)
    whole, rest = divmod(amount_micro, quantum)
    parts = [count * quantum for count in split_exactly(whole, weights)]
    if rest:
        parts[next(at for at, weight in enumerate(weights) if weight)] += rest
    return parts


def work_through(
    policy: Policy,
    amount_micro: int,
    currency: str,
    lines: Sequence[ExampleLine],
    *,
    split: str = "",
    heads: Heads | None = None,
    labels: Collection[str] = (),
) -> Worked:
    """Take an amount through a policy: deductions, then groups, then points.

    Args:
        policy: the policy.
        amount_micro: from 0, in micro-units of `currency`.
        currency: of the amount.
        lines: each the use of another work.
        split: the split that comes before points; left out, the first pool's, if it has one.
        heads: see `recipients.divide`.
        labels: see `deduct`.

    Raises:
        BadPolicy, BadHeads, UnknownUseKind: the figures do not go with the policy.
    """
    steps = deduct(amount_micro, policy.deductions, currency=currency, labels=labels)
    net_micro = steps[-1].left_micro if steps else amount_micro
    name = split or next((pool.split for pool in policy.pools if pool.split), "")
    portions = divide(policy.split_rules, name, net_micro, heads, MICRO_PER_CENT) if name else []
    divided_micro = portions[0].amount if portions else net_micro
    amounts = divide_lines(policy.points, divided_micro, lines)
    unit = Fraction(policy.points.duration_unit_ppm, 1_000_000)
    outcomes = [
        LineOutcome(line, units_of(policy.points, line.duration_ms) * unit, points_of_line(policy.points, line), amount)
        for line, amount in zip(lines, amounts, strict=True)
    ]
    of_payee = deduct(divided_micro, policy.payee_deductions, currency=currency, labels=labels)
    return Worked(
        currency,
        amount_micro,
        tuple(steps),
        net_micro,
        tuple(portions),
        divided_micro,
        tuple(outcomes),
        tuple(of_payee),
    )


def sample_lines(rule: PointsRule) -> list[ExampleLine]:
    """Return lines that show a points rule at work: its kinds of use, with durations about its limits."""
    durations = (210_000, 181_000, None)
    minute = 480 if rule.time_weights else None
    station = next(iter(rule.station_weight_ppm), "")
    kinds = [kind for kind, weight in rule.use_weight_ppm.items() if weight] or list(rule.use_weight_ppm)
    picked = [kinds[place % len(kinds)] for place in range(3)]
    return [
        ExampleLine(kind, duration_ms, 1, minute, station) for kind, duration_ms in zip(picked, durations, strict=True)
    ]
