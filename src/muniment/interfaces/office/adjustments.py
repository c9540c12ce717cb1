"""Office pages of adjustments: what was learnt after a run, who pays for it, what over-paid payees owe."""

from datetime import UTC, datetime, time, timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from muniment.interfaces.adjustment_words import reason_words
from muniment.interfaces.navigation import Entry
from muniment.interfaces.office.distributions import Step
from muniment.interfaces.pages import actor_of, now, once, staff_page
from muniment.interfaces.phrases import refusal_text
from muniment.interfaces.windows import window_page
from muniment.kernel.words.problems import UserError
from muniment.pay.distributions import queries, services
from muniment.pay.distributions.queries import adjustments
from muniment.pay.distributions.queries.adjustments import AdjustmentRow
from muniment.pay.distributions.rules import RunState
from muniment.pay.distributions.rules.adjusting import AdjustmentState
from muniment.trust.access.rules import Action, allows


@staff_page(Action.DISTRIBUTION_READ)
@require_GET
def list_adjustments(request: HttpRequest) -> HttpResponse:
    """List adjustments, recoveries and the write-offs that wait for a second person."""
    page = window_page(request, lambda limit, offset: adjustments.list_adjustments(limit=limit, offset=offset))
    posted = [run for run in queries.list_runs(limit=200) if run.state in (RunState.POSTED, RunState.STATEMENTS)]
    context = {
        "page": page,
        "runs": posted,
        "recoveries": adjustments.list_recoveries(),
        "write_offs": adjustments.list_write_offs(),
        "may_draft": allows(actor_of(request), Action.DISTRIBUTION_WRITE),
        "may_approve": allows(actor_of(request), Action.DISTRIBUTION_APPROVE),
    }
    return render(request, "office/adjustments/list.html", context)


@staff_page(Action.DISTRIBUTION_WRITE)
@require_POST
@once
def draft(request: HttpRequest) -> HttpResponse:
    """Draft the adjustment of a run as known now, or at the end of a day."""
    at = now()
    day = parse_date(request.POST.get("known_on", ""))
    row = services.draft_adjustment(
        actor=actor_of(request),
        at=at,
        run_id=int(request.POST.get("run", "0") or 0),
        known_at=at if day is None else min(at, datetime.combine(day + timedelta(days=1), time(), UTC)),
        title=request.POST.get("title", ""),
        rematch="rematch" in request.POST,
    )
    messages.success(
        request, _("Adjustment %(number)s is drafted. A second person has to approve it.") % {"number": row.number}
    )
    return redirect("office:adjustment", row.id)


@staff_page(Action.DISTRIBUTION_READ)
@require_GET
def show(request: HttpRequest, adjustment_id: int) -> HttpResponse:
    """Show an adjustment: its differences, each with the line it adjusts, and where the money comes from."""
    row = adjustments.get_adjustment(adjustment_id)
    page = window_page(
        request, lambda limit, offset: adjustments.list_deltas(adjustment_id, limit=limit, offset=offset)
    )
    plan, refusal = None, ""
    if row.state in (AdjustmentState.COMPUTED, AdjustmentState.APPROVED):
        try:
            plan = services.plan_adjustment_now(adjustment_id=adjustment_id)
        except UserError as error:
            refusal = refusal_text(error)
    context = {
        "row": row,
        "page": page,
        "plan": plan,
        "refusal": refusal,
        "payees": adjustments.adjusted_payees(adjustment_id),
        "entries": adjustments.entries_of_adjustment(adjustment_id),
        "steps": _steps(request, row),
        "reasons": reason_words(),
    }
    return render(request, "office/adjustments/adjustment.html", context)


def _steps(request: HttpRequest, row: AdjustmentRow) -> list[Step]:
    actor = actor_of(request)
    found: list[Step] = []

    def step(verb: str, label: str, action: Action, *, not_by: str = "", primary: bool = True) -> None:
        refusal = ""
        if not allows(actor, action):
            refusal = _("Your role does not carry this.")
        elif actor.name == not_by:
            refusal = _("You made this step's work yourself; a second person has to do it.")
        found.append(Step(verb, label, refusal, primary))

    match row.state:
        case AdjustmentState.COMPUTED:
            step("approve", _("Approve"), Action.DISTRIBUTION_APPROVE, not_by=row.created_by)
        case AdjustmentState.APPROVED:
            step("post", _("Post to the books"), Action.DISTRIBUTION_POST)
        case AdjustmentState.POSTED:
            step("statements", _("Issue statements"), Action.DISTRIBUTION_WRITE)
    if row.state in (AdjustmentState.COMPUTED, AdjustmentState.APPROVED):
        step("discard", _("Discard"), Action.DISTRIBUTION_WRITE, primary=False)
    step("replay", _("Replay and compare the digest"), Action.DISTRIBUTION_READ, primary=False)
    return found


@staff_page(Action.DISTRIBUTION_READ)
@require_POST
@once
def advance(request: HttpRequest, adjustment_id: int, verb: str) -> HttpResponse:
    """Do the next step of an adjustment."""
    actor, at = actor_of(request), now()
    match verb:
        case "approve":
            services.approve_adjustment(actor=actor, at=at, adjustment_id=adjustment_id)
            text = _("The adjustment is approved.")
        case "post":
            services.post_adjustment(actor=actor, at=at, adjustment_id=adjustment_id)
            text = _("The adjustment is in the books.")
        case "statements":
            services.issue_adjustment_statements(actor=actor, at=at, adjustment_id=adjustment_id)
            text = _("The statements of the adjustment are issued.")
        case "discard":
            services.discard_adjustment(actor=actor, at=at, adjustment_id=adjustment_id)
            text = _("The adjustment is discarded.")
        case "replay":
            digest = services.replay_adjustment(adjustment_id=adjustment_id)
            if digest != adjustments.get_adjustment(adjustment_id).digest:
                raise UserError(_("The replay gives another digest."), _("Run `muniment fsck` and tell the auditor."))
            text = _("The adjustment replays from its sealed inputs to the same digest.")
        case _unknown:
            raise UserError(_("There is no such step."), _("Open the adjustment and choose one of its buttons."))
    messages.success(request, text)
    return redirect("office:adjustment", adjustment_id)


@staff_page(Action.DISTRIBUTION_READ)
@require_POST
@once
def settle(request: HttpRequest, recovery_id: int, verb: str) -> HttpResponse:
    """Settle a recovery from the reserve, or propose to write it off."""
    actor, at = actor_of(request), now()
    if verb == "reserve":
        services.settle_by_reserve(actor=actor, at=at, recovery_id=recovery_id)
        messages.success(request, _("The recovery is settled from the claims reserve, as far as that reached."))
    else:
        services.propose_write_off(actor=actor, at=at, recovery_id=recovery_id, note=request.POST.get("note", ""))
        messages.success(request, _("The write-off waits for a second person."))
    return redirect("office:adjustments")


@staff_page(Action.DISTRIBUTION_APPROVE)
@require_POST
@once
def approve_write_off(request: HttpRequest, step_id: int) -> HttpResponse:
    """Approve a write-off that somebody else proposed."""
    services.approve_write_off(actor=actor_of(request), at=now(), step_id=step_id)
    messages.success(request, _("The write-off is in the books."))
    return redirect("office:adjustments")


urlpatterns = [
    path("adjustments/", list_adjustments, name="adjustments"),
    path("adjustments/draft/", draft, name="draft_adjustment"),
    path("adjustments/<int:adjustment_id>/", show, name="adjustment"),
    path("adjustments/<int:adjustment_id>/step/<str:verb>/", advance, name="adjustment_step"),
    path("recoveries/<int:recovery_id>/<str:verb>/", settle, name="settle_recovery"),
    path("write-offs/<int:step_id>/approve/", approve_write_off, name="approve_write_off"),
]

NAVIGATION = [Entry(gettext_lazy("Adjustments"), "office:adjustments", Action.DISTRIBUTION_READ, 61)]
