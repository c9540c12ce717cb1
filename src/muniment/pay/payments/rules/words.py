"""A payment policy in words."""

from collections.abc import Callable, Iterator

from muniment.kernel.words.money import format_amount
from muniment.kernel.words.shares import format_percent
from muniment.pay.payments.rules.policy import (
    BelowInstalment,
    Boundary,
    FeeRule,
    HoldReview,
    MinimumRule,
    PaymentPolicy,
    Rounding,
    Step,
    VatRule,
)

_ROUNDING = {
    Rounding.MICRO_DOWN: "rounded down to the micro-unit",
    Rounding.CENT_DOWN: "rounded down to the cent",
    Rounding.CENT_NEAREST: "rounded to the nearest cent",
    Rounding.CENT_UP: "rounded up to the cent",
}
_BELOW = {
    BelowInstalment.HOLD: "kept until an instalment has come in",
    BelowInstalment.PART: "recouped in part",
    BelowInstalment.PAY: "paid out, and nothing is recouped",
}


def explain_policy(policy: PaymentPolicy) -> Iterator[str]:
    """Yield what the policy does, one sentence a rule, in the order of its steps."""
    yield policy.description
    for place, step in enumerate(policy.order, start=1):
        for sentence in _SENTENCES[step](policy):
            yield f"{place}. {step}: {sentence}"
    yield f"A changed bank account is paid to after {policy.cooling_days} days."
    if policy.review_holds is HoldReview.DAILY:
        yield "What is on file about payees is reviewed every day, and their money waits or goes on by itself."


def _minimum(policy: PaymentPolicy) -> Iterator[str]:
    word = "or more" if policy.minimum_reached is Boundary.AT_LEAST else "or less is not paid; more is"
    if not policy.minimums:
        yield "every balance of a cent or more is paid."
    for rule in policy.minimums:
        yield f"{rule.currency} {format_amount(rule.amount_micro, rule.currency)} {word}, {_where(rule)}."


def _where(rule: MinimumRule) -> str:
    countries = "any country" if "*" in rule.countries else ", ".join(sorted(rule.countries))
    months = "any month" if not rule.months else "months " + ", ".join(str(month) for month in sorted(rule.months))
    return f"payees of {countries} in {months}"


def _advances(policy: PaymentPolicy) -> Iterator[str]:
    yield f"{_tax(policy, Step.ADVANCES)}; what is less than an instalment is {_BELOW[policy.below_instalment]}."


def _shares(step: Step) -> Callable[[PaymentPolicy], Iterator[str]]:
    def say(policy: PaymentPolicy) -> Iterator[str]:
        yield f"{_tax(policy, step)}; shares are parts of what this step finds."

    return say


def _garnishments(policy: PaymentPolicy) -> Iterator[str]:
    kept = ", ".join(f"{currency} {format_amount(micro, currency)}" for currency, micro in policy.protected.items())
    yield f"{_tax(policy, Step.GARNISHMENTS)}, by priority; protected at each payment: {kept or 'what the order says'}."


def _tax(policy: PaymentPolicy, step: Step) -> str:
    if Step.WITHHOLDING not in policy.order:
        return "no tax is withheld"
    return "after tax" if policy.is_after_tax(step) else "before tax"


def _at_source(_policy: PaymentPolicy) -> Iterator[str]:
    yield "what was deducted at the source is shown, and credited against tax that is withheld here."


def _withholding(policy: PaymentPolicy) -> Iterator[str]:
    rule = policy.withholding
    if rule is None:
        return
    rounding = _ROUNDING[rule.rounding]
    if rule.holds_without_document:
        yield "without a residence document nothing is paid."
    else:
        yield f"{format_percent(rule.default_rate_ppm)} % for {rule.country} without a residence document, {rounding}."
    yield f"{format_percent(rule.resident_rate_ppm)} % for residents of {rule.country}."
    for treaty in rule.treaties:
        yield f"{format_percent(treaty.rate_ppm)} % for residents of {treaty.residence}, article {treaty.article}."


def _fees(policy: PaymentPolicy) -> Iterator[str]:
    for fee in policy.fees:
        methods = ", ".join(sorted(fee.methods)) or "any way of paying"
        yield f"{fee.name}: {_fee(fee)}, for {methods}."


def _fee(fee: FeeRule) -> str:
    if fee.currency:
        return f"{fee.currency} {format_amount(fee.amount_micro, fee.currency)}"
    base = "what was earned" if fee.base == "gross" else "what is left here"
    return f"{format_percent(fee.rate_ppm)} % of {base}, {_ROUNDING[fee.rounding]}"


def _vat(policy: PaymentPolicy) -> Iterator[str]:
    for rule in policy.vat:
        yield f"{format_percent(rule.rate_ppm)} % of the fees for {_whom(rule)}: {rule.treatment}."


def _whom(rule: VatRule) -> str:
    residents = "payees of any other country" if rule.residence == "*" else f"payees of {rule.residence}"
    return residents if rule.registered is None else f"{residents}, {'' if rule.registered else 'not '}registered"


_SENTENCES = {
    Step.MINIMUM: _minimum,
    Step.AT_SOURCE: _at_source,
    Step.ADVANCES: _advances,
    Step.ASSIGNMENTS: _shares(Step.ASSIGNMENTS),
    Step.LETTERS: _shares(Step.LETTERS),
    Step.GARNISHMENTS: _garnishments,
    Step.WITHHOLDING: _withholding,
    Step.FEES: _fees,
    Step.VAT: _vat,
}
