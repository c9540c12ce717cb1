"""The steps of a formula in sentences."""

from collections.abc import Callable, Mapping

from django.utils.translation import gettext as _

from muniment.pay.distributions.rules.policies.formulas import Operand, Step, StepKind
from muniment.pay.distributions.rules.policies.numbers import Direction, Rounding, format_number

_Words = Callable[[Mapping[str, str]], str]

_SIGNS = {StepKind.SUM: " + ", StepKind.PRODUCT: " × ", StepKind.DIFFERENCE: " − "}
"""What stands between the operands of a list; a comma for all other kinds."""


def operand_words(operand: Operand) -> str:
    """Show an operand: its name with blanks, or its number."""
    return operand.name.replace("_", " ") if operand.name else format_number(operand.literal)


def rounding_words(rounding: Rounding) -> str:
    """Say how a figure is rounded."""
    words = {
        Direction.UP: _("rounded up to %(unit)s"),
        Direction.DOWN: _("rounded down to %(unit)s"),
        Direction.NEAREST: _("rounded to the nearest %(unit)s, a half up"),
        Direction.EVEN: _("rounded to the nearest %(unit)s, a half to the even one"),
    }
    return words[rounding.direction] % {"unit": format_number(rounding.unit)}


def step_sentence(step: Step) -> str:
    """Say what a step computes, such as "pool = the greater of after performance and floor"."""
    sign = _SIGNS.get(step.kind, ", ")
    shown = {key: sign.join(map(operand_words, some)) for key, some in step.operands.items()}
    words = _choice(step) if step.kind is StepKind.CHOOSE else _KINDS[step.kind](shown)
    title = step.title or step.name.replace("_", " ")
    named = f"{title} ({step.name.replace('_', ' ')})" if step.title else title
    rounded = f"; {rounding_words(step.rounding)}" if step.rounding else ""
    return f"{named} = {words}{rounded}."


def _clamped(shown: Mapping[str, str]) -> str:
    limits = [
        *([_("at least %(low)s") % shown] if "low" in shown else []),
        *([_("at most %(high)s") % shown] if "high" in shown else []),
    ]
    return ", ".join([shown["of"], *limits])


def _started(shown: Mapping[str, str]) -> str:
    if "above" in shown:
        return _("the started units of %(unit)s in %(of)s beyond %(above)s") % shown
    return _("the started units of %(unit)s in %(of)s") % shown


def _compared(shown: Mapping[str, str]) -> str:
    if "above" in shown:
        return _("%(then)s if %(of)s is above %(above)s, else %(otherwise)s") % shown
    return _("%(then)s if %(of)s is at least %(at_least)s, else %(otherwise)s") % shown


def _choice(step: Step) -> str:
    cases = zip(step.labels, step.operands["cases"], strict=True)
    listed = ", ".join(f"{label}: {operand_words(operand)}" for label, operand in cases)
    return _("by %(chooser)s: %(cases)s") % {"chooser": step.chooser, "cases": listed}


_KINDS: Mapping[StepKind, _Words] = {
    StepKind.SUM: lambda shown: shown["of"],
    StepKind.DIFFERENCE: lambda shown: f"{shown['of']} − {shown['less']}",
    StepKind.PRODUCT: lambda shown: shown["of"],
    StepKind.QUOTIENT: lambda shown: f"{shown['of']} ÷ {shown['by']}",
    StepKind.NET_TO_GROSS: lambda shown: f"{shown['of']} ÷ (1 − {shown['rate']})",
    StepKind.LESSER: lambda shown: _("the least of: %(of)s") % shown,
    StepKind.GREATER: lambda shown: _("the greatest of: %(of)s") % shown,
    StepKind.CLAMP: _clamped,
    StepKind.STARTED: _started,
    StepKind.BANDS: lambda shown: _("%(of)s by bands up to %(edges)s, at %(rates)s") % shown,
    StepKind.THRESHOLDS: lambda shown: _("%(values)s, as %(of)s reaches %(edges)s") % shown,
    StepKind.WHEN: _compared,
}
