"""Django's handle on this package."""

from django.apps import AppConfig


class EvidenceConfig(AppConfig):
    """Registers `muniment.trust.evidence` under the short label `evidence`."""

    name = "muniment.trust.evidence"
    label = "evidence"
    default_auto_field = "django.db.models.BigAutoField"
