"""MARC at the door: told by the leader of its first record, or by the elements of MARCXML."""

import re

from muniment.kernel.formats.door import CERTAIN_PPM, Becomes, Format, Head, Recognised
from muniment.kernel.formats.previews import read_by

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


_CHECK, _PREVIEW = read_by(__package__)

FORMAT = Format(
    name="marc",
    title="MARC 21",
    becomes=Becomes.EDITIONS,
    versions=("MARC 21",),
    recognise=_recognise,
    check=_CHECK,
    preview=_PREVIEW,
)
