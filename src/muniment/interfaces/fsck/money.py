"""Distributions and payments: what they say they moved is what the ledger moved, and what their batches sum to."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from django.conf import settings

from muniment.interfaces.fsck.reading import rows

Report = Callable[[str], None]

_MICRO_PER_CENT = 10_000
_BOOKED = "('posted', 'statements', 'reversed')"


@dataclass(frozen=True, slots=True)
class _Pool:
    """A pool of a booked run, as its row says."""

    run: int
    id: int
    fund: str
    gross: int
    deducted: int
    net: int
    entry: int | None
    allocations: str | None

    @property
    def name(self) -> str:
        """What a finding calls it."""
        return f"run {self.run}, pool {self.fund}"


def check_distributions(report: Report) -> str:
    """Report pools of booked runs where gross is not payable + held + deducted, in their rows, batch or entry."""
    found = rows(
        "SELECT r.number, p.id, p.fund_code, p.gross_micro, p.deducted_micro, p.net_micro, p.entry_id, b.path"  # noqa: S608 - no outside text
        " FROM distributions_pool p JOIN distributions_distributionrun r ON r.id = p.run_id"
        f" LEFT JOIN batches_sealedbatch b ON b.id = r.allocations_batch_id WHERE r.state IN {_BOOKED} ORDER BY 1, 2"
    )
    pools = [_Pool(*row) for row in found]
    sums = {path: _sums_of(path) for path in {pool.allocations for pool in pools if pool.allocations}}
    for pool in pools:
        _check_rows(report, pool)
        _check_entry(report, pool)
        allocated = sums.get(pool.allocations or "")
        if allocated is None or sum(allocated.get(pool.fund, {}).values()) != pool.net:
            report(f"{pool.name}: the allocations do not sum to its net amount {pool.net}")
        else:
            _check_allocated(report, pool, allocated.get(pool.fund, {}))
    return f"{len({pool.run for pool in pools})} runs, {len(pools)} pools"


def _check_rows(report: Report, pool: _Pool) -> None:
    deducted = _one("SELECT sum(amount_micro) FROM distributions_deduction WHERE pool_id = %s", pool.id)
    held = _one("SELECT sum(amount_micro) FROM distributions_heldtotal WHERE pool_id = %s", pool.id)
    payees = _one("SELECT sum(amount_micro) FROM distributions_payeetotal WHERE pool_id = %s", pool.id)
    if deducted != pool.deducted:
        report(f"{pool.name}: its deductions sum to {deducted}, and it says {pool.deducted}")
    if pool.gross != pool.deducted + payees + held:
        report(f"{pool.name}: {pool.gross} is not {payees} of payees + {held} held + {pool.deducted} deducted")


def _check_entry(report: Report, pool: _Pool) -> None:
    if pool.entry is None:
        report(f"{pool.name} is booked without an entry")
        return
    moved = rows(
        "SELECT d.code, c.code, t.amount_micro FROM ledger_transfer t JOIN ledger_account d ON d.id = t.debit_id"
        " JOIN ledger_account c ON c.id = t.credit_id WHERE t.entry_id = %s",
        pool.entry,
    )
    if {debit for debit, _, _ in moved} - {f"fund/{pool.fund}"} or sum(amount for *_, amount in moved) != pool.gross:
        report(f"{pool.name}: entry {pool.entry} does not take {pool.gross} from fund/{pool.fund}")
    kept = sum(amount for _, credit, amount in moved if credit.startswith("deduction/"))
    given = sum(amount for _, credit, amount in moved if credit.startswith(("payable/", "held/")))
    if (kept, given) != (pool.deducted, pool.net):
        report(f"{pool.name}: entry {pool.entry} deducts {kept} and gives {given}, not {pool.deducted} and {pool.net}")


def _check_allocated(report: Report, pool: _Pool, allocated: dict[str, int]) -> None:
    held = rows("SELECT reason, amount_micro FROM distributions_heldtotal WHERE pool_id = %s", pool.id)
    for reason, amount in held:
        if allocated.get(reason, 0) != amount:
            report(f"{pool.name}: {amount} is held for {reason}, and the allocations say {allocated.get(reason, 0)}")


def _sums_of(path: str) -> dict[str, dict[str, int]] | None:
    """Return what an allocations file gives by fund and status; None if it cannot be read."""
    try:
        table = pq.read_table(
            Path(settings.MUNIMENT_STORE) / path, columns=["fund_code", "status", "amount_micro"], memory_map=False
        )
    except (OSError, pa.ArrowException):
        return None
    sums: dict[str, dict[str, int]] = {}
    columns = (table.column(name).to_pylist() for name in ("fund_code", "status", "amount_micro"))
    for fund, status, amount in zip(*columns, strict=True):
        of_fund = sums.setdefault(fund, {})
        of_fund[status] = of_fund.get(status, 0) + amount
    return sums


def check_statements(report: Report) -> str:
    """Report runs whose statements do not sum to what the run gives to payees."""
    found = rows(
        "SELECT r.number, (SELECT sum(s.payable_micro + s.held_micro + s.deducted_micro) FROM distributions_statement s"
        " WHERE s.run_id = r.id AND s.adjustment_id IS NULL),"
        " (SELECT sum(t.amount_micro) FROM distributions_payeetotal t"
        " JOIN distributions_pool p ON p.id = t.pool_id WHERE p.run_id = r.id),"
        " (SELECT count(*) FROM distributions_statement s WHERE s.run_id = r.id)"
        " FROM distributions_distributionrun r WHERE r.state = 'statements' ORDER BY 1"
    )
    for run, stated, given, _ in found:
        if int(stated or 0) != int(given or 0):
            report(f"run {run}: its statements sum to {stated or 0}, and it gives {given or 0} to payees")
    return f"{sum(count for *_, count in found)} statements of {len(found)} runs"


def check_payments(report: Report) -> str:
    """Report payment batches whose orders do not tie to their account in transit, or to what they say they total."""
    batches = rows(
        "SELECT b.id, b.currency, b.state, b.total_micro,"
        " coalesce(sum(o.amount_cents), 0), coalesce(sum(CASE WHEN o.state = 'ordered' THEN o.amount_cents END), 0)"
        " FROM payments_paymentbatch b LEFT JOIN payments_paymentorder o ON o.batch_id = b.id"
        " GROUP BY b.id, b.currency, b.state, b.total_micro ORDER BY b.id"
    )
    moved = _in_transit()
    for batch, currency, state, total, ordered_cents, open_cents in batches:
        ordered, still_open = int(ordered_cents) * _MICRO_PER_CENT, int(open_cents) * _MICRO_PER_CENT
        booked = state not in ("draft", "cancelled")
        credit, debit = moved.get((f"transit/{batch}", currency), (0, 0))
        if ordered != total:
            report(f"payment batch {batch}: its orders sum to {ordered}, and it says {total}")
        if credit != (ordered if booked else 0):
            report(f"payment batch {batch}: {credit} went into transit/{batch}, ordered were {ordered} ({state})")
        elif booked and credit - debit != still_open:
            report(f"payment batch {batch}: {credit - debit} is in transit, and {still_open} is still to be confirmed")
    return f"{len(batches)} payment batches"


def _in_transit() -> dict[tuple[str, str], tuple[int, int]]:
    """Return the credits and the debits of every account in transit, by code and currency."""
    by_side = (
        "SELECT a.code, a.currency, sum(t.amount_micro) FROM ledger_transfer t JOIN ledger_account a ON a.id = t.{}"
        " WHERE a.code LIKE 'transit/%%' GROUP BY a.code, a.currency"
    )
    credited, debited = (
        {(code, currency): int(total) for code, currency, total in rows(by_side.format(side))}
        for side in ("credit_id", "debit_id")
    )
    return {account: (credited.get(account, 0), debited.get(account, 0)) for account in {**credited, **debited}}


def _one(statement: str, *values: int | str) -> int:
    return int(rows(statement, *values)[0][0] or 0)
