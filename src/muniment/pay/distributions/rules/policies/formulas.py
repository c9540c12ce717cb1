"""Formulas: named steps of a few kinds, each an exact figure made of inputs and of the steps above it.

There is no expression language. A step names its kind and its operands; an operand is an input, an earlier step or a
number. Every kind gives one exact number for any numbers, except a division by zero, which is refused.

    [[formulas]]
    name = "concert_points"
    inputs = { fee = "the licence fee", concerts = "concerts it was paid for" }

    [[formulas.steps]]
    name = "fee_of_one"
    kind = "quotient"
    of = "fee"
    by = "concerts"
    round = "up to 100"
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from muniment.kernel.words.problems import UserError
from muniment.pay.distributions.rules.policies.numbers import BadNumber, Rounding, parse_number
from muniment.pay.distributions.rules.policies.tables import Table, near, refuse_twice


class BadFigures(UserError):
    """The figures given to a formula cannot be used: one is missing, unknown, no number, or divides by zero."""


class StepKind(StrEnum):
    """What a step does with its operands; `KINDS` says which each has."""

    SUM = "sum"
    DIFFERENCE = "difference"
    PRODUCT = "product"
    QUOTIENT = "quotient"
    NET_TO_GROSS = "net_to_gross"
    LESSER = "lesser"
    GREATER = "greater"
    CLAMP = "clamp"
    STARTED = "started"
    BANDS = "bands"
    THRESHOLDS = "thresholds"
    WHEN = "when"
    CHOOSE = "choose"


@dataclass(frozen=True, slots=True)
class Operand:
    """A number, or the name of an input or of an earlier step."""

    name: str = ""
    literal: Fraction = Fraction(0)


Operands = Mapping[str, tuple[Operand, ...]]
Values = Mapping[str, Sequence[Fraction]]


@dataclass(frozen=True, slots=True)
class KindRule:
    """The keys of a kind (True: a list of operands, False: one), those that may be left out, and its arithmetic."""

    keys: Mapping[str, bool]
    compute: Callable[[Values], Fraction]
    optional: tuple[str, ...] = ()


def _product(values: Values) -> Fraction:
    product = Fraction(1)
    for value in values["of"]:
        product *= value
    return product


def _clamp(values: Values) -> Fraction:
    """Keep a figure between a low and a high one; the high one counts where they cross."""
    low = max([values["of"][0], *values.get("low", ())])
    return min([low, *values.get("high", ())])


def _started(values: Values) -> Fraction:
    """Count the units that have begun beyond `above`; none where the figure does not reach it."""
    beyond = values["of"][0] - sum(values.get("above", ()))
    return Fraction(max(0, -(-beyond // values["unit"][0])))


def _bands(values: Values) -> Fraction:
    """Take each band of a figure at its own rate; the last rate is for all above the last edge."""
    figure, low, total = values["of"][0], Fraction(0), Fraction(0)
    for edge, rate in zip([*values["edges"], max(figure, *values["edges"])], values["rates"], strict=True):
        total += max(Fraction(0), min(figure, edge) - low) * rate
        low = max(low, edge)
    return total


def _thresholds(values: Values) -> Fraction:
    """Return the value of the highest edge that the figure reaches; the first value is for below every edge."""
    reached = sum(1 for edge in values["edges"] if values["of"][0] >= edge)
    return values["values"][reached]


def _when(values: Values) -> Fraction:
    """Return `then` where the figure is at least (or above) the other one, else `otherwise`."""
    figure = values["of"][0]
    holds = all(figure >= limit for limit in values.get("at_least", ()))
    holds = holds and all(figure > limit for limit in values.get("above", ()))
    return values["then" if holds else "otherwise"][0]


KINDS: Mapping[StepKind, KindRule] = {
    StepKind.SUM: KindRule({"of": True}, lambda values: sum(values["of"], Fraction(0))),
    StepKind.DIFFERENCE: KindRule(
        {"of": False, "less": True}, lambda values: values["of"][0] - sum(values["less"], Fraction(0))
    ),
    StepKind.PRODUCT: KindRule({"of": True}, _product),
    StepKind.QUOTIENT: KindRule({"of": False, "by": False}, lambda values: values["of"][0] / values["by"][0]),
    StepKind.NET_TO_GROSS: KindRule(
        {"of": False, "rate": False}, lambda values: values["of"][0] / (1 - values["rate"][0])
    ),
    StepKind.LESSER: KindRule({"of": True}, lambda values: min(values["of"])),
    StepKind.GREATER: KindRule({"of": True}, lambda values: max(values["of"])),
    StepKind.CLAMP: KindRule({"of": False, "low": False, "high": False}, _clamp, ("low", "high")),
    StepKind.STARTED: KindRule({"of": False, "unit": False, "above": False}, _started, ("above",)),
    StepKind.BANDS: KindRule({"of": False, "edges": True, "rates": True}, _bands),
    StepKind.THRESHOLDS: KindRule({"of": False, "edges": True, "values": True}, _thresholds),
    StepKind.WHEN: KindRule(
        {"of": False, "at_least": False, "above": False, "then": False, "otherwise": False},
        _when,
        ("at_least", "above"),
    ),
    StepKind.CHOOSE: KindRule({"cases": True}, lambda values: values["cases"][0]),
}
"""Every kind of step there is."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its figure is called `name`. `labels` are the cases of `choose`, which reads the input `chooser`."""

    name: str
    kind: StepKind
    title: str
    operands: Operands
    rounding: Rounding | None
    chooser: str = ""
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula; `inputs` says in words what each figure is, the last step is its result."""

    name: str
    title: str
    inputs: Mapping[str, str]
    steps: tuple[Step, ...]

    @property
    def result(self) -> str:
        """Return the name of the figure that the formula is for."""
        return self.steps[-1].name


@dataclass(frozen=True, slots=True)
class StepValue:
    """What a step came to: its operands, its exact figure, and that figure as rounded."""

    step: Step
    operands: Mapping[str, tuple[Fraction, ...]]
    exact: Fraction
    value: Fraction


Given = Mapping[str, str | int | Fraction]

_LONGEST_FIGURE_BITS = 4_096
"""Steps that multiply themselves again and again could fill the memory; no figure of money has a thousand digits."""


def evaluate(formula: Formula, given: Given) -> list[StepValue]:
    """Compute every step of a formula from the figures given, in order.

    Raises:
        BadFigures: an input is missing, unknown or no number, a case is unknown, or a step divides by zero.
    """
    for name in given:
        if name not in formula.inputs:
            raise BadFigures(f"{formula.name} has no input {name!r}.", near(name, formula.inputs))
    for name, meaning in formula.inputs.items():
        if name not in given:
            raise BadFigures(f"{formula.name} needs {name}: {meaning}.", "Give it a figure; none is ever guessed.")
    figures: dict[str, Fraction] = {}
    done: list[StepValue] = []
    for step in formula.steps:
        operands = {
            key: tuple(_figure(operand, figures, given) for operand in some)
            for key, some in _chosen(step, given).items()
        }
        try:
            exact = KINDS[step.kind].compute(operands)
        except ZeroDivisionError:
            raise BadFigures(
                f"{formula.name}: the step {step.name} divides by zero.", "Correct the figure that it divides by."
            ) from None
        if max(exact.numerator.bit_length(), exact.denominator.bit_length()) > _LONGEST_FIGURE_BITS:
            raise BadFigures(f"{formula.name}: the step {step.name} has too many digits.", "Round an earlier step.")
        value = step.rounding.apply(exact) if step.rounding else exact
        figures[step.name] = value
        done.append(StepValue(step, operands, exact, value))
    return done


def _chosen(step: Step, given: Given) -> Operands:
    """Return the operands of a step; of a choice only those of the case that is given."""
    if step.kind is not StepKind.CHOOSE:
        return step.operands
    label = str(given[step.chooser])
    if label not in step.labels:
        raise BadFigures(f"{step.name} has no case {label!r}.", near(label, step.labels))
    return {"cases": (step.operands["cases"][step.labels.index(label)],)}


def _figure(operand: Operand, figures: Mapping[str, Fraction], given: Given) -> Fraction:
    if not operand.name:
        return operand.literal
    if operand.name in figures:
        return figures[operand.name]
    value = given[operand.name]
    try:
        return parse_number(value) if isinstance(value, str) else Fraction(value)
    except BadNumber as error:
        raise BadFigures(f"{operand.name}: {error.message}", error.remedy) from None


# ---- reading ----


def parse_formula(table: Table) -> Formula:
    """Read one [[formulas]] table.

    Raises:
        BadPolicy: a key is unknown or missing, or an operand names nothing that stands above it.
    """
    table.refuse_other_keys("name", "title", "inputs", "steps")
    name = table.name("name")
    inputs = table.table("inputs")
    known = {key: inputs.text(key) for key in inputs.values}
    steps: list[Step] = []
    for row in table.tables("steps"):
        step = _parse_step(row, known, [step.name for step in steps])
        refuse_twice(row, "name", step.name, [*known, *(other.name for other in steps)])
        steps.append(step)
    if not steps:
        raise table.bad("steps", "a formula needs a step", "Write [[formulas.steps]] with name, kind and operands.")
    return Formula(name, table.text("title", name), known, tuple(steps))


def _parse_step(table: Table, inputs: Mapping[str, str], earlier: list[str]) -> Step:
    kind = table.choice("kind", StepKind)
    name, title, rounding = table.name("name"), table.text("title", ""), table.rounding()
    if kind is StepKind.CHOOSE:
        return _parse_choice(table, name, title, rounding, inputs, earlier)
    rule = KINDS[kind]
    table.refuse_other_keys("name", "kind", "title", "round", *rule.keys)
    operands: dict[str, tuple[Operand, ...]] = {}
    for key, is_list in rule.keys.items():
        if key not in rule.optional or table.has(key):
            operands[key] = _parse_operands(table, key, is_list, [*inputs, *earlier])
    _require_shape(table, kind, operands)
    return Step(name, kind, title, operands, rounding)


def _require_shape(table: Table, kind: StepKind, operands: Operands) -> None:
    """Refuse a step whose lists do not fit each other, or that lacks the one limit it is about."""
    if kind in (StepKind.BANDS, StepKind.THRESHOLDS):
        key = "rates" if kind is StepKind.BANDS else "values"
        if len(operands[key]) != len(operands["edges"]) + 1:
            raise table.bad(
                key,
                f"has {len(operands[key])} figures for {len(operands['edges'])} edges",
                "Write one more than there are edges: the first is for below the first edge.",
            )
        edges = [operand.literal for operand in operands["edges"] if not operand.name]
        if edges != sorted(edges):
            raise table.bad("edges", "do not rise", "Write the lowest edge first.")
    if kind is StepKind.WHEN and ("at_least" in operands) == ("above" in operands):
        raise table.bad("", "compares with nothing, or with two limits", "Write either at_least or above.")
    if kind is StepKind.CLAMP and not {"low", "high"} & set(operands):
        raise table.bad("", "has no limit", "Write low, high or both.")


def _parse_choice(
    table: Table, name: str, title: str, rounding: Rounding | None, inputs: Mapping[str, str], earlier: list[str]
) -> Step:
    table.refuse_other_keys("name", "kind", "title", "round", "by", "cases")
    chooser = table.known_name("by", inputs, "input")
    cases = table.table("cases")
    if not cases.values:
        raise table.bad("cases", "there is no case", 'Write cases = { "2026" = "15 %" }.')
    figures = tuple(_parse_operands(cases, key, False, [*inputs, *earlier])[0] for key in cases.values)
    return Step(name, StepKind.CHOOSE, title, {"cases": figures}, rounding, chooser, tuple(cases.values))


def _parse_operands(table: Table, key: str, is_list: bool, known: list[str]) -> tuple[Operand, ...]:
    value = table.values.get(key)
    if value is None:
        raise table.bad(key, "is not given, and it is never guessed", "Name an input, a step above, or a number.")
    if is_list != isinstance(value, list) or value == []:
        shape = 'a list such as ["fee", "0.5"]' if is_list else "one name or number"
        raise table.bad(key, f"must be {shape}", f"Correct {key}.")
    return tuple(_parse_operand(table, key, row, known) for row in (value if is_list else [value]))


def _parse_operand(table: Table, key: str, value: object, known: list[str]) -> Operand:
    if isinstance(value, str) and value[:1].isalpha():
        if value not in known:
            raise table.bad(key, f"{value!r} is neither an input nor a step above", near(value, known))
        return Operand(name=value)
    return Operand(literal=table.as_number(key, value))
