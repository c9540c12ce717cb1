"""Django's handle on this package."""

from django.apps import AppConfig


class PartiesConfig(AppConfig):
    """Registers `muniment.rights.parties` under the short label `parties`."""

    name = "muniment.rights.parties"
    label = "parties"
    default_auto_field = "django.db.models.BigAutoField"
