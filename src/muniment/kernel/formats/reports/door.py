"""What the door knows of statements and logs: recognised by their headers, wherever these begin."""

import csv
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from muniment.kernel.formats.door import Becomes, Format, Head, Preview, Recognised
from muniment.kernel.words.problems import Problem

_SURE_PPM, _REST_PPM = 600_000, 390_000
_LINES_ABOVE = 15


def _recognise(head: Head) -> Recognised | None:
    from muniment.kernel.formats.reports.layouts import known_table

    for cells in _candidates(head):
        known = known_table(cells)
        if known is not None:
            layout = known.layout
            because = f"{known.share_ppm // 10_000} of 100 headers are those of a {layout.title}"
            certainty = _SURE_PPM + _REST_PPM * known.share_ppm // 1_000_000
            becomes = Becomes.USAGES if layout.usages else Becomes.NOTHING
            return Recognised("", layout.title, certainty, because, becomes)
    return None


def _candidates(head: Head) -> Iterator[tuple[str, ...]]:
    if "xl/workbook.xml" in head.members:
        from muniment.kernel.formats.tables.opening import opening_of

        opening = opening_of(head)
        yield from opening.rows[:_LINES_ABOVE] if opening is not None else ()
        return
    for line in head.first_lines[:_LINES_ABOVE]:
        for delimiter in ",\t;|":
            if line.count(delimiter) >= 2 and len(line) < 16_384:
                yield from (tuple(row) for row in csv.reader([line.removeprefix("\ufeff")], delimiter=delimiter))


def _check(path: Path) -> Iterator[Problem]:
    from muniment.kernel.formats.reports.checking import check_report

    return check_report(path)


def _preview(path: Path, line_count: int) -> Preview:
    from muniment.kernel.formats.reports.reading import open_report

    report = open_report(path)
    table = report.table
    if report.known is None:
        return Preview(table.headers, tuple(row.cells for row in islice(table.rows, line_count)), {"columns": 0})
    columns = report.known.mapping.columns
    places = [table.headers.index(header) for header in columns.values()]
    rows = tuple(tuple(row.cells[place] for place in places) for row in islice(table.rows, line_count))
    counts = {"rows": len(rows), "columns": len(table.headers), "columns that are understood": len(columns)}
    return Preview(tuple(columns), rows, counts)


FORMAT = Format(
    name="reports",
    title="Statement or log of a store, society or station",
    becomes=Becomes.USAGES,
    versions=(),
    recognise=_recognise,
    check=_check,
    preview=_preview,
    writes=False,
    official=False,
)
