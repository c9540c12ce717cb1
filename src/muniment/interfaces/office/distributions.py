"""Office pages of distributions: runs from draft to statements, why an amount is what it is, what waits, the rules."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from muniment.interfaces.downloads import statement_response
from muniment.interfaces.hold_words import hold_name, hold_sentences
from muniment.interfaces.navigation import Entry
from muniment.interfaces.office._funnel import picture_of
from muniment.interfaces.pages import PAGE_SIZE, actor_of, now, once, page_of, staff_page
from muniment.interfaces.payee_labels import read_labels
from muniment.kernel.formats.statements import FORMS, LANGUAGES
from muniment.kernel.words.money import parse_amount
from muniment.kernel.words.paging import Page as Found
from muniment.kernel.words.problems import UserError
from muniment.pay.distributions import queries, services
from muniment.pay.distributions.queries import DeductionRow, PoolRow, RunRow
from muniment.pay.distributions.queries.funnels import books_are_long, funnel_of
from muniment.pay.distributions.queries.runs import payee_deduction_sums
from muniment.pay.distributions.rules import POOL_HOLDS, RunState
from muniment.pay.distributions.rules.policies.deductions import Taking
from muniment.pay.distributions.rules.policies.waiting import HoldReason
from muniment.trade.licensing.queries import funds
from muniment.trust.access.rules import Action, allows


class Fetching(Paginator):  # type: ignore[type-arg]
    """A paginator over a query that takes a limit and an offset, so that only the shown page is read."""

    def __init__(self, fetch: Callable[[int, int], Found[Any]]) -> None:
        super().__init__((), PAGE_SIZE)
        self._fetch = cache(fetch)

    @cached_property
    def count(self) -> int:
        """Return how many rows there are in all; the first page, which is likely to be shown, tells it."""
        return self._fetch(PAGE_SIZE, 0).total

    def page(self, number: int | str) -> "Page[Any]":
        """Return a page by its number, from 1."""
        place = self.validate_number(number)
        return Page(self._fetch(PAGE_SIZE, (place - 1) * PAGE_SIZE).rows, place, self)


def _paged[Row](request: HttpRequest, fetch: Callable[[int, int], Found[Row]]) -> "Page[Row]":
    return page_of(request, Fetching(fetch))


@dataclass(frozen=True, slots=True)
class Step:
    """A button of the run page: what it does, and why it cannot be pressed now (empty: it can)."""

    verb: str
    label: str
    refusal: str
    primary: bool


@staff_page(Action.DISTRIBUTION_READ)
@require_GET
def list_runs(request: HttpRequest) -> HttpResponse:
    """List the runs, newest first, each with where its money goes."""
    page = _paged(
        request,
        lambda limit, offset: Found(queries.list_runs(limit=limit, offset=offset), queries.count_runs()),
    )
    rows = [(run, queries.run_sums(run.id)) for run in page.object_list]
    return render(request, "office/distributions/runs.html", {"rows": rows, "page": page})


@staff_page(Action.DISTRIBUTION_WRITE)
@once
def new_run(request: HttpRequest) -> HttpResponse:
    """Choose funds and a policy for a new run."""
    if request.method == "POST":
        run = _draft(request)
        messages.success(request, _("Run %(number)s is drafted. Compute it next.") % {"number": run.number})
        return redirect("office:distribution", run.id)
    with_money = [row for row in funds() if row.balance_micro > 0]
    context = {"funds": with_money, "policies": queries.list_policies()}
    return render(request, "office/distributions/new.html", context)


def _draft(request: HttpRequest) -> RunRow:
    at = now()
    codes = request.POST.getlist("fund")
    currencies = {row.fund_code: row.currency for row in funds()}
    amounts = {
        code: parse_amount(text, currencies[code])
        for code in codes
        if (text := request.POST.get(f"amount:{code}", "").strip()) and code in currencies
    }
    return services.draft_run(
        actor=actor_of(request),
        at=at,
        title=request.POST.get("title", ""),
        policy=request.POST.get("policy", ""),
        fund_codes=codes,
        known_at=at,
        amounts=amounts,
        payee_labels=read_labels(request.POST.get("labels", "").splitlines()),
    )


@staff_page(Action.DISTRIBUTION_READ)
@require_GET
def show_run(request: HttpRequest, run_id: int) -> HttpResponse:
    """Show a run: its pools, where the money goes, what it stands on, and what can be done next."""
    run = queries.get_run(run_id)
    context = {
        "run": run,
        "sums": queries.run_sums(run_id),
        "picture": picture_of(funnel_of(run_id, from_books="books" in request.GET or not books_are_long())),
        "posted": run.posted_at is not None,
        "currency": run.currency,
        "pools": [(pool, _waterfall(pool)) for pool in queries.pools_of(run_id)],
        "payees": queries.payees_of(run_id, limit=10),
        "payee_deductions": payee_deduction_sums(run_id),
        "steps": _steps(request, run),
        "policy_text": queries.policy_text(run_id),
        "reasons": hold_sentences(),
    }
    return render(request, "office/distributions/run.html", context)


@dataclass(frozen=True, slots=True)
class Fall:
    """One line of a pool's waterfall; `left_ppm` is what is left of the whole pool after it."""

    label: str
    amount_micro: int
    left_micro: int
    left_ppm: int
    note: str = ""


def _rate_words(taken: DeductionRow) -> str:
    """Say at what rate a deduction was taken and of what, and which line of the policy says so."""
    line = _("line %(number)s of the policy") % {"number": taken.rule_line} if taken.rule_line else ""
    if not taken.rate_ppm:
        return line
    if taken.base == "gross":
        words = _("of the gross pool")
    elif taken.base_micro == taken.left_micro + taken.amount_micro:
        words = _("of what is left")
    else:
        words = f"({taken.base})"
    if taken.kind is Taking.INCLUDED:
        words = f"{words}, {_('contained in it')}"
    return " · ".join(part for part in (f"{taken.rate_ppm / 10_000:g} % {words}".strip(), line) if part)


def _waterfall(pool: PoolRow) -> list[Fall]:
    """Return the lines from the gross amount down to nothing: deductions, payees, held amounts."""

    def fall(label: str, amount_micro: int, left_micro: int, note: str = "") -> Fall:
        return Fall(label, amount_micro, left_micro, left_micro * 1_000_000 // pool.gross_micro, note)

    lines = [fall(taken.name, taken.amount_micro, taken.left_micro, _rate_words(taken)) for taken in pool.deductions]
    if not pool.line_count and not pool.held:
        return lines
    left_micro = pool.net_micro - pool.payee_micro
    lines.append(fall(_("Of known payees"), pool.payee_micro, left_micro))
    for row in pool.held:
        left_micro -= row.amount_micro
        lines.append(fall(hold_name(row.reason), row.amount_micro, left_micro, hold_sentences().get(row.reason, "")))
    return lines


def _steps(request: HttpRequest, run: RunRow) -> list[Step]:
    """Return the buttons that fit the run's state, and why one of them would be refused for this person."""
    actor = actor_of(request)
    found: list[Step] = []

    def step(verb: str, label: str, action: Action, *, not_by: tuple[str, ...] = (), primary: bool = True) -> None:
        refusal = ""
        if not allows(actor, action):
            refusal = _("Your role does not carry this.")
        elif actor.name in not_by:
            refusal = _("You made this step's work yourself; a second person has to do it.")
        found.append(Step(verb, label, refusal, primary))

    match run.state:
        case RunState.DRAFT:
            step("compute", _("Compute"), Action.DISTRIBUTION_WRITE)
        case RunState.COMPUTED:
            step("approve", _("Approve"), Action.DISTRIBUTION_APPROVE, not_by=(run.created_by, run.computed_by))
            step("compute", _("Compute again"), Action.DISTRIBUTION_WRITE, primary=False)
        case RunState.APPROVED:
            step("post", _("Post to the books"), Action.DISTRIBUTION_POST)
        case RunState.POSTED:
            step("statements", _("Issue statements"), Action.DISTRIBUTION_WRITE)
    if run.state in (RunState.DRAFT, RunState.COMPUTED, RunState.APPROVED):
        step("discard", _("Discard"), Action.DISTRIBUTION_WRITE, primary=False)
    if run.state in (RunState.POSTED, RunState.STATEMENTS):
        step("release", _("Release what is matched by now"), Action.DISTRIBUTION_POST, primary=False)
        step("reverse", _("Reverse"), Action.DISTRIBUTION_POST, not_by=(run.posted_by,), primary=False)
    if run.digest:
        step("replay", _("Replay and compare the digest"), Action.DISTRIBUTION_READ, primary=False)
    return found


@staff_page(Action.DISTRIBUTION_READ)
@require_POST
@once
def advance_run(request: HttpRequest, run_id: int, verb: str) -> HttpResponse:
    """Do the next step of a run."""
    actor, at = actor_of(request), now()
    match verb:
        case "compute":
            run = services.compute_run(actor=actor, at=at, run_id=run_id)
            text = _("Run %(number)s is computed. A second person has to approve it.")
        case "approve":
            run, text = services.approve_run(actor=actor, at=at, run_id=run_id), _("Run %(number)s is approved.")
        case "post":
            run, text = services.post_run(actor=actor, at=at, run_id=run_id), _("Run %(number)s is in the books.")
        case "statements":
            run = services.issue_statements(actor=actor, at=at, run_id=run_id)
            text = _("The statements of run %(number)s are issued.")
        case "discard":
            run, text = services.discard_run(actor=actor, at=at, run_id=run_id), _("Run %(number)s is discarded.")
        case "reverse":
            reason = request.POST.get("reason", "")
            run = services.reverse_run(actor=actor, at=at, run_id=run_id, reason=reason)
            text = _("Run %(number)s is reversed; the money is in its funds again.")
        case "release":
            run = queries.get_run(run_id)
            released = services.release_matched(actor=actor, at=at, run_id=run_id)
            text = _("Money of run %(number)s was released for works that are known by now.")
            if not released:
                text = _("No work was found yet for the unmatched lines of run %(number)s. Match the reports again.")
        case "replay":
            run = queries.get_run(run_id)
            if services.replay_run(run_id=run_id) != run.digest:
                raise UserError(_("The replay gives another digest."), _("Run `muniment fsck` and tell the auditor."))
            text = _("Run %(number)s replays from its frozen inputs to the same digest.")
        case _unknown:
            raise UserError(_("There is no such step."), _("Open the run and choose one of its buttons."))
    messages.success(request, text % {"number": run.number})
    return redirect("office:distribution", run_id)


@staff_page(Action.DISTRIBUTION_READ)
@require_GET
def list_allocations(request: HttpRequest, run_id: int) -> HttpResponse:
    """Explain amounts: by work, by payee or by reason, down to report, share and points."""
    payee, work, status = (request.GET.get(name, "") for name in ("payee", "work", "status"))
    chosen = {
        "payee_id": int(payee) if payee.isdecimal() else None,
        "work_id": int(work) if work.isdecimal() else None,
    }
    page = _paged(
        request,
        lambda limit, offset: queries.list_allocations(run_id, **chosen, status=status, limit=limit, offset=offset),
    )
    pools = {pool.fund_code: pool for pool in queries.pools_of(run_id)}
    rows = [(row, pools[row.fund_code]) for row in page.object_list]
    context = {
        "run": queries.get_run(run_id),
        "rows": rows,
        "page": page,
        "status": status,
        "statuses": ["PAYABLE", *(hold.value for hold in POOL_HOLDS)],
        "reasons": hold_sentences(),
    }
    return render(request, "office/distributions/allocations.html", context)


@staff_page(Action.DISTRIBUTION_READ)
@require_GET
def list_works(request: HttpRequest, run_id: int) -> HttpResponse:
    """List the works of a run by what they earned."""
    page = _paged(request, lambda limit, offset: queries.list_works(run_id, limit=limit, offset=offset))
    context = {"run": queries.get_run(run_id), "page": page}
    return render(request, "office/distributions/works.html", context)


@staff_page(Action.DISTRIBUTION_READ)
@require_GET
def list_payees(request: HttpRequest, run_id: int) -> HttpResponse:
    """List the payees of a run by what they get."""
    run, sums = queries.get_run(run_id), queries.run_sums(run_id)
    page = _paged(
        request,
        lambda limit, offset: Found(queries.payees_of(run_id, limit=limit, offset=offset), sums.payee_count),
    )
    return render(request, "office/distributions/payees.html", {"run": run, "page": page, "reasons": hold_sentences()})


@staff_page(Action.DISTRIBUTION_READ)
@require_GET
def list_holds(request: HttpRequest) -> HttpResponse:
    """Show the money that waits, by reason."""
    currencies = queries.held_currencies()
    currency = request.GET.get("currency", "")
    if currency not in currencies:
        currency = currencies[0] if currencies else ""
    reason = request.GET.get("reason", "")
    reason = reason if reason in list(HoldReason) else ""
    rows = queries.list_holds(currency, reason=reason or None) if currency else ()
    context = {
        "currency": currency,
        "currencies": currencies,
        "sums": [(row, hold_sentences()[row.reason]) for row in queries.hold_sums(currency)] if currency else [],
        "page": page_of(request, Paginator(rows, PAGE_SIZE)),
        "reason": reason,
        "releases": queries.list_releases(limit=10),
        "may_release": allows(actor_of(request), Action.DISTRIBUTION_POST),
    }
    return render(request, "office/distributions/holds.html", context)


@staff_page(Action.DISTRIBUTION_POST)
@require_POST
@once
def release_holds(request: HttpRequest) -> HttpResponse:
    """Let go what waits for payees and no longer has to."""
    currency = request.POST.get("currency", "")
    released = services.release_payee_holds(actor=actor_of(request), at=now(), currency=currency)
    if released is None:
        messages.info(request, _("Nothing can be released: accounts are missing or the minimum is not reached."))
    else:
        messages.success(request, _("The money of %(count)s payees became payable.") % {"count": released.payee_count})
    return redirect("office:holds")


@staff_page(Action.DISTRIBUTION_READ)
@require_GET
def list_statements(request: HttpRequest) -> HttpResponse:
    """List statements, of one run or one payee or with a number, or all, with their downloads in every language."""
    run, payee, text = (request.GET.get(name, "").strip()[:40] for name in ("run", "payee", "q"))
    chosen = {"run_id": run, "party_id": payee}
    ids = {name: int(value) if value.isdecimal() else None for name, value in chosen.items()}
    page = _paged(
        request, lambda limit, offset: queries.list_statements(**ids, number=text, limit=limit, offset=offset)
    )
    context = {"page": page, "q": text, "run": run, "payee": payee, "printed_in": LANGUAGES, "forms": list(FORMS)}
    return render(request, "office/distributions/statements.html", context)


@staff_page(Action.DISTRIBUTION_READ)
@require_GET
def download_statement(request: HttpRequest, statement_id: int, form: str) -> HttpResponse:
    """Send a statement as PDF, XLSX or CSV, in the language of the page or of `?language=`."""
    language = request.GET.get("language", "en")
    if form not in FORMS or language not in LANGUAGES:
        raise UserError(_("There is no such form of a statement."), _("Choose PDF, XLSX or CSV."))
    return statement_response(queries.statement_document(statement_id, language), FORMS[form])


urlpatterns = [
    path("distributions/", list_runs, name="distributions"),
    path("distributions/new/", new_run, name="new_distribution"),
    path("distributions/<int:run_id>/", show_run, name="distribution"),
    path("distributions/<int:run_id>/allocations/", list_allocations, name="allocations"),
    path("distributions/<int:run_id>/works/", list_works, name="distribution_works"),
    path("distributions/<int:run_id>/payees/", list_payees, name="distribution_payees"),
    path("distributions/<int:run_id>/step/<str:verb>/", advance_run, name="distribution_step"),
    path("holds/", list_holds, name="holds"),
    path("holds/release/", release_holds, name="release_holds"),
    path("statements/", list_statements, name="statements"),
    path("statements/<int:statement_id>.<str:form>", download_statement, name="statement_file"),
]

NAVIGATION = [
    Entry(gettext_lazy("Distributions"), "office:distributions", Action.DISTRIBUTION_READ, 60),
    Entry(gettext_lazy("Holds"), "office:holds", Action.DISTRIBUTION_READ, 61),
    Entry(gettext_lazy("Statements"), "office:statements", Action.DISTRIBUTION_READ, 62),
]
