"""The steps from a balance to an order: what each takes, in any order, and that all of it adds up."""

from dataclasses import replace
from datetime import date
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muniment.kernel.words.money import MICRO_PER_CENT
from muniment.kernel.words.period import Period
from muniment.kernel.words.shares import PPM
from muniment.pay.payments.rules.facts import DocumentKind, PayeeRecord, RedirectionKind, letters_above_whole
from muniment.pay.payments.rules.orders import BankFacts, PayeeFacts, orders_digest, select_orders
from muniment.pay.payments.rules.policy import BelowInstalment, Step
from muniment.pay.payments.rules.reasons import SkipReason
from muniment.pay.payments.rules.slips import ExchangeRate, Held, Slip, make_slip, order_amount
from muniment.pay.payments.rules.toml_reading import BadPaymentPolicy
from tests.pay.payments.occasions import DAY, account, advance, document, euros, occasion, policy, redirection, slip_of

LETTER, GARNISHMENT, ASSIGNMENT = RedirectionKind.LETTER, RedirectionKind.GARNISHMENT, RedirectionKind.ASSIGNMENT
FULL = policy(
    "treaty-1", order='["minimum", "at_source", "advances", "assignments", "letters", "withholding", "garnishments"]'
)
BANK = BankFacts(5, "Aigül", "DE00", "")
MONEY = st.integers(0, 10**12)
STEPS = [Step.AT_SOURCE, Step.ADVANCES, Step.ASSIGNMENTS, Step.LETTERS, Step.WITHHOLDING, Step.GARNISHMENTS]


@given(
    balance=st.integers(-(10**9), 10**12),
    cleared=MONEY,
    taxed=MONEY,
    shares=st.lists(st.integers(0, PPM // 3), min_size=3, max_size=3),
    instalment=MONEY,
    left=MONEY,
    ceiling=MONEY,
    protected=MONEY,
    radio=MONEY,
    order=st.sampled_from([order for order in permutations(STEPS) if order.index(STEPS[0]) < order.index(STEPS[4])]),
    below=st.sampled_from(list(BelowInstalment)),
    resident=st.sampled_from(["AU", "US", "PK", ""]),
)
def test_the_lines_the_order_and_what_stays_are_the_balance(
    balance: int,
    cleared: int,
    taxed: int,
    shares: list[int],
    instalment: int,
    left: int,
    ceiling: int,
    protected: int,
    radio: int,
    order: tuple[Step, ...],
    below: BelowInstalment,
    resident: str,
) -> None:
    papers = [document(DocumentKind.AT_SOURCE, "SE", rate_ppm=shares[0])]
    if resident:
        papers.append(document(DocumentKind.RESIDENCE, resident, number="D-2"))
    record = PayeeRecord(
        advances=(replace(advance(sources=["radio"]), instalment_micro=instalment), advance(2)),
        redirections=(
            redirection(ASSIGNMENT, shares[0], number=1, ceiling_micro=ceiling),
            redirection(LETTER, shares[1], number=2, sources=["radio"]),
            redirection(LETTER, shares[2], number=3),
            redirection(GARNISHMENT, PPM, number=4, protected_micro=protected),
        ),
        documents=tuple(papers),
        by_source={"radio": radio, "live": balance - radio},
    )
    when = occasion(replace(FULL, order=order, below_instalment=below))
    facts = {"advance/1": left, "advance/2": left // 3, "redirection/1": ceiling // 2}
    slip = make_slip(account(balance, record, cleared_micro=cleared, taxed_micro=taxed), when, facts)
    assert isinstance(slip, Slip)
    assert balance == slip.booked_micro + slip.kept_micro + slip.paid_micro + slip.residue_micro
    assert slip.net_micro == balance + sum(line.amount_micro for line in slip.lines)
    assert slip.paid_micro == slip.order_cents * MICRO_PER_CENT
    if balance >= 0:
        assert 0 <= slip.residue_micro < MICRO_PER_CENT
        assert slip.net_micro >= slip.cleared_micro
    for key, had in facts.items():
        assert 0 <= -sum(line.amount_micro for line in slip.lines if line.fact == key and line.account) <= had


@given(net=st.integers(0, 10**13), rate=st.integers(1, 10**12), quote=st.sampled_from(["EUR", "JPY", "KWD"]))
def test_a_payment_in_another_currency_costs_no_more_than_the_net(net: int, rate: int, quote: str) -> None:
    when = occasion(currency="USD", pay_currency=quote, rate=ExchangeRate(1, "USD", quote, rate, "bank", DAY))
    cents, paid = order_amount(net, when)
    assert 0 <= paid <= net
    if cents:
        assert order_amount(paid, when) == (cents, paid)
        assert order_amount(paid - 1, when)[0] < cents


def test_100_dollars_at_0_92() -> None:
    when = occasion(
        currency="USD", pay_currency="EUR", rate=ExchangeRate(1, "USD", "EUR", 920_000_000, "central bank", DAY)
    )
    assert order_amount(euros("100.00"), when) == (9_200, euros("100.00"))
    assert order_amount(euros("100.01"), when) == (9_200, euros("100.00"))
    with pytest.raises(ValueError, match="no rate from USD to JPY"):
        order_amount(1, replace(when, pay_currency="JPY"))


def test_an_expired_document_means_the_default_rate_and_says_so() -> None:
    ended = document(DocumentKind.RESIDENCE, "AU", valid_from=date(2024, 1, 1), valid_to=date(2026, 1, 1))
    when = occasion(policy("treaty-1"), currency="USD")
    line = slip_of(account(euros("10"), PayeeRecord(documents=(ended,))), when).lines[0]
    assert (line.rate_ppm, line.reason) == (300_000, "default rate: the residence document ended on 2026-01-01")
    before = replace(when, on=date(2025, 12, 31))
    assert slip_of(account(euros("10"), PayeeRecord(documents=(ended,))), before).lines[0].rate_ppm == 50_000


def test_before_tax_or_after_tax_is_the_order_of_the_steps() -> None:
    record = PayeeRecord(advances=(advance(),))
    before = slip_of(account(euros("1000"), record), occasion(FULL), advance_1=euros("400"))
    assert before.order_cents == 60_000 - 18_000
    after = replace(FULL, order=(Step.WITHHOLDING, Step.ADVANCES))
    assert slip_of(account(euros("1000"), record), occasion(after), advance_1=euros("400")).order_cents == 30_000


def test_what_is_taxed_or_cleared_is_not_taxed_again() -> None:
    when = occasion(policy("treaty-1"), currency="USD")
    taxed = slip_of(account(euros("100"), taxed_micro=euros("40")), when)
    assert (taxed.booked_micro, taxed.taxed_micro) == (euros("18"), euros("40"))
    cleared = slip_of(account(euros("100"), cleared_micro=euros("100")), when)
    assert (cleared.lines, cleared.order_cents) == ((), 10_000)


def test_tax_taken_at_the_source_is_credited() -> None:
    record = PayeeRecord(documents=(document(DocumentKind.AT_SOURCE, "SE", rate_ppm=150_000),))
    slip = slip_of(account(euros("850"), record), occasion(policy("treaty-1"), currency="USD"))
    assert (slip.lines[-1].base_micro, slip.lines[-1].amount_micro) == (euros("1000"), -euros("150"))


def test_garnishments_go_by_priority_and_leave_what_is_protected() -> None:
    first = redirection(
        GARNISHMENT, PPM, number=2, priority=1, ceiling_micro=euros("100"), protected_micro=euros("900")
    )
    second = redirection(GARNISHMENT, PPM, number=1, priority=2, protected_micro=euros("850"))
    record = PayeeRecord(redirections=(second, first))
    slip = slip_of(account(euros("1000"), record), redirection_2=euros("60"))
    assert [(line.fact, line.amount_micro) for line in slip.lines] == [
        ("redirection/2", -euros("60")),
        ("redirection/1", -euros("90")),
    ]
    lawful = replace(policy(), protected={"EUR": euros("980")})
    assert (
        slip_of(account(euros("1000"), record), occasion(lawful), redirection_2=euros("60")).booked_micro == 20_000_000
    )


def test_an_advance_crossed_over_two_accounts_is_recouped_once() -> None:
    both = replace(advance(), party_ids=frozenset({11, 12}))
    payees = [PayeeFacts(party, euros("70"), BANK, record=PayeeRecord(advances=(both,))) for party in (11, 12)]
    found = select_orders(payees, occasion(), {"advance/1": euros("100")})
    assert [slip.booked_micro for slip in found.slips] == [euros("70"), euros("30")]
    assert [order.amount_cents for order in found.orders] == [4_000]
    assert orders_digest("EUR", found.orders, found.slips) != orders_digest("EUR", found.orders)


def test_an_uncrossed_advance_takes_only_from_its_sources() -> None:
    record = PayeeRecord(advances=(advance(sources=["radio"]),), by_source={"radio": euros("30"), "live": euros("70")})
    assert slip_of(account(euros("100"), record), advance_1=euros("100")).order_cents == 7_000
    kept = PayeeRecord(
        advances=(advance(sources=["radio"], instalment="50"),), by_source={"radio": euros("30"), "live": euros("70")}
    )
    slip = slip_of(account(euros("100"), kept), advance_1=euros("100"))
    assert (slip.order_cents, slip.kept_micro, slip.left_by_source) == (7_000, euros("30"), {"radio": euros("30")})


def test_letters_above_the_whole_are_found_where_days_and_sources_meet() -> None:
    one = redirection(LETTER, 600_000, number=1, sources=["radio"])
    two = redirection(LETTER, 500_000, number=2)
    assert letters_above_whole([one, two]) == "The letters R-1, R-2 direct 110.00 % of the same money"
    assert letters_above_whole([one, replace(two, sources=frozenset({"live"}))]) == ""
    early = replace(one, period=Period(None, date(2026, 1, 1)))
    assert letters_above_whole([early, replace(two, period=Period(date(2026, 1, 1), None))]) == ""
    assert "R-2" in letters_above_whole([early, replace(two, period=Period(date(2025, 12, 31), None))])


def test_a_fee_above_what_is_left_holds_the_payment() -> None:
    rules = replace(policy("fee-1"), minimums=())
    when = replace(occasion(rules, currency="GBP"), method=next(iter(rules.fees[1].methods)))
    answer = make_slip(account(euros("5"), PayeeRecord(country="GB")), when, {})
    assert isinstance(answer, Held)
    assert answer.reason is SkipReason.FEES


@pytest.mark.parametrize(
    ("country", "currency", "says"),
    [("GB", "EUR", "minimums has no amount in EUR for GB in month 4")],
)
def test_what_the_policy_does_not_say_is_not_guessed(country: str, currency: str, says: str) -> None:
    with pytest.raises(BadPaymentPolicy, match=says):
        make_slip(account(euros("500"), PayeeRecord(country=country)), occasion(policy("fee-1"), currency=currency), {})
    no_rest = replace(policy("fee-1"), vat=policy("fee-1").vat[:1])
    with pytest.raises(BadPaymentPolicy, match="vat has no rate for a payee of an unknown country, not registered"):
        make_slip(account(euros("500")), occasion(no_rest, currency="GBP"), {})
    cheque = replace(policy("fee-1"), minimums=())
    with pytest.raises(BadPaymentPolicy, match="the fee 'Cheque' has no amount in EUR"):
        make_slip(account(euros("500")), replace(occasion(cheque), method=next(iter(cheque.fees[1].methods))), {})
