"""Occasions, policies and facts for tests of the steps; every person and number is invented."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from importlib.resources import files

from muniment.kernel.words.money import parse_amount
from muniment.kernel.words.period import Known, Period
from muniment.pay.payments.rules.facts import (
    Advance,
    Document,
    DocumentKind,
    PayeeRecord,
    Redirection,
    RedirectionKind,
)
from muniment.pay.payments.rules.policy import Method, PaymentPolicy, parse_payment_policy
from muniment.pay.payments.rules.slips import Account, ExchangeRate, Occasion, Slip, make_slip

KNOWN = Known(datetime(2026, 1, 1, tzinfo=UTC))
ALWAYS = Period()
DAY = date(2026, 4, 30)
AT = datetime(2026, 4, 30, 9, tzinfo=UTC)
PAYEE, OTHER, THIRD = 11, 12, 13


def policy(name: str = "plain-1", **changed: str) -> PaymentPolicy:
    """Return a policy of the package; `changed` replaces whole lines by the key they begin with."""
    text = files("muniment.pay.payments").joinpath("policies", f"{name}.toml").read_text(encoding="utf-8")
    lines = [
        next((f"{key} = {value}" for key, value in changed.items() if line.startswith(f"{key} = ")), line)
        for line in text.splitlines()
    ]
    return parse_payment_policy("\n".join(lines), f"{name}.toml")


def occasion(
    rules: PaymentPolicy | None = None,
    *,
    currency: str = "EUR",
    pay_currency: str = "",
    on: date = DAY,
    method: Method = Method.TRANSFER,
    rate: ExchangeRate | None = None,
) -> Occasion:
    """Return the occasion of a batch."""
    return Occasion(rules or policy(), currency, pay_currency or currency, method, on, AT, rate)


def account(balance_micro: int, record: PayeeRecord | None = None, **more: int) -> Account:
    """Return the account of the payee under test."""
    return Account(PAYEE, balance_micro, record or PayeeRecord(), **more)


def slip_of(found: Account, when: Occasion | None = None, **left: int) -> Slip:
    """Return the slip of an account, which must be paid; `left` has advances and redirections as `advance_1`."""
    slip = make_slip(found, when or occasion(), {key.replace("_", "/"): value for key, value in left.items()})
    assert isinstance(slip, Slip), slip
    return slip


def euros(text: str, currency: str = "EUR") -> int:
    """Return micro-units of an amount."""
    return parse_amount(text, currency)


def advance(number: int = 1, *, instalment: str = "0", sources: Iterable[str] = (), currency: str = "EUR") -> Advance:
    """Return an advance of the payee."""
    return Advance(
        number,
        currency,
        parse_amount(instalment, currency),
        frozenset({PAYEE}),
        frozenset(sources),
        f"A-{number}",
        ALWAYS,
        KNOWN,
    )


def redirection(
    kind: RedirectionKind,
    share_ppm: int,
    *,
    number: int = 1,
    ceiling_micro: int = 0,
    protected_micro: int = 0,
    priority: int = 1,
    sources: Iterable[str] = (),
    period: Period = ALWAYS,
) -> Redirection:
    """Return a redirection from the payee to another party."""
    return Redirection(
        number,
        kind,
        PAYEE,
        OTHER,
        "EUR" if ceiling_micro or protected_micro else "",
        share_ppm,
        ceiling_micro,
        protected_micro,
        priority,
        frozenset(sources),
        f"R-{number}",
        period,
        KNOWN,
    )


def document(
    kind: DocumentKind,
    country: str,
    *,
    number: str = "D-1",
    rate_ppm: int = 0,
    valid_from: date | None = None,
    valid_to: date | None = None,
) -> Document:
    """Return a document on file."""
    return Document(number, kind, country, rate_ppm, frozenset(), Period(valid_from, valid_to), KNOWN)
