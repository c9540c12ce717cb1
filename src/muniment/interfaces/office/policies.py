"""Office pages of policies: the list, one policy in sentences with a worked example, and what changed between two."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from muniment.interfaces.navigation import Entry
from muniment.interfaces.pages import staff_page
from muniment.interfaces.phrases import refusal_text
from muniment.interfaces.policy_words import line_text, sections_of, worked_sections
from muniment.kernel.words.money import parse_amount
from muniment.kernel.words.problems import UserError
from muniment.pay.distributions import queries
from muniment.pay.distributions.queries.policies import compare_policies, examples_of
from muniment.pay.distributions.rules import Policy
from muniment.pay.distributions.rules.policies.examples import Example, figures_of
from muniment.pay.distributions.rules.policies.worked import parse_line, sample_lines, work_through
from muniment.trust.access.rules import Action

_LONGEST_FIELD = 200
_MOST_LINES = 6


@staff_page(Action.DISTRIBUTION_READ)
@require_GET
def list_policies(request: HttpRequest) -> HttpResponse:
    """List the policies there are."""
    return render(request, "office/distributions/policies.html", {"policies": queries.list_policies()})


@staff_page(Action.DISTRIBUTION_READ)
@require_GET
def show_policy(request: HttpRequest, name: str) -> HttpResponse:
    """Say in sentences what a policy does, take an example amount through it, and show what changed since another."""
    policy = queries.get_policy(name)
    fields = _fields(request, policy)
    shown, refusal = [], None
    try:
        amount_micro = max(0, parse_amount(fields["amount"], fields["currency"]))
        lines = [parse_line(text) for text in fields["lines"].splitlines() if text.strip()][:_MOST_LINES]
        shown = worked_sections(work_through(policy, amount_micro, fields["currency"], lines))
    except UserError as error:
        refusal = error
    other = request.GET.get("other", "")
    context = {
        "policy": policy,
        "sections": sections_of(policy),
        "fields": fields,
        "currencies": sorted(policy.minimum_payout),
        "worked": shown,
        "refusal": refusal,
        "examples": [(example, wrong, _figures(policy, example)) for example, wrong in examples_of(policy)],
        "others": [some.name for some in queries.list_policies() if some.name != policy.name],
        "other": other,
        "changes": compare_policies(queries.get_policy(other).name, policy.name) if other else [],
    }
    return render(request, "office/distributions/policy.html", context)


def _fields(request: HttpRequest, policy: Policy) -> dict[str, str]:
    """Return what the form of the example holds, else an amount and lines that show the policy at work."""
    samples = "\n".join(map(line_text, sample_lines(policy.points)))
    return {
        "amount": request.GET.get("amount", "10000")[:_LONGEST_FIELD],
        "currency": request.GET.get("currency", next(iter(policy.minimum_payout), ""))[:_LONGEST_FIELD],
        "lines": request.GET.get("lines", samples)[: _LONGEST_FIELD * _MOST_LINES],
    }


def _figures(policy: Policy, example: Example) -> list[tuple[str, str]]:
    """Return the figures that an example is about, as they come out."""
    try:
        found = figures_of(policy, example)
    except UserError as error:
        return [("", refusal_text(error))]
    return [(name, found.get(name, "")) for name in example.gives]


urlpatterns = [
    path("policies/", list_policies, name="policies"),
    path("policies/<str:name>/", show_policy, name="policy"),
]

NAVIGATION = [Entry(gettext_lazy("Policies"), "office:policies", Action.DISTRIBUTION_READ, 63)]
