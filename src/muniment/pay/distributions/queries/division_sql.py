"""The division of one pool in SQL, from its lines to its last micro-unit; see `verification.py`.

Each rule of a policy is said here a second time, in joins, windows and 128-bit integers of the query engine. Nothing of
the compiled division is used; a test looks at what this module imports.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import pyarrow as pa

from muniment.kernel.columns.engine import query
from muniment.kernel.columns.schemas import ALLOCATIONS
from muniment.pay.distributions.queries.splits_sql import LEVELS_OF_SHARES, levels_of_split
from muniment.pay.distributions.rules import DurationRule, PointsRule
from muniment.pay.distributions.rules.policies.counting import Raising, counted_unit
from muniment.pay.distributions.rules.policies.grouping import SplitPlan
from muniment.pay.distributions.rules.policies.numbers import Direction


@dataclass(frozen=True, slots=True)
class SqlPool:
    """One pool, or one portion of one: its amount and its sealed inputs as tables.

    `reports` has report_id, right, source and the factor of its stratum as factor_num and factor_den, 1 where it has
    none. `reason` is why the amount waits where no usage divides it.
    """

    fund_code: str
    net_micro: int
    lines: pa.Table
    matches: pa.Table
    reports: pa.Table
    splits: pa.Table
    parts: pa.Table
    raising: Raising | None = None
    split: SplitPlan | None = None
    reason: str = ""


def report_table(
    rights: dict[int, str], sources: dict[int, str] | None = None, factors: dict[int, Fraction] | None = None
) -> pa.Table:
    """Return the table of reports of a pool, by their ids."""
    ids = list(rights)
    factor = [(factors or {}).get(report_id, Fraction(1)) for report_id in ids]
    return pa.table(
        {
            "report_id": pa.array(ids, pa.int64()),
            "right": pa.array(list(rights.values()), pa.string()),
            "source": pa.array([(sources or {}).get(report_id, "") for report_id in ids], pa.string()),
            "factor_num": pa.array([some.numerator for some in factor], pa.int64()),
            "factor_den": pa.array([some.denominator for some in factor], pa.int64()),
        }
    )


# ---- points of lines ----


def _units(rule: PointsRule) -> str:
    """Return the SQL for the units of a line's duration `spent_ms`, already the default where none was reported."""
    if rule.duration_rule is DurationRule.NONE:
        return "1::HUGEINT"
    spent = f"greatest(spent_ms, {rule.minimum_duration_ms})"
    if rule.maximum_duration_ms is not None:
        spent = f"least({spent}, {rule.maximum_duration_ms})"
    if rule.duration_rule is DurationRule.LONG_PLAY:
        beyond = f"greatest({spent} - {rule.first_ms}, 0)"
        blocks = f"(({beyond} + {rule.block_ms} - 1) // {rule.block_ms})"
        first, further = rule.first_units_ppm, rule.block_units_ppm
        return f"(({first} + {blocks}::HUGEINT * {further}) // greatest(gcd({first}, {further}), 1))"
    unit_ms = {
        DurationRule.SECOND: 1_000,
        DurationRule.STARTED_MINUTE: 60_000,
        DurationRule.MILLISECOND: 1,
        DurationRule.BLOCK: rule.block_ms,
    }[rule.duration_rule]
    return f"(({spent} + {unit_ms} - 1) // {unit_ms})::HUGEINT"


_CLOCK = r"(?:^|[T ])(\d{1,2}):([0-5]\d)(?::[0-5]\d(?:[.,]\d+)?)?(?: ?([AaPp])\.?[Mm]\.?)?(?:$|[^\d:])"


def _time_weight(rule: PointsRule) -> str:
    """Return the SQL for the weight of the time of day of a line; NULL where it names none."""
    if not rule.time_weights:
        return "1"

    def group(place: int) -> str:
        return f"regexp_extract(reported_time, '{_CLOCK}', {place})"

    hour = f"try_cast({group(1)} AS INTEGER)"
    half = f"lower({group(3)})"
    clock = (
        f"(CASE WHEN {half} <> '' AND {hour} <= 12 THEN {hour} % 12 + CASE {half} WHEN 'p' THEN 12 ELSE 0 END"
        f" ELSE {hour} END * 60 + try_cast({group(2)} AS INTEGER))"
    )
    unit = math.gcd(*(weight.weight_ppm for weight in rule.time_weights))
    cases = " ".join(
        f"WHEN {clock} >= {weight.from_minute} AND {clock} < {weight.to_minute} THEN {weight.weight_ppm // unit}"
        for weight in rule.time_weights
    )
    return f"(CASE {cases} END)"


def _station_weight(rule: PointsRule) -> str:
    """Return the SQL for the weight of a report's station; NULL where the policy has none for it."""
    if not rule.station_weight_ppm:
        return "1"
    return (
        "(SELECT any_value(station.weight_ppm) // (SELECT list_reduce(list(weight_ppm), lambda a, b: gcd(a, b))"
        " FROM station) FROM station WHERE lower(station.name) = lower(report.source))"
    )


# ---- points of works ----


def _counted(rule: PointsRule) -> str:
    """Return the SQL for what a work counts in a report whose lines earn `whole_raw` points."""
    unit, cap = rule.point_unit, rule.event_cap
    parts = unit.denominator * 1_000_000 * (cap.denominator if cap is not None else 1)
    value = f"(whole_raw * {int(unit * parts)}::HUGEINT)"
    if rule.degressive:
        edges = [band.above_units * parts for band in rule.degressive]
        steps = [f"least({value}, {edges[0]}::HUGEINT)"]
        for place, band in enumerate(rule.degressive):
            top = f"least({value}, {edges[place + 1]}::HUGEINT)" if place + 1 < len(edges) else value
            steps.append(f"greatest({top} - {edges[place]}::HUGEINT, 0) * {band.weight_ppm} // 1000000")
        value = f"({' + '.join(steps)})"
    if cap is not None:
        value = f"least({value}, {int(cap * parts)}::HUGEINT)"
    counted = counted_unit(rule) * parts
    upper, lower = f"({value} * {counted.denominator}::HUGEINT)", f"{counted.numerator}::HUGEINT"
    direction = rule.rounding.direction if rule.rounding else Direction.DOWN
    rest = f"({upper} % {lower})"
    floor = f"({upper} // {lower})"
    goes_up = {
        Direction.DOWN: "false",
        Direction.UP: f"{rest} > 0",
        Direction.NEAREST: f"2 * {rest} >= {lower}",
        Direction.EVEN: f"2 * {rest} > {lower} OR (2 * {rest} = {lower} AND {floor} % 2 = 1)",
    }[direction]
    return f"({floor} + CASE WHEN {goes_up} THEN 1 ELSE 0 END)"


def _works(rule: PointsRule) -> str:
    """Return the SQL of `counted`: the groups of `summed` with the points that they count for in their report."""
    if not (rule.degressive or rule.event_cap is not None or rule.rounding is not None):
        return "SELECT *, raw AS counted FROM summed"
    return f"""
        SELECT * EXCLUDE (whole_raw, of_work, part_floor, part_rest, part_place),
               part_floor + CASE WHEN part_place <= of_work - sum(part_floor) OVER same THEN 1 ELSE 0 END AS counted
        FROM (
            SELECT *, row_number() OVER (PARTITION BY report_id, work_id, memory_key
                                         ORDER BY part_rest DESC, split_id) AS part_place
            FROM (SELECT *, CASE WHEN whole_raw > 0 THEN of_work * raw // whole_raw ELSE 0 END AS part_floor,
                         CASE WHEN whole_raw > 0 THEN of_work * raw % whole_raw ELSE 0 END AS part_rest
                  FROM (SELECT *, {_counted(rule)} AS of_work
                        FROM (SELECT *, sum(raw) OVER (PARTITION BY report_id, work_id, memory_key) AS whole_raw
                              FROM summed)))
        ) WINDOW same AS (PARTITION BY report_id, work_id, memory_key)
    """  # noqa: S608 numbers of the policy only


_ALLOCATIONS = """
    WITH weighed AS (
        SELECT use_kind, weight_ppm // (SELECT list_reduce(list(weight_ppm), lambda one, other: gcd(one, other))
                                        FROM weight) AS weight
        FROM weight
    ), earned AS (
        SELECT line.report_id, match.work_id, split.split_id, line.use_count,
               CASE WHEN match.work_id IS NULL THEN match.memory_key ELSE '' END AS memory_key,
               coalesce(line.duration_ms, {default_ms}) AS spent_ms,
               weighed.weight::HUGEINT * {time_weight} * {station_weight} AS weight
        FROM line
        JOIN match ON match.line_id = line.line_id
        JOIN report ON report.report_id = line.report_id
        JOIN weighed ON weighed.use_kind = line.use_kind
        LEFT JOIN split ON split.work_id = match.work_id AND split.territory = line.territory
             AND split."right" = report."right" AND split.used_from <= line.used_on AND line.used_on < split.used_to
    ), summed AS (
        SELECT report_id, work_id, split_id, memory_key, count(*) AS line_count, sum(use_count) AS use_count,
               sum(spent_ms::HUGEINT * use_count) AS duration_ms,
               sum({units} * weight * use_count) AS raw
        FROM earned GROUP BY ALL
    ), counted AS ({works}
    ), common AS (
        SELECT coalesce(list_reduce(list(factor_den), lambda one, other: lcm(one, other)), 1) AS factor_common
        FROM report
    ), reported AS (
        SELECT counted.*, report.factor_num * (common.factor_common // report.factor_den) AS stratum_weight,
               sum(counted.use_count) OVER (PARTITION BY work_id, memory_key) AS times
        FROM counted JOIN report ON report.report_id = counted.report_id, common
    ), work AS (
        SELECT reported.* EXCLUDE (raw, counted, stratum_weight, times),
               counted::HUGEINT * stratum_weight * coalesce(raised.factor, 1) AS points
        FROM reported LEFT JOIN raised ON raised.times = reported.times
    ), whole AS (
        SELECT coalesce(sum(points), 0) AS whole_points, coalesce(sum(line_count), 0) AS all_lines FROM work
    ), floored AS (
        SELECT *, points * {net_micro}::HUGEINT // whole_points AS floor_micro,
               points * {net_micro}::HUGEINT % whole_points AS remainder
        FROM work, whole WHERE whole_points > 0 AND '{reason}' = ''
    ), ranked AS (
        SELECT *, {net_micro}::HUGEINT - sum(floor_micro) OVER () AS units,
               row_number() OVER (ORDER BY remainder DESC, report_id, work_id NULLS LAST, memory_key,
                                           split_id NULLS LAST) AS place
        FROM floored
    ), divided AS (
        SELECT *, floor_micro + CASE WHEN place <= units THEN 1 ELSE 0 END AS work_amount_micro FROM ranked
    ), level AS ({levels}
    ), first_cut AS (
        SELECT divided.*, part, party_id, payee_id, status, level.share_ppm, low2, high2, whole2, low3, high3, whole3,
               CASE WHEN level.split_id IS NULL THEN work_amount_micro::HUGEINT
                    ELSE work_amount_micro::HUGEINT * high1 // whole1 - work_amount_micro::HUGEINT * low1 // whole1
               END AS cut_micro
        FROM divided LEFT JOIN level ON level.split_id = divided.split_id
    ), second_cut AS (
        SELECT * REPLACE (CASE WHEN whole2 IS NULL THEN cut_micro
                               ELSE cut_micro * high2 // whole2 - cut_micro * low2 // whole2 END AS cut_micro)
        FROM first_cut
    ), spread AS (
        SELECT report_id, work_id, memory_key, split_id, coalesce(part, 0) AS part, party_id, payee_id,
               coalesce(status, 'UNMATCHED') AS status, coalesce(share_ppm, 1000000) AS share_ppm,
               line_count, use_count, duration_ms, points, work_amount_micro,
               CASE WHEN whole3 IS NULL THEN cut_micro
                    ELSE cut_micro * high3 // whole3 - cut_micro * low3 // whole3 END AS amount_micro
        FROM second_cut
        UNION ALL BY NAME
        SELECT 0 AS report_id, '' AS memory_key, 0 AS part,
               CASE '{reason}' WHEN '' THEN 'NO_USAGE' ELSE '{reason}' END AS status, 1000000 AS share_ppm,
               all_lines AS line_count, 0 AS use_count, 0 AS duration_ms, 0 AS points,
               {net_micro} AS work_amount_micro, {net_micro} AS amount_micro
        FROM whole WHERE whole_points = 0 OR '{reason}' <> ''
    )
    SELECT fund_code, report_id, work_id, memory_key, split_id, part, party_id, payee_id, status, share_ppm,
           line_count::BIGINT AS line_count, use_count::BIGINT AS use_count, duration_ms::BIGINT AS duration_ms,
           points::BIGINT AS points, work_amount_micro::BIGINT AS work_amount_micro,
           amount_micro::BIGINT AS amount_micro
    FROM spread, fund
    ORDER BY report_id, work_id NULLS LAST, memory_key, split_id NULLS LAST, part
"""


def sql_allocations(pool: SqlPool, rule: PointsRule) -> pa.Table:
    """Return ALLOCATIONS of one pool, worked out by the query engine from its lines to its last micro-unit."""
    sql = _ALLOCATIONS.format(
        default_ms=rule.default_duration_ms,
        units=_units(rule),
        time_weight=_time_weight(rule),
        station_weight=_station_weight(rule),
        works=_works(rule),
        levels=levels_of_split(pool.split) if pool.split else LEVELS_OF_SHARES,
        net_micro=int(pool.net_micro),
        reason=pool.reason,
    )
    return query(
        sql,
        line=pool.lines,
        match=pool.matches,
        report=pool.reports,
        split=pool.splits,
        part=_with_groups(pool),
        weight=_weights(rule.use_weight_ppm, "use_kind"),
        station=_weights(rule.station_weight_ppm, "name"),
        raised=_raised(pool),
        fund=pa.table({"fund_code": pa.array([pool.fund_code], pa.string())}),
    ).cast(ALLOCATIONS)


def _weights(weights: Mapping[str, int], name: str) -> pa.Table:
    return pa.table({name: pa.array(weights.keys(), pa.string()), "weight_ppm": pa.array(weights.values(), pa.int64())})


def _with_groups(pool: SqlPool) -> pa.Table:
    """Return the parts with the group of each by its roles, from 0; NULL where it is in none."""
    if pool.split is None:
        return pool.parts
    names = pa.table(
        [
            pa.array([place for place, group in enumerate(pool.split.groups) for _ in group.roles], pa.int32()),
            pa.array([role for group in pool.split.groups for role in group.roles], pa.string()),
        ],
        names=["place", "role"],
    )
    sql = """
        SELECT part.*, (SELECT min(name.place) FROM name WHERE list_contains(string_split(part.role, '/'), name.role)
                          AND part.party_id IS NOT NULL) AS group_place
        FROM part
    """
    return query(sql, part=pool.parts, name=names)


_TIMES = """
    SELECT DISTINCT sum(line.use_count) OVER (PARTITION BY match.work_id,
                    CASE WHEN match.work_id IS NULL THEN match.memory_key ELSE '' END)::BIGINT AS times
    FROM line JOIN match ON match.line_id = line.line_id
"""


def _raised(pool: SqlPool) -> pa.Table:
    """Return the factor of a work for every number of times that one is reported."""
    times: list[int] = []
    if pool.raising is not None:
        times = query(_TIMES, line=pool.lines, match=pool.matches).column("times").to_pylist()
    factors = [pool.raising.factor(some) for some in times] if pool.raising is not None else []
    return pa.table({"times": pa.array(times, pa.int64()), "factor": pa.array(factors, pa.int64())})
