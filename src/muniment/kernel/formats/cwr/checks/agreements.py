"""The rules of an agreement that no single record decides: its territories, its parties, their shares."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from muniment.kernel.formats.cwr.records import CwrRecord
from muniment.kernel.formats.cwr.rules import Broken, broken
from muniment.kernel.words.shares import PPM, format_percent

TOLERANCE_PPM = 600
"""Sums may be off by 0.06 %, since shares are rounded to hundredths of a percent."""
_BEFORE = {"TER": ("AGR", "TER"), "IPA": ("TER", "IPA", "NPA"), "NPA": ("IPA",)}


def check_agreement(header: CwrRecord, records: Sequence[CwrRecord]) -> Iterator[Broken]:
    """Yield the broken rules of an agreement."""
    parties = [record for record in records if record.kind == "IPA"]
    yield from _check_order(header, records)
    if not any(record.kind == "TER" for record in records):
        yield broken("AGR-02", header.line, "TER")
    yield from _check_parties(header, parties)
    for right in ("pr", "mr", "sr"):
        for role in ("AS", "AC"):
            if not any(record.text("role") == role for record in parties):
                return
        total = sum(record.number(f"{right}_share") for record in parties)
        if total and abs(total - PPM) > TOLERANCE_PPM:
            shown = format_percent(total)
            yield broken("AGR-05", header.line, f"IPA {right}_share", value=shown, right=right.upper())


def _check_order(header: CwrRecord, records: Sequence[CwrRecord]) -> Iterator[Broken]:
    for before, after in pairwise((header, *records)):
        if after.kind == "NPA":
            if before.kind != "IPA" or before.text("ip_number") != after.text("ip_number"):
                value, found = after.text("ip_number"), before.text("ip_number")
                yield broken("NPA-01", after.line, "NPA ip_number", value=value, found=found)
        elif before.kind not in _BEFORE[after.kind]:
            yield broken(f"{after.kind}-01", after.line, after.kind, value=before.kind)


def _check_parties(header: CwrRecord, parties: Sequence[CwrRecord]) -> Iterator[Broken]:
    assignors = sum(party.text("role") == "AS" for party in parties)
    acquirers = sum(party.text("role") == "AC" for party in parties)
    if not assignors or not acquirers:
        yield broken("AGR-03", header.line, "IPA role")
    if assignors != 1 or not acquirers:
        yield broken("IPA-02", header.line, "IPA role", value=assignors, found=acquirers)
    names: dict[str, str] = {}
    writer_may_assign = header.text("agreement_type") in ("OS", "OG")
    for party in parties:
        number, name = party.text("ip_number"), party.text("last_name")
        if number and names.setdefault(number, name) != name:
            yield broken("IPA-F03", party.line, "IPA ip_number", value=number, found=names[number])
        if party.text("first_name") and not (writer_may_assign and party.text("role") == "AS"):
            yield broken("IPA-F04", party.line, "IPA first_name")
