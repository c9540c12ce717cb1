"""Why a line was matched as it was: the picture of its reasons, what came second, and the run that said so."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from muniment.interfaces.office._waterfall import bars_of
from muniment.interfaces.pages import staff_page
from muniment.rights.works.queries import current_work_ids, work_hits
from muniment.trust.access.rules import Action
from muniment.use.matching.queries import explain_line
from muniment.use.matching.rules.explanation import log_odds_milli, waterfall
from muniment.use.usages.queries import get_report, lines_by_id


@staff_page(Action.USAGE_READ)
def why_page(request: HttpRequest, line_id: int) -> HttpResponse:
    """Explain how the latest run matched one line."""
    why = explain_line(line_id)
    leads = current_work_ids(found.work_id for found in (why.best, why.second) if found is not None)
    works = work_hits(leads.values())
    second = waterfall(why.second.reasons) if why.second and why.steps else ()
    threshold = log_odds_milli(why.run.thresholds.matched_ppm)
    scale = [end for step in (*why.steps, *second) for end in (step.from_weight, step.to_weight)]
    shown = {
        "why": why,
        "line": lines_by_id([line_id]).get(line_id),
        "report": get_report(why.run.report_id),
        "best_work": works.get(leads[why.best.work_id]) if why.best else None,
        "second_work": works.get(leads[why.second.work_id]) if why.second else None,
        "bars": bars_of(why.steps, scale, [threshold]),
        "second_bars": bars_of(second, scale, [threshold]),
        "sum": why.steps[-1].to_weight if why.steps else None,
        "second_sum": second[-1].to_weight if second else None,
    }
    return render(request, "office/matching/why.html", shown)


urlpatterns = [path("review/why/<int:line_id>/", why_page, name="why")]
