"""What the registry's codes are called, in the reader's language."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

NAMES: dict[str, Promise] = {
    # where an application stands
    "draft": gettext_lazy("draft"),
    "submitted": gettext_lazy("submitted"),
    "examination": gettext_lazy("in examination"),
    "correction": gettext_lazy("to be corrected"),
    "accepted": gettext_lazy("accepted"),
    "publicity": gettext_lazy("published"),
    "objection": gettext_lazy("objected to"),
    "registered": gettext_lazy("registered"),
    "refused": gettext_lazy("refused"),
    "withdrawn": gettext_lazy("withdrawn"),
    # where a registration stands
    "in_force": gettext_lazy("in force"),
    "lapsed": gettext_lazy("lapsed"),
    "cancelled": gettext_lazy("cancelled"),
    "revoked": gettext_lazy("revoked"),
    "The term is over.": gettext_lazy("The term is over."),
    # stages of an examination
    "formal": gettext_lazy("formal examination"),
    "substantive": gettext_lazy("substantive examination"),
    "panel": gettext_lazy("panel"),
    # what was done
    "submit": gettext_lazy("Submitted"),
    "take": gettext_lazy("Taken up"),
    "ask_correction": gettext_lazy("Correction asked for"),
    "answer_correction": gettext_lazy("Corrected"),
    "lapse": gettext_lazy("Lapsed"),
    "pass_stage": gettext_lazy("Stage passed"),
    "refuse": gettext_lazy("Refused"),
    "withdraw": gettext_lazy("Withdrawn"),
    "publish": gettext_lazy("Published"),
    "object": gettext_lazy("Objected to"),
    "reply": gettext_lazy("Objection answered"),
    "decide_objection": gettext_lazy("Objection decided"),
    "close_publicity": gettext_lazy("Publicity ended"),
    "register": gettext_lazy("Registered"),
    "settle": gettext_lazy("Provisional day settled"),
    "revocation": gettext_lazy("Revocation"),
    # kinds of registration
    "first": gettext_lazy("First registration"),
    "renewal": gettext_lazy("Renewal"),
    "change": gettext_lazy("Change"),
    "transfer": gettext_lazy("Transfer"),
    "cancellation": gettext_lazy("Cancellation"),
    # what is registered
    "data": gettext_lazy("Data"),
    "work": gettext_lazy("Copyright work"),
    # persons
    "holder": gettext_lazy("Rights holder"),
    "co_holder": gettext_lazy("Co-holder"),
    "agent": gettext_lazy("Agent"),
    "natural": gettext_lazy("Person"),
    "legal": gettext_lazy("Company or institution"),
    "other": gettext_lazy("Other"),
    # where data comes from
    "self_collected": gettext_lazy("collected by the applicant"),
    "licensed": gettext_lazy("licensed or bought"),
    "public_mandate": gettext_lazy("public data under a mandate"),
    # rights that are claimed
    "hold": gettext_lazy("to hold"),
    "use": gettext_lazy("to use"),
    "operate": gettext_lazy("to operate"),
    # for how long data is brought up to date
    "1y": gettext_lazy("one year"),
    "3y": gettext_lazy("three years"),
    "long": gettext_lazy("long term"),
    # recordals and objections
    "licence": gettext_lazy("Licence"),
    "pledge": gettext_lazy("Pledge"),
    "active": gettext_lazy("active"),
    "ended": gettext_lazy("ended"),
    "open": gettext_lazy("open"),
    "upheld": gettext_lazy("upheld"),
    "rejected": gettext_lazy("rejected"),
    "moot": gettext_lazy("left open when the application ended"),
    # what became of a licence or a pledge
    "recorded": gettext_lazy("Recorded"),
    "amended": gettext_lazy("Amended"),
    "assigned": gettext_lazy("Assigned to another creditor"),
    "subordinated": gettext_lazy("Stepped behind another"),
    "advanced": gettext_lazy("Advanced in rank"),
    # how sure a rule of a profile is
    "read": gettext_lazy("read"),
    "recalled": gettext_lazy("recalled"),
    "ours": gettext_lazy("our own choice"),
    # claims to registrations
    "asked": gettext_lazy("asked for"),
    "granted": gettext_lazy("granted"),
    "Another code was issued.": gettext_lazy("Another code was issued."),
    "The registration was transferred.": gettext_lazy("The registration was transferred."),
    "The registration ended.": gettext_lazy("The registration ended."),
}
"""A name for each code; no code stands for two things."""

STATE_COLOURS = {
    "in_force": "good",
    "active": "good",
    "lapsed": "warning",
    "cancelled": "warning",
    "revoked": "error",
    "objection": "warning",
}
"""The class of the badge of a state, where it has a colour."""


def registry_word(code: object) -> str:
    """Return what a code is called; a code that nobody knows as it is, nothing for None."""
    text = "" if code is None else str(code)
    return str(NAMES.get(text, text))


def state_colour(code: object) -> str:
    """Return the class of a state's badge."""
    return STATE_COLOURS.get(str(code), "")
