"""`muniment distribution verify`: a run divided in SQL, told by pool; status 1 where anything differs."""

import pytest
from typer.testing import CliRunner

from muniment.interfaces.cli import build_app
from muniment.pay.distributions import services
from muniment.pay.distributions.models import DistributionRun
from tests.cast import CHEN
from tests.pay.distributions.society import AT, RADIO, set_up

pytestmark = pytest.mark.django_db


@pytest.fixture
def number(monkeypatch):
    society = set_up(monkeypatch)
    society.share(7, (society.member("Aigul"), 1_000_000))
    society.receive(RADIO, 100_000_000)
    society.report(RADIO, 1, [(7, 240, 1), (None, 100, 1)])
    run = services.draft_run(actor=CHEN, at=AT, title="Radio", policy="census-1", fund_codes=[RADIO], known_at=AT)
    return services.compute_run(actor=CHEN, at=AT, run_id=run.id).number


def verify(number):
    return CliRunner().invoke(build_app(), ["distribution", "verify", str(number)])


def test_a_run_that_agrees_is_said_to(number):
    told = verify(number)
    assert told.exit_code == 0
    assert "comes to the same in SQL, row for row" in told.output
    assert RADIO in told.output


def test_another_digest_ends_with_status_1(number):
    DistributionRun.objects.filter(number=number).update(digest="0" * 64)
    told = verify(number)
    assert told.exit_code == 1
    assert "SQL comes to" in told.output
