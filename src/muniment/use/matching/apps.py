"""Django's handle on this package."""

from django.apps import AppConfig


class MatchingConfig(AppConfig):
    """Registers `muniment.use.matching` under the short label `matching`."""

    name = "muniment.use.matching"
    label = "matching"
    default_auto_field = "django.db.models.BigAutoField"
