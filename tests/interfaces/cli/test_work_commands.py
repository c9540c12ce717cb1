"""The commands `muniment work …` beside the straight way: whole catalogues, answers as known then, and refusals."""

from pathlib import Path

import pytest

from muniment.rights.works.queries import find_works
from muniment.trust.batches.queries import list_intakes
from tests.interfaces.cli.keyboard import done, muniment, refused
from tests.rights.works.samples import ISWC, sample_work, write_cwr_file, write_table
from tests.rights.works.test_catalogue import ROWS, catalogue

pytestmark = pytest.mark.django_db

RIVER = f"W1,River,,{ISWC},,Asan,,CA,60,,"


def test_a_whole_catalogue_gets_shares_that_say_they_are_generated(tmp_path: Path) -> None:
    path = str(catalogue(tmp_path, *ROWS))
    taken = muniment("work", "import-repertoire", path, "--generate-shares", "--seed", "7", "--as", "chen")
    assert taken.status == 1
    assert "3 of 4 lines taken" in taken.out
    assert "generated shares" in done("work", "show", "1")
    assert "Asan 25.00" in done("work", "shares", "1", "--territory", "PK", "--on", "2026-06-15")


def test_a_table_is_seen_taken_and_answers_as_it_was_known_then(tmp_path: Path) -> None:
    path = str(write_table(tmp_path, RIVER))
    assert "River" in done("work", "import", path, "--preview")
    assert find_works().total == 0
    assert "1 of 1 lines taken" in done("work", "import", path, "--save-mapping", "Ours", "--claim", "own")
    asked = ("work", "shares", "W1", "--territory", "PK", "--on", "2026-06-15")
    assert "Asan 60.00" in done(*asked)
    assert "Asan" not in done(*asked, "--known-at", "2026-10-01T09:00:00+00:00")
    assert "0 conflicts" in done("work", "conflicts", "--all")
    assert "1 works" in done("work", "undo", str(list_intakes().rows[0].id))
    assert find_works().total == 0


def test_a_file_that_breaks_off_is_refused_as_a_whole(tmp_path: Path) -> None:
    path = write_cwr_file(tmp_path / "a.V21", [sample_work()])
    path.write_bytes(path.read_bytes()[:600])
    cut = muniment("work", "import-cwr", str(path))
    assert cut.status == 2
    assert find_works().total == 0


def test_what_cannot_be_is_refused_with_a_remedy(tmp_path: Path) -> None:
    done("work", "import", str(write_table(tmp_path, RIVER)))
    asked = ("work", "shares", "W1")
    assert "Write it as 2026-09-30." in refused(*asked, "--on", "yesterday")
    assert "Write PR, MR or SR." in refused(*asked, "--right", "XX")
    assert "Atlantis" in refused(*asked, "--territory", "Atlantis")
    assert "Write it as 2026-10-05T09:00:00+00:00." in refused(*asked, "--known-at", "once")
    assert "Add it, such as +00:00 for UTC." in refused(*asked, "--known-at", "2026-10-05T09:00")
    assert "W9" in refused("work", "show", "W9")
    assert "Make it, or choose another." in refused("work", "export", str(tmp_path / "none" / "out.csv"))
