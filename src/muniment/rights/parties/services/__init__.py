"""Writes about parties: registering them, the facts about them, their bank accounts, and member files."""

from muniment.rights.parties.services.register import (
    DuplicateParty,
    ensure_society,
    register_parties,
    register_party,
)

__all__ = [
    "DuplicateParty",
    "ensure_society",
    "register_parties",
    "register_party",
]
