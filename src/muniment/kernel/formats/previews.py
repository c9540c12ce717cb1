"""The preview of a file of neutral records: what each record is called, by whom, under which number."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from pathlib import Path

from muniment.kernel.formats.door import Preview
from muniment.kernel.formats.door.records import (
    EditionRecord,
    IdentifierRecord,
    NeutralRecord,
    PartyRecord,
    RecordingRecord,
    WorkRecord,
)
from muniment.kernel.words.problems import Level, Problem

_HEADERS = ("kind", "title", "by", "numbers", "language")
_COUNTED_PER_ROW = 50


def read_by(package: str) -> tuple[Callable[[Path], Iterator[Problem]], Callable[[Path, int], Preview]]:
    """Return the check and the preview of a format whose module `reading` gives neutral records.

    That module has `check(path)` and `read_records(path)`, and is loaded when one of the two is used.
    """

    def check(path: Path) -> Iterator[Problem]:
        problems: Iterator[Problem] = import_module(f"{package}.reading").check(path)
        return problems

    def preview(path: Path, row_count: int) -> Preview:
        return preview_of(import_module(f"{package}.reading").read_records(path), row_count)

    return check, preview


def preview_of(items: Iterable[NeutralRecord | Problem], row_count: int) -> Preview:
    """Return the first works, recordings and editions as rows; no more than fifty times as many are counted."""
    rows: list[tuple[str, ...]] = []
    counts: Counter[str] = Counter()
    for looked_at, item in enumerate(items):
        if isinstance(item, Problem):
            counts["errors" if item.level is Level.ERROR else "warnings"] += 1
        else:
            counts.update(_kinds(item))
            if len(rows) < row_count and (row := _row(item)) is not None:
                rows.append(row)
        if looked_at >= row_count * _COUNTED_PER_ROW:
            break
    return Preview(_HEADERS, tuple(rows), dict(counts))


def _kinds(item: NeutralRecord) -> Iterator[str]:
    match item:
        case WorkRecord():
            yield "works"
            yield from ["recordings"] * len(item.recordings)
            yield from ["editions"] * len(item.editions)
        case RecordingRecord():
            yield "recordings"
        case EditionRecord():
            yield "editions"
        case PartyRecord():
            yield "parties"
        case _:
            yield "unclaimed parts"


def _row(item: NeutralRecord) -> tuple[str, ...] | None:
    if not isinstance(item, WorkRecord | RecordingRecord | EditionRecord):
        return None
    kind = "work" if isinstance(item, WorkRecord) else "recording" if isinstance(item, RecordingRecord) else "edition"
    title = item.titles[0].text if item.titles else ""
    people = "; ".join(dict.fromkeys(party.name for party in item.parties[:6]))
    by = people or (item.artist if isinstance(item, RecordingRecord) else "")
    editions = item.editions if isinstance(item, WorkRecord) else ()
    numbers = [*item.identifiers, *(number for one in editions for number in one.identifiers)]
    language = item.languages[0] if isinstance(item, EditionRecord) and item.languages else ""
    shown = "" if isinstance(item, EditionRecord) else item.language
    return (kind, title, by, ", ".join(map(_number, numbers[:4])), language or shown)


def _number(number: IdentifierRecord) -> str:
    return f"{number.scheme} {number.value}"
