"""The one door: what a file is, whichever format of the field it is of.

Comes in: a file, an archive or a folder. Goes out: its format with version and profile and why it was taken for it,
every problem in it, a preview, and the format's own answer. `records` has the neutral records that formats about
works, recordings and editions yield.

Always holds: formats are found by folder, so that adding one touches nothing here; nothing is believed of a name;
archives are unpacked under limits; what is not known is `NotRecognised`, what is two things `AmbiguousFile`.
"""

from muniment.kernel.formats.door.checking import Tally, as_read, check_file, preview_file, refused_as_whole
from muniment.kernel.formats.door.describing import (
    CERTAIN_PPM,
    Becomes,
    Format,
    Head,
    Preview,
    Recognised,
    Rule,
)
from muniment.kernel.formats.door.finding import UnknownFormat, all_formats, format_of
from muniment.kernel.formats.door.looking import LIMITS, Limits, head_of, keep_stream, safe_name, unpacked
from muniment.kernel.formats.door.recognising import (
    AmbiguousFile,
    NotRecognised,
    Recognition,
    as_format,
    recognise,
    recognise_head,
)
from muniment.kernel.formats.door.showing import shown

__all__ = [
    "CERTAIN_PPM",
    "LIMITS",
    "AmbiguousFile",
    "Becomes",
    "Format",
    "Head",
    "Limits",
    "NotRecognised",
    "Preview",
    "Recognised",
    "Recognition",
    "Rule",
    "Tally",
    "UnknownFormat",
    "all_formats",
    "as_format",
    "as_read",
    "check_file",
    "format_of",
    "head_of",
    "keep_stream",
    "preview_file",
    "recognise",
    "recognise_head",
    "refused_as_whole",
    "safe_name",
    "shown",
    "unpacked",
]
