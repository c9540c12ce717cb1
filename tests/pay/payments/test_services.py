"""Drafting, approving, exporting and confirming payments, with the books after each step."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from muniment.kernel.words.money import MICRO_PER_CENT, UnknownCurrency
from muniment.kernel.words.problems import BadFile
from muniment.pay.payments.models import PaymentOrder
from muniment.pay.payments.queries import (
    UnknownPayment,
    get_batch,
    list_batches,
    list_orders,
    occasion_of,
    payments_of_party,
    preview_selection,
)
from muniment.pay.payments.rules import BatchState, DebtorAccount, OrderState, Selection, SkipReason
from muniment.pay.payments.services import (
    BalanceChanged,
    BankChanged,
    OtherDebtor,
    WrongState,
    approve_payments,
    cancel_payments,
    confirm_payments,
    draft_payments,
    export_csv,
    export_pain001,
)
from muniment.pay.payments.services.drafting import InvalidMinimum
from muniment.trust.access.rules import NotAllowed, SamePerson, operator
from muniment.trust.batches.services import DuplicateFile
from muniment.trust.ledger.queries import balance, trial_balance
from muniment.trust.ledger.rules import bank, payable, transit
from tests.cast import AIGUL, CHEN, DEWI, ERLAN, FARIDA
from tests.pay.payments.world import (
    DEBTOR,
    LATER,
    NOW,
    ON,
    approved,
    change_account,
    drafted,
    iban_number,
    owe,
    payee,
    write_confirmations,
)

pytestmark = pytest.mark.django_db


def _later() -> Selection:
    return preview_selection(occasion_of("EUR", at=LATER, on=LATER.date()))


@pytest.fixture
def books_balance() -> Iterator[None]:
    """Check after the test that debits and credits are equal."""
    yield
    rows = trial_balance(currency="EUR")
    assert sum(row.debit_micro for row in rows) == sum(row.credit_micro for row in rows)


def test_a_draft_pays_whole_cents_and_books_nothing() -> None:
    aigul = payee("Aigül", balance_micro=12_345_678, account=1)
    report = draft_payments(actor=CHEN, at=NOW, currency="EUR", on=ON, minimum_micro=0)
    assert (report.order_count, report.total_micro) == (1, 12_340_000)
    order = list_orders(report.batch_id or 0).rows[0]
    assert (order.amount_cents, order.residue_micro, order.iban) == (1234, 5_678, iban_number(1))
    assert order.end_to_end_id == f"MUN-{report.batch_id}-{aigul}"
    assert balance(payable(aigul), "EUR") == 12_345_678


def test_who_is_left_out_and_why() -> None:
    below = payee("Below", balance_micro=4_999_999, account=1)
    no_bank = payee("No bank", balance_micro=50_000_000)
    payee("Nothing", account=2)
    payee("Rupees", balance_micro=90_000_000, account=3, currency="PKR")
    paid = payee("Paid", balance_micro=5_000_000, account=4)
    report = draft_payments(actor=CHEN, at=NOW, currency="EUR", on=ON, minimum_micro=5_000_000)
    assert {skip.party_id: skip.reason for skip in report.skipped} == {
        below: SkipReason.BELOW_MINIMUM,
        no_bank: SkipReason.NO_BANK,
    }
    assert [order.party_id for order in list_orders(report.batch_id or 0).rows] == [paid]
    again = draft_payments(actor=CHEN, at=NOW, currency="EUR", on=ON, minimum_micro=0)
    assert {skip.party_id: skip.reason for skip in again.skipped}[paid] is SkipReason.IN_DRAFT


def test_nobody_to_pay_writes_nothing() -> None:
    payee("No bank", balance_micro=50_000_000)
    report = draft_payments(actor=CHEN, at=NOW, currency="EUR", on=ON, minimum_micro=0)
    assert report.batch_id is None
    assert list_batches().total == 0


def test_bad_arguments_and_people_without_the_role_are_refused() -> None:
    payee("Aigül", balance_micro=12_345_678, account=1)
    for person in (AIGUL, DEWI, ERLAN, FARIDA):
        with pytest.raises(NotAllowed):
            draft_payments(actor=person, at=NOW, currency="EUR", on=ON, minimum_micro=0)
    with pytest.raises(UnknownCurrency):
        draft_payments(actor=CHEN, at=NOW, currency="EURO", on=ON, minimum_micro=0)
    with pytest.raises(InvalidMinimum):
        draft_payments(actor=CHEN, at=NOW, currency="EUR", on=ON, minimum_micro=-1)
    batch_id = drafted()
    for person in (AIGUL, CHEN, DEWI, ERLAN):
        with pytest.raises(NotAllowed):
            approve_payments(actor=person, at=NOW, batch_id=batch_id)
        if person is not CHEN:
            with pytest.raises(NotAllowed):
                cancel_payments(actor=person, at=NOW, batch_id=batch_id)


@pytest.mark.usefixtures("books_balance")
def test_approval_moves_the_money_into_transit_and_leaves_the_residue() -> None:
    aigul = payee("Aigül", balance_micro=12_345_678, account=1)
    bilal = payee("Bilal", balance_micro=99_999, account=2)
    batch_id = approved()
    assert balance(payable(aigul), "EUR") == 5_678
    assert balance(payable(bilal), "EUR") == 9_999
    assert balance(transit(batch_id), "EUR") == 12_340_000 + 90_000 == get_batch(batch_id).total_micro
    assert get_batch(batch_id).state is BatchState.APPROVED
    with pytest.raises(WrongState):
        approve_payments(actor=FARIDA, at=NOW, batch_id=batch_id)
    assert balance(transit(batch_id), "EUR") == 12_430_000


def test_one_person_cannot_do_both() -> None:
    payee("Aigül", balance_micro=12_345_678, account=1)
    alone = operator("gulnara")
    report = draft_payments(actor=alone, at=NOW, currency="EUR", on=ON, minimum_micro=0)
    with pytest.raises(SamePerson):
        approve_payments(actor=alone, at=NOW, batch_id=report.batch_id or 0)
    approve_payments(actor=operator("farida"), at=NOW, batch_id=report.batch_id or 0)
    assert get_batch(report.batch_id or 0).approved_by == "farida"


def test_a_bank_account_that_changed_stops_the_approval() -> None:
    aigul = payee("Aigül", balance_micro=12_345_678, account=1)
    batch_id = drafted()
    change_account(aigul, "Aigül", 2)
    with pytest.raises(BankChanged, match=r"Aigül changed after the draft.*Cancel this draft"):
        approve_payments(actor=FARIDA, at=NOW, batch_id=batch_id)
    assert balance(payable(aigul), "EUR") == 12_345_678
    cancel_payments(actor=CHEN, at=NOW, batch_id=batch_id)
    assert get_batch(batch_id).state is BatchState.CANCELLED
    report = draft_payments(actor=CHEN, at=LATER, currency="EUR", on=LATER.date(), minimum_micro=0)
    assert list_orders(report.batch_id or 0).rows[0].iban == iban_number(2)


def test_a_balance_that_fell_stops_the_approval() -> None:
    aigul = payee("Aigül", balance_micro=12_345_678, account=1)
    batch_id = drafted()
    owe(aigul, -10_000_000)
    with pytest.raises(BalanceChanged, match="Aigül is owed less"):
        approve_payments(actor=FARIDA, at=NOW, batch_id=batch_id)
    assert get_batch(batch_id).state is BatchState.DRAFT


def test_an_order_altered_behind_our_back_stops_the_approval() -> None:
    payee("Aigül", balance_micro=12_345_678, account=1)
    batch_id = drafted()
    PaymentOrder.objects.filter(batch_id=batch_id).update(iban=iban_number(66))
    with pytest.raises(BalanceChanged, match="not those that were drafted"):
        approve_payments(actor=FARIDA, at=NOW, batch_id=batch_id)


def test_states_that_do_not_allow_it() -> None:
    payee("Aigül", balance_micro=12_345_678, account=1)
    batch_id = drafted()
    with pytest.raises(WrongState):
        export_csv(actor=CHEN, at=NOW, batch_id=batch_id)
    cancel_payments(actor=CHEN, at=NOW, batch_id=batch_id)
    for act in (cancel_payments, export_csv):
        with pytest.raises(WrongState):
            act(actor=CHEN, at=NOW, batch_id=batch_id)
    with pytest.raises(WrongState):
        approve_payments(actor=FARIDA, at=NOW, batch_id=batch_id)
    with pytest.raises(UnknownPayment):
        cancel_payments(actor=CHEN, at=NOW, batch_id=999)
    with pytest.raises(UnknownPayment):
        get_batch(999)


def test_exports_are_the_same_bytes_every_time() -> None:
    payee("Aigül", balance_micro=12_345_678, account=1)
    payee("=Bilal", balance_micro=7_000_000, account=2)
    batch_id = approved()
    table = export_csv(actor=CHEN, at=NOW, batch_id=batch_id)
    assert get_batch(batch_id).state is BatchState.EXPORTED
    assert export_csv(actor=FARIDA, at=NOW.replace(hour=20), batch_id=batch_id) == table
    rows = list(csv.DictReader(io.StringIO(table.decode("utf-8-sig"))))
    assert [row["amount"] for row in rows] == ["12.34", "7.00"]
    assert rows[1]["holder"] == "'=Bilal"
    xml = export_pain001(actor=CHEN, at=NOW, batch_id=batch_id, debtor=DEBTOR)
    assert export_pain001(actor=CHEN, at=NOW.replace(hour=20), batch_id=batch_id, debtor=DEBTOR) == xml
    assert b"<CtrlSum>19.34</CtrlSum>" in xml
    with pytest.raises(OtherDebtor):
        export_pain001(actor=CHEN, at=NOW, batch_id=batch_id, debtor=DebtorAccount("Another", DEBTOR.iban))
    for person in (AIGUL, DEWI, ERLAN):
        with pytest.raises(NotAllowed):
            export_csv(actor=person, at=NOW, batch_id=batch_id)


@pytest.mark.usefixtures("books_balance")
def test_confirmations_settle_the_batch(tmp_path: Path) -> None:
    aigul = payee("Aigül", balance_micro=12_345_678, account=1)
    bilal = payee("Bilal", balance_micro=7_000_001, account=2)
    batch_id = approved()
    path = write_confirmations(
        tmp_path,
        f"MUN-{batch_id}-{aigul},paid,2026-10-21,",
        f"MUN-{batch_id}-{bilal},Returned,2026-10-22,AC04 Account closed",
    )
    report = confirm_payments(actor=FARIDA, at=NOW, path=path)
    assert (report.paid_count, report.returned_count, report.repeated_count, report.problems) == (1, 1, 0, ())
    assert balance(bank(), "EUR") == -12_340_000
    assert balance(transit(batch_id), "EUR") == 0
    assert balance(payable(aigul), "EUR") == 5_678
    assert balance(payable(bilal), "EUR") == 7_000_001
    batch = get_batch(batch_id)
    assert batch.state is BatchState.SETTLED
    assert (batch.paid_micro, batch.returned_micro, batch.open_micro) == (12_340_000, 7_000_000, 0)
    returned = payments_of_party(bilal)[0]
    assert (returned.state, returned.reason) == (OrderState.RETURNED, "AC04 Account closed")


def test_a_returned_payee_waits_for_another_account(tmp_path: Path) -> None:
    bilal = payee("Bilal", balance_micro=7_000_001, account=2)
    batch_id = approved()
    confirm_payments(
        actor=FARIDA, at=NOW, path=write_confirmations(tmp_path, f"MUN-{batch_id}-{bilal},returned,2026-10-22,closed")
    )
    assert [skip.reason for skip in _later().skipped] == [SkipReason.RETURNED]
    change_account(bilal, "Bilal", 3)
    assert [order.amount_cents for order in _later().orders] == [700]


@pytest.mark.usefixtures("books_balance")
def test_the_same_confirmation_twice_acts_once(tmp_path: Path) -> None:
    aigul = payee("Aigül", balance_micro=12_345_678, account=1)
    batch_id = approved()
    row = f"MUN-{batch_id}-{aigul},paid,2026-10-21,"
    first = write_confirmations(tmp_path, row, row, name="first.csv")
    assert confirm_payments(actor=FARIDA, at=NOW, path=first).repeated_count == 1
    with pytest.raises(DuplicateFile, match=r"first\.csv"):
        confirm_payments(actor=FARIDA, at=NOW, path=first)
    again = confirm_payments(actor=FARIDA, at=NOW, path=write_confirmations(tmp_path, row, name="again.csv"))
    assert (again.paid_count, again.repeated_count) == (0, 1)
    assert balance(bank(), "EUR") == -12_340_000


@pytest.mark.usefixtures("books_balance")
def test_a_payment_that_comes_back_later(tmp_path: Path) -> None:
    aigul = payee("Aigül", balance_micro=12_345_678, account=1)
    batch_id = approved()
    order = f"MUN-{batch_id}-{aigul}"
    confirm_payments(actor=FARIDA, at=NOW, path=write_confirmations(tmp_path, f"{order},paid,2026-10-21,", name="a"))
    back = write_confirmations(tmp_path, f"{order},returned,2026-10-22,AC06", name="b")
    assert confirm_payments(actor=FARIDA, at=NOW, path=back).returned_count == 1
    assert balance(bank(), "EUR") == 0
    assert balance(payable(aigul), "EUR") == 12_345_678
    paid = write_confirmations(tmp_path, f"{order},paid,2026-10-22,", name="c")
    assert [problem.rule for problem in confirm_payments(actor=FARIDA, at=NOW, path=paid).problems] == ["contradiction"]


def test_good_lines_are_booked_and_bad_ones_told(tmp_path: Path) -> None:
    aigul = payee("Aigül", balance_micro=12_345_678, account=1)
    batch_id = approved()
    path = tmp_path / "mixed.csv"
    order = f"MUN-{batch_id}-{aigul}"
    path.write_text(
        "end_to_end_id,state,booked_on,reason,amount,currency\n"
        f"{order},paid,2026-10-21,,12.35,EUR\n"
        f"{order},paid,2026-10-21,,12.34,PKR\n"
        f"{order},paid,tomorrow,,12.34,EUR\n"
        f"{order},perhaps,2026-10-21,,12.34,EUR\n"
        ",paid,2026-10-21,,12.34,EUR\n"
        "MUN-1-0,paid,2026-10-21,,12.34,\n"
        f"{order},paid,2026-09-01,,12.34,\n"
        f"{order},paid,2026-10-21,,12.34,EUR\n",
        encoding="utf-8",
    )
    report = confirm_payments(actor=FARIDA, at=NOW, path=path)
    assert [(problem.line, problem.field) for problem in report.problems] == [
        (2, "amount"),
        (3, "currency"),
        (4, "booked_on"),
        (5, "state"),
        (6, "end_to_end_id"),
        (7, "end_to_end_id"),
        (8, "booked_on"),
    ]
    assert report.paid_count == 1
    assert report.error_count == 7
    assert get_batch(batch_id).paid_micro == 12_340_000


def test_a_pain002_answer_is_read(tmp_path: Path) -> None:
    aigul = payee("Aigül", balance_micro=12_345_678, account=1)
    bilal = payee("Bilal", balance_micro=7_000_001, account=2)
    batch_id = approved()
    path = tmp_path / "answer.xml"
    path.write_text(
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"><CstmrPmtStsRpt><GrpHdr>'
        "<CreDtTm>2026-10-21T12:00:00Z</CreDtTm></GrpHdr>"
        f"<OrgnlGrpInfAndSts><OrgnlMsgId>MUN-{batch_id}</OrgnlMsgId></OrgnlGrpInfAndSts><OrgnlPmtInfAndSts>"
        f"<TxInfAndSts><OrgnlEndToEndId>MUN-{batch_id}-{aigul}</OrgnlEndToEndId><TxSts>ACSC</TxSts>"
        '<OrgnlTxRef><Amt><InstdAmt Ccy="EUR">12.34</InstdAmt></Amt></OrgnlTxRef></TxInfAndSts>'
        f"<TxInfAndSts><OrgnlEndToEndId>MUN-{batch_id}-{bilal}</OrgnlEndToEndId><TxSts>PDNG</TxSts></TxInfAndSts>"
        "</OrgnlPmtInfAndSts></CstmrPmtStsRpt></Document>",
        encoding="utf-8",
    )
    report = confirm_payments(actor=FARIDA, at=NOW, path=path)
    assert (report.paid_count, report.error_count) == (1, 0)
    assert [problem.rule for problem in report.problems] == ["pending"]
    assert get_batch(batch_id).open_count == 1


@pytest.mark.parametrize(("number", "count"), [("{batch_id}", 2), ("999", 0)])
def test_a_batch_that_the_bank_refuses_as_a_whole(tmp_path: Path, number: str, count: int) -> None:
    payee("Aigül", balance_micro=12_345_678, account=1)
    payee("Bilal", balance_micro=7_000_001, account=2)
    batch_id = approved()
    path = tmp_path / "refused.xml"
    path.write_text(
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"><CstmrPmtStsRpt><GrpHdr>'
        "<CreDtTm>2026-10-21T12:00:00Z</CreDtTm></GrpHdr><OrgnlGrpInfAndSts>"
        f"<OrgnlMsgId>MUN-{number.format(batch_id=batch_id)}</OrgnlMsgId><GrpSts>RJCT</GrpSts></OrgnlGrpInfAndSts>"
        "</CstmrPmtStsRpt></Document>",
        encoding="utf-8",
    )
    if count:
        assert confirm_payments(actor=FARIDA, at=NOW, path=path).returned_count == count
        assert get_batch(batch_id).returned_micro == 19_340_000
    else:
        with pytest.raises(BadFile, match="no message of ours"):
            confirm_payments(actor=FARIDA, at=NOW, path=path)


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02", b"a,b\n1,2\n", b"<Document"])
def test_a_file_that_is_no_confirmation_books_nothing(tmp_path: Path, content: bytes) -> None:
    aigul = payee("Aigül", balance_micro=12_345_678, account=1)
    batch_id = approved()
    path = tmp_path / "bad"
    path.write_bytes(content)
    with pytest.raises(BadFile):
        confirm_payments(actor=FARIDA, at=NOW, path=path)
    assert balance(transit(batch_id), "EUR") == 12_340_000
    assert payments_of_party(aigul)[0].state is OrderState.ORDERED


def test_only_who_may_confirm_does(tmp_path: Path) -> None:
    path = write_confirmations(tmp_path)
    for person in (AIGUL, CHEN, DEWI, ERLAN):
        with pytest.raises(NotAllowed):
            confirm_payments(actor=person, at=NOW, path=path)


def test_a_payee_sees_no_drafts_and_orders_can_be_searched() -> None:
    aigul = payee("Aigül", balance_micro=12_345_678, account=1)
    payee("Bilal", balance_micro=7_000_001, account=2)
    batch_id = drafted()
    assert payments_of_party(aigul) == ()
    approve_payments(actor=FARIDA, at=NOW, batch_id=batch_id)
    assert [order.amount_cents for order in payments_of_party(aigul)] == [1234]
    assert list_orders(batch_id, text="bila").total == 1
    assert list_orders(batch_id, limit=1, offset=1).rows[0].party_name == "Bilal"


class TestMoneyIsKept(TestCase):
    """Over any balances, drafting and approving moves exactly the orders and leaves exactly the residues."""

    @settings(max_examples=8)
    @given(balances=st.lists(st.integers(1, 10**11), min_size=1, max_size=4))
    def test_ordered_and_residue_are_what_was_payable(self, balances: list[int]) -> None:
        parties = [
            payee(f"Payee {place}", balance_micro=balance_micro, account=place)
            for place, balance_micro in enumerate(balances)
        ]
        report = draft_payments(actor=CHEN, at=NOW, currency="EUR", on=ON, minimum_micro=0)
        if report.batch_id is not None:
            approve_payments(actor=FARIDA, at=NOW, batch_id=report.batch_id)
            assert balance(transit(report.batch_id), "EUR") == report.total_micro
        left = [balance(payable(party_id), "EUR") for party_id in parties]
        assert report.total_micro + sum(left) == sum(balances)
        assert all(0 <= residue_micro < MICRO_PER_CENT for residue_micro in left)
