"""Reading a signed PDF that may be anybody's: its one signature, what that covers, and the files attached to it.

A signature is taken only if it covers every byte but itself, and is itself written in the one way that we write it, so
that no bit of the file can be turned without being found.
"""

import asyncio
import io
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from asn1crypto import cms
from cryptography import x509
from pyhanko.pdf_utils.generic import ArrayObject, StreamObject
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature, async_validate_pdf_signature
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

from muniment.kernel.words.problems import BadFile
from muniment.trust.evidence.rules.revocation import RevocationList, has_issued
from muniment.trust.evidence.rules.signing import asn1_of_all

MOST_BYTES = 128 * 1024 * 1024
_MOST_ATTACHED = 64 * 1024 * 1024
_MOST_NODES = 200
_MOST_LISTS, _MOST_LISTED = 20, 16 * 1024 * 1024
_SHA256 = {bytes.fromhex("300d06096086480165030402010500"), bytes.fromhex("300b0609608648016503040201")}
"""SHA-256 as an algorithm, its parameters spelt as NULL or left out (RFC 5754, section 2)."""
_ECDSA = bytes.fromhex("300a06082a8648ce3d040302")
"""ECDSA with SHA-256 (RFC 5758, section 3.2)."""
_DETACHED = bytes.fromhex("300b06092a864886f70d010701")
"""A content that is not in the signature (RFC 5652, section 5.2)."""
_UNREADABLE = (
    PdfError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    OSError,
    RecursionError,
    zlib.error,
)
"""Whatever a PDF that was cut or altered can make of reading it."""


class BadPdf(BadFile):
    """The file is no PDF, was cut, or bears no signature as a certificate has it."""


@dataclass(frozen=True, slots=True)
class SealedPdf:
    """A PDF with its signature as the library read it: its bytes, its token if it has one, and the files attached.

    `lists` are the lists of revoked certificates that it brings (the DSS of PAdES), as they were when it was signed.
    """

    embedded: EmbeddedPdfSignature
    signature: bytes
    token: bytes
    attachments: dict[str, bytes]
    lists: tuple[RevocationList, ...]


@dataclass(frozen=True, slots=True)
class Sealed:
    """What the signature came to: whether it is that of these bytes, whether a root leads to its signer, and who.

    `way` are the certificates from the signer up to that root.
    """

    is_intact: bool
    is_trusted: bool
    way: tuple[x509.Certificate, ...]
    signer: str
    expires_at: datetime


def open_sealed(content: bytes) -> SealedPdf:
    """Return a signed PDF, in parts; nothing is believed yet.

    Raises:
        BadPdf: it is none, or is written in another way than ours.
    """
    if len(content) > MOST_BYTES:
        raise BadPdf(f"The file has {len(content)} bytes.", "This is no certificate of ours.")
    if not content.startswith(b"%PDF-"):
        raise BadPdf("The file is no PDF.", "Give the certificate as it was received.")
    try:
        reader = PdfFileReader(io.BytesIO(content))
        signature = _one_signature(reader)
        _check_frame(content, signature)
        attached = dict(_attachments(reader))
        signed = bytes(signature.signer_info["signature"].native)
        return SealedPdf(signature, signed, _token(signature.signer_info), attached, tuple(_lists(reader)))
    except BadPdf:
        raise
    except _UNREADABLE as error:
        raise BadPdf("The PDF cannot be read: it was cut or altered.", "Ask for it again.") from error


def check_seal(sealed: SealedPdf, roots: Sequence[x509.Certificate], at: datetime) -> Sealed:
    """Return what the signature of a PDF is worth, its certificates taken at a time.

    Raises:
        BadPdf: it cannot be read.
    """
    try:
        signature = sealed.embedded
        context = ValidationContext(trust_roots=asn1_of_all(roots), moment=at, allow_fetching=False)
        status = asyncio.run(async_validate_pdf_signature(signature, context, skip_diff=True))
        certificate, way = signature.signer_cert, _way(signature, roots)
        return Sealed(
            bool(status.intact and status.valid and status.coverage == SignatureCoverageLevel.ENTIRE_FILE),
            bool(status.trusted) and bool(way),
            way,
            str(certificate.subject.native.get("common_name", certificate.subject.human_friendly)),
            certificate.not_valid_after,
        )
    except (SignatureValidationError, *_UNREADABLE) as error:
        raise BadPdf(f"The signature cannot be read: {error}.", "The file was altered.") from error


def _one_signature(reader: PdfFileReader) -> EmbeddedPdfSignature:
    found = reader.embedded_signatures
    if len(found) != 1:
        raise BadPdf(f"The PDF bears {len(found)} signatures.", "A certificate bears one; something was added or cut.")
    only: EmbeddedPdfSignature = found[0]
    return only


def _check_frame(content: bytes, signature: EmbeddedPdfSignature) -> None:
    """Let a signature pass that covers all bytes but itself and is written as we write it.

    Raises:
        BadPdf: it is not.
    """
    start, length, after, rest = (int(one) for one in signature.byte_range)
    der = bytes(signature.pkcs7_content)
    gap = content[length:after]
    if (start, after + rest) != (0, len(content)):
        raise BadPdf("The signature does not cover the whole file.", "Something was added after it was signed.")
    loaded = cms.ContentInfo.load(der, strict=False)
    written = loaded.dump()
    if gap != b"<" + written.hex().upper().encode().ljust(len(gap) - 2, b"0") + b">":
        raise BadPdf("The signature is not written as it was made.", "The file was altered.")
    if not _says_what_it_must(signature):
        raise BadPdf("The signature names another algorithm or signer than it has.", "The file was altered.")


def _says_what_it_must(signature: EmbeddedPdfSignature) -> bool:
    """Say whether the parts of the signature that nobody signed say the one thing that they can say.

    Libraries pass over some of them, and compare the signer's name without regard to case.
    """
    data, own = signature.signed_data, signature.signer_cert
    (info,), (algorithm,) = data["signer_infos"], data["digest_algorithms"]
    named = info["sid"].chosen
    return (
        (data["version"].native, info["version"].native) == ("v1", "v1")
        and algorithm.dump() in _SHA256
        and info["digest_algorithm"].dump() in _SHA256
        and info["signature_algorithm"].dump() == _ECDSA
        and data["encap_content_info"].dump() == _DETACHED
        and named["issuer"].dump() == own.issuer.dump()
        and named["serial_number"].native == own.serial_number
    )


def _token(signer_info: Any) -> bytes:
    """Return the timestamp token of a signature; none, or one and nothing else.

    Raises:
        BadPdf: there is more.
    """
    attributes = signer_info["unsigned_attrs"]
    if not attributes:
        return b""
    if [one["type"].native for one in attributes] != ["signature_time_stamp_token"] or len(
        attributes[0]["values"]
    ) != 1:
        raise BadPdf("The signature has parts that nobody signed.", "The file was altered.")
    return bytes(attributes[0]["values"][0].dump())


def _way(signature: EmbeddedPdfSignature, roots: Sequence[x509.Certificate]) -> tuple[x509.Certificate, ...]:
    """Return the certificates from the signer up to a trusted root; none where the signature brings others as well."""
    brought = {bytes(one.chosen.dump()) for one in signature.signed_data["certificates"]}
    left = [x509.load_der_x509_certificate(der) for der in brought]
    way = [x509.load_der_x509_certificate(signature.signer_cert.dump())]
    while way[-1] not in roots:
        above = next((one for one in (*roots, *left) if one not in way and has_issued(one, way[-1])), None)
        if above is None:
            return ()
        way.append(above)
    return tuple(way) if all(one in way for one in left) else ()


def _lists(reader: PdfFileReader) -> Iterator[RevocationList]:
    """Yield the lists of revoked certificates that a PDF brings.

    Raises:
        BadPdf: there are too many, they are too large, or one is packed in another way than ours.
        ValueError: one is no list.
    """
    empty: Any = {}
    found, left = _below(_below(reader.root, "/DSS", empty), "/CRLs", ArrayObject()), _MOST_LISTED
    if len(found) > _MOST_LISTS:
        raise BadPdf("The PDF has too many lists of revoked certificates.", "This is no certificate of ours.")
    for place in range(len(found)):
        content = _unpacked(found[place], left)
        left -= len(content)
        yield x509.load_der_x509_crl(content)


def _attachments(reader: PdfFileReader) -> Iterator[tuple[str, bytes]]:
    """Yield names and bytes of the attached files.

    Raises:
        BadPdf: there are too many, they are too large, or one is packed in another way than ours.
    """
    empty: Any = {}
    names = _below(reader.root, "/Names", empty)
    nodes, seen, left = [_below(names, "/EmbeddedFiles", empty)], 0, _MOST_ATTACHED
    while nodes:
        node, seen = nodes.pop(), seen + 1
        kids, pairs = _below(node, "/Kids", ArrayObject()), _below(node, "/Names", ArrayObject())
        nodes.extend(kids[place] for place in range(min(len(kids), _MOST_NODES)))
        if seen > _MOST_NODES or len(pairs) > 2 * _MOST_NODES:
            raise BadPdf("The PDF has too many files attached.", "This is no certificate of ours.")
        for place in range(0, len(pairs), 2):
            content = _unpacked(pairs[place + 1]["/EF"]["/F"], left)
            left -= len(content)
            yield str(pairs[place]), content


def _below(node: Any, name: str, otherwise: Any) -> Any:
    """Return what a dictionary holds under a name, followed to where it lies."""
    return node[name] if name in node else otherwise  # noqa: SIM401 - `get` does not follow references


def _unpacked(stream: Any, most: int) -> bytes:
    if not isinstance(stream, StreamObject):
        raise BadPdf("An attached file is missing.", "The file was cut.")
    packed, kind = bytes(stream.encoded_data), stream.get("/Filter")
    if kind is None:
        content = packed
    elif str(kind) == "/FlateDecode":
        unpack = zlib.decompressobj()
        content = unpack.decompress(packed, most + 1)
    else:
        raise BadPdf(f"An attached file is packed as {kind}.", "This is no certificate of ours.")
    if len(content) > most:
        raise BadPdf("The attached files are too large.", "This is no certificate of ours.")
    return content
