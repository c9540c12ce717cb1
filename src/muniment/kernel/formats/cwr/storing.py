"""A transaction as plain data that a database or a JSON file keeps, and back: no field is lost on the way."""

from typing import TypedDict

from muniment.kernel.formats.cwr.fields import reader_of, write_field
from muniment.kernel.formats.cwr.layout import layout_of
from muniment.kernel.formats.cwr.reading import CwrTransaction
from muniment.kernel.formats.cwr.records import CwrRecord

_WIDEST = "02.20"
"""The version whose header has every field."""


class PlainRecord(TypedDict):
    """A record: its kind, where it stood, its fields as the format writes them, and what could not be read."""

    kind: str
    line: int
    sequence: int
    fields: dict[str, str]
    unread: dict[str, str]


class PlainTransaction(TypedDict):
    """A transaction: its version and numbers, the header of its group, its own header and its records."""

    version: str
    group: int
    number: int
    group_header: PlainRecord | None
    records: list[PlainRecord]
    dropped: list[PlainRecord]


def plain_of(transaction: CwrTransaction) -> PlainTransaction:
    """Return a transaction as plain data: dicts, lists, texts and whole numbers. Problems are not kept."""
    head, version = transaction.group_header, transaction.version
    return {
        "version": version,
        "group": transaction.group,
        "number": transaction.number,
        "group_header": _plain_record(head, version) if head else None,
        "records": [_plain_record(record, version) for record in (transaction.header, *transaction.records)],
        "dropped": [_plain_record(record, version) for record in transaction.dropped],
    }


def _plain_record(record: CwrRecord, version: str) -> PlainRecord:
    fields: dict[str, str] = {}
    for place in layout_of(version)[record.kind].fields:
        value = record.values.get(place.name, place.blank)
        if value != place.blank:
            fields[place.name] = write_field(place, value).strip()
    return {
        "kind": record.kind,
        "line": record.line,
        "sequence": record.sequence,
        "fields": fields,
        "unread": dict(record.unread),
    }


def plain_header(header: CwrRecord) -> PlainRecord:
    """Return the header of a file (`read_header`) as plain data."""
    return _plain_record(header, _WIDEST)


def header_of(plain: PlainRecord) -> CwrRecord:
    """Return the header of a file that plain data holds."""
    return _record(plain, _WIDEST)


def transaction_of(plain: PlainTransaction) -> CwrTransaction:
    """Return the transaction that plain data holds."""
    version, head = plain["version"], plain["group_header"]
    header, *records = (_record(record, version) for record in plain["records"])
    return CwrTransaction(
        kind=header.kind,
        line=header.line,
        header=header,
        records=tuple(records),
        group=plain["group"],
        number=plain["number"],
        version=version,
        group_header=_record(head, version) if head else None,
        dropped=tuple(_record(record, version) for record in plain["dropped"]),
    )


def _record(plain: PlainRecord, version: str) -> CwrRecord:
    fields = plain["fields"]
    values = {
        place.name: reader_of(place)(fields[place.name]) if place.name in fields else place.blank
        for place in layout_of(version)[plain["kind"]].fields
    }
    return CwrRecord(plain["kind"], plain["line"], values, plain["sequence"], plain["unread"])
