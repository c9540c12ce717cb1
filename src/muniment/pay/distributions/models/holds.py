"""Money that waits: its release, legal holds, expired windows, reasons of delay, published lists and claims."""

from django.db import models

from muniment.pay.distributions.models.runs import Pool

_BATCH = "batches.SealedBatch"
_ENTRY = "ledger.Entry"


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
