"""Papers of the register: each holds, in each language, and what was altered, or is of something else, is found."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from muniment.rights.parties.services import register_party
from muniment.rights.registry.models import Registration
from muniment.rights.registry.queries.registrations import RegistrationRow
from muniment.rights.registry.services.enclosures import NoCertificate, Registry
from muniment.rights.registry.services.papers import (
    Paper,
    SearchFor,
    extract,
    registration_certificate,
    search_certificate,
)
from muniment.rights.registry.services.registrations import erase_holders, revoke_registration
from muniment.trust.access.rules import Actor, NotAllowed
from muniment.trust.evidence.queries.proving import NotLogged
from muniment.trust.evidence.rules.certificates import Given, State, Trust, Verdict, verify_certificate
from muniment.trust.evidence.rules.papers import UnknownPaper
from muniment.trust.evidence.rules.sealed_pdf import BadPdf, open_sealed
from muniment.trust.evidence.services.stamping import Authorities, stamp_head
from tests.cast import AIGUL, CHEN, DEWI, GULNAR, IRINA
from tests.rights.registry import office
from tests.rights.registry.estate import AT, SILK, TODAY, WEAVERS, give, leaves, license_to, pledge
from tests.rights.registry.office import put, trust
from tests.rights.registry.test_certificates import resigned
from tests.trust.evidence.authority import Authority
from tests.trust.evidence.logs import OPERATOR, add, entropy, policy, run

pytestmark = pytest.mark.django_db


def registry() -> Registry:
    """Return the registry of the tests, with its public pages."""
    return replace(office.registry(), site="https://registry.example/public/")


def certify(number: str, language: str = "en", actor: Actor = GULNAR) -> Paper:
    """Make the certificate of a registration."""
    return registration_certificate(actor=actor, at=AT, number=number, language=language, registry=registry())


def take(number: str, language: str = "en", **more: object) -> Paper:
    """Make an extract of today."""
    asked = {"on": TODAY, "known_at": None, **more}
    return extract(at=AT, number=number, language=language, registry=registry(), **asked)  # type: ignore[arg-type]


def search(asked: str, what: SearchFor = SearchFor.HOLDER, language: str = "en") -> Paper:
    """Make a search certificate."""
    return search_certificate(at=AT, asked=asked, what=what, language=language, registry=registry())


def checked(content: bytes, *given: Given) -> Verdict:
    """Verify a paper by whom a stranger would trust."""
    return verify_certificate(content, trust(), AT, given)


def failing(content: bytes) -> set[str]:
    """Return the names of the steps that fail."""
    return {step.name for step in checked(content).steps if step.state is State.FAILS}


@pytest.fixture
def registered(tmp_path: Path) -> RegistrationRow:
    """Return a registration of a deposit, with a licence and a pledge, all of it in the log."""
    (tmp_path / "silk.csv").write_text("invented\n")
    deposit = put(tmp_path / "silk.csv")
    row = give(replace(SILK, deposit=deposit.number))
    license_to(row.certificate_number)
    pledge(row.certificate_number)
    run()
    return row


def said(content: bytes) -> dict[str, object]:
    """Return what a paper says of itself."""
    found: dict[str, object] = json.loads(open_sealed(content).attachments["paper.json"])
    return found


def forged(content: bytes, name: str, change: Callable[[bytes], bytes]) -> bytes:
    """Return a paper with one attachment changed, under the registry's own signature."""
    attached = open_sealed(content).attachments
    changed = change(attached[name])
    assert changed != attached[name], name
    return resigned(attached | {name: changed})


def edited(content: bytes, **values: object) -> bytes:
    """Return a paper that says other values, under the registry's own signature."""
    return forged(content, "paper.json", lambda text: json.dumps(json.loads(text) | values).encode())


def test_each_paper_holds_in_each_language(registered: RegistrationRow) -> None:
    number = registered.certificate_number
    for language in ("en", "ur", "zh"):
        for paper in (certify(number, language), take(number, language), search("nobody", language=language)):
            verdict = checked(paper.content)
            assert verdict.state is State.HOLDS, verdict.steps
            assert verify_certificate(paper.content, Trust(), AT).state is State.UNKNOWN
    assert take(number).content is not None
    assert take(registered.registration_number).file_name == take(number).file_name


def test_a_certificate_says_what_is_registered_and_of_which_content(registered: RegistrationRow) -> None:
    paper = certify(registered.certificate_number)
    facts = said(paper.content)
    assert facts["registration_number"] == registered.registration_number
    assert facts["content_sha256"] == registered.content_sha256
    assert facts["until_on"] == str(registered.until_on)
    assert [one["name"] for one in facts["holders"]] == [WEAVERS.name]  # type: ignore[attr-defined]
    attached = open_sealed(paper.content).attachments
    assert {"registration.json", "deposit.tlog-proof", "particulars.json", "contents.txt"} <= attached.keys()
    verdict = checked(
        paper.content, Given("silk.csv", attached["contents.txt"].split()[0].decode()), Given("x", "0" * 64)
    )
    states = {step.name: step.state for step in verdict.steps}
    assert (states["file silk.csv"], states["file x"]) == (State.HOLDS, State.FAILS)
    assert WEAVERS.identifier.encode() in attached["particulars.json"]


def test_what_anybody_may_have_tells_no_identifier_and_no_address(registered: RegistrationRow) -> None:
    number = registered.certificate_number
    for paper in (take(number), search(number, SearchFor.REGISTRATION)):
        for content in open_sealed(paper.content).attachments.values():
            assert WEAVERS.identifier.encode() not in content
            assert b"Invented Road" not in content
        facts = said(paper.content)
        amounts = [[one["amount_micro"] for one in facts[name]] for name in ("licences", "pledges")]  # type: ignore[attr-defined]
        assert amounts == [[None], [1_000_000_000_000]], "the price of a licence is nobody else's"


def test_an_extract_is_as_of_a_day_and_as_known_at_an_instant(registered: RegistrationRow) -> None:
    number, later = registered.certificate_number, AT + timedelta(days=3)
    newest = said(take(number).content)
    assert (newest["is_newest"], newest["stands"]) == (True, "in_force")
    assert said(take(number, known_at=AT + timedelta(hours=9)).content)["is_newest"], "nothing is known later than now"
    assert [len(newest[name]) for name in ("licences", "pledges", "history")] == [1, 1, 1]  # type: ignore[arg-type]
    revoke_registration(actor=IRINA, at=later, number=number, reason="an error", leaves=leaves())
    with pytest.raises(NotLogged):
        take(number)
    run()
    before, after = take(number), take(number, on=TODAY + timedelta(days=3))
    assert (said(before.content)["stands"], said(after.content)["stands"]) == ("in_force", "revoked")
    assert (said(before.content)["is_newest"], said(after.content)["is_newest"]) == (False, True)
    known = take(number, on=TODAY + timedelta(days=3), known_at=AT)
    assert (said(known.content)["stands"], said(known.content)["version"]) == ("in_force", 0)
    for paper in (before, after, known):
        assert checked(paper.content).state is State.HOLDS
    with pytest.raises(NoCertificate, match="not in force"):
        certify(number)
    with pytest.raises(NoCertificate, match="says nothing"):
        take(number, on=TODAY - timedelta(days=1))
    assert said(take(number, on=registered.until_on + timedelta(days=1)).content)["stands"] == "revoked"  # type: ignore[operator]


def test_a_search_finds_liens_or_shows_that_there_are_none(registered: RegistrationRow) -> None:
    number = registered.certificate_number
    found = {
        "nothing": search("Nobody of the Invented Valley"),
        "by name": search("西湖 织造有限公司"),
        "by identifier": search(WEAVERS.identifier.lower()),
        "by number": search(registered.registration_number, SearchFor.REGISTRATION),
        "no such number": search("33000000000000001", SearchFor.REGISTRATION),
    }
    for name, paper in found.items():
        assert checked(paper.content).state is State.HOLDS, name
    answers = {name: said(paper.content)["found"] for name, paper in found.items()}
    assert (answers["nothing"], answers["no such number"]) == (None, None)
    assert answers["by name"] == answers["by identifier"] == {"pledges": [number], "registrations": 1}
    assert answers["by number"]["pledge_count"] == 1  # type: ignore[index]
    assert len(said(found["by number"].content)["pledges"]) == 1  # type: ignore[arg-type]


def test_no_byte_of_a_paper_can_be_changed(registered: RegistrationRow) -> None:
    whole = search("nobody").content
    for place in range(0, len(whole), len(whole) // 23):
        turned = whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :]
        try:
            assert failing(turned), place
        except (BadPdf, UnknownPaper):
            continue


def test_an_extract_with_another_proof_or_another_word_is_found(registered: RegistrationRow) -> None:
    whole, other = take(registered.certificate_number).content, give(replace(SILK, title="Other"))
    run()
    foreign = open_sealed(take(other.certificate_number).content).attachments
    for name in ("registration.json", "registration.tlog-proof", "entry.map-proof"):
        assert failing(forged(whole, name, lambda _text, name=name: foreign[name])), name  # type: ignore[misc]
    both = open_sealed(whole).attachments | {
        name: foreign[name] for name in ("registration.json", "registration.tlog-proof")
    }
    assert "extract is of the registration" in failing(resigned(both))
    others: dict[str, object] = {"state": "revoked", "until_on": "2040-01-01", "registration_number": "X", "version": 1}
    for name, value in others.items():
        assert "extract is of the registration" in failing(edited(whole, **{name: value})), name
    for name, value in {"pledges": [], "licences": [], "stands": "lapsed"}.items():
        assert failing(edited(whole, **{name: value})) == {"extract and entry"}, name
    assert "entry in the map" in failing(edited(whole, size=1))
    assert "entry in the map" in failing(edited(whole, root="0" * 64))
    assert failing(resigned(open_sealed(whole).attachments)) == set()


def test_a_search_with_the_proof_of_another_key_or_an_older_tree_is_found(registered: RegistrationRow) -> None:
    older, held = search("nobody").content, search(WEAVERS.name).content
    add(0, 3)
    newer, foreign = search("nobody").content, search("somebody else").content
    old, new, else_ = (open_sealed(one).attachments["entry.map-proof"] for one in (older, newer, foreign))
    assert failing(forged(newer, "entry.map-proof", lambda _text: else_)) >= {"entry in the map"}, "of another key"
    assert failing(forged(newer, "entry.map-proof", lambda _text: old)) >= {"entry in the map"}, "of an older tree"
    assert failing(forged(older, "entry.map-proof", lambda _text: new)) >= {"entry in the map"}
    cut = forged(newer, "entry.map-proof", lambda text: json.dumps(json.loads(text) | {"siblings": []}).encode())
    assert "entry in the map" in failing(cut)
    hidden = resigned(open_sealed(held).attachments | {"entry.map-proof": new})
    assert "entry in the map" in failing(hidden), "the absence of another key in the place of what there is"
    assert failing(edited(held, found=None)) == {"answer"}
    assert failing(edited(newer, found={"pledges": [], "registrations": 1})) == {"answer"}
    assert "entry in the map" in failing(edited(newer, key="grantor/another"))


def test_a_certificate_with_altered_names_terms_or_content_is_found(registered: RegistrationRow) -> None:
    whole = certify(registered.certificate_number).content
    changes = {
        "particulars.json": ("holder and title", b"Invented Road", b"Invented Rood"),
        "contents.txt": ("deposit of the registration", b" 9\n", b" 8\n"),
        "deposit.json": ("deposit of the registration", b"D-0000", b"D-1000"),
        "registration.json": ("registration in the log", b"in_force", b"revoked "),
        "registration.tlog-proof": ("registration in the log", b"index ", b"index 1"),
    }
    for name, (step, old, new) in changes.items():
        assert step in failing(forged(whole, name, lambda text, old=old, new=new: text.replace(old, new))), name  # type: ignore[misc]
    assert "holder and title" in failing(edited(whole, title="Other"))
    assert "deposit of the registration" in failing(edited(whole, content_sha256="0" * 64))
    without = {name: text for name, text in open_sealed(whole).attachments.items() if name != "registration.json"}
    assert "attachments" in failing(resigned(without))
    with pytest.raises(UnknownPaper):
        checked(edited(whole, kind="diploma"))
    with pytest.raises(UnknownPaper):
        checked(forged(whole, "paper.json", lambda _text: b"[]"))


def test_the_certificate_is_for_its_holder_and_the_desk(registered: RegistrationRow) -> None:
    number = registered.certificate_number
    member = replace(AIGUL, party_id=register_party(actor=CHEN, at=AT, kind="writer", name="Aigul"))
    for actor in (DEWI, member):
        with pytest.raises(NotAllowed):
            certify(number, actor=actor)
    Registration.objects.update(party=member.party_id)
    assert checked(certify(number, actor=member).content).state is State.HOLDS
    for wrong in ({"number": "33000000000000001"}, {"number": number, "language": "xx"}):
        with pytest.raises(NoCertificate):
            certify(**wrong)  # type: ignore[arg-type]
    for asked in ("", " ", "x" * 301, "a\nb", "—"):
        with pytest.raises(NoCertificate):
            search(asked)


def test_erased_holders_leave_papers_that_hold_by_the_registrys_word(registered: RegistrationRow) -> None:
    number = registered.certificate_number
    whole = certify(number).content
    erase_holders(actor=IRINA, at=AT, number=number)
    run()
    assert checked(whole).state is State.HOLDS, "what the holder has goes on to hold"
    verdict = checked(certify(number).content)
    assert verdict.state is State.HOLDS
    assert any("as the registry says" in step.detail for step in verdict.steps)


def test_nothing_is_said_before_the_log_has_it() -> None:
    with pytest.raises(NotLogged):
        search("nobody")
    row = give(SILK)
    for make in (certify, take):
        with pytest.raises(NotLogged):
            make(row.certificate_number)


def test_a_stamped_tree_and_a_stamped_signature_are_checked(registered: RegistrationRow, tmp_path: Path) -> None:
    now = datetime.now(UTC)
    authority, foreign = Authority(tmp_path / "tsa", now, days=3_500), Authority(tmp_path / "other", now)
    roots = (authority.root,)
    asked = Authorities(("north",), roots, entropy, authority.send)
    stamp_head(actor=OPERATOR, at=now, authorities=asked, lifetimes={})
    made = office.registry(lambda query: authority.send("", query)[1], now)
    number, late = registered.certificate_number, now + timedelta(days=3_000)
    trusted = Trust(policy(), (made.signer.chain[-1],), roots)
    for paper in (
        extract(at=now, number=number, on=now.date(), known_at=None, language="en", registry=made),
        search_certificate(at=now, asked="nobody", what=SearchFor.HOLDER, language="en", registry=made),
    ):
        assert {"checkpoint", "checkpoint.tst"} <= open_sealed(paper.content).attachments.keys()
        verdict = verify_certificate(paper.content, trusted, late)
        assert verdict.state is State.HOLDS, verdict.steps
        refused = verify_certificate(paper.content, replace(trusted, stamp_roots=(foreign.root,)), late)
        assert refused.state is State.FAILS
