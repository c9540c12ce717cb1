"""Walk the rows of a DSR: head, summaries, blocks and their sales, and the counts at the foot.

Sums and counts are compared when the file ends, and a difference is a problem behind the last sale: a caller that
imports everything or nothing waits for it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date

from muniment.kernel.formats.dsr.blocks import (
    RELEASE_USES,
    RESOURCES,
    SALES,
    WHOLE_SALES,
    Block,
    Facts,
    Sums,
    add_cue,
    add_resource,
    add_work,
    amount_of,
    choose_resources,
    left_out,
    make_sale,
    micro_of,
    parted,
    resource_of,
    sale_from,
    split_part,
    uses_of,
)
from muniment.kernel.formats.dsr.rows import ASK, DsrRow, read_row, record_type
from muniment.kernel.formats.dsr.tables import FAMILY_LETTERS, profiles, shapes
from muniment.kernel.formats.dsr.values import AmountBasis, DsrHead, DsrSale, DsrSummary, DsrTotals
from muniment.kernel.words.problems import BadFile, Level, Problem

HEADS = frozenset({"HEAD"})
FEET = frozenset({"FOOT", "SRFO"})
SUMMED = frozenset({"SY01", "SY02", "SY03", "SY06", "SY07", "SY08"})
"""The summaries whose usages are those of the sales below them; others count what the whole service had."""

DsrItem = DsrHead | DsrSummary | DsrSale | DsrTotals | Problem


@dataclass(slots=True)
class Walk:
    """Where we are in the file, and what was counted so far."""

    sums: Sums = field(default_factory=Sums)
    head: DsrHead | None = None
    represented: frozenset[str] = frozenset()
    lines: int = 0
    comments: int = 0
    blocks: int = 0
    block: Block | None = None
    waiting: tuple[DsrRow, list[str]] | None = None
    allocated: list[DsrRow] = field(default_factory=list)
    summary_rows: int = 0
    told_lines: int | None = None
    told_blocks: int | None = None
    told: set[str] = field(default_factory=set)
    ended: bool = False
    lost: bool = False

    @property
    def in_parts(self) -> bool:
        """Return whether the report has more files than this one."""
        return self.head is not None and self.head.file_count > 1


def start_walk(known: Iterable[DsrSummary] = ()) -> Walk:
    """Return a walk before the first line; `known` are the summaries of the report's other files."""
    walk = Walk()
    for summary in known:
        walk.sums.summaries.setdefault(summary.summary_id, []).append(summary)
    return walk


def take_line(walk: Walk, line: int, text: str) -> Iterator[DsrItem]:
    """Give what a line leads to.

    Raises:
        BadFile: the first row is no head, or a head of no use.
    """
    walk.lines = line
    content = text.rstrip("\r\n")
    if not content.strip() or content.startswith("#"):
        walk.comments += 1
        return
    name, *texts = content.split("\t")
    record = record_type(name)
    family = record[:FAMILY_LETTERS]
    if walk.head is None and family not in HEADS:
        raise BadFile(
            f"The file is not a DSR: it begins with {name[:20]!r} and not with HEAD.", "Send a DSR flat file."
        )
    if walk.ended:
        yield from _once(walk, "after", line, name, "DSR.AFTER_FOOT", "There are rows after the foot.", Level.ERROR)
        return
    if family not in shapes():
        message = f"Rows {name[:20]!r} are not in the tables; they are passed over."
        yield from _once(walk, family, line, name[:20], "DSR.UNKNOWN_RECORD", message)
        return
    if record not in shapes():
        message = f"Rows {name[:20]!r} are read by the cells of {family}."
        yield from _once(walk, record, line, name[:20], "DSR.VERSION", message)
    row = read_row(record, line, texts)
    if isinstance(row, Problem):
        walk.lost = True
        if family in HEADS:
            raise BadFile(f"The head of the report is of no use: {row.message}", ASK)
        yield row
        return
    yield from _take_row(walk, row)


def _once(
    walk: Walk, key: str, line: int, name: str, rule: str, message: str, level: Level = Level.WARNING
) -> Iterator[Problem]:
    """Tell a thing the first time only; what is remembered of a hostile file has an end."""
    if key not in walk.told and len(walk.told) < 1_000:
        walk.told.add(key)
        yield Problem(line, name[:40], rule, message, "Nothing to do if this was agreed with the service.", level)


def _take_row(walk: Walk, row: DsrRow) -> Iterator[DsrItem]:
    family = row.family
    if family in HEADS:
        yield from _take_head(walk, row)
    elif family.startswith("SY"):
        yield from _take_summary(walk, row)
    elif family in FEET:
        yield from flush(walk)
        walk.ended = True
        yield from _check_foot(walk, row)
    elif family in WHOLE_SALES:
        resource = resource_of(row)
        yield from left_out(row, resource)
        yield from _sell(walk, row, [[(resource, 1)]], [], None)
    elif family != "DE01":
        yield from _take_in_block(walk, row)


def _take_head(walk: Walk, row: DsrRow) -> Iterator[DsrItem]:
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
        repertoire=row.parts("repertoire"),
        line=row.line,
    )
    walk.represented = frozenset(walk.head.repertoire)
    yield walk.head
    yield from problems
    known = {name for name, _, _ in profiles()}
    if walk.head.profile.upper().removesuffix("SRB") not in known:
        message = f"The profile {walk.head.profile[:40]!r} is not in the tables; rows are read by their types alone."
        yield from _once(walk, "profile", row.line, "HEAD Profile", "DSR.PROFILE", message)
    if walk.in_parts:
        message = f"This is file {walk.head.file_number} of {walk.head.file_count}; its sums are compared with all."
        yield from _once(walk, "files", row.line, "HEAD NumberOfFiles", "DSR.MORE_FILES", message)


def _day(row: DsrRow, name: str, problems: list[Problem]) -> date | None:
    text = row.text(name)
    try:
        return date.fromisoformat(text[:10]) if text else None
    except ValueError:
        message = f"{text[:20]!r} is not a date."
        problems.append(Problem(row.line, f"HEAD {name}", "DSR.DATE", message, ASK, Level.WARNING))
        return None


def _take_summary(walk: Walk, row: DsrRow) -> Iterator[DsrItem]:
    yield from _sell_waiting(walk)  # what comes after a sale has no say in it
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
        net_revenue_micro=micro_of(revenue, currency),
        rights_controller=row.text("rights_controller"),
        rights_type=row.text("rights_type"),
        line=row.line,
    )
    walk.sums.summaries.setdefault(summary.summary_id, []).append(summary)
    yield summary
    if revenue and summary.net_revenue_micro is None:
        message = f"{revenue[:30]!r} {currency[:5]} is not an amount of money; it is left out."
        yield Problem(row.line, f"{row.record} NetRevenue", "DSR.AMOUNT", message, ASK, Level.WARNING)


def _take_in_block(walk: Walk, row: DsrRow) -> Iterator[DsrItem]:
    block_id = row.text("block_id")
    if row.family == "LI01" and walk.waiting is not None and walk.block and walk.block.block_id == block_id:
        walk.allocated.append(row)
        return
    yield from _sell_waiting(walk)
    if walk.block is None or walk.block.block_id != block_id:
        yield from flush(walk)
        walk.block = Block(block_id)
        walk.blocks += 1
    block = walk.block
    if row.family in {"RE01", "RE03"}:
        block.release = row
    elif row.family == "RE02":
        block.releases[row.text("release_reference")] = row.parts("used_resources")
    elif row.family in RESOURCES:
        yield from add_resource(block, row)
    elif row.family == "CU01":
        yield from add_cue(block, row)
    elif row.family in {"MW01", "MW02"}:
        yield from add_work(block, row)
    elif row.family in RELEASE_USES:
        block.release_uses.append(row)
    elif row.family == "LI01":
        message = "A licensor row follows no usage row; it is passed over."
        yield from _once(walk, "LI01", row.line, row.record, "DSR.LICENSOR", message)
    elif row.family in SALES:
        block.sold = True
        chosen, problem = choose_resources(block, row)
        if problem is not None:
            walk.lost = True
            yield problem
        else:
            walk.waiting = (row, chosen)


def flush(walk: Walk) -> Iterator[DsrItem]:
    """Give what the block at hand still owes: a sale that waits, or the uses of releases where nothing else is sold."""
    yield from _sell_waiting(walk)
    block, walk.block = walk.block, None
    if block is None or block.sold or not block.resources:
        return
    for row in block.release_uses:
        yield from _sell(walk, row, [uses_of(block, name) for name in block.resources], [], block.release)


def _sell_waiting(walk: Walk) -> Iterator[DsrItem]:
    if walk.waiting is None or walk.block is None:
        return
    (row, chosen), walk.waiting = walk.waiting, None
    allocated, walk.allocated = walk.allocated, []
    uses = [uses_of(walk.block, name) for name in chosen]
    yield from _sell(walk, row, uses, allocated, walk.block.release)


def _usages_of(row: DsrRow) -> int:
    """Return the usages of a row; a row about releases has one number for each."""
    if row.family in RELEASE_USES:
        parts = [part for part in row.parts("release_usages") if part.isascii() and part.isdigit() and len(part) < 13]
        return sum(map(int, parts[:1000]))
    return row.number("usages") or 0


def _sell(
    walk: Walk, row: DsrRow, uses: list[list[tuple[Facts, int]]], allocated: list[DsrRow], release: DsrRow | None
) -> Iterator[DsrSale | Problem]:
    summary_id = row.text("summary_id")
    if not summary_id and len(walk.sums.summaries) == 1:
        summary_id = next(iter(walk.sums.summaries))
    summaries = walk.sums.summaries.get(summary_id, [])
    if not summaries and not walk.in_parts:
        message = f"The sale belongs to summary {summary_id[:40]!r}, which the report does not have."
        walk.lost = True
        yield Problem(row.line, f"{row.record} SummaryRecordId", "DSR.NO_SUMMARY", message, ASK)
        return
    if not summaries:
        message = "The summary is in another file of the report: territory and currency are those of the import."
        yield from _once(walk, "elsewhere", row.line, row.record, "DSR.SUMMARY_ELSEWHERE", message)
    summary = summaries[0] if summaries else None
    amount, basis, problems = amount_of(row, allocated, summary.currency if summary else "", walk.represented)
    yield from problems
    usages = _usages_of(row)
    if basis is AmountBasis.SUMMARY:
        by_summary = walk.sums.by_summary
        amount = walk.sums.part_of(summary_id, usages) if by_summary else None
        basis = AmountBasis.SUMMARY if walk.sums.base_of(summary_id) is not None else AmountBasis.NONE
    walk.sums.used[summary_id] = walk.sums.used.get(summary_id, 0) + usages
    block_id = row.text("block_id")
    for facts, part in parted(uses):
        sale = make_sale(row, facts, block_id=block_id, summary=summary, summary_id=summary_id, release=release)
        sale["usages"] = usages - (row.number("returns") or 0)
        sale["reported_usages"] = usages
        sale["amount_micro"] = None if amount is None else split_part(amount, part)
        sale["amount_basis"] = basis
        sale["part"] = part
        yield sale_from(sale)


def _check_foot(walk: Walk, row: DsrRow) -> Iterator[Problem]:
    walk.told_lines = row.number("number_of_lines_in_report")
    walk.told_blocks = row.number("number_of_blocks_in_report")
    counted = [
        ("number_of_summary_records", (walk.summary_rows,)),
        ("number_of_blocks_in_file", (walk.blocks,)),
        ("number_of_lines_in_file", (walk.lines, walk.lines - walk.comments)),
    ]
    for name, found in counted[walk.in_parts :]:
        told = row.number(name)
        if told is not None and told not in found:
            message = f"The foot counts {told:,}; the file has {found[0]:,}."
            yield Problem(row.line, f"{row.record} {name}", "DSR.COUNT", message, "Ask the service for the whole file.")


def finish(walk: Walk) -> Iterator[DsrItem]:
    """Compare the sums of the sales with the summaries, see whether the file has its foot, and give its totals."""
    yield from flush(walk)
    if not walk.ended:
        message = "The file has no foot: it may be cut off."
        yield Problem(None, "FOOT", "DSR.NO_FOOT", message, "Ask the service for the whole file.")
    totals = totals_of(walk)
    if not walk.in_parts and totals.whole:
        for summary_id, said in totals.said.items():
            used = totals.used.get(summary_id, 0)
            if said is not None and said != used:
                first = walk.sums.summaries[summary_id][0]
                message = f"Summary {summary_id[:40]!r} says {said:,} usages; its sales make {used:,}."
                yield Problem(first.line, f"{first.record} Usages", "DSR.SUM", message, ASK)
    yield totals


def totals_of(walk: Walk) -> DsrTotals:
    """Return what the file sums to."""
    head = walk.head or DsrHead("")
    said: dict[str, int | None] = {}
    for summary_id, rows in walk.sums.summaries.items():
        numbers = {row.usages for row in rows if row.record in SUMMED}
        said[summary_id] = next(iter(numbers)) if len(numbers) == 1 else None
    return DsrTotals(
        message_id=head.message_id,
        file_number=head.file_number,
        file_count=head.file_count,
        line_count=walk.lines,
        comment_count=walk.comments,
        block_count=walk.blocks,
        told_lines=walk.told_lines,
        told_blocks=walk.told_blocks,
        said=said,
        used=dict(walk.sums.used),
        whole=walk.ended and not walk.lost,
    )
