"""Arrow tables on disk and their digests."""

import hashlib
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq


def write_table(table: pa.Table, path: Path) -> None:
    """Write `table` as one zstd Parquet file: to a name beside `path` first, so `path` is whole or absent."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(path.name + ".unfinished")
    pq.write_table(table, unfinished, compression="zstd")
    unfinished.replace(path)


def read_table(path: Path) -> pa.Table:
    """Read a Parquet file that `write_table` wrote."""
    return pq.read_table(path, memory_map=False)


def digest_table(table: pa.Table) -> str:
    """Return the SHA-256 of the names, types and values of `table`, row order included.

    The digest depends on the values only, not on chunks, offsets, dictionaries or compression: each column adds its
    name, its type, its validity as bytes and its values (fixed-width numbers little-endian, null as zero; strings as
    UTF-8 behind their lengths).
    """
    whole = hashlib.sha256(f"rows={table.num_rows}".encode())
    for name in table.column_names:
        column = table.column(name).combine_chunks()
        if isinstance(column, pa.ChunkedArray):
            column = pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)
        whole.update(f"\n{name}:{column.type}\n".encode())
        whole.update(_column_bytes(column))
    return whole.hexdigest()


def _column_bytes(column: pa.Array) -> bytes:
    validity = pc.is_valid(column).cast(pa.uint8()).to_numpy(zero_copy_only=False).tobytes()
    if pa.types.is_string(column.type):
        filled = pc.fill_null(column, "")
        lengths = pc.binary_length(filled).to_numpy(zero_copy_only=False).astype("<i8").tobytes()
        joined = (
            pc.binary_join(pa.ListArray.from_arrays([0, len(filled)], filled), "").to_pylist()[0] if len(filled) else ""
        )
        return hashlib.sha256(validity + lengths + (joined or "").encode()).digest()
    if pa.types.is_date32(column.type):
        column = column.cast(pa.int32())
    if not (pa.types.is_integer(column.type) or pa.types.is_boolean(column.type)):
        raise TypeError(f"no canonical bytes for a column of {column.type}")
    values = pc.fill_null(column.cast(pa.int64()), 0).to_numpy(zero_copy_only=False).astype("<i8")
    return hashlib.sha256(validity + values.tobytes()).digest()
