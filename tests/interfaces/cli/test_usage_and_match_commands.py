"""The commands `muniment usage …` and `muniment match …`: their statuses, as a script reads them."""

from pathlib import Path

import pytest

from muniment.use.usages.queries import list_reports
from tests.interfaces.cli.keyboard import done, muniment, refused
from tests.use.world import register_repertoire

pytestmark = pytest.mark.django_db

FACTS = ("--source", "ONE", "--fund", "radio/1", "--from", "2026-07-01", "--to", "2026-10-01", "--territory", "PK")


def log(folder: Path, *lines: str) -> str:
    path = folder / "log.csv"
    path.write_text("\n".join(["title,performer,date", *lines, ""]), encoding="utf-8")
    return str(path)


def test_a_report_ends_with_one_where_a_line_was_left_out_and_with_two_where_none_is_left(tmp_path: Path) -> None:
    some = muniment(
        "usage", "import", log(tmp_path, "The Silver Ferry,Garden Collective,2026-07-01", ",,2026-07-01"), *FACTS
    )
    assert some.status == 1
    assert "1 of 2 lines taken" in some.out
    none = muniment("usage", "import", log(tmp_path, ",,2026-07-01"), *FACTS)
    assert none.status == 2
    assert "nothing was written" in none.out
    assert list_reports().total == 1
    (report,) = list_reports().rows
    told = done("usage", "problems", str(report.intake_id))
    assert "names no title" in told
    assert "1 problems, 1 lines taken" in told


def test_matching_is_asked_for_again_and_says_the_same(tmp_path: Path) -> None:
    register_repertoire()
    done("usage", "import", log(tmp_path, "The Silver Ferry,Garden Collective,2026-07-01", "Nothing Known,,"), *FACTS)
    first = done("match", "run", "--all")
    assert "50.0 %" in first
    (report,) = list_reports().rows
    assert done("match", str(report.id)) == first
    assert "Nothing Known" in done("match", "queue") + done("match", "unidentified")


def test_what_cannot_be_is_refused_with_a_remedy(tmp_path: Path) -> None:
    assert "Name a report, or say --all after importing one." in refused("match", "run")
    assert "9" in refused("match", "9")
    assert "9" in refused("usage", "show", "9")
    assert "9" in refused("usage", "undo", "9")
    assert "No received file has the number 9." in refused("usage", "problems", "9")
    assert refused("match", "decide", "9", "accept")
    assert refused("match", "undo", "9")
    assert "For example --column title=Song." in refused("usage", "preview", log(tmp_path, "a,b,c"), "--column", "x")
    assert "Write it as 2026-09-30." in refused("usage", "import", log(tmp_path, "a,b,c"), *FACTS, "--to", "soon")
