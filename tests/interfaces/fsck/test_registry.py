"""fsck of deposits and certificates: what is right passes, and each thing that somebody changes is named."""

from pathlib import Path

import pytest
from django.db import connection

from muniment.interfaces.fsck.registry import check_certificates, check_deposits
from muniment.rights.registry.queries import get_deposit
from muniment.rights.registry.services.bags import bag_folder, remove_bag
from muniment.rights.registry.services.certificates import pdf_path, withdraw_certificate
from muniment.rights.registry.services.deposits import erase_deposit
from tests.rights.registry.office import certify, put
from tests.trust.evidence.logs import AT, OPERATOR, entropy, home, keys

pytestmark = pytest.mark.django_db


def findings() -> list[str]:
    """Return what both checks report."""
    found: list[str] = []
    check_deposits(found.append)
    check_certificates(found.append)
    return found


@pytest.fixture
def numbers(tmp_path: Path) -> tuple[str, str]:
    """Return the numbers of a deposit and of its certificate, beside one that was erased and one withdrawn."""
    (tmp_path / "winds.csv").write_bytes(bytes(range(256)) * 40)
    (tmp_path / "tides.csv").write_text("invented\n")
    gone = put(tmp_path / "tides.csv")
    erase_deposit(actor=OPERATOR, at=AT, number=gone.number, home=home())
    row = put(tmp_path / "winds.csv")
    old = certify(row.number, "ur")
    withdraw_certificate(actor=OPERATOR, at=AT, number=old.number, reason="error", keys=keys(), entropy=entropy)
    return row.number, certify(row.number).number


def test_sound_deposits_and_certificates_pass(numbers: tuple[str, str]) -> None:
    assert findings() == []
    assert len(numbers) == 2


@pytest.mark.usefixtures("numbers")
@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE registry_depositfile SET sha256 = replace(sha256, 'a', 'b')", "not those that its digest"),
        ("UPDATE registry_depositfile SET path = 'other' WHERE path <> ''", "manifest"),
        ("UPDATE registry_depositfile SET band_2 = 1 WHERE code <> ''", "found by its code"),
        ("UPDATE registry_deposit SET byte_count = byte_count + 1", "not those that its digest"),
        ("UPDATE registry_deposit SET deposited_at = '2020-01-01 00:00:00+00'", "not what its leaf says"),
        ("UPDATE registry_particulars SET body = replace(body, 'Aigul', 'Bigul')", "leaf commits to"),
        ("UPDATE registry_deposit SET is_kept = false", "there is a bag"),
        ("UPDATE registry_certificate SET language = 'zh' WHERE language = 'en'", "not what its leaf says"),
        ("UPDATE registry_certificate SET pdf_sha256 = replace(pdf_sha256, '1', '2')", "missing or altered"),
        ("UPDATE registry_certificate SET reason = 'other'", "withdrawal/"),
        ("UPDATE registry_certificate SET withdrawn_at = NULL WHERE language = 'ur'", "no such row"),
        ("UPDATE registry_certificate SET tree_size = 999", "never signed"),
        ("DELETE FROM registry_certificate WHERE language = 'ur'", "no such row"),
    ],
)
def test_what_was_changed_in_the_database_is_named(statement: str, words: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
    assert any(words in found for found in findings())


def test_what_was_changed_on_the_disk_is_named(numbers: tuple[str, str]) -> None:
    deposit, certificate = numbers
    path = pdf_path(home(), certificate)
    path.write_bytes(path.read_bytes() + b" ")
    row = get_deposit(deposit)
    assert row is not None
    manifest = bag_folder(home(), row.request_key) / "manifest-sha256.txt"
    manifest.write_text("0" * 64 + "  data/winds.csv\n")
    assert len(findings()) == 2
    remove_bag(home(), row.request_key)
    assert any("missing" in found for found in findings())
