"""Read a bank's answer to our orders: pain.002.001 (CustomerPaymentStatusReport), version 10 and its neighbours.

Elements are found by their local names, because banks send versions 3 to 14 and the parts we need are the same in all.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from lxml import etree

from muniment.kernel.formats.markup import weight_of
from muniment.kernel.words.problems import BadFile, Level, Problem

FREE_WEIGHT = 1024 * 1024
"""So much heavier than its bytes a file may be."""
_LONGEST_AMOUNT = 40
"""What is longer is no amount of any order, and cut off, it is another one."""
_MESSAGE = "urn:iso:std:iso:20022:tech:xsd:pain.002.001."


class TransferState(StrEnum):
    """What happened to an order, as far as the bank has said."""

    PAID = "paid"
    RETURNED = "returned"
    PENDING = "pending"


_STATES: Mapping[str, TransferState] = {
    "ACSC": TransferState.PAID,  # settled on the debtor's account
    "ACCC": TransferState.PAID,  # settled on the creditor's account
    "RJCT": TransferState.RETURNED,
    "CANC": TransferState.RETURNED,
    "RCVD": TransferState.PENDING,
    "ACTC": TransferState.PENDING,
    "ACCP": TransferState.PENDING,
    "ACSP": TransferState.PENDING,
    "ACWC": TransferState.PENDING,
    "ACWP": TransferState.PENDING,
    "PDNG": TransferState.PENDING,
    "PATC": TransferState.PENDING,
    "PART": TransferState.PENDING,
}
"""External payment transaction status codes of ISO 20022, by what they mean for our books."""


@dataclass(frozen=True, slots=True)
class PaymentStatus:
    """The bank's word on one order.

    `line` is the line in the file. `amount` and `currency` are what the bank repeats of the order, empty if it does
    not. `reason` joins the code and the text the bank gave.
    """

    line: int
    end_to_end_id: str
    state: TransferState
    booked_on: date
    reason: str = ""
    amount: str = ""
    currency: str = ""


@dataclass(frozen=True, slots=True)
class StatusReport:
    """A whole answer: our message it speaks of, each order's status, and what could not be read.

    `group_state` is the word on the message as a whole, None if the bank gave none; a message refused as a whole names
    no orders.
    """

    original_message_id: str
    group_state: TransferState | None
    group_reason: str
    created_on: date
    statuses: tuple[PaymentStatus, ...]
    problems: tuple[Problem, ...]


def read_status(content: bytes) -> StatusReport:
    """Return what a pain.002 file says.

    An order that cannot be understood is a `Problem` of the report; the others stand.

    Raises:
        BadFile: not XML, with a DOCTYPE, another message, or without the header.
    """
    report = _parse(content)
    created_text = _text(report, "GrpHdr/CreDtTm")
    created_on = _day(created_text)
    if created_on is None:
        raise BadFile(f"The header's date {created_text!r} is not a date.", "Ask the bank for the file again.")
    group_code = _text(report, "OrgnlGrpInfAndSts/GrpSts")
    statuses: list[PaymentStatus] = []
    problems: list[Problem] = []
    for found in _read_orders(report, created_on):
        if isinstance(found, Problem):
            problems.append(found)
        else:
            statuses.append(found)
    return StatusReport(
        original_message_id=_text(report, "OrgnlGrpInfAndSts/OrgnlMsgId"),
        group_state=_STATES.get(group_code) if group_code else None,
        group_reason=_reason(report.find("{*}OrgnlGrpInfAndSts")),
        created_on=created_on,
        statuses=tuple(statuses),
        problems=tuple(problems),
    )


def _parse(content: bytes) -> etree._Element:
    if not content.strip():
        raise BadFile("The file is empty.", "Download the status report from the bank again.")
    if weight_of(content) > len(content) + FREE_WEIGHT:
        raise BadFile("The file is made of elements that hold nothing.", "Ask the bank where it is from.")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        document = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise BadFile(f"The file is not XML: {error.msg}.", "Download the status report again.") from error
    if document.getroottree().docinfo.doctype:
        raise BadFile("The file has a DOCTYPE, which bank messages never have.", "Ask the bank where it is from.")
    if not (etree.QName(document).namespace or "").startswith(_MESSAGE):
        raise BadFile("This is not a pain.002 status report.", "Choose the bank's answer to our payment file.")
    report = document.find("{*}CstmrPmtStsRpt")
    if report is None or report.find("{*}GrpHdr") is None:
        raise BadFile("The status report has no header.", "Download it from the bank again: it may be cut off.")
    return report


def _read_orders(report: etree._Element, created_on: date) -> Iterator[PaymentStatus | Problem]:
    for payment in report.findall("{*}OrgnlPmtInfAndSts"):
        payment_code = _text(payment, "PmtInfSts")
        for order in payment.findall("{*}TxInfAndSts"):
            yield _read_order(order, payment_code, created_on)


def _read_order(order: etree._Element, payment_code: str, created_on: date) -> PaymentStatus | Problem:
    line = order.sourceline or 0
    end_to_end_id = _text(order, "OrgnlEndToEndId")
    if not end_to_end_id:
        return Problem(line, "OrgnlEndToEndId", "missing", "The order is not named.", "Ask the bank which one it is.")
    code = _text(order, "TxSts") or payment_code
    state = _STATES.get(code)
    if state is None:
        return Problem(
            line,
            "TxSts",
            "unknown-status",
            f"{code!r} of order {end_to_end_id} is not a status we know.",
            "Ask the bank what it means, and confirm the order by hand.",
        )
    accepted = _text(order, "AccptncDtTm")
    booked_on = _day(accepted) if accepted else created_on
    if booked_on is None:
        return Problem(line, "AccptncDtTm", "not-a-date", f"{accepted!r} is not a date.", "Confirm it by hand.")
    amount = order.find("{*}OrgnlTxRef/{*}Amt/{*}InstdAmt")
    return PaymentStatus(
        line=line,
        end_to_end_id=end_to_end_id,
        state=state,
        booked_on=booked_on,
        reason=_reason(order),
        amount=(amount.text or "").strip()[:_LONGEST_AMOUNT] if amount is not None else "",
        currency=amount.get("Ccy", "") if amount is not None else "",
    )


def pending_warning(status: PaymentStatus) -> Problem:
    """Return the warning that an order is still on its way at the bank."""
    return Problem(
        status.line,
        "TxSts",
        "pending",
        f"Order {status.end_to_end_id} is not settled yet.",
        "Nothing was booked; read the bank's next report.",
        Level.WARNING,
    )


def _reason(parent: etree._Element | None) -> str:
    if parent is None:
        return ""
    parts = []
    for reason in parent.findall("{*}StsRsnInf"):
        parts += [_text(reason, "Rsn/Cd") or _text(reason, "Rsn/Prtry")]
        parts += [(note.text or "").strip() for note in reason.findall("{*}AddtlInf")]
    return " ".join(part for part in parts if part)


def _text(parent: etree._Element, path: str) -> str:
    found = parent.find("/".join(f"{{*}}{name}" for name in path.split("/")))
    return "" if found is None else (found.text or "").strip()


def _day(text: str) -> date | None:
    try:
        return datetime.fromisoformat(text).date()
    except ValueError:
        return None
