"""The whole repertoire as a BWARM set that others can load."""

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from muniment.kernel.formats.bwarm import SetWriter
from muniment.kernel.formats.door.records import IdentifierRecord, PartyRecord, WorkRecord
from muniment.kernel.words.identifiers import parse_dpid
from muniment.kernel.words.problems import Progress, silent
from muniment.rights.works.queries.records import iter_records
from muniment.trust.access.rules import Action, Actor, require


@dataclass(frozen=True, slots=True)
class ExportReport:
    """What an export wrote."""

    work_count: int
    party_count: int
    share_line_count: int
    recording_count: int
    line_count: int


class _Seen:
    """A set of positive numbers in a bit each, since parties of a repertoire are many."""

    def __init__(self) -> None:
        self._bits = bytearray()

    def add(self, number: int) -> bool:
        """Note a number, and say whether it is new."""
        place, bit = divmod(number, 8)
        if place >= len(self._bits):
            self._bits.extend(bytes(place + 1024 - len(self._bits)))
        new = not self._bits[place] & 1 << bit
        self._bits[place] |= 1 << bit
        return new


def export_bwarm(
    *,
    actor: Actor,
    at: datetime,
    folder: Path,
    version: str,
    sender: str,
    claim: str | None = None,
    progress: Progress = silent,
) -> ExportReport:
    """Write the musical works, their parties, shares and recordings into a new folder; memory does not grow.

    `sender` is our DPID, which names the manifest; `claim` picks what one submitter says. Contact details of parties
    never leave.

    Raises:
        NotAllowed: the actor may not read works.
        InvalidIdentifier: `sender` is no DPID.
        NotWritable: the folder is not empty.
    """
    require(actor, Action.WORK_READ)
    seen = _Seen()
    allocators: dict[str, str] = {}
    with SetWriter(folder, version=version, sender=parse_dpid(sender), at=at) as out:
        for work in iter_records(claim, progress):
            for party in work.parties:
                if seen.add(int(party.key)):
                    out.party(party)
            out.work(_with_allocators(work, allocators, out))
    counts = out.line_counts
    return ExportReport(
        counts["works"], counts["parties"], counts["shares"], counts["recordings"], sum(counts.values())
    )


def _with_allocators(work: WorkRecord, allocators: dict[str, str], out: SetWriter) -> WorkRecord:
    """Return the work with keys of parties for those who gave it numbers; each is written as a party once."""
    if not any(one.allocated_by for one in work.identifiers):
        return work
    told: list[IdentifierRecord] = []
    for one in work.identifiers:
        if one.allocated_by and one.allocated_by not in allocators:
            allocators[one.allocated_by] = f"C{len(allocators) + 1}"
            out.party(PartyRecord(one.allocated_by, allocators[one.allocated_by]))
        told.append(replace(one, allocated_by=allocators.get(one.allocated_by, "")))
    return replace(work, identifiers=tuple(told))
