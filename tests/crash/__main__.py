"""Kill commands many times: `python -m tests.crash --kills 10000 --seed 1`, on the database of the settings.

Ends with a JSON line, and with status 1 if anything was found.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path


def main() -> int:
    """Read the command line, kill, and say what came of it."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash")
    parser.add_argument("--kills", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--series", type=int, default=6, help="kills of one command before it is run to its end")
    parser.add_argument("--first", default="", help="leave the commands before this one alone: 'append to the log'")
    parser.add_argument("--minutes", type=float, default=24 * 60.0, help="stop after so long")
    arguments = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "muniment.settings")
    # a killed process loses nothing that the system has taken over, so memory is as good as a disk, and faster
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(prefix="crash-", dir=memory if memory.is_dir() else None) as folder:
        os.environ["MUNIMENT_HOME"] = folder
        import django

        django.setup()

        from tests.crash.harness import Harness

        until = time.monotonic() + arguments.minutes * 60
        harness = Harness(Path(folder) / "kills")
        kills = harness.run(arguments.kills, arguments.seed, arguments.series, arguments.first)
        for done, tally in enumerate(kills, start=1):
            if done % 100 == 0:
                sys.stderr.write(f"{done} kills, findings: {tally.findings}\n")
            if time.monotonic() > until:
                break
        facts = asdict(harness.tally)
    sys.stdout.write(json.dumps(facts, ensure_ascii=False) + "\n")
    return 1 if facts["findings"] else 0


if __name__ == "__main__":
    sys.exit(main())
