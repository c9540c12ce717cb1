"""Settle what over-paid payees owe: from later runs up to a cap, from the reserve, or by a write-off of two persons."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import Sum

from muniment.kernel.words.allocation import split_exactly
from muniment.kernel.words.money import format_amount
from muniment.kernel.words.problems import UserError
from muniment.pay.distributions.models import DistributionRun, Recovery, RecoveryStep
from muniment.pay.distributions.rules.adjusting import Funding, recoverable_micro
from muniment.pay.distributions.services.runs import rule_of
from muniment.trust.access.rules import Action, Actor, require, require_second_person
from muniment.trust.access.services import lock_heads, record_event
from muniment.trust.ledger.queries import balance
from muniment.trust.ledger.rules import EntryDraft, TransferDraft, deduction, payable, recoverable, writeoff
from muniment.trust.ledger.services import post_entry

SUCCESSION = "succession"
"""The means of a step by which the debt of a payee who died passed to the heirs."""


class NothingOwed(UserError):
    """A recovery has nothing open, or less than was asked for."""


class TooEarly(UserError):
    """The time in which a payee may settle by later amounts has not passed yet."""


def _settled(recovery: Recovery) -> int:
    """Return what of a recovery is settled or proposed to be written off."""
    return int(RecoveryStep.objects.filter(recovery=recovery).aggregate(total=Sum("amount_micro"))["total"] or 0)


def parties_that_owe(currency: str) -> set[int]:
    """Return the payees who were ever paid too much in a currency; whether anything is open is not asked here."""
    return set(Recovery.objects.filter(currency=currency).values_list("party_id", flat=True))


def take_recoveries(*, actor: Actor, at: datetime, run: DistributionRun, gained: Mapping[int, int]) -> dict[int, int]:
    """Take, of what a run has just put on payees' accounts, the capped part of what they owe; return it by party.

    `gained` is what became payable for each party by the run. The oldest recovery is settled first, the cap counts
    for all of a party's recoveries together.
    """
    taken: dict[int, int] = {}
    steps: list[tuple[Recovery, int]] = []
    for recovery in Recovery.objects.select_for_update().filter(currency=run.currency).order_by("id"):
        party_id = recovery.party_id
        if party_id not in gained:
            continue
        open_micro = recovery.amount_micro - _settled(recovery)
        most_micro = recoverable_micro(gained[party_id], gained[party_id], recovery.cap_ppm) - taken.get(party_id, 0)
        part_micro = min(open_micro, most_micro)
        if part_micro > 0:
            taken[party_id] = taken.get(party_id, 0) + part_micro
            steps.append((recovery, part_micro))
    if steps:
        transfers = tuple(
            TransferDraft(payable(recovery.party_id), recoverable(recovery.party_id), part_micro)
            for recovery, part_micro in steps
        )
        entry_id = _book(actor, at, f"recovery/run/{run.number}", run.currency, transfers, f"run {run.number}")
        RecoveryStep.objects.bulk_create(
            _step(recovery, Funding.RECOVERY.value, part_micro, actor, at, run_id=run.pk, entry_id=entry_id)
            for recovery, part_micro in steps
        )
    return taken


def _step(
    recovery: Recovery, means: str, amount_micro: int, actor: Actor, at: datetime, *, run_id: int | None, entry_id: int
) -> RecoveryStep:
    return RecoveryStep(
        recovery=recovery,
        means=means,
        amount_micro=amount_micro,
        run_id=run_id,
        proposed_by=actor.name,
        proposed_at=at,
        taken_by=actor.name,
        taken_at=at,
        entry_id=entry_id,
    )


def _book(actor: Actor, at: datetime, key: str, currency: str, transfers: tuple[TransferDraft, ...], memo: str) -> int:
    draft = EntryDraft(key, "recovery", at.date(), currency, transfers, f"Recovery of what was overpaid: {memo}")
    return post_entry(actor=actor, at=at, draft=draft, action=Action.DISTRIBUTION_POST).id


@transaction.atomic
def pass_debts(*, actor: Actor, at: datetime, currency: str, heirs: Mapping[int, Mapping[int, int]]) -> int:
    """Pass what payees who died owe to their heirs, by their shares to the micro-unit; return what was passed.

    Each heir's part is a debt of its own that later amounts settle, under the cap and until the day of the old one.
    Write-offs that wait for approval are of the old debt and are left with it. Asked twice, the second time passes
    nothing.

    Args:
        heirs: to whom everything of a payee passes, with the shares in ppm, which sum to the whole.

    Raises:
        NotAllowed: see there.
    """
    require(actor, Action.DISTRIBUTION_POST)
    passed_micro = 0
    open_debts = Recovery.objects.select_for_update().filter(currency=currency, party_id__in=list(heirs))
    for recovery in open_debts.order_by("id"):
        open_micro = recovery.amount_micro - _settled(recovery)
        if open_micro > 0:
            _pass_debt(actor, at, recovery, open_micro, heirs[recovery.party_id])
            passed_micro += open_micro
    return passed_micro


def _pass_debt(actor: Actor, at: datetime, recovery: Recovery, open_micro: int, shares: Mapping[int, int]) -> None:
    parts = dict(zip(shares, split_exactly(open_micro, list(shares.values()), list(shares)), strict=True))
    old = recoverable(recovery.party_id)
    transfers = tuple(TransferDraft(recoverable(heir), old, part) for heir, part in parts.items() if part)
    entry_id = _book(
        actor, at, f"recovery/{recovery.pk}/succession", recovery.currency, transfers, "passed to the heirs"
    )
    Recovery.objects.bulk_create(
        Recovery(
            party_id=heir,
            adjustment_id=recovery.adjustment_id,
            currency=recovery.currency,
            amount_micro=part,
            cap_ppm=recovery.cap_ppm,
            started_at=at,
            ends_on=recovery.ends_on,
            inherited_from=recovery,
        )
        for heir, part in parts.items()
        if part
    )
    step = _step(recovery, SUCCESSION, open_micro, actor, at, run_id=None, entry_id=entry_id)
    step.save(force_insert=True)
    _record(actor, at, recovery, "passed_to_heirs", {"amount_micro": open_micro, "heirs": sorted(parts)})


@transaction.atomic
def settle_by_reserve(*, actor: Actor, at: datetime, recovery_id: int) -> int:
    """Settle what is open of a recovery whose time is over from the claims reserve; return the micro-units taken.

    Raises:
        NotAllowed: see there.
        NothingOwed: nothing is open, or the reserve is empty.
        TooEarly: the payee may still settle it by later amounts.
    """
    require(actor, Action.DISTRIBUTION_POST)
    recovery = _locked(recovery_id)
    if at.date() < recovery.ends_on:
        raise TooEarly(
            f"Until {recovery.ends_on} this is settled by later amounts of the payee.", "Wait for the day, or for runs."
        )
    lock_heads()
    reserve = deduction(rule_of(recovery.adjustment.run).reserve_account)
    amount_micro = min(recovery.amount_micro - _settled(recovery), balance(reserve, recovery.currency))
    if amount_micro <= 0:
        raise NothingOwed("Nothing is open, or the claims reserve is empty.", "Propose a write-off instead.")
    count = RecoveryStep.objects.filter(recovery=recovery).count()
    transfers = (TransferDraft(reserve, recoverable(recovery.party_id), amount_micro),)
    entry_id = _book(
        actor, at, f"recovery/{recovery.pk}/reserve/{count + 1}", recovery.currency, transfers, "claims reserve"
    )
    step = _step(recovery, Funding.RESERVE.value, amount_micro, actor, at, run_id=None, entry_id=entry_id)
    step.save(force_insert=True)
    _record(actor, at, recovery, "settled", {"amount_micro": amount_micro, "means": Funding.RESERVE.value})
    return amount_micro


@transaction.atomic
def propose_write_off(
    *, actor: Actor, at: datetime, recovery_id: int, note: str, amount_micro: int | None = None
) -> int:
    """Propose that the society bears what is open of a recovery, or a part; a second person decides. Return its id.

    Raises:
        NotAllowed: see there.
        NothingOwed: less is open than the amount, or no reason is given.
    """
    require(actor, Action.DISTRIBUTION_WRITE)
    recovery = _locked(recovery_id)
    open_micro = recovery.amount_micro - _settled(recovery)
    wanted_micro = open_micro if amount_micro is None else amount_micro
    if not 0 < wanted_micro <= open_micro:
        is_open = format_amount(open_micro, recovery.currency)
        raise NothingOwed(f"{recovery.currency} {is_open} of it is open.", "Give an amount up to that.")
    if not note.strip():
        raise NothingOwed("A write-off needs its reason.", "Say why the money cannot be recovered.")
    step = RecoveryStep.objects.create(
        recovery=recovery,
        means=Funding.WRITE_OFF.value,
        amount_micro=wanted_micro,
        proposed_by=actor.name,
        proposed_at=at,
        note=note.strip()[:300],
    )
    _record(actor, at, recovery, "write_off_proposed", {"amount_micro": wanted_micro, "note": step.note})
    return step.pk


@transaction.atomic
def approve_write_off(*, actor: Actor, at: datetime, step_id: int) -> int:
    """Approve a proposed write-off and book it; not by who proposed it. Return the ledger entry.

    Raises:
        NotAllowed, SamePerson: see there.
        NothingOwed: it is not proposed any more.
    """
    require(actor, Action.DISTRIBUTION_APPROVE)
    step = RecoveryStep.objects.select_for_update().filter(pk=step_id, taken_at__isnull=True).first()
    if step is None:
        raise NothingOwed("There is no such proposal.", "Look at the list of write-offs that wait.")
    require_second_person(step.proposed_by, actor)
    recovery = step.recovery
    transfers = (TransferDraft(writeoff(), recoverable(recovery.party_id), step.amount_micro),)
    step.entry_id = _book(actor, at, f"recovery/write-off/{step.pk}", recovery.currency, transfers, step.note)
    step.taken_by, step.taken_at = actor.name, at
    step.save(update_fields=["entry", "taken_by", "taken_at"])
    _record(actor, at, recovery, "written_off", {"amount_micro": step.amount_micro, "entry": step.entry_id})
    return step.entry_id


def _locked(recovery_id: int) -> Recovery:
    recovery = Recovery.objects.select_for_update().filter(pk=recovery_id).first()
    if recovery is None:
        raise NothingOwed(f"There is no recovery {recovery_id}.", "Look at the list of recoveries.")
    return recovery


def _record(actor: Actor, at: datetime, recovery: Recovery, verb: str, after: Mapping[str, object]) -> None:
    record_event(
        actor=actor, at=at, tag=f"recovery.{verb}", subject_kind="recovery", subject_id=recovery.pk, after=after
    )
