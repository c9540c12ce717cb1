"""Writes about distributions; each verb is one transaction with its permission and its audit event.

runs.py         draft, approve, discard
computing.py    freeze the inputs, divide the pools, replay
frozen.py       the frozen inputs and the division from them alone
posting.py      book a run, reverse it
of_payees.py    deductions of payees, and what changes them later
holds.py        let money of payees go on that has stopped waiting
matched.py      divide unmatched money whose work is known by now
statements.py   issue the statements
deltas.py       what a run would come to later, less what is booked
adjusting.py    draft, discard and replay adjustments
adjusted.py     approve and post adjustments, and their statements
recoveries.py   what over-paid payees owe, and how it is settled
stops.py        legal holds
late.py         why money of a fund is late, in writing
expiry.py       money whose claim window has closed
published.py    the list of unclaimed works, and claims on it
societies.py    agreements with sister societies, deductions they get back
incoming.py     money from sister societies
"""

from muniment.pay.distributions.services.adjusted import (
    WriteOffGrew,
    approve_adjustment,
    issue_adjustment_statements,
    plan_adjustment_now,
    post_adjustment,
)
from muniment.pay.distributions.services.adjusting import (
    BadAdjustment,
    NothingToAdjust,
    discard_adjustment,
    draft_adjustment,
    replay_adjustment,
)
from muniment.pay.distributions.services.computing import compute_run, replay_run
from muniment.pay.distributions.services.expiry import (
    BadExpiry,
    NotExpired,
    approve_expiry,
    propose_expiry,
    withdraw_expiry,
)
from muniment.pay.distributions.services.holds import release_payee_holds
from muniment.pay.distributions.services.incoming import (
    BadStatement,
    approve_incoming,
    post_incoming,
    receive_statement,
)
from muniment.pay.distributions.services.matched import release_matched
from muniment.pay.distributions.services.posting import MoneyMovedOn, post_run, reverse_run
from muniment.pay.distributions.services.published import (
    BadClaim,
    TooLate,
    claim_item,
    decide_claim,
    publish_unclaimed,
)
from muniment.pay.distributions.services.recoveries import (
    NothingOwed,
    TooEarly,
    approve_write_off,
    propose_write_off,
    settle_by_reserve,
)
from muniment.pay.distributions.services.reports import NotMatched
from muniment.pay.distributions.services.runs import BadDraft, FundTooLow, approve_run, discard_run, draft_run
from muniment.pay.distributions.services.settling import PaidBefore, Settlement, settle_societies
from muniment.pay.distributions.services.societies import (
    AgreementDraft,
    BadAgreement,
    end_agreement,
    record_agreement,
)
from muniment.pay.distributions.services.statements import issue_statements
from muniment.pay.distributions.services.stops import (
    BadLegalHold,
    LegalHoldStands,
    lift_legal_hold,
    set_legal_hold,
)

__all__ = [
    "AgreementDraft",
    "BadAdjustment",
    "BadAgreement",
    "BadClaim",
    "BadDraft",
    "BadExpiry",
    "BadLegalHold",
    "BadStatement",
    "FundTooLow",
    "LegalHoldStands",
    "MoneyMovedOn",
    "NotExpired",
    "NotMatched",
    "NothingOwed",
    "NothingToAdjust",
    "PaidBefore",
    "Settlement",
    "TooEarly",
    "TooLate",
    "WriteOffGrew",
    "approve_adjustment",
    "approve_expiry",
    "approve_incoming",
    "approve_run",
    "approve_write_off",
    "claim_item",
    "compute_run",
    "decide_claim",
    "discard_adjustment",
    "discard_run",
    "draft_adjustment",
    "draft_run",
    "end_agreement",
    "issue_adjustment_statements",
    "issue_statements",
    "lift_legal_hold",
    "plan_adjustment_now",
    "post_adjustment",
    "post_incoming",
    "post_run",
    "propose_expiry",
    "propose_write_off",
    "publish_unclaimed",
    "receive_statement",
    "record_agreement",
    "release_matched",
    "release_payee_holds",
    "replay_adjustment",
    "replay_run",
    "reverse_run",
    "set_legal_hold",
    "settle_by_reserve",
    "settle_societies",
    "withdraw_expiry",
]
