"""The persons of an application: a holder there must be, and identifiers that were not mistyped."""

from collections.abc import Iterator

from stdnum.cn import ric, uscc

from muniment.rights.registry.rules.application import Applicant
from muniment.rights.registry.rules.precheck.case import Case, Found, Level, found


def one_holder(case: Case) -> Iterator[Found]:
    """Find an application without a holder or with several, and a person who stands twice."""
    persons = case.statement.applicants
    holders = [one for one in persons if one.role == "holder"]
    if persons and len(holders) != 1:
        yield found(
            "one_holder",
            "applicants",
            "{count} of the applicants have the role of holder.",
            "Make one the holder, the others co_holder or agent.",
            count=len(holders),
        )
    seen: set[str] = set()
    for place, one in enumerate(persons):
        if one.role == "agent":
            continue
        if one.identifier and one.identifier in seen:
            yield found(
                "person_twice", f"applicants.{place}.identifier", "{name} stands twice.", "Take one out.", name=one.name
            )
        seen.add(one.identifier)


def applicant_identifiers(case: Case) -> Iterator[Found]:
    """Find identifiers whose check character is of another; an error for China, else a warning."""
    persons: list[tuple[str, Applicant]] = [
        (f"applicants.{place}", one) for place, one in enumerate(case.statement.applicants)
    ]
    if case.statement.transferee is not None:
        persons.append(("transferee", case.statement.transferee))
    for path, one in persons:
        if one.identifier and one.country in ("", "CN") and not _is_valid(one):
            level: Level = "error" if one.country == "CN" else "warning"
            yield found(
                "identifier_wrong",
                f"{path}.identifier",
                "{identifier!r} is no resident identity number: its check character does not fit."
                if one.kind == "natural"
                else "{identifier!r} is no unified social credit code: its check character does not fit.",
                "Compare it with the document; name the country if it is not China's.",
                level,
                identifier=one.identifier[:40],
            )


def transferee_is_new(case: Case) -> Iterator[Found]:
    """Find a transfer to who holds already."""
    after = case.statement.transferee
    holders = [one for one in case.statement.applicants if one.role == "holder"]
    if after is not None and after.identifier and any(one.identifier == after.identifier for one in holders):
        yield found(
            "transfer_to_holder",
            "transferee",
            "{name} is the holder already.",
            "Name who shall become it.",
            name=after.name,
        )


def _is_valid(person: Applicant) -> bool:
    return bool(ric.is_valid(person.identifier) if person.kind == "natural" else uscc.is_valid(person.identifier))
