"""Sanctions, deaths and missing tax forms: the money waits on an account of its own, and goes on when they end."""

from datetime import date, timedelta

import pytest
from django.test import override_settings

from muniment.kernel.words.period import Period
from muniment.pay.distributions.queries.hold_ages import aged_holds
from muniment.pay.distributions.queries.holds import list_holds
from muniment.pay.distributions.services import set_legal_hold
from muniment.pay.payments.queries.policies import get_payment_policy
from muniment.pay.payments.queries.records import records_of
from muniment.pay.payments.rules.drafts import AdvanceDraft, DocumentDraft, InvalidFact, read_fact
from muniment.pay.payments.rules.facts import DocumentKind
from muniment.pay.payments.rules.policy import parse_payment_policy
from muniment.pay.payments.rules.reasons import SkipReason
from muniment.pay.payments.rules.toml_reading import BadPaymentPolicy
from muniment.pay.payments.rules.words import explain_policy
from muniment.pay.payments.services import (
    PayeeStopped,
    approve_advance,
    approve_payments,
    draft_payments,
    end_advance,
    end_document,
    propose_advance,
    record_document,
    review_payees,
)
from muniment.rights.parties.services import name_successor
from muniment.trust.access.rules import Actor, NotAllowed, SamePerson
from muniment.trust.ledger.queries import balance, balances
from muniment.trust.ledger.rules import held, payable
from tests.cast import AIGUL, CHEN, FARIDA
from tests.pay.payments.world import NOW, ON, drafted, owe, payee

EUROS = 10_000_000
DAY = NOW.date()


def on_file(party_id, kind, number="D-1", *, country="", valid_from=DAY, valid_to=None):
    draft = DocumentDraft(kind, party_id, number, country, Period(valid_from, valid_to))
    return record_document(actor=CHEN, at=NOW, draft=draft)


def review(currency="EUR", **options):
    return review_payees(actor=CHEN, at=NOW, currency=currency, **options)


def skipped(**options):
    report = draft_payments(actor=CHEN, at=NOW, currency="EUR", on=ON, **options)
    return {row.party_id: row.reason for row in report.skipped}


@pytest.fixture
def strict(tmp_path):
    """Give a policy that pays nothing to who proves no residence; its name."""
    text = get_payment_policy("treaty").text.replace('code = "treaty"', 'code = "strict"')
    folder = tmp_path / "home" / "payment-policies"
    folder.mkdir(parents=True)
    wanted = 'residents_need_document = true\nwithout_document = "hold"'
    (folder / "strict-1.toml").write_text(text.replace("residents_need_document = true", wanted))
    with override_settings(MUNIMENT_HOME=tmp_path / "home"):
        yield "strict"


@pytest.mark.django_db
def test_a_sanction_stops_orders_and_freezes_what_is_there() -> None:
    party = payee("Frozen", balance_micro=5 * EUROS, account=1)
    other = payee("Free", balance_micro=3 * EUROS, account=2)
    on_file(party, DocumentKind.SANCTION, "List 7/2026")
    assert skipped()[party] is SkipReason.SANCTION
    found = review()
    assert (found.held_micro, found.held_count, found.release) == (5 * EUROS, 1, None)
    assert balances("payable/", "EUR") == {payable(party): 0, payable(other): 3 * EUROS}
    assert [(row.reason, row.party_name, row.amount_micro) for row in list_holds("EUR")] == [
        ("SANCTION", "Frozen", 5 * EUROS)
    ]
    again = review()
    assert (again.held_micro, again.release) == (0, None)


@pytest.mark.django_db
def test_a_sanction_is_ended_by_a_second_person_and_the_money_is_payable_again() -> None:
    party = payee("Frozen", balance_micro=5 * EUROS, account=1)
    number = on_file(party, DocumentKind.SANCTION)
    review()
    with pytest.raises(NotAllowed):
        end_document(actor=CHEN, at=NOW, document_id=number, on=DAY)
    with pytest.raises(NotAllowed):
        end_document(actor=AIGUL, at=NOW, document_id=number, on=DAY)
    end_document(actor=FARIDA, at=NOW, document_id=number, on=DAY)
    found = review()
    assert found.release is not None
    assert found.release.amount_micro == 5 * EUROS
    assert balance(payable(party), "EUR") == 5 * EUROS
    assert balance(held("SANCTION", f"party-{party}"), "EUR") == 0


@pytest.mark.django_db
def test_who_recorded_a_sanction_does_not_end_it() -> None:
    party = payee("Frozen")
    draft = DocumentDraft(DocumentKind.SANCTION, party, "D", "", Period(DAY, None))
    both = Actor(None, FARIDA.name, FARIDA.roles | CHEN.roles)
    number = record_document(actor=both, at=NOW, draft=draft)
    with pytest.raises(SamePerson):
        end_document(actor=both, at=NOW, document_id=number, on=DAY)


@pytest.mark.django_db
def test_a_sanction_that_comes_after_the_draft_stops_the_approval() -> None:
    party = payee("Frozen", balance_micro=5 * EUROS, account=1)
    batch = drafted()
    on_file(party, DocumentKind.SANCTION)
    with pytest.raises(PayeeStopped, match="a sanction forbids"):
        approve_payments(actor=FARIDA, at=NOW + timedelta(seconds=1), batch_id=batch)
    assert balance(payable(party), "EUR") == 5 * EUROS


@pytest.mark.django_db
def test_the_money_of_the_dead_waits_for_heirs_and_goes_to_them_by_their_shares() -> None:
    dead = payee("The Late", balance_micro=EUROS, account=1)
    one, two = payee("One", account=2), payee("Two")
    on_file(dead, DocumentKind.DEATH, "Register 12", valid_from=DAY)
    assert skipped()[dead] is SkipReason.ESTATE
    review()
    assert balance(held("ESTATE", f"party-{dead}"), "EUR") == EUROS
    name_successor(actor=CHEN, at=NOW, predecessor_id=dead, successor_id=one, share_ppm=333_333)
    assert review().release is None, "two thirds of the estate are not known yet"
    name_successor(actor=CHEN, at=NOW, predecessor_id=dead, successor_id=two, share_ppm=666_667)
    owe(dead, 2 * EUROS, key="later")
    found = review()
    assert found.release is not None
    assert found.release.amount_micro == balance(payable(one), "EUR") == 3_333_330 + 6_666_660
    assert balance(held("NO_PAYEE", f"party-{two}"), "EUR") == 3 * EUROS - 9_999_990
    assert balance(payable(dead), "EUR") == balance(held("ESTATE", f"party-{dead}"), "EUR") == 0


@pytest.mark.django_db
def test_an_heir_may_be_stopped_too_and_a_death_ends_once_the_estate_can_be_paid() -> None:
    dead, heir = payee("The Late", balance_micro=EUROS, account=1), payee("Heir", account=2)
    number = on_file(dead, DocumentKind.DEATH)
    on_file(heir, DocumentKind.SANCTION)
    name_successor(actor=CHEN, at=NOW, predecessor_id=dead, successor_id=heir, share_ppm=1_000_000)
    review()
    assert balance(held("SANCTION", f"party-{heir}"), "EUR") == EUROS
    owe(dead, EUROS, key="later")
    end_document(actor=CHEN, at=NOW, document_id=number, on=DAY)
    review()
    assert balance(payable(dead), "EUR") == EUROS


@pytest.mark.django_db
def test_a_legal_hold_keeps_what_a_cause_would_let_go() -> None:
    party = payee("Frozen", balance_micro=EUROS, account=1)
    number = on_file(party, DocumentKind.SANCTION)
    review()
    set_legal_hold(
        actor=CHEN, at=NOW, reason="SANCTION", scope=f"party-{party}", currency="EUR", note="Court of Almaty"
    )
    end_document(actor=FARIDA, at=NOW, document_id=number, on=DAY)
    assert review().release is None
    assert balance(held("SANCTION", f"party-{party}"), "EUR") == EUROS


@pytest.mark.django_db
def test_a_policy_may_pay_nothing_without_a_residence_document(strict) -> None:
    proved = payee("Proved", balance_micro=EUROS, account=1)
    silent = payee("Silent", balance_micro=EUROS, account=2)
    on_file(proved, DocumentKind.RESIDENCE, country="AU", valid_from=date(2026, 1, 1), valid_to=date(2027, 1, 1))
    assert skipped(policy=strict) == {silent: SkipReason.NO_TAX_FORM}
    assert review().held_micro == 0, "the plain policy asks for no document"
    assert review(policy=strict).held_micro == EUROS
    assert balance(held("NO_TAX_FORM", f"party-{silent}"), "EUR") == EUROS
    on_file(silent, DocumentKind.RESIDENCE, country="BD", valid_from=date(2026, 1, 1), valid_to=date(2027, 1, 1))
    released = review(policy=strict).release
    assert released is not None
    assert released.amount_micro == balance(payable(silent), "EUR") == EUROS
    assert review(policy=strict, on=date(2027, 1, 1)).held_micro == 2 * EUROS, "both documents have ended by then"


@pytest.mark.django_db
def test_only_who_may_post_reviews() -> None:
    with pytest.raises(NotAllowed):
        review_payees(actor=AIGUL, at=NOW, currency="EUR")
    with pytest.raises(BadPaymentPolicy):
        review(policy="nowhere")


def test_what_happens_without_a_document_is_read_and_said() -> None:
    text = get_payment_policy("treaty").text
    line = "residents_need_document = true"
    held_text = text.replace(line, f'{line}\nwithout_document = "hold"')
    said = " ".join(explain_policy(parse_payment_policy(held_text, "own.toml")))
    assert "without a residence document nothing is paid" in said
    same = parse_payment_policy(text.replace(line, f'{line}\nwithout_document = "default_rate"'), "own.toml")
    assert same.withholding == get_payment_policy("treaty").withholding
    with pytest.raises(BadPaymentPolicy, match=r"own\.toml, line \d+: withholding\.without_document"):
        parse_payment_policy(text.replace(line, f'{line}\nwithout_document = "perhaps"'), "own.toml")


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"kind": "death", "document": "R"}, "valid_from"),
        ({"kind": "death", "document": "R", "valid_from": "2026-10-22"}, "valid_from"),
        ({"kind": "death", "document": "R", "valid_from": "2026-10-01", "valid_to": "2027-10-01"}, "valid_to"),
        ({"kind": "sanction", "valid_from": "2026-10-01"}, "document"),
        ({"kind": "sanction", "document": "L", "valid_from": "2026-10-01", "country": "XX"}, "country"),
    ],
)
def test_a_stop_needs_its_day_and_its_document(values, field) -> None:
    with pytest.raises(InvalidFact) as refused:
        read_fact({"payee": "Somebody", **values}, lambda name: 1, DAY)
    assert refused.value.field == field


@pytest.mark.django_db
def test_what_waits_for_a_cause_is_as_old_as_its_hold() -> None:
    party = payee("Frozen", balance_micro=EUROS, account=1)
    number = on_file(party, DocumentKind.SANCTION)
    review()
    (row,) = aged_holds("EUR", on=DAY + timedelta(days=100))
    assert (row.hold.reason, row.age_days, row.clock.ends_on) == ("SANCTION", 100, None)
    end_document(actor=FARIDA, at=NOW, document_id=number, on=DAY)
    review()
    on_file(party, DocumentKind.SANCTION, "D-2")
    later = NOW + timedelta(days=40)
    review_payees(actor=CHEN, at=later, currency="EUR")
    (row,) = aged_holds("EUR", on=DAY + timedelta(days=100))
    assert row.age_days == 60, "what waited before was let go"


@pytest.mark.django_db
def test_an_advance_of_the_dead_is_recouped_from_the_heirs_and_ended_by_a_second_person() -> None:
    dead = payee("The Late", account=1)
    one, two = payee("One", account=2), payee("Two", account=3)
    draft = AdvanceDraft(dead, "EUR", 8 * EUROS, 0, "A-1", Period(), frozenset(), ())
    number = propose_advance(actor=CHEN, at=NOW, draft=draft)
    approve_advance(actor=FARIDA, at=NOW, number=number)
    owe(dead, -8 * EUROS, key="paid out by hand")
    on_file(dead, DocumentKind.DEATH, "Register 12", valid_from=DAY)
    assert review().passed_micro == 0, "no heir is known yet"
    name_successor(actor=CHEN, at=NOW, predecessor_id=dead, successor_id=one, share_ppm=500_000)
    name_successor(actor=CHEN, at=NOW, predecessor_id=dead, successor_id=two, share_ppm=500_000)
    assert review().passed_micro == 8 * EUROS
    assert review().passed_micro == 0
    owe(one, 5 * EUROS, key="of one")
    owe(two, EUROS, key="of two")
    report = draft_payments(actor=CHEN, at=NOW, currency="EUR", on=ON)
    assert (report.order_count, report.total_micro) == (0, 0), "both pay back before anything is paid to them"
    assert set(records_of([one])[one].advances[-1].party_ids) == {dead, one, two}
    end_advance(actor=FARIDA, at=NOW + timedelta(days=1), number=number, on=ON)
    assert balance("writeoff", "EUR") == 8 * EUROS
