"""MARC at the door: told by the leader of its first record, or by the elements of MARCXML."""

import re
from collections.abc import Iterator
from pathlib import Path

from muniment.kernel.formats.door import CERTAIN_PPM, Becomes, Format, Head, Preview, Recognised
from muniment.kernel.words.problems import Problem

_LEADER = re.compile(rb"\d{5}[a-z ][a-z].{13}45.{2}", re.DOTALL)
_NAMESPACE = "http://www.loc.gov/MARC21/slim"


def _recognise(head: Head) -> Recognised | None:
    root = head.xml_root
    if root is not None:
        if root[0] == _NAMESPACE or (root[1] in ("collection", "record") and "<leader>" in head.text):
            return Recognised("MARC 21", "MARCXML", CERTAIN_PPM, "its elements are those of MARCXML")
        return None
    start = head.start[:4_000].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start[:1] in b"[{" and b'"leader"' in start and b'"fields"' in start:
        return Recognised("MARC 21", "JSON", 950_000, "it has leaders and fields")
    if _LEADER.match(start[:24]) and b"\x1e" in head.start:
        tags = {bytes(start[24 + at : 27 + at]) for at in range(0, max(0, start.find(b"\x1e") - 24), 12)}
        unimarc = b"200" in tags and b"245" not in tags
        because = "its leader and directory are those of ISO 2709"
        return Recognised("UNIMARC" if unimarc else "MARC 21", "ISO 2709", CERTAIN_PPM, because)
    return None


def _check(path: Path) -> Iterator[Problem]:
    from muniment.kernel.formats.marc.reading import check

    return check(path)


def _preview(path: Path, line_count: int) -> Preview:
    from muniment.kernel.formats.marc.reading import read_records
    from muniment.kernel.formats.previews import preview_of

    return preview_of(read_records(path), line_count)


FORMAT = Format(
    name="marc",
    title="MARC 21",
    becomes=Becomes.EDITIONS,
    versions=("MARC 21",),
    recognise=_recognise,
    check=_check,
    preview=_preview,
)
