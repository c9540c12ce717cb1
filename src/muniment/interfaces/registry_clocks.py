"""The clocks of the registry in the reader's language: what is due, and how far the day is."""

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

CLOCK_NAMES: dict[str, Promise] = {
    "examination": gettext_lazy("the registry is to examine it"),
    "correction": gettext_lazy("the applicant is to correct it"),
    "publicity": gettext_lazy("its publicity ends"),
    "reply": gettext_lazy("the applicant is to reply to an objection"),
    "decision": gettext_lazy("the registry is to decide an objection"),
}
"""What is due, by the name of its clock."""


def clock_word(code: str) -> str:
    """Return what is due; a clock that nobody knows by its code."""
    return str(CLOCK_NAMES.get(code, code))


def days_text(day_count: int) -> str:
    """Return how far a day is: "12 days left", "due today", "3 days late"."""
    if day_count == 0:
        return _("due today")
    if day_count < 0:
        return ngettext("%(count)s day late", "%(count)s days late", -day_count) % {"count": -day_count}
    return ngettext("%(count)s day left", "%(count)s days left", day_count) % {"count": day_count}


def working_days_text(day_count: int | None) -> str:
    """Return how many working days are left, or gone; nothing where the calendar does not cover them."""
    if day_count is None:
        return ""
    if day_count == 0:
        return _("due today")
    if day_count < 0:
        said = ngettext("%(count)s working day late", "%(count)s working days late", -day_count)
    else:
        said = ngettext("%(count)s working day left", "%(count)s working days left", day_count)
    return said % {"count": abs(day_count)}
