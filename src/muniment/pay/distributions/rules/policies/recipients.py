"""Who an amount is for: fixed splits between roles and groups, by share, by head, or by weight; and splits of splits.

[[splits]]
name = "performers"
left_over = "pro_rata"             # refused | pro_rata | pool | the name of a part

[[splits.parts]]
to = "featured"
share = "65 %"                     # of the whole, for all who are in the group

[[splits.parts]]
to = "non_featured"
each = "7 %"                       # for each head …
cap = "35 %"                       # … and for all of them at most
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from fractions import Fraction

from muniment.kernel.words.allocation import split_exactly
from muniment.kernel.words.problems import UserError
from muniment.pay.distributions.rules.policies.numbers import format_share
from muniment.pay.distributions.rules.policies.tables import Table, near, refuse_twice

_ROLE = re.compile(r"[A-Z]{1,2}")

POOL = "pool"
"""The portion that nobody of the split takes goes back to the pool under this name."""


class BadHeads(UserError):
    """The heads given to a split do not fit it: an unknown group, a negative number, or nobody to take the amount."""


class LeftOver(StrEnum):
    """What becomes of what the parts do not take; a part's name is possible too."""

    REFUSED = "refused"
    PRO_RATA = "pro_rata"
    POOL = "pool"


class Ties(StrEnum):
    """Which of two equal remainders gets the odd unit: the part that stands first, or the one that stands last."""

    FIRST = "first"
    LAST = "last"


@dataclass(frozen=True, slots=True)
class SplitPart:
    """One recipient: a fixed `share` of the whole, or `each` for every head up to `cap`, or a `weight`.

    `split` names the split by which the part is divided further. In a run, `roles` are those of the owners of a work
    who are in the group; a part with an `account` goes to deduction/ACCOUNT instead, for all works together. `line` is
    where the part stands in the policy's text.
    """

    to: str
    share: Fraction | None = None
    each: Fraction | None = None
    cap: Fraction | None = None
    weight: Fraction | None = None
    split: str = ""
    roles: tuple[str, ...] = ()
    account: str = ""
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class SplitRule:
    """A split; `rights` are those it holds for (empty: named where it is used), `order` of the parts breaks ties."""

    name: str
    title: str
    parts: tuple[SplitPart, ...]
    left_over: str = LeftOver.REFUSED.value
    ties: Ties = Ties.FIRST
    rights: tuple[str, ...] = ()

    @property
    def is_weighted(self) -> bool:
        """Return whether the parts are weights of their sum."""
        return all(part.weight is not None for part in self.parts)


Heads = Mapping[str, int | Sequence[int | Fraction]]
"""How many there are in a group, or the weight of each of them."""


@dataclass(frozen=True, slots=True)
class Portion:
    """What one head gets: its group, its place in it from 1, its exact part of the whole, and its amount."""

    path: tuple[str, ...]
    head: int
    part: Fraction
    amount: int

    @property
    def to(self) -> str:
        """Return the group that gets it."""
        return self.path[-1]


def divide(
    rules: Mapping[str, SplitRule], name: str, amount: int, heads: Heads | None = None, quantum: int = 1
) -> list[Portion]:
    """Divide an amount by a split and by the splits of its parts; the portions sum to the amount.

    At each level the exact parts are rounded to whole quanta by the largest remainder; ties go by the order of the
    parts, then of the heads. What does not fill a quantum goes to the first portion that has a part.

    Args:
        rules: all splits by name.
        name: the split to begin with.
        amount: of either sign, in micro-units.
        heads: of each group that has not exactly one; 0 is nobody.
        quantum: micro-units of which each portion is a whole number, such as 10,000 for cents.

    Raises:
        BadHeads: no such split; heads of an unknown group, below zero, or none at all to take the amount.
    """
    if name not in rules:
        raise BadHeads(f"The policy has no split {name!r}.", near(name, rules))
    given = heads or {}
    known = {part.to for rule in rules.values() for part in rule.parts}
    for group in given:
        if group not in known:
            raise BadHeads(f"No split has a group {group!r}.", near(group, known))
    return _divide(rules, rules[name], amount, given, quantum, ())


def _divide(
    rules: Mapping[str, SplitRule],
    rule: SplitRule,
    amount: int,
    heads: Heads,
    quantum: int,
    path: tuple[str, ...],
) -> list[Portion]:
    parts = exact_parts(rule, heads)
    shares = [share for _, _, share in parts]
    common = math.lcm(*(share.denominator for share in shares)) if shares else 1
    places = range(len(parts)) if rule.ties is Ties.FIRST else range(len(parts), 0, -1)
    whole, rest = divmod(abs(amount), quantum)
    counts = split_exactly(whole, [int(share * common) for share in shares], list(places))
    amounts = [count * quantum for count in counts]
    if rest:
        amounts[next(at for at, share in enumerate(shares) if share)] += rest
    portions: list[Portion] = []
    further = {part.to: part.split for part in rule.parts if part.split}
    for (to, head, share), some in zip(parts, amounts, strict=True):
        signed = -some if amount < 0 else some
        if to in further:
            portions += _divide(rules, rules[further[to]], signed, heads, quantum, (*path, to))
        else:
            portions.append(Portion((*path, to), head, share, signed))
    return portions


def exact_parts(rule: SplitRule, heads: Heads) -> list[tuple[str, int, Fraction]]:
    """Return each head of a split with its exact part of the whole: group, place, part; the parts sum to 1.

    Raises:
        BadHeads: nobody is there to take the amount.
    """
    weights = {part.to: _head_weights(part, heads) for part in rule.parts}
    taken = {part.to: _taken(part, weights[part.to]) for part in rule.parts}
    total = sum(taken.values(), Fraction(0))
    if rule.is_weighted and total:
        taken, total = {to: share / total for to, share in taken.items()}, Fraction(1)
    left = 1 - total
    if left:
        taken = _with_left_over(rule, taken, left, weights)
    rows: list[tuple[str, int, Fraction]] = []
    for to, share in taken.items():
        of_heads = weights.get(to, [Fraction(1)])
        everyone = sum(of_heads, Fraction(0))
        rows += [(to, at, share * weight / everyone) for at, weight in enumerate(of_heads, start=1) if everyone]
    return rows


def _head_weights(part: SplitPart, heads: Heads) -> list[Fraction]:
    """Return the weight of each head of a group; a group that is divided further has one."""
    given = heads.get(part.to, 1)
    weights = [Fraction(1)] * given if isinstance(given, int) else [Fraction(weight) for weight in given]
    if (isinstance(given, int) and given < 0) or any(weight < 0 for weight in weights):
        raise BadHeads(f"{part.to}: heads cannot be below zero.", "Correct the number of heads or their weights.")
    return [sum(weights, Fraction(0))] if part.split and weights else weights


def _taken(part: SplitPart, weights: Sequence[Fraction]) -> Fraction:
    """Return what a group takes of the whole before what is left over; nobody takes nothing."""
    if not sum(weights, Fraction(0)):
        return Fraction(0)
    if part.each is not None:
        together = part.each * len(weights)
        return together if part.cap is None else min(together, part.cap)
    return (part.share if part.share is not None else part.weight) or Fraction(0)


def _with_left_over(
    rule: SplitRule, taken: Mapping[str, Fraction], left: Fraction, weights: Mapping[str, Sequence[Fraction]]
) -> dict[str, Fraction]:
    """Give what is left over to whom the rule says; where nobody of it is there it goes back to the pool."""
    whole = 1 - left
    if rule.left_over in taken and sum(weights[rule.left_over], Fraction(0)):
        return {to: share + (left if to == rule.left_over else 0) for to, share in taken.items()}
    if rule.left_over == LeftOver.PRO_RATA and whole:
        return {to: share / whole for to, share in taken.items()}
    if rule.left_over == LeftOver.POOL:
        return {**taken, POOL: left}
    raise BadHeads(
        f"The split {rule.name} leaves {left} of the whole, and there is nobody to take it.",
        'Give the heads of each group, or write left_over = "pool" in the policy.',
    )


# ---- reading ----


def parse_splits(top: Table) -> tuple[SplitRule, ...]:
    """Read [[splits]].

    Raises:
        BadPolicy: shares over 1, or not exactly 1 where nothing may be left over; unknown or cyclic further splits.
    """
    rules: list[SplitRule] = []
    tables = list(top.tables("splits"))
    names = [table.name("name") for table in tables]
    for table in tables:
        table.refuse_other_keys("name", "title", "left_over", "ties", "rights", "parts", "normalise")
        name = table.name("name")
        refuse_twice(table, "name", name, (rule.name for rule in rules))
        rules.append(_parse_split(table, name, names))
    _refuse_cycles(top, rules)
    return tuple(rules)


def _parse_split(table: Table, name: str, names: Sequence[str]) -> SplitRule:
    parts: list[SplitPart] = []
    rows = list(table.tables("parts"))
    for row in rows:
        part = _parse_part(row, names)
        refuse_twice(row, "to", part.to, (other.to for other in parts))
        parts.append(part)
    if not parts:
        raise table.bad("parts", "a split needs parts", "Write [[splits.parts]] with to and share.")
    if table.flag("normalise"):
        parts = [replace(part, share=None, weight=_required_share(table, part)) for part in parts]
    weighted = [part for part in parts if part.weight is not None]
    if weighted and len(weighted) < len(parts):
        raise table.bad("", "mixes weights and shares", "Write weight for every part, or for none.")
    if weighted and not any(part.weight for part in weighted):
        raise table.bad("", "every weight is zero", "Give at least one part a weight.")
    rule = SplitRule(
        name,
        table.text("title", name),
        tuple(parts),
        _left_over(table, [part.to for part in parts]),
        table.choice("ties", Ties, Ties.FIRST),
        _rights(table),
    )
    if not weighted:
        _require_whole(table, rule)
    return rule


def _rights(table: Table) -> tuple[str, ...]:
    rights = table.texts("rights")
    for right in rights:
        if right not in ("PR", "MR", "SR"):
            raise table.bad("rights", f"{right!r} is no right", near(right, ("PR", "MR", "SR")))
    return rights


def _parse_part(row: Table, names: Sequence[str]) -> SplitPart:
    row.refuse_other_keys("to", "share", "each", "cap", "weight", "split", "roles", "account")
    written = [key for key in ("share", "each", "weight") if row.has(key)]
    if len(written) != 1:
        what = " and ".join(written) or "no share"
        raise row.bad("", f"has {what}", 'Write exactly one of share = "45 %", each = "7 %", weight = 4.')
    if row.has("cap") and not row.has("each"):
        raise row.bad("cap", "goes only with each", "Take it away, or write each.")
    _require_recipient(row)
    return SplitPart(
        to=row.name("to"),
        share=row.number("share", 0, 1) if row.has("share") else None,
        each=row.number("each", 0, 1) if row.has("each") else None,
        cap=row.number("cap", 0, 1) if row.has("cap") else None,
        weight=row.number("weight", 0) if row.has("weight") else None,
        split=row.known_name("split", names, "split") if row.has("split") else "",
        roles=row.texts("roles"),
        account=row.name("account") if row.has("account") else "",
        line=row.line,
    )


def _require_recipient(row: Table) -> None:
    """Refuse a part that names two kinds of recipients, an account without a fixed share, or roles that are none."""
    named = [key for key in ("split", "roles", "account") if row.has(key)]
    if len(named) > 1:
        raise row.bad(named[1], f"stands beside {named[0]}", "Name one: who gets the part, or how it is divided.")
    if row.has("account") and not row.has("share"):
        raise row.bad("account", "goes only with share", 'Write share = "2.5 %", of the whole pool.')
    if wrong := [role for role in row.texts("roles") if not _ROLE.fullmatch(role)]:
        raise row.bad("roles", f"{wrong[0]!r} is no role", 'Write the letters of the catalogue, such as "CA" or "E".')


def _required_share(table: Table, part: SplitPart) -> Fraction:
    if part.share is None:
        raise table.bad("normalise", f"{part.to} has no share", "Only shares can be normalised.")
    return part.share


def _left_over(table: Table, parts: Sequence[str]) -> str:
    value = table.text("left_over", LeftOver.REFUSED.value)
    if value not in list(LeftOver) and value not in parts:
        raise table.bad("left_over", f"{value!r} is unknown", near(value, [*LeftOver, *parts]))
    return value


def _require_whole(table: Table, rule: SplitRule) -> None:
    """Refuse shares over 1, and shares below 1 where nothing may be left over."""
    nothing = Fraction(0)
    shares = [part.share if part.share is not None else part.cap or part.each or nothing for part in rule.parts]
    total = sum(shares, Fraction(0))
    if total > 1:
        raise table.bad(
            "parts",
            f"the shares sum to {format_share(total)}, which is more than the whole",
            "Correct them, or write normalise = true to divide in their proportion.",
        )
    has_heads = any(part.each is not None for part in rule.parts)
    if rule.left_over == LeftOver.REFUSED and (total != 1 or has_heads):
        raise table.bad(
            "parts",
            f"the shares sum to {format_share(total)}, and nothing says what becomes of the rest",
            'Correct them, or write left_over = "pro_rata", "pool" or the name of a part.',
        )


def _refuse_cycles(top: Table, rules: Iterable[SplitRule]) -> None:
    further = {rule.name: [part.split for part in rule.parts if part.split] for rule in rules}
    if circle := find_circle(further):
        raise top.bad("splits", f"lead in a circle: {' -> '.join(circle)}", "Let one of them end in recipients.")


def find_circle(leads_to: Mapping[str, Sequence[str]]) -> list[str]:
    """Return a circle of names, its first name again at the end, or nothing where there is none."""
    done: set[str] = set()

    def walk(name: str, way: list[str]) -> list[str]:
        if name in way:
            return [*way[way.index(name) :], name]
        if name in done:
            return []
        for other in leads_to.get(name, ()):
            if circle := walk(other, [*way, name]):
                return circle
        done.add(name)
        return []

    for name in leads_to:
        if circle := walk(name, []):
            return circle
    return []
