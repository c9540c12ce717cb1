"""Sales of a DSR become usage lines: as whole columns where nothing needs thought, row by row where something does."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from muniment.kernel.columns.schemas import USAGE_LINES
from muniment.kernel.formats.texts import UNUSUAL_LETTERS
from muniment.kernel.words.money import format_amount, micro_per_unit
from muniment.kernel.words.problems import UserError
from muniment.kernel.words.territory import parse_territory
from muniment.use.usages.bulk.lines import LineColumns, Reported
from muniment.use.usages.rules import DEFAULT_USE, LARGEST_AMOUNT, LARGEST_COUNT, ReportFacts, read_day

Places = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
_BROADCAST = "SU05"
_DAY_MS = 86_400_000
_UNSEEN = "[" + "".join(letter if letter == "-" else f"\\x{{{ord(letter):X}}}" for letter in UNUSUAL_LETTERS) + "]"
"""Characters that cannot be seen, in the words of Arrow's expressions."""
_EXTRA = {
    "resource": "dsp_resource_id",
    "sale": "sales_transaction_id",
    "summary": "summary_id",
    "service": "service",
    "commercial_model": "commercial_model",
    "release": "release_title",
    "work": "work_title",
    "amount from": "amount_basis",
}


def add_sales(columns: LineColumns, sales: pa.Table) -> None:
    """Take the sales of a DSR in their order; what a line makes of them does not depend on how they are read."""
    if not sales.num_rows:
        return
    sales = sales.combine_chunks()
    plain = _plain(sales, columns.facts)
    odd_rows = np.flatnonzero(~plain)
    if len(odd_rows) == sales.num_rows:
        for row in sales.to_pylist():
            columns.add(reported_sale(row))
        return
    chosen = sales.filter(pa.array(plain)) if len(odd_rows) else sales
    columns.line_count += chosen.num_rows
    batch = _lines_of(chosen.combine_chunks(), columns.facts)
    if len(odd_rows):
        batch = _with_odd(columns, batch, sales.take(pa.array(odd_rows)), np.flatnonzero(plain), odd_rows)
    columns.add_piece(batch)


def odd_sales(sales: pa.Table, facts: ReportFacts) -> Iterator[Reported]:
    """Give the sales of a DSR that a cell of is not understood, or only with a problem, as lines."""
    if sales.num_rows:
        sales = sales.combine_chunks()
        for row in sales.filter(pa.array(~_plain(sales, facts))).to_pylist():
            yield reported_sale(row)


def reported_sale(row: Mapping[str, object]) -> Reported:
    """Return a sale as a line; its numbers are written as the format writes them."""
    title, sub_title = str(row["title"]), str(row["sub_title"])
    duration_ms, amount, currency = row["duration_ms"], row["amount_micro"], str(row["currency"])
    cells = {
        "title": f"{title} ({sub_title})" if sub_title else title,
        "performer": str(row["display_artist"]),
        "writers": str(row["composers"]),
        "isrc": str(row["isrc"]),
        "iswc": str(row["iswc"]),
        "source_id": str(row["proprietary_work_id"]),
        "duration": "" if duration_ms is None else f"{duration_ms} ms",
        "count": str(row["usages"]),
        "used_at": str(row["used_from"]),
        "territory": str(row["territory"]),
        "amount": format_amount(amount, currency) if isinstance(amount, int) else "",
        "currency": currency if isinstance(amount, int) else "",
        "use": "feature" if row["record"] == _BROADCAST else "",
    }
    return Reported(int(str(row["line"])), cells, {name: str(row[column]) for name, column in _EXTRA.items()})


def _with_odd(
    columns: LineColumns, batch: pa.RecordBatch, odd: pa.Table, places: Places, odd_places: Places
) -> pa.RecordBatch:
    """Put lines that were read one by one between those that were read as columns."""
    read = [columns.row_of(reported_sale(row), 0) for row in odd.to_pylist()]
    kept = [(row, place) for row, place in zip(read, odd_places, strict=True) if row is not None]
    if not kept:
        return batch
    by_column = zip(*(row for row, _ in kept), strict=True)
    arrays = [pa.array(column, field.type) for column, field in zip(by_column, USAGE_LINES, strict=True)]
    both = pa.Table.from_batches([batch, pa.RecordBatch.from_arrays(arrays, schema=USAGE_LINES)])
    order = np.argsort(np.concatenate([places, np.array([place for _, place in kept])]), kind="stable")
    return both.take(pa.array(order)).combine_chunks().to_batches()[0]


def _mapped[Value](texts: pa.Array, read: Callable[[str], Value], kind: pa.DataType) -> tuple[pa.Array, Flags]:
    """Return what each different text is read as (null where blank or refused), and which were refused."""
    codes = texts.dictionary_encode()
    values: list[Value | None] = []
    refused: list[bool] = []
    for text in codes.dictionary.to_pylist():
        try:
            values.append(read(text) if text else None)
            refused.append(False)
        except UserError:
            values.append(None)
            refused.append(True)
    odd: Flags = np.array(refused, dtype=bool)[codes.indices.to_numpy(zero_copy_only=False)]
    return pa.array(values, kind).take(codes.indices), odd


def _column(sales: pa.Table, name: str) -> pa.Array:
    return sales.column(name).chunk(0)


def _day_of(facts: ReportFacts) -> Callable[[str], date]:
    return lambda text: read_day(text, facts.date_order, facts.period)


def _flags(values: pa.Array) -> Flags:
    return np.asarray(values.to_numpy(zero_copy_only=False), dtype=bool)


def _plain(sales: pa.Table, facts: ReportFacts) -> Flags:
    """Return which sales every cell of is understood without a problem."""
    usages, amounts = _column(sales, "usages"), _column(sales, "amount_micro")
    fine = pc.and_(pc.greater_equal(usages, 1), pc.less_equal(usages, LARGEST_COUNT))
    fine = pc.and_(fine, pc.less(pc.fill_null(_column(sales, "duration_ms"), 0), _DAY_MS))
    named = pc.not_equal(_column(sales, "title"), "")
    for name in ("sub_title", "isrc", "iswc", "proprietary_work_id"):
        named = pc.or_(named, pc.not_equal(_column(sales, name), ""))
    limits, unknown = _mapped(_column(sales, "currency"), _largest, pa.int64())
    small = pc.and_(pc.greater_equal(amounts, 0), pc.less(amounts, pc.fill_null(limits, 0)))
    fine = pc.and_(pc.and_(fine, named), pc.or_(pc.is_null(amounts), pc.fill_null(small, False)))
    plain = _flags(fine) & ~(unknown & _flags(pc.is_valid(amounts)))
    plain &= ~_mapped(_column(sales, "territory"), parse_territory, pa.int32())[1]
    days, unread = _mapped(_column(sales, "used_from"), _day_of(facts), pa.date32())
    plain &= ~unread
    inside = pc.and_(pc.greater_equal(days, facts.period.valid_from), pc.less(days, facts.period.valid_to))
    plain &= _flags(pc.fill_null(inside, True))
    for name in ("title", "sub_title", "display_artist", "composers"):
        plain &= ~_flags(pc.match_substring_regex(_column(sales, name), _UNSEEN))
    for name in _EXTRA.values():
        plain &= ~_flags(pc.match_substring_regex(_column(sales, name), r"[\x00-\x1f]"))
    return plain


def _largest(currency: str) -> int:
    """Return the first amount in micro-units that is too large; 0 for a currency that is not written in capitals."""
    return min(LARGEST_AMOUNT * micro_per_unit(currency), 2**63 - 1) if currency == currency.upper() else 0


def _or_null(texts: pa.Array) -> pa.Array:
    return pc.if_else(pc.equal(texts, ""), pa.scalar(None, pa.string()), texts)


def _lines_of(sales: pa.Table, facts: ReportFacts) -> pa.RecordBatch:
    """Return plain sales as USAGE_LINES without ids."""
    count = sales.num_rows
    title, sub_title = _column(sales, "title"), _column(sales, "sub_title")
    durations, amounts = _column(sales, "duration_ms"), _column(sales, "amount_micro")
    used_from, territory = _column(sales, "used_from"), _column(sales, "territory")
    has_sub = pc.not_equal(sub_title, "")
    whole = pc.if_else(has_sub, pc.binary_join_element_wise(title, pc.binary_join_element_wise("(", sub_title, ")", ""),
                                                            " "), title)  # fmt: skip
    broadcast = pc.equal(_column(sales, "record"), _BROADCAST)
    zeros = pa.array(np.zeros(count, dtype=np.int64))
    made: dict[str, pa.Array] = {
        "line_id": zeros,
        "report_id": zeros,
        "source_line": _column(sales, "line").cast(pa.int32()),
        "reported_title": _or_null(whole),
        "reported_performer": _or_null(_column(sales, "display_artist")),
        "reported_writers": _or_null(_column(sales, "composers")),
        "reported_isrc": _or_null(_column(sales, "isrc")),
        "reported_iswc": _or_null(_column(sales, "iswc")),
        "reported_source_id": _or_null(_column(sales, "proprietary_work_id")),
        "reported_duration": pc.binary_join_element_wise(durations.cast(pa.string()), "ms", " "),
        "reported_count": _column(sales, "usages").cast(pa.string()),
        "reported_time": _or_null(used_from),
        "reported_territory": _or_null(territory),
        "reported_amount": _shown(amounts, _column(sales, "currency")),
        "reported_use": pc.if_else(broadcast, "feature", pa.scalar(None, pa.string())),
        "reported_extra": _extra(sales),
        "isrc": _or_null(_column(sales, "isrc")),
        "iswc": _or_null(_column(sales, "iswc")),
        "duration_ms": durations,
        "use_count": _column(sales, "usages"),
        "used_on": pc.fill_null(_mapped(used_from, _day_of(facts), pa.date32())[0], facts.period.valid_from),
        "territory": pc.fill_null(_mapped(territory, parse_territory, pa.int32())[0], facts.territory),
        "use_kind": pc.if_else(broadcast, "feature", facts.use or DEFAULT_USE[facts.form]),
        "amount_micro": amounts,
        "currency": pc.if_else(pc.is_valid(amounts), _column(sales, "currency"), pa.scalar(None, pa.string())),
    }
    return pa.RecordBatch.from_arrays([made[field.name].cast(field.type) for field in USAGE_LINES], schema=USAGE_LINES)


def _shown(amounts: pa.Array, currencies: pa.Array) -> pa.Array:
    """Return amounts as the format writes them, null where there is none."""
    if amounts.null_count == len(amounts):
        return pa.nulls(len(amounts), pa.string())
    pairs = zip(amounts.to_pylist(), currencies.to_pylist(), strict=True)
    return pa.array([None if amount is None else format_amount(amount, unit) for amount, unit in pairs], pa.string())


def _extra(sales: pa.Table) -> pa.Array:
    """Return the other columns of each sale as JSON, null where all are blank."""
    pieces: list[pa.Array] = []
    for name, column in _EXTRA.items():
        texts = _column(sales, column)
        if pc.all(pc.equal(texts, "")).as_py():
            continue
        escaped = pc.replace_substring(pc.replace_substring(texts, "\\", "\\\\"), '"', '\\"')
        piece = pc.binary_join_element_wise(f',"{name}":"', escaped, '"', "")
        pieces.append(pc.if_else(pc.equal(texts, ""), "", piece))
    if not pieces:
        return pa.nulls(sales.num_rows, pa.string())
    joined = pc.binary_join_element_wise(*pieces, "")
    body = pc.utf8_slice_codeunits(joined, 1)
    return pc.if_else(
        pc.equal(joined, ""), pa.scalar(None, pa.string()), pc.binary_join_element_wise("{", body, "}", "")
    )
