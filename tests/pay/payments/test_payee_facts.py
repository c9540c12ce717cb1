"""What is on file changes what is paid: recorded, decided by a second person, ended, and followed into the books."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from muniment.kernel.words.money import parse_amount
from muniment.kernel.words.period import Period
from muniment.pay.payments.models import DocumentRecord, RedirectionRecord
from muniment.pay.payments.queries import (
    NoRate,
    get_batch,
    get_slip,
    list_orders,
    list_slips,
    occasion_of,
    open_proposals,
    payee_file,
    preview_selection,
    slips_of_party,
)
from muniment.pay.payments.rules import BatchState, SkipReason
from muniment.pay.payments.rules.drafts import (
    AdvanceDraft,
    DocumentDraft,
    InvalidFact,
    RedirectionDraft,
    TermsDraft,
    parse_rate,
)
from muniment.pay.payments.rules.facts import DocumentKind, RedirectionKind
from muniment.pay.payments.rules.policy import Method, Step
from muniment.pay.payments.services import (
    BalanceChanged,
    NoSuchDocument,
    NoSuchProposal,
    NothingExchanged,
    OverlappingLetters,
    PaidByCheque,
    SameRate,
    approve_advance,
    approve_payments,
    approve_redirection,
    cancel_payments,
    confirm_payments,
    draft_payments,
    end_advance,
    end_document,
    end_redirection,
    export_csv,
    export_pain001,
    import_facts,
    propose_advance,
    propose_redirection,
    record_document,
    record_rate,
    refuse_redirection,
    set_terms,
    settle_exchange,
)
from muniment.trust.access.rules import NotAllowed, SamePerson, operator
from muniment.trust.ledger.queries import balance, trial_balance
from muniment.trust.ledger.rules import bank, deduction, exchange, exchange_difference, payable, transit, vat
from tests.cast import AIGUL, CHEN, DEWI, FARIDA
from tests.pay.payments.world import DEBTOR, LATER, NOW, ON, change_account, owe, payee, write_confirmations

pytestmark = pytest.mark.django_db
ALWAYS = Period()


@pytest.fixture(autouse=True)
def books_balance() -> Iterator[None]:
    """Check after every test that debits and credits are equal in each currency."""
    yield
    for currency in ("EUR", "USD", "GBP"):
        rows = trial_balance(currency=currency)
        assert sum(row.debit_micro for row in rows) == sum(row.credit_micro for row in rows)


def euros(text: str) -> int:
    return parse_amount(text, "EUR")


def pay(*, policy: str = "plain", currency: str = "EUR", **more: object) -> int:
    """Draft and approve a batch and return its number."""
    report = draft_payments(actor=CHEN, at=NOW, currency=currency, on=ON, policy=policy, **more)  # type: ignore[arg-type]
    assert report.batch_id is not None, report.skipped
    approve_payments(actor=FARIDA, at=NOW, batch_id=report.batch_id)
    return report.batch_id


def advance_to(
    party_id: int, amount: str, instalment: str = "0", *, sources: str = "", crossed: tuple[int, ...] = ()
) -> int:
    draft = AdvanceDraft(
        party_id, "EUR", euros(amount), euros(instalment), "A-1", ALWAYS, frozenset(sources.split()), crossed
    )
    number = propose_advance(actor=CHEN, at=NOW, draft=draft)
    approve_advance(actor=FARIDA, at=NOW, number=number)
    return number


def letter(party_id: int, to: int, share_ppm: int, kind: RedirectionKind = RedirectionKind.LETTER) -> RedirectionDraft:
    return RedirectionDraft(kind, party_id, to, share_ppm, f"L-{share_ppm}", ALWAYS)


def redirected(draft: RedirectionDraft) -> int:
    number = propose_redirection(actor=CHEN, at=NOW, draft=draft)
    approve_redirection(actor=FARIDA, at=NOW, number=number)
    return number


def test_an_advance_is_paid_out_and_recouped_by_instalments() -> None:
    """The published example of 20,000 in ten instalments, through the books."""
    aigul = payee("Aigül", account=1)
    number = propose_advance(
        actor=CHEN,
        at=NOW,
        draft=AdvanceDraft(aigul, "EUR", euros("20000"), euros("2000"), "A-1", Period(date(2026, 10, 24), None)),
    )
    assert balance(payable(aigul), "EUR") == 0
    approve_advance(actor=FARIDA, at=NOW, number=number)
    assert list_orders(pay()).rows[0].amount_cents == 2_000_000
    after = date(2026, 11, 1)
    paid = []
    for earned in ("5000", "1000", "1500"):
        owe(aigul, euros(earned), key=earned)
        report = draft_payments(actor=CHEN, at=NOW, currency="EUR", on=after)
        if report.batch_id is None:
            paid.append(report.skipped[0].reason.value)
            continue
        approve_payments(actor=FARIDA, at=NOW, batch_id=report.batch_id)
        paid.append(str(list_orders(report.batch_id).rows[0].amount_cents))
    assert paid == ["300000", SkipReason.INSTALMENT.value, "50000"]
    assert balance(f"advance/{number}", "EUR") == euros("16000")
    assert payee_file(aigul).advances[0].left_micro == euros("16000")


def test_a_balance_that_only_recoups_makes_a_batch_without_orders() -> None:
    aigul = payee("Aigül", account=1)
    number = advance_to(aigul, "100")
    pay_out = balance(payable(aigul), "EUR")
    assert pay_out == euros("100")
    batch_id = pay()
    assert get_batch(batch_id).state is BatchState.SETTLED
    assert (balance(f"advance/{number}", "EUR"), balance(payable(aigul), "EUR")) == (0, 0)
    slip = slips_of_party(aigul)[0]
    assert (slip.net_micro, slip.lines[0].step, slip.lines[0].amount_micro) == (0, Step.ADVANCES, -euros("100"))


def test_a_crossed_advance_takes_from_two_accounts_and_an_uncrossed_one_from_its_sources() -> None:
    aigul, company = payee("Aigül", account=1), payee("Aigül Songs", account=2)
    number = propose_advance(
        actor=CHEN, at=NOW, draft=AdvanceDraft(aigul, "EUR", euros("50"), 0, "A-1", Period(), frozenset(), (company,))
    )
    approve_advance(actor=FARIDA, at=NOW, number=number)
    owe(aigul, -euros("50"), key="paid by hand")
    owe(company, euros("80"))
    batch_id = pay()
    assert [order.amount_cents for order in list_orders(batch_id).rows] == [3_000]
    assert balance(f"advance/{number}", "EUR") == 0
    bilal = payee("Bilal", account=3)
    other = advance_to(bilal, "40", sources="radio")
    owe(bilal, euros("25"))
    slip = get_slip(pay(), bilal)
    assert [(line.amount_micro, line.sources) for line in slip.lines] == [(-euros("25"), "radio")]
    assert balance(f"advance/{other}", "EUR") == euros("15")


def test_what_is_kept_and_what_comes_in_during_a_draft_keep_their_sources() -> None:
    aigul = payee("Aigül", account=1)
    draft = AdvanceDraft(aigul, "EUR", euros("500"), euros("50"), "A-1", Period(ON), frozenset({"radio"}))
    number = propose_advance(actor=CHEN, at=NOW, draft=draft)
    approve_advance(actor=FARIDA, at=NOW, number=number)
    assert list_orders(pay()).rows[0].amount_cents == 50_000
    owe(aigul, euros("30"), key="first")
    first = draft_payments(actor=CHEN, at=NOW, currency="EUR", on=ON)
    assert first.skipped[0].reason is SkipReason.INSTALMENT
    owe(aigul, euros("25"), key="second")
    second = draft_payments(actor=CHEN, at=NOW, currency="EUR", on=ON)
    owe(aigul, euros("50"), key="while the draft waits")
    approve_payments(actor=FARIDA, at=NOW, batch_id=second.batch_id or 0)
    assert get_slip(second.batch_id or 0, aigul).order_cents == 500
    third = draft_payments(actor=CHEN, at=NOW, currency="EUR", on=ON)
    assert third.batch_id is not None
    assert [line.amount_micro for line in get_slip(third.batch_id, aigul).lines] == [-euros("50")]


def test_two_drafts_do_not_recoup_one_advance_twice() -> None:
    aigul, company = payee("Aigül", account=1), payee("Company", account=2)
    number = advance_to(aigul, "50", crossed=(company,))
    owe(aigul, -euros("50"), key="by hand")
    owe(aigul, euros("60"))
    first = draft_payments(actor=CHEN, at=NOW, currency="EUR", on=ON)
    owe(company, euros("60"))
    second = draft_payments(actor=CHEN, at=NOW, currency="EUR", on=ON)
    assert get_slip(second.batch_id or 0, company).lines == ()
    end_advance(actor=FARIDA, at=NOW, number=number, on=ON)
    with pytest.raises(BalanceChanged, match="Less is left of advance/"):
        approve_payments(actor=FARIDA, at=NOW, batch_id=first.batch_id or 0)
    assert balance("writeoff", "EUR") == euros("50")
    approve_payments(actor=FARIDA, at=NOW, batch_id=second.batch_id or 0)


def test_a_letter_sends_a_share_to_the_other_payees_account() -> None:
    artist, producer = payee("Artist", balance_micro=euros("4500"), account=1), payee("Producer", account=2)
    number = redirected(letter(artist, producer, 200_000))
    batch_id = pay()
    assert [order.amount_cents for order in list_orders(batch_id).rows] == [360_000]
    assert balance(payable(producer), "EUR") == euros("900")
    line = get_slip(batch_id, artist).lines[0]
    assert (line.to_name, line.document, line.rate_ppm, line.running_micro) == (
        "Producer",
        "L-200000",
        200_000,
        euros("3600"),
    )
    end_redirection(actor=CHEN, at=NOW + timedelta(hours=1), number=number, on=ON)
    owe(artist, euros("100"), key="second")
    later = draft_payments(actor=CHEN, at=NOW + timedelta(hours=2), currency="EUR", on=ON)
    assert {order.party_name: order.amount_cents for order in list_orders(later.batch_id or 0).rows} == {
        "Artist": 10_000,
        "Producer": 90_000,
    }
    assert [(row.valid_to, row.known_to is None) for row in payee_file(artist).redirections] == [
        (None, False),
        (ON, True),
    ]
    with pytest.raises(InvalidFact):
        end_redirection(
            actor=CHEN,
            at=NOW,
            number=redirected(replace(letter(artist, producer, 1), period=Period(ON))),
            on=date(2026, 1, 1),
        )


def test_letters_over_the_whole_are_refused_when_proposed_and_when_approved() -> None:
    artist, producer = payee("Artist"), payee("Producer")
    redirected(letter(artist, producer, 600_000))
    with pytest.raises(OverlappingLetters, match=r"direct 101\.00 % .* Lower a share"):
        propose_redirection(actor=CHEN, at=NOW, draft=letter(artist, producer, 410_000))
    one = propose_redirection(actor=CHEN, at=NOW, draft=letter(artist, producer, 300_000))
    two = propose_redirection(actor=CHEN, at=NOW, draft=letter(artist, producer, 200_000))
    approve_redirection(actor=FARIDA, at=NOW, number=one)
    with pytest.raises(OverlappingLetters):
        approve_redirection(actor=FARIDA, at=NOW, number=two)
    assert RedirectionRecord.objects.get(pk=two).state == "proposed"
    refuse_redirection(actor=CHEN, at=NOW, number=two)
    with pytest.raises(NoSuchProposal):
        approve_redirection(actor=FARIDA, at=NOW, number=two)


def test_money_goes_elsewhere_only_with_a_second_person() -> None:
    artist, producer = payee("Artist", balance_micro=euros("10"), account=1), payee("Producer")
    gulnara = operator("gulnara")
    number = propose_redirection(actor=gulnara, at=NOW, draft=letter(artist, producer, 1))
    ahead = propose_advance(actor=gulnara, at=NOW, draft=AdvanceDraft(artist, "EUR", 1, 0, "A", ALWAYS))
    for act, which in ((approve_redirection, number), (approve_advance, ahead)):
        with pytest.raises(SamePerson):
            act(actor=gulnara, at=NOW, number=which)
        for person in (AIGUL, CHEN, DEWI):
            with pytest.raises(NotAllowed):
                act(actor=person, at=NOW, number=which)
    assert [len(rows) for rows in open_proposals()] == [1, 1]
    with pytest.raises(NotAllowed):
        propose_redirection(actor=FARIDA, at=NOW, draft=letter(artist, producer, 1))
    assert preview_selection(occasion_of("EUR", at=NOW, on=ON)).slips[0].lines == ()


def test_a_garnishment_ends_at_its_sum_and_leaves_what_is_protected() -> None:
    aigul, court = payee("Aigül", balance_micro=euros("1000"), account=1), payee("Court")
    number = redirected(
        replace(
            letter(aigul, court, 1_000_000, RedirectionKind.GARNISHMENT),
            currency="EUR",
            ceiling_micro=euros("150"),
            protected_micro=euros("900"),
        )
    )
    assert [order.amount_cents for order in list_orders(pay()).rows] == [90_000]
    owe(aigul, euros("1000"), key="second")
    owe(court, -euros("100"), key="paid by hand")
    second = pay()
    assert get_slip(second, aigul).order_cents == 95_000
    assert {row.number: row.left_micro for row in payee_file(aigul).redirections} == {number: 0}


def test_tax_is_withheld_by_the_document_that_holds_and_every_payment_keeps_it() -> None:
    aigul = payee("Aigül", balance_micro=euros("1000"), account=1, currency="USD")
    draft = DocumentDraft(DocumentKind.RESIDENCE, aigul, "RES-7", "AU", Period(date(2026, 1, 1), date(2027, 1, 1)))
    number = record_document(actor=CHEN, at=NOW, draft=draft)
    with pytest.raises(InvalidFact, match="on file already"):
        record_document(actor=CHEN, at=NOW, draft=draft)
    first = pay(policy="treaty", currency="USD")
    line = get_slip(first, aigul).lines[0]
    assert (line.amount_micro, line.rate_ppm, line.document, line.base_micro) == (
        -euros("50"),
        50_000,
        "RES-7",
        euros("1000"),
    )
    assert "article 12" in line.reason
    assert balance("tax/US", "USD") == euros("50")
    end_document(actor=CHEN, at=NOW, document_id=number, on=ON)
    with pytest.raises(NoSuchDocument):
        end_document(actor=CHEN, at=NOW, document_id=number, on=ON)
    owe(aigul, euros("1000"), currency="USD", key="second")
    again = get_slip(pay(policy="treaty", currency="USD"), aigul).lines[0]
    assert (again.rate_ppm, again.reason) == (300_000, f"default rate: the residence document ended on {ON}")
    assert get_slip(first, aigul).lines[0] == line
    assert DocumentRecord.objects.count() == 2


def test_garnished_money_was_taxed_before_and_is_not_taxed_at_the_creditor() -> None:
    aigul = payee("Aigül", balance_micro=euros("100"), account=1, currency="USD")
    court = payee("Court", account=2)
    redirected(letter(aigul, court, 500_000, RedirectionKind.GARNISHMENT))
    assert get_slip(pay(policy="treaty", currency="USD"), aigul).order_cents == 3_500
    slip = get_slip(pay(policy="treaty", currency="USD"), court)
    assert (slip.order_cents, slip.lines) == (3_500, ())
    owe(court, euros("10"), currency="USD")
    assert get_slip(pay(policy="treaty", currency="USD"), court).order_cents == 700


def test_fees_and_the_tax_on_them() -> None:
    payee("Aigül", balance_micro=euros("500"), account=1, currency="GBP")
    batch_id = pay(policy="fee", currency="GBP")
    assert list_orders(batch_id).rows[0].amount_cents == 45_000
    assert (balance(deduction("payment_fee"), "GBP"), balance(vat(), "GBP")) == (euros("50"), 0)


def test_a_payment_by_cheque_has_its_own_fee_and_no_file_for_the_bank() -> None:
    aigul = payee("Aigül", balance_micro=euros("500"), currency="GBP")
    set_terms(actor=CHEN, at=NOW, draft=TermsDraft(aigul, "GBP", Method.CHEQUE, ALWAYS))
    number = record_document(
        actor=CHEN,
        at=NOW,
        draft=DocumentDraft(DocumentKind.RESIDENCE, aigul, "R", "GB", Period(date(2026, 1, 1), LATER.date())),
    )
    assert number
    held = preview_selection(occasion_of("GBP", at=NOW, on=ON, policy="fee")).skipped[0]
    assert (held.reason, held.detail) == (SkipReason.OTHER_TERMS, "in GBP by cheque")
    batch_id = pay(policy="fee", currency="GBP", method=Method.CHEQUE)
    assert list_orders(batch_id).rows[0].amount_cents == 42_800
    with pytest.raises(PaidByCheque):
        export_pain001(actor=CHEN, at=NOW, batch_id=batch_id, debtor=DEBTOR)
    assert "428.00" in export_csv(actor=CHEN, at=NOW, batch_id=batch_id).decode()


def test_a_payment_in_another_currency_keeps_its_rate_and_the_difference_is_booked(tmp_path: Path) -> None:
    aigul = payee("Aigül", balance_micro=euros("100.007"), account=1)
    set_terms(actor=CHEN, at=NOW, draft=TermsDraft(aigul, "USD", Method.TRANSFER, ALWAYS))
    with pytest.raises(NoRate, match=r"No rate from EUR to USD .* muniment payments rate EUR USD"):
        draft_payments(actor=CHEN, at=NOW, currency="EUR", on=ON, pay_currency="USD")
    day = NOW.date()
    record_rate(actor=CHEN, at=NOW, base="EUR", quote="USD", rate_nano=parse_rate("1.1"), source="bank", on=day)
    with pytest.raises(SameRate):
        record_rate(actor=CHEN, at=NOW, base="EUR", quote="USD", rate_nano=parse_rate("1.2"), source="bank", on=day)
    with pytest.raises(InvalidFact):
        record_rate(actor=CHEN, at=NOW, base="EUR", quote="EUR", rate_nano=1, source="bank", on=day)
    batch_id = pay(pay_currency="USD")
    order = list_orders(batch_id).rows[0]
    assert (order.amount_cents, order.currency) == (11_000, "USD")
    slip = get_slip(batch_id, aigul)
    assert (slip.paid_micro, slip.residue_micro, slip.rate_nano, slip.rate_source) == (
        euros("100"),
        7_000,
        parse_rate("1.1"),
        "bank",
    )
    assert balance(transit(batch_id), "USD") == euros("110")
    pair = exchange("EUR", "USD")
    assert (balance(pair, "EUR"), balance(pair, "USD")) == (euros("100"), -euros("110"))
    assert settle_exchange(actor=FARIDA, at=NOW, batch_id=batch_id, cost_micro=euros("101.50"), on=day) == euros("1.50")
    assert (balance(pair, "EUR"), balance(pair, "USD")) == (0, 0)
    assert balance(exchange_difference(), "EUR") == euros("1.50")
    assert balance(bank(), "EUR") == -euros("101.50")
    with pytest.raises(NothingExchanged):
        settle_exchange(actor=FARIDA, at=NOW, batch_id=batch_id, cost_micro=1, on=day)
    back = write_confirmations(tmp_path, f"{order.end_to_end_id},returned,{day},closed")
    confirm_payments(actor=FARIDA, at=NOW, path=back)
    assert balance(payable(aigul), "USD") == euros("110")  # what came back is dollars, and stays dollars


def test_a_returned_payment_goes_out_again_without_a_second_tax(tmp_path: Path) -> None:
    aigul = payee("Aigül", balance_micro=euros("100"), account=1, currency="USD")
    first = pay(policy="treaty", currency="USD")
    order = list_orders(first).rows[0]
    assert order.amount_cents == 7_000
    back = write_confirmations(tmp_path, f"{order.end_to_end_id},returned,{NOW.date()},closed")
    confirm_payments(actor=FARIDA, at=NOW, path=back)
    assert balance(payable(aigul), "USD") == euros("70")
    owe(aigul, euros("10"), currency="USD", key="new")
    change_account(aigul, "Aigül", 2)
    held = draft_payments(actor=CHEN, at=NOW, currency="USD", on=ON, policy="treaty")
    assert (held.batch_id, held.skipped[0].reason, held.skipped[0].until) == (
        None,
        SkipReason.COOLING,
        date(2026, 10, 26),
    )
    report = draft_payments(actor=CHEN, at=LATER, currency="USD", on=LATER.date(), policy="treaty")
    slip = get_slip(report.batch_id or 0, aigul)
    assert (slip.cleared_micro, slip.order_cents) == (euros("70"), 7_700)
    approve_payments(actor=FARIDA, at=LATER, batch_id=report.batch_id or 0)
    assert balance("tax/US", "USD") == euros("33")
    owe(aigul, euros("10"), currency="USD", key="newer")
    assert (
        preview_selection(occasion_of("USD", at=LATER, on=ON, policy="treaty")).skipped[0].reason is SkipReason.COOLING
    )


def test_a_changed_account_waits_is_told_and_the_batch_keeps_why() -> None:
    aigul, bilal = (
        payee("Aigül", balance_micro=euros("10"), account=1),
        payee("Bilal", balance_micro=euros("20"), account=2),
    )
    change_account(aigul, "Aigül", 3)
    batch_id = pay()
    assert [order.party_id for order in list_orders(batch_id).rows] == [bilal]
    held = list_slips(batch_id, held=True).rows[0]
    assert (held.party_id, held.held, held.held_until) == (aigul, SkipReason.COOLING, date(2026, 10, 26))
    notice = payee_file(aigul).notices[0]
    assert (notice.iban_end, notice.pays_from) == (payee_iban(3), date(2026, 10, 26))
    pay_again = draft_payments(actor=CHEN, at=NOW, currency="EUR", on=date(2026, 10, 26))
    assert [order.party_id for order in list_orders(pay_again.batch_id or 0).rows] == [aigul]
    assert len(payee_file(aigul).notices) == 1


def payee_iban(number: int) -> str:
    """Return the end of an invented account."""
    from tests.pay.payments.world import iban_number

    return iban_number(number)[-4:]


def test_a_negative_balance_is_carried_and_said() -> None:
    aigul = payee("Aigül", balance_micro=-euros("5"), account=1)
    report = draft_payments(actor=CHEN, at=NOW, currency="EUR", on=ON)
    assert (report.batch_id, [skip.reason for skip in report.skipped]) == (None, [SkipReason.NEGATIVE])
    owe(aigul, euros("8"), key="new")
    assert list_orders(pay()).rows[0].amount_cents == 300


def test_a_cancelled_draft_gives_back_what_it_would_have_used() -> None:
    aigul, court = payee("Aigül", balance_micro=euros("100"), account=1), payee("Court")
    redirected(
        replace(letter(aigul, court, 1_000_000, RedirectionKind.ASSIGNMENT), currency="EUR", ceiling_micro=euros("30"))
    )
    first = draft_payments(actor=CHEN, at=NOW, currency="EUR", on=ON)
    assert payee_file(aigul).redirections[0].left_micro == 0
    cancel_payments(actor=CHEN, at=NOW, batch_id=first.batch_id or 0)
    assert payee_file(aigul).redirections[0].left_micro == euros("30")
    assert get_slip(pay(), aigul).order_cents == 7_000


def test_a_table_of_facts_is_taken_line_by_line(tmp_path: Path) -> None:
    payee("Artist", account=1)
    payee("Producer", account=2)
    path = tmp_path / "facts.csv"
    path.write_text(
        "kind,payee,to,share,amount,currency,document,country,rate,valid_from,valid_to,method\n"
        "letter,Artist,Producer,3/15,,,L-1,,,,,\n"
        "letter,Artist,Producer,120 %,,,L-2,,,,,\n"
        "letter,Artist,Producer,90,,,L-3,,,,,\n"
        "residence,Artist,,,,,R-1,XX,,2026-01-01,2027-01-01,\n"
        "residence,Artist,,,,,R-2,AU,,2025-01-01,2026-01-01,\n"
        "residence,Artist,,,,,R-3,AU,,2026-01-01,2027-01-01,\n"
        "advance,Nobody,,,100,EUR,A-1,,,,,\n"
        "advance,Artist,,,100,EURO,A-2,,,,,\n"
        "garnish,Artist,,,,,G-1,,,,,\n"
        "letter,Artist,Producer,70,,,L-4,,,,,\n"
        "terms,Artist,,,,USD,,,,,,cheque\n"
        "at_source,Artist,,,,,S-1,SE,100,,,\n"
        "letter,Artist,Artist,5,,,L-5,,,,,\n",
        encoding="utf-8",
    )
    report = import_facts(actor=CHEN, at=NOW, path=path)
    assert [(problem.line, problem.field) for problem in report.problems] == [
        (3, "share"),
        (6 - 1, "country"),
        (6, "valid_to"),
        (8, "payee"),
        (9, "currency"),
        (10, "kind"),
        (13, "rate"),
        (14, "to"),
    ]
    assert all(problem.remedy for problem in report.problems)
    assert (report.line_count, report.recorded_count, report.proposed_count) == (13, 2, 3)
    assert [row.document for row in open_proposals()[1]] == ["L-1", "L-3", "L-4"]
