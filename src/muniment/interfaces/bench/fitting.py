"""Training a model on lines whose works are known: match, see which candidates are right, fit, match again with that.

The lines are those of tasks with a truth, or those that people of this installation decided about.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pyarrow as pa

from muniment.interfaces.bench.free_text import Asked, as_free_text
from muniment.interfaces.bench.tasks import Task, convert_repertoire, line_batches, read_truth
from muniment.kernel.words.problems import Progress, UserError, silent
from muniment.use.matching.bulk.build import build_index
from muniment.use.matching.bulk.index import RepertoireIndex, open_index
from muniment.use.matching.bulk.layers import AnyIndex
from muniment.use.matching.bulk.matcher import Found, Matcher
from muniment.use.matching.bulk.room import PLACES
from muniment.use.matching.bulk.training import train
from muniment.use.matching.rules.scoring import OFFSETS, ROW_COUNT, SURE_PPM, Model

ROUNDS = 2
"""The candidates depend a little on the weights that rank them, so they are found again with the new ones."""
_BARE_LINES = _FREE_LINES = 5
"""Of so many lines one is asked once more, of the repertoire without recordings and as free text."""
_SEED = 1
FEWEST_LINES = 200
"""The fewest lines that a model is fitted to; its tables have about as many rows."""


class TooFewLines(UserError):
    """So little was decided that a model fitted to it would say nothing."""


def train_on(
    tasks: list[Task], room: Path, start: Model, name: str, trained_on: str, progress: Progress = silent
) -> Model:
    """Return a model fitted to tasks, beginning from `start`; `room` is an empty folder, `progress` counts lines.

    All lines are asked of the whole repertoire, and a fifth of them once more of the repertoire without its recordings,
    for many societies know works and performers but not who recorded which title. Another fifth is asked once more as
    free text, performer and title in one field, as video titles have them.
    """
    folders = dict.fromkeys(task.folder for task in tasks)
    indexes = {folder: _indexes_of(folder, room / str(at)) for at, folder in enumerate(folders)}
    asked = {task: _asked(task) for task in tasks}
    chance = Random(_SEED)  # noqa: S311 - which lines become what, nothing secret
    free = {
        task: as_free_text(_some(asked[task], _FREE_LINES, 2), indexes[task.folder].recordings, chance)
        for task in tasks
    }
    model = start
    for _ in range(ROUNDS):
        whole = {task: Matcher(indexes[task.folder].whole, model) for task in tasks}
        bare = {task: Matcher(indexes[task.folder].bare, model) for task in tasks}
        reported = [_labelled(asked[task], whole[task], progress) for task in tasks]
        reported += [_labelled(_some(asked[task], _BARE_LINES, 0), bare[task], progress) for task in tasks]
        made = [_labelled(free[task], whole[task], progress) for task in tasks]
        model = _fitted(reported, made, start, name, trained_on)
    return model


def train_on_lines(
    asked: Asked, index: AnyIndex, start: Model, name: str, trained_on: str, progress: Progress = silent
) -> Model:
    """Return a model fitted to lines that people decided about, beginning from `start`; `progress` counts lines.

    A precision is promised only where as many right answers stand above its threshold as it allows to one wrong one: of
    500 decisions, 99.9 % would be kept by luck.

    Raises:
        TooFewLines: there are fewer than 200 lines, or too few for any promise.
    """
    if len(asked.works) < FEWEST_LINES:
        raise TooFewLines(
            f"People decided about {len(asked.works)} different lines; {FEWEST_LINES} are needed.",
            "Draw checks (muniment review sample) and decide about them.",
        )
    model = start
    for _ in range(ROUNDS):
        labelled = _labelled(asked, Matcher(index, model), progress)
        fitted = _fitted([labelled], [], start, name, trained_on)
        borne = [
            promise
            for promise in fitted.promises
            if promise.recall_ppm * labelled.matchable * (SURE_PPM - promise.asked_ppm) >= SURE_PPM**2
        ]
        model = replace(fitted, promises=tuple(borne))
    if not model.promises:
        raise TooFewLines("These decisions bear no promise of any precision.", "Decide about more lines, then train.")
    return model


def _fitted(
    reported: Sequence["_Labelled"], made: Sequence["_Labelled"], start: Model, name: str, trained_on: str
) -> Model:
    """Return a model fitted to lines that somebody reported and to lines made of them; promises are of the former.

    What no best candidate shows, such as a line without a title, is worth what it is worth to `start`.
    """
    parts = [*reported, *made]
    columns = zip(
        *((at.found.count, at.found.work, at.found.score_ppm, at.found.evidence, at.right, at.ids) for at in parts),
        strict=True,
    )
    *of_found, right, line_ids = map(np.concatenate, columns)
    told = np.arange(len(line_ids)) < sum(at.found.count.size for at in reported)
    matchable = sum(at.matchable for at in reported)
    found = Found(*of_found)
    model = train(found, right, line_ids, told, matchable, name, trained_on)
    seen = np.zeros(ROW_COUNT, dtype=bool)
    seen[(found.evidence[found.count > 0, 0, :] + np.array(OFFSETS)).reshape(-1)] = True
    return replace(model, decide=tuple(np.where(seen, model.decide, start.decide).tolist()))


@dataclass(frozen=True, slots=True)
class _Indexes:
    """The index of a task's repertoire, that of the repertoire without its recordings, and those recordings."""

    whole: RepertoireIndex
    bare: RepertoireIndex
    recordings: pa.Table


def _indexes_of(folder: Path, room: Path) -> _Indexes:
    tables = convert_repertoire(folder / "repertoire.parquet", room / "tables")
    for name, recordings in (("whole", tables.recordings), ("bare", None)):
        build_index(tables.titles, tables.names, tables.codes, room / name, recordings=recordings)
    return _Indexes(open_index(room / "whole"), open_index(room / "bare"), tables.recordings)


def _asked(task: Task) -> Asked:
    """Return the lines of a task with the works that each means."""
    truth = read_truth(task).to_pydict()
    works_of = dict(zip(truth["line_id"], map(frozenset, truth["true_work_ids"]), strict=True))
    lines = pa.Table.from_batches(list(line_batches(task))).combine_chunks()
    return Asked(lines, [works_of.get(line, frozenset()) for line in lines.column("line_id").to_pylist()])


def _some(asked: Asked, every: int, first: int) -> Asked:
    """Return one line in so many, from `first` on."""
    return Asked(asked.lines.take(np.arange(first, asked.lines.num_rows, every)), asked.works[first::every])


@dataclass(frozen=True, slots=True)
class _Labelled:
    """Lines with the candidates found, which of them are right, and how many lines have a right one at all."""

    found: Found
    right: Any
    ids: Any
    matchable: int


def _labelled(asked: Asked, matcher: Matcher, progress: Progress) -> _Labelled:
    """Return lines with their candidates."""
    lines = asked.lines.combine_chunks()
    found = matcher.find(lines.to_batches()[0])
    ids = matcher.ids_of(found.work).tolist()
    right = np.array([[work in works for work in row] for row, works in zip(ids, asked.works, strict=True)], dtype=bool)
    progress(lines.num_rows, None)
    there = np.arange(PLACES)[None, :] < found.count[:, None]
    return _Labelled(found, right & there, lines.column("line_id").to_numpy(), sum(map(bool, asked.works)))
