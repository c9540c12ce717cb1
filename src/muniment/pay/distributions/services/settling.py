"""What sister societies get back of a run's deductions that they had not agreed to, and the tax on what they get."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from django.db import transaction

from muniment.kernel.words.allocation import split_exactly
from muniment.kernel.words.problems import UserError
from muniment.kernel.words.shares import PPM
from muniment.pay.distributions.models import OF_SPLIT, Deduction, DistributionRun, OutgoingSettlement, Pool, RunPayee
from muniment.pay.distributions.queries.societies import OutgoingPart, OutgoingUse, agreements_of, outgoing_parts
from muniment.pay.distributions.rules.societies import (
    Agreement,
    AgreementQuestion,
    Direction,
    SocietyTax,
    Taken,
    agreement_for,
    excess_of,
    tax_rate,
)
from muniment.pay.distributions.services.posting import payee_account
from muniment.pay.distributions.services.runs import locked_run
from muniment.trust.access.rules import Action, Actor, require
from muniment.trust.access.services import lock_heads, record_event
from muniment.trust.ledger.queries import balance
from muniment.trust.ledger.rules import EntryDraft, TransferDraft, deduction, payable
from muniment.trust.ledger.rules import tax as tax_account
from muniment.trust.ledger.services import post_entry


class PaidBefore(UserError):
    """A society was paid before its run was settled, so tax cannot be withheld from the money."""


@dataclass(frozen=True, slots=True)
class Settlement:
    """What a society got back of deductions, and what was withheld from it, in micro-units of the run's currency."""

    refund_micro: int
    tax_micro: int


@dataclass(frozen=True, slots=True)
class _Rated:
    """A part of a society's money with what was agreed for it: the cultural deduction and the tax."""

    fund_code: str
    amount_micro: int
    cultural_ppm: int
    tax_ppm: int


@transaction.atomic
def settle_societies(
    *, actor: Actor, at: datetime, run_id: int, tax: SocietyTax | None = None
) -> dict[int, Settlement]:
    """Give sister societies back what a posted run deducted beyond what they agreed to, and withhold their tax.

    Agreements are asked for each use by society, right, kind of use, territory and day, as known at the run's instant.
    Asked once for each society and run; refunds come from the deductions, not from other payees. Returns what was
    settled, by party; societies for which nothing is booked are noted with zero.

    Args:
        tax: what the law takes; None where nothing is withheld.

    Raises:
        NotAllowed, UnknownRun, WrongState: see there.
        NotAgreed: an agreement has tax withheld, and `tax` is None.
        PaidBefore: see there.
    """
    require(actor, Action.DISTRIBUTION_POST)
    run = locked_run(run_id, "adjust")
    lock_heads()
    outcomes = dict(RunPayee.objects.filter(run=run).values_list("party_id", "outcome"))
    done = set(OutgoingSettlement.objects.filter(run=run).values_list("society_id", flat=True))
    return {
        society_id: _settle(actor, at, run, society_id, outcomes[society_id], parts, tax)
        for society_id, parts in sorted(outgoing_parts(run.pk).items())
        if society_id not in done
    }


def _settle(
    actor: Actor,
    at: datetime,
    run: DistributionRun,
    society_id: int,
    outcome: str,
    parts: Sequence[OutgoingPart],
    tax: SocietyTax | None,
) -> Settlement:
    rated = _rated(society_id, parts, run.known_at, tax)
    goal = payee_account(society_id, outcome)
    refunds = tuple(_refunds(run, rated, goal))
    refund_micro = sum(transfer.amount_micro for transfer in refunds)
    tax_micro = _tax(rated, refund_micro, tax)
    withheld = _withheld(run, society_id, goal, refund_micro, tax_micro, tax)
    entry_id = None
    if refunds or withheld:
        draft = EntryDraft(
            f"society-settlement/{run.number}/{society_id}",
            "society settlement",
            at.date(),
            run.currency,
            (*refunds, *withheld),
            f"Run {run.number}: deductions that the society did not agree to, and tax on what it gets",
        )
        entry_id = post_entry(actor=actor, at=at, draft=draft, action=Action.DISTRIBUTION_POST).id
    OutgoingSettlement.objects.create(
        run=run,
        society_id=society_id,
        amount_micro=refund_micro,
        settled_by=actor.name,
        settled_at=at,
        entry_id=entry_id,
    )
    after = {"run": run.number, "amount_micro": refund_micro, "tax_micro": tax_micro, "entry": entry_id}
    record_event(actor=actor, at=at, tag="society.settled", subject_kind="party", subject_id=society_id, after=after)
    return Settlement(refund_micro, tax_micro)


def _rated(society_id: int, parts: Iterable[OutgoingPart], known_at: datetime, tax: SocietyTax | None) -> list[_Rated]:
    """Return the parts with their rates.

    Where the uses of one work differ, the lower rate of the deduction and the higher one of the tax count for all.
    """
    agreements = agreements_of(society_id)

    @cache
    def agreed(use: OutgoingUse) -> tuple[int, int]:
        found: Agreement | None = agreement_for(
            agreements,
            AgreementQuestion(society_id, Direction.OUTGOING, use.right, use.territory, use.use_kind, use.on, known_at),
        )
        return (0 if found is None else found.cultural_ppm), tax_rate(found, society_id, tax)

    rated = []
    for part in parts:
        rates = [agreed(use) for use in part.uses] or [(0, tax_rate(None, society_id, tax))]
        rated.append(
            _Rated(
                part.fund_code,
                part.amount_micro,
                min(cultural_ppm for cultural_ppm, _ in rates),
                max(tax_ppm for _, tax_ppm in rates),
            )
        )
    return rated


def _refunds(run: DistributionRun, rated: Sequence[_Rated], goal: str) -> Iterator[TransferDraft]:
    """Yield what goes back to a society, pool by pool, from the deductions that are not the fee, the last first."""
    for pool in Pool.objects.filter(run=run).order_by("ordinal"):
        parts: dict[int, int] = {}
        for part in rated:
            if part.fund_code == pool.fund_code:
                parts[part.cultural_ppm] = parts.get(part.cultural_ppm, 0) + part.amount_micro
        rows = list(Deduction.objects.filter(pool=pool).exclude(base=OF_SPLIT).order_by("-ordinal"))
        left_micro = excess_of(
            [Taken(row.account, row.amount_micro) for row in rows],
            net_micro=pool.net_micro,
            parts=parts,
            gross_micro=pool.gross_micro,
        )
        for row in rows:
            back_micro = 0 if row.account == "administration" else min(left_micro, row.amount_micro)
            if back_micro:
                left_micro -= back_micro
                yield TransferDraft(deduction(row.account), goal, back_micro)


def _tax(rated: Sequence[_Rated], refund_micro: int, tax: SocietyTax | None) -> int:
    """Return the tax on a society's parts; a refund is taxed as the parts are, in proportion."""
    by_rate: dict[int, int] = {}
    for part in rated:
        by_rate[part.tax_ppm] = by_rate.get(part.tax_ppm, 0) + part.amount_micro
    rates = sorted(rate for rate, amount_micro in by_rate.items() if amount_micro > 0)
    if tax is None or not rates:
        return 0
    more = split_exactly(refund_micro, [by_rate[rate] for rate in rates], rates)
    return sum(
        tax.rounded((by_rate[rate] + back_micro) * rate // PPM) for rate, back_micro in zip(rates, more, strict=True)
    )


def _withheld(
    run: DistributionRun, society_id: int, goal: str, refund_micro: int, tax_micro: int, tax: SocietyTax | None
) -> tuple[TransferDraft, ...]:
    """Return the transfer of the tax, from the account that the society's money is on by now."""
    if not tax_micro or tax is None:
        return ()
    for account in dict.fromkeys((goal, payable(society_id))):
        if balance(account, run.currency) + (refund_micro if account == goal else 0) >= tax_micro:
            return (TransferDraft(account, tax_account(tax.country), tax_micro),)
    raise PaidBefore(
        f"The money of run {run.number} is not on the account of party {society_id} any more.",
        "Settle a run before its societies are paid; correct this one by hand.",
    )
