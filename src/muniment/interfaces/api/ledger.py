"""The API of the books, to be read: trial balance, accounts, entries."""

from datetime import date, datetime

from django.http import Http404, HttpRequest
from ninja import Router, Schema

from muniment.interfaces.pages import actor_of
from muniment.kernel.words.paging import Page
from muniment.trust.access.rules import Action, require
from muniment.trust.ledger import queries
from muniment.trust.ledger.rules import TransferDraft

PREFIX = "/ledger"
router = Router(tags=["ledger"])

_MOST = 500


class TrialOut(Schema):
    """An account's sums in micro-units; the balance is positive on the side the account grows on."""

    code: str
    currency: str
    kind: str
    debit_micro: int
    credit_micro: int
    balance_micro: int


class LineOut(Schema):
    """One movement of an account and the balance after it."""

    entry_id: int
    booked_on: date
    kind: str
    memo: str
    other_code: str
    debit_micro: int
    credit_micro: int
    balance_micro: int


class StatementOut(Schema):
    """A piece of an account's movements, oldest first."""

    code: str
    currency: str
    kind: str
    opening_micro: int
    lines: list[LineOut]
    closing_micro: int
    line_count: int


class EntryOut(Schema):
    """An entry; its hash is its link in the chain of entries."""

    id: int
    idempotency_key: str
    kind: str
    booked_on: date
    currency: str
    memo: str
    reverses: int | None
    recorded_at: datetime
    recorded_by: str
    transfer_count: int
    total_micro: int
    body_digest: str
    hash: str


class EntriesOut(Schema):
    """Some entries, newest first, and how many there are in all."""

    rows: list[EntryOut]
    total: int


class TransferOut(Schema):
    """An amount debited to one account and credited to another."""

    debit: str
    credit: str
    amount_micro: int


@router.get("/trial-balance", response=list[TrialOut])
def trial_balance(request: HttpRequest, currency: str | None = None) -> list[queries.TrialRow]:
    """Return every account with its sums."""
    require(actor_of(request), Action.LEDGER_READ)
    return queries.trial_balance(currency=currency)


@router.get("/accounts/{currency}/{path:code}", response=StatementOut)
def account(
    request: HttpRequest, currency: str, code: str, limit: int = 100, offset: int = 0
) -> queries.AccountStatement:
    """Return movements of one account, at most 500 at once."""
    require(actor_of(request), Action.LEDGER_READ)
    found = queries.account_statement(code, currency, limit=max(1, min(limit, _MOST)), offset=max(0, offset))
    if found is None:
        raise Http404
    return found


@router.get("/entries", response=EntriesOut)
def list_entries(
    request: HttpRequest, account_code: str | None = None, limit: int = 50, offset: int = 0
) -> Page[queries.EntryRow]:
    """Return entries, newest first, of one account or all, at most 500 at once."""
    require(actor_of(request), Action.LEDGER_READ)
    return queries.list_entries(account_code, max(1, min(limit, _MOST)), offset=max(0, offset))


@router.get("/entries/{int:entry_id}", response=EntryOut)
def get_entry(request: HttpRequest, entry_id: int) -> queries.EntryRow:
    """Return one entry."""
    require(actor_of(request), Action.LEDGER_READ)
    found = queries.get_entry(entry_id)
    if found is None:
        raise Http404
    return found


@router.get("/entries/{int:entry_id}/transfers", response=list[TransferOut])
def list_transfers(request: HttpRequest, entry_id: int, limit: int = 100, offset: int = 0) -> tuple[TransferDraft, ...]:
    """Return transfers of one entry in their order, at most 500 at once."""
    require(actor_of(request), Action.LEDGER_READ)
    return queries.transfers_of(entry_id, limit=max(1, min(limit, _MOST)), offset=max(0, offset))
