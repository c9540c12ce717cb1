"""fsck of the timestamps: what is right passes, and each thing that somebody changes is named."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import connection

from muniment.interfaces.fsck.stamps import check_stamps
from muniment.trust.access.triggers import drop_sql
from muniment.trust.evidence.services import log_record
from muniment.trust.evidence.services.stamping import stamp_head
from tests.trust.evidence.logs import AT, OPERATOR, add, entropy, home, keys
from tests.trust.evidence.years import YearsAuthority, renew_thrice, trusted

pytestmark = pytest.mark.django_db
START = datetime(2027, 3, 1, 9, 0, tzinfo=UTC)


def findings() -> list[str]:
    """Return what the check reports."""
    found: list[str] = []
    check_stamps(found.append)
    return found


def change(statement: str) -> None:
    """Change the database behind every guard."""
    with connection.cursor() as cursor:
        for table in ("evidence_timestamp", "evidence_archivelist", "evidence_loggedleaf"):
            for guard in drop_sql(connection.vendor, table):
                cursor.execute(guard)
        cursor.execute(statement)


@pytest.fixture
def _archive(tmp_path: Path) -> None:
    """Make a log whose checkpoints of 2, 3 and 4 leaves were stamped, stamped anew, hashed anew, and stamped anew."""
    authority = YearsAuthority(tmp_path / "tsa", START, days=2_000)
    asked = trusted(authority)
    log_record(at=AT, subject="deed/1", record={"kind": "deed"}, keys=keys(), entropy=entropy)
    for number in range(3):
        add(number, 1)
        stamp_head(actor=OPERATOR, at=authority.now, authorities=asked, lifetimes={})
    renew_thrice(authority, asked)


@pytest.mark.usefixtures("_archive")
def test_a_sound_archive_passes_after_each_way_to_renew() -> None:
    assert findings() == []
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*), count(DISTINCT token) FROM evidence_timestamp")
        assert cursor.fetchone() == (3 + 3 + 3 + 1 + 4, 3 + 1 + 1 + 1 + 1)


@pytest.mark.usefixtures("_archive")
@pytest.mark.parametrize(
    ("statement", "words"),
    [
        (
            "UPDATE evidence_timestamp SET token = replace(token, '2a8648', '2a8649') WHERE id = {first}",
            "cannot|it was altered",
        ),
        ("UPDATE evidence_timestamp SET token = upper(token) WHERE id = {first}", "spelt"),
        ("UPDATE evidence_timestamp SET expires_at = '2040-01-01 00:00:00+00:00' WHERE id = {first}", "noted with"),
        ("UPDATE evidence_timestamp SET imprint = '00' WHERE id = {first}", "noted with"),
        ("UPDATE evidence_timestamp SET signed_with = 'ecdsa' WHERE id = {first}", "noted with"),
        ("UPDATE evidence_timestamp SET stamped_at = '2027-03-02 00:00:00+00:00' WHERE id = {first}", "audit trail"),
        ("UPDATE evidence_timestamp SET authority = 'south' WHERE id = {first}", "audit trail"),
        ("UPDATE evidence_timestamp SET head_id = 3 WHERE id = {first}", "other bytes"),
        ("UPDATE evidence_timestamp SET algorithm = 'sha384' WHERE id = {first}", "other bytes"),
        ("UPDATE evidence_timestamp SET tree = '' WHERE id = {last}", "other bytes"),
        (
            "UPDATE evidence_timestamp SET tree = substr(tree, 3) || substr(tree, 1, 2) WHERE id = {last}",
            "its tree|other bytes",
        ),
        (
            "UPDATE evidence_timestamp SET archive_list_id = NULL WHERE renews_id IS NOT NULL",
            "another hash or thing",
        ),
        ("DELETE FROM evidence_timestamp WHERE id = {last}", "audit trail"),
        ("UPDATE evidence_archivelist SET body = replace(body, 'a', 'b')", "list .* is not of the leaves"),
        ("UPDATE evidence_archivelist SET body = substr(body, 1, 200)", "list .* is not of the leaves"),
    ],
)
def test_what_somebody_changed_is_named(statement: str, words: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT min(id), max(id) FROM evidence_timestamp")
        first, last = cursor.fetchone()
        change(statement.format(first=first, last=last))
    assert any(re.search(words, found) for found in findings()), findings()


@pytest.mark.usefixtures("_archive")
def test_without_the_authoritys_root_nothing_is_believed() -> None:
    (home() / "log_stamp_roots.pem").unlink()
    assert all("no trusted root" in found for found in findings())
    assert len(findings()) == 14
