"""What lower floors say, on pages: in the reader's language, from right to left, with names and numbers isolated."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from muniment.interfaces.phrases import in_language, refusal_text, shown_refusal
from muniment.kernel.words.phrases import Phrase
from muniment.kernel.words.problems import UserError
from muniment.rights.parties.services import register_party
from muniment.rights.registry.rules.application import BadStatement, Kind, read_statement
from muniment.rights.registry.rules.standing import Act, NotNow, State, next_state
from muniment.rights.registry.services.acts import Outrun
from muniment.trust.access.rules import Role
from tests.cast import CHEN, GULNAR
from tests.interfaces.browser import login
from tests.rights.registry.desk import START, VALLEYS, drafted, taken

RLM, FSI, PDI = "\u200f", "\u2068", "\u2069"


@pytest.fixture
def urdu() -> Iterator[None]:
    """Let the reader read Urdu."""
    with override("ur"):
        yield


def test_in_english_a_phrase_is_what_it_was() -> None:
    with override("en"):
        assert in_language(Phrase("{name} holds this already.", name="Wei Zhang")) == "Wei Zhang holds this already."
        assert in_language("Wait for the decision.") == "Wait for the decision."
        assert in_language("") == ""


def test_a_name_from_right_to_left_turns_no_english_word() -> None:
    with override("en"):
        shown = in_language(Phrase("{name} holds this already.", name="لتا"))
    assert shown == f"{FSI}لتا{PDI} holds this already."


def test_values_stand_isolated_in_the_sentence(urdu: None) -> None:
    shown = in_language(Phrase("The reply to {number} was due on {day}.", number="O-00000001-01", day=date(2026, 9, 3)))
    assert shown == f"{RLM}{FSI}O-00000001-01{PDI} کا جواب {FSI}2026-09-03{PDI} تک دینا تھا۔"


def test_codes_fields_and_phrases_within_are_words(urdu: None) -> None:
    shown = in_language(Phrase("{what} is missing.", what=Phrase("The reason")))
    assert shown == f"{RLM}یہ نہیں لکھا گیا: {FSI}{RLM}وجہ{PDI}۔"
    with pytest.raises(NotNow) as refused:
        next_state(State.SUBMITTED, Act.PUBLISH)
    assert refusal_text(refused.value).count(FSI) == 3
    assert "submitted" not in refusal_text(refused.value)
    with pytest.raises(BadStatement) as unread:
        read_statement('{"sources":[{"contract_until_on":"never"}]}')
    assert "sources" not in refusal_text(unread.value)
    assert in_language(Phrase("It has: {kinds}.", kinds=(Kind.FIRST, Kind.RENEWAL))).count("،") == 1


def test_what_has_no_translation_stays_english_as_a_whole(urdu: None) -> None:
    shown = in_language(Phrase("Nobody ever says {word} of {state}.", word="this", state=State.DRAFT))
    assert shown == f"{FSI}Nobody ever says {FSI}this{PDI} of {FSI}draft{PDI}.{PDI}"


def test_what_a_person_wrote_is_no_template(urdu: None) -> None:
    assert f"{FSI}{{day}}{PDI}" in in_language(Phrase("{name} holds this already.", name="{day}"))


def test_what_strangers_wrote_in_a_refusal_turns_nothing(urdu: None) -> None:
    refused = UserError("{text!r} names no sender of CWR.", text="a\u202eb\x00")
    assert "a<U+202E>b<U+0000>" in shown_refusal(refused)
    assert shown_refusal(refused).startswith(RLM)
    assert "<U+202E>" in shown_refusal(UserError("a\u202eb"))
    assert "<U+2067>" in shown_refusal(UserError("{names}", names=("\u2067", 3)))


@pytest.mark.django_db
def test_a_finding_at_the_desk_is_in_urdu() -> None:
    case, gulnar = drafted(statement=replace(VALLEYS, is_substantive=False)), reader(login(Role.REGISTRAR, GULNAR.name))
    shown = gulnar.get(reverse("office:registry_application", args=[case.row.number])).content.decode()
    assert '<html lang="ur" dir="rtl">' in shown
    assert f'<span dir="auto">{RLM}خام ڈیٹا رجسٹر نہیں ہوتا: ' in shown
    assert "Raw data" not in shown
    assert f"{FSI}refusals.raw_data{PDI}" in shown


@pytest.mark.django_db
def test_a_refusal_at_the_desk_is_in_urdu() -> None:
    case, gulnar = taken(), reader(login(Role.REGISTRAR, GULNAR.name))
    address = reverse("office:registry_take", args=[case.row.number])
    shown = gulnar.post(address, {"version": case.row.version - 1, "form_token": "t1"}).content.decode()
    assert in_urdu(Outrun("Somebody else acted on {number} since you looked at it.", number=case.row.number)) in shown


@pytest.mark.django_db
def test_a_refusal_and_findings_in_the_portal_are_in_urdu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("muniment.interfaces.portal.applications.now", lambda: START + timedelta(hours=1))
    party = register_party(actor=CHEN, at=START, kind="writer", name="Aigul Data Ltd (invented)")
    member = reader(login(Role.MEMBER, "aigul", party))
    begin = {"profile": "zhejiang", "title": "Arrivals of parcels", "form_token": "t1"}
    draft = member.post(reverse("portal:application_new"), begin)["Location"]
    number = next(part for part in draft.split("/") if part.startswith("A-"))
    member.post(reverse("portal:application_submit", args=[number]), {"version": 1, "form_token": "t2"})
    shown = member.get(reverse("portal:application", args=[number])).content.decode()
    assert "نہیں بتایا گیا۔" in shown
    assert "is not stated" not in shown
    assert "ژجیانگ: ڈیٹا کی املاکِ دانش (آزمائشی)" in shown


def reader(client: Client) -> Client:
    """Return a browser whose reader chose Urdu."""
    client.post(reverse("set_language"), {"language": "ur"})
    return client


def in_urdu(refusal: Outrun) -> str:
    """Return a refusal as an Urdu page says it."""
    with override("ur"):
        return refusal_text(refusal)
