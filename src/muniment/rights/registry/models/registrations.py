"""Tables of registrations: what is registered, its versions, and the licences and pledges recorded on it.

Names that the register shows by law stand in the public tables. Identifiers and addresses stand apart in the two tables
of particulars, which erasure deletes; what they hashed to, salted, stays.
"""

from django.db import models
from django.db.models import F, Q

from muniment.rights.registry.rules.application import Subject
from muniment.rights.registry.rules.estate import Cause, RecordalAct, RecordalKind, RecordalState
from muniment.rights.registry.rules.standing import RegistrationState


class NumberSeries(models.Model):
    """A series of serial numbers and the last one given; its row is locked while one is taken."""

    name = models.CharField(max_length=80, unique=True)
    last = models.BigIntegerField()


class Registration(models.Model):
    """Something registered, as it stands now: a copy of its newest version, kept here for search and lists.

    `holders` is a JSON list of names. `until_on` is None where the profile has no term, `contract_until_on` when the
    first of the source contracts ends. `day_count` are the days from submission to registration, `licence_count` and
    `pledge_count` the active ones; `changed_at` is the instant of the last act, before which no other may be. The words
    it is found by are in an index of their own (search.py).
    """

    registration_number = models.CharField(max_length=20, unique=True)
    certificate_number = models.CharField(max_length=20, unique=True)
    application = models.OneToOneField("registry.Application", models.PROTECT, related_name="+")
    profile = models.CharField(max_length=40)
    subject = models.CharField(max_length=10, choices=[(one.value, one.value) for one in Subject])
    state = models.CharField(max_length=10, choices=[(one.value, one.value) for one in RegistrationState])
    title = models.TextField()
    industry = models.CharField(max_length=20, blank=True)
    holders = models.TextField()
    contract_until_on = models.DateField(null=True)
    deposit = models.CharField(max_length=20, blank=True)
    content_sha256 = models.CharField(max_length=64, blank=True, db_index=True)
    registered_on = models.DateField(db_index=True)
    until_on = models.DateField(null=True)
    day_count = models.IntegerField()
    party = models.ForeignKey("parties.Party", models.PROTECT, null=True, related_name="+")
    version_count = models.IntegerField()
    changed_at = models.DateTimeField()
    licence_count = models.IntegerField(default=0)
    pledge_count = models.IntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(until_on__gte=F("registered_on")), name="registry_registration_order"),
            models.CheckConstraint(condition=Q(day_count__gte=0), name="registry_registration_days"),
        ]
        indexes = [
            models.Index(fields=["state", "until_on"], name="registry_registration_state"),
            models.Index(fields=["profile", "id"], name="registry_registration_profile"),
            # What is in force under a profile is counted for every page of it, so from an index alone.
            models.Index(fields=["profile", "state", "id"], name="registry_registration_standing"),
            # The operator class makes LIKE 'x%' use the index under any collation of PostgreSQL; SQLite ignores it.
            models.Index(
                fields=["industry", "id"],
                name="registry_registration_trade",
                opclasses=["varchar_pattern_ops", "int8_ops"],
            ),
        ]


class RegistrationVersion(models.Model):
    """What the register says of a registration from a day on, and when that was written; never changed.

    `place` counts from 0; a later version is never valid from an earlier day. `cause` is the kind of the application
    that it came from, or the act of the registry. `holders` is a JSON list of what the law shows of each holder.
    """

    registration = models.ForeignKey(Registration, models.PROTECT, related_name="+")
    place = models.IntegerField()
    cause = models.CharField(max_length=12, choices=[(one.value, one.value) for one in Cause])
    application = models.OneToOneField("registry.Application", models.PROTECT, null=True, related_name="+")
    actor_name = models.CharField(max_length=150)
    valid_from_on = models.DateField()
    recorded_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=[(one.value, one.value) for one in RegistrationState])
    title = models.TextField()
    title_latin = models.TextField(blank=True)
    industry = models.CharField(max_length=20, blank=True)
    holders = models.TextField()
    until_on = models.DateField(null=True)
    reason = models.TextField(blank=True)
    commitment = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["registration", "place"], name="registry_version_place_once"),
            models.CheckConstraint(condition=Q(place__gte=0), name="registry_version_place"),
        ]
        indexes = [models.Index(fields=["cause", "recorded_at"], name="registry_version_cause")]


class HolderParticulars(models.Model):
    """Title and holders of a version with their identifiers and addresses, as canonical JSON with its salt."""

    version = models.OneToOneField(RegistrationVersion, models.PROTECT, related_name="+")
    body = models.TextField()
    salt = models.CharField(max_length=64)


class HolderKey(models.Model):
    """A name or an identifier of a present holder, as the verifiable map has it; erasure deletes identifiers."""

    registration = models.ForeignKey(Registration, models.PROTECT, related_name="+")
    key = models.CharField(max_length=600, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["registration", "key"], name="registry_holder_key_once")]


class Recordal(models.Model):
    """A licence or a pledge on a registration as it stands now: a copy of its newest version; what it was is there.

    `rank` counts those of its kind on the registration; only subordination exchanges ranks of pledges. `grantor` and
    `counterpart` are names that the register shows: the holder, and the licensee or creditor. The amount is the price
    of a licence, or the most that a pledge secures. `ended_on` is the day it ended, `ended_at` when that was written;
    `leaf_hash` names the leaf that says since when it is recorded. `act_count` counts what was logged.
    """

    number = models.CharField(max_length=20, unique=True)
    registration = models.ForeignKey(Registration, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=[(one.value, one.value) for one in RecordalKind])
    rank = models.IntegerField()
    grantor = models.TextField()
    counterpart = models.CharField(max_length=500)
    description = models.TextField(blank=True)
    is_exclusive = models.BooleanField(default=False)
    amount_micro = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3, blank=True)
    from_on = models.DateField()
    until_on = models.DateField(null=True)
    consent = models.CharField(max_length=500, blank=True)
    state = models.CharField(max_length=10, choices=[(one.value, one.value) for one in RecordalState])
    recorded_at = models.DateTimeField(db_index=True)
    ended_on = models.DateField(null=True)
    ended_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)
    commitment = models.CharField(max_length=64)
    leaf_hash = models.CharField(max_length=64)
    act_count = models.IntegerField()
    version_count = models.IntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["registration", "kind", "rank"], name="registry_recordal_rank_once"),
            models.CheckConstraint(condition=Q(rank__gt=0), name="registry_recordal_rank"),
            models.CheckConstraint(
                condition=Q(amount_micro__isnull=True, currency="") | Q(amount_micro__gt=0) & ~Q(currency=""),
                name="registry_recordal_amount",
            ),
            models.CheckConstraint(
                condition=Q(until_on__isnull=True) | Q(until_on__gte=F("from_on")), name="registry_recordal_order"
            ),
            models.CheckConstraint(
                condition=Q(state="active", ended_at__isnull=True, ended_on__isnull=True)
                | Q(state="ended", ended_at__isnull=False, ended_on__isnull=False),
                name="registry_recordal_end",
            ),
            models.CheckConstraint(
                condition=~Q(kind="pledge") | Q(amount_micro__isnull=False), name="registry_pledge_has_amount"
            ),
        ]
        indexes = [models.Index(fields=["state", "kind"], name="registry_recordal_state")]


class RecordalVersion(models.Model):
    """What the register says of a licence or a pledge from an act on, and which act that was; never changed.

    `place` counts from 0, as recorded; `leaf_place` is the act's in the log. `document` names the agreement that a
    change rests on, `consent` that of the creditors whom it could harm.
    """

    recordal = models.ForeignKey(Recordal, models.PROTECT, related_name="+")
    place = models.IntegerField()
    leaf_place = models.IntegerField()
    act = models.CharField(max_length=12, choices=[(one.value, one.value) for one in RecordalAct])
    actor_name = models.CharField(max_length=150)
    recorded_at = models.DateTimeField()
    rank = models.IntegerField()
    counterpart = models.CharField(max_length=500)
    description = models.TextField(blank=True)
    amount_micro = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3, blank=True)
    until_on = models.DateField(null=True)
    consent = models.CharField(max_length=500, blank=True)
    document = models.CharField(max_length=500, blank=True)
    commitment = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["recordal", "place"], name="registry_recordal_version_once"),
            models.CheckConstraint(condition=Q(place__gte=0, rank__gt=0), name="registry_recordal_version_counts"),
            models.CheckConstraint(
                condition=Q(amount_micro__isnull=True, currency="") | Q(amount_micro__gt=0) & ~Q(currency=""),
                name="registry_recordal_version_amount",
            ),
        ]
        indexes = [models.Index(fields=["act", "recorded_at"], name="registry_recordal_act")]


class RecordalParticulars(models.Model):
    """The other party of a recordal with identifier and address, as canonical JSON with its salt.

    `place` is that of the version which named the party; an assignment names another.
    """

    recordal = models.ForeignKey(Recordal, models.PROTECT, related_name="+")
    place = models.IntegerField(default=0)
    body = models.TextField()
    salt = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["recordal", "place"], name="registry_recordal_party_once")]


class Consent(models.Model):
    """A creditor's written consent to what an application asks for: `document` names the paper."""

    recordal = models.ForeignKey(Recordal, models.PROTECT, related_name="+")
    application = models.ForeignKey("registry.Application", models.PROTECT, related_name="+")
    document = models.CharField(max_length=500)
    actor_name = models.CharField(max_length=150)
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["recordal", "application"], name="registry_consent_once")]
