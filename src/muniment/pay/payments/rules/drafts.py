"""Facts about payees as somebody writes them: read, checked, and refused with the field and the remedy."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from muniment.kernel.words.money import currency_exponent, parse_amount
from muniment.kernel.words.period import Period
from muniment.kernel.words.problems import UserError
from muniment.kernel.words.shares import PPM, parse_percent
from muniment.pay.payments.rules.facts import STOPS, DocumentKind, RedirectionKind
from muniment.pay.payments.rules.policy import Method
from muniment.pay.payments.rules.slips import RATE_DIGITS
from muniment.pay.payments.rules.toml_reading import parse_country

ADVANCE, TERMS = "advance", "terms"
KINDS = (ADVANCE, *RedirectionKind, *DocumentKind, TERMS)
"""What can be on file for a payee, as a table or a form names it."""

MAX_DOCUMENT = 140
MAX_SOURCES = 300
_FRACTION = re.compile(r"(\d{1,9})\s*/\s*(\d{1,9})")
_RATE = re.compile(r"(\d{1,9})(?:\.(\d{1,9}))?")
_SOURCE = re.compile(r"[a-z][a-z0-9_-]*")


class InvalidFact(UserError):
    """A fact about a payee cannot be recorded; `field` is the one that is wrong."""

    def __init__(self, field: str, message: str, remedy: str) -> None:
        super().__init__(message, remedy)
        self.field = field


@dataclass(frozen=True, slots=True)
class AdvanceDraft:
    """An advance to be: `crossed_ids` are further accounts that it may be recouped from."""

    party_id: int
    currency: str
    amount_micro: int
    instalment_micro: int
    document: str
    period: Period
    sources: frozenset[str] = frozenset()
    crossed_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class RedirectionDraft:
    """An assignment, a letter of direction or a garnishment to be; amounts of 0 mean none."""

    kind: RedirectionKind
    party_id: int
    to_party_id: int
    share_ppm: int
    document: str
    period: Period
    currency: str = ""
    ceiling_micro: int = 0
    protected_micro: int = 0
    priority: int = 1
    sources: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class DocumentDraft:
    """A document to be put on file."""

    kind: DocumentKind
    party_id: int
    number: str
    country: str
    period: Period
    rate_ppm: int = 0
    sources: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class TermsDraft:
    """In which currency and how a payee wants to be paid from a day on."""

    party_id: int
    currency: str
    method: Method
    period: Period


type FactDraft = AdvanceDraft | RedirectionDraft | DocumentDraft | TermsDraft
type PartyOf = Callable[[str], int]
"""Finds the party that a text names; raises a `UserError` where there is none."""


def parse_share(text: str) -> int:
    """Return the ppm of a share written as a percentage or as a fraction ("20 %", "3/15"); fractions round down.

    Raises:
        InvalidShare: not a share from 0 to 100 %.
        InvalidFact: a fraction above the whole, or of nothing.
    """
    found = _FRACTION.fullmatch(text.strip())
    if found is None:
        return parse_percent(text)
    part, whole = int(found[1]), int(found[2])
    if not 0 < part <= whole:
        raise InvalidFact("share", f"A share of {text.strip()} is above 100 % or nothing.", "Write a part of a whole.")
    return part * PPM // whole


def parse_rate(text: str) -> int:
    """Return an exchange rate in billionths.

    Raises:
        InvalidFact: not a positive number with at most nine decimals.
    """
    found = _RATE.fullmatch(text.strip())
    rate_nano = 0 if found is None else int(found[1]) * 10**RATE_DIGITS + int((found[2] or "").ljust(RATE_DIGITS, "0"))
    if not rate_nano:
        raise InvalidFact("rate", f"{text!r} is not a rate.", "Write how many units one unit buys, such as 0.9213.")
    return rate_nano


def format_rate(rate_nano: int) -> str:
    """Return a rate as text: 921300000 is "0.9213"."""
    whole, decimals = divmod(rate_nano, 10**RATE_DIGITS)
    return f"{whole}.{decimals:0{RATE_DIGITS}d}".rstrip("0").rstrip(".")


def read_fact(values: Mapping[str, str], party_of: PartyOf, on: date) -> FactDraft:
    """Read a fact from texts by field: kind, payee, to, share, amount, instalment, protected, currency, priority,
    sources, crossed, document, country, rate, method, valid_from, valid_to. Blank and missing are the same.

    `on` is the day of recording: a document or a direction that ended before it is refused.

    Raises:
        InvalidFact: a field is missing or wrong; the error names it.
    """
    row = _Row(values, party_of, on)
    kind = values.get("kind", "").strip().lower()
    if kind == ADVANCE:
        return _advance(row)
    if kind in tuple(RedirectionKind):
        return _redirection(row, RedirectionKind(kind))
    if kind in tuple(DocumentKind):
        return _document(row, DocumentKind(kind))
    if kind == TERMS:
        return TermsDraft(row.party("payee"), row.currency(), row.method(), row.period())
    raise InvalidFact("kind", f"{kind or 'Nothing'!r} is no kind of fact.", f"Write one of: {', '.join(KINDS)}.")


def _advance(row: "_Row") -> AdvanceDraft:
    currency = row.currency()
    amount_micro, instalment_micro = row.amount("amount", currency), row.amount("instalment", currency)
    if not amount_micro:
        raise InvalidFact("amount", "An advance of nothing is none.", "Give its amount.")
    if instalment_micro > amount_micro:
        raise InvalidFact("instalment", "An instalment is larger than the advance.", "Give at most the whole.")
    party_id = row.party("payee")
    crossed_ids = tuple(row.party_of(name) for name in row.text("crossed").split(";") if name.strip())
    if party_id in crossed_ids:
        raise InvalidFact("crossed", "The payee's own account is among the further ones.", "Name other accounts only.")
    return AdvanceDraft(
        party_id,
        currency,
        amount_micro,
        instalment_micro,
        row.document("document"),
        row.period(),
        row.sources(),
        crossed_ids,
    )


def _redirection(row: "_Row", kind: RedirectionKind) -> RedirectionDraft:
    party_id, to_party_id = row.party("payee"), row.party("to")
    if party_id == to_party_id:
        raise InvalidFact("to", "The money would go to the payee it comes from.", "Name who is to get it.")
    has_amounts = bool(row.text("amount") or row.text("protected"))
    currency = row.currency() if has_amounts or row.text("currency") else ""
    ceiling_micro = row.amount("amount", currency) if has_amounts else 0
    protected_micro = row.amount("protected", currency) if has_amounts else 0
    if protected_micro and kind is not RedirectionKind.GARNISHMENT:
        raise InvalidFact("protected", f"A {kind} protects no amount.", "Leave it empty, or record a garnishment.")
    share_ppm = row.share("share") if row.text("share") or not ceiling_micro else PPM
    if not share_ppm:
        raise InvalidFact("share", "A share of nothing directs nothing.", "Give a share above 0.")
    return RedirectionDraft(
        kind=kind,
        party_id=party_id,
        to_party_id=to_party_id,
        share_ppm=share_ppm,
        document=row.document("document"),
        period=row.period(),
        currency=currency,
        ceiling_micro=ceiling_micro,
        protected_micro=protected_micro,
        priority=row.priority(),
        sources=row.sources(),
    )


def _document(row: "_Row", kind: DocumentKind) -> DocumentDraft:
    rate_ppm = 0
    if kind is DocumentKind.AT_SOURCE:
        rate_ppm = row.share("rate")
        if not 0 < rate_ppm < PPM:
            raise InvalidFact("rate", "A deduction at the source is above 0 and below 100 %.", "Correct the rate.")
    if kind in STOPS:
        return _stop(row, kind)
    period = row.period()
    if kind is DocumentKind.RESIDENCE and (period.valid_from is None or period.valid_to is None):
        field = "valid_from" if period.valid_from is None else "valid_to"
        raise InvalidFact(field, "A residence document is dated.", "Write from and to which day it holds.")
    return DocumentDraft(
        kind, row.party("payee"), row.document("document"), row.country(), period, rate_ppm, row.sources()
    )


def _stop(row: "_Row", kind: DocumentKind) -> DocumentDraft:
    """Read a death or a sanction: the day it began is known and not to come; a death has no end."""
    period = row.period()
    if period.valid_from is None:
        raise InvalidFact("valid_from", f"A {kind} begins on a day.", "Write the day from which it holds.")
    if kind is DocumentKind.DEATH and period.valid_from > row.on:
        raise InvalidFact("valid_from", f"{period.valid_from} is yet to come.", "Write the day of the death.")
    if kind is DocumentKind.DEATH and period.valid_to is not None:
        raise InvalidFact("valid_to", "A death has no end.", "Leave it empty; end it once the estate can be paid.")
    country = row.country() if row.text("country") else ""
    return DocumentDraft(kind, row.party("payee"), row.document("document"), country, period)


class _Row:
    """The texts of one fact, asked for by type; an error names the field."""

    def __init__(self, values: Mapping[str, str], party_of: PartyOf, on: date) -> None:
        self._values, self._party_of, self.on = values, party_of, on

    def text(self, field: str) -> str:
        """Return the text of a field on one line, empty where there is none."""
        return " ".join(self._values.get(field, "").split())

    def party_of(self, name: str) -> int:
        """Return the party that a name means."""
        return self._party_of(name.strip())

    def party(self, field: str) -> int:
        """Return the party that a field names; it must be given."""
        if not self.text(field):
            raise InvalidFact(field, "Nobody is named.", "Write a code or an IPI name number.")
        return self._as(field, self._party_of)

    def currency(self) -> str:
        """Return the three letters of the currency."""
        currency = self.text("currency").upper()
        self._as("currency", lambda _: currency_exponent(currency))
        return currency

    def amount(self, field: str, currency: str) -> int:
        """Return micro-units of an amount that is not negative, 0 where none is given."""
        if not self.text(field):
            return 0
        amount_micro = self._as(field, lambda text: parse_amount(text, currency))
        if amount_micro < 0:
            raise InvalidFact(field, f"{self.text(field)} is below zero.", "Write 0 or more.")
        return amount_micro

    def share(self, field: str) -> int:
        """Return a share in ppm."""
        return self._as(field, parse_share)

    def country(self) -> str:
        """Return the two letters of the country."""
        return self._as("country", parse_country)

    def method(self) -> Method:
        """Return the way of paying."""
        text = self.text("method").lower()
        if text not in tuple(Method):
            raise InvalidFact("method", f"{text!r} is no way of paying.", f"Write one of: {', '.join(Method)}.")
        return Method(text)

    def priority(self) -> int:
        """Return the rank, 1 where none is given."""
        text = self.text("priority") or "1"
        if not (text.isascii() and text.isdigit() and len(text) < 5):
            raise InvalidFact("priority", f"{text!r} is no rank.", "Write a whole number; 1 is served first.")
        return int(text)

    def document(self, field: str) -> str:
        """Return the number of a document; it must be given."""
        text = self.text(field)
        if not text or len(text) > MAX_DOCUMENT:
            raise InvalidFact(field, "The document has no name, or a very long one.", "Write its number, as on it.")
        return text

    def sources(self) -> frozenset[str]:
        """Return the sources, none for all of them."""
        words = self.text("sources").lower().replace(",", " ").split()
        for word in words:
            if not _SOURCE.fullmatch(word):
                raise InvalidFact("sources", f"{word!r} is no source.", "Write kinds of funds, such as radio concert.")
        if len(" ".join(words)) > MAX_SOURCES:
            raise InvalidFact("sources", "These are too many sources.", "Leave it empty for all of them.")
        return frozenset(words)

    def period(self) -> Period:
        """Return the days that the fact holds on; one that is over is refused."""
        valid_from, valid_to = self._day("valid_from"), self._day("valid_to")
        if valid_from and valid_to and valid_to <= valid_from:
            raise InvalidFact("valid_to", f"It ends on {valid_to}, before it begins.", "Exchange the two days.")
        if valid_to and valid_to <= self.on:
            raise InvalidFact(
                "valid_to", f"It expired on {valid_to}.", "Ask the payee for one that holds today, and record that."
            )
        return Period(valid_from, valid_to)

    def _day(self, field: str) -> date | None:
        text = self.text(field)
        try:
            return date.fromisoformat(text) if text else None
        except ValueError:
            raise InvalidFact(field, f"{text!r} is not a date.", "Write it as 2026-09-30.") from None

    def _as[Value](self, field: str, read: Callable[[str], Value]) -> Value:
        try:
            return read(self.text(field))
        except UserError as error:
            raise InvalidFact(field, error.message, error.remedy) from None
