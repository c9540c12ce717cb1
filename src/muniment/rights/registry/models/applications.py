"""Tables of applications. `Round.body`, `Objection.body` and `Application.draft` name persons, and are erasable."""

from django.db import models


class Application(models.Model):
    """Somebody's wish to have something registered, and where it stands; `version` counts every write to it.

    `registration_number` is the target of the later kinds, and of a first registration what came of it. `draft` is the
    statement before it is submitted, as canonical JSON. `profile_from_on` says which version of the profile it is under
    (None: the first). `due_on` is the last day of the clock that runs; `due_open_days` and
    `publicity_open_days` are as `open_days` of `rules.calendars.LastDay`. `changed_at` is
    the instant of the last act, before which no other act may be.
    """

    number = models.CharField(max_length=20, unique=True)
    profile = models.CharField(max_length=40)
    kind = models.CharField(max_length=20)
    subject = models.CharField(max_length=10)
    state = models.CharField(max_length=20, db_index=True)
    stage = models.CharField(max_length=20, blank=True)
    profile_from_on = models.DateField(null=True)
    version = models.IntegerField()
    event_count = models.IntegerField(default=0)
    round_count = models.IntegerField(default=0)
    party = models.ForeignKey("parties.Party", on_delete=models.PROTECT, null=True, related_name="+")
    registration_number = models.CharField(max_length=40, blank=True, db_index=True)
    examiner = models.CharField(max_length=150, blank=True)
    title = models.TextField(blank=True)
    draft = models.TextField(blank=True)
    deposit = models.CharField(max_length=20, blank=True, db_index=True)
    drafted_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True)
    due_on = models.DateField(null=True, db_index=True)
    due_open_days = models.IntegerField(default=0)
    publicity_from_on = models.DateField(null=True)
    publicity_until_on = models.DateField(null=True, db_index=True)
    publicity_open_days = models.IntegerField(default=0)
    decided_at = models.DateTimeField(null=True)
    erased_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["draft", "withdrawn"]) | models.Q(submitted_at__isnull=False),
                name="registry_application_was_submitted",
            ),
            models.CheckConstraint(
                condition=models.Q(publicity_until_on__isnull=True)
                | models.Q(publicity_until_on__gte=models.F("publicity_from_on")),
                name="registry_publicity_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=models.Q(kind="first") | ~models.Q(registration_number=""),
                name="registry_later_kind_has_target",
            ),
        ]


class Round(models.Model):
    """A version of what an applicant states: 0 as first submitted, one more with each correction that is answered.

    `body` is canonical JSON, `commitment` the SHA-256 of `salt` and `body`; erasure empties body and salt.
    """

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="+")
    place = models.IntegerField()
    body = models.TextField(blank=True)
    salt = models.CharField(max_length=64, blank=True)
    commitment = models.CharField(max_length=64)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["application", "place"], name="registry_round_place_once")]


class Event(models.Model):
    """An act on an application, as its history shows it; never changed. `points` is a JSON list of field and text."""

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="+")
    seq = models.IntegerField()
    act = models.CharField(max_length=20)
    stage = models.CharField(max_length=20, blank=True)
    from_state = models.CharField(max_length=20)
    to_state = models.CharField(max_length=20)
    actor_name = models.CharField(max_length=150)
    at = models.DateTimeField(db_index=True)
    reason = models.TextField(blank=True)
    points = models.TextField(blank=True)
    objection_number = models.CharField(max_length=20, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["application", "seq"], name="registry_event_once")]


class Objection(models.Model):
    """Somebody's objection while an application was public: open, upheld, rejected, withdrawn or moot.

    Who objects stands in `body` alone (canonical JSON, with `salt` and `commitment` as those of a round), which erasure
    empties. `moot` is one that an end of the application left undecided.
    """

    number = models.CharField(max_length=20, unique=True)
    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=20)
    body = models.TextField(blank=True)
    salt = models.CharField(max_length=64, blank=True)
    commitment = models.CharField(max_length=64)
    grounds = models.TextField()
    evidence_sha256 = models.CharField(max_length=64, blank=True)
    filed_at = models.DateTimeField()
    reply_until_on = models.DateField()
    reply = models.TextField(blank=True)
    replied_at = models.DateTimeField(null=True)
    decide_until_on = models.DateField(null=True)
    open_days = models.IntegerField(default=0)
    decision = models.TextField(blank=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=150, blank=True)
    erased_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state="open", decided_at__isnull=True)
                | (~models.Q(state="open") & models.Q(decided_at__isnull=False)),
                name="registry_objection_is_open_or_decided",
            ),
        ]
