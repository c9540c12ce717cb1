"""Tables of works, their recordings and the claims on them.

Facts that payments rest on (works, contributions, share lines, recordings) carry a known interval: what is withdrawn
is closed at an instant, never deleted, so that a question about an earlier state of knowledge keeps its answer.
"""

from django.db import models
from django.db.models import F, Q

from muniment.kernel.words.shares import PPM, Right
from muniment.rights.works.rules.conflicts import ConflictKind

RIGHTS = [(right.value, right.value) for right in Right]


def _known(table: str) -> models.CheckConstraint:
    """Constrain a fact not to end before it began to be known."""
    return models.CheckConstraint(
        condition=Q(known_to__isnull=True) | Q(known_to__gte=F("known_from")), name=f"works_{table}_known"
    )


class Work(models.Model):
    """A musical work, identified by the society's own code."""

    code = models.CharField(max_length=40)
    title = models.TextField()
    title_key = models.CharField(max_length=120, db_index=True)  # folded and cut: what exact titles are found by
    iswc = models.CharField(max_length=11, null=True, db_index=True)  # null, not "": most indexes skip it
    language = models.CharField(max_length=20, blank=True, default="")
    duration_ms = models.BigIntegerField(null=True)
    work_class = models.CharField(max_length=20, blank=True, default="")
    version_type = models.CharField(max_length=3, default="ORI", choices=[("ORI", "ORI"), ("MOD", "MOD")])
    original = models.ForeignKey("works.Work", models.PROTECT, null=True, related_name="+")
    original_title = models.TextField(blank=True, default="")
    generated_shares = models.BooleanField(default=False)
    intake = models.ForeignKey("batches.Intake", models.PROTECT, null=True, db_index=False, related_name="+")
    known_from = models.DateTimeField()
    known_to = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code"], condition=Q(known_to__isnull=True), name="works_work_code"),
            _known("work"),
        ]


class WorkTitle(models.Model):
    """A further title of a work, by CWR's kinds: AT alternative, TE first line, TT translated, ..."""

    work = models.ForeignKey(Work, models.PROTECT, related_name="+")
    title = models.TextField()
    kind = models.CharField(max_length=2, default="AT")
    language = models.CharField(max_length=20, blank=True, default="")
    script = models.CharField(max_length=4, blank=True, default="")
    intake = models.ForeignKey("batches.Intake", models.PROTECT, null=True, db_index=False, related_name="+")
    known_from = models.DateTimeField()
    known_to = models.DateTimeField(null=True)


class WorkNumber(models.Model):
    """The number under which a submitter knows the work."""

    work = models.ForeignKey(Work, models.PROTECT, related_name="+")
    claim = models.CharField(max_length=80)
    number = models.CharField(max_length=40)
    intake = models.ForeignKey("batches.Intake", models.PROTECT, null=True, db_index=False, related_name="+")
    known_from = models.DateTimeField()
    known_to = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["claim", "number"], condition=Q(known_to__isnull=True), name="works_number_of_submitter"
            )
        ]


class WorkFill(models.Model):
    """A blank of a known work that an intake filled in, so that the undo of the intake can blank it again."""

    work = models.ForeignKey(Work, models.PROTECT, related_name="+")
    field = models.CharField(max_length=20)
    value = models.TextField()
    intake = models.ForeignKey("batches.Intake", models.PROTECT, related_name="+")


class Agreement(models.Model):
    """A contract that moves shares from an assignor to an acquirer, as a submitter describes it."""

    number = models.CharField(max_length=40)
    claim = models.CharField(max_length=80)
    kind = models.CharField(max_length=2, blank=True, default="")  # OS OG PS PG of CWR
    assignor = models.ForeignKey("parties.Party", models.PROTECT, null=True, related_name="+")
    acquirer = models.ForeignKey("parties.Party", models.PROTECT, null=True, related_name="+")
    territories = models.CharField(max_length=2000, blank=True, default="")
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)
    intake = models.ForeignKey("batches.Intake", models.PROTECT, null=True, db_index=False, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["claim", "number"], name="works_agreement_number")]


class Contribution(models.Model):
    """A party's part in a work as one submitter states it: role, chain of publishers, ownership."""

    work = models.ForeignKey(Work, models.PROTECT, related_name="+")
    party = models.ForeignKey(
        "parties.Party", null=True, on_delete=models.PROTECT, related_name="+"
    )  # null: the writer is unknown
    name = models.TextField()  # as the submitter writes it
    role = models.CharField(max_length=2)
    chain = models.IntegerField(default=0)  # a writer's chain is that of the publishers who publish the writer
    controlled = models.BooleanField(default=False)
    pr_own_ppm = models.IntegerField(default=0)
    mr_own_ppm = models.IntegerField(default=0)
    sr_own_ppm = models.IntegerField(default=0)
    claim = models.CharField(max_length=80)
    intake = models.ForeignKey("batches.Intake", models.PROTECT, null=True, db_index=False, related_name="+")
    ended_by = models.ForeignKey(
        "batches.Intake", null=True, db_index=False, on_delete=models.PROTECT, related_name="+"
    )
    known_from = models.DateTimeField()
    known_to = models.DateTimeField(null=True)

    class Meta:
        constraints = [_known("contribution")]


class ShareLine(models.Model):
    """A collection claim: a submitter says that the party collects the share of the right in the territories."""

    work = models.ForeignKey(Work, models.PROTECT, related_name="+")
    party = models.ForeignKey("parties.Party", models.PROTECT, related_name="+")
    role = models.CharField(max_length=2, blank=True, default="")
    right = models.CharField(max_length=2, choices=RIGHTS)
    territories = models.CharField(max_length=2000)
    share_ppm = models.IntegerField()
    claim = models.CharField(max_length=80)
    chain = models.IntegerField(default=0)
    agreement = models.ForeignKey(Agreement, models.PROTECT, null=True, db_index=False, related_name="+")
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)
    intake = models.ForeignKey("batches.Intake", models.PROTECT, null=True, db_index=False, related_name="+")
    ended_by = models.ForeignKey(
        "batches.Intake", null=True, db_index=False, on_delete=models.PROTECT, related_name="+"
    )
    known_from = models.DateTimeField()
    known_to = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(share_ppm__gte=0, share_ppm__lte=PPM), name="works_share_within_whole"),
            models.CheckConstraint(
                condition=Q(valid_from__isnull=True) | Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")),
                name="works_share_valid",
            ),
            _known("share"),
        ]


class Recording(models.Model):
    """A recording of a work; one that is not linked to a work yet has none."""

    isrc = models.CharField(max_length=12, null=True, db_index=True)
    title = models.TextField()
    performer = models.TextField(blank=True, default="")  # the artists, as displayed
    duration_ms = models.BigIntegerField(null=True)
    version = models.TextField(db_default="", default="")  # "Live", "Radio edit"
    p_line = models.TextField(db_default="", default="")  # the year of the first publication and whose it is
    controller = models.TextField(db_default="", default="")  # who exercises the rights in it
    credits = models.TextField(db_default="", default="")  # "role: name", one a line
    work = models.ForeignKey(Work, models.PROTECT, null=True, related_name="+")
    intake = models.ForeignKey("batches.Intake", models.PROTECT, null=True, db_index=False, related_name="+")
    known_from = models.DateTimeField()
    known_to = models.DateTimeField(null=True)

    class Meta:
        constraints = [_known("recording")]


class Conflict(models.Model):
    """Claims on a work that do not agree, for one right on some territories; derived from its lines with each write."""

    work = models.ForeignKey(Work, models.CASCADE, related_name="+")
    right = models.CharField(max_length=2, choices=RIGHTS)
    kind = models.CharField(max_length=10, choices=[(kind.value, kind.value) for kind in ConflictKind])
    territory = models.IntegerField()  # one country of those concerned, as an example
    country_count = models.IntegerField()
    disputed_ppm = models.IntegerField()
    claims = models.TextField()  # the submitters, parted by commas
    found_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["kind", "work"], name="works_conflict_kind")]


class WorkMerge(models.Model):
    """Two records of one work made one: whoever asks for `dropped` between the two instants is led to `kept`.

    `filled` are the blanks of the kept work that the dropped one filled, `versions` the works that named the dropped
    one as their original; with the rows of MergedRow they are all that an undo needs.
    """

    kept = models.ForeignKey(Work, models.PROTECT, related_name="+")
    dropped = models.ForeignKey(Work, models.PROTECT, related_name="+")
    filled = models.JSONField(default=dict)
    versions = models.JSONField(default=list)
    merged_at = models.DateTimeField()
    merged_by = models.CharField(max_length=150)
    undone_at = models.DateTimeField(null=True)
    undone_by = models.CharField(max_length=150, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["dropped"], condition=Q(undone_at__isnull=True), name="works_merge_one_in_force"
            ),
            models.CheckConstraint(condition=~Q(kept=F("dropped")), name="works_merge_not_itself"),
            models.CheckConstraint(
                condition=Q(undone_at__isnull=True) | Q(undone_at__gte=F("merged_at")), name="works_merge_order"
            ),
        ]


class MergedRow(models.Model):
    """A fact that a merge closed on the dropped work, and the like of it that it opened on the kept one.

    One of the two is null where a title became a further title, or where the kept work had the fact already.
    """

    merge = models.ForeignKey(WorkMerge, models.CASCADE, related_name="+")
    table = models.CharField(max_length=12)
    closed_id = models.BigIntegerField(null=True)
    opened_id = models.BigIntegerField(null=True)


class Edition(models.Model):
    """A product in which a work comes out: a book, an e-book, a journal; a recording has its own table.

    `reference` is the sender's key for it under `claim`. Two editions are one where they share a number.
    """

    work = models.ForeignKey(Work, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10)
    title = models.TextField()
    subtitle = models.TextField(blank=True, default="")
    form = models.CharField(max_length=60, blank=True, default="")  # "paperback", "EPUB"
    publisher = models.TextField(blank=True, default="")
    imprint = models.TextField(blank=True, default="")
    published = models.CharField(max_length=40, blank=True, default="")  # 2026-01-31, 2026, "[ca. 1890]"
    statement = models.TextField(blank=True, default="")  # "2nd revised edition"
    languages = models.CharField(max_length=80, blank=True, default="")
    series = models.TextField(blank=True, default="")
    coverage = models.TextField(blank=True, default="")
    url = models.TextField(blank=True, default="")
    page_count = models.IntegerField(null=True)
    claim = models.CharField(max_length=80)
    reference = models.CharField(max_length=120, blank=True, default="")
    intake = models.ForeignKey("batches.Intake", models.PROTECT, null=True, db_index=False, related_name="+")
    ended_by = models.ForeignKey(
        "batches.Intake", null=True, db_index=False, on_delete=models.PROTECT, related_name="+"
    )
    known_from = models.DateTimeField()
    known_to = models.DateTimeField(null=True)

    class Meta:
        constraints = [_known("edition")]
        indexes = [models.Index(fields=["claim", "reference"], name="works_edition_reference")]


class EditionNumber(models.Model):
    """A number of an edition: ISBN, ISSN, EAN-13, DOI, LCCN, OCLC, ... in its compact form."""

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="+")
    scheme = models.CharField(max_length=20)
    number = models.CharField(max_length=120)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["edition", "scheme", "number"], name="works_edition_number_once")
        ]
        indexes = [models.Index(fields=["number", "scheme"], name="works_edition_number")]


# CWR: what came in and what went out, transaction by transaction


class CwrFile(models.Model):
    """The header of a CWR file that came in; with its transactions, nothing of the file is lost."""

    intake = models.OneToOneField("batches.Intake", models.PROTECT, related_name="+")
    claim = models.CharField(max_length=80)
    sender_kind = models.CharField(max_length=2, blank=True, default="")
    sender_number = models.CharField(max_length=11, blank=True, default="")
    created_on = models.DateField(null=True)
    created_time = models.CharField(max_length=6, blank=True, default="")
    header = models.TextField()  # plain data of the format, as JSON


class CwrItem(models.Model):
    """A transaction that came in: all of its fields, what became of it, and what we answer.

    `place` counts the transactions of the file from 0. An answer (ACK) has no status of its own. `other` is the work
    that it contradicts; where claims on one work contradict each other, the work itself.
    """

    intake = models.ForeignKey("batches.Intake", models.PROTECT, related_name="+")
    place = models.IntegerField()
    line = models.BigIntegerField()
    kind = models.CharField(max_length=3)
    number = models.CharField(max_length=40, blank=True, default="")  # the submitter's, of the work or agreement
    title = models.TextField(blank=True, default="")
    work = models.ForeignKey(Work, models.PROTECT, null=True, related_name="+")
    agreement = models.ForeignKey(Agreement, models.PROTECT, null=True, db_index=False, related_name="+")
    other = models.ForeignKey(Work, models.PROTECT, null=True, db_index=False, related_name="+")
    other_claim = models.CharField(max_length=80, blank=True, default="")
    status = models.CharField(max_length=2, blank=True, default="")
    messages = models.TextField(blank=True, default="")  # JSON
    content = models.TextField()  # plain data of the format, as JSON

    class Meta:
        constraints = [models.UniqueConstraint(fields=["intake", "place"], name="works_cwr_item_place")]
        indexes = [models.Index(fields=["status", "intake"], name="works_cwr_item_status")]


class AgreementTerm(models.Model):
    """What an AGR transaction says of an agreement: its kind and days; a later one closes it."""

    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=2, blank=True, default="")
    starts_on = models.DateField(null=True)
    ends_on = models.DateField(null=True)
    collected_until = models.DateField(null=True)  # after the end: retention or collection of what was earned before
    society_number = models.CharField(max_length=14, blank=True, default="")
    intake = models.ForeignKey("batches.Intake", models.PROTECT, null=True, related_name="+")
    ended_by = models.ForeignKey(
        "batches.Intake", null=True, db_index=False, on_delete=models.PROTECT, related_name="+"
    )
    known_from = models.DateTimeField()
    known_to = models.DateTimeField(null=True)

    class Meta:
        constraints = [_known("agreement_term")]


class AgreementParty(models.Model):
    """A party of an agreement in some territories: AS assigns, AC acquires; shares in ppm."""

    term = models.ForeignKey(AgreementTerm, models.PROTECT, related_name="+")
    role = models.CharField(max_length=2)
    party = models.ForeignKey("parties.Party", models.PROTECT, null=True, related_name="+")
    name = models.TextField()
    territories = models.CharField(max_length=2000)
    pr_ppm = models.IntegerField(default=0)
    mr_ppm = models.IntegerField(default=0)
    sr_ppm = models.IntegerField(default=0)


class Submission(models.Model):
    """A CWR file of our works that went to a society; `header` is the plain data of its header."""

    society_code = models.CharField(max_length=4)
    claim = models.CharField(max_length=80)
    version = models.CharField(max_length=5)
    file_name = models.CharField(max_length=60)
    file_digest = models.CharField(max_length=64)
    header = models.TextField()
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=150)
    work_count = models.IntegerField()


class SubmittedWork(models.Model):
    """A work in a submission: as NWR or REV, under which number, in which group and transaction, with every field."""

    submission = models.ForeignKey(Submission, models.PROTECT, related_name="+")
    work = models.ForeignKey(Work, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=3)
    number = models.CharField(max_length=14, db_index=True)
    group = models.IntegerField()
    place = models.IntegerField()
    content = models.TextField()


class SubmissionAnswer(models.Model):
    """What the society says of a submitted work; the undo of its file closes it."""

    submitted = models.ForeignKey(SubmittedWork, models.PROTECT, related_name="+")
    status = models.CharField(max_length=2)
    society_number = models.CharField(max_length=20, blank=True, default="")
    iswc = models.CharField(max_length=11, blank=True, default="")
    processed_on = models.DateField(null=True)
    messages = models.TextField(blank=True, default="")  # JSON
    conflict_title = models.TextField(blank=True, default="")
    intake = models.ForeignKey("batches.Intake", models.PROTECT, related_name="+")
    known_from = models.DateTimeField()
    known_to = models.DateTimeField(null=True)

    class Meta:
        constraints = [_known("submission_answer")]
