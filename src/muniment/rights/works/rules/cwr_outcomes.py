"""What a transaction of a CWR file is answered: its status and messages, by what happened to it here.

The statuses are the standard's: AS accepted, AC accepted with changes, CO conflict, DU duplicate, RJ rejected, NP no
interest. What breaks the standard is rejected before anything of this is asked.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, replace

from muniment.kernel.formats.cwr import CwrMessage
from muniment.kernel.words.problems import Problem
from muniment.rights.works.rules.drafts import Outcome

ACCEPTED = frozenset({"RA", "AS", "AC", "DU", "CO"})
"""Statuses after which the society has the work on file, so that a change of it is a revision (REV)."""

FIXED = "000"
"""The number of messages that the standard has no number for."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A status, its messages, and of a conflict the other work and the other submitter."""

    status: str
    messages: tuple[CwrMessage, ...] = ()
    other_id: int | None = None
    other_claim: str = ""

    def with_problems(self, problems: Iterable[Problem], kind: str) -> "Verdict":
        """Return the verdict with warnings found here as further messages."""
        more = tuple(message(kind, problem.message) for problem in problems)
        return replace(self, messages=(*self.messages, *more)) if more else self


def message(record_kind: str, text: str, number: str = FIXED, kind: str = "F") -> CwrMessage:
    """Return a message about a whole transaction."""
    return CwrMessage(kind, 0, record_kind, "T", number, text)


def verdict_of(kind: str, claim: str, outcome: Outcome, disputed_by: Sequence[str]) -> Verdict:
    """Return what an NWR, REV or EXC transaction is answered.

    Args:
        claim: its submitter.
        disputed_by: the submitters of the claims on the work that do not fit into the whole, none where all fit.
    """
    others = [one for one in disputed_by if one != claim]
    if outcome.doubt is not None:
        other_id = outcome.doubt.other_id
        text = _DOUBTS[outcome.doubt.why]
        return Verdict("CO", (message(kind, text),), outcome.work_id if other_id is None else other_id)
    if disputed_by:
        who = " AND ".join(others) or claim
        text = f"MORE THAN THE WHOLE IS CLAIMED, ALSO BY {who}; WHAT IS TOO MUCH IS HELD"
        return Verdict("CO", (message(kind, text),), outcome.work_id, others[0] if others else "")
    if kind == "REV" and not outcome.spoken:
        return Verdict("AC", (message(kind, "NOT REGISTERED BY THE SUBMITTER BEFORE; TAKEN AS NWR", "002"),))
    if kind == "NWR" and outcome.spoken:
        if outcome.changed:
            return Verdict("AC", (message(kind, "REGISTERED BY THE SUBMITTER BEFORE; TAKEN AS REV", "013"),))
        return Verdict("DU", (message(kind, "REGISTERED BY THE SUBMITTER BEFORE, WITH THE SAME SHARES", "013"),))
    return Verdict("AS")


_DOUBTS = {
    "number": "THE SUBMITTER'S NUMBER IS THAT OF ANOTHER WORK THAN THE ISWC",
    "iswc": "THE WORK IS REGISTERED UNDER ANOTHER ISWC",
    "writers": "A WORK OF THIS TITLE AND THESE WRITERS IS REGISTERED UNDER ANOTHER ISWC",
}


def plain_messages(messages: Iterable[CwrMessage]) -> str:
    """Return messages as a database keeps them; nothing where there are none."""
    rows = [astuple(one) for one in messages]
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":")) if rows else ""


def messages_of(text: str) -> tuple[CwrMessage, ...]:
    """Return the messages that a database kept."""
    return tuple(CwrMessage(*row) for row in json.loads(text)) if text else ()
