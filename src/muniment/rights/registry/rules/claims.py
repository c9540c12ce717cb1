"""One-time codes with which a new holder takes up a registration: how they are written, and what is kept of them."""

import base64
import hashlib
from enum import StrEnum

CODE_BYTES = 15
"""120 bits from the system's randomness: nobody guesses one, so that guesses need not be counted."""
_GROUP = 4


class ClaimState(StrEnum):
    """Where a claim stands: its code is out, a member asks with it, and a registrar granted or refused that.

    `withdrawn` is one that another code, a transfer or the end of the registration took the place of.
    """

    OPEN = "open"
    ASKED = "asked"
    GRANTED = "granted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class ClaimAct(StrEnum):
    """What is done about a claim, as its leaf says it."""

    ISSUE = "issue"
    ASK = "ask"
    GRANT = "grant"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"


def make_code(random: bytes) -> str:
    """Return random bytes as a code that is read from paper: capitals and digits in groups of four."""
    text = base64.b32encode(random).decode().rstrip("=")
    return "-".join(text[place : place + _GROUP] for place in range(0, len(text), _GROUP))


def code_digest(code: str) -> str:
    """Return the SHA-256 of a code as it is kept; case, blanks and strokes do not count."""
    plain = "".join(char for char in code.upper() if char.isascii() and char.isalnum())
    return hashlib.sha256(plain.encode()).hexdigest()
