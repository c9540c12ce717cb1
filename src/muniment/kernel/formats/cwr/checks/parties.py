"""The rules of publishers and writers: their names and numbers, the chains of publishers, and who links to whom."""

from collections.abc import Iterator, Mapping

from muniment.kernel.formats.cwr.chains import PartyLines
from muniment.kernel.formats.cwr.checks.work import CHANGERS, TOLERANCE_PPM, Check, WorkLines, owns
from muniment.kernel.formats.cwr.records import CwrRecord
from muniment.kernel.formats.cwr.rules import Broken, CwrRules, broken
from muniment.kernel.words.shares import PPM

_FIRST = frozenset({"E", "PA", ""})


def _check_publishers(work: WorkLines) -> Iterator[Broken]:
    highest = 0
    for publisher in work.chains.publishers:
        record, values = publisher.record, publisher.record.values
        sequence = record.number("publisher_sequence")
        if sequence not in (highest, highest + 1):
            yield broken("SPU-F01", record.line, f"{record.kind} publisher_sequence", value=sequence, found=highest)
        highest = max(highest, sequence)
        if not values["publisher_name"] and (publisher.controlled or values["publisher_unknown"] != "Y"):
            yield broken("SPU-F04", record.line, f"{record.kind} publisher_name")
        if publisher.controlled and publisher.terms and not values["ipi_name"]:
            yield broken("SPU-F40", record.line, "SPU ipi_name", value=publisher.shown_name)
        yield from _check_society_name(publisher, work.asked)
    yield from _check_numbers(work.chains.publishers, "SPU-F03")
    yield from _check_numbers(work.chains.writers, "SWR-F02")


def _check_society_name(publisher: PartyLines, asked: CwrRules) -> Iterator[Broken]:
    societies = asked.known.get("societies")
    if not isinstance(societies, Mapping) or publisher.record.values["ipi_name"]:
        return
    name = publisher.record.text("publisher_name").casefold()
    if name and any(name == other.casefold() for other in societies.values()):
        yield broken("SPU-F29", publisher.record.line, "SPU publisher_name", value=publisher.shown_name)


def _check_numbers(parties: list[PartyLines], key: str) -> Iterator[Broken]:
    """A number is of one party: two controlled parties of a work with one number have one name."""
    if len(parties) < 2:
        return
    names: dict[str, str] = {}
    for party in parties:
        name = party.shown_name
        if party.controlled and party.ip_number and names.setdefault(party.ip_number, name) != name:
            shown = f"{party.record.kind} ip_number"
            yield broken(key, party.record.line, shown, value=party.ip_number, found=names[party.ip_number])


def _check_chains(work: WorkLines) -> Iterator[Broken]:
    for sequence, chain in work.by_sequence.items():
        first = chain[0]
        if not first.controlled:
            continue
        kind = first.record.text("publisher_type")
        if kind not in _FIRST:
            yield broken("SPU-02", first.record.line, "SPU publisher_type", value=sequence)
            if kind in ("AM", "SE"):
                shown = {"value": first.shown_name, "kind": kind, "found": sequence}
                yield broken("SPU-05", first.record.line, "SPU publisher_sequence", **shown)
        yield from _check_others(sequence, chain)
        owners = [party for party in chain if party.record.text("publisher_type") in ("E", "AQ")]
        if owners and not any(owns(party.record) for party in owners):
            yield broken("NWR-25", first.record.line, "SPU pr_share", value=sequence)


def _check_others(sequence: int, chain: list[PartyLines]) -> Iterator[Broken]:
    """The publishers behind the first of a chain."""
    before = chain[0]
    acquired = False
    for other in chain[1:]:
        kind, record = other.record.text("publisher_type"), other.record
        if not other.controlled:
            yield broken("NWR-16", record.line, "OPU", value=other.shown_name)
        if kind == "E":
            yield broken("NWR-17", record.line, "SPU publisher_type", value=sequence)
        if kind == "AM" and before.record.text("publisher_type") == "ES":
            yield broken("SPU-04", record.line, "SPU publisher_type", value=other.shown_name)
        if kind == "AQ" and before.record.text("publisher_type") != "E":
            yield broken("SPU-F32", record.line, "SPU publisher_type", value=other.shown_name)
        acquired = acquired or kind == "AQ"
        before = other
    first = chain[0].record
    if acquired and first.text("publisher_type") == "E" and owns(first):
        yield broken("NWR-26", first.line, "SPU pr_share", value=sequence)


def _check_writers(work: WorkLines) -> Iterator[Broken]:
    changed = work.header.values["version_type"] == "MOD"
    for writer in work.chains.writers:
        record = writer.record
        if not record.values["last_name"] and (writer.controlled or record.values["writer_unknown"] != "Y"):
            yield broken("SWR-F03", record.line, f"{record.kind} last_name")
        if changed and record.text("role") in ("C", "CA", "A") and not owns(record):
            changers = [other.record for other in work.chains.writers if other.record.text("role") in CHANGERS]
            if changers and not any(owns(other) for other in changers):
                yield broken("SWR-F20", record.line, f"{record.kind} pr_share", value=writer.shown_name)


def _check_native_names(work: WorkLines) -> Iterator[Broken]:
    for publisher in work.chains.publishers:
        for name in publisher.names:
            said, chain = name.number("publisher_sequence"), publisher.record.number("publisher_sequence")
            if said != chain:
                yield broken("NPN-F01M", name.line, "NPN publisher_sequence", value=said, found=chain)


def _check_links(work: WorkLines) -> Iterator[Broken]:
    """SWR record 2 and the PWR fields: each controlled writer is linked to a publisher of this work."""
    own_all = all(ppm >= PPM - TOLERANCE_PPM for ppm in work.written_ppm)
    firsts: dict[str, PartyLines] = {}
    for publisher in work.chains.publishers:
        firsts.setdefault(publisher.ip_number, publisher)
    for writer in work.chains.writers:
        if writer.controlled and not writer.links and not own_all:
            yield broken("SWR-02", writer.record.line, "PWR", value=writer.shown_name)
        for link in writer.links:
            yield from _check_link(work, writer, link, firsts)


_LINKED = (("PWR-F08", "writer_ip_number"), ("PWR-F09", "publisher_ip_number"), ("PWR-F10", "publisher_name"))


def _check_link(
    work: WorkLines, writer: PartyLines, link: CwrRecord, firsts: Mapping[str, PartyLines]
) -> Iterator[Broken]:
    values = link.values
    if writer.controlled:
        for key, name in _LINKED:
            if not values[name]:
                yield broken(key, link.line, f"PWR {name}")
    number, name = link.text("publisher_ip_number"), link.text("publisher_name")
    named = firsts.get(number)
    sequence = values.get("publisher_sequence")
    if "publisher_sequence" in values:
        chain = work.by_sequence.get(sequence) if isinstance(sequence, int) else None
        if chain is None:
            yield broken("PWR-F07", link.line, "PWR publisher_sequence", value=sequence)
        else:
            named = chain[0] if number == chain[0].ip_number else None
    if number and named is None:
        yield broken("PWR-F12", link.line, "PWR publisher_ip_number", value=number)
    elif named is not None and name and named.record.text("publisher_name") not in ("", name):
        found = named.record.text("publisher_name")
        yield broken("PWR-F13", link.line, "PWR publisher_name", value=name, found=found)


PARTY_CHECKS: tuple[Check, ...] = (
    _check_publishers,
    _check_chains,
    _check_writers,
    _check_native_names,
    _check_links,
)
