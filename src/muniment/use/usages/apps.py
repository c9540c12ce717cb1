"""Django's handle on this package."""

from django.apps import AppConfig


class UsagesConfig(AppConfig):
    """Registers `muniment.use.usages` under the short label `usages`."""

    name = "muniment.use.usages"
    label = "usages"
    default_auto_field = "django.db.models.BigAutoField"
