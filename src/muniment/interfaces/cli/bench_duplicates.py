"""The command `muniment bench duplicates`: the search for duplicates on published rows with a truth."""

from pathlib import Path
from typing import Annotated

import typer

from muniment.interfaces.bench.duplicates import FLOORS_PPM, find_pairs, pair_scores, read_rows
from muniment.interfaces.bench.measure import Measures
from muniment.interfaces.cli.console import console, print_table


def duplicates(
    musicbrainz: Annotated[Path, typer.Option(help="The folder of MusicBrainz 20K: source_1.csv.gz and so on.")],
) -> None:
    """Find the pairs of rows that are one recording; tell precision, recall and F1 of pairs."""
    measures = Measures()
    with measures.stage("duplicates: in all"):
        rows, clusters = read_rows(musicbrainz)
        with console.status("Asking the matcher for every row"):
            found = find_pairs(rows, measures)
    scores = [pair_scores(found, clusters, floor_ppm) for floor_ppm in FLOORS_PPM]
    table: list[list[object]] = [
        [f"{one.floor_ppm / 10_000:g} %", one.found_count, one.right_count]
        + [f"{value:.4f}" for value in (one.precision, one.recall, one.f1)]
        for one in scores
    ]
    headers = ["from score", "pairs", "true", "precision", "recall", "F1"]
    print_table(f"{len(rows)} rows, {scores[0].true_count} true pairs", headers, table, numbers=(1, 2, 3, 4, 5))
    for row in measures.rows:
        console.print(f"{row.stage}: {row.elapsed_ms} ms, {row.rows} {row.unit}, peak {row.peak_mib} MiB")
