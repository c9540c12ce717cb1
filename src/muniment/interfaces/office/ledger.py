"""Pages of the books: the trial balance, an account's movements, the entries."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from muniment.interfaces.navigation import Entry
from muniment.interfaces.pages import PAGE_SIZE, page_of, staff_page
from muniment.interfaces.windows import window_page
from muniment.trust.access.rules import Action
from muniment.trust.ledger import queries
from muniment.trust.ledger.queries import StatementLine, TrialRow
from muniment.trust.ledger.rules import AccountKind, TransferDraft


@dataclass(frozen=True, slots=True)
class Group:
    """All accounts of one first word in one currency, such as every payable in EUR."""

    word: str
    currency: str
    kind: AccountKind
    account_count: int
    debit_micro: int
    credit_micro: int
    balance_micro: int


@dataclass(frozen=True, slots=True)
class Total:
    """The two sides of the books in one currency; they are equal."""

    currency: str
    debit_micro: int
    credit_micro: int


@dataclass(frozen=True, slots=True)
class Piece[Row]:
    """Some rows of a longer list."""

    rows: tuple[Row, ...]
    total: int


def groups_of(trial: Sequence[TrialRow]) -> list[Group]:
    """Return the sums of the accounts by currency and first word."""
    gathered: dict[tuple[str, str], list[TrialRow]] = {}
    for row in trial:
        gathered.setdefault((row.currency, row.code.partition("/")[0]), []).append(row)
    return [
        Group(
            word,
            currency,
            rows[0].kind,
            len(rows),
            sum(row.debit_micro for row in rows),
            sum(row.credit_micro for row in rows),
            sum(row.balance_micro for row in rows),
        )
        for (currency, word), rows in sorted(gathered.items())
    ]


def totals_of(groups: Sequence[Group]) -> list[Total]:
    """Return both sides of the books by currency."""
    return [
        Total(
            currency,
            sum(group.debit_micro for group in groups if group.currency == currency),
            sum(group.credit_micro for group in groups if group.currency == currency),
        )
        for currency in sorted({group.currency for group in groups})
    ]


@staff_page(Action.LEDGER_READ)
@require_GET
def trial_balance(request: HttpRequest) -> HttpResponse:
    """Show the sums of the books by kind of account."""
    groups = groups_of(queries.trial_balance())
    return render(request, "office/ledger/trial.html", {"groups": groups, "totals": totals_of(groups)})


@staff_page(Action.LEDGER_READ)
@require_GET
def account_list(request: HttpRequest, currency: str, word: str) -> HttpResponse:
    """List the accounts of one first word in one currency; those with a balance of nothing only when asked for."""
    with_empty = request.GET.get("empty") == "1"
    text = request.GET.get("q", "").strip()
    found = [
        row
        for row in queries.trial_balance(currency=currency, prefix=word)
        if row.code.partition("/")[0] == word and text in row.code and (with_empty or row.balance_micro)
    ]
    context = {
        "page": page_of(request, Paginator(found, PAGE_SIZE)),
        "word": word,
        "currency": currency,
        "q": text,
        "with_empty": with_empty,
    }
    return render(request, "office/ledger/accounts.html", context)


@staff_page(Action.LEDGER_READ)
@require_GET
def account_page(request: HttpRequest, currency: str, code: str) -> HttpResponse:
    """Show the movements of one account, oldest first, each with the balance after it."""
    statement = queries.account_statement(code, currency, limit=0)
    if statement is None:
        raise Http404

    def piece(limit: int, offset: int) -> Piece[StatementLine]:
        some = queries.account_statement(code, currency, limit=limit, offset=offset)
        return Piece(() if some is None else some.lines, 0 if some is None else some.line_count)

    context = {"statement": statement, "page": window_page(request, piece)}
    return render(request, "office/ledger/account.html", context)


@staff_page(Action.LEDGER_READ)
@require_GET
def entry_list(request: HttpRequest) -> HttpResponse:
    """List the entries, newest first."""
    page = window_page(request, lambda limit, offset: queries.list_entries(limit=limit, offset=offset))
    return render(request, "office/ledger/entries.html", {"page": page})


@staff_page(Action.LEDGER_READ)
@require_GET
def entry_page(request: HttpRequest, entry_id: int) -> HttpResponse:
    """Show one entry with its transfers and its place in the chain."""
    entry = queries.get_entry(entry_id)
    if entry is None:
        raise Http404

    def piece(limit: int, offset: int) -> Piece[TransferDraft]:
        return Piece(queries.transfers_of(entry_id, limit=limit, offset=offset), entry.transfer_count)

    context = {"entry": entry, "page": window_page(request, piece), "reversal_id": queries.reversal_id(entry_id)}
    return render(request, "office/ledger/entry.html", context)


urlpatterns = [
    path("ledger/", trial_balance, name="ledger"),
    path("ledger/accounts/<str:currency>/<str:word>/", account_list, name="ledger-accounts"),
    path("ledger/account/<str:currency>/<path:code>/", account_page, name="ledger-account"),
    path("ledger/entries/", entry_list, name="ledger-entries"),
    path("ledger/entries/<int:entry_id>/", entry_page, name="ledger-entry"),
]
NAVIGATION = [Entry(gettext_lazy("Ledger"), "office:ledger", Action.LEDGER_READ, 90)]
