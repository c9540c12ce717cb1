"""The fields of a statement in the reader's language: what each is called, and in which groups they are shown."""

from dataclasses import fields, is_dataclass
from datetime import date

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from muniment.interfaces.registry_words import registry_word

FIELD_NAMES: dict[str, Promise] = {
    "subject": gettext_lazy("Subject"),
    "title": gettext_lazy("Title"),
    "title_latin": gettext_lazy("Title in Latin letters"),
    "industry": gettext_lazy("Industry"),
    "scenario": gettext_lazy("Used for"),
    "summary": gettext_lazy("Summary"),
    "applicants": gettext_lazy("Applicants"),
    "sources": gettext_lazy("Sources"),
    "processing": gettext_lazy("Rules of processing"),
    "is_substantive": gettext_lazy("The processing is substantive"),
    "is_wholly_by_ai": gettext_lazy("Made by machines alone"),
    "structure": gettext_lazy("Structure of the data"),
    "record_count": gettext_lazy("Records"),
    "byte_count": gettext_lazy("Bytes"),
    "storage_format": gettext_lazy("Storage format"),
    "update_frequency": gettext_lazy("Brought up to date"),
    "update_term": gettext_lazy("Brought up to date for"),
    "sample": gettext_lazy("Sample"),
    "has_personal_data": gettext_lazy("Holds personal data"),
    "has_important_data": gettext_lazy("Holds important data"),
    "has_core_data": gettext_lazy("Holds core data"),
    "is_unpublished": gettext_lazy("Not yet published"),
    "is_ownership_disputed": gettext_lazy("Ownership is disputed"),
    "deposit": gettext_lazy("Deposit number"),
    "notarial_act": gettext_lazy("Notarial act"),
    "rights_claimed": gettext_lazy("Rights claimed"),
    "work_kind": gettext_lazy("Kind of work"),
    "authors": gettext_lazy("Authors"),
    "created_on": gettext_lazy("Created on"),
    "published_on": gettext_lazy("First published on"),
    "is_derivative": gettext_lazy("Made out of another work"),
    "based_on": gettext_lazy("Made out of"),
    "reason": gettext_lazy("Reason"),
    "transferee": gettext_lazy("Is to pass to"),
}
"""A name for each field of a statement."""

PART_NAMES: dict[str, Promise] = {
    "name": gettext_lazy("name"),
    "kind": gettext_lazy("kind"),
    "identifier": gettext_lazy("identifier"),
    "role": gettext_lazy("role"),
    "country": gettext_lazy("country"),
    "address": gettext_lazy("address"),
    "meaning": gettext_lazy("meaning"),
    "route": gettext_lazy("route"),
    "method": gettext_lazy("method"),
    "counterpart": gettext_lazy("counterpart"),
    "contract_sha256": gettext_lazy("SHA-256 of the contract"),
    "contract_from_on": gettext_lazy("contract from"),
    "contract_until_on": gettext_lazy("contract until"),
    "office": gettext_lazy("office"),
    "number": gettext_lazy("number"),
    "algorithm": gettext_lazy("way of hashing"),
    "digest": gettext_lazy("hash"),
    "acted_on": gettext_lazy("day"),
}
"""A name for each part of a row: of a person, a source, a column, a notarial act."""

ROW_NAMES: dict[str, Promise] = {
    "applicants": gettext_lazy("Applicant %(number)s"),
    "sources": gettext_lazy("Source %(number)s"),
    "structure": gettext_lazy("Column %(number)s"),
}
"""What one row of a list is called."""

FIELD_GROUPS: tuple[tuple[Promise, tuple[str, ...]], ...] = (
    (
        gettext_lazy("What is to be registered"),
        (
            *("subject", "title", "title_latin", "summary", "industry", "scenario", "work_kind", "authors"),
            *("created_on", "published_on", "is_derivative", "based_on", "rights_claimed"),
        ),
    ),
    (gettext_lazy("Who applies"), ("applicants", "transferee", "reason")),
    (
        gettext_lazy("Where it comes from"),
        ("sources", "processing", "is_substantive", "is_wholly_by_ai"),
    ),
    (
        gettext_lazy("The data itself"),
        (
            *("structure", "record_count", "byte_count", "storage_format", "update_frequency", "update_term", "sample"),
            *("has_personal_data", "has_important_data", "has_core_data"),
        ),
    ),
    (
        gettext_lazy("Evidence and declarations"),
        ("deposit", "notarial_act", "is_unpublished", "is_ownership_disputed"),
    ),
)
"""All fields of a statement in groups, each with its heading."""

_CODED = frozenset({"subject", "kind", "role", "update_term", "rights_claimed"})
"""Fields whose text is a code that has a name."""
_DATA_KIND = "structure"
"""The kind of a column is the applicant's own word."""


def field_label(path: str) -> str:
    """Return what a field is called: `sources.0.kind` is "Source 1: kind"; a name that nobody knows as it is."""
    field, *parts = path.split(".")
    label = str(FIELD_NAMES.get(field, field))
    if parts and parts[0].isdecimal() and field in ROW_NAMES:
        label = str(ROW_NAMES[field]) % {"number": int(parts.pop(0)) + 1}
    named = [str(PART_NAMES.get(part, part)) for part in parts]
    return ": ".join([label, *named])


def is_stated(value: object) -> bool:
    """Say whether a field is filled: "no" of a declaration is."""
    return value is not None and value != "" and value != () and not (value == 0 and not isinstance(value, bool))


def stated_text(path: str, value: object) -> str:
    """Return a simple value of a statement as text for a page; nothing for what is not stated."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, tuple):
        return "; ".join(stated_text(path, one) for one in value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int):
        return f"{value:,}" if value else ""
    return coded_text(path, "" if value is None else str(value))


def coded_text(path: str, text: str) -> str:
    """Return the name of a code where the field holds codes (several parted by semicolons), else the text."""
    last = path.rpartition(".")[2]
    if text in ("yes", "no") and last.startswith(("is_", "has_")):
        return _("yes") if text == "yes" else _("no")
    if last not in _CODED or path.startswith(_DATA_KIND):
        return text
    return "; ".join(registry_word(part) for part in text.split("; "))


def parts_of(path: str, record: object) -> list[tuple[str, str, str]]:
    """Return the filled parts of a row as path, label and text."""
    if not is_dataclass(record):
        return []
    found = []
    for one in fields(record):
        value, inner = getattr(record, one.name), f"{path}.{one.name}"
        if is_stated(value):
            found.append((inner, str(PART_NAMES[one.name]), stated_text(inner, value)))
    return found
