"""Answers to CWR files: make one for every transaction of a file, and read those that others send.

An answer repeats its transaction record for record, says what became of it and why; a work in conflict follows as EXC.
Its file is written from a file that was checked: what a broken rule costs is what the answer says. The recipient
decides about the rest (accepted, with changes, a duplicate, a conflict, of no interest) by a function.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import pairwise
from typing import BinaryIO

from anyascii import anyascii

from muniment.kernel.formats.cwr.checks.answers import standard_number
from muniment.kernel.formats.cwr.details import UnwritableWork, work_lines
from muniment.kernel.formats.cwr.fields import UnwritableField
from muniment.kernel.formats.cwr.layout import layout_of
from muniment.kernel.formats.cwr.preparing import prepare_work
from muniment.kernel.formats.cwr.reading import CwrTransaction, iter_transactions, read_header
from muniment.kernel.formats.cwr.records import HEADERS, WORK_KINDS, CwrRecord
from muniment.kernel.formats.cwr.rules import CwrRules, Severity, Value, severity_of
from muniment.kernel.formats.cwr.works import CwrWork, work_of
from muniment.kernel.formats.cwr.writing import CwrHeader, record_line, transaction_lines, write_transactions
from muniment.kernel.words.problems import Problem, UserError

_MESSAGE_TYPE = {
    Severity.FIELD: "F",
    Severity.RECORD: "R",
    Severity.TRANSACTION: "T",
    Severity.GROUP: "G",
    Severity.FILE: "E",
}
_TEXT_SIZE = 150
_MOST_MESSAGES = 99
"""More messages than this say nothing more."""


class NotAnAnswer(UserError):
    """The transaction is no acknowledgement."""


@dataclass(frozen=True, slots=True)
class CwrMessage:
    """A message of an answer: what was found in which record, by which rule of the standard, and what it cost.

    `kind` is what it cost and `level` what it is about: F a field, R a record, T a transaction, G a group, E the file.
    """

    kind: str
    record_sequence: int
    record_kind: str
    level: str
    number: str
    text: str


@dataclass(frozen=True, slots=True)
class CwrDecision:
    """What the recipient decides about a transaction that keeps the rules.

    `status` is AS accepted, AC accepted with changes, CO conflict, DU duplicate, NP no interest, RA passed the checks,
    RC claim rejected; `conflicts` are the works that it contradicts, one for each claimant; `iswc` is what the repeated
    work is told to have where it has none.
    """

    status: str = "RA"
    recipient_number: str = ""
    messages: tuple[CwrMessage, ...] = ()
    conflicts: tuple[CwrWork, ...] = ()
    iswc: str = ""


@dataclass(frozen=True, slots=True)
class CwrAnswer:
    """An acknowledgement as its receiver reads it: of which transaction, what became of it, why, and the work."""

    status: str
    submitter_number: str
    recipient_number: str
    title: str
    original_kind: str
    original_group: int
    original_number: int
    file_created_on: date | None
    file_created_time: str
    processed_on: date | None
    messages: tuple[CwrMessage, ...]
    work: CwrWork | None
    conflicts: tuple[CwrWork, ...]


Decide = Callable[[CwrTransaction], CwrDecision]


def _passed(_: CwrTransaction) -> CwrDecision:
    return CwrDecision()


def acknowledge(
    stream: BinaryIO,
    header: CwrHeader,
    *,
    processed_on: date,
    decide: Decide = _passed,
    rules: CwrRules | None = None,
) -> Iterator[bytes]:
    """Give the lines of the file that answers every transaction of a file; the file is read twice.

    A transaction that breaks a rule is rejected (RJ), as are all of a group or file that is refused; about the others
    `decide` says what becomes of them. Transactions that are answers themselves get none.

    Raises:
        BadFile: the file is no CWR; then there is nothing to answer.
    """
    sent = read_header(stream)
    stream.seek(0)
    fatal = _refusals(iter_transactions(stream, keep_refused=True, rules=rules))
    stream.seek(0)
    items = iter_transactions(stream, keep_refused=True, rules=rules)
    asked = (item for item in items if isinstance(item, CwrTransaction) and item.kind != "ACK")
    answers = (_answer(sent, item, processed_on, fatal.of(item), decide) for item in asked)
    yield from write_transactions(header, answers)


@dataclass(slots=True)
class Refusals:
    """What refuses the whole file, and what refuses a group and is known only at its end; groups by their lines."""

    of_file: list[Problem] = field(default_factory=list)
    of_groups: dict[int, list[Problem]] = field(default_factory=dict)
    _group: int = 0

    def take(self, item: CwrTransaction | Problem) -> None:
        """Note what an item of the file, in its place, refuses."""
        if isinstance(item, CwrTransaction):
            self._group = item.group_line
        elif severity_of(item) is Severity.FILE:
            self.of_file.append(item)
        elif severity_of(item) is Severity.GROUP and item.field.startswith("GRT"):
            self.of_groups.setdefault(self._group, []).append(item)

    def of(self, item: CwrTransaction) -> list[Problem]:
        """Return what refuses a transaction beside itself."""
        return [*self.of_file, *self.of_groups.get(item.group_line, ())]


def _refusals(items: Iterator[CwrTransaction | Problem]) -> Refusals:
    found = Refusals()
    for item in items:
        found.take(item)
    return found


def _answer(
    sent: CwrRecord, item: CwrTransaction, processed_on: date, refusing: Sequence[Problem], decide: Decide
) -> CwrTransaction:
    decision = CwrDecision("RJ") if item.refused or refusing else decide(item)
    found = [_message(item, problem) for problem in (*refusing, *item.problems)]
    messages = [*found, *decision.messages][:_MOST_MESSAGES]
    lines: list[CwrRecord] = [_message_record(message, item.version) for message in messages]
    lines += [_with_iswc(item.header, decision.iswc), *item.records]
    for conflict in decision.conflicts:
        lines += work_records(replace(conflict, kind="EXC"), item.version)
    head = _answer_header(sent, item, decision, processed_on)
    return CwrTransaction("ACK", item.line, head, tuple(lines), group=1, version=item.version)


def _with_iswc(header: CwrRecord, iswc: str) -> CwrRecord:
    """Return the header of a work with an ISWC where it has none: so the number is written back."""
    if not iswc or header.kind not in WORK_KINDS or header.text("iswc").strip("0 "):
        return header
    return header._replace(values={**header.values, "iswc": iswc})


def _message(item: CwrTransaction, problem: Problem) -> CwrMessage:
    record, level, number = standard_number(problem.rule[7:])
    about = next((r for r in (item.header, *item.records) if r.line == problem.line), item.header)
    named = problem.field[:3]
    shown = named if named in layout_of(item.version) else record if record in layout_of(item.version) else about.kind
    text = f"{problem.field}: {problem.message}"
    return CwrMessage(_MESSAGE_TYPE[severity_of(problem)], about.sequence, shown, level, number, text)


def _full(kind: str, version: str, values: dict[str, Value], sequence: int = 0) -> CwrRecord:
    """Return a record with all fields of its layout."""
    blanks: dict[str, Value] = {place.name: place.blank for place in layout_of(version)[kind].fields}
    return CwrRecord(kind, sequence + 1, blanks | values, sequence)


def _message_record(message: CwrMessage, version: str) -> CwrRecord:
    text = " ".join(anyascii(message.text).upper().split())[:_TEXT_SIZE].strip()
    values: dict[str, Value] = {
        "message_type": message.kind,
        "original_record_sequence": message.record_sequence,
        "record_type": message.record_kind,
        "message_level": message.level,
        "validation_number": message.number,
        "message_text": text or "NO TEXT",
    }
    return _full("MSG", version, values)


def _answer_header(sent: CwrRecord, item: CwrTransaction, decision: CwrDecision, processed_on: date) -> CwrRecord:
    is_work = item.kind in WORK_KINDS
    number = "submitter_work_number" if is_work else "submitter_agreement_number"
    values: dict[str, Value] = {
        "creation_date": sent.day("creation_date"),
        "creation_time": sent.text("creation_time"),
        "original_group_id": item.group,
        "original_transaction_sequence": item.number,
        "original_transaction_type": item.kind,
        "creation_title": item.header.text("title"),
        "submitter_creation_number": item.header.text(number),
        "recipient_creation_number": decision.recipient_number,
        "processing_date": processed_on,
        "transaction_status": decision.status,
    }
    return _full("ACK", item.version, values)


def work_records(work: CwrWork, version: str = "02.10") -> list[CwrRecord]:
    """Return a work as records (of kind NWR, REV, ISW or EXC), its header first.

    Raises:
        UnwritableWork: the version has no place for a value.
    """
    lines = work_lines(prepare_work(work, version), version)
    return [_full(kind, version, values, place) for place, (kind, values) in enumerate(lines)]


def work_transaction(work: CwrWork, *, group: int = 1, version: str = "02.10") -> CwrTransaction:
    """Return a work as the transaction that `write_transactions` writes: a notice of an ISWC (ISW) for example."""
    header, *records = work_records(work, version)
    return CwrTransaction(work.kind, 1, header, tuple(records), group=group, version=version)


def checked_transaction(work: CwrWork, *, group: int = 1, version: str = "02.10") -> CwrTransaction:
    """Return a work as a transaction once it is known that no rule of the standard forbids it.

    Raises:
        UnwritableWork: the work breaks a rule, or a value does not fit its field.
    """
    transaction_lines(work, 0, version)
    return work_transaction(work, group=group, version=version)


def fits(work: CwrWork, version: str = "02.10") -> bool:
    """Say whether the fields of a version can hold a work, whatever the rules say of it."""
    try:
        for record in work_records(work, version):
            record_line(record, record.kind, version)
    except (UnwritableWork, UnwritableField):
        return False
    return True


def answer_of(transaction: CwrTransaction) -> CwrAnswer:
    """Return an acknowledgement as its receiver reads it.

    Raises:
        NotAnAnswer: the transaction is none.
    """
    header = transaction.header
    if header.kind != "ACK":
        raise NotAnAnswer(f"The {header.kind} transaction on line {header.line} answers nothing.", "Read its work.")
    repeated = [record.kind for record in transaction.records if record.kind in HEADERS]
    is_work = bool(repeated) and repeated[0] in WORK_KINDS
    return CwrAnswer(
        status=header.text("transaction_status"),
        submitter_number=header.text("submitter_creation_number"),
        recipient_number=header.text("recipient_creation_number"),
        title=header.text("creation_title"),
        original_kind=header.text("original_transaction_type"),
        original_group=header.number("original_group_id"),
        original_number=header.number("original_transaction_sequence"),
        file_created_on=header.day("creation_date"),
        file_created_time=header.text("creation_time"),
        processed_on=header.day("processing_date"),
        messages=tuple(_read_message(record) for record in transaction.records if record.kind == "MSG"),
        work=work_of(transaction) if is_work else None,
        conflicts=tuple(_conflicts_of(transaction.records)),
    )


def _read_message(record: CwrRecord) -> CwrMessage:
    return CwrMessage(
        kind=record.text("message_type"),
        record_sequence=record.number("original_record_sequence"),
        record_kind=record.text("record_type"),
        level=record.text("message_level"),
        number=record.text("validation_number"),
        text=record.text("message_text"),
    )


def _conflicts_of(records: Sequence[CwrRecord]) -> Iterator[CwrWork]:
    """Give the works that the EXC records inside an answer describe, one for each claimant."""
    starts = [place for place, record in enumerate(records) if record.kind == "EXC"]
    for first, last in pairwise([*starts, len(records)]):
        yield work_of(CwrTransaction("EXC", records[first].line, records[first], tuple(records[first + 1 : last])))
