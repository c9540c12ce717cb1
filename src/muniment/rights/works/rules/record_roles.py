"""What people did for a work, in the words of the neutral records, as the two letters that the house keeps.

Letters beyond CWR's are our own: ED editor, IL illustrator, PH photographer, NR narrator, CT another contributor.
"""

from collections.abc import Sequence

from muniment.rights.works.rules.drafts import PUBLISHER_ROLES

_LETTERS = {
    "composer lyricist": "CA",
    "creator": "CA",
    "composer": "C",
    "author": "A",
    "lyricist": "A",
    "arranger": "AR",
    "adaptor": "AD",
    "translator": "TR",
    "subarranger": "SR",
    "sublyricist": "SA",
    "publisher": "E",
    "subpublisher": "SE",
    "administrator": "AM",
    "substituted publisher": "ES",
    "editor": "ED",
    "illustrator": "IL",
    "photographer": "PH",
    "narrator": "NR",
    "contributor": "CT",
    "main artist": "FP",
    "featured artist": "FP",
    "performer": "NP",
    "conductor": "NP",
    "rights holder": "RO",
}
_WORDS = {
    "CA": "composer lyricist", "C": "composer", "A": "lyricist", "AR": "arranger", "AD": "adaptor",
    "TR": "translator", "SR": "subarranger", "SA": "sublyricist", "E": "publisher", "AQ": "publisher",
    "SE": "subpublisher", "AM": "administrator", "PA": "administrator", "ES": "substituted publisher",
}  # fmt: skip


def letters_of(roles: Sequence[str]) -> str:
    """Return the one role that stands for the roles of a party; composer and author together are CA, nothing CT."""
    known = [_LETTERS[role] for role in roles if role in _LETTERS]
    if "C" in known and "A" in known:
        return "CA"
    return known[0] if known else "CT"


def word_of(letters: str) -> str:
    """Return the word for a role of music; "" for one that lists of music do not have."""
    return _WORDS.get(letters, "")


def is_publisher(letters: str) -> bool:
    """Say whether a role is one of publishers."""
    return letters in PUBLISHER_ROLES
