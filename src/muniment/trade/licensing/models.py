"""Tables of licensing. A tariff's version, an issued invoice and a receipt are never edited: they are followed."""

from django.db import models
from django.db.models import F, Q

from muniment.trade.licensing.rules.tariffs import TariffKind


class Tariff(models.Model):
    """One version of a tariff; `terms` as `plain_terms` makes them."""

    code = models.CharField(max_length=30)
    version = models.IntegerField()
    title = models.CharField(max_length=200)
    kind = models.CharField(max_length=10, choices=[(kind.value, kind.value) for kind in TariffKind])
    currency = models.CharField(max_length=3)
    fund_kind = models.CharField(max_length=30)
    vat_ppm = models.IntegerField()
    terms = models.JSONField()
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    digest = models.CharField(max_length=64)
    published_at = models.DateTimeField()
    published_by = models.CharField(max_length=150)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="licensing_tariff_version"),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")), name="licensing_tariff_order"
            ),
            models.CheckConstraint(
                condition=Q(vat_ppm__gte=0) & Q(vat_ppm__lte=1_000_000), name="licensing_tariff_vat"
            ),
        ]


class Licence(models.Model):
    """A licensee's permission, under the tariff of this code in whatever version is in force."""

    code = models.CharField(max_length=40, unique=True)
    licensee = models.ForeignKey("parties.Party", models.PROTECT, related_name="+")
    licensee_code = models.CharField(max_length=40)
    tariff_code = models.CharField(max_length=30, db_index=True)
    fund_kind = models.CharField(max_length=30)
    territory = models.IntegerField()
    right = models.CharField(max_length=2)
    basis = models.JSONField()
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    intake = models.ForeignKey("batches.Intake", models.PROTECT, null=True, related_name="+")
    granted_at = models.DateTimeField()
    granted_by = models.CharField(max_length=150)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")), name="licensing_licence_order"
            )
        ]


class InvoiceSeries(models.Model):
    """The last number given in a year; its row is locked while the next is given, so numbers have no gaps."""

    year = models.IntegerField(unique=True)
    last_number = models.IntegerField()


class Invoice(models.Model):
    """What a licensee owes for a period, with the declared basis and the steps of the fee as they were computed."""

    number = models.CharField(max_length=20, unique=True)
    licence = models.ForeignKey(Licence, models.PROTECT, related_name="+")
    tariff = models.ForeignKey(Tariff, models.PROTECT, related_name="+")
    fund_code = models.CharField(max_length=120, db_index=True)
    currency = models.CharField(max_length=3)
    period_from = models.DateField()
    period_to = models.DateField()
    basis = models.JSONField()
    steps = models.JSONField()
    amount_micro = models.BigIntegerField()
    vat_ppm = models.IntegerField()
    vat_micro = models.BigIntegerField()
    issued_on = models.DateField()
    due_on = models.DateField()
    cancelled_on = models.DateField(null=True)
    cancel_reason = models.CharField(max_length=300, blank=True)
    entry = models.ForeignKey("ledger.Entry", models.PROTECT, related_name="+")
    issued_by = models.CharField(max_length=150)
    issued_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["licence", "period_from", "period_to"],
                condition=Q(cancelled_on__isnull=True),
                name="licensing_invoice_once",
            ),
            models.CheckConstraint(condition=Q(amount_micro__gt=0), name="licensing_invoice_amount"),
            models.CheckConstraint(condition=Q(vat_micro__gte=0), name="licensing_invoice_vat"),
            models.CheckConstraint(condition=Q(period_to__gt=F("period_from")), name="licensing_invoice_period"),
            models.CheckConstraint(condition=Q(due_on__gte=F("issued_on")), name="licensing_invoice_due"),
        ]


class Receipt(models.Model):
    """Money received for an invoice; `net_micro` of it went to the fund, the rest was tax."""

    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="+")
    reference = models.CharField(max_length=100, unique=True)
    amount_micro = models.BigIntegerField()
    net_micro = models.BigIntegerField()
    received_on = models.DateField()
    reversed_on = models.DateField(null=True)
    reverse_reason = models.CharField(max_length=300, blank=True)
    entry = models.ForeignKey("ledger.Entry", models.PROTECT, related_name="+")
    intake = models.ForeignKey("batches.Intake", models.PROTECT, null=True, related_name="+")
    recorded_by = models.CharField(max_length=150)
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(reference=""), name="licensing_receipt_reference"),
            models.CheckConstraint(
                condition=Q(amount_micro__gt=0) & Q(net_micro__gte=0) & Q(net_micro__lte=F("amount_micro")),
                name="licensing_receipt_amount",
            ),
        ]
