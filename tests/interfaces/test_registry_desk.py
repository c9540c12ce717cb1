"""The registrar's desk: the queue, an application with findings and rounds, every act, a colleague in between."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from unittest.mock import patch

import pytest
from django.test import Client
from django.urls import reverse

from muniment.rights.parties.services import register_party
from muniment.rights.registry.queries.applications import events_of, get_application, objections_of
from muniment.rights.registry.queries.registrations import get_registration
from muniment.rights.registry.rules.application import Kind, Source
from muniment.rights.registry.rules.examination import Point
from muniment.rights.registry.rules.standing import State
from muniment.rights.registry.services.applications import draft_application
from muniment.trust.access.rules import Role
from tests.cast import AIGUL as MEMBER
from tests.cast import CHEN, GULNAR, HAMID
from tests.interfaces.browser import login, page
from tests.rights.registry.desk import START, VALLEYS, Case, drafted, public, taken
from tests.rights.registry.office import AIGUL, put

pytestmark = pytest.mark.django_db
CLOCKS = ("_registry_parts", "registry_acts", "registry_register")


class Clock:
    """The hour that the desk reads; one after the case unless it is set."""

    at = START + timedelta(days=1)

    def now(self) -> datetime:
        """Return it."""
        return self.at


@pytest.fixture
def clock() -> Iterator[Clock]:
    """Let the desk read a clock that a test sets."""
    clock = Clock()
    patches = [patch(f"muniment.interfaces.office.{name}.now", clock.now) for name in CLOCKS]
    for one in patches:
        one.start()
    yield clock
    for one in patches:
        one.stop()


@pytest.fixture
def gulnar(clock: Clock) -> Client:
    """Return the browser of a registrar."""
    return login(Role.REGISTRAR, GULNAR.name)


@pytest.fixture
def irina(clock: Clock) -> Client:
    """Return the browser of the chief registrar."""
    return login(Role.CHIEF_REGISTRAR, "irina")


def at(case: Case, name: str = "") -> str:
    """Return the address of an application, or of an act on it."""
    if not name:
        return reverse("office:registry_application", args=[case.row.number])
    if name == "take":
        return reverse("office:registry_take", args=[case.row.number])
    return reverse("office:registry_act", args=[case.row.number, name])


def post(client: Client, address: str, case: Case, **fields: object) -> str:
    """Send a form as the page of the case's version shows it; return what page follows."""
    response = client.post(address, {"version": case.row.version, **fields}, follow=True)
    assert response.status_code in (200, 409), response.status_code
    return str(response.content.decode())


def state_of(case: Case) -> State:
    """Return where an application stands."""
    row = get_application(case.row.number)
    assert row is not None
    return row.state


def test_the_queue_is_empty_then_counts_and_filters(gulnar: Client, clock: Clock) -> None:
    queue = reverse("office:registry")
    assert "No application has come in yet" in page(gulnar, queue)
    waiting, mine = drafted(replace(VALLEYS, title="دریا کا بہاؤ")).submit(), taken()
    shown = page(gulnar, queue)
    assert "دریا کا بہاؤ" in shown
    assert VALLEYS.title in shown
    assert "days left" in shown
    for query, found, missing in (
        ("?state=submitted", waiting, mine),
        ("?whose=mine", mine, waiting),
        ("?whose=nobody", waiting, mine),
        ("?q=دریا", waiting, mine),
        (f"?q={mine.row.number}", mine, waiting),
    ):
        shown = page(gulnar, queue + query)
        assert found.row.number in shown, query
        assert missing.row.number not in shown, query
    assert "No application fits" in page(gulnar, queue + "?profile=beijing&kind=transfer")
    assert "No application fits" in page(gulnar, queue + "?overdue=1")
    clock.at = START + timedelta(days=200)
    assert "days late" in page(gulnar, queue + "?overdue=1")
    assert waiting.row.number in page(gulnar, queue + "?state=nonsense&kind=%00&page=77")


def test_an_application_shows_findings_beside_its_fields_and_what_happened(gulnar: Client, clock: Clock) -> None:
    case = taken()
    clock.at = case.at + timedelta(hours=1)
    shown = page(gulnar, at(case))
    assert VALLEYS.summary in shown
    assert "What is to be registered" in shown
    assert "Taken up" in shown
    assert "leaf waits for the log" in shown
    assert reverse("office:registry_act", args=[case.row.number, "pass"]) in shown
    assert "finds" in shown
    for role, name in ((Role.AUDITOR, "dewi"), (Role.CHIEF_REGISTRAR, "irina")):
        assert VALLEYS.title in page(login(role, name), at(case))
    page(login(Role.MEMBER, "aigul"), at(case), 403)
    page(login(Role.FINANCE, "farida"), at(case, "take").replace("take", "pass"), 403)
    page(gulnar, reverse("office:registry_application", args=["A-00000099-99"]), 404)
    page(gulnar, at(case, "nonsense"), 404)


def test_a_draft_of_a_member_is_its_writers_own(gulnar: Client) -> None:
    party = register_party(actor=CHEN, at=START, kind="writer", name="Aigul")
    member = replace(MEMBER, party_id=party)
    row = draft_application(
        actor=member, at=START, profile="zhejiang", kind=Kind.FIRST, statement=VALLEYS, party_id=party
    )
    assert row.number not in page(gulnar, reverse("office:registry"))
    shown = page(gulnar, reverse("office:registry_application", args=[row.number]))
    assert "writer's own" in shown
    assert VALLEYS.scenario not in shown


def test_deposits_that_are_alike_are_told(gulnar: Client, tmp_path: Path, clock: Clock) -> None:
    (tmp_path / "winds.csv").write_text("hour,speed\n" * 200)
    first, second = put(tmp_path / "winds.csv"), put(tmp_path / "winds.csv", replace(AIGUL, title="Again"))
    case = drafted(replace(VALLEYS, deposit=second.number))
    shown = page(gulnar, at(case))
    assert first.number in shown
    assert "the same bytes" in shown
    assert second.content_sha256 in shown


def test_an_examiner_takes_asks_and_reads_the_answer_side_by_side(gulnar: Client, clock: Clock) -> None:
    case = drafted(replace(VALLEYS, processing="Gaps are <b>filled</b> by hand.")).submit()
    clock.at = case.at + timedelta(hours=1)
    assert "You examine this application" in post(gulnar, at(case, "take"), case)
    case.look()
    form = page(gulnar, at(case, "ask") + "?field=processing")
    assert "working days to answer" in form
    assert "Ask for at least one point" in post(gulnar, at(case, "ask"), case, field_0="", text_0="")
    assert "Choose the field" in post(gulnar, at(case, "ask"), case, field_0="", text_0="What?")
    assert "Write what is to be corrected" in post(gulnar, at(case, "ask"), case, field_0="title", text_0=" ")
    assert state_of(case) is State.EXAMINATION
    asked = {"field_0": "processing", "text_0": "Say by which rule.", "field_1": "sample", "text_1": "Show ten rows."}
    assert "asked to correct" in post(gulnar, at(case, "ask"), case, **asked)
    case.at = clock.at
    case.look().answer(replace(VALLEYS, processing="Gaps are <b>filled</b> by linear rule.", scenario="Other use"))
    clock.at = case.at + timedelta(hours=1)
    assert "The applicant has answered: this is round 2" in page(gulnar, at(case))
    shown = page(gulnar, reverse("office:registry_rounds", args=[case.row.number]))
    assert "<del>hand</del>" in shown
    assert "<ins>linear rule</ins>" in shown
    assert "Gaps are &lt;b&gt;filled&lt;/b&gt; by " in shown
    assert "Say by which rule." in shown
    assert "not changed" in shown
    assert "was changed without being asked for" in shown
    same = page(gulnar, reverse("office:registry_rounds", args=[case.row.number]) + "?from=1&to=1")
    assert "Choose two different rounds" in same


def test_a_colleague_who_was_faster_is_told_and_nothing_written_is_lost(gulnar: Client, clock: Clock) -> None:
    case = taken()
    seen = case.row.version
    case.take(HAMID)
    clock.at = case.at + timedelta(hours=1)
    reasons = {"version": seen, "reasons": "Raw data, after long thought.", "confirmed": "on"}
    response = gulnar.post(at(case, "refuse"), reasons)
    assert response.status_code == 409
    shown = response.content.decode()
    assert "A colleague was faster" in shown
    assert "Raw data, after long thought." in shown
    assert HAMID.name in shown
    assert state_of(case) is State.EXAMINATION
    assert gulnar.post(at(case, "take"), {"version": seen}).status_code == 409
    assert gulnar.post(at(case, "take"), {"version": "x"}, follow=True).status_code == 200
    assert events_of(case.row.number)[-1].actor == HAMID.name


def test_a_refusal_has_reasons_and_is_meant(gulnar: Client, clock: Clock) -> None:
    case = taken()
    clock.at = case.at + timedelta(hours=1)
    assert "cannot be undone" in page(gulnar, at(case, "refuse"))
    post(gulnar, at(case, "refuse"), case, reasons="Raw data.")
    post(gulnar, at(case, "refuse"), case, confirmed="on")
    assert state_of(case) is State.EXAMINATION
    assert "is refused" in post(gulnar, at(case, "refuse"), case, reasons="Raw data.", confirmed="on")
    assert state_of(case) is State.REFUSED
    shown = page(gulnar, at(case))
    assert "Nothing that you may do" in shown
    assert gulnar.get(at(case, "pass"), follow=True).redirect_chain


def test_a_form_sent_twice_acts_once(gulnar: Client, clock: Clock) -> None:
    case = taken()
    clock.at = case.at + timedelta(hours=1)
    for _time in range(2):
        assert "is passed" in post(gulnar, at(case, "pass"), case, form_token="one") or _time
    assert [event.act for event in events_of(case.row.number)].count("pass_stage") == 1
    assert state_of(case) is State.ACCEPTED


def test_it_is_published_objected_to_decided_and_registered(gulnar: Client, irina: Client, clock: Clock) -> None:
    case = taken().pass_on()
    clock.at = case.at + timedelta(hours=1)
    assert "working days, until" in page(gulnar, at(case, "publish"))
    assert "is published" in post(gulnar, at(case, "publish"), case, confirmed="on")
    case.at = clock.at
    objection = case.look().oppose()
    decide = reverse("office:registry_objection", args=[case.row.number, objection.number, "decide"])
    reply = decide.replace("decide", "reply")
    clock.at = case.at + timedelta(hours=1)
    assert irina.get(decide, follow=True).redirect_chain, "the applicant may still reply"
    assert "reply is written down" in post(gulnar, reply, case, reply="They are ours: see the contract.")
    assert gulnar.get(reply, follow=True).redirect_chain, "a reply is given once"
    case.look()
    assert "These are our parcels." in page(irina, at(case))
    page(gulnar, decide, 403)
    assert "These are our parcels." in page(irina, decide)
    post(irina, decide, case, verdict="rejected", confirmed="on")
    assert objections_of(case.row.number)[0].state == "open"
    said = {"verdict": "rejected", "reasons": "The contract shows it.", "confirmed": "on"}
    assert "objection is decided" in post(irina, decide, case, **said)
    case.look()
    assert state_of(case) is State.PUBLICITY
    assert irina.get(at(case, "close"), follow=True).redirect_chain
    clock.at = case.at + timedelta(days=40)
    assert "public register" in page(irina, at(case, "close"))
    assert "It is registered" in post(irina, at(case, "close"), case, confirmed="on")
    row = get_registration(case.look().row.registration_number)
    assert row is not None
    assert row.certificate_number in page(gulnar, reverse("office:registrations"))


def test_an_objection_and_an_application_are_taken_back(gulnar: Client, clock: Clock) -> None:
    case = public()
    objection = case.oppose()
    clock.at = case.at + timedelta(hours=1)
    retract = reverse("office:registry_objection", args=[case.row.number, objection.number, "retract"])
    assert "ends undecided" in page(gulnar, retract)
    assert "objection is withdrawn" in post(gulnar, retract, case, reason="A letter of today.", confirmed="on")
    assert state_of(case) is State.PUBLICITY
    case.look()
    said = {"reason": "A visit of today.", "confirmed": "on"}
    assert "application is withdrawn" in post(gulnar, at(case, "withdraw"), case, **said)
    assert state_of(case) is State.WITHDRAWN
    page(gulnar, retract.replace(objection.number, "O-00000099-99").replace("retract", "pass"), 404)


def test_a_second_person_passes_the_next_stage(gulnar: Client, clock: Clock) -> None:
    case = taken("guangdong")
    clock.at = case.at + timedelta(hours=1)
    assert "A second person passes the next stage, not you." in page(gulnar, at(case, "pass"))
    post(gulnar, at(case, "pass"), case)
    shown = page(gulnar, at(case))
    assert "the next stage needs a second person" in shown
    assert at(case, "pass") not in shown
    hamid = login(Role.REGISTRAR, HAMID.name)
    post(hamid, at(case, "take"), case.look())
    post(hamid, at(case, "pass"), case.look())
    assert state_of(case) is State.ACCEPTED


def test_the_clocks_are_shown_and_run(gulnar: Client, irina: Client, clock: Clock) -> None:
    clocks, run = reverse("office:registry_clocks"), reverse("office:registry_run_clocks")
    assert "No clock runs" in page(gulnar, clocks)
    case, late = public(), taken().ask((Point("sample", "More rows."),))
    clock.at = START + timedelta(days=1)
    shown = page(gulnar, clocks)
    assert "its publicity ends" in shown
    assert "the applicant is to correct it" in shown
    assert "Nothing is late" in shown
    assert gulnar.post(run).status_code == 403
    clock.at = START + timedelta(days=100)
    assert "clocks are late" in page(irina, clocks)
    shown = irina.post(run, follow=True).content.decode()
    assert "1 application was registered." in shown
    assert "1 correction lapsed." in shown
    assert (state_of(case), state_of(late)) == (State.REGISTERED, State.WITHDRAWN)


def test_the_desk_in_urdu_runs_from_right_to_left(gulnar: Client, clock: Clock) -> None:
    case = taken().ask().answer(replace(VALLEYS, sources=(Source("self_collected", route="کھیت", method="ترازو"),)))
    gulnar.post(reverse("set_language"), {"language": "ur"})
    for name in ("registry_application", "registry_rounds"):
        shown = page(gulnar, reverse(f"office:{name}", args=[case.row.number]))
        assert 'dir="rtl"' in shown
        assert "<script" not in shown
        assert "style=" not in shown
