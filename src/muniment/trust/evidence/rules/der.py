"""As much of DER as timestamps need: writing and reading tags, lengths and object identifiers, nothing lenient."""

from collections.abc import Iterator
from dataclasses import dataclass

from muniment.kernel.words.problems import UserError

SEQUENCE, SET, INTEGER, BOOLEAN, OCTETS, OID, NULL, GENERALIZED_TIME = 0x30, 0x31, 0x02, 0x01, 0x04, 0x06, 0x05, 0x18
CONTEXT_0, CONTEXT_1 = 0xA0, 0xA1


class BadDer(UserError):
    """Bytes are not the DER that was expected."""


@dataclass(frozen=True, slots=True)
class Element:
    """A value with its tag; `content` is what lies inside, `whole` all its bytes."""

    tag: int
    content: bytes
    whole: bytes

    def parts(self) -> list["Element"]:
        """Return the elements inside.

        Raises:
            BadDer: it holds something else.
        """
        return list(read_all(self.content))

    def number(self) -> int:
        """Return the integer that it is."""
        return int.from_bytes(self.content, signed=True)

    def identifier(self) -> str:
        """Return the object identifier that it is, as `1.2.840`."""
        return oid_text(self.content)


def write(tag: int, *parts: bytes) -> bytes:
    """Return an element with parts inside."""
    content = b"".join(parts)
    size = len(content)
    if size < 128:
        return bytes([tag, size]) + content
    count = -(-size.bit_length() // 8)
    return bytes([tag, 128 + count]) + size.to_bytes(count) + content


def write_number(number: int) -> bytes:
    """Return an integer from 0 on as an element."""
    return write(INTEGER, number.to_bytes(number.bit_length() // 8 + 1))


def write_oid(text: str) -> bytes:
    """Return an object identifier as an element."""
    first, second, *rest = (int(part) for part in text.split("."))
    coded = b""
    for arc in (first * 40 + second, *rest):
        groups = [arc & 127]
        while arc := arc >> 7:
            groups.append(arc & 127 | 128)
        coded += bytes(reversed(groups))
    return write(OID, coded)


def read(content: bytes) -> Element:
    """Return the one element that bytes are.

    Raises:
        BadDer: they are none, or more than one.
    """
    found = list(read_all(content))
    if len(found) != 1:
        raise BadDer("The answer is not one DER value.", "It was cut or is of another kind.")
    return found[0]


def read_all(content: bytes) -> Iterator[Element]:
    """Yield the elements that stand one behind the other.

    Raises:
        BadDer: one is cut short or written in a way that DER forbids.
    """
    place = 0
    while place < len(content):
        head = content[place : place + 2]
        start, size = place + 2, head[1] if len(head) == 2 else 0
        if size >= 128:
            count = size - 128
            size = int.from_bytes(content[start : start + count])
            if not 0 < count <= 4 or size < 128 or len(content) < start + count:
                raise BadDer("A length is not written as DER writes it.", "The answer was altered.")
            start += count
        if len(head) < 2 or start + size > len(content):
            raise BadDer("A DER value is cut short.", "The answer was cut.")
        yield Element(head[0], content[start : start + size], content[place : start + size])
        place = start + size


def oid_text(content: bytes) -> str:
    """Return an object identifier as text.

    Raises:
        BadDer: it is cut short.
    """
    if not content or content[-1] & 128:
        raise BadDer("An object identifier is cut short.", "The answer was altered.")
    arcs, arc = [], 0
    for byte in content:
        arc = arc << 7 | byte & 127
        if not byte & 128:
            arcs.append(arc)
            arc = 0
    first = min(arcs[0] // 40, 2)
    return ".".join(map(str, (first, arcs[0] - 40 * first, *arcs[1:])))
