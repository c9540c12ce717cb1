"""The persons of an application: a holder there must be, and identifiers that were not mistyped."""

from collections.abc import Iterator

from stdnum.cn import ric, uscc

from muniment.rights.registry.rules.application import Applicant
from muniment.rights.registry.rules.precheck.case import Case, Found, Level


def one_holder(case: Case) -> Iterator[Found]:
    """Find an application without a holder or with several, and a person who stands twice."""
    persons = case.statement.applicants
    holders = [one for one in persons if one.role == "holder"]
    if persons and len(holders) != 1:
        yield Found(
            "one_holder",
            "applicants",
            f"{len(holders)} of the applicants have the role of holder.",
            "Make one the holder, the others co_holder or agent.",
        )
    seen: set[str] = set()
    for place, one in enumerate(persons):
        if one.role == "agent":
            continue
        if one.identifier and one.identifier in seen:
            yield Found("person_twice", f"applicants.{place}.identifier", f"{one.name} stands twice.", "Take one out.")
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
            what = "resident identity number" if one.kind == "natural" else "unified social credit code"
            yield Found(
                "identifier_wrong",
                f"{path}.identifier",
                f"{one.identifier[:40]!r} is no {what}: its check character does not fit.",
                "Compare it with the document; name the country if it is not China's.",
                level,
            )


def transferee_is_new(case: Case) -> Iterator[Found]:
    """Find a transfer to who holds already."""
    after = case.statement.transferee
    holders = [one for one in case.statement.applicants if one.role == "holder"]
    if after is not None and after.identifier and any(one.identifier == after.identifier for one in holders):
        yield Found(
            "transfer_to_holder", "transferee", f"{after.name} is the holder already.", "Name who shall become it."
        )


def _is_valid(person: Applicant) -> bool:
    return bool(ric.is_valid(person.identifier) if person.kind == "natural" else uscc.is_valid(person.identifier))
