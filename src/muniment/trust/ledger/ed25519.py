"""Signing with Ed25519 as RFC 8032 describes it, in whole numbers of Python: a few signatures a day need no more.

It does not run in constant time, so a key is used only where nobody else can measure it: in the society's own process.
"""

import hashlib
from typing import NamedTuple

_FIELD = 2**255 - 19
_ORDER = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, -1, _FIELD) % _FIELD


class _Point(NamedTuple):
    """A point in extended coordinates: x = X/Z, y = Y/Z, xy = T/Z."""

    x: int
    y: int
    z: int
    t: int


def _base_point() -> _Point:
    y = 4 * pow(5, -1, _FIELD) % _FIELD
    square = (y * y - 1) * pow(_D * y * y + 1, -1, _FIELD) % _FIELD
    x = pow(square, (_FIELD + 3) // 8, _FIELD)
    if x * x % _FIELD != square:
        x = x * pow(2, (_FIELD - 1) // 4, _FIELD) % _FIELD
    x = min(x, _FIELD - x) if min(x, _FIELD - x) % 2 == 0 else max(x, _FIELD - x)
    return _Point(x, y, 1, x * y % _FIELD)


def _add(one: _Point, two: _Point) -> _Point:
    a = (one.y - one.x) * (two.y - two.x) % _FIELD
    b = (one.y + one.x) * (two.y + two.x) % _FIELD
    c = 2 * one.t * two.t * _D % _FIELD
    d = 2 * one.z * two.z % _FIELD
    e, f, g, h = b - a, d - c, d + c, b + a
    return _Point(e * f % _FIELD, g * h % _FIELD, f * g % _FIELD, e * h % _FIELD)


def _times(factor: int) -> bytes:
    """Return the base point taken `factor` times, encoded in 32 bytes."""
    total, step = _Point(0, 1, 1, 0), _BASE
    while factor:
        if factor & 1:
            total = _add(total, step)
        step = _add(step, step)
        factor >>= 1
    inverse = pow(total.z, -1, _FIELD)
    x, y = total.x * inverse % _FIELD, total.y * inverse % _FIELD
    return (y | (x & 1) << 255).to_bytes(32, "little")


_BASE = _base_point()


def _number(*parts: bytes) -> int:
    return int.from_bytes(hashlib.sha512(b"".join(parts)).digest(), "little")


def _expanded(secret: bytes) -> tuple[int, bytes]:
    """Return the clamped number and the prefix that a secret of 32 bytes stands for.

    Raises:
        ValueError: it has another length.
    """
    if len(secret) != 32:
        raise ValueError("a secret key has 32 bytes")
    digest = hashlib.sha512(secret).digest()
    number = int.from_bytes(digest[:32], "little") & ((1 << 254) - 8) | 1 << 254
    return number, digest[32:]


def public_key(secret: bytes) -> bytes:
    """Return the 32 bytes of the public key.

    Raises:
        ValueError: the secret has not 32 bytes.
    """
    return _times(_expanded(secret)[0])


def sign(secret: bytes, message: bytes) -> bytes:
    """Return the 64 bytes of the signature of a message; the same secret and message give the same.

    Raises:
        ValueError: the secret has not 32 bytes.
    """
    number, prefix = _expanded(secret)
    public = _times(number)
    nonce = _number(prefix, message) % _ORDER
    commitment = _times(nonce)
    answer = (nonce + _number(commitment, public, message) * number) % _ORDER
    return commitment + answer.to_bytes(32, "little")
