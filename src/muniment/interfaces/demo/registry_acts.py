"""The acts of the invented registry year, as plain values: who does what with which case, and when."""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from muniment.interfaces.demo.registry_words import Firm
from muniment.rights.registry.rules.application import Kind, Statement


class Verb(StrEnum):
    """What is done; each is one service, but TRY, which the pre-check refuses, and the three of every day."""

    DEPOSIT = "deposit"
    DRAFT = "draft"
    TRY = "try to submit"
    REDRAFT = "change a draft"
    SUBMIT = "submit"
    TAKE = "take"
    ASK = "ask for a correction"
    ANSWER = "answer a correction"
    CLEAR = "pass a stage"
    REGISTER = "register"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"
    PUBLISH = "publish"
    OBJECT = "object"
    REPLY = "reply to an objection"
    UPHOLD = "uphold an objection"
    REJECT = "reject an objection"
    LICENCE = "record a licence"
    PLEDGE = "record a pledge"
    AMEND = "amend a pledge"
    ASSIGN = "assign a pledge"
    SUBORDINATE = "subordinate a pledge"
    RELEASE = "end a pledge"
    CODE = "issue a code for a new holder"
    CLAIM = "ask for a registration with its code"
    GRANT = "grant a claim"
    DENY = "refuse a claim"
    REVOKE = "revoke"
    CLOCKS = "run the clocks"
    SEQUENCE = "sequence the log"


@dataclass(frozen=True, slots=True)
class Case:
    """An application of the year; `target` is the case whose registration a later kind is about, 0 for a first one."""

    number: int
    kind: Kind
    firm: Firm
    target: int = 0


@dataclass(frozen=True, slots=True)
class Act:
    """An act on a case (0: on all, such as the clocks); `who` acts, and what else it needs is in the other fields."""

    at: datetime
    verb: Verb
    case: int = 0
    who: str = ""
    statement: Statement | None = None
    points: tuple[tuple[str, str], ...] = ()
    text: str = ""
    name: str = ""
    identifier: str = ""
    amount_micro: int = 0
    until_on: date | None = None


@dataclass(slots=True)
class Expected:
    """What the generator counts itself while it invents, to be compared with the figures from the records."""

    applied: int = 0
    registered: int = 0
    refused: int = 0
    withdrawn: int = 0
    objected: int = 0
    objections_upheld: int = 0
    renewed: int = 0
    changed: int = 0
    transferred: int = 0
    cancelled: int = 0
    revoked: int = 0
    lapsed: int = 0
    licences: int = 0
    licence_amount_micro: int = 0
    pledges: int = 0
    pledge_amount_micro: int = 0
    pledges_amended: int = 0
    pledges_assigned: int = 0
    pledges_subordinated: int = 0
    claims_granted: int = 0
    claims_refused: int = 0
    pending: int = 0
    precheck_failed: int = 0
    corrections: int = 0
    late: int = 0


@dataclass(frozen=True, slots=True)
class Year:
    """An invented year: its working days, its cases, its acts in the order of time, and what they come to."""

    year: int
    days: tuple[date, ...]
    cases: tuple[Case, ...]
    acts: tuple[Act, ...]
    expected: Expected = field(default_factory=Expected)
