"""What is the same in all CMS signatures (RFC 5652) of a signer, and how the rest goes between.

Encoding a signature anew, certificates and all, takes longer than anything else of a certificate does. So the library
writes one, and of it the constant parts are kept: in another only digest, signature and timestamp differ, and the
lengths around them.
"""

from dataclasses import dataclass
from typing import Any, Self

_SEQUENCE, _SET, _OCTETS, _IMPLICIT_0, _IMPLICIT_1 = 0x30, 0x31, 0x04, 0xA0, 0xA1
_SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")
_SHORT = 0x80


def der(tag: int, *parts: bytes) -> bytes:
    """Return a DER value: a tag of one byte, the length, the parts."""
    body = b"".join(parts)
    size = len(body)
    if size < _SHORT:
        return bytes((tag, size)) + body
    spelt = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes((tag, _SHORT | len(spelt))) + spelt + body


@dataclass(frozen=True, slots=True)
class CmsParts:
    """What is the same in all signatures: the signed attributes around the digest, the data before the signer's part,
    and the signer's part before and behind the attributes."""

    before_digest: bytes
    after_digest: bytes
    data: bytes
    signer: bytes
    algorithm: bytes

    @classmethod
    def learn(cls, attributes: Any, signed_data: Any, mark: bytes) -> Self:
        """Return the parts of a signature that the library wrote over `mark` in the place of a digest.

        Raises:
            ValueError: the mark is not in the attributes just once, or there are several signers.
        """
        spelt = bytes(attributes.dump())
        if spelt.count(mark) != 1:
            raise ValueError("the signed attributes do not hold the digest once")
        before, after = spelt.split(mark)
        (info,) = signed_data["signer_infos"]
        return cls(
            before,
            after,
            _dumps(signed_data, "version", "digest_algorithms", "encap_content_info", "certificates"),
            _dumps(info, "version", "sid", "digest_algorithm"),
            _dumps(info, "signature_algorithm"),
        )

    def signed_attributes(self, digest: bytes) -> bytes:
        """Return the attributes with a digest: what is signed."""
        return self.before_digest + digest + self.after_digest

    def content(self, signed: bytes, signature: bytes, unsigned: bytes = b"") -> bytes:
        """Return the whole: a ContentInfo with one signer, its attributes given as SETs in DER."""
        tagged = bytes((_IMPLICIT_0,)) + signed[1:]
        behind = bytes((_IMPLICIT_1,)) + unsigned[1:] if unsigned else b""
        info = der(_SEQUENCE, self.signer, tagged, self.algorithm, der(_OCTETS, signature), behind)
        return der(_SEQUENCE, _SIGNED_DATA, der(_IMPLICIT_0, der(_SEQUENCE, self.data, der(_SET, info))))


def _dumps(value: Any, *names: str) -> bytes:
    return b"".join(bytes(value[name].dump()) for name in names)
