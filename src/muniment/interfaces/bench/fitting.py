"""Training a model on tasks with known truth: match, see which candidates are right, fit, and match again with that."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from muniment.interfaces.bench.tasks import Task, convert_repertoire, line_batches, read_truth
from muniment.kernel.words.problems import Progress, silent
from muniment.use.matching.bulk.build import build_index
from muniment.use.matching.bulk.index import RepertoireIndex, open_index
from muniment.use.matching.bulk.matcher import Found, Matcher
from muniment.use.matching.bulk.room import PLACES
from muniment.use.matching.bulk.training import train
from muniment.use.matching.rules.scoring import Model

ROUNDS = 2
"""The candidates depend a little on the weights that rank them, so they are found again with the new ones."""
_BARE_LINES = 5


def train_on(
    tasks: list[Task], room: Path, start: Model, name: str, trained_on: str, progress: Progress = silent
) -> Model:
    """Return a model fitted to tasks, beginning from `start`; `room` is an empty folder, `progress` counts lines.

    All lines are asked of the whole repertoire, and a fifth of them once more of the repertoire without its recordings,
    for many societies know works and performers but not who recorded which title.
    """
    folders = dict.fromkeys(task.folder for task in tasks)
    indexes = {folder: _indexes_of(folder, room / str(at)) for at, folder in enumerate(folders)}
    model = start
    for _ in range(ROUNDS):
        parts = [_labelled(task, Matcher(indexes[task.folder][0], model), 1, progress) for task in tasks]
        parts += [_labelled(task, Matcher(indexes[task.folder][1], model), _BARE_LINES, progress) for task in tasks]
        found = Found(
            *(
                np.concatenate(columns)
                for columns in zip(
                    *((at.found.count, at.found.work, at.found.score_ppm, at.found.evidence) for at in parts),
                    strict=True,
                )
            )
        )
        right, line_ids = (
            np.concatenate(columns) for columns in zip(*((at.right, at.ids) for at in parts), strict=True)
        )
        model = train(found, right, line_ids, sum(at.matchable for at in parts), name, trained_on)
    return model


def _indexes_of(folder: Path, room: Path) -> tuple[RepertoireIndex, RepertoireIndex]:
    """Return the index of a task's repertoire, and that of the repertoire without its recordings."""
    tables = convert_repertoire(folder / "repertoire.parquet", room / "tables")
    for name, recordings in (("whole", tables.recordings), ("bare", None)):
        build_index(tables.titles, tables.names, tables.codes, room / name, recordings=recordings)
    return open_index(room / "whole"), open_index(room / "bare")


@dataclass(frozen=True, slots=True)
class _Labelled:
    """Lines with the candidates found, which of them are right, and how many lines have a right one at all."""

    found: Found
    right: Any
    ids: Any
    matchable: int


def _labelled(task: Task, matcher: Matcher, every: int, progress: Progress) -> _Labelled:
    """Return every so manieth line of a task with its candidates."""
    truth = read_truth(task).to_pydict()
    works_of = dict(zip(truth["line_id"], map(set, truth["true_work_ids"]), strict=True))
    lines = pa.Table.from_batches(list(line_batches(task))).combine_chunks()
    lines = lines.take(np.arange(0, lines.num_rows, every)).combine_chunks()
    found = matcher.find(lines.to_batches()[0])
    ids = matcher.ids_of(found.work).tolist()
    wanted = [works_of.get(line, set()) for line in lines.column("line_id").to_pylist()]
    right = np.array([[work in works for work in row] for row, works in zip(ids, wanted, strict=True)], dtype=bool)
    progress(lines.num_rows, None)
    there = np.arange(PLACES)[None, :] < found.count[:, None]
    return _Labelled(found, right & there, lines.column("line_id").to_numpy(), sum(map(bool, wanted)))
