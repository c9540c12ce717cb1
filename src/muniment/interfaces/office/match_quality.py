"""How good the matcher is: checked samples of automatic matches, and the precision that the model is asked for."""

import secrets

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from muniment.interfaces.office._review_parts import number_of
from muniment.interfaces.pages import actor_of, now, once, staff_page
from muniment.kernel.words.shares import format_percent, parse_percent
from muniment.trust.access.rules import Action, allows
from muniment.use.matching import queries, services

_USUAL_SAMPLE = 100


@staff_page(Action.USAGE_READ)
def quality_page(request: HttpRequest) -> HttpResponse:
    """Show realised precision with its interval beside the predicted one, and the samples it comes from."""
    model = request.GET.get("model", "").replace("\0", "")[:64]
    shown = {
        "quality": queries.match_quality(model_version=model),
        "model": model,
        "usual_sample": _USUAL_SAMPLE,
        "in_force": queries.model_in_force(),
        "may_review": allows(actor_of(request), Action.MATCH_REVIEW),
    }
    return render(request, "office/matching/quality.html", shown)


@staff_page(Action.MATCH_REVIEW)
@require_POST
@once
def draw(request: HttpRequest) -> HttpResponse:
    """Draw a sample of automatic matches into the queue of checks."""
    count, seed = number_of(request.POST.get("count", "")), number_of(request.POST.get("seed", ""))
    drawn = services.draw_checks(
        actor=actor_of(request),
        at=now(),
        count=count or 0,
        seed=secrets.randbelow(1_000_000) if seed is None else seed,
        report_id=number_of(request.POST.get("report", "")),
    )
    counts = {"drawn": drawn.drawn_count, "population": drawn.population_count}
    messages.success(request, _("%(drawn)s of %(population)s automatic matches wait for a check.") % counts)
    return redirect("office:match-quality")


@staff_page(Action.MATCH_REVIEW)
@require_POST
@once
def ask(request: HttpRequest) -> HttpResponse:
    """Ask the model in force for another precision of what it matches."""
    before = queries.model_in_force()
    chosen = services.choose_model(
        actor=actor_of(request),
        at=now(),
        model=None if before.is_shipped else before.model,
        asked_ppm=parse_percent(request.POST.get("precision", "")),
    )
    asked = {"precision": format_percent(chosen.asked_ppm)}
    messages.success(request, _("From the next matching on, %(precision)s %% are asked for.") % asked)
    return redirect("office:match-quality")


urlpatterns = [
    path("review/quality/", quality_page, name="match-quality"),
    path("review/quality/draw/", draw, name="match-quality-draw"),
    path("review/quality/ask/", ask, name="match-quality-ask"),
]
