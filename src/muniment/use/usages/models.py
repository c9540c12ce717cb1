"""Tables of usage reports; their lines are in sealed batches."""

from django.db import models

from muniment.use.usages.rules import Form, ReportState


class UsageSource(models.Model):
    """Who sends reports: a station, a hall, a service."""

    code = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=20)


class UsageReport(models.Model):
    """One file of usage and what was said about it; the period ends before `period_to`."""

    source = models.ForeignKey(UsageSource, on_delete=models.PROTECT, related_name="+")
    form = models.CharField(max_length=10, choices=[(form.value, form.value) for form in Form])
    licensee_party_id = models.BigIntegerField(null=True, db_index=True)
    fund_code = models.CharField(max_length=120, db_index=True)
    period_from = models.DateField()
    period_to = models.DateField()
    territory = models.IntegerField()
    right = models.CharField(max_length=2)
    currency = models.CharField(max_length=3, blank=True)
    intake = models.ForeignKey("batches.Intake", on_delete=models.PROTECT, related_name="+")
    layout = models.CharField(max_length=60, blank=True)
    batch = models.ForeignKey("batches.SealedBatch", on_delete=models.PROTECT, related_name="+", null=True)
    state = models.CharField(max_length=12, choices=[(state.value, state.value) for state in ReportState])
    line_count = models.BigIntegerField()
    bad_count = models.BigIntegerField()
    use_count = models.BigIntegerField()
    amount_micro = models.BigIntegerField(null=True)
    imported_at = models.DateTimeField()
    imported_by = models.CharField(max_length=150)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(period_from__lt=models.F("period_to")), name="usages_report_period_has_days"
            ),
            models.CheckConstraint(
                condition=models.Q(line_count__gte=0, bad_count__gte=0, use_count__gte=0),
                name="usages_report_counts_not_negative",
            ),
        ]


class ReportFile(models.Model):
    """One file of a report that its sender parted into several: what it sums to, and its summaries, as JSON.

    `set_key` is the sender's name for the whole report (sender and message id); files of a report have it in common.
    """

    report = models.OneToOneField(UsageReport, on_delete=models.CASCADE, related_name="+")
    set_key = models.CharField(max_length=300, db_index=True)
    file_number = models.PositiveIntegerField()
    file_count = models.PositiveIntegerField()
    totals = models.JSONField()
    summaries = models.JSONField()
