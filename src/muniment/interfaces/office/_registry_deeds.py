"""The acts of the desk: who may do each, what it leads to, what it asks, and which service does it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from muniment.interfaces.office._registry_forms import (
    DecideForm,
    PassForm,
    PointsForm,
    PublishForm,
    RefuseForm,
)
from muniment.interfaces.registry_office import leaves
from muniment.interfaces.registry_words import registry_word
from muniment.kernel.words.problems import UserError
from muniment.rights.registry.queries.applications import ApplicationRow, EventRow
from muniment.rights.registry.rules.calendars import add_working_days, get_calendar
from muniment.rights.registry.rules.examination import Point
from muniment.rights.registry.rules.profiles import Procedure, Profile, get_profile
from muniment.rights.registry.rules.standing import Act, State, acts_in
from muniment.rights.registry.services.examination import (
    ask_correction,
    pass_stage,
    refuse_application,
)
from muniment.rights.registry.services.publicity import (
    close_publicity,
    decide_objection,
    publish_application,
    register_application,
)
from muniment.trust.access.rules import Action, Actor, allows


@dataclass(frozen=True, slots=True)
class Deed:
    """An act with a page of its own: `is_grave` ones are red and ask for a confirmation."""

    act: Act
    action: Action
    title: Promise
    button: Promise
    done: Promise
    form: type[forms.Form]
    do: Callable[[Actor, datetime, ApplicationRow, forms.Form, str], ApplicationRow]
    is_grave: bool = False


def _common(actor: Actor, at: datetime, row: ApplicationRow, form: forms.Form) -> dict[str, object]:
    return {
        "actor": actor,
        "at": at,
        "number": row.number,
        "version": form.cleaned_data["version"],
        "leaves": leaves(),
    }


def _ask(actor: Actor, at: datetime, row: ApplicationRow, form: forms.Form, _objection: str) -> ApplicationRow:
    assert isinstance(form, PointsForm)
    points = [Point(field, text) for field, text in form.points()]
    return ask_correction(**_common(actor, at, row, form), points=points)  # type: ignore[arg-type]


def _pass(actor: Actor, at: datetime, row: ApplicationRow, form: forms.Form, _objection: str) -> ApplicationRow:
    return pass_stage(**_common(actor, at, row, form), reason=form.cleaned_data["reason"])  # type: ignore[arg-type]


def _refuse(actor: Actor, at: datetime, row: ApplicationRow, form: forms.Form, _objection: str) -> ApplicationRow:
    return refuse_application(**_common(actor, at, row, form), reasons=form.cleaned_data["reasons"])  # type: ignore[arg-type]


def _publish(actor: Actor, at: datetime, row: ApplicationRow, form: forms.Form, _objection: str) -> ApplicationRow:
    return publish_application(**_common(actor, at, row, form))  # type: ignore[arg-type]


def _close(actor: Actor, at: datetime, row: ApplicationRow, form: forms.Form, _objection: str) -> ApplicationRow:
    return close_publicity(**_common(actor, at, row, form))  # type: ignore[arg-type]


def _register(actor: Actor, at: datetime, row: ApplicationRow, form: forms.Form, _objection: str) -> ApplicationRow:
    return register_application(**_common(actor, at, row, form))  # type: ignore[arg-type]


def _decide(actor: Actor, at: datetime, row: ApplicationRow, form: forms.Form, objection: str) -> ApplicationRow:
    given = form.cleaned_data
    return decide_objection(
        **_common(actor, at, row, form),  # type: ignore[arg-type]
        objection=objection,
        is_upheld=given["verdict"] == "upheld",
        reasons=given["reasons"],
    )


DEEDS: Mapping[str, Deed] = {
    "pass": Deed(
        Act.PASS_STAGE,
        Action.REGISTRY_EXAMINE,
        gettext_lazy("Pass the stage"),
        gettext_lazy("Pass"),
        gettext_lazy("The stage is passed."),
        PassForm,
        _pass,
    ),
    "ask": Deed(
        Act.ASK_CORRECTION,
        Action.REGISTRY_EXAMINE,
        gettext_lazy("Ask for a correction"),
        gettext_lazy("Send to the applicant"),
        gettext_lazy("The applicant is asked to correct it."),
        PointsForm,
        _ask,
    ),
    "refuse": Deed(
        Act.REFUSE,
        Action.REGISTRY_EXAMINE,
        gettext_lazy("Refuse"),
        gettext_lazy("Refuse for good"),
        gettext_lazy("The application is refused."),
        RefuseForm,
        _refuse,
        is_grave=True,
    ),
    "publish": Deed(
        Act.PUBLISH,
        Action.REGISTRY_EXAMINE,
        gettext_lazy("Publish"),
        gettext_lazy("Publish now"),
        gettext_lazy("The application is published."),
        PublishForm,
        _publish,
    ),
    "close": Deed(
        Act.CLOSE_PUBLICITY,
        Action.REGISTRY_DECIDE,
        gettext_lazy("Close publicity and register"),
        gettext_lazy("Register"),
        gettext_lazy("It is registered."),
        PublishForm,
        _close,
    ),
    "register": Deed(
        Act.REGISTER,
        Action.REGISTRY_DECIDE,
        gettext_lazy("Register"),
        gettext_lazy("Register now"),
        gettext_lazy("It is registered."),
        PublishForm,
        _register,
    ),
    "decide": Deed(
        Act.DECIDE_OBJECTION,
        Action.REGISTRY_DECIDE,
        gettext_lazy("Decide the objection"),
        gettext_lazy("Decide"),
        gettext_lazy("The objection is decided."),
        DecideForm,
        _decide,
        is_grave=True,
    ),
}


def deeds_for(actor: Actor, row: ApplicationRow, on: date, events: Sequence[EventRow]) -> list[tuple[str, Deed]]:
    """Return the acts that the desk offers a person for an application as it stands; objections have their own."""
    fitting = acts_in(row.state)
    procedure = procedure_of(row)
    offered = {name for name, deed in DEEDS.items() if deed.act in fitting and allows(actor, deed.action)}
    offered.discard("decide")
    if row.state is not State.EXAMINATION:
        offered.discard("refuse")
    if row.state is not State.ACCEPTED or procedure.publicity_days:
        offered.discard("register")
    if not procedure.publicity_days:
        offered.discard("publish")
    if row.publicity_until_on is None or row.publicity_until_on >= on:
        offered.discard("close")
    if must_be_other(row, events, actor.name):
        offered.discard("pass")
    return [(name, deed) for name, deed in DEEDS.items() if name in offered]


def must_be_other(row: ApplicationRow, events: Sequence[EventRow], name: str) -> bool:
    """Say whether somebody else must pass the stage, because this person passed one before."""
    has_passed = any(event.act is Act.PASS_STAGE and event.actor == name for event in events)
    return row.state is State.EXAMINATION and has_passed and procedure_of(row).needs_second_person


def procedure_of(row: ApplicationRow) -> Procedure:
    """Return the steps that an application goes through."""
    return get_profile(row.profile).procedures[row.kind]


def outlook(name: str, row: ApplicationRow, on: date) -> list[str]:
    """Return in sentences what an act will lead to."""
    profile, procedure = get_profile(row.profile), procedure_of(row)
    match name:
        case "pass":
            return _after_stage(row, procedure)
        case "ask":
            return [*_until(profile, on, procedure.correction_days, _REPLY), *_rounds_left(row, procedure)]
        case "refuse":
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
_NO_DAY = gettext_lazy("%(count)s working days are given; the calendar does not cover the day on which they end.")


def _until(profile: Profile, on: date, days: int, words: Promise) -> list[str]:
    try:
        last = add_working_days(get_calendar(profile.calendar), on, days)
    except UserError:
        return [str(_NO_DAY) % {"count": days}]
    return [str(words) % {"count": days, "day": last.isoformat()}]


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
