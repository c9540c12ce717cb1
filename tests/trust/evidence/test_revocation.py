"""Lists of revoked certificates: whose they are, what they say of a chain, and which are left aside."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from muniment.trust.access.rules import NotAllowed
from muniment.trust.evidence.rules.revocation import (
    BadList,
    RevocationList,
    Standing,
    lists_file,
    read_lists,
    standing_of,
)
from muniment.trust.evidence.rules.signing import NotSigned
from muniment.trust.evidence.services.root import ROOT_KEY_NAME, Root, list_name, lists_of, open_root
from muniment.trust.evidence.services.signer import (
    NotRevoked,
    Reason,
    registry_signer,
    renew_signer,
    revoke_signer,
    roots_of,
)
from tests.cast import DEWI
from tests.trust.evidence.logs import AT, OPERATOR, home

NAME, URL = "Invented Registry", "https://registry.example/lists/"
LATER = AT + timedelta(days=30)


def own_root(place: Path) -> Root:
    """Return the root of a home with its key."""
    return open_root(place / ROOT_KEY_NAME, registry_signer(place, NAME, AT).chain[-1])


def listed(
    root: Root, *extensions: x509.ExtensionType, serials: tuple[int, ...] = (), at: datetime = AT
) -> RevocationList:
    """Return a list of a root with critical extensions."""
    builder = x509.CertificateRevocationListBuilder().issuer_name(root.certificate.subject)
    builder = builder.last_update(at).next_update(at + timedelta(days=7))
    for one in extensions:
        builder = builder.add_extension(one, critical=True)
    for serial in serials:
        entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(at).build()
        builder = builder.add_revoked_certificate(entry)
    return builder.sign(root.key, hashes.SHA256())


def test_a_new_signer_has_a_list_that_does_not_name_it(tmp_path: Path) -> None:
    signer = registry_signer(tmp_path, NAME, AT, URL)
    found = standing_of(signer.chain, lists_of(tmp_path))
    assert (found.revoked_from, found.as_of, found.is_missing) == (None, AT, False)
    assert found.until is not None
    assert found.until >= signer.chain[0].not_valid_after_utc
    (point,) = signer.chain[0].extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    assert point.full_name[0].value == URL + list_name(signer.chain[-1])
    assert standing_of(signer.chain, ()) == Standing(is_missing=True)
    assert read_lists(lists_file(lists_of(tmp_path))) == lists_of(tmp_path)
    assert (tmp_path / ROOT_KEY_NAME).stat().st_mode & 0o077 == 0


def test_a_certificate_that_names_no_list_needs_none(tmp_path: Path) -> None:
    assert standing_of(registry_signer(tmp_path, NAME, AT).chain, ()) == Standing()


def test_lists_of_others_and_of_a_part_are_left_aside(tmp_path: Path) -> None:
    signer, root = registry_signer(tmp_path, NAME, AT), own_root(tmp_path)
    serial = signer.chain[0].serial_number
    registry_signer(tmp_path / "other", NAME, AT)
    foreign = listed(own_root(tmp_path / "other"), serials=(serial,))
    part = x509.IssuingDistributionPoint(None, None, True, False, None, False, False)
    only_some = listed(root, part, serials=(serial,))
    changes = listed(root, x509.DeltaCRLIndicator(1), serials=(serial,))
    assert standing_of(signer.chain, (foreign, only_some, changes)) == Standing()
    whole = listed(root, serials=(serial,))
    assert standing_of(signer.chain, (foreign, whole)).revoked_from == AT
    dropped = listed(root, at=LATER)
    both = standing_of(signer.chain, (whole, dropped))
    assert (both.revoked_from, both.as_of) == (AT, LATER), "an entry that a later list drops still counts"


@pytest.mark.django_db
def test_a_revoked_signer_signs_no_more_until_it_is_renewed() -> None:
    signer = registry_signer(home(), NAME, AT)
    since = AT + timedelta(days=3)
    made = revoke_signer(actor=OPERATOR, at=LATER, home=home(), reason=Reason.KEY_COMPROMISE, since=since)
    (entry,) = made
    assert entry.serial_number == signer.chain[0].serial_number
    assert entry.extensions.get_extension_for_class(x509.CRLReason).value.reason is x509.ReasonFlags.key_compromise
    assert made.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number == 2
    assert standing_of(signer.chain, lists_of(home())).revoked_from == since
    with pytest.raises(NotSigned, match="revoked"):
        registry_signer(home(), NAME, LATER).check(LATER)
    with pytest.raises(NotRevoked, match="already"):
        revoke_signer(actor=OPERATOR, at=LATER, home=home(), reason=Reason.SUPERSEDED)
    renewed = renew_signer(home(), NAME, LATER)
    renewed.check(LATER)
    assert renewed.chain[-1] == signer.chain[-1], "the root goes on"
    assert roots_of(home()) == (signer.chain[-1],)
    again = revoke_signer(actor=OPERATOR, at=LATER, home=home(), reason=Reason.SUPERSEDED)
    assert {one.serial_number for one in again} == {signer.chain[0].serial_number, renewed.chain[0].serial_number}
    assert len(lists_of(home())) == 1


@pytest.mark.django_db
def test_the_key_of_the_root_may_lie_elsewhere(tmp_path: Path) -> None:
    old = registry_signer(home(), NAME, AT)
    away = tmp_path / "safe.pem"
    (home() / ROOT_KEY_NAME).rename(away)
    revoke = {"actor": OPERATOR, "at": LATER, "home": home(), "reason": Reason.SUPERSEDED}
    with pytest.raises(NotSigned, match="cannot be read"):
        revoke_signer(**revoke)  # type: ignore[arg-type]
    assert renew_signer(home(), NAME, LATER, root_key=away).chain[-1] == old.chain[-1]
    other = renew_signer(home(), NAME, LATER)
    assert other.chain[-1] != old.chain[-1], "without it there is a new root"
    assert roots_of(home()) == (other.chain[-1], old.chain[-1])
    with pytest.raises(NotSigned, match="not the key of the root"):
        revoke_signer(root_key=away, **revoke)  # type: ignore[arg-type]
    revoke_signer(certificate=old.chain[0], root_key=away, **revoke)  # type: ignore[arg-type]
    assert standing_of(old.chain, lists_of(home())).revoked_from == LATER
    assert standing_of(other.chain, lists_of(home())).revoked_from is None
    late = AT + timedelta(days=16 * 365)
    assert renew_signer(home(), NAME, late).chain[-1] != other.chain[-1], "a root that would end before its signer"


@pytest.mark.django_db
def test_what_cannot_be_revoked_is_refused(tmp_path: Path) -> None:
    registry_signer(home(), NAME, AT)
    revoke = {"at": LATER, "home": home(), "reason": Reason.SUPERSEDED}
    with pytest.raises(NotAllowed):
        revoke_signer(actor=DEWI, **revoke)  # type: ignore[arg-type]
    with pytest.raises(NotRevoked, match="lies ahead"):
        revoke_signer(actor=OPERATOR, since=LATER + timedelta(days=1), **revoke)  # type: ignore[arg-type]
    foreign = registry_signer(tmp_path / "other", "Other", AT).chain[0]
    with pytest.raises(NotRevoked, match="No root of ours"):
        revoke_signer(actor=OPERATOR, certificate=foreign, **revoke)  # type: ignore[arg-type]
    assert standing_of(registry_signer(home(), NAME, AT).chain, lists_of(home())).as_of == AT, "nothing was issued"
    for wrong in (b"", b"nothing", b"-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n"):
        with pytest.raises(BadList):
            read_lists(wrong)
