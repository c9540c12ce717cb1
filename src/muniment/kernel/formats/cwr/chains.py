"""Who belongs to whom in a work: the records of each publisher and writer, gathered in their order."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from muniment.kernel.formats.cwr.layout import break_rule
from muniment.kernel.formats.cwr.records import CwrRecord
from muniment.kernel.words.problems import Problem

PUBLISHER_KINDS = frozenset({"SPU", "OPU"})
WRITER_KINDS = frozenset({"SWR", "OWR"})
_TERM_KINDS = frozenset({"SPT", "OPT", "SWT", "OWT"})


@dataclass(slots=True)
class PartyLines:
    """A publisher or writer record with the records that follow it: native names, territories, links."""

    record: CwrRecord
    names: list[CwrRecord] = field(default_factory=list)
    terms: list[CwrRecord] = field(default_factory=list)
    links: list[CwrRecord] = field(default_factory=list)

    @property
    def controlled(self) -> bool:
        """Say whether the submitter controls this party."""
        return self.record.kind in {"SPU", "SWR"}

    @property
    def ip_number(self) -> str:
        """Return the submitter's number of the party."""
        return self.record.text("ip_number")

    @property
    def shown_name(self) -> str:
        """Return what to call the party in a message."""
        return self.record.text("publisher_name") or self.record.text("last_name") or self.ip_number


@dataclass(slots=True)
class Chains:
    """The parties of a work in their order, and the records among them that belong to nobody."""

    publishers: list[PartyLines] = field(default_factory=list)
    writers: list[PartyLines] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

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
        if record.kind in PUBLISHER_KINDS:
            last = PartyLines(record)
            chains.publishers.append(last)
        elif record.kind in WRITER_KINDS:
            last = PartyLines(record)
            chains.writers.append(last)
        elif record.kind in _TERM_KINDS | {"NPN", "NWN", "PWR"}:
            _attach(record, last, chains)
    return chains


def _attach(record: CwrRecord, last: PartyLines | None, chains: Chains) -> None:
    number = record.text("writer_ip_number" if record.kind == "PWR" else "ip_number")
    wanted = PUBLISHER_KINDS if record.kind in {"SPT", "OPT", "NPN"} else WRITER_KINDS
    rule = {"NPN": "CWR.RR.NAME-01", "NWN": "CWR.RR.NAME-01", "PWR": "CWR.TR.PWR-11"}.get(record.kind, "CWR.TR.SPT-F02")
    found = last.ip_number if last is not None and last.record.kind in wanted else "nobody"
    may_be_blank = last is not None and not last.controlled and not number
    if last is None or last.record.kind not in wanted or (number != last.ip_number and not may_be_blank):
        chains.problems.append(break_rule(rule, record.line, f"{record.kind} ip_number", value=number, found=found))
    elif record.kind in _TERM_KINDS:
        last.terms.append(record)
    elif record.kind == "PWR":
        last.links.append(record)
    else:
        last.names.append(record)
