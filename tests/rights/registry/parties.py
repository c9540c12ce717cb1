"""Members for tests of the register."""

from muniment.rights.parties.services import register_party
from tests.cast import CHEN
from tests.rights.registry.estate import AT


def member(name: str) -> int:
    """Register a member and return the id."""
    return register_party(actor=CHEN, at=AT, kind="publisher", name=name, code=name.upper()[:12].strip())
