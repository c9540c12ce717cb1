"""The plain blocks of a piece as whole columns: one recording, at most one work and one release, and its sales.

A block is plain where every line of it is (`Piece.plain`), where it has exactly one resource before everything else
but its release, and where every cell that is understood is in the form that needs no thought: a code without blanks
and hyphens, a number of digits, a known summary. All others are read line by line; so nothing is decided here that
`blocks` does not decide.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from muniment.kernel.formats.dsr.arrays import Flags, Longs, flags, is_blank, longs, scalar, where
from muniment.kernel.formats.dsr.blocks import LARGEST_AMOUNT, base_of, micro_of
from muniment.kernel.formats.dsr.chunks import Piece
from muniment.kernel.formats.dsr.forms import durations_of, numbers_of, odd_isrc, odd_iswc, odd_parts, whole_numbers
from muniment.kernel.formats.dsr.sales import WORKING
from muniment.kernel.formats.dsr.splitting import Rows
from muniment.kernel.formats.dsr.values import AmountBasis
from muniment.kernel.formats.dsr.walking import Walk

RESOURCE, WORK, RELEASE = frozenset({"AS01", "AS02"}), frozenset({"MW01"}), frozenset({"RE01"})
SALE, LICENSOR, ASIDE = frozenset({"SU01", "SU02", "SU03"}), frozenset({"LI01"}), frozenset({"RU01", "RU02"})
_OTHER_BLOCK_ROWS = frozenset({"AS03", "CU01", "RE02", "RE03", "MW02", "ML01", "SU04", "SU05"})
BLOCK_ROWS = RESOURCE | WORK | RELEASE | SALE | LICENSOR | ASIDE | _OTHER_BLOCK_ROWS


@dataclass(frozen=True, slots=True)
class Plan:
    """Which lines of a piece are blocks: from `begin` up to `until`; `block_of` numbers them, -1 is a comment."""

    begin: int
    until: int
    block_of: Longs
    count: int


def plan_piece(piece: Piece, *, last: bool) -> Plan | None:
    """Say where the blocks of a piece are; None: rows of another kind stand between them, or it has none.

    What follows the last block, and that block itself where it may go on, is left out unless the piece is the last.
    """
    in_block = piece.is_of(BLOCK_ROWS)
    lines = np.flatnonzero(in_block)
    if not len(lines):
        return None
    comment = piece.is_of(frozenset({"#"}))
    begin, behind = int(lines[0]), int(lines[-1]) + 1
    if not (in_block | comment)[begin:behind].all():
        return None
    ids = _block_ids(piece, lines)
    if ids is None:
        return None
    changed = np.ones(len(lines), dtype=bool)
    changed[1:] = where(pc.not_equal(ids.slice(1), ids.slice(0, len(ids) - 1)))
    numbers = np.cumsum(changed) - 1
    until = behind if last else int(lines[np.flatnonzero(changed)[-1]])
    if until <= begin:
        return Plan(begin, 0, np.empty(0, dtype=np.int64), 0)
    block_of = np.full(until - begin, -1, dtype=np.int64)
    inside = lines < until
    block_of[lines[inside] - begin] = numbers[inside]
    return Plan(begin, until, block_of, int(numbers[inside][-1]) + 1)


def _block_ids(piece: Piece, lines: Longs) -> pa.StringArray | None:
    """Return the block of each line; None: that of a line which is not plain is not the text of its cell."""
    ids = piece.cells.rows(lines).column("block_id")
    odd = ~piece.plain[lines]
    if not odd.any():
        return ids
    own = [piece.cell(int(line), "block_id") for line in lines[odd]]
    if any(text != text.strip() or "\\" in text for text in own):
        return None
    return pc.replace_with_mask(ids, flags(odd), pa.array(own, pa.string()))


@dataclass(frozen=True, slots=True)
class _Blocks:
    """For each block the line of its resource, work and release (-1: none), and whether it is plain so far."""

    resource: Longs
    work: Longs
    release: Longs
    plain: Flags


@dataclass(frozen=True, slots=True)
class PlainSales:
    """Sales as `WORKING`, of which `rows` are those of plain blocks; `odd` lines of the plan are read one by one."""

    table: pa.Table
    rows: Longs
    odd: Flags


def plain_sales(piece: Piece, plan: Plan, walk: Walk, before: int) -> PlainSales:
    """Return the sales of plain blocks.

    The walk's counts are moved on for what was read here; `before` is the number of the line before the piece.
    """
    lines = np.arange(plan.begin, plan.until)
    blocks = _find_blocks(piece, plan, lines)
    plain = blocks.plain
    if walk.block is not None and _first_id(piece, lines, plan) == walk.block.block_id:
        plain[0] = False
    sale_lines = lines[piece.is_of(SALE)[lines]]
    sale_blocks = plan.block_of[sale_lines - plan.begin]
    kept = plain[sale_blocks]
    sale_lines, sale_blocks = sale_lines[kept], sale_blocks[kept]
    rows = _rows(piece, blocks, sale_lines, sale_blocks)
    columns, odd = _columns(rows, walk)
    columns["record"] = _families(piece, sale_lines)
    amounts, odd_amounts = _amounts(piece, plan, walk, columns, sale_lines, plain)
    plain[sale_blocks[odd | odd_amounts]] = False
    _check_resources(rows, columns, sale_blocks, plain)
    sales = np.flatnonzero(plain[sale_blocks])
    table = _table(columns, amounts, sale_lines + before + 1)
    odd_lines: Flags = ~plain[np.maximum.accumulate(plan.block_of)]  # a comment goes with the block it stands in
    _count(walk, table, sales)
    walk.blocks += int(plain.sum())
    walk.comments += int(((plan.block_of < 0) & ~odd_lines).sum())
    return PlainSales(table, sales, odd_lines)


def _first_id(piece: Piece, lines: Longs, plan: Plan) -> str:
    return str(piece.cells.rows(lines[plan.block_of == 0][:1]).column("block_id")[0].as_py())


def _find_blocks(piece: Piece, plan: Plan, lines: Longs) -> _Blocks:
    """Find the lines of each block, and which blocks have them in the order that needs no thought."""
    block_of = plan.block_of
    in_block = block_of >= 0
    plain = np.ones(plan.count, dtype=bool)
    sale = piece.is_of(SALE)[lines]
    firsts = {}
    for name, families in (("resource", RESOURCE), ("work", WORK), ("release", RELEASE)):
        chosen = piece.is_of(families)[lines]
        counts = np.bincount(block_of[chosen], minlength=plan.count)
        plain &= counts == 1 if name == "resource" else counts <= 1
        firsts[name] = np.full(plan.count, -1, dtype=np.int64)
        firsts[name][block_of[chosen]] = lines[chosen]
    first_sale = np.full(plan.count, plan.until, dtype=np.int64)
    np.minimum.at(first_sale, block_of[sale], lines[sale])
    first_licensor = np.full(plan.count, plan.until, dtype=np.int64)
    licensor = piece.is_of(LICENSOR)[lines]
    np.minimum.at(first_licensor, block_of[licensor], lines[licensor])
    plain &= firsts["resource"] < first_sale
    plain &= (firsts["work"] < first_sale) & ((firsts["work"] < 0) | (firsts["work"] > firsts["resource"]))
    plain &= (firsts["release"] < first_sale) & (first_licensor >= first_sale)
    plain &= first_sale < plan.until
    known = piece.is_of(RESOURCE | WORK | RELEASE | SALE | LICENSOR | ASIDE)[lines] & piece.plain[lines]
    plain[block_of[in_block & ~known]] = False
    useless = piece.cells.useless()[lines] & in_block
    plain[block_of[useless]] = False
    return _Blocks(firsts["resource"], firsts["work"], firsts["release"], plain)


Columns = dict[str, pa.Array]


@dataclass(frozen=True, slots=True)
class _Rows:
    """For each sale its own row, and those of the resource, work and release that it is of."""

    sale: Rows
    resource: Rows
    work: Rows
    release: Rows
    has_work: bool
    has_release: Flags


def _rows(piece: Piece, blocks: _Blocks, sale_lines: Longs, sale_blocks: Longs) -> _Rows:
    work, release = blocks.work[sale_blocks], blocks.release[sale_blocks]
    return _Rows(
        sale=piece.cells.rows(sale_lines),
        resource=piece.cells.rows(blocks.resource[sale_blocks]),
        work=piece.cells.rows(work),
        release=piece.cells.rows(release),
        has_work=bool((work >= 0).any()),
        has_release=release >= 0,
    )


def _columns(rows: _Rows, walk: Walk) -> tuple[Columns, Flags]:
    """Return the columns of sales, and which sales need thought."""
    columns: Columns = {
        name: rows.resource.column(name)
        for name in ("dsp_resource_id", "isrc", "title", "sub_title", "display_artist", "duration")
    }
    for name in ("iswc", "composers", "arrangers", "publishers", "proprietary_work_id"):
        own, others = rows.resource.column(name), rows.work.column(name)
        columns[name] = own if is_blank(others) else pc.if_else(pc.equal(own, scalar("")), others, own)
        columns[f"other_{name}"] = others
    columns["work_title"] = rows.work.column("title")
    for name, own_name in (("release_id", "dsp_release_id"), ("release_title", "title")):
        ours = rows.sale.column("dsp_release_id" if name == "release_id" else name)
        theirs = rows.release.column(own_name)
        both_blank = is_blank(ours) and is_blank(theirs)
        columns[name] = ours if both_blank else pc.if_else(flags(rows.has_release), theirs, ours)
    for name in ("summary_id", "sales_transaction_id", "block_id", "used_from", "usages", "returns"):
        columns[name] = rows.sale.column(name)
    odd = _odd_sales(rows, walk, columns)
    summaries = walk.sums.summaries
    codes = columns["summary_id"].dictionary_encode()
    for name in ("territory", "service", "commercial_model", "use_type", "currency"):
        columns[name] = _mapped(codes, {key: getattr(found[0], name) for key, found in summaries.items()})
    bases = {key: "summary" if base_of(found) is not None else "" for key, found in summaries.items()}
    columns["base"] = _mapped(codes, bases)
    return columns, odd


def _families(piece: Piece, lines: Longs) -> pa.StringArray:
    """Return the family of each line."""
    kinds = piece.kind_of[lines]
    if len(kinds) and (kinds == kinds[0]).all():
        return pa.repeat(scalar(piece.kinds[kinds[0]].family), len(kinds))
    return pa.array([kind.family for kind in piece.kinds], pa.string()).take(longs(kinds))


def _odd_sales(rows: _Rows, walk: Walk, columns: Columns) -> Flags:
    """Return which sales need thought for their own cells."""
    named = rows.sale.column("transacted_resource")
    fine = pc.or_(pc.equal(named, scalar("")), pc.equal(named, rows.resource.column("resource_reference")))
    fine = pc.and_(fine, whole_numbers(columns["usages"]))
    returns = columns["returns"]
    if not is_blank(returns):
        fine = pc.and_(fine, pc.or_(pc.equal(returns, scalar("")), whole_numbers(returns)))
    known = list(walk.sums.summaries)
    if len(known) == 1:
        named = columns["summary_id"]
        columns["summary_id"] = pc.if_else(pc.equal(named, scalar("")), scalar(known[0]), named)
    fine = pc.and_(fine, pc.is_in(columns["summary_id"], pa.array(known, pa.string())))
    return ~where(fine)


def _check_resources(rows: _Rows, columns: Columns, sale_blocks: Longs, plain: Flags) -> None:
    """Take the blocks out of the plain ones whose codes, durations or names need thought; read the durations."""
    odd = odd_isrc(columns["isrc"]) | odd_iswc(columns["iswc"])
    if rows.has_work:
        odd |= odd_iswc(columns.pop("other_iswc"))
        named = rows.work.column("resource_reference")
        fine = pc.or_(pc.equal(named, scalar("")), pc.equal(named, rows.resource.column("resource_reference")))
        odd |= ~where(fine)
    for name in ("composers", "arrangers", "publishers"):
        wrong = None if is_blank(columns[name]) else odd_parts(columns[name])
        if wrong is not None:
            odd |= wrong
            columns[name] = pc.replace_substring(columns[name], "|", "; ")
    columns["duration_ms"], unreadable = durations_of(columns.pop("duration"))
    plain[sale_blocks[odd | unreadable]] = False


def _amounts(
    piece: Piece, plan: Plan, walk: Walk, columns: Columns, sale_lines: Longs, plain: Flags
) -> tuple[tuple[pa.Array, pa.Array], Flags]:
    """Return the money of each sale (null: none of its own) and its basis, and which sales need thought for it."""
    currency = columns["currency"]
    sales = piece.cells.rows(sale_lines)
    own = _micro(sales.column("amount"), currency)
    other = _micro(sales.column("other_amount"), currency)
    odd = own[1] | other[1]
    amounts = pc.coalesce(own[0], other[0])
    basis = pc.if_else(pc.is_null(amounts), columns["base"], scalar(AmountBasis.LINE.value))
    licensors = np.flatnonzero(piece.is_of(LICENSOR)[plan.begin : plan.until]) + plan.begin
    licensors = licensors[plain[plan.block_of[licensors - plan.begin]]]
    if len(licensors) and len(sale_lines):
        given = _Money(amounts, basis, columns["base"], currency)
        amounts, basis, odd_sales = _allocated(piece, walk, given, sale_lines, licensors)
        odd |= odd_sales
    return (amounts, basis), odd


@dataclass(frozen=True, slots=True)
class _Money:
    """The money of sales before licensor rows are looked at; `fallback` is the basis where there is none at all."""

    amounts: pa.Array
    basis: pa.Array
    fallback: pa.Array
    currency: pa.Array


def _allocated(
    piece: Piece, walk: Walk, given: _Money, sale_lines: Longs, licensors: Longs
) -> tuple[pa.Array, pa.Array, Flags]:
    """Put what licensor rows allocate in place of the sale's own money; rows that do not follow their sale are odd."""
    owner = np.searchsorted(sale_lines, licensors, side="right") - 1
    follows = owner >= 0
    until = int(licensors[-1]) + 1
    behind = np.maximum.accumulate(np.where(piece.is_of(LICENSOR)[:until], 0, np.arange(until)))
    follows &= behind[licensors] == sale_lines[np.maximum(owner, 0)]
    odd = np.zeros(len(sale_lines), dtype=bool)
    odd[np.maximum(owner, 0)[~follows]] = True
    licensors, owner = licensors[follows], owner[follows]
    rows = piece.cells.rows(licensors)
    controllers = rows.column("rights_controller")
    ours = np.ones(len(licensors), dtype=bool)
    if walk.represented:
        named = pc.is_in(controllers, pa.array(sorted(walk.represented), pa.string()))
        ours = where(named)
    money = rows.column("amount")
    text = pc.if_else(pc.equal(money, scalar("")), rows.column("other_amount"), money)
    read, unreadable = _micro(text, given.currency.take(longs(owner)))
    odd[owner[unreadable & ours]] = True
    there = where(pc.is_valid(read)) & ours
    sums = np.zeros(len(sale_lines), dtype=np.int64)
    values = pc.fill_null(read, 0).to_numpy(zero_copy_only=False)
    count = len(sale_lines)
    if len(values) and int(np.abs(values).max()) * int(np.bincount(owner, minlength=1).max()) > LARGEST_AMOUNT:
        odd[:] = True
    np.add.at(sums, owner[there], values[there])
    any_row = np.bincount(owner, minlength=count) > 0
    any_ours = np.bincount(owner[ours], minlength=count) > 0
    any_amount = np.bincount(owner[there], minlength=count) > 0
    amounts = pc.if_else(flags(any_row), longs(sums, ~any_ours | any_amount), given.amounts)
    allocated = any_row & (any_amount | ~any_ours)
    none = pc.if_else(flags(any_row), given.fallback, given.basis)
    return amounts, pc.if_else(flags(allocated), scalar(AmountBasis.ALLOCATED.value), none), odd


def _micro(texts: pa.Array, currency: pa.Array) -> tuple[pa.Array, Flags]:
    """Return amounts in micro-units (null where blank), and which texts are none."""
    if is_blank(texts):
        return pa.nulls(len(texts), pa.int64()), np.zeros(len(texts), dtype=bool)
    pairs = pc.binary_join_element_wise(texts, currency, "\t").dictionary_encode()
    read: list[int | None] = []
    bad: list[bool] = []
    for pair in pairs.dictionary.to_pylist():
        text, _, unit = pair.partition("\t")
        value = micro_of(text, unit) if text else None
        read.append(value)
        bad.append(bool(text) and value is None)
    unreadable: Flags = np.array(bad, dtype=bool)[pairs.indices.to_numpy(zero_copy_only=False)]
    return pa.array(read, pa.int64()).take(pairs.indices), unreadable


def _mapped(codes: pa.DictionaryArray, values: Mapping[str, str]) -> pa.Array:
    """Return the value of each text, "" where it has none."""
    chosen = [values.get(text, "") for text in codes.dictionary.to_pylist()]
    return (
        pa.repeat(scalar(chosen[0]), len(codes))
        if len(chosen) == 1
        else pa.array(chosen, pa.string()).take(codes.indices)
    )


def _table(columns: Columns, amounts: tuple[pa.Array, pa.Array], lines: Longs) -> pa.Table:
    """Put the columns together; what plain sales are not is filtered behind."""
    count = len(lines)
    usages = numbers_of(columns["usages"])
    made = {
        **columns,
        "line": longs(lines),
        "reported_usages": usages,
        "usages": pc.subtract(usages, numbers_of(columns["returns"])),
        "amount_micro": amounts[0],
        "amount_basis": amounts[1],
        "part_from": longs(np.zeros(count, dtype=np.int64)),
        "part_to": longs(np.ones(count, dtype=np.int64)),
        "part_of": longs(np.ones(count, dtype=np.int64)),
    }
    return pa.Table.from_arrays([made[field.name] for field in WORKING], schema=WORKING)


def _count(walk: Walk, table: pa.Table, rows: Longs) -> None:
    """Move the walk's usages of summaries on for these rows."""
    codes = table.column("summary_id").chunk(0).dictionary_encode()
    places = codes.indices.to_numpy()[rows]
    used = np.zeros(len(codes.dictionary), dtype=np.int64)
    np.add.at(used, places, table.column("reported_usages").to_numpy()[rows])
    names = codes.dictionary.to_pylist()
    for code in np.flatnonzero(np.bincount(places, minlength=len(names))):
        walk.sums.used[names[code]] = walk.sums.used.get(names[code], 0) + int(used[code])
