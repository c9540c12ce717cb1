"""Writes about works: registering them one by one or in bulk, correcting, linking, importing, undoing."""

from muniment.rights.works.services.register import register_works

__all__ = ["register_works"]
