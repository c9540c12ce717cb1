"""Timestamps of RFC 3161: the question, the answer and its verification; and the evidence record of RFC 4998.

A token is believed if its imprint is that of our bytes, its nonce ours, its signature that of a certificate for
time-stamping alone, and that certificate leads to a root we were told to trust, all valid at the time it names. The
library `rfc3161_client` reads tokens (strict DER) and has OpenSSL check their signatures; parts of a token that nobody
signed are taken in one spelling only, so that no bit of it can be turned without being found.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from asn1crypto import algos, cms, core, tsp
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.x509.oid import ExtendedKeyUsageOID
from rfc3161_client import TimeStampResponse, VerificationError, VerifierBuilder, decode_timestamp_response

from muniment.kernel.words.problems import UserError

_HASHES = {
    "2.16.840.1.101.3.4.2.1": hashlib.sha256,
    "2.16.840.1.101.3.4.2.2": hashlib.sha384,
    "2.16.840.1.101.3.4.2.3": hashlib.sha512,
}
_MOST_LINKS = 6
_GRANTED = (0, 1)


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
class Stamp:
    """A verified timestamp: its token, when it was made, what was stamped, and until when its certificates hold."""

    token: bytes
    stamped_at: datetime
    imprint: bytes
    expires_at: datetime


class _ArchiveTimeStamp(core.Sequence):  # type: ignore[misc]
    """A token of an evidence record (RFC 4998, section 4.1)."""

    _fields = [
        ("digest_algorithm", algos.DigestAlgorithm, {"implicit": 0, "optional": True}),
        ("attributes", cms.CMSAttributes, {"implicit": 1, "optional": True}),
        ("reduced_hashtree", core.SequenceOf, {"implicit": 2, "optional": True, "spec": core.Any}),
        ("time_stamp", cms.ContentInfo),
    ]


class _Chain(core.SequenceOf):  # type: ignore[misc]
    """Tokens of one algorithm, each over the one before."""

    _child_spec = _ArchiveTimeStamp


class _Chains(core.SequenceOf):  # type: ignore[misc]
    """Chains, one for each algorithm."""

    _child_spec = _Chain


class _Algorithms(core.SequenceOf):  # type: ignore[misc]
    """The algorithms of an evidence record."""

    _child_spec = algos.DigestAlgorithm


class _EvidenceRecord(core.Sequence):  # type: ignore[misc]
    """An evidence record (RFC 4998, section 3.1), without certificates of its own and not encrypted."""

    _fields = [
        ("version", core.Integer),
        ("digest_algorithms", _Algorithms),
        ("chains", _Chains),
    ]


def stamp_query(content: bytes, nonce: int) -> bytes:
    """Return the question for a timestamp over the SHA-256 of some bytes; `nonce` is a random number."""
    imprint = {"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": hashlib.sha256(content).digest()}
    return _der(tsp.TimeStampReq({"version": 1, "message_imprint": imprint, "nonce": nonce, "cert_req": True}))


def read_reply(reply: bytes, content: bytes, nonce: int, roots: Sequence[x509.Certificate]) -> Stamp:
    """Return the timestamp in an answer to `stamp_query`.

    Raises:
        BadStamp: the authority refused, or the token is not one of these bytes that we believe.
    """
    try:
        answer = tsp.TimeStampResp.load(reply, strict=True)
        granted = int(answer["status"]["status"]) in _GRANTED
        token = _der(answer["time_stamp_token"]) if granted else b""
    except _UNREADABLE as error:
        raise BadStamp("The answer is no timestamp reply.", "Check the address of the authority.") from error
    if not token:
        raise BadStamp("The authority granted no timestamp.", "Ask again later, or ask its operator.")
    return verify_stamp(token, content, roots, nonce=nonce)


def verify_stamp(token: bytes, content: bytes, roots: Sequence[x509.Certificate], *, nonce: int | None = None) -> Stamp:
    """Return what a token says about bytes; the nonce is compared where one is given.

    Raises:
        BadStamp: it is not of these bytes, was altered, or leads to no trusted root.
    """
    try:
        _check_frame(cms.ContentInfo.load(token, strict=True))
        opened = _open(token)
        info = opened.tst_info
        stamped_at, imprint = info.gen_time.astimezone(UTC), info.message_imprint
        right = _HASHES[imprint.hash_algorithm.dotted_string](content).digest() == imprint.message
        certificates = tuple(x509.load_der_x509_certificate(one) for one in opened.signed_data.certificates)
        signer = _signer(opened, certificates)
    except _UNREADABLE as error:
        raise BadStamp(
            "The token is no timestamp that we can read.", "It was altered, or is of another kind."
        ) from error
    if not right:
        raise BadStamp("The token is of other bytes.", "Take the token that was made for this checkpoint.")
    if nonce is not None and nonce != info.nonce:
        raise BadStamp("The answer is to another question.", "Ask again.")
    try:
        expires_at = _climb(signer, certificates, roots, stamped_at)
        VerifierBuilder(roots=list(roots)).build().verify_message(opened, content)
    except VerificationError as error:
        raise BadStamp(f"The token does not hold: {error}.", "It was altered.") from error
    except _UNREADABLE as error:
        raise BadStamp("A certificate of the token cannot be read.", "Ask another authority.") from error
    return Stamp(token, stamped_at, imprint.message, expires_at)


def evidence_record(tokens: Sequence[bytes]) -> bytes:
    """Return the evidence record (RFC 4998) of one checkpoint, whose tokens each cover the one before.

    It holds one chain of one algorithm, SHA-256, without a hash tree: each token is of one thing.

    Raises:
        ValueError: there is no token.
    """
    if not tokens:
        raise ValueError("an evidence record has at least one token")
    chain = _Chain([_ArchiveTimeStamp({"time_stamp": cms.ContentInfo.load(token)}) for token in tokens])
    record = {"version": 1, "digest_algorithms": [{"algorithm": "sha256"}], "chains": _Chains([chain])}
    return _der(_EvidenceRecord(record))


def open_evidence_record(record: bytes) -> tuple[bytes, ...]:
    """Return the tokens of an evidence record as `evidence_record` writes it.

    Raises:
        BadStamp: it is none.
    """
    try:
        loaded = _EvidenceRecord.load(record, strict=True)
        (chain,) = loaded["chains"]
        tokens = tuple(_der(stamp["time_stamp"]) for stamp in chain)
        right = int(loaded["version"]) == 1
    except _UNREADABLE as error:
        raise BadStamp("This is no evidence record of one chain.", "It was altered, or is another's.") from error
    if not right:
        raise BadStamp("The evidence record is of another version.", "Another program made it.")
    return tokens


def verify_evidence(record: bytes, content: bytes, roots: Sequence[x509.Certificate]) -> tuple[Stamp, ...]:
    """Return the stamps of an evidence record, if each covers the one before and was made before that one expired.

    Raises:
        BadStamp: a token does not hold, or came too late.
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


def _der(value: core.Asn1Value) -> bytes:
    return bytes(value.dump())


def _open(token: bytes) -> TimeStampResponse:
    """Return a token as the library reads it: in an answer that was granted."""
    answer = tsp.TimeStampResp({"status": {"status": "granted"}, "time_stamp_token": cms.ContentInfo.load(token)})
    return decode_timestamp_response(_der(answer))


def _check_frame(token: cms.ContentInfo) -> None:
    """Let a token pass whose unsigned parts say what they must say and nothing else.

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
