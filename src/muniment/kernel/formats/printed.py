"""A report made of tables as an A4 PDF that reads well in print; every cell comes in written out.

The layout is `printed.typ` beside this module. Equal documents give equal bytes; see `typesetting`.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from muniment.kernel.formats.typesetting import scripts_of, typeset, without_glyphs

_LAYOUT = Path(__file__).with_name("printed.typ")


@dataclass(frozen=True, slots=True)
class PrintedColumn:
    """The head of a column: text runs as its language does and takes the room, figures and codes stand at the end."""

    label: str
    is_text: bool = False


@dataclass(frozen=True, slots=True)
class PrintedTable:
    """A table: each row, and each of the `sums` below them, has a cell for every column."""

    columns: tuple[PrintedColumn, ...]
    rows: tuple[tuple[str, ...], ...]
    sums: tuple[tuple[str, ...], ...] = ()
    caption: str = ""


@dataclass(frozen=True, slots=True)
class PrintedSection:
    """A heading, what it tells in a sentence, and its tables; one without any says that there is nothing."""

    title: str
    note: str
    tables: tuple[PrintedTable, ...]


@dataclass(frozen=True, slots=True)
class PrintedWords:
    """The words that the layout itself prints; `no_glyph` has a place for the names of scripts: {scripts}."""

    page: str
    nothing: str
    no_glyph: str


@dataclass(frozen=True, slots=True)
class PrintedReport:
    """A report on paper: `lead` stands below the title, `mark` at the foot of every page, `notes` at the end.

    `made_at` is the creation date that the file tells.
    """

    society: str
    title: str
    language: str
    right_to_left: bool
    made_at: datetime
    lead: tuple[str, ...]
    mark: str
    sections: tuple[PrintedSection, ...]
    notes: tuple[str, ...]
    words: PrintedWords


def render_report(document: PrintedReport) -> bytes:
    """Return the PDF of a report.

    Raises:
        ValueError: a row of a table has more or fewer cells than the table has columns.
    """
    value: dict[str, object] = {
        "society": document.society,
        "title": document.title,
        "language": document.language,
        "right_to_left": document.right_to_left,
        "lead": document.lead,
        "mark": document.mark,
        "page": document.words.page,
        "nothing": document.words.nothing,
        "notes": list(document.notes),
        "sections": [
            {"title": section.title, "note": section.note, "tables": [_table(table) for table in section.tables]}
            for section in document.sections
        ],
    }
    if missing := without_glyphs(value):
        value["notes"] = [*document.notes, document.words.no_glyph.format(scripts=", ".join(scripts_of(missing)))]
    return typeset(_LAYOUT, value, document.made_at, tagged=True)


def _table(table: PrintedTable) -> dict[str, object]:
    if any(len(row) != len(table.columns) for row in (*table.rows, *table.sums)):
        raise ValueError(f"a row of the table {table.caption!r} has not a cell for every column")
    return {
        "caption": table.caption,
        "columns": [{"label": column.label, "is_text": column.is_text} for column in table.columns],
        "rows": table.rows,
        "sums": table.sums,
    }
