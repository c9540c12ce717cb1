"""Toy functions for the cluster: what a batch is answered is plain to see, and some of them die on the way.

Each is named in a test as `tests.engines.toys:name`; a worker imports it and hands it the folder and a setting.
"""

import os
import signal
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from muniment.kernel.columns.cluster import ClusterRefused, Work, work_in
from muniment.kernel.columns.cluster.worker import Answer

QUESTIONS = pa.schema([pa.field("id", pa.int64(), nullable=False), ("word", pa.string()), ("tongue", pa.string())])
ANSWERS = pa.schema(
    [
        pa.field("id", pa.int64(), nullable=False),
        pa.field("letters", pa.int32(), nullable=False),
        ("echo", pa.string()),
        ("parts", pa.list_(pa.int16())),
        ("nested", pa.list_(pa.list_(pa.int64()))),
    ]
)


def toy_work(folder: Path, loader: str) -> Work:
    """Return the work of the toy `loader` over a new folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "manifest.json").write_text('{"toy": 1}')
    return work_in(
        folder,
        loader=f"{__name__}:{loader}",
        versioner=f"{__name__}:version",
        row_id="id",
        questions=QUESTIONS,
        answers=ANSWERS,
    )


def version(setting: str) -> str:
    """Return the version of the toys, set so."""
    return f"toys 1{setting}"


def answers(folder: Path, setting: str) -> Answer:
    """Answer each word with its length, itself, and lists."""

    def answer(batch: pa.RecordBatch) -> pa.RecordBatch:
        words = batch.column("word")
        lengths = pc.fill_null(pc.utf8_length(words), -1).cast(pa.int32())
        parts = [None if word is None else [ord(letter) % 1000 for letter in word[:3]] for word in words.to_pylist()]
        nested = [[list(range(length))] if 0 <= length < 3 else [] for length in lengths.to_pylist()]
        columns = [
            batch.column("id"),
            lengths,
            pc.binary_join_element_wise(words, batch.column("tongue"), "/", null_handling="replace"),
            pa.array(parts, pa.list_(pa.int16())),
            pa.array(nested, pa.list_(pa.list_(pa.int64()))),
        ]
        return pa.RecordBatch.from_arrays(columns, schema=ANSWERS)

    return answer


def dies_in_the_middle(folder: Path, setting: str) -> Answer:
    """Answer; but once some batches are done, one executor is killed, and later one Python process."""
    answer = answers(folder, setting)
    done = 0

    def mortal(batch: pa.RecordBatch) -> pa.RecordBatch:
        nonlocal done
        done += 1
        if done == 2 and _first(folder / "executor-killed"):
            os.kill(_parent(os.getppid()), signal.SIGKILL)  # worker < daemon of PySpark < executor
            os.kill(os.getpid(), signal.SIGKILL)
        if done == 3 and (folder / "executor-killed").exists() and _first(folder / "python-killed"):
            os.kill(os.getpid(), signal.SIGKILL)
        return answer(batch)

    return mortal


def dies_always(folder: Path, setting: str) -> Answer:
    """Kill the Python process at the first batch, every time."""

    def answer(batch: pa.RecordBatch) -> pa.RecordBatch:
        os.kill(os.getpid(), signal.SIGKILL)
        return batch

    return answer


def refuses(folder: Path, setting: str) -> Answer:
    """Refuse the folder, as an index of another version does."""
    raise ClusterRefused("The index is of version 7.", "Build it again with this version.")


def loses_a_row(folder: Path, setting: str) -> Answer:
    """Leave the last row of each batch out."""
    answer = answers(folder, setting)
    return lambda batch: answer(batch).slice(0, batch.num_rows - 1)


def counts_loading(folder: Path, setting: str) -> Answer:
    """Answer, and leave a file for each time that the folder was opened."""
    (folder / f"opened-{os.getpid()}-{time.monotonic_ns()}").touch()
    return answers(folder, setting)


def _first(path: Path) -> bool:
    """Tell whether this process is the one that made the file."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return False
    return True


def _parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])
