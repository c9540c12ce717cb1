"""Fuzz for minutes or hours: `python -m tests.fuzz --minutes 60 --format all --seed 1`.

Writes a line of JSON for each format, and ends with status 1 if anything was found. Files that went where none went
before are kept in `--folder` (build/fuzz) and are the first ones of the next time; what was found lies in `findings`.
"""

import argparse
import os
import sys
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "muniment.settings")

from muniment.kernel.formats.door import all_formats
from tests.fuzz.campaign import TOLD_EVERY, Tally, fuzz, report, watch


def main() -> int:
    """Read the command line, fuzz, and say what came of it."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("--minutes", type=float, default=10.0, help="of all formats together")
    parser.add_argument("--format", default="all", help="one of them, or all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, default=Path("build/fuzz"))
    parser.add_argument("--alone", action="store_true", help="in this process, unwatched")
    arguments = parser.parse_args()
    if arguments.alone:
        return _alone(arguments.format, arguments.seed, arguments.minutes * 60, arguments.folder / arguments.format)
    names = [format_.name for format_ in all_formats()] if arguments.format == "all" else [arguments.format]
    count = 0
    for name in names:
        tally = watch(name, arguments.seed, arguments.minutes * 60 / len(names), arguments.folder / name)
        count += len(tally.findings)
        _say(tally)
    return 1 if count else 0


def _alone(name: str, seed: int, seconds: float, folder: Path) -> int:
    """Fuzz a format in this process, and say now and then what came of it, for whoever watches."""
    said, tally = 0, Tally(name)
    for tally in fuzz(name, seed, seconds, folder):
        if tally.tries % TOLD_EVERY == 0 or len(tally.findings) > said:
            said = len(tally.findings)
            _say(tally)
    _say(tally)
    return 0


def _say(tally: Tally) -> None:
    sys.stdout.write(report(tally) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
