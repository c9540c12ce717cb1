"""The map over HTTP: its root, proofs for anybody, and its place on the page of the log."""

import pytest
from django.test import Client

from muniment.interfaces import evidence_log
from muniment.trust.evidence import services
from muniment.trust.evidence.queries.map_nodes import last_root
from muniment.trust.evidence.rules.map_proofs import verify_map_proof
from muniment.trust.evidence.services import register_map
from tests.interfaces.browser import page
from tests.trust.evidence.logs import AT, OPERATOR, entropy, home

pytestmark = pytest.mark.django_db
MAP = "/public/log/map/"


def fill() -> None:
    """Make a map of three entries in a signed tree."""
    register_map.set_entries(at=AT, entries={f"registration/{number}": {"liens": number} for number in range(3)})
    services.sequence(actor=OPERATOR, at=AT, keys=evidence_log.keys(), home=home(), entropy=entropy)


def test_anybody_gets_a_proof_that_holds() -> None:
    fill()
    root = last_root()
    assert root is not None
    assert page(Client(), f"{MAP}root") == f"size=1\nroot={root.root}\nentries=3\n"
    for key, value in (("registration/2", '{"liens":2}'), ("grantor/Ä & Ö", None)):
        answer = Client().get(f"{MAP}proof", {"key": key, "size": "1"})
        assert answer.headers["Content-Disposition"].startswith("attachment")
        shown = verify_map_proof(answer.content.decode(), evidence_log.policy(), evidence_log.keys().leaf_public, key)
        assert (shown.value, shown.size) == (value, 1)


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({}, 400),
        ({"key": ""}, 400),
        ({"key": "k" * 1_001}, 400),
        ({"key": "a\0b"}, 400),
        ({"key": "a", "size": "-1"}, 400),
        ({"key": "a", "size": "²"}, 400),
        ({"key": "a", "size": "9" * 30}, 400),
        ({"key": "a", "size": "7"}, 404),
    ],
)
def test_what_cannot_be_asked_is_refused(asked: dict[str, str], status: int) -> None:
    fill()
    answer = Client().get(f"{MAP}proof", asked)
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "text/plain; charset=utf-8")


def test_without_an_entry_there_is_no_map() -> None:
    assert Client().get(f"{MAP}root").status_code == 404
    assert Client().get(f"{MAP}proof", {"key": "a"}).status_code == 404
    assert Client().post(f"{MAP}proof", {"key": "a"}).status_code == 405
    assert "map-proof" not in page(Client(), "/public/log/")


def test_the_page_of_the_log_shows_the_map() -> None:
    fill()
    root = last_root()
    assert root is not None
    body = page(Client(), "/public/log/")
    assert root.root in body
    assert f"{MAP}proof" in body
