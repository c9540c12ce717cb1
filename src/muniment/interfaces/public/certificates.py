"""The public record of a certificate, which its QR code leads to: what it is of and whether it stands; no name."""

from cryptography.hazmat.primitives.serialization import Encoding
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import get_language
from django.views.decorators.http import require_GET

from muniment.interfaces import evidence_log
from muniment.interfaces.public.log import plain, spoken
from muniment.interfaces.verifier_page import own_page
from muniment.rights.registry import queries
from muniment.trust.evidence.queries import get_record
from muniment.trust.evidence.queries.proving import NotLogged, prove_leaf
from muniment.trust.evidence.rules.revocation import is_list_of, lists_file
from muniment.trust.evidence.services.root import list_name, lists_of
from muniment.trust.evidence.services.signer import roots_of


@require_GET
def record(request: HttpRequest, number: str) -> HttpResponse:
    """Show a certificate: its deposit, its leaf, whether it was withdrawn. No holder and no title."""
    found = queries.get_certificate(number)
    if found is None:
        raise Http404
    leaf = get_record(f"certificate/{found.number}")
    context = {"certificate": found, "deposit": queries.get_deposit(found.deposit), "leaf": leaf}
    return render(request, "public/certificate.html", context)


@require_GET
@spoken
def proof(_request: HttpRequest, number: str) -> HttpResponse:
    """Send the newest proof that the log holds a certificate."""
    found = queries.get_certificate(number)
    leaf = None if found is None else get_record(f"certificate/{found.number}")
    if leaf is None:
        raise NotLogged("There is no such certificate.", "Look at its number.")
    return plain(prove_leaf(evidence_log.home(), leaf.leaf_hash, evidence_log.policy()).text)


@require_GET
def roots(_request: HttpRequest) -> HttpResponse:
    """Send the roots under which certificates are and were signed."""
    found = roots_of(evidence_log.home())
    return HttpResponse(
        b"".join(one.public_bytes(Encoding.PEM) for one in found), content_type="application/x-pem-file"
    )


@require_GET
def revoked(_request: HttpRequest) -> HttpResponse:
    """Send the lists of certificates that were revoked."""
    return HttpResponse(lists_file(lists_of(evidence_log.home())), content_type="application/x-pem-file")


@require_GET
def revoked_by(_request: HttpRequest, name: str) -> HttpResponse:
    """Send the list of one root, at the address that its certificates name."""
    home = evidence_log.home()
    named = [root for root in roots_of(home) if list_name(root) == name]
    found = next((one for root in named for one in lists_of(home) if is_list_of(one, root)), None)
    if found is None:
        raise Http404
    return HttpResponse(found.public_bytes(Encoding.DER), content_type="application/pkix-crl")


@require_GET
def page(_request: HttpRequest) -> HttpResponse:
    """Send the page that verifies without a server, to be kept and opened from the disk."""
    answer = HttpResponse(own_page(get_language() or settings.LANGUAGE_CODE))
    answer["Content-Disposition"] = 'attachment; filename="verify.html"'
    return answer


urlpatterns = [
    path("certificate/roots.pem", roots, name="certificate_roots"),
    path("certificate/revoked.pem", revoked, name="certificate_revoked"),
    path("certificate/revoked/<str:name>", revoked_by, name="certificate_revoked_by"),
    path("certificate/verify.html", page, name="certificate_page"),
    path("certificate/<str:number>/", record, name="certificate"),
    path("certificate/<str:number>/proof", proof, name="certificate_proof"),
]
