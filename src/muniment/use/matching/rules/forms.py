"""The key that remembers a line."""

from muniment.kernel.words.digests import digest_bytes
from muniment.kernel.words.names import fold


def memory_key(title: str, performer: str, writers: str, isrc: str, iswc: str, source_id: str) -> str:
    """Return the digest of what identifies equal lines; what varies only in case, accents or marks is equal.

    Codes come in their canonical form, or empty.
    """
    parts = (fold(title), fold(performer), fold(writers), isrc, iswc, source_id)
    return digest_bytes("\x1f".join(parts).encode())[:32]
