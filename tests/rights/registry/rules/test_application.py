"""Statements: one spelling, read back equal, refused by field; differences by field."""

import json
from dataclasses import fields, replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from muniment.rights.registry.rules.application import (
    MOST_COUNT,
    MOST_LETTERS,
    MOST_ROWS,
    Applicant,
    BadStatement,
    DataField,
    Difference,
    NotarialAct,
    Source,
    Statement,
    Subject,
    build_statement,
    differences,
    read_statement,
    statement_text,
)

FULL = Statement(
    title="Parcel arrivals, invented",
    title_latin="Parcel arrivals",
    industry="G59",
    applicants=(
        Applicant("Aigul Data Ltd", "legal", "91330100TEST000001"),
        Applicant("Bilal", "natural", role="agent"),
    ),
    sources=(Source("licensed", counterpart="Depot", contract_sha256="ab" * 32, contract_until_on=date(2028, 3, 1)),),
    structure=(DataField("arrived_at", "datetime", "when the parcel came"),),
    record_count=12_000,
    notarial_act=NotarialAct("Office One", "12", "SHA-256", "cd" * 32, date(2026, 1, 5)),
    rights_claimed=("hold", "use"),
)

_text = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=12)
_day = st.none() | st.dates()
_statements = st.builds(
    Statement,
    subject=st.sampled_from(Subject),
    title=_text,
    applicants=st.lists(st.builds(Applicant, _text, _text, _text), max_size=2).map(tuple),
    sources=st.lists(st.builds(Source, _text, contract_from_on=_day, contract_until_on=_day), max_size=2).map(tuple),
    structure=st.lists(st.builds(DataField, _text, _text, _text), max_size=2).map(tuple),
    record_count=st.integers(0, MOST_COUNT),
    is_substantive=st.booleans(),
    notarial_act=st.none() | st.builds(NotarialAct, _text, acted_on=_day),
    rights_claimed=st.lists(_text, max_size=2).map(tuple),
    created_on=_day,
    transferee=st.none() | st.builds(Applicant, _text),
)


@settings(max_examples=60)
@given(_statements)
def test_a_statement_is_read_back_as_it_was_written(statement: Statement) -> None:
    text = statement_text(statement)
    assert read_statement(text) == statement
    assert statement_text(read_statement(text)) == text


def test_the_text_is_canonical_and_names_every_field() -> None:
    text = statement_text(Statement())
    assert sorted(json.loads(text)) == sorted(one.name for one in fields(Statement))
    assert text == json.dumps(json.loads(text), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def test_a_draft_may_leave_everything_out() -> None:
    assert read_statement("{}") == Statement()


def test_values_of_toml_may_be_dates() -> None:
    built = build_statement({"created_on": date(2026, 2, 3), "applicants": [{"name": "X", "kind": "legal"}]})
    assert (built.created_on, built.applicants[0].name) == (date(2026, 2, 3), "X")


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("{", ""),
        ("[]", ""),
        ('{"title":"a","title":"b"}', ""),
        ('{"titel":"a"}', "titel"),
        ('{"title":1}', "title"),
        ('{"title":"a\\u0000"}', "title"),
        ('{"title":"\\ud800"}', "title"),
        ('{"record_count":-1}', "record_count"),
        ('{"record_count":1.5}', "record_count"),
        ('{"record_count":true}', "record_count"),
        ('{"record_count":9223372036854775808}', "record_count"),
        ('{"is_substantive":"yes"}', "is_substantive"),
        ('{"subject":"song"}', "subject"),
        ('{"subject":[]}', "subject"),
        ('{"applicants":{}}', "applicants"),
        ('{"applicants":["A"]}', "applicants.0"),
        ('{"applicants":[{"nam":"A"}]}', "applicants.0.nam"),
        ('{"sources":[{},{"contract_until_on":"2027-02-30"}]}', "sources.1.contract_until_on"),
        ('{"sources":[{"contract_until_on":"20270201"}]}', "sources.0.contract_until_on"),
        ('{"rights_claimed":[1]}', "rights_claimed.0"),
        (json.dumps({"summary": "x" * (MOST_LETTERS + 1)}), "summary"),
        (json.dumps({"structure": [{}] * (MOST_ROWS + 1)}), "structure"),
        ("[" * 100_000, ""),
    ],
)
def test_what_cannot_be_read_is_refused_by_its_field(text: str, field: str) -> None:
    with pytest.raises(BadStatement) as refused:
        read_statement(text)
    assert refused.value.field == field
    assert refused.value.remedy


def test_differences_are_by_field_and_place() -> None:
    after = replace(
        FULL,
        title="Parcel arrivals",
        record_count=0,
        applicants=FULL.applicants[:1],
        sources=(replace(FULL.sources[0], contract_until_on=date(2029, 3, 1)),),
        rights_claimed=("hold",),
        is_substantive=True,
    )
    assert differences(FULL, after) == (
        Difference("title", "Parcel arrivals, invented", "Parcel arrivals"),
        Difference("applicants.1.name", "Bilal", ""),
        Difference("applicants.1.kind", "natural", ""),
        Difference("applicants.1.role", "agent", ""),
        Difference("sources.0.contract_until_on", "2028-03-01", "2029-03-01"),
        Difference("is_substantive", "no", "yes"),
        Difference("record_count", "12000", ""),
        Difference("rights_claimed", "hold; use", "hold"),
    )


@settings(max_examples=40)
@given(_statements, _statements)
def test_differences_are_none_only_between_equals_and_turn_around(one: Statement, other: Statement) -> None:
    assert differences(one, one) == ()
    there, back = differences(one, other), differences(other, one)
    assert {(it.field, it.after, it.before) for it in there} == {(it.field, it.before, it.after) for it in back}
