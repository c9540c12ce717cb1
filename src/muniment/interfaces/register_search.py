"""Searching the register, as the desk and the public pages do: what is asked for, and the rows that fit."""

from collections.abc import Mapping

from django.core.paginator import Page
from django.http import HttpRequest

from muniment.interfaces.phrases import in_language
from muniment.interfaces.windows import window_page
from muniment.rights.registry.queries.registrations import RegistrationRow, search_register
from muniment.rights.registry.rules.profiles import get_profile, profile_names
from muniment.rights.registry.rules.standing import RegistrationState

_ASKED = ("q", "holder", "industry", "profile", "state")
_MOST_LETTERS = 200


def asked_of_register(request: HttpRequest) -> dict[str, str]:
    """Return what an address asks for: words of the title or a number, a holder, an industry, a profile, a state."""
    given = {name: request.GET.get(name, "") for name in _ASKED}
    return {name: text.replace("\0", " ").strip()[:_MOST_LETTERS] for name, text in given.items()}


def register_page(request: HttpRequest, asked: Mapping[str, str]) -> Page[RegistrationRow]:
    """Return the page of the registrations that fit; a state that nobody knows fits all."""
    state = asked["state"]
    return window_page(
        request,
        lambda limit, offset: search_register(
            text=asked["q"],
            holder=asked["holder"],
            profile=asked["profile"] or None,
            state=RegistrationState(state) if state in set(RegistrationState) else None,
            industry=asked["industry"],
            limit=limit,
            offset=offset,
        ),
    )


def profile_titles() -> list[tuple[str, str]]:
    """Return the names of all profiles, each with its title in the reader's language."""
    return [(name, in_language(get_profile(name).title)) for name in profile_names()]
