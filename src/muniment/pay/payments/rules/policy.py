"""A payment policy: what is taken, in which order, between what a payee is owed and what the bank is told to pay.

Read from one versioned text (docs/payments.md explains every key). Nothing has a default that moves money: a rate, a
base or a boundary that is not written is an error.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from muniment.kernel.words.digests import digest_bytes
from muniment.kernel.words.money import MICRO_PER_CENT
from muniment.kernel.words.period import InvalidPeriod, Period
from muniment.kernel.words.shares import PPM
from muniment.pay.payments.rules.toml_reading import Section

MAX_COOLING_DAYS = 366


class Step(StrEnum):
    """What can happen to money on its way from a payee's account to the bank."""

    MINIMUM = "minimum"
    AT_SOURCE = "at_source"
    ADVANCES = "advances"
    ASSIGNMENTS = "assignments"
    LETTERS = "letters"
    GARNISHMENTS = "garnishments"
    WITHHOLDING = "withholding"
    FEES = "fees"
    VAT = "vat"


class Boundary(StrEnum):
    """Whether an amount equal to the minimum is paid."""

    AT_LEAST = "at_least"
    ABOVE = "above"


class BelowInstalment(StrEnum):
    """What happens while less than an instalment has come in: keep it, recoup what there is, or pay it out."""

    HOLD = "hold"
    PART = "part"
    PAY = "pay"


class Rounding(StrEnum):
    """To which unit a tax or a fee is rounded, and which way."""

    MICRO_DOWN = "micro_down"
    CENT_DOWN = "cent_down"
    CENT_NEAREST = "cent_nearest"
    CENT_UP = "cent_up"


class WithoutDocument(StrEnum):
    """What happens to a payment on which tax is due, and whose payee proves no residence."""

    DEFAULT_RATE = "default_rate"
    HOLD = "hold"


class HoldReview(StrEnum):
    """Who looks at what is on file about payees, and lets their money wait or go on: a person, or a job every day."""

    BY_HAND = "by_hand"
    DAILY = "daily"


class FeeBase(StrEnum):
    """What a fee is a part of: everything that was earned, or what the steps before have left."""

    GROSS = "gross"
    RUNNING = "running"


class Method(StrEnum):
    """How a payee is paid."""

    TRANSFER = "transfer"
    CHEQUE = "cheque"


@dataclass(frozen=True, slots=True)
class MinimumRule:
    """The least that is paid in a currency to payees of some countries (`*` any) in some months (none: every)."""

    currency: str
    countries: frozenset[str]
    months: frozenset[int]
    amount_micro: int


@dataclass(frozen=True, slots=True)
class TreatyRate:
    """The rate that a tax treaty gives residents of a country, and the article that says so."""

    residence: str
    rate_ppm: int
    article: str
    period: Period


@dataclass(frozen=True, slots=True)
class Withholding:
    """Tax withheld for a country: the default rate, that of its own residents, and those of its treaties.

    With `holds_without_document` nothing is paid to who proves no residence, in place of the default rate.
    """

    country: str
    default_rate_ppm: int
    resident_rate_ppm: int
    residents_need_document: bool
    rounding: Rounding
    treaties: tuple[TreatyRate, ...]
    holds_without_document: bool = False

    def treaty_with(self, residence: str, on: date) -> TreatyRate | None:
        """Return the rate for residents of a country on a day, or None where no treaty holds."""
        for treaty in self.treaties:
            if treaty.residence == residence and treaty.period.contains(on):
                return treaty
        return None


@dataclass(frozen=True, slots=True)
class FeeRule:
    """What the society charges for a payment: a part of a base, or a fixed amount, for some ways of paying."""

    name: str
    account: str
    base: FeeBase
    rate_ppm: int
    amount_micro: int
    currency: str
    methods: frozenset[Method]
    rounding: Rounding


@dataclass(frozen=True, slots=True)
class VatRule:
    """The tax on fees for payees of a residence, registered (with a number on file) or not (None: either)."""

    residence: str
    registered: bool | None
    rate_ppm: int
    treatment: str
    rounding: Rounding


@dataclass(frozen=True, slots=True)
class PaymentPolicy:
    """One version of a payment policy, with the very text it was read from and the digest of that text."""

    code: str
    version: int
    title: str
    description: str
    order: tuple[Step, ...]
    cooling_days: int
    minimum_reached: Boundary
    minimums: tuple[MinimumRule, ...]
    below_instalment: BelowInstalment
    protected: Mapping[str, int]
    withholding: Withholding | None
    fees: tuple[FeeRule, ...]
    vat: tuple[VatRule, ...]
    text: str
    digest: str
    review_holds: HoldReview = HoldReview.BY_HAND

    @property
    def name(self) -> str:
        """Return how a batch names the policy, such as "plain-1"."""
        return f"{self.code}-{self.version}"

    def is_after_tax(self, step: Step) -> bool:
        """Say whether tax has been withheld when the step is reached."""
        return Step.WITHHOLDING in self.order and self.order.index(Step.WITHHOLDING) < self.order.index(step)


def rounded(amount_micro: int, rounding: Rounding) -> int:
    """Return a non-negative amount rounded to whole cents, or as it is."""
    cents, rest = divmod(amount_micro, MICRO_PER_CENT)
    if rounding is Rounding.CENT_UP:
        return (cents + (rest > 0)) * MICRO_PER_CENT
    if rounding is Rounding.CENT_NEAREST:
        return (cents + (2 * rest >= MICRO_PER_CENT)) * MICRO_PER_CENT
    return cents * MICRO_PER_CENT if rounding is Rounding.CENT_DOWN else amount_micro


def parse_payment_policy(text: str, file_name: str) -> PaymentPolicy:
    """Read a payment policy from TOML.

    Raises:
        BadPaymentPolicy: not TOML, or a key is missing, misspelt, of the wrong type, out of range or contradicted by
            another; the message names file, line and key.
    """
    top = Section.read(text, file_name)
    top.refuse_other_keys(
        "code",
        "version",
        "title",
        "description",
        "order",
        "cooling_days",
        "minimum_reached",
        "minimums",
        "below_instalment",
        "protected",
        "withholding",
        "fees",
        "vat",
        "review_holds",
    )
    order = top.choices("order", Step)
    _check_order(top, order)
    return PaymentPolicy(
        code=top.text("code"),
        version=top.whole("version", 1, 9_999),
        title=top.text("title"),
        description=top.text("description"),
        order=order,
        cooling_days=top.whole("cooling_days", 0, MAX_COOLING_DAYS),
        minimum_reached=top.choice("minimum_reached", Boundary),
        minimums=tuple(_minimum(row) for row in top.tables("minimums")),
        below_instalment=top.choice("below_instalment", BelowInstalment),
        protected=_protected(top),
        withholding=_withholding(top.table("withholding")) if top.has("withholding") else None,
        fees=tuple(_fee(row) for row in top.tables("fees")),
        vat=tuple(_vat(row) for row in top.tables("vat")),
        text=text,
        digest=digest_bytes(text.encode()),
        review_holds=top.choice("review_holds", HoldReview) if top.has("review_holds") else HoldReview.BY_HAND,
    )


_NEEDED = {Step.WITHHOLDING: "withholding", Step.FEES: "fees", Step.VAT: "vat"}
"""The steps that do nothing without a table of their own."""


def _check_order(top: Section, order: tuple[Step, ...]) -> None:
    if not order:
        raise top.bad("order", "is empty", f"Name the steps in their order: {', '.join(Step)}.")
    for step, key in _NEEDED.items():
        if step in order and not top.has(key):
            raise top.bad("order", f"has the step {step}, and there is no table {key}", f"Add {key}, or drop the step.")
        if step not in order and top.has(key):
            raise top.bad(key, f"is never used: the order has no step {step}", f"Add {step} to order, or drop {key}.")
    if top.has("minimums") and Step.MINIMUM not in order:
        raise top.bad("minimums", "is never used: the order has no step minimum", "Add minimum to order.")
    if Step.VAT in order and Step.FEES not in order[: order.index(Step.VAT)]:
        raise top.bad("order", "has vat before any fee that it could be charged on", "Put vat after fees.")
    if Step.WITHHOLDING in order and Step.AT_SOURCE in order[order.index(Step.WITHHOLDING) :]:
        raise top.bad("order", "has at_source after withholding", "Put at_source before withholding.")


def _minimum(row: Section) -> MinimumRule:
    row.refuse_other_keys("currency", "countries", "months", "amount")
    currency = row.currency("currency")
    return MinimumRule(
        currency, row.countries("countries"), row.wholes("months", 1, 12), row.amount("amount", currency)
    )


def _protected(top: Section) -> dict[str, int]:
    return top.table("protected").amounts() if top.has("protected") else {}


def _withholding(table: Section) -> Withholding:
    table.refuse_other_keys(
        "country",
        "default_rate_ppm",
        "resident_rate_ppm",
        "residents_need_document",
        "without_document",
        "rounding",
        "treaties",
    )
    country = table.country("country")
    treaties: list[TreatyRate] = []
    for row in table.tables("treaties"):
        treaty = _treaty(row)
        if treaty.residence == country:
            raise row.bad("residence", f"is {country} itself", "Write resident_rate_ppm for its own residents.")
        if any(_overlap(treaty, other) for other in treaties):
            raise row.bad("residence", f"gives {treaty.residence} a second rate for one day", "End the first rate.")
        treaties.append(treaty)
    return Withholding(
        country=country,
        default_rate_ppm=table.whole("default_rate_ppm", 0, PPM),
        resident_rate_ppm=table.whole("resident_rate_ppm", 0, PPM),
        residents_need_document=table.flag("residents_need_document", is_needed=True),
        rounding=table.choice("rounding", Rounding),
        treaties=tuple(treaties),
        holds_without_document=table.has("without_document")
        and table.choice("without_document", WithoutDocument) is WithoutDocument.HOLD,
    )


def _treaty(row: Section) -> TreatyRate:
    row.refuse_other_keys("residence", "rate_ppm", "article", "valid_from", "valid_to")
    try:
        period = Period(row.day("valid_from"), row.day("valid_to"))
    except InvalidPeriod as error:
        raise row.bad("valid_to", f"is wrong: {error.message.rstrip('.')}", error.remedy) from None
    return TreatyRate(row.country("residence"), row.whole("rate_ppm", 0, PPM), row.text("article"), period)


def _overlap(one: TreatyRate, other: TreatyRate) -> bool:
    return one.residence == other.residence and periods_overlap(one.period, other.period)


def periods_overlap(one: Period, other: Period) -> bool:
    """Say whether two periods share a day."""
    starts_before = one.valid_from is None or other.valid_to is None or one.valid_from < other.valid_to
    return starts_before and (other.valid_from is None or one.valid_to is None or other.valid_from < one.valid_to)


def _fee(row: Section) -> FeeRule:
    row.refuse_other_keys("name", "account", "base", "rate_ppm", "amount", "currency", "methods", "rounding")
    account = row.text("account")
    if not account.isidentifier() or not account.islower():
        raise row.bad("account", f"is {account!r}, which is no account name", "Use small letters and underscores.")
    if row.has("rate_ppm") == row.has("amount"):
        raise row.bad("", "needs either rate_ppm or amount", "Write one of the two.")
    fixed = row.has("amount")
    currency = row.currency("currency") if fixed else ""
    return FeeRule(
        name=row.text("name"),
        account=account,
        base=FeeBase.GROSS if fixed else row.choice("base", FeeBase),
        rate_ppm=0 if fixed else row.whole("rate_ppm", 0, PPM),
        amount_micro=row.amount("amount", currency) if fixed else 0,
        currency=currency,
        methods=frozenset(row.choices("methods", Method)),
        rounding=Rounding.MICRO_DOWN if fixed else row.choice("rounding", Rounding),
    )


def _vat(row: Section) -> VatRule:
    row.refuse_other_keys("residence", "registered", "rate_ppm", "treatment", "rounding")
    return VatRule(
        residence=row.country("residence", any_allowed=True),
        registered=row.flag("registered") if row.has("registered") else None,
        rate_ppm=row.whole("rate_ppm", 0, PPM),
        treatment=row.text("treatment"),
        rounding=row.choice("rounding", Rounding),
    )
