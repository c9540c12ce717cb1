"""Examples that a policy carries: published figures beside the rules, computed again whenever the policy is checked.

[[examples]]
title = "One concert for a fee of 1,750"
formula = "concert_points"                       # or split, points, deductions, payee_deductions
given = { fee = "1750", concerts = "1" }
gives = { points_of_concert = "1800" }
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Any

from muniment.kernel.words.money import MICRO_PER_CENT, format_amount, parse_amount
from muniment.kernel.words.problems import UserError
from muniment.pay.distributions.rules.policies.deductions import deduct
from muniment.pay.distributions.rules.policies.formulas import evaluate
from muniment.pay.distributions.rules.policies.numbers import BadNumber, format_number, parse_number
from muniment.pay.distributions.rules.policies.policy import Policy, policy_of
from muniment.pay.distributions.rules.policies.recipients import Heads, divide
from muniment.pay.distributions.rules.policies.tables import BadPolicy, Table, read_tables
from muniment.pay.distributions.rules.policies.worked import ExampleLine, divide_lines, line_of_values, points_of_line


class ExampleKind(StrEnum):
    """What an example shows."""

    FORMULA = "formula"
    SPLIT = "split"
    POINTS = "points"
    DEDUCTIONS = "deductions"
    PAYEE_DEDUCTIONS = "payee_deductions"


_KEYS: Mapping[ExampleKind, tuple[str, ...]] = {
    ExampleKind.FORMULA: ("given",),
    ExampleKind.SPLIT: ("amount", "currency", "heads", "whole"),
    ExampleKind.POINTS: ("lines", "amount", "currency", "whole"),
    ExampleKind.DEDUCTIONS: ("amount", "currency", "labels"),
    ExampleKind.PAYEE_DEDUCTIONS: ("amount", "currency", "labels"),
}


@dataclass(frozen=True, slots=True)
class Example:
    """One example: what is given, and what must come out, as texts by name; `line` is where it stands in the file.

    `quantum` is the least amount of the currency that is given, in micro-units. `note` says what is odd about the
    published figures.
    """

    kind: ExampleKind
    title: str
    subject: str
    given: Mapping[str, str]
    amount: str
    currency: str
    heads: Heads
    lines: tuple[ExampleLine, ...]
    labels: tuple[str, ...]
    quantum: int
    gives: Mapping[str, str]
    note: str
    line: int


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A figure of an example that comes out otherwise."""

    example: Example
    name: str
    expected: str
    found: str


def figures_of(policy: Policy, example: Example) -> dict[str, str]:
    """Compute an example and return its figures by name.

    Of a formula they are the steps; of a split the groups (with "1", "2" … behind a group of several heads); of points
    the lines by number, or the amounts they get where an amount is given; of deductions the accounts, and `net`.

    Raises:
        UserError: the example does not go with the policy.
    """
    amount_micro = parse_amount(example.amount, example.currency) if example.amount else 0
    if example.kind is ExampleKind.FORMULA:
        steps = evaluate(policy.formula(example.subject), example.given)
        return {done.step.name: format_number(done.value) for done in steps}
    if example.kind is ExampleKind.SPLIT:
        return _portions(policy, example, amount_micro)
    if example.kind is ExampleKind.POINTS:
        if not example.amount:
            points = [points_of_line(policy.points, line) for line in example.lines]
            return {f"{at}": format_number(some) for at, some in enumerate(points, start=1)}
        amounts = divide_lines(policy.points, amount_micro, example.lines, example.quantum)
        return {f"{at}": format_amount(some, example.currency) for at, some in enumerate(amounts, start=1)}
    rules = policy.deductions if example.kind is ExampleKind.DEDUCTIONS else policy.payee_deductions
    taken = deduct(amount_micro, rules, currency=example.currency, labels=example.labels)
    figures = {step.rule.account: format_amount(step.amount_micro, example.currency) for step in taken}
    net_micro = taken[-1].left_micro if taken else amount_micro
    return {**figures, "net": format_amount(net_micro, example.currency)}


def _portions(policy: Policy, example: Example, amount_micro: int) -> dict[str, str]:
    portions = divide(policy.split_rules, example.subject, amount_micro, example.heads, example.quantum)
    alone = [portion.path for portion in portions]
    return {
        "/".join(portion.path) + (f"/{portion.head}" if alone.count(portion.path) > 1 else ""): format_amount(
            portion.amount, example.currency
        )
        for portion in portions
    }


def mismatches(policy: Policy, examples: Sequence[Example]) -> list[Mismatch]:
    """Compute all examples and return every figure that does not come out as written."""
    wrong: list[Mismatch] = []
    for example in examples:
        try:
            found = figures_of(policy, example)
        except UserError as error:
            wrong.append(Mismatch(example, "", "", str(error)))
            continue
        wrong += [
            Mismatch(example, name, expected, found.get(name, "nothing of this name"))
            for name, expected in example.gives.items()
            if name not in found or _value(found[name]) != _value(expected)
        ]
    return wrong


def _value(text: str) -> Fraction | str:
    """Return a figure as a number, so that 1.5 and 1.50 and 3/2 are one."""
    try:
        return parse_number(text)
    except BadNumber:
        return text


# ---- reading ----


def parse_with_examples(text: str, file_name: str) -> tuple[Policy, tuple[Example, ...]]:
    """Read a policy and its examples.

    Raises:
        BadPolicy: see `parse_policy`; or an example that cannot be read.
    """
    top = read_tables(text, file_name)
    policy = policy_of(top, text)
    return policy, tuple(_parse_example(table, policy) for table in top.tables("examples"))


def _parse_example(table: Table, policy: Policy) -> Example:
    kinds = [kind for kind in ExampleKind if table.has(kind.value)]
    if len(kinds) != 1:
        raise table.bad("", "shows nothing, or two things", f"Write exactly one of: {', '.join(ExampleKind)}.")
    kind = kinds[0]
    table.refuse_other_keys("title", "gives", "note", kind.value, *_KEYS[kind])
    known = {
        ExampleKind.FORMULA: [formula.name for formula in policy.formulas],
        ExampleKind.SPLIT: [split.name for split in policy.splits],
    }
    subject = table.known_name(kind.value, known[kind], kind.value) if kind in known else ""
    gives = table.table("gives")
    return Example(
        kind=kind,
        title=table.text("title"),
        subject=subject,
        given=_texts(table.table("given")) if table.has("given") else {},
        amount=table.text("amount", ""),
        currency=table.text("currency", ""),
        heads=_heads(table),
        lines=_lines(table),
        labels=table.texts("labels"),
        quantum=MICRO_PER_CENT if table.text("whole", "minor") == "minor" else 1,
        gives=_texts(gives),
        note=table.text("note", ""),
        line=table.lines.get(table.path, 1),
    )


def _texts(table: Table) -> dict[str, str]:
    """Return the figures of a table as texts; a binary fraction is refused."""
    for key, value in table.values.items():
        if not isinstance(value, str):
            table.as_number(key, value)
    return {key: str(value) for key, value in table.values.items()}


def _heads(table: Table) -> Heads:
    """Read heads: a number for each group, or a list of the weights in it."""
    if not table.has("heads"):
        return {}
    heads = table.table("heads")

    def read(key: str, value: Any) -> int | list[Fraction]:
        if isinstance(value, list):
            return [heads.as_number(key, weight, 0) for weight in value]
        return heads.whole(key, 0, 10**6)

    return {key: read(key, value) for key, value in heads.values.items()}


def _lines(table: Table) -> tuple[ExampleLine, ...]:
    try:
        return tuple(line_of_values(_texts(row)) for row in table.tables("lines"))
    except UserError as error:
        if isinstance(error, BadPolicy):
            raise
        raise table.bad("lines", error.message.rstrip("."), error.remedy) from None
