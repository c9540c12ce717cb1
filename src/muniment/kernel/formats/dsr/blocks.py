"""A block of a DSR: its resources, works, cues and release, and the sales that follow from its usage rows.

One block is in memory. Licensor rows (LI) come behind the usage row that they split, so a sale waits for the next
row that is none. A sale's money is parted among what was used in it: releases equally among their resources,
recordings equally among their works, programmes among their cues by duration, or equally where a cue has none.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from itertools import accumulate

from muniment.kernel.formats.dsr.rows import ASK, DsrRow
from muniment.kernel.formats.dsr.values import AmountBasis, DsrSale, DsrSummary
from muniment.kernel.formats.tables import UnreadableCell, parse_duration_ms
from muniment.kernel.words.identifiers import InvalidIdentifier, parse_isrc, parse_iswc
from muniment.kernel.words.money import UnknownCurrency, micro_per_unit
from muniment.kernel.words.problems import Level, Problem

RESOURCES = frozenset({"AS01", "AS02", "AS03"})
SALES = frozenset({"SU01", "SU02", "SU03", "SU04", "SU05", "ML01"})
WHOLE_SALES = frozenset({"SR01", "SR02", "SR03", "SR04", "SR05", "SR06", "SR07", "SR08"})
RELEASE_USES = frozenset({"RU01", "RU02"})

LARGEST_AMOUNT = 10**18
"""The most micro-units that a sum of a row's allocations may have."""

_LARGEST_POWER = 15
_LARGEST_MICRO = 10**17
_WORK_CELLS = ("iswc", "composers", "arrangers", "publishers", "proprietary_work_id", "work_title")

Facts = dict[str, object]
"""Fields of a `DsrSale`."""


@dataclass(slots=True)
class Block:
    """The block being read. `last` is the reference of the resource that came last."""

    block_id: str
    resources: dict[str, Facts] = field(default_factory=dict)
    works: dict[str, list[Facts]] = field(default_factory=dict)
    cues: dict[str, list[Facts]] = field(default_factory=dict)
    last: str = ""
    release: DsrRow | None = None
    releases: dict[str, tuple[str, ...]] = field(default_factory=dict)
    release_uses: list[DsrRow] = field(default_factory=list)
    sold: bool = False


@dataclass(slots=True)
class Sums:
    """What was used of each summary so far, and the summaries themselves."""

    summaries: dict[str, list[DsrSummary]] = field(default_factory=dict)
    used: dict[str, int] = field(default_factory=dict)
    by_summary: bool = True

    def base_of(self, summary_id: str) -> tuple[int, int] | None:
        """Return (net revenue in micro-units, usages) of a summary; None where it does not say one of each."""
        return base_of(self.summaries.get(summary_id, []))

    def part_of(self, summary_id: str, usages: int) -> int | None:
        """Return what the next so many usages of a summary have of its revenue; call it before they are counted."""
        base = self.base_of(summary_id)
        if base is None:
            return None
        revenue_micro, total = base
        before = min(self.used.get(summary_id, 0), total)
        after = min(before + usages, total)
        return revenue_micro * after // total - revenue_micro * before // total


def base_of(summaries: list[DsrSummary]) -> tuple[int, int] | None:
    """Return the one (net revenue in micro-units, usages) that the rows of a summary agree on, None otherwise."""
    said = {(row.net_revenue_micro, row.usages) for row in summaries}
    if len(said) != 1:
        return None
    ((revenue_micro, usages),) = said
    return (revenue_micro, usages) if revenue_micro is not None and usages else None


def micro_of(text: str, currency: str) -> int | None:
    """Return an amount in micro-units, rounded half to even (None: not readable)."""
    try:
        amount = Decimal(text)
        if not amount.is_finite() or amount.adjusted() > _LARGEST_POWER or not text.isascii():
            return None
        micro = int((amount * micro_per_unit(currency)).to_integral_value(ROUND_HALF_EVEN))
        return micro if abs(micro) <= _LARGEST_MICRO else None
    except (InvalidOperation, UnknownCurrency):
        return None


def add_resource(block: Block, row: DsrRow) -> Iterator[Problem]:
    """Take a resource row into its block; an identifier or duration that is none is told and left out."""
    resource = resource_of(row)
    block.last = row.text("resource_reference")
    block.resources[block.last] = resource
    yield from left_out(row, resource)


def left_out(row: DsrRow, facts: Mapping[str, object]) -> Iterator[Problem]:
    """Tell the identifiers and durations of a row that could not be read."""
    said = {
        "duration": (row.text("duration").strip("PTHMS0:. "), facts["duration_ms"]),
        "isrc": (row.text("isrc"), facts["isrc"]),
        "iswc": (row.text("iswc"), facts["iswc"]),
    }
    for name, (text, value) in said.items():
        if text and not value:
            kind = f"an {name.upper()}" if name != "duration" else "a duration"
            message = f"{row.text(name)[:20]!r} is not {kind}; it is left out."
            yield Problem(row.line, f"{row.record} {name}", f"DSR.{name.upper()}", message, ASK, Level.WARNING)


def resource_of(row: DsrRow) -> Facts:
    """Return the fields of a `DsrSale` that a resource, cue or row of its own gives."""
    artists = row.parts("display_artist") if row.family in {"AS03", "CU01"} else ()
    return {
        "dsp_resource_id": row.text("dsp_resource_id"),
        "isrc": _first_valid(row.parts("isrc")),
        "title": row.text("title"),
        "sub_title": row.text("sub_title"),
        "display_artist": "; ".join(artists) or row.text("display_artist"),
        "duration_ms": _duration_ms(row.text("duration")),
        **work_of(row),
    }


def work_of(row: DsrRow) -> Facts:
    """Return what a row says of a work."""
    return {
        "iswc": _iswc(row.text("iswc")),
        "composers": row.parts("composers"),
        "arrangers": row.parts("arrangers"),
        "publishers": row.parts("publishers"),
        "proprietary_work_id": row.text("proprietary_work_id"),
        "work_title": row.text("title") if row.family == "MW01" else row.text("work_title"),
    }


def add_work(block: Block, row: DsrRow) -> Iterator[Problem]:
    """Take a work row: the first of a resource fills what the resource lacks, others are works of their own."""
    reference = row.text("resource_reference") or block.last
    if reference not in block.resources:
        return
    work = work_of(row)
    yield from left_out(row, {**work, "duration_ms": None, "isrc": ""})
    block.works.setdefault(reference, []).append(work)
    if len(block.works[reference]) == 1:
        resource = block.resources[reference]
        resource.update({name: value for name, value in work.items() if not resource[name]})


def add_cue(block: Block, row: DsrRow) -> Iterator[Problem]:
    """Take a cue of a programme's cue sheet; one of a resource that the block lacks is told."""
    reference = row.text("resource_reference") or block.last
    if reference not in block.resources:
        message = f"The cue is of a resource {reference[:40]!r} that its block does not describe; it is left out."
        yield Problem(row.line, f"{row.record} CueResourceReference", "DSR.CUE", message, ASK)
        return
    cue = resource_of(row)
    block.cues.setdefault(reference, []).append(cue)
    yield from left_out(row, cue)


def uses_of(block: Block, reference: str) -> list[tuple[Facts, int]]:
    """Return what a use of a resource is a use of, each with its weight: its cues, its works, or itself."""
    resource = block.resources[reference]
    if cues := block.cues.get(reference):
        durations = [cue["duration_ms"] for cue in cues]
        weights = [int(one) if isinstance(one, int) else 0 for one in durations]
        weights = weights if all(weights) else [1] * len(cues)
        return [
            ({**resource, **{name: value for name, value in cue.items() if name in _CUE_CELLS}}, weight)
            for cue, weight in zip(cues, weights, strict=True)
        ]
    works = block.works.get(reference, [])
    if len(works) > 1:
        return [({**resource, **work}, 1) for work in works]
    return [(resource, 1)]


_CUE_CELLS = frozenset({"isrc", "title", "sub_title", "display_artist", "duration_ms", *_WORK_CELLS})


def choose_resources(block: Block, row: DsrRow) -> tuple[list[str], Problem | None]:
    """Return the references that a sale is of: the one it names, those of a sub-release, else all of its block."""
    named, identifier = row.text("transacted_resource"), row.text("dsp_resource_id")
    sub_release = block.releases.get(row.text("transacted_release"), ())
    if row.family == "ML01":
        named = row.text("resource_reference")
    if named:
        chosen = [named] if named in block.resources else []
    elif identifier:
        chosen = [one for one, facts in block.resources.items() if facts["dsp_resource_id"] == identifier][:1]
        chosen = chosen or list(block.resources)[:1]
    else:
        chosen = [one for one in sub_release if one in block.resources] or list(block.resources)
    if chosen:
        return chosen, None
    said = named or identifier
    message = f"The sale is of a resource {said[:40]!r} that its block {block.block_id[:40]!r} does not describe."
    return [], Problem(row.line, f"{row.record} transacted_resource", "DSR.NO_RESOURCE", message, ASK)


def parted(uses: list[list[tuple[Facts, int]]]) -> Iterator[tuple[Facts, tuple[int, int, int]]]:
    """Give each use the part of its sale's money: equally among resources, then by weight within each."""
    for place, weighted in enumerate(uses):
        whole = sum(weight for _, weight in weighted)
        ends = list(accumulate(weight for _, weight in weighted))
        for (facts, weight), end in zip(weighted, ends, strict=True):
            start = place * whole + end
            yield facts, (start - weight, start, len(uses) * whole)


def split_part(amount_micro: int, part: tuple[int, int, int]) -> int:
    """Return a part of an amount; the parts of one amount sum to it exactly, also where it is negative."""
    before, behind, whole = part
    return amount_micro * behind // whole - amount_micro * before // whole


def amount_of(
    row: DsrRow, allocated: list[DsrRow], currency: str, represented: frozenset[str]
) -> tuple[int | None, AmountBasis, list[Problem]]:
    """Return the money of a usage row, whence it is, and what of it could not be read.

    Licensor rows count where the report represents their controller, or represents nobody by name.
    """
    ours = [one for one in allocated if not represented or one.text("rights_controller") in represented]
    rows = ours or ([] if allocated else [row])
    if not rows:
        return 0, AmountBasis.ALLOCATED, []
    basis = AmountBasis.ALLOCATED if allocated else AmountBasis.LINE
    problems: list[Problem] = []
    amounts: list[int] = []
    for one in rows:
        text = one.text("amount") or one.text("other_amount")
        amount = micro_of(text, currency) if text else None
        if text and amount is None:
            message = f"{text[:30]!r} {currency[:5]} is not an amount of money; it is left out."
            problems.append(Problem(one.line, f"{one.record} amount", "DSR.AMOUNT", message, ASK, Level.WARNING))
        if amount is not None:
            amounts.append(amount)
    if amounts and abs(sum(amounts)) <= LARGEST_AMOUNT:
        return sum(amounts), basis, problems
    return None, AmountBasis.SUMMARY, problems


def make_sale(
    row: DsrRow, facts: Facts, *, block_id: str, summary: DsrSummary | None, summary_id: str, release: DsrRow | None
) -> Facts:
    """Return the fields of a sale but for its money."""
    return {
        **facts,
        "summary_id": summary_id,
        "sales_transaction_id": row.text("sales_transaction_id"),
        "release_id": release.text("dsp_release_id") if release is not None else row.text("dsp_release_id"),
        "release_title": release.text("title") if release is not None else row.text("release_title"),
        "record": row.family,
        "block_id": block_id,
        "used_from": row.text("used_from"),
        "summary": summary,
        "line": row.line,
    }


def sale_from(facts: Facts) -> DsrSale:
    """Return the sale with these fields."""
    return DsrSale(**facts)  # type: ignore[arg-type]


def _first_valid(texts: tuple[str, ...]) -> str:
    """Return the first text that is an ISRC ("" where none is): a wrong code finds the wrong recording."""
    for text in texts:
        try:
            return parse_isrc(text)
        except InvalidIdentifier:
            continue
    return ""


def _iswc(text: str) -> str:
    try:
        return parse_iswc(text) if text else ""
    except InvalidIdentifier:
        return ""


def _duration_ms(text: str) -> int | None:
    try:
        return (parse_duration_ms(text) or None) if text else None
    except UnreadableCell:
        return None
