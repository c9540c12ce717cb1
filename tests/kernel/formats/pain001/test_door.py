"""Payment messages at the door; banks, people and numbers are invented."""

from pathlib import Path

import pytest

from muniment.kernel.formats.door import Becomes, format_of, recognise
from muniment.kernel.formats.pain001 import read_status, write_pain001
from muniment.kernel.formats.pain001.rules import RULES
from muniment.kernel.words.problems import BadFile
from tests.kernel.formats.pain001.test_pain001 import BATCH

PAIN = format_of("pain001")
ORDERS = write_pain001(BATCH)
ANSWER = """<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"><CstmrPmtStsRpt>
<GrpHdr><MsgId>B1</MsgId><CreDtTm>2026-10-24T08:00:00</CreDtTm></GrpHdr>
<OrgnlGrpInfAndSts><OrgnlMsgId>MUN-7</OrgnlMsgId></OrgnlGrpInfAndSts>
<OrgnlPmtInfAndSts>
<TxInfAndSts><OrgnlEndToEndId>MUN-7-1</OrgnlEndToEndId><TxSts>ACSC</TxSts></TxInfAndSts>
<TxInfAndSts><OrgnlEndToEndId>MUN-7-2</OrgnlEndToEndId><TxSts>PDNG</TxSts></TxInfAndSts>
<TxInfAndSts><OrgnlEndToEndId>MUN-7-3</OrgnlEndToEndId><TxSts>ODD</TxSts></TxInfAndSts>
</OrgnlPmtInfAndSts></CstmrPmtStsRpt></Document>"""


def saved(folder: Path, content: bytes) -> Path:
    path = folder / "message.xml"
    path.write_bytes(content)
    return path


def test_orders_are_told_from_answers(tmp_path: Path) -> None:
    orders = recognise(saved(tmp_path, ORDERS))
    assert (orders.recognised.version, orders.becomes) == ("pain.001.001.09", Becomes.NOTHING)
    answer = recognise(saved(tmp_path, ANSWER.encode()))
    assert (answer.recognised.version, answer.becomes) == ("pain.002.001.10", Becomes.PAYMENT_ANSWER)


def test_what_we_write_has_no_problem(tmp_path: Path) -> None:
    path = saved(tmp_path, ORDERS)
    assert list(PAIN.check(path)) == []
    preview = PAIN.preview(path, 2)
    assert [row[:3] for row in preview.rows] == [("MUN-7-1", "1234.56", "EUR"), ("MUN-7-2", "0.05", "EUR")]


@pytest.mark.parametrize(
    ("old", "new", "rules"),
    [
        (b"<NbOfTxs>3<", b"<NbOfTxs>4<", {"count"}),
        (b">1234.56<", b">1234.57<", {"control-sum"}),
        (b">1234.56<", b">-1<", {"amount", "control-sum"}),
        (b">1234.56<", b">1.234<", {"amount", "control-sum"}),
        (b">MUN-7-2<", b">MUN-7-1<", {"end-to-end-id"}),
        (b"<Nm>Name Only Invented</Nm>", b"", {"creditor"}),
        (b"<IBAN>KZ", b"<IBAN>KX", {"iban"}),
    ],
)
def test_changed_orders_are_found(tmp_path: Path, old: bytes, new: bytes, rules: set[str]) -> None:
    assert old in ORDERS
    found = {problem.rule for problem in PAIN.check(saved(tmp_path, ORDERS.replace(old, new)))}
    assert found == rules
    assert rules <= {rule.id for rule in RULES}


def test_answers_are_checked_and_shown(tmp_path: Path) -> None:
    path = saved(tmp_path, ANSWER.encode())
    assert [problem.rule for problem in PAIN.check(path)] == ["unknown-status", "pending"]
    odd = '<OrgnlTxRef><Amt><InstdAmt Ccy="EUR">much</InstdAmt></Amt></OrgnlTxRef></TxInfAndSts>'
    changed = saved(tmp_path, ANSWER.replace("</TxInfAndSts>", odd, 1).encode())
    assert [problem.rule for problem in PAIN.check(changed)] == ["unknown-status", "not-an-amount", "pending"]
    path = saved(tmp_path, ANSWER.encode())
    assert PAIN.preview(path, 1).rows == (("MUN-7-1", "paid", "2026-10-24", "", ""),)


@pytest.mark.parametrize("content", [ORDERS[:-200], ORDERS.replace(b"?>\n", b"?>\n<!DOCTYPE Document>\n", 1)])
def test_orders_cut_off_or_with_a_doctype_are_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(BadFile):
        list(PAIN.check(saved(tmp_path, content)))


@pytest.mark.parametrize("content", [ORDERS, ANSWER.encode()])
def test_elements_that_hold_nothing_are_refused_before_they_fill_the_memory(tmp_path: Path, content: bytes) -> None:
    place = content.rindex(b"</", 0, content.rindex(b"</"))
    hollow = saved(tmp_path, content[:place] + b"<a/>" * 600_000 + content[place:])
    with pytest.raises(BadFile, match="elements that hold nothing"):
        list(PAIN.check(hollow))
    filled = saved(tmp_path, content[:place] + b"<Note>Paid as agreed in January</Note>" * 60_000 + content[place:])
    assert list(PAIN.check(filled)) == list(PAIN.check(saved(tmp_path, content)))


def test_an_amount_of_thousands_of_digits_is_none(tmp_path: Path) -> None:
    odd = f'<OrgnlTxRef><Amt><InstdAmt Ccy="EUR">{"9" * 5_000}</InstdAmt></Amt></OrgnlTxRef></TxInfAndSts>'
    [status] = [one for one in read_status(ANSWER.replace("</TxInfAndSts>", odd, 1).encode()).statuses if one.amount]
    assert status.amount == "9" * 40
    changed = saved(tmp_path, ANSWER.replace("</TxInfAndSts>", odd, 1).encode())
    assert "pending" in [problem.rule for problem in PAIN.check(changed)]
