"""Pages of CWR: where our works stand at societies, what was submitted, and what came in and how it is answered."""

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from muniment.interfaces.downloads import file_response
from muniment.interfaces.navigation import Entry
from muniment.interfaces.pages import actor_of, now, once, staff_page
from muniment.interfaces.phrases import refusal_text
from muniment.interfaces.windows import window_page
from muniment.rights.works import queries, services
from muniment.trust.access.rules import Action, allows

_PLAIN = "text/plain; charset=utf-8"
_STATUSES = ("CO", "AC", "AS", "DU", "NP", "RJ")
_VERSIONS = (("02.10", "CWR 2.1"), ("02.20", "CWR 2.2"))


def state_words() -> dict[str, str]:
    """Return what a person reads for each state of a work at a society."""
    return {"open": _("open"), "accepted": _("accepted"), "conflict": _("in conflict"), "rejected": _("rejected")}


class SubmitForm(forms.Form):
    """Which works go to which society, under whose claim."""

    society_code = forms.CharField(label=gettext_lazy("Society (three digits)"), max_length=3)
    codes = forms.CharField(
        label=gettext_lazy("Work codes or ISWCs, one a line; empty for every work"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    claim = forms.CharField(label=gettext_lazy("Claimed by"), max_length=80)
    sender = forms.CharField(
        label=gettext_lazy("Who sends, such as SO:035 (the house itself if left out)"), max_length=80, required=False
    )
    sender_code = forms.CharField(label=gettext_lazy("Letters for the name of the file"), max_length=3, initial="MUN")
    version = forms.ChoiceField(label=gettext_lazy("Version"), choices=_VERSIONS)
    again = forms.BooleanField(label=gettext_lazy("Also works that are not answered yet"), required=False)


@staff_page(Action.WORK_READ)
@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    """Show where works stand at societies, those that are open first of all."""
    words = state_words()
    asked = request.GET.get("state", "open")
    state = asked if asked in words else ""
    page = window_page(request, lambda limit, offset: queries.list_submitted(state=state, limit=limit, offset=offset))
    context = {
        "page": page,
        "rows": [(row, words[row.state]) for row in page.object_list],
        "state": state,
        "states": words.items(),
        "submissions": queries.list_submissions(limit=20).rows,
        "form": SubmitForm(initial={"claim": settings.MUNIMENT_SOCIETY}),
        "may_write": allows(actor_of(request), Action.WORK_WRITE),
    }
    return render(request, "office/cwr/overview.html", context)


@staff_page(Action.WORK_WRITE)
@once
@require_POST
def submit(request: HttpRequest) -> HttpResponse:
    """Submit works to a society; the file is then in the list."""
    form = SubmitForm(request.POST)
    if not form.is_valid():
        messages.error(request, " ".join(str(text) for errors in form.errors.values() for text in errors))
        return redirect("office:cwr")
    values = form.cleaned_data
    codes = values["codes"].split()
    ids = [queries.get_work_by_code(code).id for code in codes] if codes else list(queries.every_work_id())
    report = services.submit_works(
        actor=actor_of(request),
        at=now(),
        work_ids=ids,
        society_code=values["society_code"],
        sender=queries.sender_meant(values["sender"], str(settings.MUNIMENT_SOCIETY)),
        sender_code=values["sender_code"],
        claim=values["claim"],
        version=values["version"],
        again=values["again"],
    )
    for problem in report.problems[:20]:
        messages.warning(request, refusal_text(problem))
    done = _("Submitted in %(file)s: %(new)s new works, %(revised)s revised.")
    counts = {"file": report.file_name, "new": report.new_count, "revised": report.revised_count}
    messages.success(request, done % counts)
    return redirect("office:cwr")


@staff_page(Action.WORK_READ)
@require_GET
def submission_file(_request: HttpRequest, submission_id: int) -> HttpResponse:
    """Give the file of a submission."""
    name = queries.submission_name(submission_id)
    return file_response(b"".join(queries.submission_lines(submission_id)), name, _PLAIN)


@staff_page(Action.WORK_READ)
@require_GET
def received(request: HttpRequest) -> HttpResponse:
    """List transactions that came in, conflicts first of all."""
    asked = request.GET.get("status", "CO")
    status = asked if asked in _STATUSES else ""
    number = request.GET.get("intake", "")
    intake_id = int(number) if number.isascii() and number.isdigit() and len(number) < 10 else None
    page = window_page(
        request,
        lambda limit, offset: queries.list_cwr_items(intake_id, status=status, limit=limit, offset=offset),
    )
    context = {
        "page": page,
        "status": status,
        "statuses": _STATUSES,
        "intake_id": intake_id,
        "may_write": allows(actor_of(request), Action.WORK_WRITE),
    }
    return render(request, "office/cwr/received.html", context)


@staff_page(Action.WORK_WRITE)
@require_POST
def answer(request: HttpRequest, intake_id: int) -> HttpResponse:
    """Give the file that answers every transaction of a received one."""
    lines = services.acknowledge_cwr(
        actor=actor_of(request),
        at=now(),
        intake_id=intake_id,
        sender=queries.sender_meant(request.POST.get("sender", ""), str(settings.MUNIMENT_SOCIETY)),
    )
    return file_response(b"".join(lines), f"answer-{intake_id}.V21", _PLAIN)


urlpatterns = [
    path("cwr/", overview, name="cwr"),
    path("cwr/submit/", submit, name="cwr-submit"),
    path("cwr/submissions/<int:submission_id>/file/", submission_file, name="cwr-submission-file"),
    path("cwr/received/", received, name="cwr-received"),
    path("cwr/received/<int:intake_id>/answer/", answer, name="cwr-answer"),
]
NAVIGATION = [Entry(gettext_lazy("CWR"), "office:cwr", Action.WORK_READ, 26)]
