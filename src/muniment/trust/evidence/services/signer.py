"""The registry's own signing key and certificates, files in the home: made on first use, or bought and put there.

`certificate_key.pem` is the EC key (P-256), `certificate_chain.pem` its certificate and those above it, the root last.
A registry with certificates of a public authority replaces both files. Without them the registry makes a root of its
own, which `root` keeps.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from django.db import transaction

from muniment.kernel.words.problems import UserError
from muniment.trust.access.rules import Action, Actor, require
from muniment.trust.access.services import record_event
from muniment.trust.evidence.rules.revocation import RevocationList, has_issued, read_lists, standing_of
from muniment.trust.evidence.rules.signing import NotSigned, Signer
from muniment.trust.evidence.services.root import (
    LISTS_NAME,
    ROOT_KEY_NAME,
    Root,
    issue_certificate,
    issue_list,
    lists_of,
    make_root,
    open_root,
    outlives_a_signer,
    write_file,
    write_key,
)

KEY_NAME = "certificate_key.pem"
CHAIN_NAME = "certificate_chain.pem"
_MADE_NAME = "certificate_key.made"
_LOCK_NAME = "certificate.lock"


class NotRevoked(UserError):
    """A certificate could not be revoked."""


class Reason(StrEnum):
    """Why a certificate is revoked, as lists spell it (RFC 5280, section 5.3.1)."""

    KEY_COMPROMISE = "keyCompromise"
    SUPERSEDED = "superseded"
    CESSATION = "cessationOfOperation"


def registry_signer(home: Path, name: str, at: datetime, lists_url: str = "") -> Signer:
    """Return who signs certificates, made on first use under the name of the registry.

    Below `lists_url` the lists of revoked certificates are published; a certificate that is made says so.

    Raises:
        NotSigned: a file cannot be read, or the key is not that of the first certificate.
        BadList: the lists of revoked certificates cannot be read.
    """
    key_path, chain_path = home / KEY_NAME, home / CHAIN_NAME
    if key_path.exists() and chain_path.exists():
        with suppress(NotSigned):  # of files that are being renewed just now; then they are read again, alone
            return _read(home)
    with _alone(home):
        _put_key(home)
        if not key_path.exists() and not chain_path.exists():
            _make(home, name, at, lists_url, None)
        return _read(home)


def renew_signer(home: Path, name: str, at: datetime, lists_url: str = "", root_key: Path | None = None) -> Signer:
    """Make a new key, under our root where its key is at hand, else under a new one.

    The old files are kept beside, with the day in their names. Papers that are out stay valid under their root, which
    whoever checks them goes on to need.

    Raises:
        NotSigned: the key of the root cannot be read, or is that of another root.
    """
    chain_path, key_path = home / CHAIN_NAME, root_key or home / ROOT_KEY_NAME
    root = None
    if chain_path.exists() and (root_key is not None or key_path.exists()):
        root = open_root(key_path, x509.load_pem_x509_certificates(chain_path.read_bytes())[-1])
    goes_on = root is not None and outlives_a_signer(root.certificate, at)
    with _alone(home):
        for file in (KEY_NAME, CHAIN_NAME, *(() if goes_on else (ROOT_KEY_NAME,))):
            path = home / file
            kept = path.with_name(f"{path.stem}-until-{at:%Y%m%dT%H%M%S}{path.suffix}")
            if path.exists() and not kept.exists():
                kept.hardlink_to(path)
        _make(home, name, at, lists_url, root if goes_on else None)
    return registry_signer(home, name, at)


@transaction.atomic
def revoke_signer(
    *,
    actor: Actor,
    at: datetime,
    home: Path,
    reason: Reason,
    since: datetime | None = None,
    certificate: x509.Certificate | None = None,
    root_key: Path | None = None,
) -> RevocationList:
    """Revoke a certificate that our root signed, the one in use if none is given, and issue the next list.

    `since` is from when on the key may have been in other hands; signatures that a timestamp shows to be older hold.

    Raises:
        NotAllowed: the actor may not.
        NotRevoked: it is revoked already, `since` lies ahead, or no root of ours signed the certificate.
        NotSigned: the key of the root is not at hand, or is that of another root.
    """
    require(actor, Action.LOG_WRITE)
    revoked = certificate or x509.load_pem_x509_certificates((home / CHAIN_NAME).read_bytes())[0]
    root = next((one for one in roots_of(home) if has_issued(one, revoked)), None)
    if root is None:
        raise NotRevoked("No root of ours signed this certificate.", "Have its authority revoke it.")
    if since is not None and since > at:
        raise NotRevoked(f"{since:%Y-%m-%d} lies ahead.", "Say since when the key may have been in other hands.")
    opened = open_root(root_key or home / ROOT_KEY_NAME, root)
    if standing_of((revoked, root), lists_of(home)).revoked_from is not None:
        raise NotRevoked("This certificate is revoked already.", "Get a new one: muniment certificate renew-key")
    record_event(
        actor=actor,
        at=at,
        tag="signer.revoked",
        subject_kind="signer",
        subject_id=f"{revoked.serial_number:x}",
        after={"reason": str(reason), "since": since},
    )
    with _alone(home):
        return issue_list(home, opened, at, (_entry(revoked, at, reason, since),))


def roots_of(home: Path) -> tuple[x509.Certificate, ...]:
    """Return every root that the registry has ever signed under, the one in use first."""
    paths = [home / CHAIN_NAME, *sorted(home.glob(f"{Path(CHAIN_NAME).stem}-until-*.pem"), reverse=True)]
    chains = [x509.load_pem_x509_certificates(path.read_bytes()) for path in paths if path.exists()]
    return tuple(dict.fromkeys(chain[-1] for chain in chains))


@lru_cache(maxsize=4)
def _parsed(key_pem: bytes, chain_pem: bytes, lists_pem: bytes) -> Signer:
    """Return the signer of three files: the same object for the same bytes, as `signing` keeps what signatures share.

    Raises:
        ValueError, TypeError: a file cannot be read.
        NotSigned: the key is not that of the first certificate.
        BadList: the lists of revoked certificates cannot be read.
    """
    key, chain = load_pem_private_key(key_pem, None), tuple(x509.load_pem_x509_certificates(chain_pem))
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != chain[0].public_key():
        raise NotSigned(
            f"{KEY_NAME} is not the EC key of the first certificate in {CHAIN_NAME}.", "Put the two together that fit."
        )
    return Signer(chain, key, read_lists(lists_pem) if lists_pem else ())


def _read(home: Path) -> Signer:
    """Return who signs, as the files of a home say.

    Raises:
        NotSigned: a file cannot be read, or the key is not that of the first certificate.
        BadList: the lists of revoked certificates cannot be read.
    """
    key_path, chain_path, lists_path = home / KEY_NAME, home / CHAIN_NAME, home / LISTS_NAME
    try:
        lists = lists_path.read_bytes() if lists_path.exists() else b""
        return _parsed(key_path.read_bytes(), chain_path.read_bytes(), lists)
    except (OSError, ValueError, TypeError) as error:
        raise NotSigned(f"{key_path} or {chain_path} cannot be read.", "Restore both from a backup.") from error


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    """Let one process after the other change the files: of two that start at once, the second finds what was made."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / _LOCK_NAME).open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _make(home: Path, name: str, at: datetime, lists_url: str, root: Root | None) -> None:
    used = root or make_root(home, name, at)
    own, key = issue_certificate(used, name, at, lists_url)
    write_key(home / _MADE_NAME, key)
    write_file(home / CHAIN_NAME, own.public_bytes(Encoding.PEM) + used.certificate.public_bytes(Encoding.PEM))
    _put_key(home)


def _put_key(home: Path) -> None:
    """Put a key in its place that was made for the chain, perhaps by somebody who was cut off before he could."""
    made, chain_path = home / _MADE_NAME, home / CHAIN_NAME
    if made.exists() and chain_path.exists():
        own = x509.load_pem_x509_certificates(chain_path.read_bytes())[0]
        if load_pem_private_key(made.read_bytes(), None).public_key() == own.public_key():
            made.replace(home / KEY_NAME)


def _entry(
    certificate: x509.Certificate, at: datetime, reason: Reason, since: datetime | None
) -> x509.RevokedCertificate:
    builder = (
        x509.RevokedCertificateBuilder()
        .serial_number(certificate.serial_number)
        .revocation_date(at)
        .add_extension(x509.CRLReason(x509.ReasonFlags(reason)), critical=False)
    )
    if since is not None:
        builder = builder.add_extension(x509.InvalidityDate(since.astimezone(UTC).replace(tzinfo=None)), critical=False)
    return builder.build()
