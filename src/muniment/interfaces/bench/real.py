"""A whole distribution over a real repertoire and a real radio log, as commands; see docs/real-data.md."""

from collections.abc import Iterator
from pathlib import Path

from muniment.interfaces.demo.quarter import APPROVER, CLERK, Step

FUND = "radio/STATIONS/2014"
_TARIFF = """
[[tariff]]
code = "STATIONS"
title = "Radio stations, a fixed fee"
kind = "fixed"
currency = "USD"
fund_kind = "radio"
valid_from = 2014-01-01

[tariff.terms]
amount = "1000000"
"""


def real_steps(folder: Path, repertoire: Path, radio_log: Path, *, works: int, lines: int) -> Iterator[Step]:
    """Yield the commands: a repertoire in Parquet, a fee of a million dollars, a log of plays, one distribution.

    `radio_log` is a CSV (also packed as .gz) with the columns song, artist, callsign and time (seconds since 1970).
    """
    (folder / "tariffs.toml").write_text(_TARIFF)
    yield Step(
        ("work", "import-repertoire", str(repertoire), "--generate-shares", "--as", CLERK),
        "works imported",
        works,
        "works",
    )
    yield from _licence(folder)
    facts = ("--form", "radio", "--source", "STATIONS", "--fund", FUND, "--from", "2014-01-01", "--to", "2015-01-01")
    columns = ("--column", "title=song", "--column", "performer=artist", "--column", "time=time")
    yield Step(
        ("usage", "import", str(radio_log), *facts, *columns, "--territory", "840", "--as", CLERK),
        "usage imported",
        lines,
        "usage lines",
    )
    yield Step(("match", "run", "--all", "--as", CLERK), "usage matched", lines, "usage lines")
    title = "Radio of 2014"
    draft = ("distribution", "draft", "--title", title, "--policy", "census-1", "--fund", FUND, "--as", CLERK)
    yield Step(draft, "distribution drafted")
    yield Step(("distribution", "compute", "1", "--as", CLERK), "distribution computed", lines, "usage lines")
    yield Step(("distribution", "approve", "1", "--as", APPROVER), "distribution approved")
    yield Step(("distribution", "post", "1", "--as", CLERK), "distribution posted")
    yield Step(("distribution", "statements", "1", "--as", CLERK), "statements issued")
    yield Step(("distribution", "replay", "1"), "distribution replayed", lines, "usage lines")
    yield Step(("fsck",), "books proved")


def _licence(folder: Path) -> Iterator[Step]:
    """Yield the commands from a tariff to money in the fund; the licensee and its fee are invented."""
    (folder / "licensees.csv").write_text("Licensee number,Name,Country\nSTATIONS,Radio stations of the log,US\n")
    (folder / "licences.csv").write_text(
        "Licence number,Licensee number,Tariff,Territory,Right,Valid from\nL-1,STATIONS,STATIONS,840,PR,2014-01-01\n"
    )
    (folder / "receipts.csv").write_text(
        f"Reference,Fund,Amount,Currency,Received on\nR-1,{FUND},1000000.00,USD,2015-01-31\n"
    )
    files = {
        "tariffs.toml": ("tariff", "publish"),
        "licensees.csv": ("licensee", "import"),
        "licences.csv": ("import",),
    }
    for name, command in files.items():
        yield Step(("licence", *command, str(folder / name), "--as", CLERK), "licensed and received")
    yield Step(
        ("licence", "invoice", "issue", "2014", "--issued-on", "2015-01-02", "--as", CLERK), "licensed and received"
    )
    yield Step(("licence", "receipt", "import", str(folder / "receipts.csv"), "--as", CLERK), "licensed and received")
