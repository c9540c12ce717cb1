"""ERN at the door: told by the namespace of its first element; other messages of DDEX too, so that they are named."""

import re

from muniment.kernel.formats.door import CERTAIN_PPM, Becomes, Format, Head, Recognised
from muniment.kernel.formats.previews import read_by

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


_CHECK, _PREVIEW = read_by(__package__)

FORMAT = Format(
    name="ern",
    title="DDEX ERN (release notification)",
    becomes=Becomes.RECORDINGS,
    versions=("3.8", "4"),
    recognise=_recognise,
    check=_CHECK,
    preview=_PREVIEW,
)
