"""How a usage line earns points: units of its duration x weights x its count, in whole numbers."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction

from muniment.kernel.words.problems import UserError
from muniment.kernel.words.shares import PPM
from muniment.pay.distributions.rules.policies.numbers import Rounding
from muniment.pay.distributions.rules.policies.tables import Table, near

DAY_MS = 86_400_000
DAY_MINUTES = 1_440
LARGEST_WEIGHT_PPM = 10_000 * PPM
_CLOCK = re.compile(r"([01]?\d|2[0-4]):([0-5]\d)")


class UnknownUseKind(UserError):
    """The lines hold a kind of use, a station or a time of day that the policy gives no weight."""


class DurationRule(StrEnum):
    """How a duration becomes units.

    `second`, `started_minute` and `block` count what has begun of a second, a minute or `block_ms`; `millisecond`
    counts the exact duration; `long_play` counts a first stretch as a fixed number of units and each further started
    block as a part of one; `none` counts one unit whatever the duration.
    """

    SECOND = "second"
    STARTED_MINUTE = "started_minute"
    BLOCK = "block"
    MILLISECOND = "millisecond"
    LONG_PLAY = "long_play"
    NONE = "none"


UNIT_MS: dict[DurationRule, int] = {
    DurationRule.SECOND: 1_000,
    DurationRule.STARTED_MINUTE: 60_000,
    DurationRule.MILLISECOND: 1,
}
"""Milliseconds of one unit, of the rules that have always the same."""


@dataclass(frozen=True, slots=True)
class TimeWeight:
    """The weight of a use that begins from one minute of the day up to, not including, another."""

    from_minute: int
    to_minute: int
    weight_ppm: int


@dataclass(frozen=True, slots=True)
class DegressiveBand:
    """Units of one work beyond `above_units` count `weight_ppm` of themselves."""

    above_units: int
    weight_ppm: int


@dataclass(frozen=True, slots=True)
class PointsRule:
    """How a usage line earns points: units of its duration x the weights of its kind, time and station x its count.

    Weights are counted in their greatest common divisor, so that points stay small whole numbers; `point_unit` is
    what one such point stands for. Degressive bands and the cap of an event are of a work, not of a line: see
    `work_points`.
    """

    duration_rule: DurationRule
    default_duration_ms: int
    minimum_duration_ms: int
    use_weight_ppm: Mapping[str, int]
    maximum_duration_ms: int | None = None
    block_ms: int = 0
    first_ms: int = 0
    first_units_ppm: int = PPM
    block_units_ppm: int = PPM
    time_weights: tuple[TimeWeight, ...] = ()
    station_weight_ppm: Mapping[str, int] = field(default_factory=dict)
    degressive: tuple[DegressiveBand, ...] = ()
    event_cap: Fraction | None = None
    rounding: Rounding | None = None

    @property
    def weight_unit_ppm(self) -> int:
        """Return the weight of a kind that one point stands for, in ppm."""
        return math.gcd(*self.use_weight_ppm.values())

    @property
    def time_unit_ppm(self) -> int:
        """Return the unit in which weights of the time of day are counted, in ppm."""
        return math.gcd(*(weight.weight_ppm for weight in self.time_weights)) or PPM

    @property
    def station_unit_ppm(self) -> int:
        """Return the unit in which weights of stations are counted, in ppm."""
        return math.gcd(*self.station_weight_ppm.values()) or PPM

    @property
    def duration_unit_ppm(self) -> int:
        """Return what one counted unit of duration stands for, in ppm of a unit."""
        if self.duration_rule is not DurationRule.LONG_PLAY:
            return PPM
        return math.gcd(self.first_units_ppm, self.block_units_ppm)

    @property
    def point_unit(self) -> Fraction:
        """Return the exact points that one whole point of `points_of` stands for."""
        units = (self.weight_unit_ppm, self.time_unit_ppm, self.station_unit_ppm, self.duration_unit_ppm)
        return Fraction(math.prod(units), PPM ** len(units))

    @property
    def unit_ms(self) -> int:
        """Return the milliseconds of one unit, or of one further block; 0 where the duration does not count."""
        return self.block_ms or UNIT_MS.get(self.duration_rule, 0)

    @property
    def is_of_lines(self) -> bool:
        """Return whether the points of a work are simply the sum of those of its lines."""
        return not self.degressive and self.event_cap is None and self.rounding is None

    def weight_of(self, use_kind: str) -> int:
        """Return the weight of a kind of use, counted in `weight_unit_ppm`.

        Raises:
            UnknownUseKind: the policy has no weight for it.
        """
        if use_kind not in self.use_weight_ppm:
            raise UnknownUseKind(
                f"The policy gives no weight to the use kind {use_kind!r}.",
                "Add it under [points.use_weight_ppm] in a new version of the policy, or correct the usage report. "
                + near(use_kind, self.use_weight_ppm),
            )
        return self.use_weight_ppm[use_kind] // self.weight_unit_ppm

    def station_weight_of(self, station: str) -> int:
        """Return the weight of a station, counted in `station_unit_ppm`; 1 where the policy weighs no stations.

        Raises:
            UnknownUseKind: the policy weighs stations, and not this one.
        """
        if not self.station_weight_ppm:
            return 1
        station = next((name for name in self.station_weight_ppm if name.casefold() == station.casefold()), station)
        if station not in self.station_weight_ppm:
            raise UnknownUseKind(
                f"The policy gives no weight to the station {station!r}.",
                f"Add it under [points.station_weight]. {near(station, self.station_weight_ppm)}",
            )
        return self.station_weight_ppm[station] // self.station_unit_ppm

    def time_weight_of(self, minute_of_day: int | None) -> int:
        """Return the weight of a time of day, counted in `time_unit_ppm`; 1 where the policy weighs no times.

        Raises:
            UnknownUseKind: the policy weighs times of the day, and the line has none.
        """
        if not self.time_weights:
            return 1
        for weight in self.time_weights:
            if minute_of_day is not None and weight.from_minute <= minute_of_day < weight.to_minute:
                return weight.weight_ppm // self.time_unit_ppm
        raise UnknownUseKind(
            "A line has no time of day, and the policy weighs uses by it.", "Ask the sender for times."
        )


def units_of(rule: PointsRule, duration_ms: int | None) -> int:
    """Return the units that a duration counts for, in `duration_unit_ppm`; an unknown one counts as the default."""
    if rule.duration_rule is DurationRule.NONE:
        return 1
    counted_ms = max(rule.default_duration_ms if duration_ms is None else duration_ms, rule.minimum_duration_ms)
    if rule.maximum_duration_ms is not None:
        counted_ms = min(counted_ms, rule.maximum_duration_ms)
    if rule.duration_rule is DurationRule.LONG_PLAY:
        further = max(0, -(-(counted_ms - rule.first_ms) // rule.block_ms))
        return (rule.first_units_ppm + further * rule.block_units_ppm) // rule.duration_unit_ppm
    return -(-counted_ms // rule.unit_ms)


def points_of(
    rule: PointsRule,
    *,
    duration_ms: int | None,
    use_kind: str,
    use_count: int,
    minute_of_day: int | None = None,
    station: str = "",
) -> int:
    """Return the points of one usage line, counted in `rule.point_unit`.

    Raises:
        UnknownUseKind: see `PointsRule.weight_of`.
    """
    weight = rule.weight_of(use_kind) * rule.time_weight_of(minute_of_day) * rule.station_weight_of(station)
    return units_of(rule, duration_ms) * weight * use_count


def work_points(rule: PointsRule, line_points: Sequence[int]) -> Fraction:
    """Return the exact points of one work in one event or report, of the points of its lines.

    Degressive bands come first (the sum counts as the work's units), then the cap, then the rounding. The result does
    not depend on the order of the lines.
    """
    total = sum(line_points) * rule.point_unit
    if rule.degressive:
        total = _degressive(rule.degressive, total)
    if rule.event_cap is not None:
        total = min(total, rule.event_cap)
    return rule.rounding.apply(total) if rule.rounding else total


def _degressive(bands: Sequence[DegressiveBand], total: Fraction) -> Fraction:
    counted = min(total, Fraction(bands[0].above_units))
    for place, band in enumerate(bands):
        top = bands[place + 1].above_units if place + 1 < len(bands) else max(total, Fraction(band.above_units))
        counted += max(Fraction(0), min(total, Fraction(top)) - band.above_units) * Fraction(band.weight_ppm, PPM)
    return counted


def whole_weights(points: Iterable[Fraction]) -> list[int]:
    """Return whole numbers in the very proportion of the points, to divide an amount by."""
    some = list(points)
    common = math.lcm(*(value.denominator for value in some))
    return [value.numerator * (common // value.denominator) for value in some]


# ---- reading ----

_KEYS = (
    "duration_rule",
    "default_duration_ms",
    "minimum_duration_ms",
    "maximum_duration_ms",
    "block_ms",
    "first_ms",
    "first_units",
    "block_units",
    "use_weight_ppm",
    "use_weight",
    "station_weight",
    "time_weights",
    "degressive",
    "event_cap",
    "round",
)


def parse_points(table: Table) -> PointsRule:
    """Read [points].

    Raises:
        BadPolicy: a key is missing, unknown, out of range, or does not go with the duration rule.
    """
    table.refuse_other_keys(*_KEYS)
    rule = table.choice("duration_rule", DurationRule)
    block_ms, first_ms, first_ppm, further_ppm = _parse_blocks(table, rule)
    minimum_ms = table.whole("minimum_duration_ms", 0, DAY_MS)
    maximum_ms = table.whole("maximum_duration_ms", 1, DAY_MS) if table.has("maximum_duration_ms") else None
    if maximum_ms is not None and maximum_ms < minimum_ms:
        raise table.bad("maximum_duration_ms", "is below minimum_duration_ms", "Let it be at least as long.")
    return PointsRule(
        duration_rule=rule,
        default_duration_ms=table.whole("default_duration_ms", 0, DAY_MS),
        minimum_duration_ms=minimum_ms,
        use_weight_ppm=_parse_use_weights(table),
        maximum_duration_ms=maximum_ms,
        block_ms=block_ms,
        first_ms=first_ms,
        first_units_ppm=first_ppm,
        block_units_ppm=further_ppm,
        time_weights=_parse_time_weights(table),
        station_weight_ppm=_weights(table.table("station_weight")) if table.has("station_weight") else {},
        degressive=_parse_degressive(table),
        event_cap=table.number("event_cap", 0) if table.has("event_cap") else None,
        rounding=table.rounding(),
    )


def _parse_blocks(table: Table, rule: DurationRule) -> tuple[int, int, int, int]:
    """Return block_ms, first_ms and the ppm of the first and the further units; each only where the rule reads it."""
    wanted = {
        DurationRule.BLOCK: ("block_ms",),
        DurationRule.LONG_PLAY: ("block_ms", "first_ms", "first_units", "block_units"),
    }.get(rule, ())
    for key in ("block_ms", "first_ms", "first_units", "block_units"):
        if table.has(key) and key not in wanted:
            raise table.bad(key, f"is not read by the duration rule {rule.value!r}", f"Take {key} away.")
    if not wanted:
        return 0, 0, PPM, PPM
    block_ms = table.whole("block_ms", 1, DAY_MS)
    if rule is DurationRule.BLOCK:
        return block_ms, 0, PPM, PPM
    return block_ms, table.whole("first_ms", 0, DAY_MS), _ppm(table, "first_units"), _ppm(table, "block_units")


def _ppm(table: Table, key: str) -> int:
    """Return a weight in ppm, refused where it is finer than that."""
    weight = table.number(key, 0, LARGEST_WEIGHT_PPM // PPM) * PPM
    if weight.denominator != 1:
        raise table.bad(key, "is finer than a millionth", "Multiply all weights by one number.")
    return weight.numerator


def _weights(table: Table) -> dict[str, int]:
    weights = {name: _ppm(table, name) for name in table.values}
    if not any(weights.values()):
        raise table.bad("", "nothing has a weight above zero", "Give at least one a weight.")
    return weights


def _parse_use_weights(table: Table) -> dict[str, int]:
    if table.has("use_weight_ppm") and table.has("use_weight"):
        raise table.bad("use_weight", "stands beside use_weight_ppm", "Write only one of the two.")
    if table.has("use_weight"):
        return _weights(table.table("use_weight"))
    weights = table.table("use_weight_ppm")
    found = {kind: weights.whole(kind, 0, 1_000 * PPM) for kind in weights.values}
    if not any(found.values()):
        raise weights.bad("", "no kind of use has a weight above zero", "Give at least one kind of use a weight.")
    return found


def _parse_time_weights(table: Table) -> tuple[TimeWeight, ...]:
    """Read [[points.time_weights]]; together they cover the whole day, each minute once."""
    found: list[TimeWeight] = []
    for row in table.tables("time_weights"):
        row.refuse_other_keys("from", "to", "weight")
        weight = TimeWeight(_minute(row, "from"), _minute(row, "to"), _ppm(row, "weight"))
        begins = found[-1].to_minute if found else 0
        if weight.from_minute != begins or weight.to_minute <= weight.from_minute:
            begins_text = f"{begins // 60:02d}:{begins % 60:02d}"
            raise row.bad("from", "leaves a gap, overlaps or goes backwards", f"Begin at {begins_text}, end later.")
        found.append(weight)
    if found and found[-1].to_minute != DAY_MINUTES:
        raise table.bad("time_weights", "do not cover the day", "Let the last one end at 24:00.")
    if found and not any(weight.weight_ppm for weight in found):
        raise table.bad("time_weights", "no time of day has a weight above zero", "Give one a weight.")
    return tuple(found)


def _minute(table: Table, key: str) -> int:
    text = table.text(key)
    found = _CLOCK.fullmatch(text)
    if found is None or int(found[1]) * 60 + int(found[2]) > DAY_MINUTES:
        raise table.bad(key, f"{text!r} is no time of day", 'Write it as "06:00"; the end of the day is "24:00".')
    return int(found[1]) * 60 + int(found[2])


def _parse_degressive(table: Table) -> tuple[DegressiveBand, ...]:
    found: list[DegressiveBand] = []
    for row in table.tables("degressive"):
        row.refuse_other_keys("above_units", "weight")
        band = DegressiveBand(row.whole("above_units", 1, 10**12), _ppm(row, "weight"))
        if found and band.above_units <= found[-1].above_units:
            raise row.bad("above_units", "does not rise", "Write the lowest step first.")
        found.append(band)
    return tuple(found)
