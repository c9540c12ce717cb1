"""What is not registered at all, and what a later kind of registration finds in its way."""

from collections.abc import Iterator
from datetime import timedelta

from muniment.rights.registry.rules.application import Kind
from muniment.rights.registry.rules.precheck.case import Case, Found, found
from muniment.rights.registry.rules.standing import RegistrationState


def raw_data(case: Case) -> Iterator[Found]:
    """Refuse data that nobody worked on, and single data."""
    if not case.statement.is_substantive:
        yield found(
            "raw_data",
            "is_substantive",
            "Raw data is not registered: it is not declared that it was substantively worked on.",
            "Declare it only if it was, and show in the rule of processing what was done.",
        )
    if case.statement.record_count == 1:
        yield found(
            "single_data", "record_count", "Single data is not registered.", "Register the collection that it is of."
        )


def core_data(case: Case) -> Iterator[Found]:
    """Refuse core data of the nation."""
    if case.statement.has_core_data:
        yield found("core_data", "has_core_data", "Core data is not registered.", "Take it out of the data.")


def ownership_dispute(case: Case) -> Iterator[Found]:
    """Refuse what is in dispute."""
    if case.statement.is_ownership_disputed:
        yield found(
            "ownership_dispute",
            "is_ownership_disputed",
            "What is in dispute is not registered.",
            "Apply once the dispute is settled.",
        )


def wholly_by_ai(case: Case) -> Iterator[Found]:
    """Refuse what no person worked on."""
    if case.statement.is_wholly_by_ai:
        yield found(
            "wholly_by_ai",
            "is_wholly_by_ai",
            "What was made wholly by AI is not registered.",
            "State what persons did, if they did.",
        )


def published_data(case: Case) -> Iterator[Found]:
    """Refuse data that is public."""
    if not case.statement.is_unpublished:
        yield found(
            "published_data",
            "is_unpublished",
            "Only data that is not public is registered, and that is not declared.",
            "Declare it, if it is so.",
        )


def registration_stands(case: Case) -> Iterator[Found]:
    """Find a registration that a later kind can no longer be about, or not yet."""
    known, kind = case.known, case.kind
    if kind is Kind.FIRST:
        return
    if known.registration_state and known.registration_state != RegistrationState.IN_FORCE:
        state = RegistrationState(known.registration_state)
        yield found(
            "registration_ended",
            "",
            "The registration is not in force: it is {state}.",
            "Apply for a first registration.",
            state=state,
        )
        return
    if kind is Kind.RENEWAL:
        yield from _renewal(case)
    if known.is_pledged and kind in (Kind.TRANSFER, Kind.CANCELLATION):
        yield found(
            "registration_pledged",
            "",
            "The registration is pledged: without the creditor's consent this is not granted: {kind}.",
            "Have the pledge ended, or bring the creditor's written consent.",
            "warning",
            kind=kind,
        )


def _renewal(case: Case) -> Iterator[Found]:
    until_on = case.known.registration_until_on
    if case.profile.term_years == 0:
        yield found("no_term", "", "A registration here has no end.", "It needs no renewal.")
    elif until_on is not None and until_on < case.at_on:
        yield found("renewal_late", "", "The term ended on {day}.", "Apply for a first registration.", day=until_on)
    elif until_on is not None and case.at_on < until_on - timedelta(days=case.profile.renewal_opens_days):
        opens_on = until_on - timedelta(days=case.profile.renewal_opens_days)
        yield found("renewal_early", "", "A renewal can be applied for from {day}.", "Apply then.", day=opens_on)
