"""A full disk while depositing, appending to the log and making a certificate: a refusal, and nothing half done.

SQLite is told that its file may not grow; the disk itself is full where a file is synced.
"""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import OperationalError, connection

from muniment.interfaces.fsck.log import check_log
from muniment.interfaces.fsck.registry import check_certificates, check_deposits
from muniment.rights.registry.models import Certificate, Deposit
from muniment.rights.registry.rules.contents import FileHash, Kind
from muniment.rights.registry.services.bags import Content, NotKept, bag_folder, deposits_folder
from muniment.rights.registry.services.certificates import NotWritten, remove_pdf
from muniment.trust.evidence import services
from muniment.trust.evidence.models import LoggedLeaf, Record, Submission
from muniment.trust.evidence.queries import last_head
from muniment.trust.evidence.services.files import CHECKPOINT, LogNotWritten, log_folder
from tests.rights.registry.office import AIGUL, certify, put, put_content, registry
from tests.trust.evidence.logs import AT, add, home, leaf, run

pytestmark = pytest.mark.django_db(transaction=True)
MANY = 3_000


@pytest.fixture
def winds(tmp_path: Path) -> Path:
    """Return a file to deposit."""
    path = tmp_path / "winds.csv"
    path.write_text("invented\n")
    return path


@contextmanager
def full_database() -> Iterator[None]:
    """Let the database not grow by a page; skip where it is not SQLite's."""
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL has no bound of its own to set")
    with connection.cursor() as cursor:
        [most] = cursor.execute("PRAGMA max_page_count").fetchone()
        [pages] = cursor.execute("PRAGMA page_count").fetchone()
        cursor.execute(f"PRAGMA max_page_count = {pages}")
        try:
            yield
        finally:
            cursor.execute(f"PRAGMA max_page_count = {most}")


@contextmanager
def full_disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let no file be synced any more."""

    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        yield


def broken() -> list[str]:
    """Return what fsck finds of deposits, certificates and the log."""
    found: list[str] = []
    for check in (check_deposits, check_certificates, check_log):
        check(found.append)
    return found


def test_a_deposit_that_the_database_cannot_hold_is_not_made_and_is_made_once_later(winds: Path) -> None:
    put(winds)
    files = tuple(FileHash(f"{number}.csv", f"{number:064x}", number) for number in range(1, MANY))
    content = Content(Kind.HASHES, files)
    with full_database(), pytest.raises(OperationalError, match="full"):
        put_content(content, AIGUL)
    assert (Deposit.objects.count(), Record.objects.count(), Submission.objects.count()) == (1, 1, 1)
    assert broken() == []
    first = put_content(content, AIGUL)
    assert put_content(content, AIGUL) == first
    assert Deposit.objects.count() == 2


def test_leaves_that_the_database_cannot_hold_go_on_waiting() -> None:
    before = add(0, 3)
    services.submit_many(at=AT, leaves=[leaf(number) for number in range(3, MANY)])
    text = (log_folder(home()) / CHECKPOINT).read_text()
    with full_database(), pytest.raises(OperationalError, match="full"):
        run(MANY)
    assert last_head() == before
    assert (LoggedLeaf.objects.count(), Submission.objects.count()) == (3, MANY - 3)
    assert (log_folder(home()) / CHECKPOINT).read_text() == text
    assert run(MANY).size == MANY
    assert broken() == []


def test_a_deposit_that_the_disk_cannot_hold_leaves_nothing(winds: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with full_disk(monkeypatch), pytest.raises(NotKept, match=r"Make room\. Nothing was deposited\."):
        put(winds)
    assert not Deposit.objects.exists()
    assert not list(deposits_folder(home()).iterdir())
    row = put(winds)
    assert bag_folder(home(), row.request_key).is_dir()
    assert broken() == []


def test_a_certificate_that_the_disk_cannot_hold_leaves_nothing(winds: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    number = put(winds).number
    assert registry().signer.chain, "its keys are there"
    with full_disk(monkeypatch), pytest.raises(LogNotWritten, match="nothing is lost"):
        certify(number)
    run()
    monkeypatch.setattr("tests.rights.registry.office.run", lambda: None)
    with full_disk(monkeypatch), pytest.raises(NotWritten, match="Make room"):
        certify(number)
    assert not list((home() / "certificates").iterdir()), "half a certificate names a person as well"
    assert Certificate.objects.get().pdf_sha256 == ""
    assert broken() == []
    assert certify(number).pdf_sha256
    assert Certificate.objects.count() == 1
    (home() / "certificates" / f"{Certificate.objects.get().number}.unfinished").write_text("as a kill leaves it")
    remove_pdf(home(), Certificate.objects.get().number)
    assert not list((home() / "certificates").iterdir())
