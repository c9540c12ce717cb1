"""KBART at the door: told by the names of its columns."""

from collections.abc import Iterator
from pathlib import Path

from muniment.kernel.formats.door import Becomes, Format, Head, Preview, Recognised
from muniment.kernel.words.problems import Problem

_TELLING = frozenset({"print_identifier", "online_identifier", "title_id", "coverage_depth", "embargo_info"})
_IN_PHASE_2 = frozenset({"publication_type", "access_type", "first_editor", "notes"})


def _recognise(head: Head) -> Recognised | None:
    lines = head.first_lines
    names = {name.strip().strip('"').lower() for name in lines[0].split("\t")} if lines and not head.members else set()
    if "publication_title" not in names or len(names & _TELLING) < 2:
        return None
    phase = "phase 2" if names & _IN_PHASE_2 else "phase 1"
    return Recognised(phase, "", 950_000, "it has the columns of a title list")


def _check(path: Path) -> Iterator[Problem]:
    from muniment.kernel.formats.kbart.reading import check

    return check(path)


def _preview(path: Path, line_count: int) -> Preview:
    from muniment.kernel.formats.kbart.reading import read_records
    from muniment.kernel.formats.previews import preview_of

    return preview_of(read_records(path), line_count)


FORMAT = Format(
    name="kbart",
    title="KBART title list",
    becomes=Becomes.TITLE_LIST,
    versions=("phase 1", "phase 2"),
    recognise=_recognise,
    check=_check,
    preview=_preview,
)
