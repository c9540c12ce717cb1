"""Agreements with sister societies, and what they get back of deductions that they had not agreed to."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from muniment.kernel.words.period import Period
from muniment.kernel.words.problems import UserError
from muniment.kernel.words.shares import PPM, Right
from muniment.kernel.words.territory import Territories
from muniment.pay.distributions.models import (
    Deduction,
    DistributionRun,
    OutgoingSettlement,
    PayeeTotal,
    Pool,
    RepresentationAgreement,
    RunPayee,
)
from muniment.pay.distributions.queries.societies import agreements_of, outgoing_uses
from muniment.pay.distributions.rules.societies import (
    AgreementQuestion,
    Direction,
    Taken,
    TaxTreatment,
    agreement_for,
    excess_of,
)
from muniment.pay.distributions.services.posting import payee_account
from muniment.pay.distributions.services.runs import locked_run
from muniment.rights.parties.queries import get_party
from muniment.rights.parties.rules.values import PartyKind
from muniment.trust.access.rules import Action, Actor, require, require_second_person
from muniment.trust.access.services import lock_heads, record_event
from muniment.trust.ledger.rules import EntryDraft, TransferDraft, deduction
from muniment.trust.ledger.services import post_entry


class BadAgreement(UserError):
    """An agreement cannot be recorded as it is."""


@dataclass(frozen=True, slots=True)
class AgreementDraft:
    """An agreement to be recorded: rates in parts per million, `right` and `use_kind` empty for every one."""

    society_id: int
    direction: Direction
    right: str = ""
    territories: str = "2136"
    use_kind: str = ""
    valid_from: date | None = None
    valid_to: date | None = None
    fee_ppm: int = 0
    cultural_ppm: int = 0
    tax_ppm: int = 0
    tax: TaxTreatment = TaxTreatment.GROSS
    document: str = ""


@transaction.atomic
def record_agreement(*, actor: Actor, at: datetime, draft: AgreementDraft, approved_by: str) -> int:
    """Record an agreement that a second person has checked against its document; return its id.

    Raises:
        NotAllowed, SamePerson, UnknownParty, UnknownTerritory, InvalidPeriod: see there.
        BadAgreement: the party is no society, a rate is above the whole, or the document is not named.
    """
    require(actor, Action.DISTRIBUTION_WRITE)
    require_second_person(approved_by, actor)
    society = get_party(draft.society_id)
    if society.kind is not PartyKind.SOCIETY:
        raise BadAgreement(f"{society.name} is no society.", "Choose a society of the register.")
    rates = (draft.fee_ppm, draft.cultural_ppm, draft.tax_ppm)
    if not all(0 <= rate <= PPM for rate in rates):
        raise BadAgreement("A rate is below zero or above the whole.", "Give rates from 0 to 100 %.")
    if (draft.cultural_ppm or draft.fee_ppm) and not draft.document.strip():
        raise BadAgreement("A deduction needs the consent that allows it.", "Name the agreement's document and date.")
    Period(draft.valid_from, draft.valid_to)
    row = RepresentationAgreement.objects.create(
        society_id=draft.society_id,
        direction=draft.direction.value,
        right=Right(draft.right).value if draft.right else "",
        territories=Territories.parse(draft.territories).text,
        use_kind=draft.use_kind.strip(),
        valid_from=draft.valid_from,
        valid_to=draft.valid_to,
        known_from=at,
        fee_ppm=draft.fee_ppm,
        cultural_ppm=draft.cultural_ppm,
        tax_ppm=draft.tax_ppm,
        tax=draft.tax.value,
        document=draft.document.strip()[:200],
        recorded_by=actor.name,
        approved_by=approved_by,
    )
    _record(actor, at, row, "recorded")
    return row.pk


@transaction.atomic
def end_agreement(*, actor: Actor, at: datetime, agreement_id: int, valid_to: date) -> int:
    """Let an agreement end on a day, the first without it; the row of before stays. Return the id of the new row.

    Raises:
        NotAllowed, InvalidPeriod: see there.
        BadAgreement: there is no such agreement in force.
    """
    require(actor, Action.DISTRIBUTION_WRITE)
    row = RepresentationAgreement.objects.select_for_update().filter(pk=agreement_id, known_to__isnull=True).first()
    if row is None:
        raise BadAgreement("There is no such agreement in force.", "Look at the list of agreements.")
    Period(row.valid_from, valid_to)
    row.known_to = at
    row.save(update_fields=["known_to"])
    row.pk, row.valid_to, row.known_from, row.known_to = None, valid_to, at, None
    row._state.adding = True
    row.save(force_insert=True)
    _record(actor, at, row, "ended")
    return row.pk


@transaction.atomic
def settle_societies(*, actor: Actor, at: datetime, run_id: int) -> dict[int, int]:
    """Give sister societies back what a posted run deducted from their part beyond the fee and what they agreed to.

    Asked once for each society and run; the money comes from the deductions, not from other payees. Returns what
    each society got back, by party; societies that get nothing are noted with zero.

    Raises:
        NotAllowed, UnknownRun, WrongState: see there.
    """
    require(actor, Action.DISTRIBUTION_POST)
    run = locked_run(run_id, "adjust")
    lock_heads()
    outcomes = dict(RunPayee.objects.filter(run=run).values_list("party_id", "outcome"))
    done = set(OutgoingSettlement.objects.filter(run=run).values_list("society_id", flat=True))
    settled: dict[int, int] = {}
    for society_id in sorted(outgoing_uses(run.pk).keys() - done):
        transfers = tuple(_refunds(run, society_id, outcomes[society_id]))
        amount_micro = sum(transfer.amount_micro for transfer in transfers)
        entry_id = None
        if transfers:
            draft = EntryDraft(
                f"society-settlement/{run.number}/{society_id}",
                "society settlement",
                at.date(),
                run.currency,
                transfers,
                f"Deductions of run {run.number} that the society did not agree to",
            )
            entry_id = post_entry(actor=actor, at=at, draft=draft, action=Action.DISTRIBUTION_POST).id
        OutgoingSettlement.objects.create(
            run=run,
            society_id=society_id,
            amount_micro=amount_micro,
            settled_by=actor.name,
            settled_at=at,
            entry_id=entry_id,
        )
        settled[society_id] = amount_micro
        after = {"run": run.number, "amount_micro": amount_micro, "entry": entry_id}
        record_event(
            actor=actor, at=at, tag="society.settled", subject_kind="party", subject_id=society_id, after=after
        )
    return settled


def _refunds(run: DistributionRun, society_id: int, outcome: str) -> Iterator[TransferDraft]:
    """Yield what goes back to a society, pool by pool, from the deductions that are not the fee, the last first."""
    agreements = agreements_of(society_id)
    uses = outgoing_uses(run.pk)[society_id]
    goal = payee_account(society_id, outcome)
    for pool in Pool.objects.filter(run=run).order_by("ordinal"):
        part = PayeeTotal.objects.filter(pool=pool, party_id=society_id).first()
        if part is None:
            continue
        allowed = min(
            (
                found.cultural_ppm if found else 0
                for found in (
                    agreement_for(
                        agreements,
                        AgreementQuestion(
                            society_id, Direction.OUTGOING, use.right, use.territory, "", use.on, run.known_at
                        ),
                    )
                    for use in uses
                    if use.fund_code == pool.fund_code
                )
            ),
            default=0,
        )
        rows = list(Deduction.objects.filter(pool=pool).order_by("-ordinal"))
        left_micro = excess_of(
            [Taken(row.account, row.amount_micro) for row in rows],
            net_micro=pool.net_micro,
            part_micro=part.amount_micro,
            allowed_ppm=allowed,
            gross_micro=pool.gross_micro,
        )
        yield from _taken_back(rows, left_micro, goal)


def _taken_back(rows: list[Deduction], left_micro: int, goal: str) -> Iterator[TransferDraft]:
    for row in rows:
        back_micro = 0 if row.account == "administration" else min(left_micro, row.amount_micro)
        if back_micro:
            left_micro -= back_micro
            yield TransferDraft(deduction(row.account), goal, back_micro)


def _record(actor: Actor, at: datetime, row: RepresentationAgreement, verb: str) -> None:
    after: Mapping[str, object] = {
        "society": row.society_id,
        "direction": row.direction,
        "fee_ppm": row.fee_ppm,
        "cultural_ppm": row.cultural_ppm,
        "document": row.document,
        "approved_by": row.approved_by,
    }
    record_event(actor=actor, at=at, tag=f"agreement.{verb}", subject_kind="agreement", subject_id=row.pk, after=after)
