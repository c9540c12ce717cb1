"""The pre-check: what an examiner would send back, told before anything is sent, with its reason and its remedy.

An exchange reported that nine of ten first submissions fail; most for what can be seen here. Each finding names its
field, the profile's rule with its source, and what to do. An error stops the application, a warning does not. `fields`
looks at the fields themselves, `persons`, `sources` and `contents` at what they say, `refusals` at what no registry
takes.
"""

import json
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from types import MappingProxyType

from muniment.kernel.words.phrases import Phrase
from muniment.rights.registry.rules.application import BadStatement, Kind, Statement, build_statement, read_statement
from muniment.rights.registry.rules.precheck import contents, fields, persons, refusals, sources
from muniment.rights.registry.rules.precheck.case import Case, Checking, Finding, Found, Known
from muniment.rights.registry.rules.profiles import Check, Profile, Refusal, ground_of

__all__ = ["CHECKS", "REFUSALS", "Finding", "Known", "precheck", "read_statement_file", "term_until"]

REFUSALS: Mapping[Refusal, Checking] = MappingProxyType(
    {
        Refusal.RAW_DATA: refusals.raw_data,
        Refusal.CORE_DATA: refusals.core_data,
        Refusal.OWNERSHIP_DISPUTE: refusals.ownership_dispute,
        Refusal.WHOLLY_BY_AI: refusals.wholly_by_ai,
        Refusal.UNAUTHORISED_SOURCE: sources.contract_there,
        Refusal.PUBLISHED_DATA: refusals.published_data,
    }
)
"""What looks for each reason of refusal that a profile can have."""

CHECKS: Mapping[Check, Checking] = MappingProxyType(
    {
        Check.APPLICANT_IDENTIFIER: persons.applicant_identifiers,
        Check.COLLECTION_TOLD: sources.collection_told,
        Check.CONTRACT_IN_FORCE: sources.contract_in_force,
        Check.UPDATE_WITHIN_CONTRACT: sources.update_within_contract,
        Check.RIGHTS_OF_SOURCE: sources.rights_of_source,
        Check.INDUSTRY_CODE: contents.industry_code,
        Check.STRUCTURE_WHOLE: contents.structure_whole,
        Check.PROCESSING_TOLD: contents.processing_told,
        Check.DISCLOSED_PERSONS: contents.disclosed_persons,
        Check.DEPOSIT_OR_ACT: contents.deposit_or_act,
        Check.DEPOSIT_KNOWN: contents.deposit_known,
        Check.DEPOSIT_IS_NEW: contents.deposit_is_new,
        Check.DERIVATION_TOLD: contents.derivation_told,
        Check.WORK_DATES: contents.work_dates,
    }
)
"""What looks at each check that a profile can have."""

_DAY = timedelta(days=1)


def precheck(
    statement: Statement, profile: Profile, *, at_on: date, known: Known, kind: Kind = Kind.FIRST
) -> tuple[Finding, ...]:
    """Return what an examiner would send back on a day: errors first, each group in the order of the checks."""
    case = Case(statement, profile, kind, at_on, known)
    found = [_finding(profile, rule, one) for rule, checking in _checkings(profile, kind) for one in checking(case)]
    return tuple(sorted(dict.fromkeys(found), key=lambda one: one.level != "error"))


def term_until(profile: Profile, statement: Statement, from_on: date) -> date | None:
    """Return the last day in force of a registration that begins on `from_on`; None where it has no end.

    It is the day before the same day some years on, or the last day of the source contract that ends first, where the
    profile caps the term so and that is sooner.
    """
    if not profile.term_years:
        return None
    until_on = sources.years_on(from_on, profile.term_years) - _DAY
    contract_on = sources.contract_end(statement.sources)
    return min(until_on, contract_on) if profile.is_capped_by_contract and contract_on is not None else until_on


def read_statement_file(file_name: str, content: bytes) -> Statement:
    """Return the statement in a file, which is TOML by its name or else JSON.

    Raises:
        BadStatement: it is not UTF-8, cannot be read, or a field is wrong.
    """
    try:
        text = content.decode("utf-8-sig")
        if not file_name.lower().endswith(".toml"):
            return read_statement(text)
        values = json.loads(json.dumps(tomllib.loads(text), default=_day))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        raise BadStatement(
            "", "{field} cannot be read: {cause}.", "Send UTF-8, as TOML or JSON.", cause=str(error)[:120]
        ) from None
    return build_statement(values)


def _checkings(profile: Profile, kind: Kind) -> Iterator[tuple[str, Checking]]:
    """Yield what is looked at, with the name of the profile's rule; a field's finding names the field instead."""
    yield "", fields.unknown_words
    if profile.procedures[kind].is_whole_form:
        yield "", fields.missing_fields
        yield "", fields.unasked_fields
        yield "", fields.plain_title
        yield "fields.applicants", persons.one_holder
        for refusal, checking in REFUSALS.items():
            if refusal in profile.refusals:
                yield f"refusals.{refusal}", checking
        for check, checking in CHECKS.items():
            if check in profile.checks:
                yield f"checks.{check}", checking
    yield f"procedures.{kind}.needs", fields.missing_needs
    yield f"procedures.{kind}", persons.transferee_is_new
    yield "term.renewal_opens_days" if kind is Kind.RENEWAL else f"procedures.{kind}", refusals.registration_stands


def _finding(profile: Profile, rule: str, found: Found) -> Finding:
    parts = [part for part in found.field.split(".") if not part.isdigit()]
    rule = rule or f"fields.{'.'.join(parts)}"
    ground = ground_of(profile, rule)
    basis = Phrase(
        "{profile}, {rule}: {claim} ({where}; {mark})",
        profile=Phrase(profile.title),
        rule=rule,
        claim=Phrase(ground.claim),
        where=Phrase(ground.where),
        mark=ground.mark,
    )
    return Finding(found.rule, found.level, found.field, found.message, found.remedy, basis)


def _day(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise ValueError(f"{value!r} has no place in a statement")
