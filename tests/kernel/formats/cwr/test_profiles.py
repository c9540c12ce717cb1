"""Rules of single societies, switched on for the house or for one check."""

from pathlib import Path

import pytest

from muniment.kernel.formats.cwr.profiles import VARIABLE, UnknownProfile, house_rules, rules_of
from muniment.kernel.formats.cwr.rules import PLAIN_RULES, SOCIETIES, rules
from muniment.kernel.formats.door import check_file, recognise
from muniment.kernel.words.problems import UserError

WORKS = Path(__file__).parents[3] / "golden" / "cwr" / "two_works.V21"
"""Two works whose publisher has no agreement number of the society, which SAAN asks for."""


def rules_broken(path: Path, *profiles: str) -> list[str]:
    return [problem.rule for problem in check_file(path, recognise(path), frozenset(profiles))]


def test_the_house_switches_profiles_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    assert house_rules() is PLAIN_RULES
    assert rules_broken(WORKS) == []
    monkeypatch.setenv(VARIABLE, "gema, saan")
    assert house_rules().societies == {"GEMA", "SAAN"}
    assert rules_broken(WORKS) == ["CWR.TR.SPU-F41", "CWR.TR.NWR-30"]


def test_one_check_switches_them_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    assert rules_broken(WORKS, "SAAN") == ["CWR.TR.SPU-F41"]
    assert rules_broken(WORKS) == []


@pytest.mark.parametrize("name", SOCIETIES)
def test_every_profile_asks_a_rule_that_is_not_asked_without_it(name: str) -> None:
    asked = rules_of(frozenset({name}))
    assert any(asked.holds(key) and not PLAIN_RULES.holds(key) for key in rules())


def test_what_is_no_profile_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnknownProfile, match="No profile of CWR is called 'NOBODY'"):
        rules_broken(WORKS, "NOBODY")
    table = tmp_path / "log.csv"
    table.write_text("title,plays\nNight,2\n")
    with pytest.raises(UserError, match="no rules of single societies"):
        rules_broken(table, "SAAN")
