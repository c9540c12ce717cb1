"""What payees are told: their statements, and what is taken from their shares."""

from django.db import models

from muniment.pay.distributions.models.adjusting import Adjustment
from muniment.pay.distributions.models.holds import HoldRelease
from muniment.pay.distributions.models.runs import DistributionRun
from muniment.pay.distributions.rules.policies.deductions import Taking

_ENTRY = "ledger.Entry"


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
