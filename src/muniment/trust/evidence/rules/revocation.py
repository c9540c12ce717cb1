"""Whether certificates were revoked: what the lists of their issuers say (CRL, RFC 5280 section 5), and until when.

An entry that a later list drops still counts, as issuers drop those of expired certificates. A list of only some of an
issuer's certificates, or of the changes since another, is left aside.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import AuthorityInformationAccessOID

from muniment.kernel.words.problems import UserError

RevocationList = x509.CertificateRevocationList
_PEM = re.compile(rb"-----BEGIN X509 CRL-----.+?-----END X509 CRL-----\n?", re.DOTALL)


class BadList(UserError):
    """A file holds no lists of revoked certificates."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What lists say of the certificates from a signer up to a root.

    `revoked_from` is from when on one of them is not to be trusted. `as_of` and `until` are between which instants the
    newest lists speak for all of them; None where a certificate has no list. `is_missing` says that it should have one.
    """

    revoked_from: datetime | None = None
    as_of: datetime | None = None
    until: datetime | None = None
    is_missing: bool = False


def read_lists(pem: bytes) -> tuple[RevocationList, ...]:
    """Return the lists in a file, of which there may be several, as PEM.

    Raises:
        BadList: there is none in it, or one cannot be read.
    """
    try:
        found = tuple(x509.load_pem_x509_crl(one) for one in _PEM.findall(pem))
    except ValueError as error:
        raise BadList("A list of revoked certificates cannot be read.", "Give X509 CRLs as PEM.") from error
    if not found:
        raise BadList("There is no list of revoked certificates in the file.", "Give X509 CRLs as PEM.")
    return found


def lists_file(lists: Iterable[RevocationList]) -> bytes:
    """Return lists as a file that `read_lists` reads."""
    return b"".join(one.public_bytes(Encoding.PEM) for one in lists)


def standing_of(way: Sequence[x509.Certificate], lists: Sequence[RevocationList]) -> Standing:
    """Return what lists say of certificates, each signed by the next; the last is a root, which no list is about."""
    revoked: list[datetime] = []
    newest: list[RevocationList] = []
    is_missing = False
    for certificate, issuer in pairwise(way):
        own = [one for one in lists if is_list_of(one, issuer)]
        revoked.extend(when for one in own if (when := _revoked_from(certificate, one)) is not None)
        if own:
            newest.append(max(own, key=lambda one: one.last_update_utc))
        else:
            is_missing = is_missing or _says_that_there_are_lists(certificate)
    is_listed = bool(newest) and len(newest) == len(way) - 1
    return Standing(
        min(revoked, default=None),
        min(one.last_update_utc for one in newest) if is_listed else None,
        min(one.next_update_utc or datetime.max.replace(tzinfo=UTC) for one in newest) if is_listed else None,
        is_missing,
    )


def has_issued(above: x509.Certificate, certificate: x509.Certificate) -> bool:
    """Say whether a certificate signed another."""
    try:
        certificate.verify_directly_issued_by(above)
    except (InvalidSignature, TypeError, ValueError):
        return False
    return True


def is_list_of(one: RevocationList, issuer: x509.Certificate) -> bool:
    """Say whether an issuer signed a list, of all its certificates."""
    if one.issuer != issuer.subject or any(each.critical for each in one.extensions):
        return False
    try:
        usage = issuer.extensions.get_extension_for_class(x509.KeyUsage).value
        return usage.crl_sign and one.is_signature_valid(issuer.public_key())  # type: ignore[arg-type]
    except (x509.ExtensionNotFound, TypeError, ValueError, UnsupportedAlgorithm):
        return False


def _revoked_from(certificate: x509.Certificate, one: RevocationList) -> datetime | None:
    """Return when a certificate was revoked, or from when on its key may have been in other hands."""
    entry = one.get_revoked_certificate_by_serial_number(certificate.serial_number)
    if entry is None:
        return None
    try:
        invalid = entry.extensions.get_extension_for_class(x509.InvalidityDate).value.invalidity_date_utc
    except x509.ExtensionNotFound:
        return entry.revocation_date_utc
    return min(entry.revocation_date_utc, invalid)


def _says_that_there_are_lists(certificate: x509.Certificate) -> bool:
    """Say whether a certificate names a place where one learns that it was revoked."""
    extensions = {type(one.value): one.value for one in certificate.extensions}
    access = extensions.get(x509.AuthorityInformationAccess, ())
    return x509.CRLDistributionPoints in extensions or any(
        one.access_method == AuthorityInformationAccessOID.OCSP for one in access
    )
