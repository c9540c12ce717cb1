"""BWARM at the door: told by the names of its tables, since its lines say nothing of what they are."""

from collections.abc import Iterator
from pathlib import Path

from muniment.kernel.formats.door import Becomes, Format, Head, Preview, Recognised
from muniment.kernel.words.problems import Problem

_TABLES = {"1.0.1": ("works.tsv", "workrightshares.tsv"), "2.0": ("musicalworks.tsv", "musicalworkrightshares.tsv")}
_WORKS = {"1.0.1": ("works.tsv", 11), "2.0": ("musicalworks.tsv", 13)}
_CERTAIN, _PROBABLE = 950_000, 600_000


def _recognise(head: Head) -> Recognised | None:
    names = set(head.member_names)
    for version, (works, shares) in _TABLES.items():
        if works in names and shares in names:
            return Recognised(version, "", _CERTAIN, f"it has the tables {works} and {shares}")
        if works in names and "parties.tsv" in names:
            return Recognised(version, "", _PROBABLE, f"it has the tables {works} and parties.tsv")
    for version, (works, cell_count) in _WORKS.items():
        lines = [line for line in head.first_lines if not line.startswith("#")]
        if head.file_name.lower() == works and lines and lines[0].count("\t") + 1 == cell_count:
            return Recognised(version, "", _PROBABLE, f"it is named {works} and has {cell_count} cells a line")
    return None


def _check(path: Path) -> Iterator[Problem]:
    from muniment.kernel.formats.bwarm.reading import check

    return check(path)


def _preview(path: Path, line_count: int) -> Preview:
    from muniment.kernel.formats.bwarm.previewing import preview

    return preview(path, line_count)


FORMAT = Format(
    name="bwarm",
    title="BWARM (bulk repertoire)",
    becomes=Becomes.WORKS,
    versions=("1.0.1", "2.0"),
    recognise=_recognise,
    check=_check,
    preview=_preview,
    writes=True,
    official=False,
)
