"""Tables of duplicates: pairs of records that may be one, and the searches that found them."""

from django.db import models
from django.db.models import F, Q

from muniment.use.duplicates.rules import PairKind, PairState


class DuplicatePair(models.Model):
    """Two records that may be one, the lower id first; `kind` says whether they are works or parties.

    `is_hidden` pairs wait behind a merge: one of the two leads elsewhere now. `inherits` is the hidden pair that this
    one stands in for, with the record that the merge kept.
    """

    kind = models.CharField(max_length=5, choices=[(kind.value, kind.value) for kind in PairKind])
    first_id = models.BigIntegerField()
    second_id = models.BigIntegerField()
    state = models.CharField(max_length=8, choices=[(state.value, state.value) for state in PairState])
    is_hidden = models.BooleanField(default=False)
    score_ppm = models.IntegerField()
    reasons = models.JSONField()
    intake = models.ForeignKey("batches.Intake", models.PROTECT, null=True, related_name="+")
    inherits = models.ForeignKey("duplicates.DuplicatePair", models.CASCADE, null=True, related_name="+")
    found_at = models.DateTimeField()
    merge_id = models.BigIntegerField(null=True)
    kept_id = models.BigIntegerField(null=True)
    decided_by = models.CharField(max_length=150, blank=True, default="")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "first_id", "second_id"], name="duplicates_pair_once"),
            models.CheckConstraint(condition=Q(first_id__lt=F("second_id")), name="duplicates_pair_order"),
            models.CheckConstraint(
                condition=Q(state="open", decided_by="", decided_at__isnull=True)
                | (~Q(state="open") & ~Q(decided_by="") & Q(decided_at__isnull=False)),
                name="duplicates_pair_decision",
            ),
            models.CheckConstraint(
                condition=Q(state="merged", merge_id__isnull=False, kept_id__isnull=False)
                | (~Q(state="merged") & Q(merge_id__isnull=True, kept_id__isnull=True)),
                name="duplicates_pair_merge",
            ),
        ]
        indexes = [
            models.Index(fields=["kind", "state", "is_hidden", "-score_ppm", "id"], name="duplicates_list"),
            models.Index(fields=["kind", "second_id"], name="duplicates_second"),
        ]


class DuplicateSearch(models.Model):
    """One search: how many records were asked, and how many pairs it found that nobody had decided about."""

    kind = models.CharField(max_length=5, choices=[(kind.value, kind.value) for kind in PairKind])
    intake = models.ForeignKey("batches.Intake", models.PROTECT, null=True, related_name="+")
    asked_count = models.BigIntegerField()
    pair_count = models.BigIntegerField()
    new_count = models.BigIntegerField()
    searched_at = models.DateTimeField()
    searched_by = models.CharField(max_length=150)
