"""The rules that one society alone asks; each is switched on by its profile (see `CwrRules.societies`)."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from muniment.kernel.formats.cwr.chains import PartyLines
from muniment.kernel.formats.cwr.checks.work import (
    HALF_PPM,
    PUBLIC_DOMAIN,
    RIGHTS,
    TOLERANCE_PPM,
    Check,
    WorkLines,
    collected,
    covering,
    shares_of,
)
from muniment.kernel.formats.cwr.rules import Broken, broken
from muniment.kernel.words.shares import PPM, format_percent

_SPAIN, _BRAZIL, _USA = 724, 76, 840
_ASCAP, _BMI, _SESAC = "010", "021", "071"
_OF_THE_USA = frozenset({_ASCAP, _BMI, _SESAC})


def _societies(party: PartyLines) -> set[str]:
    return {party.record.text("pr_society"), party.record.text("mr_society")}


def _collects_in(party: PartyLines, country: int) -> tuple[int, int, int]:
    """Return what a party collects of each right in a country, in ppm."""
    named = covering(party.terms, country)
    return (collected(party.terms, named, 0), collected(party.terms, named, 1), collected(party.terms, named, 2))


def _all_public_domain(work: WorkLines) -> bool:
    writers = work.chains.writers
    return bool(writers) and all(writer.record.text("last_name") in PUBLIC_DOMAIN for writer in writers)


def _member_rule(key: str, society: str) -> Check:
    def check(work: WorkLines) -> Iterator[Broken]:
        if not any(society in _societies(p) for p in work.chains.publishers if p.controlled):
            yield broken(key, work.header.line, "SPU pr_society")

    return check


def _domain_rule(key: str) -> Check:
    def check(work: WorkLines) -> Iterator[Broken]:
        if _all_public_domain(work):
            yield broken(key, work.header.line, "SWR last_name")

    return check


def _check_controlled_writer(work: WorkLines) -> Iterator[Broken]:
    if "SWR" not in work.kinds:
        yield broken("NWR-32", work.header.line, "SWR")


def _check_spain(work: WorkLines) -> Iterator[Broken]:
    """Rules 35 to 37 and SPU 11 and 12: agreements and shares in the territory of SGAE."""
    for publisher in work.chains.publishers:
        record = publisher.record
        if not publisher.controlled or "072" not in _societies(publisher):
            continue
        final = record.text("publisher_type") == "SE"
        if final and not record.text("society_agreement_number"):
            yield broken("NWR-35", record.line, "SPU society_agreement_number", value=publisher.shown_name)
            if record.text("agreement_type") not in ("OS", "PS"):
                yield broken("SPU-11", record.line, "SPU society_agreement_number", value=publisher.shown_name)
        if not record.text("agreement_type"):
            yield broken("SPU-12", record.line, "SPU agreement_type", value=publisher.shown_name)
    for place, right in enumerate(RIGHTS):
        total = sum(_accounted(party, place) for party in (*work.chains.publishers, *work.chains.writers))
        if total and abs(total - PPM) > TOLERANCE_PPM:
            said = {"right": right.upper(), "value": format_percent(total)}
            yield broken("NWR-36", work.header.line, f"SPT {right}_share", **said)
    published = sum(_accounted(party, 0) for party in work.chains.publishers)
    if published > HALF_PPM + TOLERANCE_PPM:
        yield broken("NWR-37", work.header.line, "SPT pr_share", value=format_percent(published))


def _accounted(party: PartyLines, right: int) -> int:
    """Return what a controlled party collects in Spain, or what another owns."""
    return _collects_in(party, _SPAIN)[right] if party.controlled else shares_of(party.record)[right]


def _check_brazil(work: WorkLines) -> Iterator[Broken]:
    for publisher in work.chains.publishers:
        record = publisher.record
        if (
            not publisher.controlled
            or record.text("publisher_type") != "SE"
            or not any(_collects_in(publisher, _BRAZIL))
        ):
            continue
        said = record.text("society_agreement_number")
        if not _is_day(said):
            name = "SPU society_agreement_number"
            yield broken("NWR-40", record.line, name, value=publisher.shown_name, found=said)


def _is_day(text: str) -> bool:
    if len(text) != 8 or not (text.isascii() and text.isdigit()):
        return False
    try:
        date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return False
    return True


def _check_composer(work: WorkLines) -> Iterator[Broken]:
    if not work.roles & {"C", "CA"}:
        yield broken("NWR-42", work.header.line, "SWR role")


def _check_original_creators(work: WorkLines) -> Iterator[Broken]:
    """Rules 46 and 47: beside an arranger stands a composer, beside a sub-author an author."""
    roles = [writer.record.text("role") for writer in work.chains.writers]
    if "AR" in roles and not {"C", "CA"} & set(roles):
        yield broken("NWR-46", work.header.line, "SWR role")
    if "SA" in roles and not {"A", "CA"} & set(roles):
        yield broken("NWR-47", work.header.line, "SWR role")


def _check_american_links(work: WorkLines) -> Iterator[Broken]:
    """Rule 48 and PWR 6: writer and publisher belong to the same society of the USA, or one of them to none."""
    societies = {party.ip_number: party.record.text("pr_society") for party in work.chains.publishers}
    for writer in work.chains.writers:
        mine = writer.record.text("pr_society")
        for link in writer.links if mine in (_ASCAP, _BMI) else ():
            other = societies.get(link.text("publisher_ip_number"), "")
            if other in _OF_THE_USA and other != mine:
                said = {"value": writer.shown_name, "found": link.text("publisher_name")}
                yield broken("NWR-48", link.line, "PWR publisher_ip_number", **said)
                yield broken("PWR-F06", link.line, "PWR publisher_ip_number", **said)


def _check_american_chains(work: WorkLines) -> Iterator[Broken]:
    """SPU record 13 and 14: who acts for a publisher in the USA belongs to no other society of the USA."""
    for chain in work.by_sequence.values():
        first = chain[0].record.text("pr_society")
        for other in chain[1:]:
            acts = other.record.text("publisher_type") in ("SE", "AM") and any(_collects_in(other, _USA))
            mine = other.record.text("pr_society")
            if acts and first == _ASCAP and mine in (_BMI, _SESAC):
                yield broken("SPU-13", other.record.line, "SPU pr_society", value=other.shown_name)
            if acts and first in (_BMI, _SESAC) and mine == _ASCAP:
                yield broken("SPU-14", other.record.line, "SPU pr_society", value=other.shown_name)


def _check_ascap(work: WorkLines) -> Iterator[Broken]:
    """Rule 52, SPU record 9, SPT record 6 and SWT record 4."""
    parties = (*work.chains.publishers, *work.chains.writers)
    total = sum(_in_the_usa(party) for party in parties)
    if abs(total - PPM) > TOLERANCE_PPM:
        yield broken("NWR-52", work.header.line, "SPT pr_share", value=format_percent(total))
    for party in parties:
        if party.terms and party.terms[0].text("inclusion") == "E":
            key = "SPT-06" if party.terms[0].kind in ("SPT", "OPT") else "SWT-04"
            yield broken(key, party.terms[0].line, f"{party.terms[0].kind} inclusion", value=party.shown_name)
    for chain in work.by_sequence.values():
        first = chain[0]
        is_member = first.controlled and first.record.text("pr_society") == _ASCAP
        if is_member and not any(covering(party.terms, _USA) for party in chain):
            yield broken("SPU-09", first.record.line, "SPT tis", value=first.shown_name)


def _in_the_usa(party: PartyLines) -> int:
    """Return what a party collects of the performing right in the USA; what it owns where nothing is said."""
    if party.controlled or covering(party.terms, _USA):
        return _collects_in(party, _USA)[0]
    return shares_of(party.record)[0]


def _check_jazz(work: WorkLines) -> Iterator[Broken]:
    parties = (*work.chains.publishers, *work.chains.writers)
    of_bmi = any(_BMI in _societies(party) for party in parties)
    if work.header.text("distribution_category") == "JAZ" and of_bmi and work.header.duration_ms() is None:
        yield broken("NWR-F21", work.header.line, f"{work.header.kind} duration")


def _check_departure(work: WorkLines) -> Iterator[Broken]:
    """ARI field 4: who departs from the plan of GEMA says so in a record of its own."""
    wanted = ("035", "PER", "GW")
    said = ((r.text("society"), r.text("type_of_right"), r.text("subject_code")) for r in work.of_kind("ARI"))
    if work.header.text("exceptional_clause") == "Y" and wanted not in said:
        yield broken("ARI-F04", work.header.line, "ARI subject_code")


_OF: Mapping[str, Sequence[Check]] = {
    "ABRAMUS": (_check_brazil,),
    "ASCAP": (_check_ascap,),
    "BMI": (_check_jazz,),
    "GEMA": (_member_rule("NWR-30", "035"), _domain_rule("NWR-31"), _check_departure),
    "HFA": (_check_controlled_writer,),
    "ICE": (_check_original_creators,),
    "MUSICMARK": (_check_american_links, _check_american_chains),
    "SACEM": (_member_rule("NWR-41", "058"),),
    "SGAE": (_check_spain, _domain_rule("NWR-38")),
    "SIAE": (_check_composer,),
    "UBC": (_check_brazil,),
}


def society_checks(societies: frozenset[str]) -> tuple[Check, ...]:
    """Return the checks of the societies whose profiles are on, each once."""
    return tuple(dict.fromkeys(check for name in sorted(societies) for check in _OF.get(name, ())))
