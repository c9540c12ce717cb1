"""What can go wrong on a cluster, said so that the person who started it can put it right."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager

from muniment.kernel.words.problems import UserError

_MARK = "muniment-refused:"


class ClusterRefused(UserError):
    """The cluster, or one of its workers, cannot do the work as it is set up."""


class WorkerDied(UserError):
    """A worker died again and again over the same task; one that dies once has its tasks done elsewhere."""


class RefusedOnWorker(Exception):
    """A worker's refusal on its way to the driver, which sees only the text of an exception."""

    def __init__(self, host: str, error: UserError) -> None:
        super().__init__(_MARK + json.dumps([host, error.message, error.remedy]) + "\n")


_EXPLAINED = (
    (
        r"No module named 'muniment|No module named \\'muniment",
        "A worker of the cluster cannot import Muniment.",
        "Install the same version of Muniment on every machine, and name its Python with --python.",
    ),
    (
        r"PYTHON_VERSION_MISMATCH",
        "A worker runs another version of Python than this machine.",
        "Install the same version everywhere, and name it with --python.",
    ),
    (
        r'Cannot run program "([^"]*)"',
        "A worker cannot start the Python of the cluster.",
        "Name a Python that is on every machine with --python.",
    ),
    (
        r"ARITHMETIC_OVERFLOW",
        "A sum passes what an integer of 64 bits holds.",
        "Match the lines in several parts, and add the sums up elsewhere.",
    ),
    (
        r"PATH_NOT_FOUND|FAILED_READ_FILE|does not exist|No such file or directory",
        "A worker cannot see a file of the lines or of the results.",
        "Lines and results lie in folders that every machine sees under the same name.",
    ),
    (
        r"All masters are unresponsive|Master removed our application|SparkContext was shut down|"
        r"stopped SparkContext|SparkContext has been shutdown",
        "The cluster ended the work.",
        "See the log of its master for the reason, and start it again; nothing was written.",
    ),
)
_DIED = re.compile(r"ExecutorLostFailure|Python worker exited unexpectedly|Python worker terminated|OutOfMemoryError")


@contextmanager
def explained() -> Iterator[None]:
    """Raise what the engine raises in words that a person understands; a fault of ours stays as it is."""
    try:
        yield
    except UserError:
        raise
    except Exception as error:
        meant = explain(error)
        if meant is None:
            raise
        raise meant from error


def explain(error: Exception) -> UserError | None:
    """Return what an exception of the engine means to a person; None where it is a fault of ours."""
    text = str(error)
    if said := re.search(re.escape(_MARK) + r"(\[.*\])", text):
        host, message, remedy = json.loads(said[1])
        return ClusterRefused(f"On the worker {host}: {message}", remedy)
    for pattern, message, remedy in _EXPLAINED:
        if re.search(pattern, text):
            return ClusterRefused(message, remedy)
    if _DIED.search(text):
        return WorkerDied(
            "A worker died several times over the same task.",
            "Give the executors more memory with --memory, or look for the reason in the worker's log.",
        )
    return None
