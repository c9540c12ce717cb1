"""Walk a DSR flat file: head, summaries, blocks of resources and their sales, and the counts at the foot.

The file streams, plain or gzipped; one block is in memory. Sums and counts are compared when the file ends, and a
difference is a problem after the last sale: a caller that imports everything or nothing waits for it.
"""

import gzip
import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from typing import BinaryIO, cast

from muniment.kernel.formats.dsr.rows import FAMILY_LETTERS, DsrRow, columns, read_row, record_type
from muniment.kernel.formats.dsr.values import DsrHead, DsrSale, DsrSummary
from muniment.kernel.formats.tables import UnreadableCell, parse_duration_ms
from muniment.kernel.words.identifiers import InvalidIdentifier, parse_isrc, parse_iswc
from muniment.kernel.words.money import UnknownCurrency, micro_per_unit
from muniment.kernel.words.problems import BadFile, Level, Problem

_LINE_BYTES = 4 * 1024 * 1024
_HEADS = frozenset({"HEAD"})
_FEET = frozenset({"FOOT", "SRFO"})
_SUMMARIES = frozenset({"SY01", "SY02", "SY03"})
_RESOURCES = frozenset({"AS01", "AS02"})
_SALES = frozenset({"SU01", "SU02", "SU03"})
_WHOLE_SALES = frozenset({"SR01", "SR02"})
_PROFILES = frozenset({"BASICAUDIOPROFILE", "BASICAUDIOPROFILESRB"})
_ASK = "Ask the service for a corrected report."

DsrItem = DsrHead | DsrSummary | DsrSale | Problem


@dataclass(slots=True)
class _Block:
    """The block being read: its resources by reference, what is known of their works, its release."""

    block_id: str
    resources: dict[str, dict[str, object]] = field(default_factory=dict)
    last: str = ""
    works: list[DsrRow] = field(default_factory=list)
    release: DsrRow | None = None


@dataclass(slots=True)
class _Walk:
    """Where we are in the file, and what was counted so far."""

    head: DsrHead | None = None
    lines: int = 0
    comments: int = 0
    blocks: int = 0
    block: _Block | None = None
    summaries: dict[str, list[DsrSummary]] = field(default_factory=dict)
    summary_rows: int = 0
    used: dict[str, int] = field(default_factory=dict)
    told: set[str] = field(default_factory=set)
    ended: bool = False
    lost: bool = False


def iter_dsr(stream: BinaryIO) -> Iterator[DsrItem]:
    """Give the head, the summaries, the sales and the problems of a DSR file in its order.

    Raises:
        BadFile: empty, not a DSR, not UTF-8, or a gzip archive that is cut off.
    """
    buffered = io.BufferedReader(cast("io.RawIOBase", stream))
    try:
        walk = _Walk()
        for line, text in _lines(buffered):
            yield from _take(walk, line, text)
        if walk.head is None:
            raise BadFile("The file has no row of data.", "Ask the service for the report.")
        yield from _finish(walk)
    finally:
        buffered.detach()


def _lines(buffered: "io.BufferedReader[io.RawIOBase]") -> Iterator[tuple[int, str]]:
    packed = buffered.peek(2)[:2] == b"\x1f\x8b"
    source: io.BufferedIOBase = gzip.GzipFile(fileobj=buffered) if packed else buffered
    line = 0
    try:
        while raw := source.readline(_LINE_BYTES):
            line += 1
            if len(raw) == _LINE_BYTES and not raw.endswith(b"\n"):
                raise BadFile(f"Line {line:,} is longer than any row of a report.", "Send a DSR flat file.")
            if b"\x00" in raw:
                raise BadFile(
                    f"There is a zero byte on line {line:,}: the file is not a text.", "Send a DSR flat file."
                )
            yield line, raw.decode("utf-8-sig" if line == 1 else "utf-8")
    except UnicodeDecodeError as error:
        raise BadFile(f"Line {line:,} is not UTF-8, as a DSR must be.", _ASK) from error
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise BadFile(f"The gzip archive is damaged or cut off after line {line:,}.", "Send it again.") from error


def _take(walk: _Walk, line: int, text: str) -> Iterator[DsrItem]:
    walk.lines = line
    content = text.rstrip("\r\n")
    if not content.strip() or content.startswith("#"):
        walk.comments += 1
        return
    name, *texts = content.split("\t")
    record = record_type(name)
    family = record[:FAMILY_LETTERS]
    if walk.head is None and family not in _HEADS:
        raise BadFile(
            f"The file is not a DSR: it begins with {name[:20]!r} and not with HEAD.", "Send a DSR flat file."
        )
    if walk.ended:
        yield from _once(walk, "after", line, name, "DSR.AFTER_FOOT", "There are rows after the foot.", Level.ERROR)
        return
    if family not in columns():
        message = f"Rows {name[:20]!r} are not read here; they are passed over."
        yield from _once(walk, family, line, name[:20], "DSR.UNKNOWN_RECORD", message)
        return
    if record not in columns():
        message = f"Rows {name[:20]!r} are read by the columns of {family}."
        yield from _once(walk, record, line, name[:20], "DSR.VERSION", message)
    row = read_row(record, line, texts)
    if isinstance(row, Problem):
        walk.lost = True
        if family in _HEADS:
            raise BadFile(f"The head of the report is of no use: {row.message}", _ASK)
        yield row
        return
    yield from _take_row(walk, row)


def _once(
    walk: _Walk, key: str, line: int, name: str, rule: str, message: str, level: Level = Level.WARNING
) -> Iterator[Problem]:
    """Tell a thing the first time only."""
    if key not in walk.told:
        walk.told.add(key)
        yield Problem(line, name, rule, message, "Nothing to do if this is what was agreed with the service.", level)


def _take_row(walk: _Walk, row: DsrRow) -> Iterator[DsrItem]:
    family = row.family
    if family in _HEADS:
        yield from _take_head(walk, row)
    elif family in _SUMMARIES:
        yield from _take_summary(walk, row)
    elif family in _FEET:
        walk.ended = True
        yield from _check_foot(walk, row)
    elif family in _WHOLE_SALES:
        yield from _sell(walk, row, [_resource(row)], None)
    elif family in {"SY04", "SY05", "SY06"}:
        walk.summary_rows += 1
    else:
        yield from _take_in_block(walk, row)


def _take_head(walk: _Walk, row: DsrRow) -> Iterator[DsrItem]:
    if walk.head is not None:
        yield Problem(row.line, "HEAD", "DSR.SECOND_HEAD", "The file has a second head.", "Send one report in a file.")
        return
    problems = list[Problem]()
    walk.head = DsrHead(
        message_id=row.text("message_id"),
        created_at=row.text("created_at"),
        profile=row.text("profile"),
        profile_version=row.text("profile_version"),
        message_version=row.text("message_version"),
        file_number=row.number("file_number") or 1,
        file_count=row.number("file_count") or 1,
        usage_start_on=_day(row, "usage_start", problems),
        usage_end_on=_day(row, "usage_end", problems),
        sender_id=row.text("sender_id"),
        sender_name=row.text("sender_name"),
        service=row.text("service"),
        recipient_id=row.text("recipient_id"),
        recipient_name=row.text("recipient_name"),
        line=row.line,
    )
    yield walk.head
    yield from problems
    if walk.head.profile.upper() not in _PROFILES:
        message = f"The report follows {walk.head.profile!r}; it is read as Basic Audio."
        yield from _once(walk, "profile", row.line, "HEAD profile", "DSR.PROFILE", message)
    if walk.head.file_count > 1:
        message = f"This is file {walk.head.file_number} of {walk.head.file_count}; sums over all are not compared."
        yield from _once(walk, "files", row.line, "HEAD number_of_files", "DSR.MORE_FILES", message)


def _day(row: DsrRow, name: str, problems: list[Problem]) -> date | None:
    text = row.text(name)
    try:
        return date.fromisoformat(text[:10]) if text else None
    except ValueError:
        message = f"{text[:20]!r} is not a date."
        problems.append(Problem(row.line, f"HEAD {name}", "DSR.DATE", message, _ASK, Level.WARNING))
        return None


def _take_summary(walk: _Walk, row: DsrRow) -> Iterator[DsrItem]:
    walk.summary_rows += 1
    currency, revenue = row.text("currency"), row.text("net_revenue")
    summary = DsrSummary(
        summary_id=row.text("summary_id"),
        record=row.family,
        territory=row.text("territory"),
        commercial_model=row.text("commercial_model"),
        use_type=row.text("use_type"),
        service=row.text("service"),
        usages=row.number("usages"),
        subscribers=row.number("subscribers"),
        currency=currency,
        net_revenue_micro=_micro(revenue, currency),
        rights_controller=row.text("rights_controller"),
        rights_type=row.text("rights_type"),
        line=row.line,
    )
    walk.summaries.setdefault(summary.summary_id, []).append(summary)
    yield summary
    if revenue and summary.net_revenue_micro is None:
        message = f"{revenue[:30]!r} {currency[:5]} is not an amount of money; it is left out."
        yield Problem(row.line, f"{row.record} net_revenue", "DSR.AMOUNT", message, _ASK, Level.WARNING)


def _micro(text: str, currency: str) -> int | None:
    """Return an amount in micro-units, rounded half to even (None: not readable)."""
    try:
        amount = Decimal(text)
        if not amount.is_finite() or amount.adjusted() > 15:
            return None
        return int((amount * micro_per_unit(currency)).to_integral_value(ROUND_HALF_EVEN))
    except (InvalidOperation, UnknownCurrency):
        return None


def _take_in_block(walk: _Walk, row: DsrRow) -> Iterator[DsrItem]:
    block_id = row.text("block_id")
    if walk.block is None or walk.block.block_id != block_id:
        walk.block = _Block(block_id)
        walk.blocks += 1
    block = walk.block
    if row.family == "RE01":
        block.release = row
    elif row.family in _RESOURCES:
        yield from _add_resource(block, row)
    elif row.family == "MW01":
        reference = row.text("resource_reference") or block.last
        if reference in block.resources:
            _add_work(block.resources[reference], row)
    elif row.family in _SALES:
        chosen, problem = _choose_resources(block, row)
        if problem is not None:
            walk.lost = True
            yield problem
        else:
            yield from _sell(walk, row, chosen, block.release)


def _add_resource(block: _Block, row: DsrRow) -> Iterator[Problem]:
    resource = _resource(row)
    block.last = row.text("resource_reference")
    block.resources[block.last] = resource
    said = {
        "duration": (row.text("duration").strip("PTHMS0:. "), resource["duration_ms"]),
        "isrc": (row.text("isrc"), resource["isrc"]),
        "iswc": (row.text("iswc"), resource["iswc"]),
    }
    for name, (text, value) in said.items():
        if text and not value:
            message = (
                f"{row.text(name)[:20]!r} is not a {name.upper() if name != 'duration' else name}; it is left out."
            )
            yield Problem(row.line, f"{row.record} {name}", f"DSR.{name.upper()}", message, _ASK, Level.WARNING)


def _resource(row: DsrRow) -> dict[str, object]:
    """Return the fields of a `DsrSale` that a resource row gives."""
    return {
        "dsp_resource_id": row.text("dsp_resource_id"),
        "isrc": _first_valid(row.parts("isrc")),
        "title": row.text("title"),
        "sub_title": row.text("sub_title"),
        "display_artist": row.text("display_artist"),
        "duration_ms": _duration_ms(row.text("duration")),
        "iswc": _iswc(row.text("iswc")),
        "composers": row.parts("composers"),
        "arrangers": row.parts("arrangers"),
        "publishers": row.parts("publishers"),
        "proprietary_work_id": row.text("proprietary_work_id"),
    }


def _add_work(resource: dict[str, object], row: DsrRow) -> None:
    """Fill what a work row knows and the resource does not."""
    work = {
        "iswc": _iswc(row.text("iswc")),
        "composers": row.parts("composers"),
        "arrangers": row.parts("arrangers"),
        "publishers": row.parts("publishers"),
        "proprietary_work_id": row.text("proprietary_work_id"),
    }
    resource.update({name: value for name, value in work.items() if not resource[name]})


def _first_valid(texts: tuple[str, ...]) -> str:
    """Return the first text that is an ISRC ("" where none is): a wrong code finds the wrong recording."""
    for text in texts:
        try:
            return parse_isrc(text)
        except InvalidIdentifier:
            continue
    return ""


def _iswc(text: str) -> str:
    try:
        return parse_iswc(text) if text else ""
    except InvalidIdentifier:
        return ""


def _duration_ms(text: str) -> int | None:
    try:
        return (parse_duration_ms(text) or None) if text else None
    except UnreadableCell:
        return None


def _choose_resources(block: _Block, row: DsrRow) -> tuple[list[dict[str, object]], Problem | None]:
    """Return the resources that a sale is of: the one it names, else all of its block (a whole release)."""
    named = row.text("transacted_resource")
    identifier = row.text("dsp_resource_id")
    if named:
        chosen = [block.resources[named]] if named in block.resources else []
    elif identifier:
        chosen = [one for one in block.resources.values() if one["dsp_resource_id"] == identifier][:1]
        chosen = chosen or list(block.resources.values())[:1]
    else:
        chosen = list(block.resources.values())
    if chosen:
        return chosen, None
    message = f"The sale is of a resource {named or identifier!r} that its block {block.block_id!r} does not describe."
    return [], Problem(row.line, f"{row.record} transacted_resource", "DSR.NO_RESOURCE", message, _ASK)


def _sell(
    walk: _Walk, row: DsrRow, resources: list[dict[str, object]], release: DsrRow | None
) -> Iterator[DsrSale | Problem]:
    summary_id = row.text("summary_id")
    summaries = walk.summaries.get(summary_id, [])
    if not summaries:
        message = f"The sale belongs to summary {summary_id!r}, which the report does not have."
        walk.lost = True
        yield Problem(row.line, f"{row.record} summary_record_id", "DSR.NO_SUMMARY", message, _ASK)
        return
    usages = row.number("usages") or 0
    walk.used[summary_id] = walk.used.get(summary_id, 0) + usages
    for resource in resources:
        yield DsrSale(
            summary_id=summary_id,
            sales_transaction_id=row.text("sales_transaction_id"),
            usages=usages - (row.number("returns") or 0),
            release_id=release.text("dsp_release_id") if release is not None else row.text("dsp_release_id"),
            release_title=release.text("title") if release is not None else row.text("release_title"),
            record=row.family,
            block_id=row.text("block_id"),
            summary=summaries[0],
            line=row.line,
            **resource,  # type: ignore[arg-type]
        )


def _check_foot(walk: _Walk, row: DsrRow) -> Iterator[Problem]:
    counted = [
        ("number_of_summary_records", (walk.summary_rows,)),
        ("number_of_blocks_in_file", (walk.blocks,)),
        ("number_of_lines_in_file", (walk.lines, walk.lines - walk.comments)),
    ]
    for name, found in counted:
        told = row.number(name)
        if told is not None and told not in found:
            message = f"The foot counts {told:,}; the file has {found[0]:,}."
            yield Problem(row.line, f"{row.record} {name}", "DSR.COUNT", message, "Ask the service for the whole file.")


def _finish(walk: _Walk) -> Iterator[Problem]:
    """Compare the sums of the sales with the summaries, and see whether the file has its foot."""
    if not walk.ended:
        message = "The file has no foot: it may be cut off."
        yield Problem(None, "FOOT", "DSR.NO_FOOT", message, "Ask the service for the whole file.")
    if walk.head is None or walk.head.file_count > 1 or walk.lost:
        return
    for summary_id, summaries in walk.summaries.items():
        said = {summary.usages for summary in summaries}
        used = walk.used.get(summary_id, 0)
        if len(said) == 1 and None not in said and said != {used}:
            message = f"Summary {summary_id!r} says {summaries[0].usages:,} usages; its sales make {used:,}."
            yield Problem(summaries[0].line, f"{summaries[0].record} usages", "DSR.SUM", message, _ASK)
