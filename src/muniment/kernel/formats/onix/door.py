"""ONIX at the door: told by its first element; version 2.1 too, so that its refusal can name it."""

from muniment.kernel.formats.door import CERTAIN_PPM, Becomes, Format, Head, Recognised
from muniment.kernel.formats.previews import read_by


def _recognise(head: Head) -> Recognised | None:
    root = head.xml_root
    if root is None or root[1].lower() != "onixmessage":
        return None
    start = head.text[:4_000]
    version = next((told for told in ("3.1", "3.0", "2.1") if f'"{told}"' in start or f"/{told}/" in start), "2.1")
    profile = "short tags" if root[1] == "ONIXmessage" else "reference tags"
    return Recognised(version, profile, CERTAIN_PPM, f"its first element is {root[1]}")


_CHECK, _PREVIEW = read_by(__package__)

FORMAT = Format(
    name="onix",
    title="ONIX for Books",
    becomes=Becomes.EDITIONS,
    versions=("3.0", "3.1"),
    recognise=_recognise,
    check=_CHECK,
    preview=_PREVIEW,
)
