"""Walk a CWR file: groups, transactions, records, their numbers and counts.

The file streams; at most one transaction is in memory. What is known only at the end of a group or of the file (its
counts, its trailer) comes as a problem after the transactions it concerns: a caller that imports everything or
nothing looks at `severity_of` the problems before it keeps the work.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import BinaryIO

from muniment.kernel.formats.cwr.checks import check_transaction
from muniment.kernel.formats.cwr.checks.frames import (
    Agreements,
    GroupCounts,
    check_file_trailer,
    check_group_header,
    check_group_trailer,
    check_header,
)
from muniment.kernel.formats.cwr.layout import VERSIONS, layout_of
from muniment.kernel.formats.cwr.records import (
    AGREEMENT_DETAILS,
    CONTROLS,
    HEADERS,
    WORK_KINDS,
    CwrRecord,
    Parsed,
    Records,
    Shape,
    shapes_of,
)
from muniment.kernel.formats.cwr.rules import PLAIN_RULES, Broken, CwrRules, Severity, broken
from muniment.kernel.words.problems import BadFile, Problem

_LINE_BYTES = 8192
_PIECE_BYTES = 16 * 1024
_BLANK = ord(" ")
_MARK = b"\xef\xbb\xbf"
_REGISTRATIONS = frozenset({"NWR", "REV"})
_CARRIERS = frozenset({"ACK", "ISW", "EXC"})
"""Groups in whose transactions the original transaction may follow."""
_COSTLY = frozenset({Severity.FILE, Severity.GROUP, Severity.TRANSACTION})
_REMEMBERED_NUMBERS = 200_000
"""How many numbers of works are compared with one another: memory is bounded, whatever the file."""
_MOST_RECORDS, _MOST_FINDINGS = 10_000, 500
"""What one transaction may have: more of it is not kept, so that memory is bounded whatever the file."""
_COUNTED = 1000
_EIGHT_DIGITS = tuple(b"%08d" % number for number in range(_COUNTED))
"""The record numbers of all but the largest transactions, as they are written."""
_KINDS = frozenset(layout_of("02.10")) | frozenset(layout_of("02.20"))


@dataclass(frozen=True, slots=True)
class CwrTransaction:
    """A transaction: its kind, the line of its header, the header and the records that were kept.

    `problems` holds defaults that were used and why records were `dropped`; where `refused`, also why. `group` and
    `number` are what an acknowledgement repeats, `version` the version of its group.
    """

    kind: str
    line: int
    header: CwrRecord
    records: Sequence[CwrRecord]
    problems: tuple[Problem, ...] = ()
    refused: bool = False
    group: int = 1
    number: int = 0
    version: str = "02.10"
    group_header: CwrRecord | None = None
    dropped: tuple[CwrRecord, ...] = ()

    @property
    def group_line(self) -> int:
        """Return the line of the header of its group (0 where it was not read from a file)."""
        return self.group_header.line if self.group_header else 0


@dataclass(slots=True)
class _Draft:
    """The transaction being read."""

    header: CwrRecord
    number: int
    shown_number: str
    raw_number: bytes
    records: Records
    sequence: int = 0
    full: bool = False
    dropped: list[CwrRecord] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


@dataclass(slots=True)
class _Group:
    """The group being read."""

    kind: str
    version: str
    header: CwrRecord
    allowed: frozenset[str]
    counts: GroupCounts
    refused: bool
    details: dict[bytes, Shape] = field(default_factory=dict)
    reasons: list[Problem] = field(default_factory=list)
    next_number: int = 0


class _Walk:
    """Where we are in the file."""

    def __init__(self, asked: CwrRules, *, keep_refused: bool) -> None:
        self.asked = asked
        self.shapes = shapes_of(asked)
        self.keep_refused = keep_refused
        self.encoding = "utf-8"
        self.declared = False
        self.trimmed = False
        self.group: _Group | None = None
        self.draft: _Draft | None = None
        self.groups = self.last_group = self.transactions = self.records = self.ended_at = 0
        self.kinds: set[str] = set()
        self.works: set[str] = set()
        self.agreements = Agreements()
        self.last_kind = ""

    def tell(self, *found: Broken) -> list[Problem]:
        """Return the problems of what is broken and asked."""
        return [problem for one in found if (problem := self.asked.problem(one)) is not None]

    def parse(self, version: str, kind: str, line: int, raw: bytes) -> Parsed:
        """Read a line as a record of this kind."""
        shape = self.shapes.of(version, kind)
        if shape is None:
            raise KeyError(kind)
        return self.parse_as(shape, line, raw)

    def parse_as(self, shape: Shape, line: int, raw: bytes, sequence: int = 0) -> Parsed:
        """Read a line; one that is as many bytes long as its layout, and has letters of several, counts bytes."""
        text = raw.decode(self.encoding, "replace")
        if len(raw) == shape.length and len(text) < len(raw):
            return shape.read_bytes(line, raw, sequence)
        return shape.read(line, text, sequence)


def iter_transactions(
    stream: BinaryIO, *, keep_refused: bool = False, rules: CwrRules | None = None
) -> Iterator[CwrTransaction | Problem]:
    """Give the transactions of a CWR file one by one, and the problems outside them or of those refused.

    A refused transaction is given as its problems only, or, with `keep_refused`, as itself. `rules` says whose extra
    rules hold, what the recipient knows, and whether the file is judged as strictly as the standard says.

    Raises:
        BadFile: the file is empty or does not begin as CWR; or has a line no CWR record can have.
    """
    walk = _Walk(rules or PLAIN_RULES, keep_refused=keep_refused)
    lines = _lines(stream)
    while (found := _take_sound(walk, lines)) is not None:
        line, raw = found
        group, draft = walk.group, walk.draft
        shape = group.details.get(raw[:3]) if group is not None else None
        if shape is not None and group is not None and draft is not None and raw.isascii():
            walk.records += 1
            group.counts.records += 1
            _take_detail(walk, draft, shape, line, raw)
            continue
        kind = raw[:3].decode("latin-1")
        yield from _take(walk, kind, line, raw)
        walk.last_kind = kind
    if not walk.records:
        raise BadFile("The file is empty.", "Ask the sender for the file with its content.")
    if not walk.ended_at:
        yield from _flush(walk)
        yield from walk.tell(broken("FILE-05", None, "TRL"))


def read_header(stream: BinaryIO) -> CwrRecord:
    """Return the transmission header of a CWR file: who sent it and when.

    Raises:
        BadFile: the file does not begin with one.
    """
    for line, raw in _lines(stream):
        walk = _Walk(PLAIN_RULES, keep_refused=False)
        list(_take(walk, raw[:3].decode("latin-1"), line, raw))
        return walk.parse("02.20", "HDR", line, raw).record
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
    """Yield the lines of a stream that hold something, numbered, without their ends."""
    line = 0
    for lines in _cut_lines(stream):
        for raw in lines:
            line += 1
            raw = raw.rstrip(b"\r\n\x1a")
            if raw and (raw[0] > _BLANK or raw.strip(b" \x00")):
                yield line, raw


def _cut_lines(stream: BinaryIO) -> Iterator[list[bytes]]:
    """Yield the lines of a stream, those of a piece of it at once; a byte order mark is left out."""
    line, rest = 0, stream.read(len(_MARK)).removeprefix(_MARK)
    while piece := stream.read(_PIECE_BYTES):
        lines = (rest + piece).split(b"\n")
        rest = lines.pop()
        longest = max(map(len, lines), default=0)
        if longest >= _LINE_BYTES or len(rest) >= _LINE_BYTES:
            wrong = next((at for at, one in enumerate((*lines, rest), line + 1) if len(one) >= _LINE_BYTES), line)
            raise BadFile(f"Line {wrong:,} is longer than any CWR record.", "Send a CWR file, one record a line.")
        line += len(lines)
        yield lines
    yield [rest]


def _take(walk: _Walk, kind: str, line: int, raw: bytes) -> Iterator[CwrTransaction | Problem]:
    if not walk.records and kind != "HDR":
        raise BadFile(
            f"The file is not CWR: it begins with {kind!r} and not with HDR.",
            "Unpack it if it is an archive; send CWR 2.",
        )
    yield from _choose_encoding(walk, line, raw)
    walk.records += 1
    if walk.ended_at:
        if walk.records == walk.ended_at + 1:
            yield from walk.tell(broken("FILE-END", line, kind), *_second_frame(kind, line))
        return
    if walk.records == 2 and kind != "GRH":
        yield from walk.tell(broken("FILE-03", line, kind, value=kind))
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


def _second_frame(kind: str, line: int) -> list[Broken]:
    return [broken("FILE-08", line, kind, kind=kind)] if kind in ("HDR", "TRL") else []


def _choose_encoding(walk: _Walk, line: int, raw: bytes) -> list[Problem]:
    """Stay with UTF-8 until a line is not; from then on the file is Latin-1."""
    if walk.encoding == "latin-1" or raw.isascii():
        return []
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        walk.encoding = "latin-1"
        if walk.declared:
            return walk.tell(broken("SEQ-CHARS", line, "HDR character_set"))
    return []


def _take_header(walk: _Walk, line: int, raw: bytes) -> Iterator[Problem]:
    if walk.records > 1:
        yield from walk.tell(broken("FILE-08", line, "HDR", kind="HDR"))
        return
    if raw[102:104] == b"3.":
        raise BadFile("The file is CWR 3, which is not read here.", "Ask the sender for CWR 2.1 or 2.2.")
    parsed = walk.parse("02.20", "HDR", line, raw)
    yield from parsed.problems
    walk.declared = parsed.record.text("character_set").replace("-", "") == "UTF8"
    yield from walk.tell(*check_header(parsed.record, walk.asked))


def _begin_group(walk: _Walk, line: int, raw: bytes) -> Iterator[CwrTransaction | Problem]:
    yield from _flush(walk)
    if walk.group is not None:
        yield from walk.tell(broken("FILE-04", line, "GRH"))
    if walk.last_kind not in ("HDR", "GRT"):
        yield from walk.tell(broken("GRH-03", line, "GRH", value=walk.last_kind))
    parsed = walk.parse("02.10", "GRH", line, raw)
    header = parsed.record
    walk.groups += 1
    problems = [*parsed.problems, *walk.tell(*check_group_header(header, walk.last_group + 1, walk.kinds))]
    kind, version = header.text("transaction_type"), header.text("version")
    walk.last_group = max(walk.last_group + 1, header.number("group_id"))
    walk.kinds.add(kind)
    walk.group = _Group(
        kind=kind,
        version=version if version in VERSIONS else "02.10",
        header=header,
        allowed=_allowed(kind, version if version in VERSIONS else "02.10"),
        counts=GroupCounts(header.number("group_id")),
        refused=_costs(problems, Severity.GROUP),
        reasons=[problem for problem in problems if problem.rule[4:6] == Severity.GROUP],
    )
    yield from problems


@cache
def _allowed(kind: str, version: str) -> frozenset[str]:
    """Return the records that may follow the header of a transaction."""
    if kind == "AGR":
        return AGREEMENT_DETAILS
    allowed = frozenset(layout_of(version)) - CONTROLS - HEADERS
    return allowed if kind == "ACK" else allowed - AGREEMENT_DETAILS - {"MSG"}


def _costs(problems: list[Problem], *severities: Severity) -> bool:
    return bool(problems) and any(problem.rule[4:6] in severities for problem in problems)


def _end_group(walk: _Walk, line: int, raw: bytes) -> Iterator[CwrTransaction | Problem]:
    yield from _flush(walk)
    if walk.group is None:
        yield from walk.tell(broken("FILE-07", line, "GRT", kind="GRT"))
        return
    group, walk.group = walk.group, None
    group.counts.records += 1
    parsed = walk.parse("02.10", "GRT", line, raw)
    yield from parsed.problems
    if not group.counts.transactions:
        yield from walk.tell(broken("FILE-06", line, "GRH"))
    if not parsed.problems:
        yield from walk.tell(*check_group_trailer(parsed.record, group.counts))


def _end_file(walk: _Walk, line: int, raw: bytes) -> Iterator[CwrTransaction | Problem]:
    yield from _flush(walk)
    walk.ended_at = walk.records
    if walk.group is not None:
        yield from walk.tell(broken("FILE-04", line, "GRT"))
    parsed = walk.parse("02.10", "TRL", line, raw)
    yield from parsed.problems
    if not parsed.problems:
        counted = (walk.groups, walk.transactions, walk.records)
        yield from walk.tell(*check_file_trailer(parsed.record, counted))


def _take_record(walk: _Walk, kind: str, line: int, raw: bytes) -> Iterator[CwrTransaction | Problem]:
    """Take a record that no fast way takes: a header, letters beyond ASCII, or what has no place here."""
    group = walk.group
    if group is None:
        yield from walk.tell(broken("FILE-07", line, kind, kind=kind))
        return
    group.counts.records += 1
    if kind not in HEADERS and not group.counts.transactions:
        yield from walk.tell(broken("FILE-06", line, kind))
    begins = kind == group.kind or {kind, group.kind} <= _REGISTRATIONS
    begins = begins or group.kind not in _CARRIERS or walk.draft is None
    if kind in HEADERS and begins and not _continues(walk.draft, kind, raw):
        yield from _begin_transaction(walk, group, kind, line, raw)
        return
    if walk.draft is None:
        return
    shape = None
    if kind in group.allowed or (kind in HEADERS and group.kind in _CARRIERS and kind != group.kind):
        shape = walk.shapes.of(group.version, kind)
    if shape is not None:
        if kind not in HEADERS:
            group.details[raw[:3]] = shape
        _take_detail(walk, walk.draft, shape, line, raw)
        return
    if len(walk.draft.problems) >= _MOST_FINDINGS:
        _overflow(walk, walk.draft, line)
        return
    _number_detail(walk, walk.draft, kind, line, raw)
    walk.draft.problems += walk.tell(_misplaced(kind, line))


def _continues(draft: _Draft | None, kind: str, raw: bytes) -> bool:
    """Say whether a header stands inside the transaction being read: same number, and the next record number."""
    return (
        draft is not None
        and kind == draft.header.kind
        and raw[3:11] == draft.shown_number.encode("latin-1")
        and raw[11:19] == b"%08d" % (draft.sequence + 1)
    )


def _misplaced(kind: str, line: int) -> Broken:
    if kind in HEADERS:
        return broken({"AGR": "AGR-01", "ACK": "ACK-01"}.get(kind, "NWR-01"), line, kind, kind=kind)
    return broken("NWR-08" if kind in _KINDS else "SEQ-01", line, kind, kind=kind)


def _begin_transaction(
    walk: _Walk, group: _Group, kind: str, line: int, raw: bytes
) -> Iterator[CwrTransaction | Problem]:
    yield from _flush(walk)
    walk.transactions += 1
    group.counts.transactions += 1
    if group.refused and not walk.keep_refused:
        return
    parsed = walk.parse(group.version, kind, line, raw)
    shown, record_shown = raw[3:11].decode("latin-1"), raw[11:19].decode("latin-1")
    number = int(shown) if shown.isdigit() and shown.isascii() else -1
    records = Records(as_lines=walk.asked.alike and kind in WORK_KINDS)
    draft = _Draft(parsed.record, number, shown, raw[3:11], records, problems=list(parsed.problems))
    if kind != group.kind:
        both = kind in _REGISTRATIONS and group.kind in _REGISTRATIONS
        other = {"AGR": "AGR-06", "ACK": "ACK-04"}.get(kind, "NWR-22")
        problems = walk.tell(broken("NWR-22L" if both else other, line, kind, kind=kind, value=group.kind))
        if _costs(problems, Severity.GROUP):
            yield from problems
            _refuse_group(walk, group, problems)
            if not walk.keep_refused:
                return
        draft.problems += problems
    elif group.reasons:
        draft.problems += group.reasons
    if number != group.next_number:
        name = f"{kind} transaction sequence"
        first = "SEQ-02" if group.counts.transactions == 1 else "SEQ-03"
        draft.problems += walk.tell(broken(first, line, name, value=shown, found=group.next_number))
        if number < group.next_number:
            draft.problems += walk.tell(broken("SEQ-07", line, name, value=shown, found=group.next_number - 1))
    if record_shown != "00000000":
        draft.problems += walk.tell(broken("SEQ-05", line, f"{kind} record sequence", value=record_shown))
    group.next_number = (number if number >= 0 else group.next_number) + 1
    walk.draft = draft


def _refuse_group(walk: _Walk, group: _Group, problems: list[Problem]) -> None:
    """From here on no transaction of the group counts."""
    group.refused = True
    group.reasons = group.reasons or problems
    walk.draft = None


def _take_sound(walk: _Walk, lines: Iterator[tuple[int, bytes]]) -> tuple[int, bytes] | None:
    """Take the records of ASCII that stand where they should and have nothing wrong in them: nearly every line is one.

    Returns the first line that is another, with its number; None at the end of the file.
    """
    group, draft = walk.group, walk.draft
    if group is None or draft is None or len(draft.problems) >= _MOST_FINDINGS:
        return next(lines, None)
    details, number, records, sound = group.details, draft.raw_number, draft.records, draft.records.lines
    any_length = walk.trimmed and not walk.asked.strict
    before, sequence = len(records), draft.sequence
    found = None
    for found in lines:
        line, raw = found
        shape = details.get(raw[:3])
        sequence += 1
        if shape is None or sequence >= _COUNTED or raw[3:19] != number + _EIGHT_DIGITS[sequence]:
            break
        if not raw.isascii() or not (any_length or len(raw) == shape.length):
            break
        text = raw.decode("ascii")
        if sound is None:
            if not records.add_read(shape, line, text, sequence):
                break
            continue
        part = shape.sound_part(text.ljust(shape.length) if any_length else text)
        if part is None:
            break
        sound.append((shape, line, text, sequence, part))
    else:
        found = None
    taken = len(records) - before
    draft.sequence += taken
    walk.records += taken
    group.counts.records += taken
    return found


def _take_detail(walk: _Walk, draft: _Draft, shape: Shape, line: int, raw: bytes) -> None:
    """Read a detail record into the draft, or a header that an acknowledgement repeats."""
    if len(draft.records) >= _MOST_RECORDS or len(draft.problems) >= _MOST_FINDINGS:
        _overflow(walk, draft, line)
        return
    sequence = draft.sequence + 1
    if sequence < _COUNTED and raw[11:19] == _EIGHT_DIGITS[sequence] and raw[3:11] == draft.raw_number:
        draft.sequence = sequence
    else:
        _number_detail(walk, draft, shape.kind, line, raw)
    if len(raw) < shape.length and (walk.asked.strict or not walk.trimmed):
        key = "SEQ-09" if walk.asked.strict else "SEQ-TRIM"
        walk.trimmed = True
        draft.problems += walk.tell(broken(key, line, shape.kind, value=len(raw), found=shape.length))
    if raw.isascii() and draft.records.add_read(shape, line, raw.decode("ascii"), draft.sequence):
        return
    parsed = walk.parse_as(shape, line, raw, draft.sequence)
    if parsed.problems:
        draft.problems += parsed.problems
        if parsed.worst is Severity.RECORD:
            draft.dropped.append(parsed.record)
            return
    draft.records.made().append(parsed.record)


def _overflow(walk: _Walk, draft: _Draft, line: int) -> None:
    """Say once that a transaction is too large, and keep no more of it."""
    if not draft.full:
        draft.full = True
        records = len(draft.records) >= _MOST_RECORDS
        most, kind = (_MOST_RECORDS, "records") if records else (_MOST_FINDINGS, "findings")
        draft.problems += walk.tell(broken("SEQ-MANY", line, draft.header.kind, value=most, kind=kind))


def _number_detail(walk: _Walk, draft: _Draft, kind: str, line: int, raw: bytes) -> None:
    """Compare the numbers of a detail record with those before it."""
    draft.sequence += 1
    if raw[3:19] == b"%08d%08d" % (draft.number, draft.sequence):
        return
    shown, record_shown = raw[3:11].decode("latin-1"), raw[11:19].decode("latin-1")
    if shown != draft.shown_number:
        name = f"{kind} transaction sequence"
        draft.problems += walk.tell(
            broken("SEQ-04", line, name, value=shown, found=draft.shown_number),
            broken("SEQ-08", line, name, value=shown, found=draft.shown_number),
        )
    number = int(record_shown) if record_shown.isdigit() and record_shown.isascii() else -1
    if number != draft.sequence and not (kind in HEADERS and number == 0):
        name = f"{kind} record sequence"
        draft.problems += walk.tell(broken("SEQ-06", line, name, value=record_shown, found=draft.sequence))
    if number >= 0:
        draft.sequence = number


def _flush(walk: _Walk) -> list[CwrTransaction | Problem]:
    """End the transaction being read: check it, and give it or the reasons why it is refused."""
    draft, group, walk.draft = walk.draft, walk.group, None
    if draft is None or group is None:
        return []
    header, records, problems = draft.header, draft.records, draft.problems
    if not _costs(problems, *_COSTLY):
        problems = problems + walk.tell(*_once(walk, header, records)) + check_transaction(header, records, walk.asked)
    refused = _costs(problems, *_COSTLY)
    if refused and not walk.keep_refused:
        return list(problems)
    at = {problem.line for problem in problems if problem.rule[4:6] == Severity.RECORD}
    dropped = [record for record in records if record.line in at] if at else []
    return [
        CwrTransaction(
            kind=header.kind,
            line=header.line,
            header=header,
            records=tuple(record for record in records if record.line not in at) if dropped else records,
            problems=tuple(problems),
            refused=refused,
            group=group.counts.number,
            number=max(draft.number, 0),
            version=group.version,
            group_header=group.header,
            dropped=(*draft.dropped, *dropped),
        )
    ]


def _once(walk: _Walk, header: CwrRecord, records: Sequence[CwrRecord]) -> Iterator[Broken]:
    """Compare a transaction with those before it in the file: numbers of works and agreements come once."""
    if header.kind == "AGR":
        yield from walk.agreements.add(header)
    elif header.kind in _REGISTRATIONS:
        number = header.text("submitter_work_number")
        if header.kind + number in walk.works:
            yield broken("NWR-F03U", header.line, f"{header.kind} submitter_work_number", value=number)
        elif len(walk.works) < _REMEMBERED_NUMBERS:
            walk.works.add(header.kind + number)
        yield from walk.agreements.use(header, records)
