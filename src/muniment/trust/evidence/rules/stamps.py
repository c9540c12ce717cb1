"""Timestamps of RFC 3161: the question, the answer and its verification.

A token is believed if its imprint is that of our bytes, its nonce ours, its signature that of a certificate for
time-stamping alone, and that certificate leads to a root we were told to trust, all valid at the time it names. The
library `rfc3161_client` reads tokens (strict DER) and has OpenSSL check their signatures; parts of a token that nobody
signed are taken in one spelling only, so that no bit of it can be turned without being found.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from asn1crypto import cms, core, tsp
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID
from rfc3161_client import TimeStampResponse, VerificationError, VerifierBuilder, decode_timestamp_response

from muniment.kernel.words.problems import UserError

HASHES = {
    "sha256": hashlib.sha256,
    "sha384": hashlib.sha384,
    "sha512": hashlib.sha512,
    "sha3_256": hashlib.sha3_256,
    "sha3_512": hashlib.sha3_512,
}
"""The hash algorithms that a token may be of, the one that everybody has first."""
_MOST_LINKS = 6
_GRANTED = (0, 1)
_LONG_RSA, _LONG_CURVE = 3_072, 256

_UNREADABLE = (
    LookupError,
    ValueError,
    TypeError,
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
class Imprint:
    """What a token covers: a hash algorithm, by its name in `HASHES`, and the hash of some bytes."""

    algorithm: str
    digest: bytes


@dataclass(frozen=True, slots=True)
class Stamp:
    """A verified timestamp: its token, when it was made, what was stamped, and until when its certificates hold.

    `signed_with` names the algorithms that its signature and its certificates rest on, as `lifetimes` does.
    """

    token: bytes
    stamped_at: datetime
    imprint: Imprint
    expires_at: datetime
    signed_with: tuple[str, ...]


def imprint_of(content: bytes, algorithm: str) -> Imprint:
    """Return what a token over some bytes says of them.

    Raises:
        BadStamp: we do not know the algorithm.
    """
    if algorithm not in HASHES:
        raise BadStamp(f"{algorithm} is no hash algorithm that we know.", f"Known are {', '.join(HASHES)}.")
    return Imprint(algorithm, HASHES[algorithm](content).digest())


def stamp_query(imprint: Imprint, nonce: int) -> bytes:
    """Return the question for a timestamp; `nonce` is a random number."""
    asked = {"hash_algorithm": {"algorithm": imprint.algorithm}, "hashed_message": imprint.digest}
    return _der(tsp.TimeStampReq({"version": 1, "message_imprint": asked, "nonce": nonce, "cert_req": True}))


def read_reply(reply: bytes, imprint: Imprint, nonce: int, roots: Sequence[x509.Certificate]) -> Stamp:
    """Return the timestamp in an answer to `stamp_query`.

    Raises:
        BadStamp: the authority refused, or the token is not one of this imprint that we believe.
    """
    try:
        answer = tsp.TimeStampResp.load(reply, strict=True)
        granted = int(answer["status"]["status"]) in _GRANTED
        token = _der(answer["time_stamp_token"]) if granted else b""
    except _UNREADABLE as error:
        raise BadStamp("The answer is no timestamp reply.", "Check the address of the authority.") from error
    if not token:
        raise BadStamp("The authority granted no timestamp.", "Ask again later, or ask its operator.")
    return verify_imprint(token, imprint, roots, nonce=nonce)


def verify_stamp(token: bytes, content: bytes, roots: Sequence[x509.Certificate]) -> Stamp:
    """Return what a token says about bytes.

    Raises:
        BadStamp: it is not of these bytes, was altered, or leads to no trusted root.
    """
    return verify_imprint(token, imprint_of(content, imprint_in(token).algorithm), roots)


def imprint_in(token: bytes) -> Imprint:
    """Return what a token says that it covers, without believing it.

    Raises:
        BadStamp: it is no timestamp, or of a hash algorithm that we do not know.
    """
    try:
        said = cms.ContentInfo.load(token)["content"]["encap_content_info"]["content"].parsed["message_imprint"]
        algorithm, digest = said["hash_algorithm"]["algorithm"].native, said["hashed_message"].native
    except (*_UNREADABLE, AttributeError) as error:
        raise _unreadable() from error
    if algorithm not in HASHES:
        raise BadStamp(f"The token is of {algorithm}, which we do not trust.", f"Known are {', '.join(HASHES)}.")
    return Imprint(algorithm, digest)


def verify_imprint(
    token: bytes, imprint: Imprint, roots: Sequence[x509.Certificate], *, nonce: int | None = None
) -> Stamp:
    """Return what a token says about an imprint; the nonce is compared where one is given.

    Raises:
        BadStamp: it is of another imprint, was altered, or leads to no trusted root.
    """
    right = imprint_in(token) == imprint
    try:
        hashed = _check_frame(cms.ContentInfo.load(token, strict=True))
        opened = _open(token)
        info = opened.tst_info
        stamped_at = info.gen_time.astimezone(UTC)
        certificates = tuple(x509.load_der_x509_certificate(one) for one in opened.signed_data.certificates)
        signer = _signer(opened, certificates)
    except _UNREADABLE as error:
        raise _unreadable() from error
    if not right:
        raise BadStamp("The token is of other bytes.", "Take the token that was made for this checkpoint.")
    if nonce is not None and nonce != info.nonce:
        raise BadStamp("The answer is to another question.", "Ask again.")
    try:
        way = _climb(signer, certificates, roots, stamped_at)
        VerifierBuilder(roots=list(roots)).build().verify(opened, imprint.digest)
        signed_with = {hashed, *(name for one in way[:-1] for name in _rests_on(one)), _kind(way[-1])}
    except VerificationError as error:
        raise BadStamp(f"The token does not hold: {error}.", "It was altered.") from error
    except _UNREADABLE as error:
        raise BadStamp("A certificate of the token cannot be read.", "Ask another authority.") from error
    expires_at = min(one.not_valid_after_utc for one in way)
    return Stamp(token, stamped_at, imprint, expires_at, tuple(sorted(signed_with)))


def read_roots(pem: bytes) -> tuple[x509.Certificate, ...]:
    """Return the certificates of a PEM file.

    Raises:
        BadStamp: it holds none.
    """
    try:
        return tuple(x509.load_pem_x509_certificates(pem))
    except ValueError as error:
        raise BadStamp("The file of trusted roots holds no certificate.", "Write them as PEM.") from error


def _der(value: core.Asn1Value) -> bytes:
    return bytes(value.dump())


def _open(token: bytes) -> TimeStampResponse:
    """Return a token as the library reads it: in an answer that was granted."""
    answer = tsp.TimeStampResp({"status": {"status": "granted"}, "time_stamp_token": cms.ContentInfo.load(token)})
    return decode_timestamp_response(_der(answer))


def _unreadable() -> BadStamp:
    return BadStamp("The token is no timestamp that we can read.", "It was altered, or is of another kind.")


def _check_frame(token: cms.ContentInfo) -> str:
    """Let a token pass whose unsigned parts say what they must say and nothing else; return the hash that it signs.

    Raises:
        ValueError: one says something else.
    """
    signed = token["content"]
    (signer,) = signed["signer_infos"]
    (digest,) = signed["digest_algorithms"]
    versions = (token["content_type"].native, signed["version"].native, signer["version"].native)
    if versions != ("signed_data", "v3", "v1") or signed["crls"].native or signer["unsigned_attrs"].native:
        raise ValueError("the frame is another")
    algorithm = signer["signature_algorithm"]
    name, hashed = algorithm["algorithm"].native, signer["digest_algorithm"]["algorithm"].native
    if digest["algorithm"].native != hashed or name not in (f"{hashed}_ecdsa", f"{hashed}_rsa", "rsassa_pkcs1v15"):
        raise ValueError("the algorithms are others")
    for one in (digest, signer["digest_algorithm"], algorithm):
        if not isinstance(one["parameters"], core.Void | core.Null) or one["parameters"].native is not None:
            raise ValueError("an algorithm has parameters")
    return str(hashed)


def _signer(opened: TimeStampResponse, certificates: Sequence[x509.Certificate]) -> x509.Certificate:
    """Return the certificate that the token names as its signer's.

    Raises:
        StopIteration: the token does not bring it.
        ValueError: it names several.
    """
    (named,) = opened.signed_data.signer_infos
    wanted = (named.issuer, named.serial_number)
    return next(one for one in certificates if (one.issuer, one.serial_number) == wanted)


def _climb(
    signer: x509.Certificate,
    others: Sequence[x509.Certificate],
    roots: Sequence[x509.Certificate],
    at: datetime,
) -> tuple[x509.Certificate, ...]:
    """Go from a signer up to a trusted root; return the certificates on the way, both included.

    Raises:
        BadStamp: the signer may not stamp, a certificate was not valid then, or no root is reached.
    """
    usage = signer.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    if list(usage.value) != [ExtendedKeyUsageOID.TIME_STAMPING] or not usage.critical:
        raise BadStamp("The signer's certificate is not for time-stamping alone.", "Ask another authority.")
    current, way = signer, [signer]
    for _ in range(_MOST_LINKS):
        if not current.not_valid_before_utc <= at <= current.not_valid_after_utc:
            raise BadStamp(
                f"The certificate of {current.subject.rfc4514_string()} was not valid at {at}.", "Ask again."
            )
        if current in roots:
            return tuple(way)
        above = next((one for one in (*roots, *others) if _issued(one, current)), None)
        if above is None:
            break
        current = above
        way.append(current)
    raise BadStamp("The signer's certificate leads to no trusted root.", "Add the authority's root to the file.")


def _issued(issuer: x509.Certificate, certificate: x509.Certificate) -> bool:
    try:
        basic = issuer.extensions.get_extension_for_class(x509.BasicConstraints).value
        certificate.verify_directly_issued_by(issuer)
    except (x509.ExtensionNotFound, InvalidSignature, UnsupportedAlgorithm, TypeError, ValueError):
        return False
    return basic.ca


def _rests_on(certificate: x509.Certificate) -> tuple[str, ...]:
    """Return the algorithms that a certificate below a root rests on: its key, and the hash that its issuer signed."""
    hashed = certificate.signature_hash_algorithm
    return (_kind(certificate), *(() if hashed is None else (hashed.name.replace("-", "_"),)))


def _kind(certificate: x509.Certificate) -> str:
    """Return of what kind a certificate's key is; a short one has less than 128 bits of security (NIST SP 800-57)."""
    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        return "rsa" if key.key_size >= _LONG_RSA else "rsa_short"
    if isinstance(key, ec.EllipticCurvePublicKey):
        return "ecdsa" if key.curve.key_size >= _LONG_CURVE else "ecdsa_short"
    return "other"
