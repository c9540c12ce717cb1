"""Valid files spoilt in every way that Hypothesis thinks of: no reader may do anything but tell, or refuse the file."""

from collections.abc import Callable, Iterator
from pathlib import Path

from hypothesis import strategies as st

from muniment.kernel.formats.door.records import NeutralRecord
from muniment.kernel.words.problems import BadFile, Problem

PIECES = (
    b"\x00", b"\xff\xfe", b"\n", b"\t", b"<", b"&amp;", b"&x;", b'"', "\u202e".encode(), b"9" * 400, b"]]>", b"\x1e",
    b"\x1d", b"\x1f", b"{", b"[", b"<!ENTITY a 'b'>", b"\x1b$1", "\ud7ff".encode(),
)  # fmt: skip

type Reader = Callable[[Path], Iterator[NeutralRecord | Problem]]


def spoilt(valid: bytes) -> st.SearchStrategy[bytes]:
    """Return a strategy of bytes that differ from valid ones in a few places."""
    change = st.tuples(
        st.integers(0, max(0, len(valid) - 1)), st.integers(0, 60), st.sampled_from(PIECES) | st.binary(max_size=8)
    )

    def apply(changes: list[tuple[int, int, bytes]]) -> bytes:
        out = valid
        for place, cut, piece in changes:
            out = out[:place] + piece + out[place + cut :]
        return out

    return st.lists(change, min_size=1, max_size=6).map(apply)


def read_all(reader: Reader, path: Path, content: bytes) -> list[NeutralRecord | Problem] | str:
    """Return everything that a reader gives of the content, or the reason why it refuses the file."""
    path.write_bytes(content)
    try:
        return list(reader(path))
    except BadFile as error:
        return f"{error.message} {error.remedy}"
