"""Accounts, entries and their digests, without the database.

An account is named by its first word, which also says its kind, and by what it is kept for:

    bank                         asset      money at the society's bank
    receivable/LICENSEE          asset      invoiced, not yet received
    transit/BATCH                liability  ordered at the bank, not yet confirmed
    billed/FUND                  liability  invoiced for a fund, not yet received
    fund/FUND                    liability  received, to be distributed
    payable/PARTY                liability  distributed, to be paid to a payee
    held/REASON/SCOPE            liability  distributed, but nobody can be paid yet
    vat                          liability  value added tax, owed to the state
    tax/COUNTRY                  liability  withheld from payees, owed to the tax office of a country
    advance/NUMBER               asset      paid to a payee ahead of earnings, to be recouped
    exchange/PAIR                liability  changed from one currency into another, not settled with the bank yet
    exchange_difference          expense    what changing money cost more than its rate said
    recoverable/PARTY            asset      paid to a payee too much, to be settled by later amounts
    deduction/NAME               income     what the society keeps, by purpose
    investment/NAME              income     what money earned while it waited
    cost/KIND/NAME               expense    what running the society costs: operating, financial, social, other
    writeoff                     expense    what will never be received
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from json.encoder import encode_basestring

from muniment.kernel.words.digests import canonical_json, digest_bytes
from muniment.kernel.words.money import currency_exponent
from muniment.kernel.words.problems import UserError
from muniment.trust.access.rules import instant_text


class AccountKind(StrEnum):
    """On which side an account grows: assets and expenses by debits, the others by credits."""

    ASSET = "asset"
    LIABILITY = "liability"
    INCOME = "income"
    EXPENSE = "expense"


_KINDS = {
    "bank": AccountKind.ASSET,
    "receivable": AccountKind.ASSET,
    "transit": AccountKind.LIABILITY,
    "billed": AccountKind.LIABILITY,
    "fund": AccountKind.LIABILITY,
    "payable": AccountKind.LIABILITY,
    "held": AccountKind.LIABILITY,
    "vat": AccountKind.LIABILITY,
    "tax": AccountKind.LIABILITY,
    "advance": AccountKind.ASSET,
    "recoverable": AccountKind.ASSET,
    "exchange": AccountKind.LIABILITY,
    "exchange_difference": AccountKind.EXPENSE,
    "deduction": AccountKind.INCOME,
    "writeoff": AccountKind.EXPENSE,
    "cost": AccountKind.EXPENSE,
    "investment": AccountKind.INCOME,
}

CODE_LENGTH = 200
MAX_AMOUNT_MICRO = 2**63 - 1


class InvalidEntry(UserError):
    """An entry that the ledger cannot book: an unknown account, an amount that is not positive, no transfer at all."""


class IdempotencyConflict(UserError):
    """The key was used before, for another entry."""


class AlreadyReversed(UserError):
    """The entry has been reversed before."""


class UnknownEntry(UserError):
    """No entry has this number."""


def bank() -> str:
    """Return the code of the society's account at its bank."""
    return "bank"


def receivable(licensee_id: int) -> str:
    """Return the code of what a licensee owes."""
    return f"receivable/{licensee_id}"


def billed(fund_code: str) -> str:
    """Return the code of what was invoiced for a fund and is not received yet."""
    return f"billed/{fund_code}"


def fund(fund_code: str) -> str:
    """Return the code of the money received for a fund and not distributed yet."""
    return f"fund/{fund_code}"


def vat() -> str:
    """Return the code of the value added tax owed."""
    return "vat"


def deduction(name: str) -> str:
    """Return the code of what the society keeps for a purpose, such as administration."""
    return f"deduction/{name}"


def payable(party_id: int) -> str:
    """Return the code of what a payee is owed."""
    return f"payable/{party_id}"


def held(reason: str, scope: str) -> str:
    """Return the code of money held for a reason (UNMATCHED, DISPUTE ...) in a scope (a run's pool, a party)."""
    return f"held/{reason}/{scope}"


def transit(batch_id: int) -> str:
    """Return the code of money ordered at the bank in a payment batch and not confirmed yet."""
    return f"transit/{batch_id}"


def tax(country: str) -> str:
    """Return the code of the tax withheld from payees for a country (two letters)."""
    return f"tax/{country}"


def advance(number: int) -> str:
    """Return the code of what is still to be recouped of an advance."""
    return f"advance/{number}"


def recoverable(party_id: int) -> str:
    """Return the code of what a payee was paid too much and owes."""
    return f"recoverable/{party_id}"


def writeoff() -> str:
    """Return the code of what will never be received."""
    return "writeoff"


def exchange(base: str, quote: str) -> str:
    """Return the code of the money changed from the currency `base` into `quote`, kept in both currencies."""
    return f"exchange/{base}-{quote}"


def exchange_difference() -> str:
    """Return the code of what changing money cost beyond the rate that was promised; gains make it smaller."""
    return "exchange_difference"


def account_kind(code: str) -> AccountKind:
    """Return the kind of the account, which its first word says.

    Raises:
        InvalidEntry: no account is named so.
    """
    kind = _KINDS.get(code.partition("/")[0])
    if kind is None or len(code) > CODE_LENGTH:
        raise InvalidEntry(f"{code!r} is not the code of an account.", f"Begin it with one of {', '.join(_KINDS)}.")
    return kind


def grows_by_debit(kind: AccountKind) -> bool:
    """Say whether debits make the account's balance larger."""
    return kind in (AccountKind.ASSET, AccountKind.EXPENSE)


@dataclass(frozen=True, slots=True)
class TransferDraft:
    """An amount that leaves nothing open: debited to one account, credited to another."""

    debit: str
    credit: str
    amount_micro: int


@dataclass(frozen=True, slots=True)
class EntryHead:
    """An entry without its transfers; the key makes booking it twice the same as booking it once.

    `kind` says what happened ("receipt", "distribution"), `booked_on` the day it counts for, `reverses` the entry
    that this one takes back, `dimensions` what reports ask for (see `dimensions_text`).
    """

    idempotency_key: str
    kind: str
    booked_on: date
    currency: str
    memo: str = ""
    reverses: int | None = None
    dimensions: str = ""


@dataclass(frozen=True, slots=True)
class EntryDraft:
    """What is to be booked as one act: see `EntryHead` for everything but the transfers."""

    idempotency_key: str
    kind: str
    booked_on: date
    currency: str
    transfers: tuple[TransferDraft, ...]
    memo: str = ""
    reverses: int | None = None
    dimensions: str = ""

    @property
    def head(self) -> EntryHead:
        """The draft without its transfers."""
        return EntryHead(
            self.idempotency_key,
            self.kind,
            self.booked_on,
            self.currency,
            self.memo,
            self.reverses,
            self.dimensions,
        )


DIMENSIONS = ("run", "right", "use", "counterparty", "collection_year")
"""What an entry may say of itself for reports, beside what its accounts say."""


def dimensions_text(dimensions: Mapping[str, str]) -> str:
    """Return dimensions of an entry in the one spelling that is booked; empty for none.

    Raises:
        InvalidEntry: a dimension is not in `DIMENSIONS`.
    """
    if unknown := sorted(dimensions.keys() - set(DIMENSIONS)):
        raise InvalidEntry(f"An entry has no dimension {unknown[0]!r}.", f"Name some of {', '.join(DIMENSIONS)}.")
    said = {name: value for name, value in dimensions.items() if value}
    return canonical_json(dict(said)).decode() if said else ""


def check_head(head: EntryHead) -> None:
    """Let a head pass that has a key.

    Raises:
        InvalidEntry: it has no key, or one that is too long.
    """
    if not head.idempotency_key or len(head.idempotency_key) > CODE_LENGTH:
        raise InvalidEntry("An entry needs a key of 1 to 200 letters.", "Name it after what is booked.")


def check_draft(draft: EntryDraft) -> None:
    """Let a draft pass that the ledger can book.

    Raises:
        InvalidEntry: it has no transfers, an amount that is not positive, one account on both sides, or no key.
        UnknownCurrency: see `currency_exponent`.
    """
    currency_exponent(draft.currency)
    check_head(draft.head)
    if not draft.transfers:
        raise InvalidEntry(f"Entry {draft.idempotency_key} moves nothing.", "Give it at least one transfer.")
    for transfer in draft.transfers:
        if not isinstance(transfer.amount_micro, int) or not 0 < transfer.amount_micro <= MAX_AMOUNT_MICRO:
            raise InvalidEntry(
                f"Entry {draft.idempotency_key} has an amount of {transfer.amount_micro}.",
                "An amount is positive; to take money back, exchange debit and credit.",
            )
        if transfer.debit == transfer.credit:
            raise InvalidEntry(
                f"Entry {draft.idempotency_key} takes from {transfer.debit} what it gives to it.",
                "Name two different accounts.",
            )


quoted: Callable[[str], str] = encode_basestring
"""A text as canonical JSON spells it: in quotes, letters beyond ASCII as they are."""


def head_json(head: EntryHead) -> bytes:
    """Return the canonical JSON of a body up to its transfers: `[key, kind, booked_on, currency, memo, reverses,`."""
    reverses = "null" if head.reverses is None else str(head.reverses)
    texts = f'{quoted(head.idempotency_key)},{quoted(head.kind)},"{head.booked_on.isoformat()}",{quoted(head.currency)}'
    return f"[{texts},{quoted(head.memo)},{reverses},".encode()


def tail_json(head: EntryHead) -> bytes:
    """Return what stands behind the transfers: the dimensions, where there are any, and the end."""
    return f",{quoted(head.dimensions)}]".encode() if head.dimensions else b"]"


def body_digest(draft: EntryDraft) -> str:
    """Return the SHA-256 of the canonical JSON of everything in the draft, transfers in their order."""
    moved = [[transfer.debit, transfer.credit, transfer.amount_micro] for transfer in draft.transfers]
    transfers = json.dumps(moved, separators=(",", ":"), ensure_ascii=False).encode()
    return digest_bytes(head_json(draft.head) + transfers + tail_json(draft.head))


def link_of(prev_hash: str, digest: str, instant: str, recorded_by: str, entry_id: int, first_transfer: int) -> str:
    """Return the link of an entry: SHA-256 of the canonical JSON list of these six, the instant as UTC text.

    The numbers are in it, so that a row cannot take another's place.
    """
    facts = f'["{prev_hash}","{digest}","{instant}",{quoted(recorded_by)},{entry_id},{first_transfer}]'
    return digest_bytes(facts.encode())


def entry_hash(
    prev_hash: str,
    digest: str,
    recorded_at: datetime,
    recorded_by: str,
    entry_id: int,
    first_transfer: int,
) -> str:
    """Return the link of an entry that was recorded at an instant; see `link_of`."""
    return link_of(prev_hash, digest, instant_text(recorded_at), recorded_by, entry_id, first_transfer)


def reversal_of(transfers: Sequence[TransferDraft]) -> tuple[TransferDraft, ...]:
    """Return the transfers that take these back."""
    return tuple(TransferDraft(found.credit, found.debit, found.amount_micro) for found in transfers)
