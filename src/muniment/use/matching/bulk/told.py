"""What people decided, and the model they chose, leaving the database: for workers that match without it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from muniment.kernel.columns.cluster import EVERYBODY, Told
from muniment.kernel.columns.tables import read_table, write_table
from muniment.kernel.words.problems import BadFile
from muniment.use.matching.bulk.match import TOLD_QUERIES
from muniment.use.matching.rules.choices import USUAL, read_choice
from muniment.use.matching.rules.scoring import BadModel

KEPT_DECISIONS = pa.schema(
    [
        pa.field("memory_key", pa.string(), nullable=False),
        pa.field("source_code", pa.string(), nullable=False),  # empty: for every source
        pa.field("work_id", pa.int64(), nullable=False),
        pa.field("is_work", pa.bool_(), nullable=False),  # false: not this work
    ]
)
"""The decisions that hold, of every source; one row a memory key, source and work."""

REPORT_SOURCES = pa.schema(
    [pa.field("report_id", pa.int64(), nullable=False), pa.field("source_code", pa.string(), nullable=False)]
)
"""Which source each report came from."""

_FILES = {"decisions": KEPT_DECISIONS, "sources": REPORT_SOURCES}
_CHOICE = "model.json"


@dataclass(frozen=True, slots=True)
class KnownDecisions:
    """KEPT_DECISIONS, the REPORT_SOURCES for which those of one source hold, and which model matches."""

    decisions: pa.Table
    sources: pa.Table
    choice: str = USUAL


NO_DECISIONS = KnownDecisions(KEPT_DECISIONS.empty_table(), REPORT_SOURCES.empty_table())


def write_decisions(known: KnownDecisions, folder: Path) -> None:
    """Write decisions.parquet and sources.parquet into `folder`, which is made; model.json where one was chosen."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in _FILES:
        write_table(getattr(known, name), folder / f"{name}.parquet")
    if known.choice == USUAL:
        (folder / _CHOICE).unlink(missing_ok=True)
    else:
        (folder / _CHOICE).write_text(known.choice, encoding="utf-8")


def read_decisions(folder: Path) -> KnownDecisions:
    """Read what `write_decisions` wrote.

    Raises:
        BadFile: a file is missing, cannot be read, or has other columns; the model is not one for this version.
    """
    tables = []
    for name, schema in _FILES.items():
        path = folder / f"{name}.parquet"
        try:
            tables.append(read_table(path).select(schema.names).cast(schema))
        except (OSError, KeyError, ValueError, pa.ArrowException) as error:
            raise BadFile(
                f"{path} does not hold {name} of people: {error}.", "Write it with: muniment cluster decisions"
            ) from None
    decisions, sources = tables
    return KnownDecisions(decisions, sources, _read_choice(folder / _CHOICE))


def _read_choice(path: Path) -> str:
    """Return the choice that a file holds; the usual one without a file."""
    if not path.exists():
        return USUAL
    try:
        text = path.read_text(encoding="utf-8")
        read_choice(text)
    except (OSError, UnicodeDecodeError, BadModel) as error:
        raise BadFile(f"{path} holds no model: {error}", "Write it with: muniment cluster decisions") from None
    return text


def told_by(known: KnownDecisions, circles: pa.Table) -> Told:
    """Return decisions as the cluster hands them on: for each memory key and source what holds, the source's own first.

    `circles` has the source (`circle`) of each `scope` of the lines.
    """
    ordered = known.decisions.sort_by([(name, "ascending") for name in ("memory_key", "source_code", "work_id")])
    said: dict[str, dict[str, list[tuple[int, bool]]]] = {}
    for key, source, work_id, is_work in zip(*(column.to_pylist() for column in ordered.columns), strict=True):
        said.setdefault(key, {}).setdefault(source, []).append((work_id, is_work))
    columns = [list(column) for column in zip(*_remarks(said), strict=True)] or [[], [], [], []]
    fields = [pa.field("key", pa.string()), pa.field("circle", pa.string()), *list(TOLD_QUERIES)[-2:]]
    return Told(pa.table(columns, schema=pa.schema(fields)), circles)


def _remarks(said: dict[str, dict[str, list[tuple[int, bool]]]]) -> Iterator[tuple[str, str, list[int], list[bool]]]:
    for key, by_source in said.items():
        for source, own in by_source.items():
            holds = own if source == EVERYBODY else own + by_source.get(EVERYBODY, [])
            yield key, source, [work_id for work_id, _ in holds], [is_work for _, is_work in holds]
