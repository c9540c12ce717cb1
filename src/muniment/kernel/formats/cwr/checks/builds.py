"""How a work is built: all that the general rules ask of its records, so that works of one build are checked once.

A catalogue has few builds: so many writers with these roles and shares, such a chain of publishers, these territories.
Titles and most numbers are asked by no rule about the whole work; names and numbers of parties are only compared with
one another, so the order in which they first appear stands for them.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from operator import itemgetter
from typing import NamedTuple

from muniment.kernel.formats.cwr.checks.work import PUBLIC_DOMAIN
from muniment.kernel.formats.cwr.checks.works import tells_of_recording
from muniment.kernel.formats.cwr.records import CwrRecord
from muniment.kernel.formats.cwr.rules import Value, Values

_LACKING = object()
"""What stands for a field that records of this version do not have."""


class Asked(NamedTuple):
    """What the rules of whole works ask of a kind of record.

    `pick` gives the values that they look at; `names` are fields that they only compare: with each other, with blank
    and with what the public domain is called.
    """

    pick: Callable[[Values], object] = len
    names: tuple[str, ...] = ()


_SHARES = ("pr_share", "mr_share", "sr_share")
_HEADER = Asked(itemgetter("version_type", "text_music", "distribution_category", "work_type", "composite_type"))
_PUBLISHER = Asked(
    itemgetter(*_SHARES, "publisher_sequence", "publisher_type", "publisher_unknown"),
    ("ip_number", "publisher_name", "ipi_name"),
)
_WRITER = Asked(itemgetter(*_SHARES, "role", "writer_unknown"), ("ip_number", "last_name"))
_TERM = Asked(itemgetter(*_SHARES, "tis", "inclusion", "sequence", "shares_change"), ("ip_number",))
_LINK = Asked(
    lambda values: values.get("publisher_sequence", _LACKING),
    ("publisher_ip_number", "publisher_name", "writer_ip_number"),
)
_RECORDING = Asked(tells_of_recording, ("recording_number",))
_ASKED: Mapping[str, Asked] = {
    **dict.fromkeys(("NWR", "REV", "ISW", "EXC"), _HEADER),
    **dict.fromkeys(("SPU", "OPU"), _PUBLISHER),
    **dict.fromkeys(("SWR", "OWR"), _WRITER),
    **dict.fromkeys(("SPT", "OPT", "SWT", "OWT"), _TERM),
    "PWR": _LINK,
    "NPN": Asked(itemgetter("publisher_sequence"), ("ip_number",)),
    "NWN": Asked(names=("ip_number",)),
    "NAT": Asked(itemgetter("title_type")),
    "ALT": Asked(),
    "PER": Asked(),
    "REC": _RECORDING,
}
_WHOLE = Asked(lambda values: tuple(values.items()))
"""Of the other kinds, which few works have, everything is taken as asked."""
_GIVEN: Mapping[Value, int] = {text: place for place, text in enumerate(("", *sorted(PUBLIC_DOMAIN)))}


def build_of(header: CwrRecord, records: Sequence[CwrRecord]) -> Hashable:
    """Return how a work is built.

    Works of one build keep or break the same rules, but for those of societies and of tables that a recipient has.
    """
    names = dict(_GIVEN)
    build: list[object] = []
    for kind, _, values, _, _ in (header, *records):
        asked = _ASKED.get(kind, _WHOLE)
        get = values.get
        build += kind, asked.pick(values)
        build += [names.setdefault(get(name), len(names)) for name in asked.names]
    return tuple(build)
