"""Django's handle on this package."""

from django.apps import AppConfig


class AccessConfig(AppConfig):
    """Registers `muniment.trust.access` under the short label `access`."""

    name = "muniment.trust.access"
    label = "access"
    default_auto_field = "django.db.models.BigAutoField"
