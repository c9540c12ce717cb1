"""Pure rules about parties: the values, who is paid for an owner, and the keys a search finds names by."""

from muniment.rights.parties.rules.payees import (
    AffiliationFact,
    MandateFact,
    PartyFacts,
    PayeePart,
    SuccessionFact,
    payee_for,
)
from muniment.rights.parties.rules.search import name_keys, query_tokens
from muniment.rights.parties.rules.values import (
    UNCLAIMED,
    BankDraft,
    MandateDraft,
    MembershipDraft,
    NameDraft,
    NameKind,
    PartyDraft,
    PartyKind,
    parse_kind,
)

__all__ = [
    "UNCLAIMED",
    "AffiliationFact",
    "BankDraft",
    "MandateDraft",
    "MandateFact",
    "MembershipDraft",
    "NameDraft",
    "NameKind",
    "PartyDraft",
    "PartyFacts",
    "PartyKind",
    "PayeePart",
    "SuccessionFact",
    "name_keys",
    "parse_kind",
    "payee_for",
    "query_tokens",
]
