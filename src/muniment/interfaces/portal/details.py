"""What the society has on record about a member: names, numbers, mandates, bank account."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext_lazy

from muniment.interfaces.navigation import Entry
from muniment.interfaces.pages import member_page, now
from muniment.interfaces.portal.home import own_party
from muniment.rights.parties.queries import get_party
from muniment.rights.parties.rules.rows import BankRow
from muniment.trust.access.rules import Action

_SHOWN_LETTERS = 4


@dataclass(frozen=True, slots=True)
class MaskedAccount:
    """A bank account as a member sees it: enough to recognise, not enough to copy."""

    holder: str
    iban: str
    state: str


def masked_iban(iban: str) -> str:
    """Return the first and last four characters of an IBAN with dots between."""
    if len(iban) <= 2 * _SHOWN_LETTERS:
        return "••••"
    return f"{iban[:_SHOWN_LETTERS]} •••• {iban[-_SHOWN_LETTERS:]}"


def masked(account: BankRow) -> MaskedAccount:
    """Return what a member may see of a bank account."""
    return MaskedAccount(account.holder, masked_iban(account.iban), account.state)


@member_page
def details(request: HttpRequest) -> HttpResponse:
    """Show the member's own record: what is in force, and accounts that wait for approval."""
    party = get_party(own_party(request))
    today = now().date()
    mandates = [
        mandate
        for mandate in party.mandates
        if mandate.known_to is None and (mandate.valid_to is None or mandate.valid_to > today)
    ]
    accounts = [masked(account) for account in party.bank_accounts if account.state in ("approved", "proposed")]
    context = {"party": party, "mandates": mandates, "accounts": accounts}
    return render(request, "portal/details.html", context)


urlpatterns = [path("details/", details, name="details")]
NAVIGATION = [Entry(gettext_lazy("My details"), "portal:details", Action.OWN_READ, 240)]
