"""Django's handle on this package."""

from django.apps import AppConfig


class WorksConfig(AppConfig):
    """Registers `muniment.rights.works` under the short label `works`."""

    name = "muniment.rights.works"
    label = "works"
    default_auto_field = "django.db.models.BigAutoField"
