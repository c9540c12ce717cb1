"""The registry's own root: its key, the certificates it signs, and its list of those that were revoked.

`certificate_root_key.pem` renews and revokes, and does nothing else: it is better kept on another machine, and given
when it is needed. `certificate_revoked.pem` has the newest list of each root; a registry with certificates of a public
authority puts the authority's lists there.
"""

import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

from muniment.trust.evidence.rules.revocation import RevocationList, is_list_of, lists_file, read_lists
from muniment.trust.evidence.rules.signing import NotSigned

ROOT_KEY_NAME, LISTS_NAME = "certificate_root_key.pem", "certificate_revoked.pem"
SIGNER_YEARS, _ROOT_YEARS = 5, 20
_YEAR = timedelta(days=365)


@dataclass(frozen=True, slots=True, eq=False)
class Root:
    """A root of our own with its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


def make_root(home: Path, name: str, at: datetime) -> Root:
    """Make a root under the name of a registry, keep its key in the home, and issue its first list, of nothing."""
    key, own = ec.generate_private_key(ec.SECP256R1()), _named(f"{name}: root of certificates")
    certificate = (
        _builder(own, own, key.public_key(), key.public_key(), at, _ROOT_YEARS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .sign(key, hashes.SHA256())
    )
    root = Root(certificate, key)
    home.mkdir(parents=True, exist_ok=True)
    write_key(home / ROOT_KEY_NAME, key)
    issue_list(home, root, at, ())
    return root


def open_root(path: Path, certificate: x509.Certificate) -> Root:
    """Return a root whose key lies at a path.

    Raises:
        NotSigned: the key cannot be read, or is not that of the root.
    """
    try:
        key = load_pem_private_key(path.read_bytes(), None)
    except (OSError, ValueError, TypeError) as error:
        raise NotSigned(f"{path} cannot be read as the key of the root.", "Name the file of the key.") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != certificate.public_key():
        raise NotSigned(f"{path} is not the key of the root.", "Name the key of the root that signed the certificate.")
    return Root(certificate, key)


def issue_certificate(
    root: Root, name: str, at: datetime, lists_url: str
) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    """Make a key to sign papers with, and its certificate under a root; the root's list is below `lists_url`."""
    key = ec.generate_private_key(ec.SECP256R1())
    own = _named(f"{name}: certificates")
    builder = _builder(own, root.certificate.subject, key.public_key(), root.key.public_key(), at, SIGNER_YEARS)
    if lists_url:
        place = x509.UniformResourceIdentifier(f"{lists_url}{list_name(root.certificate)}")
        points = [x509.DistributionPoint([place], None, None, None)]
        builder = builder.add_extension(x509.CRLDistributionPoints(points), critical=False)
    certificate = (
        builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .sign(root.key, hashes.SHA256())
    )
    return certificate, key


def outlives_a_signer(root: x509.Certificate, at: datetime) -> bool:
    """Say whether a root is valid for as long as a certificate that it signs at a time."""
    return at + SIGNER_YEARS * _YEAR <= root.not_valid_after_utc


def issue_list(home: Path, root: Root, at: datetime, more: tuple[x509.RevokedCertificate, ...]) -> RevocationList:
    """Issue the next list of a root, with entries beside those of its last one, and keep it in place of that.

    It speaks for as long as a certificate that is signed now is valid, since nobody here issues lists day by day.
    """
    kept = lists_of(home)
    before = [one for one in kept if is_list_of(one, root.certificate)]
    number = max((_number(one) for one in before), default=0) + 1
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(root.certificate.subject)
        .last_update(at)
        .next_update(at + SIGNER_YEARS * _YEAR)
        .add_extension(x509.CRLNumber(number), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(root.key.public_key()), critical=False)
    )
    for entry in (*(entry for one in before for entry in one), *more):
        builder = builder.add_revoked_certificate(entry)
    made = builder.sign(root.key, hashes.SHA256())
    write_file(home / LISTS_NAME, lists_file((made, *(one for one in kept if one not in before))))
    return made


def lists_of(home: Path) -> tuple[RevocationList, ...]:
    """Return the lists of revoked certificates that the registry keeps; none where there is no file.

    Raises:
        BadList: the file holds none.
    """
    path = home / LISTS_NAME
    return read_lists(path.read_bytes()) if path.exists() else ()


def list_name(root: x509.Certificate) -> str:
    """Return under which name the list of a root is published: the identifier of its key."""
    return f"{x509.SubjectKeyIdentifier.from_public_key(root.public_key()).digest.hex()}.crl"


def write_key(path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    """Write a key, for nobody else to read."""
    write_file(path, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def write_file(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, for nobody else to read."""
    unfinished = path.with_suffix(".unfinished")
    unfinished.unlink(missing_ok=True)
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)


def _number(one: RevocationList) -> int:
    return one.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    public: ec.EllipticCurvePublicKey,
    above: ec.EllipticCurvePublicKey,
    at: datetime,
    years: int,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - timedelta(minutes=5))
        .not_valid_after(at + years * _YEAR)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(above), critical=False)
    )


def _named(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text[:64])])


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=not signs_certificates,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )
