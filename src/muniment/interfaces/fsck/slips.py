"""Payments explained: every slip adds up, and what the slips of a batch take and pay is what its entry moved."""

from collections.abc import Callable

from muniment.interfaces.fsck.reading import rows

Report = Callable[[str], None]


def check_slips(report: Report) -> str:
    """Report slips whose lines do not lead from the balance to the net, and batches whose slips do not tie."""
    slips = rows(
        "SELECT s.batch_id, s.party_id, s.balance_micro, s.net_micro, s.paid_micro, coalesce(sum(l.amount_micro), 0)"
        " FROM payments_paymentslip s LEFT JOIN payments_paymentline l ON l.slip_id = s.id"
        " GROUP BY s.id, s.batch_id, s.party_id, s.balance_micro, s.net_micro, s.paid_micro ORDER BY s.id"
    )
    for batch, party, balance, net, paid, lines in slips:
        if balance + int(lines) != net:
            report(f"payment batch {batch}, party {party}: {balance} and lines of {int(lines)} are not the net {net}")
        if paid and paid > net:
            report(f"payment batch {batch}, party {party}: {paid} was paid of a net of {net}")
    _check_orders(report)
    _check_entries(report)
    return f"{len(slips)} payments explained"


def _check_orders(report: Report) -> None:
    strays = rows(
        "SELECT s.batch_id, s.party_id, s.order_cents, coalesce(o.amount_cents, 0) FROM payments_paymentslip s"
        " LEFT JOIN payments_paymentorder o ON o.batch_id = s.batch_id AND o.party_id = s.party_id"
        " WHERE s.order_cents <> coalesce(o.amount_cents, 0)"
    )
    for batch, party, slip_cents, order_cents in strays:
        report(f"payment batch {batch}, party {party}: the slip orders {slip_cents} cents, the order {order_cents}")


def _check_entries(report: Report) -> None:
    booked = rows(
        "SELECT b.id, e.total_micro,"
        " (SELECT coalesce(sum(s.paid_micro), 0) FROM payments_paymentslip s WHERE s.batch_id = b.id),"
        " (SELECT coalesce(-sum(l.amount_micro), 0) FROM payments_paymentline l"
        " JOIN payments_paymentslip s ON s.id = l.slip_id WHERE s.batch_id = b.id AND l.account <> '')"
        " FROM payments_paymentbatch b LEFT JOIN ledger_entry e ON e.id = b.entry_id"
        " WHERE b.state NOT IN ('draft', 'cancelled') AND b.slip_count > 0 ORDER BY b.id"
    )
    for batch, total, paid, taken in booked:
        if total is None or int(total) != int(paid) + int(taken):
            report(f"payment batch {batch}: its slips move {int(paid) + int(taken)}, and its entry {total}")
