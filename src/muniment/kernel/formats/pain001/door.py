"""Payment messages at the door: the bank's answer (pain.002) and the orders themselves (pain.001)."""

import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from muniment.kernel.formats.door import CERTAIN_PPM, Becomes, Format, Head, Preview, Recognised
from muniment.kernel.words.problems import Problem

_NAMESPACE = re.compile(r"urn:iso:std:iso:20022:tech:xsd:(pain\.00([12])\.001\.(\d\d))")
_SIGNS = {"1": "CstmrCdtTrfInitn", "2": "CstmrPmtStsRpt"}


def _recognise(head: Head) -> Recognised | None:
    root = head.xml_root
    found = _NAMESPACE.fullmatch(root[0]) if root else None
    if found is None:
        return None
    answer = found[2] == "2"
    profile = "the bank's answer to orders" if answer else "orders to a bank"
    becomes = Becomes.PAYMENT_ANSWER if answer else Becomes.NOTHING
    because = f"its namespace is that of the message {found[1]}"
    return Recognised(found[1], profile, CERTAIN_PPM, because, becomes)


def _is_answer(path: Path) -> bool:
    with path.open("rb") as file:
        return _SIGNS["2"].encode() in file.read(64 * 1024)


def _check(path: Path) -> Iterator[Problem]:
    from muniment.kernel.formats.pain001.checking import check_answer, check_orders

    return check_answer(path) if _is_answer(path) else check_orders(path)


def _preview(path: Path, line_count: int) -> Preview:
    from muniment.kernel.formats.pain001.checking import MAX_BYTES, order_rows
    from muniment.kernel.formats.pain001.reading import read_status

    if not _is_answer(path):
        rows = tuple(islice(order_rows(path), line_count))
        return Preview(("order", "amount", "currency", "creditor", "IBAN"), rows, {"orders": len(rows)})
    with path.open("rb") as file:
        report = read_status(file.read(MAX_BYTES))
    shown = tuple(
        (status.end_to_end_id, status.state.value, status.booked_on.isoformat(), status.amount, status.reason)
        for status in report.statuses[:line_count]
    )
    return Preview(("order", "state", "booked on", "amount", "reason"), shown, {"orders": len(report.statuses)})


FORMAT = Format(
    name="pain001",
    title="ISO 20022 payments",
    becomes=Becomes.PAYMENT_ANSWER,
    versions=("pain.001.001.09", "pain.002.001.03 to 14"),
    recognise=_recognise,
    check=_check,
    preview=_preview,
    writes=True,
)
