"""ERN at the door: told by the namespace of its first element; other messages of DDEX too, so that they are named."""

import re
from collections.abc import Iterator
from pathlib import Path

from muniment.kernel.formats.door import CERTAIN_PPM, Becomes, Format, Head, Preview, Recognised
from muniment.kernel.words.problems import Problem

_NAMESPACE = re.compile(r"https?://(?:www\.)?ddex\.net/xml/(?:\d{4}/)?ern(?:-main)?/(\d)(\d*)")


def _recognise(head: Head) -> Recognised | None:
    root = head.xml_root
    if root is None:
        return None
    namespace, name = root
    found = _NAMESPACE.match(namespace)
    if found is None:
        return None
    version = ".".join((found[1], *found[2])) if found[2] else found[1]
    return Recognised(version, name, CERTAIN_PPM, f"its namespace is that of ERN {version}")


def _check(path: Path) -> Iterator[Problem]:
    from muniment.kernel.formats.ern.reading import check

    return check(path)


def _preview(path: Path, line_count: int) -> Preview:
    from muniment.kernel.formats.ern.reading import read_records
    from muniment.kernel.formats.previews import preview_of

    return preview_of(read_records(path), line_count)


FORMAT = Format(
    name="ern",
    title="DDEX ERN (release notification)",
    becomes=Becomes.RECORDINGS,
    versions=("3.8", "4"),
    recognise=_recognise,
    check=_check,
    preview=_preview,
)
