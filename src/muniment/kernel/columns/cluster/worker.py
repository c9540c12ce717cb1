"""What happens inside a Python process of a worker: load the function once, then answer batch after batch."""

import hashlib
import importlib
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from muniment import __version__
from muniment.kernel.columns.cluster.errors import ClusterRefused, RefusedOnWorker
from muniment.kernel.words.problems import UserError

PROOF = "manifest.json"
"""The file of a folder whose bytes tell its version from every other."""

KEY, PART = "question_key", "part"
"""Columns of the engine's own: the key of a row's question, and into which part of the rows its id puts it."""

Answer = Callable[[pa.RecordBatch], pa.RecordBatch]
"""A batch of questions in, a batch of answers out: one for each question, in the same order, and always the same."""


@dataclass(frozen=True, slots=True)
class Work:
    """The function of the workers, and what all of them must agree on before one answers.

    `loader` names a function as `package.module:function`: from a folder and `setting`, a text that goes to every
    worker as it is, it returns the `Answer`; `versioner` names one that from the setting tells the version of all else
    that an answer depends on. The folder is on every machine under the same name; `proof` is the SHA-256 of its
    manifest; proof and `version` are as the machine that starts the work sees them. Questions and answers both have
    `row_id`, which ties them.
    """

    loader: str
    versioner: str
    folder: str
    proof: str
    version: str
    row_id: str
    questions: pa.Schema
    answers: pa.Schema
    setting: str = ""


def work_in(
    folder: Path,
    *,
    loader: str,
    versioner: str,
    row_id: str,
    questions: pa.Schema,
    answers: pa.Schema,
    setting: str = "",
) -> Work:
    """Return the work with a folder of this machine.

    Raises:
        ClusterRefused: the folder is not here, or has no manifest.
    """
    proof, version = _proof_of(folder), _version(versioner, setting)
    return Work(loader, versioner, str(folder.absolute()), proof, version, row_id, questions, answers, setting)


def answer_batches(
    work: Work, first: str, carried: list[str], bounds: tuple[int, ...], batches: Iterator[pa.RecordBatch]
) -> Iterator[pa.RecordBatch]:
    """Answer batches of rows that hold a question, then, in the order of `carried`, the columns that come along.

    The column `first` of those has the id of the row in whose words each is asked: itself, or one that came before with
    no other first between. Those alone are asked. Each row gets its first's answer under its own id, and its PART by
    the `bounds` of the ids.

    Raises:
        RefusedOnWorker: the folder or the version of this machine is not that of the work; the function refused.
        AssertionError: the function lost or moved a row, or a row came without its first.
    """
    names = [*work.answers.names, *carried, PART]
    before: list[pa.RecordBatch] = []  # the last answer, for more rows of its first
    try:
        answer = load_once(work.loader, work.versioner, work.folder, work.proof, work.version, work.setting)
        for batch in batches:
            come_along = batch.columns[len(work.questions) :]
            ids, firsts = batch.column(work.row_id), come_along[carried.index(first)]
            is_first = pc.equal(ids, firsts)
            answers = pa.Table.from_batches([*before, _asked(work, answer, batch.filter(is_first))], work.answers)
            place = pc.add(pc.cumulative_sum(is_first.cast(pa.int64())), sum(map(len, before)) - 1)
            given = answers.take(place).combine_chunks()
            assert given.column(work.row_id).combine_chunks().equals(firsts), "a row came without its first"
            before = answers.slice(len(answers) - 1).to_batches()
            given = given.set_column(work.answers.get_field_index(work.row_id), work.row_id, ids)
            part = pa.array(np.searchsorted(bounds, ids.to_numpy(), side="right"), pa.int32())
            columns = [*(column.combine_chunks() for column in given.columns), *come_along, part]
            yield pa.RecordBatch.from_arrays(columns, names)
    except UserError as error:
        raise RefusedOnWorker(socket.gethostname(), error) from error


def _asked(work: Work, answer: Answer, batch: pa.RecordBatch) -> pa.RecordBatch:
    """Return the answers to the questions of a batch; without any the function is not asked."""
    if not len(batch):
        return pa.RecordBatch.from_pylist([], work.answers)
    asked = pa.RecordBatch.from_arrays(
        [batch.column(field.name).cast(field.type) for field in work.questions], schema=work.questions
    )
    answered = answer(asked)
    assert answered.column(work.row_id).equals(asked.column(work.row_id)), "the function lost or moved a row"
    return answered.select(work.answers.names)


def key_batches(work: Work, keyer: str, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Give each row of batches of questions its key, as the last column.

    Raises:
        RefusedOnWorker: the version of this machine is not that of the work.
    """
    try:
        refuse_another_version(work.versioner, work.version, work.setting)
        key_of = _named(keyer)
        for batch in batches:
            keys = key_of(batch)
            yield pa.RecordBatch.from_arrays([*batch.columns, keys], [*batch.schema.names, KEY])
    except UserError as error:
        raise RefusedOnWorker(socket.gethostname(), error) from error


@cache
def load_once(loader: str, versioner: str, folder: str, proof: str, version: str, setting: str) -> Answer:
    """Return the function of a folder and a setting; a process that lives through many tasks opens the folder once.

    Raises:
        ClusterRefused: the folder of this machine is missing or another, or Muniment is of another version.
    """
    refuse_another_version(versioner, version, setting)
    if _proof_of(Path(folder)) != proof:
        raise ClusterRefused(
            f"The index in {folder} is another one than where the work was started.",
            "Copy the same index folder to every machine, or share it.",
        )
    answer: Answer = _named(loader)(Path(folder), setting)
    return answer


def refuse_another_version(versioner: str, version: str, setting: str) -> None:
    """Compare the version of this machine with that of the work.

    Raises:
        ClusterRefused: it is another one.
    """
    if (own := _version(versioner, setting)) != version:
        raise ClusterRefused(
            f"Muniment is of version {own} here, and {version} where the work was started.",
            "Install the same version, with the same model, on every machine.",
        )


def _named(path: str) -> Any:
    module, _, name = path.partition(":")
    return getattr(importlib.import_module(module), name)


def _version(versioner: str, setting: str) -> str:
    return f"{__version__}, {_named(versioner)(setting)}"


def _proof_of(folder: Path) -> str:
    try:
        return hashlib.sha256((folder / PROOF).read_bytes()).hexdigest()
    except OSError:
        raise ClusterRefused(
            f"There is no index in {folder}.",
            "Put the index folder on every machine under this name, also on the one that starts the work.",
        ) from None
