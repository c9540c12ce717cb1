"""The acts of the desk: who may do each, what it leads to, what it asks, and which service does it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from muniment.interfaces.office._registry_forms import (
    ConfirmForm,
    DecideForm,
    PassForm,
    PointsForm,
    RefuseForm,
    ReplyForm,
    WithdrawForm,
)
from muniment.interfaces.registry_office import leaves
from muniment.interfaces.registry_words import registry_word
from muniment.rights.registry.queries.applications import ApplicationRow, EventRow, ObjectionRow, rules_of
from muniment.rights.registry.rules.calendars import get_calendar, last_day
from muniment.rights.registry.rules.examination import ObjectionState, Point
from muniment.rights.registry.rules.profiles import Procedure, Profile
from muniment.rights.registry.rules.standing import Act, State, acts_in
from muniment.rights.registry.services.applications import withdraw_application
from muniment.rights.registry.services.examination import (
    ask_correction,
    pass_stage,
    refuse_application,
)
from muniment.rights.registry.services.objections import (
    decide_objection,
    reply_to_objection,
    withdraw_objection,
)
from muniment.rights.registry.services.publicity import (
    close_publicity,
    publish_application,
    register_application,
)
from muniment.trust.access.rules import Action, Actor, allows

Given = Callable[[forms.Form], dict[str, object]]
"""What a valid form gives to a service, beside what every act is given."""


@dataclass(frozen=True, slots=True)
class Deed:
    """An act with a page of its own: `is_grave` ones are red, `is_of_objection` ones are about an open objection."""

    act: Act
    action: Action
    title: Promise
    button: Promise
    done: Promise
    form: type[forms.Form]
    service: Callable[..., ApplicationRow]
    given: Given
    is_grave: bool = False
    is_of_objection: bool = False


def perform(
    deed: Deed, *, actor: Actor, at: datetime, row: ApplicationRow, form: forms.Form, objection: str
) -> ApplicationRow:
    """Do what a valid form asks for, on the version that its page showed.

    Raises:
        UserError: the service refuses.
    """
    about = {"objection": objection} if deed.is_of_objection else {}
    return deed.service(
        actor=actor,
        at=at,
        number=row.number,
        version=form.cleaned_data["version"],
        leaves=leaves(),
        **about,
        **deed.given(form),
    )


def _taken(*names: str) -> Given:
    """Give fields of the form under their own names."""
    return lambda form: {name: form.cleaned_data[name] for name in names}


def _points(form: forms.Form) -> dict[str, object]:
    assert isinstance(form, PointsForm)
    return {"points": [Point(field, text) for field, text in form.points()]}


def _verdict(form: forms.Form) -> dict[str, object]:
    return {"is_upheld": form.cleaned_data["verdict"] == "upheld", "reasons": form.cleaned_data["reasons"]}


DEEDS: Mapping[str, Deed] = {
    "pass": Deed(
        Act.PASS_STAGE,
        Action.REGISTRY_EXAMINE,
        gettext_lazy("Pass the stage"),
        gettext_lazy("Pass"),
        gettext_lazy("The stage is passed."),
        PassForm,
        pass_stage,
        _taken("reason"),
    ),
    "ask": Deed(
        Act.ASK_CORRECTION,
        Action.REGISTRY_EXAMINE,
        gettext_lazy("Ask for a correction"),
        gettext_lazy("Send to the applicant"),
        gettext_lazy("The applicant is asked to correct it."),
        PointsForm,
        ask_correction,
        _points,
    ),
    "publish": Deed(
        Act.PUBLISH,
        Action.REGISTRY_EXAMINE,
        gettext_lazy("Publish"),
        gettext_lazy("Publish now"),
        gettext_lazy("The application is published."),
        ConfirmForm,
        publish_application,
        _taken(),
    ),
    "close": Deed(
        Act.CLOSE_PUBLICITY,
        Action.REGISTRY_DECIDE,
        gettext_lazy("Close publicity and register"),
        gettext_lazy("Register"),
        gettext_lazy("It is registered."),
        ConfirmForm,
        close_publicity,
        _taken(),
    ),
    "register": Deed(
        Act.REGISTER,
        Action.REGISTRY_DECIDE,
        gettext_lazy("Register"),
        gettext_lazy("Register now"),
        gettext_lazy("It is registered."),
        ConfirmForm,
        register_application,
        _taken(),
    ),
    "refuse": Deed(
        Act.REFUSE,
        Action.REGISTRY_EXAMINE,
        gettext_lazy("Refuse"),
        gettext_lazy("Refuse for good"),
        gettext_lazy("The application is refused."),
        RefuseForm,
        refuse_application,
        _taken("reasons"),
        is_grave=True,
    ),
    "withdraw": Deed(
        Act.WITHDRAW,
        Action.REGISTRY_EXAMINE,
        gettext_lazy("Withdraw as the applicant asks"),
        gettext_lazy("Withdraw for good"),
        gettext_lazy("The application is withdrawn."),
        WithdrawForm,
        withdraw_application,
        _taken("reason"),
        is_grave=True,
    ),
    "decide": Deed(
        Act.DECIDE_OBJECTION,
        Action.REGISTRY_DECIDE,
        gettext_lazy("Decide the objection"),
        gettext_lazy("Decide"),
        gettext_lazy("The objection is decided."),
        DecideForm,
        decide_objection,
        _verdict,
        is_grave=True,
        is_of_objection=True,
    ),
    "reply": Deed(
        Act.REPLY,
        Action.REGISTRY_EXAMINE,
        gettext_lazy("Write down the applicant's reply"),
        gettext_lazy("Write it down"),
        gettext_lazy("The reply is written down."),
        ReplyForm,
        reply_to_objection,
        _taken("reply"),
        is_of_objection=True,
    ),
    "retract": Deed(
        Act.DECIDE_OBJECTION,
        Action.REGISTRY_EXAMINE,
        gettext_lazy("The objector takes it back"),
        gettext_lazy("Write it down"),
        gettext_lazy("The objection is withdrawn."),
        WithdrawForm,
        withdraw_objection,
        _taken("reason"),
        is_grave=True,
        is_of_objection=True,
    ),
}
"""The acts by the names that their addresses have, in the order in which the desk shows them."""


def deeds_for(actor: Actor, row: ApplicationRow, on: date, events: Sequence[EventRow]) -> list[tuple[str, Deed]]:
    """Return the acts that the desk offers a person for an application as it stands; objections have their own."""
    fitting = acts_in(row.state)
    procedure = procedure_of(row, on)
    offered = {
        name
        for name, deed in DEEDS.items()
        if deed.act in fitting and allows(actor, deed.action) and not deed.is_of_objection
    }
    if row.state is State.OBJECTION or not (row.state is State.EXAMINATION or allows(actor, Action.REGISTRY_DECIDE)):
        offered.discard("refuse")
    if row.state is not State.ACCEPTED or procedure.publicity_days:
        offered.discard("register")
    if not procedure.publicity_days:
        offered.discard("publish")
    if row.publicity_until_on is None or row.publicity_open_days or row.publicity_until_on >= on:
        offered.discard("close")
    if must_be_other(row, events, actor.name, on):
        offered.discard("pass")
    if row.round_count > procedure.correction_rounds:
        offered.discard("ask")
    return [(name, deed) for name, deed in DEEDS.items() if name in offered]


def deeds_on(actor: Actor, row: ApplicationRow, objection: ObjectionRow, on: date) -> list[tuple[str, Deed]]:
    """Return the acts that the desk offers for an objection: the reply while it may come, then the decision."""
    if objection.state is not ObjectionState.OPEN:
        return []
    may_reply = objection.replied_at is None and (objection.open_days > 0 or on <= objection.reply_until_on)
    left_out = "decide" if may_reply else "reply"
    return [
        (name, deed)
        for name, deed in DEEDS.items()
        if deed.is_of_objection and name != left_out and deed.act in acts_in(row.state) and allows(actor, deed.action)
    ]


def must_be_other(row: ApplicationRow, events: Sequence[EventRow], name: str, on: date) -> bool:
    """Say whether somebody else must pass the stage, because this person passed one before."""
    has_passed = any(event.act is Act.PASS_STAGE and event.actor == name for event in events)
    return row.state is State.EXAMINATION and has_passed and procedure_of(row, on).needs_second_person


def procedure_of(row: ApplicationRow, on: date) -> Procedure:
    """Return the steps that an application goes through, by the rules that it is under on a day."""
    return rules_of(row, on).procedures[row.kind]


def outlook(name: str, row: ApplicationRow, on: date) -> list[str]:
    """Return in sentences what an act will lead to."""
    profile, procedure = rules_of(row, on), procedure_of(row, on)
    match name:
        case "pass":
            return _after_stage(row, procedure)
        case "ask":
            return [*_until(profile, on, procedure.correction_days, _REPLY), *_rounds_left(row, procedure)]
        case "reply":
            return [_("It is kept as it stands here, once; the clock of the decision runs from then.")]
        case "retract":
            return [_("The objection ends undecided, and publicity goes on if no other is open.")]
        case "refuse" | "withdraw":
            return [_("The application ends here. The applicant may apply again, with a new number.")]
        case "publish":
            return [
                *_until(profile, on, procedure.publicity_days, _PUBLIC),
                _("Title, holders and what is public of the statement are shown; addresses and samples are not."),
            ]
        case "decide":
            return [
                _("A rejected objection lets publicity go on; an upheld one refuses the application."),
                _("Objector and applicant read the reasons. The name of the objector is not published."),
            ]
    return [
        _("It gets its registration number and its certificate number, and stands in the public register."),
        _("A leaf of the log and an entry of the map say so to everybody; only a revocation takes it back."),
    ]


_REPLY = gettext_lazy("The applicant has %(count)s working days to answer, until %(day)s.")
_PUBLIC = gettext_lazy("Everybody can read it and object for %(count)s working days, until %(day)s.")
_PROVISIONAL = gettext_lazy("That day is provisional: the calendar of its year is not known here. It gets no earlier.")


def _until(profile: Profile, on: date, days: int, words: Promise) -> list[str]:
    last = last_day(get_calendar(profile.calendar), on, days)
    said = str(words) % {"count": days, "day": last.on.isoformat()}
    return [said, str(_PROVISIONAL)] if last.open_days else [said]


def _rounds_left(row: ApplicationRow, procedure: Procedure) -> list[str]:
    left = procedure.correction_rounds - (row.round_count - 1) - 1
    if left <= 0:
        return [_("This is the last correction that the profile allows.")]
    return [
        ngettext(
            "After this one the profile allows %(count)s more correction.",
            "After this one the profile allows %(count)s more corrections.",
            left,
        )
        % {"count": left}
    ]


def _after_stage(row: ApplicationRow, procedure: Procedure) -> list[str]:
    stages = procedure.stages
    place = stages.index(row.stage) if row.stage in stages else 0
    if place + 1 < len(stages):
        said = [_("Next it is looked at for: %(stage)s.") % {"stage": registry_word(stages[place + 1])}]
        if procedure.needs_second_person:
            said.append(_("A second person passes the next stage, not you."))
        return said
    if procedure.publicity_days:
        return [_("This is the last stage: the application is accepted and can be published.")]
    return [_("This is the last stage, and nothing is published before: it is registered.")]
