"""A sequencer is killed at every file and every statement: nothing that was said is lost, and nothing is forked.

The child works on a database and a home of its own, as in `tests/crash`; it reports each tree that it acknowledges.
"""

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROUNDS = int(os.environ.get("MUNIMENT_LOG_KILLS", "4"))


def run(folder: Path, command: str, deadly: int) -> tuple[int, list[str]]:
    """Run a child, which dies at its deadly-th place if it comes so far; return its status and what it said."""
    environment = os.environ | {"MUNIMENT_HOME": str(folder), "DJANGO_SETTINGS_MODULE": "muniment.settings"}
    environment.pop("MUNIMENT_DATABASE_URL", None)
    words = [sys.executable, "-m", "tests.trust.evidence.victim", command, str(deadly)]
    root = Path(__file__).parents[3]
    environment["PYTHONPATH"] = f"{root / 'src'}{os.pathsep}{root}"
    done = subprocess.run(words, capture_output=True, text=True, env=environment, cwd=root, check=False)
    assert done.returncode in (0, -signal.SIGKILL), done.stderr[-2_000:]
    return done.returncode, done.stdout.split("\n")[:-1]


@pytest.mark.parametrize("seed", range(1))
def test_a_killed_sequencer_loses_nothing_and_forks_nothing(tmp_path: Path, seed: int) -> None:
    """Each child appends groups; it is killed somewhere, and the next goes on and is killed; the last checks all."""
    chance = random.Random(seed)
    killed, acknowledged = 0, []
    _, said = run(tmp_path, "prepare", 0)
    places = int(said[-1])
    for _ in range(ROUNDS):
        status, said = run(tmp_path, "append", chance.randint(1, places))
        killed += status != 0
        acknowledged += said
    status, found = run(tmp_path, "check", 0)
    assert (status, found[-1]) == (0, "no differences")
    trees = dict(line.split() for line in found[:-1])
    assert killed
    for line in acknowledged:
        size, root = line.split()
        assert trees[size] == root, "an acknowledged tree is part of the history"
