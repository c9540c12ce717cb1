"""Runs under policies with pools: money without usage goes by that of others, long plays count, the rest is refused."""

import re

import pytest

from muniment.pay.distributions.queries import list_allocations, pools_of, run_sums
from muniment.pay.distributions.rules import BadPolicy
from muniment.pay.distributions.services import compute_run, computing, draft_run, replay_run
from muniment.pay.distributions.services.runs import BadDraft
from tests.cast import CHEN
from tests.pay.distributions.society import AT, set_up

pytestmark = pytest.mark.django_db

STATIONS = "radio/KVARTS/2026-Q3"
LATER = "radio/KVARTS/2026-Q4"
SMALL = "small-radio/TAU/2026-Q3"
SHOPS = "background/BAZAR/2026-Q3"

HOUSE = """
code = "house"
version = 1
title = "House"
description = "For tests."
[points]
duration_rule = "second"
default_duration_ms = 180_000
minimum_duration_ms = 0
[points.use_weight]
feature = 1
[[deductions]]
name = "VAT"
account = "vat"
base = "gross"
rate = "20 %"
included = true
[[deductions]]
name = "Administration"
account = "administration"
base = "net_of:vat"
rate = "10 %"
[[deductions]]
name = "Fund"
account = "social"
base = "amount_of:administration"
rate = "1/3"
[[pools]]
name = "stations"
kind = "census"
funds = ["radio/*"]
[[pools]]
name = "small"
kind = "census"
funds = ["small-radio/*"]
least_event_fee = { EUR = "500" }
fallback = "stations"
[[pools]]
name = "shops"
kind = "analogy"
funds = ["background/*"]
on = { small = 1 }
[minimum_payout]
EUR = "5.00"
"""


SPLIT = """
split = "all"
[[splits]]
name = "all"
[[splits.parts]]
to = "owner"
share = "50 %"
{owner}
[[splits.parts]]
to = "player"
share = "50 %"
"""

FORMULA = """
[[formulas]]
name = "more"
inputs = { reports = "reports" }
[[formulas.steps]]
name = "value"
kind = "sum"
of = ["reports"]
"""

KINDS = {"factor": "sample", "strata": "sample", "event": "direct", "on": "market_share"}
"""The kind of pool that each key goes with."""


@pytest.fixture
def society(monkeypatch, settings):
    folder = settings.MUNIMENT_HOME / "policies"
    folder.mkdir(parents=True)
    (folder / "house-1.toml").write_text(HOUSE)
    built = set_up(monkeypatch)
    monkeypatch.setattr(computing, "reported_funds", lambda: set(built.reports))
    aigul, bilal = built.member("Aigul"), built.member("Bilal", place=1)
    built.share(1, (aigul, 1_000_000))
    built.share(2, (bilal, 1_000_000))
    return built


def computed(policy, *funds):
    run = draft_run(actor=CHEN, at=AT, title="Q3", policy=policy, fund_codes=list(funds), known_at=AT)
    return compute_run(actor=CHEN, at=AT, run_id=run.id)


def amounts(run_id, fund):
    rows = list_allocations(run_id, limit=100).rows
    return {row.work_id: row.amount_micro for row in rows if row.fund_code == fund}


def test_a_fund_without_usage_is_divided_by_that_of_its_fallback_in_the_same_period(society):
    society.receive(STATIONS, 60_000_000)
    society.receive(SHOPS, 120_000_000)
    society.report(STATIONS, 1, [(1, 60, 1), (2, 30, 1)])
    society.report(LATER, 2, [(2, 600, 1)])
    run = computed("house", STATIONS, SHOPS)
    pools = {pool.fund_code: pool for pool in pools_of(run.id)}
    assert [report.report_id for report in pools[SHOPS].reports] == [1]
    assert [taken.amount_micro for taken in pools[SHOPS].deductions] == [20_000_000, 10_000_000, 3_333_333]
    net_micro = 120_000_000 - 33_333_333
    assert sum(amounts(run.id, SHOPS).values()) == net_micro
    assert abs(amounts(run.id, SHOPS)[1] - 2 * net_micro // 3) <= 1
    sums = run_sums(run.id)
    assert sums.gross_micro == 180_000_000
    assert replay_run(run_id=run.id) == run.digest


def test_a_small_amount_goes_by_the_usage_of_the_fallback_and_a_large_one_by_its_own(society):
    society.report(STATIONS, 1, [(1, 60, 1)])
    society.report(SMALL, 2, [(2, 60, 1)])
    society.receive(SMALL, 499_000_000)
    assert set(amounts(computed("house", SMALL).id, SMALL)) == {1}
    society.receive(SMALL, 1_000_000)
    assert set(amounts(computed("house", SMALL).id, SMALL)) == {2}


def test_money_that_nobody_has_usage_for_waits(society):
    society.receive(SHOPS, 120_000_000)
    run = computed("house", SHOPS)
    assert amounts(run.id, SHOPS) == {None: 86_666_667}


def test_a_long_play_counts_more(society):
    society.receive("streaming/DSP/2026-Q3", 28_000_000)
    society.report("streaming/DSP/2026-Q3", 1, [(1, 300, 1), (2, 450, 1)])
    found = amounts(computed("streaming", "streaming/DSP/2026-Q3").id, "streaming/DSP/2026-Q3")
    assert sum(found.values()) == 28_000_000
    assert found[1] == round(28_000_000 / 2.6)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            '[[payee_deductions]]\nname = "Cheque"\naccount = "cheque"\nfixed = { GBP = "10.00" }\n',
            r"house-1, line \d+: payee_deductions\[1\].fixed: Cheque has no amount in EUR, it has GBP.* Add EUR",
        ),
        (
            SPLIT.format(owner=""),
            r"house-1, line \d+: splits\[1\].parts\[1\].to: a run does not know who is of 'owner'",
        ),
        (
            SPLIT.format(owner='account = "players_fund"').replace('to = "player"', 'to = "player"\nsplit = "more"')
            + '[[splits]]\nname = "more"\nparts = [{ to = "one", share = "50 %", roles = ["CA"] },'
            + ' { to = "two", share = "50 %", account = "two" }]\n',
            r"splits\[2\].parts\[2\].account: stands in a split of a split",
        ),
        (
            'factor_formula = "more"\n' + FORMULA,
            "the factor more needs one input, how often a work is reported, and a last step that is rounded",
        ),
        (
            'strata = [{ name = "bars", sampled = 1, of = 2 }]\n',
            r"strata\[1\].sources: is not given",
        ),
        (
            'event_points = "more"\n' + FORMULA.replace("reports", "seats"),
            r"event_points: more needs seats, which a report of an event does not say",
        ),
        (
            'on = ["other"]\n[[pools]]\nname = "other"\nkind = "census"\nfunds = ["other/*"]\n',
            r"on: a market share goes by what other come to, and no fund of the run is of them",
        ),
    ],
)
def test_a_run_refuses_what_it_cannot_take_and_names_the_line(society, settings, change, words):
    kind = next((kind for key, kind in KINDS.items() if change.startswith(key)), "census")
    head, _, pools = HOUSE.partition("[[pools]]")
    del pools
    text = head + f'[minimum_payout]\nEUR = "5.00"\n[[pools]]\nname = "all"\nkind = "{kind}"\nfunds = ["radio/*"]\n'
    (settings.MUNIMENT_HOME / "policies" / "house-1.toml").write_text(text + change)
    society.receive(STATIONS, 100_000_000)
    with pytest.raises(BadPolicy) as refused:
        draft_run(actor=CHEN, at=AT, title="Q3", policy="house", fund_codes=[STATIONS], known_at=AT, currency="EUR")
    assert re.search(words, str(refused.value)), refused.value


def test_a_fund_of_no_pool_is_refused_with_the_pools_there_are(society):
    society.receive("concert/HALL/2026-Q3", 100_000_000)
    with pytest.raises(BadPolicy, match="none takes the fund concert/HALL/2026-Q3; they take radio"):
        computed("house", "concert/HALL/2026-Q3")


def test_missing_set_lists_are_refused_where_nothing_is_withheld(society):
    society.receive(STATIONS, 100_000_000)
    with pytest.raises(BadDraft, match="2 missing set lists of radio/KVARTS/2026-Q3 cannot be counted"):
        draft_run(
            actor=CHEN, at=AT, title="Q3", policy="house", fund_codes=[STATIONS], known_at=AT, missing={STATIONS: 2}
        )
