"""The statement of a payment as CSV: every step with its reason, rate and document, and sums that tie."""

import io

from muniment.kernel.formats.pain001.writing import format_minor
from muniment.kernel.formats.tables import write_csv
from muniment.kernel.words.money import format_amount
from muniment.kernel.words.shares import format_percent
from muniment.pay.payments.queries.slips import SlipRow
from muniment.pay.payments.rules.drafts import format_rate

SLIP_HEADERS = ("kind", "amount", "currency", "left", "reason", "to", "base", "rate", "document", "sources", "account")


def slip_csv(slip: SlipRow) -> bytes:
    """Return the statement of a payment; no cell can be run as a formula.

    The rows `balance`, one for each step, and `net` add up; `paid` and `residue` are the net, and `order` is what the
    bank was told to pay, in its own currency and with the rate.
    """

    def shown(amount_micro: int) -> str:
        return format_amount(amount_micro, slip.currency, full=True)

    rows: list[tuple[object, ...]] = [("balance", shown(slip.balance_micro), slip.currency)]
    rows += [
        (
            line.step.value,
            shown(line.amount_micro),
            slip.currency,
            shown(line.running_micro),
            line.reason,
            line.to_name,
            shown(line.base_micro),
            "" if line.rate_ppm is None else f"{format_percent(line.rate_ppm)} %",
            line.document,
            line.sources,
            line.account,
        )
        for line in slip.lines
    ]
    rows.append(("net", shown(slip.net_micro), slip.currency))
    if slip.held:
        until = f"until {slip.held_until}" if slip.held_until else ""
        rows.append(("held", "", "", "", ", ".join(part for part in (slip.held, slip.held_detail, until) if part)))
    rows.append(("paid", shown(slip.paid_micro), slip.currency))
    rows.append(("residue", shown(slip.residue_micro), slip.currency))
    if slip.order_cents:
        rate = f"{format_rate(slip.rate_nano)}, {slip.rate_source}, {slip.rate_on}" if slip.rate_nano else ""
        amount = format_minor(slip.order_cents, slip.pay_currency)
        rows.append(("order", amount, slip.pay_currency, "", slip.end_to_end_id, "", "", rate))
    stream = io.BytesIO()
    width = len(SLIP_HEADERS)
    write_csv(SLIP_HEADERS, ((*row, *[""] * (width - len(row))) for row in rows), stream)
    return stream.getvalue()
