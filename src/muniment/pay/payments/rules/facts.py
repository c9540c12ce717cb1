"""What is known of a payee that stands between the account and the bank; each fact with its two clocks."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from muniment.kernel.words.period import Known, Period
from muniment.kernel.words.shares import PPM, format_percent
from muniment.pay.payments.rules.policy import Method, periods_overlap


class RedirectionKind(StrEnum):
    """Why a part of a payee's money goes to somebody else."""

    ASSIGNMENT = "assignment"
    LETTER = "letter"
    GARNISHMENT = "garnishment"


class DocumentKind(StrEnum):
    """What a document on file proves.

    Where a payee lives for tax, a VAT number, a deduction at the source; that the payee died, or that nothing may be
    paid to the payee (a list of sanctions, an order to freeze).
    """

    RESIDENCE = "residence"
    VAT = "vat"
    AT_SOURCE = "at_source"
    DEATH = "death"
    SANCTION = "sanction"


@dataclass(frozen=True, slots=True)
class Advance:
    """Money given ahead. Recouped from `party_ids` (crossed where more than one) and `sources` (none: all).

    `instalment_micro` is taken at a time, and only when it has come in; 0 takes whatever there is.
    """

    number: int
    currency: str
    instalment_micro: int
    party_ids: frozenset[int]
    sources: frozenset[str]
    document: str
    period: Period
    known: Known

    @property
    def key(self) -> str:
        """Return the name under which what is left of it is kept; also its ledger account."""
        return f"advance/{self.number}"


@dataclass(frozen=True, slots=True)
class Redirection:
    """A share of what a payee gets from some sources (none: all) that goes to another party.

    `ceiling_micro` is the most that goes there in all (0: no end), `protected_micro` what a garnishment leaves the
    payee at each payment. Lower `priority` comes first.
    """

    number: int
    kind: RedirectionKind
    from_party_id: int
    to_party_id: int
    currency: str
    share_ppm: int
    ceiling_micro: int
    protected_micro: int
    priority: int
    sources: frozenset[str]
    document: str
    period: Period
    known: Known

    @property
    def key(self) -> str:
        """Return the name under which what is left of its ceiling is kept."""
        return f"redirection/{self.number}"


@dataclass(frozen=True, slots=True)
class Document:
    """A document on file: `number` names it, `rate_ppm` and `sources` say what was deducted at the source."""

    number: str
    kind: DocumentKind
    country: str
    rate_ppm: int
    sources: frozenset[str]
    period: Period
    known: Known


@dataclass(frozen=True, slots=True)
class PayingTerms:
    """In which currency and how a payee wants to be paid."""

    currency: str
    method: Method
    period: Period
    known: Known


@dataclass(frozen=True, slots=True)
class PayeeRecord:
    """Everything on file for one payee; `country` is that of the register, which proves nothing to a tax office."""

    country: str = ""
    advances: tuple[Advance, ...] = ()
    redirections: tuple[Redirection, ...] = ()
    documents: tuple[Document, ...] = ()
    terms: tuple[PayingTerms, ...] = ()
    by_source: Mapping[str, int] = field(default_factory=dict)


def source_of(account: str) -> str:
    """Return the source of money that an account credited to a payee: the kind of a fund, `held`, `redirected`.

    Money that came back from the bank has none: it is no new income.
    """
    word, _, rest = account.partition("/")
    if word == "fund":
        return rest.partition("/")[0]
    return {"payable": "redirected", "transit": "", "bank": ""}.get(word, word)


def parties_paid_in(accounts: Iterable[str]) -> set[int]:
    """Return the parties whose accounts are among these."""
    return {int(account.removeprefix("payable/")) for account in accounts if account.startswith("payable/")}


def in_force[Fact: (Advance, Redirection, Document, PayingTerms)](
    facts: Iterable[Fact], on: date, known_at: datetime
) -> tuple[Fact, ...]:
    """Return the facts that hold on a day as known at an instant."""
    return tuple(fact for fact in facts if fact.period.contains(on) and fact.known.contains(known_at))


def residence_document(documents: Iterable[Document], on: date, known_at: datetime) -> Document | None:
    """Return the residence document that holds, the one that began last where several do."""
    held = [document for document in in_force(documents, on, known_at) if document.kind is DocumentKind.RESIDENCE]
    return max(held, key=lambda document: (document.period.valid_from or date.min, document.number), default=None)


STOPS = (DocumentKind.SANCTION, DocumentKind.DEATH)
"""Documents by which nothing is paid to a payee while they hold; the first of them counts."""


def stop_on(documents: Iterable[Document], on: date, known_at: datetime) -> Document | None:
    """Return the document by which nothing is paid to a payee on a day, None where there is none."""
    held = [document for document in in_force(documents, on, known_at) if document.kind in STOPS]
    return min(held, key=lambda document: (STOPS.index(document.kind), document.number), default=None)


def letters_above_whole(letters: Sequence[Redirection]) -> str:
    """Return what is wrong with letters of one payee that together direct more than 100 % of a day, or nothing.

    Letters count together where they share a day and a source. The most is reached on the first day of one of them.
    """
    for first in letters:
        on = first.period.valid_from or date.min
        among = [
            other
            for other in letters
            if periods_overlap(first.period, other.period) and other.period.contains(on) and _share_source(first, other)
        ]
        total_ppm = sum(other.share_ppm for other in among)
        if total_ppm > PPM:
            numbers = ", ".join(other.document for other in among)
            return f"The letters {numbers} direct {format_percent(total_ppm)} % of the same money"
    return ""


def _share_source(one: Redirection, other: Redirection) -> bool:
    return not one.sources or not other.sources or bool(one.sources & other.sources)
