"""Adjustments of runs, and what is recovered by them. Amounts are micro-units of the run's currency."""

from django.db import models

from muniment.pay.distributions.models.runs import DistributionRun, Pool
from muniment.pay.distributions.rules.adjusting import AdjustmentState

_BATCH = "batches.SealedBatch"
_ENTRY = "ledger.Entry"


class Adjustment(models.Model):
    """What a posted run would come to as known at a later instant, less all that was booked for it.

    `before_batch` is what had been booked, `deltas_batch` the differences, which sum to zero for each pool.
    `write_off_micro` is what the approver allowed the society to bear.
    """

    number = models.PositiveIntegerField(unique=True)
    run = models.ForeignKey(DistributionRun, on_delete=models.PROTECT, related_name="+")
    title = models.CharField(max_length=200)
    known_at = models.DateTimeField()
    state = models.CharField(
        max_length=12,
        choices=[(state.value, state.value) for state in AdjustmentState],
        default=AdjustmentState.COMPUTED.value,
    )
    created_by = models.CharField(max_length=150)
    created_at = models.DateTimeField()
    approved_by = models.CharField(max_length=150, blank=True)
    approved_at = models.DateTimeField(null=True)
    posted_by = models.CharField(max_length=150, blank=True)
    posted_at = models.DateTimeField(null=True)
    digest = models.CharField(max_length=64)
    moved_micro = models.BigIntegerField()
    delta_count = models.PositiveIntegerField()
    left_out_count = models.PositiveIntegerField(default=0)
    write_off_micro = models.BigIntegerField(default=0)
    matches_batch = models.ForeignKey(_BATCH, on_delete=models.PROTECT, related_name="+")
    splits_batch = models.ForeignKey(_BATCH, on_delete=models.PROTECT, related_name="+")
    parts_batch = models.ForeignKey(_BATCH, on_delete=models.PROTECT, related_name="+")
    before_batch = models.ForeignKey(_BATCH, on_delete=models.PROTECT, related_name="+")
    payees_batch = models.ForeignKey(_BATCH, on_delete=models.PROTECT, related_name="+")
    deltas_batch = models.ForeignKey(_BATCH, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(approved_by="") | ~models.Q(approved_by=models.F("created_by")),
                name="distributions_adjustment_second_person",
            )
        ]


class AdjustedPool(models.Model):
    """One pool of a posted adjustment, with the entry that moved its deltas."""

    adjustment = models.ForeignKey(Adjustment, on_delete=models.PROTECT, related_name="+")
    pool = models.ForeignKey(Pool, on_delete=models.PROTECT, related_name="+")
    moved_micro = models.BigIntegerField()
    entry = models.ForeignKey(_ENTRY, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["adjustment", "pool"], name="distributions_adjusted_pool_once")]


class AdjustedPayee(models.Model):
    """What an adjustment came to for one payee: amount = deducted + account + held + owed, all signed.

    `account_micro` moved on the payee's account, `held_micro` on holds of the payee, `owed_micro` (never above zero)
    was paid out and is owed now, taken from the reserve or written off. `deducted_micro` is what the deductions of the
    payee take of the amount, below zero where they give back.
    """

    adjustment = models.ForeignKey(Adjustment, on_delete=models.PROTECT, related_name="+")
    party = models.ForeignKey("parties.Party", on_delete=models.PROTECT, related_name="+")
    amount_micro = models.BigIntegerField()
    account_micro = models.BigIntegerField()
    held_micro = models.BigIntegerField()
    held_reason = models.CharField(max_length=12, blank=True)
    owed_micro = models.BigIntegerField()
    deducted_micro = models.BigIntegerField(default=0, db_default=0)
    opening_micro = models.BigIntegerField()
    line_count = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["adjustment", "party"], name="distributions_adjusted_payee_once"),
            models.CheckConstraint(
                condition=models.Q(
                    amount_micro=models.F("deducted_micro")
                    + models.F("account_micro")
                    + models.F("held_micro")
                    + models.F("owed_micro")
                ),
                name="distributions_adjusted_payee_ties",
            ),
        ]


class Recovery(models.Model):
    """What a payee was paid too much and owes; open is the amount less its steps.

    `inherited_from` is the debt of a payee who died, of which this is an heir's part.
    """

    party = models.ForeignKey("parties.Party", on_delete=models.PROTECT, related_name="+")
    adjustment = models.ForeignKey(Adjustment, on_delete=models.PROTECT, related_name="+")
    currency = models.CharField(max_length=3)
    amount_micro = models.BigIntegerField()
    cap_ppm = models.PositiveIntegerField()
    started_at = models.DateTimeField()
    ends_on = models.DateField()
    inherited_from = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["adjustment", "party"],
                condition=models.Q(inherited_from__isnull=True),
                name="distributions_recovery_once",
            ),
            models.CheckConstraint(condition=models.Q(amount_micro__gt=0), name="distributions_recovery_above_zero"),
        ]


class RecoveryStep(models.Model):
    """A part of a recovery that is settled: by a run's amount (`run`), the reserve, or a write-off of two persons."""

    recovery = models.ForeignKey(Recovery, on_delete=models.PROTECT, related_name="+")
    means = models.CharField(max_length=12)
    amount_micro = models.BigIntegerField()
    run = models.ForeignKey(DistributionRun, on_delete=models.PROTECT, null=True, related_name="+")
    proposed_by = models.CharField(max_length=150)
    proposed_at = models.DateTimeField()
    taken_by = models.CharField(max_length=150, blank=True)
    taken_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=300, blank=True)
    entry = models.ForeignKey(_ENTRY, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(amount_micro__gt=0), name="distributions_recovery_step_above_zero"
            )
        ]
