"""BWARM: the repertoire of a society as a bulk database that others load, versions 1.0.1 and 2.0.

Comes in: a folder with a tab-separated file for each table. Goes out: works with their titles, numbers, shares and
recordings as neutral records, and such folders, with a manifest.

Always holds: memory does not grow with the set; a line that refers to what is not there is told with its number;
what is written can be read again without a problem.
"""

from muniment.kernel.formats.bwarm.cells import read_share_ppm, shorter_place, write_territories
from muniment.kernel.formats.bwarm.fileset import FileSet, open_set
from muniment.kernel.formats.bwarm.layout import VERSIONS, layout_of
from muniment.kernel.formats.bwarm.reading import NO_ARTIST, check, read_set
from muniment.kernel.formats.bwarm.rules import RULES
from muniment.kernel.formats.bwarm.sums import countries_in
from muniment.kernel.formats.bwarm.writing import NotWritable, SetWriter

__all__ = [
    "NO_ARTIST",
    "RULES",
    "VERSIONS",
    "FileSet",
    "NotWritable",
    "SetWriter",
    "check",
    "countries_in",
    "layout_of",
    "open_set",
    "read_set",
    "read_share_ppm",
    "shorter_place",
    "write_territories",
]
