"""A registrar's desk for tests: invented applications that go as far as a test wants, on a clock that a test sets."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from muniment.rights.registry.queries.applications import ApplicationRow, ObjectionRow, get_application
from muniment.rights.registry.rules.application import Kind, Statement
from muniment.rights.registry.rules.examination import Objector, Point
from muniment.rights.registry.services.applications import (
    answer_correction,
    draft_application,
    submit_application,
    withdraw_application,
)
from muniment.rights.registry.services.examination import (
    ask_correction,
    pass_stage,
    refuse_application,
    take_application,
)
from muniment.rights.registry.services.leaves import Leaves
from muniment.rights.registry.services.objections import decide_objection, file_objection, reply_to_objection
from muniment.rights.registry.services.publicity import close_publicity, publish_application
from muniment.trust.access.rules import Actor
from tests.cast import GULNAR, IRINA
from tests.rights.registry.rules.samples import ACT, DATA
from tests.trust.evidence.logs import entropy, keys

START = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
"""A Monday, without holidays near."""

VALLEYS = replace(DATA, deposit="", notarial_act=ACT)
BILAL = Objector("Bilal", "bilal@example.org")
POINTS = (Point("processing", "Say how late parcels are estimated."),)


def leaves() -> Leaves:
    """Return with what the tests log."""
    return Leaves(keys(), entropy)


@dataclass
class Case:
    """An application on its way; each step is one call, an hour after the last unless days are given."""

    row: ApplicationRow
    at: datetime

    def wait(self, *, days: int = 0, hours: int = 1) -> datetime:
        """Let time pass and return what the clock shows."""
        self.at += timedelta(days=days, hours=hours)
        return self.at

    @property
    def stands(self) -> tuple[str, str | None]:
        """Return the state and the stage as the database has them."""
        row = get_application(self.row.number)
        assert row is not None
        return row.state, row.stage

    def submit(self, actor: Actor = GULNAR) -> "Case":
        """Submit the draft."""
        self.row = submit_application(actor=actor, at=self.wait(), **self.seen, leaves=leaves())
        return self

    def take(self, actor: Actor = GULNAR) -> "Case":
        """Take it."""
        self.row = take_application(actor=actor, at=self.wait(), **self.seen, leaves=leaves())
        return self

    def ask(self, points: tuple[Point, ...] = POINTS, actor: Actor = GULNAR) -> "Case":
        """Ask for a correction."""
        self.row = ask_correction(actor=actor, at=self.wait(), **self.seen, points=points, leaves=leaves())
        return self

    def answer(self, statement: Statement = VALLEYS, actor: Actor = GULNAR) -> "Case":
        """Answer it."""
        self.row = answer_correction(actor=actor, at=self.wait(), **self.seen, statement=statement, leaves=leaves())
        return self

    def pass_on(self, actor: Actor = GULNAR) -> "Case":
        """Pass the stage."""
        self.row = pass_stage(actor=actor, at=self.wait(), **self.seen, leaves=leaves())
        return self

    def refuse(self, reasons: str = "Raw data.", actor: Actor = GULNAR) -> "Case":
        """Refuse it."""
        self.row = refuse_application(actor=actor, at=self.wait(), **self.seen, reasons=reasons, leaves=leaves())
        return self

    def withdraw(self, actor: Actor = GULNAR) -> "Case":
        """Withdraw it."""
        self.row = withdraw_application(actor=actor, at=self.wait(), **self.seen, leaves=leaves())
        return self

    def publish(self, actor: Actor = GULNAR) -> "Case":
        """Make it public."""
        self.row = publish_application(actor=actor, at=self.wait(), **self.seen, leaves=leaves())
        return self

    def oppose(self, objector: Objector = BILAL, grounds: str = "These are our parcels.") -> ObjectionRow:
        """Object to it as anybody may."""
        filed = file_objection(
            actor=None,
            at=self.wait(),
            number=self.row.number,
            objector=objector,
            grounds=grounds,
            leaves=leaves(),
        )
        self.look()
        return filed

    def reply(self, objection: ObjectionRow, actor: Actor = GULNAR) -> "Case":
        """Reply to an objection."""
        self.row = reply_to_objection(
            actor=actor,
            at=self.wait(),
            **self.seen,
            objection=objection.number,
            reply="They are ours: see the contract.",
            leaves=leaves(),
        )
        return self

    def decide(self, objection: ObjectionRow, *, is_upheld: bool, actor: Actor = IRINA) -> "Case":
        """Decide an objection."""
        self.row = decide_objection(
            actor=actor,
            at=self.wait(),
            **self.seen,
            objection=objection.number,
            is_upheld=is_upheld,
            reasons="The contract shows it.",
            leaves=leaves(),
        )
        return self

    def close(self, actor: Actor = IRINA) -> "Case":
        """Close the publicity."""
        self.row = close_publicity(actor=actor, at=self.wait(), **self.seen, leaves=leaves())
        return self

    def look(self) -> "Case":
        """Look at it again."""
        row = get_application(self.row.number)
        assert row is not None
        self.row = row
        return self

    @property
    def seen(self) -> dict[str, Any]:
        """Return what every act is given: the number, and the version that was seen."""
        return {"number": self.row.number, "version": self.row.version}


def drafted(
    statement: Statement = VALLEYS,
    *,
    profile: str = "zhejiang",
    kind: Kind = Kind.FIRST,
    registration: str = "",
    actor: Actor = GULNAR,
    at: datetime = START,
) -> Case:
    """Return a draft."""
    row = draft_application(
        actor=actor, at=at, profile=profile, kind=kind, statement=statement, registration=registration
    )
    return Case(row, at)


def taken(profile: str = "zhejiang") -> Case:
    """Return an application under examination."""
    return drafted(profile=profile).submit().take()


def public() -> Case:
    """Return an application that is public up to 16 March 2026."""
    return taken().pass_on().publish()


def registered() -> Case:
    """Return an application that was registered after its publicity."""
    case = public()
    case.wait(days=15)
    return case.close()
