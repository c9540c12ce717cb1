"""Sister societies: what they agreed to and no more is taken; what they send reaches our members to the micro-unit."""

from datetime import date, timedelta

import pytest

from muniment.pay.distributions import services
from muniment.pay.distributions.queries import societies
from muniment.pay.distributions.rules.societies import Direction, IncomingKind, NotAgreed, Taken, excess_of
from muniment.rights.parties.services import affiliate, register_party
from muniment.trust.access.rules import SamePerson, operator
from muniment.trust.ledger.queries import balance, balances
from muniment.trust.ledger.rules import held, payable
from tests.cast import CHEN, FARIDA
from tests.pay.distributions.society import AT, LONG_AGO, RADIO, set_up
from tests.pay.distributions.test_adjust import post

pytestmark = pytest.mark.django_db

LINES = """member,title,right,territory,used_on,currency,tax,amount
AIGUL-1,Song of the Well,PR,276,2026-05-01,EUR,10.00,90.00
AIGUL-1,Night Market,PR,276,2026-05-02,EUR,0,0.000001
NOBODY,Unknown Song,PR,276,2026-05-03,EUR,0,9.999999
"""


@pytest.fixture
def sister(db):
    return register_party(actor=CHEN, at=LONG_AGO, kind="society", name="Society of the Steppe", society_code="999")


@pytest.fixture
def aigul(monkeypatch):
    society = set_up(monkeypatch)
    party_id = register_party(actor=CHEN, at=LONG_AGO, kind="writer", name="Aigul Serik", code="AIGUL-1")
    from muniment.rights.parties.services import give_mandate

    give_mandate(actor=CHEN, at=LONG_AGO, party_id=party_id, right="PR")
    society.open_account(party_id)
    return party_id


def take_in(tmp_path, sister, text=LINES, *, amount=100_000_000, currency="EUR", kind=IncomingKind.REGULAR, ref="S-1"):
    path = tmp_path / f"{ref}.csv"
    path.write_text(text)
    return services.receive_statement(
        actor=CHEN, at=AT, society_id=sister, kind=kind, reference=ref, path=path, amount_micro=amount,
        currency=currency, received_on=date(2026, 10, 1),
    )  # fmt: skip


def agreed(sister, **facts):
    draft = services.AgreementDraft(society_id=sister, document="Agreement of 2020-01-01", **facts)
    return services.record_agreement(actor=CHEN, at=LONG_AGO, draft=draft, approved_by="farida")


def test_incoming_money_reaches_members_without_a_deduction(tmp_path, sister, aigul):
    row = take_in(tmp_path, sister)
    assert (row.amount_micro, row.tax_micro, row.line_count) == (100_000_000, 10_000_000, 3)
    with pytest.raises(SamePerson):
        services.approve_incoming(actor=operator("chen"), at=AT, number=1)
    services.approve_incoming(actor=FARIDA, at=AT, number=1)
    posted = services.post_incoming(actor=CHEN, at=AT, number=1)
    assert balance(payable(aigul), "EUR") == 90_000_001
    assert balance(held("UNCLAIMED", "society-1"), "EUR") == 9_999_999
    assert balance("fund/society/1", "EUR") == posted.deducted_micro == 0
    assert [line.amount_micro for line in societies.incoming_lines(1, party_id=aigul)] == [90_000_000, 1]


def test_a_deduction_nobody_agreed_to_is_refused(tmp_path, sister, aigul):
    take_in(tmp_path, sister)
    with pytest.raises(NotAgreed, match=r"fee of 5.00 % from this society.s money is not agreed; 0.00 % is"):
        services.approve_incoming(actor=FARIDA, at=AT, number=1, fee_ppm=50_000)
    agreed(sister, direction=Direction.INCOMING, fee_ppm=50_000)
    with pytest.raises(NotAgreed, match=r"cultural deduction of 1.00 %"):
        services.approve_incoming(actor=FARIDA, at=AT, number=1, fee_ppm=50_000, cultural_ppm=10_000)
    services.approve_incoming(actor=FARIDA, at=AT, number=1, fee_ppm=50_000)
    row = services.post_incoming(actor=CHEN, at=AT, number=1)
    assert balance("deduction/administration", "EUR") == row.deducted_micro == 4_500_000 + 499_999
    assert sum(balances("", "EUR").values()) == 2 * balance("bank", "EUR")


@pytest.mark.parametrize(
    ("text", "amount", "currency", "words"),
    [
        (LINES.replace("2026-05-02,EUR", "2026-05-02,USD"), 100_000_000, "EUR", "line 3: The line is in USD"),
        (LINES, 100_000_001, "EUR", "0.000001 apart"),
        (LINES.replace("90.00\n", "ninety\n"), 100_000_000, "EUR", "line 2"),
        (LINES.replace(",9.999999", ",-9.999999"), 80_000_002, "EUR", "line 4: The amount is below zero"),
        (LINES, 0, "EUR", "not above zero"),
    ],
)
def test_a_bad_statement_is_refused_as_a_whole(tmp_path, sister, aigul, text, amount, currency, words):
    with pytest.raises(services.BadStatement, match=words):
        take_in(tmp_path, sister, text, amount=amount, currency=currency)
    assert societies.list_incoming().total == 0
    assert balances("", "EUR") == {}


def test_a_statement_is_taken_in_once_and_returned_money_goes_back_to_a_fund(tmp_path, sister, aigul):
    take_in(tmp_path, sister, kind=IncomingKind.RETURNED)
    with pytest.raises(services.BadStatement, match="taken in before"):
        take_in(tmp_path, sister, LINES + "\n")
    services.approve_incoming(actor=FARIDA, at=AT, number=1)
    services.post_incoming(actor=CHEN, at=AT, number=1)
    assert balance("fund/society/1", "EUR") == 100_000_000


def test_an_adjustment_takes_back_within_what_came(tmp_path, sister, aigul):
    text = LINES.replace("NOBODY,Unknown Song,PR,276,2026-05-03,EUR,0,9.999999", "AIGUL-1,X,PR,276,2026-05-03,EUR,0,-9")
    take_in(tmp_path, sister, text, amount=81_000_001, kind=IncomingKind.ADJUSTMENT)
    services.approve_incoming(actor=FARIDA, at=AT, number=1)
    services.post_incoming(actor=CHEN, at=AT, number=1)
    assert balance(payable(aigul), "EUR") == 81_000_001


def outgoing_run(monkeypatch, sister):
    society = set_up(monkeypatch)
    ours, theirs = society.member("Bilal Khan", place=1), society.member("Foreign Writer", mandate=False, bank=False)
    affiliate(actor=CHEN, at=LONG_AGO, party_id=theirs, society_id=sister)
    society.open_account(sister, 2)
    society.share(1, (ours, 600_000), (theirs, 400_000))
    society.receive(RADIO, 1_000_000_000)
    society.report(RADIO, 11, [(1, 180, 1)])
    return post(society)


def test_a_society_gets_back_the_cultural_deduction_it_did_not_agree_to(monkeypatch, sister):
    run = outgoing_run(monkeypatch, sister)
    social = balance("deduction/social", "EUR")
    (row,) = societies.list_outgoing(run.id)
    assert (row.amount_micro, row.refund_micro) == (807_500_000 * 4 // 10, None)
    back = services.Settlement(social * 4 // 10, 0)
    assert services.settle_societies(actor=CHEN, at=AT, run_id=run.id) == {sister: back}
    assert services.settle_societies(actor=CHEN, at=AT, run_id=run.id) == {}
    assert balance("deduction/social", "EUR") == social - social * 4 // 10
    statement = societies.outgoing_statement(run.id, sister)
    assert balance(payable(sister), "EUR") == statement.row.total_micro
    assert sum(line.amount_micro for line in statement.lines) == statement.row.amount_micro


def test_what_it_agreed_to_stays_deducted(monkeypatch, sister):
    agreed(sister, direction=Direction.OUTGOING, cultural_ppm=100_000)
    run = outgoing_run(monkeypatch, sister)
    assert services.settle_societies(actor=CHEN, at=AT, run_id=run.id) == {sister: services.Settlement(0, 0)}


def test_an_agreement_about_one_kind_of_use_speaks_of_no_other(monkeypatch, sister):
    agreed(sister, direction=Direction.OUTGOING, cultural_ppm=100_000, use_kind="live")
    run = outgoing_run(monkeypatch, sister)
    social = balance("deduction/social", "EUR")
    assert services.settle_societies(actor=CHEN, at=AT, run_id=run.id)[sister].refund_micro == social * 4 // 10


def test_an_agreement_about_the_very_use_goes_before_one_about_all(monkeypatch, sister):
    agreed(sister, direction=Direction.OUTGOING, cultural_ppm=100_000, use_kind="feature", right="PR")
    agreed(sister, direction=Direction.OUTGOING, cultural_ppm=0)
    agreed(sister, direction=Direction.OUTGOING, cultural_ppm=0, use_kind="feature", right="PR", territories="2130")
    agreed(sister, direction=Direction.OUTGOING, cultural_ppm=0, use_kind="feature", valid_to=date(2026, 1, 1))
    agreed(sister, direction=Direction.OUTGOING, cultural_ppm=0, use_kind="feature", right="MR")
    run = outgoing_run(monkeypatch, sister)
    uses = {use for part in societies.outgoing_parts(run.id)[sister] for use in part.uses}
    assert {(use.right.value, use.use_kind) for use in uses} == {("PR", "feature")}
    assert services.settle_societies(actor=CHEN, at=AT, run_id=run.id)[sister].refund_micro == 0


def test_an_agreement_learnt_later_does_not_count_for_a_run_of_before(monkeypatch, sister):
    draft = services.AgreementDraft(
        society_id=sister, direction=Direction.OUTGOING, cultural_ppm=100_000, document="Agreement of 2026-11-01"
    )
    with pytest.raises(SamePerson):
        services.record_agreement(actor=CHEN, at=AT, draft=draft, approved_by="chen")
    number = services.record_agreement(actor=CHEN, at=AT + timedelta(days=1), draft=draft, approved_by="farida")
    run = outgoing_run(monkeypatch, sister)
    assert services.settle_societies(actor=CHEN, at=AT + timedelta(days=2), run_id=run.id)[sister].refund_micro > 0
    services.end_agreement(actor=CHEN, at=AT + timedelta(days=3), agreement_id=number, valid_to=date(2027, 1, 1))
    assert len(societies.list_agreements()) == 1
    assert len(societies.list_agreements(with_past=True)) == 2


def test_an_agreement_needs_a_society_rates_and_its_document(sister, aigul):
    for facts, words in (
        ({"society_id": aigul}, "is no society"),
        ({"society_id": sister, "fee_ppm": 2_000_000, "document": "x"}, "above the whole"),
        ({"society_id": sister, "cultural_ppm": 1}, "consent"),
    ):
        draft = services.AgreementDraft(direction=Direction.INCOMING, **facts)
        with pytest.raises(services.BadAgreement, match=words):
            services.record_agreement(actor=CHEN, at=AT, draft=draft, approved_by="farida")


def test_the_fee_is_never_given_back():
    taken = [Taken("administration", 150), Taken("social", 50)]
    facts = {"net_micro": 800, "gross_micro": 1_000}
    assert excess_of(taken, parts={0: 400}, **facts) == 25
    assert excess_of(taken, parts={20_000: 400}, **facts) == 15
    assert excess_of(taken, parts={20_000: 200, 0: 200}, **facts) == 20
    assert excess_of(taken, parts={100_000: 400}, **facts) == 0
    assert excess_of(taken, parts={}, net_micro=0, gross_micro=0) == 0
