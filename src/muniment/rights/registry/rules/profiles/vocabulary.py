"""What a profile can switch: the fields, the reasons of refusal, the checks; each has its code in `precheck`."""

from dataclasses import fields
from enum import StrEnum

from muniment.rights.registry.rules.application import STATEMENT_FIELDS, Applicant, DataField, NotarialAct, Source

_KIND_FIELDS = frozenset({"subject", "reason", "transferee"})
"""Not the profile's: it has its subject, and the others belong to the kinds of registration."""

_ROWS = {"applicants": Applicant, "sources": Source, "structure": DataField, "notarial_act": NotarialAct}

PROFILE_FIELDS: tuple[str, ...] = tuple(
    name
    for field in STATEMENT_FIELDS
    if field not in _KIND_FIELDS
    for name in (field, *(f"{field}.{one.name}" for one in (fields(_ROWS[field]) if field in _ROWS else ())))
)
"""The fields that a profile asks for or not; those of rows as `sources.contract_sha256`."""


class Need(StrEnum):
    """Whether a field is asked for."""

    REQUIRED = "required"
    OPTIONAL = "optional"
    ABSENT = "absent"


class Mark(StrEnum):
    """How sure a rule is: its source was read, it is only recalled, or no text was found and the figure is ours."""

    READ = "read"
    RECALLED = "recalled"
    OURS = "ours"


class Refusal(StrEnum):
    """What is not registered at all."""

    RAW_DATA = "raw_data"
    CORE_DATA = "core_data"
    OWNERSHIP_DISPUTE = "ownership_dispute"
    WHOLLY_BY_AI = "wholly_by_ai"
    UNAUTHORISED_SOURCE = "unauthorised_source"
    PUBLISHED_DATA = "published_data"


class Check(StrEnum):
    """What is looked at besides the fields."""

    APPLICANT_IDENTIFIER = "applicant_identifier"
    CONTRACT_IN_FORCE = "contract_in_force"
    COLLECTION_TOLD = "collection_told"
    DEPOSIT_OR_ACT = "deposit_or_act"
    DEPOSIT_KNOWN = "deposit_known"
    DEPOSIT_IS_NEW = "deposit_is_new"
    DERIVATION_TOLD = "derivation_told"
    DISCLOSED_PERSONS = "disclosed_persons"
    INDUSTRY_CODE = "industry_code"
    PROCESSING_TOLD = "processing_told"
    RIGHTS_OF_SOURCE = "rights_of_source"
    STRUCTURE_WHOLE = "structure_whole"
    UPDATE_WITHIN_CONTRACT = "update_within_contract"
    WORK_DATES = "work_dates"


class Transition(StrEnum):
    """What a new version of a profile does with applications that are under examination on its first day."""

    KEEP = "keep"
    ADOPT = "adopt"
