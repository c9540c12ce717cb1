"""Tables of people and of what they did."""

from typing import ClassVar

from django.contrib.auth.models import AbstractUser
from django.db import models

from muniment.trust.access.rules import Role


class User(AbstractUser):
    """A person with a login, in one role; a member's login stands for one party."""

    role = models.CharField(max_length=20, choices=[(role.value, role.value) for role in Role])
    party_id = models.BigIntegerField(null=True, blank=True)
    language = models.CharField(max_length=8, default="en")

    REQUIRED_FIELDS: ClassVar[list[str]] = ["role"]

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(role="member", party_id__isnull=False)
                | (~models.Q(role="member") & models.Q(party_id__isnull=True)),
                name="access_user_party_of_member_only",
            )
        ]


class ChainHead(models.Model):
    """The last link of one hash chain; the row is what writers of any chain lock (see `services.lock_heads`)."""

    name = models.CharField(max_length=20, primary_key=True)
    seq = models.BigIntegerField()
    hash = models.CharField(max_length=64)


class AuditEvent(models.Model):
    """One act of one person, chained to the one before; triggers refuse to change or delete it."""

    seq = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField(db_index=True)
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(max_length=150, db_index=True)
    tag = models.CharField(max_length=60, db_index=True)
    subject_kind = models.CharField(max_length=40)
    subject_id = models.CharField(max_length=200)
    before = models.TextField(blank=True)
    after = models.TextField(blank=True)
    prev_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        indexes = [models.Index(fields=["subject_kind", "subject_id", "seq"], name="access_event_subject")]
