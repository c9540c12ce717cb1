"""Tables of payment batches and their orders."""

from django.db import models
from django.db.models import Q

from muniment.pay.payments.rules import BatchState, OrderState


class PaymentBatch(models.Model):
    """Orders in one currency that are approved, sent and confirmed together."""

    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=10, choices=[(state.value, state.value) for state in BatchState])
    pay_on = models.DateField()
    minimum_micro = models.BigIntegerField()
    order_count = models.BigIntegerField()
    total_micro = models.BigIntegerField()
    digest = models.CharField(max_length=64)
    created_by = models.CharField(max_length=150)
    created_at = models.DateTimeField()
    approved_by = models.CharField(max_length=150, blank=True)
    approved_at = models.DateTimeField(null=True)
    entry_id = models.BigIntegerField(null=True)
    exported_at = models.DateTimeField(null=True)
    debtor_name = models.CharField(max_length=140, blank=True)
    debtor_iban = models.CharField(max_length=34, blank=True)
    debtor_bic = models.CharField(max_length=11, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["draft", "cancelled"], approved_by="", approved_at__isnull=True)
                | (~Q(state__in=["draft", "cancelled"]) & ~Q(approved_by="") & Q(approved_at__isnull=False)),
                name="payments_batch_approval",
            ),
            models.CheckConstraint(
                condition=Q(approved_by="") | ~Q(approved_by=models.F("created_by")),
                name="payments_batch_second_person",
            ),
            models.CheckConstraint(
                condition=Q(order_count__gt=0, total_micro__gt=0), name="payments_batch_is_not_empty"
            ),
        ]


class PaymentOrder(models.Model):
    """One amount to one payee, with the bank account as it was when the batch was drafted."""

    batch = models.ForeignKey(PaymentBatch, models.PROTECT, related_name="+")
    party = models.ForeignKey("parties.Party", models.PROTECT, related_name="+")
    bank_account_id = models.BigIntegerField()
    holder = models.CharField(max_length=140)
    iban = models.CharField(max_length=34)
    bic = models.CharField(max_length=11, blank=True)
    currency = models.CharField(max_length=3)
    balance_micro = models.BigIntegerField()
    amount_cents = models.BigIntegerField()
    end_to_end_id = models.CharField(max_length=35, unique=True)
    state = models.CharField(max_length=10, choices=[(state.value, state.value) for state in OrderState])
    reason = models.CharField(max_length=300, blank=True)
    paid_on = models.DateField(null=True)
    returned_on = models.DateField(null=True)
    confirmed_by = models.CharField(max_length=150, blank=True)
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["batch", "party"], name="payments_order_once_a_batch"),
            models.CheckConstraint(condition=Q(amount_cents__gt=0), name="payments_order_positive"),
            models.CheckConstraint(
                condition=Q(balance_micro__gte=models.F("amount_cents") * 10_000)
                & Q(balance_micro__lt=models.F("amount_cents") * 10_000 + 10_000),
                name="payments_order_is_the_balance_to_the_cent",
            ),
        ]
        indexes = [models.Index(fields=["batch", "state"], name="payments_order_state")]
