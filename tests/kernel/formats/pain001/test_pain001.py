"""Orders for a bank and its answers; banks, people and numbers are invented, check digits are valid."""

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from muniment.kernel.formats.pain001 import (
    CreditTransfer,
    CreditTransferBatch,
    InvalidBatch,
    TransferState,
    read_status,
    write_pain001,
)
from muniment.kernel.formats.pain001.reading import pending_warning
from muniment.kernel.formats.pain001.writing import format_minor, plain_text
from muniment.kernel.words.identifiers import make_iban
from muniment.kernel.words.problems import BadFile, Level

GOLDEN = Path(__file__).parents[3] / "golden" / "pain001"
NS = {"p": "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"}

BATCH = CreditTransferBatch(
    message_id="MUN-7",
    created_at=datetime(2026, 10, 21, 9, 30, tzinfo=UTC),
    debtor_name="Society of Invented Authors",
    debtor_iban=make_iban("DE", "370400440532013000"),
    debtor_bic="INVTDEFF",
    requested_on=date(2026, 10, 23),
    currency="EUR",
    transfers=(
        CreditTransfer(
            "MUN-7-1", 123_456, "Aigül Сериккызы", make_iban("KZ", "125KZT5004100100"), "CASPKZKA", "Statement 3/1"
        ),
        CreditTransfer("MUN-7-2", 5, "بلال <Sons> & Co", make_iban("PK", "SCBL0000001123456702")),
        CreditTransfer("MUN-7-3", 99_900, "Name Only Invented"),
    ),
)


def texts(xml: bytes, path: str) -> list[str]:
    found = etree.fromstring(xml).xpath(path, namespaces=NS)
    assert isinstance(found, list)
    return [str(item) for item in found]


def test_the_file_equals_the_golden_one() -> None:
    path = GOLDEN / "batch.xml"
    if os.environ.get("REWRITE_GOLDEN"):
        path.write_bytes(write_pain001(BATCH))
    assert write_pain001(BATCH) == path.read_bytes()


def test_the_order_of_elements_is_that_of_the_message_definition() -> None:
    payment = etree.fromstring(write_pain001(BATCH)).find(".//{*}PmtInf")
    assert payment is not None
    names = [etree.QName(child).localname for child in payment]
    head = ["PmtInfId", "PmtMtd", "NbOfTxs", "CtrlSum", "ReqdExctnDt", "Dbtr", "DbtrAcct", "DbtrAgt", "ChrgBr"]
    assert names == [*head, *["CdtTrfTxInf"] * 3]
    full, no_bic, name_only = ([etree.QName(part).localname for part in order] for order in payment[len(head) :])
    assert full == ["PmtId", "Amt", "CdtrAgt", "Cdtr", "CdtrAcct", "RmtInf"]
    assert no_bic == ["PmtId", "Amt", "Cdtr", "CdtrAcct"]
    assert name_only == ["PmtId", "Amt", "Cdtr"]


def test_sums_amounts_and_ids() -> None:
    xml = write_pain001(BATCH)
    assert texts(xml, "//p:CtrlSum/text()") == ["2233.61", "2233.61"]
    assert texts(xml, "//p:NbOfTxs/text()") == ["3", "3"]
    assert texts(xml, "//p:InstdAmt/text()") == ["1234.56", "0.05", "999.00"]
    assert texts(xml, "//p:InstdAmt/@Ccy") == ["EUR"] * 3
    assert texts(xml, "//p:EndToEndId/text()") == ["MUN-7-1", "MUN-7-2", "MUN-7-3"]
    assert texts(xml, "//p:ReqdExctnDt/p:Dt/text()") == ["2026-10-23"]


def test_a_debtor_without_a_bic_is_marked_so() -> None:
    assert texts(write_pain001(replace(BATCH, debtor_bic="")), "//p:DbtrAgt//p:Othr/p:Id/text()") == ["NOTPROVIDED"]


def test_names_come_in_the_letters_that_banks_take() -> None:
    names = texts(write_pain001(BATCH), "//p:Cdtr/p:Nm/text()")
    assert names[0] == "Aigul Serikkyzy"
    assert names[1].isascii()
    assert "<" not in names[1]
    assert len(plain_text("ж" * 400, 140)) <= 140


@given(
    amounts=st.lists(st.integers(1, 10**12), min_size=1, max_size=8), currency=st.sampled_from(["EUR", "JPY", "KWD"])
)
def test_the_control_sum_is_the_sum_of_the_orders(amounts: list[int], currency: str) -> None:
    transfers = tuple(CreditTransfer(f"E{place}", amount, "Invented") for place, amount in enumerate(amounts))
    xml = write_pain001(replace(BATCH, currency=currency, transfers=transfers))
    assert texts(xml, "//p:GrpHdr/p:CtrlSum/text()") == [format_minor(sum(amounts), currency)]
    assert [int(text.replace(".", "")) for text in texts(xml, "//p:InstdAmt/text()")] == amounts


@pytest.mark.parametrize(("amount", "currency", "text"), [(5, "EUR", "0.05"), (500, "JPY", "500"), (1, "KWD", "0.001")])
def test_minor_units_as_text(amount: int, currency: str, text: str) -> None:
    assert format_minor(amount, currency) == text


SPOILED: list[tuple[str, Callable[[CreditTransferBatch], CreditTransferBatch]]] = [
    ("no orders", lambda batch: replace(batch, transfers=())),
    ("used twice", lambda batch: replace(batch, transfers=batch.transfers[:1] * 2)),
    ("cannot be an id", lambda batch: replace(batch, message_id="x" * 36)),
    ("cannot be an id", lambda batch: replace(batch, transfers=(replace(batch.transfers[0], end_to_end_id="é"),))),
    ("not a BIC", lambda batch: replace(batch, debtor_bic="nonsense")),
    ("not above zero", lambda batch: replace(batch, transfers=(replace(batch.transfers[0], amount_minor=0),))),
    ("has no name", lambda batch: replace(batch, transfers=(replace(batch.transfers[0], creditor_name=" *** "),))),
]


@pytest.mark.parametrize(("reason", "spoil"), SPOILED)
def test_what_a_bank_would_refuse_is_refused_first(
    reason: str, spoil: Callable[[CreditTransferBatch], CreditTransferBatch]
) -> None:
    with pytest.raises(InvalidBatch, match=reason):
        write_pain001(spoil(BATCH))


def test_an_answer_is_read_order_by_order() -> None:
    report = read_status((GOLDEN / "answer.xml").read_bytes())
    assert report.original_message_id == "MUN-7"
    assert report.group_state is TransferState.PENDING
    paid, returned, pending = report.statuses
    assert (paid.end_to_end_id, paid.state, paid.booked_on) == ("MUN-7-1", TransferState.PAID, date(2026, 10, 23))
    assert (paid.amount, paid.currency) == ("1234.56", "EUR")
    assert (returned.state, returned.reason) == (TransferState.RETURNED, "AC04 Account closed")
    assert pending.state is TransferState.PENDING
    assert pending_warning(pending).level is Level.WARNING
    assert [(problem.field, problem.rule) for problem in report.problems] == [
        ("TxSts", "unknown-status"),
        ("OrgnlEndToEndId", "missing"),
        ("AccptncDtTm", "not-a-date"),
    ]
    assert all(problem.line and problem.line > 1 for problem in report.problems)


def test_a_message_refused_as_a_whole_names_no_orders() -> None:
    report = read_status((GOLDEN / "refused.xml").read_bytes())
    assert report.group_state is TransferState.RETURNED
    assert report.group_reason == "FF01 Invalid file format"
    assert report.statuses == ()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"\x00\xff\x00", "not XML"),
        (b"<Document>", "not XML"),
        (b"<Document/>", "not a pain.002"),
        (write_pain001(BATCH), "not a pain.002"),
        (b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"/>', "no header"),
        (
            b'<!DOCTYPE D [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
            b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10">&e;</Document>',
            "DOCTYPE",
        ),
        (
            b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"><CstmrPmtStsRpt><GrpHdr>'
            b"<CreDtTm>yesterday</CreDtTm></GrpHdr></CstmrPmtStsRpt></Document>",
            "not a date",
        ),
    ],
)
def test_a_file_that_is_no_answer_is_refused(content: bytes, reason: str) -> None:
    with pytest.raises(BadFile, match=reason):
        read_status(content)
