"""Tables of matching: runs, what people decided, and what waits for a decision. Matches are in sealed batches."""

from django.db import models
from django.db.models import Q

from muniment.use.matching.rules.review import ItemState, Verdict
from muniment.use.matching.rules.scoring import Band


class MatchRun(models.Model):
    """One matching of one report; the latest counts."""

    report = models.ForeignKey("usages.UsageReport", on_delete=models.PROTECT, related_name="+")
    batch = models.ForeignKey("batches.SealedBatch", on_delete=models.PROTECT, related_name="+")
    repertoire_digest = models.CharField(max_length=64)
    matched_ppm = models.IntegerField()
    review_ppm = models.IntegerField()
    margin_ppm = models.IntegerField()
    common_title_works = models.IntegerField()
    distinct_count = models.BigIntegerField()
    line_count = models.BigIntegerField()
    matched_lines = models.BigIntegerField()
    review_lines = models.BigIntegerField()
    unidentified_lines = models.BigIntegerField()
    matched_uses = models.BigIntegerField()
    review_uses = models.BigIntegerField()
    unidentified_uses = models.BigIntegerField()
    run_at = models.DateTimeField()
    run_by = models.CharField(max_length=150)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    line_count=models.F("matched_lines") + models.F("review_lines") + models.F("unidentified_lines")
                ),
                name="matching_run_lines_tie",
            )
        ]


class ReviewItem(models.Model):
    """Equal lines of any reports that wait for a person, or did; `texts` are those of the first line."""

    memory_key = models.CharField(max_length=32, unique=True)
    band = models.CharField(max_length=12, choices=[(band.value, band.value) for band in Band])
    state = models.CharField(max_length=10, choices=[(state.value, state.value) for state in ItemState])
    title = models.TextField()
    performer = models.TextField(blank=True)
    writers = models.TextField(blank=True)
    codes = models.JSONField()
    search_text = models.TextField()
    score_ppm = models.IntegerField()
    uncertainty_ppm = models.IntegerField()
    best_work_id = models.BigIntegerField(null=True)
    candidates = models.JSONField()
    line_count = models.BigIntegerField()
    use_count = models.BigIntegerField()
    amount_micro = models.BigIntegerField(null=True)
    priority = models.BigIntegerField()
    sample_line_id = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["state", "band", "-priority", "id"], name="matching_queue")]
        constraints = [
            models.CheckConstraint(condition=Q(line_count__gte=0, use_count__gte=0), name="matching_item_counts")
        ]


class ReviewCount(models.Model):
    """How much of an item one report holds; the item's counts are the sums."""

    item = models.ForeignKey(ReviewItem, on_delete=models.CASCADE, related_name="+")
    report = models.ForeignKey("usages.UsageReport", on_delete=models.PROTECT, related_name="+")
    line_count = models.BigIntegerField()
    use_count = models.BigIntegerField()
    amount_micro = models.BigIntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["item", "report"], name="matching_count_once")]


class MatchDecision(models.Model):
    """What a person said of equal lines: they are `work_id`, or they are none of `refused`; the newest holds.

    An empty `source_code` speaks for every source. An undone or replaced decision stays, and says nothing any more.
    """

    memory_key = models.CharField(max_length=32)
    source_code = models.CharField(max_length=60, blank=True)
    verdict = models.CharField(max_length=10, choices=[(verdict.value, verdict.value) for verdict in Verdict])
    work_id = models.BigIntegerField(null=True)
    refused = models.JSONField()
    item = models.ForeignKey(ReviewItem, on_delete=models.PROTECT, related_name="+")
    decided_by = models.CharField(max_length=150)
    decided_at = models.DateTimeField()
    ended_by = models.CharField(max_length=150, blank=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["memory_key", "source_code"],
                condition=Q(ended_at__isnull=True),
                name="matching_decision_one_holds",
            ),
        ]
