"""Splink on DuckDB, link only, trained by expectation maximisation: TASK USAGE OUT."""

import logging
import warnings
from pathlib import Path

import duckdb
import peer
import polars as pl
import splink
import splink.comparison_level_library as cll
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

MEMORY = "5GB"
KEPT = 10
SEED = 1
LARGEST_BLOCK = 300
"""Keys that more works share are left out, as a careful user does: they would propose millions of pairs."""

KEYS = ("key_title", "key_start", "key_name", "key_writer")
"""Block keys are lists, one for each title, performer and surname; Splink explodes them."""


def comparisons() -> list:
    """Return what is compared: every title, every performer, every surname."""
    title = cl.CustomComparison(
        output_column_name="titles",
        comparison_description="the titles that are most alike",
        comparison_levels=[
            cll.NullLevel("title"),
            cll.ExactMatchLevel("title", term_frequency_adjustments=True),
            cll.ArrayIntersectLevel("titles", min_intersection=1),
            *(cll.PairwiseStringDistanceFunctionLevel("titles", "jaro_winkler", least) for least in (0.96, 0.92, 0.85)),
            cll.ElseLevel(),
        ],
    )
    performer = cl.CustomComparison(
        output_column_name="performers",
        comparison_description="the performers that are most alike",
        comparison_levels=[
            cll.CustomLevel("len(performers_l) = 0 OR len(performers_r) = 0", "none named").configure(
                is_null_level=True
            ),
            cll.ArrayIntersectLevel("performers", min_intersection=1),
            *(cll.PairwiseStringDistanceFunctionLevel("performers", "jaro_winkler", least) for least in (0.94, 0.88)),
            cll.ElseLevel(),
        ],
    )
    writers = cl.CustomComparison(
        output_column_name="surnames",
        comparison_description="how many surnames of writers are the same",
        comparison_levels=[
            _none_named("surnames"),
            cll.ArrayIntersectLevel("surnames", min_intersection=2),
            cll.ArrayIntersectLevel("surnames", min_intersection=1),
            cll.PairwiseStringDistanceFunctionLevel("surnames", "jaro_winkler", 0.9),
            cll.ElseLevel(),
        ],
    )
    return [title, performer, writers]


def _none_named(column: str) -> cll.CustomLevel:
    level = cll.CustomLevel(f"len({column}_l) = 0 OR len({column}_r) = 0", "none named")
    return level.configure(is_null_level=True)


def settings(works: int) -> SettingsCreator:
    """Return the model before training; a line is of about one of the works, which is known without an estimate."""
    return SettingsCreator(
        link_type="link_only",
        unique_id_column_name="unique_id",
        comparisons=comparisons(),
        probability_two_random_records_match=1 / works,
        blocking_rules_to_generate_predictions=[block_on(key, arrays_to_explode=[key]) for key in KEYS],
        retain_intermediate_calculation_columns=True,
        retain_matching_columns=False,
    )


def keyed(frame: pl.DataFrame) -> pl.DataFrame:
    """Add the block keys: a whole title; its beginning; a performer or a surname with a piece of a title."""
    beginning = pl.element().str.replace_all(" ", "").str.slice(0, 10)
    frame = frame.with_columns(
        pl.col("titles").list.eval(pl.element().str.replace_all(" ", "")).alias("key_title"),
        pl.col("titles").list.eval(beginning).list.unique().alias("key_start"),
        pl.col("titles").list.eval(pl.element().str.replace_all(" ", "").str.slice(0, 4)).list.unique().alias("four"),
        pl.col("titles").list.eval(pl.element().str.split(" ").list.last()).list.unique().alias("last"),
    )
    pieces = pl.concat_list("four", "last").alias("piece")
    for name, key in (("performers", "key_name"), ("surnames", "key_writer")):
        long = frame.select("unique_id", pl.col(name).alias("name"), pieces).explode("name").explode("piece")
        long = long.drop_nulls().select("unique_id", (pl.col("name") + "|" + pl.col("piece")).alias(key)).unique()
        frame = frame.join(long.group_by("unique_id").agg(key), on="unique_id", how="left")
    frame = frame.with_columns(pl.col("performers").list.first().alias("performer_one"))
    return frame.with_columns(*(peer.filled(key) for key in KEYS)).drop("four", "last")


def rare(works: pl.DataFrame) -> pl.DataFrame:
    """Leave out the keys that too many works share."""
    for key in KEYS:
        long = works.select("unique_id", key).explode(key).drop_nulls().filter(pl.col(key) != "")
        long = long.filter(pl.len().over(key) <= LARGEST_BLOCK)
        works = works.drop(key).join(long.group_by("unique_id").agg(key), on="unique_id", how="left")
    return works.with_columns(*(peer.filled(key) for key in KEYS))


def match(task: Path, usage: str, clock: peer.Clock) -> pl.DataFrame:
    """Return the candidates of every line."""
    warnings.simplefilter("ignore")
    columns = ["unique_id", "title", "performer_one", "titles", "performers", "surnames", *KEYS]
    with clock.stage("build"):
        works = peer.read_works(task).works.rename({"work_id": "unique_id"})
        works = rare(keyed(works.with_columns(pl.col("performers").list.head(40), pl.col("titles").list.head(16))))
    with clock.stage("match"):
        lines = peer.read_lines(task, usage).rename({"line_id": "unique_id"})
        titles = pl.concat_list("title", pl.when(pl.col("other_title") != "").then("other_title"))
        lines = keyed(lines.with_columns(titles.list.drop_nulls().list.unique().alias("titles")))
        connection = duckdb.connect()
        connection.execute(f"SET memory_limit = '{MEMORY}'")
        connection.execute("SET preserve_insertion_order = false")
        connection.execute("SET lambda_syntax = 'ENABLE_SINGLE_ARROW'")  # Splink 5.0.0 writes lambdas the old way
        api = DuckDBAPI(connection)
        connection.register("lines_", lines.select(columns).to_arrow())
        connection.register("works_", works.select(columns).to_arrow())
        for name in ("lines", "works"):
            text = "nullif(title, '') AS title"
            connection.execute(f"CREATE TABLE {name} AS SELECT * REPLACE ({text}) FROM {name}_")  # noqa: S608
        sources = [api.register(name, dataset_display_name=name) for name in ("lines", "works")]
        linker = Linker(sources, settings(len(works)), log_level=logging.ERROR)
    with clock.stage("build"):
        _train(linker)
    with clock.stage("match"):
        found = linker.inference.predict()
        return _best(connection, found.physical_name)


def _train(linker: Linker) -> None:
    """Estimate the model: u by sampling, m by two sessions, each blocked on what the other one leaves free."""
    training = linker.training
    training.estimate_u_using_random_sampling(max_pairs=1e6, seed=SEED)
    for key in ("title", "performer_one"):
        training.estimate_parameters_using_expectation_maximisation(
            block_on(key), estimate_without_term_frequencies=True, fix_probability_two_random_records_match=True
        )


def _best(connection: duckdb.DuckDBPyConnection, table: str) -> pl.DataFrame:
    """Return the best pairs of each line; the level that each comparison took, told by its weight, is a feature."""
    names = ("titles", "performers", "surnames")
    weights = ", ".join(f"max(p.mw_{name}) AS weight_{name}" for name in names)
    sql = f"""
        WITH pairs AS (
            SELECT p.unique_id_l AS line_id, p.unique_id_r AS work_id, max(p.match_weight) AS score, {weights},
                   max(p.mw_tf_adj_titles) AS f_frequency
            FROM {table} AS p GROUP BY ALL
        )
        SELECT *, row_number() OVER (PARTITION BY line_id ORDER BY score DESC, work_id)::INTEGER AS place
        FROM pairs QUALIFY place <= {KEPT}
    """  # noqa: S608
    best = pl.from_arrow(connection.execute(sql).to_arrow_table())
    hot = []
    for name in names:
        levels = best[f"weight_{name}"].unique().sort()
        hot += [
            (pl.col(f"weight_{name}") == level).cast(pl.Float64).alias(f"f_{name}_{at}")
            for at, level in enumerate(levels)
        ]
    return best.with_columns(*hot).drop([f"weight_{name}" for name in names])


if __name__ == "__main__":
    peer.run(match, f"splink {splink.__version__}, duckdb {duckdb.__version__}")
