"""The page of conformance is what the tables and the tests say."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[4]


def test_the_page_of_conformance_is_up_to_date() -> None:
    done = subprocess.run(
        [sys.executable, "tools/conformance.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
