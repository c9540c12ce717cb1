"""Where an application stands, what may be done with it there, and where that leads.

    draft -> submitted -> examination <-> correction
                              |  accepted -> publicity <-> objection
                              |      |           |            |
                              |      +-----> registered <-----+ (rejected: back to publicity)
                              +-> refused, withdrawn (which every open state can lead to)

The stages of an examination (formal, substantive, panel) are passed one after another within EXAMINATION; passing the
last one leads to ACCEPTED, which only the service knows: `next_state` is told so by `is_last`.
"""

from collections.abc import Mapping
from enum import StrEnum

from muniment.kernel.words.problems import UserError


class State(StrEnum):
    """Where an application stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    EXAMINATION = "examination"
    CORRECTION = "correction"
    ACCEPTED = "accepted"
    PUBLICITY = "publicity"
    OBJECTION = "objection"
    REGISTERED = "registered"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class Stage(StrEnum):
    """What an examiner looks at: form, substance, or a panel's view."""

    FORMAL = "formal"
    SUBSTANTIVE = "substantive"
    PANEL = "panel"


class Act(StrEnum):
    """What is done with an application."""

    SUBMIT = "submit"
    TAKE = "take"
    ASK_CORRECTION = "ask_correction"
    ANSWER_CORRECTION = "answer_correction"
    LAPSE = "lapse"
    PASS_STAGE = "pass_stage"  # noqa: S105 (no password: the stage is passed)
    REFUSE = "refuse"
    WITHDRAW = "withdraw"
    PUBLISH = "publish"
    OBJECT = "object"
    REPLY = "reply"
    DECIDE_OBJECTION = "decide_objection"
    CLOSE_PUBLICITY = "close_publicity"
    REGISTER = "register"
    SETTLE = "settle"


class RegistrationState(StrEnum):
    """Where a registration stands: in force, over, or taken back by its holder or by the registry."""

    IN_FORCE = "in_force"
    LAPSED = "lapsed"
    CANCELLED = "cancelled"
    REVOKED = "revoked"


FINAL_STATES = frozenset({State.REGISTERED, State.REFUSED, State.WITHDRAWN})
"""Nothing is done any more with an application that stands here."""


class NotNow(UserError):
    """An act does not fit where the application stands."""


_AFTER: Mapping[tuple[State, Act], State] = {
    (State.DRAFT, Act.SUBMIT): State.SUBMITTED,
    (State.DRAFT, Act.WITHDRAW): State.WITHDRAWN,
    (State.SUBMITTED, Act.TAKE): State.EXAMINATION,
    (State.SUBMITTED, Act.WITHDRAW): State.WITHDRAWN,
    (State.EXAMINATION, Act.TAKE): State.EXAMINATION,
    (State.EXAMINATION, Act.ASK_CORRECTION): State.CORRECTION,
    (State.EXAMINATION, Act.PASS_STAGE): State.EXAMINATION,
    (State.EXAMINATION, Act.REFUSE): State.REFUSED,
    (State.EXAMINATION, Act.WITHDRAW): State.WITHDRAWN,
    (State.CORRECTION, Act.ANSWER_CORRECTION): State.EXAMINATION,
    (State.CORRECTION, Act.LAPSE): State.WITHDRAWN,
    (State.CORRECTION, Act.WITHDRAW): State.WITHDRAWN,
    (State.ACCEPTED, Act.PUBLISH): State.PUBLICITY,
    (State.ACCEPTED, Act.REGISTER): State.REGISTERED,
    (State.ACCEPTED, Act.REFUSE): State.REFUSED,
    (State.ACCEPTED, Act.WITHDRAW): State.WITHDRAWN,
    (State.PUBLICITY, Act.OBJECT): State.OBJECTION,
    (State.PUBLICITY, Act.CLOSE_PUBLICITY): State.REGISTERED,
    (State.PUBLICITY, Act.REGISTER): State.REGISTERED,
    (State.PUBLICITY, Act.REFUSE): State.REFUSED,
    (State.PUBLICITY, Act.WITHDRAW): State.WITHDRAWN,
    (State.OBJECTION, Act.OBJECT): State.OBJECTION,
    (State.OBJECTION, Act.REPLY): State.OBJECTION,
    (State.OBJECTION, Act.DECIDE_OBJECTION): State.PUBLICITY,
    (State.OBJECTION, Act.REFUSE): State.REFUSED,
    (State.OBJECTION, Act.WITHDRAW): State.WITHDRAWN,
    # a provisional day is settled wherever a clock runs
    (State.SUBMITTED, Act.SETTLE): State.SUBMITTED,
    (State.EXAMINATION, Act.SETTLE): State.EXAMINATION,
    (State.CORRECTION, Act.SETTLE): State.CORRECTION,
    (State.PUBLICITY, Act.SETTLE): State.PUBLICITY,
    (State.OBJECTION, Act.SETTLE): State.OBJECTION,
}


def next_state(state: State, act: Act, *, is_last: bool = False) -> State:
    """Return where an act leads.

    `is_last` says that the last stage is passed: then PASS_STAGE leads to ACCEPTED. DECIDE_OBJECTION leads back to
    PUBLICITY, which is right when the objection is rejected and none is open beside it; an upheld one is a REFUSE, and
    while another is open the application stays at OBJECTION.

    Raises:
        NotNow: the act does not fit.
    """
    after = _AFTER.get((state, act))
    if after is None:
        allowed = acts_in(state)
        raise NotNow(
            "An application at {state} allows no {act}.",
            "What can be done now: {acts}." if allowed else "Nothing is left to do with it; make a new one.",
            state=state,
            act=act,
            acts=allowed,
        )
    if act is Act.PASS_STAGE and is_last:
        return State.ACCEPTED
    return after


def acts_in(state: State) -> tuple[Act, ...]:
    """Return what somebody can do with an application that stands here, in the order of `Act`."""
    return tuple(act for act in Act if (state, act) in _AFTER and act is not Act.SETTLE)
