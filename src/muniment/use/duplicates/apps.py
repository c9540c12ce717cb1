"""The Django application of duplicates."""

from django.apps import AppConfig


class DuplicatesConfig(AppConfig):
    """Duplicates as Django knows them."""

    name = "muniment.use.duplicates"
    label = "duplicates"
