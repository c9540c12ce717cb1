"""polars joins on block keys, then string distances of polars-ds: TASK USAGE OUT."""

from pathlib import Path

import peer
import polars as pl
import polars_ds as pds

LINES_AT_ONCE = 10_000
LARGEST_BLOCK = 250
KEPT = 10


def keys(title: pl.Expr, performer: pl.Expr) -> dict[str, pl.Expr]:
    """Return the block keys of a title and a performer (words sorted); null where the key would say too little."""
    words = title.str.split(" ")
    named = performer != ""
    run_on = title.str.replace_all(" ", "")
    return {
        "title": pl.when(run_on.str.len_chars() > 0).then(run_on),
        "beginning": pl.when(run_on.str.len_chars() >= 12).then(run_on.str.slice(0, 12)),
        "ending": pl.when(run_on.str.len_chars() >= 12).then(run_on.str.reverse().str.slice(0, 12)),
        "words": words.list.eval(pl.element().filter(pl.element().str.len_chars() > 3).sort()).list.join(""),
        "both": pl.when(named).then(run_on + "|" + performer),
        "start and name": pl.when(named).then(run_on.str.slice(0, 4) + "|" + performer),
        "end and name": pl.when(named).then(words.list.last() + "|" + performer),
        "middle and name": pl.when(named).then(run_on.str.slice(4, 4) + "|" + performer),
        "title and start": pl.when(named).then(run_on.str.slice(0, 8) + "|" + performer.str.slice(0, 5)),
    }


def match(task: Path, usage: str, clock: peer.Clock) -> pl.DataFrame:
    """Return the candidates of every line."""
    with clock.stage("build"):
        read = peer.read_works(task)
        recordings = read.recordings
        commonness = recordings.group_by("title").agg(pl.col("work_id").n_unique().log1p().alias("f_common"))
        recordings = recordings.join(commonness, on="title")
        blocks = {name: _blocks(recordings, key) for name, key in keys(pl.col("title"), pl.col("performer")).items()}
        surnames = read.works.select("work_id", pl.col("surnames").alias("known_surnames"))
    with clock.stage("match"):
        lines = peer.read_lines(task, usage)
        parts = [
            _candidates(lines.slice(start, LINES_AT_ONCE), recordings, blocks, surnames)
            for start in range(0, len(lines), LINES_AT_ONCE)
        ]
        return pl.concat(parts)


def _blocks(recordings: pl.DataFrame, key: pl.Expr) -> pl.DataFrame:
    """Return (key, row of the recording), without keys that are empty or have too many rows; one row a work."""
    rows = recordings.with_row_index("row").select(key.alias("key"), "row").filter(pl.col("key").fill_null("") != "")
    return rows.filter(pl.len().over("key") <= LARGEST_BLOCK).with_columns(pl.col("key").hash()).sort("key")


def _candidates(
    lines: pl.DataFrame, recordings: pl.DataFrame, blocks: dict[str, pl.DataFrame], surnames: pl.DataFrame
) -> pl.DataFrame:
    readings = pl.concat(
        [
            lines.select("line_id", "title", "performer"),
            lines.filter(pl.col("other_title") != "").select(
                "line_id", pl.col("other_title").alias("title"), pl.col("other_performer").alias("performer")
            ),
        ]
    ).unique(maintain_order=True)
    readings = readings.with_row_index("reading")
    pairs = []
    for name, key in keys(pl.col("title"), pl.col("performer")).items():
        asked = readings.select("reading", key.alias("key")).filter(pl.col("key").fill_null("") != "")
        pairs.append(asked.with_columns(pl.col("key").hash()).join(blocks[name], on="key").select("reading", "row"))
    rows = pl.concat(pairs).unique()
    rows = rows.with_columns(recordings[rows["row"]].get_columns())
    asked = readings[rows["reading"]]
    rows = rows.with_columns(asked["line_id"], asked["title"].alias("own_title"), asked["performer"].alias("own_name"))
    rows = rows.with_columns(*_distances())
    rows = rows.with_columns((0.6 * pl.col("f_title") + 0.4 * pl.col("f_name")).alias("score"))
    best = rows.sort("score", descending=True).group_by("line_id", "work_id", maintain_order=True)
    features = ["f_title", "f_title_jw", "f_name", "f_name_jw", "f_named", "f_common", "f_length"]
    works = best.agg(pl.col("score", *features).first(), pl.col("f_name").max().alias("f_name_best"))
    works = works.sort("line_id", "score", "work_id", descending=[False, True, False])
    works = works.group_by("line_id", maintain_order=True).head(3 * KEPT)
    works = _with_writers(works, lines, surnames).with_columns(pl.col("score") + 0.1 * pl.col("f_writers"))
    works = works.sort("line_id", "score", "work_id", descending=[False, True, False])
    works = works.group_by("line_id", maintain_order=True).head(KEPT)
    place = pl.int_range(1, pl.len() + 1, dtype=pl.Int32).over("line_id").alias("place")
    return works.with_columns(place)


def _distances() -> list[pl.Expr]:
    """Return the similarities of titles and names, 0 to 1."""
    named = (pl.col("own_name") != "") & (pl.col("performer") != "")
    return [
        pds.str_leven("title", "own_title", return_sim=True).cast(pl.Float64).alias("f_title"),
        pds.str_jw("title", "own_title").cast(pl.Float64).alias("f_title_jw"),
        pl.when(named).then(pds.str_leven("performer", "own_name", return_sim=True)).otherwise(0.0).alias("f_name"),
        pl.when(named).then(pds.str_jw("performer", "own_name")).otherwise(0.0).alias("f_name_jw"),
        (pl.col("own_name") != "").cast(pl.Float64).alias("f_named"),
        pl.col("own_title").str.len_chars().log1p().cast(pl.Float64).alias("f_length"),
    ]


def _with_writers(works: pl.DataFrame, lines: pl.DataFrame, surnames: pl.DataFrame) -> pl.DataFrame:
    """Add the share of the reported surnames that the work knows, and whether any is reported."""
    works = works.join(lines.select("line_id", "surnames"), on="line_id").join(surnames, on="work_id", how="left")
    asked, known = (
        pl.col("surnames").list.len(),
        pl.col("known_surnames").fill_null(pl.lit([], dtype=pl.List(pl.String))),
    )
    both = pl.col("surnames").list.set_intersection(known).list.len()
    return works.with_columns(
        pl.when(asked > 0).then(both / asked).otherwise(0.0).alias("f_writers"),
        (asked > 0).cast(pl.Float64).alias("f_writers_reported"),
        ((asked > 0) & (both == 0)).cast(pl.Float64).alias("f_writers_differ"),
    ).drop("surnames", "known_surnames")


if __name__ == "__main__":
    peer.run(match, f"polars {pl.__version__}, polars-ds {pds.__version__ if hasattr(pds, '__version__') else ''}")
