"""Django's handle on the interfaces."""

from django.apps import AppConfig


class InterfacesConfig(AppConfig):
    """Registers the pages' own table under the label `interfaces`."""

    name = "muniment.interfaces"
    label = "interfaces"
    default_auto_field = "django.db.models.BigAutoField"
