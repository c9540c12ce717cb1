"""Pages of duplicates: pairs of records that may be one, one pair side by side, merging and taking back."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from muniment.interfaces.cli.duplicates import record_named
from muniment.interfaces.navigation import Entry
from muniment.interfaces.office._duplicate_views import side_by_side
from muniment.interfaces.pages import actor_of, now, once, staff_page
from muniment.interfaces.windows import window_page
from muniment.trust.access.rules import Action, Actor, allows
from muniment.use.duplicates import queries, services
from muniment.use.duplicates.queries import UnknownPair
from muniment.use.duplicates.rules import PairKind, PairState

WRITES = {PairKind.WORK: Action.WORK_WRITE, PairKind.PARTY: Action.PARTY_WRITE}
STATES = {
    PairState.OPEN: gettext_lazy("waiting"),
    PairState.MERGED: gettext_lazy("merged"),
    PairState.DISTINCT: gettext_lazy("two records"),
}


def _kind(word: str) -> PairKind:
    if word not in PairKind:
        raise Http404
    return PairKind(word)


def _may_write(actor: Actor, kind: PairKind) -> bool:
    return allows(actor, WRITES[kind])


@staff_page(Action.WORK_READ)
@require_GET
def duplicates(request: HttpRequest, kind: str) -> HttpResponse:
    """List pairs of works or of parties, the likeliest first: those that wait, or those decided about."""
    of = _kind(kind)
    asked = request.GET.get("state", PairState.OPEN)
    state = PairState(asked) if asked in PairState else PairState.OPEN
    intake = request.GET.get("intake", "")
    intake_id = int(intake) if intake.isascii() and intake.isdigit() and len(intake) < 19 else None
    page = window_page(
        request,
        lambda limit, offset: queries.list_pairs(of, state=state, intake_id=intake_id, limit=limit, offset=offset),
    )
    context = {
        "kind": of,
        "page": page,
        "state": state,
        "states": STATES.items(),
        "intake_id": intake_id,
        "search": queries.last_search(of, intake_id),
        "may_write": _may_write(actor_of(request), of),
    }
    return render(request, "office/duplicates/list.html", context)


@staff_page(Action.WORK_READ)
@require_GET
def pair_page(request: HttpRequest, pair_id: int) -> HttpResponse:
    """Show both records of a pair side by side, with the differences marked."""
    pair = queries.get_pair(pair_id)
    context = {
        "pair": pair,
        "rows": side_by_side(pair.kind, pair.first.id, pair.second.id),
        "record_url": "office:work" if pair.kind is PairKind.WORK else "office:party",
        "state": STATES[pair.state],
        "may_write": _may_write(actor_of(request), pair.kind),
    }
    return render(request, "office/duplicates/pair.html", context)


@staff_page(Action.WORK_READ)
@require_POST
@once
def decide(request: HttpRequest, pair_id: int) -> HttpResponse:
    """Carry out the pressed button: keep:<record>, apart or undo."""
    word, _colon, record = request.POST.get("verdict", "").partition(":")
    actor, at = actor_of(request), now()
    if word == "keep" and record.isascii() and record.isdigit() and len(record) < 19:
        pair = services.merge_pair(actor=actor, at=at, pair_id=pair_id, keep_id=int(record))
        messages.success(request, _("The two records are one now; this can be undone here."))
    elif word == "apart":
        pair = services.tell_apart(actor=actor, at=at, pair_id=pair_id)
        messages.success(request, _("The two records are two; the pair is not proposed again."))
    elif word == "undo":
        pair = services.reopen_pair(actor=actor, at=at, pair_id=pair_id)
        messages.success(request, _("The decision is undone; the pair waits again."))
    else:
        raise UnknownPair(_("No verdict was chosen."), _("Press one of the buttons."))
    return redirect("office:duplicate", pair.id)


@staff_page(Action.WORK_READ)
@require_POST
@once
def join(request: HttpRequest, kind: str) -> HttpResponse:
    """Merge two records by their codes, which no search brought together."""
    of = _kind(kind)
    keep_id, drop_id = (record_named(of, request.POST.get(name, "")) for name in ("keep", "drop"))
    pair = services.merge_two(actor=actor_of(request), at=now(), kind=of, keep_id=keep_id, drop_id=drop_id)
    messages.success(request, _("The two records are one now; this can be undone here."))
    return redirect("office:duplicate", pair.id)


@staff_page(Action.WORK_READ)
@require_POST
@once
def search(request: HttpRequest, kind: str) -> HttpResponse:
    """Search for duplicates in the whole register, or in what one intake brought."""
    of = _kind(kind)
    intake = request.POST.get("intake", "")
    intake_id = int(intake) if intake.isascii() and intake.isdigit() and len(intake) < 19 else None
    look = services.search_works if of is PairKind.WORK else services.search_parties
    done = look(actor=actor_of(request), at=now(), intake_id=intake_id)
    text = _("%(asked)s records were asked; %(pairs)s likely duplicates wait, %(new)s of them new.")
    messages.success(request, text % {"asked": done.asked_count, "pairs": done.pair_count, "new": done.new_count})
    address = reverse("office:duplicates", args=[of.value])
    return redirect(address if intake_id is None else f"{address}?intake={intake_id}")


@staff_page(Action.WORK_READ)
@require_GET
def merged(_request: HttpRequest, kind: str, merge_id: int) -> HttpResponse:
    """Lead to the pair that a merge settled."""
    pair_id = queries.pair_of_merge(_kind(kind), merge_id)
    if pair_id is None:
        raise Http404
    return redirect("office:duplicate", pair_id)


@staff_page(Action.WORK_READ)
@require_GET
def home(_request: HttpRequest) -> HttpResponse:
    """Lead to the works, of which there are most."""
    return redirect("office:duplicates", PairKind.WORK.value)


NAVIGATION = [Entry(gettext_lazy("Duplicates"), "office:duplicates-home", Action.WORK_READ, 23)]

urlpatterns = [
    path("duplicates/", home, name="duplicates-home"),
    path("duplicates/of-<slug:kind>/", duplicates, name="duplicates"),
    path("duplicates/of-<slug:kind>/search/", search, name="duplicate-search"),
    path("duplicates/of-<slug:kind>/join/", join, name="duplicate-join"),
    path("duplicates/of-<slug:kind>/merge/<int:merge_id>/", merged, name="duplicate-merge"),
    path("duplicates/pair/<int:pair_id>/", pair_page, name="duplicate"),
    path("duplicates/pair/<int:pair_id>/decide/", decide, name="duplicate-decide"),
]
