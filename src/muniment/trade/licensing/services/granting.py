"""Publishing tariffs, registering licensees, granting licences."""

from datetime import date, datetime

from django.db import transaction

from muniment.kernel.words.digests import digest_value
from muniment.kernel.words.problems import UserError
from muniment.kernel.words.shares import Right
from muniment.kernel.words.territory import WORLD, countries_of
from muniment.rights.parties.queries import get_party
from muniment.rights.parties.rules.values import NameDraft, NameKind, PartyKind
from muniment.rights.parties.services import register_party
from muniment.trade.licensing.models import Licence, Tariff
from muniment.trade.licensing.queries import (
    LicenceRow,
    TariffRow,
    get_licence,
    tariff_in_force,
    tariff_row,
)
from muniment.trade.licensing.rules.fees import BASIS_FIELDS, NOTHING_DECLARED, Basis, InvalidBasis, plain_basis
from muniment.trade.licensing.rules.invoices import InvalidDates
from muniment.trade.licensing.rules.tariffs import TariffDraft, plain_terms, read_tariffs
from muniment.trust.access.rules import Action, Actor, require
from muniment.trust.access.services import record_event
from muniment.trust.batches.bulk import next_ids


class InvalidLicence(UserError):
    """The party is no licensee, or the licence says something impossible."""


class DuplicateLicence(UserError):
    """The number belongs to another licence."""


@transaction.atomic
def publish_tariff(*, actor: Actor, at: datetime, draft: TariffDraft) -> TariffRow:
    """Publish the next version of a tariff; one that says the same as the last version is that version.

    A published version is never changed; invoices name the version they were computed by.

    Raises:
        NotAllowed: the actor may not write licences.
    """
    require(actor, Action.LICENCE_WRITE)
    terms = plain_terms(draft.terms)
    digest = _digest(draft)
    earlier = Tariff.objects.select_for_update().filter(code=draft.code)
    latest = earlier.order_by("-version").first()
    if latest is not None and latest.digest == digest:
        return tariff_row(latest)
    tariff = Tariff.objects.create(
        code=draft.code,
        version=1 if latest is None else latest.version + 1,
        title=draft.title,
        kind=draft.terms.kind.value,
        currency=draft.currency,
        fund_kind=draft.fund_kind,
        vat_ppm=draft.vat_ppm,
        terms=terms,
        valid_from=draft.valid_from,
        valid_to=draft.valid_to,
        digest=digest,
        published_at=at,
        published_by=actor.name,
    )
    record_event(
        actor=actor,
        at=at,
        tag="tariff.published",
        subject_kind="tariff",
        subject_id=f"{tariff.code}/{tariff.version}",
        after={"digest": digest, "title": draft.title, "valid_from": draft.valid_from, "valid_to": draft.valid_to},
    )
    return tariff_row(tariff)


@transaction.atomic
def publish_tariffs(*, actor: Actor, at: datetime, text: str) -> tuple[TariffRow, ...]:
    """Publish every tariff of a TOML text, or none.

    Raises:
        NotAllowed: the actor may not write licences.
        InvalidTariff: the text cannot be used.
    """
    require(actor, Action.LICENCE_WRITE)
    return tuple(publish_tariff(actor=actor, at=at, draft=draft) for draft in read_tariffs(text))


@transaction.atomic
def register_licensee(
    *,
    actor: Actor,
    at: datetime,
    name: str,
    code: str = "",
    native_name: str = "",
    country: str = "",
    intake_id: int | None = None,
) -> int:
    """Register a user of music as a party and return its id.

    Raises:
        NotAllowed: the actor may not write licences and parties.
        InvalidParty, DuplicateParty: see `register_party`.
    """
    require(actor, Action.LICENCE_WRITE)
    names = (NameDraft(native_name, NameKind.ALIAS),) if native_name.strip() else ()
    return register_party(
        actor=actor,
        at=at,
        kind=PartyKind.LICENSEE,
        name=name,
        code=code,
        country=country,
        names=names,
        intake_id=intake_id,
    )


@transaction.atomic
def grant_licence(
    *,
    actor: Actor,
    at: datetime,
    licensee_id: int,
    tariff_code: str,
    valid_from: date,
    valid_to: date | None = None,
    basis: Basis = NOTHING_DECLARED,
    fund_kind: str = "",
    territory: int = WORLD,
    right: Right = Right.PERFORMING,
    code: str = "",
    intake_id: int | None = None,
) -> LicenceRow:
    """Grant a licence under a tariff from `valid_from` up to, not including, `valid_to` (None: until it is ended).

    `basis` holds the agreed figures; `fund_kind` is the tariff's where it is not given; `code` is made where empty.

    Raises:
        NotAllowed: the actor may not write licences.
        UnknownParty, UnknownTariff, UnknownTerritory: one of these does not exist, or the tariff is not in force on
            the first day.
        InvalidLicence, InvalidBasis, InvalidDates: the party is no licensee, a figure is negative, the dates are in
            the wrong order.
        DuplicateLicence: the number is taken.
    """
    require(actor, Action.LICENCE_WRITE)
    party = get_party(licensee_id)
    if party.kind is not PartyKind.LICENSEE:
        raise InvalidLicence(f"{party.name} is a {party.kind}, not a licensee.", "Register the user as a licensee.")
    if valid_to is not None and valid_to <= valid_from:
        raise InvalidDates(f"The licence ends on {valid_to}, before it begins.", "Exchange the two dates.")
    _refuse_negative(basis)
    countries_of(territory)
    tariff = tariff_in_force(tariff_code.strip(), valid_from)
    number = code.strip() or f"L-{next_ids(Licence, 1)[0]:05d}"
    if Licence.objects.filter(code=number).exists():
        raise DuplicateLicence(f"A licence with the number {number} exists.", "Give another number, or leave it empty.")
    licence = Licence.objects.create(
        code=number,
        licensee_id=licensee_id,
        licensee_code=party.code,
        tariff_code=tariff.code,
        fund_kind=fund_kind.strip() or tariff.fund_kind,
        territory=territory,
        right=right.value,
        basis=plain_basis(basis),
        valid_from=valid_from,
        valid_to=valid_to,
        intake_id=intake_id,
        granted_at=at,
        granted_by=actor.name,
    )
    record_event(
        actor=actor,
        at=at,
        tag="licence.granted",
        subject_kind="licence",
        subject_id=number,
        after=_event_of(licence),
    )
    return get_licence(number)


def _event_of(licence: Licence) -> dict[str, object]:
    return {
        "licensee_id": licence.licensee_id,
        "tariff_code": licence.tariff_code,
        "fund_kind": licence.fund_kind,
        "territory": licence.territory,
        "right": licence.right,
        "basis": licence.basis,
        "valid_from": licence.valid_from,
        "valid_to": licence.valid_to,
    }


def _refuse_negative(basis: Basis) -> None:
    for name in BASIS_FIELDS:
        value = getattr(basis, name)
        if value is not None and value < 0:
            raise InvalidBasis(f"The agreed {name} is negative.", "Agree on zero or more.")


def _digest(draft: TariffDraft) -> str:
    """Return the digest of everything that a version says, to know a repeated publication."""
    terms = plain_terms(draft.terms)
    return digest_value(
        [
            draft.code,
            draft.title,
            draft.terms.kind.value,
            draft.currency,
            draft.fund_kind,
            draft.vat_ppm,
            draft.valid_from.isoformat(),
            draft.valid_to.isoformat() if draft.valid_to else None,
            [str(terms[name]) for name in sorted(terms)],
        ]
    )
