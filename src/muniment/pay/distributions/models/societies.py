"""Sister societies: agreements, what they are sent, and what they send."""

from django.db import models

from muniment.pay.distributions.models.runs import DistributionRun
from muniment.pay.distributions.rules.societies import Direction, IncomingKind, IncomingState, TaxTreatment

_BATCH = "batches.SealedBatch"
_ENTRY = "ledger.Entry"


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
