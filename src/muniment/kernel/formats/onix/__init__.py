"""ONIX for Books 3.0 and 3.1: products of publishers as works of letters with their editions.

Comes in: a message in reference or short tags, of any size. Goes out: for each product a work with its titles,
contributors and languages, and the product as its edition.

Always holds: one product in memory at a time; no entity is resolved and no network asked; ONIX 2.1 is recognised and
refused by its name.
"""

from muniment.kernel.formats.onix.reading import check, read_records
from muniment.kernel.formats.onix.rules import RULES

__all__ = ["RULES", "check", "read_records"]
