"""Office pages of the clocks that a society is held to, and of the money behind each flag."""

from datetime import date

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from muniment.interfaces.navigation import Entry
from muniment.interfaces.pages import PAGE_SIZE, now, page_of, staff_page
from muniment.interfaces.report_words import clock_words, detail_words, flag_words
from muniment.kernel.words.problems import UserError
from muniment.pay.distributions.queries.clocks import ClockRow, clocks_on, money_behind
from muniment.pay.distributions.queries.report_rules import report_rules
from muniment.pay.distributions.rules.reporting import Flag, Watched
from muniment.trust.access.rules import Action


def _on(request: HttpRequest) -> date:
    try:
        return parse_date(request.GET.get("on", "")) or now().date()
    except ValueError as error:
        raise UserError(_("There is no such day."), _("Choose it from the calendar.")) from error


@staff_page(Action.DISTRIBUTION_READ)
@require_GET
def clocks(request: HttpRequest) -> HttpResponse:
    """Show every clock as it stands on a day, the latest first."""
    on, rules = _on(request), report_rules()
    rows = clocks_on(on, rules=rules)
    words, flags, details = clock_words(), flag_words(), detail_words()

    def named(row: ClockRow) -> tuple[ClockRow, str, str, str]:
        flag, reason = flags[row.flag.value], details.get(row.reason, row.reason)
        return row, words.get(row.clock.code, row.clock.code), flag, reason

    context = {
        "on": on,
        "rows": [named(row) for row in rows],
        "counts": [(flags[flag.value], sum(row.flag is flag for row in rows)) for flag in reversed(Flag)],
        "rules": [(words.get(clock.code, clock.code), clock) for clock in rules.clocks],
        "report": Watched.REPORT,
    }
    return render(request, "office/reports/clocks.html", context)


@staff_page(Action.DISTRIBUTION_READ)
@require_GET
def money(request: HttpRequest) -> HttpResponse:
    """Show the accounts behind a flag; they sum to its amount."""
    on, asked = _on(request), request.GET
    code, what, reason, currency = (asked.get(name, "") for name in ("clock", "what", "reason", "currency"))
    rows = money_behind(code, what, reason, currency, on=on)
    context = {
        "on": on,
        "clock": clock_words().get(code, code),
        "what": what,
        "reason": detail_words().get(reason, reason),
        "currency": currency,
        "page": page_of(request, Paginator(rows, PAGE_SIZE)),
        "total_micro": sum(row.amount_micro for row in rows),
    }
    return render(request, "office/reports/clock_money.html", context)


urlpatterns = [
    path("clocks/", clocks, name="clocks"),
    path("clocks/money/", money, name="clock_money"),
]

NAVIGATION = [Entry(gettext_lazy("Clocks"), "office:clocks", Action.DISTRIBUTION_READ, 65)]
