"""Files between two pages: held for their sender, for a day."""

from pathlib import Path

import pytest

from muniment.interfaces.held_files import held_file, hold_file, release_file
from muniment.kernel.words.problems import BadFile
from tests.cast import CHEN, FARIDA


@pytest.fixture
def sent(tmp_path: Path) -> Path:
    path = tmp_path / "members.csv"
    path.write_text("name,kind\n")
    return path


def test_a_file_is_held_under_its_name_until_it_is_released(sent: Path) -> None:
    token = hold_file(CHEN, sent)

    assert held_file(CHEN, token).name == "members.csv"
    assert held_file(CHEN, token).read_text() == sent.read_text()
    release_file(CHEN, token)
    with pytest.raises(BadFile):
        held_file(CHEN, token)


def test_nobody_else_gets_it_and_no_path_leads_out(sent: Path) -> None:
    token = hold_file(CHEN, sent)

    for actor, asked in ((FARIDA, token), (CHEN, "../" + token), (CHEN, ""), (CHEN, "z" * 32)):
        with pytest.raises(BadFile):
            held_file(actor, asked)


def test_what_is_older_than_a_day_goes(sent: Path) -> None:
    old = hold_file(CHEN, sent)
    later = held_file(CHEN, old).stat().st_mtime + 25 * 60 * 60

    new = hold_file(CHEN, sent, now_s=later)

    assert held_file(CHEN, new)
    with pytest.raises(BadFile):
        held_file(CHEN, old)
