"""The rules of shares: what publishers and writers own, and what is collected in each territory."""

from collections.abc import Iterator, Sequence

from muniment.kernel.formats.cwr.chains import PartyLines
from muniment.kernel.formats.cwr.checks.work import (
    HALF_PPM,
    PUBLIC_DOMAIN,
    RIGHTS,
    TOLERANCE_PPM,
    Check,
    WorkLines,
    cases_of,
    collected,
    owns,
    shares_of,
)
from muniment.kernel.formats.cwr.records import CwrRecord
from muniment.kernel.formats.cwr.rules import Broken, broken
from muniment.kernel.words.shares import PPM, format_percent


def _check_sums(work: WorkLines) -> Iterator[Broken]:
    """Rules 4, 9 and 11: what publishers, writers and both own of each right."""
    line = work.header.line
    for place, right in enumerate(RIGHTS):
        published, written = work.published_ppm[place], work.written_ppm[place]
        limit = HALF_PPM if right == "pr" else PPM
        shown = right.upper()
        if published > limit + TOLERANCE_PPM:
            said = {"value": format_percent(published), "right": shown, "limit": format_percent(limit)}
            yield broken("NWR-04", line, f"SPU {right}_share", **said)
        too_little = right == "pr" and 0 < written < HALF_PPM - TOLERANCE_PPM
        if too_little or written > PPM + TOLERANCE_PPM:
            rest = "they own at least 50 % or nothing" if too_little else "they may own 100 %"
            said = {"value": format_percent(written), "right": shown, "limit": rest}
            yield broken("NWR-09", line, f"SWR {right}_share", **said)
        if published + written and abs(published + written - PPM) > TOLERANCE_PPM:
            said = {"value": format_percent(published + written), "right": shown}
            yield broken("NWR-11", line, f"{right}_share", **said)


def _check_public_domain(work: WorkLines) -> Iterator[Broken]:
    """Rule 24: where all writers are in the public domain, nobody owns a performing share."""
    writers = work.chains.writers
    owned = work.published_ppm[0] + work.written_ppm[0]
    if owned and writers and all(writer.record.values["last_name"] in PUBLIC_DOMAIN for writer in writers):
        yield broken("NWR-24", work.header.line, "SWR pr_share", value=format_percent(owned))


def _check_terms(work: WorkLines) -> Iterator[Broken]:
    """A party names a territory once, and numbers its territories from 1."""
    for party in (*work.chains.publishers, *work.chains.writers):
        seen: set[object] = set()
        for place, term in enumerate(party.terms, 1):
            tis, family = term.values["tis"], "SPT" if term.kind in ("SPT", "OPT") else "SWT"
            if tis in seen:
                key = "SPT-05" if family == "SPT" else "SWT-02"
                yield broken(key, term.line, f"{term.kind} tis", territory=tis, value=party.shown_name)
            seen.add(tis)
            said = term.values["sequence"]
            if said is not None and said != place:
                key = f"{family}-F{13 if family == 'SPT' else 10}"
                yield broken(key, term.line, f"{term.kind} sequence", value=said, found=place)


def _check_linked_once(work: WorkLines) -> Iterator[Broken]:
    """SPT record 5: within a chain, a territory's right is collected by one publisher."""
    for chain in work.by_sequence.values():
        if len(chain) < 2:
            continue
        collectors: dict[tuple[object, int], PartyLines] = {}
        for party in chain:
            for term in party.terms:
                if term.values["inclusion"] == "I" and _taken(party, term, collectors):
                    tis = term.values["tis"]
                    yield broken("SPT-05", term.line, f"{term.kind} tis", territory=tis, value=party.shown_name)


def _taken(party: PartyLines, term: CwrRecord, collectors: dict[tuple[object, int], PartyLines]) -> bool:
    """Enter a party as the collector of a territory's rights; say whether another one already is."""
    shared = False
    for right, ppm in enumerate(shares_of(term)):
        if ppm and collectors.setdefault((term.values["tis"], right), party) is not party:
            shared = True
    return shared


def _check_collected(work: WorkLines) -> Iterator[Broken]:
    """Rules 7 and 20: a controlled share must be collected somewhere, by its owner or down its publisher chain."""
    for chain in work.by_sequence.values():
        if any(party.terms for party in chain):
            continue
        for publisher in chain:
            if publisher.controlled and owns(publisher.record):
                yield broken("NWR-07", publisher.record.line, "SPT", value=publisher.shown_name)
    for writer in work.chains.writers:
        if writer.controlled and not writer.terms and owns(writer.record):
            yield broken("NWR-20", writer.record.line, "SWT", value=writer.shown_name)


def _check_chain_collection(work: WorkLines) -> Iterator[Broken]:
    """Rule 27: where nothing changes by sub-publishing, a chain collects the performing right that it owns."""
    parties = (*work.chains.publishers, *work.chains.writers)
    if any(party.record.text("publisher_type") == "PA" or party.record.text("role") == "PA" for party in parties):
        return
    for sequence, chain in work.by_sequence.items():
        terms = [party.terms for party in chain if party.terms]
        if not chain[0].controlled or any(term.text("shares_change") == "Y" for own in terms for term in own):
            continue
        owned = sum(shares_of(p.record)[0] for p in chain if p.record.text("publisher_type") in ("E", "AQ"))
        for named, territory in _cases(terms):
            found = sum(collected(own, named, 0) for own in terms)
            if found and abs(found - owned) > TOLERANCE_PPM:
                said = {"chain": sequence, "territory": territory, "value": format_percent(found)}
                line = chain[0].record.line
                yield broken("NWR-27", line, "SPT pr_share", found=format_percent(owned), **said)


def _cases(terms: Sequence[Sequence[CwrRecord]]) -> tuple[tuple[frozenset[int], int], ...]:
    codes = frozenset([term.number("tis") for own in terms for term in own])
    return cases_of(codes - {0}) if codes - {0} else ()


def _check_territories(work: WorkLines) -> Iterator[Broken]:
    """Rules 14 and 44: in no territory is more than the whole of a right collected."""
    parties = [party for party in (*work.chains.publishers, *work.chains.writers) if party.terms]
    terms = [party.terms for party in parties]
    for named, territory in _cases(terms):
        for place, right in enumerate(RIGHTS):
            own = [collected(own, named, place) for own in terms]
            if sum(own) <= PPM + TOLERANCE_PPM:
                continue
            controlled = sum(ppm for ppm, party in zip(own, parties, strict=True) if party.controlled)
            key = "NWR-14" if controlled > PPM + TOLERANCE_PPM else "NWR-44"
            said = {"territory": territory, "right": right.upper(), "value": format_percent(sum(own))}
            yield broken(key, work.header.line, f"SPT {right}_share", **said)


SHARE_CHECKS: tuple[Check, ...] = (
    _check_sums,
    _check_public_domain,
    _check_terms,
    _check_linked_once,
    _check_collected,
    _check_chain_collection,
    _check_territories,
)
