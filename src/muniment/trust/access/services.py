"""Writes about people and the audit trail.

The lock order of the whole house is stated here, in `lock_heads`: a writer locks its own rows first, then the heads of
all chains in one statement, and appends. Nobody asks for another row lock while holding the heads longer than needed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from muniment.kernel.words.digests import canonical_json
from muniment.kernel.words.problems import UserError
from muniment.trust.access.models import AuditEvent, ChainHead, User
from muniment.trust.access.rules import (
    FIRST_HASH,
    Action,
    Actor,
    EventFacts,
    Role,
    event_hash,
    plain,
    require,
)

AUDIT, BATCHES, ENTRIES, SEALS = "audit", "batches", "entries", "seals"
_CHAINS = (AUDIT, BATCHES, ENTRIES, SEALS)


class WeakPassword(UserError):
    """The password is too short or too common."""


class UnknownUser(UserError):
    """No person has this login."""


class InvalidUser(UserError):
    """The login's name is taken, or its role and its member do not fit."""


@dataclass(frozen=True, slots=True)
class Head:
    """The last link of a chain: how many links it has and the hash of the last."""

    seq: int
    hash: str


def lock_heads() -> dict[str, Head]:
    """Lock the heads of all chains until the transaction ends, and return them by name.

    One statement locks them all, in the order of their names, so two writers can wait for each other but never in a
    circle, whichever chain they append to first. SQLite's transaction is exclusive anyway.

    Must run inside a transaction.
    """
    heads = {row.name: Head(row.seq, row.hash) for row in ChainHead.objects.select_for_update().order_by("name")}
    if len(heads) < len(_CHAINS):
        missing = [ChainHead(name=name, seq=0, hash=FIRST_HASH) for name in _CHAINS]
        ChainHead.objects.bulk_create(missing, ignore_conflicts=True)
        return lock_heads()
    return heads


def move_head(name: str, head: Head) -> None:
    """Say that `head` is now the last link of the chain; the caller holds the lock of `lock_heads`."""
    ChainHead.objects.filter(name=name).update(seq=head.seq, hash=head.hash)


@transaction.atomic
def record_event(
    *,
    actor: Actor,
    at: datetime,
    tag: str,
    subject_kind: str,
    subject_id: int | str,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
) -> int:
    """Append one event to the audit trail and return its number.

    `tag` names the act ("party.registered"), `subject_kind` and `subject_id` what it was done to; `before` and `after`
    hold what changed, in plain values (dates are welcome, floats are not). A bulk write records one event with its
    counts and digests, not one for each row. The event lives and dies with the caller's transaction; record it as the
    last step of a service, because the chain's lock is held from here to the commit.

    Raises:
        TypeError: a value without a certain spelling.
        ValueError: `at` has no time zone.
    """
    head = lock_heads()[AUDIT]
    facts = EventFacts(
        seq=head.seq + 1,
        at=at,
        actor_id=actor.user_id,
        actor_name=actor.name,
        tag=tag,
        subject_kind=subject_kind,
        subject_id=str(subject_id),
        before="" if before is None else canonical_json(plain(before)).decode(),
        after="" if after is None else canonical_json(plain(after)).decode(),
    )
    link = event_hash(head.hash, facts)
    AuditEvent.objects.create(
        seq=facts.seq,
        at=facts.at,
        actor_id=facts.actor_id,
        actor_name=facts.actor_name,
        tag=facts.tag,
        subject_kind=facts.subject_kind,
        subject_id=facts.subject_id,
        before=facts.before,
        after=facts.after,
        prev_hash=head.hash,
        hash=link,
    )
    move_head(AUDIT, Head(facts.seq, link))
    return facts.seq


@transaction.atomic
def create_user(
    *,
    actor: Actor,
    at: datetime,
    username: str,
    password: str,
    name: str,
    role: Role,
    party_id: int | None = None,
    language: str = "en",
) -> int:
    """Make a login and return its id; a member's login, and only a member's, stands for the party `party_id`.

    Raises:
        NotAllowed: the actor does not manage users.
        WeakPassword: the password is too short or too common.
        InvalidUser: the login name is empty or taken, or role and party do not fit.
    """
    require(actor, Action.USER_MANAGE)
    if not username.strip():
        raise InvalidUser("A login needs a name.", "Give letters, digits or @ . + - _.")
    _require_role_fits(role, party_id)
    user = User(
        username=username, first_name=name, role=role.value, party_id=party_id, language=language, date_joined=at
    )
    _require_strong(password, user)
    user.set_password(password)
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError as error:
        raise InvalidUser("The login {name!r} exists already.", "Choose another name.", name=username) from error
    record_event(
        actor=actor,
        at=at,
        tag="user.created",
        subject_kind="user",
        subject_id=user.pk,
        after={"username": username, "name": name, "role": role.value, "party_id": party_id, "language": language},
    )
    return user.pk


@transaction.atomic
def set_password(*, actor: Actor, at: datetime, user_id: int, password: str) -> None:
    """Change a password: a person their own, a manager of users anyone's.

    Raises:
        NotAllowed, UnknownUser, WeakPassword: nothing is changed.
    """
    if actor.user_id != user_id:
        require(actor, Action.USER_MANAGE)
    user = _user(user_id)
    _require_strong(password, user)
    user.set_password(password)
    user.save(update_fields=["password"])
    record_event(actor=actor, at=at, tag="user.password_set", subject_kind="user", subject_id=user_id)


@transaction.atomic
def set_role(*, actor: Actor, at: datetime, user_id: int, role: Role, party_id: int | None = None) -> None:
    """Give a person another role.

    Raises:
        NotAllowed, UnknownUser, InvalidUser: nothing is changed; nobody changes their own role.
    """
    require(actor, Action.USER_MANAGE)
    _require_another(actor, user_id)
    _require_role_fits(role, party_id)
    user = _user(user_id)
    before = {"role": user.role, "party_id": user.party_id}
    user.role, user.party_id = role.value, party_id
    user.save(update_fields=["role", "party_id"])
    record_event(
        actor=actor,
        at=at,
        tag="user.role_set",
        subject_kind="user",
        subject_id=user_id,
        before=before,
        after={"role": role.value, "party_id": party_id},
    )


@transaction.atomic
def set_active(*, actor: Actor, at: datetime, user_id: int, active: bool) -> None:
    """Let a person log in, or no longer; a login is never deleted, because the audit trail names it.

    Raises:
        NotAllowed, UnknownUser, InvalidUser: nothing is changed; nobody closes their own login.
    """
    require(actor, Action.USER_MANAGE)
    _require_another(actor, user_id)
    user = _user(user_id)
    before = user.is_active
    user.is_active = active
    user.save(update_fields=["is_active"])
    record_event(
        actor=actor,
        at=at,
        tag="user.active_set",
        subject_kind="user",
        subject_id=user_id,
        before={"active": before},
        after={"active": active},
    )


def _user(user_id: int) -> User:
    user = User.objects.select_for_update().filter(pk=user_id).first()
    if user is None:
        raise UnknownUser("No login has the number {number}.", "Look it up in the list of users.", number=user_id)
    return user


def _require_another(actor: Actor, user_id: int) -> None:
    """Keep the last administrator from locking everybody out: one's own login is another person's to change."""
    if actor.user_id == user_id:
        raise InvalidUser("This is your own login.", "Ask another administrator to change its role or to close it.")


def _require_role_fits(role: Role, party_id: int | None) -> None:
    if (role is Role.MEMBER) != (party_id is not None):
        raise InvalidUser(
            "A member's login stands for one member, and no other login does.",
            "Give the member for the role member, and leave it out for every other role.",
        )


def _require_strong(password: str, user: User) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise WeakPassword(" ".join(error.messages), "Choose a longer password, of several words.") from error
