"""The command `muniment bench scripts`: what readings and skeletons find in published pairs of names."""

from pathlib import Path
from typing import Annotated

import typer

from muniment.interfaces.bench.scripts import ScriptRecall, measure_scripts, read_titles, read_transliterations
from muniment.interfaces.cli.console import print_table

_TITLES = (("urdu to Latin", "title_roman", "title_urdu"), ("urdu to Devanagari", "title_hindi", "title_urdu"))
SEED = 1


def scripts(
    names: Annotated[list[Path] | None, typer.Option(help="A packed NETransliteration file; may be repeated.")] = None,
    titles: Annotated[Path | None, typer.Option(help="A table with title_urdu, title_hindi and title_roman.")] = None,
    part: Annotated[int, typer.Option(min=0, max=4, help="Which fifth of the names.")] = 0,
    most: Annotated[int, typer.Option(min=1, help="How many names are sought in each file.")] = 1000,
) -> None:
    """Seek names in Latin letters by their form in another script; see docs/scripts.md."""
    rows: list[ScriptRecall] = []
    for path in names or []:
        pairs = read_transliterations(path, part)
        rows += measure_scripts(path.name.split(".")[0], pairs, most=most, seed=SEED)
    for name, latin, other in _TITLES if titles else ():
        rows += measure_scripts(name, read_titles(titles or Path(), latin, other), most=most, seed=SEED)
    headers = ["Data", "Keys", "Sought", "Among", "Recall at 10", "Recall at 1", "Candidates"]
    print_table("Names across scripts", headers, [_row(row) for row in rows], numbers=(2, 3, 4, 5, 6))


def _row(row: ScriptRecall) -> list[object]:
    recalls = (f"{ppm / 10**6:.3f}" for ppm in (row.recall_10_ppm, row.recall_1_ppm))
    return [row.data, row.keys, row.sought_count, row.latin_count, *recalls, row.candidates_milli // 1000]
