"""Django's handle on this package."""

from django.apps import AppConfig


class DistributionsConfig(AppConfig):
    """Registers `muniment.pay.distributions` under the short label `distributions`."""

    name = "muniment.pay.distributions"
    label = "distributions"
    default_auto_field = "django.db.models.BigAutoField"
