"""Reads about distributions: frozen rows out.

runs.py        runs, pools, sums, payees
holds.py       money that waits, from the ledger
policies.py    the policies there are
"""

from muniment.pay.distributions.queries.holds import (
    HoldRow,
    HoldSum,
    ReleaseRow,
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
    outcomes_of,
    payee_amounts,
    payees_of,
    pools_of,
    run_sums,
)

__all__ = [
    "DeductionRow",
    "HeldRow",
    "HoldRow",
    "HoldSum",
    "PoolReportRow",
    "PoolRow",
    "ReleaseRow",
    "RunPayeeRow",
    "RunRow",
    "RunSums",
    "count_runs",
    "get_policy",
    "get_run",
    "get_run_by_number",
    "hold_sums",
    "list_holds",
    "list_policies",
    "list_releases",
    "list_runs",
    "outcomes_of",
    "payee_amounts",
    "payees_of",
    "pools_of",
    "run_sums",
]
