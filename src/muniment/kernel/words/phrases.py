"""What is said to people: English that keeps its template and its values, so that it can be said in their language.

A floor that knows no language writes English, and what is in it once:

    raise TooLate("The reply to {number} was due on {day}.", "Wait for the decision.", number=number, day=day)
    Phrase("{name} stands twice.", name=person.name)

A phrase is its English text wherever a text is wanted: in a log, in JSON, on the command line. Where a page shows it,
the interfaces look its template up in their catalogue and put the values into the translation. A value may be a phrase
itself, a code of an enumeration, or a tuple of values; what else it is, `str` says.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Self


class Phrase(str):
    """English made of `template` and `values`; `{name}` stands for a value, `{name!r}` for one in quotes."""

    __slots__ = ("template", "values")

    template: str
    values: Mapping[str, object]

    def __new__(cls, template: str, /, **values: object) -> Self:
        """Fill the template, which is taken as it is where there are no values.

        Raises:
            KeyError: the template asks for a value that is not given.
        """
        shown = {name: in_english(value) for name, value in values.items()}
        phrase = super().__new__(cls, template.format_map(shown) if values else template)
        phrase.template, phrase.values = template, values
        return phrase

    def __getnewargs_ex__(self) -> tuple[tuple[str], dict[str, object]]:
        """Say what makes the same phrase anew, for a copy or another process."""
        return (self.template,), dict(self.values)


def phrase_of(text: str, values: Mapping[str, object]) -> str:
    """Return a text with values as a phrase; one without any stays what it is."""
    return Phrase(text, **values) if values else text


def in_english(value: object) -> object:
    """Return a value as it is formatted in English: a code in words, several values with commas between them."""
    if isinstance(value, tuple):
        return ", ".join(str(in_english(one)) for one in value)
    return value.replace("_", " ") if isinstance(value, StrEnum) else value
