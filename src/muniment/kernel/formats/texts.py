"""Text of strangers: what may not stand in a title or name, and what is taken out of it.

Marks of direction (U+202A to U+202E, U+2066 to U+2069) can show a title as another one and are taken out; control
characters (but for the tab and the ends of lines) have no meaning in a text and make it unusable.
"""

import re
import unicodedata

MARKS = re.compile("[\u202a-\u202e\u2066-\u2069]")
CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
UNUSUAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069\ufffe\uffff]")
"""What makes a second look at a text necessary: nearly none has it."""
LONGEST_TEXT = 2_000
"""The most characters of a title or name that are taken; what is longer is not one."""

_BLANKS = re.compile(r"\s+")


def clean(text: str) -> str:
    """Return a text in NFC with single blanks, without control characters and marks of direction."""
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()
    plain = UNUSUAL.sub("", text)
    return _BLANKS.sub(" ", unicodedata.normalize("NFC", plain)).strip()
