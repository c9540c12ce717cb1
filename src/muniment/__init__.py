"""Muniment keeps the whole life of a right, from the first document to the payment."""

__version__ = "0.1.0"
