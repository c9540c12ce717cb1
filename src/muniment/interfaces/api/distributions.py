"""The API of distributions: runs, their steps, pools and allocations, holds, statements, policies."""

from datetime import datetime
from typing import Literal

from django.http import HttpRequest
from ninja import Router, Schema

from muniment.interfaces.pages import actor_of, now
from muniment.interfaces.payee_labels import read_labels
from muniment.pay.distributions import queries, services
from muniment.trust.access.rules import Action, require

PREFIX = "/distributions"
router = Router(tags=["distributions"])

MOST = 500
"""Rows in one answer at most."""


class RunOut(Schema):
    """A distribution run."""

    id: int
    number: int
    title: str
    currency: str
    policy_name: str
    policy_digest: str
    known_at: datetime
    state: str
    created_by: str
    computed_at: datetime | None
    approved_by: str
    posted_at: datetime | None
    digest: str


class HeldOut(Schema):
    """An amount that waits, by reason."""

    reason: str
    amount_micro: int


class DeductionOut(Schema):
    """A deduction as taken from a pool: its kind, its base and its line in the policy say what it was."""

    name: str
    account: str
    kind: str
    base: str
    rule_line: int
    purpose: str
    rate_ppm: int
    base_micro: int
    amount_micro: int


class PoolOut(Schema):
    """A pool: gross = deducted + net, net = payee + held once computed."""

    ordinal: int
    fund_code: str
    gross_micro: int
    deducted_micro: int
    net_micro: int
    payee_micro: int
    points: int
    line_count: int
    deductions: list[DeductionOut]
    held: list[HeldOut]
    entry_id: int | None


class RunDetailOut(Schema):
    """A run with its sums and pools: gross = deducted + payable + held."""

    run: RunOut
    gross_micro: int
    deducted_micro: int
    payee_deducted_micro: int
    payable_micro: int
    held: list[HeldOut]
    ties: bool
    pools: list[PoolOut]


class AllocationOut(Schema):
    """One part of one work in one usage report."""

    fund_code: str
    report_id: int
    work_id: int | None
    memory_key: str
    party_id: int | None
    payee_id: int | None
    status: str
    role: str
    note: str
    share_ppm: int
    line_count: int
    use_count: int
    duration_ms: int
    points: int
    work_amount_micro: int
    amount_micro: int


class AllocationsOut(Schema):
    """A page of allocations and how many there are."""

    total: int
    rows: list[AllocationOut]


class StatementOut(Schema):
    """A statement: gross = deducted + held + payable, closing = opening + payable."""

    id: int
    number: str
    run_number: int
    party_id: int
    party_name: str
    currency: str
    opening_micro: int
    gross_micro: int
    deducted_micro: int
    held_reason: str
    held_micro: int
    payable_micro: int
    closing_micro: int
    line_count: int


class StatementsOut(Schema):
    """A page of statements and how many there are."""

    total: int
    rows: list[StatementOut]


class PolicyOut(Schema):
    """A policy with the text that says everything."""

    name: str
    title: str
    description: str
    digest: str
    text: str


@router.get("/", response=list[RunOut])
def list_runs(request: HttpRequest, limit: int = 50, offset: int = 0) -> object:
    """List the runs, newest first."""
    require(actor_of(request), Action.DISTRIBUTION_READ)
    return queries.list_runs(limit=_most(limit), offset=max(offset, 0))


@router.get("/policies", response=list[PolicyOut])
def list_policies(request: HttpRequest) -> object:
    """List the policies."""
    require(actor_of(request), Action.DISTRIBUTION_READ)
    return queries.list_policies()


@router.get("/holds/{currency}", response=list[HeldOut])
def list_holds(request: HttpRequest, currency: str) -> object:
    """Sum the money that waits in a currency, by reason."""
    require(actor_of(request), Action.DISTRIBUTION_READ)
    return queries.hold_sums(currency)


@router.get("/statements", response=StatementsOut)
def list_statements(
    request: HttpRequest, run_id: int | None = None, party_id: int | None = None, limit: int = 50, offset: int = 0
) -> object:
    """List statements; of one run, of one payee, or all."""
    require(actor_of(request), Action.DISTRIBUTION_READ)
    return queries.list_statements(run_id=run_id, party_id=party_id, limit=_most(limit), offset=max(offset, 0))


@router.get("/{int:run_id}", response=RunDetailOut)
def show_run(request: HttpRequest, run_id: int) -> object:
    """Show a run with its pools and sums."""
    require(actor_of(request), Action.DISTRIBUTION_READ)
    sums = queries.run_sums(run_id)
    return {
        "run": queries.get_run(run_id),
        "gross_micro": sums.gross_micro,
        "deducted_micro": sums.deducted_micro,
        "payee_deducted_micro": sums.payee_deducted_micro,
        "payable_micro": sums.payable_micro,
        "held": sums.held,
        "ties": sums.ties,
        "pools": queries.pools_of(run_id),
    }


@router.get("/{int:run_id}/allocations", response=AllocationsOut)
def list_allocations(
    request: HttpRequest,
    run_id: int,
    payee_id: int | None = None,
    work_id: int | None = None,
    status: str = "",
    limit: int = 50,
    offset: int = 0,
) -> object:
    """List the allocations of a run, the largest first."""
    require(actor_of(request), Action.DISTRIBUTION_READ)
    return queries.list_allocations(
        run_id, payee_id=payee_id, work_id=work_id, status=status, limit=_most(limit), offset=max(offset, 0)
    )


def _most(limit: int) -> int:
    return max(1, min(limit, MOST))


class RunIn(Schema):
    """A run to be drafted over whole funds; `known_at` is now where it is left out.

    `payee_labels` are texts such as "cheque=W-00001", for deductions that are taken from some payees only.
    """

    title: str
    policy: str
    fund_codes: list[str]
    known_at: datetime | None = None
    payee_labels: list[str] = []


@router.post("/", response=RunOut)
def draft_run(request: HttpRequest, body: RunIn) -> object:
    """Draft a run."""
    at = now()
    return services.draft_run(
        actor=actor_of(request),
        at=at,
        title=body.title,
        policy=body.policy,
        fund_codes=body.fund_codes,
        known_at=body.known_at or at,
        payee_labels=read_labels(body.payee_labels),
    )


@router.post("/{int:run_id}/{step}", response=RunOut)
def advance_run(
    request: HttpRequest, run_id: int, step: Literal["compute", "approve", "post", "statements", "discard"]
) -> object:
    """Take a run one step on; approving is for a second person."""
    steps = {
        "compute": services.compute_run,
        "approve": services.approve_run,
        "post": services.post_run,
        "statements": services.issue_statements,
        "discard": services.discard_run,
    }
    return steps[step](actor=actor_of(request), at=now(), run_id=run_id)
