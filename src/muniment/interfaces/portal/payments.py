"""What the society paid a member, and what is on its way."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext_lazy

from muniment.interfaces.downloads import file_response
from muniment.interfaces.navigation import Entry
from muniment.interfaces.pages import member_page
from muniment.interfaces.portal.details import masked_iban
from muniment.interfaces.portal.home import balances_of, own_party
from muniment.pay.payments import queries
from muniment.pay.payments.rules import BatchState
from muniment.trust.access.rules import Action


@member_page
def payment_list(request: HttpRequest) -> HttpResponse:
    """List the member's payments, newest first."""
    party_id = own_party(request)
    slips = queries.slips_of_party(party_id)
    context = {
        "payments": [(payment, masked_iban(payment.iban)) for payment in queries.payments_of_party(party_id)],
        "balances": balances_of(party_id),
        "explained": {slip.batch_id for slip in slips},
        "unpaid": [slip for slip in slips if not slip.order_cents],
        "notices": queries.payee_file(party_id).notices,
    }
    return render(request, "portal/payments.html", context)


@member_page
def payment_page(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Explain one payment: why it is less than the royalties."""
    return render(request, "portal/payment.html", {"slip": _own_slip(request, batch_id)})


@member_page
def payment_csv(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Send the statement of one payment as CSV."""
    content = queries.slip_csv(_own_slip(request, batch_id))
    return file_response(content, f"payment-{batch_id}.csv", "text/csv; charset=utf-8")


def _own_slip(request: HttpRequest, batch_id: int) -> queries.SlipRow:
    """Return the member's slip in a batch that left the house.

    Raises:
        UnknownSlip: there is none; drafts are not shown.
    """
    slip = queries.get_slip(batch_id, own_party(request))
    if slip.batch_state in (BatchState.DRAFT, BatchState.CANCELLED):
        raise queries.UnknownSlip("There is no such payment.", "Open the list of your payments.")
    return slip


urlpatterns = [
    path("payments/", payment_list, name="payments"),
    path("payments/<int:batch_id>/", payment_page, name="payment"),
    path("payments/<int:batch_id>/csv/", payment_csv, name="payment-csv"),
]
NAVIGATION = [Entry(gettext_lazy("My payments"), "portal:payments", Action.OWN_READ, 230)]
