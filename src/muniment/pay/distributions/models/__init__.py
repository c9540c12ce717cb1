"""Tables of runs and what follows them: adjustments, money that waits, sister societies."""

from muniment.pay.distributions.models.adjusting import AdjustedPayee, AdjustedPool, Adjustment, Recovery, RecoveryStep
from muniment.pay.distributions.models.holds import (
    HoldExpiry,
    HoldRelease,
    LateReason,
    LegalHold,
    ListClaim,
    PublishedList,
)
from muniment.pay.distributions.models.runs import (
    OF_SPLIT,
    Deduction,
    DistributionRun,
    HeldTotal,
    PayeeLabel,
    PayeeTotal,
    Pool,
    PoolPortion,
    PoolReport,
    RunPayee,
)
from muniment.pay.distributions.models.societies import IncomingStatement, OutgoingSettlement, RepresentationAgreement
from muniment.pay.distributions.models.statements import PayeeDeduction, Statement

__all__ = [
    "OF_SPLIT",
    "AdjustedPayee",
    "AdjustedPool",
    "Adjustment",
    "Deduction",
    "DistributionRun",
    "HeldTotal",
    "HoldExpiry",
    "HoldRelease",
    "IncomingStatement",
    "LateReason",
    "LegalHold",
    "ListClaim",
    "OutgoingSettlement",
    "PayeeDeduction",
    "PayeeLabel",
    "PayeeTotal",
    "Pool",
    "PoolPortion",
    "PoolReport",
    "PublishedList",
    "Recovery",
    "RecoveryStep",
    "RepresentationAgreement",
    "RunPayee",
    "Statement",
]
