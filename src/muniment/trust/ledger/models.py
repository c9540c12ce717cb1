"""Tables of the books; triggers refuse to change or delete a row of any of them, and transfers that fit no entry."""

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
    dimensions = models.TextField(blank=True, db_default="")
    first_transfer = models.BigIntegerField(null=True)


class Transfer(models.Model):
    """An amount moved from the credit account to the debit account.

    Its number lies among those that its entry reserved. That entry and accounts exist and share a currency is held by
    a trigger (see `guards`), which PostgreSQL asks once for all rows of a statement, in place of three foreign keys.
    """

    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="+", db_constraint=False)
    debit = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_constraint=False)
    credit = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_constraint=False)
    amount_micro = models.BigIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(amount_micro__gt=0), name="ledger_transfer_positive"),
            models.CheckConstraint(condition=~models.Q(debit=models.F("credit")), name="ledger_transfer_between_two"),
        ]


class Seal(models.Model):
    """The signed state of the books at the end of a day; `body` is what was signed, as canonical JSON.

    The other columns repeat what the body says, so that it can be asked for; fsck holds the two together.
    """

    day = models.DateField(unique=True)
    last_entry = models.BigIntegerField()
    entry_count = models.BigIntegerField()
    sealed_at = models.DateTimeField()
    sealed_by = models.CharField(max_length=150)
    public_key = models.CharField(max_length=64)
    body = models.TextField()
    signature = models.CharField(max_length=128)
    hash = models.CharField(max_length=64)
