"""Reads about runs and their pools: frozen rows, every sum from the rows that the run was posted by."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, QuerySet, Sum

from muniment.pay.distributions.models import (
    AdjustedPayee,
    Deduction,
    DistributionRun,
    HeldTotal,
    PayeeDeduction,
    PayeeTotal,
    Pool,
    PoolPortion,
    PoolReport,
    RunPayee,
    Statement,
)
from muniment.pay.distributions.rules import PAYABLE, RunState, UnknownRun
from muniment.pay.distributions.rules.policies.deductions import Taking
from muniment.rights.parties.queries import names_of


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run; the batch ids are None until it is computed."""

    id: int
    number: int
    title: str
    currency: str
    policy_code: str
    policy_version: int
    policy_digest: str
    known_at: datetime
    state: RunState
    created_by: str
    created_at: datetime
    computed_by: str
    computed_at: datetime | None
    approved_by: str
    approved_at: datetime | None
    posted_by: str
    posted_at: datetime | None
    reversed_by: str
    reversed_at: datetime | None
    digest: str
    splits_batch_id: int | None
    parts_batch_id: int | None
    payees_batch_id: int | None
    allocations_batch_id: int | None
    payee_entry_id: int | None = None

    @property
    def policy_name(self) -> str:
        """Return the policy as people write it, such as "census-1"."""
        return f"{self.policy_code}-{self.policy_version}"


@dataclass(frozen=True, slots=True)
class DeductionRow:
    """A deduction as taken: `amount_micro` is `rate_ppm` of `base_micro`, rounded down unless its rule rounds.

    `kind` says how the amount was found, `base` is what it is a part of, as the policy writes it; `rule_line` the line
    of the policy's text (0: not known), `purpose` what the policy says it is for. `left_micro` is what it left.
    """

    name: str
    account: str
    base: str
    rate_ppm: int
    base_micro: int
    amount_micro: int
    left_micro: int
    kind: Taking = Taking.RATE
    rule_line: int = 0
    purpose: str = ""
    entry_id: int | None = None

    @property
    def effect_micro(self) -> int:
        """Return what it does to the amount that it is taken from: below zero where it takes."""
        return -self.amount_micro


@dataclass(frozen=True, slots=True)
class HeldRow:
    """An amount that waits, by reason."""

    reason: str
    amount_micro: int
    line_count: int


@dataclass(frozen=True, slots=True)
class PoolReportRow:
    """A usage report that a pool is divided by, with the sealed batches that were used."""

    report_id: int
    right: str
    line_count: int
    lines_batch_id: int
    matches_batch_id: int


@dataclass(frozen=True, slots=True)
class PortionRow:
    """A part of a pool's net amount: by which reports it is divided, by whose usage (`label`), or why it waits."""

    ordinal: int
    label: str
    net_micro: int
    reason: str
    reports: tuple[PoolReportRow, ...]

    @property
    def line_count(self) -> int:
        """Return how many usage lines divide it."""
        return sum(report.line_count for report in self.reports)


@dataclass(frozen=True, slots=True)
class PoolRow:
    """A pool; gross = deducted + net, and once computed net = payees + held.

    `portions` are the parts that its net amount was cut into; none where it is divided as one.
    """

    id: int
    ordinal: int
    fund_code: str
    gross_micro: int
    deducted_micro: int
    net_micro: int
    points: int
    line_count: int
    payee_micro: int
    deductions: tuple[DeductionRow, ...]
    held: tuple[HeldRow, ...]
    reports: tuple[PoolReportRow, ...]
    entry_id: int | None
    reversal_id: int | None
    portions: tuple[PortionRow, ...] = ()

    @property
    def held_micro(self) -> int:
        """Return what of the pool waits because no payee is known."""
        return sum(row.amount_micro for row in self.held)

    @property
    def scope(self) -> str:
        """Return the scope of the pool's accounts of held money, without the run."""
        return f"pool-{self.ordinal}"


@dataclass(frozen=True, slots=True)
class RunSums:
    """The whole run on one line: gross = deducted + payable + held, to the micro-unit.

    `payee_deducted_micro` of the deducted amount was taken from payees, the rest from pools.
    """

    gross_micro: int
    deducted_micro: int
    payable_micro: int
    held: tuple[HeldRow, ...]
    payee_count: int
    line_count: int
    payee_deducted_micro: int = 0

    @property
    def held_micro(self) -> int:
        """Return everything that waits, for whatever reason."""
        return sum(row.amount_micro for row in self.held)

    @property
    def ties(self) -> bool:
        """Say whether the run's sums add up."""
        return self.gross_micro == self.deducted_micro + self.payable_micro + self.held_micro


@dataclass(frozen=True, slots=True)
class RunPayeeRow:
    """What a run comes to for one payee; `outcome` is PAYABLE or the reason why what is left after deductions waits."""

    party_id: int
    party_name: str
    amount_micro: int
    line_count: int
    outcome: str
    opening_micro: int | None
    statement_id: int | None
    statement_number: str
    deducted_micro: int = 0


def run_row(run: DistributionRun) -> RunRow:
    """Return the frozen row of a run."""
    return RunRow(
        id=run.pk,
        number=run.number,
        title=run.title,
        currency=run.currency,
        policy_code=run.policy_code,
        policy_version=run.policy_version,
        policy_digest=run.policy_digest,
        known_at=run.known_at,
        state=RunState(run.state),
        created_by=run.created_by,
        created_at=run.created_at,
        computed_by=run.computed_by,
        computed_at=run.computed_at,
        approved_by=run.approved_by,
        approved_at=run.approved_at,
        posted_by=run.posted_by,
        posted_at=run.posted_at,
        reversed_by=run.reversed_by,
        reversed_at=run.reversed_at,
        digest=run.digest,
        splits_batch_id=run.splits_batch_id,
        parts_batch_id=run.parts_batch_id,
        payees_batch_id=run.payees_batch_id,
        allocations_batch_id=run.allocations_batch_id,
        payee_entry_id=run.payee_entry_id,
    )


def list_runs(*, state: RunState | None = None, limit: int = 50, offset: int = 0) -> tuple[RunRow, ...]:
    """Return runs, newest first; of one state, or all."""
    runs = DistributionRun.objects.order_by("-number")
    if state is not None:
        runs = runs.filter(state=state.value)
    return tuple(run_row(run) for run in runs[offset : offset + limit])


def count_runs() -> int:
    """Return how many runs there are."""
    return DistributionRun.objects.count()


def get_run(run_id: int) -> RunRow:
    """Return a run by its id.

    Raises:
        UnknownRun: there is none.
    """
    return run_row(_one(DistributionRun.objects.filter(pk=run_id), f"id {run_id}"))


def get_run_by_number(number: int) -> RunRow:
    """Return a run by the number that people use.

    Raises:
        UnknownRun: there is none.
    """
    return run_row(_one(DistributionRun.objects.filter(number=number), f"number {number}"))


def _one(runs: QuerySet[DistributionRun], what: str) -> DistributionRun:
    run = runs.first()
    if run is None:
        raise UnknownRun(f"There is no distribution run with the {what}.", "Look it up in the list of runs.")
    return run


def policy_text(run_id: int) -> str:
    """Return the very text of the policy that the run uses.

    Raises:
        UnknownRun: there is no such run.
    """
    return _one(DistributionRun.objects.filter(pk=run_id), f"id {run_id}").policy_text


def pools_of(run_id: int) -> tuple[PoolRow, ...]:
    """Return the pools of a run in their order, with deductions, held amounts and reports."""
    payees = dict(
        PayeeTotal.objects.filter(pool__run_id=run_id)
        .order_by()
        .values("pool_id")
        .annotate(total=Sum("amount_micro"))
        .values_list("pool_id", "total")
    )
    deductions = _by_pool(Deduction.objects.filter(pool__run_id=run_id).order_by("pool_id", "ordinal"))
    held = _by_pool(HeldTotal.objects.filter(pool__run_id=run_id).order_by("pool_id", "reason"))
    portions = _by_pool(PoolPortion.objects.filter(pool__run_id=run_id).order_by("pool_id", "ordinal"))
    reports = _by_pool(PoolReport.objects.filter(pool__run_id=run_id).order_by("pool_id", "report_id"))
    return tuple(
        PoolRow(
            id=pool.pk,
            ordinal=pool.ordinal,
            fund_code=pool.fund_code,
            gross_micro=pool.gross_micro,
            deducted_micro=pool.deducted_micro,
            net_micro=pool.net_micro,
            points=pool.points,
            line_count=pool.line_count,
            payee_micro=int(payees.get(pool.pk, 0)),
            deductions=tuple(waterfall(pool.gross_micro, deductions.get(pool.pk, []))),
            held=tuple(HeldRow(row.reason, row.amount_micro, row.line_count) for row in held.get(pool.pk, [])),
            reports=tuple(map(_report_row, reports.get(pool.pk, []))),
            entry_id=pool.entry_id,
            reversal_id=pool.reversal_id,
            portions=tuple(
                PortionRow(
                    row.ordinal,
                    row.label,
                    row.net_micro,
                    row.reason,
                    tuple(_report_row(one) for one in reports.get(pool.pk, []) if one.portion == row.ordinal),
                )
                for row in portions.get(pool.pk, [])
            ),
        )
        for pool in Pool.objects.filter(run_id=run_id).order_by("ordinal")
    )


def _report_row(row: PoolReport) -> PoolReportRow:
    return PoolReportRow(row.report_id, row.right, row.line_count, row.lines_batch_id, row.matches_batch_id)


def _by_pool[Row: (Deduction, HeldTotal, PoolReport, PoolPortion)](rows: Iterable[Row]) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = {}
    for row in rows:
        found.setdefault(row.pool_id, []).append(row)
    return found


def waterfall(gross_micro: int, rows: Iterable[Deduction | PayeeDeduction]) -> Iterator[DeductionRow]:
    """Yield deductions as taken one after the other from an amount, each with what it left."""
    left_micro = gross_micro
    for row in rows:
        left_micro -= row.amount_micro
        yield DeductionRow(
            row.name,
            row.account,
            row.base,
            row.rate_ppm,
            row.base_micro,
            row.amount_micro,
            left_micro,
            Taking(row.kind),
            row.rule_line,
            row.purpose,
            row.entry_id if isinstance(row, PayeeDeduction) else None,
        )


def payee_deductions_of(
    run_id: int, party_ids: Iterable[int], adjustment_id: int | None = None
) -> dict[int, tuple[DeductionRow, ...]]:
    """Return what a run, or an adjustment of it, took from payees, by party in the order of the policy.

    An adjustment's amounts are differences: below zero it gave back. What each left is of the payee's gross amount.
    """
    rows = PayeeDeduction.objects.filter(run_id=run_id, release__isnull=True)
    rows = rows.filter(adjustment_id=adjustment_id) if adjustment_id else rows.filter(adjustment__isnull=True)
    found: dict[int, list[PayeeDeduction]] = {}
    for row in rows.filter(party_id__in=list(party_ids)).order_by("party_id", "ordinal"):
        found.setdefault(row.party_id, []).append(row)
    kept = (
        AdjustedPayee.objects.filter(adjustment_id=adjustment_id)
        if adjustment_id
        else RunPayee.objects.filter(run_id=run_id)
    )
    gross = dict(kept.filter(party_id__in=list(found)).values_list("party_id", "amount_micro"))
    return {party_id: tuple(waterfall(gross.get(party_id, 0), of_payee)) for party_id, of_payee in found.items()}


@dataclass(frozen=True, slots=True)
class PayeeDeductionSum:
    """What one deduction of the policy took from all payees of a run; `rule_line` is the policy's line, 0 unknown."""

    name: str
    account: str
    base: str
    rate_ppm: int
    rule_line: int
    payee_count: int
    amount_micro: int


def payee_deduction_sums(run_id: int) -> tuple[PayeeDeductionSum, ...]:
    """Return what each deduction took from payees when the run was computed, in the order of the policy."""
    rows = PayeeDeduction.objects.filter(run_id=run_id, adjustment__isnull=True, release__isnull=True)
    grouped = rows.order_by().values("ordinal", "name", "account", "base", "rate_ppm", "rule_line")
    sums = grouped.annotate(payees=Count("pk"), total=Sum("amount_micro")).order_by("ordinal")
    return tuple(
        PayeeDeductionSum(
            row["name"],
            row["account"],
            row["base"],
            row["rate_ppm"],
            row["rule_line"],
            row["payees"],
            int(row["total"]),
        )
        for row in sums
    )


def run_sums(run_id: int) -> RunSums:
    """Return the sums of a run; before it is computed nothing is payable or held yet, so they do not tie."""
    pools = Pool.objects.filter(run_id=run_id).aggregate(
        gross=Sum("gross_micro"), deducted=Sum("deducted_micro"), lines=Sum("line_count")
    )
    held = {
        row["reason"]: HeldRow(row["reason"], int(row["amount"]), int(row["lines"]))
        for row in HeldTotal.objects.filter(pool__run_id=run_id)
        .order_by()
        .values("reason")
        .annotate(amount=Sum("amount_micro"), lines=Sum("line_count"))
    }
    payable_micro = taken_micro = 0
    payees = RunPayee.objects.filter(run_id=run_id)
    for row in (
        payees.order_by()
        .values("outcome")
        .annotate(amount=Sum("amount_micro"), taken=Sum("deducted_micro"), lines=Sum("line_count"))
    ):
        left_micro = int(row["amount"]) - int(row["taken"])
        taken_micro += int(row["taken"])
        if row["outcome"] == PAYABLE:
            payable_micro = left_micro
        else:
            held[row["outcome"]] = HeldRow(row["outcome"], left_micro, int(row["lines"]))
    return RunSums(
        gross_micro=int(pools["gross"] or 0),
        deducted_micro=int(pools["deducted"] or 0) + taken_micro,
        payable_micro=payable_micro,
        held=tuple(held[reason] for reason in sorted(held)),
        payee_count=payees.count(),
        line_count=int(pools["lines"] or 0),
        payee_deducted_micro=taken_micro,
    )


def payees_of(run_id: int, *, limit: int = 50, offset: int = 0) -> tuple[RunPayeeRow, ...]:
    """Return the payees of a run, the largest amounts first."""
    rows = list(RunPayee.objects.filter(run_id=run_id).order_by("-amount_micro", "party_id")[offset : offset + limit])
    parties = [row.party_id for row in rows]
    names = names_of(parties)
    nothing: tuple[int | None, str] = (None, "")
    statements = {
        party_id: (pk, number)
        for pk, party_id, number in Statement.objects.filter(run_id=run_id, party_id__in=parties).values_list(
            "pk", "party_id", "number"
        )
    }
    return tuple(
        RunPayeeRow(
            row.party_id,
            names.get(row.party_id, ""),
            row.amount_micro,
            row.line_count,
            row.outcome,
            row.opening_micro,
            statements.get(row.party_id, nothing)[0],
            statements.get(row.party_id, nothing)[1],
            row.deducted_micro,
        )
        for row in rows
    )
