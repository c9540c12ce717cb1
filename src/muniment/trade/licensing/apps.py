"""Django's handle on this package."""

from django.apps import AppConfig


class LicensingConfig(AppConfig):
    """Registers `muniment.trade.licensing` under the short label `licensing`."""

    name = "muniment.trade.licensing"
    label = "licensing"
    default_auto_field = "django.db.models.BigAutoField"
