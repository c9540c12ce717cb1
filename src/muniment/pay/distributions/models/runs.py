"""Runs, their pools, what was deducted, and who is owed what. Amounts are micro-units of the run's currency."""

from django.db import models

from muniment.pay.distributions.rules import Hold, RunState
from muniment.pay.distributions.rules.policies.deductions import Taking

_BATCH = "batches.SealedBatch"
_ENTRY = "ledger.Entry"

OF_SPLIT = "split"
"""The base of what a pool's split gives to an account before points count."""


class DistributionRun(models.Model):
    """One distribution of some funds under one policy, as facts were known at one instant.

    `payee_entry` took the deductions of payees, `payee_reversal` gave them back when the run was reversed.
    """

    number = models.PositiveIntegerField(unique=True)
    title = models.CharField(max_length=200)
    currency = models.CharField(max_length=3)
    policy_code = models.CharField(max_length=60)
    policy_version = models.PositiveIntegerField()
    policy_text = models.TextField()
    policy_digest = models.CharField(max_length=64)
    known_at = models.DateTimeField()
    state = models.CharField(
        max_length=12, choices=[(state.value, state.value) for state in RunState], default=RunState.DRAFT.value
    )
    created_by = models.CharField(max_length=150)
    created_at = models.DateTimeField()
    computed_by = models.CharField(max_length=150, blank=True)
    computed_at = models.DateTimeField(null=True)
    approved_by = models.CharField(max_length=150, blank=True)
    approved_at = models.DateTimeField(null=True)
    posted_by = models.CharField(max_length=150, blank=True)
    posted_at = models.DateTimeField(null=True)
    reversed_by = models.CharField(max_length=150, blank=True)
    reversed_at = models.DateTimeField(null=True)
    digest = models.CharField(max_length=64, blank=True)
    splits_batch = models.ForeignKey(_BATCH, on_delete=models.PROTECT, null=True, related_name="+")
    parts_batch = models.ForeignKey(_BATCH, on_delete=models.PROTECT, null=True, related_name="+")
    payees_batch = models.ForeignKey(_BATCH, on_delete=models.PROTECT, null=True, related_name="+")
    allocations_batch = models.ForeignKey(_BATCH, on_delete=models.PROTECT, null=True, related_name="+")
    payee_entry = models.ForeignKey(_ENTRY, on_delete=models.PROTECT, null=True, related_name="+")
    payee_reversal = models.ForeignKey(_ENTRY, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(approved_by="") | ~models.Q(approved_by=models.F("created_by")),
                name="distributions_second_person",
            )
        ]


class Pool(models.Model):
    """The money of one fund in one run: gross less deductions is the net amount that is divided.

    `missing_count` is how many set lists of the fund's events are missing; a part of the money waits for each.
    """

    run = models.ForeignKey(DistributionRun, on_delete=models.CASCADE, related_name="+")
    ordinal = models.PositiveIntegerField()
    fund_code = models.CharField(max_length=160)
    gross_micro = models.BigIntegerField()
    deducted_micro = models.BigIntegerField()
    net_micro = models.BigIntegerField()
    missing_count = models.PositiveIntegerField(default=0, db_default=0)
    points = models.BigIntegerField(default=0)
    line_count = models.BigIntegerField(default=0)
    entry = models.ForeignKey(_ENTRY, on_delete=models.PROTECT, null=True, related_name="+")
    reversal = models.ForeignKey(_ENTRY, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "ordinal"], name="distributions_pool_ordinal"),
            models.UniqueConstraint(fields=["run", "fund_code"], name="distributions_pool_fund_once"),
            models.CheckConstraint(
                condition=models.Q(gross_micro__gt=0)
                & models.Q(gross_micro=models.F("deducted_micro") + models.F("net_micro")),
                name="distributions_pool_ties",
            ),
        ]


class PoolPortion(models.Model):
    """A part of a pool's net amount that is divided by reports of its own; a pool without any is divided as one.

    `label` is the policy's pool whose usage divides it; with a `reason` the whole portion waits. The portions of a
    pool sum to its net amount.
    """

    pool = models.ForeignKey(Pool, on_delete=models.CASCADE, related_name="+")
    ordinal = models.PositiveIntegerField()
    label = models.CharField(max_length=120, blank=True)
    net_micro = models.BigIntegerField()
    reason = models.CharField(max_length=20, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pool", "ordinal"], name="distributions_portion_ordinal"),
            models.CheckConstraint(condition=models.Q(net_micro__gte=0), name="distributions_portion_not_negative"),
        ]


class PoolReport(models.Model):
    """A usage report that a pool is divided by, pinned to the sealed lines and matches that were used.

    `source_code` is who sent it, `portion` the ordinal of the portion that it divides, `label` the policy's pool that
    it is of.
    """

    pool = models.ForeignKey(Pool, on_delete=models.CASCADE, related_name="+")
    report_id = models.BigIntegerField()
    right = models.CharField(max_length=2)
    line_count = models.BigIntegerField()
    source_code = models.CharField(max_length=60, blank=True, db_default="")
    label = models.CharField(max_length=120, blank=True, db_default="")
    portion = models.PositiveIntegerField(default=1, db_default=1)
    lines_batch = models.ForeignKey(_BATCH, on_delete=models.PROTECT, related_name="+")
    matches_batch = models.ForeignKey(_BATCH, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["pool", "report_id"], name="distributions_pool_report_once")]


class Deduction(models.Model):
    """A deduction as taken from a pool; one with the base OF_SPLIT is the part of an account in the pool's split.

    `kind` is how its amount was found, `base` what it is a part of, as the policy writes it, `rule_line` the line of
    the run's policy text that says so, `purpose` what the policy says it is for. It goes to deduction/ACCOUNT.
    """

    pool = models.ForeignKey(Pool, on_delete=models.CASCADE, related_name="+")
    ordinal = models.PositiveIntegerField()
    name = models.CharField(max_length=120)
    account = models.CharField(max_length=60)
    kind = models.CharField(
        max_length=10,
        choices=[(kind.value, kind.value) for kind in Taking],
        default=Taking.RATE.value,
        db_default="rate",
    )
    base = models.CharField(max_length=80)
    rule_line = models.PositiveIntegerField(default=0, db_default=0)
    purpose = models.CharField(max_length=120, blank=True, db_default="")
    rate_ppm = models.PositiveIntegerField()
    base_micro = models.BigIntegerField()
    amount_micro = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["pool", "ordinal"], name="distributions_deduction_ordinal")]


class HeldTotal(models.Model):
    """What of a pool waits because nobody is known to whom it could be paid."""

    pool = models.ForeignKey(Pool, on_delete=models.CASCADE, related_name="+")
    reason = models.CharField(max_length=20, choices=[(hold.value, hold.value) for hold in Hold])
    amount_micro = models.BigIntegerField()
    line_count = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["pool", "reason"], name="distributions_held_reason_once")]


class PayeeTotal(models.Model):
    """What of a pool belongs to one payee."""

    pool = models.ForeignKey(Pool, on_delete=models.CASCADE, related_name="+")
    party = models.ForeignKey("parties.Party", on_delete=models.PROTECT, related_name="+")
    amount_micro = models.BigIntegerField()
    line_count = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["pool", "party"], name="distributions_payee_total_once")]


class RunPayee(models.Model):
    """What of a run belongs to one payee, and whether it is paid (PAYABLE) or waits (NO_PAYEE, BELOW_MIN).

    `deducted_micro` of the amount was taken by the policy's deductions of payees; the rest is paid or waits.
    `opening_micro` is the payee's account just before the run was posted, `recovered_micro` what of the rest went to
    settle what the payee was once paid too much.
    """

    run = models.ForeignKey(DistributionRun, on_delete=models.CASCADE, related_name="+")
    party = models.ForeignKey("parties.Party", on_delete=models.PROTECT, related_name="+")
    amount_micro = models.BigIntegerField()
    line_count = models.BigIntegerField()
    outcome = models.CharField(max_length=12)
    deducted_micro = models.BigIntegerField(default=0, db_default=0)
    opening_micro = models.BigIntegerField(null=True)
    recovered_micro = models.BigIntegerField(default=0, db_default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "party"], name="distributions_run_payee_once")]


class PayeeLabel(models.Model):
    """A label that somebody named for a payee when a run was drafted; some deductions of payees ask for one."""

    run = models.ForeignKey(DistributionRun, on_delete=models.CASCADE, related_name="+")
    party = models.ForeignKey("parties.Party", on_delete=models.PROTECT, related_name="+")
    label = models.CharField(max_length=60)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "party", "label"], name="distributions_payee_label_once")]
