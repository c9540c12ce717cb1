"""A matching task made up by hand: invented works, writers and performers, and lines whose truth is known."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

WORKS = [
    {
        "work_id": 11,
        "iswc": "T-034.524.680-1",
        "title": "Lantern over the Lake",
        "language": "English",
        "writers": [
            {"name": "Odile Marwick", "role": "C", "ipi": None, "aliases": ["O. Marwick", "Dilly"], "society": None},
            {"name": "Tam Verrall", "role": "A", "ipi": None, "aliases": [], "society": None},
        ],
        "publishers": ["Invented Music"],
        "recordings": [
            {"title": "Lantern over the Lake", "performer": "The Quiet Oars"},
            {"title": "Lanterne sur le lac", "performer": "Léontine Brasse"},
        ],
    },
    {
        "work_id": 12,
        "iswc": None,
        "title": "Paper Harvest",
        "language": "English",
        "writers": [{"name": "Junia Sandoval", "role": "CA", "ipi": None, "aliases": [], "society": None}],
        "publishers": [],
        "recordings": [{"title": "Paper Harvest", "performer": "Mirek Tollan"}],
    },
    {
        "work_id": 13,
        "iswc": None,
        "title": "Copper Weather",
        "language": None,
        "writers": [],
        "publishers": [],
        "recordings": [],
    },
]
LINES = [
    {"line_id": 0, "title": "LANTERN OVER THE LAKE", "performer": "Quiet Oars", "writers": None},
    {"line_id": 1, "title": "Lanterne sur le lac (Live)", "performer": "Leontine Brasse", "writers": "MARWICK/VERRALL"},
    {"line_id": 2, "title": "paper harvest", "performer": "Mirek Tollan", "writers": None},
    {"line_id": 3, "title": "A Song Nobody Wrote Down", "performer": "Nobody at All", "writers": None},
]
TRUTH = [
    {"line_id": 0, "true_work_ids": [11]},
    {"line_id": 1, "true_work_ids": [11]},
    {"line_id": 2, "true_work_ids": [12]},
    {"line_id": 3, "true_work_ids": []},
]


def write_task(folder: Path) -> Path:
    """Write the task into a folder and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in (("repertoire", WORKS), ("usage_small", LINES), ("truth", TRUTH)):
        pq.write_table(pa.Table.from_pylist(rows), folder / f"{name}.parquet")
    return folder
