"""Reads about people and what they did."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from muniment.kernel.words.paging import Page
from muniment.trust.access.models import AuditEvent, User
from muniment.trust.access.rules import Actor, Role


@dataclass(frozen=True, slots=True)
class EventRow:
    """One event of the audit trail; `before` and `after` are JSON text or empty."""

    seq: int
    at: datetime
    actor_id: int | None
    actor_name: str
    tag: str
    subject_kind: str
    subject_id: str
    before: str
    after: str
    hash: str


@dataclass(frozen=True, slots=True)
class UserRow:
    """A login as the list of users shows it."""

    id: int
    username: str
    name: str
    role: Role
    party_id: int | None
    language: str
    is_active: bool
    last_login_at: datetime | None


def actor_of(user: User) -> Actor:
    """Return the actor that a logged-in person is."""
    return Actor(user.pk, user.get_username(), frozenset({Role(user.role)}), user.party_id)


def list_events(
    *,
    subject: tuple[str, int | str] | None = None,
    actor_name: str = "",
    tag: str = "",
    limit: int = 50,
    offset: int = 0,
) -> Page[EventRow]:
    """Return events, newest first: of one subject (kind, id), one person, one tag or tag family ("party."), or all."""
    events = AuditEvent.objects.order_by("-seq")
    if subject is not None:
        events = events.filter(subject_kind=subject[0], subject_id=str(subject[1]))
    if actor_name:
        events = events.filter(actor_name=actor_name)
    if tag.endswith("."):
        events = events.filter(tag__startswith=tag)
    elif tag:
        events = events.filter(tag=tag)
    rows = tuple(
        EventRow(
            event.seq,
            event.at,
            event.actor_id,
            event.actor_name,
            event.tag,
            event.subject_kind,
            event.subject_id,
            event.before,
            event.after,
            event.hash,
        )
        for event in events[offset : offset + limit]
    )
    return Page(rows, events.count())


def list_tags() -> tuple[str, ...]:
    """Return every tag that the audit trail holds, sorted."""
    return tuple(AuditEvent.objects.order_by("tag").values_list("tag", flat=True).distinct())


def list_users(*, role: Role | None = None) -> tuple[UserRow, ...]:
    """Return the logins by name, of one role or all."""
    users = User.objects.order_by("username")
    if role is not None:
        users = users.filter(role=role.value)
    return tuple(_user_row(user) for user in users)


def get_user(user_id: int) -> UserRow | None:
    """Return one login, or None."""
    user = User.objects.filter(pk=user_id).first()
    return None if user is None else _user_row(user)


def find_user(username: str) -> UserRow | None:
    """Return the login of this name, or None."""
    user = User.objects.filter(username=username).first()
    return None if user is None else _user_row(user)


def users_of_parties(party_ids: Sequence[int]) -> dict[int, tuple[UserRow, ...]]:
    """Return the members' logins of each of the parties; a party without one is left out."""
    found: dict[int, tuple[UserRow, ...]] = {}
    for user in User.objects.filter(party_id__in=party_ids).order_by("username"):
        party_id = cast(int, user.party_id)
        found[party_id] = (*found.get(party_id, ()), _user_row(user))
    return found


def _user_row(user: User) -> UserRow:
    return UserRow(
        user.pk,
        user.get_username(),
        user.first_name,
        Role(user.role),
        user.party_id,
        user.language,
        user.is_active,
        user.last_login,
    )
