"""The form of an application gives back what it shows, and keeps what cannot be read."""

from dataclasses import replace

import pytest
from django.http import QueryDict
from hypothesis import given, settings
from hypothesis import strategies as st

from muniment.interfaces.registry_form import groups_of, read_form, shown_fields, texts_of
from muniment.rights.registry.rules.application import (
    Applicant,
    DataField,
    Kind,
    NotarialAct,
    Source,
    Statement,
    Subject,
)
from muniment.rights.registry.rules.profiles import get_profile, profile_names
from tests.rights.registry.rules.samples import ACT, DATA, WORK

_line = st.text(st.characters(exclude_categories=("Cs", "Cc", "Z")), min_size=1, max_size=8)
_some = st.just("") | _line
_day = st.none() | st.dates()
_data = st.builds(
    Statement,
    title=_some,
    applicants=st.lists(
        st.builds(Applicant, _line, _some, _some, st.sampled_from(["holder", "co_holder", "agent"]), _some, _some),
        max_size=3,
    ).map(tuple),
    sources=st.lists(st.builds(Source, _line, _some, _some, _some, _some, _day, _day), max_size=3).map(tuple),
    structure=st.lists(st.builds(DataField, _line, _line, _line), max_size=3).map(tuple),
    record_count=st.integers(0, 2**63 - 1),
    is_substantive=st.booleans(),
    has_core_data=st.booleans(),
    notarial_act=st.none() | st.builds(NotarialAct, _line, acted_on=_day),
    rights_claimed=st.lists(st.sampled_from(["hold", "use", "operate"]), unique=True).map(tuple),
)


def sent(texts: dict[str, str]) -> QueryDict:
    """Return texts as a browser sends them: boxes without a tick are left out, lines end as on the wire."""
    found = QueryDict(mutable=True)
    for name, text in texts.items():
        values = text.split("\n") if name == "rights_claimed" and text else [text.replace("\n", "\r\n")]
        if text:
            found.setlist(name, values)
    return found


@settings(max_examples=60, deadline=None)
@given(_data)
def test_what_is_shown_comes_back(statement: Statement) -> None:
    profile = get_profile("zhejiang")
    shown = shown_fields(profile, Kind.FIRST)
    read = read_form(sent(texts_of(statement, shown)), profile, Kind.FIRST, Statement())
    assert read.wrong == ()
    assert read.statement == statement
    assert read.texts.items() >= {key: text for key, text in texts_of(statement, shown).items() if text}.items()


@pytest.mark.parametrize("name", profile_names())
@pytest.mark.parametrize("kind", list(Kind))
def test_every_profile_has_its_form(name: str, kind: Kind) -> None:
    profile = get_profile(name)
    stated = WORK if profile.subject is Subject.WORK else replace(DATA, notarial_act=ACT)
    shown = shown_fields(profile, kind)
    groups = groups_of(profile, kind, texts_of(stated, shown))
    assert sorted(item.path for group in groups for item in group.items) == sorted(shown)
    read = read_form(sent(texts_of(stated, shown)), profile, kind, stated)
    assert read.statement == stated


def test_fields_that_are_not_shown_stay_and_strangers_are_left_out() -> None:
    profile = get_profile("zhejiang")
    stated = replace(DATA, authors=("Aigul",))
    post = sent(texts_of(stated, shown_fields(profile, Kind.FIRST)) | {"authors": "Bilal", "sources.x.kind": "a"})
    assert read_form(post, profile, Kind.FIRST, stated).statement == stated
    assert read_form(post, profile, Kind.CANCELLATION, stated).statement == stated


def test_what_cannot_be_read_is_named_and_left_out() -> None:
    profile = get_profile("zhejiang")
    texts = texts_of(DATA, shown_fields(profile, Kind.FIRST))
    wrong = {"record_count": "9" * 30, "byte_count": "-1", "sources.1.contract_until_on": "soon", "title": "a\x00b"}
    read = read_form(sent(texts | wrong), profile, Kind.FIRST, DATA)
    assert {one.field for one in read.wrong} == set(wrong)
    assert {read.texts[name] for name in wrong} == set(wrong.values())
    assert (read.statement.title, read.statement.record_count) == ("", 0)
    assert read.statement.sources[1].contract_until_on is None
    boxes = {
        item.path: item
        for group in groups_of(profile, Kind.FIRST, read.texts, wrong=read.wrong)
        for item in group.items
    }
    assert [note.level for note in boxes["record_count"].notes] == ["error"]


def test_a_column_with_a_stroke_in_its_name_comes_back() -> None:
    profile = get_profile("zhejiang")
    columns = (DataField("a|b", "text", "one | two"), DataField("c"), DataField("d", "", "three"))
    stated = replace(DATA, structure=columns)
    read = read_form(sent(texts_of(stated, ("structure",))), profile, Kind.FIRST, Statement())
    assert read.statement.structure == columns
