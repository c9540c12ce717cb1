"""The deductions of payees in SQL, from the allocations of a run and its policy; see `verification.py`.

Each rule becomes a step of one query: its base, its amount as a quotient of 128-bit integers, and what it leaves.
Nothing of the first implementation is used.
"""

from collections.abc import Iterator
from fractions import Fraction

import pyarrow as pa

from muniment.kernel.columns.engine import query
from muniment.kernel.words.money import micro_per_unit, parse_amount
from muniment.pay.distributions.rules import Base, DeductionRule, Measure, Policy
from muniment.pay.distributions.rules.policies.numbers import Direction, Rounding

TAKEN = pa.schema(
    [
        pa.field("party_id", pa.int64(), nullable=False),
        pa.field("ordinal", pa.int32(), nullable=False),
        pa.field("account", pa.string(), nullable=False),
        pa.field("base_micro", pa.int64(), nullable=False),
        pa.field("amount_micro", pa.int64(), nullable=False),
    ]
)
"""What is taken from payees, by party and then in the order of the policy (from 1); nothing that is zero."""


def sql_taken(allocations: pa.Table, policy: Policy, currency: str, payees: pa.Table, named: pa.Table) -> pa.Table:
    """Return TAKEN of a run.

    Args:
        payees: PAYEES, with the country of each where it is known.
        named: party_id and label, as named at the draft.
    """
    if not policy.payee_deductions:
        return TAKEN.empty_table()
    by_country = [(country, rule.name) for rule in policy.payee_labels for country in rule.countries]
    countries = pa.table(
        {
            "country": pa.array([country for country, _ in by_country], pa.string()),
            "label": pa.array([label for _, label in by_country], pa.string()),
        }
    )
    if "country" not in payees.column_names:
        payees = payees.append_column("country", pa.nulls(payees.num_rows, pa.string()))
    sql = "\n".join(_statement(policy.payee_deductions, currency))
    return query(sql, allocation=allocations, payee=payees, named=named, of_country=countries).cast(TAKEN)


_BEGIN = """
    WITH label AS (
        SELECT party_id, label FROM named
        UNION SELECT party_id, label FROM payee JOIN of_country USING (country)
    ), step_0 AS (
        SELECT payee_id AS party_id, sum(amount_micro)::HUGEINT AS gross, sum(amount_micro)::HUGEINT AS left_0
        FROM allocation WHERE status = 'PAYABLE' GROUP BY 1 HAVING sum(amount_micro) > 0
    )"""


def _statement(rules: tuple[DeductionRule, ...], currency: str) -> Iterator[str]:
    """Yield the query: for each rule whether it is taken, its base, what it takes, and what it leaves."""
    yield _BEGIN
    accounts = [rule.account for rule in rules]
    for step, rule in enumerate(rules, start=1):
        label = rule.label.replace("'", "''")
        asks = f"EXISTS (SELECT 1 FROM label l WHERE l.party_id = s.party_id AND l.label = '{label}')"  # noqa: S608
        before, base = f"left_{step - 1}", _base(rule, accounts, step)
        yield f""", on_{step} AS (SELECT s.*, {asks if label else "true"} AS on_{step} FROM step_{step - 1} s),
        base_{step} AS (SELECT *, ({base})::HUGEINT AS base_{step} FROM on_{step}),
        took_{step} AS (SELECT *, CASE WHEN on_{step} THEN least({_amount(rule, step, currency)}, {before})
                                  ELSE 0 END AS took_{step} FROM base_{step}),
        step_{step} AS (SELECT *, {before} - took_{step} AS left_{step} FROM took_{step})"""  # noqa: S608 - a label is quoted
    rows = (
        f"SELECT party_id, {step}::INTEGER AS ordinal, '{rule.account}' AS account,"  # noqa: S608 - names are checked
        f" base_{step}::BIGINT AS base_micro, took_{step}::BIGINT AS amount_micro"
        f" FROM step_{len(rules)} WHERE took_{step} <> 0"
        for step, rule in enumerate(rules, start=1)
    )
    yield " UNION ALL ".join(rows) + " ORDER BY party_id, ordinal"


def _base(rule: DeductionRule, accounts: list[str], step: int) -> str:
    """Return the base of a rule; a named step that was not taken has left what is left, and took nothing."""
    if rule.of:
        named = accounts.index(rule.of) + 1
        if rule.measure is Measure.TAKEN:
            return f"took_{named}"
        return f"CASE WHEN on_{named} THEN left_{named} ELSE left_{step - 1} END"
    return "gross" if rule.base is Base.GROSS else f"left_{step - 1}"


def _amount(rule: DeductionRule, step: int, currency: str) -> str:
    """Return what a rule takes of its base, before it is cut to what is left."""
    if rule.fixed is not None:
        return f"{parse_amount(rule.fixed[currency], currency)}::HUGEINT"
    rate = Fraction(rule.rate_ppm, 1_000_000) if rule.rate is None else rule.rate
    part = rate / (1 + rate) if rule.is_included else rate
    if rule.rounding is None:
        return f"(base_{step} * {part.numerator} // {part.denominator})"
    return _rounded(rule.rounding, part, f"base_{step}", micro_per_unit(currency))


def _rounded(rounding: Rounding, part: Fraction, base: str, unit: int) -> str:
    """Return a part of a base as a multiple of the rounding's unit, in micro-units."""
    step = rounding.unit * unit
    over, under = part.numerator * step.denominator, part.denominator * step.numerator
    value = f"({base} * {over})"
    whole, rest = f"({value} // {under})", f"({value} % {under})"
    up = {
        Direction.UP: f"{rest} > 0",
        Direction.DOWN: "false",
        Direction.NEAREST: f"2 * {rest} >= {under}",
        Direction.EVEN: f"2 * {rest} > {under} OR (2 * {rest} = {under} AND {whole} % 2 = 1)",
    }[rounding.direction]
    return f"(({whole} + CASE WHEN {up} THEN 1 ELSE 0 END) * {step.numerator} // {step.denominator})"
