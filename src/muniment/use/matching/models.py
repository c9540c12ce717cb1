"""Tables of matching: runs, what waits for a decision, what people decided, samples that check the matcher.

Matches are in sealed batches.
"""

from django.db import models
from django.db.models import Q

from muniment.use.matching.rules.review import ItemState, Verdict
from muniment.use.matching.rules.scoring import Band


class MatchRun(models.Model):
    """One matching of one report; the latest counts. `runners_up` holds what came second, for explanations."""

    report = models.ForeignKey("usages.UsageReport", on_delete=models.PROTECT, related_name="+")
    batch = models.ForeignKey("batches.SealedBatch", on_delete=models.PROTECT, related_name="+")
    runners_up = models.ForeignKey("batches.SealedBatch", on_delete=models.PROTECT, related_name="+", null=True)
    repertoire_digest = models.CharField(max_length=64)
    model_version = models.CharField(max_length=64, blank=True, default="")
    index_version = models.CharField(max_length=64, blank=True, default="")
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
    """Equal lines of any reports that wait for a person, or did; the texts are those of the first line.

    The band matched marks a check: lines that the matcher settled by itself and a sample shows to a person.
    While `lease_until` is not over, only `lease_by` may decide.
    """

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
    method = models.CharField(max_length=20, blank=True, db_default="")
    lease_by = models.CharField(max_length=150, blank=True, db_default="")
    lease_until = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["state", "band", "-priority", "id"], name="matching_queue"),
            models.Index(fields=["lease_by"], name="matching_leases", condition=Q(lease_until__isnull=False)),
        ]
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


class ReviewSkip(models.Model):
    """An item that a person left for later: until then it is not shown to that person again."""

    item = models.ForeignKey(ReviewItem, on_delete=models.CASCADE, related_name="+")
    skipped_by = models.CharField(max_length=150)
    skipped_until = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["item", "skipped_by"], name="matching_skip_once")]


class BulkAccept(models.Model):
    """Many items whose best candidates a person accepted at once: what was asked for, and what it settled."""

    minimum_ppm = models.IntegerField()
    report_id = models.BigIntegerField(null=True)
    method = models.CharField(max_length=20, blank=True)
    text = models.TextField(blank=True)
    set_digest = models.CharField(max_length=64)
    item_count = models.BigIntegerField()
    line_count = models.BigIntegerField()
    use_count = models.BigIntegerField()
    accepted_by = models.CharField(max_length=150)
    accepted_at = models.DateTimeField()
    ended_by = models.CharField(max_length=150, blank=True)
    ended_at = models.DateTimeField(null=True)


class MatchDecision(models.Model):
    """What a person said of equal lines: they are `work_id`, or they are none of `refused`; the newest holds.

    An empty `source_code` speaks for every source. An undone or replaced decision stays, and says nothing any more;
    when the one that replaced it is undone, it holds again.
    """

    memory_key = models.CharField(max_length=32)
    source_code = models.CharField(max_length=60, blank=True)
    verdict = models.CharField(max_length=10, choices=[(verdict.value, verdict.value) for verdict in Verdict])
    work_id = models.BigIntegerField(null=True)
    refused = models.JSONField()
    item = models.ForeignKey(ReviewItem, on_delete=models.PROTECT, related_name="+")
    decided_by = models.CharField(max_length=150)
    decided_at = models.DateTimeField()
    ended_by = models.CharField(max_length=150, blank=True, db_default="")
    ended_at = models.DateTimeField(null=True)
    bulk = models.ForeignKey(BulkAccept, on_delete=models.PROTECT, related_name="+", null=True)
    replaces = models.ForeignKey("self", on_delete=models.PROTECT, related_name="+", null=True)

    class Meta:
        indexes = [models.Index(fields=["decided_at"], name="matching_decided")]
        constraints = [
            models.UniqueConstraint(
                fields=["memory_key", "source_code"],
                condition=Q(ended_at__isnull=True),
                name="matching_decision_one_holds",
            ),
        ]


class CheckDraw(models.Model):
    """A sample of distinct lines that the matcher settled by itself, drawn by a seed from `population_count`."""

    seed = models.BigIntegerField()
    population_count = models.BigIntegerField()
    drawn_count = models.BigIntegerField()
    drawn_by = models.CharField(max_length=150)
    drawn_at = models.DateTimeField()


class MatchCheck(models.Model):
    """One distinct line of a sample: what the matcher said; what people said is the item's decision in force."""

    draw = models.ForeignKey(CheckDraw, on_delete=models.PROTECT, related_name="+")
    item = models.ForeignKey(ReviewItem, on_delete=models.PROTECT, related_name="+")
    run = models.ForeignKey(MatchRun, on_delete=models.PROTECT, related_name="+")
    work_id = models.BigIntegerField()
    score_ppm = models.IntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["draw", "item"], name="matching_check_once")]


class ModelChoice(models.Model):
    """From when on which model matches, and for which precision of what is matched; the newest counts.

    An empty version is the model that comes with Muniment, whichever that is then.
    """

    model_version = models.CharField(max_length=64, blank=True)
    asked_ppm = models.IntegerField()
    chosen_by = models.CharField(max_length=150)
    chosen_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(asked_ppm__gt=0, asked_ppm__lte=1_000_000), name="matching_choice_is_a_share"
            )
        ]


class IndexVersion(models.Model):
    """One index of the repertoire, in a folder of the store; a delta stands beside the base that it was built for.

    `version` is what a match run notes: of a delta, that of both layers together. `works_digest` seals the digests of
    works that lie beside a base. One that was removed stays, and says when.
    """

    folder = models.CharField(max_length=100, unique=True)
    version = models.CharField(max_length=64)
    base = models.ForeignKey("self", on_delete=models.PROTECT, related_name="+", null=True)
    repertoire_digest = models.CharField(max_length=64)
    table_digest = models.CharField(max_length=64)
    works_digest = models.CharField(max_length=64, blank=True)
    work_count = models.BigIntegerField()
    gone_count = models.BigIntegerField()
    byte_count = models.BigIntegerField()
    built_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["version"], name="matching_index_version")]


class RetryState(models.Model):
    """When a report's lines without a work are asked again, and how often they were."""

    report = models.OneToOneField("usages.UsageReport", on_delete=models.PROTECT, related_name="+")
    tries = models.IntegerField()
    tried_on = models.DateField(null=True)
    next_try_on = models.DateField()

    class Meta:
        indexes = [models.Index(fields=["next_try_on"], name="matching_retry_due")]
        constraints = [models.CheckConstraint(condition=Q(tries__gte=0), name="matching_retry_tries")]
