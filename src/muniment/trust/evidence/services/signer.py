"""The registry's own signing key and certificates, files in the home: made on first use, or bought and put there.

`certificate_key.pem` is the EC key (P-256), `certificate_chain.pem` its certificate and those above it, the root last.
A registry with certificates of a public authority replaces both files. Without them the registry makes a root of its
own, whose key is forgotten at once: it signs one certificate, and a renewal is another root.
"""

import os
from datetime import datetime, timedelta
from functools import lru_cache
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

from muniment.trust.evidence.rules.signing import NotSigned, Signer

KEY_NAME = "certificate_key.pem"
CHAIN_NAME = "certificate_chain.pem"
_SIGNER_YEARS, _ROOT_YEARS = 5, 20
_YEAR = timedelta(days=365)


def registry_signer(home: Path, name: str, at: datetime) -> Signer:
    """Return who signs certificates, made on first use under the name of the registry.

    Raises:
        NotSigned: a file cannot be read, or the key is not that of the first certificate.
    """
    key_path, chain_path = home / KEY_NAME, home / CHAIN_NAME
    if not key_path.exists() and not chain_path.exists():
        _make(home, name, at)
    try:
        return _parsed(key_path.read_bytes(), chain_path.read_bytes())
    except (OSError, ValueError, TypeError) as error:
        raise NotSigned(f"{key_path} or {chain_path} cannot be read.", "Restore both from a backup.") from error


def renew_signer(home: Path, name: str, at: datetime) -> Signer:
    """Make a new key under a new root; the old files are kept beside, with the day in their names.

    Certificates that are out stay valid under the old root, which whoever checks them goes on to need.
    """
    for file in (KEY_NAME, CHAIN_NAME):
        path = home / file
        if path.exists():
            path.rename(path.with_name(f"{path.stem}-until-{at:%Y%m%dT%H%M%S}{path.suffix}"))
    return registry_signer(home, name, at)


def roots_of(home: Path) -> tuple[x509.Certificate, ...]:
    """Return every root that the registry has ever signed under, the one in use first."""
    paths = [home / CHAIN_NAME, *sorted(home.glob(f"{Path(CHAIN_NAME).stem}-until-*.pem"), reverse=True)]
    return tuple(x509.load_pem_x509_certificates(path.read_bytes())[-1] for path in paths if path.exists())


@lru_cache(maxsize=4)
def _parsed(key_pem: bytes, chain_pem: bytes) -> Signer:
    """Return the signer of two files: the same object for the same bytes, as `signing` keeps what its signatures share.

    Raises:
        ValueError, TypeError: a file cannot be read.
        NotSigned: the key is not that of the first certificate.
    """
    key, chain = load_pem_private_key(key_pem, None), tuple(x509.load_pem_x509_certificates(chain_pem))
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != chain[0].public_key():
        raise NotSigned(
            f"{KEY_NAME} is not the EC key of the first certificate in {CHAIN_NAME}.", "Put the two together that fit."
        )
    return Signer(chain, key)


def _make(home: Path, name: str, at: datetime) -> None:
    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root_name, own_name = _named(f"{name}: root of certificates"), _named(f"{name}: certificates")
    root = (
        _builder(root_name, root_name, root_key.public_key(), root_key.public_key(), at, _ROOT_YEARS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .sign(root_key, hashes.SHA256())
    )
    own = (
        _builder(own_name, root_name, key.public_key(), root_key.public_key(), at, _SIGNER_YEARS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .sign(root_key, hashes.SHA256())
    )
    home.mkdir(parents=True, exist_ok=True)
    chain = own.public_bytes(Encoding.PEM) + root.public_bytes(Encoding.PEM)
    _write(home / CHAIN_NAME, chain)
    _write(home / KEY_NAME, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


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


def _write(path: Path, content: bytes) -> None:
    unfinished = path.with_suffix(".unfinished")
    unfinished.unlink(missing_ok=True)
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
