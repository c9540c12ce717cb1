"""Show what strangers wrote so that it cannot move, hide or colour anything around it."""

import re

_MOVING = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]")
_LONGEST = 400


def shown(text: str) -> str:
    """Return a text for a terminal or a page: what controls, overrides directions or ends lines as its code point.

    A long text is cut. Letters of every script, and the joiners that some need, stay.
    """
    cut = text if len(text) <= _LONGEST else f"{text[:_LONGEST]} …"
    return _MOVING.sub(lambda found: f"<U+{ord(found[0]):04X}>", cut)
