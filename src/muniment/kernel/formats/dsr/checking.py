"""Everything that is wrong with a report, for who answers its sender: what reading tells, and what a profile asks.

A finding of a kind is told at its first place for each record type and cell, so that a report with the same fault in
every row has one line about it.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from muniment.kernel.formats.dsr.cells import fault_of
from muniment.kernel.formats.dsr.reading import iter_lines
from muniment.kernel.formats.dsr.rows import ASK, record_type, shape_of, split_parts
from muniment.kernel.formats.dsr.sets import compare_set
from muniment.kernel.formats.dsr.tables import FAMILY_LETTERS, ProfileShape, RecordShape, profile_of, shapes
from muniment.kernel.formats.dsr.values import DsrHead, DsrTotals
from muniment.kernel.formats.dsr.walking import finish, start_walk, take_line
from muniment.kernel.formats.texts import unseen_in
from muniment.kernel.words.problems import BadFile, Level, Problem

_ORDER = {"head": 0, "summary": 1, "block": 2, "row": 2, "foot": 3}
_NAME = re.compile(
    r"DSR_[^_]+_[^_]+_.+_\d{4}(?:-(?:\d\d|Q[1-4]|W\d\d))?(?:-\d\d)?(?:--?[\dQW-]+)?_[A-Za-z0-9-]+_(\d+)of(\d+)_\d{8}T\d{6}"
    r"(?:Z|[+-]\d{4})?\.(?:tsv|txt)(?:\.gz)?",
    re.IGNORECASE,
)
_MOST_TOLD = 2_000


@dataclass(slots=True)
class _BlockSeen:
    """What a block had so far."""

    block_id: str
    line: int
    records: list[str] = field(default_factory=list)
    references: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Conformance:
    """What was seen of a file while its rows are held against the profile."""

    profile: ProfileShape | None = None
    key: str = ""
    place: int = 0
    block: _BlockSeen | None = None
    summaries: int = 0
    told: set[tuple[str, str]] = field(default_factory=set)

    def tell(self, rule: str, line: int | None, name: str, message: str) -> Iterator[Problem]:
        """Give a finding the first time that its rule meets this record type and cell."""
        if (rule, name) not in self.told and len(self.told) < _MOST_TOLD:
            self.told.add((rule, name))
            yield Problem(line, name, rule, message, ASK, Level.WARNING)


def check_stream(stream: BinaryIO, file_name: str = "") -> Iterator[Problem | DsrTotals]:
    """Give everything that is wrong with one file, and its totals at last; a file of no use is one problem."""
    walk = start_walk()
    seen = Conformance()
    line = 0
    try:
        for line, text in iter_lines(stream):
            for item in take_line(walk, line, text):
                if isinstance(item, Problem):
                    yield item
                elif isinstance(item, DsrHead):
                    yield from _look_at_head(seen, item, text, file_name)
            yield from _look_at_line(seen, line, text)
    except BadFile as error:
        yield Problem(line or None, "", _refusal(error), error.message, error.remedy)
        return
    if walk.head is None:
        yield Problem(None, "", "DSR.EMPTY", "The file has no row of data.", "Ask the service for the report.")
        return
    yield from _end_block(seen)
    yield from (item for item in finish(walk) if isinstance(item, Problem | DsrTotals))


_REFUSALS = {
    "zero byte": "DSR.ZERO_BYTE",
    "longer than": "DSR.LINE_LENGTH",
    "not UTF-8": "DSR.UTF8",
    "gzip": "DSR.GZIP",
    "not a DSR": "DSR.NOT_DSR",
    "head of the report": "DSR.HEAD",
}


def _refusal(error: BadFile) -> str:
    """Return the rule by which a file is refused."""
    return next((rule for word, rule in _REFUSALS.items() if word in error.message), "DSR.EMPTY")


def check_paths(paths: Sequence[Path]) -> Iterator[Problem]:
    """Give everything that is wrong with a report in one or several files; what is of the whole set comes last."""
    totals: list[DsrTotals] = []
    for path in paths:
        with path.open("rb") as stream:
            for item in check_stream(stream, path.name):
                if isinstance(item, DsrTotals):
                    totals.append(item)
                elif item.rule != "DSR.MORE_FILES" or len(paths) == 1:
                    yield item
    if any(one.file_count > 1 for one in totals) or len(totals) > 1:
        yield from compare_set(totals)


def _look_at_head(seen: Conformance, head: DsrHead, text: str, file_name: str) -> Iterator[Problem]:
    shape = "rows" if text.lstrip("\ufeff").upper().startswith("SRHE") else "blocks"
    seen.profile = profile_of(head.profile, head.profile_version, shape)
    if seen.profile is not None:
        seen.key = f"{seen.profile.name}/{seen.profile.version}"
    else:
        said = f"{head.profile[:40]} {head.profile_version[:20]}, {shape}"
        yield from seen.tell("DSR.PROFILE_VERSION", head.line, "HEAD", f"{said!r} is not in the tables.")
    if head.usage_start_on and head.usage_end_on and head.usage_end_on < head.usage_start_on:
        message = f"The period ends on {head.usage_end_on}, before it begins."
        yield from seen.tell("DSR.PERIOD", head.line, "HEAD UsageEndDate", message)
    if head.file_number > head.file_count:
        message = f"This would be file {head.file_number} of {head.file_count}."
        yield from seen.tell("DSR.FILE_NUMBER", head.line, "HEAD FileNumber", message)
    if not head.message_version.startswith("dsrf/"):
        message = f"{head.message_version[:40]!r} does not begin with dsrf/."
        yield from seen.tell("DSR.MESSAGE_VERSION", head.line, "HEAD MessageVersion", message)
    found = _NAME.fullmatch(file_name) if file_name else None
    if file_name and (found is None or (int(found[1]), int(found[2])) != (head.file_number, head.file_count)):
        message = f"{file_name[:120]!r} is not named as this file of the report should be."
        yield from seen.tell("DSR.NAME", head.line, "", message)


def _look_at_line(seen: Conformance, line: int, text: str) -> Iterator[Problem]:
    content = text.rstrip("\r\n").removeprefix("\ufeff")
    if not content.strip() or content.startswith("#"):
        return
    name, *cells = content.split("\t")
    record = record_type(name)
    if record[:FAMILY_LETTERS] not in shapes():
        return
    shape = shape_of(record)
    yield from _look_at_cells(seen, line, record, shape, cells)
    yield from _look_at_place(seen, line, record, shape, cells)


def _look_at_cells(
    seen: Conformance, line: int, record: str, shape: RecordShape, cells: list[str]
) -> Iterator[Problem]:
    if any(cell.strip() for cell in cells[len(shape.columns) :]):
        message = f"The row has {len(cells)} cells; its record type has {len(shape.columns)}."
        yield from seen.tell("DSR.CELLS", line, record, message)
    for place, column in enumerate(shape.columns):
        text = cells[place].strip() if place < len(cells) else ""
        where = f"{record} {column.name}"
        if not text:
            if "*" in column.mandatory or seen.key in column.mandatory:
                yield from seen.tell("DSR.MANDATORY", line, where, "The profile asks for this cell, and it is blank.")
            continue
        if unseen := unseen_in(text):
            message = f"The cell has characters that cannot be seen ({unseen}); it is kept, and compared without them."
            yield from seen.tell("DSR.DIRECTION", line, where, message)
        parts = split_parts(text)
        if len(parts) > 1 and not column.repeated:
            yield from seen.tell(
                "DSR.REPEATED", line, where, f"{text[:40]!r} has bars, and the cell is not repeatable."
            )
        for part in parts[:100] if column.repeated else [text]:
            if (fault := fault_of(column.kind, part.strip())) is not None:
                yield from seen.tell(fault[0], line, where, fault[1])


def _look_at_place(
    seen: Conformance, line: int, record: str, shape: RecordShape, cells: list[str]
) -> Iterator[Problem]:
    family = record[:FAMILY_LETTERS]
    part = _part_of(seen.profile, record)
    if seen.profile is not None and record not in seen.profile.parts and family not in {"HEAD", "FOOT"}:
        message = f"{seen.profile.name} {seen.profile.version} has no {record}."
        yield from seen.tell("DSR.NOT_IN_PROFILE", line, record, message)
    if _ORDER[part] < seen.place:
        yield from seen.tell("DSR.ORDER", line, record, f"{record} stands behind rows that should follow it.")
    seen.place = max(seen.place, _ORDER[part])
    seen.summaries += part == "summary"
    if part in {"block", "row"} and not seen.summaries:
        yield from seen.tell("DSR.NO_SUMMARIES", line, "", "No summary stands before the first block or row.")
    if part == "block":
        yield from _look_at_block(seen, line, record, shape, cells)
    elif part == "foot":
        yield from _end_block(seen)


def _part_of(profile: ProfileShape | None, record: str) -> str:
    if profile is not None and record in profile.parts:
        return profile.parts[record]
    family = record[:FAMILY_LETTERS]
    if family in {"HEAD", "SRHE"}:
        return "head"
    if family in {"FOOT", "SRFO"}:
        return "foot"
    return {"SY": "summary", "SR": "row", "DE": "row"}.get(family[:2], "block")


def _cell(shape: RecordShape, cells: list[str], meaning: str) -> str:
    place = shape.places.get(meaning, -1)
    return cells[place].strip() if 0 <= place < len(cells) else ""


def _look_at_block(
    seen: Conformance, line: int, record: str, shape: RecordShape, cells: list[str]
) -> Iterator[Problem]:
    block_id = _cell(shape, cells, "block_id")
    if seen.block is None or seen.block.block_id != block_id:
        yield from _end_block(seen)
        seen.block = _BlockSeen(block_id, line)
    block = seen.block
    if len(block.records) < 100_000:
        block.records.append(record)
    family = record[:FAMILY_LETTERS]
    if family[:2] == "AS":
        reference = _cell(shape, cells, "resource_reference")
        if reference in block.references:
            message = f"The reference {reference[:40]!r} names two resources of a block."
            yield from seen.tell("DSR.REFERENCE_TWICE", line, f"{record} ResourceReference", message)
        block.references.add(reference)
    elif family == "RU01":
        releases = split_parts(_cell(shape, cells, "dsp_release_id"))
        usages = split_parts(_cell(shape, cells, "release_usages"))
        if len(releases) != len(usages):
            message = f"The row has {len(releases)} releases and {len(usages)} usages."
            yield from seen.tell("DSR.PAIRS", line, record, message)
    elif family == "LI01":
        text = next((c for c, col in zip(cells, shape.columns, strict=False) if col.name == "RightSharePercentage"), "")
        try:
            inside = 0 <= float(text or "0") <= 100
        except ValueError:
            inside = True
        if not inside:
            yield from seen.tell("DSR.SHARE", line, f"{record} RightSharePercentage", f"{text[:20]!r} is no share.")


def _end_block(seen: Conformance) -> Iterator[Problem]:
    block, seen.block = seen.block, None
    if block is None or seen.profile is None:
        return
    there = {record[:FAMILY_LETTERS] for record in block.records}
    for group, rule, what in (
        ("resource", "DSR.BLOCK_RESOURCE", "resource"),
        ("usage", "DSR.BLOCK_USAGE", "usage row"),
    ):
        wanted = {record[:FAMILY_LETTERS] for record in seen.profile.groups.get(group, ())}
        if wanted and not wanted & there:
            yield from seen.tell(rule, block.line, "", f"The block {block.block_id[:40]!r} has no {what}.")
    if "work" in seen.profile.groups and "AS01" in there and not there & {"AS02", "MW01"}:
        yield from seen.tell("DSR.BLOCK_WORK", block.line, "", f"The block {block.block_id[:40]!r} has no work.")
    for record in seen.profile.once:
        if block.records.count(record) > 1:
            message = f"The block {block.block_id[:40]!r} has {record} more than once."
            yield from seen.tell("DSR.BLOCK_ONCE", block.line, record, message)
