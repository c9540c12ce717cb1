"""Pages of adjustments, holds by age, the published list and its claims."""

from datetime import UTC, datetime

import pytest
from django.test import Client

from muniment.interfaces.office import adjustments as adjustment_pages
from muniment.interfaces.office import hold_ages as hold_pages
from muniment.interfaces.pages import new_form_token
from muniment.interfaces.portal import unclaimed as portal_pages
from muniment.interfaces.public import unclaimed as public_pages
from muniment.pay.distributions import services
from muniment.pay.distributions.queries import adjustments, hold_ages, published
from muniment.pay.distributions.queries.published import Audience
from muniment.rights.works.rules.drafts import ContributorDraft, RecordingDraft, WorkDraft
from muniment.rights.works.services import register_works
from muniment.trust.access.rules import Role
from muniment.trust.ledger.queries import balance
from muniment.trust.ledger.rules import payable
from muniment.use.matching.services import match_report
from tests.cast import CHEN
from tests.interfaces.browser import login
from tests.pay.distributions.society import AT, documented_members, finished_run, radio_report

pytestmark = pytest.mark.django_db

NOVEMBER = datetime(2026, 11, 20, 9, tzinfo=UTC)
LISTED = datetime(2028, 1, 10, 9, tzinfo=UTC)
PUBLIC = datetime(2029, 1, 10, 9, tzinfo=UTC)
OVER = datetime(2030, 1, 10, 9, tzinfo=UTC)


@pytest.fixture
def world(tmp_path, monkeypatch):
    members = documented_members()
    report_id = radio_report(tmp_path)
    return finished_run(report_id), report_id, *members


def clock(monkeypatch, at):
    for pages in (adjustment_pages, hold_pages, portal_pages, public_pages):
        monkeypatch.setattr(pages, "now", lambda: at)


def send(client, address, **data):
    answer = client.post(address, {"form_token": new_form_token(), **data}, follow=True)
    assert answer.status_code == 200, address
    return answer.content.decode()


def find_the_work(report_id, aigul):
    own = ContributorDraft(name="Aigul Serik", role="CA", party_id=aigul, pr_own_ppm=1_000_000)
    recordings = (RecordingDraft(performer="Somebody"),)
    draft = WorkDraft(title="Nobody Knows This One", code="W-3", contributors=(own,), recordings=recordings)
    register_works(actor=CHEN, at=AT, drafts=[draft], claim="own", intake_id=None)
    match_report(actor=CHEN, at=NOVEMBER, report_id=report_id)


def test_an_adjustment_goes_through_the_pages_by_two_persons(world, monkeypatch):
    run, report_id, aigul, _ = world
    clock(monkeypatch, NOVEMBER)
    chen, farida = login(Role.DISTRIBUTION, "chen"), login(Role.FINANCE, "farida")
    before = balance(payable(aigul), "EUR")
    assert "comes to the same" in send(chen, "/office/adjustments/draft/", run=run.id)
    find_the_work(report_id, aigul)
    drafted = send(chen, "/office/adjustments/draft/", run=run.id, title="What was found in November")
    assert "held/UNMATCHED/run-1-pool-1" in drafted
    assert "The work was found." in drafted
    (row,) = adjustments.list_adjustments().rows
    address = f"/office/adjustments/{row.id}/step/"
    assert "Your role does not carry this." in drafted
    assert "The adjustment is approved." in send(farida, address + "approve/")
    assert "The adjustment is in the books." in send(chen, address + "post/")
    assert "same digest" in send(chen, address + "replay/")
    assert "are issued" in send(chen, address + "statements/")
    assert balance(payable(aigul), "EUR") == before + 115_357_143
    listed = chen.get("/office/adjustments/").content.decode()
    assert "What was found in November" in listed
    assert "0001-A0001-000001" in chen.get(f"/office/statements/?run={run.id}").content.decode()


def test_holds_by_age_and_a_legal_hold(world, monkeypatch):
    clock(monkeypatch, LISTED)
    chen, farida = login(Role.DISTRIBUTION, "chen"), login(Role.FINANCE, "farida")
    page = chen.get("/office/holds/ages/").content.decode()
    assert "115.357143" in page
    assert "2029-12-31" in page
    facts = {"reason": "UNMATCHED", "scope": "run-1-pool-1", "currency": "EUR", "note": "Court of Almaty"}
    assert "Court of Almaty" in send(chen, "/office/holds/act/stop/", **facts)
    (stop,) = hold_ages.list_legal_holds()
    assert "The legal hold is lifted." in send(farida, "/office/holds/act/lift/", number=stop.id)


def test_a_closed_window_is_released_by_two_persons(world, monkeypatch):
    clock(monkeypatch, OVER)
    chen, farida = login(Role.DISTRIBUTION, "chen"), login(Role.FINANCE, "farida")
    (row,) = hold_ages.aged_holds("EUR", on=OVER.date())
    page = send(chen, "/office/holds/act/propose/", number=row.pool_id, reason="UNMATCHED")
    assert "waits for a second person" in page
    (waiting,) = hold_ages.list_expiries(waiting=True)
    assert "The money is released." in send(farida, "/office/holds/act/approve/", number=waiting.id)
    assert hold_ages.aged_holds("EUR", on=OVER.date()) == ()


def test_the_list_shows_each_item_from_its_day_on_and_never_an_amount_in_public(world, monkeypatch):
    clock(monkeypatch, LISTED)
    chen = login(Role.DISTRIBUTION, "chen")
    assert "The list has 1 items." in send(chen, "/office/unclaimed/publish/")
    assert "115.357143" in chen.get("/office/unclaimed/").content.decode()
    assert b"115.357143" in chen.get("/office/unclaimed/unclaimed.csv").content
    assert "Nothing is on the list today." in Client().get("/public/unclaimed/").content.decode()
    (key,) = (item.key for item in published.iter_unclaimed(Audience.OFFICE, on=LISTED.date()))
    assert Client().get(f"/public/unclaimed/{key}/").status_code == 404, "it is not public yet"
    clock(monkeypatch, PUBLIC)
    page = Client().get("/public/unclaimed/?q=nobody").content.decode()
    assert "Nobody Knows This One" in page
    assert "115.35" not in page
    csv = Client().get("/public/unclaimed/unclaimed.csv").content.decode()
    assert "Nobody Knows This One,Somebody" in csv
    address = f"/public/unclaimed/{key}/"
    assert key in csv
    assert address in page
    shown = Client().get(address).content.decode()
    assert "Nobody Knows This One" in shown
    assert "115.35" not in shown
    send(chen, "/office/unclaimed/publish/")
    assert Client().get(address).status_code == 200, "the address outlives a new sealing"
    assert "115.35" not in csv
    assert "Nothing on the list fits" in Client().get("/public/unclaimed/?q=xyz").content.decode()
    clock(monkeypatch, OVER)
    assert "Nothing is on the list today." in Client().get("/public/unclaimed/").content.decode()


def test_a_member_s_claim_reaches_the_office_keeps_the_money_and_is_answered(world, monkeypatch):
    _, _, aigul, _ = world
    clock(monkeypatch, LISTED)
    chen = login(Role.DISTRIBUTION, "chen")
    member = login(Role.MEMBER, "aigul", party_id=aigul)
    send(chen, "/office/unclaimed/publish/")
    assert "Nobody Knows This One" in member.get("/portal/unclaimed/").content.decode()
    (key,) = (item.key for item in published.iter_unclaimed(Audience.OFFICE, on=LISTED.date()))
    claim_it = f"/portal/unclaimed/{key}/claim/"
    assert claim_it in member.get("/portal/unclaimed/").content.decode()
    assert "waits for an answer" in send(member, claim_it, note="I wrote it in 2019.")
    assert "claimed this already" in send(member, claim_it, note="Again.")
    assert "The list has no item 9" in send(member, "/portal/unclaimed/9/claim/", note="x")
    (claim,) = published.list_claims().rows
    assert "I wrote it in 2019." in chen.get("/office/unclaimed/").content.decode()
    (row,) = hold_ages.aged_holds("EUR", on=OVER.date())
    with pytest.raises(services.NotExpired, match="is not decided"):
        services.propose_expiry(actor=CHEN, at=OVER, pool_id=row.pool_id or 0, reason="UNMATCHED")
    answered = send(chen, f"/office/unclaimed/claims/{claim.id}/", verdict="refuse", answer="Send the score.")
    assert "reads the answer" in answered
    assert "Send the score." in member.get("/portal/unclaimed/").content.decode()
    with pytest.raises(services.TooLate):
        services.claim_item(actor=CHEN, at=OVER, key=key, party_id=aigul, note="late")
