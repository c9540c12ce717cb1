"""The rules of a work transaction: who owns how much, who collects where, what must be there, in which order.

Each check looks at the header, all records and the gathered chains, and yields the rules that are broken. Rule numbers
are the standard's (transaction edits of NWR/REV); rules that hold for one society only are not checked here.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from muniment.kernel.formats.cwr.chains import Chains, PartyLines, gather_chains
from muniment.kernel.formats.cwr.layout import break_rule
from muniment.kernel.formats.cwr.records import CwrRecord
from muniment.kernel.words.problems import Problem
from muniment.kernel.words.shares import PPM, format_percent
from muniment.kernel.words.territory import countries_of

TOLERANCE_PPM = 600
"""Sums may be off by 0.06 %, since shares are rounded to hundredths of a percent."""

_RIGHTS = ("pr", "mr", "sr")
_CHANGERS = frozenset({"AR", "AD", "SR", "SA", "TR"})
_AUTHORS = frozenset({"CA", "A", "C"})
_HALF_PPM = PPM // 2
_STAGES = (
    ("SPU", "NPN", "SPT", "OPT", "OPU"),
    ("SWR", "NWN", "SWT", "PWR", "OWR", "OWT"),
    ("ALT", "NAT"),
    ("EWT", "NET"),
    ("VER", "NVT"),
    ("PER", "NPR"),
    ("REC",),
    ("ORN",),
    ("INS", "IND"),
    ("COM", "NCT"),
    ("ARI",),
    ("XRF",),
)
_STAGE = {kind: place for place, kinds in enumerate(_STAGES) for kind in kinds}


@dataclass(frozen=True, slots=True)
class _Work:
    """What every check looks at."""

    header: CwrRecord
    records: Sequence[CwrRecord]
    chains: Chains


Check = Callable[[_Work], Iterator[Problem]]


def check_work(header: CwrRecord, records: Sequence[CwrRecord]) -> list[Problem]:
    """Return every broken rule of a work transaction (NWR, REV, ISW, EXC), in the order of the checks."""
    work = _Work(header, records, gather_chains(records))
    return [*work.chains.problems, *(problem for check in _CHECKS for problem in check(work))]


def _check_header(work: _Work) -> Iterator[Problem]:
    kinds = {record.kind for record in work.records}
    if work.header.text("distribution_category") == "SER":
        if work.header.duration_ms() is None:
            yield break_rule("CWR.TR.NWR-F07", work.header.line, f"{work.header.kind} duration")
        if not kinds & {"INS", "IND"}:
            yield break_rule("CWR.TR.NWR-53", work.header.line, "INS")
    described = work.header.text("music_arrangement") and work.header.text("lyric_adaptation")
    if work.header.text("version_type") == "MOD" and not described:
        yield break_rule("CWR.TR.NWR-F14", work.header.line, f"{work.header.kind} music_arrangement")
    if bool(work.header.text("composite_type")) != (work.header.number("component_count") > 1):
        yield break_rule("CWR.TR.NWR-F18", work.header.line, f"{work.header.kind} component_count")
    if work.header.text("work_type") == "FM" and not any(record.text("production_title") for record in work.records):
        yield break_rule("CWR.TR.NWR-39", work.header.line, "ORN production_title")
    versions = [record for record in work.records if record.kind == "VER"]
    if len(versions) > 1:
        yield break_rule("CWR.TR.VER-01", versions[1].line, "VER")


def _check_order(work: _Work) -> Iterator[Problem]:
    """Rule 43: publishers, then writers, then titles and the rest; a NOW may stand after EWT, VER and COM."""
    placed = [record for record in work.records if record.kind in _STAGE]
    for before, after in pairwise(placed):
        if _STAGE[after.kind] < _STAGE[before.kind]:
            yield break_rule("CWR.TR.NWR-43", after.line, after.kind, kind=after.kind, value=before.kind)


def _check_writers(work: _Work) -> Iterator[Problem]:
    roles = {writer.record.text("role") for writer in work.chains.writers}
    if not work.chains.writers:
        yield break_rule("CWR.TR.NWR-12", work.header.line, "SWR")
        return
    if not roles & _AUTHORS:
        yield break_rule("CWR.TR.NWR-15", work.header.line, "SWR role")
    if work.header.text("version_type") == "MOD" and not roles & _CHANGERS:
        yield break_rule("CWR.TR.NWR-10", work.header.line, "SWR role")
    if work.header.text("version_type") == "ORI" and roles & _CHANGERS:
        yield break_rule("CWR.TR.NWR-23", work.header.line, "SWR role", value=" ".join(sorted(roles & _CHANGERS)))
    texters = roles & {"CA", "A", "SA", "TR"}
    if work.header.text("text_music") == "MUS" and texters:
        yield break_rule("CWR.TR.NWR-45", work.header.line, "SWR role", value=" ".join(sorted(texters)))
    for writer in work.chains.writers:
        record = writer.record
        if writer.controlled and not writer.ip_number:
            yield break_rule("CWR.TR.SWR-F01", record.line, "SWR ip_number")
        if not record.text("last_name") and (writer.controlled or record.text("writer_unknown") != "Y"):
            yield break_rule("CWR.TR.SWR-F03", record.line, f"{record.kind} last_name")
        if writer.controlled and not record.text("role"):
            yield break_rule("CWR.TR.SWR-F07", record.line, "SWR role")


def _check_publishers(work: _Work) -> Iterator[Problem]:
    highest = 0
    for publisher in work.chains.publishers:
        record, sequence = publisher.record, publisher.record.number("publisher_sequence")
        if sequence not in (highest, highest + 1):
            yield break_rule(
                "CWR.TR.SPU-F01", record.line, f"{record.kind} publisher_sequence", value=sequence, found=highest
            )
        highest = max(highest, sequence)
        if publisher.controlled and not publisher.ip_number:
            yield break_rule("CWR.TR.SPU-F02", record.line, "SPU ip_number")
        if not record.text("publisher_name") and (publisher.controlled or record.text("publisher_unknown") != "Y"):
            yield break_rule("CWR.TR.SPU-F04", record.line, f"{record.kind} publisher_name")
        kind = record.text("publisher_type")
        if publisher.controlled and not kind:
            yield break_rule("CWR.TR.SPU-F05", record.line, "SPU publisher_type")
        if kind in {"SE", "AM", "PA", "ES"} and _owned(record):
            yield break_rule(
                "CWR.TR.SPU-03", record.line, f"{record.kind} pr_share", value=publisher.shown_name, kind=kind
            )


def _owned(record: CwrRecord) -> int:
    return sum(record.number(f"{right}_share") for right in _RIGHTS)


def _check_chains(work: _Work) -> Iterator[Problem]:
    for sequence, chain in work.chains.by_sequence().items():
        first = chain[0]
        if not first.controlled:
            continue
        if first.record.text("publisher_type") not in {"E", "PA", ""}:
            yield break_rule("CWR.TR.SPU-02", first.record.line, "SPU publisher_type", value=sequence)
        for other in chain[1:]:
            if not other.controlled:
                yield break_rule("CWR.TR.NWR-16", other.record.line, "OPU", value=other.shown_name)
            if other.record.text("publisher_type") == "E":
                yield break_rule("CWR.TR.NWR-17", other.record.line, "SPU publisher_type", value=sequence)
        owners = [party for party in chain if party.record.text("publisher_type") in {"E", "AQ"}]
        if owners and not any(_owned(party.record) for party in owners):
            yield break_rule("CWR.TR.NWR-25", first.record.line, "SPU pr_share", value=sequence)
        acquired = any(party.record.text("publisher_type") == "AQ" for party in chain)
        if acquired and first.record.text("publisher_type") == "E" and _owned(first.record):
            yield break_rule("CWR.TR.NWR-26", first.record.line, "SPU pr_share", value=sequence)


def _check_sums(work: _Work) -> Iterator[Problem]:
    """Rules 4, 9 and 11: what publishers, writers and both own of each right."""
    for right in _RIGHTS:
        published = sum(party.record.number(f"{right}_share") for party in work.chains.publishers)
        written = sum(party.record.number(f"{right}_share") for party in work.chains.writers)
        limit = _HALF_PPM if right == "pr" else PPM
        shown = right.upper()
        if published > limit + TOLERANCE_PPM:
            yield break_rule(
                "CWR.TR.NWR-04", work.header.line, f"SPU {right}_share",
                value=format_percent(published), right=shown, limit=format_percent(limit),
            )  # fmt: skip
        too_little = right == "pr" and 0 < written < _HALF_PPM - TOLERANCE_PPM
        if too_little or written > PPM + TOLERANCE_PPM:
            rest = "they own at least 50 % or nothing" if too_little else "they may own 100 %"
            yield break_rule(
                "CWR.TR.NWR-09", work.header.line, f"SWR {right}_share",
                value=format_percent(written), right=shown, limit=rest,
            )  # fmt: skip
        if published + written and abs(published + written - PPM) > TOLERANCE_PPM:
            yield break_rule(
                "CWR.TR.NWR-11",
                work.header.line,
                f"{right}_share",
                value=format_percent(published + written),
                right=shown,
            )


def _check_terms(work: _Work) -> Iterator[Problem]:
    for party in (*work.chains.publishers, *work.chains.writers):
        seen: set[int] = set()
        for term in party.terms:
            collected = _owned(term)
            if term.text("inclusion") == "I" and not collected:
                yield break_rule("CWR.TR.SPT-01", term.line, f"{term.kind} pr_share")
            if term.text("inclusion") == "E" and collected:
                yield break_rule("CWR.FR.SPT-03", term.line, f"{term.kind} pr_share")
            if term.kind in {"SPT", "OPT"} and term.number("pr_share") > _HALF_PPM + TOLERANCE_PPM:
                shown = format_percent(term.number("pr_share"))
                yield break_rule("CWR.TR.SPT-F06", term.line, f"{term.kind} pr_share", value=shown)
            if term.number("tis") in seen:
                yield break_rule(
                    "CWR.TR.SPT-05", term.line, f"{term.kind} tis", territory=term.number("tis"), value=party.shown_name
                )
            seen.add(term.number("tis"))


def _check_linked_once(work: _Work) -> Iterator[Problem]:
    """SPT record 5: within a chain, a territory's right is collected by one publisher."""
    for chain in work.chains.by_sequence().values():
        collectors: dict[tuple[int, str], PartyLines] = {}
        for party in chain:
            for term in party.terms:
                for right in _RIGHTS if term.text("inclusion") == "I" else ():
                    key = (term.number("tis"), right)
                    if term.number(f"{right}_share") and collectors.setdefault(key, party) is not party:
                        yield break_rule(
                            "CWR.TR.SPT-05", term.line, f"{term.kind} tis",
                            territory=term.number("tis"), value=party.shown_name,
                        )  # fmt: skip
                        break


def _check_collected(work: _Work) -> Iterator[Problem]:
    """Rules 7 and 20: a controlled share must be collected somewhere, by its owner or down its publisher chain."""
    collecting = {
        sequence for sequence, chain in work.chains.by_sequence().items() if any(party.terms for party in chain)
    }
    for publisher in work.chains.publishers:
        sequence = publisher.record.number("publisher_sequence")
        if publisher.controlled and _owned(publisher.record) and sequence not in collecting:
            yield break_rule("CWR.TR.NWR-07", publisher.record.line, "SPT", value=publisher.shown_name)
    for writer in work.chains.writers:
        if writer.controlled and _owned(writer.record) and not writer.terms:
            yield break_rule("CWR.TR.NWR-20", writer.record.line, "SWT", value=writer.shown_name)


def _check_links(work: _Work) -> Iterator[Problem]:
    """SWR record 2 and the PWR fields: each controlled writer is linked to a publisher of this work."""
    own_all = all(
        sum(writer.record.number(f"{right}_share") for writer in work.chains.writers) >= PPM - TOLERANCE_PPM
        for right in _RIGHTS
    )
    names = {
        party.ip_number: party.record.text("publisher_name") for party in work.chains.publishers if party.ip_number
    }
    for writer in work.chains.writers:
        if writer.controlled and not writer.links and not own_all:
            yield break_rule("CWR.TR.SWR-02", writer.record.line, "PWR", value=writer.shown_name)
        for link in writer.links:
            yield from _check_link(writer, link, names)


def _check_link(writer: PartyLines, link: CwrRecord, names: dict[str, str]) -> Iterator[Problem]:
    number, name = link.text("publisher_ip_number"), link.text("publisher_name")
    if writer.controlled and not (number and name and link.text("writer_ip_number")):
        yield break_rule("CWR.TR.PWR-08", link.line, "PWR publisher_ip_number")
    elif number and number not in names:
        yield break_rule("CWR.TR.PWR-12", link.line, "PWR publisher_ip_number", value=number)
    elif number and name and names[number] != name:
        yield break_rule("CWR.FR.PWR-13", link.line, "PWR publisher_name", value=name, found=names[number])


def _check_territories(work: _Work) -> Iterator[Problem]:
    """Rules 14 and 44: in no territory is more than the whole of a right collected.

    The countries are split only where the terms split them: two countries that the same terms name are one case.
    """
    parties = [
        [term for term in party.terms if term.number("tis")]
        for party in (*work.chains.publishers, *work.chains.writers)
    ]
    codes = frozenset(term.number("tis") for terms in parties for term in terms)
    for named, territory in _cases(codes):
        for right in _RIGHTS:
            collected = sum(_collected(terms, named, right) for terms in parties)
            if collected > PPM + TOLERANCE_PPM:
                yield break_rule(
                    "CWR.TR.NWR-44", work.header.line, f"SPT {right}_share",
                    territory=territory, right=right.upper(), value=format_percent(collected),
                )  # fmt: skip


@lru_cache(maxsize=4096)
def _cases(codes: frozenset[int]) -> tuple[tuple[frozenset[int], int], ...]:
    """Return each different set of codes that some territory stands under, with one such territory."""
    if len(codes) == 1:
        return ((codes, next(iter(codes))),)
    found: dict[frozenset[int], int] = {}
    for country in sorted(frozenset[int]().union(*map(countries_of, codes))):
        found.setdefault(frozenset(code for code in codes if country in countries_of(code)), country)
    return tuple(found.items())


def _collected(terms: Sequence[CwrRecord], named: frozenset[int], right: str) -> int:
    """Return the ppm that a party collects in the territory that `named` codes cover; later terms overrule earlier."""
    collected = 0
    for term in terms:
        if term.number("tis") in named:
            collected = term.number(f"{right}_share") if term.text("inclusion") == "I" else 0
    return collected


def _check_recordings(work: _Work) -> Iterator[Problem]:
    for record in work.records:
        told = (
            value for name, value in record.values.items() if name not in {"recording_format", "recording_technique"}
        )
        if record.kind == "REC" and not any(told):
            yield break_rule("CWR.RR.REC-F01", record.line, "REC")


_CHECKS: tuple[Check, ...] = (
    _check_header,
    _check_order,
    _check_publishers,
    _check_chains,
    _check_writers,
    _check_sums,
    _check_terms,
    _check_linked_once,
    _check_collected,
    _check_links,
    _check_territories,
    _check_recordings,
)


def check_agreement(header: CwrRecord, records: Sequence[CwrRecord]) -> list[Problem]:
    """Return the broken rules of an agreement: its territory, its parties, their shares, its dates."""
    return list(_check_agreement(header, [record for record in records if record.kind == "IPA"], records))


def _check_agreement(
    header: CwrRecord, parties: Sequence[CwrRecord], records: Sequence[CwrRecord]
) -> Iterator[Problem]:
    if not any(record.kind == "TER" for record in records):
        yield break_rule("CWR.TR.AGR-02", header.line, "TER")
    if {record.text("role") for record in parties} != {"AS", "AC"}:
        yield break_rule("CWR.TR.AGR-03", header.line, "IPA role")
        return
    for right in _RIGHTS:
        total = sum(record.number(f"{right}_share") for record in parties)
        if total and abs(total - PPM) > TOLERANCE_PPM:
            shown = format_percent(total)
            yield break_rule("CWR.TR.AGR-05", header.line, f"IPA {right}_share", value=shown, right=right.upper())
    for record in parties:
        if record.text("role") == "AC" and not _owned(record):
            yield break_rule("CWR.TR.IPA-03", record.line, "IPA pr_share")
    for status, day, rule in (
        ("prior_royalty_status", "prior_royalty_start_date", "CWR.TR.AGR-F09"),
        ("post_term_collection_status", "post_term_collection_end_date", "CWR.TR.AGR-F14"),
    ):
        if (header.text(status) == "D") != (header.day(day) is not None):
            yield break_rule(rule, header.line, f"AGR {day}")
