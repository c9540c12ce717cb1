"""Check payment messages line by line: orders (pain.001) by their sums and accounts, answers (pain.002) by their words.

A file of orders is walked once and each order forgotten; the bank's answers are small enough to be read whole.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from lxml import etree

from muniment.kernel.formats.markup import weight_of
from muniment.kernel.formats.pain001.reading import (
    FREE_WEIGHT,
    PaymentStatus,
    TransferState,
    pending_warning,
    read_status,
)
from muniment.kernel.words.identifiers import InvalidIdentifier, parse_iban
from muniment.kernel.words.money import UnknownCurrency, currency_exponent, parse_amount
from muniment.kernel.words.problems import BadFile, Problem, UserError

MAX_BYTES = 64 * 1024 * 1024
_CHUNK_BYTES = 1024 * 1024

_ID = re.compile(r"[A-Za-z0-9/\-?:().,'+ ]{1,35}")
_AMOUNT = re.compile(r"\d{1,15}(?:\.(\d{1,5}))?", re.ASCII)
_ORDER = "{*}CdtTrfTxInf"
_PAYMENT = "{*}PmtInf"
_HEADER = "{*}GrpHdr"


@dataclass(slots=True)
class _Sums:
    """What was counted of a payment or of the whole file, in the units that the file writes."""

    count: int = 0
    amount: Decimal = Decimal(0)


def check_answer(path: Path) -> Iterator[Problem]:
    """Give what is wrong in a bank's answer, and a warning for each order that is still on its way.

    Raises:
        BadFile: larger than 64 MiB, or the file as a whole cannot be used.
    """
    if path.stat().st_size > MAX_BYTES:
        raise BadFile(f"{path.name} is larger than 64 MiB.", "Ask the bank for smaller status reports.")
    report = read_status(path.read_bytes())
    yield from report.problems
    for status in report.statuses:
        if status.state is TransferState.PENDING:
            yield pending_warning(status)
        elif status.amount:
            yield from _repeated_amount(status)


def _repeated_amount(status: PaymentStatus) -> Iterator[Problem]:
    try:
        parse_amount(status.amount, status.currency)
    except UserError as error:
        yield Problem(status.line, "InstdAmt", "not-an-amount", error.message, error.remedy)


def check_orders(path: Path) -> Iterator[Problem]:
    """Give what is wrong in a file of orders: sums, ids, amounts, creditors, accounts.

    Raises:
        BadFile: not XML, or it has a DOCTYPE.
    """
    whole, payment = _Sums(), _Sums()
    told: tuple[str, str] | None = None
    seen: set[str] = set()
    for element in _elements(path):
        name = etree.QName(element).localname
        if name == "GrpHdr":
            told = _text(element, "NbOfTxs"), _text(element, "CtrlSum")
        elif name == "CdtTrfTxInf":
            yield from _check_order(element, seen, whole, payment)
        else:
            yield from _compare(_told_of(element), payment, f"line {element.sourceline}: the payment")
            payment = _Sums()
    if told is None:
        raise BadFile(f"{path.name} has no header.", "Write it again: it may be cut off.")
    yield from _compare(told, whole, "the file")


def order_rows(path: Path) -> Iterator[tuple[str, ...]]:
    """Give id, amount, currency, creditor and IBAN of each order.

    Raises:
        BadFile: not XML, or it has a DOCTYPE.
    """
    for element in _elements(path):
        if etree.QName(element).localname == "CdtTrfTxInf":
            amount = element.find("{*}Amt/{*}InstdAmt")
            text, currency = ("", "") if amount is None else ((amount.text or "").strip(), amount.get("Ccy", ""))
            names = ("Cdtr/Nm", "CdtrAcct/Id/IBAN")
            yield (_text(element, "PmtId/EndToEndId"), text, currency, *(_text(element, name) for name in names))


def _elements(path: Path) -> Iterator[etree._Element]:
    """Give headers, orders and payments as they end; an order is forgotten once it is looked at."""
    _refuse_hollow(path)
    tags = (_HEADER, _ORDER, _PAYMENT)
    first = True
    try:
        with path.open("rb") as file:
            for _, element in etree.iterparse(
                file,
                events=("end",),
                tag=tags,
                resolve_entities=False,
                no_network=True,
                load_dtd=False,
                huge_tree=False,
            ):
                if first and element.getroottree().docinfo.doctype:
                    raise BadFile("The file has a DOCTYPE, which bank messages never have.", "Ask where it is from.")
                first = False
                yield element
                if etree.QName(element).localname == "CdtTrfTxInf":
                    element.clear()
    except etree.XMLSyntaxError as error:
        raise BadFile(f"{path.name} is not XML: {error.msg}.", "Write the file again, or ask for it again.") from error


def _refuse_hollow(path: Path) -> None:
    """Refuse a file of elements that hold nothing: what is no order is not forgotten while orders are read."""
    weight = 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            weight += weight_of(chunk)
    if weight > path.stat().st_size + FREE_WEIGHT:
        raise BadFile(f"{path.name} is made of elements that hold nothing.", "Write the file again.")


def _check_order(order: etree._Element, seen: set[str], whole: _Sums, payment: _Sums) -> Iterator[Problem]:
    line = order.sourceline
    id_ = _text(order, "PmtId/EndToEndId")
    if _ID.fullmatch(id_) is None or id_ in seen:
        reason = "is used twice" if id_ in seen else "cannot be an id"
        yield Problem(line, "EndToEndId", "end-to-end-id", f"{id_[:80]!r} {reason}.", "Give every order its own id.")
    seen.add(id_)
    amount = order.find("{*}Amt/{*}InstdAmt")
    text, currency = ("", "") if amount is None else ((amount.text or "").strip(), amount.get("Ccy", ""))
    if _is_amount(text, currency):
        for sums in (whole, payment):
            sums.amount += Decimal(text)
    else:
        yield Problem(
            line, "InstdAmt", "amount", f"{text[:40]!r} {currency[:3]} is not an amount.", "Write it above zero."
        )
    for sums in (whole, payment):
        sums.count += 1
    if not _text(order, "Cdtr/Nm"):
        yield Problem(line, "Cdtr", "creditor", f"Order {id_[:35]!r} names nobody.", "Enter the holder of the account.")
    iban = _text(order, "CdtrAcct/Id/IBAN")
    if iban:
        try:
            parse_iban(iban)
        except InvalidIdentifier as error:
            yield Problem(line, "IBAN", "iban", error.message, error.remedy)


def _is_amount(text: str, currency: str) -> bool:
    found = _AMOUNT.fullmatch(text)
    if found is None or Decimal(text) <= 0:
        return False
    try:
        return len(found[1] or "") <= currency_exponent(currency)
    except UnknownCurrency:
        return False


def _told_of(payment: etree._Element) -> tuple[str, str]:
    return _text(payment, "NbOfTxs"), _text(payment, "CtrlSum")


def _compare(told: tuple[str, str], sums: _Sums, of: str) -> Iterator[Problem]:
    count, amount = told
    if count and count != str(sums.count):
        yield Problem(
            None, "NbOfTxs", "count", f"{of.capitalize()} says {count[:20]} orders and has {sums.count}.",
            "Write the file again: it may be cut off.",
        )  # fmt: skip
    if amount and (_AMOUNT.fullmatch(amount) is None or Decimal(amount) != sums.amount):
        yield Problem(
            None, "CtrlSum", "control-sum", f"{of.capitalize()} says {amount[:40]} in all and comes to {sums.amount}.",
            "Write the file again: an order was changed after it was written.",
        )  # fmt: skip


def _text(parent: etree._Element, path: str) -> str:
    found = parent.find("/".join(f"{{*}}{name}" for name in path.split("/")))
    return "" if found is None else (found.text or "").strip()
