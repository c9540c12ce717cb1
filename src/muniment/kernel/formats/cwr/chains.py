"""Who belongs to whom in a work: the records of each publisher and writer, gathered in their order."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from muniment.kernel.formats.cwr.records import CwrRecord
from muniment.kernel.formats.cwr.rules import Broken, broken

PUBLISHER_KINDS = frozenset({"SPU", "OPU"})
WRITER_KINDS = frozenset({"SWR", "OWR"})
_CONTROLLED = frozenset({"SPU", "SWR"})
_TERM_KINDS = frozenset({"SPT", "OPT", "SWT", "OWT"})
_FOLLOWS = {
    "SPT": frozenset({"SPU"}),
    "OPT": PUBLISHER_KINDS,
    "NPN": PUBLISHER_KINDS,
    "SWT": frozenset({"SWR"}),
    "OWT": frozenset({"OWR"}),
    "NWN": WRITER_KINDS,
    "PWR": WRITER_KINDS,
}
"""Which parties each record may belong to."""
_MISPLACED = {
    "SPT": "SPT-F01",
    "OPT": "SPT-F14",
    "NPN": "NPN-01",
    "SWT": "SWT-F01",
    "OWT": "SWT-F11",
    "NWN": "NWN-01",
    "PWR": "PWR-F11",
}
_OF_ANOTHER = {
    "SPT": "SPT-F02",
    "OPT": "SPT-F02",
    "NPN": "NPN-01",
    "SWT": "SWT-F02",
    "OWT": "SWT-F13",
    "NWN": "NWN-01",
    "PWR": "PWR-F11",
}


class PartyLines:
    """A publisher or writer record with the records that follow it: native names, territories, links.

    `controlled` says whether the submitter controls the party, `ip_number` is the submitter's number of it.
    """

    __slots__ = ("controlled", "ip_number", "links", "names", "record", "terms")

    def __init__(self, record: CwrRecord) -> None:
        self.record = record
        self.controlled = record.kind in _CONTROLLED
        self.ip_number = record.text("ip_number")
        self.names: list[CwrRecord] = []
        self.terms: list[CwrRecord] = []
        self.links: list[CwrRecord] = []

    @property
    def shown_name(self) -> str:
        """Return what to call the party in a message."""
        return self.record.text("publisher_name") or self.record.text("last_name") or self.ip_number


@dataclass(slots=True)
class Chains:
    """The parties of a work in their order, and the records among them that belong to nobody."""

    publishers: list[PartyLines] = field(default_factory=list)
    writers: list[PartyLines] = field(default_factory=list)
    broken: list[Broken] = field(default_factory=list)

    def by_sequence(self) -> dict[int, list[PartyLines]]:
        """Return the publisher chains by their number, in order of appearance."""
        found: dict[int, list[PartyLines]] = {}
        for publisher in self.publishers:
            found.setdefault(publisher.record.number("publisher_sequence"), []).append(publisher)
        return found


def gather_chains(records: Sequence[CwrRecord]) -> Chains:
    """Attach each native name, territory and link to the party it follows; what does not fit is a problem."""
    chains = Chains()
    last: PartyLines | None = None
    for record in records:
        kind = record.kind
        if kind in _FOLLOWS:
            _attach(record, last, chains)
        elif kind in PUBLISHER_KINDS:
            last = PartyLines(record)
            chains.publishers.append(last)
        elif kind in WRITER_KINDS:
            last = PartyLines(record)
            chains.writers.append(last)
    return chains


def _attach(record: CwrRecord, last: PartyLines | None, chains: Chains) -> None:
    """Attach a record to the party it follows; what follows no such party, or names another, is a problem."""
    number = record.values["writer_ip_number" if record.kind == "PWR" else "ip_number"]
    wanted = _FOLLOWS[record.kind]
    if last is None or last.record.kind not in wanted:
        found = last.record.kind if last else "header"
        chains.broken.append(broken(_MISPLACED[record.kind], record.line, record.kind, value=number, found=found))
        if record.kind == "OWT" and found == "SWR":
            shown = last.shown_name if last else ""
            chains.broken.append(broken("SWT-F12", record.line, "OWT", value=number, found=shown))
    elif number != last.ip_number and (number or (last.controlled and record.kind != "PWR")):
        name = "PWR writer_ip_number" if record.kind == "PWR" else f"{record.kind} ip_number"
        chains.broken.append(broken(_OF_ANOTHER[record.kind], record.line, name, value=number, found=last.ip_number))
    elif record.kind in _TERM_KINDS:
        last.terms.append(record)
    elif record.kind == "PWR":
        last.links.append(record)
    else:
        last.names.append(record)
