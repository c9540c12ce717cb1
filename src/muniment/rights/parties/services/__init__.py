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
from muniment.rights.parties.services.imports import (
    INTAKE_KIND,
    IntakeReport,
    import_parties_table,
    preview_parties_table,
    save_parties_mapping,
)
from muniment.rights.parties.services.merging import (
    CannotMergeParties,
    PartyMergeStands,
    merge_parties,
    undo_party_merge,
)
from muniment.rights.parties.services.register import (
    DuplicateParty,
    ensure_society,
    register_parties,
    register_party,
)
from muniment.rights.parties.services.undo import StillNeeded, UndoReport, take_back_parties, undo_parties_intake

__all__ = [
    "INTAKE_KIND",
    "CannotMergeParties",
    "DuplicateParty",
    "IntakeReport",
    "NoSuchFact",
    "NotProposed",
    "OpenProposal",
    "PartyEdit",
    "PartyMergeStands",
    "StillNeeded",
    "UndoReport",
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
    "import_parties_table",
    "join_member",
    "merge_parties",
    "name_successor",
    "preview_parties_table",
    "propose_bank_account",
    "refuse_bank_account",
    "register_parties",
    "register_party",
    "remove_name",
    "save_parties_mapping",
    "take_back_parties",
    "undo_parties_intake",
    "undo_party_merge",
    "withdraw_mandate",
    "withdraw_successor",
]
