"""A member's applications: written on a phone without scripts, checked, submitted, corrected, defended, withdrawn."""

import re
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from muniment.interfaces import registry_office
from muniment.interfaces.registry_form import shown_fields, texts_of
from muniment.rights.parties.services import register_party
from muniment.rights.registry.queries.applications import get_application, list_applications, statement_of
from muniment.rights.registry.rules.application import Kind, Statement
from muniment.rights.registry.rules.examination import Objector, Point
from muniment.rights.registry.rules.profiles import get_profile
from muniment.rights.registry.services.examination import ask_correction, pass_stage, take_application
from muniment.rights.registry.services.objections import file_objection
from muniment.rights.registry.services.publicity import close_publicity, publish_application
from muniment.trust.access.rules import Role
from tests.cast import CHEN, GULNAR, IRINA
from tests.interfaces.browser import login, page
from tests.rights.registry.desk import START, VALLEYS
from tests.rights.registry.rules.samples import OTHER_FIRM

pytestmark = pytest.mark.django_db
SHOWN = shown_fields(get_profile("zhejiang"), Kind.FIRST)


class Clock:
    """What the pages read as the time; each look is a minute later."""

    def __init__(self) -> None:
        self.at = START

    def __call__(self) -> datetime:
        self.at += timedelta(minutes=1)
        return self.at


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Return the clock of the pages."""
    found = Clock()
    monkeypatch.setattr("muniment.interfaces.portal.applications.now", found)
    return found


@pytest.fixture
def member(clock: Clock) -> Client:
    """Return the browser of a member."""
    party = register_party(actor=CHEN, at=START, kind="writer", name="Aigul Data Ltd (invented)")
    return login(Role.MEMBER, "aigul", party)


def post(client: Client, name: str, *args: str, **fields: object) -> str:
    """Send a form, with the token of nobody else; return the page that it leads to."""
    post.count += 1  # type: ignore[attr-defined]
    fields = {"form_token": f"t{post.count}", **fields}  # type: ignore[attr-defined]
    response = client.post(reverse(f"portal:{name}", args=args), fields, follow=True)
    assert response.status_code in (200, 422), response.status_code
    return response.content.decode()


post.count = 0  # type: ignore[attr-defined]


def begun(member: Client, profile: str = "zhejiang") -> str:
    """Begin a draft; return its number."""
    post(member, "application_new", profile=profile, title="Arrivals of parcels")
    return list_applications().rows[0].number


def boxes(statement: Statement = VALLEYS) -> dict[str, object]:
    """Return what a person types for a statement."""
    texts: dict[str, object] = dict(texts_of(statement, SHOWN))
    return texts | {"rights_claimed": list(statement.rights_claimed)}


def version(number: str) -> int:
    """Return the version that a page would carry now."""
    row = get_application(number)
    assert row is not None
    return row.version


def submitted(member: Client) -> str:
    """Draft and submit an application; return its number."""
    number = begun(member)
    post(member, "application_form", number, act="save", version=version(number), **boxes())
    post(member, "application_submit", number, version=version(number))
    return number


def in_publicity(member: Client, clock: Clock) -> str:
    """Return an application that is public."""
    number = submitted(member)
    for act in (take_application, pass_stage, publish_application):
        act(actor=GULNAR, at=clock(), number=number, version=version(number), leaves=registry_office.leaves())
    return number


def test_nothing_yet_says_so_and_leads_on(member: Client) -> None:
    text = page(member, reverse("portal:applications"))
    assert "applied for nothing yet" in text
    assert reverse("portal:application_new") in text
    new = page(member, reverse("portal:application_new"))
    assert "Zhejiang: data IP (pilot)" in new
    assert "nothing to renew" in new


def test_a_draft_is_written_checked_and_submitted(member: Client) -> None:
    number = begun(member)
    form = page(member, reverse("portal:application_form", args=[number]))
    assert 'value="Aigul Data Ltd (invented)"' in form
    assert 'name="sources.0.contract_until_on"' in form
    assert "authors" not in form
    show = page(member, reverse("portal:application", args=[number]))
    assert "Neither a deposit nor a notarial act" in show
    assert "Which rule says so" in show
    post(member, "application_submit", number, version=version(number))
    assert get_application(number).state == "draft"  # type: ignore[union-attr]
    text = post(member, "application_form", number, act="save", version=version(number), **boxes())
    assert statement_of(number) == VALLEYS
    assert "Nothing wrong. It can be submitted." in text
    text = post(member, "application_submit", number, version=version(number))
    assert "is submitted" in text
    assert "days left" in text
    assert number in page(member, reverse("portal:applications"))
    page(member, reverse("portal:application_form", args=[number]), 404)


def test_rows_are_added_and_taken_out_without_scripts(member: Client) -> None:
    number = begun(member)
    typed = boxes()
    text = post(member, "application_form", number, act="add", version=1, **typed)
    assert 'name="sources.2.kind"' in text
    assert VALLEYS.processing in text
    more = {"sources.2.kind": "self_collected", "sources.2.route": "Gates", "sources.7.method": "late"}
    post(member, "application_form", number, act="save", version=1, **typed, **more)
    stated = statement_of(number)
    assert stated is not None
    assert [one.route for one in stated.sources][2:] == ["Gates", ""]
    post(member, "application_form", number, act="save", version=2, remove=["sources.0", "sources.2"], **typed, **more)
    stated = statement_of(number)
    assert stated is not None
    assert [one.kind for one in stated.sources] == ["licensed", ""]


def test_what_cannot_be_read_stays_in_its_box(member: Client) -> None:
    number = begun(member)
    wrong = boxes() | {"record_count": "many", "sources.1.contract_until_on": "31.12.2030", "title": "Kept"}
    text = post(member, "application_form", number, act="save", version=1, **wrong)
    assert 'value="many"' in text
    assert 'value="31.12.2030"' in text
    assert 'value="Kept"' in text
    assert text.count('class="field wrong"') == 2
    assert statement_of(number).title == "Arrivals of parcels"  # type: ignore[union-attr]
    text = post(member, "application_form", number, act="check", version=1, **(boxes() | {"industry": "parcels"}))
    assert "is no code of GB/T 4754" in text
    assert 'value="parcels"' in text
    assert "finds nothing wrong" in post(member, "application_form", number, act="check", version=1, **boxes())


def test_two_windows_do_not_overwrite_each_other(member: Client) -> None:
    number = begun(member)
    post(member, "application_form", number, act="save", version=1, **boxes())
    text = post(member, "application_form", number, act="save", version=1, **(boxes() | {"title": "Late"}))
    assert 'value="Late"' in text
    assert statement_of(number) == VALLEYS
    assert "error" in text


def test_a_correction_is_shown_and_answered(member: Client, clock: Clock) -> None:
    number = submitted(member)
    leaves = registry_office.leaves()
    take_application(actor=GULNAR, at=clock(), number=number, version=version(number), leaves=leaves)
    points = (Point("processing", "Say how late parcels are estimated."),)
    ask_correction(actor=GULNAR, at=clock(), number=number, version=version(number), points=points, leaves=leaves)
    for text in (
        page(member, reverse("portal:application", args=[number])),
        page(member, reverse("portal:application_form", args=[number])),
    ):
        assert "Say how late parcels are estimated." in text
        assert "Rules of processing" in text
    wrong = boxes() | {"processing": "Kept text.", "deposit": "", "notarial_act.digest": ""}
    text = post(member, "application_form", number, act="save", version=version(number), **wrong)
    assert "Kept text." in text
    assert "Notarial act, digest is missing" in text
    better = boxes() | {"processing": VALLEYS.processing + " Late ones by the hour of the day."}
    text = post(member, "application_form", number, act="save", version=version(number), **better)
    assert "Your correction is sent." in text
    assert get_application(number).round_count == 2  # type: ignore[union-attr]


def test_an_objection_is_replied_to(member: Client, clock: Clock) -> None:
    number = in_publicity(member, clock)
    filed = file_objection(
        actor=None,
        at=clock(),
        number=number,
        objector=Objector("Bilal", "bilal@example.org"),
        grounds="These are our parcels.",
        leaves=registry_office.leaves(),
    )
    text = page(member, reverse("portal:application", args=[number]))
    assert "These are our parcels." in text
    assert "bilal@example.org" not in text
    text = post(member, "application_reply", number, filed.number, version=version(number), reply="They are ours.")
    assert "They are ours." in text
    assert "Send the reply" not in text


def test_what_is_registered_can_be_renewed_or_transferred(member: Client, clock: Clock) -> None:
    number = in_publicity(member, clock)
    clock.at += timedelta(days=20)
    close_publicity(actor=IRINA, at=clock(), number=number, version=version(number), leaves=registry_office.leaves())
    text = page(member, reverse("portal:application", args=[number]))
    (certificate,) = re.findall(r"registration=(\d{17})", text)
    assert reverse("public:paper_registration", args=[certificate]) in text
    assert certificate in page(member, reverse("portal:application_new"))
    post(member, "application_new", registration=certificate, kind="transfer")
    second = list_applications().rows[0]
    assert (second.kind, second.title) == (Kind.TRANSFER, VALLEYS.title)
    form = page(member, reverse("portal:application_form", args=[second.number]))
    assert 'name="transferee.identifier"' in form
    post(member, "application_new", registration=certificate, kind="cancellation")
    third = list_applications().rows[0]
    form = page(member, reverse("portal:application_form", args=[third.number]))
    assert 'name="reason"' in form
    assert 'name="sources.0.kind"' not in form
    text = post(member, "application_form", third.number, act="save", version=1, reason="No longer kept.")
    assert "It can be submitted" in text
    assert statement_of(third.number).title == VALLEYS.title  # type: ignore[union-attr]
    taker = {"transferee.name": "Chen Ltd", "transferee.kind": "legal", "transferee.identifier": OTHER_FIRM}
    typed = boxes() | taker | {"reason": "Sold."}
    post(member, "application_form", second.number, act="save", version=1, **typed)
    assert statement_of(second.number).transferee.name == "Chen Ltd"  # type: ignore[union-attr]
    assert "is submitted" in post(member, "application_submit", second.number, version=2)


def test_it_is_withdrawn(member: Client) -> None:
    number = submitted(member)
    text = post(member, "application_withdraw", number, version=version(number), reason="Not now.")
    assert "is withdrawn" in text
    assert "Not now." in text
    assert "application_withdraw" not in text
    assert reverse("portal:application_withdraw", args=[number]) not in text


def test_others_see_and_do_nothing(member: Client) -> None:
    number = begun(member)
    other = login(Role.MEMBER, "bilal", register_party(actor=CHEN, at=START, kind="writer", name="Bilal"))
    for name in ("application", "application_form"):
        page(other, reverse(f"portal:{name}", args=[number]), 404)
    for name in ("application_form", "application_submit", "application_withdraw"):
        assert other.post(reverse(f"portal:{name}", args=[number])).status_code == 404
    assert number not in page(other, reverse("portal:applications"))
    for nonsense in ("A-00000099-99", "x", number[:-1]):
        page(member, reverse("portal:application", args=[nonsense]), 404)
    page(login(Role.AUDITOR), reverse("portal:applications"), 403)
    assert Client().get(reverse("portal:applications")).status_code == 302
    for wrong in ({"registration": "20260333000000099", "kind": "transfer"}, {"profile": "../zhejiang"}):
        response = member.post(reverse("portal:application_new"), wrong)
        assert response.status_code in (302, 404)
    assert list_applications().total == 1
