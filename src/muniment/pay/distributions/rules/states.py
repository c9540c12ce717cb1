"""Who is paid and who waits, and the states a run goes through."""

from dataclasses import dataclass
from enum import StrEnum

from muniment.kernel.words.problems import UserError


class WrongState(UserError):
    """The run is not in a state from which the step may start."""


class UnknownRun(UserError):
    """There is no distribution run with this number."""


class Hold(StrEnum):
    """Why money of a pool waits instead of being payable."""

    UNMATCHED = "UNMATCHED"
    UNCLAIMED = "UNCLAIMED"
    DISPUTE = "DISPUTE"
    NO_USAGE = "NO_USAGE"
    MISSING_REPORT = "MISSING_REPORT"
    NO_PAYEE = "NO_PAYEE"
    BELOW_MIN = "BELOW_MIN"


PAYABLE = "PAYABLE"
"""The status of a share part that belongs to a payee; the payee's outcome then says whether it is paid or waits."""

POOL_HOLDS = (Hold.UNMATCHED, Hold.UNCLAIMED, Hold.DISPUTE, Hold.NO_USAGE, Hold.MISSING_REPORT)
"""Holds of a pool: nobody is known whose money it is."""

PAYEE_HOLDS = (Hold.NO_PAYEE, Hold.BELOW_MIN)
"""Holds of a payee: the owner is known but cannot be paid yet."""


class RunState(StrEnum):
    """The life of a run; each step goes forward, and a posted run can only be reversed."""

    DRAFT = "draft"
    COMPUTED = "computed"
    APPROVED = "approved"
    POSTED = "posted"
    STATEMENTS = "statements"
    REVERSED = "reversed"
    DISCARDED = "discarded"


STEPS: dict[str, tuple[RunState, ...]] = {
    "compute": (RunState.DRAFT, RunState.COMPUTED),
    "approve": (RunState.COMPUTED,),
    "post": (RunState.APPROVED,),
    "issue statements for": (RunState.POSTED,),
    "release unmatched money of": (RunState.POSTED, RunState.STATEMENTS),
    "adjust": (RunState.POSTED, RunState.STATEMENTS),
    "reverse": (RunState.POSTED, RunState.STATEMENTS),
    "discard": (RunState.DRAFT, RunState.COMPUTED, RunState.APPROVED),
}
"""From which states each verb may start."""


def require_state(number: int, state: RunState, step: str) -> None:
    """Let a step of run `number` start.

    Raises:
        WrongState: the run's state does not allow it; the message says what does.
    """
    if state in STEPS[step]:
        return
    allowed = " or ".join(STEPS[step])
    raise WrongState(
        f"You cannot {step} run {number}: it is {state}, and must be {allowed}.",
        _REMEDIES.get(state, "Open the run to see what it waits for."),
    )


_REMEDIES: dict[RunState, str] = {
    RunState.DRAFT: "Compute it first.",
    RunState.COMPUTED: "A second person has to approve it first.",
    RunState.APPROVED: "Post it first, or discard it to begin again.",
    RunState.POSTED: "A posted run is not changed; reverse it if it is wrong.",
    RunState.STATEMENTS: "Its statements are issued; reverse it if it is wrong.",
    RunState.REVERSED: "Draft a new run.",
    RunState.DISCARDED: "Draft a new run.",
}
"""What to do with a run in the wrong state."""


@dataclass(frozen=True, slots=True)
class PayeeStanding:
    """What is known of a payee when a run is computed; amounts in micro-units of the run's currency.

    `payable_before_micro` is on the payee's account, `held_before_micro` waits there for the minimum. `country` is that
    of the payee, where it is known.
    """

    party_id: int
    has_bank: bool
    payable_before_micro: int
    held_before_micro: int
    country: str | None = None


def payee_outcome(standing: PayeeStanding, amount_micro: int, minimum_micro: int) -> str:
    """Return PAYABLE, or the reason why the payee's amount of this run waits.

    Without an approved bank account it waits as NO_PAYEE. With one, it waits as BELOW_MIN while everything the payee
    has coming, this run included, is less than the minimum; exactly the minimum is paid.
    """
    if not standing.has_bank:
        return Hold.NO_PAYEE.value
    coming_micro = standing.payable_before_micro + standing.held_before_micro + amount_micro
    return PAYABLE if coming_micro >= minimum_micro else Hold.BELOW_MIN.value
