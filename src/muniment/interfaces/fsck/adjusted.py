"""Adjustments: deltas that sum to zero, entries that move them, payees and debts that tie to both."""

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from django.conf import settings

from muniment.interfaces.fsck.reading import rows

Report = Callable[[str], None]


def check_adjustments(report: Report) -> str:
    """Report posted adjustments whose deltas, entries, payees and recoveries do not tie."""
    found = rows(
        "SELECT a.number, a.id, a.moved_micro, b.path FROM distributions_adjustment a"
        " JOIN batches_sealedbatch b ON b.id = a.deltas_batch_id WHERE a.posted_at IS NOT NULL ORDER BY 1"
    )
    for number, pk, moved, path in found:
        _check_deltas(report, number, pk, moved, path)
        stated = rows(
            "SELECT party_id, gross_micro FROM distributions_statement WHERE adjustment_id = %s ORDER BY party_id", pk
        )
        given = rows(
            "SELECT party_id, amount_micro FROM distributions_adjustedpayee WHERE adjustment_id = %s ORDER BY party_id",
            pk,
        )
        if stated and stated != given:
            report(f"adjustment {number}: its statements are not what it came to for its payees")
    _check_recoveries(report)
    return f"{len(found)} adjustments"


def _check_deltas(report: Report, number: int, pk: int, moved: int, path: str) -> None:
    try:
        table = pq.read_table(Path(settings.MUNIMENT_STORE) / path, memory_map=False)
    except (OSError, pa.ArrowException):
        report(f"adjustment {number}: its deltas cannot be read")
        return
    gains, sums, payees = 0, dict[str, int](), dict[int, int]()
    for row in table.select(["fund_code", "payee_id", "status", "delta_micro"]).to_pylist():
        delta = row["delta_micro"]
        gains += max(0, delta)
        sums[row["fund_code"]] = sums.get(row["fund_code"], 0) + delta
        if row["status"] == "PAYABLE":
            payees[row["payee_id"]] = payees.get(row["payee_id"], 0) + delta
    for fund, rest in sums.items():
        if rest:
            report(f"adjustment {number}, {fund}: its deltas sum to {rest}")
    if gains != moved:
        report(f"adjustment {number}: its gains sum to {gains}, and it says {moved}")
    noted = rows("SELECT party_id, amount_micro FROM distributions_adjustedpayee WHERE adjustment_id = %s", pk)
    if dict(noted) != payees:
        report(f"adjustment {number}: what it came to for its payees is not what its deltas say")
    _check_entries(report, number, pk)


def _check_entries(report: Report, number: int, pk: int) -> None:
    for party, account in rows(
        "SELECT party_id, account_micro FROM distributions_adjustedpayee WHERE adjustment_id = %s", pk
    ):
        code = f"payable/{party}"
        found = rows(
            "SELECT coalesce(sum(CASE WHEN c.code = %s THEN t.amount_micro ELSE -t.amount_micro END), 0)"
            " FROM ledger_transfer t JOIN ledger_account d ON d.id = t.debit_id"
            " JOIN ledger_account c ON c.id = t.credit_id WHERE (c.code = %s OR d.code = %s) AND t.entry_id IN"
            " (SELECT entry_id FROM distributions_adjustedpool WHERE adjustment_id = %s UNION"
            " SELECT entry_id FROM distributions_payeededuction WHERE adjustment_id = %s)",
            code, code, code, pk, pk,
        )  # fmt: skip
        if int(found[0][0]) != account:
            report(f"adjustment {number}: {found[0][0]} moved on {code}, and it says {account}")


def _check_recoveries(report: Report) -> None:
    """Compare what each payee owes by its recoveries with the account that it is owed on."""
    owed = rows(
        "SELECT r.party_id, r.currency, sum(r.amount_micro - coalesce(s.total, 0)) FROM distributions_recovery r"
        " LEFT JOIN (SELECT recovery_id, sum(amount_micro) AS total FROM distributions_recoverystep"
        " WHERE taken_at IS NOT NULL GROUP BY recovery_id) s ON s.recovery_id = r.id GROUP BY 1, 2"
    )
    for party, currency, amount in owed:
        code = f"recoverable/{party}"
        found = rows(
            "SELECT coalesce(sum(CASE WHEN d.code = %s THEN t.amount_micro ELSE -t.amount_micro END), 0)"
            " FROM ledger_transfer t JOIN ledger_account d ON d.id = t.debit_id"
            " JOIN ledger_account c ON c.id = t.credit_id WHERE (c.code = %s OR d.code = %s) AND d.currency = %s",
            code, code, code, currency,
        )  # fmt: skip
        if int(found[0][0]) != int(amount):
            report(f"party {party} owes {amount} by its recoveries, and {code} holds {found[0][0]}")
