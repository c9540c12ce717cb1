"""What the peers share: the same reading of a task for all of them, and the files that each hands in.

The reading is what a careful user of a general tool would write: case, accents and punctuation folded, other scripts
in Latin letters, brackets and version words cut from titles, names with their words sorted, surnames of writers,
"Artist - Title" taken apart. All of it is polars, the fastest of the peers at that. None of it comes from Muniment.
"""

import json
import resource
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl
from anyascii import anyascii

VERSION = (
    r"\s+-\s+(\d{4}|remaster|live|single|radio|bonus|from|acoustic|version|edit|demo|original|mono|stereo|take)\b.*$"
)
GUESTS = r"\s+(feat|ft|featuring)\b\.?.*$"
BRACKETS = r"[(\[{][^)\]}]*[)\]}]?"
NAMES_OF_A_WORK = 60
TITLES_OF_A_WORK = 24


@dataclass
class Clock:
    """CPU and wall seconds of this process by stage."""

    stages: dict[str, dict[str, float]] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Measure the body; stages of one name add up."""
        cpu, wall = time.process_time(), time.perf_counter()
        yield
        so_far = self.stages.setdefault(name, {"cpu_s": 0.0, "wall_s": 0.0})
        so_far["cpu_s"] += time.process_time() - cpu
        so_far["wall_s"] += time.perf_counter() - wall


@dataclass
class Works:
    """A repertoire: a row a work with lists, and a row a known recording (its title, its performer)."""

    works: pl.DataFrame
    recordings: pl.DataFrame


def run(match: Callable[[Path, str, Clock], pl.DataFrame], version: str) -> None:
    """Run a peer on the task of the command line: TASK USAGE OUT; hand in its candidates and what it took.

    `match` returns line_id, place, work_id, score and features named f_….
    """
    task, usage, out = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
    out.mkdir(parents=True, exist_ok=True)
    clock = Clock()
    candidates = match(task, usage, clock)
    with clock.stage("match"):
        candidates.write_parquet(out / "candidates.parquet")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    (out / "measures.json").write_text(json.dumps({"stages": clock.stages, "peak_mib": peak, "version": version}))


def folded(column: str) -> pl.Expr:
    """Return a text in small letters without accents and punctuation; empty for none."""
    text = pl.col(column).fill_null("").str.to_lowercase().str.normalize("NFKD").str.replace_all(r"\p{M}", "")
    text = text.str.replace_all(r"['’`´]", "").str.replace_all(r"[^\p{L}\p{N}]+", " ")
    return in_latin(text.str.strip_chars())


def in_latin(text: pl.Expr) -> pl.Expr:
    """Return a text with letters of other scripts written in Latin; what is Latin already costs nothing."""
    return pl.when(text.str.contains(r"[^\x00-\x7F]")).then(text.map_batches(_romanised, pl.String)).otherwise(text)


def _romanised(texts: pl.Series) -> pl.Series:
    distinct = texts.unique()
    foreign = distinct.filter(distinct.str.contains(r"[^\x00-\x7F]").fill_null(False))
    return texts.replace(
        foreign, pl.Series([" ".join(anyascii(text).lower().split()) for text in foreign], dtype=pl.String)
    )


def core(column: str) -> pl.Expr:
    """Return a title without what stands in brackets, guests and words of versions; the whole where nothing is left."""
    text = pl.col(column).fill_null("").str.to_lowercase()
    text = text.str.replace_all(BRACKETS, " ").str.replace(VERSION, "").str.replace(GUESTS, "").str.strip_chars()
    return pl.when(text == "").then(pl.col(column).fill_null("")).otherwise(text)


def sorted_words(column: str) -> pl.Expr:
    """Return a folded text with its words in alphabetical order, without articles."""
    words = pl.col(column).str.replace_all(r"\b(the|and|le|la|les|der|die|das|los|las)\b", " ").str.split(" ")
    return words.list.eval(pl.element().filter(pl.element() != "").sort()).list.join(" ")


def lists_of(long: pl.DataFrame, key: str, most: int) -> pl.DataFrame:
    """Return (key, texts) from a long table of (key, text): each text once, the most frequent first, none empty."""
    counted = long.filter(pl.col("text") != "").group_by(key, "text").len()
    counted = counted.sort(key, "len", "text", descending=[False, True, False])
    return counted.group_by(key, maintain_order=True).agg(pl.col("text").head(most).alias("texts"))


def performer_names(long: pl.DataFrame, key: str) -> pl.DataFrame:
    """Return (key, text) of every performer of (key, text): the whole text and each of the names that it joins."""
    small = pl.col("text").fill_null("").str.to_lowercase()
    parts = small.str.replace_all(r"\s+(feat|ft|featuring|with|and|vs)\b\.?\s+|[&;/]", "|").str.split("|")
    long = long.select(key, pl.concat_list(small, parts).alias("text")).explode("text")
    return long.with_columns(folded("text").alias("text")).with_columns(sorted_words("text").alias("text"))


def surnames_of_lines(lines: pl.DataFrame) -> pl.DataFrame:
    """Return (line_id, text) of the surnames of the writers: A/B, "Last, First; ...", "F. Last, ..." and "A & B"."""
    text = pl.col("writers")
    by_semicolon = text.str.contains(";") | (text.str.contains(r"^[^,]+, [^,.]+$") & ~text.str.contains("/"))
    parts = pl.when(by_semicolon).then(text.str.split(";")).otherwise(text.str.replace_all(r"[&,]", "/").str.split("/"))
    long = lines.filter(text.is_not_null()).select("line_id", by_semicolon.alias("turned"), parts.alias("text"))
    long = long.explode("text")
    first = pl.col("text").str.splitn(",", 2).struct.field("field_0")
    long = long.with_columns(pl.when(pl.col("turned")).then(first).otherwise("text").alias("text"))
    return long.select("line_id", folded("text").str.split(" ").list.last().alias("text"))


def read_lines(task: Path, usage: str) -> pl.DataFrame:
    """Return the usage: line_id, title, performer, other_title, other_performer, performers, surnames.

    `other_...` is the reading of a title as "performer - title"; it is the only one where no performer is reported.
    """
    lines = pl.read_parquet(task / f"{usage}.parquet")
    lines = lines.select("line_id", *(pl.col(name).cast(pl.String) for name in ("title", "performer", "writers")))
    halves = core("title").str.splitn(" - ", 2)
    lines = lines.with_columns(
        core("title").alias("core"),
        halves.struct.field("field_0").alias("before"),
        halves.struct.field("field_1").fill_null("").alias("after"),
    )
    surnames = lists_of(surnames_of_lines(lines), "line_id", 20).rename({"texts": "surnames"})
    lines = lines.with_columns(
        folded("core").alias("title"),
        folded("performer").alias("performer"),
        folded("before").alias("before"),
        core("after").alias("after"),
        pl.col("performer").alias("reported"),
    ).with_columns(folded("after").alias("other_title"))
    split = pl.col("other_title") != ""
    lines = lines.with_columns(
        sorted_words("performer").alias("performer"),
        pl.when(split).then(sorted_words("before")).otherwise(pl.lit("")).alias("other_performer"),
    )
    names = pl.concat(
        [
            performer_names(lines.select("line_id", pl.col("reported").alias("text")), "line_id"),
            lines.select("line_id", pl.col("other_performer").alias("text")),
        ]
    )
    performers = lists_of(names, "line_id", 20).rename({"texts": "performers"})
    alone = split & (pl.col("performer") == "")
    lines = lines.with_columns(
        pl.when(alone).then("other_title").otherwise("title").alias("title"),
        pl.when(alone).then("other_performer").otherwise("performer").alias("performer"),
    )
    lines = lines.join(performers, on="line_id", how="left").join(surnames, on="line_id", how="left")
    kept = lines.select(
        "line_id", "title", "performer", "other_title", "other_performer", filled("performers"), filled("surnames")
    )
    return kept.sort("line_id")


def filled(column: str) -> pl.Expr:
    """Return a column of lists without nulls."""
    return pl.col(column).fill_null(pl.lit([], dtype=pl.List(pl.String)))


def read_works(task: Path) -> Works:
    """Return the repertoire of a task: work_id, title, titles, performers, surnames, writers; and its recordings."""
    works = pl.read_parquet(task / "repertoire.parquet")
    own = works.select("work_id", pl.col("title"), pl.lit(None, pl.String).alias("performer"))
    rows = [own]
    if works.schema.get("recordings", pl.Null) != pl.Null and "recordings" in works.columns:
        known = works.select("work_id", "recordings").explode("recordings").drop_nulls().unnest("recordings")
        rows.append(known.select("work_id", "title", "performer"))
    rows = pl.concat(rows).with_columns(core("title").alias("core")).with_columns(folded("core").alias("title"))
    recordings = rows.with_columns(folded("performer").alias("performer"))
    recordings = recordings.with_columns(sorted_words("performer").alias("performer"))
    recordings = recordings.select("work_id", "title", "performer").unique()
    performers = performer_names(
        rows.drop_nulls("performer").select("work_id", pl.col("performer").alias("text")), "work_id"
    )
    lists = {
        "titles": lists_of(rows.select("work_id", pl.col("title").alias("text")), "work_id", TITLES_OF_A_WORK),
        "performers": lists_of(performers, "work_id", NAMES_OF_A_WORK),
        "surnames": lists_of(_surnames_of_works(works), "work_id", NAMES_OF_A_WORK),
    }
    read = works.select("work_id", core("title").alias("title")).with_columns(folded("title").alias("title"))
    for name, table in lists.items():
        read = read.join(table.rename({"texts": name}), on="work_id", how="left")
    return Works(read.with_columns(filled(name) for name in lists).sort("work_id"), recordings)


def _surnames_of_works(works: pl.DataFrame) -> pl.DataFrame:
    if works.schema.get("writers", pl.Null) == pl.Null or not isinstance(works.schema["writers"].inner, pl.Struct):
        return pl.DataFrame(schema={"work_id": works.schema["work_id"], "text": pl.String})
    writers = works.select("work_id", "writers").explode("writers").drop_nulls().unnest("writers")
    names = pl.concat(
        [
            writers.select("work_id", pl.col("name").alias("text")),
            writers.select("work_id", pl.col("aliases").cast(pl.List(pl.String)).alias("text")).explode("text"),
        ]
    ).drop_nulls()
    return names.select("work_id", folded("text").str.split(" ").list.last().alias("text"))
