"""Django's handle on this package."""

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    """Registers `muniment.trust.ledger` under the short label `ledger`."""

    name = "muniment.trust.ledger"
    label = "ledger"
    default_auto_field = "django.db.models.BigAutoField"
