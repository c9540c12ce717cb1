"""What is said to people keeps its template and values, and is English until somebody says it otherwise."""

import copy
import pickle
from datetime import date
from enum import StrEnum

import pytest

from muniment.kernel.words.phrases import Phrase
from muniment.kernel.words.problems import UserError


class _State(StrEnum):
    IN_FORCE = "in_force"


def test_a_phrase_is_its_english() -> None:
    phrase = Phrase("{name!r} is {state} until {day}: {words}.", **_VALUES)
    assert phrase == "'Zarb' is in force until 2026-11-22: hold, use."
    assert f"{phrase}" == str(phrase)


def test_a_phrase_keeps_what_it_is_made_of() -> None:
    phrase = Phrase("{name} until {day}.", **_VALUES)
    assert (phrase.template, phrase.values) == ("{name} until {day}.", _VALUES)


def test_braces_of_a_text_without_values_are_no_places_for_values() -> None:
    assert Phrase("Write {year}.") == "Write {year}."


def test_a_value_that_looks_like_a_template_stays_what_it_is() -> None:
    assert Phrase("{name} stands twice.", name="{day}") == "{day} stands twice."


def test_a_format_is_kept() -> None:
    assert Phrase("{count:,} files", count=12345) == "12,345 files"


def test_a_template_without_its_value_is_a_mistake() -> None:
    with pytest.raises(KeyError, match="day"):
        Phrase("Until {day}.", name="x")


def test_a_phrase_is_the_same_in_another_process() -> None:
    phrase = Phrase("{name} until {day}.", **_VALUES)
    for twin in (pickle.loads(pickle.dumps(phrase)), copy.deepcopy(phrase)):
        assert (twin, twin.template, twin.values) == (phrase, phrase.template, phrase.values)


def test_a_refusal_fills_message_and_remedy() -> None:
    refusal = UserError("{number} is closed.", "Open {number} first.", number="W-1")
    assert (refusal.message, refusal.remedy) == ("W-1 is closed.", "Open W-1 first.")
    assert isinstance(refusal.message, Phrase)
    assert refusal.message.template == "{number} is closed."
    again = pickle.loads(pickle.dumps(refusal))
    assert str(again) == str(refusal)
    assert again.message.values == {"number": "W-1"}


def test_a_refusal_without_values_is_taken_as_it_is() -> None:
    assert str(UserError("No {such} file.", "Look.")) == "No {such} file. Look."


_VALUES: dict[str, object] = {
    "name": "Zarb",
    "state": _State.IN_FORCE,
    "day": date(2026, 11, 22),
    "words": ("hold", "use"),
}
