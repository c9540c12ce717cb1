"""Tables of the books; triggers refuse to change or delete a row of any of them."""

from django.db import models

from muniment.trust.ledger.rules import AccountKind


class Account(models.Model):
    """A place where money can be, in one currency."""

    code = models.CharField(max_length=200)
    currency = models.CharField(max_length=3)
    kind = models.CharField(max_length=10, choices=[(kind.value, kind.value) for kind in AccountKind])

    class Meta:
        constraints = [models.UniqueConstraint(fields=["code", "currency"], name="ledger_account_once")]


class Entry(models.Model):
    """One booked act, chained to the one before by its hash."""

    idempotency_key = models.CharField(max_length=200, unique=True)
    kind = models.CharField(max_length=60)
    booked_on = models.DateField()
    currency = models.CharField(max_length=3)
    memo = models.TextField(blank=True)
    reverses = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField()
    recorded_by = models.CharField(max_length=150)
    transfer_count = models.BigIntegerField()
    total_micro = models.DecimalField(max_digits=30, decimal_places=0)
    body_digest = models.CharField(max_length=64)
    prev_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)


class Transfer(models.Model):
    """An amount moved from the credit account to the debit account."""

    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="+")
    debit = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    credit = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    amount_micro = models.BigIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(amount_micro__gt=0), name="ledger_transfer_positive"),
            models.CheckConstraint(condition=~models.Q(debit=models.F("credit")), name="ledger_transfer_between_two"),
        ]
