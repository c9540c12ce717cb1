"""Small statements and logs of every layout, invented here: no title, name or number is anybody's."""

import csv
import io
from collections.abc import Mapping

from muniment.kernel.formats.reports import Layout
from muniment.kernel.words.identifiers import make_iswc

VALUES: Mapping[str, str] = {
    "title": "Lantern Song",
    "performer": "Kite Sisters",
    "writers": "Quill Ravenhurst",
    "isrc": "QZMUN2600001",
    "iswc": make_iswc(900_000_002),
    "source_id": "W-2",
    "duration": "2:10",
    "count": "12",
    "used_at": "2026-07-31",
    "clock": "05:12:07",
    "territory": "DE",
    "amount": "1.23456789",
    "currency": "EUR",
    "use": "background",
}
APPLE_LINES = "Start Date\t07/01/2026\nEnd Date\t07/31/2026\nReport Type\tStreams\nCurrency\tEUR\n"


def sample_of(layout: Layout, delimiter: str = ",", **changes: str) -> str:
    """Return a file of two lines of a layout; `changes` are other cells, by field, of its second line."""
    of_header = {header: name for name, header in layout.fields.items()}
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\n")
    writer.writerow(layout.headers)
    for values in (VALUES, {**VALUES, **changes}):
        writer.writerow([values.get(of_header.get(header, ""), "x") for header in layout.headers])
    return text.getvalue()
