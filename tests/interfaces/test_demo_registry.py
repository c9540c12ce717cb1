"""`muniment demo-registry`: run once, its figures are held against the plan, and other folders stay as they are."""

from pathlib import Path

import pytest
from django.conf import settings
from typer.testing import CliRunner, Result

from muniment.interfaces.cli import build_app, demo_registry
from muniment.interfaces.cli.demo import NotADemo
from muniment.interfaces.demo.registry_acts import Year
from muniment.interfaces.demo.registry_year import Difference
from muniment.rights.registry.queries.registrations import search_register

pytestmark = pytest.mark.django_db
WORDS = ("demo-registry", "--registrations", "20", "--proofs", "3", "--certificates", "1")


def muniment(*words: str) -> Result:
    """Run a command; a refusal is raised as it is."""
    result = CliRunner().invoke(build_app(), [*words])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


@pytest.fixture
def shorter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the log sequenced every fifth week, which a test need not do daily."""
    whole = demo_registry.invented_year

    def rarely(registrations: int, seed: int) -> Year:
        return whole(registrations, seed, log_every=25)

    monkeypatch.setattr(demo_registry, "invented_year", rarely)


@pytest.mark.usefixtures("shorter")
def test_the_year_is_run_once_and_its_figures_are_those_of_the_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    first = muniment(*WORDS)
    assert first.exit_code == 0, first.output
    assert "Every figure is what the generator counted" in first.output
    assert "3 registrations drawn at random hold" in first.output
    assert "1903 registrations, CNY 1.05 million licensed and CNY 1430 million pledged" in " ".join(
        first.output.split()
    )
    assert len(list((Path(settings.MUNIMENT_HOME) / "registration-certificates").glob("*.pdf"))) == 1
    assert search_register().total == 20
    again = muniment(*WORDS)
    assert "nothing is done twice" in again.output
    assert search_register().total == 20
    monkeypatch.setattr(demo_registry, "compare", lambda _: (Difference("applied", 1, 2),))
    assert muniment(*WORDS).exit_code == 1


def test_another_folder_stays_as_it_is(store: Path) -> None:
    home = store.parent
    home.mkdir(parents=True, exist_ok=True)
    (home / "letter.txt").write_text("mine")
    with pytest.raises(NotADemo):
        muniment(*WORDS)
    assert [path.name for path in home.iterdir()] == ["letter.txt"]
