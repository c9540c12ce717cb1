"""Versions of a profile: an application keeps the one it was submitted under, unless a later one is adopted."""

from datetime import UTC, date, datetime
from importlib.resources import files
from pathlib import Path

import pytest

from muniment.rights.registry.models import Application
from muniment.rights.registry.queries.applications import events_of, get_application, rules_of
from muniment.rights.registry.queries.registrations import get_registration, rules_of_registration
from muniment.rights.registry.rules.profiles import (
    NoProfile,
    Transition,
    get_profile,
    profile_names,
    profile_on,
    profile_versions,
)
from muniment.rights.registry.rules.standing import Stage
from muniment.rights.registry.rules.tables import BadRules
from muniment.trust.evidence.queries import get_record
from tests.rights.registry.desk import START, Case, drafted

NEW = date(2026, 3, 10)
OURS = files("muniment.rights.registry.rules").joinpath("profiles/data/zhejiang.toml").read_text(encoding="utf-8")


def version(
    running: str, stages: str = '["formal", "panel"]', said: str = "From the decree of an invented day."
) -> str:
    """Return a version of the profile with another procedure and another term."""
    text = OURS.replace('stages = ["formal"]', f"stages = {stages}").replace("years = 3", "years = 5")
    return f'{text}\n[transition]\nrunning = "{running}"\nsaid = "{said}"\n'


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Return the folder of an installation's profiles."""
    monkeypatch.setenv("MUNIMENT_REGISTRY_RULES", str(tmp_path))
    (tmp_path / "profiles").mkdir()
    return tmp_path / "profiles"


def put(folder: Path, text: str, day: str = "2026-03-10") -> None:
    """Put a version there."""
    (folder / f"zhejiang.{day}.toml").write_text(text, encoding="utf-8")


def go_on(case: Case, day: int) -> Case:
    """Let the case's clock be a day of March."""
    case.at = datetime(2026, 3, day, 2, 0, tzinfo=UTC)
    return case


def test_versions_stand_in_the_order_of_their_days(folder: Path) -> None:
    put(folder, version("adopt"), "2027-01-01")
    put(folder, version("keep"))
    assert [one.from_on for one in profile_versions("zhejiang")] == [None, NEW, date(2027, 1, 1)]
    assert [one.transition for one in profile_versions("zhejiang")][1:] == [Transition.KEEP, Transition.ADOPT]
    assert profile_on("zhejiang", date(2026, 3, 9)).term_years == 3
    assert profile_on("zhejiang", NEW) == get_profile("zhejiang", NEW)
    assert profile_names().count("zhejiang") == 1
    with pytest.raises(NoProfile):
        get_profile("zhejiang", date(2026, 3, 11))


@pytest.mark.parametrize(
    ("text", "day", "words"),
    [
        (OURS, "2026-03-10", "transition"),
        (version("perhaps"), "2026-03-10", "'perhaps' is unknown"),
        (version("keep", said=""), "2026-03-10", "must be a text"),
        (version("keep").replace('subject = "data"', 'subject = "work"'), "2026-03-10", "subject|unknown|code"),
        (version("keep"), "2026-02-30", "is no day"),
    ],
)
def test_a_bad_version_is_refused_with_its_file(folder: Path, text: str, day: str, words: str) -> None:
    put(folder, text, day)
    with pytest.raises(BadRules, match=words) as refused:
        profile_versions("zhejiang")
    assert refused.value.file_name == f"zhejiang.{day}.toml"


def test_a_first_version_has_no_transition(folder: Path) -> None:
    (folder / "zhejiang.toml").write_text(version("keep"), encoding="utf-8")
    with pytest.raises(BadRules, match="transition"):
        get_profile("zhejiang")


@pytest.mark.django_db
def test_what_was_submitted_keeps_its_version(folder: Path) -> None:
    put(folder, version("keep"))
    case = go_on(drafted().submit().take(), 12).pass_on()
    assert case.row.profile_from_on is None
    assert case.row.stage is Stage.FORMAL
    case = go_on(case.publish(), 28)
    registered = case.close()
    found = get_registration(registered.row.registration_number)
    assert found is not None
    assert found.until_on is not None
    assert found.until_on.year == 2029
    assert rules_of_registration(found).term_years == 3


@pytest.mark.django_db
def test_a_draft_goes_by_the_version_of_its_submission(folder: Path) -> None:
    put(folder, version("keep"))
    case = go_on(drafted(), 12).submit()
    assert case.row.profile_from_on == NEW
    leaf = get_record(f"application/{case.row.number}/{events_of(case.row.number)[-1].seq}")
    assert leaf is not None
    assert '"profile_from_on":"2026-03-10"' in leaf.body
    assert case.take().pass_on().row.stage is Stage.PANEL


@pytest.mark.django_db
def test_what_is_examined_adopts_a_version_that_says_so(folder: Path) -> None:
    put(folder, version("adopt"))
    case = drafted().submit().take()
    row = get_application(case.row.number)
    assert row is not None
    assert rules_of(row, date(2026, 3, 9)).from_on is None
    assert rules_of(row, NEW).from_on == NEW
    assert go_on(case, 12).pass_on().row.stage is Stage.PANEL
    assert case.row.profile_from_on == NEW


@pytest.mark.django_db
def test_what_is_accepted_keeps_its_version_anyhow(folder: Path) -> None:
    put(folder, version("adopt"))
    case = drafted().submit().take().pass_on()
    assert go_on(case, 12).publish().row.profile_from_on is None


@pytest.mark.django_db
def test_a_stage_that_is_gone_becomes_the_next(folder: Path) -> None:
    put(folder, version("adopt", '["panel"]'))
    case = drafted().submit().take()
    assert go_on(case, 12).take().row.stage is Stage.PANEL
    assert Application.objects.get().profile_from_on == NEW
    assert START.day == 2
