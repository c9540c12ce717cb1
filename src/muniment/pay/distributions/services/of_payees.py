"""Deductions of payees: what a run takes from what one payee has coming, after its pools were divided.

They are taken of all that the run gives to a payee, in the order of the policy, each from its own base. What changes
that later (an adjustment, a release) takes or gives back the difference, so what was taken is always what the policy
takes of the whole.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa
from django.db.models import Sum

from muniment.pay.distributions.models import (
    DistributionRun,
    PayeeDeduction,
    PayeeLabel,
    PoolReport,
)
from muniment.pay.distributions.rules import DeductionRule, Policy, deduct
from muniment.pay.distributions.rules.policies.labels import labels_of
from muniment.rights.parties.queries import party_hits
from muniment.trust.access.rules import Action, Actor
from muniment.trust.batches.bulk import copy_rows
from muniment.trust.batches.queries import open_batch
from muniment.trust.ledger.rules import EntryDraft, TransferDraft, deduction, dimensions_text
from muniment.trust.ledger.services import post_entry

TAKEN = pa.schema(
    [
        pa.field("party_id", pa.int64(), nullable=False),
        pa.field("ordinal", pa.int32(), nullable=False),
        pa.field("account", pa.string(), nullable=False),
        pa.field("base_micro", pa.int64(), nullable=False),
        pa.field("amount_micro", pa.int64(), nullable=False),
    ]
)
"""What is taken from payees, by party and then in the order of the policy (from 1); nothing that is zero."""


@dataclass(frozen=True, slots=True)
class Difference:
    """What a deduction of a payee takes more (below zero: gives back) than was taken before; `base_micro` as it is."""

    party_id: int
    ordinal: int
    rule: DeductionRule
    base_micro: int
    amount_micro: int


def named_labels(run: DistributionRun) -> dict[int, set[str]]:
    """Return the labels that were named when a run was drafted, by party."""
    found: dict[int, set[str]] = {}
    for party_id, label in PayeeLabel.objects.filter(run=run).values_list("party_id", "label"):
        found.setdefault(party_id, set()).add(label)
    return found


def countries_of(payees: pa.Table) -> dict[int, str]:
    """Return the country of each payee of STANDINGS; empty where none is known."""
    return {row["party_id"]: row.get("country") or "" for row in payees.to_pylist()}


def taken_of(
    policy: Policy,
    currency: str,
    amounts: Mapping[int, int],
    countries: Mapping[int, str],
    named: Mapping[int, Collection[str]],
) -> pa.Table:
    """Return TAKEN: what the policy takes from payees of what a run gives them, in micro-units by party."""
    rows: list[tuple[int, int, str, int, int]] = []
    places = {rule.account: place for place, rule in enumerate(policy.payee_deductions, start=1)}
    for party_id in sorted(amounts) if places else ():
        labels = labels_of(policy.payee_labels, countries.get(party_id, ""), named.get(party_id, ()))
        for step in deduct(amounts[party_id], policy.payee_deductions, currency=currency, labels=labels):
            if step.amount_micro:
                account = step.rule.account
                rows.append((party_id, places[account], account, step.base_micro, step.amount_micro))
    columns = zip(*rows, strict=True) if rows else ([] for _ in TAKEN.names)
    return pa.table([pa.array(values, field.type) for values, field in zip(columns, TAKEN, strict=True)], TAKEN)


def sums_of(taken: pa.Table) -> dict[int, int]:
    """Return what is taken from each payee altogether, by party."""
    sums: dict[int, int] = {}
    for party_id, amount_micro in zip(
        taken.column("party_id").to_pylist(), taken.column("amount_micro").to_pylist(), strict=True
    ):
        sums[party_id] = sums.get(party_id, 0) + amount_micro
    return sums


def payable_sums(booked: pa.Table) -> dict[int, int]:
    """Return what a table of allocations, of BOOKED or of DELTAS gives to each payee, by party."""
    amount = "delta_micro" if "delta_micro" in booked.column_names else "amount_micro"
    sums: dict[int, int] = {}
    columns = (booked.column(name).to_pylist() for name in ("status", "payee_id", amount))
    for status, payee_id, amount_micro in zip(*columns, strict=True):
        if status == "PAYABLE":
            sums[payee_id] = sums.get(payee_id, 0) + amount_micro
    return sums


def keep_taken(run: DistributionRun, policy: Policy, taken: pa.Table) -> None:
    """Write what a run takes from payees, in place of what an earlier computation took."""
    PayeeDeduction.objects.filter(run=run).delete()
    rules = policy.payee_deductions
    rows = [
        Difference(row["party_id"], row["ordinal"], rules[row["ordinal"] - 1], row["base_micro"], row["amount_micro"])
        for row in taken.to_pylist()
    ]
    _write(run, rows)


_COLUMNS = (
    "run_id", "party_id", "adjustment_id", "release_id", "ordinal", "name", "account", "kind", "base", "rule_line",
    "purpose", "rate_ppm", "base_micro", "amount_micro", "entry_id",
)  # fmt: skip


def _write(
    run: DistributionRun,
    rows: Iterable[Difference],
    *,
    adjustment_id: int | None = None,
    release_id: int | None = None,
    entry_ids: Mapping[bool, int | None] | None = None,
) -> None:
    """Write rows; `entry_ids` are the entries of what gives back (True) and of what takes (False)."""
    entries = entry_ids or {}
    copy_rows(
        PayeeDeduction,
        _COLUMNS,
        (
            (
                run.pk, row.party_id, adjustment_id, release_id, row.ordinal, row.rule.name, row.rule.account,
                row.rule.taking.value, row.rule.base_text, row.rule.line, row.rule.purpose, row.rule.rate_ppm,
                row.base_micro, row.amount_micro, entries.get(row.amount_micro < 0),
            )
            for row in rows
        ),
    )  # fmt: skip


def differences(run: DistributionRun, policy: Policy, amounts: Mapping[int, int]) -> list[Difference]:
    """Return what deductions take more, or give back, where a run comes to `amounts` for these parties by now.

    The country of a payee is that of the run's inputs; of a payee who is new to the run, the one of this moment.
    """
    if not policy.payee_deductions or not amounts:
        return []
    countries = countries_of(open_batch(run.payees_batch_id or 0))
    unknown = [party_id for party_id in amounts if party_id not in countries]
    countries |= {party_id: hit.country or "" for party_id, hit in party_hits(unknown).items()}
    wanted = {
        (row["party_id"], row["account"]): (row["base_micro"], row["amount_micro"])
        for row in taken_of(policy, run.currency, amounts, countries, named_labels(run)).to_pylist()
    }
    before = _taken_so_far(run, amounts)
    found = []
    for party_id in sorted(amounts):
        for ordinal, rule in enumerate(policy.payee_deductions, start=1):
            base_micro, amount_micro = wanted.get((party_id, rule.account), (0, 0))
            more_micro = amount_micro - before.get((party_id, rule.account), 0)
            if more_micro:
                found.append(Difference(party_id, ordinal, rule, base_micro, more_micro))
    return found


def _taken_so_far(run: DistributionRun, parties: Collection[int]) -> dict[tuple[int, str], int]:
    rows = PayeeDeduction.objects.filter(run=run).order_by().values("party_id", "account")
    return {
        (row["party_id"], row["account"]): int(row["total"])
        for row in rows.annotate(total=Sum("amount_micro"))
        if row["party_id"] in parties
    }


# ---- the books ----


def run_dimensions(run: DistributionRun) -> str:
    """Return what an entry of a whole run says of itself: the run, and the rights of its usage."""
    rights = PoolReport.objects.filter(pool__run=run).order_by("right").values_list("right", flat=True).distinct()
    return dimensions_text({"run": str(run.number), "right": "+".join(rights)})


def payee_entry(
    run: DistributionRun, at: datetime, key: str, moves: Sequence[TransferDraft], memo: str
) -> EntryDraft | None:
    """Draft the entry of deductions of payees; None where nothing moves."""
    transfers = tuple(move for move in moves if move.amount_micro)
    if not transfers:
        return None
    return EntryDraft(
        idempotency_key=key,
        kind="payee deductions",
        booked_on=at.date(),
        currency=run.currency,
        transfers=transfers,
        memo=f"Deductions of payees of run {run.number}: {memo}",
        dimensions=run_dimensions(run),
    )


def entry_of_run(run: DistributionRun, at: datetime, accounts: Mapping[int, str]) -> EntryDraft | None:
    """Draft the entry that takes what a run takes from its payees; `accounts` has each payee's money, by party."""
    rows = PayeeDeduction.objects.filter(run=run).order_by("party_id", "ordinal")
    moves = [
        TransferDraft(accounts[party_id], deduction(account), amount_micro)
        for party_id, account, amount_micro in rows.values_list("party_id", "account", "amount_micro")
    ]
    return payee_entry(run, at, f"distribution/{run.number}/payees", moves, run.title)


def note_entry(run: DistributionRun, entry_id: int) -> None:
    """Note the entry that took what a run takes from its payees."""
    PayeeDeduction.objects.filter(run=run).update(entry_id=entry_id)


def book_release_deductions(
    *,
    actor: Actor,
    at: datetime,
    run: DistributionRun,
    release_id: int,
    taken: Sequence[Difference],
    accounts: Mapping[int, str],
) -> None:
    """Take from payees what a release of a run's money adds to their deductions, as an entry of its own."""
    moves = [_move(row, accounts[row.party_id]) for row in taken]
    draft = payee_entry(run, at, f"hold-release/{release_id}/payees", moves, f"release {release_id}")
    if draft is None:
        return
    entry_id = post_entry(actor=actor, at=at, draft=draft, action=Action.DISTRIBUTION_POST).id
    _write(run, taken, release_id=release_id, entry_ids={True: entry_id, False: entry_id})


def _move(row: Difference, account: str) -> TransferDraft:
    kept = deduction(row.rule.account)
    if row.amount_micro < 0:
        return TransferDraft(kept, account, -row.amount_micro)
    return TransferDraft(account, kept, row.amount_micro)


def keep_adjusted(
    run: DistributionRun, adjustment_id: int, rows: Sequence[Difference], entry_ids: Mapping[bool, int | None]
) -> None:
    """Write what an adjustment gives back to payees and takes from them, with the entries of both."""
    _write(run, rows, adjustment_id=adjustment_id, entry_ids=entry_ids)
