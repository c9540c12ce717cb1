"""Profiles: ours are whole and say where their rules are from; a file that is wrong is refused by its line."""

import re
from importlib.resources import files
from pathlib import Path

import pytest

from muniment.rights.registry.rules.application import Kind, Subject
from muniment.rights.registry.rules.calendars import get_calendar
from muniment.rights.registry.rules.profiles import (
    Check,
    Mark,
    Need,
    NoProfile,
    Refusal,
    get_profile,
    ground_of,
    profile_names,
    read_profile,
)
from muniment.rights.registry.rules.standing import Stage
from muniment.rights.registry.rules.tables import BadRules

NAMES = ("beijing", "copyright", "guangdong", "national_draft", "shandong", "shanghai", "zhejiang")
TEXT = (files("muniment.rights.registry.rules.profiles") / "data" / "zhejiang.toml").read_text(encoding="utf-8")


def test_ours_are_there() -> None:
    assert profile_names() == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_each_of_ours_is_whole(name: str) -> None:
    profile = get_profile(name)
    assert set(profile.procedures) == set(Kind)
    assert get_calendar(profile.calendar).years
    assert profile.procedures[Kind.TRANSFER].needs == ("reason", "transferee")
    assert not profile.procedures[Kind.CANCELLATION].is_whole_form
    assert (profile.certificate_scheme.size, profile.registration_scheme.size) == (17, 16)
    assert all(ground.claim and ground.where for ground in profile.sources)
    assert profile.need("title") is profile.need("applicants.0.name") is Need.REQUIRED


def test_what_distinguishes_the_pilots() -> None:
    by_name = {name: get_profile(name) for name in NAMES}
    assert by_name["zhejiang"].procedures[Kind.FIRST].publicity_days == 10
    assert by_name["shanghai"].procedures[Kind.FIRST].publicity_days == 15
    assert by_name["shanghai"].procedures[Kind.FIRST].stages == (Stage.FORMAL, Stage.PANEL)
    assert by_name["shandong"].procedures[Kind.FIRST].stages == (Stage.FORMAL, Stage.SUBSTANTIVE)
    assert Refusal.PUBLISHED_DATA in by_name["shandong"].refusals
    assert Check.UPDATE_WITHIN_CONTRACT in by_name["beijing"].checks
    assert by_name["beijing"].need("update_term") is Need.REQUIRED
    assert by_name["national_draft"].need("rights_claimed") is Need.REQUIRED
    assert (by_name["copyright"].subject, by_name["copyright"].term_years) == (Subject.WORK, 0)
    assert by_name["copyright"].need("sources.0.kind") is Need.ABSENT


def test_each_rule_says_how_sure_it_is() -> None:
    zhejiang = get_profile("zhejiang")
    assert ground_of(zhejiang, "procedures.first.publicity_days").mark is Mark.RECALLED
    assert ground_of(zhejiang, "fields.structure.name").mark is Mark.RECALLED
    assert ground_of(zhejiang, "procedures.first.correction_days").mark is Mark.OURS
    assert ground_of(get_profile("beijing"), "term.years").where == "Measures of Beijing (trial), Article 13"


def test_an_unknown_profile_is_refused_and_so_are_paths() -> None:
    for name in ("zheijang", "../zhejiang", "data/zhejiang", "ZHEJIANG", ""):
        with pytest.raises(NoProfile, match="zhejiang"):
            get_profile(name)


def test_an_installation_can_replace_and_add(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "profiles").mkdir()
    changed = TEXT.replace("publicity_days = 10", "publicity_days = 12", 1)
    for name in ("zhejiang", "own_rules"):
        (tmp_path / "profiles" / f"{name}.toml").write_text(changed, encoding="utf-8")
    (tmp_path / "profiles" / "Not A Name.toml").write_text("", encoding="utf-8")
    monkeypatch.setenv("MUNIMENT_REGISTRY_RULES", str(tmp_path))
    assert profile_names() == tuple(sorted((*NAMES, "own_rules")))
    assert get_profile("zhejiang").procedures[Kind.FIRST].publicity_days == 12
    assert get_profile("own_rules").name == "own_rules"
    assert get_profile("beijing").procedures[Kind.FIRST].publicity_days == 10


def test_a_profile_wants_a_calendar_that_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles" / "own.toml").write_text(TEXT.replace('calendar = "cn"', 'calendar = "cm"'), "utf-8")
    monkeypatch.setenv("MUNIMENT_REGISTRY_RULES", str(tmp_path))
    with pytest.raises(BadRules, match=r"own\.toml, line 7, calendar: There is no calendar 'cm'"):
        get_profile("own")


@pytest.mark.parametrize(
    ("old", "new", "rule", "field"),
    [
        ('title = "Zhejiang', 'titel = "Zhejiang', "unknown_key", "titel"),
        ('title = "Zhejiang', 'titel = "Zhejiang', "missing", "title"),
        ('subject = "data"', 'subject = "song"', "unknown_value", "subject"),
        ("years = 3", "years = -1", "no_number", "term.years"),
        ("years = 3", 'years = "3"', "no_number", "term.years"),
        ("years = 3", "years = true", "no_number", "term.years"),
        ("is_capped_by_contract = true", "is_capped_by_contract = 1", "no_flag", "term.is_capped_by_contract"),
        ("publicity_days = 10", "publicity_days = 10.5", "no_number", "procedures.first.publicity_days"),
        ("publicity_days = 10\n", "", "missing", "procedures.first.publicity_days"),
        ('stages = ["formal"]', 'stages = ["panel", "formal"]', "stages", "procedures.first.stages"),
        ('stages = ["formal"]', 'stages = ["former"]', "unknown_value", "procedures.first.stages"),
        ("[procedures.change]", "[procedures.chance]", "unknown_key", "procedures.chance"),
        ("[procedures.change]", "[procedures.chance]", "table_missing", "procedures.change"),
        ('"raw_data", ', '"raw_dater", ', "unknown_value", "refusals"),
        ('"deposit_or_act", ', '"deposit_or_acts", ', "unknown_value", "checks"),
        ('"title", "industry"', '"titles", "industry"', "unknown_value", "fields.required"),
        ('"title", "industry"', '"title", "title"', "twice", "fields.required"),
        ('"title_latin", ', '"title", ', "twice", "fields.optional"),
        ('"serial:7"', '"serial:x"', "no_part", "certificate_number.parts"),
        ('"serial:7"', '"serial:7", "serial:2"', "parts", "certificate_number.parts"),
        ('check = "none"', 'check = "luhn"', "unknown_value", "certificate_number.check"),
        ('licensed = "B"', 'licensed = "BB"', "no_code", "registration_number.source_codes.licensed"),
        ('licensed = "B"\n', "", "missing", "registration_number.source_codes.licensed"),
        ('mark = "read"', 'mark = "heard"', "unknown_value", "grounds[2].mark"),
        ('governs = ["term.years"]', 'governs = ["term.year"]', "unknown_value", "grounds[5].governs"),
        ('governs = ["term.years"]', 'governs = ["fields"]', "twice", "grounds[5].governs"),
    ],
)
def test_a_profile_that_is_wrong_is_refused_by_its_line(old: str, new: str, rule: str, field: str) -> None:
    assert old in TEXT
    text = TEXT.replace(old, new, 1)
    with pytest.raises(BadRules) as refused:
        read_profile(text, "zhejiang")
    found = {(one.rule, one.field): one for one in refused.value.problems}
    assert (rule, field) in found
    problem = found[rule, field]
    assert problem.line is not None
    assert problem.remedy
    if new and rule not in ("missing", "table_missing"):
        key = re.split(r"[.\[]", field)[-1].strip("0123456789]")
        assert key in text.splitlines()[problem.line - 1] or "[[grounds]]" in text.splitlines()[problem.line - 1]


def test_all_problems_of_a_file_are_told_at_once() -> None:
    with pytest.raises(BadRules) as refused:
        read_profile("", "empty")
    assert len(refused.value.problems) > 10
    assert "empty.toml, line 1" in refused.value.message
