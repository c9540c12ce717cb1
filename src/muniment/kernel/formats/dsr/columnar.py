"""Read a DSR into Arrow tables: the same sales as `iter_dsr`, many times as fast.

A piece of the file is cut into columns (`chunks`); blocks of one recording that are plain from end to end become sales
as whole columns (`blockwise`). Every other line goes through the walk that reads one line after the other, so that
what is odd is read, told and refused by the same code. Both write into one table in the order of the file; what the
revenue of a summary gives each sale is computed on that table.
"""

import gzip
import io
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from muniment.kernel.formats.dsr.arrays import Longs, flags, gather_rows, longs, scalar
from muniment.kernel.formats.dsr.blocks import base_of, split_part
from muniment.kernel.formats.dsr.blockwise import BLOCK_ROWS, PlainSales, Plan, plain_sales, plan_piece
from muniment.kernel.formats.dsr.chunks import Piece, cut
from muniment.kernel.formats.dsr.reading import LINE_BYTES, checked, unpacking
from muniment.kernel.formats.dsr.rows import ASK
from muniment.kernel.formats.dsr.sales import SALES, table_of
from muniment.kernel.formats.dsr.values import AmountBasis, DsrSale, DsrSummary
from muniment.kernel.formats.dsr.walking import DsrItem, Walk, finish, flush, start_walk, take_line
from muniment.kernel.words.problems import BadFile

PIECE_BYTES = 8 * 1024 * 1024
_LARGEST_PIECE = 8 * PIECE_BYTES
_LARGEST_EXACT = 3_000_000_000
_INTERNAL = ("reported_usages", "part_from", "part_to", "part_of")

__all__ = ["SALES", "TablePiece", "read_tables", "write_parquet"]


@dataclass(frozen=True, slots=True)
class TablePiece:
    """A piece of a report: its sales as `SALES`, and its other items (head, summaries, problems, totals)."""

    sales: pa.Table
    items: tuple[DsrItem, ...]


@dataclass(slots=True)
class _Reader:
    """The walk, and how much of each summary the sales so far have taken."""

    walk: Walk
    taken: dict[str, int] = field(default_factory=dict)
    items: list[DsrItem] = field(default_factory=list)
    odd: list[DsrSale] = field(default_factory=list)

    def keep(self, items: Iterable[DsrItem]) -> None:
        """Put sales to sales and other items to other items."""
        for item in items:
            (self.odd if isinstance(item, DsrSale) else self.items).append(item)  # type: ignore[arg-type]


def read_tables(
    stream: BinaryIO, known: Iterable[DsrSummary] = (), *, piece_bytes: int = PIECE_BYTES
) -> Iterator[TablePiece]:
    """Give a DSR file's sales as tables in their order, and everything else that `iter_dsr` gives beside them.

    Memory follows `piece_bytes`, not the file; `known` see `iter_dsr`.

    Raises:
        BadFile: see `iter_dsr`.
    """
    reader = _Reader(start_walk(known))
    reader.walk.sums.by_summary = False
    buffered = io.BufferedReader(cast("io.RawIOBase", stream))
    try:
        source = unpacking(buffered)
        for data, last in _pieces(source, piece_bytes, reader):
            table = _read_piece(reader, data, last)
            yield TablePiece(table, tuple(reader.items))
            reader.items = []
    except UnicodeDecodeError as error:
        raise BadFile(f"Line {reader.walk.lines + 1:,} is not UTF-8, as a DSR must be.", ASK) from error
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        where = f"The gzip archive is damaged or cut off after line {reader.walk.lines:,}."
        raise BadFile(where, "Send it again.") from error
    finally:
        buffered.detach()
    if reader.walk.head is None:
        raise BadFile("The file has no row of data.", "Ask the service for the report.")
    reader.keep(finish(reader.walk))
    yield TablePiece(_paid(reader, _merged(reader, None)), tuple(reader.items))


@dataclass(slots=True)
class _Pending:
    """The bytes at hand, and those that the next piece begins with."""

    data: bytes = b""
    rest: bytes = b""


def _pieces(source: io.BufferedIOBase, piece_bytes: int, reader: _Reader) -> Iterator[tuple["_Pending", bool]]:
    """Give whole lines with what the piece before left over; the reader says through `Pending.rest` what it leaves."""
    pending = _Pending()
    first = True
    while True:
        more = source.read(piece_bytes)
        if first:
            more = more.removeprefix(b"\xef\xbb\xbf")
            first = False
        line = source.readline(LINE_BYTES) if more else b""  # so that the piece ends with a line and is not copied
        pending.data = b"".join((pending.rest, more, line))
        pending.rest = b""
        if not more:
            if pending.data:
                pending.data += b"" if pending.data.endswith(b"\n") else b"\n"
                yield pending, True
            return
        whole = pending.data.rfind(b"\n") + 1
        if not whole:
            checked(pending.data[: LINE_BYTES + 1], reader.walk.lines + 1)
            pending.rest = pending.data
            continue
        tail = pending.data[whole:]
        pending.data = pending.data[:whole]
        yield pending, False
        pending.rest += tail


def _read_piece(reader: _Reader, pending: "_Pending", last: bool) -> pa.Table:
    """Read the lines of a piece; a last block that may go on is left to the next piece."""
    data = pending.data.replace(b"\r\n", b"\n") if b"\r" in pending.data else pending.data
    if b"\x00" in data or not _is_utf8(data):
        return _walk_all(reader, data)
    piece = cut(data, BLOCK_ROWS)
    plan = plan_piece(piece, last=last)
    if plan is None or int((piece.end - piece.start).max()) >= LINE_BYTES:
        return _walk_all(reader, data)
    if plan.until == 0:
        if len(data) >= _LARGEST_PIECE:
            return _walk_all(reader, data)
        pending.rest = data
        return _paid(reader, _merged(reader, None))
    table = _read_plan(reader, piece, plan)
    if not last:
        pending.rest = data[int(piece.start[plan.until]) :]
        return table
    return pa.concat_tables([table, _walk_all(reader, data[int(piece.end[plan.until - 1]) + 1 :])])


def _is_utf8(data: bytes) -> bool:
    """Return whether all is UTF-8; Arrow sees that without making a text of it."""
    bounds = pa.py_buffer(np.array([0, len(data)], dtype=np.int32))
    try:
        pa.StringArray.from_buffers(1, bounds, pa.py_buffer(data)).validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _walk_all(reader: _Reader, data: bytes) -> pa.Table:
    """Read every line of a piece one after the other."""
    _walk_on(reader, io.BytesIO(data))
    return _paid(reader, _merged(reader, None))


def _walk_on(reader: _Reader, lines: Iterable[bytes]) -> None:
    """Read the next lines, each sale paid at once: a summary that stands behind it has no say in it."""
    reader.walk.sums.by_summary = True
    for raw in lines:
        line = reader.walk.lines + 1
        reader.keep(take_line(reader.walk, line, checked(raw, line).decode()))
    reader.walk.sums.by_summary = False


def _read_plan(reader: _Reader, piece: Piece, plan: Plan) -> pa.Table:
    """Read the lines before the blocks, then the blocks that are plain as columns and the others line by line."""
    walk, before = reader.walk, reader.walk.lines
    _walk_on(reader, map(piece.raw, range(plan.begin)))
    if walk.head is None or walk.ended:
        plain, odd = None, np.ones(plan.until - plan.begin, dtype=bool)
    else:
        plain = plain_sales(piece, plan, walk, before)
        odd = plain.odd
    if walk.block is not None and not odd[0]:
        reader.keep(flush(walk))
    previous = plan.begin - 1
    for place in np.flatnonzero(odd):
        number = plan.begin + int(place)
        if number != previous + 1:
            reader.keep(flush(walk))
        reader.keep(take_line(walk, before + number + 1, piece.raw(number).decode()))
        previous = number
    if previous != plan.until - 1:
        reader.keep(flush(walk))
    walk.lines = before + plan.until
    return _paid(reader, _merged(reader, plain))


def _merged(reader: _Reader, plain: PlainSales | None) -> pa.Table:
    """Return the sales of columns and of the walk as one table in the order of the lines."""
    odd, reader.odd = reader.odd, []
    walked = table_of(odd)
    if plain is None or not len(plain.rows):
        return walked
    lines = plain.table.column("line").to_numpy()[plain.rows]
    order = np.argsort(np.concatenate([lines, walked.column("line").to_numpy()]), kind="stable")
    rows = np.concatenate([plain.rows, plain.table.num_rows + np.arange(len(odd))])
    return gather_rows(pa.concat_tables([plain.table, walked]), rows[order])


def _paid(reader: _Reader, table: pa.Table) -> pa.Table:
    """Give each sale without money of its own its part of the summary's net revenue, and return the table as SALES."""
    if not table.num_rows:
        return SALES.empty_table()
    summaries = reader.walk.sums.summaries
    table = table.combine_chunks()
    used = table.column("reported_usages").to_numpy()
    first = table.column("part_from").to_numpy() == 0
    codes = table.column("summary_id").chunk(0).dictionary_encode()
    places = codes.indices.to_numpy(zero_copy_only=False)
    amounts = np.zeros(table.num_rows, dtype=np.int64)
    given = np.zeros(table.num_rows, dtype=bool)
    by_summary = pc.equal(table.column("amount_basis"), scalar(AmountBasis.SUMMARY.value))
    unpaid = pc.and_(by_summary, table.column("amount_micro").is_null()).to_numpy()
    for code, summary_id in enumerate(codes.dictionary.to_pylist()):
        rows = np.flatnonzero(places == code)
        behind = np.cumsum(np.where(first[rows], used[rows], 0)) + reader.taken.get(summary_id, 0)
        reader.taken[summary_id] = int(behind[-1])
        base = base_of(summaries.get(summary_id, []))
        if base is not None:
            amounts[rows] = _up_to(base, behind) - _up_to(base, behind - used[rows])
            given[rows] = unpaid[rows]
    _part(table, amounts, np.flatnonzero(given & (table.column("part_of").to_numpy() != 1)))
    paid = pc.if_else(flags(given), longs(amounts), table.column("amount_micro").chunk(0))
    place = table.schema.get_field_index("amount_micro")
    return table.set_column(place, "amount_micro", paid).drop_columns(list(_INTERNAL)).cast(SALES)


def _up_to(base: tuple[int, int], counts: Longs) -> Longs:
    """Return revenue x count // usages without losing a unit, for counts up to the usages."""
    revenue_micro, total = base
    clipped = np.minimum(counts, total)
    if total < _LARGEST_EXACT:
        whole, rest = divmod(revenue_micro, total)
        exact: Longs = whole * clipped + rest * clipped // total
        return exact
    return np.array([revenue_micro * int(count) // total for count in clipped], dtype=np.int64)


def _part(table: pa.Table, amounts: Longs, rows: Longs) -> None:
    """Part the money of sales that are of several works or cues."""
    if not len(rows):
        return
    chosen = table.select(["part_from", "part_to", "part_of"]).take(longs(rows)).to_pylist()
    for row, part in zip(rows, chosen, strict=True):
        amounts[row] = split_part(int(amounts[row]), (part["part_from"], part["part_to"], part["part_of"]))


def write_parquet(source: BinaryIO, target: Path, known: Iterable[DsrSummary] = ()) -> tuple[int, tuple[DsrItem, ...]]:
    """Write the sales of a report as one Parquet file (zstd), streaming; return how many, and all other items.

    The file is whole or absent.

    Raises:
        BadFile: see `iter_dsr`; then there is no file.
    """
    unfinished = target.with_name(target.name + ".unfinished")
    count = 0
    items: list[DsrItem] = []
    try:
        with pq.ParquetWriter(unfinished, SALES, **_PARQUET) as writer:
            for piece in read_tables(source, known):
                items += piece.items
                count += piece.sales.num_rows
                if piece.sales.num_rows:
                    writer.write_table(piece.sales)
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)
    return count, tuple(items)


_PARQUET: Mapping[str, Any] = {
    "compression": "zstd",
    "compression_level": 1,
    "write_statistics": False,
    "use_dictionary": [
        *("summary_id", "record", "territory", "service", "commercial_model", "use_type", "currency", "amount_basis"),
        *("display_artist", "used_from"),
    ],
}
"""How the file is packed: dictionaries for what repeats, and the least effort, since it is read once or twice."""
