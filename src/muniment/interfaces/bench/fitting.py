"""Training a model on tasks with known truth: match, see which candidates are right, fit, and match again with that."""

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


def train_on(
    tasks: list[Task], room: Path, start: Model, name: str, trained_on: str, progress: Progress = silent
) -> Model:
    """Return a model fitted to tasks, beginning from `start`; `room` is an empty folder, `progress` counts lines."""
    indexes = {folder: _index_of(folder, room / str(at)) for at, folder in enumerate({task.folder for task in tasks})}
    model = start
    for _ in range(ROUNDS):
        parts = [_labelled(task, Matcher(indexes[task.folder], model), progress) for task in tasks]
        found = Found(
            *(
                np.concatenate(columns)
                for columns in zip(*((at.count, at.work, at.score_ppm, at.evidence) for at, _, _ in parts), strict=True)
            )
        )
        right = np.concatenate([right for _, right, _ in parts])
        model = train(found, right, sum(matchable for _, _, matchable in parts), name, trained_on)
    return model


def _index_of(folder: Path, room: Path) -> RepertoireIndex:
    tables = convert_repertoire(folder / "repertoire.parquet", room / "tables")
    build_index(tables.titles, tables.names, tables.codes, room / "index", recordings=tables.recordings)
    return open_index(room / "index")


def _labelled(task: Task, matcher: Matcher, progress: Progress) -> tuple[Found, Any, int]:
    """Return the candidates of a task's lines, which of them are right, and how many lines have a right one at all."""
    truth = read_truth(task).to_pydict()
    works_of = dict(zip(truth["line_id"], map(set, truth["true_work_ids"]), strict=True))
    lines = pa.Table.from_batches(list(line_batches(task))).combine_chunks()
    found = matcher.find(lines.to_batches()[0])
    ids = matcher.ids_of(found.work).tolist()
    wanted = [works_of.get(line, set()) for line in lines.column("line_id").to_pylist()]
    right = np.array([[work in works for work in row] for row, works in zip(ids, wanted, strict=True)], dtype=bool)
    progress(lines.num_rows, None)
    return found, right & (np.arange(PLACES)[None, :] < found.count[:, None]), sum(map(bool, wanted))
