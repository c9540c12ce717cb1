"""A matching task: a folder with a repertoire, usage lines and, where known, the truth, all in Parquet.

The form: `repertoire.parquet`, a row a work, with work_id, iswc, title, language, writers (name, role, ipi, aliases,
society), publishers and recordings (title, performer, and where known isrc); `NAME.parquet`, a row a line, with
line_id, title, performer, writers and where known isrc, iswc, source_id; `truth.parquet` (or `NAME_truth.parquet`, of
these lines only), with line_id and true_work_ids, empty where the repertoire does not have the work.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from muniment.kernel.columns.schemas import (
    REPERTOIRE_CODES,
    REPERTOIRE_NAMES,
    REPERTOIRE_RECORDINGS,
    REPERTOIRE_TITLES,
)
from muniment.kernel.words.problems import Progress, UserError, silent

QUERY_TEXTS = ("title", "performer", "writers", "isrc", "iswc", "source_id")
LINES = pa.schema(
    [pa.field("line_id", pa.int64(), nullable=False), *(pa.field(name, pa.string()) for name in QUERY_TEXTS)]
)
"""Usage lines as a matcher is asked."""

_FORM = "See docs/matching-benchmark.md for the form."
_WORKS_AT_ONCE = 20_000
_LINES_AT_ONCE = 65_536


class NoTask(UserError):
    """A folder is no matching task, or its files lack something."""


@dataclass(frozen=True, slots=True)
class Task:
    """One file of usage lines over one repertoire."""

    folder: Path
    usage: str

    @property
    def name(self) -> str:
        """Return what results of this task are kept under."""
        return f"{self.folder.name}-{self.usage}"

    @property
    def truth_path(self) -> Path:
        """Return the file of the truth, of these lines only if there is one."""
        own = self.folder / f"{self.usage}_truth.parquet"
        return own if own.exists() else self.folder / "truth.parquet"


@dataclass(frozen=True, slots=True)
class RepertoireTables:
    """A repertoire as the index reads it; the tables may be memory-mapped files."""

    titles: pa.Table
    names: pa.Table
    codes: pa.Table
    recordings: pa.Table


def open_task(folder: Path, usage: str) -> Task:
    """Return the task.

    Raises:
        NoTask: a file is missing, cannot be read, or lacks a column that nothing can be done without; a column is of
            another type than it must be.
    """
    task = Task(folder, usage)
    _need(folder / "repertoire.parquet", ("work_id", "title"))
    _need(folder / f"{usage}.parquet", ("line_id", "title"))
    if task.truth_path.exists():
        _need(task.truth_path, ("line_id", "true_work_ids"))
    return task


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_null(kind))


def _is_list(kind: pa.DataType) -> bool:
    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind))


def _are_structs(*names: str) -> Callable[[pa.DataType], bool]:
    def fits(kind: pa.DataType) -> bool:
        if not _is_list(kind) or not pa.types.is_struct(kind.value_type):
            return False
        fields = {field.name: field.type for field in kind.value_type}
        return all(name in fields and _is_text(fields[name]) for name in names)

    return fits


_KINDS: dict[str, tuple[str, Callable[[pa.DataType], bool]]] = {
    "work_id": ("whole numbers", pa.types.is_integer),
    "line_id": ("whole numbers", pa.types.is_integer),
    "title": ("text", _is_text),
    "true_work_ids": ("lists of whole numbers", lambda kind: _is_list(kind) and pa.types.is_integer(kind.value_type)),
    "recordings": ("lists of title and performer", _are_structs("title", "performer")),
}
"""What the columns hold; `writers` are texts in lines and lists in a repertoire."""
_OF_REPERTOIRE = {"writers": ("lists of name and others", _are_structs("name"))}
_OF_LINES = dict.fromkeys(("performer", "writers"), ("text", _is_text))


def _need(path: Path, columns: tuple[str, ...]) -> None:
    if not path.is_file():
        raise NoTask(f"{path} is not there.", "A task has repertoire.parquet and NAME.parquet, given as --usage NAME.")
    try:
        held = pq.read_schema(path)
    except (OSError, pa.ArrowException) as error:
        raise NoTask(f"{path} is no Parquet file: {error}.", "Write it again.") from error
    lacking = [name for name in columns if name not in held.names]
    if lacking:
        raise NoTask(f"{path} has no column {', '.join(lacking)}.", _FORM)
    kinds = _KINDS | (_OF_REPERTOIRE if "work_id" in columns else _OF_LINES)
    for field in held:
        said, fits = kinds.get(field.name, ("", None))
        if fits is not None and not fits(field.type):
            raise NoTask(f"{path}: the column {field.name} holds {field.type}, not {said}.", _FORM)


def read_lines(task: Task) -> pa.Table:
    """Return the usage lines of a task as LINES; a column that the file lacks is null."""
    return pa.Table.from_batches(list(line_batches(task)), LINES)


def line_batches(task: Task) -> Iterator[pa.RecordBatch]:
    """Yield the usage lines of a task as batches of LINES, codes without the marks between their parts."""
    file = pq.ParquetFile(task.folder / f"{task.usage}.parquet")
    held = [name for name in LINES.names if name in file.schema_arrow.names]
    for batch in file.iter_batches(batch_size=_LINES_AT_ONCE, columns=held):
        columns = []
        for field in LINES:
            if field.name not in held:
                columns.append(pa.nulls(batch.num_rows, field.type))
                continue
            column = batch.column(field.name).cast(field.type)
            columns.append(plain_code(column) if field.name in ("isrc", "iswc") else column)
        yield pa.RecordBatch.from_arrays(columns, schema=LINES)


def read_truth(task: Task) -> pa.Table:
    """Return the truth: line_id, true_work_ids.

    Raises:
        NoTask: the task has none.
    """
    if not task.truth_path.exists():
        raise NoTask(f"{task.truth_path} is not there.", "Without the truth a task can be matched, but not measured.")
    try:
        return pq.read_table(task.truth_path, columns=["line_id", "true_work_ids"])
    except (OSError, pa.ArrowException) as error:
        raise NoTask(f"{task.truth_path} cannot be read: {error}.", "Write it again.") from error


def convert_repertoire(path: Path, folder: Path, progress: Progress = silent) -> RepertoireTables:
    """Write a repertoire's index tables into `folder`, some works at a time, and return them memory-mapped.

    Titles of recordings are alternate titles, aliases of writers are further names. `progress` in works.
    """
    folder.mkdir(parents=True, exist_ok=True)
    schemas = {
        "titles": REPERTOIRE_TITLES,
        "names": REPERTOIRE_NAMES,
        "codes": REPERTOIRE_CODES,
        "recordings": REPERTOIRE_RECORDINGS,
    }
    file = pq.ParquetFile(path)
    done = 0
    with ExitStack() as open_files:
        writers = {
            name: open_files.enter_context(pa.ipc.new_file(str(folder / f"{name}.arrow"), schema))
            for name, schema in schemas.items()
        }
        for works in file.iter_batches(batch_size=_WORKS_AT_ONCE):
            for name, table in tables_of(works).items():
                writers[name].write_table(table.cast(schemas[name]))
            done += works.num_rows
            progress(done, file.metadata.num_rows)
    tables = {name: pa.ipc.open_file(pa.memory_map(str(folder / f"{name}.arrow"))).read_all() for name in schemas}
    return RepertoireTables(**tables)


def tables_of(works: pa.RecordBatch) -> dict[str, pa.Table]:
    """Return the titles, names, codes and recordings of some works."""
    work_id, title = works.column("work_id").cast(pa.int64()), pc.fill_null(works.column("title"), "")
    names = works.schema.names
    recordings = _recordings(works) if "recordings" in names else []
    titles = _union([(work_id, title), *((ids, columns["title"]) for ids, columns in recordings)])
    performers = _union([(ids, columns["performer"]) for ids, columns in recordings])
    writers = _union(list(_writers(works)) if "writers" in names else [])
    codes = [_codes("iswc", work_id, works.column("iswc"), title)] if "iswc" in names else []
    codes += [
        _codes("isrc", ids, columns["isrc"], columns["title"]) for ids, columns in recordings if "isrc" in columns
    ]
    roles = [_with_role(writers, "writer"), _with_role(performers, "performer")]
    pairs = [
        pa.table([ids, columns["title"], columns["performer"]], schema=REPERTOIRE_RECORDINGS)
        for ids, columns in recordings
    ]
    return {
        "titles": titles.rename_columns(["work_id", "title"]),
        "names": pa.concat_tables(roles),
        "codes": pa.concat_tables(codes) if codes else REPERTOIRE_CODES.empty_table(),
        "recordings": _named(pairs[0]) if pairs else REPERTOIRE_RECORDINGS.empty_table(),
    }


def _named(recordings: pa.Table) -> pa.Table:
    """Return each recording once, without those that have neither a title nor a performer."""
    told = pc.not_equal(pc.binary_join_element_wise(recordings.column("title"), recordings.column("performer"), ""), "")
    return recordings.filter(told).group_by(REPERTOIRE_RECORDINGS.names).aggregate([])


def _recordings(works: pa.RecordBatch) -> list[tuple[pa.Array, dict[str, pa.Array]]]:
    """Return the work ids and the texts of the known recordings: one element, for symmetry with what is joined."""
    lists = works.column("recordings")
    flat = pc.list_flatten(lists)
    ids = works.column("work_id").cast(pa.int64()).take(pc.list_parent_indices(lists))
    held = {field.name for field in flat.type} if pa.types.is_struct(flat.type) else set()
    texts = {
        name: pc.fill_null(pc.struct_field(flat, name).cast(pa.string()), "")
        for name in ("title", "performer", "isrc")
        if name in held
    }
    return [(ids, texts)] if {"title", "performer"} <= held else []


def _writers(works: pa.RecordBatch) -> Iterator[tuple[pa.Array, pa.Array]]:
    """Yield work ids and names: the writers' own, then their aliases."""
    lists = works.column("writers")
    flat = pc.list_flatten(lists)
    if not pa.types.is_struct(flat.type):
        return
    ids = works.column("work_id").cast(pa.int64()).take(pc.list_parent_indices(lists))
    yield ids, pc.struct_field(flat, "name")
    if "aliases" in {field.name for field in flat.type}:
        aliases = pc.struct_field(flat, "aliases")
        if not pa.types.is_null(aliases.type.value_type):
            yield ids.take(pc.list_parent_indices(aliases)), pc.list_flatten(aliases)


def _union(parts: list[tuple[pa.Array, pa.Array]]) -> pa.Table:
    """Return each (work, text) once, without empty texts."""
    if not parts:
        return pa.table({"work_id": pa.array([], pa.int64()), "text": pa.array([], pa.string())})
    table = pa.concat_tables(pa.table({"work_id": ids, "text": text.cast(pa.string())}) for ids, text in parts)
    return _filled(table, "text").group_by(["work_id", "text"]).aggregate([])


def _filled(table: pa.Table, column: str) -> pa.Table:
    return table.filter(pc.fill_null(pc.not_equal(table.column(column), ""), False))


def _with_role(names: pa.Table, role: str) -> pa.Table:
    texts = [names.column("work_id"), names.column("text"), pa.repeat(role, len(names))]
    return pa.table(texts, schema=REPERTOIRE_NAMES)


def plain_code(codes: pa.Array) -> pa.Array:
    """Return codes without the marks between their parts, in capitals; empty where there is none."""
    return pc.utf8_upper(pc.replace_substring_regex(pc.fill_null(codes.cast(pa.string()), ""), "[^0-9A-Za-z]", ""))


def _codes(kind: str, work_id: pa.Array, code: pa.Array, title: pa.Array) -> pa.Table:
    kinds = pa.repeat(kind, len(code))
    table = pa.table([work_id, kinds, plain_code(code), title], names=REPERTOIRE_CODES.names)
    return _filled(table, "code").cast(REPERTOIRE_CODES)
