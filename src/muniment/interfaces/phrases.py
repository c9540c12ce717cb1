"""What the floors below say, in the reader's language: their templates are in our catalogue, and no language in theirs.

A name, a number or a code within a sentence is isolated, so that it turns no word around it; the sentence itself brings
its direction along, wherever it is put. A sentence that has no translation is shown in English as a whole.
"""

import unicodedata
from enum import StrEnum
from string import Formatter
from typing import Protocol

from django.utils.translation import get_language_bidi
from django.utils.translation import gettext as _

from muniment.interfaces.registry_fields import field_label
from muniment.interfaces.registry_words import registry_word
from muniment.kernel.formats.door import shown
from muniment.kernel.words.phrases import Phrase, in_english
from muniment.rights.registry.rules.application import FieldName

_RIGHT_TO_LEFT_MARK = "\u200f"
_ISOLATE, _END = "\u2068", "\u2069"


class Refused(Protocol):
    """A refusal, a problem of a file or a finding: what is wrong, and what to do about it."""

    @property
    def message(self) -> str:
        """Return what is wrong."""

    @property
    def remedy(self) -> str:
        """Return what to do."""


def in_language(text: str) -> str:
    """Return a phrase, or a text without values, in the language that is active; nothing for nothing."""
    template = text.template if isinstance(text, Phrase) else text
    translated = _(template) if template else ""
    is_said = translated != template
    values = text.values if isinstance(text, Phrase) else {}
    filled = _Filling(is_said=is_said).vformat(translated, (), values) if values else translated
    if not filled or not get_language_bidi():
        return filled
    return f"{_RIGHT_TO_LEFT_MARK}{filled}" if is_said else f"{_ISOLATE}{filled}{_END}"


def refusal_text(refused: Refused) -> str:
    """Return what is wrong and what to do in the language that is active."""
    return f"{in_language(refused.message)} {in_language(refused.remedy)}".strip()


def shown_refusal(refused: Refused) -> str:
    """Return a refusal in the language that is active, with nothing in it, of what strangers wrote, that turns a page.

    What the values bring along is shown as code points; the marks that a language needs around them stay.
    """
    return f"{in_language(_harmless(refused.message))} {in_language(_harmless(refused.remedy))}".strip()


def _harmless(text: str) -> str:
    if not isinstance(text, Phrase):
        return shown(text)
    return Phrase(text.template, **{name: _harmless_value(value) for name, value in text.values.items()})


def _harmless_value(value: object) -> object:
    if isinstance(value, tuple):
        return tuple(_harmless_value(one) for one in value)
    return _harmless(value) if isinstance(value, str) and type(value) in (str, Phrase) else value


class _Filling(Formatter):
    """Puts values into a template: each in words of the language, if the template is, and isolated."""

    def __init__(self, *, is_said: bool) -> None:
        self.show = _word if is_said else in_english

    def format_field(self, value: object, format_spec: str) -> str:
        """Write a value; always isolated where the page runs from the right, else if the value does."""
        text = format(self.show(value), format_spec)
        turns = get_language_bidi() or any(unicodedata.bidirectional(letter) in ("R", "AL") for letter in text)
        return f"{_ISOLATE}{text}{_END}" if turns else text


def _word(value: object) -> object:
    """Return a value within a sentence of the reader's language."""
    if isinstance(value, Phrase):
        return in_language(value)
    if isinstance(value, tuple):
        return _(", ").join(str(_word(one)) for one in value)
    if isinstance(value, FieldName):
        return field_label(value.path)
    return registry_word(value) if isinstance(value, StrEnum) else value
