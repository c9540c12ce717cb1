"""fsck of the log: what is right passes, and each thing that somebody changes is named."""

import pyarrow as pa
import pytest
from django.db import connection

from muniment.interfaces.fsck.log import check_log
from muniment.trust.access.triggers import drop_sql
from muniment.trust.batches.services import seal_batch
from muniment.trust.evidence.rules.notes import ED25519, VerifierKey
from muniment.trust.evidence.services.files import log_folder
from tests.trust.evidence.logs import AT, ORIGIN, add, home, keys, leaf, made, run

pytestmark = pytest.mark.django_db


def findings() -> list[str]:
    """Return what the check reports."""
    found: list[str] = []
    check_log(found.append)
    return found


def change(statement: str) -> None:
    """Change the database behind every guard."""
    with connection.cursor() as cursor:
        for table in ("evidence_loggedleaf", "evidence_treehead"):
            for guard in drop_sql(connection.vendor, table):
                cursor.execute(guard)
        cursor.execute(statement)


@pytest.fixture
def _log() -> None:
    """Make a log of 601 leaves, one of them a sealed batch's."""
    add(0, 300)
    seal_batch(at=AT, stage="test", table=pa.table({"n": [1]}), sum_column=None)
    add(300, 300)


@pytest.mark.usefixtures("_log")
def test_a_sound_log_passes() -> None:
    assert findings() == []
    assert run().size == 601


@pytest.mark.usefixtures("_log")
@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ('UPDATE evidence_loggedleaf SET body = hash || hash || hash || hash WHERE "index" = 7', "leaf 7"),
        ('DELETE FROM evidence_loggedleaf WHERE "index" = 600', "was signed"),
        ("UPDATE evidence_treehead SET root = '00' WHERE size = 300", "not the tree of these leaves"),
        ("UPDATE evidence_treehead SET note = replace(note, '601', '602') WHERE size = 601", "not the one that"),
        ("UPDATE evidence_record SET body = body || ' '", "commits to"),
        ("UPDATE evidence_record SET leaf_hash = public_key", "neither in the tree nor waiting"),
        ("UPDATE evidence_logstate SET size = 600", "goes on from 600"),
    ],
)
def test_what_was_changed_in_the_database_is_named(statement: str, words: str) -> None:
    change(statement)
    assert any(words in found for found in findings())


@pytest.mark.usefixtures("_log")
@pytest.mark.parametrize("name", ["tile/0/001", "tile/1/000.p/2", "tile/entries/002.p/89", "checkpoint"])
def test_what_was_changed_in_the_files_is_named(name: str) -> None:
    path = log_folder(home()) / name
    path.write_bytes(path.read_bytes()[1:])
    assert len(findings()) >= 1
    assert leaf(0).body


def test_a_key_whose_base64_has_a_plus_is_read_whole() -> None:
    add(0, 2)
    secret = next(word for word in map(str, range(1_000)) if "+" in public_text(word).split("+", 2)[2])
    (home() / "log_key").write_text(f"{made(secret).private_bytes_raw().hex()}\n{(home() / 'log_key').read_text()}")
    assert "+" in keys().verifiers[0].text.split("+", 2)[2]
    add(2, 1)
    assert findings() == []


def public_text(word: str) -> str:
    """Return the verifier key of a word."""
    return VerifierKey(ORIGIN, ED25519, made(word).public_key().public_bytes_raw()).text


def test_a_key_that_is_not_listed_signs_for_nobody() -> None:
    add(0, 2)
    (home() / "log_keys.pub").write_text("")
    assert "not signed by a key" in findings()[0]
