"""The command `muniment demo`: nothing is done twice, nothing is left half done, and no other folder is touched."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import override_settings

from muniment.interfaces.cli import demo as command
from muniment.interfaces.demo.quarter import Step, quarter_steps
from muniment.rights.parties.queries import find_parties
from muniment.rights.parties.services import register_party
from muniment.trust.access.queries import find_user
from muniment.trust.access.rules import Role
from tests.cast import CHEN
from tests.interfaces.cli.keyboard import MOMENT, done, muniment, refused

pytestmark = pytest.mark.django_db

DEMO = ("demo", "--no-serve", "--members", "10", "--works", "25", "--seed", "1")
MARK = "muniment-demo.json"
NOTHING_TWICE = "nothing is done twice"


def until_the_money_is_here(*arguments: object) -> Iterator[Step]:
    """Yield the quarter only as far as the receipts, without the works."""
    for step in quarter_steps(*arguments):
        if step.arguments[0] in ("party", "licence"):
            yield step
        elif step.arguments[0] != "work":
            return


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """Shorten the quarter, and yield the home of the demonstration."""
    monkeypatch.setattr(command, "quarter_steps", until_the_money_is_here)
    monkeypatch.setattr(command, "_best_paid", lambda kind: find_parties(kind=kind).rows[0].id)
    with override_settings(MUNIMENT_HOME=tmp_path / "demo", MUNIMENT_CURRENCY="PKR"):
        yield tmp_path / "demo"


def table_of(printed: str) -> str:
    return printed.partition("Where the money of the quarter is")[2].partition("The sums tie.")[0]


def test_a_second_run_does_nothing_twice_and_shows_the_same_table(short: Path) -> None:
    first = done(*DEMO)
    assert "Everything ties." in first
    assert "Received from licensees" in table_of(first)
    parties, logins = find_parties().total, (short / "logins.json").read_bytes()
    farida = find_user("farida")
    assert farida is not None
    assert farida.role == Role.FINANCE
    assert (short / "logins.json").stat().st_mode & 0o077 == 0
    second = done(*DEMO)
    assert NOTHING_TWICE in second
    assert table_of(second) == table_of(first)
    assert (find_parties().total, (short / "logins.json").read_bytes()) == (parties, logins)


def test_an_unfinished_demonstration_is_made_anew(short: Path) -> None:
    short.mkdir()
    (short / MARK).write_text(json.dumps({"finished": None}))
    (short / "half").write_text("written")
    made = done(*DEMO)
    assert "Taking away the demonstration" in made
    assert NOTHING_TWICE not in made
    assert not (short / "half").exists()
    assert json.loads((short / MARK).read_text())["finished"] == {"members": 10, "works": 25, "seed": 1}


def test_another_seed_takes_the_place_of_a_finished_one(short: Path) -> None:
    short.mkdir()
    (short / MARK).write_text(json.dumps({"finished": {"members": 10, "works": 25, "seed": 2}}))
    (short / "old").write_text("of seed 2")
    assert NOTHING_TWICE not in done(*DEMO)
    assert not (short / "old").exists()


def test_a_demonstration_that_was_cut_off_is_not_taken_for_finished(
    short: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "quarter_steps", lambda *_: iter([Step(("party", "show", "NOBODY"), "cut off")]))
    assert "NOBODY" in refused(*DEMO)
    assert json.loads((short / MARK).read_text()) == {"finished": None}


def test_a_folder_with_something_else_is_refused_and_stays_as_it_is(short: Path) -> None:
    short.mkdir()
    (short / "letters.txt").write_text("of somebody")
    assert "Name another folder in MUNIMENT_HOME." in refused(*DEMO)
    assert [path.name for path in short.iterdir()] == ["letters.txt"]
    assert (short / "letters.txt").read_text() == "of somebody"
    assert muniment("party", "list").out.startswith("0 parties")


def test_a_database_with_a_society_is_refused_and_stays_as_it_is(short: Path) -> None:
    register_party(actor=CHEN, at=MOMENT, kind="writer", name="Somebody")
    assert "Name an empty database in MUNIMENT_DATABASE_URL" in refused(*DEMO)
    assert not short.exists()
    assert find_parties().total == 1
