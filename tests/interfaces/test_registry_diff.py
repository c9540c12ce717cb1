"""What changed between two rounds is marked by words, in every script, beside what was asked."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from muniment.interfaces.registry_clocks import clock_word, days_text, working_days_text
from muniment.interfaces.registry_diff import Mark, Piece, compare_rounds, compare_texts
from muniment.interfaces.registry_fields import FIELD_GROUPS, coded_text, field_label
from muniment.rights.registry.rules.application import STATEMENT_FIELDS, Applicant, Source, Statement, differences


def marked(pieces: tuple[Piece, ...]) -> str:
    """Return pieces with what went or came in brackets."""
    return "".join(one.text if one.mark is Mark.SAME else f"[{one.text}]" for one in pieces)


@pytest.mark.parametrize(
    ("before", "after", "gone", "came"),
    [
        ("winds of a valley", "winds of two valleys", "winds of [a valley]", "winds of [two valleys]"),
        ("", "new", "", "[new]"),
        ("old", "", "[old]", ""),
        ("same", "same", "same", "same"),
        ("山谷的风速数据", "山谷的气温数据", "山谷的[风速]数据", "山谷的[气温]数据"),
        ("دریا کا پانی", "دریا کا ٹھنڈا پانی", "دریا کا پانی", "دریا کا [ٹھنڈا ]پانی"),
        ("done by hand, soon", "done by rule, soon", "done by [hand], soon", "done by [rule], soon"),
        ("ends here", "begins and ends here", "ends here", "[begins and ]ends here"),
    ],
)
def test_words_are_marked_in_every_script(before: str, after: str, gone: str, came: str) -> None:
    old, new = compare_texts(before, after)
    assert (marked(old), marked(new)) == (gone, came)


@given(st.text(alphabet="ab c\n水د.", max_size=60), st.text(alphabet="ab c\n水د.", max_size=60))
@settings(max_examples=60)
def test_the_pieces_give_the_texts_again(before: str, after: str) -> None:
    old, new = compare_texts(before, after)
    assert ("".join(one.text for one in old), "".join(one.text for one in new)) == (before, after)
    assert [one.text for one in old if one.mark is Mark.NEW] == []
    assert [one.text for one in new if one.mark is Mark.GONE] == []


def test_a_text_too_long_for_words_is_compared_by_sentences() -> None:
    before = " ".join(f"word{place}. " for place in range(900))
    after = f"First. {before.replace('word700', 'changed')} Last."
    old, new = compare_texts(before, after)
    assert "".join(one.text for one in new) == after
    assert "word700" in "".join(one.text for one in old if one.mark is Mark.GONE)
    assert "word20." in "".join(one.text for one in old if one.mark is Mark.SAME)


def test_what_was_asked_stands_beside_what_was_answered() -> None:
    before = Statement(title="Winds", sources=(Source(kind="licensed"),), applicants=(Applicant(name="A"),))
    after = Statement(
        title="Winds", summary="More", sources=(Source(kind="self_collected"),), applicants=(Applicant(name="A"),)
    )
    points = [("sources", "Which licence?"), ("title", "Say which valley.")]
    found = compare_rounds(differences(before, after), points)
    assert [(one.field, one.is_changed) for one in found.points] == [("sources", True), ("title", False)]
    assert [(row.field, row.asked) for row in found.rows] == [
        ("summary", ()),
        ("sources.0.kind", ("Which licence?",)),
    ]
    assert found.unasked_count == 1
    assert marked(found.rows[1].after) == "[collected by the applicant]"


def test_every_field_has_a_name_and_one_group() -> None:
    grouped = [name for _heading, names in FIELD_GROUPS for name in names]
    assert sorted(grouped) == sorted(STATEMENT_FIELDS)
    assert all(field_label(name) != name for name in STATEMENT_FIELDS)
    assert field_label("sources.0.contract_until_on") == "Source 1: contract until"
    assert field_label("transferee.name") == "Is to pass to: name"
    assert coded_text("structure.0.kind", "text") == "text"
    assert coded_text("rights_claimed", "hold; use") == "to hold; to use"


def test_a_clock_is_said_in_words() -> None:
    assert [days_text(count) for count in (12, 1, 0, -1, -3)] == [
        *("12 days left", "1 day left", "due today", "1 day late", "3 days late")
    ]
    assert [working_days_text(count) for count in (2, 0, -1, None)] == [
        *("2 working days left", "due today", "1 working day late", "")
    ]
    assert clock_word("publicity") == "its publicity ends"
    assert clock_word("other") == "other"
