"""The older name of `muniment payments`."""

from muniment.interfaces.cli.payments import app

NAME = "payment"

__all__ = ["NAME", "app"]
