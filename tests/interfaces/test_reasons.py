"""Reasons of the matcher in the reader's language: no row of the model lacks its text."""

from itertools import chain

import pytest

from muniment.interfaces import reasons
from muniment.interfaces.reasons import reason_text, translated
from muniment.rights.parties.rules import likeness
from muniment.use.duplicates import rules as duplicates
from muniment.use.matching.rules.scoring import TABLE_NAMES, TABLES


def other_language(text: str) -> str:
    """Stand for a translation: the text in brackets."""
    return f"<{text}>"


@pytest.mark.parametrize(("name", "rows"), list(zip(TABLE_NAMES, TABLES, strict=True)))
def test_every_row_of_the_model_can_be_translated(name: str, rows: tuple[str, ...]) -> None:
    missing = [row for row in rows if translated(row) is None]
    assert missing == [], f"rows of {name} without a text in interfaces/reasons.py"
    assert [translated(row) for row in rows] == list(rows), "in English a reason reads as the model keeps it"


def test_every_reason_of_duplicates_can_be_translated() -> None:
    kept = chain(vars(likeness).values(), vars(duplicates).values())
    texts = {value[0] for value in kept if isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], str)}
    assert len(texts) > 20
    assert [text for text in texts | {"a person named the two"} if translated(text) is None] == []


@pytest.mark.parametrize("text", ["starting point", "a person decided"])
def test_what_is_no_row_but_stands_among_reasons_can_be_translated(text: str) -> None:
    assert translated(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("title equal", "<title equal>"),
        ("title alike to 90 %", "<title alike to 90 %>"),
        ("never recorded, nobody agrees", "<<never recorded>, <nobody agrees>>"),
        (
            "the title's words say 7 to 13 bits, somebody agrees",
            "<<the title's words say 7 to 13 bits>, <somebody agrees>>",
        ),
        ("together: title alike, no performer, no writers", "<together: <title alike>, <no performer>, <no writers>>"),
        ("what an old model said", "what an old model said"),
        ("together: title alike", "together: title alike"),
        ("unheard of, nobody agrees", "unheard of, nobody agrees"),
    ],
)
def test_parts_are_translated_one_by_one(text: str, expected: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reasons, "_", other_language)
    assert reason_text(text) == expected
