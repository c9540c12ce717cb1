"""Tables of people."""

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
