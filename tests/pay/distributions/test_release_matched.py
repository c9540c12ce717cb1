"""Money held as unmatched goes to whose it is once the work is found; once, and by the shares of then."""

import pytest

from muniment.pay.distributions import queries, services
from muniment.pay.distributions.rules import WrongState
from muniment.rights.works.rules.drafts import ContributorDraft, RecordingDraft, WorkDraft
from muniment.rights.works.services import register_works
from muniment.trust.access.rules import NotAllowed
from muniment.trust.ledger.queries import balance
from muniment.trust.ledger.rules import held, payable
from muniment.use.matching.services import match_report
from tests.cast import CHEN, DEWI, FARIDA
from tests.pay.distributions.society import AT, RADIO, documented_members, finished_run, radio_draft, radio_report

pytestmark = pytest.mark.django_db

SCOPE = "run-1-pool-1"


@pytest.fixture
def members():
    return documented_members()


@pytest.fixture
def report_id(members, tmp_path):
    return radio_report(tmp_path)


@pytest.fixture
def run(report_id):
    return finished_run(report_id)


def find_the_work(report_id, *shares):
    """Register the work that nobody knew, with its shares, and match the report again."""
    contributors = tuple(
        ContributorDraft(name=name, role="CA", party_id=party_id, pr_own_ppm=share_ppm)
        for name, party_id, share_ppm in (("Somebody", None, 1_000_000 - sum(ppm for _, _, ppm in shares)), *shares)
    )
    recordings = (RecordingDraft(performer="Somebody"),)
    draft = WorkDraft(title="Nobody Knows This One", code="W-3", contributors=contributors, recordings=recordings)
    register_works(actor=CHEN, at=AT, drafts=[draft], claim="own", intake_id=None)
    return match_report(actor=CHEN, at=AT, report_id=report_id)


def test_nothing_found_nothing_released(run):
    assert services.release_matched(actor=CHEN, at=AT, run_id=run.id) == ()
    assert balance(held("UNMATCHED", SCOPE), "EUR") == 115_357_143


def test_a_found_work_is_paid_from_what_was_held(run, members, report_id):
    """115.357143 were held; Aigul owns three quarters of the work, the rest belongs to a writer without a mandate."""
    aigul, _ = members
    before = balance(payable(aigul), "EUR")
    assert find_the_work(report_id, ("Aigul Serik", aigul, 750_000)).matched_count == 4
    (released,) = services.release_matched(actor=CHEN, at=AT, run_id=run.id)
    gain = balance(payable(aigul), "EUR") - before
    assert (released.amount_micro, released.payee_count) == (gain, 1)
    assert gain in (86_517_857, 86_517_858)
    assert balance(held("UNMATCHED", SCOPE), "EUR") == 0
    assert gain + balance(held("UNCLAIMED", SCOPE), "EUR") == 115_357_143


def test_a_key_is_released_once(run, members, report_id):
    find_the_work(report_id, ("Aigul Serik", members[0], 750_000))
    assert len(services.release_matched(actor=CHEN, at=AT, run_id=run.id)) == 1
    assert services.release_matched(actor=CHEN, at=AT, run_id=run.id) == ()


def test_the_run_itself_stays_and_replays(run, members, report_id):
    find_the_work(report_id, ("Aigul Serik", members[0], 750_000))
    services.release_matched(actor=CHEN, at=AT, run_id=run.id)
    assert services.replay_run(run_id=run.id) == run.digest
    assert queries.run_sums(run.id).ties
    with pytest.raises(services.MoneyMovedOn, match="held/UNMATCHED"):
        services.reverse_run(actor=FARIDA, at=AT, run_id=run.id, reason="late")


def test_only_a_posted_run_and_who_may(report_id, run):
    with pytest.raises(NotAllowed):
        services.release_matched(actor=DEWI, at=AT, run_id=run.id)
    services.reverse_run(actor=FARIDA, at=AT, run_id=run.id, reason="wrong")
    with pytest.raises(WrongState, match="release unmatched money"):
        services.release_matched(actor=CHEN, at=AT, run_id=run.id)
    assert radio_draft().number == 2
    assert balance(f"fund/{RADIO}", "EUR") == 1_000_000_000
