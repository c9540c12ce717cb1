"""The table of claims: with which code a member may take up a registration that nobody's login stands behind."""

from django.db import models
from django.db.models import Q

from muniment.rights.registry.rules.claims import ClaimState

_CHOICES = [(one.value, one.value) for one in ClaimState]
_ASKED = Q(state__in=("asked", "granted", "refused"))


class Claim(models.Model):
    """A one-time code for a registration and what became of it; of the code only its SHA-256 is kept.

    `place` counts the claims of a registration from 0. The code is good up to and with `until_on`; `party` is the
    member who asked with it.
    """

    registration = models.ForeignKey("registry.Registration", models.PROTECT, related_name="+")
    place = models.IntegerField()
    state = models.CharField(max_length=10, choices=_CHOICES, db_index=True)
    code_sha256 = models.CharField(max_length=64, unique=True)
    issued_at = models.DateTimeField()
    issued_by = models.CharField(max_length=150)
    until_on = models.DateField()
    party = models.ForeignKey("parties.Party", models.PROTECT, null=True, related_name="+")
    asked_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=150, blank=True)
    reason = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["registration", "place"], name="registry_claim_place_once"),
            models.UniqueConstraint(
                fields=["registration"], condition=Q(state__in=("open", "asked")), name="registry_claim_one_stands"
            ),
            models.CheckConstraint(
                condition=~_ASKED | Q(party__isnull=False, asked_at__isnull=False), name="registry_claim_was_asked"
            ),
            models.CheckConstraint(
                condition=Q(state__in=("open", "asked"), decided_at__isnull=True)
                | ~Q(state__in=("open", "asked")) & Q(decided_at__isnull=False),
                name="registry_claim_is_decided",
            ),
        ]
