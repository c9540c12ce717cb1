"""Which figures a part of the books counts for: sister societies, releases after the window, what has no name."""

from datetime import date

from muniment.pay.distributions.rules.figures import FigureKey, ReportFacts, figures_of, flow_of, report_facts_of
from muniment.pay.distributions.rules.reporting import ClockRule, ReportRules, Watched
from muniment.trust.ledger.rules.origins import EntryFacts, Follower

RULES = ReportRules(
    management=frozenset({"administration"}),
    social=frozenset({"social"}),
    clocks=(ClockRule("pay", Watched.MONEY, 9, 60), ClockRule("old", Watched.UNOWNED_MONEY, 36, 60)),
)


def facts(year: int = 2026) -> ReportFacts:
    """Return the facts of a report: party 9 is a society, its money is in fund society/4, entry 3 is a release."""
    return report_facts_of(year, RULES, {"society/4": "9"}, frozenset({"9"}), {3: "social_fund"})


def told(*entries: list[tuple[str, str, int]], year: int = 2026) -> dict[tuple[str, str], int]:
    """Return the sums by line and detail of entries booked in 2026."""
    follower, sums = Follower(lambda day: day.year), {}
    for number, moved in enumerate(entries, start=1):
        entry = EntryFacts(number, f"k{number}", "test", date(2026, 5, number), "EUR")
        for part in follower.entry(entry, [(place, *transfer) for place, transfer in enumerate(moved)]):
            for key, amount_micro in figures_of(part, facts(year)):
                sums[key.line, key.detail] = sums.get((key.line, key.detail), 0) + amount_micro
    return {found: amount_micro for found, amount_micro in sums.items() if amount_micro}


def test_money_from_and_to_a_society_is_told_by_the_society() -> None:
    sums = told(
        [("bank", "fund/society/4", 100), ("bank", "fund/radio/L/2026", 50)],
        [("fund/society/4", "deduction/administration", 10), ("fund/society/4", "payable/7", 90)],
        [("fund/radio/L/2026", "payable/9", 40), ("fund/radio/L/2026", "deduction/social", 10)],
        [("deduction/social", "payable/9", 10), ("payable/9", "deduction/administration", 2)],
        [("payable/9", "transit/1", 48), ("transit/1", "bank", 48)],
    )
    assert sums["from_societies", "9"] == 100
    assert sums["from_societies_deducted", "9"] == 10
    assert sums["from_societies_attributed", "9"] == 90
    assert sums["to_societies_attributed", "9"] == 50
    assert sums["to_societies_deducted", "9"] == 2
    assert sums["to_societies_paid", "9"] == 48
    assert sums["revenue", ""] == 50


def test_a_release_after_the_window_is_a_use_of_non_distributable_money() -> None:
    sums = told(
        [("bank", "fund/radio/L/2026", 100)],
        [("fund/radio/L/2026", "held/UNCLAIMED/run-1-pool-1", 100)],
        [("held/UNCLAIMED/run-1-pool-1", "deduction/social", 60)],
    )
    assert sums["non_distributable_used", "social_fund"] == 60
    assert sums["social", "taken"] == 60
    assert sums["not_attributed", "UNCLAIMED"] == 40


def test_money_gets_late_and_then_non_distributable_with_the_years() -> None:
    booked = ([("bank", "fund/radio/L/2026", 100)],)
    assert [("late", "fund") in told(*booked, year=year) for year in (2026, 2027)] == [False, True]
    assert [("non_distributable", "fund") in told(*booked, year=year) for year in (2028, 2029)] == [False, True]
    assert facts(2029).unowned_year == 2026
    assert (report_facts_of(2026, ReportRules(), {}, frozenset(), {}).late_year) == 0


def test_what_has_no_name_is_an_other_movement() -> None:
    assert flow_of("receivable/1", "payable/7") == ("other", 1)
    assert flow_of("payable/7", "payable/8") is None
    assert flow_of("payable/7", "fund/radio/L/2026") == ("attributed", -1)
    assert told([("receivable/1", "payable/7", 5)])["other", "invoiced attributed"] == 5
    assert list(figures_of_nothing()) == []


def figures_of_nothing() -> list[tuple[FigureKey, int]]:
    """Return the figures of a part that is booked after the year."""
    entry = EntryFacts(1, "k", "test", date(2030, 1, 1), "EUR")
    parts = Follower(lambda day: day.year).entry(entry, [(0, "bank", "fund/radio/L/2030", 5)])
    return [found for part in parts for found in figures_of(part, facts())]
