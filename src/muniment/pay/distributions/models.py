"""Tables of runs, their pools, and what became of the money. Amounts are micro-units of the run's currency."""

from django.db import models

from muniment.pay.distributions.rules import Hold, RunState
from muniment.pay.distributions.rules.adjusting import AdjustmentState
from muniment.pay.distributions.rules.policies.deductions import Taking
from muniment.pay.distributions.rules.societies import (
    Direction,
    IncomingKind,
    IncomingState,
    TaxTreatment,
)

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


class Statement(models.Model):
    """The numbered statement of one payee for one run, or for one adjustment of it.

    The lines are the payee's rows of the run's allocations, or of the adjustment's deltas.
    """

    run = models.ForeignKey(DistributionRun, on_delete=models.PROTECT, related_name="+")
    adjustment = models.ForeignKey(Adjustment, on_delete=models.PROTECT, null=True, related_name="+")
    party = models.ForeignKey("parties.Party", on_delete=models.PROTECT, related_name="+")
    number = models.CharField(max_length=20, unique=True)
    issued_at = models.DateTimeField()
    currency = models.CharField(max_length=3)
    opening_micro = models.BigIntegerField()
    gross_micro = models.BigIntegerField()
    deducted_micro = models.BigIntegerField(default=0, db_default=0)
    held_reason = models.CharField(max_length=12, blank=True)
    held_micro = models.BigIntegerField()
    payable_micro = models.BigIntegerField()
    closing_micro = models.BigIntegerField()
    line_count = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["run", "party"],
                condition=models.Q(adjustment__isnull=True),
                name="distributions_statement_once",
            ),
            models.UniqueConstraint(fields=["adjustment", "party"], name="distributions_statement_adjustment_once"),
            models.CheckConstraint(
                condition=models.Q(
                    gross_micro=models.F("deducted_micro") + models.F("held_micro") + models.F("payable_micro")
                )
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


class PayeeDeduction(models.Model):
    """A deduction as taken from what a run gives to one payee: by the run, an adjustment of it, or a release.

    What an adjustment or a release adds is the difference to what was taken before, so the rows of a payee and account
    sum to what the run takes by now; `base_micro` is the base as it is then. See `Deduction` for kind, base and line.
    """

    run = models.ForeignKey(DistributionRun, on_delete=models.CASCADE, related_name="+")
    party = models.ForeignKey("parties.Party", on_delete=models.PROTECT, related_name="+")
    adjustment = models.ForeignKey(Adjustment, on_delete=models.PROTECT, null=True, related_name="+")
    release = models.ForeignKey(HoldRelease, on_delete=models.PROTECT, null=True, related_name="+")
    ordinal = models.PositiveIntegerField()
    name = models.CharField(max_length=120)
    account = models.CharField(max_length=60)
    kind = models.CharField(max_length=10, choices=[(kind.value, kind.value) for kind in Taking])
    base = models.CharField(max_length=80)
    rule_line = models.PositiveIntegerField()
    purpose = models.CharField(max_length=120, blank=True)
    rate_ppm = models.PositiveIntegerField()
    base_micro = models.BigIntegerField()
    amount_micro = models.BigIntegerField()
    entry = models.ForeignKey(_ENTRY, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["run", "party", "account"],
                condition=models.Q(adjustment__isnull=True, release__isnull=True),
                name="distributions_payee_deduction_once",
            ),
            models.UniqueConstraint(
                fields=["adjustment", "party", "account"], name="distributions_payee_deduction_adjusted_once"
            ),
            models.UniqueConstraint(
                fields=["release", "party", "account"], name="distributions_payee_deduction_released_once"
            ),
        ]


class LegalHold(models.Model):
    """A stop on one account of held money, by a court or an office; nothing is released while it stands."""

    reason = models.CharField(max_length=20)
    scope = models.CharField(max_length=120)
    currency = models.CharField(max_length=3)
    note = models.CharField(max_length=300)
    set_by = models.CharField(max_length=150)
    set_at = models.DateTimeField()
    lifted_by = models.CharField(max_length=150, blank=True)
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["reason", "scope", "currency"],
                condition=models.Q(lifted_at__isnull=True),
                name="distributions_legal_hold_one_in_force",
            )
        ]


class HoldExpiry(models.Model):
    """Money of a pool's hold whose claim window has closed, on its way to where the policy sends it.

    One person proposes it, another approves; `rows_batch` seals the works concerned, whose claims come too late then.
    """

    pool = models.ForeignKey(Pool, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=20)
    release = models.CharField(max_length=20)
    goal = models.CharField(max_length=200, blank=True)
    amount_micro = models.BigIntegerField()
    rows_batch = models.ForeignKey(_BATCH, on_delete=models.PROTECT, related_name="+")
    proposed_by = models.CharField(max_length=150)
    proposed_at = models.DateTimeField()
    approved_by = models.CharField(max_length=150, blank=True)
    approved_at = models.DateTimeField(null=True)
    withdrawn_by = models.CharField(max_length=150, blank=True)
    entry = models.ForeignKey(_ENTRY, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(approved_by="") | ~models.Q(approved_by=models.F("proposed_by")),
                name="distributions_expiry_second_person",
            )
        ]


class LateReason(models.Model):
    """Why money of a fund is not distributed in time, as somebody wrote it; it stands until it is withdrawn."""

    fund_code = models.CharField(max_length=160)
    currency = models.CharField(max_length=3)
    note = models.CharField(max_length=500)
    written_by = models.CharField(max_length=150)
    written_at = models.DateTimeField()
    withdrawn_by = models.CharField(max_length=150, blank=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["fund_code", "currency"],
                condition=models.Q(withdrawn_at__isnull=True),
                name="distributions_late_reason_one_in_force",
            ),
            models.CheckConstraint(condition=~models.Q(note=""), name="distributions_late_reason_is_said"),
        ]


class PublishedList(models.Model):
    """The list of unidentified and unclaimed works as it was published at one instant; `batch` seals its rows."""

    published_at = models.DateTimeField()
    published_by = models.CharField(max_length=150)
    row_count = models.PositiveIntegerField()
    batch = models.ForeignKey(_BATCH, on_delete=models.PROTECT, related_name="+")


class ListClaim(models.Model):
    """Somebody's word that an item of the published list is theirs; it keeps the money from expiring until decided."""

    pool = models.ForeignKey(Pool, on_delete=models.PROTECT, related_name="+")
    report_id = models.BigIntegerField()
    work_id = models.BigIntegerField(null=True)
    memory_key = models.CharField(max_length=200, blank=True)
    title = models.CharField(max_length=300)
    party = models.ForeignKey("parties.Party", on_delete=models.PROTECT, related_name="+")
    note = models.CharField(max_length=1000, blank=True)
    claimed_by = models.CharField(max_length=150)
    claimed_at = models.DateTimeField()
    state = models.CharField(max_length=10, default="open")
    answer = models.CharField(max_length=1000, blank=True)
    decided_by = models.CharField(max_length=150, blank=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["pool", "report_id", "work_id", "memory_key", "party"],
                condition=models.Q(state="open", work_id__isnull=False),
                name="distributions_list_claim_of_work_once",
            ),
            models.UniqueConstraint(
                fields=["pool", "report_id", "memory_key", "party"],
                condition=models.Q(state="open", work_id__isnull=True),
                name="distributions_list_claim_of_key_once",
            ),
        ]


class RepresentationAgreement(models.Model):
    """What was agreed with a sister society on money for its members (outgoing) or ours (incoming); never edited."""

    society = models.ForeignKey("parties.Party", on_delete=models.PROTECT, related_name="+")
    direction = models.CharField(max_length=8, choices=[(item.value, item.value) for item in Direction])
    right = models.CharField(max_length=2, blank=True)
    territories = models.CharField(max_length=600)
    use_kind = models.CharField(max_length=30, blank=True)
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)
    known_from = models.DateTimeField()
    known_to = models.DateTimeField(null=True)
    fee_ppm = models.PositiveIntegerField()
    cultural_ppm = models.PositiveIntegerField()
    tax_ppm = models.PositiveIntegerField()
    tax = models.CharField(max_length=10, choices=[(item.value, item.value) for item in TaxTreatment])
    document = models.CharField(max_length=200, blank=True)
    recorded_by = models.CharField(max_length=150)
    approved_by = models.CharField(max_length=150)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(fee_ppm__lte=1_000_000, cultural_ppm__lte=1_000_000, tax_ppm__lte=1_000_000),
                name="distributions_agreement_rates",
            )
        ]


class OutgoingSettlement(models.Model):
    """What a society got back of a posted run's deductions that it had not agreed to, by one entry."""

    run = models.ForeignKey(DistributionRun, on_delete=models.PROTECT, related_name="+")
    society = models.ForeignKey("parties.Party", on_delete=models.PROTECT, related_name="+")
    amount_micro = models.BigIntegerField()
    settled_by = models.CharField(max_length=150)
    settled_at = models.DateTimeField()
    entry = models.ForeignKey(_ENTRY, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "society"], name="distributions_settlement_once")]


class IncomingStatement(models.Model):
    """Money from a sister society with the lines of its statement, which sum to the money."""

    number = models.PositiveIntegerField(unique=True)
    society = models.ForeignKey("parties.Party", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=16, choices=[(item.value, item.value) for item in IncomingKind])
    reference = models.CharField(max_length=80)
    currency = models.CharField(max_length=3)
    amount_micro = models.BigIntegerField()
    tax_micro = models.BigIntegerField(default=0)
    fee_ppm = models.PositiveIntegerField(default=0)
    cultural_ppm = models.PositiveIntegerField(default=0)
    deducted_micro = models.BigIntegerField(default=0)
    line_count = models.PositiveIntegerField()
    received_on = models.DateField()
    state = models.CharField(
        max_length=10,
        choices=[(item.value, item.value) for item in IncomingState],
        default=IncomingState.RECEIVED.value,
    )
    intake = models.ForeignKey("batches.Intake", on_delete=models.PROTECT, related_name="+")
    lines_batch = models.ForeignKey(_BATCH, on_delete=models.PROTECT, related_name="+")
    paid_batch = models.ForeignKey(_BATCH, on_delete=models.PROTECT, null=True, related_name="+")
    received_by = models.CharField(max_length=150)
    received_at = models.DateTimeField()
    approved_by = models.CharField(max_length=150, blank=True)
    posted_by = models.CharField(max_length=150, blank=True)
    posted_at = models.DateTimeField(null=True)
    receipt_entry = models.ForeignKey(_ENTRY, on_delete=models.PROTECT, related_name="+")
    entry = models.ForeignKey(_ENTRY, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["society", "reference"], name="distributions_incoming_reference_once"),
            models.CheckConstraint(
                condition=models.Q(approved_by="") | ~models.Q(approved_by=models.F("received_by")),
                name="distributions_incoming_second_person",
            ),
        ]
