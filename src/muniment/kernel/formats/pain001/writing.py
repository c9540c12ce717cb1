"""Write a batch of payment orders as pain.001.001.09 (CustomerCreditTransferInitiation, version 9).

The order of elements and the lengths of fields are those of the ISO 20022 message definition; names and remittance
texts are reduced to the letters of the SEPA character set, which banks outside it accept as well.
"""

import re
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime

from anyascii import anyascii
from lxml import etree

from muniment.kernel.words.money import currency_exponent
from muniment.kernel.words.problems import UserError

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"

_ID = re.compile(r"[A-Za-z0-9/\-?:().,'+ ]{1,35}")
_NOT_SEPA = re.compile(r"[^A-Za-z0-9/\-?:().,'+ ]+")
_BIC = re.compile(r"[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?")
_MAX_NAME = 140
_MAX_REMITTANCE = 140


class InvalidBatch(UserError):
    """The orders cannot be written as a file that a bank takes."""


@dataclass(frozen=True, slots=True)
class CreditTransfer:
    """One order: whole minor units (cents) to one creditor.

    With `creditor_iban` empty the order names the creditor only, for banks that know their customers by name; the
    BIC may be empty. `end_to_end_id` comes back in the bank's answer.
    """

    end_to_end_id: str
    amount_minor: int
    creditor_name: str
    creditor_iban: str = ""
    creditor_bic: str = ""
    remittance: str = ""


@dataclass(frozen=True, slots=True)
class CreditTransferBatch:
    """Orders from one account in one currency for one day."""

    message_id: str
    created_at: datetime
    debtor_name: str
    debtor_iban: str
    debtor_bic: str
    requested_on: date
    currency: str
    transfers: tuple[CreditTransfer, ...]

    @property
    def total_minor(self) -> int:
        """The control sum, in minor units."""
        return sum(transfer.amount_minor for transfer in self.transfers)


def write_pain001(batch: CreditTransferBatch) -> bytes:
    """Return the file for the bank: UTF-8 XML, indented, the same bytes for the same batch.

    Raises:
        InvalidBatch: no orders, an amount that is not positive, an id that repeats or that the format cannot hold,
            a creditor without a name, a BIC of the wrong form.
        UnknownCurrency: see `currency_exponent`.
    """
    _check(batch)
    document = etree.Element(_tag("Document"), nsmap={None: NAMESPACE})
    initiation = etree.SubElement(document, _tag("CstmrCdtTrfInitn"))
    _append_header(initiation, batch)
    _append_payment(initiation, batch)
    return etree.tostring(document, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def format_minor(amount_minor: int, currency: str) -> str:
    """Return whole minor units as the decimal text of the file: 123456 EUR is "1234.56", 500 JPY is "500"."""
    exponent = currency_exponent(currency)
    digits = f"{amount_minor:0{exponent + 1}d}"
    return f"{digits[:-exponent]}.{digits[-exponent:]}" if exponent else digits


def plain_text(text: str, limit: int) -> str:
    """Return `text` in the letters of the SEPA character set, other scripts by their Latin spelling, cut to `limit`."""
    return " ".join(_NOT_SEPA.sub(" ", anyascii(text)).split())[:limit].rstrip()


def _check(batch: CreditTransferBatch) -> None:
    if not batch.transfers:
        raise InvalidBatch("The batch has no orders.", "Draft a batch that has at least one order.")
    ids = Counter(transfer.end_to_end_id for transfer in batch.transfers)
    repeated = [end_to_end_id for end_to_end_id, count in ids.items() if count > 1]
    if repeated:
        raise InvalidBatch(f"The end-to-end id {repeated[0]} is used twice.", "Give every order its own.")
    for end_to_end_id in (batch.message_id, *ids):
        if _ID.fullmatch(end_to_end_id) is None:
            raise InvalidBatch(f"{end_to_end_id!r} cannot be an id.", "Use up to 35 plain letters and digits.")
    for bic in (batch.debtor_bic, *(transfer.creditor_bic for transfer in batch.transfers)):
        if bic and _BIC.fullmatch(bic) is None:
            raise InvalidBatch(f"{bic!r} is not a BIC.", "A BIC has eight or eleven capitals and digits.")
    for transfer in batch.transfers:
        if transfer.amount_minor <= 0:
            raise InvalidBatch(f"Order {transfer.end_to_end_id} is not above zero.", "Leave it out of the batch.")
        if not plain_text(transfer.creditor_name, _MAX_NAME):
            raise InvalidBatch(f"Order {transfer.end_to_end_id} has no name.", "Enter the holder of the account.")


def _append_header(initiation: etree._Element, batch: CreditTransferBatch) -> None:
    header = etree.SubElement(initiation, _tag("GrpHdr"))
    _append(header, "MsgId", batch.message_id)
    _append(header, "CreDtTm", batch.created_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
    _append_sums(header, batch)
    _append(_append(header, "InitgPty"), "Nm", plain_text(batch.debtor_name, _MAX_NAME))


def _append_payment(initiation: etree._Element, batch: CreditTransferBatch) -> None:
    payment = etree.SubElement(initiation, _tag("PmtInf"))
    _append(payment, "PmtInfId", batch.message_id)
    _append(payment, "PmtMtd", "TRF")
    _append_sums(payment, batch)
    _append(_append(payment, "ReqdExctnDt"), "Dt", batch.requested_on.isoformat())
    _append(_append(payment, "Dbtr"), "Nm", plain_text(batch.debtor_name, _MAX_NAME))
    _append(_append(_append(payment, "DbtrAcct"), "Id"), "IBAN", batch.debtor_iban)
    agent = _append(_append(payment, "DbtrAgt"), "FinInstnId")
    if batch.debtor_bic:
        _append(agent, "BICFI", batch.debtor_bic)
    else:
        _append(_append(agent, "Othr"), "Id", "NOTPROVIDED")
    _append(payment, "ChrgBr", "SLEV")
    for transfer in batch.transfers:
        _append_transfer(payment, transfer, batch.currency)


def _append_transfer(payment: etree._Element, transfer: CreditTransfer, currency: str) -> None:
    order = _append(payment, "CdtTrfTxInf")
    _append(_append(order, "PmtId"), "EndToEndId", transfer.end_to_end_id)
    amount = _append(_append(order, "Amt"), "InstdAmt", format_minor(transfer.amount_minor, currency))
    amount.set("Ccy", currency)
    if transfer.creditor_bic:
        _append(_append(_append(order, "CdtrAgt"), "FinInstnId"), "BICFI", transfer.creditor_bic)
    _append(_append(order, "Cdtr"), "Nm", plain_text(transfer.creditor_name, _MAX_NAME))
    if transfer.creditor_iban:
        _append(_append(_append(order, "CdtrAcct"), "Id"), "IBAN", transfer.creditor_iban)
    if remittance := plain_text(transfer.remittance, _MAX_REMITTANCE):
        _append(_append(order, "RmtInf"), "Ustrd", remittance)


def _append_sums(parent: etree._Element, batch: CreditTransferBatch) -> None:
    _append(parent, "NbOfTxs", f"{len(batch.transfers)}")
    _append(parent, "CtrlSum", format_minor(batch.total_minor, batch.currency))


def _append(parent: etree._Element, name: str, text: str | None = None) -> etree._Element:
    child = etree.SubElement(parent, _tag(name))
    child.text = text
    return child


def _tag(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"
