"""The plain blocks of a piece as whole columns: one recording, at most one work and one release, and its sales.

A block is plain where every line of it is (`Piece.plain`), where it has exactly one resource before everything else
but its release, and where every cell that is understood is in the form that needs no thought: a code without blanks
and hyphens, a number of digits, a known summary. All others are read line by line; so nothing is decided here that
`blocks` does not decide.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from muniment.kernel.formats.dsr.blocks import LARGEST_AMOUNT, base_of, micro_of
from muniment.kernel.formats.dsr.chunks import Flags, Longs, Piece, fixed, is_blank, scalar
from muniment.kernel.formats.dsr.sales import WORKING
from muniment.kernel.formats.dsr.values import AmountBasis
from muniment.kernel.formats.dsr.walking import Walk
from muniment.kernel.formats.tables import UnreadableCell, parse_duration_ms

RESOURCE, WORK, RELEASE = frozenset({"AS01", "AS02"}), frozenset({"MW01"}), frozenset({"RE01"})
SALE, LICENSOR, ASIDE = frozenset({"SU01", "SU02", "SU03"}), frozenset({"LI01"}), frozenset({"RU01", "RU02"})
_OTHER_BLOCK_ROWS = frozenset({"AS03", "CU01", "RE02", "RE03", "MW02", "ML01", "SU04", "SU05"})
_BLOCK_ROWS = RESOURCE | WORK | RELEASE | SALE | LICENSOR | ASIDE | _OTHER_BLOCK_ROWS
_DIGITS = 15
_ODD_PARTS = r"^\||\|$|\|\||\s\||\|\s"
_ISWC_WEIGHTS = np.arange(1, 10)


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
    in_block = piece.is_of(_BLOCK_ROWS)
    lines = np.flatnonzero(in_block)
    if not len(lines):
        return None
    blank = (piece.width == 1) & (piece.lengths[piece.first] == 0)
    comment = piece.is_of(frozenset({"#"})) | blank
    begin, behind = int(lines[0]), int(lines[-1]) + 1
    if not (in_block | comment)[begin:behind].all():
        return None
    ids = piece.column(lines, "block_id")
    if not piece.plain[lines].all() and not _ids_are_plain(piece, lines):
        return None
    changed = np.empty(len(lines), dtype=bool)
    changed[0] = True
    changed[1:] = pc.not_equal(ids.slice(1), ids.slice(0, len(ids) - 1)).to_numpy(zero_copy_only=False)
    numbers = np.cumsum(changed) - 1
    until = behind if last else int(lines[np.flatnonzero(changed)[-1]])
    if until <= begin:
        return Plan(begin, 0, np.empty(0, dtype=np.int64), 0)
    block_of = np.full(until - begin, -1, dtype=np.int64)
    inside = lines < until
    block_of[lines[inside] - begin] = numbers[inside]
    return Plan(begin, until, block_of, int(numbers[inside][-1]) + 1)


def _ids_are_plain(piece: Piece, lines: Longs) -> bool:
    ids = piece.column(lines[~piece.plain[lines]], "block_id").to_pylist()
    return all(text == text.strip() for text in ids)


@dataclass(frozen=True, slots=True)
class _Blocks:
    """For each block the line of its resource, work and release (-1: none), and whether it is plain so far."""

    resource: Longs
    work: Longs
    release: Longs
    plain: Flags


def plain_sales(piece: Piece, plan: Plan, walk: Walk, before: int) -> tuple[pa.Table, Flags]:
    """Return the sales of plain blocks as `WORKING`, and which lines of the plan are to be read one by one.

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
    columns, odd = _columns(piece, walk, blocks, sale_lines, sale_blocks)
    amounts, odd_amounts = _amounts(piece, plan, walk, columns, sale_lines, plain)
    plain[sale_blocks[odd | odd_amounts]] = False
    _check_resources(piece, blocks, columns, sale_blocks, plain)
    taken = plain[sale_blocks]
    table = _table(columns, amounts, sale_lines + before + 1)
    table = table if taken.all() else table.filter(pa.array(taken))
    odd_lines: Flags = ~plain[np.maximum.accumulate(plan.block_of)]  # a comment goes with the block it stands in
    _count(walk, table, int(plain.sum()), int(((plan.block_of < 0) & ~odd_lines).sum()))
    return table, odd_lines


def _first_id(piece: Piece, lines: Longs, plan: Plan) -> str:
    return str(piece.column(lines[plan.block_of == 0][:1], "block_id")[0].as_py())


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
    useless = piece.missing(lines) & in_block
    plain[block_of[useless]] = False
    return _Blocks(firsts["resource"], firsts["work"], firsts["release"], plain)


Columns = dict[str, pa.Array]


def _columns(piece: Piece, walk: Walk, blocks: _Blocks, sale_lines: Longs, sale_blocks: Longs) -> tuple[Columns, Flags]:
    """Return the columns of sales, and which sales need thought."""
    resource, work = blocks.resource[sale_blocks], blocks.work[sale_blocks]
    release = blocks.release[sale_blocks]
    columns: Columns = {
        name: piece.column(resource, name)
        for name in ("dsp_resource_id", "isrc", "title", "sub_title", "display_artist", "duration")
    }
    for name in ("iswc", "composers", "arrangers", "publishers", "proprietary_work_id"):
        own, others = piece.column(resource, name), piece.column(work, name)
        columns[name] = own if is_blank(others) else pc.if_else(pc.equal(own, scalar("")), others, own)
        columns[f"other_{name}"] = others
    columns["work_title"] = piece.column(work, "title")
    for name, own_name in (("release_id", "dsp_release_id"), ("release_title", "title")):
        ours = piece.column(sale_lines, "dsp_release_id" if name == "release_id" else name)
        theirs = piece.column(release, own_name)
        both_blank = is_blank(ours) and is_blank(theirs)
        columns[name] = ours if both_blank else pc.if_else(pa.array(release >= 0), theirs, ours)
    for name in ("summary_id", "sales_transaction_id", "block_id", "used_from", "usages", "returns"):
        columns[name] = piece.column(sale_lines, name)
    families = [kind.family for kind in piece.kinds]
    columns["record"] = pa.array(families, pa.string()).take(pa.array(piece.kind_of[sale_lines]))
    odd = _odd_sales(piece, walk, columns, sale_lines, resource)
    summaries = walk.sums.summaries
    codes = columns["summary_id"].dictionary_encode()
    for name in ("territory", "service", "commercial_model", "use_type", "currency"):
        columns[name] = _mapped(codes, {key: getattr(rows[0], name) for key, rows in summaries.items()})
    bases = {key: "summary" if base_of(rows) is not None else "" for key, rows in summaries.items()}
    columns["base"] = _mapped(codes, bases)
    return columns, odd


def _odd_sales(piece: Piece, walk: Walk, columns: Columns, sale_lines: Longs, resource: Longs) -> Flags:
    """Return which sales need thought for their own cells."""
    named = piece.column(sale_lines, "transacted_resource")
    reference = piece.column(resource, "resource_reference")
    fine = pc.or_(pc.equal(named, scalar("")), pc.equal(named, reference))
    fine = pc.and_(fine, _digits(columns["usages"]))
    returns = columns["returns"]
    if not is_blank(returns):
        fine = pc.and_(fine, pc.or_(pc.equal(returns, scalar("")), _digits(returns)))
    known = list(walk.sums.summaries)
    if len(known) == 1:
        named = columns["summary_id"]
        columns["summary_id"] = pc.if_else(pc.equal(named, scalar("")), scalar(known[0]), named)
    fine = pc.and_(fine, pc.is_in(columns["summary_id"], pa.array(known, pa.string())))
    return ~np.asarray(fine.to_numpy(zero_copy_only=False), dtype=bool)


def _check_resources(piece: Piece, blocks: _Blocks, columns: Columns, sale_blocks: Longs, plain: Flags) -> None:
    """Take the blocks out of the plain ones whose codes, durations or names need thought; read the durations."""
    odd = _odd_isrc(columns["isrc"]) | _odd_iswc(columns["iswc"])
    if (blocks.work >= 0).any():
        odd |= _odd_iswc(columns.pop("other_iswc"))
        named = piece.column(blocks.work[sale_blocks], "resource_reference")
        own = piece.column(blocks.resource[sale_blocks], "resource_reference")
        fine = pc.or_(pc.equal(named, scalar("")), pc.equal(named, own))
        odd |= ~np.asarray(fine.to_numpy(zero_copy_only=False), dtype=bool)
    for name in ("composers", "arrangers", "publishers"):
        text = columns[name]
        if not is_blank(text) and pc.any(pc.match_substring(text, "|")).as_py():
            odd |= np.asarray(pc.match_substring_regex(text, _ODD_PARTS).to_numpy(zero_copy_only=False), dtype=bool)
            columns[name] = pc.replace_substring(text, "|", "; ")
    durations = columns.pop("duration").dictionary_encode()
    read = [_duration(text) for text in durations.dictionary.to_pylist()]
    columns["duration_ms"] = pa.array([value for value, _ in read], pa.int64()).take(durations.indices)
    unreadable = np.array([bad for _, bad in read], dtype=bool)
    if unreadable.any():
        odd |= unreadable[durations.indices.to_numpy(zero_copy_only=False)]
    plain[sale_blocks[odd]] = False


@lru_cache(maxsize=20_000)
def _duration(text: str) -> tuple[int | None, bool]:
    """Return the milliseconds of a duration, and whether it says one that cannot be read."""
    try:
        value = (parse_duration_ms(text) or None) if text else None
    except UnreadableCell:
        value = None
    return value, bool(text.strip("PTHMS0:. ")) and not value


def _odd_iswc(codes: pa.Array) -> Flags:
    """Return which texts are neither blank nor an ISWC in its compact form with a right check digit."""
    odd, rows, letters = fixed(codes, 11)
    digits = letters[:, 1:].astype(np.int64) - ord("0")
    total = 1 + digits[:, :9] @ _ISWC_WEIGHTS
    fine = (letters[:, 0] == ord("T")) & ((digits >= 0) & (digits <= 9)).all(axis=1)
    odd[rows] = ~(fine & ((10 - total % 10) % 10 == digits[:, 9]))
    return odd


def _odd_isrc(codes: pa.Array) -> Flags:
    """Return which texts are neither blank nor an ISRC in capitals without hyphens."""
    odd, rows, letters = fixed(codes, 12)
    digit = (letters >= ord("0")) & (letters <= ord("9"))
    capital = (letters >= ord("A")) & (letters <= ord("Z"))
    fine = capital[:, :2].all(axis=1) & (capital | digit)[:, 2:5].all(axis=1) & digit[:, 5:].all(axis=1)
    odd[rows] = ~fine
    return odd


def _digits(texts: pa.Array) -> pa.Array:
    """Return which texts are whole numbers of at most fifteen digits."""
    return pc.and_(pc.ascii_is_decimal(texts), pc.less_equal(pc.binary_length(texts), _DIGITS))


def _amounts(
    piece: Piece, plan: Plan, walk: Walk, columns: Columns, sale_lines: Longs, plain: Flags
) -> tuple[tuple[pa.Array, pa.Array], Flags]:
    """Return the money of each sale (null: none of its own) and its basis, and which sales need thought for it."""
    currency = columns["currency"]
    own = _micro(piece.column(sale_lines, "amount"), currency)
    other = _micro(piece.column(sale_lines, "other_amount"), currency)
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
    controllers = piece.column(licensors, "rights_controller")
    ours = np.ones(len(licensors), dtype=bool)
    if walk.represented:
        named = pc.is_in(controllers, pa.array(sorted(walk.represented), pa.string()))
        ours = np.asarray(named.to_numpy(zero_copy_only=False), dtype=bool)
    money = piece.column(licensors, "amount")
    text = pc.if_else(pc.equal(money, scalar("")), piece.column(licensors, "other_amount"), money)
    read, unreadable = _micro(text, given.currency.take(pa.array(owner)))
    odd[owner[unreadable & ours]] = True
    there = np.asarray(pc.is_valid(read).to_numpy(zero_copy_only=False), dtype=bool) & ours
    sums = np.zeros(len(sale_lines), dtype=np.int64)
    values = pc.fill_null(read, 0).to_numpy(zero_copy_only=False)
    count = len(sale_lines)
    if len(values) and int(np.abs(values).max()) * int(np.bincount(owner, minlength=1).max()) > LARGEST_AMOUNT:
        odd[:] = True
    np.add.at(sums, owner[there], values[there])
    any_row = np.bincount(owner, minlength=count) > 0
    any_ours = np.bincount(owner[ours], minlength=count) > 0
    any_amount = np.bincount(owner[there], minlength=count) > 0
    amounts = pc.if_else(pa.array(any_row), pa.array(sums, mask=any_ours & ~any_amount), given.amounts)
    allocated = any_row & (any_amount | ~any_ours)
    none = pc.if_else(pa.array(any_row), given.fallback, given.basis)
    return amounts, pc.if_else(pa.array(allocated), scalar(AmountBasis.ALLOCATED.value), none), odd


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
    flags: Flags = np.array(bad, dtype=bool)[pairs.indices.to_numpy(zero_copy_only=False)]
    return pa.array(read, pa.int64()).take(pairs.indices), flags


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
    usages = _whole(columns["usages"])
    made = {
        **columns,
        "line": pa.array(lines, pa.int64()),
        "reported_usages": usages,
        "usages": pc.subtract(usages, _whole(columns["returns"])),
        "amount_micro": amounts[0],
        "amount_basis": amounts[1],
        "part_from": pa.array(np.zeros(count, dtype=np.int64)),
        "part_to": pa.array(np.ones(count, dtype=np.int64)),
        "part_of": pa.array(np.ones(count, dtype=np.int64)),
    }
    return pa.Table.from_arrays([made[field.name] for field in WORKING], schema=WORKING)


def _whole(texts: pa.Array) -> pa.Array:
    """Return whole numbers; what is none is 0 here and its line is read by the walk."""
    if is_blank(texts):
        return pa.array(np.zeros(len(texts), dtype=np.int64))
    digits = _digits(texts)
    if pc.all(digits).as_py() is not False:
        return texts.cast(pa.int64())
    return pc.if_else(digits, texts, scalar("0")).cast(pa.int64())


def _count(walk: Walk, table: pa.Table, blocks: int, comments: int) -> None:
    """Move the walk's counts on for blocks that were read as columns."""
    walk.blocks += blocks
    walk.comments += comments
    sums = (
        table.select(["summary_id", "reported_usages"]).group_by("summary_id").aggregate([("reported_usages", "sum")])
    )
    for row in sums.to_pylist():
        key = row["summary_id"]
        walk.sums.used[key] = walk.sums.used.get(key, 0) + row["reported_usages_sum"]
