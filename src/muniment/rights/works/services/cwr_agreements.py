"""Agreements from AGR transactions: kept with their days, territories and parties, and asked when chains name them."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import Q

from muniment.rights.works.models import Agreement, AgreementParty, AgreementTerm
from muniment.rights.works.rules.cwr_agreements import ACQUIRES, ASSIGNS, AgreementTold, KnownAgreement
from muniment.rights.works.services.people import PartyBook
from muniment.rights.works.services.rows import Source

_LIVING = Q(known_to__isnull=True)
_DAYS = ("kind", "starts_on", "ends_on", "collected_until", "society_number")


def register_agreement(told: AgreementTold, source: Source, book: PartyBook) -> tuple[int, bool]:
    """Keep what a submitter tells of an agreement, closing what it told before; return its id, and whether it is new.

    The same agreement told again changes nothing.
    """
    contributors = [side.contributor for side in told.sides]
    book.look_up(contributors)
    book.register_missing(contributors)
    parties = [book.id_of(one) for one in contributors]
    agreement = Agreement.objects.filter(claim=source.claim, number=told.number).first()
    if agreement is None:
        agreement = Agreement.objects.create(
            number=told.number,
            claim=source.claim,
            kind=told.kind,
            assignor_id=_first(told, parties, ASSIGNS),
            acquirer_id=_first(told, parties, ACQUIRES),
            territories=next((side.territories for side in told.sides if side.role == ACQUIRES), "")[:2000],
            valid_from=told.starts_on,
            valid_to=None,
            intake_id=source.intake_id,
        )
    before = AgreementTerm.objects.filter(_LIVING, agreement=agreement).order_by("-pk").first()
    if before is not None and _same(before, told, parties):
        return agreement.pk, False
    AgreementTerm.objects.filter(_LIVING, agreement=agreement).update(known_to=source.at, ended_by_id=source.intake_id)
    days = {name: getattr(told, name) for name in _DAYS}
    term = AgreementTerm.objects.create(
        agreement=agreement, intake_id=source.intake_id, known_from=source.at, known_to=None, **days
    )
    AgreementParty.objects.bulk_create(
        AgreementParty(
            term=term,
            role=side.role,
            party_id=party_id,
            name=side.contributor.name,
            territories=side.territories[:2000],
            pr_ppm=side.pr_ppm,
            mr_ppm=side.mr_ppm,
            sr_ppm=side.sr_ppm,
        )
        for side, party_id in zip(told.sides, parties, strict=True)
    )
    return agreement.pk, True


def _first(told: AgreementTold, parties: Sequence[int | None], role: str) -> int | None:
    found = (party_id for side, party_id in zip(told.sides, parties, strict=True) if side.role == role)
    return next(found, None)


def _same(before: AgreementTerm, told: AgreementTold, parties: Sequence[int | None]) -> bool:
    if any(getattr(before, name) != getattr(told, name) for name in _DAYS):
        return False
    columns = ("role", "party_id", "territories", "pr_ppm", "mr_ppm", "sr_ppm")
    stored = list(AgreementParty.objects.filter(term=before).order_by("pk").values_list(*columns))
    return stored == [
        (side.role, party_id, side.territories[:2000], side.pr_ppm, side.mr_ppm, side.sr_ppm)
        for side, party_id in zip(told.sides, parties, strict=True)
    ]


def known_agreements(claim: str, numbers: Iterable[str]) -> dict[str, KnownAgreement]:
    """Return those agreements of a submitter, by number, of which an AGR told us."""
    wanted = [number for number in numbers if number]
    if not wanted:
        return {}
    terms = list(
        AgreementTerm.objects.filter(_LIVING, agreement__claim=claim, agreement__number__in=wanted).select_related(
            "agreement"
        )
    )
    sides: dict[int, list[AgreementParty]] = {}
    for side in AgreementParty.objects.filter(term__in=terms).order_by("pk"):
        sides.setdefault(side.term_id, []).append(side)
    return {term.agreement.number: _known(term, sides.get(term.pk, ())) for term in terms}


def _known(term: AgreementTerm, sides: Sequence[AgreementParty]) -> KnownAgreement:
    def of_role(role: str) -> frozenset[int]:
        return frozenset(side.party_id for side in sides if side.role == role and side.party_id is not None)

    return KnownAgreement(
        number=term.agreement.number,
        starts_on=term.starts_on,
        ends_on=max((day for day in (term.ends_on, term.collected_until) if day), default=None),
        assignors=of_role(ASSIGNS),
        acquirers=of_role(ACQUIRES),
        territories=tuple(side.territories for side in sides if side.role == ACQUIRES),
    )


def close_agreements(intake_id: int, at: datetime) -> None:
    """Take back what an intake told of agreements; what it had replaced holds again."""
    for term in AgreementTerm.objects.filter(_LIVING, intake_id=intake_id):
        term.known_to = at
        term.save(update_fields=["known_to"])
        before = AgreementTerm.objects.filter(agreement_id=term.agreement_id, ended_by_id=intake_id).order_by("-pk")
        for earlier in before[:1]:
            parties = list(AgreementParty.objects.filter(term=earlier).order_by("pk"))
            earlier.pk, earlier.known_from, earlier.known_to, earlier.ended_by_id = None, at, None, None
            earlier._state.adding = True
            earlier.save(force_insert=True)
            for party in parties:
                party.pk, party.term = None, earlier
            AgreementParty.objects.bulk_create(parties)
