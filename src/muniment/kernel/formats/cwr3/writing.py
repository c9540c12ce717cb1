"""Write CWR 3 from transactions that were read or made: known fields at their places, the rest as it stood."""

from collections.abc import Iterable, Iterator, Mapping

from muniment.kernel.formats.cwr3.layout import layout
from muniment.kernel.formats.cwr3.reading import Cwr3Record, Cwr3Transaction
from muniment.kernel.formats.widths import PREFIX, Unwritable, Widths

_END = b"\r\n"
_VERSION = "03.000000000000"
"""What stands behind the number of a group: the version, and the number of a batch that nobody asked for."""


def write_cwr3(header: Cwr3Record, transactions: Iterable[Cwr3Transaction]) -> Iterator[bytes]:
    """Give the lines of a file (CRLF, UTF-8): groups, numbers and counts are made here.

    A record that was read keeps what the layout has no names for, as long as its fields are of the same widths.

    Raises:
        Unwritable: a value does not fit its field, or the layout has no place for it.
    """
    shape = layout()
    yield _line(shape, header, "HDR")
    group = kind = last = None
    groups = in_group = group_records = transaction_count = record_count = 0
    for one in transactions:
        if (one.group, one.kind) != last:
            if group is not None:
                yield _counts(f"GRT{groups:05d}", in_group, group_records + 1)
                record_count += 1
            last, group, kind = (one.group, one.kind), one.group, one.kind
            groups, in_group, group_records = groups + 1, 0, 1
            record_count += 1
            yield f"GRH{kind}{groups:05d}{_VERSION}".encode() + _END
        for place, record in enumerate((one.header, *one.records)):
            yield _line(shape, record, f"{record.kind}{in_group:08d}{place:08d}")
        count = 1 + len(one.records)
        in_group, transaction_count = in_group + 1, transaction_count + 1
        group_records, record_count = group_records + count, record_count + count
    if group is None:
        raise Unwritable("There are no transactions to write.", "Choose at least one work.")
    yield _counts(f"GRT{groups:05d}", in_group, group_records + 1)
    yield _counts(f"TRL{groups:05d}", transaction_count, record_count + 3)


def _counts(start: str, transactions: int, records: int) -> bytes:
    return f"{start}{transactions:08d}{records:08d}".encode() + _END


def _line(shape: Widths, record: Cwr3Record, prefix: str) -> bytes:
    """Return a record as a line: its text with its fields written over it."""
    if not shape.knows(record.kind):
        return (prefix + record.text[PREFIX:]).encode() + _END
    text = prefix + record.text[len(prefix) :]
    for place in shape.records[record.kind]:
        value = record.get(place.name)
        if len(value) > place.size or "\n" in value or "\r" in value:
            raise Unwritable(
                f"{record.kind} {place.name} has {place.size} places; {value!r} does not fit.", "Shorten it."
            )
        if text[place.start : place.end].strip() != value:
            text = text.ljust(place.end)
            text = text[: place.start] + value.ljust(place.size) + text[place.end :]
    return text.encode() + _END


def record_of(kind: str, fields: Mapping[str, str]) -> Cwr3Record:
    """Return a new record, to be written.

    Raises:
        Unwritable: the layout has no place for a field.
    """
    shape = layout()
    unknown = [name for name in fields if not shape.has(kind, name)]
    if unknown:
        raise Unwritable(f"The layout has no place for {kind} {unknown[0]}.", "Complete it.")
    return Cwr3Record(kind, 0, dict(fields))
