"""Read CWR 3.0 and 3.1 by the layout in force: transaction by transaction, every letter of a line kept."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO

from muniment.kernel.formats.cwr3.layout import layout
from muniment.kernel.formats.cwr3.rules import TABLE
from muniment.kernel.formats.widths import PREFIX, Widths, decoded, kind_of, lines_of
from muniment.kernel.words.identifiers import (
    InvalidIdentifier,
    parse_ipi_base,
    parse_ipi_name,
    parse_isrc,
    parse_iswc,
)
from muniment.kernel.words.problems import BadFile, Level, Problem
from muniment.kernel.words.territory import UnknownTerritory, parse_territory

HEADERS = frozenset({"WRK", "DRW", "ISR", "ISA", "EXC", "ACK", "LIC"})
"""The records that begin a transaction."""
_WORKS = frozenset({"WRK", "DRW"})
_WRITERS = frozenset({"SWR", "OWR", "WRI"})
_SHARES = ("pr_share", "mr_share", "sr_share")
_WHOLE = 10_000
_MOST_RECORDS = 10_000
_NUMBERS = {
    "iswc": parse_iswc,
    "ipi_name": parse_ipi_name,
    "ipi_base": parse_ipi_base,
    "isrc": parse_isrc,
    "writer_1_ipi_name": parse_ipi_name,
    "writer_2_ipi_name": parse_ipi_name,
}
_NO_TEXT: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Cwr3Record:
    """A record: its kind, the line it stands on, the fields that the layout knows, and the whole of its text."""

    kind: str
    line: int
    fields: Mapping[str, str]
    text: str = ""

    def get(self, name: str) -> str:
        """Return a field, "" where the record has none."""
        return self.fields.get(name, "")


@dataclass(frozen=True, slots=True)
class Cwr3Transaction:
    """A transaction: its header and records, what is wrong with it, and whether that refuses it."""

    kind: str
    line: int
    group: int
    header: Cwr3Record
    records: tuple[Cwr3Record, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def refused(self) -> bool:
        """Say whether it has an error."""
        return any(problem.level is Level.ERROR for problem in self.problems)


def read_header(stream: BinaryIO) -> Cwr3Record:
    """Return the header of a file: who sent it, when, by which version.

    Raises:
        BadFile: the file does not begin with one.
    """
    for number, line in lines_of(stream):
        return _header(layout(), number, line)
    raise BadFile("The file is empty.", "Ask the sender for the file with its content.")


def _header(shape: Widths, number: int, line: bytes) -> Cwr3Record:
    record = Cwr3Record("HDR", number, shape.cut(line), decoded(line))
    if kind_of(line) != "HDR" or not record.get("version").startswith("3"):
        raise BadFile("The file does not begin with a header of CWR 3.", "Send a CWR 3 file, or say what it is.")
    return record


def iter_transactions(stream: BinaryIO) -> Iterator[Cwr3Transaction | Problem]:
    """Yield every transaction with what is wrong with it, and what is wrong with groups and the file.

    Raises:
        BadFile: the file is no CWR 3, or a line is longer than any record.
        BadLayout: the layout put in place of ours is none.
    """
    walk = _Walk(layout())
    for number, line in lines_of(stream):
        yield from walk.take(number, line)
    yield from walk.end()


@dataclass(slots=True)
class _Walk:
    """A file while it is read."""

    shape: Widths
    begun: bool = False
    ended: bool = False
    group: int = 0
    group_kind: str = ""
    in_group: int = 0
    group_records: int = 0
    transactions: int = 0
    record_count: int = 0
    current: list[Cwr3Record] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    strangers: set[str] = field(default_factory=set)

    def take(self, number: int, line: bytes) -> Iterator[Cwr3Transaction | Problem]:
        """Take a line."""
        kind = kind_of(line)
        self.record_count += 1
        self.group_records += 1
        if not self.begun:
            _header(self.shape, number, line)
            self.begun = True
        elif self.ended or kind == "HDR":
            yield TABLE.broken("CWR3-02", number, kind, f"{kind!a} stands where the file should go on or end.")
        elif kind in ("GRH", "GRT", "TRL"):
            yield from self._close()
            yield from self._frame(number, kind, self.shape.cut(line))
        elif not self.group_kind:
            yield TABLE.broken("CWR3-01", number, kind, f"{kind!a} stands outside of a group.")
        else:
            yield from self._detail(number, kind, line)

    def _frame(self, number: int, kind: str, cells: Mapping[str, str]) -> Iterator[Problem]:
        if kind == "GRH":
            self.group += 1
            self.group_kind, self.in_group, self.group_records = cells.get("transaction_type", ""), 0, 1
            return
        counts = {"transaction_count": self.in_group, "record_count": self.group_records}
        if kind == "TRL":
            self.ended = True
            counts = {
                "group_count": self.group,
                "transaction_count": self.transactions,
                "record_count": self.record_count,
            }
        for name, found in counts.items():
            told = cells.get(name, "")
            if self.shape.has(kind, name) and (not is_digits(told) or int(told) != found):
                rule = "CWR3-03" if kind == "GRT" else "CWR3-04"
                yield TABLE.broken(rule, number, f"{kind} {name}", f"It says {told!r}, there are {found}.")
        self.group_kind = ""

    def _detail(self, number: int, kind: str, line: bytes) -> Iterator[Cwr3Transaction | Problem]:
        record = Cwr3Record(kind, number, self.shape.cut(line), decoded(line))
        if kind in HEADERS and not (self.current and self.current[0].kind == "ACK"):
            yield from self._close()
            if kind != self.group_kind:
                said = f"{kind} stands in a group of {self.group_kind!a}."
                self.problems.append(TABLE.broken("CWR3-01", number, kind, said))
            self.current = [record]
        elif kind in HEADERS:
            if kind == "ACK":
                yield from self._close()
                self.current = [record]
            else:
                self.current.append(record)
        elif not self.current:
            yield TABLE.broken("CWR3-12", number, kind, f"{kind!a} belongs to no transaction.")
            return
        elif len(self.current) < _MOST_RECORDS:
            self.current.append(record)
        self._check(record)

    def _check(self, record: Cwr3Record) -> None:
        """Note what is wrong with a record of the current transaction."""
        place = f"{self.in_group:08d}{len(self.current) - 1:08d}"
        if record.text[3:PREFIX] != place:
            said = f"It is numbered {record.text[3:PREFIX]!a}, and is {place}."
            self.problems.append(TABLE.broken("CWR3-05", record.line, record.kind, said))
        if not self.shape.knows(record.kind):
            if record.kind not in self.strangers and len(self.strangers) < 100:
                self.strangers.add(record.kind)
                said = f"The layout has no record {record.kind!a}."
                self.problems.append(TABLE.broken("CWR3-09", record.line, record.kind, said))
            return
        for name in _SHARES:
            share = record.get(name)
            if share and not (is_digits(share) and int(share) <= _WHOLE):
                said = f"{share!r} is no share."
                self.problems.append(TABLE.broken("CWR3-07", record.line, f"{record.kind} {name}", said))
        for name, parse in _NUMBERS.items():
            text = record.get(name)
            if text.strip("0 "):
                try:
                    parse(text)
                except InvalidIdentifier as error:
                    shown = f"{record.kind} {name}"
                    self.problems.append(TABLE.broken("CWR3-10", record.line, shown, error.message))
        tis = record.get("tis")
        if tis and not is_territory(tis):
            self.problems.append(TABLE.broken("CWR3-11", record.line, f"{record.kind} tis", f"{tis!r} is none."))

    def _close(self) -> Iterator[Cwr3Transaction]:
        if not self.current:
            return
        header, *records = self.current
        if header.kind in _WORKS | {"ISR"} and not (header.get("title") and header.get("work_number")):
            self.problems.append(TABLE.broken("CWR3-06", header.line, header.kind, "Title or number is blank."))
        if header.kind in _WORKS and not any(record.kind in _WRITERS for record in records):
            self.problems.append(TABLE.broken("CWR3-08", header.line, header.kind, "It has no writer."))
        yield Cwr3Transaction(header.kind, header.line, self.group, header, tuple(records), tuple(self.problems))
        self.current, self.problems = [], []
        self.in_group += 1
        self.transactions += 1

    def end(self) -> Iterator[Cwr3Transaction | Problem]:
        """Give the last transaction, and say whether the file has ended.

        Raises:
            BadFile: the file is empty.
        """
        if not self.begun:
            raise BadFile("The file is empty.", "Ask the sender for the file with its content.")
        yield from self._close()
        if not self.ended:
            yield TABLE.broken("CWR3-02", None, "TRL", "The file has no TRL; it may be cut off.")


def is_territory(text: str) -> bool:
    """Say whether a text is a code of TIS."""
    if not is_digits(text):
        return False
    try:
        parse_territory(str(int(text)))
    except UnknownTerritory:
        return False
    return True


def is_digits(text: str) -> bool:
    """Say whether a text is digits that a number can be made of; a raised ² is none."""
    return text.isascii() and text.isdigit()
