"""Walk a CWR file: groups, transactions, records, their numbers and counts.

The file streams; at most one transaction is in memory. What is known only at the end of a group or of the file (its
counts, its trailer) comes as a problem after the transactions it concerns: a caller that imports everything or
nothing looks at `severity_of` the problems before it keeps the work.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from muniment.kernel.formats.cwr.checks import check_agreement, check_work
from muniment.kernel.formats.cwr.layout import VERSIONS, Layout, Severity, break_rule, layout_of
from muniment.kernel.formats.cwr.records import CONTROLS, HEADERS, WORK_KINDS, CwrRecord, parse_record
from muniment.kernel.words.problems import BadFile, Problem

_LINE_BYTES = 8192
_REGISTRATIONS = frozenset({"NWR", "REV"})
_CARRIERS = frozenset({"ACK", "ISW", "EXC"})
"""Groups in whose transactions the original transaction may follow."""
_COSTLY = frozenset({Severity.FILE, Severity.GROUP, Severity.TRANSACTION})


@dataclass(frozen=True, slots=True)
class CwrTransaction:
    """A transaction: its kind, the line of its header, the header and the records that were kept.

    `problems` holds defaults that were used and records that were dropped; where `refused`, also why.
    """

    kind: str
    line: int
    header: CwrRecord
    records: tuple[CwrRecord, ...]
    problems: tuple[Problem, ...] = ()
    refused: bool = False


@dataclass(slots=True)
class _Draft:
    """The transaction being read."""

    header: CwrRecord
    number: int | None
    sequence: int = 0
    records: list[CwrRecord] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


@dataclass(slots=True)
class _Group:
    """The group being read."""

    kind: str
    number: int
    layout: Layout
    refused: bool
    transactions: int = 0
    records: int = 1
    next_number: int = 0


@dataclass(slots=True)
class _Walk:
    """Where we are in the file."""

    keep_refused: bool
    encoding: str = "utf-8"
    declared: bool = False
    group: _Group | None = None
    draft: _Draft | None = None
    groups: int = 0
    transactions: int = 0
    records: int = 0
    kinds: set[str] = field(default_factory=set)
    ended_at: int = 0


def iter_transactions(stream: BinaryIO, *, keep_refused: bool = False) -> Iterator[CwrTransaction | Problem]:
    """Give the transactions of a CWR file one by one, and the problems outside them or of those refused.

    A refused transaction is given as its problems only, or, with `keep_refused`, as itself.

    Raises:
        BadFile: the file is empty or does not begin as CWR; or has a line no CWR record can have.
    """
    walk = _Walk(keep_refused)
    for line, raw in _lines(stream):
        yield from _take(walk, line, raw)
    if not walk.records:
        raise BadFile("The file is empty.", "Ask the sender for the file with its content.")
    if not walk.ended_at:
        yield from _flush(walk)
        yield break_rule("CWR.ER.FILE-05", None, "TRL")


def read_header(stream: BinaryIO) -> CwrRecord:
    """Return the transmission header of a CWR file: who sent it and when.

    Raises:
        BadFile: the file does not begin with one.
    """
    for line, raw in _lines(stream):
        walk = _Walk(keep_refused=False)
        list(_take(walk, line, raw))
        return parse_record(layout_of("02.20"), "HDR", line, raw, walk.encoding).record
    raise BadFile("The file is empty.", "Ask the sender for the file with its content.")


@dataclass(frozen=True, slots=True)
class CwrSender:
    """Who sent a file: PB publisher, SO society, AA agency or WR writer, its number and name."""

    kind: str
    number: str
    name: str


def sender_of(header: CwrRecord) -> CwrSender:
    """Return the sender; an IPI number that is split over sender type and id is put together again."""
    kind, number = header.text("sender_type"), header.text("sender_id")
    if kind.isdigit():
        kind, number = "PB", kind + number
    return CwrSender(kind, number, header.text("sender_name"))


def _lines(stream: BinaryIO) -> Iterator[tuple[int, bytes]]:
    line = 0
    while raw := stream.readline(_LINE_BYTES):
        line += 1
        if len(raw) == _LINE_BYTES and not raw.endswith(b"\n"):
            raise BadFile(f"Line {line:,} is longer than any CWR record.", "Send a CWR file, one record a line.")
        if line == 1:
            raw = raw.removeprefix(b"\xef\xbb\xbf")
        trimmed = raw.rstrip(b" \r\n\x1a\x00")
        if trimmed:
            yield line, raw.rstrip(b"\r\n\x1a")


def _take(walk: _Walk, line: int, raw: bytes) -> Iterator[CwrTransaction | Problem]:
    kind = raw[:3].decode("latin-1")
    if not walk.records and kind != "HDR":
        raise BadFile(
            f"The file is not CWR: it begins with {kind!r} and not with HDR.",
            "Unpack it if it is an archive; send CWR 2.",
        )
    yield from _choose_encoding(walk, line, raw)
    walk.records += 1
    if walk.ended_at:
        if walk.records == walk.ended_at + 1:
            yield break_rule("CWR.ER.FILE-09", line, kind)
        return
    match kind:
        case "HDR":
            yield from _take_header(walk, line, raw)
        case "GRH":
            yield from _begin_group(walk, line, raw)
        case "GRT":
            yield from _end_group(walk, line, raw)
        case "TRL":
            yield from _end_file(walk, line, raw)
        case _:
            yield from _take_record(walk, kind, line, raw)


def _choose_encoding(walk: _Walk, line: int, raw: bytes) -> Iterator[Problem]:
    """Stay with UTF-8 until a line is not; from then on the file is Latin-1."""
    if walk.encoding == "latin-1" or raw.isascii():
        return
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        walk.encoding = "latin-1"
        if walk.declared:
            yield break_rule("CWR.FR.ENCODING", line, "HDR character_set")


def _take_header(walk: _Walk, line: int, raw: bytes) -> Iterator[Problem]:
    if walk.records > 1:
        yield break_rule("CWR.ER.FILE-08", line, "HDR", kind="HDR")
        return
    if raw[102:104] == b"3.":
        raise BadFile("The file is CWR 3, which is not read here.", "Ask the sender for CWR 2.1 or 2.2.")
    parsed = parse_record(layout_of("02.20"), "HDR", line, raw, walk.encoding)
    yield from parsed.problems
    header = parsed.record
    walk.declared = header.text("character_set").upper().replace("-", "") == "UTF8"
    kind = header.text("sender_type")
    if kind not in {"PB", "SO", "AA", "WR"} and not (kind.isdigit() and len(kind) == 2):
        yield break_rule("CWR.ER.HDR-02", line, "HDR sender_type", value=kind)
    if header.text("edi_version") not in {"01.10", ""}:
        yield break_rule("CWR.ER.HDR-09", line, "HDR edi_version", value=header.text("edi_version"))


def _begin_group(walk: _Walk, line: int, raw: bytes) -> Iterator[CwrTransaction | Problem]:
    yield from _flush(walk)
    if walk.group is not None:
        yield break_rule("CWR.ER.FILE-04", line, "GRH")
    parsed = parse_record(layout_of("02.10"), "GRH", line, raw, walk.encoding)
    header, problems = parsed.record, list(parsed.problems)
    walk.groups += 1
    kind, number, version = header.text("transaction_type"), header.number("group_id"), header.text("version")
    if kind and kind not in HEADERS:
        problems.append(break_rule("CWR.GR.GRH-01", line, "GRH transaction_type", value=kind))
    if not problems and number != walk.groups:
        problems.append(break_rule("CWR.GR.GRH-02", line, "GRH group_id", value=number, found=walk.groups))
    if version and version not in VERSIONS:
        problems.append(break_rule("CWR.GR.GRH-04", line, "GRH version", value=version))
    if kind in walk.kinds:
        problems.append(break_rule("CWR.GR.GRH-05", line, "GRH transaction_type", value=kind))
    walk.kinds.add(kind)
    layout = layout_of(version if version in VERSIONS else "02.10")
    walk.group = _Group(kind, number, layout, refused=_costs(problems, Severity.GROUP))
    yield from problems


def _costs(problems: list[Problem], *severities: Severity) -> bool:
    return any(problem.rule[4:6] in severities for problem in problems)


def _end_group(walk: _Walk, line: int, raw: bytes) -> Iterator[CwrTransaction | Problem]:
    yield from _flush(walk)
    if walk.group is None:
        yield break_rule("CWR.ER.FILE-07", line, "GRT", kind="GRT")
        return
    group, walk.group = walk.group, None
    parsed = parse_record(layout_of("02.10"), "GRT", line, raw, walk.encoding)
    yield from parsed.problems
    trailer = parsed.record
    counted = (
        ("CWR.GR.GRT-01", "group_id", group.number),
        ("CWR.GR.GRT-02", "transaction_count", group.transactions),
        ("CWR.GR.GRT-03", "record_count", group.records + 1),
    )
    if not group.transactions:
        yield break_rule("CWR.ER.FILE-06", line, "GRH")
    for rule, name, found in counted:
        if trailer.number(name) != found and not parsed.problems:
            yield break_rule(rule, line, f"GRT {name}", value=trailer.number(name), found=found)
    if trailer.text("total_value").strip("0") and not trailer.text("currency"):
        yield break_rule("CWR.GR.GRT-04", line, "GRT currency")


def _end_file(walk: _Walk, line: int, raw: bytes) -> Iterator[CwrTransaction | Problem]:
    yield from _flush(walk)
    walk.ended_at = walk.records
    if walk.group is not None:
        yield break_rule("CWR.ER.FILE-04", line, "GRT")
    parsed = parse_record(layout_of("02.10"), "TRL", line, raw, walk.encoding)
    yield from parsed.problems
    counted = (
        ("CWR.ER.TRL-01", "group_count", walk.groups),
        ("CWR.ER.TRL-02", "transaction_count", walk.transactions),
        ("CWR.ER.TRL-03", "record_count", walk.records),
    )
    for rule, name, found in counted:
        if parsed.record.number(name) != found and not parsed.problems:
            yield break_rule(rule, line, f"TRL {name}", value=parsed.record.number(name), found=found)


def _take_record(walk: _Walk, kind: str, line: int, raw: bytes) -> Iterator[CwrTransaction | Problem]:
    group = walk.group
    if group is None:
        yield break_rule("CWR.ER.FILE-07", line, kind, kind=kind)
        return
    group.records += 1
    begins = kind == group.kind or {kind, group.kind} <= _REGISTRATIONS
    if kind in HEADERS and (begins or group.kind not in _CARRIERS or walk.draft is None):
        yield from _begin_transaction(walk, group, kind, line, raw)
    elif walk.draft is not None and not group.refused:
        _take_detail(walk.draft, group, kind, line, raw, walk.encoding)


def _begin_transaction(
    walk: _Walk, group: _Group, kind: str, line: int, raw: bytes
) -> Iterator[CwrTransaction | Problem]:
    yield from _flush(walk)
    walk.transactions += 1
    group.transactions += 1
    if group.refused:
        return
    parsed = parse_record(group.layout, kind, line, raw, walk.encoding)
    number, _ = _numbers(raw)
    draft = _Draft(parsed.record, number, problems=list(parsed.problems))
    if kind != group.kind:
        rule = "CWR.FR.NWR-22" if kind in _REGISTRATIONS and group.kind in _REGISTRATIONS else "CWR.GR.NWR-22"
        problem = break_rule(rule, line, kind, kind=kind, value=group.kind)
        if rule == "CWR.GR.NWR-22":
            group.refused = True
            yield problem
            return
        draft.problems.append(problem)
    if number != group.next_number:
        shown = raw[3:11].decode("latin-1")
        draft.problems.append(
            break_rule("CWR.TR.SEQ-03", line, f"{kind} transaction sequence", value=shown, found=group.next_number)
        )
    group.next_number = (number if number is not None else group.next_number) + 1
    walk.draft = draft


def _numbers(raw: bytes) -> tuple[int | None, int | None]:
    transaction, record = raw[3:11], raw[11:19]
    return (
        int(transaction) if transaction.isdigit() else None,
        int(record) if record.isdigit() else None,
    )


def _take_detail(draft: _Draft, group: _Group, kind: str, line: int, raw: bytes, encoding: str) -> None:
    """Read a detail record into the draft, or a header that an acknowledgement repeats."""
    number, sequence = _numbers(raw)
    draft.sequence += 1
    if draft.number is not None and number != draft.number:
        shown = raw[3:11].decode("latin-1")
        draft.problems.append(
            break_rule("CWR.TR.SEQ-04", line, f"{kind} transaction sequence", value=shown, found=draft.number)
        )
    if sequence != draft.sequence and not (kind in HEADERS and sequence == 0):
        shown = raw[11:19].decode("latin-1")
        draft.problems.append(
            break_rule("CWR.TR.SEQ-06", line, f"{kind} record sequence", value=shown, found=draft.sequence)
        )
    if sequence is not None:
        draft.sequence = sequence
    if kind not in group.layout or kind in CONTROLS:
        draft.problems.append(break_rule("CWR.RR.NWR-08", line, kind, kind=kind))
        return
    parsed = parse_record(group.layout, kind, line, raw, encoding)
    draft.problems.extend(parsed.problems)
    if parsed.worst is not Severity.RECORD:
        draft.records.append(parsed.record)


def _flush(walk: _Walk) -> Iterator[CwrTransaction | Problem]:
    """End the transaction being read: check it, and give it or the reasons why it is refused."""
    draft, walk.draft = walk.draft, None
    if draft is None:
        return
    header, records = draft.header, tuple(draft.records)
    problems = draft.problems
    if not _costs(problems, *_COSTLY):
        problems = problems + _check(header, records)
    refused = _costs(problems, *_COSTLY)
    if refused and not walk.keep_refused:
        yield from problems
        return
    dropped = {problem.line for problem in problems if problem.rule[4:6] == Severity.RECORD}
    kept = tuple(record for record in records if record.line not in dropped)
    yield CwrTransaction(header.kind, header.line, header, kept, tuple(problems), refused)


def _check(header: CwrRecord, records: tuple[CwrRecord, ...]) -> list[Problem]:
    if header.kind in WORK_KINDS and (header.kind in _REGISTRATIONS or records):
        return check_work(header, records)
    if header.kind == "AGR":
        return check_agreement(header, records)
    if header.kind == "ACK":
        named = header.text("original_transaction_type")
        repeated = next((record.kind for record in records if record.kind in HEADERS), "")
        if repeated and named in WORK_KINDS and repeated not in (named, "EXC"):
            return [break_rule("CWR.TR.ACK-01", header.line, "ACK", value=named, found=repeated)]
    return []
