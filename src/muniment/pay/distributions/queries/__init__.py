"""Reads about distributions: frozen rows out.

runs.py        runs, pools, sums, payees
allocations.py which work earned what, who got it, and why
documents.py   statements and the document of each
holds.py       money that waits, from the ledger
hold_ages.py   the same with clocks, legal holds and releases after the window
adjustments.py what was learnt after a run, and what over-paid payees owe
published.py   the list of unclaimed works, and claims on it
societies.py   sister societies: agreements, money to them and from them
policies.py    the policies there are
verification.py  a run divided a second time, in SQL
"""

from muniment.pay.distributions.queries.allocations import AllocationRow, WorkSumRow, list_allocations, list_works
from muniment.pay.distributions.queries.documents import (
    StatementRow,
    UnknownStatement,
    get_statement,
    list_statements,
    point_value,
    statement_document,
    statement_documents,
)
from muniment.pay.distributions.queries.holds import (
    HoldRow,
    HoldSum,
    ReleaseRow,
    held_currencies,
    hold_sums,
    list_holds,
    list_releases,
)
from muniment.pay.distributions.queries.policies import get_policy, list_policies
from muniment.pay.distributions.queries.runs import (
    DeductionRow,
    HeldRow,
    PoolReportRow,
    PoolRow,
    RunPayeeRow,
    RunRow,
    RunSums,
    count_runs,
    get_run,
    get_run_by_number,
    list_runs,
    payees_of,
    policy_text,
    pools_of,
    run_sums,
)
from muniment.pay.distributions.queries.verification import PoolCheck, Verification, verify_run

__all__ = [
    "AllocationRow",
    "DeductionRow",
    "HeldRow",
    "HoldRow",
    "HoldSum",
    "PoolCheck",
    "PoolReportRow",
    "PoolRow",
    "ReleaseRow",
    "RunPayeeRow",
    "RunRow",
    "RunSums",
    "StatementRow",
    "UnknownStatement",
    "Verification",
    "WorkSumRow",
    "count_runs",
    "get_policy",
    "get_run",
    "get_run_by_number",
    "get_statement",
    "held_currencies",
    "hold_sums",
    "list_allocations",
    "list_holds",
    "list_policies",
    "list_releases",
    "list_runs",
    "list_statements",
    "list_works",
    "payees_of",
    "point_value",
    "policy_text",
    "pools_of",
    "run_sums",
    "statement_document",
    "statement_documents",
    "verify_run",
]
