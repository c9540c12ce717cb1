"""Django's handle on this package."""

from django.apps import AppConfig


class BatchesConfig(AppConfig):
    """Registers `muniment.trust.batches` under the short label `batches`."""

    name = "muniment.trust.batches"
    label = "batches"
    default_auto_field = "django.db.models.BigAutoField"
