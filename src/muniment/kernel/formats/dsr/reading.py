"""Read a DSR flat file, plain or gzipped: one item after the other, or its lines as they stand.

The file streams; one block is in memory.
"""

import gzip
import io
import zlib
from collections.abc import Iterable, Iterator
from typing import BinaryIO, cast

from muniment.kernel.formats.dsr.rows import ASK, DsrLine, plain_lines
from muniment.kernel.formats.dsr.values import DsrSummary
from muniment.kernel.formats.dsr.walking import DsrItem, finish, start_walk, take_line
from muniment.kernel.words.problems import BadFile

LINE_BYTES = 4 * 1024 * 1024


def iter_dsr(stream: BinaryIO, known: Iterable[DsrSummary] = ()) -> Iterator[DsrItem]:
    """Give the head, the summaries, the sales and the problems of a DSR file in its order, and its totals at last.

    `known` are summaries of the other files of the same report, for a file that does not repeat them.

    Raises:
        BadFile: empty, not a DSR, not UTF-8, or a gzip archive that is cut off.
    """
    walk = start_walk(known)
    for line, text in iter_lines(stream):
        yield from take_line(walk, line, text)
    if walk.head is None:
        raise BadFile("The file has no row of data.", "Ask the service for the report.")
    yield from finish(walk)


def read_lines(stream: BinaryIO) -> Iterator[DsrLine]:
    """Give the lines of a report as they stand, comments and all, for who writes them again (`write_lines`).

    Raises:
        BadFile: see `iter_dsr`; what the rows say is not looked at.
    """
    return plain_lines(text for _, text in iter_lines(stream))


def iter_lines(stream: BinaryIO) -> Iterator[tuple[int, str]]:
    """Give the lines of a report with their numbers and ends, unpacked.

    Raises:
        BadFile: a line without end, a zero byte, no UTF-8, or a gzip archive that is cut off.
    """
    buffered = io.BufferedReader(cast("io.RawIOBase", stream))
    line = 0
    try:
        source = unpacking(buffered)
        while raw := source.readline(LINE_BYTES):
            line += 1
            yield line, checked(raw, line).decode("utf-8-sig" if line == 1 else "utf-8")
    except UnicodeDecodeError as error:
        raise BadFile(f"Line {line:,} is not UTF-8, as a DSR must be.", ASK) from error
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise BadFile(f"The gzip archive is damaged or cut off after line {line:,}.", "Send it again.") from error
    finally:
        buffered.detach()


def unpacking(buffered: "io.BufferedReader[io.RawIOBase]") -> io.BufferedIOBase:
    """Return the stream itself, or what a gzipped one unpacks to."""
    packed = buffered.peek(2)[:2] == b"\x1f\x8b"
    return gzip.GzipFile(fileobj=buffered) if packed else buffered


def checked(raw: bytes, line: int) -> bytes:
    """Return the bytes of a line that may be decoded.

    Raises:
        BadFile: it does not end, or has a zero byte.
    """
    if len(raw) > LINE_BYTES or (len(raw) == LINE_BYTES and not raw.endswith(b"\n")):
        raise BadFile(f"Line {line:,} is longer than any row of a report.", "Send a DSR flat file.")
    if b"\x00" in raw:
        raise BadFile(f"There is a zero byte on line {line:,}: the file is not a text.", "Send a DSR flat file.")
    return raw
