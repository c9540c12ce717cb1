"""A run from draft to statements: the sums, the states, the second person, the refusals, the replay."""

from datetime import timedelta

import pytest

from muniment.pay.distributions import queries, services
from muniment.pay.distributions.rules import BadPolicy, RunState, WrongState
from muniment.trust.access.queries import list_events
from muniment.trust.access.rules import NotAllowed, SamePerson
from muniment.trust.batches.queries import BrokenBatch, get_batch
from muniment.trust.ledger.queries import balance, balances, get_entry, trial_balance
from muniment.trust.ledger.rules import EntryDraft, TransferDraft, deduction, fund, held, payable
from muniment.trust.ledger.services import post_entry
from tests.cast import AIGUL, CHEN, DEWI, ERLAN, FARIDA
from tests.pay.distributions.society import AT, CONCERT, RADIO, Society, set_up

pytestmark = pytest.mark.django_db

EUR = 1_000_000


@pytest.fixture
def society(monkeypatch) -> Society:
    return set_up(monkeypatch)


@pytest.fixture
def quarter(society):
    """EUR 1,000 of radio: four minutes of a shared work, one of a work without a claim, one unidentified."""
    aigul, bilal = society.member("Aigul"), society.member("Bilal", place=1)
    society.share(7, (aigul, 500_000), (bilal, 500_000))
    society.share(8, (aigul, 250_000))
    society.receive(RADIO, 1_000 * EUR)
    society.report(RADIO, 1, [(7, 240, 1), (8, 60, 1), (None, 100, 1)])
    return aigul, bilal


def draft(**changes):
    wanted = {
        "actor": CHEN, "at": AT, "title": "Radio, third quarter", "policy": "census-1",
        "fund_codes": [RADIO], "known_at": AT,
    }  # fmt: skip
    return services.draft_run(**(wanted | changes))


def computed(**changes):
    return services.compute_run(actor=CHEN, at=AT, run_id=draft(**changes).id)


def posted(**changes):
    run = services.approve_run(actor=FARIDA, at=AT, run_id=computed(**changes).id)
    return services.post_run(actor=CHEN, at=AT, run_id=run.id)


def test_a_quarter_of_radio_ties_from_the_fund_to_the_payees(quarter):
    """1,000.00 less 15 % and 5 % of the rest is 807.50; 240 + 60 + 100 seconds share it."""
    aigul, bilal = quarter
    run = posted()
    assert balance(fund(RADIO), "EUR") == 0
    assert balance(deduction("administration"), "EUR") == 150 * EUR
    assert balance(deduction("social"), "EUR") == 42_500_000
    assert balance(payable(aigul), "EUR") == 242_250_000 + 30_281_250  # half of 484.50, a quarter of 121.125
    assert balance(payable(bilal), "EUR") == 242_250_000
    assert balance(held("UNCLAIMED", "run-1-pool-1"), "EUR") == 90_843_750
    assert balance(held("UNMATCHED", "run-1-pool-1"), "EUR") == 201_875_000
    sums = queries.run_sums(run.id)
    assert sums.ties
    assert (sums.gross_micro, sums.deducted_micro, sums.payable_micro, sums.held_micro) == (
        1_000 * EUR,
        192_500_000,
        514_781_250,
        292_718_750,
    )
    assert [(row.reason, row.amount_micro) for row in sums.held] == [
        ("UNCLAIMED", 90_843_750),
        ("UNMATCHED", 201_875_000),
    ]
    (pool,) = queries.pools_of(run.id)
    assert (pool.points, pool.line_count) == (4 * 400, 3)  # a point is a second at a quarter of the weight
    assert [(step.name, step.left_micro) for step in pool.deductions] == [
        ("Administration", 850 * EUR),
        ("Social and cultural fund", 807_500_000),
    ]
    assert pool.net_micro == pool.payee_micro + pool.held_micro


def test_every_pool_is_one_entry_and_the_books_balance(quarter, society):
    society.receive(CONCERT, 10 * EUR)
    society.report(CONCERT, 2, [(7, 200, 1)])
    run = posted(fund_codes=[RADIO, CONCERT])
    entries = [get_entry(pool.entry_id) for pool in queries.pools_of(run.id)]
    assert [entry.idempotency_key for entry in entries] == ["distribution/1/pool/1", "distribution/1/pool/2"]
    assert [entry.total_micro for entry in entries] == [1_000 * EUR, 10 * EUR]
    rows = trial_balance()
    assert sum(row.debit_micro for row in rows) == sum(row.credit_micro for row in rows)


def test_a_fund_without_usage_waits_as_a_whole(society):
    society.receive(RADIO, 100 * EUR)
    run = posted()
    assert balance(held("NO_USAGE", "run-1-pool-1"), "EUR") == 80_750_000
    assert queries.run_sums(run.id).ties


def test_no_bank_account_and_too_little_wait_by_payee(society):
    """Aigul earns 60.00 but has no account; Bilal earns 4.61, and the policy pays from 5.00."""
    aigul, bilal = society.member("Aigul", bank=False), society.member("Bilal", place=1)
    society.share(7, (aigul, 1_000_000))
    society.share(8, (bilal, 1_000_000))
    society.receive(RADIO, 80 * EUR)
    society.report(RADIO, 1, [(7, 13, 1), (8, 1, 1)])
    run = posted()
    assert balance(held("NO_PAYEE", f"party-{aigul}"), "EUR") == 59_985_714
    assert balance(held("BELOW_MIN", f"party-{bilal}"), "EUR") == 4_614_286
    assert {row.reason: row.amount_micro for row in queries.run_sums(run.id).held} == {
        "NO_PAYEE": 59_985_714,
        "BELOW_MIN": 4_614_286,
    }
    assert balances("payable/", "EUR") == {}


def test_what_waits_goes_on_when_its_reason_is_gone(society):
    aigul, bilal = society.member("Aigul", bank=False), society.member("Bilal", place=1)
    society.share(7, (aigul, 1_000_000))
    society.share(8, (bilal, 1_000_000))
    society.receive(RADIO, 80 * EUR)
    society.report(RADIO, 1, [(7, 13, 1), (8, 1, 1)])
    posted()
    assert services.release_payee_holds(actor=CHEN, at=AT, currency="EUR") is None
    society.open_account(aigul, at=AT)
    release = services.release_payee_holds(actor=CHEN, at=AT, currency="EUR")
    assert (release.amount_micro, release.payee_count) == (59_985_714, 1)
    assert balance(payable(aigul), "EUR") == 59_985_714
    assert balance(held("NO_PAYEE", f"party-{aigul}"), "EUR") == 0
    assert balance(held("BELOW_MIN", f"party-{bilal}"), "EUR") == 4_614_286
    year_end = services.release_payee_holds(actor=CHEN, at=AT, currency="EUR", minimum_micro=0)
    assert year_end.amount_micro == 4_614_286
    assert queries.hold_sums("EUR") == ()


def test_an_amount_below_the_minimum_joins_the_next_run(society):
    """4.61 waits; with the next 4.61 the minimum of 5.00 is reached, the new amount is paid and the old released."""
    bilal = society.member("Bilal")
    society.share(8, (bilal, 1_000_000))
    society.receive(RADIO, 5_714_286)
    society.report(RADIO, 1, [(8, 1, 1)])
    posted()
    assert balance(held("BELOW_MIN", f"party-{bilal}"), "EUR") == 4_614_287
    society.receive(RADIO, 5_714_287)
    posted(title="Radio, again")
    assert balance(payable(bilal), "EUR") == 4_614_287
    services.release_payee_holds(actor=CHEN, at=AT, currency="EUR")
    assert balance(payable(bilal), "EUR") == 9_228_574


def test_a_run_replays_from_its_frozen_inputs_to_the_same_digest(quarter, society):
    """Shares and mandates change, new usage and money arrive: the replay does not look at them."""
    _, bilal = quarter
    run = posted()
    society.claims[7] = ()
    society.share(7, (bilal, 1_000_000))
    society.report(RADIO, 9, [(7, 1, 1)])
    assert services.replay_run(run_id=run.id) == run.digest
    assert len(run.digest) == 64


def test_what_is_known_later_changes_only_later_runs(quarter, society):
    first = draft(known_at=AT - timedelta(days=4_000))
    run = services.compute_run(actor=CHEN, at=AT, run_id=first.id)
    assert {row.reason for row in queries.run_sums(run.id).held} == {"UNCLAIMED", "UNMATCHED"}
    assert queries.payees_of(run.id) == ()


def test_a_run_can_be_computed_again_until_it_is_approved(quarter, society):
    aigul, _ = quarter
    run = computed()
    society.share(8, (aigul, 500_000), claim="second")
    again = services.compute_run(actor=CHEN, at=AT, run_id=run.id)
    assert again.digest != run.digest
    assert queries.run_sums(run.id).ties
    services.approve_run(actor=FARIDA, at=AT, run_id=run.id)
    with pytest.raises(WrongState, match="it is approved"):
        services.compute_run(actor=CHEN, at=AT, run_id=run.id)


def test_nobody_approves_a_run_of_their_own(quarter):
    run = computed()
    boss = FARIDA.__class__(9, CHEN.name, FARIDA.roles)
    with pytest.raises(SamePerson):
        services.approve_run(actor=boss, at=AT, run_id=run.id)
    assert queries.get_run(run.id).state is RunState.COMPUTED


@pytest.mark.parametrize("actor", [AIGUL, DEWI, ERLAN])
def test_members_auditors_and_outsiders_change_nothing(quarter, actor):
    run = computed()
    with pytest.raises(NotAllowed):
        draft(actor=actor)
    for verb in (services.compute_run, services.approve_run, services.post_run, services.issue_statements):
        with pytest.raises(NotAllowed):
            verb(actor=actor, at=AT, run_id=run.id)
    with pytest.raises(NotAllowed):
        services.release_payee_holds(actor=actor, at=AT, currency="EUR")
    assert queries.get_run(run.id).state is RunState.COMPUTED


def test_steps_out_of_turn_are_refused_and_say_why(quarter):
    run = draft()
    with pytest.raises(WrongState, match="it is draft, and must be computed"):
        services.approve_run(actor=FARIDA, at=AT, run_id=run.id)
    with pytest.raises(WrongState, match="must be approved"):
        services.post_run(actor=CHEN, at=AT, run_id=run.id)
    with pytest.raises(WrongState, match="must be posted"):
        services.issue_statements(actor=CHEN, at=AT, run_id=run.id)
    with pytest.raises(WrongState, match="must be posted or statements"):
        services.reverse_run(actor=FARIDA, at=AT, run_id=run.id, reason="wrong")


def test_a_run_is_posted_once(quarter):
    aigul, _ = quarter
    run = posted()
    before = balance(payable(aigul), "EUR")
    with pytest.raises(WrongState, match="it is posted"):
        services.post_run(actor=CHEN, at=AT, run_id=run.id)
    assert balance(payable(aigul), "EUR") == before


def test_a_fund_that_was_emptied_meanwhile_is_refused(quarter):
    run = services.approve_run(actor=FARIDA, at=AT, run_id=computed().id)
    taken = EntryDraft("back", "refund", AT.date(), "EUR", (TransferDraft(fund(RADIO), "bank", 1),))
    post_entry(actor=CHEN, at=AT, draft=taken)
    with pytest.raises(services.FundTooLow, match=r"999\.999999"):
        services.post_run(actor=CHEN, at=AT, run_id=run.id)
    assert balance(held("UNMATCHED", "run-1-pool-1"), "EUR") == 0
    assert queries.get_run(run.id).state is RunState.APPROVED


@pytest.mark.parametrize("which", ["allocations_batch_id", "parts_batch_id", "payees_batch_id", "splits_batch_id"])
def test_a_changed_batch_is_refused_at_approval_and_posting(quarter, store, which):
    run = computed()
    path = store / get_batch(getattr(run, which)).path
    kept = path.read_bytes()
    path.unlink()
    with pytest.raises(BrokenBatch):
        services.approve_run(actor=FARIDA, at=AT, run_id=run.id)
    path.write_bytes(kept)
    services.approve_run(actor=FARIDA, at=AT, run_id=run.id)
    path.write_bytes(kept[:-9] + b"\0" * 9)
    with pytest.raises(BrokenBatch):
        services.post_run(actor=CHEN, at=AT, run_id=run.id)
    assert balance(fund(RADIO), "EUR") == 1_000 * EUR


def test_a_posted_run_is_reversed_by_a_second_person(quarter):
    run = posted()
    with pytest.raises(SamePerson):
        services.reverse_run(actor=CHEN, at=AT, run_id=run.id, reason="wrong log")
    undone = services.reverse_run(actor=FARIDA, at=AT, run_id=run.id, reason="wrong log")
    assert undone.state is RunState.REVERSED
    assert balance(fund(RADIO), "EUR") == 1_000 * EUR
    assert all(amount == 0 for amount in balances("payable/", "EUR").values())
    assert all(amount == 0 for amount in balances("held/", "EUR").values())
    again = posted(title="Radio, once more")
    assert again.number == 2


def test_a_run_whose_money_was_paid_out_is_not_reversed(quarter):
    aigul, _ = quarter
    run = posted()
    paid = EntryDraft("pay", "payment", AT.date(), "EUR", (TransferDraft(payable(aigul), "bank", 1),))
    post_entry(actor=CHEN, at=AT, draft=paid)
    with pytest.raises(services.MoneyMovedOn, match=f"payable/{aigul}"):
        services.reverse_run(actor=FARIDA, at=AT, run_id=run.id, reason="late")


def test_a_discarded_run_leaves_its_fund_to_another(quarter):
    run = services.discard_run(actor=CHEN, at=AT, run_id=computed().id)
    assert run.state is RunState.DISCARDED
    with pytest.raises(WrongState):
        services.approve_run(actor=FARIDA, at=AT, run_id=run.id)
    assert posted().number == 2


def test_part_of_a_fund_can_be_distributed(quarter):
    run = posted(amounts={RADIO: 400 * EUR})
    assert balance(fund(RADIO), "EUR") == 600 * EUR
    assert queries.run_sums(run.id).gross_micro == 400 * EUR


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"fund_codes": []}, services.BadDraft, "No fund"),
        ({"title": " "}, services.BadDraft, "no title"),
        ({"known_at": AT + timedelta(days=1)}, services.BadDraft, "future"),
        ({"fund_codes": [CONCERT]}, services.FundTooLow, "no money"),
        ({"amounts": {RADIO: 1_001 * EUR}}, services.FundTooLow, "holds EUR 1000.00"),
        ({"amounts": {RADIO: -1}}, services.FundTooLow, "-0.000001"),
        ({"policy": "census-9"}, BadPolicy, "census-1"),
        ({"currency": "XAF"}, BadPolicy, "no amount for XAF"),
    ],
)
def test_a_draft_that_cannot_be_is_refused(quarter, changes, error, words):
    with pytest.raises(error, match=words):
        draft(**changes)
    assert queries.list_runs() == ()


def test_a_fund_named_twice_is_one_pool(quarter):
    assert len(queries.pools_of(draft(fund_codes=[RADIO, RADIO]).id)) == 1


def test_funds_in_two_currencies_need_two_runs(quarter, society):
    society.receive(CONCERT, 5_000_000, currency="USD")
    with pytest.raises(services.BadDraft, match="EUR, USD"):
        draft(fund_codes=[RADIO, CONCERT])


def test_statements_are_numbered_once_and_tie(quarter):
    run = posted()
    done = services.issue_statements(actor=CHEN, at=AT, run_id=run.id)
    assert done.state is RunState.STATEMENTS
    rows = queries.payees_of(run.id)
    assert sorted(row.statement_number for row in rows) == ["0001-000001", "0001-000002"]
    with pytest.raises(WrongState):
        services.issue_statements(actor=CHEN, at=AT, run_id=run.id)


def test_every_step_leaves_an_event(quarter):
    run = posted()
    services.issue_statements(actor=CHEN, at=AT, run_id=run.id)
    tags = {event.tag for event in list_events(limit=200).rows}
    assert {
        f"distribution.{verb}" for verb in ("drafted", "computed", "approved", "posted", "statements_issued")
    } <= tags
