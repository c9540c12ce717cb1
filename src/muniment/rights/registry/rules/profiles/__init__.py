"""Profiles: what a registry asks for, in which steps, for how long and with which effect. Each is a TOML file.

`data` holds ours: the Chinese pilots for data, the national draft, and copyright works. An installation replaces or
adds profiles with a folder (see `tables`). Each rule says by a ground where it is from and whether that was read, only
recalled, or is a figure of our own because no text was found: `ground_of` tells. `vocabulary` has what can be
switched, `shape` the values, `reading` the file.
"""

from functools import cache

from muniment.kernel.words.problems import Problem, UserError
from muniment.kernel.words.toml_tables import near
from muniment.rights.registry.rules.calendars import CALENDARS
from muniment.rights.registry.rules.profiles.reading import read_profile
from muniment.rights.registry.rules.profiles.shape import Ground, Procedure, Profile, ground_of
from muniment.rights.registry.rules.profiles.vocabulary import PROFILE_FIELDS, Check, Mark, Need, Refusal
from muniment.rights.registry.rules.tables import BadRules, chosen_folder, rule_names, rule_text

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
    "get_profile",
    "ground_of",
    "profile_names",
    "read_profile",
]

_DATA = "profiles/data"


class NoProfile(UserError):
    """There is no profile of the name."""


def profile_names() -> tuple[str, ...]:
    """Return the names of all profiles, sorted."""
    return rule_names("profiles", _DATA, chosen_folder())


def get_profile(name: str) -> Profile:
    """Return a profile.

    Raises:
        NoProfile: there is none of the name.
        BadRules: its file cannot be used.
    """
    return _load(name, chosen_folder())


@cache
def _load(name: str, folder: str) -> Profile:
    text = rule_text("profiles", _DATA, folder, name)
    if text is None:
        raise NoProfile(
            "There is no profile {name!r}.", near(name, rule_names("profiles", _DATA, folder)), name=name[:40]
        )
    profile = read_profile(text, name)
    calendars = rule_names("calendars", CALENDARS, folder)
    if profile.calendar not in calendars:
        line = next((place for place, row in enumerate(text.splitlines(), 1) if row.startswith("calendar")), 1)
        message = f"There is no calendar {profile.calendar!r}."
        raise BadRules(
            f"{name}.toml", [Problem(line, "calendar", "no_calendar", message, near(profile.calendar, calendars))]
        )
    return profile
