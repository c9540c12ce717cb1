"""Timestamps of RFC 3161: the question, the answer and its verification; and the evidence record of RFC 4998.

A token is believed if its imprint is that of our bytes, its nonce ours, its signature that of a certificate for
time-stamping alone, and that certificate leads to a root we were told to trust, all valid at the time it names.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from muniment.kernel.words.problems import UserError
from muniment.trust.evidence.rules.der import (
    BOOLEAN,
    CONTEXT_0,
    GENERALIZED_TIME,
    INTEGER,
    NULL,
    OCTETS,
    SEQUENCE,
    SET,
    BadDer,
    Element,
    read,
    write,
    write_number,
    write_oid,
)

_SHA_256, _SHA_384, _SHA_512 = "2.16.840.1.101.3.4.2.1", "2.16.840.1.101.3.4.2.2", "2.16.840.1.101.3.4.2.3"
_HASHES: dict[str, hashes.HashAlgorithm] = {
    _SHA_256: hashes.SHA256(),
    _SHA_384: hashes.SHA384(),
    _SHA_512: hashes.SHA512(),
}
_ATTRIBUTE_DIGEST = "1.2.840.113549.1.9.4"
_SIGNED_DATA, _TST_INFO = "1.2.840.113549.1.7.2", "1.2.840.113549.1.9.16.1.4"
_MOST_LINKS = 6


_UNREADABLE = (
    BadDer,
    IndexError,
    ValueError,
    KeyError,
    StopIteration,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.ExtensionNotFound,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)
"""Whatever bytes that are not as they should be can make of reading them."""


class BadStamp(UserError):
    """An answer is no timestamp of our bytes, or nobody whom we trust made it."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """A verified timestamp: its token, when it was made, what was stamped, and until when its certificates hold."""

    token: bytes
    stamped_at: datetime
    imprint: bytes
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class _Signed:
    """The parts of a token that its verification needs."""

    info: Element
    certificates: tuple[x509.Certificate, ...]
    signer: list[Element]


def stamp_query(content: bytes, nonce: int) -> bytes:
    """Return the question for a timestamp over the SHA-256 of some bytes; `nonce` is a random number."""
    imprint = write(SEQUENCE, _algorithm(_SHA_256), write(OCTETS, hashlib.sha256(content).digest()))
    return write(SEQUENCE, write_number(1), imprint, write_number(nonce), write(BOOLEAN, b"\xff"))


def read_reply(reply: bytes, content: bytes, nonce: int, roots: Sequence[x509.Certificate]) -> Stamp:
    """Return the timestamp in an answer to `stamp_query`.

    Raises:
        BadStamp: the authority refused, or the token is not one of these bytes that we believe.
    """
    try:
        status, *rest = read(reply).parts()
        granted = status.parts()[0].number() in (0, 1)
    except (BadDer, IndexError, ValueError) as error:
        raise BadStamp("The answer is no timestamp reply.", "Check the address of the authority.") from error
    if not granted or not rest:
        raise BadStamp("The authority granted no timestamp.", "Ask again later, or ask its operator.")
    return verify_stamp(rest[0].whole, content, roots, nonce=nonce)


def verify_stamp(token: bytes, content: bytes, roots: Sequence[x509.Certificate], *, nonce: int | None = None) -> Stamp:
    """Return what a token says about bytes; the nonce is compared where one is given.

    Raises:
        BadStamp: it is not of these bytes, was altered, or leads to no trusted root.
    """
    try:
        signed = _open(token)
        parts = signed.info.parts()
        imprint = parts[2].parts()
        stamped_at = _instant(next(part for part in parts if part.tag == GENERALIZED_TIME))
        numbers = [part.number() for part in parts[5:] if part.tag == INTEGER]
        right = _digest(imprint[0].parts()[0].identifier(), content) == imprint[1].content
        signer = _signer(signed)
    except _UNREADABLE as error:
        raise BadStamp(
            "The token is no timestamp that we can read.", "It was altered, or is of another kind."
        ) from error
    if not right:
        raise BadStamp("The token is of other bytes.", "Take the token that was made for this checkpoint.")
    if nonce is not None and nonce not in numbers:
        raise BadStamp("The answer is to another question.", "Ask again.")
    try:
        expires_at = _climb(signer, signed.certificates, roots, stamped_at)
    except _UNREADABLE as error:
        raise BadStamp("A certificate of the token cannot be read.", "Ask another authority.") from error
    return Stamp(token, stamped_at, imprint[1].content, expires_at)


def evidence_record(tokens: Sequence[bytes]) -> bytes:
    """Return the evidence record (RFC 4998) of one checkpoint, whose tokens each cover the one before.

    It holds one chain of one algorithm, SHA-256, without a hash tree: each token is of one thing.

    Raises:
        ValueError: there is no token.
    """
    if not tokens:
        raise ValueError("an evidence record has at least one token")
    chain = write(SEQUENCE, *(write(SEQUENCE, token) for token in tokens))
    return write(SEQUENCE, write_number(1), write(SEQUENCE, _algorithm(_SHA_256)), write(SEQUENCE, chain))


def open_evidence_record(record: bytes) -> tuple[bytes, ...]:
    """Return the tokens of an evidence record as `evidence_record` writes it.

    Raises:
        BadDer: it is none.
    """
    parts = read(record).parts()
    if len(parts) != 3 or parts[0].number() != 1 or len(chains := parts[2].parts()) != 1:
        raise BadDer("This is no evidence record of one chain.", "It was altered, or another program made it.")
    return tuple(stamp.parts()[-1].whole for stamp in chains[0].parts())


def verify_evidence(record: bytes, content: bytes, roots: Sequence[x509.Certificate]) -> tuple[Stamp, ...]:
    """Return the stamps of an evidence record, if each covers the one before and was made before that one expired.

    Raises:
        BadStamp, BadDer: a token does not hold, or came too late.
    """
    found: list[Stamp] = []
    for token in open_evidence_record(record):
        stamp = verify_stamp(token, found[-1].token if found else content, roots)
        if found and not found[-1].stamped_at <= stamp.stamped_at < found[-1].expires_at:
            raise BadStamp("A renewal came after what it renews had expired.", "Renew earlier.")
        found.append(stamp)
    return tuple(found)


def read_roots(pem: bytes) -> tuple[x509.Certificate, ...]:
    """Return the certificates of a PEM file.

    Raises:
        BadStamp: it holds none.
    """
    try:
        return tuple(x509.load_pem_x509_certificates(pem))
    except ValueError as error:
        raise BadStamp("The file of trusted roots holds no certificate.", "Write them as PEM.") from error


def _algorithm(oid: str) -> bytes:
    return write(SEQUENCE, write_oid(oid), write(NULL))


def _digest(oid: str, content: bytes) -> bytes:
    digest = hashes.Hash(_HASHES[oid])
    digest.update(content)
    return digest.finalize()


def _open(token: bytes) -> _Signed:
    kind, wrapped = read(token).parts()
    signed = wrapped.parts()[0].parts()
    inner = signed[2].parts()
    if (kind.identifier(), inner[0].identifier()) != (_SIGNED_DATA, _TST_INFO):
        raise ValueError("no signed timestamp")
    certificates = next((part.parts() for part in signed[3:] if part.tag == CONTEXT_0), [])
    loaded = tuple(x509.load_der_x509_certificate(one.whole) for one in certificates)
    signers = signed[-1].parts()
    if len(signers) != 1:
        raise ValueError("a timestamp has one signer")
    return _Signed(read(inner[1].parts()[0].content), loaded, signers[0].parts())


def _signer(signed: _Signed) -> x509.Certificate:
    """Return the certificate whose key signed the token.

    Raises:
        ValueError: none did.
    """
    _, identity, algorithm, attributes, _, signature = signed.signer[:6]
    hashed = _HASHES[algorithm.parts()[0].identifier()]
    digest = hashes.Hash(hashed)
    digest.update(signed.info.whole)
    values = [one.parts() for one in attributes.parts()]
    wanted = [value[1].parts()[0].content for value in values if value[0].identifier() == _ATTRIBUTE_DIGEST]
    if attributes.tag != CONTEXT_0 or wanted != [digest.finalize()]:
        raise ValueError("the digest of the content is another")
    text = write(SET, attributes.content)
    serial = identity.parts()[1].number()
    for certificate in signed.certificates:
        if certificate.serial_number == serial and _is_signed(certificate, signature.content, text, hashed):
            return certificate
    raise ValueError("no certificate in the token signed it")


def _is_signed(certificate: x509.Certificate, signature: bytes, text: bytes, hashed: hashes.HashAlgorithm) -> bool:
    key = certificate.public_key()
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, text, padding.PKCS1v15(), hashed)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, text, ec.ECDSA(hashed))
        elif isinstance(key, ed25519.Ed25519PublicKey):
            key.verify(signature, text)
        else:
            return False
    except InvalidSignature:
        return False
    return True


def _climb(
    signer: x509.Certificate,
    others: Sequence[x509.Certificate],
    roots: Sequence[x509.Certificate],
    at: datetime,
) -> datetime:
    """Go from a signer up to a trusted root; return when the first certificate on the way expires.

    Raises:
        BadStamp: the signer may not stamp, a certificate was not valid then, or no root is reached.
    """
    usage = signer.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    if list(usage.value) != [ExtendedKeyUsageOID.TIME_STAMPING] or not usage.critical:
        raise BadStamp("The signer's certificate is not for time-stamping alone.", "Ask another authority.")
    current, expires_at = signer, signer.not_valid_after_utc
    for _ in range(_MOST_LINKS):
        if not current.not_valid_before_utc <= at <= current.not_valid_after_utc:
            raise BadStamp(
                f"The certificate of {current.subject.rfc4514_string()} was not valid at {at}.", "Ask again."
            )
        expires_at = min(expires_at, current.not_valid_after_utc)
        if current in roots:
            return expires_at
        above = next((one for one in (*roots, *others) if _issued(one, current)), None)
        if above is None:
            break
        current = above
    raise BadStamp("The signer's certificate leads to no trusted root.", "Add the authority's root to the file.")


def _issued(issuer: x509.Certificate, certificate: x509.Certificate) -> bool:
    try:
        basic = issuer.extensions.get_extension_for_class(x509.BasicConstraints).value
        certificate.verify_directly_issued_by(issuer)
    except (x509.ExtensionNotFound, InvalidSignature, UnsupportedAlgorithm, TypeError, ValueError):
        return False
    return basic.ca


def _instant(element: Element) -> datetime:
    """Return the instant of a GeneralizedTime as RFC 3161 wants it: UTC, with or without a fraction."""
    whole, _, fraction = element.content.decode("ascii").removesuffix("Z").partition(".")
    return datetime.strptime(whole, "%Y%m%d%H%M%S").replace(
        tzinfo=UTC, microsecond=int(f"{fraction:0<6}"[:6]) if fraction else 0
    )
