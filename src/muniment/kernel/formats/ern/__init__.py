"""DDEX ERN 3.8 and 4.x: the sound recordings of a release notification.

Comes in: a NewReleaseMessage. Goes out: its sound recordings with ISRC, titles, artists, contributors, duration, P
line, rights controllers and the ISWCs of the works in them.

Always holds: one recording in memory at a time; no entity is resolved and no network asked; another version or another
message of the family is recognised by its namespace and refused by its name.
"""

from muniment.kernel.formats.ern.reading import check, read_records
from muniment.kernel.formats.ern.rules import RULES

__all__ = ["RULES", "check", "read_records"]
