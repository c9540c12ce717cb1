"""The sales of a report as an Arrow table, one row for each `DsrSale`; texts are never null, "" stands for nothing."""

from collections.abc import Sequence

import pyarrow as pa

from muniment.kernel.formats.dsr.values import DsrSale

_TEXTS_BEFORE = ("block_id", "record", "summary_id", "sales_transaction_id")
_TEXTS = (
    "dsp_resource_id",
    "isrc",
    "iswc",
    "title",
    "sub_title",
    "display_artist",
    "composers",
    "arrangers",
    "publishers",
    "proprietary_work_id",
    "work_title",
    "release_id",
    "release_title",
    "used_from",
    "territory",
    "service",
    "commercial_model",
    "use_type",
    "currency",
    "amount_basis",
)
_NUMBERS = ("usages", "duration_ms", "amount_micro")

SALES = pa.schema(
    [
        pa.field("line", pa.int64(), nullable=False),
        *(pa.field(name, pa.string(), nullable=False) for name in _TEXTS_BEFORE),
        pa.field("usages", pa.int64(), nullable=False),
        *(pa.field(name, pa.string(), nullable=False) for name in _TEXTS),
        pa.field("duration_ms", pa.int64()),
        pa.field("amount_micro", pa.int64()),
    ]
)
"""One row for each sale, in the order of the file; several names stand in one text, parted by "; "."""

WORKING = pa.schema(
    [
        *SALES,
        pa.field("reported_usages", pa.int64(), nullable=False),
        pa.field("part_from", pa.int64(), nullable=False),
        pa.field("part_to", pa.int64(), nullable=False),
        pa.field("part_of", pa.int64(), nullable=False),
    ]
)
"""`SALES` and what the parting of a summary's revenue needs."""


def table_of(sales: Sequence[DsrSale]) -> pa.Table:
    """Return sales as a table of `WORKING`."""
    columns: dict[str, list[object]] = {name: [] for name in WORKING.names}
    for sale in sales:
        for name in (*_TEXTS_BEFORE, *_TEXTS, *_NUMBERS, "line", "reported_usages"):
            columns[name].append(_value(sale, name))
        for name, part in zip(("part_from", "part_to", "part_of"), sale.part, strict=True):
            columns[name].append(part)
    arrays = [pa.array(columns[field.name], field.type) for field in WORKING]
    return pa.Table.from_arrays(arrays, schema=WORKING)


def _value(sale: DsrSale, name: str) -> object:
    if name == "use_type":
        return sale.summary.use_type if sale.summary is not None else ""
    value = getattr(sale, name)
    return "; ".join(value) if isinstance(value, tuple) else value
