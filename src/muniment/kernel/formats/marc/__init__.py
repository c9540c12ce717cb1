"""MARC 21: records of libraries as works of letters, notated music or pictures, with their editions.

Comes in: ISO 2709 (UTF-8 or MARC-8), MARCXML, or MARC in JSON. Goes out: for each record a work with its titles in all
scripts, its people with dates, numbers and roles, and its edition with ISBN, ISSN and other numbers.

Always holds: one record in memory at a time; UNIMARC is recognised and refused by its name; a record that cannot be
read costs only itself.
"""

from muniment.kernel.formats.marc.reading import check, read_records
from muniment.kernel.formats.marc.rules import RULES

__all__ = ["RULES", "check", "read_records"]
