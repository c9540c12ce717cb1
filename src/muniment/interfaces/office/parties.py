"""Pages of parties: the register, one party with everything about it, and the accounts that wait for approval."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from muniment.interfaces.navigation import Entry
from muniment.interfaces.office._party_forms import (
    KIND_LABELS,
    NAME_LABELS,
    RIGHT_LABELS,
    BankForm,
    EndForm,
    MandateForm,
    MemberForm,
    NameForm,
    PartyForm,
    SocietyForm,
    SuccessorForm,
)
from muniment.interfaces.pages import actor_of, now, once, staff_page
from muniment.interfaces.phrases import refusal_text
from muniment.interfaces.windows import window_page
from muniment.kernel.words.problems import UserError
from muniment.kernel.words.shares import Right
from muniment.pay.payments.queries import get_payment_policy
from muniment.pay.payments.services import notice_bank_changes
from muniment.rights.parties import queries, services
from muniment.rights.parties.queries import PartyRow
from muniment.rights.parties.rules import NameDraft, NameKind, PartyKind
from muniment.rights.parties.services import PartyEdit
from muniment.trust.access.queries import list_events
from muniment.trust.access.rules import Action, Actor, allows

_HISTORY = 50


def permissions(request: HttpRequest) -> dict[str, bool]:
    """Return what the person at the page may do, for the templates."""
    actor = actor_of(request)
    return {
        "may_write": allows(actor, Action.PARTY_WRITE),
        "may_propose": allows(actor, Action.BANK_PROPOSE),
        "may_approve": allows(actor, Action.BANK_APPROVE),
    }


@staff_page(Action.PARTY_READ)
@require_GET
def party_list(request: HttpRequest) -> HttpResponse:
    """Search the register."""
    text, asked = request.GET.get("q", "").strip(), request.GET.get("kind", "")
    kind = PartyKind(asked) if asked in PartyKind else None
    page = window_page(request, lambda limit, offset: queries.find_parties(text, kind, limit, offset))
    context = {"page": page, "q": text, "kind": kind or "", "kinds": KIND_LABELS, **permissions(request)}
    return render(request, "office/parties/list.html", context)


@staff_page(Action.PARTY_READ)
@require_GET
def party_page(request: HttpRequest, party_id: int) -> HttpResponse:
    """Show a party with everything about it."""
    merge = queries.party_merge_of(party_id)
    if merge is not None:
        messages.info(request, _("%(code)s was merged into this party.") % {"code": merge.dropped_code})
        return redirect("office:party", queries.current_party_ids([party_id])[party_id])
    context = {
        "party": queries.get_party(party_id),
        "merges": queries.party_merges_into(party_id),
        "events": list_events(subject=("party", party_id), limit=_HISTORY).rows,
        "kinds": KIND_LABELS,
        "name_kinds": NAME_LABELS,
        "rights": RIGHT_LABELS,
        **permissions(request),
    }
    return render(request, "office/parties/party.html", context)


@staff_page(Action.PARTY_WRITE)
@once
def new_party(request: HttpRequest) -> HttpResponse:
    """Register a party."""
    form = PartyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            party_id = services.register_party(actor=actor_of(request), at=now(), **_party_values(form))
        except UserError as error:
            form.add_error(None, refusal_text(error))
        else:
            messages.success(request, _("The party is registered."))
            return redirect("office:party", party_id)
    return render(request, "office/parties/form.html", {"form": form, "title": _("Register a party"), "party": None})


@staff_page(Action.PARTY_WRITE)
@once
def edit_party(request: HttpRequest, party_id: int) -> HttpResponse:
    """Correct a party."""
    party = queries.get_party(party_id)
    initial = {field: getattr(party, field) or "" for field in PartyForm.base_fields}
    form = PartyForm(request.POST or None, initial=initial)
    form.fields["code"].required = True
    if request.method == "POST" and form.is_valid():
        try:
            edit = PartyEdit(**_party_values(form))
            services.edit_party(actor=actor_of(request), at=now(), party_id=party_id, edit=edit)
        except UserError as error:
            form.add_error(None, refusal_text(error))
        else:
            messages.success(request, _("The party is changed."))
            return redirect("office:party", party_id)
    return render(request, "office/parties/form.html", {"form": form, "title": _("Edit the party"), "party": party})


def _party_values(form: PartyForm) -> dict[str, Any]:
    values = form.cleaned_data
    return {**values, "kind": PartyKind(values["kind"]), "country": values["country"] or ""}


# Facts: each act is a form on a page of its own


@dataclass(frozen=True, slots=True)
class Act:
    """Something one can do with a party: its title, its form, who may, and the service it calls."""

    title: str | Promise
    form: type[forms.Form]
    action: Action
    carry_out: Callable[[Actor, datetime, int, dict[str, Any]], object]


def _add_name(actor: Actor, at: datetime, party_id: int, values: dict[str, Any]) -> None:
    draft = NameDraft(values["name"], NameKind(values["kind"]), values["language"] or "", values["ipi_name"])
    services.add_name(actor=actor, at=at, party_id=party_id, draft=draft)


def _join(actor: Actor, at: datetime, party_id: int, values: dict[str, Any]) -> None:
    number = values["member_number"] or ""
    services.join_member(actor=actor, at=at, party_id=party_id, member_number=number, joined_on=values["joined_on"])


def _affiliate(actor: Actor, at: datetime, party_id: int, values: dict[str, Any]) -> None:
    right = Right(values["right"]) if values["right"] else None
    services.affiliate(actor=actor, at=at, party_id=party_id, **{**values, "right": right})


ACTS: dict[str, Act] = {
    "name": Act(gettext_lazy("Add a name"), NameForm, Action.PARTY_WRITE, _add_name),
    "mandate": Act(
        gettext_lazy("Add a mandate"),
        MandateForm,
        Action.PARTY_WRITE,
        lambda actor, at, party_id, values: services.give_mandate(actor=actor, at=at, party_id=party_id, **values),
    ),
    "membership": Act(gettext_lazy("Make the party a member"), MemberForm, Action.PARTY_WRITE, _join),
    "leave": Act(
        gettext_lazy("End the membership and its mandates"),
        EndForm,
        Action.PARTY_WRITE,
        lambda actor, at, party_id, values: services.end_membership(
            actor=actor, at=at, party_id=party_id, left_on=values["ends_on"]
        ),
    ),
    "society": Act(gettext_lazy("Add a sister society"), SocietyForm, Action.PARTY_WRITE, _affiliate),
    "successor": Act(
        gettext_lazy("Name a successor"),
        SuccessorForm,
        Action.PARTY_WRITE,
        lambda actor, at, party_id, values: services.name_successor(
            actor=actor, at=at, predecessor_id=party_id, **values
        ),
    ),
    "bank": Act(
        gettext_lazy("Propose a bank account"),
        BankForm,
        Action.BANK_PROPOSE,
        lambda actor, at, party_id, values: services.propose_bank_account(
            actor=actor, at=at, party_id=party_id, **values
        ),
    ),
}
"""Every act by the last part of its address."""


@staff_page(Action.PARTY_READ)
@once
def act_page(request: HttpRequest, party_id: int, name: str) -> HttpResponse:
    """Show the form of an act, and carry it out; the service asks for the permission again."""
    act = ACTS.get(name)
    if act is None:
        raise Http404
    party = queries.get_party(party_id)
    return _form_page(request, party, act, lambda values: act.carry_out(actor_of(request), now(), party_id, values))


@staff_page(Action.PARTY_WRITE)
@once
def end_mandate(request: HttpRequest, party_id: int, mandate_id: int) -> HttpResponse:
    """Ask for the day on which a mandate ends."""
    act = Act(gettext_lazy("End the mandate"), EndForm, Action.PARTY_WRITE, lambda *_args: None)
    return _form_page(
        request,
        queries.get_party(party_id),
        act,
        lambda values: services.end_mandate(
            actor=actor_of(request), at=now(), mandate_id=mandate_id, valid_to=values["ends_on"]
        ),
    )


@staff_page(Action.PARTY_WRITE)
@once
def end_affiliation(request: HttpRequest, party_id: int, affiliation_id: int) -> HttpResponse:
    """Ask for the day on which the party leaves a sister society."""
    act = Act(gettext_lazy("End the membership of a sister society"), EndForm, Action.PARTY_WRITE, lambda *_: None)
    return _form_page(
        request,
        queries.get_party(party_id),
        act,
        lambda values: services.end_affiliation(
            actor=actor_of(request), at=now(), affiliation_id=affiliation_id, valid_to=values["ends_on"]
        ),
    )


def _form_page(
    request: HttpRequest, party: PartyRow, act: Act, carry_out: Callable[[dict[str, Any]], object]
) -> HttpResponse:
    if not allows(actor_of(request), act.action):
        return render(request, "403.html", status=403)
    form = act.form(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            carry_out(form.cleaned_data)
        except UserError as error:
            form.add_error(None, refusal_text(error))
        else:
            messages.success(request, _("Done and recorded."))
            return redirect("office:party", party.id)
    return render(request, "office/parties/form.html", {"form": form, "title": act.title, "party": party})


@staff_page(Action.PARTY_WRITE)
@require_POST
@once
def withdraw(request: HttpRequest, party_id: int, fact: str, fact_id: int) -> HttpResponse:
    """Withdraw a mandate or a succession that was recorded by mistake, or take a further name away."""
    actor, at = actor_of(request), now()
    match fact:
        case "mandate":
            services.withdraw_mandate(actor=actor, at=at, mandate_id=fact_id)
        case "successor":
            services.withdraw_successor(actor=actor, at=at, succession_id=fact_id)
        case "name":
            services.remove_name(actor=actor, at=at, name_id=fact_id)
        case _:
            raise Http404
    messages.success(request, _("Done and recorded."))
    return redirect("office:party", party_id)


# Bank accounts


@staff_page(Action.PARTY_READ)
@require_GET
def bank_queue(request: HttpRequest) -> HttpResponse:
    """List the accounts that wait for a second person."""
    context = {"accounts": queries.bank_proposals(), "actor_name": actor_of(request).name, **permissions(request)}
    return render(request, "office/parties/bank.html", context)


@staff_page(Action.PARTY_READ)
@require_POST
@once
def decide_account(request: HttpRequest, account_id: int, verdict: str) -> HttpResponse:
    """Approve or refuse a proposed account."""
    decide = {"approve": services.approve_bank_account, "refuse": services.refuse_bank_account}.get(verdict)
    if decide is None:
        raise Http404
    party_ids = [account.party_id for account in queries.bank_proposals() if account.id == account_id]
    decide(actor=actor_of(request), at=now(), account_id=account_id)
    if verdict == "approve":
        cooling_days = get_payment_policy().cooling_days
        notice_bank_changes(actor=actor_of(request), at=now(), party_ids=party_ids, cooling_days=cooling_days)
    messages.success(request, _("The account is approved.") if verdict == "approve" else _("The account is refused."))
    return redirect("office:party-bank")


urlpatterns = [
    path("parties/", party_list, name="parties"),
    path("parties/new/", new_party, name="party-new"),
    path("parties/bank/", bank_queue, name="party-bank"),
    path("parties/bank/<int:account_id>/<slug:verdict>/", decide_account, name="party-bank-decide"),
    path("parties/<int:party_id>/", party_page, name="party"),
    path("parties/<int:party_id>/edit/", edit_party, name="party-edit"),
    path("parties/<int:party_id>/add/<slug:name>/", act_page, name="party-act"),
    path("parties/<int:party_id>/mandates/<int:mandate_id>/end/", end_mandate, name="party-mandate-end"),
    path("parties/<int:party_id>/societies/<int:affiliation_id>/end/", end_affiliation, name="party-affiliation-end"),
    path("parties/<int:party_id>/withdraw/<slug:fact>/<int:fact_id>/", withdraw, name="party-withdraw"),
]
NAVIGATION = [
    Entry(gettext_lazy("Parties"), "office:parties", Action.PARTY_READ, 10),
    Entry(gettext_lazy("Bank changes"), "office:party-bank", Action.BANK_APPROVE, 12),
]
