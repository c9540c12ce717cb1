"""Tables of parties. Facts that decide who is paid carry a valid period (days) and a known period (instants)."""

from django.db import models
from django.db.models import F, Q

from muniment.kernel.words.shares import Right
from muniment.rights.parties.rules.search import KEY_LENGTH
from muniment.rights.parties.rules.values import NameKind, PartyKind

_RIGHTS = [(right.value, right.name.lower()) for right in Right]


def _in_order(first: str, last: str) -> Q:
    """Return the condition that the interval, open where null, does not end before it begins."""
    return Q(**{f"{first}__isnull": True}) | Q(**{f"{last}__isnull": True}) | Q(**{f"{last}__gte": F(first)})


class Party(models.Model):
    """A person or firm. `ipi_name` and `name` are those of the main name, kept here to be read without a join."""

    kind = models.CharField(max_length=12, choices=[(kind.value, kind.value) for kind in PartyKind])
    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=300)
    sort_name = models.CharField(max_length=120, db_index=True)
    ipi_name = models.CharField(max_length=11, null=True, unique=True)
    ipi_base = models.CharField(max_length=11, null=True, unique=True)
    isni = models.CharField(max_length=16, null=True, unique=True)
    society_code = models.CharField(max_length=3, null=True, unique=True)
    country = models.CharField(max_length=2, blank=True)
    intake = models.ForeignKey("batches.Intake", models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="parties_party_has_name"),
            models.CheckConstraint(
                condition=Q(society_code__isnull=True) | Q(kind="society"), name="parties_party_society_code"
            ),
        ]


class PartyName(models.Model):
    """A name of a party, the main one included; an IPI name number belongs to one name."""

    party = models.ForeignKey(Party, models.PROTECT, related_name="+")
    name = models.CharField(max_length=300)
    folded = models.CharField(max_length=300, db_index=True)
    script = models.CharField(max_length=4)
    kind = models.CharField(max_length=16, choices=[(kind.value, kind.value) for kind in NameKind])
    language = models.CharField(max_length=8, blank=True)
    ipi_name = models.CharField(max_length=11, null=True, unique=True)
    intake = models.ForeignKey("batches.Intake", models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["party", "name", "kind"], name="parties_name_once"),
            models.UniqueConstraint(fields=["party"], condition=Q(kind="main"), name="parties_name_one_main"),
        ]


class PartyKey(models.Model):
    """A search key of a party: see rules/search.py. Derived from names and numbers, and rebuilt with them."""

    party = models.ForeignKey(Party, models.CASCADE, related_name="+")
    key = models.CharField(max_length=KEY_LENGTH)

    class Meta:
        # The operator class makes LIKE 'x%' use the index under any collation of PostgreSQL; SQLite ignores it.
        indexes = [
            models.Index(fields=["key", "party"], name="parties_key", opclasses=["varchar_pattern_ops", "int8_ops"])
        ]


class Membership(models.Model):
    """A party's time as our member."""

    party = models.ForeignKey(Party, models.PROTECT, related_name="+")
    member_number = models.CharField(max_length=40, db_index=True)
    joined_on = models.DateField(null=True)
    left_on = models.DateField(null=True)
    intake = models.ForeignKey("batches.Intake", models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=_in_order("joined_on", "left_on"), name="parties_membership_order"),
            models.UniqueConstraint(
                fields=["party"], condition=Q(left_on__isnull=True), name="parties_membership_one_open"
            ),
            models.UniqueConstraint(
                fields=["member_number"], condition=Q(left_on__isnull=True), name="parties_membership_number"
            ),
        ]


class Mandate(models.Model):
    """A right that a party gave us to manage, in a set of territories, for a class of works, for a time."""

    party = models.ForeignKey(Party, models.PROTECT, related_name="+")
    right = models.CharField(max_length=2, choices=_RIGHTS)
    territories = models.CharField(max_length=600)
    work_class = models.CharField(max_length=20, blank=True)
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)
    known_from = models.DateTimeField()
    known_to = models.DateTimeField(null=True)
    intake = models.ForeignKey("batches.Intake", models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=_in_order("valid_from", "valid_to"), name="parties_mandate_valid_order"),
            models.CheckConstraint(condition=_in_order("known_from", "known_to"), name="parties_mandate_known_order"),
        ]


class Affiliation(models.Model):
    """Belonging to a sister society, for one right or (empty) for all."""

    party = models.ForeignKey(Party, models.PROTECT, related_name="+")
    society = models.ForeignKey(Party, models.PROTECT, related_name="+")
    right = models.CharField(max_length=2, choices=_RIGHTS, blank=True)
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)
    known_from = models.DateTimeField()
    known_to = models.DateTimeField(null=True)
    intake = models.ForeignKey("batches.Intake", models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=_in_order("valid_from", "valid_to"), name="parties_affiliation_valid_order"
            ),
            models.CheckConstraint(
                condition=_in_order("known_from", "known_to"), name="parties_affiliation_known_order"
            ),
            models.CheckConstraint(condition=~Q(society=F("party")), name="parties_affiliation_not_self"),
        ]


class Successor(models.Model):
    """A fraction of what the predecessor owned, passed to the successor."""

    predecessor = models.ForeignKey(Party, models.PROTECT, related_name="+")
    successor = models.ForeignKey(Party, models.PROTECT, related_name="+")
    share_ppm = models.IntegerField()
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)
    known_from = models.DateTimeField()
    known_to = models.DateTimeField(null=True)
    intake = models.ForeignKey("batches.Intake", models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(share_ppm__gt=0) & Q(share_ppm__lte=1_000_000), name="parties_successor_share"
            ),
            models.CheckConstraint(condition=~Q(predecessor=F("successor")), name="parties_successor_not_self"),
            models.CheckConstraint(condition=_in_order("valid_from", "valid_to"), name="parties_successor_valid_order"),
            models.CheckConstraint(condition=_in_order("known_from", "known_to"), name="parties_successor_known_order"),
        ]


class BankAccount(models.Model):
    """An account that money may go to: proposed by one person, decided by another, later replaced by the next."""

    party = models.ForeignKey(Party, models.PROTECT, related_name="+")
    holder = models.CharField(max_length=140)
    iban = models.CharField(max_length=34)
    bic = models.CharField(max_length=11, blank=True)
    state = models.CharField(
        max_length=10, choices=[(state, state) for state in ("proposed", "approved", "replaced", "refused")]
    )
    proposed_by = models.CharField(max_length=150)
    proposed_at = models.DateTimeField()
    decided_by = models.CharField(max_length=150, blank=True)
    decided_at = models.DateTimeField(null=True)
    intake = models.ForeignKey("batches.Intake", models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["party"], condition=Q(state="approved"), name="parties_bank_one_approved"),
            models.UniqueConstraint(fields=["party"], condition=Q(state="proposed"), name="parties_bank_one_proposed"),
            models.CheckConstraint(
                condition=Q(state="proposed", decided_by="", decided_at__isnull=True)
                | (~Q(state="proposed") & ~Q(decided_by="") & Q(decided_at__isnull=False)),
                name="parties_bank_decision",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["proposed", "refused"]) | ~Q(decided_by=F("proposed_by")),
                name="parties_bank_second_person",
            ),
        ]


class PartyMerge(models.Model):
    """Two records of one party made one: whoever asks for `dropped` between the two instants is led to `kept`.

    `steps` are the fields that the merge changed, in order: [table, row, field, before, after], and the facts that it
    closed and opened: [table, closed row, opened row]. They are all that an undo needs.
    """

    kept = models.ForeignKey(Party, models.PROTECT, related_name="+")
    dropped = models.ForeignKey(Party, models.PROTECT, related_name="+")
    steps = models.JSONField(default=list)
    merged_at = models.DateTimeField()
    merged_by = models.CharField(max_length=150)
    undone_at = models.DateTimeField(null=True)
    undone_by = models.CharField(max_length=150, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["dropped"], condition=Q(undone_at__isnull=True), name="parties_merge_one_in_force"
            ),
            models.CheckConstraint(condition=~Q(kept=F("dropped")), name="parties_merge_not_itself"),
            models.CheckConstraint(
                condition=Q(undone_at__isnull=True) | Q(undone_at__gte=F("merged_at")), name="parties_merge_order"
            ),
        ]
