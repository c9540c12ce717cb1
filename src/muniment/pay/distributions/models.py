"""Tables of runs, their pools, and what became of the money. Amounts are micro-units of the run's currency."""

from django.db import models

from muniment.pay.distributions.rules import Base, Hold, RunState

_BATCH = "batches.SealedBatch"
_ENTRY = "ledger.Entry"


class DistributionRun(models.Model):
    """One distribution of some funds under one policy, as facts were known at one instant."""

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

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(approved_by="") | ~models.Q(approved_by=models.F("created_by")),
                name="distributions_second_person",
            )
        ]


class Pool(models.Model):
    """The money of one fund in one run: gross less deductions is the net amount that is divided."""

    run = models.ForeignKey(DistributionRun, on_delete=models.CASCADE, related_name="+")
    ordinal = models.PositiveIntegerField()
    fund_code = models.CharField(max_length=160)
    gross_micro = models.BigIntegerField()
    deducted_micro = models.BigIntegerField()
    net_micro = models.BigIntegerField()
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


class PoolReport(models.Model):
    """A usage report that a pool is divided by, pinned to the sealed lines and matches that were used."""

    pool = models.ForeignKey(Pool, on_delete=models.CASCADE, related_name="+")
    report_id = models.BigIntegerField()
    right = models.CharField(max_length=2)
    line_count = models.BigIntegerField()
    lines_batch = models.ForeignKey(_BATCH, on_delete=models.PROTECT, related_name="+")
    matches_batch = models.ForeignKey(_BATCH, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["pool", "report_id"], name="distributions_pool_report_once")]


class Deduction(models.Model):
    """A deduction as taken from a pool."""

    pool = models.ForeignKey(Pool, on_delete=models.CASCADE, related_name="+")
    ordinal = models.PositiveIntegerField()
    name = models.CharField(max_length=120)
    account = models.CharField(max_length=60)
    base = models.CharField(max_length=5, choices=[(base.value, base.value) for base in Base])
    rate_ppm = models.PositiveIntegerField()
    base_micro = models.BigIntegerField()
    amount_micro = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["pool", "ordinal"], name="distributions_deduction_ordinal")]


class HeldTotal(models.Model):
    """What of a pool waits because nobody is known to whom it could be paid."""

    pool = models.ForeignKey(Pool, on_delete=models.CASCADE, related_name="+")
    reason = models.CharField(max_length=12, choices=[(hold.value, hold.value) for hold in Hold])
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

    `opening_micro` is the payee's account just before the run was posted.
    """

    run = models.ForeignKey(DistributionRun, on_delete=models.CASCADE, related_name="+")
    party = models.ForeignKey("parties.Party", on_delete=models.PROTECT, related_name="+")
    amount_micro = models.BigIntegerField()
    line_count = models.BigIntegerField()
    outcome = models.CharField(max_length=12)
    opening_micro = models.BigIntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "party"], name="distributions_run_payee_once")]


class Statement(models.Model):
    """The numbered statement of one payee for one run; the lines are the payee's rows of the run's allocations."""

    run = models.ForeignKey(DistributionRun, on_delete=models.PROTECT, related_name="+")
    party = models.ForeignKey("parties.Party", on_delete=models.PROTECT, related_name="+")
    number = models.CharField(max_length=20, unique=True)
    issued_at = models.DateTimeField()
    currency = models.CharField(max_length=3)
    opening_micro = models.BigIntegerField()
    gross_micro = models.BigIntegerField()
    held_reason = models.CharField(max_length=12, blank=True)
    held_micro = models.BigIntegerField()
    payable_micro = models.BigIntegerField()
    closing_micro = models.BigIntegerField()
    line_count = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "party"], name="distributions_statement_once"),
            models.CheckConstraint(
                condition=models.Q(gross_micro=models.F("held_micro") + models.F("payable_micro"))
                & models.Q(closing_micro=models.F("opening_micro") + models.F("payable_micro")),
                name="distributions_statement_ties",
            ),
        ]


class HoldRelease(models.Model):
    """Money that stopped waiting: one entry that moved it from its hold to where it belongs.

    For unmatched money of a pool, `keys_batch` seals what was found and `batch` how its money was divided.
    """

    released_at = models.DateTimeField()
    released_by = models.CharField(max_length=150)
    currency = models.CharField(max_length=3)
    amount_micro = models.BigIntegerField()
    payee_count = models.PositiveIntegerField()
    pool = models.ForeignKey(Pool, on_delete=models.PROTECT, null=True, related_name="+")
    keys_batch = models.ForeignKey(_BATCH, on_delete=models.PROTECT, null=True, related_name="+")
    batch = models.ForeignKey(_BATCH, on_delete=models.PROTECT, null=True, related_name="+")
    entry = models.ForeignKey(_ENTRY, on_delete=models.PROTECT, null=True, related_name="+")
