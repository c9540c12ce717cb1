"""Django's handle on this package."""

from django.apps import AppConfig


class RegistryConfig(AppConfig):
    """Registers `muniment.rights.registry` under the short label `registry`."""

    name = "muniment.rights.registry"
    label = "registry"
    default_auto_field = "django.db.models.BigAutoField"
