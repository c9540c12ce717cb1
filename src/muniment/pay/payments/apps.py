"""Django's handle on this package."""

from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    """Registers `muniment.pay.payments` under the short label `payments`."""

    name = "muniment.pay.payments"
    label = "payments"
    default_auto_field = "django.db.models.BigAutoField"
