"""Who may do what: one table from role to actions, and nothing that is not in it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from random import Random

from muniment.kernel.words.digests import Plain, digest_value
from muniment.kernel.words.problems import UserError


class Role(StrEnum):
    """What a person does at the society; a person has exactly one."""

    ADMINISTRATOR = "administrator"
    DOCUMENTATION = "documentation"
    LICENSING = "licensing"
    DISTRIBUTION = "distribution"
    FINANCE = "finance"
    REGISTRAR = "registrar"
    CHIEF_REGISTRAR = "chief_registrar"
    AUDITOR = "auditor"
    MEMBER = "member"


class Action(StrEnum):
    """Every act that a service asks permission for; the value is what the audit trail shows."""

    USER_MANAGE = "user.manage"
    PARTY_READ = "party.read"
    PARTY_WRITE = "party.write"
    BANK_PROPOSE = "bank.propose"
    BANK_APPROVE = "bank.approve"
    WORK_READ = "work.read"
    WORK_WRITE = "work.write"
    LICENCE_READ = "licence.read"
    LICENCE_WRITE = "licence.write"
    MONEY_RECEIVE = "money.receive"
    USAGE_READ = "usage.read"
    USAGE_WRITE = "usage.write"
    MATCH_REVIEW = "match.review"
    DISTRIBUTION_READ = "distribution.read"
    DISTRIBUTION_WRITE = "distribution.write"
    DISTRIBUTION_APPROVE = "distribution.approve"
    DISTRIBUTION_POST = "distribution.post"
    PAYMENT_READ = "payment.read"
    PAYMENT_WRITE = "payment.write"
    PAYMENT_APPROVE = "payment.approve"
    PAYMENT_CONFIRM = "payment.confirm"
    LEDGER_READ = "ledger.read"
    LEDGER_POST = "ledger.post"
    AUDIT_READ = "audit.read"
    LOG_READ = "log.read"
    LOG_WRITE = "log.write"
    INTAKE_UNDO = "intake.undo"
    DEPOSIT_READ = "deposit.read"
    DEPOSIT_WRITE = "deposit.write"
    REGISTRY_READ = "registry.read"
    REGISTRY_EXAMINE = "registry.examine"
    REGISTRY_DECIDE = "registry.decide"
    REGISTRY_RECORD = "registry.record"
    OWN_READ = "own.read"
    OWN_DEPOSIT = "own.deposit"
    OWN_APPLY = "own.apply"


_READ = frozenset(action for action in Action if action.endswith(".read") and action is not Action.OWN_READ)
_OFFICE_READ = _READ - {Action.AUDIT_READ}
_REGISTRAR = frozenset(
    {
        Action.PARTY_READ,
        Action.WORK_READ,
        Action.LOG_READ,
        Action.DEPOSIT_READ,
        Action.DEPOSIT_WRITE,
        Action.REGISTRY_READ,
        Action.REGISTRY_EXAMINE,
        Action.REGISTRY_RECORD,
    }
)

POLICY: dict[Role, frozenset[Action]] = {
    Role.ADMINISTRATOR: _READ | {Action.USER_MANAGE, Action.INTAKE_UNDO, Action.LOG_WRITE, Action.DEPOSIT_WRITE},
    Role.DOCUMENTATION: _OFFICE_READ
    | {
        Action.PARTY_WRITE,
        Action.BANK_PROPOSE,
        Action.WORK_WRITE,
        Action.USAGE_WRITE,
        Action.MATCH_REVIEW,
        Action.INTAKE_UNDO,
        Action.DEPOSIT_WRITE,
    },
    Role.LICENSING: _OFFICE_READ | {Action.LICENCE_WRITE, Action.PARTY_WRITE, Action.USAGE_WRITE},
    Role.DISTRIBUTION: _OFFICE_READ
    | {
        Action.PARTY_WRITE,
        Action.BANK_PROPOSE,
        Action.WORK_WRITE,
        Action.LICENCE_WRITE,
        Action.MONEY_RECEIVE,
        Action.USAGE_WRITE,
        Action.MATCH_REVIEW,
        Action.DISTRIBUTION_WRITE,
        Action.DISTRIBUTION_POST,
        Action.PAYMENT_WRITE,
        Action.LEDGER_POST,
        Action.INTAKE_UNDO,
    },
    Role.FINANCE: _OFFICE_READ
    | {
        Action.MONEY_RECEIVE,
        Action.BANK_APPROVE,
        Action.DISTRIBUTION_APPROVE,
        Action.DISTRIBUTION_POST,
        Action.PAYMENT_APPROVE,
        Action.PAYMENT_CONFIRM,
        Action.LEDGER_POST,
    },
    Role.REGISTRAR: _REGISTRAR,
    Role.CHIEF_REGISTRAR: _REGISTRAR | {Action.REGISTRY_DECIDE},
    Role.AUDITOR: _READ,
    Role.MEMBER: frozenset({Action.OWN_READ, Action.OWN_DEPOSIT, Action.OWN_APPLY}),
}
"""What each role may do. An action that a role's row does not name is refused."""


class NotAllowed(UserError):
    """The person's role does not carry the action."""


class SamePerson(UserError):
    """An approval came from the person who made what is to be approved."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever acts: a person with a login, or an operator at the command line (`user_id` None).

    `party_id` is the member whom a login stands for. Two approvals count as two persons by `name`, which is the
    login name and unique.
    """

    user_id: int | None
    name: str
    roles: frozenset[Role]
    party_id: int | None = None


def operator(name: str) -> Actor:
    """Return the actor for a person at the command line, who by having the machine has every role."""
    return Actor(None, name, frozenset(Role))


def allows(actor: Actor, action: Action) -> bool:
    """Say whether one of the actor's roles carries the action."""
    return any(action in POLICY[role] for role in actor.roles)


def require(actor: Actor, action: Action) -> None:
    """Let the actor pass.

    Raises:
        NotAllowed: none of the actor's roles carries the action.
    """
    if not allows(actor, action):
        raise NotAllowed(
            "{name} may not do this ({action}).",
            "Ask an administrator for a role that carries the action.",
            name=actor.name,
            action=action,
        )


def require_second_person(first: str, actor: Actor) -> None:
    """Let the actor approve what the person named `first` made.

    Raises:
        SamePerson: they are one person.
    """
    if first == actor.name:
        raise SamePerson("You made this yourself, so you cannot approve it.", "Ask a second person to approve it.")


def require_any(actor: Actor, actions: Collection[Action]) -> None:
    """Let the actor pass who may do at least one of the actions.

    Raises:
        NotAllowed: none of the actor's roles carries any of them.
    """
    if not any(allows(actor, action) for action in actions):
        require(actor, min(actions))


def instant_text(at: datetime) -> str:
    """Return the one spelling of an instant that hashes are taken over: UTC, as in `2026-11-21T21:30:16.000000Z`.

    Raises:
        ValueError: the instant has no time zone.
    """
    if at.tzinfo is None:
        raise ValueError(f"{at!r} has no time zone, so it names no instant")
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def plain(value: object) -> Plain:
    """Return `value` in the few types that canonical JSON knows: dates become ISO text, sets sorted lists.

    Raises:
        TypeError: a float or another type whose spelling is not certain.
    """
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, datetime):
        return instant_text(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, set | frozenset):
        return [plain(item) for item in sorted(value)]
    if isinstance(value, Sequence):
        return [plain(item) for item in value]
    raise TypeError(f"{value!r} has no certain spelling in the audit trail")


@dataclass(frozen=True, slots=True)
class EventFacts:
    """What an audit event says; `before` and `after` are canonical JSON or empty."""

    seq: int
    at: datetime
    actor_id: int | None
    actor_name: str
    tag: str
    subject_kind: str
    subject_id: str
    before: str
    after: str


FIRST_HASH = "0" * 64
"""What stands for the previous hash of the first link of every chain."""


def event_hash(prev_hash: str, event: EventFacts) -> str:
    """Return the hash of an audit event: SHA-256 of the canonical JSON list of the previous hash and every field."""
    return digest_value(
        [
            prev_hash,
            event.seq,
            instant_text(event.at),
            event.actor_id,
            event.actor_name,
            event.tag,
            event.subject_kind,
            event.subject_id,
            event.before,
            event.after,
        ]
    )


_LEGIBLE = "abcdefghijkmnpqrstuvwxyz23456789"
"""Thirty-two signs (5 bits each) that nobody mistakes for one another when reading aloud."""


def generate_password(rng: Random) -> str:
    """Return a password of 80 bits in four groups, such as `k7mp-x2ab-9dfe-tuvw`; give it `secrets.SystemRandom()`."""
    return "-".join("".join(rng.choice(_LEGIBLE) for _ in range(4)) for _ in range(4))
