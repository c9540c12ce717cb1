"""The pre-check with what the registry knows: is the deposit here, is its content new, how does the target stand?"""

from datetime import date

from muniment.rights.registry.models import Deposit, Particulars
from muniment.rights.registry.queries import files_of, find_likenesses
from muniment.rights.registry.queries.applications import get_application, rules_of, statement_of
from muniment.rights.registry.queries.registrations import get_registration, registration_of_content
from muniment.rights.registry.rules.application import Kind, Statement
from muniment.rights.registry.rules.numbers import BadNumber, parse_number
from muniment.rights.registry.rules.precheck import Finding, Known, precheck
from muniment.rights.registry.rules.profiles import Profile, profile_on

_OF_THE_PAST = frozenset({"renewal_early", "renewal_late"})
"""What is looked at on the day of submission alone."""


def check_statement(
    statement: Statement, profile: str, kind: Kind, on: date, *, party_id: int | None = None, registration: str = ""
) -> tuple[Finding, ...]:
    """Return what the pre-check finds in a statement that is not kept yet; `registration` is what it is about.

    Raises:
        NoProfile: there is none of the name.
    """
    known = known_of(statement, party_id=party_id, registration=registration)
    return precheck(statement, profile_on(profile, on), at_on=on, known=known, kind=kind)


def findings_of(number: str, on: date) -> tuple[Finding, ...]:
    """Return what the pre-check finds in what an application states now; nothing for one that is not, or is erased."""
    row, statement = get_application(number), statement_of(number)
    if row is None or statement is None:
        return ()
    return check(
        statement,
        rules_of(row, on),
        row.kind,
        on,
        party_id=row.party_id,
        registration=row.registration_number if row.kind is not Kind.FIRST else "",
        is_submitted=row.submitted_at is not None,
    )


def check(
    statement: Statement,
    profile: Profile,
    kind: Kind,
    on: date,
    *,
    party_id: int | None,
    registration: str,
    is_submitted: bool,
    has_likenesses: bool = True,
) -> tuple[Finding, ...]:
    """Return the findings on a day; of what is submitted, the time of a renewal is not asked again.

    `has_likenesses` looks for deposits that are much alike, which only warns.
    """
    known = known_of(statement, party_id=party_id, registration=registration, has_likenesses=has_likenesses)
    found = precheck(statement, profile, at_on=on, known=known, kind=kind)
    return tuple(one for one in found if one.rule not in _OF_THE_PAST) if is_submitted else found


def known_of(statement: Statement, *, party_id: int | None, registration: str, has_likenesses: bool = True) -> Known:
    """Return what the registry knows of a statement of a party; `registration` is either number of its target."""
    deposit = _deposit(statement.deposit, party_id)
    same = registration_of_content("" if deposit is None else deposit.content_sha256)
    target = get_registration(registration) if registration else None
    return Known(
        deposit_exists=deposit is not None,
        deposit_is_likely_duplicate_of=_alike(deposit, party_id) if deposit is not None and has_likenesses else (),
        registration_of_same_content="" if same is None else same.certificate_number,
        registration_state="" if target is None else target.state,
        registration_from_on=None if target is None else target.registered_on,
        registration_until_on=None if target is None else target.until_on,
        is_pledged=target is not None and target.pledge_count > 0,
    )


def _deposit(number: str, party_id: int | None) -> Deposit | None:
    """Return the deposit that a statement names, if it is here and the party's own."""
    if not number:
        return None
    try:
        own = Particulars.objects.filter(deposit__number=parse_number(number), deposit__erased_at=None)
    except BadNumber:
        return None
    own = own.filter(party__isnull=True) if party_id is None else own.filter(party_id=party_id)
    row = own.select_related("deposit").first()
    return None if row is None else row.deposit


def _alike(deposit: Deposit, party_id: int | None) -> tuple[str, ...]:
    """Return the numbers of others' earlier deposits with files that are the same or nearly so."""
    likes = [one for one in find_likenesses(files_of(deposit.number)) if one.number != deposit.number]
    numbers = list(dict.fromkeys(one.number for one in likes if one.deposited_at <= deposit.deposited_at))
    if not numbers or party_id is None:
        return tuple(numbers)
    own = set(
        Particulars.objects.filter(deposit__number__in=numbers, party_id=party_id).values_list(
            "deposit__number", flat=True
        )
    )
    return tuple(number for number in numbers if number not in own)
