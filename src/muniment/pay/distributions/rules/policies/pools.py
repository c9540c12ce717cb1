"""Pools: which money is divided by which usage, and where it goes when there is none.

A pool is divided by its own usage (direct, census, sample, claim_based), by the usage of other pools (analogy), or in
proportion to what other pools come to (market_share). Where it has no usage it falls back to another pool.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from fractions import Fraction

from muniment.kernel.words.allocation import split_exactly
from muniment.kernel.words.money import parse_amount
from muniment.pay.distributions.rules.policies.deductions import amount_text
from muniment.pay.distributions.rules.policies.formulas import Formula
from muniment.pay.distributions.rules.policies.numbers import format_share
from muniment.pay.distributions.rules.policies.points import whole_weights
from muniment.pay.distributions.rules.policies.recipients import SplitRule, find_circle
from muniment.pay.distributions.rules.policies.tables import BadPolicy, Table, near, refuse_twice


class PoolKind(StrEnum):
    """How the money of a pool finds its works."""

    DIRECT = "direct"
    CENSUS = "census"
    SAMPLE = "sample"
    ANALOGY = "analogy"
    CLAIM_BASED = "claim_based"
    MARKET_SHARE = "market_share"


BORROWS = (PoolKind.ANALOGY, PoolKind.MARKET_SHARE)
"""Kinds without usage of their own."""


@dataclass(frozen=True, slots=True)
class Stratum:
    """A layer of a sample: `sampled` of `of` days, venues or reports were read; each read one stands for `factor`.

    `sources` are patterns of the sources whose reports are of this layer.
    """

    name: str
    sampled: Fraction
    of: Fraction
    sources: tuple[str, ...] = ()

    @property
    def factor(self) -> Fraction:
        """Return for how many a sampled one stands."""
        return self.of / self.sampled


@dataclass(frozen=True, slots=True)
class PoolRule:
    """One pool. `funds` are patterns of fund codes; `split` divides it to groups before points count. `on` names the
    pools of an analogy with the part of the money that each takes, or the reference pools of a market share (parts
    are 0 there: they go by the money). `least_event_fee` is the amount by currency below which an event or a
    station is not divided by itself; `withhold` is the part of a fee that waits for each missing set list.
    `claim_months` is the time to claim in; `least_claim` and `most_claim` are the least and the most that one
    claimant gets, by currency.
    """

    name: str
    kind: PoolKind
    title: str
    funds: tuple[str, ...] = ()
    fallback: str = ""
    split: str = ""
    on: Mapping[str, Fraction] | None = None
    factor: Fraction = Fraction(1)
    factor_formula: str = ""
    strata: tuple[Stratum, ...] = ()
    event_points: str = ""
    amount_formula: str = ""
    least_event_fee: Mapping[str, str] | None = None
    withhold: Fraction = Fraction(0)
    claim_months: int = 0
    least_claim: Mapping[str, str] | None = None
    most_claim: Mapping[str, str] | None = None

    def takes(self, fund_code: str) -> bool:
        """Return whether the fund is of this pool."""
        return any(fnmatchcase(fund_code, pattern) for pattern in self.funds)

    def stratum_of(self, source: str) -> Stratum | None:
        """Return the first layer of the sample that a source is of; None where no layer names it."""
        return next((some for some in self.strata if any(fnmatchcase(source, one) for one in some.sources)), None)


def pool_of(pools: Sequence[PoolRule], fund_code: str) -> PoolRule | None:
    """Return the first pool that takes a fund; None where the policy has none for it."""
    return next((pool for pool in pools if pool.takes(fund_code)), None)


@dataclass(frozen=True, slots=True)
class FundPlacement:
    """Money of a fund that is divided by the usage of some funds of the pool `on`; without funds it waits."""

    on: str
    funds: tuple[str, ...]
    amount_micro: int


@dataclass(frozen=True, slots=True)
class FundUsage:
    """What is known when a fund is placed: its code, every fund with reports, and those that usage can divide by.

    `nets` are the net amounts of the funds of the run, which a market share goes by. `is_too_small` says that the
    money is below the least that is divided by itself.
    """

    fund_code: str
    fund_codes: tuple[str, ...]
    has_usage: Callable[[str], bool]
    nets: Mapping[str, int]
    is_too_small: bool = False

    def alike(self, pools: Sequence[PoolRule], pool: PoolRule) -> tuple[str, ...]:
        """Return the other funds of a pool whose codes end in the same period and who have usage."""
        period = self.fund_code.rpartition("/")[2]
        return tuple(
            sorted(
                code
                for code in set(self.fund_codes)
                if code != self.fund_code
                and code.rpartition("/")[2] == period
                and pool_of(pools, code) == pool
                and self.has_usage(code)
            )
        )

    def of_run(self, pools: Sequence[PoolRule], name: str) -> tuple[str, ...]:
        """Return the funds of the run that are of a pool and have usage."""
        found = (code for code in self.nets if (pool := pool_of(pools, code)) is not None and pool.name == name)
        return tuple(sorted(code for code in found if self.has_usage(code)))


def place_fund(pools: Sequence[PoolRule], amount_micro: int, usage: FundUsage) -> list[FundPlacement]:
    """Say by whose usage the money of a fund is divided, as `place_pools` does for pools; the parts sum to it.

    Money that comes to one pool by two ways is one placement.
    """
    pool = pool_of(pools, usage.fund_code)
    if pool is None:
        return [FundPlacement("", (usage.fund_code,), amount_micro)]
    sums: dict[tuple[str, tuple[str, ...]], int] = {}
    for placed in _place_fund(pools, pool, amount_micro, usage, is_first=True):
        key = (placed.on, placed.funds)
        sums[key] = sums.get(key, 0) + placed.amount_micro
    return [FundPlacement(on, funds, some) for (on, funds), some in sums.items()]


def _place_fund(
    pools: Sequence[PoolRule], pool: PoolRule, amount_micro: int, usage: FundUsage, *, is_first: bool
) -> Iterator[FundPlacement]:
    rules = {rule.name: rule for rule in pools}
    if pool.kind is PoolKind.ANALOGY and pool.on:
        shares = split_exactly(amount_micro, whole_weights(pool.on.values()))
        for name, share in zip(pool.on, shares, strict=True):
            if share:
                yield from _place_fund(pools, rules[name], share, usage, is_first=False)
        return
    if pool.kind is PoolKind.MARKET_SHARE:
        funds = {name: found for name in pool.on or () if (found := usage.of_run(pools, name))}
        sums = [sum(usage.nets[code] for code in found) for found in funds.values()]
        if any(sums):
            shares = split_exactly(amount_micro, sums)
            yield from (FundPlacement(*item, share) for item, share in zip(funds.items(), shares, strict=True) if share)
            return
    elif is_first and usage.has_usage(usage.fund_code) and not (usage.is_too_small and pool.fallback):
        yield FundPlacement(pool.name, (usage.fund_code,), amount_micro)
        return
    elif not is_first and (found := usage.alike(pools, pool)):
        yield FundPlacement(pool.name, found, amount_micro)
        return
    if pool.fallback:
        yield from _place_fund(pools, rules[pool.fallback], amount_micro, usage, is_first=False)
    else:
        yield FundPlacement("", (), amount_micro)


@dataclass(frozen=True, slots=True)
class Placement:
    """Money of a pool that is divided by the usage of the pool `on`; `on` empty: nobody has usage, so it waits.

    `way` names the pools it came through, its own first.
    """

    pool: str
    on: str
    amount_micro: int
    way: tuple[str, ...]


def place_pools(
    pools: Sequence[PoolRule], amounts: Mapping[str, int], points: Mapping[str, int], currency: str = ""
) -> list[Placement]:
    """Say by whose usage the money of each pool is divided; the placements of a pool sum to its amount.

    Args:
        pools: of one policy; an amount or points of a pool that it has not are an error.
        amounts: net micro-units of each pool.
        points: points of each pool's own usage; left out is none.
        currency: needed where a pool has a least fee of an event.
    """
    rules = {pool.name: pool for pool in pools}
    for name in (*amounts, *points):
        if name not in rules:
            raise BadPolicy(f"The policy has no pool {name!r}.", near(name, rules))
    placements: list[Placement] = []
    for pool in pools:
        amount_micro = amounts.get(pool.name, 0)
        if amount_micro:
            placements += _place(rules, pool, amount_micro, amounts, points, currency, ())
    return placements


def _place(
    rules: Mapping[str, PoolRule],
    pool: PoolRule,
    amount_micro: int,
    amounts: Mapping[str, int],
    points: Mapping[str, int],
    currency: str,
    before: tuple[str, ...],
) -> list[Placement]:
    way = (*before, pool.name)
    parts = _borrowed_parts(pool, amounts, points)
    if parts:
        shares = split_exactly(amount_micro, whole_weights(parts.values()))
        return [
            placement
            for name, share in zip(parts, shares, strict=True)
            if share
            for placement in _place(rules, rules[name], share, amounts, points, currency, way)
        ]
    has_usage = pool.kind not in BORROWS and points.get(pool.name, 0) > 0
    if has_usage and not (not before and is_too_small(pool, amount_micro, currency)):
        return [Placement(way[0], pool.name, amount_micro, way)]
    if pool.fallback:
        return _place(rules, rules[pool.fallback], amount_micro, amounts, points, currency, way)
    return [Placement(way[0], pool.name if has_usage else "", amount_micro, way)]


def _borrowed_parts(
    pool: PoolRule, amounts: Mapping[str, int], points: Mapping[str, int]
) -> Mapping[str, Fraction] | None:
    """Return on which other pools the money goes and in what parts; nothing where it is divided by its own usage."""
    if pool.kind is PoolKind.ANALOGY:
        return pool.on
    if pool.kind is PoolKind.MARKET_SHARE:
        found = {name: Fraction(amounts.get(name, 0)) for name in pool.on or () if points.get(name, 0)}
        return found if any(found.values()) else None
    return None


def is_too_small(pool: PoolRule, fee_micro: int, currency: str) -> bool:
    """Return whether the fee of an event is too small to be divided by the event itself."""
    least = (pool.least_event_fee or {}).get(currency)
    return least is not None and fee_micro < parse_amount(least, currency)


def withheld(pool: PoolRule, fee_micro: int, missing: int) -> int:
    """Return what of an event's fee waits while set lists of it are missing: a part for each, at most the fee."""
    part_micro = fee_micro * pool.withhold
    return min(fee_micro, part_micro.numerator // part_micro.denominator * missing)


def divide_claims(pool: PoolRule, amount_micro: int, claims: Mapping[str, int], currency: str) -> dict[str, int]:
    """Divide a claim-based pool among the claims made in time, by their weight, and tell what nobody may take.

    Whom the proportion gives less than the least claim gets that; whom it gives more than the most claim gets that;
    the others share the rest. Where the pool is too small for everybody's least claim it is divided by weight alone.
    Returned beside the claims is "" with what is left where everybody has the most.
    """
    least, most = (pool.least_claim or {}).get(currency), (pool.most_claim or {}).get(currency)
    low = parse_amount(least, currency) if least else 0
    high = parse_amount(most, currency) if most else None
    keys = sorted(key for key, weight in claims.items() if weight > 0)
    if low * len(keys) > amount_micro:
        low = 0
    fixed: dict[str, int] = {}
    while True:
        free = [key for key in keys if key not in fixed]
        left = amount_micro - sum(fixed.values())
        total = sum(claims[key] for key in free)
        below = [key for key in free if left * claims[key] < low * total]
        above = [key for key in free if high is not None and left * claims[key] > high * total]
        if not below and not above:
            break
        lacking = sum(low * total - left * claims[key] for key in below)
        surplus = sum(left * claims[key] - (high or 0) * total for key in above)
        # the larger of the two sides is settled first: settling the other could undo it
        fixed.update(dict.fromkeys(below, low) if lacking > surplus else dict.fromkeys(above, high or 0))
    parts = split_exactly(left, [claims[key] for key in free], free) if free else []
    divided = {**fixed, **dict(zip(free, parts, strict=True))}
    if not free and left:
        divided[""] = left
    return divided


# ---- reading ----

_COMMON = ("name", "kind", "title", "funds", "fallback", "split")
_KEYS: Mapping[PoolKind, tuple[str, ...]] = {
    PoolKind.DIRECT: ("event_points", "least_event_fee", "withhold"),
    PoolKind.CENSUS: ("amount", "least_event_fee"),
    PoolKind.SAMPLE: ("factor", "factor_formula", "strata", "least_event_fee"),
    PoolKind.ANALOGY: ("on",),
    PoolKind.CLAIM_BASED: ("claim_months", "least_claim", "most_claim"),
    PoolKind.MARKET_SHARE: ("on",),
}


def parse_pools(top: Table, formulas: Sequence[Formula], splits: Sequence[SplitRule]) -> tuple[PoolRule, ...]:
    """Read [[pools]].

    Raises:
        BadPolicy: an unknown pool, formula or split; parts of an analogy that are not 1; fallbacks in a circle.
    """
    tables = list(top.tables("pools"))
    names = [table.name("name") for table in tables]
    rules: list[PoolRule] = []
    for table in tables:
        kind = table.choice("kind", PoolKind)
        table.refuse_other_keys(*_COMMON, *_KEYS[kind])
        name = table.name("name")
        refuse_twice(table, "name", name, (rule.name for rule in rules))
        rules.append(_parse_pool(table, name, kind, names, formulas, splits))
    leads_to = {rule.name: [*([rule.fallback] if rule.fallback else []), *(rule.on or {})] for rule in rules}
    if circle := find_circle(leads_to):
        at = names.index(circle[0])
        key = "fallback" if rules[at].fallback in circle else "on"
        raise tables[at].bad(
            key, f"leads in a circle: {' -> '.join(circle)}", "Let one of these pools end without a fallback."
        )
    return tuple(rules)


def _parse_pool(
    table: Table,
    name: str,
    kind: PoolKind,
    names: Sequence[str],
    formulas: Sequence[Formula],
    splits: Sequence[SplitRule],
) -> PoolRule:
    formula_names = [formula.name for formula in formulas]

    def named(key: str, known: Sequence[str], what: str) -> str:
        return table.known_name(key, known, what) if table.has(key) else ""

    return PoolRule(
        name=name,
        kind=kind,
        title=table.text("title", name),
        funds=table.texts("funds"),
        fallback=named("fallback", names, "pool"),
        split=named("split", [split.name for split in splits], "split"),
        on=_parse_on(table, names, kind) if kind in BORROWS else None,
        factor=table.number("factor", 0) if table.has("factor") else Fraction(1),
        factor_formula=named("factor_formula", formula_names, "formula"),
        strata=_parse_strata(table),
        event_points=named("event_points", formula_names, "formula"),
        amount_formula=named("amount", formula_names, "formula"),
        least_event_fee=_amounts(table, "least_event_fee"),
        withhold=table.number("withhold", 0, 1) if table.has("withhold") else Fraction(0),
        claim_months=table.whole("claim_months", 0, 1_200, 0),
        least_claim=_amounts(table, "least_claim"),
        most_claim=_amounts(table, "most_claim"),
    )


def _amounts(table: Table, key: str) -> Mapping[str, str] | None:
    if not table.has(key):
        return None
    amounts = table.table(key)
    return {currency: amount_text(amounts, currency) for currency in amounts.values}


def _parse_on(table: Table, names: Sequence[str], kind: PoolKind) -> Mapping[str, Fraction]:
    """Read on which pools a pool leans: a table of parts for an analogy, a list of names for a market share."""
    if kind is PoolKind.MARKET_SHARE:
        listed = table.texts("on")
        if not listed:
            raise table.bad("on", "names no reference pool", 'Write on = ["…"].')
        for other in listed:
            if other not in names:
                raise table.bad("on", f"{other!r} is no pool of this policy", near(other, names))
        return dict.fromkeys(listed, Fraction(0))
    parts = table.table("on")
    for other in parts.values:
        if other not in names:
            raise parts.bad(other, f"{other!r} is no pool of this policy", near(other, names))
    found = {other: parts.number(other, 0, 1) for other in parts.values}
    if sum(found.values()) != 1:
        raise parts.bad(
            "", f"the parts sum to {format_share(sum(found.values(), Fraction(0)))}", "Let them sum to exactly 100 %."
        )
    return found


def _parse_strata(table: Table) -> tuple[Stratum, ...]:
    found: list[Stratum] = []
    for row in table.tables("strata"):
        row.refuse_other_keys("name", "sampled", "of", "sources")
        name = row.name("name")
        refuse_twice(row, "name", name, (stratum.name for stratum in found))
        stratum = Stratum(name, row.number("sampled", 0), row.number("of", 0), row.texts("sources"))
        if not 0 < stratum.sampled <= stratum.of:
            raise row.bad("sampled", "must be above zero and at most `of`", "Correct the two numbers.")
        found.append(stratum)
    return tuple(found)
