"""Tell a statement of ours when somebody sends it back: which it is, of whom, and in which form.

A statement is an answer and becomes nothing; people upload it where they mean the report that they got it for. The CSV
is known by its whole first row, in any of its languages; the PDF and the workbook by the title that was written into
their properties.
"""

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path
from typing import TextIO

from muniment.kernel.formats.door.looking import DAMAGE
from muniment.kernel.formats.statements.labels import CSV_LABELS, LABELS
from muniment.kernel.formats.statements.sheets import CSV_HEADERS
from muniment.kernel.words.problems import BadFile

_PROPERTIES = "docProps/core.xml"
_LARGEST_PROPERTIES = 64 * 1024
_TAIL_BYTES = 64 * 1024
_LARGEST_LINE = 64 * 1024
_TITLE = re.compile(rb"<dc:title>(?:<rdf:Alt><rdf:li[^>]{0,80}>)?([^<]{1,200})<")


@dataclass(frozen=True, slots=True)
class OurStatement:
    """A statement that was recognised: its number where it tells it, its form and its language."""

    number: str
    form: str
    language: str


@cache
def first_rows() -> dict[tuple[str, ...], str]:
    """Return the language of each first row that our CSV statements have."""
    return {tuple(words.get(name, name) for name in CSV_HEADERS): language for language, words in CSV_LABELS.items()}


def statement_of_csv(start: str) -> OurStatement | None:
    """Return which statement a CSV with this beginning is; None: it is no statement of ours."""
    rows = list(islice(csv.reader(io.StringIO(start[: 2 * _LARGEST_LINE], newline="")), 2))
    language = first_rows().get(tuple(rows[0])) if rows else None
    if language is None:
        return None
    place = CSV_HEADERS.index("statement_number")
    number = rows[1][place] if len(rows) > 1 and len(rows[1]) > place else ""
    return OurStatement(number, "CSV", language)


def statement_of_workbook(path: Path) -> OurStatement | None:
    """Return which statement a workbook is by its title; None: it is none of ours."""
    try:
        with zipfile.ZipFile(path) as archive, archive.open(_PROPERTIES) as stream:
            return _by_title(stream.read(_LARGEST_PROPERTIES), "XLSX")
    except DAMAGE:
        return None


def statement_of_pdf(path: Path) -> OurStatement | None:
    """Return which statement a PDF is by the title at its end; None: it is none of ours."""
    with path.open("rb") as file:
        file.seek(max(path.stat().st_size - _TAIL_BYTES, 0))
        tail = file.read(_TAIL_BYTES)
    return _by_title(tail, "PDF") if b"Typst" in tail else None


def _by_title(content: bytes, form: str) -> OurStatement | None:
    found = _TITLE.search(content)
    title = found[1].decode("utf-8", "replace") if found else ""
    for language, words in LABELS.items():
        if title.startswith(f"{words['statement']} "):
            return OurStatement(title.removeprefix(words["statement"]).strip(), form, language)
    return None


def csv_rows(path: Path) -> Iterator[tuple[str, ...]]:
    """Give the rows of a CSV statement, the first row first.

    Raises:
        BadFile: it is not the text that we write.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            for row in csv.reader(_short_lines(file)):
                yield tuple(row)
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadFile(f"{path.name} is not as it was written.", "Download the statement again.") from error


def _short_lines(file: TextIO) -> Iterator[str]:
    """Give the lines of a statement; a csv.Error where one is longer than any that we write."""
    while line := file.readline(_LARGEST_LINE + 1):
        if len(line) > _LARGEST_LINE:
            raise csv.Error("a line does not end")
        yield line
