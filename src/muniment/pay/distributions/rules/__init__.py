"""The rules of a distribution; pure, everything an integer.

policies/      what a policy says: pools, deductions, points, formulas, recipients, minimums, holds
division.py    the exact division of a pool
splits.py      the share question's answers, cut down to payees, for every day of use
states.py      who is paid and who waits; the states of a run
adjusting.py   who pays for what somebody gets late
plans.py       from deltas to transfers
holding.py     clocks of money that waits
societies.py   agreements with sister societies
"""

from muniment.pay.distributions.rules.division import Group, divide_pool
from muniment.pay.distributions.rules.policies.deductions import (
    Base,
    DeductionRule,
    DeductionStep,
    Measure,
    deduct,
)
from muniment.pay.distributions.rules.policies.points import (
    UNIT_MS,
    DurationRule,
    PointsRule,
    UnknownUseKind,
    points_of,
    units_of,
    work_points,
)
from muniment.pay.distributions.rules.policies.policy import Policy, parse_policy
from muniment.pay.distributions.rules.policies.tables import BadPolicy
from muniment.pay.distributions.rules.policies.waiting import ClockStart, HoldReason, HoldRule, Release
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
    "ClockStart",
    "DeductionRule",
    "DeductionStep",
    "DurationRule",
    "Group",
    "Hold",
    "HoldReason",
    "HoldRule",
    "Measure",
    "PayeeStanding",
    "PointsRule",
    "Policy",
    "Release",
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
    "work_points",
]
