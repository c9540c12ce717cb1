"""The older name of `muniment payments`."""

from muniment.interfaces.cli.payments import app

__all__ = ["app"]
