"""What of an application and of a registration anybody may read: one list, and nothing that is not in it.

Pages, feeds and the API show a `PublicStatement` and never a statement. Whoever adds a field to a statement says here
whether it is public; a test asks for it.
"""

from dataclasses import dataclass, fields
from datetime import date

from muniment.rights.registry.rules.application import Applicant, Source, Statement

PUBLIC_FIELDS = frozenset(
    {
        "subject",
        "title",
        "title_latin",
        "industry",
        "scenario",
        "summary",
        "applicants",
        "sources",
        "record_count",
        "byte_count",
        "storage_format",
        "update_frequency",
        "update_term",
        "deposit",
        "rights_claimed",
        "work_kind",
        "authors",
        "created_on",
        "published_on",
        "is_derivative",
        "based_on",
        "transferee",
    }
)
"""Fields of a statement that are published; of `applicants`, `transferee` and `sources` only what follows."""
PUBLIC_OF_APPLICANTS = frozenset({"name", "role", "country"})
"""Of a person: the name, as holder or co-holder. No identifier and no address; an agent not at all."""
PUBLIC_OF_SOURCES = frozenset({"kind"})
"""Of a source: whether data was collected, licensed or entrusted. No counterpart and no contract."""
SECRET_FIELDS = frozenset(
    {
        "processing",
        "is_substantive",
        "is_wholly_by_ai",
        "structure",
        "sample",
        "has_personal_data",
        "has_important_data",
        "has_core_data",
        "is_unpublished",
        "is_ownership_disputed",
        "notarial_act",
        "reason",
    }
)
"""Fields of a statement that only its applicant and the registry read: samples, methods, declarations, reasons."""
SECRET_OF_APPLICANTS = frozenset({"kind", "identifier", "address"})
SECRET_OF_SOURCES = frozenset(
    {"route", "method", "counterpart", "contract_sha256", "contract_from_on", "contract_until_on"}
)
_HOLDERS = ("holder", "co_holder")


@dataclass(frozen=True, slots=True)
class PublicHolder:
    """A holder or co-holder as published."""

    name: str
    role: str
    country: str


@dataclass(frozen=True, slots=True)
class PublicStatement:
    """What of a statement is published; `sources` are kinds, each once."""

    subject: str
    title: str
    title_latin: str
    industry: str
    scenario: str
    summary: str
    holders: tuple[PublicHolder, ...]
    transferee: str
    sources: tuple[str, ...]
    record_count: int
    byte_count: int
    storage_format: str
    update_frequency: str
    update_term: str
    deposit: str
    rights_claimed: tuple[str, ...]
    work_kind: str
    authors: tuple[str, ...]
    created_on: date | None
    published_on: date | None
    is_derivative: bool
    based_on: str


def public_statement(statement: Statement) -> PublicStatement:
    """Return what of a statement is published."""
    same = {
        one.name: getattr(statement, one.name)
        for one in fields(PublicStatement)
        if one.name in PUBLIC_FIELDS - {"sources", "transferee"}
    }
    return PublicStatement(
        **same,
        holders=tuple(_holder(one) for one in statement.applicants if one.role in _HOLDERS),
        transferee="" if statement.transferee is None else statement.transferee.name,
        sources=_kinds(statement.sources),
    )


def _holder(applicant: Applicant) -> PublicHolder:
    return PublicHolder(applicant.name, applicant.role, applicant.country)


def _kinds(sources: tuple[Source, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.kind for one in sources if one.kind))
