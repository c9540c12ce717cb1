"""Pages and commands of sister societies; commands of adjustments and holds."""

from datetime import UTC, datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from typer.testing import CliRunner

from muniment.interfaces.cli import adjustments as adjustment_commands
from muniment.interfaces.cli import build_app
from muniment.interfaces.cli import holds as hold_commands
from muniment.interfaces.pages import new_form_token
from muniment.kernel.words.money import format_amount
from muniment.kernel.words.problems import UserError
from muniment.rights.parties.queries import get_party
from muniment.rights.parties.services import affiliate, register_party
from muniment.rights.works.rules.drafts import ContributorDraft, RecordingDraft, WorkDraft
from muniment.rights.works.services import register_works
from muniment.trust.access.rules import Role
from muniment.trust.ledger.queries import balance
from muniment.trust.ledger.rules import payable
from tests.cast import CHEN
from tests.interfaces.browser import login
from tests.pay.distributions.society import AT, LONG_AGO, Society, documented_members, finished_run, radio_report

pytestmark = pytest.mark.django_db

LATER = datetime(2026, 11, 20, 9, tzinfo=UTC)


@pytest.fixture
def sister(db):
    return register_party(actor=CHEN, at=LONG_AGO, kind="society", name="Society of the Steppe", society_code="999")


def send(client, address, **data):
    answer = client.post(address, {"form_token": new_form_token(), **data}, follow=True)
    assert answer.status_code == 200, address
    return answer.content.decode()


def command(*words, status=0):
    answer = CliRunner().invoke(build_app(), [str(word) for word in words], catch_exceptions=False)
    assert answer.exit_code == status, answer.output
    return " ".join(answer.output.split())


def test_money_from_a_society_goes_through_the_pages(sister):
    aigul, _ = documented_members()
    chen, farida = login(Role.DISTRIBUTION, "chen"), login(Role.FINANCE, "farida")
    refused = send(
        chen, "/office/societies/agree/", society=sister, direction="incoming", fee="5", approved_by="farida"
    )
    assert "consent" in refused
    facts = {"society": sister, "direction": "incoming", "fee": "5", "approved_by": "farida", "document": "A-1"}
    assert "The agreement is recorded." in send(chen, "/office/societies/agree/", **facts)
    code = get_party(aigul).code
    lines = f"member,title,used_on,currency,amount\n{code},Song of the Well,2026-05-01,EUR,100.00\n"
    file = SimpleUploadedFile("s.csv", lines.encode())
    facts = {"society": sister, "kind": "regular", "reference": "S-1", "received_on": "2026-10-01", "currency": "EUR"}
    assert "apart" in send(chen, "/office/societies/receive/", **facts, amount="99.00", file=file)
    file = SimpleUploadedFile("s.csv", lines.encode())
    page = send(chen, "/office/societies/receive/", **facts, amount="100.00", file=file)
    assert "A second person has to do this." in page
    assert "is not agreed" in send(farida, "/office/societies/statements/1/approve/", fee="6")
    assert "The statement is approved." in send(farida, "/office/societies/statements/1/approve/", fee="5")
    assert "The money is distributed." in send(chen, "/office/societies/statements/1/post/")
    assert balance(payable(aigul), "EUR") == 95_000_000
    assert "S-1" in chen.get("/office/societies/").content.decode()


def test_money_to_a_society_with_its_statement(sister, tmp_path):
    """The foreign writer's work earns 115.357143 net; of the social deduction the society gets its part back."""
    documented_members()
    theirs = register_party(actor=CHEN, at=LONG_AGO, kind="writer", name="Foreign Writer")
    affiliate(actor=CHEN, at=LONG_AGO, party_id=theirs, society_id=sister)
    Society().open_account(sister, 2)
    own = ContributorDraft(name="Foreign Writer", role="CA", party_id=theirs, pr_own_ppm=1_000_000)
    recordings = (RecordingDraft(performer="Somebody"),)
    draft = WorkDraft(title="Nobody Knows This One", code="W-3", contributors=(own,), recordings=recordings)
    register_works(actor=CHEN, at=AT, drafts=[draft], claim="own", intake_id=None)
    run = finished_run(radio_report(tmp_path))
    chen = login(Role.DISTRIBUTION, "chen")
    page = chen.get("/office/societies/").content.decode()
    assert "not settled" in page
    assert "115.357143" in page
    social = balance("deduction/social", "EUR")
    assert "are settled" in send(chen, f"/office/societies/runs/{run.id}/settle/")
    back = social * 115_357_143 // 807_500_000
    assert balance("deduction/social", "EUR") == social - back
    assert balance(payable(sister), "EUR") == 115_357_143 + back
    csv = chen.get(f"/office/societies/runs/{run.id}/{sister}.csv").content.decode()
    assert "Nobody Knows This One" in csv
    assert f"total,,,,,,,,,,EUR,{format_amount(115_357_143 + back, 'EUR')}" in csv
    assert "Society of the Steppe" in command("society", "outgoing", 1)
    assert "Tax withheld" in chen.get("/office/societies/").content.decode()
    assert "Societies of run 1 are settled." in command("society", "settle", 1, "--policy", "treaty", "--as", "chen")
    assert balance("tax/US", "EUR") == 0, "what is settled is not settled again"


def test_adjustments_and_holds_at_the_command_line(tmp_path, monkeypatch):
    for module in (adjustment_commands, hold_commands):
        monkeypatch.setattr(module, "now", lambda: LATER)
    documented_members()
    finished_run(radio_report(tmp_path))
    assert "2029-12-31" in command("distribution", "holds", "--currency", "EUR")
    with pytest.raises(UserError, match="comes to the same"):
        command("distribution", "adjust", 1, "--known-at", "2026-10-20T00:00:00+00:00", "--as", "chen")
    assert "Adjustments" in command("adjustment", "show")
    assert "Recoveries" in command("adjustment", "recoveries")
    command("hold", "stop", "UNMATCHED/run-1-pool-1", "--currency", "EUR", "--note", "Court", "--as", "chen")
    assert "Court" in command("hold", "stops")
    assert "The list has 1 items." in command("hold", "publish", "--as", "chen")
    path = tmp_path / "list.csv"
    assert "1 items" in command("hold", "list", path, "--audience", "office")
    assert "115.36" in path.read_text() or "115.357143" in path.read_text()
    assert "Claims" in command("hold", "claims")
    assert "Agreements" in command("society", "agreements")
    assert "Money from societies" in command("society", "incoming")
