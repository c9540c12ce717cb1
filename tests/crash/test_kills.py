"""A few kills in every run of the tests; `make nightly` makes thousands."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

ROOT = Path(__file__).parents[2]
KILLS = {"sqlite": 40, "postgresql": 15}


@pytest.mark.database
def test_killed_commands_lose_nothing_and_do_their_work_once() -> None:
    kills = KILLS[connection.vendor]
    done = subprocess.run(
        [sys.executable, "-m", "tests.crash", "--kills", str(kills), "--seed", "3"],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    tally = json.loads(done.stdout.splitlines()[-1])
    assert tally["findings"] == []
    assert tally["kills"] + tally["survived"] == kills
    assert tally["kills"] > kills // 2
    assert min(tally["places"].values()) > 10
    assert {
        "post in columns",
        "post an adjustment",
        "confirm payments",
        "close a publicity",
        "record a pledge",
        "append to the log",
        "stamp the tree",
        "deposit a folder",
        "make a certificate",
        "erase a deposit",
    } <= tally["places"].keys()
