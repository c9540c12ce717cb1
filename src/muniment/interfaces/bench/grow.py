"""A repertoire grown by recombination: the real works stay as they are, and as many more as wanted are put beside them.

A new title is the beginning of one real title and the end of another of the same language, cut at a random word; about
a tenth of them are real titles again, as titles are shared in the real world. A new person is the first names of one
real person and the last name of another; a few persons are busy and most are not. A new work has as many writers and
known recordings as some real work has, and two of three have an ISWC that no one gave out. What it is not: its words
are as frequent as in the repertoire it grew from, so one grown fifty-fold has more works to a word than a real one of
that size; and it has no translations, adaptations or misspelt doubles. The same seed grows the same repertoire.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from muniment.interfaces.bench.tasks import tables_of
from muniment.kernel.words.problems import Progress, UserError, silent

Ints = np.ndarray[tuple[int], np.dtype[np.int64]]

WORKS_AT_ONCE = 100_000
"""The works of one row group: what is in memory at a time."""

_ISWC_PERCENT = 66
_FIRST_ISWC = 800_000_000
_OTHER_TITLE_PERCENT = 20
"""How many of a hundred recordings have another title than their work."""

_SKEW = 2.5
"""Persons are drawn as u ** _SKEW of the pool, u uniform: one in a hundred persons has a sixth of the credits."""

_WRITER = pa.struct(
    [
        ("name", pa.string()),
        ("role", pa.string()),
        ("ipi", pa.string()),
        ("aliases", pa.list_(pa.string())),
        ("society", pa.string()),
    ]
)
_RECORDING = pa.struct([("title", pa.string()), ("performer", pa.string())])
REPERTOIRE = pa.schema(
    [
        ("work_id", pa.int64()),
        ("iswc", pa.string()),
        ("title", pa.string()),
        ("language", pa.string()),
        ("writers", pa.list_(_WRITER)),
        ("publishers", pa.list_(pa.string())),
        ("recordings", pa.list_(_RECORDING)),
    ]
)


class CannotGrow(UserError):
    """The repertoire is empty, or already as large as asked."""


@dataclass(frozen=True, slots=True)
class Stock:
    """What new works are made of.

    Works are in the order of their languages; `begin` and `size` say for each work where its language lies.
    """

    language: pa.Array
    begin: Ints
    size: Ints
    title_starts: pa.Array
    title_ends: pa.Array
    first_names: pa.Array
    last_names: pa.Array
    writer_counts: Ints
    recording_counts: Ints
    persons: int
    next_id: int


def grow(task: Path, out: Path, works: int, seed: int, progress: Progress = silent) -> None:
    """Write a task whose repertoire has `works` works, the real ones with their ids first; lines and truth stay.

    `progress` in works.

    Raises:
        CannotGrow: there is nothing to grow from, or nothing to add.
    """
    file = pq.ParquetFile(task / "repertoire.parquet")
    real = file.metadata.num_rows
    if not 0 < real < works:
        raise CannotGrow(f"The repertoire has {real:,} works.", f"It can grow to more than that, not to {works:,}.")
    out.mkdir(parents=True, exist_ok=True)
    for path in task.glob("*.parquet"):
        if path.name != "repertoire.parquet":
            shutil.copyfile(path, out / path.name)
    stock = read_stock(file.read(), works, seed)
    with pq.ParquetWriter(out / "repertoire.parquet", REPERTOIRE, compression="zstd") as writer:
        for batch in file.iter_batches(batch_size=WORKS_AT_ONCE):
            writer.write_table(_in_form(batch))
        for number, start in enumerate(range(real, works, WORKS_AT_ONCE)):
            progress(start, works)
            count = min(WORKS_AT_ONCE, works - start)
            writer.write_table(new_works(stock, start - real, count, np.random.default_rng([seed, number])))
    progress(works, works)


def read_stock(repertoire: pa.Table, works: int, seed: int) -> Stock:
    """Return what new works are made of; titles and names are cut by `seed`."""
    rng = np.random.default_rng(seed)
    language = repertoire.column("language").cast(pa.string())
    order = pc.sort_indices(pc.fill_null(language, ""))
    language = language.take(order).combine_chunks()
    keys = pc.fill_null(language, "").dictionary_encode().indices.to_numpy().astype(np.int64)
    starts = np.flatnonzero(np.append(True, keys[1:] != keys[:-1]))
    sizes = np.diff(np.append(starts, len(keys)))
    batch = repertoire.combine_chunks().to_batches()[0]
    tables = tables_of(batch)
    names = pc.unique(tables["names"].column("name"))
    title_starts, title_ends = _cut(repertoire.column("title").take(order).to_pylist(), rng, at_last=False)
    first_names, last_names = _cut(names.to_pylist(), rng, at_last=True)
    return Stock(
        language,
        np.repeat(starts, sizes),
        np.repeat(sizes, sizes),
        title_starts,
        title_ends,
        first_names,
        last_names,
        _counts(repertoire, "writers"),
        _counts(repertoire, "recordings"),
        max(works // 2, 1),
        int(pc.max(repertoire.column("work_id")).as_py()) + 1,
    )


def new_works(stock: Stock, start: int, count: int, rng: np.random.Generator) -> pa.Table:
    """Return `count` works of REPERTOIRE, the first of them the one of number `start` among the new."""
    like = rng.integers(0, len(stock.language), count)
    title = _titles(stock, like, rng)
    writers = rng.choice(stock.writer_counts, count)
    recordings = rng.choice(stock.recording_counts, count)
    columns = [
        pa.array(np.arange(count) + stock.next_id + start),
        _iswcs(start, count, rng),
        title,
        stock.language.take(pa.array(like)),
        _lists(writers, lambda total, _: _writers(_persons(stock, total, rng), total)),
        _lists(np.zeros(count, np.int64), lambda *_: pa.array([], pa.string())),
        _lists(recordings, lambda total, owner: _recordings(stock, title, like, owner, total, rng)),
    ]
    return pa.table(columns, schema=REPERTOIRE)


def _titles(stock: Stock, like: Ints, rng: np.random.Generator) -> pa.Array:
    """Return titles, each the beginning of the title of `like` and the end of another one of its language."""
    other = stock.begin[like] + (rng.random(len(like)) * stock.size[like]).astype(np.int64)
    return _joined(stock.title_starts.take(pa.array(like)), stock.title_ends.take(pa.array(other)))


def _persons(stock: Stock, count: int, rng: np.random.Generator) -> pa.Array:
    """Return names of persons drawn from the pool; person number n has always the same name."""
    person = (stock.persons * rng.random(count) ** _SKEW).astype(np.uint64)
    first = _mixed(person, 1) % np.uint64(len(stock.first_names))
    last = _mixed(person, 2) % np.uint64(len(stock.last_names))
    return _joined(stock.first_names.take(pa.array(first)), stock.last_names.take(pa.array(last)))


def _writers(names: pa.Array, count: int) -> pa.Array:
    nothing = pa.nulls(count, pa.string())
    aliases = pa.ListArray.from_arrays(pa.array(np.zeros(count + 1, np.int32)), pa.array([], pa.string()))
    columns = [names, pa.repeat("CA", count), nothing, aliases, nothing]
    return pa.StructArray.from_arrays(columns, fields=list(_WRITER))


def _recordings(
    stock: Stock, title: pa.Array, like: Ints, owner: Ints, count: int, rng: np.random.Generator
) -> pa.Array:
    """Return recordings: most with the title of their work `owner`, some with another one of its language."""
    other = rng.integers(0, 100, count) < _OTHER_TITLE_PERCENT
    titles = pc.if_else(pa.array(other), _titles(stock, like[owner], rng), title.take(pa.array(owner)))
    return pa.StructArray.from_arrays([titles, _persons(stock, count, rng)], fields=list(_RECORDING))


def _lists(counts: Ints, make: Callable[[int, Ints], pa.Array]) -> pa.Array:
    """Return lists of so many elements, which `make` returns for a total and for the owner of each."""
    offsets = np.concatenate(([0], np.cumsum(counts)))
    owner = np.repeat(np.arange(len(counts)), counts)
    return pa.ListArray.from_arrays(pa.array(offsets.astype(np.int32)), make(int(offsets[-1]), owner))


def _iswcs(start: int, count: int, rng: np.random.Generator) -> pa.Array:
    """Return ISWCs with their check digit, ascending with the number of the work; null for some."""
    number = _FIRST_ISWC + (np.arange(count) + start) % 100_000_000
    digits = number[:, None] // 10 ** np.arange(8, -1, -1) % 10
    check = (10 - (1 + (digits * np.arange(1, 10)).sum(axis=1)) % 10) % 10
    texts = pc.binary_join_element_wise("T", pa.array(number * 10 + check).cast(pa.string()), "")
    return pc.if_else(pa.array(rng.integers(0, 100, count) < _ISWC_PERCENT), texts, pa.nulls(count, pa.string()))


def _cut(texts: list[str], rng: np.random.Generator, *, at_last: bool) -> tuple[pa.Array, pa.Array]:
    """Return the beginnings and the ends of texts, cut before a random or the last word; an end is never empty."""
    starts, ends = [], []
    for text in texts:
        words = text.split() or [text]
        place = len(words) - 1 if at_last else int(rng.integers(0, len(words)))
        starts.append(" ".join(words[:place]))
        ends.append(" ".join(words[place:]))
    return pa.array(starts, pa.string()), pa.array(ends, pa.string())


def _joined(left: pa.Array, right: pa.Array) -> pa.Array:
    return pc.utf8_trim_whitespace(pc.binary_join_element_wise(left, right, " "))


def _counts(repertoire: pa.Table, column: str) -> Ints:
    return np.asarray(pc.fill_null(pc.list_value_length(repertoire.column(column)), 0).to_numpy(), dtype=np.int64)


def _mixed(numbers: np.ndarray[Any, Any], salt: int) -> np.ndarray[Any, Any]:
    """Return numbers that look random, always the same for the same number and salt (SplitMix64)."""
    mixed = numbers + np.uint64(salt * 0x9E3779B97F4A7C15 % 2**64)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))


def _in_form(batch: pa.RecordBatch) -> pa.Table:
    """Return real works with the columns of REPERTOIRE; what they lack is null."""
    columns = [
        batch.column(field.name).cast(field.type)
        if field.name in batch.schema.names
        else pa.nulls(batch.num_rows, field.type)
        for field in REPERTOIRE
    ]
    return pa.table(columns, schema=REPERTOIRE)
