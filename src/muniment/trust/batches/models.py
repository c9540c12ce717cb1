"""Tables of received files, their problems, saved mappings and sealed batches."""

from django.db import models

from muniment.trust.batches.rules import IntakeState


class Intake(models.Model):
    """A file that came in; the file itself is kept in the store under its digest."""

    kind = models.CharField(max_length=60)
    file_name = models.CharField(max_length=255)
    file_digest = models.CharField(max_length=64, db_index=True)
    byte_count = models.BigIntegerField()
    received_at = models.DateTimeField()
    received_by = models.CharField(max_length=150)
    state = models.CharField(max_length=10, choices=[(state.value, state.value) for state in IntakeState])
    line_count = models.BigIntegerField(default=0)
    good_count = models.BigIntegerField(default=0)
    bad_count = models.BigIntegerField(default=0)
    problem_count = models.BigIntegerField(default=0)
    note = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "file_digest"],
                condition=models.Q(state="imported"),
                name="batches_intake_imported_once",
            ),
            models.CheckConstraint(
                condition=models.Q(line_count=models.F("good_count") + models.F("bad_count")),
                name="batches_intake_counts_tie",
            ),
        ]


class IntakeProblem(models.Model):
    """One thing wrong in a received file; `line` is None for the file as a whole."""

    intake = models.ForeignKey(Intake, on_delete=models.CASCADE, related_name="+")
    line = models.BigIntegerField(null=True)
    field = models.CharField(max_length=200, blank=True)
    rule = models.CharField(max_length=80)
    message = models.TextField()
    remedy = models.TextField(blank=True)
    level = models.CharField(max_length=10)


class SavedMapping(models.Model):
    """How the columns of one sender's tables are read; found again by the fingerprint of the headers."""

    kind = models.CharField(max_length=60)
    name = models.CharField(max_length=100)
    header_fingerprint = models.CharField(max_length=64, db_index=True)
    columns = models.JSONField()
    saved_by = models.CharField(max_length=150)
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "name"], name="batches_mapping_name_once")]


class SealedBatch(models.Model):
    """A table that one stage handed on: where it lies, what it sums to, its digest; chained to the batch before.

    Triggers refuse to change or delete it. `path` is relative to the store.
    """

    stage = models.CharField(max_length=60, db_index=True)
    path = models.CharField(max_length=255)
    row_count = models.BigIntegerField()
    sum_column = models.CharField(max_length=60, blank=True)
    sum_micro = models.BigIntegerField()
    digest = models.CharField(max_length=64)
    parents = models.JSONField()
    sealed_at = models.DateTimeField()
    prev_chain = models.CharField(max_length=64)
    chain = models.CharField(max_length=64)
