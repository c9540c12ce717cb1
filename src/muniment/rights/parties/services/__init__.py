"""Writes about parties: registering them, the facts about them, their bank accounts, and member files."""

from muniment.rights.parties.services.bank import (
    NotProposed,
    OpenProposal,
    approve_bank_account,
    approve_bank_accounts,
    propose_bank_account,
    refuse_bank_account,
)
from muniment.rights.parties.services.edits import PartyEdit, edit_party
from muniment.rights.parties.services.facts import (
    NoSuchFact,
    add_name,
    affiliate,
    end_affiliation,
    end_mandate,
    end_membership,
    give_mandate,
    join_member,
    name_successor,
    remove_name,
    withdraw_mandate,
    withdraw_successor,
)
from muniment.rights.parties.services.register import (
    DuplicateParty,
    ensure_society,
    register_parties,
    register_party,
)

__all__ = [
    "DuplicateParty",
    "NoSuchFact",
    "NotProposed",
    "OpenProposal",
    "PartyEdit",
    "add_name",
    "affiliate",
    "approve_bank_account",
    "approve_bank_accounts",
    "edit_party",
    "end_affiliation",
    "end_mandate",
    "end_membership",
    "ensure_society",
    "give_mandate",
    "join_member",
    "name_successor",
    "propose_bank_account",
    "refuse_bank_account",
    "register_parties",
    "register_party",
    "remove_name",
    "withdraw_mandate",
    "withdraw_successor",
]
