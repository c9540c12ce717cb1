"""Reading a content once: SHA-256 and the ISCC Data-Code of the same pieces, however many gigabytes they are."""

import hashlib
from base64 import b32decode
from collections.abc import Iterable

from iscc_lib import DataHasher

from muniment.rights.registry.rules.contents import FileHash

PIECE = 1024 * 1024
"""How many bytes are in memory at once."""
_HEADER_BYTES = 2


def hash_pieces(path: str, pieces: Iterable[bytes], *, with_code: bool = True) -> FileHash:
    """Return what a file hashes to, from its pieces."""
    digest, code, count = hashlib.sha256(), DataHasher(), 0
    for piece in pieces:
        digest.update(piece)
        if with_code:
            code.update(piece)
        count += len(piece)
    return FileHash(path, digest.hexdigest(), count, code_bits(code.finalize().iscc) if with_code and count else "")


def code_bits(iscc: str) -> str:
    """Return the 64 bits of an ISCC Data-Code (`ISCC:GAA…`, ISO 24138) as hexadecimal digits."""
    text = iscc.removeprefix("ISCC:")
    return b32decode(text + "=" * (-len(text) % 8))[_HEADER_BYTES:].hex()
