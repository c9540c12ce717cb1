"""Labels of payees: which deductions of payees are taken from whom."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from muniment.pay.distributions.rules.policies.deductions import DeductionRule
from muniment.pay.distributions.rules.policies.tables import Table, refuse_twice


@dataclass(frozen=True, slots=True)
class LabelRule:
    """A label that every payee of some countries has; a label without a rule is named for each payee."""

    name: str
    countries: tuple[str, ...]


def parse_labels(top: Table, rules: Sequence[DeductionRule]) -> tuple[LabelRule, ...]:
    """Read [[payee_labels]].

    Raises:
        BadPolicy: no deduction of payees asks for the label, it is there twice, or a country is none.
    """
    asked = sorted({rule.label for rule in rules if rule.label})
    found: list[LabelRule] = []
    for table in top.tables("payee_labels"):
        table.refuse_other_keys("name", "countries")
        name = table.known_name("name", asked, "label (`when` of a deduction of payees)")
        refuse_twice(table, "name", name, (rule.name for rule in found))
        countries = table.texts("countries")
        if not countries:
            raise table.bad("countries", "is not given", 'Write countries = ["GB"].')
        if wrong := [code for code in countries if not (len(code) == 2 and code.isascii() and code.isupper())]:
            raise table.bad("countries", f"{wrong[0]!r} is no country", "Write the two capital letters of ISO 3166.")
        found.append(LabelRule(name, countries))
    return tuple(found)


def labels_of(rules: Sequence[LabelRule], country: str, named: Collection[str]) -> frozenset[str]:
    """Return the labels of a payee: those named for it, and those that its country (empty: unknown) gives it."""
    return frozenset(named) | {rule.name for rule in rules if country in rule.countries}
