"""Who pays for an adjustment, in what order; months and transfers that tie."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from muniment.pay.distributions.rules.adjusting import (
    AdjustmentRule,
    Funding,
    Loss,
    NotFunded,
    add_months,
    fund_loss,
    pair_off,
    recoverable_micro,
)
from muniment.pay.distributions.rules.plans import Place, gainers, plan_adjustment

LOSS = Loss("party 7", 100, ("held/NO_PAYEE/party-7", "payable/7"), "recoverable/7")


def fund(rule, available, loss=LOSS):
    sources = fund_loss(loss, rule, available, "deduction/claims_reserve", "writeoff")
    return [(source.means, source.amount_micro) for source in sources]


def test_money_that_still_lies_there_comes_first():
    available = {"payable/7": 60, "held/NO_PAYEE/party-7": 50}
    assert fund(AdjustmentRule(), available) == [("own", 50), ("own", 50)]
    assert (available["payable/7"], available["held/NO_PAYEE/party-7"]) == (10, 0)


def test_what_was_paid_out_is_owed_by_whom_it_was_paid_to():
    assert fund(AdjustmentRule(), {"payable/7": 30}) == [("own", 30), ("recovery", 70)]


def test_the_order_is_the_policy_s():
    rule = AdjustmentRule(order=(Funding.RESERVE, Funding.RECOVERY))
    assert fund(rule, {"deduction/claims_reserve": 40}) == [("reserve", 40), ("recovery", 60)]


def test_a_hold_cannot_owe():
    loss = Loss("held/UNCLAIMED/x", 100, ("held/UNCLAIMED/x",), None)
    rule = AdjustmentRule()
    assert fund(rule, {"held/UNCLAIMED/x": 25, "deduction/claims_reserve": 5}, loss) == [
        ("own", 25), ("reserve", 5), ("write_off", 70),
    ]  # fmt: skip
    with pytest.raises(NotFunded, match="recovery"):
        fund(AdjustmentRule(order=(Funding.RECOVERY,)), {}, loss)


def test_a_negative_balance_gives_nothing():
    assert fund(AdjustmentRule(), {"payable/7": -5}) == [("recovery", 100)]


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2026, 12, 31), 2, date(2027, 2, 28)),
        (date(2026, 5, 15), 24, date(2028, 5, 15)),
        (date(2026, 11, 30), 1, date(2026, 12, 30)),
    ],
)
def test_months_end_with_the_month(day, months, then):
    assert add_months(day, months) == then


def test_a_later_amount_settles_up_to_the_cap():
    assert recoverable_micro(1_000, 900, 500_000) == 450
    assert recoverable_micro(100, 900, 500_000) == 100
    assert recoverable_micro(100, 1, 500_000) == 0


amounts = st.lists(st.integers(1, 10**12), min_size=1, max_size=6)


@given(amounts, st.data())
@settings(max_examples=60, deadline=None)
def test_transfers_take_all_from_one_side_to_the_other(losses, data):
    total = sum(losses)
    cuts = sorted(data.draw(st.lists(st.integers(0, total), max_size=5)))
    gains = [high - low for low, high in zip([0, *cuts], [*cuts, total], strict=True)]
    out = [(f"from/{place}", amount) for place, amount in enumerate(losses)]
    into = [(f"to/{place}", amount) for place, amount in enumerate(gains)]
    transfers = pair_off(out, into)
    assert all(amount > 0 for _, _, amount in transfers)
    for account, amount in out:
        assert sum(part for debit, _, part in transfers if debit == account) == amount
    for account, amount in into:
        assert sum(part for _, credit, part in transfers if credit == account) == amount


@given(
    st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=6),
    st.dictionaries(st.integers(0, 6), st.integers(0, 10**9)),
)
@settings(max_examples=60, deadline=None)
def test_a_plan_ties_for_every_payee_and_every_pool(deltas, owed):
    rest = -sum(deltas)
    places = [Place(number, "PAYABLE", delta, 1) for number, delta in enumerate(deltas)]
    places.append(Place(None, "UNCLAIMED", rest, 1))
    available = {f"payable/{number}": amount for number, amount in owed.items()} | {"held/UNCLAIMED/p": max(0, -rest)}
    plan = plan_adjustment(
        {"f": places},
        scopes={"f": "p"},
        outcomes=dict.fromkeys(gainers({"f": places}), "PAYABLE"),
        rule=AdjustmentRule(),
        available=available,
    )
    assert {party: move.amount_micro for party, move in plan.payees.items()} == dict(enumerate(deltas))
    gained = sum(delta for delta in [*deltas, rest] if delta > 0)
    assert plan.pools[0].moved_micro == gained
    assert plan.write_off_micro == 0
