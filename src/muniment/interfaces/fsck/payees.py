"""Deductions of payees: what is noted for each payee is what the entries moved, and what statements say."""

from collections.abc import Callable

from muniment.interfaces.fsck.reading import rows

Report = Callable[[str], None]

_BOOKED = "('posted', 'statements', 'reversed')"


def check_payee_deductions(report: Report) -> str:
    """Report runs and adjustments whose deductions of payees do not tie to their payees, entries or statements."""
    _check_sums(report)
    found = rows(
        "SELECT entry_id, count(*) FROM distributions_payeededuction WHERE entry_id IS NOT NULL"
        " GROUP BY entry_id ORDER BY entry_id"
    )
    for entry, _ in found:
        _check_entry(report, entry)
    unbooked = rows(
        "SELECT r.number, count(*) FROM distributions_payeededuction d"  # noqa: S608 - no outside text
        " JOIN distributions_distributionrun r ON r.id = d.run_id"
        f" WHERE d.entry_id IS NULL AND r.state IN {_BOOKED} GROUP BY r.number ORDER BY r.number"
    )
    for run, count in unbooked:
        report(f"run {run}: {count} deductions of payees are not booked")
    return f"{sum(count for _, count in found)} deductions of payees in {len(found)} entries"


def _check_sums(report: Report) -> None:
    """Compare what each payee's row says was deducted with the deductions, and with the statement."""
    of_runs = (
        "SELECT r.number, p.party_id, p.deducted_micro, coalesce(sum(d.amount_micro), 0), max(s.deducted_micro)"
        " FROM distributions_runpayee p JOIN distributions_distributionrun r ON r.id = p.run_id"
        " LEFT JOIN distributions_payeededuction d ON d.run_id = p.run_id AND d.party_id = p.party_id"
        " AND d.adjustment_id IS NULL AND d.release_id IS NULL"
        " LEFT JOIN distributions_statement s ON s.run_id = p.run_id AND s.party_id = p.party_id"
        " AND s.adjustment_id IS NULL GROUP BY r.number, p.party_id, p.deducted_micro ORDER BY 1, 2"
    )
    of_adjustments = (
        "SELECT a.number, p.party_id, p.deducted_micro, coalesce(sum(d.amount_micro), 0), max(s.deducted_micro)"
        " FROM distributions_adjustedpayee p JOIN distributions_adjustment a ON a.id = p.adjustment_id"
        " LEFT JOIN distributions_payeededuction d ON d.adjustment_id = p.adjustment_id AND d.party_id = p.party_id"
        " LEFT JOIN distributions_statement s ON s.adjustment_id = p.adjustment_id AND s.party_id = p.party_id"
        " GROUP BY a.number, p.party_id, p.deducted_micro ORDER BY 1, 2"
    )
    for what, statement in (("run", of_runs), ("adjustment", of_adjustments)):
        for number, party, noted, taken, stated in rows(statement):
            if int(noted) != int(taken):
                report(f"{what} {number}: party {party} is noted with {noted} deducted, its deductions sum to {taken}")
            if stated is not None and int(stated) != int(noted):
                report(f"{what} {number}: party {party} is noted with {noted} deducted, its statement says {stated}")


def _check_entry(report: Report, entry: int) -> None:
    """Compare an entry's moves to and from each payee and deduction with the rows that it booked."""
    noted = {
        (party, account): int(amount)
        for party, account, amount in rows(
            "SELECT party_id, account, sum(amount_micro) FROM distributions_payeededuction WHERE entry_id = %s"
            " GROUP BY party_id, account",
            entry,
        )
    }
    moved: dict[tuple[int, str], int] = {}
    for debit, credit, amount in rows(
        "SELECT d.code, c.code, t.amount_micro FROM ledger_transfer t JOIN ledger_account d ON d.id = t.debit_id"
        " JOIN ledger_account c ON c.id = t.credit_id WHERE t.entry_id = %s",
        entry,
    ):
        taken = credit.startswith("deduction/")
        kept, payee = (credit, debit) if taken else (debit, credit)
        party = payee.rpartition("/")[2].removeprefix("party-")
        if not kept.startswith("deduction/") or not party.isdecimal():
            report(f"entry {entry}: {debit} to {credit} is no deduction of a payee")
            continue
        key = (int(party), kept.removeprefix("deduction/"))
        moved[key] = moved.get(key, 0) + (amount if taken else -amount)
    for party, account in sorted({*noted, *moved}):
        was, is_noted = moved.get((party, account), 0), noted.get((party, account), 0)
        if was != is_noted:
            report(f"entry {entry}: {was} moved from party {party} to deduction/{account}, and {is_noted} is noted")
