"""`muniment usage` and `muniment match`, as a clerk types them."""

import gzip
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from muniment.interfaces.cli import build_app
from muniment.kernel.words.problems import UserError
from muniment.use.matching import queries as matching
from muniment.use.usages import queries as usages
from tests.use.world import register_repertoire

pytestmark = pytest.mark.django_db

FACTS = ["--source", "STATIONS", "--fund", "radio/1", "--from", "2014-06-01", "--to", "2014-07-01", "--territory", "US"]
LOG = "song,artist,callsign,time\nThe Silver Ferry,Garden Collective,KABC,1402943314\nLantern Song,,KABC,1403398735\n"


def muniment(*words: str) -> Result:
    """Run a command."""
    return CliRunner().invoke(build_app(), list(words))


def test_a_log_goes_from_file_to_decisions_by_commands(tmp_path: Path) -> None:
    register_repertoire()
    log, out = tmp_path / "plays.csv.gz", tmp_path / "unidentified.csv"
    log.write_bytes(gzip.compress((LOG + ",,KABC,1403398735\n?,,KABC,1403398735\n").encode()))
    assert "Garden Collective" in muniment("usage", "preview", str(log), "--column", "title=song").output
    imported = muniment("usage", "import", str(log), *FACTS, "--form", "radio", "--as", "chen")
    assert imported.exit_code == 1, imported.output
    assert "3 of 4 lines" in " ".join(imported.output.split())
    (report,) = usages.list_reports().rows
    assert (report.territory, report.imported_by) == (840, "chen")
    assert "STATIONS" in muniment("usage", "list").output
    assert "Silver" in muniment("usage", "show", str(report.id)).output
    assert "nothing_to_identify" in muniment("usage", "problems", str(report.intake_id)).output
    assert muniment("match", str(report.id)).exit_code == 0
    assert muniment("match", "run", "--all").exit_code == 0
    (item,) = matching.queue().rows
    assert "Lantern" in muniment("match", "queue").output
    assert muniment("match", "decide", str(item.id), "pick", "--work", "W-3").exit_code == 0
    (decision,) = matching.list_decisions().rows
    assert muniment("match", "undo", str(decision.id)).exit_code == 0
    assert "1 unidentified works written" in " ".join(muniment("match", "unidentified", str(out)).output.split())
    assert "?" in out.read_text(encoding="utf-8-sig")
    assert muniment("usage", "undo", str(report.id)).exit_code == 0
    assert matching.queue().total == 0


def test_a_mapping_is_saved_and_used_by_name(tmp_path: Path) -> None:
    first, second = tmp_path / "a.csv", tmp_path / "b.csv"
    first.write_text("Was,Wann\nLantern Song,2014-06-02\n", encoding="utf-8")
    second.write_text("Was,Wann\nThe Silver Ferry,2014-06-03\n", encoding="utf-8")
    columns = ["--column", "title=Was", "--column", "used_at=Wann", "--save-mapping", "Hall"]
    assert muniment("usage", "import", str(first), *FACTS, *columns).exit_code == 0
    assert muniment("usage", "import", str(second), *FACTS, "--mapping", "Hall").exit_code == 0
    assert [report.line_count for report in usages.list_reports().rows] == [1, 1]


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--from", "2014-07-01", "--to", "2014-06-01"], "before it begins"),
        (["--column", "title"], "field=Header"),
        (["--mapping", "Nowhere"], "No mapping"),
        (["--licensee", "NOBODY"], "NOBODY"),
        (["--currency", "XXQ"], "XXQ"),
        (["--column", "title=Nothing"], "Nothing"),
    ],
)
def test_what_cannot_be_is_refused(tmp_path: Path, words: list[str], reason: str) -> None:
    path = tmp_path / "plays.csv"
    path.write_text(LOG, encoding="utf-8")
    refused = muniment("usage", "import", str(path), *FACTS, *words)
    assert isinstance(refused.exception, UserError), refused.output
    assert reason in str(refused.exception)
    assert usages.list_reports().total == 0
