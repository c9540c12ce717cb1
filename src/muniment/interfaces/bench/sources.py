"""Tasks made of data that others publish: each becomes a folder of the one form, see `tasks`.

None of the data is in the repository; `docs/matching-benchmark.md` says where it comes from and what its licence is.
"""

import csv
import gzip
import shutil
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from muniment.interfaces.bench.tasks import LINES, plain_code
from muniment.kernel.words.digests import digest_bytes
from muniment.kernel.words.problems import UserError

TRUTH = pa.schema([pa.field("line_id", pa.int64(), nullable=False), pa.field("true_work_ids", pa.list_(pa.int64()))])

_KNOWN_PERCENT = 85
"""How many of a hundred ISRCs a society knows; the lines of the others cannot be told by them."""

URDU_SCRIPTS = {"urdu": "title_urdu", "hindi": "title_hindi", "roman": "title_roman"}


class NoSource(UserError):
    """A file is not of the form that a task is made of."""


Line = dict[str, Any]


def youtube_task(titles: Path, repertoire: Path, out: Path) -> Path:
    """Make a task of video titles and channels over the repertoire of another task.

    `titles` has tab-separated columns video_title, channel and largeshs_work_ids (separated by semicolons). A line
    whose work the repertoire does not have must stay unmatched; one whose work nobody knows is left out.

    Raises:
        NoSource: a column is missing.
    """
    known = set(pq.read_table(repertoire, columns=["work_id"]).column("work_id").to_pylist())
    lines, truth = [], []
    for number, row in enumerate(_rows(titles, "\t", ("video_title", "channel", "largeshs_work_ids"))):
        works = [int(work) for work in row["largeshs_work_ids"].split(";") if work]
        if not works:
            continue
        lines.append({"line_id": number, "title": row["video_title"], "performer": row["channel"] or None})
        truth.append((number, [work for work in works if work in known]))
    out.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(repertoire, out / "repertoire.parquet")
    return _write_usage(out, "usage", lines, truth)


def isrc_task(codes: Path, repertoire: Path, out: Path) -> Path:
    """Make a task of lines that report an ISRC and nothing else, over the repertoire of another task.

    `codes` has semicolon-separated columns iswc and isrc: which work a recording is of. The society knows 85 of a
    hundred ISRCs of its works, drawn by a digest; each is reported once, written in one of three ways. An ISRC that it
    does not know must stay unmatched.

    Raises:
        NoSource: a column is missing.
    """
    held = [name for name in pq.read_schema(repertoire).names if name != "recordings"]
    works = pq.read_table(repertoire, columns=held)
    work_of = defaultdict(list)
    iswcs, ids = plain_code(works.column("iswc")).to_pylist(), works.column("work_id").to_pylist()
    for iswc, work in zip(iswcs, ids, strict=True):
        if iswc:
            work_of[iswc].append(work)
    works_of: dict[str, set[int]] = defaultdict(set)
    known: dict[int, list[str]] = defaultdict(list)
    for row in _rows(codes, ";", ("iswc", "isrc")):
        isrc = row["isrc"].strip().upper()
        if isrc and row["iswc"] in work_of:
            works_of[isrc].update(work_of[row["iswc"]])
    lines, truth = [], []
    for number, (isrc, true_ids) in enumerate(sorted(works_of.items())):
        is_known = _drawn(isrc) < _KNOWN_PERCENT
        for work in true_ids if is_known else ():
            known[work].append(isrc)
        lines.append({"line_id": number, "title": None, "isrc": _written(isrc, number)})
        truth.append((number, sorted(true_ids) if is_known else []))
    out.mkdir(parents=True, exist_ok=True)
    lists = [[{"title": "", "performer": "", "isrc": isrc} for isrc in known[work]] for work in ids]
    kind = pa.list_(pa.struct([(name, pa.string()) for name in ("title", "performer", "isrc")]))
    pq.write_table(works.append_column("recordings", pa.array(lists, kind)), out / "repertoire.parquet")
    return _write_usage(out, "usage", lines, truth)


def urdu_task(titles: Path, indexed: str, out: Path) -> Path:
    """Make a task of song titles: the works are known in one script, the lines report them in the other two.

    `titles` has tab-separated columns title_urdu, title_hindi and title_roman; `indexed` is one of URDU_SCRIPTS.

    Raises:
        NoSource: a column is missing.
    """
    rows = list(_rows(titles, "\t", tuple(URDU_SCRIPTS.values())))
    works = [(number, row[URDU_SCRIPTS[indexed]]) for number, row in enumerate(rows, 1)]
    asked = [
        (work, row[column])
        for script, column in URDU_SCRIPTS.items()
        if script != indexed
        for work, row in enumerate(rows, 1)
    ]
    return _ranking_task(works, asked, out)


def names_task(names: Path, to_latin: bool, out: Path) -> Path:
    """Make a task of names in two scripts: one side is indexed, each name of the other asks for it.

    `names` has no header and tab-separated columns: the name in Latin letters, in the other script with a blank between
    letters, a count. With `to_latin` the Latin names are indexed. A name that has several forms asks once for each.

    Raises:
        NoSource: a row has fewer than two columns.
    """
    pairs = []
    for row in _open_rows(names, "\t"):
        if len(row) < 2:
            raise NoSource(f"{names} has a row of {len(row)} columns.", "It needs a name in Latin letters and another.")
        pairs.append((row[0].strip(), row[1].replace(" ", "")))
    pairs = [(latin, native) if to_latin else (native, latin) for latin, native in pairs]
    works = {name: number for number, name in enumerate(dict.fromkeys(indexed for indexed, _ in pairs), 1)}
    true_works: dict[str, list[int]] = defaultdict(list)
    for indexed, asked in pairs:
        true_works[asked].append(works[indexed])
    return _ranking_task([(number, name) for name, number in works.items()], list(true_works.items()), out)


def _ranking_task(works: list[tuple[int, str]], asked: Iterable[tuple[Any, Any]], out: Path) -> Path:
    """Write a task of titles alone; `asked` has (work, text) or (text, works)."""
    out.mkdir(parents=True, exist_ok=True)
    table = {"work_id": [number for number, _ in works], "title": [title for _, title in works]}
    recording = pa.struct([("title", pa.string()), ("performer", pa.string())])
    nothing: dict[str, Any] = {
        "iswc": pa.nulls(len(works), pa.string()),
        "language": pa.nulls(len(works), pa.string()),
        "writers": pa.array([[]] * len(works), pa.list_(_writer_type())),
        "recordings": pa.array([[]] * len(works), pa.list_(recording)),
    }
    pq.write_table(pa.table(table | nothing), out / "repertoire.parquet")
    lines, truth = [], []
    for number, (left, right) in enumerate(asked):
        text, ids = (left, right) if isinstance(left, str) else (right, [left])
        lines.append({"line_id": number, "title": text})
        truth.append((number, ids))
    return _write_usage(out, "usage", lines, truth)


def _writer_type() -> pa.DataType:
    texts = [(name, pa.string()) for name in ("name", "role", "ipi", "society")]
    return pa.struct([*texts, ("aliases", pa.list_(pa.string()))])


def _write_usage(out: Path, name: str, lines: list[Line], truth: list[tuple[int, list[int]]]) -> Path:
    """Write the lines of a task and their truth; return its folder."""
    pq.write_table(pa.Table.from_pylist(lines, schema=LINES), out / f"{name}.parquet")
    rows = [{"line_id": number, "true_work_ids": works} for number, works in truth]
    pq.write_table(pa.Table.from_pylist(rows, schema=TRUTH), out / "truth.parquet")
    return out


def _rows(path: Path, separator: str, columns: tuple[str, ...]) -> Iterator[dict[str, str]]:
    """Yield the rows of a table with a header.

    Raises:
        NoSource: a column is missing.
    """
    rows = _open_rows(path, separator)
    header = next(rows, [])
    lacking = [name for name in columns if name not in header]
    if lacking:
        raise NoSource(f"{path} has no column {', '.join(lacking)}.", f"Its columns are {', '.join(header)}.")
    yield from (dict(zip(header, row, strict=False)) for row in rows)


def _open_rows(path: Path, separator: str) -> Iterator[list[str]]:
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as file:
        yield from csv.reader(file, delimiter=separator, quoting=csv.QUOTE_NONE)


def _drawn(text: str) -> int:
    """Return a number 0..99 that a text always gives."""
    return int(digest_bytes(text.encode())[:8], 16) % 100


def _written(isrc: str, number: int) -> str:
    """Return an ISRC as one of the ways that senders write it."""
    parts = (isrc[:2], isrc[2:5], isrc[5:7], isrc[7:])
    return (isrc, "-".join(parts), isrc.lower())[number % 3]
