"""Tables as text: CSV with any usual separator, and TSV, streamed in constant memory.

The bytes are checked once from end to end before the first row is given, so that a wrong encoding in the last line
refuses the file before anything of it is used. Encodings: a byte order mark decides; else UTF-8; else the encoding
that the caller declares. Nothing is guessed, since a wrong guess turns names into other names silently.
"""

import codecs
import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from muniment.kernel.formats.tables.rows import TableKind, TableRow, TableRows, fit_row, name_headers, without_header
from muniment.kernel.words.problems import BadFile, Problem

DELIMITERS = (",", ";", "\t", "|")

_OPENING_BYTES = 64 * 1024
_CHUNK_BYTES = 1024 * 1024
_CELL_LETTERS = 1024 * 1024
_LINE_LETTERS = 16 * 1024 * 1024
_LINE_MARKS = 200_000
"""The most separators on a line: far more than columns, for they stand in cells of prose, too."""
_BLANK_CELLS = 10_000_000
_BLANK_TIMES = 20
"""So many cells, and as many more for each byte, may be missing at the ends of rows: each is filled with a blank."""
_SEPARATOR_LINE = re.compile(r"sep=([,;\t|])\s*?(?:\r|\n|$)", re.IGNORECASE)
"""The line by which Excel is told the separator of a CSV file."""
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAVE_AS_UTF_8 = "Save it as “CSV UTF-8” in the program it comes from, and import that."


@dataclass(frozen=True, slots=True)
class TextFacts:
    """What one pass over a text file found: its encoding and how many lines it has."""

    encoding: str
    line_count: int


def read_opening(path: Path) -> bytes:
    """Return the first bytes of the file.

    Raises:
        BadFile: it cannot be opened, or holds nothing but blanks.
    """
    try:
        with path.open("rb") as file:
            opening = file.read(_OPENING_BYTES)
    except OSError as error:
        raise BadFile(
            f"{path.name} cannot be read: {error.strerror or error}.", "Check the name and the rights."
        ) from error
    if not opening.strip(b"\x00 \t\r\n\xef\xbb\xbf\xff\xfe"):
        raise BadFile(f"{path.name} is empty.", "Ask the sender for the file with its content.")
    return opening


def inspect_text(path: Path, *, encoding: str | None = None) -> TextFacts:
    """Read the whole file once and return its encoding and number of lines.

    Raises:
        BadFile: it is binary, or not in the encoding it should be in; the message names line and byte.
    """
    opening = read_opening(path)
    for mark, marked_encoding in _MARKS:
        if opening.startswith(mark):
            return TextFacts(marked_encoding, _count_lines(path, marked_encoding))
    try:
        return TextFacts("utf-8", _count_lines(path, "utf-8"))
    except BadFile:
        if encoding is None:
            raise
    known = _known_encoding(encoding)
    return TextFacts(known, _count_lines(path, known))


def _known_encoding(encoding: str) -> str:
    try:
        name = codecs.lookup(encoding).name
        "".encode(name)
    except (LookupError, ValueError, UnicodeError) as error:
        raise BadFile(f"{encoding!r} is not an encoding.", "Name one such as utf-8, cp1252 or cp1251.") from error
    return name


def _count_lines(path: Path, encoding: str) -> int:
    """Decode the file piece by piece; count line ends; refuse what does not decode, is not text or has no lines."""
    decoder = codecs.getincrementaldecoder(encoding)()
    offset = line_count = letters = 0
    with path.open("rb") as file:
        while True:
            chunk = file.read(_CHUNK_BYTES)
            waiting = len(decoder.getstate()[0])
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeError as error:
                start = getattr(error, "start", 0)
                place = max(offset - waiting + start, 0)
                line = line_count + 1 + chunk[: max(start - waiting, 0)].count(b"\n")
                raise BadFile(
                    f"{path.name} is not {encoding} text: byte {place + 1:,}, on line {line:,}, does not belong to it.",
                    _SAVE_AS_UTF_8,
                ) from error
            if "\x00" in text:
                line = line_count + 1 + text.count("\n", 0, text.index("\x00"))
                raise BadFile(
                    f"{path.name} is not a text: there is a zero byte on line {line:,}.",
                    "Send a table, as CSV or XLSX; text saved as “Unicode” is best saved again as “CSV UTF-8”.",
                )
            line_count += text.count("\n")
            letters = letters + len(text) if "\n" not in text and "\r" not in text else 0
            if letters > _LINE_LETTERS:
                raise BadFile(
                    f"{path.name}: line {line_count + 1:,} does not end.", "Send a table with a line for each row."
                )
            offset += len(chunk)
            if not chunk:
                return line_count


def sniff_delimiter(path: Path, *, encoding: str | None = None) -> str:
    """Return which of , ; tab | parts the cells: the one that cuts the first rows into most even pieces.

    Raises:
        BadFile: see `inspect_text`; here only the opening is looked at.
    """
    opening = read_opening(path)
    marked = next((name for mark, name in _MARKS if opening.startswith(mark)), None)
    text = opening.decode(marked or "utf-8", errors="replace")
    if "\x00" in text:
        line = text.count("\n", 0, text.index("\x00")) + 1
        raise BadFile(
            f"{path.name} is not a text: there is a zero byte on line {line:,}.", "Send a table, as CSV or XLSX."
        )
    if marked is None and encoding is not None:
        text = opening.decode(_known_encoding(encoding), errors="replace")
    if told := _SEPARATOR_LINE.match(text.lstrip("\ufeff")):
        return told[1]
    whole_lines = text if len(opening) < _OPENING_BYTES else text[: text.rfind("\n") + 1] or text
    return delimiter_of(whole_lines)


def delimiter_of(text: str) -> str:
    """Return which of , ; tab | cuts the first rows of a text into most even pieces; a comma where none does."""
    return max(DELIMITERS, key=lambda delimiter: _evenness(text, delimiter))


def _evenness(text: str, delimiter: str) -> tuple[int, int]:
    """Rate a delimiter: into how many cells it cuts most of the rows that it cuts, first how many rows these are."""
    widths: list[int] = []
    try:
        for cells in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            if cells:
                widths.append(len(cells))
            if len(widths) == 40:
                break
    except csv.Error:
        return (0, 0)
    parted = [width for width in widths if width > 1]  # lines of other text may stand above the table
    usual = max(set(parted), key=lambda width: (parted.count(width), width), default=0)
    return (parted.count(usual), usual)


class _Lines:
    """The lines of a text, remembered since the last row so that the end of the file can be judged."""

    def __init__(self, file: io.TextIOWrapper, delimiter: str) -> None:
        self._file, self._delimiter = file, delimiter
        self.since_row: list[str] = []

    def __iter__(self) -> Iterator[str]:
        for number, line in enumerate(self._file, 1):
            if len(line) > _LINE_MARKS and line.count(self._delimiter) > _LINE_MARKS:
                raise BadFile(
                    f"Line {number:,} has more than {_LINE_MARKS:,} cells.", "Send a table with a line for each row."
                )
            self.since_row.append(line)
            yield line


def read_delimited(
    path: Path, *, encoding: str | None = None, delimiter: str | None = None, header_line: int | None = None
) -> TableRows:
    """Open a CSV or TSV file; rows stream, whatever its size.

    `header_line` is the line of the header where lines of other text stand above it (None: the first that is not
    blank).

    Raises:
        BadFile: empty, binary, in another encoding, without a header or with a boundless one; while rows are walked:
            an open quotation mark, a line without end, nothing but rows that lack nearly all of the columns.
    """
    facts = inspect_text(path, encoding=encoding)
    chosen = delimiter or sniff_delimiter(path, encoding=facts.encoding)
    walk = _walk(path, facts.encoding, chosen)
    for line, cells, _ in walk:
        if line == 1 and _SEPARATOR_LINE.fullmatch(chosen.join(cells).strip(" \r\n")):
            continue
        if (line >= header_line) if header_line is not None else any(cell.strip() for cell in cells):
            break
    else:
        raise without_header(path.name, header_line)
    headers = name_headers(cells)
    if not headers:
        raise BadFile(f"Line {line} of {path.name} is blank.", "Give the line that names the columns.")
    problems: list[Problem] = []
    kind = TableKind.TSV if chosen == "\t" else TableKind.CSV
    rows = _fit(walk, headers, problems, _BLANK_CELLS + _BLANK_TIMES * path.stat().st_size)
    return TableRows(kind, headers, line, rows, problems, facts.line_count)


def _walk(path: Path, encoding: str, delimiter: str) -> Iterator[tuple[int, list[str], bool]]:
    """Give each record with the line it begins on, and whether a line end follows it.

    Raises:
        BadFile: a quotation mark is opened and never closed.
    """
    csv.field_size_limit(_CELL_LETTERS)
    with path.open(encoding=encoding, newline="") as file:
        lines = _Lines(file, delimiter)
        reader = csv.reader(lines, delimiter=delimiter)
        begins = 1
        while True:
            try:
                cells = next(reader)
                ended = _check_closed(lines, delimiter)
            except StopIteration:
                return
            except csv.Error as error:
                raise BadFile(
                    f"{path.name}: the row that begins on line {begins:,} does not end.",
                    "A quotation mark is opened there and never closed: close it or remove it.",
                ) from error
            if cells:
                yield begins, cells, ended
            begins = reader.line_num + 1


def _check_closed(lines: _Lines, delimiter: str) -> bool:
    """Say whether a line end follows the record just read; raise csv.Error where only the file's end closed it."""
    recent, lines.since_row = lines.since_row, []
    ended = bool(recent) and recent[-1].endswith(("\n", "\r"))
    if sum(line.count('"') for line in recent) % 2 == 0:
        return ended
    try:
        list(csv.reader(recent, delimiter=delimiter, strict=True))
    except csv.Error as error:
        if "unexpected end" in str(error):
            raise
    return ended


def _fit(
    walk: Iterator[tuple[int, list[str], bool]], headers: tuple[str, ...], problems: list[Problem], most_blank: int
) -> Iterator[TableRow]:
    blank = 0
    for line, cells, ended in walk:
        if not any(cell.strip() for cell in cells):
            continue
        if not ended and len(cells) < len(headers):
            problems.append(
                Problem(
                    line,
                    headers[len(cells) - 1],
                    "table.cut_off",
                    f"The file ends in the middle of this row: it has {len(cells)} of {len(headers)} cells.",
                    "Ask for the whole file; this row is not used.",
                )
            )
            continue
        blank += max(len(headers) - len(cells), 0)
        if blank > most_blank:
            raise BadFile(
                f"The header has {len(headers):,} columns, and the rows to line {line:,} hardly any cells.",
                "Leave out the columns that hold nothing, or look whether the rows are cut by another separator.",
            )
        row = fit_row(line, cells, headers)
        if isinstance(row, Problem):
            problems.append(row)
        else:
            yield row
