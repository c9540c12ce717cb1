"""The API of the registry: anybody reads what is public, members and registrars apply, and refusals name the field."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client

from muniment.rights.parties.services import register_party
from muniment.rights.registry.queries.applications import get_application, list_applications
from muniment.rights.registry.rules.application import Kind, Statement, statement_text
from muniment.rights.registry.services.applications import draft_application
from muniment.trust.access.rules import Role
from tests.cast import CHEN, GULNAR
from tests.interfaces.browser import login
from tests.interfaces.register_office import CLOSED_AT, PUBLISHED_AT, STATEMENT, clock, publish, register
from tests.rights.registry.estate import license_to, pledge

pytestmark = pytest.mark.django_db
BASE = "/api/registry"


def get(path: str, client: Client | None = None, status: int = 200, **asked: str) -> dict[str, object]:
    """Return what an operation answers."""
    answer = (client or Client()).get(f"{BASE}{path}", asked)
    assert answer.status_code == status, (path, answer.status_code, answer.content[:500])
    found: dict[str, object] = answer.json() if status < 404 else {}
    return found


def post(client: Client, path: str, body: dict[str, object], status: int = 200) -> dict[str, object]:
    """Send a body; return what is answered."""
    answer = client.post(f"{BASE}{path}", json.dumps(body), content_type="application/json")
    assert answer.status_code == status, (answer.status_code, answer.content[:500])
    found: dict[str, object] = answer.json()
    return found


def asked_for(statement: Statement = STATEMENT, **more: object) -> dict[str, object]:
    """Return an application as JSON has it."""
    return {"profile": "zhejiang", "statement": json.loads(statement_text(statement)), **more}


def fields_of(answer: dict[str, object]) -> set[str]:
    """Return the fields that a refusal or a check is about."""
    findings = answer["findings"]
    assert isinstance(findings, list)
    for one in findings:
        assert set(one) == {"rule", "level", "field", "message", "remedy", "basis"}
    return {str(one["field"]) for one in findings if one["level"] == "error"}


def test_anybody_reads_register_extracts_publicity_profiles_and_figures() -> None:
    row = register()
    pledge(row.certificate_number, at=CLOSED_AT + timedelta(days=2))
    license_to(row.certificate_number, at=CLOSED_AT + timedelta(days=3), consent="letter")
    shown = publish(replace(STATEMENT, title="Second set (invented)"))
    with clock(PUBLISHED_AT + timedelta(hours=1)):
        found = get("/registrations", q="shangu", holder="谷地", state="in_force")
        assert found["total"] == 1
        assert get("/registrations", q="nowhere")["rows"] == []
        get("/registrations", status=422, state="dancing")
        published = get("/publicity")
        assert published["total"] == 1
        assert get(f"/publicity/{shown.number}")["is_open"] is True
        get(f"/publicity/{row.application}", status=404)
    with clock(CLOSED_AT + timedelta(days=9)):
        detail = get(f"/registrations/{row.registration_number}")
        extract = detail["extract"]
        assert isinstance(extract, dict)
        assert [one["amount_micro"] for one in extract["pledges"]] == [1_000_000_000_000]
        assert "amount_micro" not in extract["licences"][0]
        assert "reason" not in extract["history"][0]
        path = f"/registrations/{row.certificate_number}/as-of"
        assert get(path, on="2026-03-26")["pledges"] == []
        assert len(get(path, on="2026-03-28")["pledges"]) == 1  # type: ignore[arg-type]
        assert get(path, on="2026-03-28", known_at="2026-03-26T00:00:00")["pledges"] == []
        get(path, status=404, on="2020-01-01")
        get(path, status=422, on="yesterday")
        get("/registrations/123", status=404)
    figures = get("/figures/2026")
    assert (figures["applied"], figures["registered"], figures["pledges"]) == (2, 1, 1)
    get("/figures/99999", status=404)
    names = [one["name"] for one in get("/profiles")]  # type: ignore[index]
    assert "zhejiang" in names


def test_a_member_checks_and_submits_and_sees_its_own_alone() -> None:
    own = register_party(actor=CHEN, at=PUBLISHED_AT, kind="writer", name="Aigul Sarsenova")
    other = register_party(actor=CHEN, at=PUBLISHED_AT, kind="writer", name="Bilal Ahmed")
    aigul, bilal = login(Role.MEMBER, "aigul", own), login(Role.MEMBER, "bilal", other)
    with clock(PUBLISHED_AT):
        assert post(aigul, "/check", asked_for())["is_ready"] is True
        bad = replace(STATEMENT, title="", record_count=0, applicants=())
        checked = post(aigul, "/check", asked_for(bad))
        assert checked["is_ready"] is False
        assert {"title", "record_count", "applicants"} <= fields_of(checked)
        assert list_applications().total == 0
        sent = post(aigul, "/applications", asked_for())
        assert (sent["state"], sent["party_id"]) == ("submitted", own)
        draft = post(aigul, "/applications", asked_for(bad, is_draft=True))
        assert draft["state"] == "draft"
        assert get("/applications", aigul)["total"] == 2
        assert get("/applications", bilal)["total"] == 0
        assert get(f"/applications/{sent['number']}", aigul)["number"] == sent["number"]
        get(f"/applications/{sent['number']}", bilal, 403)
        post(bilal, "/applications", asked_for(party_id=own), 403)
        gulnar = login(Role.REGISTRAR, "gulnar")
        assert get("/applications", gulnar, state="submitted")["total"] == 1
        get("/applications/A-00000099-99", gulnar, 404)
        for_her = post(gulnar, "/applications", asked_for(replace(STATEMENT, title="For her"), party_id=own))
        assert for_her["party_id"] == own
        dewi = login(Role.AUDITOR, "dewi")
        assert get("/applications", dewi)["total"] == 3
        post(dewi, "/applications", asked_for(), 403)
        post(login(Role.FINANCE, "farida"), "/check", asked_for(), 403)
    assert Client().get(f"{BASE}/applications").status_code == 401


def test_what_is_refused_names_the_field_and_leaves_nothing() -> None:
    gulnar = login(Role.REGISTRAR, "gulnar")
    good = json.loads(statement_text(STATEMENT))
    with clock(PUBLISHED_AT):
        for changes, field in (
            ({"colour": "red"}, "colour"),
            ({"record_count": "many"}, "record_count"),
            ({"created_on": "2026-02-30"}, "created_on"),
            ({"sources": [{"kind": "licensed", "price": 1}]}, "sources.0.price"),
            ({"title": ""}, "title"),
            ({"sources": [{"kind": "licensed", "counterpart": "Somebody"}]}, "sources.0.contract_sha256"),
        ):
            refused = post(gulnar, "/applications", {"profile": "zhejiang", "statement": {**good, **changes}}, 422)
            assert field in fields_of(refused), changes
            assert refused["remedy"]
        for body in (
            asked_for(profile="nowhere"),
            asked_for(kind="renewal", registration="20990000000000001"),
            asked_for(registration="20990000000000001"),
            {"profile": "zhejiang", "statement": {"subject": "work", "title": "A song"}},
        ):
            assert post(gulnar, "/applications", dict(body), 422)["message"]
        post(gulnar, "/applications", {"profile": "zhejiang", "statement": []}, 422)
        post(gulnar, "/check", asked_for(profile="nowhere"), 422)
    assert list_applications().total == 0


def test_a_draft_of_somebody_is_not_public() -> None:
    row = draft_application(
        actor=GULNAR, at=PUBLISHED_AT, profile="zhejiang", kind=Kind.FIRST, statement=STATEMENT, party_id=None
    )
    assert get_application(row.number) is not None
    with clock(PUBLISHED_AT):
        get(f"/publicity/{row.number}", status=404)
        assert get("/publicity")["total"] == 0
