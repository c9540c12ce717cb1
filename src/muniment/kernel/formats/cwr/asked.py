"""What the rules of whole works ask of each kind of record: so works that are built alike are checked once.

A catalogue has few builds: so many writers with these roles and shares, such a chain of publishers, these territories.
Titles and most numbers are asked by no rule about the whole work; names and numbers of parties are only compared with
one another, so the order in which they first appear stands for them (see `checks.builds`).
"""

from collections.abc import Hashable, Mapping
from itertools import repeat
from typing import NamedTuple

from muniment.kernel.formats.cwr.rules import Values

_LACKING = object()
"""What stands for a field that records of this version do not have."""
_DEFAULTED = ("recording_format", "recording_technique")


class Asked(NamedTuple):
    """What is asked of a kind of record.

    `fields` are those whose values are looked at; `names` are only compared: with each other, with blank and with what
    the public domain is called; `told` says that it is asked whether a recording is told of.
    """

    fields: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    told: bool = False


_SHARES = ("pr_share", "mr_share", "sr_share")
_HEADER = Asked(("version_type", "text_music", "distribution_category", "work_type", "composite_type"))
_PUBLISHER = Asked(
    (*_SHARES, "publisher_sequence", "publisher_type", "publisher_unknown"),
    ("ip_number", "publisher_name", "ipi_name"),
)
_WRITER = Asked((*_SHARES, "role", "writer_unknown"), ("ip_number", "last_name"))
_TERM = Asked((*_SHARES, "tis", "inclusion", "sequence", "shares_change"), ("ip_number",))
_LINK = Asked(("publisher_sequence",), ("publisher_ip_number", "publisher_name", "writer_ip_number"))
ASKED: Mapping[str, Asked] = {
    **dict.fromkeys(("NWR", "REV", "ISW", "EXC"), _HEADER),
    **dict.fromkeys(("SPU", "OPU"), _PUBLISHER),
    **dict.fromkeys(("SWR", "OWR"), _WRITER),
    **dict.fromkeys(("SPT", "OPT", "SWT", "OWT"), _TERM),
    "PWR": _LINK,
    "NPN": Asked(("publisher_sequence",), ("ip_number",)),
    "NWN": Asked(names=("ip_number",)),
    "NAT": Asked(("title_type",)),
    "ALT": Asked(),
    "PER": Asked(),
    "REC": Asked(names=("recording_number",), told=True),
    "ORN": Asked(("isan", "isan_check", "episode", "version", "version_check", "eidr"), ("production_title",)),
}
"""Of the other kinds, which few works have, everything is taken as asked."""


def part_of(kind: str, values: Values) -> Hashable:
    """Return what a record gives to the build of its work, but for the names."""
    asked = ASKED.get(kind)
    if asked is None:
        return (kind, *values.items())
    told = (tells_of_recording(values),) if asked.told else ()
    lacks = (name for name in asked.names if name not in values)
    return (kind, *told, *map(values.get, asked.fields, repeat(_LACKING)), *lacks)


def tells_of_recording(values: Values) -> bool:
    """Say whether a REC says anything but the two fields that have a value where they are blank."""
    return any(value for name, value in values.items() if name not in _DEFAULTED)
