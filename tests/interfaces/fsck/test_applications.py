"""fsck of applications: what is right passes, and each thing that somebody changes is named."""

import pytest
from django.db import connection

from muniment.interfaces.fsck.applications import check_applications
from muniment.rights.registry.services.applications import erase_application
from muniment.trust.access.triggers import drop_sql
from tests.cast import IRINA
from tests.rights.registry.desk import drafted, public, registered, taken

pytestmark = pytest.mark.django_db


def findings() -> list[str]:
    """Return what the check reports."""
    found: list[str] = []
    check_applications(found.append)
    return found


@pytest.fixture(autouse=True)
def _desk() -> None:
    """Have applications of all sorts: a draft, corrected, refused after objections, erased, registered, objected to."""
    drafted()
    taken().ask().answer()
    case = public()
    first, second = case.oppose(), case.oppose()
    case.reply(first).decide(first, is_upheld=False).reply(second).decide(second, is_upheld=True)
    erased = taken().refuse()
    erase_application(actor=IRINA, at=erased.wait(), number=erased.row.number)
    registered()
    public().oppose()


def _unguarded(statement: str) -> None:
    """Change tables behind the back of their triggers."""
    statements = drop_sql(connection.vendor, "registry_event")
    on = " ON registry_round" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        for one in (*statements, f"DROP TRIGGER registry_round_only_erased{on}", statement):
            cursor.execute(one)


def test_sound_applications_pass() -> None:
    assert findings() == []


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE registry_round SET body = replace(body, 'Aigul', 'Bigul')", "its commitment is to"),
        ("UPDATE registry_round SET commitment = replace(commitment, 'a', 'b')", "leaf commits to"),
        ("UPDATE registry_round SET made_at = '2020-01-01 00:00:00+00'", "when it was sent"),
        ("DELETE FROM registry_round", "acts that bring one"),
        ("UPDATE registry_application SET state = 'refused' WHERE state = 'registered'", "history ends at"),
        ("UPDATE registry_application SET title = 'other' WHERE title <> ''", "newest round"),
        ("UPDATE registry_application SET event_count = event_count + 1", "another length"),
        ("UPDATE registry_application SET erased_at = changed_at", "was erased, and"),
        ("UPDATE registry_application SET draft = ''", "its draft is gone"),
        ("UPDATE registry_application SET profile = 'beijing'", "not what its leaf says"),
        ("UPDATE registry_event SET reason = 'another' WHERE act = 'refuse'", "not what its leaf says"),
        ("UPDATE registry_event SET points = ''", "not what its leaf says"),
        ("UPDATE registry_event SET act = 'register' WHERE act = 'close_publicity'", "not what its leaf says"),
        ("UPDATE registry_event SET at = '2020-01-01 00:00:00+00' WHERE seq = 1", "lies before"),
        ("UPDATE registry_event SET to_state = 'accepted' WHERE act = 'take'", "does not follow"),
        ("DELETE FROM registry_event WHERE act = 'close_publicity'", "no such act"),
        ("UPDATE registry_objection SET grounds = 'other'", "leaf commits to"),
        ("UPDATE registry_objection SET reply = 'other' WHERE reply <> ''", "reply to"),
        ("UPDATE registry_objection SET state = 'upheld' WHERE state = 'rejected'", "not what was decided"),
        ("UPDATE registry_objection SET state = 'moot', decided_at = filed_at WHERE state = 'open'", "do not fit"),
        ("UPDATE registry_objection SET body = replace(body, 'Bilal', 'Dilal')", "its commitment is to"),
        ("DELETE FROM registry_objection WHERE state = 'open'", "not those of its history"),
        ("UPDATE evidence_record SET subject = replace(subject, '/0', '/99') WHERE subject LIKE '%/0'", "no such act"),
        ("DELETE FROM evidence_record WHERE subject LIKE 'application/%/1'", "has no record in the log"),
    ],
)
def test_each_change_is_named(statement: str, words: str) -> None:
    _unguarded(statement)
    assert any(words in one for one in findings()), findings()
