"""From what is registered to a CWR work: the parties of one claim, their chains, what they own and collect where."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from muniment.kernel.formats.cwr import (
    CwrLink,
    CwrOriginal,
    CwrPerformer,
    CwrPublisher,
    CwrRecording,
    CwrTerm,
    CwrTitle,
    CwrWork,
    CwrWriter,
)
from muniment.kernel.words.shares import PPM, Right
from muniment.kernel.words.territory import Territories
from muniment.rights.works.rules.drafts import PUBLISHER_ROLES

_CATEGORIES = frozenset({"JAZ", "POP", "SER", "UNC"})
_TITLE_KINDS = frozenset({"AT", "TE", "FT", "IT", "OT", "TT", "PT", "RT", "ET", "OL", "AL"})
_NUMBER_SIZE = 14
_TITLE_SIZE, _NAME_SIZE, _FIRST_SIZE = 60, 45, 30
_LETTERS_IN_LANGUAGE = 2

type Shares = tuple[int, int, int]
"""Performing, mechanical and synchronisation share, ppm."""


@dataclass(frozen=True, slots=True)
class PartyToSend:
    """Who a party is: name, numbers in their compact form (empty where unknown), CISAC code of its society."""

    party_id: int
    name: str
    ipi_name: str = ""
    ipi_base: str = ""
    society_code: str = ""


@dataclass(frozen=True, slots=True)
class PartToSend:
    """A party's part in a work as the claim has it; `lines` are (right, territories, ppm) of what it collects."""

    party: PartyToSend | None
    name: str
    role: str
    chain: int
    controlled: bool
    owned: Shares
    lines: tuple[tuple[Right, str, int], ...] = ()
    agreement_number: str = ""

    @property
    def is_publisher(self) -> bool:
        """Say whether the role is one of publishers."""
        return self.role in PUBLISHER_ROLES


@dataclass(frozen=True, slots=True)
class WorkToSend:
    """A work with the parts of one claim, publishers and writers in their order."""

    work_id: int
    number: str
    title: str
    iswc: str = ""
    language: str = ""
    duration_ms: int | None = None
    work_class: str = ""
    version_type: str = "ORI"
    original_title: str = ""
    original_iswc: str = ""
    titles: tuple[tuple[str, str, str], ...] = ()  # (title, kind, language)
    recordings: tuple[tuple[str, int | None], ...] = ()  # (ISRC, milliseconds)
    performers: tuple[str, ...] = ()
    parts: tuple[PartToSend, ...] = ()


def cwr_work_of(work: WorkToSend, kind: str, *, controls_all: bool = True) -> CwrWork:
    """Return a registered work as CWR writes it, as NWR, REV or EXC.

    Who is controlled by the submitter is what the claim says; where it says it of nobody, everybody in a chain of
    publishers whose parties have IPI name numbers is, unless `controls_all` is False.
    """
    parts = _with_control(work.parts, controls_all=controls_all)
    chains = _chain_numbers(parts)
    publishers = tuple(_publisher(part, place, chains[place]) for place, part in enumerate(parts) if part.is_publisher)
    firsts: dict[int, CwrPublisher] = {}
    for publisher in publishers:
        firsts.setdefault(publisher.chain, publisher)
    writers = tuple(
        _writer(part, place, firsts.get(chains[place])) for place, part in enumerate(parts) if not part.is_publisher
    )
    changed = work.version_type == "MOD"
    return CwrWork(
        submitter_work_number=work.number[:_NUMBER_SIZE],
        title=_cut(work.title, _TITLE_SIZE),
        kind=kind,
        iswc=work.iswc,
        language=_language(work.language),
        duration_ms=_seconds(work.duration_ms),
        distribution_category=work.work_class if work.work_class in _CATEGORIES - {"SER"} else "UNC",
        version_type="MOD" if changed else "ORI",
        music_arrangement="UNS" if changed else "",
        lyric_adaptation="UNS" if changed else "",
        recorded="Y" if work.recordings else "U",
        titles=tuple(
            CwrTitle(_cut(title, _TITLE_SIZE), kind if kind in _TITLE_KINDS else "AT", _language(language))
            for title, kind, language in work.titles
        ),
        publishers=publishers,
        writers=writers,
        performers=tuple(CwrPerformer(_cut(name, _NAME_SIZE)) for name in work.performers),
        recordings=tuple(CwrRecording(isrc, _seconds(duration_ms)) for isrc, duration_ms in work.recordings),
        original=CwrOriginal(_cut(work.original_title, _TITLE_SIZE), work.original_iswc)
        if work.original_title
        else None,
    )


def _cut(text: str, size: int) -> str:
    return " ".join(text.split())[:size].strip()


def _language(text: str) -> str:
    return text.upper() if len(text) == _LETTERS_IN_LANGUAGE and text.isalpha() else ""


def _seconds(duration_ms: int | None) -> int | None:
    """Return a duration in whole seconds, as CWR has it."""
    return duration_ms // 1000 * 1000 or None if duration_ms else None


def _with_control(parts: Sequence[PartToSend], *, controls_all: bool) -> list[PartToSend]:
    """Say of each part whether the submitter controls it."""
    if not controls_all or any(part.controlled for part in parts):
        return list(parts)
    numbered: dict[int, bool] = {}
    for part in parts:
        if part.is_publisher:
            known = part.party is not None and bool(part.party.ipi_name)
            numbered[part.chain] = numbered.get(part.chain, True) and known
    alone = not numbered
    return [
        PartToSend(
            part.party,
            part.name,
            part.role,
            part.chain,
            part.party is not None and (alone or numbered.get(part.chain, False)),
            part.owned,
            part.lines,
            part.agreement_number,
        )
        for part in parts
    ]


def _chain_numbers(parts: Sequence[PartToSend]) -> list[int]:
    """Number the chains from 1 in the order of their publishers; a writer whom nobody publishes has 0."""
    numbers: dict[int, int] = {}
    found: list[int] = []
    count = 0
    for part in parts:
        if not part.is_publisher:
            found.append(numbers.get(part.chain, 0) if part.chain else 0)
            continue
        if part.chain == 0 or part.chain not in numbers:
            count += 1
            numbers[part.chain] = count
        found.append(numbers[part.chain])
    return found


def _ip_number(part: PartToSend, place: int) -> str:
    return f"{part.party.party_id:09d}"[-9:] if part.party else f"U{place:08d}"


def _publisher(part: PartToSend, place: int, chain: int) -> CwrPublisher:
    party, society = part.party, part.party.society_code if part.party else ""
    performing, mechanical, synchronisation = part.owned
    return CwrPublisher(
        chain=chain,
        role=part.role,
        controlled=part.controlled,
        ip_number=_ip_number(part, place),
        name=_cut(part.name or (party.name if party else ""), _NAME_SIZE),
        unknown=party is None and not part.name,
        ipi_name=party.ipi_name if party else "",
        ipi_base=party.ipi_base if party else "",
        pr_society=society,
        mr_society=society,
        sr_society=society,
        pr_ppm=performing,
        mr_ppm=mechanical,
        sr_ppm=synchronisation,
        submitter_agreement_number=part.agreement_number[:_NUMBER_SIZE],
        terms=terms_of(part.lines) if part.controlled else (),
    )


def _writer(part: PartToSend, place: int, publisher: CwrPublisher | None) -> CwrWriter:
    party = part.party
    first, last = split_name(part.name)
    performing, mechanical, synchronisation = part.owned
    links = (
        (CwrLink(publisher.ip_number, publisher.name, publisher.submitter_agreement_number),)
        if publisher is not None and part.controlled
        else ()
    )
    return CwrWriter(
        controlled=part.controlled,
        ip_number=_ip_number(part, place),
        last_name=_cut(last, _NAME_SIZE),
        first_name=_cut(first, _FIRST_SIZE),
        role=part.role,
        unknown=not part.name,
        ipi_name=party.ipi_name if party else "",
        ipi_base=party.ipi_base if party else "",
        pr_society=party.society_code if party else "",
        pr_ppm=performing,
        mr_ppm=mechanical,
        sr_ppm=synchronisation,
        terms=terms_of(part.lines) if part.controlled else (),
        publishers=links,
    )


def split_name(name: str) -> tuple[str, str]:
    """Return the first names and the last name of a writer; a name in one word is a last name."""
    before, comma, after = name.partition(",")
    if comma:
        return after.strip(), before.strip()
    first, _blank, last = name.strip().rpartition(" ")
    return first, last


def terms_of(lines: Sequence[tuple[Right, str, int]]) -> tuple[CwrTerm, ...]:
    """Return what a party collects as CWR's terms: each territory once, later ones overruling earlier ones.

    Lines of one right that cover the same country add up, but never beyond the whole.
    """
    texts = {text for _right, text, _ppm in lines}
    if len(texts) == 1:
        return _plain_terms(next(iter(texts)), _sums(lines))
    by_country: dict[int, dict[Right, int]] = {}
    for right, text, share_ppm in lines:
        for country in Territories.parse(text).countries:
            shares = by_country.setdefault(country, dict.fromkeys(Right, 0))
            shares[right] = min(PPM, shares[right] + share_ppm)
    groups: dict[Shares, list[int]] = {}
    for country, shares in by_country.items():
        performing, mechanical, synchronisation = (shares[right] for right in Right)
        groups.setdefault((performing, mechanical, synchronisation), []).append(country)
    terms: dict[int, CwrTerm] = {}
    for told, countries in sorted(groups.items(), key=lambda group: (-len(group[1]), group[0])):
        for term in _plain_terms(Territories.of_countries(countries).text, told):
            terms.pop(term.tis, None)  # what is told last of a territory holds
            terms[term.tis] = term
    return tuple(_checked(terms, groups))


def _checked(terms: Mapping[int, CwrTerm], groups: Mapping[Shares, Sequence[int]]) -> Sequence[CwrTerm]:
    """Return the terms where they say what the groups say; else each country by itself."""
    wanted = {country: shares for shares, countries in groups.items() for country in countries if any(shares)}
    told: dict[int, Shares] = {}
    for term in terms.values():
        for country in Territories.parse(str(term.tis)).countries:
            told[country] = (term.pr_ppm, term.mr_ppm, term.sr_ppm)
    if {country: shares for country, shares in told.items() if any(shares)} == wanted:
        return tuple(terms.values())
    return tuple(CwrTerm("I", country, *shares) for country, shares in sorted(wanted.items()))


def _sums(lines: Sequence[tuple[Right, str, int]]) -> Shares:
    sums = dict.fromkeys(Right, 0)
    for right, _text, share_ppm in lines:
        sums[right] = min(PPM, sums[right] + share_ppm)
    performing, mechanical, synchronisation = (sums[right] for right in Right)
    return performing, mechanical, synchronisation


def _plain_terms(text: str, shares: Shares) -> tuple[CwrTerm, ...]:
    if not any(shares):
        return ()
    return tuple(
        CwrTerm("E", int(code[1:])) if code.startswith("-") else CwrTerm("I", int(code), *shares)
        for code in text.replace(",", " ").split()
    )


@dataclass(frozen=True, slots=True)
class Submitted:
    """A work as it went to a society, with what the society said last; an empty status: no answer yet."""

    submitted_id: int
    submission_id: int
    society_code: str
    work_id: int
    work_code: str
    title: str
    kind: str
    number: str
    sent_on: date
    status: str = ""
    society_number: str = ""
    iswc: str = ""
    processed_on: date | None = None
    conflict_title: str = ""
    reasons: tuple[str, ...] = field(default=())

    @property
    def state(self) -> str:
        """Return where the work stands at the society: open, accepted, conflict or rejected."""
        return STATE_OF.get(self.status, "open")


STATE_OF = {
    "": "open", "RA": "open", "AS": "accepted", "AC": "accepted", "DU": "accepted", "CO": "conflict",
    "RJ": "rejected", "NP": "rejected", "RC": "rejected",
}  # fmt: skip
"""Where a work stands, by the status of the standard: RA has passed the checks of the society and no more."""
