"""Signing a PDF: PAdES with an EC key, and an RFC 3161 timestamp over the signature (pyHanko, ETSI EN 319 142).

The key is parsed once and the space of the signature is given, so that signing costs one signature and one timestamp.
What is the same in all signatures of a signer is encoded once; `cms_parts` puts the rest between.
"""

import asyncio
import io
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from asn1crypto import cms, crl, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers.pdf_cms import PdfCMSSignedAttributes
from pyhanko.sign.timestamps import TimeStamper
from pyhanko.sign.timestamps.common_utils import TimestampRequestError
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko_certvalidator.registry import SimpleCertificateStore

from muniment.kernel.words.problems import UserError
from muniment.trust.evidence.rules.cms_parts import CmsParts
from muniment.trust.evidence.rules.revocation import RevocationList, standing_of

FIELD = "Registry"
_DIGEST = "sha256"
_RESERVED = 16_384
"""Bytes kept free for the signature with certificates and timestamp, written as hexadecimal."""

Stamp = Callable[[bytes], bytes]
"""Answers a timestamp query (RFC 3161) with a reply; raises `NotSigned` where nobody does."""

logging.getLogger("pyhanko").setLevel(logging.ERROR)


class NotSigned(UserError):
    """A certificate could not be signed or timestamped."""


@dataclass(frozen=True, slots=True, eq=False)
class Signer:
    """Who signs: the certificates from one's own up to the root, and the key of the first.

    `lists` are the issuers' lists of revoked certificates, which a signed PDF brings.
    """

    chain: tuple[x509.Certificate, ...]
    key: ec.EllipticCurvePrivateKey
    lists: tuple[RevocationList, ...] = ()

    def check(self, at: datetime) -> None:
        """Let the signer pass whose certificates are valid at a time, and not revoked.

        Raises:
            NotSigned: one is not.
        """
        if standing_of(self.chain, self.lists).revoked_from is not None:
            raise NotSigned("The registry's certificate is revoked.", "Get a new one: muniment certificate renew-key")
        for one in self.chain:
            if not one.not_valid_before_utc <= at <= one.not_valid_after_utc:
                raise NotSigned(
                    f"The certificate of {one.subject.rfc4514_string()} is valid from"
                    f" {one.not_valid_before_utc:%Y-%m-%d} to {one.not_valid_after_utc:%Y-%m-%d}; it is {at:%Y-%m-%d}.",
                    "Check the clock, or get a new certificate: muniment certificate renew-key",
                )


def sign_pdf(pdf: bytes, signer: Signer, at: datetime, *, reason: str, stamp: Stamp | None = None) -> bytes:
    """Return a PDF with a signature over all of it; with `stamp`, a timestamp is over the signature.

    Raises:
        NotSigned: a certificate is not valid at `at`, the authority gives no timestamp, or the PDF cannot be signed.
    """
    signer.check(at)
    metadata = signers.PdfSignatureMetadata(
        field_name=FIELD, md_algorithm=_DIGEST, subfilter=SigSeedSubFilter.PADES, reason=reason
    )
    stamper = None if stamp is None else _Stamper(stamp)
    try:
        pdf_signer = _PdfSigner(metadata, signer=_key_signer(signer), timestamper=stamper)
        pdf_signer.at = at
        writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
        _key_signer(signer).put_lists(writer)
        signed = asyncio.run(pdf_signer.async_sign_pdf(writer, bytes_reserved=_RESERVED))
    except (SigningError, TimestampRequestError, ValueError, OSError) as error:
        raise NotSigned(f"The certificate could not be signed: {error}.", "Try again.") from error
    return bytes(signed.getvalue())


class _PdfSigner(signers.PdfSigner):
    """Signs at a time that it is told, and not by a clock of its own."""

    at: datetime

    def init_signing_session(self, pdf_out: Any, existing_fields_only: bool = False) -> Any:
        """Return the session of a signature, on the clock that the signer was told."""
        session = super().init_signing_session(pdf_out, existing_fields_only)
        session.system_time = self.at
        return session


class _KeySigner(signers.Signer):
    """Signs with a key that is parsed already."""

    def __init__(self, signer: Signer) -> None:
        own, *above = [asn1_of(one) for one in signer.chain]
        store = SimpleCertificateStore()  # type: ignore[no-untyped-call]
        store.register_multiple(above)
        super().__init__(signing_cert=own, cert_registry=store, embed_roots=True)
        self._key = signer.key
        self._parts: CmsParts | None = None
        self._chain = [own, *above]
        self._lists = [crl.CertificateList.load(one.public_bytes(Encoding.DER)) for one in signer.lists]

    def put_lists(self, writer: IncrementalPdfFileWriter) -> None:
        """Put the lists of revoked certificates and the chain where PAdES has them (DSS); the signature covers both."""
        if self._lists:
            DocumentSecurityStore.supply_dss_in_writer(writer, None, certs=self._chain, crls=self._lists)

    async def async_sign(
        self,
        data_digest: bytes,
        digest_algorithm: str,
        dry_run: bool = False,
        use_pades: bool = False,
        timestamper: TimeStamper | None = None,
        signed_attr_settings: PdfCMSSignedAttributes | None = None,
        is_pdf_sig: bool = True,
        encap_content_info: Any = None,
    ) -> cms.ContentInfo:
        """Return the signature of a digest, as the library would write it, from the parts that never change."""
        if dry_run or digest_algorithm != _DIGEST or not (use_pades and is_pdf_sig) or encap_content_info is not None:
            raise SigningError("only the signature of a PDF by PAdES is made here")
        if self._parts is None:
            self._parts = await self._learnt(signed_attr_settings)
        signed = self._parts.signed_attributes(data_digest)
        signature = await self.async_sign_raw(signed, digest_algorithm)
        attributes = cms.CMSAttributes.load(signed)
        unsigned = await self.unsigned_attrs(digest_algorithm, signature, attributes, timestamper)
        der = self._parts.content(signed, signature, b"" if unsigned is None else unsigned.dump())
        return cms.ContentInfo.load(der)

    async def _learnt(self, settings: PdfCMSSignedAttributes | None) -> CmsParts:
        """Have the library write a signature of no digest of ours, and keep what is the same in all."""
        mark = bytes(range(32))
        attributes = await self.signed_attrs(mark, _DIGEST, attr_settings=settings, use_pades=True)
        whole = self._package_signature(
            digest_algorithm=_DIGEST,
            cms_version="v1",
            signed_attrs=attributes,
            signature=b"",
            unsigned_attrs=None,
            encap_content_info=None,
        )
        return CmsParts.learn(attributes, whole["content"], mark)

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:  # noqa: ARG002
        """Return the signature of some bytes; only SHA-256 is asked for."""
        return self._key.sign(data, ec.ECDSA(hashes.SHA256()))


@lru_cache(maxsize=4)
def _key_signer(signer: Signer) -> _KeySigner:
    return _KeySigner(signer)


class _Stamper(TimeStamper):
    """Asks the authority that it was given."""

    def __init__(self, stamp: Stamp) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._stamp = stamp

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        """Return the authority's answer to a query."""
        return tsp.TimeStampResp.load(self._stamp(req.dump()))


def asn1_of(certificate: x509.Certificate) -> asn1_x509.Certificate:
    """Return a certificate as pyHanko wants it."""
    return asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER))


def asn1_of_all(certificates: Sequence[x509.Certificate]) -> list[asn1_x509.Certificate]:
    """Return certificates as pyHanko wants them."""
    return [asn1_of(one) for one in certificates]
