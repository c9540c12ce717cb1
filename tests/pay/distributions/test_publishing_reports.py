"""One person prepares a year's report, another publishes it; what was sealed stays, whatever is booked since."""

from datetime import UTC, date, datetime

import pytest

from muniment.pay.distributions.queries.clocks import published_on
from muniment.pay.distributions.queries.published_reports import (
    prepared_report,
    published_report,
    report_of,
    sealed_table,
)
from muniment.pay.distributions.queries.transparency import transparency_report
from muniment.pay.distributions.services.transparency import NotPublishable, prepare_report, publish_report
from muniment.trust.access.queries import list_events
from muniment.trust.access.rules import NotAllowed, Role, SamePerson, operator
from tests.cast import CHEN, DEWI, FARIDA
from tests.pay.distributions.test_transparency import a_year, book

NOW = datetime(2027, 2, 1, 9, tzinfo=UTC)
BOTH_ROLES = operator("gul")

pytestmark = pytest.mark.django_db


def test_one_prepares_and_another_publishes() -> None:
    a_year()
    report = prepare_report(actor=CHEN, at=NOW, year=2026)
    prepared = prepared_report(2026)
    assert prepared is not None
    assert (prepared.by, prepared.report, published_report(2026)) == ("chen", report, None)
    publish_report(actor=FARIDA, at=NOW, year=2026)
    published = published_report(2026)
    assert published is not None
    assert (published.report, published.first_on, prepared_report(2026)) == (report, NOW.date(), None)
    assert published_on() == {2026: NOW.date()}
    assert '"prepared_by":"chen"' in list_events(tag="report.published").rows[0].after
    book("late", "receipt", date(2026, 12, 30), ("bank", "fund/web/LIC-3/2026", 90))
    assert published_report(2026) == published


def test_the_same_person_twice_is_refused_and_told_what_to_do() -> None:
    a_year()
    prepare_report(actor=BOTH_ROLES, at=NOW, year=2026)
    with pytest.raises(SamePerson) as refused:
        publish_report(actor=BOTH_ROLES, at=NOW, year=2026)
    assert "second person" in refused.value.remedy
    assert published_on() == {}
    publish_report(actor=FARIDA, at=NOW, year=2026)
    assert published_on() == {2026: NOW.date()}


def test_what_nobody_prepared_or_what_changed_since_is_not_published() -> None:
    a_year()
    with pytest.raises(NotPublishable, match="No report of 2026 waits") as refused:
        publish_report(actor=FARIDA, at=NOW, year=2026)
    assert "muniment report prepare" in refused.value.remedy
    prepare_report(actor=CHEN, at=NOW, year=2026)
    book("late", "receipt", date(2026, 12, 30), ("bank", "fund/web/LIC-3/2026", 90))
    with pytest.raises(NotPublishable, match="changed since chen prepared"):
        publish_report(actor=FARIDA, at=NOW, year=2026)
    prepare_report(actor=CHEN, at=NOW, year=2026)
    publish_report(actor=FARIDA, at=NOW, year=2026)
    with pytest.raises(NotPublishable, match="No report of 2026 waits"):
        publish_report(actor=FARIDA, at=NOW, year=2026)


def test_who_may_not_and_a_year_that_is_not_over_leave_nothing_behind() -> None:
    a_year()
    told = list_events().total
    for act, person in ((prepare_report, DEWI), (prepare_report, FARIDA), (publish_report, CHEN)):
        with pytest.raises(NotAllowed):
            act(actor=person, at=NOW, year=2026)
    with pytest.raises(NotPublishable, match="ends on 2026-12-31"):
        prepare_report(actor=CHEN, at=NOW.replace(year=2026), year=2026)
    assert list_events().total == told
    assert Role.FINANCE not in CHEN.roles


def test_a_report_is_sealed_whole() -> None:
    a_year()
    report = transparency_report(2026)
    assert report.covers
    assert report.results
    assert report_of(2026, sealed_table(report)) == report
    old = [row for row in sealed_table(report).to_pylist() if not row["line"].startswith(("cover", "check", "span"))]
    from_older = report_of(2026, sealed_table(report).from_pylist(old))
    assert (from_older.figures, from_older.covers, from_older.first_day) == (report.figures, (), date(2026, 1, 1))
