"""The pre-check: a good statement passes under every profile; each fault is found, at its field, with its reason."""

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from muniment.rights.registry.rules.application import (
    STATEMENT_FIELDS,
    Applicant,
    BadStatement,
    DataField,
    Kind,
    NotarialAct,
    Source,
    Statement,
    statement_text,
)
from muniment.rights.registry.rules.precheck import (
    CHECKS,
    REFUSALS,
    Finding,
    Known,
    precheck,
    read_statement_file,
    term_until,
)
from muniment.rights.registry.rules.profiles import Check, Refusal, get_profile
from tests.rights.registry.rules.samples import ACT, AT_ON, DATA, FIRM, KNOWN, OTHER_FIRM, WORK, data

DATA_PROFILES = ("beijing", "guangdong", "national_draft", "shandong", "shanghai", "zhejiang")


def check(
    statement: Statement = DATA, profile: str = "zhejiang", known: Known = KNOWN, kind: Kind = Kind.FIRST
) -> tuple[Finding, ...]:
    return precheck(statement, get_profile(profile), at_on=AT_ON, known=known, kind=kind)


def pairs(found: tuple[Finding, ...]) -> set[tuple[str, str, str]]:
    return {(one.rule, one.level, one.field) for one in found}


@pytest.mark.parametrize("profile", DATA_PROFILES)
def test_a_good_data_set_passes_everywhere(profile: str) -> None:
    assert check(profile=profile) == ()


def test_a_good_work_passes() -> None:
    assert check(WORK, "copyright") == ()


def test_an_empty_statement_is_told_all_that_is_missing() -> None:
    found = check(Statement(), known=Known())
    missing = {one.field for one in found if one.rule == "field_missing"}
    assert missing >= {"title", "industry", "scenario", "applicants", "sources", "processing", "structure", "sample"}
    assert {"raw_data", "evidence_missing"} <= {one.rule for one in found}
    assert all(one.message and one.remedy and one.basis for one in found)


def _source(place: int, **changes: object) -> Statement:
    rows = list(DATA.sources)
    rows[place] = replace(rows[place], **changes)  # type: ignore[arg-type]
    return data(sources=tuple(rows))


def _person(**changes: object) -> Statement:
    return data(applicants=(replace(DATA.applicants[0], **changes),))  # type: ignore[arg-type]


CONTRACT = "sources.1.contract_until_on"
FAULTS = [
    (_source(1, contract_sha256=""), "contract_missing", "error", "sources.1.contract_sha256"),
    (_source(1, contract_sha256="AB" * 32), "contract_digest", "error", "sources.1.contract_sha256"),
    (_source(1, counterpart=" "), "counterpart_missing", "error", "sources.1.counterpart"),
    (_source(1, contract_until_on=date(2026, 3, 1)), "contract_ended", "error", CONTRACT),
    (_source(1, contract_until_on=date(2026, 5, 1)), "contract_ends_soon", "warning", CONTRACT),
    (_source(1, contract_until_on=date(2024, 5, 1)), "contract_dates", "error", CONTRACT),
    (_source(1, contract_until_on=None), "contract_without_end", "warning", CONTRACT),
    (_source(1, contract_from_on=date(2026, 3, 3)), "contract_not_begun", "error", "sources.1.contract_from_on"),
    (_source(0, route=""), "collection_untold", "error", "sources.0.route"),
    (_source(0, method="  "), "collection_untold", "error", "sources.0.method"),
    (_source(0, kind="found"), "word_unknown", "error", "sources.0.kind"),
    (_source(0, kind=""), "field_missing", "error", "sources.0.kind"),
    (data(sources=DATA.sources[1:]), "rights_beyond_source", "warning", "rights_claimed"),
    (_person(identifier=""), "field_missing", "error", "applicants.0.identifier"),
    (_person(identifier=FIRM[:-1] + "0"), "identifier_wrong", "error", "applicants.0.identifier"),
    (_person(identifier=FIRM[:-1] + "0", country=""), "identifier_wrong", "warning", "applicants.0.identifier"),
    (_person(kind="company"), "word_unknown", "error", "applicants.0.kind"),
    (_person(role="agent"), "one_holder", "error", "applicants"),
    (data(applicants=DATA.applicants * 2), "person_twice", "error", "applicants.1.identifier"),
    (data(is_substantive=False), "raw_data", "error", "is_substantive"),
    (data(record_count=1), "single_data", "error", "record_count"),
    (data(record_count=0), "field_missing", "error", "record_count"),
    (data(has_core_data=True), "core_data", "error", "has_core_data"),
    (data(has_important_data=True), "important_data", "warning", "has_important_data"),
    (data(has_personal_data=True), "personal_data", "warning", "has_personal_data"),
    (data(is_ownership_disputed=True), "ownership_dispute", "error", "is_ownership_disputed"),
    (data(industry="logistics"), "industry_unknown", "error", "industry"),
    (data(industry="G99"), "industry_unknown", "error", "industry"),
    (data(industry="G"), "industry_vague", "warning", "industry"),
    (data(title="A\nB"), "title_unfit", "error", "title"),
    (data(title="A" * 201), "title_unfit", "error", "title"),
    (data(structure=DATA.structure[:1] * 2), "column_twice", "error", "structure.1.name"),
    (data(sample="a,b,c"), "sample_columns", "warning", "sample"),
    (data(sample="depot,hour\n330106199003070014,1"), "sample_shows_persons", "error", "sample"),
    (data(sample="depot,hour\n13912345678,1"), "sample_may_show_persons", "warning", "sample"),
    (data(sample="depot,hour\na@example.org,1"), "sample_may_show_persons", "warning", "sample"),
    (data(processing="Sorted."), "processing_untold", "warning", "processing"),
    (data(deposit=""), "evidence_missing", "error", "deposit"),
    (data(deposit="D-00000012-08"), "deposit_mistyped", "error", "deposit"),
    (data(deposit="", notarial_act=replace(ACT, digest="")), "act_not_whole", "error", "notarial_act.digest"),
    (data(notarial_act=replace(ACT, digest="cd" * 31)), "act_digest", "error", "notarial_act.digest"),
    (data(notarial_act=replace(ACT, algorithm="MD5")), "act_weak", "warning", "notarial_act.algorithm"),
    (data(notarial_act=replace(ACT, acted_on=date(2027, 1, 1))), "day_ahead", "error", "notarial_act.acted_on"),
    (data(update_term="2y"), "word_unknown", "error", "update_term"),
    (data(rights_claimed=("own",)), "word_unknown", "error", "rights_claimed"),
    (data(authors=("A",)), "field_not_asked", "warning", "authors"),
    (WORK, "subject_differs", "error", "subject"),
]


@pytest.mark.parametrize(("statement", "rule", "level", "field"), FAULTS)
def test_each_fault_is_found_at_its_field(statement: Statement, rule: str, level: str, field: str) -> None:
    assert (rule, level, field) in pairs(check(statement))


def test_a_notarial_act_stands_for_a_deposit() -> None:
    assert check(data(deposit="", notarial_act=ACT), known=Known()) == ()


@pytest.mark.parametrize("profile", ["beijing", "zhejiang"])
def test_updates_beyond_the_contract_are_beijings_rule(profile: str) -> None:
    stated = replace(_source(1, contract_until_on=date(2028, 12, 31)), update_term="3y")
    found = [one.rule for one in check(stated, profile)]
    assert found == (["update_beyond_contract"] if profile == "beijing" else [])
    assert check(replace(stated, update_term="1y"), profile) == ()
    assert [one.rule for one in check(replace(stated, update_term="long"), profile)] == found


def test_shandong_wants_data_that_is_not_public() -> None:
    assert pairs(check(data(is_unpublished=False), "shandong")) == {("published_data", "error", "is_unpublished")}
    assert check(data(is_unpublished=False), "zhejiang") == ()


def test_the_national_draft_refuses_what_ai_alone_made() -> None:
    assert pairs(check(data(is_wholly_by_ai=True), "national_draft")) == {("wholly_by_ai", "error", "is_wholly_by_ai")}


def test_what_the_registry_knows_is_found() -> None:
    like = Known(deposit_exists=True, deposit_is_likely_duplicate_of=("D-00000001-40",))
    assert pairs(check(known=Known())) == {("deposit_unknown", "error", "deposit")}
    assert pairs(check(known=like)) == {("content_like", "warning", "deposit")}
    same = replace(KNOWN, registration_of_same_content="2026A2000000001X")
    assert pairs(check(known=same)) == {("content_registered", "error", "deposit")}
    assert check(replace(DATA, reason="New depots."), known=same, kind=Kind.CHANGE) == ()


@pytest.mark.parametrize(
    ("changes", "rule", "field"),
    [
        ({"is_derivative": True}, "original_untold", "based_on"),
        ({"created_on": date(2027, 1, 1)}, "day_ahead", "created_on"),
        ({"published_on": date(2025, 1, 1)}, "day_order", "published_on"),
        ({"work_kind": "perfume"}, "word_unknown", "work_kind"),
        ({"authors": ()}, "field_missing", "authors"),
        ({"is_wholly_by_ai": True}, "wholly_by_ai", "is_wholly_by_ai"),
    ],
)
def test_faults_of_works_are_found(changes: dict[str, object], rule: str, field: str) -> None:
    found = check(replace(WORK, **changes), "copyright")  # type: ignore[arg-type]
    assert (rule, "error", field) in pairs(found)


def test_errors_come_first() -> None:
    levels = [one.level for one in check(data(has_personal_data=True, industry="x", sample="a,b,c"))]
    assert levels == sorted(levels)
    assert set(levels) == {"error", "warning"}


def test_a_finding_says_which_rule_of_the_profile_and_its_source() -> None:
    stated = replace(_source(1, contract_until_on=date(2028, 12, 31)), update_term="3y")
    (found,) = check(stated, "beijing")
    assert found.basis.startswith("Beijing: data IP (pilot), checks.update_within_contract: ")
    assert found.basis.endswith("(Answers of the Beijing office on registration; read)")


def test_later_kinds_want_their_own() -> None:
    assert pairs(check(kind=Kind.CHANGE)) == {("field_missing", "error", "reason")}
    wanted = {("field_missing", "error", "reason"), ("field_missing", "error", "transferee")}
    assert pairs(check(kind=Kind.TRANSFER)) == wanted
    taker = Applicant("Chen Data Ltd (invented)", "legal", OTHER_FIRM)
    assert check(data(reason="Sold.", transferee=taker), kind=Kind.TRANSFER) == ()
    unchanged = data(reason="Sold.", transferee=DATA.applicants[0])
    assert ("transfer_to_holder", "error", "transferee") in pairs(check(unchanged, kind=Kind.TRANSFER))
    nobody = data(reason="Sold.", transferee=Applicant("X"))
    assert ("field_missing", "error", "transferee.identifier") in pairs(check(nobody, kind=Kind.TRANSFER))


def test_a_cancellation_asks_for_its_reason_alone() -> None:
    assert check(Statement(reason="No longer kept."), known=Known(), kind=Kind.CANCELLATION) == ()
    assert [one.rule for one in check(Statement(), kind=Kind.CANCELLATION)] == ["field_missing"]


@pytest.mark.parametrize(
    ("known", "kind", "rules"),
    [
        (replace(KNOWN, registration_state="lapsed"), Kind.RENEWAL, ["registration_ended"]),
        (replace(KNOWN, registration_until_on=date(2027, 3, 2)), Kind.RENEWAL, ["renewal_early"]),
        (replace(KNOWN, registration_until_on=date(2026, 3, 1)), Kind.RENEWAL, ["renewal_late"]),
        (replace(KNOWN, registration_until_on=date(2026, 6, 1)), Kind.RENEWAL, []),
        (replace(KNOWN, is_pledged=True), Kind.CANCELLATION, ["registration_pledged"]),
        (replace(KNOWN, is_pledged=True), Kind.RENEWAL, []),
    ],
)
def test_the_registration_that_it_is_about_is_looked_at(known: Known, kind: Kind, rules: list[str]) -> None:
    assert [one.rule for one in check(data(reason="So it is."), known=known, kind=kind)] == rules


def test_the_term_ends_the_day_before_or_with_the_contract() -> None:
    zhejiang, copyright_rules = get_profile("zhejiang"), get_profile("copyright")
    assert term_until(zhejiang, DATA, date(2026, 3, 2)) == date(2029, 3, 1)
    assert term_until(zhejiang, DATA, date(2028, 2, 29)) == date(2030, 12, 31)
    assert term_until(zhejiang, data(sources=DATA.sources[:1]), date(2028, 2, 29)) == date(2031, 2, 28)
    assert term_until(copyright_rules, WORK, date(2026, 3, 2)) is None


def test_every_check_and_refusal_has_its_code() -> None:
    assert set(CHECKS) == set(Check)
    assert set(REFUSALS) == set(Refusal)


def test_statements_are_read_from_files() -> None:
    assert read_statement_file("a.json", statement_text(DATA).encode()) == DATA
    text = '\ufefftitle = "A"\nrecord_count = 3\n[[sources]]\nkind = "licensed"\ncontract_until_on = 2028-01-02\n'
    read = read_statement_file("A.TOML", text.encode())
    assert (read.title, read.sources[0].contract_until_on) == ("A", date(2028, 1, 2))
    for name, content in (
        ("a.toml", b"title ="),
        ("a.json", b"\xff"),
        ("a.toml", b"created_on = 2028-01-02T10:00:00Z"),
    ):
        with pytest.raises(BadStatement):
            read_statement_file(name, content)


_words = st.text(max_size=30) | st.sampled_from(
    ["licensed", "self_collected", "legal", "natural", "3y", "SHA-256", "G59"]
)
_days = st.none() | st.dates(date(1900, 1, 1), date(9999, 1, 1))


@settings(max_examples=80)
@given(
    st.builds(
        Statement,
        title=_words,
        industry=_words,
        applicants=st.lists(st.builds(Applicant, _words, _words, _words, _words, _words), max_size=3).map(tuple),
        sources=st.lists(st.builds(Source, _words, _words, _words, _words, _words, _days, _days), max_size=3).map(
            tuple
        ),
        structure=st.lists(st.builds(DataField, _words, _words, _words), max_size=3).map(tuple),
        update_term=_words,
        sample=_words,
        deposit=_words,
        notarial_act=st.none() | st.builds(NotarialAct, _words, _words, _words, _words, _days),
        created_on=_days,
        published_on=_days,
        transferee=st.none() | st.builds(Applicant, _words, _words, _words),
    ),
    st.sampled_from([*DATA_PROFILES, "copyright"]),
    st.sampled_from(Kind),
)
def test_whatever_is_stated_is_judged_and_never_stops_the_pre_check(
    statement: Statement, profile: str, kind: Kind
) -> None:
    for one in check(statement, profile, kind=kind):
        assert one.message
        assert one.remedy
        assert one.basis
        assert one.field == "" or one.field.partition(".")[0] in STATEMENT_FIELDS


def test_the_page_of_the_rules_has_every_finding() -> None:
    root = Path(__file__).parents[4]
    code = root / "src" / "muniment" / "rights" / "registry" / "rules" / "precheck"
    text = "".join(path.read_text(encoding="utf-8") for path in code.glob("*.py"))
    names = set(re.findall(r'found\(\s*"([a-z_]+)"', text))
    page = (root / "docs" / "registration-profiles.md").read_text(encoding="utf-8")
    assert len(names) > 40
    assert [name for name in sorted(names) if f"`{name}`" not in page] == []
