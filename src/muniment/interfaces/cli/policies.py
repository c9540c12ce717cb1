"""The commands `muniment distribution policy …`: explain, check and compare what decides how money is divided."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from muniment.interfaces.cli.console import console, print_table
from muniment.interfaces.policy_words import Section, placement_sentences, sections_of, worked_sections
from muniment.kernel.words.money import parse_amount
from muniment.kernel.words.problems import UserError
from muniment.pay.distributions import queries
from muniment.pay.distributions.queries.policies import check_policy, compare_policies, examples_of, policy_named_or_in
from muniment.pay.distributions.rules.policies.examples import figures_of
from muniment.pay.distributions.rules.policies.formulas import evaluate
from muniment.pay.distributions.rules.policies.numbers import format_number
from muniment.pay.distributions.rules.policies.policy import Policy
from muniment.pay.distributions.rules.policies.pools import place_pools
from muniment.pay.distributions.rules.policies.worked import parse_line, sample_lines, work_through

policy_app = typer.Typer(no_args_is_help=True, help="Explain, check and compare distribution policies.")

Name = Annotated[str, typer.Argument(help="Such as census-1, census for its newest version, or a .toml file.")]


@policy_app.command()
def explain(
    name: Name,
    amount: Annotated[str, typer.Option(help="An amount to take through the policy, in whole units.")] = "10000",
    currency: Annotated[str, typer.Option(help="Its currency.")] = "",
    line: Annotated[list[str] | None, typer.Option(help="kind=…,duration=3:01,count=2,time=07:30,station=…")] = None,
    split: Annotated[str, typer.Option(help="The split that comes before points.")] = "",
    heads: Annotated[list[str] | None, typer.Option(help="GROUP=NUMBER, how many there are in a group.")] = None,
    when: Annotated[list[str] | None, typer.Option(help="A deduction that is taken only at times.")] = None,
    formula: Annotated[str, typer.Option(help="Work through this formula instead; give its figures by --given.")] = "",
    given: Annotated[list[str] | None, typer.Option(help="NAME=FIGURE for an input of the formula.")] = None,
    pool: Annotated[list[str] | None, typer.Option(help="POOL=AMOUNT: say by whose usage it is divided.")] = None,
    usage: Annotated[list[str] | None, typer.Option(help="POOL=POINTS of its own usage; left out is none.")] = None,
) -> None:
    """Say in sentences what a policy does, and take an example amount through each step."""
    policy = policy_named_or_in(name)
    if formula:
        _show_formula(policy, formula, _pairs(given or [], "--given"))
        return
    if pool:
        _show_pools(policy, _pairs(pool, "--pool"), _pairs(usage or [], "--usage"), currency)
        return
    console.print(f"{policy.title} ({policy.name})\n{policy.description}", markup=False)
    if policy.source:
        console.print(f"Source: {policy.source}", markup=False)
    _show(sections_of(policy))
    chosen = currency or next(iter(policy.minimum_payout), "")
    lines = [parse_line(text) for text in line or []] or sample_lines(policy.points)
    counts = {group: _count(group, text) for group, text in _pairs(heads or [], "--heads").items()}
    worked = work_through(
        policy, _positive(amount, chosen), chosen, lines, split=split, heads=counts, labels=tuple(when or ())
    )
    console.print(f"\nAn example: {chosen} {amount}")
    _show(worked_sections(worked))
    _show_examples(policy)


def _positive(text: str, currency: str) -> int:
    amount_micro = parse_amount(text, currency)
    if amount_micro < 0:
        raise UserError(f"{text} is below zero.", "Give an amount of zero or more.")
    return amount_micro


def _pairs(texts: Iterable[str], option: str) -> dict[str, str]:
    pairs = [text.partition("=") for text in texts]
    for name, sign, value in pairs:
        if not sign or not value.strip():
            raise UserError(f"{option} {name}: no value is given.", f"Write {option} NAME=VALUE.")
    return {name.strip(): value.strip() for name, _sign, value in pairs}


def _count(group: str, text: str) -> int:
    if not text.isdecimal() or int(text) > 10**6:
        raise UserError(f"{group}={text}: {text!r} is no whole number up to a million.", "Correct it.")
    return int(text)


def _show(sections: Iterable[Section]) -> None:
    for section in sections:
        console.print(f"\n{section.title}", markup=False)
        for place, sentence in enumerate(section.sentences, start=1):
            console.print(f"  {f'{place}.' if section.is_ordered else '-'} {sentence}", markup=False, soft_wrap=True)


def _show_pools(policy: Policy, amounts: dict[str, str], usage: dict[str, str], currency: str) -> None:
    chosen = currency or next(iter(policy.minimum_payout), "")
    placed = place_pools(
        policy.pools,
        {name: _positive(text, chosen) for name, text in amounts.items()},
        {name: _count(name, text) for name, text in usage.items()},
        chosen,
    )
    _show([Section(f"Pools of {policy.name}", tuple(placement_sentences(placed, chosen)))])


def _show_formula(policy: Policy, name: str, given: dict[str, str]) -> None:
    formula = policy.formula(name)
    console.print(formula.title, markup=False)
    for done in evaluate(formula, given):
        rounded = f" (before rounding {format_number(done.exact)})" if done.exact != done.value else ""
        console.print(f"  {done.step.name} = {format_number(done.value)}{rounded}", markup=False)


def _show_examples(policy: Policy) -> None:
    found = examples_of(policy)
    if found:
        console.print("\nExamples that the policy carries")
    for example, wrong in found:
        figures = figures_of(policy, example)
        listed = ", ".join(f"{name} {figures.get(name, '?')}" for name in example.gives)
        console.print(f"  - {example.title}: {listed}{'' if not wrong else ' (otherwise than written)'}", markup=False)


@policy_app.command()
def check(file: Annotated[Path, typer.Argument(help="A policy file.")]) -> None:
    """Read a policy file and compute its examples; status 1 where one comes out otherwise, 2 where it is refused."""
    policy, examples, wrong = check_policy(file)
    console.print(
        f"{policy.name}: {len(policy.pools)} pools, {len(policy.deductions)} deductions, "
        f"{len(policy.formulas)} formulas, {len(policy.splits)} splits, {len(policy.holds)} hold rules, "
        f"{len(examples)} examples."
    )
    for one in wrong:
        place = f"{file.name}, line {one.example.line}: {one.example.title}"
        what = f"{one.name} is {one.found}, not {one.expected}" if one.name else one.found
        console.print(f"{place}: {what}.", style="red", markup=False, soft_wrap=True)
    if wrong:
        raise typer.Exit(1)
    console.print("The policy can be used, and every example comes out as written.")


@policy_app.command()
def diff(before: Name, after: Name) -> None:
    """List every key in which two policies differ."""
    changes = compare_policies(before, after)
    if not changes:
        console.print("The two say the same.")
        return
    rows: list[list[object]] = [[change.key, change.before, change.after] for change in changes]
    print_table("Changes", ["Key", "Before", "After"], rows)


def policies() -> None:
    """List the distribution policies and what they say."""
    rows: list[list[object]] = [
        [
            policy.name,
            policy.title,
            ", ".join(pool.kind.value for pool in policy.pools) or "the funds' own reports",
            policy.points.duration_rule,
            ", ".join(f"{rule.name} of {rule.base_text}" for rule in policy.deductions),
        ]
        for policy in queries.list_policies()
    ]
    print_table("Policies", ["Policy", "Title", "Pools", "Points by", "Deductions, in order"], rows)
