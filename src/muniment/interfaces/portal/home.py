"""The first page of a member: what is on the account, the newest statement and payment, the way to the rest."""

from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext_lazy

from muniment.interfaces.navigation import Entry
from muniment.interfaces.pages import actor_of, member_page
from muniment.pay.distributions.queries import list_statements
from muniment.pay.payments.queries import payments_of_party
from muniment.rights.parties.queries import get_party
from muniment.rights.works.queries import works_of_party
from muniment.trust.access.rules import Action
from muniment.trust.ledger.queries import balance
from muniment.trust.ledger.rules import payable

_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Balance:
    """What the society owes a member now, in one currency."""

    currency: str
    amount_micro: int


def own_party(request: HttpRequest) -> int:
    """Return the party that the member's login stands for.

    Raises:
        PermissionDenied: the login stands for nobody.
    """
    party_id = actor_of(request).party_id
    if party_id is None:
        raise PermissionDenied
    return party_id


def balances_of(party_id: int) -> list[Balance]:
    """Return what a party is owed, in the books' currency and every other that it has had statements in."""
    currencies = {statement.currency for statement in list_statements(party_id=party_id, limit=None).rows}
    found = [
        Balance(currency, balance(payable(party_id), currency))
        for currency in sorted(currencies | {settings.MUNIMENT_CURRENCY})
    ]
    return [row for row in found if row.amount_micro or row.currency == settings.MUNIMENT_CURRENCY]


@member_page
def home(request: HttpRequest) -> HttpResponse:
    """Show the member's account at a glance."""
    party_id = own_party(request)
    return render(
        request,
        "portal/home.html",
        {
            "party": get_party(party_id),
            "balances": balances_of(party_id),
            "statements": list_statements(party_id=party_id, limit=_SHOWN).rows,
            "payments": payments_of_party(party_id, limit=_SHOWN),
            "work_count": works_of_party(party_id, 1).total,
        },
    )


urlpatterns = [path("", home, name="home")]
NAVIGATION = [Entry(gettext_lazy("My account"), "portal:home", Action.OWN_READ, 200)]
