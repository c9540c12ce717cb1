"""Where data comes from: the way of collection, or a contract that is there, in force, and lasts."""

import re
from collections.abc import Iterator
from datetime import date, timedelta

from muniment.rights.registry.rules.application import FieldName, Source
from muniment.rights.registry.rules.precheck.case import Case, Found, found

_SOON = timedelta(days=90)
_TERM_YEARS = {"1y": 1, "3y": 3}
_OF_OTHERS = ("licensed", "public_mandate")


def collection_told(case: Case) -> Iterator[Found]:
    """Find data of one's own without its route and method of collection."""
    for path, one in _rows(case):
        if one.kind == "self_collected":
            for name, value in (("route", one.route), ("method", one.method)):
                if not value.strip():
                    yield found(
                        "collection_untold",
                        f"{path}.{name}",
                        "The data was collected by the applicant, but how is not told: {field}.",
                        "Say from whom and where it was collected, and how: sensors, forms, own systems.",
                    )


def contract_there(case: Case) -> Iterator[Found]:
    """Find data of others without their contract: nobody may register what one was not given."""
    for path, one in _rows(case):
        if one.kind not in _OF_OTHERS:
            continue
        if not one.contract_sha256:
            yield found(
                "contract_missing",
                f"{path}.contract_sha256",
                "The data is of others, and no contract or mandate is named.",
                "Give the SHA-256 of the contract's file, and keep the file.",
            )
        elif not re.fullmatch("[0-9a-f]{64}", one.contract_sha256):
            yield found(
                "contract_digest",
                f"{path}.contract_sha256",
                "This is no SHA-256: it has 64 digits of 0-9 and a-f.",
                "Make it again: sha256sum FILE.",
            )
        if not one.counterpart.strip():
            yield found(
                "counterpart_missing",
                f"{path}.counterpart",
                "The data is of others, and it is not said of whom.",
                "Name who gave the licence or the mandate.",
            )


def contract_in_force(case: Case) -> Iterator[Found]:
    """Find contracts that are over, have not begun, or end soon."""
    for path, one in _rows(case):
        if one.kind in _OF_OTHERS:
            yield from _dates(case, path, one)


def update_within_contract(case: Case) -> Iterator[Found]:
    """Find an update term that is longer than a contract."""
    term = case.statement.update_term
    for path, one in _rows(case):
        until_on = one.contract_until_on
        if one.kind not in _OF_OTHERS or until_on is None or not term:
            continue
        if term not in _TERM_YEARS or years_on(case.at_on, _TERM_YEARS[term]) > until_on:
            yield found(
                "update_beyond_contract",
                "update_term",
                "Updates are promised for longer than the contract lasts: {source}, up to {day}.",
                "Shorten the update term, or extend the contract.",
                source=FieldName(path),
                day=until_on,
            )


def rights_of_source(case: Case) -> Iterator[Found]:
    """Find rights that are claimed over data that is of others alone."""
    kinds = {one.kind for _path, one in _rows(case)}
    if {"hold", "operate"} & set(case.statement.rights_claimed) and kinds and kinds <= set(_OF_OTHERS):
        yield found(
            "rights_beyond_source",
            "rights_claimed",
            "The right to hold or to operate is claimed over data that is all of others.",
            "See that the contract gives these rights; the examiner will look.",
            "warning",
        )


def years_on(on: date, years: int) -> date:
    """Return the same day some years on; 29 February becomes 1 March where there is none."""
    try:
        return on.replace(year=on.year + years)
    except ValueError:
        return date(on.year + years, 3, 1)


def contract_end(sources: tuple[Source, ...]) -> date | None:
    """Return the last day of the contract that ends first, of those over data of others; None where none ends."""
    ends = [one.contract_until_on for one in sources if one.kind in _OF_OTHERS and one.contract_until_on is not None]
    return min(ends, default=None)


def _dates(case: Case, path: str, one: Source) -> Iterator[Found]:
    from_on, until_on = one.contract_from_on, one.contract_until_on
    field = f"{path}.contract_until_on"
    if from_on is not None and until_on is not None and until_on < from_on:
        yield found(
            "contract_dates", field, "The contract ends on {day}, before it begins.", "Correct the days.", day=until_on
        )
    elif until_on is not None and until_on < case.at_on:
        yield found(
            "contract_ended",
            field,
            "The contract ended on {day}.",
            "Renew the contract, or leave this source out of the data.",
            day=until_on,
        )
    elif from_on is not None and from_on > case.at_on:
        yield found(
            "contract_not_begun",
            f"{path}.contract_from_on",
            "The contract begins on {day}.",
            "Apply once it is in force.",
            day=from_on,
        )
    elif until_on is None and case.profile.is_capped_by_contract:
        yield found(
            "contract_without_end",
            field,
            "The contract has no last day, to which the registration would be capped.",
            "State the last day; leave it empty only where the contract has none.",
            "warning",
        )
    elif until_on is not None and until_on < case.at_on + _SOON and case.profile.is_capped_by_contract:
        yield found(
            "contract_ends_soon",
            field,
            "The contract ends on {day}, and the registration with it.",
            "Extend the contract first, if it shall last longer.",
            "warning",
            day=until_on,
        )


def _rows(case: Case) -> Iterator[tuple[str, Source]]:
    return ((f"sources.{place}", one) for place, one in enumerate(case.statement.sources))
