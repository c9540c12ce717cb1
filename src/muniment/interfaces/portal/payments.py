"""What the society paid a member, and what is on its way."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext_lazy

from muniment.interfaces.navigation import Entry
from muniment.interfaces.pages import member_page
from muniment.interfaces.portal.details import masked_iban
from muniment.interfaces.portal.home import balances_of, own_party
from muniment.pay.payments.queries import payments_of_party
from muniment.trust.access.rules import Action


@member_page
def payment_list(request: HttpRequest) -> HttpResponse:
    """List the member's payments, newest first."""
    party_id = own_party(request)
    payments = [(payment, masked_iban(payment.iban)) for payment in payments_of_party(party_id)]
    return render(request, "portal/payments.html", {"payments": payments, "balances": balances_of(party_id)})


urlpatterns = [path("payments/", payment_list, name="payments")]
NAVIGATION = [Entry(gettext_lazy("My payments"), "portal:payments", Action.OWN_READ, 230)]
