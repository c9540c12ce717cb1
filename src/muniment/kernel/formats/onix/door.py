"""ONIX at the door: told by its first element; version 2.1 too, so that its refusal can name it."""

from collections.abc import Iterator
from pathlib import Path

from muniment.kernel.formats.door import CERTAIN_PPM, Becomes, Format, Head, Preview, Recognised
from muniment.kernel.words.problems import Problem


def _recognise(head: Head) -> Recognised | None:
    root = head.xml_root
    if root is None or root[1].lower() != "onixmessage":
        return None
    start = head.text[:4_000]
    version = next((told for told in ("3.1", "3.0", "2.1") if f'"{told}"' in start or f"/{told}/" in start), "2.1")
    profile = "short tags" if root[1] == "ONIXmessage" else "reference tags"
    return Recognised(version, profile, CERTAIN_PPM, f"its first element is {root[1]}")


def _check(path: Path) -> Iterator[Problem]:
    from muniment.kernel.formats.onix.reading import check

    return check(path)


def _preview(path: Path, line_count: int) -> Preview:
    from muniment.kernel.formats.onix.reading import read_records
    from muniment.kernel.formats.previews import preview_of

    return preview_of(read_records(path), line_count)


FORMAT = Format(
    name="onix",
    title="ONIX for Books",
    becomes=Becomes.EDITIONS,
    versions=("3.0", "3.1"),
    recognise=_recognise,
    check=_check,
    preview=_preview,
)
