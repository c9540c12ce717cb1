"""Which figures of a year's report each part of the books counts for; a pure function, so every figure opens to it.

The flows divide all that moves between stages: each part counts for exactly one of them, with its sign, and what has
no name of its own counts as `other`. So the flows of a year explain every change of what the accounts hold.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from muniment.pay.distributions.rules.reporting import ReportRules, Watched
from muniment.trust.ledger.rules.origins import RIGHTHOLDERS, Part, Stage, stage_of

SOCIETY_USE = "society"
"""The first part of the funds that sister societies' money lies in: society/7."""

_FLOWS = {
    (Stage.INVOICED, Stage.COLLECTED): "revenue",
    (Stage.BANK, Stage.COLLECTED): "revenue",
    (Stage.COLLECTED, Stage.KEPT): "deducted",
    (Stage.WAITING, Stage.KEPT): "deducted_later",
    (Stage.ATTRIBUTED, Stage.KEPT): "charged",
    (Stage.COLLECTED, Stage.WAITING): "set_aside",
    (Stage.COLLECTED, Stage.ATTRIBUTED): "attributed",
    (Stage.WAITING, Stage.ATTRIBUTED): "attributed_later",
    (Stage.ATTRIBUTED, Stage.BANK): "paid",
    (Stage.ATTRIBUTED, Stage.TAX): "withheld",
    (Stage.ATTRIBUTED, Stage.OWED): "recouped",
    (Stage.LOSS, Stage.OWED): "written_off",
    (Stage.KEPT, Stage.OWED): "reserve_used",
    (Stage.COST, Stage.BANK): "cost",
    (Stage.BANK, Stage.INVESTMENT): "investment",
    (Stage.BANK, Stage.INVOICED): "invoices_paid",
    (Stage.INVOICED, Stage.TAX): "vat_invoiced",
    (Stage.TAX, Stage.BANK): "tax_paid",
}
_BOTH_WAYS = {pair: (flow, 1) for pair, flow in _FLOWS.items()} | {
    pair[::-1]: (flow, -1) for pair, flow in _FLOWS.items()
}
OTHER = "other"
INFLOWS = ("revenue", "from_societies")
OUTFLOWS = ("deducted", "deducted_later", "charged", "paid", "withheld", "recouped")
_DEDUCTIONS = ("deducted", "deducted_later", "charged")
_ATTRIBUTIONS = ("attributed", "attributed_later")


def flow_of(debit: str, credit: str) -> tuple[str, int] | None:
    """Return the flow that a transfer between two accounts counts for, and its sign; None within one stage."""
    source, goal = stage_of(debit), stage_of(credit)
    if source is goal:
        return None
    flow, sign = _BOTH_WAYS.get((source, goal), (OTHER, 1))
    if flow == "revenue" and any(code.startswith(f"fund/{SOCIETY_USE}/") for code in (debit, credit)):
        flow = "from_societies"
    return flow, sign


def gained(debit: str, credit: str) -> int:
    """Return 1 where a transfer brings money to right holders, -1 where it takes it from them, else 0."""
    return (stage_of(credit) in RIGHTHOLDERS) - (stage_of(debit) in RIGHTHOLDERS)


@dataclass(frozen=True, slots=True)
class FigureKey:
    """What a figure is of: its line of the report, its currency, and what it is told apart by (empty: by nothing)."""

    line: str
    currency: str
    right: str = ""
    use: str = ""
    year: int = 0
    detail: str = ""


@dataclass(frozen=True, slots=True)
class ReportFacts:
    """What a report needs beside the books; `report_facts_of` makes it.

    `society_funds` says which society's money lies in which fund, `societies` the parties that are societies, both by
    party as text; `releases` the entries that moved money after its claim window, and how. Money collected up to
    `late_year` had to be paid by the last day, unowned money of up to `unowned_year` counts as non-distributable.
    """

    year: int
    rules: ReportRules
    society_funds: Mapping[str, str]
    societies: frozenset[str]
    releases: Mapping[int, str]
    first_day: date
    last_day: date
    late_year: int
    unowned_year: int


def report_facts_of(
    year: int,
    rules: ReportRules,
    society_funds: Mapping[str, str],
    societies: frozenset[str],
    releases: Mapping[int, str],
) -> ReportFacts:
    """Return the facts of a year's report with the days that its rules give."""
    last_day = rules.last_day(year)
    return ReportFacts(
        year,
        rules,
        society_funds,
        societies,
        releases,
        rules.first_day(year),
        last_day,
        _last_year(rules, Watched.MONEY, year, last_day - timedelta(days=1)),
        _last_year(rules, Watched.UNOWNED_MONEY, year, last_day),
    )


def _last_year(rules: ReportRules, watched: Watched, year: int, until: date) -> int:
    """Return the last financial year whose clock ends by a day; 0 without such a clock."""
    clock = rules.clock(watched)
    if clock is None:
        return 0
    longest = clock.months // 12 + 2
    return next((found for found in range(year, year - longest - 1, -1)
                 if clock.ends_on(rules.last_day(found)) <= until), 0)  # fmt: skip


def figures_of(part: Part, facts: ReportFacts) -> Iterator[tuple[FigureKey, int]]:
    """Yield the figures that a part counts for in a report, each with what it adds (below zero: takes away)."""
    booked_on = part.entry.booked_on
    if booked_on > facts.last_day:
        return
    yield from _standings(part, facts)
    found = None if part.settles else flow_of(part.debit, part.credit)
    if found is None or booked_on < facts.first_day:
        return
    flow, sign = found
    yield from _flow_figures(part, facts, flow, sign * part.amount_micro)


def _sides(part: Part) -> Iterator[tuple[Stage, str, int]]:
    """Yield what a part takes from and adds to: stage, account, signed micro-units."""
    if part.settles:
        yield part.goal, part.credit, part.amount_micro
    else:
        yield part.source, part.debit, -part.amount_micro
        yield part.goal, part.credit, part.amount_micro


def _standings(part: Part, facts: ReportFacts) -> Iterator[tuple[FigureKey, int]]:
    """Yield what stands at the beginning and at the end of the year, by where the money came from."""
    currency, origin = part.entry.currency, part.origin
    before = part.entry.booked_on < facts.first_day
    for stage, code, amount_micro in _sides(part):
        if social := _social(stage, code, facts.rules):
            yield FigureKey("social", currency, detail="opening" if before else social), amount_micro
        if stage not in RIGHTHOLDERS:
            continue
        if before:
            yield FigureKey("opening", currency), amount_micro
        yield FigureKey("closing", currency), amount_micro
        detail = _waits_for(code)
        named = (currency, origin.right, origin.use, origin.year)
        line = "unpaid" if stage is Stage.ATTRIBUTED else "not_attributed"
        yield FigureKey(line, *named, detail), amount_micro
        if 0 < origin.year <= facts.late_year:
            yield FigureKey("late", *named, detail), amount_micro
        if line == "not_attributed" and 0 < origin.year <= facts.unowned_year:
            yield FigureKey("non_distributable", *named, detail), amount_micro


def _social(stage: Stage, code: str, rules: ReportRules) -> str:
    """Return whether an account is of the social funds: what was taken for them, what was used of them, or not."""
    if stage is Stage.KEPT and code.partition("/")[2] in rules.social:
        return "taken"
    return "used" if code.startswith("cost/social/") else ""


def _waits_for(code: str) -> str:
    """Return why money of an account is not paid: a reason of holds, else the first word of the account."""
    word, _, rest = code.partition("/")
    return rest.partition("/")[0] if word == "held" else word


def _flow_figures(part: Part, facts: ReportFacts, flow: str, amount_micro: int) -> Iterator[tuple[FigureKey, int]]:
    currency, origin = part.entry.currency, part.origin
    category = (currency, origin.right, origin.use)
    yield FigureKey(f"flow:{flow}", currency), amount_micro
    bank_sign = 1 if part.source is Stage.BANK else -1
    if Stage.BANK in (part.source, part.goal):
        yield FigureKey("cash", currency, detail=flow), bank_sign * part.amount_micro
    if flow == "revenue":
        yield FigureKey("revenue", *category), amount_micro
    elif flow in _DEDUCTIONS:
        yield FigureKey("deduction", *category, detail=_name_of(part, Stage.KEPT)), amount_micro
    elif flow in _ATTRIBUTIONS:
        yield FigureKey("attributed", *category), amount_micro
    elif flow == "paid":
        yield FigureKey("paid", *category), amount_micro
    elif flow in ("cost", "investment"):
        name = _name_of(part, Stage.COST if flow == "cost" else Stage.INVESTMENT)
        yield FigureKey(flow, *category, detail=name), amount_micro
    elif flow in ("withheld", "recouped"):
        yield FigureKey(flow, *category), amount_micro
    elif flow not in INFLOWS and (sign := gained(part.debit, part.credit)):
        yield FigureKey(OTHER, currency, detail=f"{part.source} {part.goal}"), sign * part.amount_micro
    if part.entry.id in facts.releases and part.source is Stage.WAITING:
        yield FigureKey("non_distributable_used", *category, detail=facts.releases[part.entry.id]), part.amount_micro
    yield from _of_societies(part, facts, flow, amount_micro)


def _name_of(part: Part, stage: Stage) -> str:
    return (part.debit if part.source is stage else part.credit).partition("/")[2]


def _of_societies(part: Part, facts: ReportFacts, flow: str, amount_micro: int) -> Iterator[tuple[FigureKey, int]]:
    """Yield the money from and to each sister society, told apart by the society."""
    origin = part.origin
    category = (part.entry.currency, origin.right, origin.use)
    sender = facts.society_funds.get(origin.fund, "") if origin.use == SOCIETY_USE else ""
    if origin.use == SOCIETY_USE:
        if flow == "from_societies":
            yield FigureKey("from_societies", *category, detail=sender), amount_micro
        elif flow in _DEDUCTIONS:
            yield FigureKey("from_societies_deducted", *category, detail=sender), amount_micro
        elif flow in _ATTRIBUTIONS:
            yield FigureKey("from_societies_attributed", *category, detail=sender), amount_micro
    if origin.payee in facts.societies:
        line, sign = {"paid": ("paid", 1), "charged": ("deducted", 1)}.get(flow, ("", 1))
        if flow in _ATTRIBUTIONS:
            line = "attributed"
        elif flow == "charged" and part.source is Stage.KEPT:
            line, sign = "attributed", -1  # a deduction given back is attributed to the society
        if line:
            yield FigureKey(f"to_societies_{line}", *category, detail=origin.payee), sign * amount_micro
