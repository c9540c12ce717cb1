"""Our own statements at the door: whoever uploads one is told what it is."""

import re
from collections.abc import Iterator
from decimal import Decimal
from itertools import islice
from pathlib import Path

from muniment.kernel.formats.door import CERTAIN_PPM, Becomes, Format, Head, Preview, Recognised
from muniment.kernel.words.problems import Level, Problem

_PDF = b"%PDF"
_AMOUNT = re.compile(r"-?\d{1,15}(?:\.\d{1,10})?", re.ASCII)
"""As we write amounts; a Decimal is also NaN, Infinity and 1e999999, whose sums are errors."""


def _recognise(head: Head) -> Recognised | None:
    pdf, workbook = head.start.startswith(_PDF), "docProps/core.xml" in head.members
    if not pdf and not workbook and b"," not in head.start[:4096]:
        return None
    from muniment.kernel.formats.statements import reading

    if pdf or workbook:
        if head.path is None or not head.path.is_file():
            return None
        found = reading.statement_of_pdf(head.path) if pdf else reading.statement_of_workbook(head.path)
    else:
        found = reading.statement_of_csv(head.text)
    if found is None:
        return None
    which = f"statement {found.number}" if found.number else "a statement"
    told = "its first row is ours" if found.form == "CSV" else "its title says so"
    return Recognised("", f"{found.form}, {found.language}", CERTAIN_PPM, f"it is {which} that we wrote: {told}")


def _check(path: Path) -> Iterator[Problem]:
    """Add up a CSV statement; PDFs and workbooks are for people, and nothing in them is checked."""
    with path.open("rb") as file:
        if file.read(4).startswith((_PDF, b"PK")):
            return
    from muniment.kernel.formats.statements.reading import csv_rows, first_rows
    from muniment.kernel.formats.statements.sheets import CSV_HEADERS

    kind, amount = CSV_HEADERS.index("kind"), CSV_HEADERS.index("amount")
    total, gross, line_word = Decimal(0), None, ""
    for number, row in enumerate(csv_rows(path), 1):
        if number == 1:
            language = first_rows().get(row)
            line_word = _line_word(language or "")
            continue
        if len(row) != len(CSV_HEADERS):
            yield _problem(number, "statement.cells", f"The row has {len(row)} cells, not {len(CSV_HEADERS)}.")
            continue
        plain = row[amount].lstrip("'")
        if _AMOUNT.fullmatch(plain) is None:
            yield _problem(number, "statement.amount", f"{row[amount][:40]!r} is not an amount.")
            continue
        value = Decimal(plain)
        if row[kind] == line_word:
            total += value
        elif gross is None and number > 1 and _is_gross(row[kind]):
            gross = value
    if gross is not None and gross != total:
        yield _problem(None, "statement.sum", f"The lines come to {total}, the statement says {gross}.")


def _line_word(language: str) -> str:
    from muniment.kernel.formats.statements.labels import CSV_LABELS

    return CSV_LABELS.get(language, {}).get("line", "line")


def _is_gross(word: str) -> bool:
    from muniment.kernel.formats.statements.labels import LABELS

    return word == "gross" or word in {words["gross"] for words in LABELS.values()}


def _problem(line: int | None, rule: str, message: str) -> Problem:
    return Problem(line, "", rule, message, "Download the statement again; somebody changed this one.", Level.ERROR)


def _preview(path: Path, line_count: int) -> Preview:
    with path.open("rb") as file:
        if file.read(4).startswith((_PDF, b"PK")):
            return Preview((), (), {})
    from muniment.kernel.formats.statements.reading import csv_rows

    rows = tuple(islice(csv_rows(path), line_count + 1))
    widest = max(map(len, rows), default=0)
    headers = (*rows[0], *[""] * (widest - len(rows[0]))) if rows else ()
    return Preview(headers, rows[1:], {"rows": max(len(rows) - 1, 0)})


FORMAT = Format(
    name="statements",
    title="A statement of ours",
    becomes=Becomes.NOTHING,
    versions=("CSV", "XLSX", "PDF"),
    recognise=_recognise,
    check=_check,
    preview=_preview,
    writes=True,
)
