"""Who may do what: one table from role to actions, and nothing that is not in it."""

from dataclasses import dataclass
from enum import StrEnum

from muniment.kernel.words.problems import UserError


class Role(StrEnum):
    """What a person does at the society; a person has exactly one."""

    ADMINISTRATOR = "administrator"
    DOCUMENTATION = "documentation"
    LICENSING = "licensing"
    DISTRIBUTION = "distribution"
    FINANCE = "finance"
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
    INTAKE_UNDO = "intake.undo"
    OWN_READ = "own.read"


_READ = frozenset(action for action in Action if action.endswith(".read") and action is not Action.OWN_READ)
_OFFICE_READ = _READ - {Action.AUDIT_READ}

POLICY: dict[Role, frozenset[Action]] = {
    Role.ADMINISTRATOR: _READ | {Action.USER_MANAGE, Action.INTAKE_UNDO},
    Role.DOCUMENTATION: _OFFICE_READ
    | {
        Action.PARTY_WRITE,
        Action.BANK_PROPOSE,
        Action.WORK_WRITE,
        Action.USAGE_WRITE,
        Action.MATCH_REVIEW,
        Action.INTAKE_UNDO,
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
    Role.AUDITOR: _READ,
    Role.MEMBER: frozenset({Action.OWN_READ}),
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
            f"{actor.name} may not do this ({action}).",
            "Ask an administrator for a role that carries the action.",
        )


def require_second_person(first: str, actor: Actor) -> None:
    """Let the actor approve what the person named `first` made.

    Raises:
        SamePerson: they are one person.
    """
    if first == actor.name:
        raise SamePerson("You made this yourself, so you cannot approve it.", "Ask a second person to approve it.")
