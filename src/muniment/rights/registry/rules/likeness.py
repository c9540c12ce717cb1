"""Near duplicates: ISCC Data-Codes that differ in few bits, found by parts that are nearly equal.

A code has four bands of sixteen bits. Two codes that differ in at most seven bits differ in at most one bit of some
band (if each differed in two or more, it would be eight), so looking up each band and its sixteen neighbours finds
every code within that distance, in 68 look-ups whatever the number of codes.
"""

FARTHEST = 7
"""How many of the 64 bits may differ: about four fifths of the pieces are the same then."""
BANDS, _WIDTH = 4, 16


def bands_of(code: str) -> tuple[int, int, int, int]:
    """Return the four bands of a code (16 hexadecimal digits)."""
    one, two, three, four = (int(code[place : place + 4], 16) for place in range(0, 16, 4))
    return one, two, three, four


def near_bands(band: int) -> tuple[int, ...]:
    """Return a band and all that differ from it in one bit."""
    return band, *(band ^ 1 << place for place in range(_WIDTH))


def distance(one: str, other: str) -> int:
    """Return in how many bits two codes differ."""
    return (int(one, 16) ^ int(other, 16)).bit_count()
