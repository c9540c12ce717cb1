"""The way of money from a payee's account to the bank, step by step; pure, in whole micro-units.

    balance + every line = net;   net = what the bank is told to pay + what stays below a cent

The policy names the steps in their order. A step reads what the steps before have left and answers with lines, or
with the reason why the payee is not paid now, and then nothing of the payment happens. Money that came back from the
bank has been through all of this before and goes out again as it is.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from muniment.kernel.words.money import MICRO_PER_CENT, micro_per_unit
from muniment.kernel.words.shares import PPM
from muniment.pay.payments.rules.facts import (
    DocumentKind,
    PayeeRecord,
    Redirection,
    RedirectionKind,
    in_force,
    residence_document,
)
from muniment.pay.payments.rules.policy import (
    BelowInstalment,
    Boundary,
    FeeBase,
    FeeRule,
    Method,
    MinimumRule,
    PaymentPolicy,
    Step,
    VatRule,
    Withholding,
    rounded,
)
from muniment.pay.payments.rules.reasons import SkipReason
from muniment.pay.payments.rules.toml_reading import ANY_COUNTRY, BadPaymentPolicy

RATE_DIGITS = 9
_RATE_UNIT = 10**RATE_DIGITS


@dataclass(frozen=True, slots=True)
class ExchangeRate:
    """How many units of `quote` one unit of `base` buys, in billionths, as a source said it on a day."""

    id: int
    base: str
    quote: str
    rate_nano: int
    source: str
    on: date


@dataclass(frozen=True, slots=True)
class Occasion:
    """What all payments of a batch share: the rules, the two currencies, the way, the day, and what was known when.

    `minimum_micro` is asked for beside the policy's minimum; the larger counts.
    """

    policy: PaymentPolicy
    currency: str
    pay_currency: str
    method: Method
    on: date
    known_at: datetime
    rate: ExchangeRate | None = None
    minimum_micro: int = 0


@dataclass(frozen=True, slots=True)
class SlipLine:
    """The effect of a step: `amount_micro` is negative for what is taken, `account` is where that is booked.

    A line without an account books nothing: money kept on the payee's account, or an amount shown and taken again.
    `fact` names the advance or the redirection that it uses up.
    """

    step: Step
    amount_micro: int
    account: str
    reason: str
    base_micro: int = 0
    rate_ppm: int | None = None
    document: str = ""
    fact: str = ""
    sources: frozenset[str] = frozenset()
    taxed: bool = False


@dataclass(frozen=True, slots=True)
class Held:
    """Why a payee is not paid now, and until when if a day ends it."""

    reason: SkipReason
    detail: str = ""
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Slip:
    """One payment explained. `cleared_micro` came back from the bank before; `taxed_micro` needed no tax any more."""

    party_id: int
    balance_micro: int
    cleared_micro: int
    taxed_micro: int
    lines: tuple[SlipLine, ...]
    paid_micro: int
    order_cents: int
    left_by_source: Mapping[str, int] = field(default_factory=dict)

    @property
    def net_micro(self) -> int:
        """What the lines leave of the balance."""
        return self.balance_micro + sum(line.amount_micro for line in self.lines)

    @property
    def booked_micro(self) -> int:
        """What leaves the payee's account for others than the bank."""
        return -sum(line.amount_micro for line in self.lines if line.account)

    @property
    def kept_micro(self) -> int:
        """What the lines keep on the payee's account."""
        return -sum(line.amount_micro for line in self.lines if not line.account)

    @property
    def residue_micro(self) -> int:
        """What the bank cannot pay, below one cent; it stays on the payee's account."""
        return self.net_micro - self.paid_micro


@dataclass(frozen=True, slots=True)
class Account:
    """A payee's account as the steps find it."""

    party_id: int
    balance_micro: int
    record: PayeeRecord
    cleared_micro: int = 0
    taxed_micro: int = 0


@dataclass(frozen=True, slots=True)
class _Desk:
    """What a step sees: the account, the occasion, the lines so far, and what is left of advances and ceilings."""

    account: Account
    occasion: Occasion
    left: Mapping[str, int]
    lines: tuple[SlipLine, ...] = ()

    @property
    def cleared_micro(self) -> int:
        """What of the balance came back from the bank and goes out again as it is."""
        return max(0, min(self.account.cleared_micro, self.account.balance_micro))

    @property
    def earned_micro(self) -> int:
        """The balance without what has been through the steps before."""
        return self.account.balance_micro - self.cleared_micro

    @property
    def running_micro(self) -> int:
        """What the lines so far leave of what was earned."""
        return self.earned_micro + sum(line.amount_micro for line in self.lines)

    @property
    def residence(self) -> str:
        """The country of the residence document, else that of the register, which may be empty."""
        record = self.account.record
        document = residence_document(record.documents, self.occasion.on, self.occasion.known_at)
        return record.country if document is None else document.country

    def left_of(self, sources: frozenset[str]) -> int:
        """Return what is left of the money from some sources; lines that name no source took from all alike."""
        running_micro = max(0, self.running_micro)
        if not sources:
            return running_micro
        by_source = self.account.record.by_source
        own = sum(max(0, by_source.get(source, 0)) for source in sources)
        own += sum(line.amount_micro for line in self.lines if line.sources & sources)
        pot = self.earned_micro + sum(line.amount_micro for line in self.lines if line.sources)
        return min(running_micro, max(0, own) * running_micro // pot) if pot > 0 else 0


type _Answer = tuple[SlipLine, ...] | Held


def make_slip(account: Account, occasion: Occasion, left: Mapping[str, int]) -> Slip | Held:
    """Take an account through the steps of the policy.

    `left` has what is left of each advance and of each ceiling, by key.

    Raises:
        BadPaymentPolicy: the policy has no minimum, fee or VAT rate for this payment, and none is guessed.
    """
    desk = _Desk(account, occasion, left)
    for step in occasion.policy.order:
        answer = _STEPS[step](desk)
        if isinstance(answer, Held):
            return answer
        desk = _Desk(account, occasion, left, (*desk.lines, *answer))
        if desk.running_micro < min(0, desk.earned_micro):
            return Held(SkipReason.FEES, "The fees are more than what is left to pay.")
    cents, paid_micro = order_amount(max(0, desk.running_micro + desk.cleared_micro), occasion)
    return Slip(
        party_id=account.party_id,
        balance_micro=account.balance_micro,
        cleared_micro=desk.cleared_micro,
        taxed_micro=min(account.taxed_micro, desk.earned_micro) if Step.WITHHOLDING in occasion.policy.order else 0,
        lines=desk.lines,
        paid_micro=paid_micro,
        order_cents=cents,
        left_by_source=_left_by_source(desk),
    )


def order_amount(net_micro: int, occasion: Occasion) -> tuple[int, int]:
    """Return the whole cents that the bank is told to pay for `net_micro`, and what they cost of it.

    In another currency the cents are rounded down, and their cost up to the next micro-unit.

    Raises:
        ValueError: the currencies differ, and the occasion has no rate between them.
    """
    if occasion.currency == occasion.pay_currency:
        cents = net_micro // MICRO_PER_CENT
        return cents, cents * MICRO_PER_CENT
    rate = occasion.rate
    if rate is None or (rate.base, rate.quote) != (occasion.currency, occasion.pay_currency):
        raise ValueError(f"no rate from {occasion.currency} to {occasion.pay_currency}")
    bought = rate.rate_nano * micro_per_unit(rate.quote)
    given = _RATE_UNIT * micro_per_unit(rate.base)
    cents = net_micro * bought // given // MICRO_PER_CENT
    return cents, -(-cents * MICRO_PER_CENT * given // bought)


def at_source_gross(net_micro: int, rate_ppm: int) -> int:
    """Return what was earned before a part of it was deducted at the source: net / (1 - rate), rounded down.

    Raises:
        ValueError: the whole was deducted, so the net says nothing of the gross.
    """
    if not 0 <= rate_ppm < PPM:
        raise ValueError(f"{rate_ppm} ppm leaves no net")
    return net_micro * PPM // (PPM - rate_ppm)


# The steps


def _minimum(desk: _Desk) -> _Answer:
    occasion = desk.occasion
    rule = _minimum_rule(desk)
    least = max(occasion.minimum_micro, rule.amount_micro if rule else 0)
    amount = desk.running_micro + desk.cleared_micro
    above = occasion.policy.minimum_reached is Boundary.ABOVE and least > 0
    if amount < least or (above and amount == least):
        return Held(SkipReason.BELOW_MINIMUM)
    return ()


def _minimum_rule(desk: _Desk) -> MinimumRule | None:
    occasion, country = desk.occasion, desk.residence
    for rule in occasion.policy.minimums:
        if (
            rule.currency == occasion.currency
            and (ANY_COUNTRY in rule.countries or country in rule.countries)
            and (not rule.months or occasion.on.month in rule.months)
        ):
            return rule
    if occasion.policy.minimums:
        where = country or "an unknown country"
        raise BadPaymentPolicy(
            f"{occasion.policy.name}: minimums has no amount in {occasion.currency} for {where} in month "
            f"{occasion.on.month}.",
            'Add a row to [[minimums]] in a new version; countries = ["*"] stands for the rest.',
        )
    return None


def _at_source(desk: _Desk) -> _Answer:
    lines: list[SlipLine] = []
    for document in in_force(desk.account.record.documents, desk.occasion.on, desk.occasion.known_at):
        if document.kind is not DocumentKind.AT_SOURCE:
            continue
        base_micro = desk.left_of(document.sources)
        taken_micro = at_source_gross(base_micro, document.rate_ppm) - base_micro
        shown = SlipLine(
            Step.AT_SOURCE, taken_micro, "", "what was deducted at the source", base_micro, None, document.number
        )
        taken = SlipLine(
            Step.AT_SOURCE,
            -taken_micro,
            "",
            "deducted at the source",
            base_micro + taken_micro,
            document.rate_ppm,
            document.number,
        )
        lines += [shown, taken]
    return tuple(lines)


def _advances(desk: _Desk) -> _Answer:
    occasion = desk.occasion
    now = desk
    for advance in in_force(desk.account.record.advances, occasion.on, occasion.known_at):
        left_micro = desk.left.get(advance.key, 0)
        if advance.currency != occasion.currency or left_micro <= 0:
            continue
        there_micro = min(now.left_of(advance.sources), left_micro)
        due_micro = min(advance.instalment_micro or there_micro, left_micro)
        taken_micro, account = there_micro, advance.key
        if there_micro >= due_micro:
            taken_micro, reason = due_micro, "instalment of the advance" if advance.instalment_micro else "recouped"
        elif occasion.policy.below_instalment is BelowInstalment.PAY:
            continue
        elif occasion.policy.below_instalment is BelowInstalment.HOLD:
            account, reason = "", "kept until an instalment of the advance has come in"
        else:
            reason = "part of an instalment of the advance"
        if taken_micro > 0:
            line = SlipLine(
                Step.ADVANCES,
                -taken_micro,
                account,
                reason,
                left_micro,
                None,
                advance.document,
                advance.key,
                advance.sources,
            )
            now = _Desk(now.account, occasion, now.left, (*now.lines, line))
    return now.lines[len(desk.lines) :]


def _redirect(kind: RedirectionKind, step: Step) -> Callable[[_Desk], _Answer]:
    """Return the step that sends money elsewhere for one kind of redirection.

    Shares of one step are parts of what it found, so that their order does not matter; garnishments are served by
    priority from what is not protected.
    """

    def send(desk: _Desk) -> _Answer:
        occasion = desk.occasion
        after_tax = occasion.policy.is_after_tax(step)
        found = [
            item
            for item in in_force(desk.account.record.redirections, occasion.on, occasion.known_at)
            if item.kind is kind and item.currency in ("", occasion.currency)
        ]
        lines: list[SlipLine] = []
        for item in sorted(found, key=lambda item: (item.priority, item.number)):
            base_micro = desk.left_of(item.sources)
            room_micro = desk.running_micro + sum(line.amount_micro for line in lines) - _protected(desk, item)
            amount_micro = max(0, min(base_micro * item.share_ppm // PPM, room_micro))
            if item.ceiling_micro:
                amount_micro = min(amount_micro, max(0, desk.left.get(item.key, 0)))
            if amount_micro:
                line = SlipLine(
                    step,
                    -amount_micro,
                    f"payable/{item.to_party_id}",
                    kind.value,
                    base_micro,
                    item.share_ppm,
                    item.document,
                    item.key,
                    item.sources,
                    taxed=after_tax,
                )
                lines.append(line)
        return tuple(lines)

    return send


def _protected(desk: _Desk, item: Redirection) -> int:
    if item.kind is not RedirectionKind.GARNISHMENT:
        return 0
    return max(item.protected_micro, desk.occasion.policy.protected.get(desk.occasion.currency, 0))


def _withhold(desk: _Desk) -> _Answer:
    rule = desk.occasion.policy.withholding
    if rule is None:
        return ()
    shown_micro = sum(line.amount_micro for line in desk.lines if line.step is Step.AT_SOURCE and line.amount_micro > 0)
    running_micro = max(0, desk.running_micro)
    base_micro = running_micro - min(desk.account.taxed_micro, running_micro) + shown_micro
    if not base_micro:
        return ()
    if lacks_tax_form(desk.account.record, rule, desk.occasion.on, desk.occasion.known_at):
        return Held(SkipReason.NO_TAX_FORM)
    rate_ppm, document, reason = _tax_rate(desk, rule)
    due_micro = rounded(base_micro * rate_ppm // PPM, rule.rounding)
    tax_micro = min(max(0, due_micro - shown_micro), running_micro)
    if shown_micro and due_micro:
        reason = f"{reason}; what was deducted at the source is credited"
    return (SlipLine(Step.WITHHOLDING, -tax_micro, f"tax/{rule.country}", reason, base_micro, rate_ppm, document),)


def lacks_tax_form(record: PayeeRecord, rule: Withholding, on: date, known_at: datetime) -> bool:
    """Say whether a payee proves no residence on a day, and the policy pays nothing without."""
    if not rule.holds_without_document or residence_document(record.documents, on, known_at) is not None:
        return False
    return rule.residents_need_document or record.country != rule.country


def _tax_rate(desk: _Desk, rule: Withholding) -> tuple[int, str, str]:
    """Return the rate in ppm, the document that proves it, and why it is this one."""
    occasion, record = desk.occasion, desk.account.record
    document = residence_document(record.documents, occasion.on, occasion.known_at)
    if document is None:
        if record.country == rule.country and not rule.residents_need_document:
            return rule.resident_rate_ppm, "", f"resident of {rule.country} by the register"
        return rule.default_rate_ppm, "", _why_no_document(desk)
    if document.country == rule.country:
        return rule.resident_rate_ppm, document.number, f"resident of {rule.country}"
    treaty = rule.treaty_with(document.country, occasion.on)
    if treaty is None:
        return rule.default_rate_ppm, document.number, f"default rate: no treaty with {document.country}"
    return treaty.rate_ppm, document.number, f"treaty with {treaty.residence}, article {treaty.article}"


def _why_no_document(desk: _Desk) -> str:
    ended = [
        document.period.valid_to
        for document in desk.account.record.documents
        if document.kind is DocumentKind.RESIDENCE
        and document.known.contains(desk.occasion.known_at)
        and document.period.valid_to is not None
        and document.period.valid_to <= desk.occasion.on
    ]
    if ended:
        return f"default rate: the residence document ended on {max(ended)}"
    return "default rate: no residence document is on file"


def _fees(desk: _Desk) -> _Answer:
    lines: list[SlipLine] = []
    if desk.running_micro <= 0:
        return ()  # no payment is made, so none is charged for
    names = {fee.name for fee in desk.occasion.policy.fees if desk.occasion.method in fee.methods or not fee.methods}
    for name in sorted(names):
        fee = _fee_rule(desk, name)
        running_micro = desk.running_micro + sum(line.amount_micro for line in lines)
        base_micro = desk.earned_micro if fee.base is FeeBase.GROSS else running_micro
        amount_micro = fee.amount_micro
        if not fee.currency:
            amount_micro = rounded(max(0, base_micro) * fee.rate_ppm // PPM, fee.rounding)
        if amount_micro:
            rate_ppm = None if fee.currency else fee.rate_ppm
            account = f"deduction/{fee.account}"
            lines.append(SlipLine(Step.FEES, -amount_micro, account, fee.name, base_micro, rate_ppm))
    return tuple(lines)


def _fee_rule(desk: _Desk, name: str) -> FeeRule:
    occasion = desk.occasion
    for fee in occasion.policy.fees:
        if fee.name == name and fee.currency in ("", occasion.currency):
            return fee
    raise BadPaymentPolicy(
        f"{occasion.policy.name}: the fee {name!r} has no amount in {occasion.currency}.",
        f"Add a row to [[fees]] with this name and currency = {occasion.currency!r} in a new version.",
    )


def _vat(desk: _Desk) -> _Answer:
    base_micro = -sum(line.amount_micro for line in desk.lines if line.step is Step.FEES)
    if not base_micro:
        return ()
    rule, document = _vat_rule(desk)
    amount_micro = rounded(base_micro * rule.rate_ppm // PPM, rule.rounding)
    return (SlipLine(Step.VAT, -amount_micro, "vat", rule.treatment, base_micro, rule.rate_ppm, document),)


def _vat_rule(desk: _Desk) -> tuple[VatRule, str]:
    """Return the rate for the payee's residence and registration, and the number of the registration."""
    occasion, residence = desk.occasion, desk.residence
    numbers = [
        document
        for document in in_force(desk.account.record.documents, occasion.on, occasion.known_at)
        if document.kind is DocumentKind.VAT and document.country == residence
    ]
    for rule in occasion.policy.vat:
        here = rule.residence in (ANY_COUNTRY, residence)
        if here and rule.registered in (None, bool(numbers)):
            return rule, numbers[0].number if numbers else ""
    registered = "registered" if numbers else "not registered"
    raise BadPaymentPolicy(
        f"{occasion.policy.name}: vat has no rate for a payee of {residence or 'an unknown country'}, {registered}.",
        'Add a row to [[vat]] in a new version; residence = "*" stands for the rest.',
    )


_STEPS: dict[Step, Callable[[_Desk], _Answer]] = {
    Step.MINIMUM: _minimum,
    Step.AT_SOURCE: _at_source,
    Step.ADVANCES: _advances,
    Step.ASSIGNMENTS: _redirect(RedirectionKind.ASSIGNMENT, Step.ASSIGNMENTS),
    Step.LETTERS: _redirect(RedirectionKind.LETTER, Step.LETTERS),
    Step.GARNISHMENTS: _redirect(RedirectionKind.GARNISHMENT, Step.GARNISHMENTS),
    Step.WITHHOLDING: _withhold,
    Step.FEES: _fees,
    Step.VAT: _vat,
}


def _left_by_source(desk: _Desk) -> dict[str, int]:
    """Return from which sources the money comes that the lines keep on the account."""
    found: dict[str, int] = {}
    for line in desk.lines:
        if line.account or line.step is Step.AT_SOURCE:
            continue
        open_micro = -line.amount_micro
        for source in sorted(line.sources or desk.account.record.by_source):
            there = max(0, desk.account.record.by_source.get(source, 0)) - found.get(source, 0)
            part = min(open_micro, max(0, there))
            if part:
                found[source] = found.get(source, 0) + part
                open_micro -= part
    return found
