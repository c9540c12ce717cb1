"""What a member deposits: files sent here, or only their hashes, made in the browser; and the certificates of it."""

import secrets
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from muniment.interfaces import evidence_log, registry_office
from muniment.interfaces.downloads import file_response
from muniment.interfaces.navigation import Entry
from muniment.interfaces.pages import actor_of, member_page, now, once
from muniment.interfaces.portal.home import own_party
from muniment.interfaces.uploads import received_file
from muniment.interfaces.windows import window_page
from muniment.kernel.formats.certificates.labels import LABELS
from muniment.rights.parties.queries import get_party
from muniment.rights.registry import queries
from muniment.rights.registry.rules.contents import Kind
from muniment.rights.registry.rules.hash_lists import read_hash_list
from muniment.rights.registry.services.bags import Content
from muniment.rights.registry.services.certificates import issue_certificate, make_certificate, pdf_path
from muniment.rights.registry.services.deposits import Depositor, deposit
from muniment.trust.access.rules import Action

_LANGUAGES = {"en": "English", "ur": "اردو", "zh": "中文"}


@member_page
@require_GET
def deposits(request: HttpRequest) -> HttpResponse:
    """List what the member deposited, with the form for more."""
    party_id = own_party(request)
    page = window_page(
        request, lambda limit, offset: queries.list_deposits(party_id=party_id, limit=limit, offset=offset)
    )
    titles = {row.number: queries.get_particulars(row.number) for row in page.object_list}
    return render(request, "portal/deposits.html", {"page": page, "titles": titles})


@member_page
@require_POST
@once
def add(request: HttpRequest) -> HttpResponse:
    """Take a deposit in: a file, or the list of hashes that the browser made."""
    party_id = own_party(request)
    given = Depositor(
        name=get_party(party_id).name,
        title=request.POST.get("title", "").strip(),
        note=request.POST.get("note", "").strip(),
        party_id=party_id,
    )
    with _content(request) as content:
        likenesses = queries.find_likenesses(content.files)
        row = deposit(
            actor=actor_of(request),
            at=now(),
            depositor=given,
            content=content,
            keys=evidence_log.keys(),
            entropy=secrets.token_bytes,
            home=evidence_log.home(),
        )
    known = sorted({like.number for like in likenesses if like.number != row.number})
    if known:
        text = _("The same or nearly the same was deposited before: %(numbers)s.")
        messages.warning(request, text % {"numbers": ", ".join(known)})
    messages.success(request, _("%(number)s is deposited.") % {"number": row.number})
    return redirect("portal:deposit", row.number)


@member_page
@require_GET
def show(request: HttpRequest, number: str) -> HttpResponse:
    """Show a deposit of the member: its files, its leaf, its certificates."""
    row, person = _own(request, number)
    certificates = queries.certificates_of(row.number)
    issued = {one.language for one in certificates if one.withdrawn_at is None}
    context = {
        "deposit": row,
        "person": person,
        "files": queries.files_of(row.number)[:100],
        "certificates": certificates,
        "certificate_languages": [(code, _LANGUAGES[code]) for code in LABELS if code not in issued],
    }
    return render(request, "portal/deposit.html", context)


@member_page
@require_POST
@once
def issue(request: HttpRequest, number: str) -> HttpResponse:
    """Issue a certificate of an own deposit; its PDF can be had once the log holds its leaf."""
    row, _person = _own(request, number)
    issue_certificate(
        actor=actor_of(request),
        at=now(),
        deposit=row.number,
        language=request.POST.get("language", ""),
        issuer=registry_office.registry(now()).name,
        keys=evidence_log.keys(),
        entropy=secrets.token_bytes,
    )
    return redirect("portal:deposit", row.number)


@member_page
@require_GET
def certificate(request: HttpRequest, number: str) -> HttpResponse:
    """Send the PDF of an own certificate, which is made when it is first asked for."""
    found = queries.get_certificate(number)
    if found is None:
        raise Http404
    _own(request, found.deposit)
    at = now()
    make_certificate(actor=actor_of(request), at=at, number=found.number, registry=registry_office.registry(at))
    content = pdf_path(evidence_log.home(), found.number).read_bytes()
    return file_response(content, f"{found.number}.pdf", "application/pdf")


def _own(request: HttpRequest, number: str) -> tuple[queries.DepositRow, queries.ParticularsRow]:
    """Return an own deposit and its person.

    Raises:
        Http404: there is none, it is another's, or erased.
    """
    row, person = queries.get_deposit(number), None
    if row is not None:
        person = queries.get_particulars(row.number)
    if row is None or person is None or person.party_id != own_party(request):
        raise Http404
    return row, person


def _content(request: HttpRequest) -> AbstractContextManager[Content]:
    hashes = request.POST.get("hashes", "")
    if hashes:
        return nullcontext(Content(Kind.HASHES, read_hash_list(hashes)))
    return _sent(request)


@contextmanager
def _sent(request: HttpRequest) -> Iterator[Content]:
    """Give the content of a file that was sent; with `forget`, only its hashes are kept."""
    is_kept = not request.POST.get("forget")
    with (
        received_file(request.FILES.get("file")) as place,
        registry_office.content_of(place, is_kept=is_kept) as content,
    ):
        yield content


urlpatterns = [
    path("deposits/", deposits, name="deposits"),
    path("deposits/new/", add, name="deposit_add"),
    path("deposits/<str:number>/", show, name="deposit"),
    path("deposits/<str:number>/certificate/", issue, name="certificate_issue"),
    path("certificates/<str:number>.pdf", certificate, name="certificate"),
]
NAVIGATION = [Entry(gettext_lazy("My deposits"), "portal:deposits", Action.OWN_DEPOSIT, 235)]
