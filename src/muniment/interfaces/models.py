"""The one table the interfaces keep: forms that have been carried out."""

from django.db import models


class SpentForm(models.Model):
    """A form that was sent and carried out; its token never acts again."""

    token = models.CharField(max_length=64, unique=True)
    spent_at = models.DateTimeField()
    location = models.CharField(max_length=500)
