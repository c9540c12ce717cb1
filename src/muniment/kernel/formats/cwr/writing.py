"""Write CWR files of version 2.1 or 2.2: from works, or from the records of transactions that were read or made.

Strict where the reader is tolerant: a work that breaks a rule of the standard, or a value that its field cannot hold,
is refused with the reason; what is written has been read back. Groups, numbers and counts are made here.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from muniment.kernel.formats.cwr.checks import check_transaction
from muniment.kernel.formats.cwr.details import Line, UnwritableWork, work_lines
from muniment.kernel.formats.cwr.fields import UnwritableField
from muniment.kernel.formats.cwr.layout import layout_of
from muniment.kernel.formats.cwr.preparing import NAME_LETTERS, TITLE_LETTERS, capitals, prepare_work
from muniment.kernel.formats.cwr.reading import CwrSender, CwrTransaction
from muniment.kernel.formats.cwr.records import CwrRecord, format_record, shapes_of
from muniment.kernel.formats.cwr.rules import PLAIN_RULES, Severity, Value
from muniment.kernel.formats.cwr.works import CwrWork
from muniment.kernel.words.problems import Problem

VERSION = "02.10"
_NATIVE = frozenset({"NPN", "NWN", "NAT", "NPR", "NPA", "NET", "NCT", "NVT", "NOW", "MSG"})
"""Records that may leave the standard's characters."""
_NATIONAL = frozenset({"OL", "AL"})
_LINE_END = "\r\n"


@dataclass(frozen=True, slots=True)
class CwrHeader:
    """What the header of a transmission says: who sends it, when it was made and is sent."""

    sender: CwrSender
    created_at: datetime
    transmitted_on: date | None = None
    character_set: str = "UTF-8"


@dataclass(slots=True)
class _Frame:
    """The groups of a file being written, and their counts."""

    version: str
    kinds: list[str]
    number: int = 0
    transactions: int = 0
    records: int = 1
    in_group: int = 0
    group_records: int = 0

    def begin(self, kind: str, **values: Value) -> Iterator[bytes]:
        """End the group before, and begin one of this kind."""
        yield from self.end()
        self.kinds.append(kind)
        self.number += 1
        self.in_group, self.group_records = 0, 1
        self.records += 1
        said = {"version": self.version, "batch_request": "0" * 10} | values
        yield _encode(_control("GRH", transaction_type=kind, group_id=self.number, **said))

    def end(self) -> Iterator[bytes]:
        """End the group, where there is one."""
        if self.kinds:
            self.records += 1
            counts = {"transaction_count": self.in_group, "record_count": self.group_records + 1}
            yield _encode(_control("GRT", group_id=self.number, total_value="0" * 10, **counts))

    def add(self, lines: Sequence[str]) -> Iterator[bytes]:
        """Give the lines of one transaction."""
        self.in_group += 1
        self.transactions += 1
        self.group_records += len(lines)
        self.records += len(lines)
        for line in lines:
            yield _encode(line)

    def close(self) -> Iterator[bytes]:
        """End the file."""
        yield from self.end()
        counts = {"transaction_count": self.transactions, "record_count": self.records + 1}
        yield _encode(_control("TRL", group_count=len(self.kinds), **counts))


def write_cwr(header: CwrHeader, works: Iterable[CwrWork], *, version: str = VERSION) -> Iterator[bytes]:
    """Give the lines of a CWR file (CRLF, UTF-8) for works of kind NWR and REV, each kind in one run.

    Raises:
        UnwritableWork: a work breaks a rule of the standard or has a value that does not fit.
        UnwritableField: the header has such a value.
    """
    yield _encode(_header_line(header, version))
    frame = _Frame(version, [])
    for work in works:
        if not frame.kinds or frame.kinds[-1] != work.kind:
            if work.kind in frame.kinds or work.kind not in {"NWR", "REV"}:
                raise UnwritableWork(f"A {work.kind} work stands outside the group of its kind.", "Sort works by kind.")
            yield from frame.begin(work.kind)
        yield from frame.add(transaction_lines(work, frame.in_group, version))
    if not frame.kinds:
        raise UnwritableWork("There are no works to write.", "Choose at least one work.")
    yield from frame.close()


def write_transactions(
    header: CwrHeader | CwrRecord, transactions: Iterable[CwrTransaction], *, version: str = VERSION
) -> Iterator[bytes]:
    """Give the lines of a file with transactions as they were read: every field again, also what could not be read.

    Transactions of one group stand together; groups, transactions and records are numbered and counted anew. The
    header is a new one, or the record of the file that was read.

    Raises:
        UnwritableField: a value does not fit its field.
    """
    if isinstance(header, CwrRecord):
        yield _encode(record_line(header, "HDR", "02.20" if _says_more(header) else "02.10"))
    else:
        yield _encode(_header_line(header, version))
    frame, last = _Frame(version, []), None
    for transaction in transactions:
        place = (transaction.group, transaction.version)
        if place != last:
            last = place
            first = transaction.group_header
            frame.version = transaction.version
            names = ("batch_request", "submission_type")
            kept = {name: first.text(name) for name in names if first.text(name)} if first else {}
            yield from frame.begin(first.text("transaction_type") if first else transaction.kind, **kept)
        number, kinds = frame.in_group, _in_order(transaction)
        yield from frame.add(
            [
                record_line(record, f"{record.kind}{number:08d}{place:08d}", transaction.version)
                for place, record in enumerate(kinds)
            ]
        )
    yield from frame.close()


def _says_more(header: CwrRecord) -> bool:
    """Say whether the header of a file has a field that came with 2.2."""
    first = {place.name for place in layout_of("02.10")["HDR"].fields}
    return any(value for name, value in {**header.values, **header.unread}.items() if name not in first)


def _in_order(transaction: CwrTransaction) -> list[CwrRecord]:
    """Return all records of a transaction as they stood, those that were dropped among them."""
    records = [transaction.header, *transaction.records]
    return sorted((*records, *transaction.dropped), key=_line_of) if transaction.dropped else records


def _line_of(record: CwrRecord) -> int:
    return record.line


def record_line(record: CwrRecord, prefix: str, version: str) -> str:
    """Return the line of a record that was read: its values, and the text of what could not be read as it was.

    Raises:
        UnwritableField: a value does not fit its field.
    """
    shape = layout_of(version)[record.kind]
    line = format_record(shape, prefix, record.values, record.unread)
    for place in shape.fields:
        if place.name in record.unread:
            line = line[: place.start] + record.unread[place.name].ljust(place.end - place.start) + line[place.end :]
    return line + record.unread.get("", "")


def _encode(line: str) -> bytes:
    return (line + _LINE_END).encode()


def _control(kind: str, **values: Value) -> str:
    return format_record(layout_of("02.20" if kind == "HDR" else VERSION)[kind], kind, values)


def _header_line(header: CwrHeader, version: str) -> str:
    kind, number = header.sender.kind, header.sender.number
    if number.isdigit() and len(number) == 11:
        kind, number = (kind, number[2:]) if number.startswith("00") else (number[:2], number[2:])
    values: dict[str, Value] = {
        "sender_type": kind,
        "sender_id": number.zfill(9) if number.isdigit() else number,
        "sender_name": capitals(header.sender.name, NAME_LETTERS),
        "edi_version": "01.10",
        "creation_date": header.created_at.date(),
        "creation_time": f"{header.created_at:%H%M%S}",
        "transmission_date": header.transmitted_on or header.created_at.date(),
        "character_set": header.character_set,
    }
    if version == "02.20":
        values |= {"version": "2.2", "revision": "002", "software_package": "MUNIMENT"}
    return format_record(layout_of(version)["HDR"], "HDR", values)


def transaction_lines(work: CwrWork, number: int, version: str = VERSION) -> list[str]:
    """Return the lines of a work's transaction, `number` counting from 0 in its group.

    Raises:
        UnwritableWork: the work breaks a rule, or a value does not fit its field.
    """
    try:
        return checked_lines(work_lines(prepare_work(work, version), version), number, version)
    except UnwritableField as error:
        raise UnwritableWork(f"Work {work.submitter_work_number!r}: {error.message}", error.remedy) from error
    except UnwritableWork as error:
        raise UnwritableWork(f"Work {work.submitter_work_number!r}: {error.message}", error.remedy) from error


def checked_lines(lines: Sequence[Line], number: int, version: str) -> list[str]:
    """Return the lines of a transaction after reading them back: none breaks a rule that costs more than a field.

    Raises:
        UnwritableField: a value does not fit its field, or has letters that CWR does not have.
        UnwritableWork: a rule is broken.
    """
    shapes = _SHAPES
    written: list[str] = []
    records: list[CwrRecord] = []
    problems: list[Problem] = []
    for place, (kind, values) in enumerate(lines):
        layout = layout_of(version)[kind]
        line = format_record(layout, f"{kind}{number:08d}{place:08d}", _writable(kind, values))
        shape = shapes.of(version, kind)
        if shape is None:
            raise UnwritableWork(f"CWR {version} has no {kind} record.", "Choose another version.")
        parsed = shape.read(place + 1, line, place)
        problems += parsed.problems
        records.append(parsed.record)
        written.append(line)
    problems += check_transaction(records[0], records[1:], shapes.asked)
    for problem in problems:
        if problem.rule[4:6] != Severity.FIELD:
            raise UnwritableWork(problem.message, problem.remedy)
    return written


_SHAPES = shapes_of(PLAIN_RULES)


def _writable(kind: str, values: Mapping[str, Value]) -> Mapping[str, Value]:
    """Return the values of a record, making sure that only native records leave the standard's characters."""
    if kind in _NATIVE or values.get("title_type") in _NATIONAL:
        return values
    for name, value in values.items():
        if isinstance(value, str) and not TITLE_LETTERS.issuperset(value):
            raise UnwritableField(
                f"{value!r} in {kind} {name} has letters that CWR does not.", "Write it in capitals A-Z."
            )
    return values
