"""The rules of a distribution; pure, everything an integer.

policy.py      what a policy says, and reading one
division.py    deductions, points, the exact division of a pool
splits.py      the share question's answers, cut down to payees, for every day of use
states.py      who is paid and who waits; the states of a run
"""

from muniment.pay.distributions.rules.division import (
    DeductionStep,
    Group,
    deduct,
    divide_pool,
    points_of,
    units_of,
)
from muniment.pay.distributions.rules.policy import (
    UNIT_MS,
    BadPolicy,
    Base,
    DeductionRule,
    DurationRule,
    PointsRule,
    Policy,
    UnknownUseKind,
    parse_policy,
)
from muniment.pay.distributions.rules.states import (
    PAYABLE,
    PAYEE_HOLDS,
    POOL_HOLDS,
    Hold,
    PayeeStanding,
    RunState,
    UnknownRun,
    WrongState,
    payee_outcome,
    require_state,
)

__all__ = [
    "PAYABLE",
    "PAYEE_HOLDS",
    "POOL_HOLDS",
    "UNIT_MS",
    "BadPolicy",
    "Base",
    "DeductionRule",
    "DeductionStep",
    "DurationRule",
    "Group",
    "Hold",
    "PayeeStanding",
    "PointsRule",
    "Policy",
    "RunState",
    "UnknownRun",
    "UnknownUseKind",
    "WrongState",
    "deduct",
    "divide_pool",
    "parse_policy",
    "payee_outcome",
    "points_of",
    "require_state",
    "units_of",
]
