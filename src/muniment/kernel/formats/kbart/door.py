"""KBART at the door: told by the names of its columns."""

from muniment.kernel.formats.door import Becomes, Format, Head, Recognised
from muniment.kernel.formats.previews import read_by

_TELLING = frozenset({"print_identifier", "online_identifier", "title_id", "coverage_depth", "embargo_info"})
_IN_PHASE_2 = frozenset({"publication_type", "access_type", "first_editor", "notes"})


def _recognise(head: Head) -> Recognised | None:
    lines = head.first_lines
    names = {name.strip().strip('"').lower() for name in lines[0].split("\t")} if lines and not head.members else set()
    if "publication_title" not in names or len(names & _TELLING) < 2:
        return None
    phase = "phase 2" if names & _IN_PHASE_2 else "phase 1"
    return Recognised(phase, "", 950_000, "it has the columns of a title list")


_CHECK, _PREVIEW = read_by(__package__)

FORMAT = Format(
    name="kbart",
    title="KBART title list",
    becomes=Becomes.TITLE_LIST,
    versions=("phase 1", "phase 2"),
    recognise=_recognise,
    check=_CHECK,
    preview=_PREVIEW,
)
