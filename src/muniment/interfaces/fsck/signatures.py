"""Whether a text was signed: Ed25519 as RFC 8032 describes it, on plain points, apart from the code that signs."""

import hashlib
from functools import lru_cache

_P = 2**255 - 19
_L = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, _P - 2, _P) % _P
_ROOT = pow(2, (_P - 1) // 4, _P)

Pair = tuple[int, int]


def _decode(text: bytes) -> Pair | None:
    """Return the point that 32 bytes stand for, or None."""
    number = int.from_bytes(text, "little")
    sign, y = number >> 255, number & (1 << 255) - 1
    if y >= _P:
        return None
    above, below = (y * y - 1) % _P, (_D * y * y + 1) % _P
    x = above * pow(below, 3, _P) * pow(above * pow(below, 7, _P), (_P - 5) // 8, _P) % _P
    if below * x * x % _P != above:
        x = x * _ROOT % _P
    if below * x * x % _P != above or (x == 0 and sign):
        return None
    return (_P - x if x & 1 != sign else x, y)


def _sum(one: tuple[int, int, int], two: tuple[int, int, int]) -> tuple[int, int, int]:
    """Add points in projective coordinates (x/z, y/z)."""
    a, b = one[2] * two[2], one[0] * two[0]
    c, square = one[1] * two[1], one[2] * two[2] * one[2] * two[2]
    cross = _D * b * c % _P
    f, g = (square - cross) % _P, (square + cross) % _P
    x = a * f * ((one[0] + one[1]) * (two[0] + two[1]) - b - c)
    return (x % _P, a * g * (c + b) % _P, f * g % _P)


def _multiple(factor: int, point: Pair) -> tuple[int, int, int]:
    total = (0, 1, 1)
    for bit in bin(factor)[2:]:
        total = _sum(total, total)
        if bit == "1":
            total = _sum(total, (*point, 1))
    return total


@lru_cache(maxsize=4096)
def is_signed(public: bytes, message: bytes, signature: bytes) -> bool:
    """Say whether `signature` (64 bytes) is that of `message` by the owner of `public` (32 bytes)."""
    if len(public) != 32 or len(signature) != 64:
        return False
    key, commitment = _decode(public), _decode(signature[:32])
    answer = int.from_bytes(signature[32:], "little")
    base = _decode((4 * pow(5, _P - 2, _P) % _P).to_bytes(32, "little"))
    if key is None or commitment is None or base is None or answer >= _L:
        return False
    digest = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % _L
    left, right = _multiple(answer, base), _sum((*commitment, 1), _multiple(digest, key))
    return (left[0] * right[2] - right[0] * left[2]) % _P == 0 and (left[1] * right[2] - right[1] * left[2]) % _P == 0
