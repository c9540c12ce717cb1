"""Profiles: what a registry asks for, in which steps, for how long and with which effect. Each is a TOML file.

`data` holds ours: the Chinese pilots for data, the national draft, and copyright works. An installation replaces or
adds profiles with a folder (see `tables`). Each rule says by a ground where it is from and whether that was read, only
recalled, or is a figure of our own because no text was found: `ground_of` tells. `vocabulary` has what can be
switched, `shape` the values, `reading` the file.
"""

from datetime import date
from functools import cache

from muniment.kernel.words.problems import Problem, UserError
from muniment.kernel.words.toml_tables import near
from muniment.rights.registry.rules.calendars import CALENDARS
from muniment.rights.registry.rules.profiles.reading import read_profile
from muniment.rights.registry.rules.profiles.shape import Ground, Procedure, Profile, ground_of
from muniment.rights.registry.rules.profiles.vocabulary import PROFILE_FIELDS, Check, Mark, Need, Refusal, Transition
from muniment.rights.registry.rules.standing import State
from muniment.rights.registry.rules.tables import BadRules, chosen_folder, rule_days, rule_names, rule_text

__all__ = [
    "PROFILE_FIELDS",
    "Check",
    "Ground",
    "Mark",
    "Need",
    "NoProfile",
    "Procedure",
    "Profile",
    "Refusal",
    "Transition",
    "get_profile",
    "ground_of",
    "profile_names",
    "profile_on",
    "profile_versions",
    "read_profile",
    "rules_for",
]

_DATA = "profiles/data"
_EXAMINED = frozenset({State.SUBMITTED, State.EXAMINATION, State.CORRECTION})


class NoProfile(UserError):
    """There is no profile of the name."""


def profile_names() -> tuple[str, ...]:
    """Return the names of all profiles, sorted."""
    return rule_names("profiles", _DATA, chosen_folder())


def get_profile(name: str, from_on: date | None = None) -> Profile:
    """Return a profile: its first version, or the one that begins on a day.

    Raises:
        NoProfile: there is none of the name, or no such version.
        BadRules: its file cannot be used.
    """
    return _load(name, from_on, chosen_folder())


def profile_versions(name: str) -> tuple[Profile, ...]:
    """Return the versions of a profile, the first one first.

    Raises:
        NoProfile, BadRules: as `get_profile`.
    """
    return _versions(name, chosen_folder())


def profile_on(name: str, on: date) -> Profile:
    """Return the version of a profile under which something is applied for on a day.

    Raises:
        NoProfile, BadRules: as `get_profile`.
    """
    return next(one for one in reversed(profile_versions(name)) if one.from_on is None or one.from_on <= on)


def rules_for(name: str, from_on: date | None, state: State, on: date) -> Profile:
    """Return the version of a profile that an application is under on a day, which was under that of `from_on`.

    A draft is under what holds on the day; what is examined, under the version that it was submitted under, unless a
    later one says that it is adopted; and what is accepted keeps its own.

    Raises:
        NoProfile, BadRules: as `get_profile`.
    """
    if state is State.DRAFT:
        return profile_on(name, on)
    own = get_profile(name, from_on)
    if state not in _EXAMINED:
        return own
    since = from_on or date.min
    later = [one for one in profile_versions(name) if since < (one.from_on or date.min) <= on]
    return next((one for one in reversed(later) if one.transition is Transition.ADOPT), own)


@cache
def _versions(name: str, folder: str) -> tuple[Profile, ...]:
    days = rule_days("profiles", _DATA, folder, name)
    first, *later = (_load(name, day, folder) for day in (None, *days))
    for one in later:
        if one.subject is not first.subject:
            message = f"The first version registers {first.subject}."
            wrong = Problem(None, "subject", "subject", message, "Give other matters another name.")
            raise BadRules(f"{name}.{one.from_on}.toml", [wrong])
    return (first, *later)


@cache
def _load(name: str, from_on: date | None, folder: str) -> Profile:
    text = rule_text("profiles", _DATA, folder, name, from_on)
    if text is None:
        raise NoProfile(
            "There is no profile {name!r}.",
            near(name, rule_names("profiles", _DATA, folder)),
            name=name[:40],
        )
    profile = read_profile(text, name, from_on)
    calendars = rule_names("calendars", CALENDARS, folder)
    if profile.calendar not in calendars:
        line = next((place for place, row in enumerate(text.splitlines(), 1) if row.startswith("calendar")), 1)
        message = f"There is no calendar {profile.calendar!r}."
        raise BadRules(
            f"{name}.toml", [Problem(line, "calendar", "no_calendar", message, near(profile.calendar, calendars))]
        )
    return profile
