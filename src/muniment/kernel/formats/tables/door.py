"""Tables at the door: what a CSV, TSV or XLSX is about, by its headers."""

from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path

from muniment.kernel.formats.door import Becomes, Format, Head, Preview, Recognised
from muniment.kernel.words.problems import Level, Problem

_KNOWN_PPM = 200_000
_UNKNOWN_PPM = 50_000
_LINES_TO_TELL = 2


def _recognise(head: Head) -> Recognised | None:
    from muniment.kernel.formats.tables.kinds import tell_kind
    from muniment.kernel.formats.tables.opening import opening_of

    opening = opening_of(head)
    if opening is None:
        return None
    headers = opening.headers
    told, where = tell_kind(headers), ""
    if told is None:
        below = ((line, tell_kind(names)) for line, names in opening.below())
        line, told = next(((line, told) for line, told in below if told is not None), (0, None))
        where = f" on line {line}" if line else ""
    form = opening.kind.value.upper()
    if told is None:
        width, even = opening.usual_width
        if even < _LINES_TO_TELL or width < 2:
            return None
        because = f"its rows have {width} columns each; no kind of table is sure of these headers"
        return Recognised("", form, _UNKNOWN_PPM, because, Becomes.NOTHING)
    found = told.mapping.columns
    columns = ", ".join(list(found.values())[:6]) + (" …" if len(found) > 6 else "")
    certainty = _KNOWN_PPM + _KNOWN_PPM * len(found) // max(len(headers), len(found))
    of_all = "columns" if where else f"of its {len(headers)} columns"
    because = f"{len(found)} {of_all}{where} belong to a table of {told.about.name}: {columns}"
    return Recognised("", f"{form} of {told.about.name}", certainty, because, told.about.becomes)


def _check(path: Path) -> Iterator[Problem]:
    """Read every row through the mapping that the headers suggest; a table of no known kind is read as it is."""
    from muniment.kernel.formats.tables.kinds import identifier_problems, tell_kind
    from muniment.kernel.formats.tables.mapping import ColumnMapping, MappedRow
    from muniment.kernel.formats.tables.opening import open_table
    from muniment.kernel.formats.tables.previews import check_rows

    table = open_table(path)
    told = tell_kind(table.headers)
    if told is None:
        return check_rows(table, ColumnMapping(), (), lambda row, _columns: (row, ()))

    def read_line(row: MappedRow, _columns: Mapping[str, str]) -> tuple[MappedRow, tuple[Problem, ...]]:
        usable = not any(problem.level is Level.ERROR for problem in row.problems)
        return row, (*row.problems, *(identifier_problems(row, told) if usable else ()))

    return check_rows(table, told.mapping, told.about.targets, read_line)


def _preview(path: Path, line_count: int) -> Preview:
    from muniment.kernel.formats.tables.opening import open_table

    table = open_table(path)
    rows = tuple(row.cells for row in islice(table.rows, line_count))
    counts = {"rows": len(rows), "columns": len(table.headers)}
    return Preview(table.headers, rows, counts)


FORMAT = Format(
    name="tables",
    title="Table",
    becomes=Becomes.NOTHING,
    versions=("CSV", "TSV", "XLSX"),
    recognise=_recognise,
    check=_check,
    preview=_preview,
    writes=True,
)
