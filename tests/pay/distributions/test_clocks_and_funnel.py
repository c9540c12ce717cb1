"""Clocks that flag themselves with the money behind them; the funnel of a run; costs and publication of a report."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.conf import settings

from muniment.pay.distributions.queries.clocks import clocks_on, money_behind, published_on
from muniment.pay.distributions.queries.funnels import books_are_long, funnel_of
from muniment.pay.distributions.queries.late import late_reasons
from muniment.pay.distributions.queries.report_rules import report_rules
from muniment.pay.distributions.queries.transparency import transparency_report
from muniment.pay.distributions.rules.reporting import (
    BadReportRules,
    ClockRule,
    Flag,
    ReportRules,
    Watched,
    flag_on,
    parse_report_rules,
)
from muniment.pay.distributions.services import approve_run, compute_run, draft_run, late, post_run, reverse_run
from muniment.pay.distributions.services.transparency import NotPublishable, prepare_report, publish_report
from muniment.trust.access.rules import NotAllowed
from muniment.trust.ledger.queries import balance
from muniment.trust.ledger.rules import EntryDraft, TransferDraft
from muniment.trust.ledger.services import post_entry
from muniment.trust.ledger.services.costs import BadCosts, import_costs
from tests.cast import CHEN, DEWI, FARIDA
from tests.pay.distributions.society import AT, RADIO, set_up

EURO = 1_000_000
LATER = datetime(2027, 2, 1, 9, tzinfo=UTC)

RULES = """
year_ends = "03-31"
management = ["administration"]
social = ["social"]

[[clock]]
code = "pay"
watches = "money"
months = 9
warn_days = 60
"""


def book(key: str, on: date, debit: str, credit: str, euros: int) -> None:
    """Book one transfer of whole euros."""
    draft = EntryDraft(key, "test", on, "EUR", (TransferDraft(debit, credit, euros * EURO),))
    post_entry(actor=CHEN, at=AT, draft=draft)


def test_the_financial_year_and_the_lengths_are_data() -> None:
    rules = parse_report_rules(RULES, "r.toml")
    assert (rules.year_of(date(2026, 3, 31)), rules.year_of(date(2026, 4, 1))) == (2026, 2027)
    assert (rules.first_day(2026), rules.last_day(2026)) == (date(2025, 4, 1), date(2026, 3, 31))
    assert rules.clocks == (ClockRule("pay", Watched.MONEY, 9, 60),)
    ends_on = rules.clocks[0].ends_on(rules.last_day(2026))
    assert ends_on == date(2026, 12, 31)
    assert ClockRule("x", Watched.REPORT, 2, 0).ends_on(date(2025, 12, 31)) == date(2026, 2, 28)
    assert ReportRules(year_end=(2, 29)).last_day(2027) == date(2027, 2, 28)
    flags = [flag_on(day, ends_on, 60) for day in (date(2026, 11, 1), date(2026, 11, 2), ends_on, date(2027, 1, 1))]
    assert flags == [Flag.IN_TIME, Flag.DUE, Flag.DUE, Flag.LATE]
    assert flag_on(date(2027, 1, 1), ends_on, 60, excused=True) is Flag.EXCUSED


@pytest.mark.parametrize(
    ("was", "becomes", "message"),
    [
        ('"03-31"', '"13-31"', "line 2: year_ends is '13-31'"),
        ("months = 9", "months = -9", "line 9: months is -9"),
        ("months = 9", "month = 9", "line 9: month is not a key"),
        ('"money"', '"gold"', "line 8: watches is 'gold'"),
        ('["social"]', '["administration"]', "line 4: social names 'administration'"),
        ('["social"]', '"social"', "line 4: social is not a list"),
        ('"pay"', '""', "line 7: code is ''"),
        ('["social"]', "[", "not a TOML file"),
    ],
)
def test_wrong_rules_are_refused_by_line(was: str, becomes: str, message: str) -> None:
    with pytest.raises(BadReportRules, match=message.replace("[", r"\[")):
        parse_report_rules(RULES.replace(was, becomes), "r.toml")


@pytest.mark.django_db
def test_clocks_flag_what_is_late_and_open_to_the_money_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    book("in/1", date(2023, 5, 1), "bank", "fund/radio/L/2023", 100)
    book("in/2", date(2025, 5, 1), "bank", "fund/radio/L/2025", 70)
    book("out/1", date(2025, 6, 1), "fund/radio/L/2023", "held/UNMATCHED/run-1-pool-1", 30)
    book("out/2", date(2025, 6, 1), "fund/radio/L/2023", "payable/7", 70)
    rows = {(row.clock.code, row.what, row.reason): row for row in clocks_on(date(2026, 12, 31))}
    late = rows["distribution", "2023", "payable"]
    assert (late.flag, late.ends_on, late.amount_micro) == (Flag.LATE, date(2024, 9, 30), 70 * EURO)
    assert late.days_over == (date(2026, 12, 31) - date(2024, 9, 30)).days
    assert rows["distribution", "2023", "UNMATCHED"].flag is Flag.EXCUSED
    assert rows["distribution", "2025", "fund"].flag is Flag.LATE
    assert rows["non_distributable", "2023", "UNMATCHED"].flag is Flag.DUE
    assert ("non_distributable", "2025", "fund") in rows
    assert rows["transparency_report", "2025", ""].ends_on == date(2026, 8, 31)
    behind = money_behind("distribution", "2023", "payable", "EUR", on=date(2026, 12, 31))
    assert [(row.code, row.amount_micro) for row in behind] == [("payable/7", 70 * EURO)]
    assert money_behind("moon", "2023", "payable", "EUR", on=date(2026, 12, 31)) == ()
    assert clocks_on(date(2023, 1, 1)) == ()
    monkeypatch.setattr(settings, "MUNIMENT_HOME", tmp_path)
    (tmp_path / "reporting.toml").write_text(RULES)
    own = {(row.clock.code, row.what, row.reason): row.ends_on for row in clocks_on(date(2026, 12, 31))}
    assert own["pay", "2024", "payable"] == date(2024, 12, 31)
    (tmp_path / "reporting.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(BadReportRules, match="UTF-8"):
        report_rules()


@pytest.mark.django_db
def test_a_late_fund_without_a_hold_gets_a_written_reason() -> None:
    book("in/1", date(2024, 5, 1), "bank", "fund/radio/L/2024", 70)
    book("in/2", date(2024, 5, 1), "bank", "fund/radio/M/2024", 30)
    at, on = datetime(2026, 12, 30, 9, tzinfo=UTC), date(2026, 12, 31)
    code = "radio/L/2024"
    late.explain_late_fund(actor=CHEN, at=at, fund_code=code, currency="EUR", note="The court decides on the tariff.")
    late.explain_late_fund(actor=CHEN, at=at, fund_code=code, currency="EUR", note="An appeal on the tariff is open.")
    rows = {row.reason: row for row in clocks_on(on) if row.clock.code == "distribution"}
    assert (rows["fund_explained"].flag, rows["fund_explained"].amount_micro) == (Flag.EXCUSED, 70 * EURO)
    assert (rows["fund"].flag, rows["fund"].amount_micro) == (Flag.LATE, 30 * EURO)
    behind = money_behind("distribution", "2024", "fund_explained", "EUR", on=on)
    assert [row.code for row in behind] == ["fund/radio/L/2024"]
    assert [(row.note, row.written_by) for row in late_reasons()] == [("An appeal on the tariff is open.", CHEN.name)]
    assert late_reasons(date(2026, 12, 29)) == ()
    late.withdraw_late_reason(actor=CHEN, at=at, fund_code=code, currency="EUR")
    assert "fund_explained" not in {row.reason for row in clocks_on(on)}
    with pytest.raises(late.BadReason, match="No reason stands"):
        late.withdraw_late_reason(actor=CHEN, at=at, fund_code=code, currency="EUR")
    for note, words in (("  ", "0 letters"), ("x" * 501, "501 letters")):
        with pytest.raises(late.BadReason, match=words):
            late.explain_late_fund(actor=CHEN, at=at, fund_code=code, currency="EUR", note=note)
    with pytest.raises(late.BadReason, match="holds EUR 0"):
        late.explain_late_fund(actor=CHEN, at=at, fund_code="radio/NONE", currency="EUR", note="Nothing is there.")


@pytest.mark.django_db
def test_the_funnel_of_a_run_follows_its_money_to_the_bank(monkeypatch: pytest.MonkeyPatch) -> None:
    society = set_up(monkeypatch)
    aigul, bilal = society.member("Aigul"), society.member("Bilal", bank=False)
    society.share(1, (aigul, 500_000), (bilal, 500_000))
    society.receive(RADIO, 1_000 * EURO)
    society.report(RADIO, 1, [(1, 180, 3), (None, 60, 1)])
    run_id = draft_run(actor=CHEN, at=AT, title="Q3", policy="census-1", fund_codes=[RADIO], known_at=AT).id
    assert funnel_of(run_id) is None
    compute_run(actor=CHEN, at=AT, run_id=run_id)
    planned = funnel_of(run_id)
    assert planned is not None
    assert (planned.posted, planned.difference_micro, planned.received_micro) == (False, 0, 1_000 * EURO)
    approve_run(actor=FARIDA, at=AT, run_id=run_id)
    post_run(actor=CHEN, at=AT, run_id=run_id)
    posted = funnel_of(run_id)
    assert posted is not None
    assert (posted.deducted_micro, posted.held_micro, posted.to_come_micro) == (
        planned.deducted_micro, planned.held_micro, planned.to_come_micro,
    )  # fmt: skip
    result = funnel_of(run_id, from_books=False)
    assert result is not None
    assert (result.posted, result.to_come_micro) == (False, posted.to_come_micro)
    assert not books_are_long()
    owed_micro = balance(f"payable/{aigul}", "EUR")
    drafts = [
        ("payment-batch/1", f"payable/{aigul}", "transit/1", owed_micro - 7),
        ("payment/1/paid", "transit/1", "bank", owed_micro - 107),
    ]
    for key, debit, credit, amount_micro in drafts:
        draft = EntryDraft(key, "payment order", AT.date(), "EUR", (TransferDraft(debit, credit, amount_micro),))
        post_entry(actor=CHEN, at=AT, draft=draft)
    now = funnel_of(run_id)
    assert now is not None
    assert (now.paid_micro, now.ordered_micro, now.to_come_micro) == (owed_micro - 107, 100, 7)
    assert (now.difference_micro, now.allocated_micro) == (0, owed_micro)
    report = transparency_report(2026)
    assert report.ties
    assert sum(row.amount_micro for row in report.line("paid")) == owed_micro - 107


@pytest.mark.django_db
def test_a_reversed_run_has_no_funnel(monkeypatch: pytest.MonkeyPatch) -> None:
    society = set_up(monkeypatch)
    society.receive(RADIO, 10 * EURO)
    run_id = draft_run(actor=CHEN, at=AT, title="Q3", policy="census-1", fund_codes=[RADIO], known_at=AT).id
    compute_run(actor=CHEN, at=AT, run_id=run_id)
    approve_run(actor=FARIDA, at=AT, run_id=run_id)
    post_run(actor=CHEN, at=AT, run_id=run_id)
    reverse_run(actor=FARIDA, at=AT, run_id=run_id, reason="test")
    assert funnel_of(run_id) is None
    assert [row.amount_micro for row in transparency_report(2026).line("not_attributed")] == [10 * EURO]


COSTS = """reference,kind,category,amount,currency,paid_on,right,use
R-1,operating,staff,120.50,EUR,2026-04-30,PR,radio
R-2,operating,rent,60,EUR,2026-05-31,,
R-3,investment,deposits,5,EUR,2026-06-30,,
R-4,operating,rent,-10,EUR,2026-06-30,,
"""


@pytest.mark.django_db
def test_costs_are_booked_once_by_their_reference(tmp_path: Path) -> None:
    path = tmp_path / "costs.csv"
    path.write_text(COSTS)
    done = import_costs(actor=FARIDA, at=AT, path=path)
    assert (done.line_count, done.booked_count) == (4, 4)
    assert balance("cost/operating/rent", "EUR") == 50 * EURO * 10 // 10
    assert (balance("cost/operating/staff", "EUR"), balance("investment/deposits", "EUR")) == (120_500_000, 5 * EURO)
    path.write_text(COSTS + "R-5,social,pensions,1,EUR,2026-06-30,,\n")
    assert import_costs(actor=FARIDA, at=LATER, path=path).booked_count == 1
    report = transparency_report(2026)
    assert {row.key.detail for row in report.line("cost")} == {"operating/staff", "operating/rent", "social/pensions"}
    with pytest.raises(NotAllowed):
        import_costs(actor=DEWI, at=AT, path=path)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("R-1,operating,staff,1,EUR,2026-04-30,,", "line 6: Reference R-1 is on line 2 too"),
        ("R-9,feasts,staff,1,EUR,2026-04-30,,", "'feasts' is no kind of costs"),
        ("R-9,operating,../x,1,EUR,2026-04-30,,", "'../x' is no name"),
        ("R-9,operating,staff,0,EUR,2026-04-30,,", "The amount is 0"),
        ("R-9,operating,staff,1,XXQ,2026-04-30,,", "XXQ"),
        ("R-9,operating,staff,1,EUR,2026-12-30,,", "2026-12-30 is not over"),
        ("R-9,operating,staff,1,EUR,2026-04-30,ZZ,", "'ZZ' is no right"),
        ("R-9,operating,staff,1,EUR,2026-04-30,,a b", "'a b' is no kind of use"),
        ("R-9,operating,staff,,EUR,2026-04-30,,", "amount"),
    ],
)
def test_one_wrong_line_refuses_the_whole_table_of_costs(tmp_path: Path, line: str, message: str) -> None:
    path = tmp_path / "costs.csv"
    path.write_text(f"{COSTS}{line}\n")
    with pytest.raises(BadCosts) as refused:
        import_costs(actor=FARIDA, at=AT, path=path)
    assert message in refused.value.message
    assert balance("bank", "EUR") == 0


@pytest.mark.django_db
def test_a_report_is_sealed_once_its_year_is_over() -> None:
    book("in/1", date(2026, 5, 1), "bank", "fund/radio/L/2026", 100)
    with pytest.raises(NotPublishable, match="ends on 2026-12-31"):
        publish_report(actor=FARIDA, at=AT, year=2026)
    with pytest.raises(NotAllowed):
        publish_report(actor=CHEN, at=LATER, year=2026)
    prepare_report(actor=CHEN, at=LATER, year=2026)
    publish_report(actor=FARIDA, at=LATER, year=2026)
    assert published_on() == {2026: LATER.date()}
    assert "transparency_report" not in {row.clock.code for row in clocks_on(date(2027, 3, 1))}
    assert [row.what for row in clocks_on(date(2027, 1, 15)) if row.clock.code == "transparency_report"] == ["2026"]
