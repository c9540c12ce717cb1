"""Nothing is divided, booked or published on lines that are not sealed, or are no longer what was sealed."""

import pytest
from django.conf import settings

from muniment.pay.distributions import queries, services
from muniment.pay.distributions.rules import RunState
from muniment.pay.distributions.services.published import publish_unclaimed
from muniment.pay.distributions.services.reports import NotSealed
from muniment.pay.distributions.services.transparency import prepare_report, publish_report
from muniment.trust.access.queries import list_events
from muniment.trust.batches.queries import BrokenBatch, get_batch
from muniment.trust.ledger.queries import balance, balances, list_entries
from muniment.trust.ledger.rules import fund
from muniment.use.usages.models import UsageReport
from tests.cast import CHEN, FARIDA
from tests.pay.distributions.society import (
    AT,
    RADIO,
    Society,
    documented_members,
    radio_draft,
    radio_report,
    set_up,
)

pytestmark = pytest.mark.django_db

EUR = 1_000_000
NEXT_YEAR = AT.replace(year=2027)


@pytest.fixture
def society(monkeypatch) -> Society:
    """One member with a work, a work of nobody, and EUR 1,000 of radio."""
    society = set_up(monkeypatch)
    society.share(7, (society.member("Aigul"), 1_000_000))
    society.receive(RADIO, 1_000 * EUR)
    society.report(RADIO, 1, [(7, 240, 1), (None, 60, 1)])
    return society


def lose(batch_id: int) -> None:
    """Remove the file of a sealed batch, as a bad restore does."""
    (settings.MUNIMENT_STORE / get_batch(batch_id).path).unlink()


def sealed_lines(society: Society, which: str) -> int:
    """Return the number of the sealed batch that the run stands on."""
    return getattr(society.reports[RADIO][0], which)


def test_a_report_whose_lines_were_never_sealed_stops_the_run(tmp_path):
    documented_members()
    report_id = radio_report(tmp_path)
    UsageReport.objects.filter(pk=report_id).update(batch=None)
    run = radio_draft()
    with pytest.raises(NotSealed, match=f"usage report {report_id} of fund {RADIO} are not sealed") as refused:
        services.compute_run(actor=CHEN, at=AT, run_id=run.id)
    assert "import its file again" in refused.value.remedy
    assert queries.get_run(run.id).state is RunState.DRAFT
    assert balance(fund(RADIO), "EUR") == 1_000 * EUR


@pytest.mark.parametrize("which", ["lines_batch_id", "matches_batch_id"])
def test_lines_that_are_missing_stop_the_computing(society, which):
    lose(sealed_lines(society, which))
    run = radio_draft()
    with pytest.raises(BrokenBatch, match="missing"):
        services.compute_run(actor=CHEN, at=AT, run_id=run.id)
    assert queries.get_run(run.id).state is RunState.DRAFT


@pytest.mark.parametrize("which", ["lines_batch_id", "matches_batch_id"])
def test_lines_that_are_missing_stop_the_posting_and_nothing_is_booked(society, which):
    run = services.compute_run(actor=CHEN, at=AT, run_id=radio_draft().id)
    services.approve_run(actor=FARIDA, at=AT, run_id=run.id)
    booked, told = list_entries().total, list_events().total
    lose(sealed_lines(society, which))
    with pytest.raises(BrokenBatch, match="missing"):
        services.post_run(actor=CHEN, at=AT, run_id=run.id)
    assert (list_entries().total, list_events().total) == (booked, told)
    assert queries.get_run(run.id).state is RunState.APPROVED
    assert (balance(fund(RADIO), "EUR"), balances("payable/", "EUR")) == (1_000 * EUR, {})


def posted() -> int:
    """Take a run over the radio fund to its posting, and return its number."""
    run = services.compute_run(actor=CHEN, at=AT, run_id=radio_draft().id)
    services.approve_run(actor=FARIDA, at=AT, run_id=run.id)
    return services.post_run(actor=CHEN, at=AT, run_id=run.id).id


def test_a_transparency_report_is_not_published_on_lines_that_are_missing(society):
    posted()
    prepare_report(actor=CHEN, at=NEXT_YEAR, year=2026)
    told = list_events().total
    lose(sealed_lines(society, "lines_batch_id"))
    with pytest.raises(BrokenBatch, match="missing"):
        publish_report(actor=FARIDA, at=NEXT_YEAR, year=2026)
    with pytest.raises(BrokenBatch, match="missing"):
        prepare_report(actor=CHEN, at=NEXT_YEAR, year=2026)
    assert list_events().total == told


def test_the_list_of_the_unclaimed_is_not_published_without_what_was_divided(society):
    from muniment.pay.distributions.models import DistributionRun

    run = DistributionRun.objects.get(pk=posted())
    told = list_events().total
    lose(run.allocations_batch_id)
    with pytest.raises(BrokenBatch, match="missing"):
        publish_unclaimed(actor=CHEN, at=AT)
    assert list_events().total == told
