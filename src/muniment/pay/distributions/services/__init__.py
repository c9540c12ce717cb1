"""Writes about distributions; each verb is one transaction with its permission and its audit event.

runs.py         draft, approve, discard
computing.py    freeze the inputs, divide the pools, replay
frozen.py       the frozen inputs and the division from them alone
posting.py      book a run, reverse it
holds.py        let money of payees go on that has stopped waiting
matched.py      divide unmatched money whose work is known by now
statements.py   issue the statements
"""

from muniment.pay.distributions.services.computing import compute_run, replay_run
from muniment.pay.distributions.services.holds import release_payee_holds
from muniment.pay.distributions.services.matched import release_matched
from muniment.pay.distributions.services.posting import MoneyMovedOn, post_run, reverse_run
from muniment.pay.distributions.services.reports import NotMatched
from muniment.pay.distributions.services.runs import BadDraft, FundTooLow, approve_run, discard_run, draft_run
from muniment.pay.distributions.services.statements import issue_statements

__all__ = [
    "BadDraft",
    "FundTooLow",
    "MoneyMovedOn",
    "NotMatched",
    "approve_run",
    "compute_run",
    "discard_run",
    "draft_run",
    "issue_statements",
    "post_run",
    "release_matched",
    "release_payee_holds",
    "replay_run",
    "reverse_run",
]
