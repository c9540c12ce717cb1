"""Text of strangers: what may not stand in a title or name, and what is taken out of it.

Marks that cannot be seen turn the direction of writing (U+061C, U+200E, U+200F, U+202A to U+202E, U+2066 to U+2069),
have no width (U+200B, U+2060 to U+2064, U+FEFF) or tag what stands before them; they can show a title as another one,
or two equal titles as different. Control characters (but for the tab and the ends of lines) have no meaning in a text.
Both are taken out, and a warning says so. The joiners U+200C and U+200D stay: Persian, Urdu and Hindi need them.
"""

import re
import unicodedata

_MARKS = "\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f"
_CONTROLS = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff"
MARKS = re.compile(f"[{_MARKS}]")
CONTROLS = re.compile(f"[{_CONTROLS}]")
UNUSUAL_LETTERS = f"{_CONTROLS}{_MARKS}"
UNUSUAL = re.compile(f"[{UNUSUAL_LETTERS}]")
"""What makes a second look at a text necessary: nearly none has it."""
LONGEST_TEXT = 2_000
"""The most characters of a title or name that are taken; what is longer is not one."""

_BLANKS = re.compile(r"\s+")
_NAMED_POINTS = 4


def clean(text: str) -> str:
    """Return a text in NFC with single blanks, without control characters and marks that cannot be seen."""
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()
    plain = UNUSUAL.sub("", text)
    return _BLANKS.sub(" ", unicodedata.normalize("NFC", plain)).strip()


def unseen_in(text: str) -> str:
    """Return the code points in a text that cannot be seen, such as "U+202E, U+200B"; "" where there is none."""
    if text.isascii() and text.isprintable():
        return ""
    found = list(dict.fromkeys(UNUSUAL.findall(text)))
    more = " …" if len(found) > _NAMED_POINTS else ""
    return ", ".join(f"U+{ord(letter):04X}" for letter in found[:_NAMED_POINTS]) + more


def without_unseen(text: str) -> str:
    """Return a text without what cannot be seen in it, and otherwise as it is."""
    return UNUSUAL.sub("", text).strip()
