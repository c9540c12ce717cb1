"""The sales of a report as an Arrow table, one row for each `DsrSale`; texts are never null, "" stands for nothing."""

from collections.abc import Sequence
from operator import attrgetter

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
_NAMES = ("composers", "arrangers", "publishers")
_PARTS = ("part_from", "part_to", "part_of")

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
        *(pa.field(name, pa.int64(), nullable=False) for name in _PARTS),
    ]
)
"""`SALES` and what the parting of a summary's revenue needs."""


def table_of(sales: Sequence[DsrSale]) -> pa.Table:
    """Return sales as a table of `WORKING`."""
    arrays = [pa.array(_values(sales, field.name), field.type) for field in WORKING]
    return pa.Table.from_arrays(arrays, schema=WORKING)


def _values(sales: Sequence[DsrSale], name: str) -> list[object]:
    if name in _PARTS:
        return [sale.part[_PARTS.index(name)] for sale in sales]
    if name in _NAMES:
        return ["; ".join(getattr(sale, name)) for sale in sales]
    if name == "use_type":
        return [sale.summary.use_type if sale.summary is not None else "" for sale in sales]
    return list(map(attrgetter(name), sales))
