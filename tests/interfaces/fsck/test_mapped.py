"""fsck of the map: what is right passes, and each thing that somebody changes is named."""

import pytest
from django.db import connection

from muniment.interfaces.fsck.mapped import check_map
from muniment.trust.access.triggers import drop_sql
from muniment.trust.evidence.services import register_map
from tests.trust.evidence.logs import AT, add, run

pytestmark = pytest.mark.django_db


def findings() -> list[str]:
    """Return what the check reports."""
    found: list[str] = []
    check_map(found.append)
    return found


@pytest.fixture(autouse=True)
def _map() -> None:
    """Make a map of 60 entries in three trees; one entry waits for its removal, one is new."""
    add(0, 5)
    register_map.set_entries(at=AT, entries={f"registration/{number}": {"liens": 0} for number in range(61)})
    run()
    add(5, 3)
    register_map.set_entry(at=AT, key="registration/7", value={"liens": 1})
    register_map.remove_entry(at=AT, key="registration/8")
    run()
    register_map.remove_entry(at=AT, key="registration/9")
    register_map.set_entry(at=AT, key="registration/900", value={"liens": 0})


def test_a_sound_map_passes() -> None:
    assert check_map(print) == "61 entries, 3 roots"
    assert findings() == []
    run()
    assert (check_map(print), findings()) == ("60 entries, 4 roots", [])


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE evidence_mapnode SET value = replace(value, '1', '0') WHERE value LIKE '%%1%%'", "the value of"),
        ('UPDATE evidence_mapnode SET "left" = "right" WHERE value = \'\'', "not that of its hash"),
        ("DELETE FROM evidence_mapnode WHERE value LIKE '%%1%%'", "is missing"),
        ("DELETE FROM evidence_maproot WHERE size = 6", "map/6 states a root"),
        ("DELETE FROM evidence_maproot WHERE size = 11", "belongs to no root"),
        ("UPDATE evidence_maproot SET entry_count = 7 WHERE size = 6", "has not 7 entries"),
        ("UPDATE evidence_maproot SET size = 7 WHERE size = 6", "does not state the root"),
        ("UPDATE evidence_record SET body = replace(body, '60', '59') WHERE subject = 'map/11'", "does not state"),
        ("UPDATE evidence_mapentry SET value = '{}' WHERE value LIKE '%%1%%'", "was altered"),
        ("UPDATE evidence_mapentry SET folded = digest WHERE value LIKE '%%1%%'", "another value"),
        ("UPDATE evidence_mapentry SET waiting = NOT waiting WHERE value LIKE '%%1%%'", "waits is not so"),
        ("DELETE FROM evidence_mapentry WHERE value LIKE '%%1%%'", "there is none"),
    ],
)
def test_what_was_changed_is_named(statement: str, words: str) -> None:
    with connection.cursor() as cursor:
        for table in ("evidence_mapnode", "evidence_maproot"):
            for guard in drop_sql(connection.vendor, table):
                cursor.execute(guard)
        cursor.execute(statement, [])
    assert any(words in found for found in findings()), findings()
