"""From a CWR work to our draft: chains of publishers, collection by territory, agreements, performers."""

import unicodedata
from collections.abc import Iterator, Sequence

from muniment.kernel.formats.cwr import CwrPublisher, CwrTerm, CwrWork, CwrWriter
from muniment.kernel.formats.texts import MARKS
from muniment.kernel.words.identifiers import (
    InvalidIdentifier,
    parse_ipi_base,
    parse_ipi_name,
    parse_isrc,
    parse_iswc,
)
from muniment.kernel.words.problems import Level, Problem
from muniment.kernel.words.shares import Right
from muniment.kernel.words.territory import Territories, UnknownTerritory
from muniment.rights.works.rules.drafts import (
    AgreementDraft,
    ContributorDraft,
    RecordingDraft,
    ShareDraft,
    TitleDraft,
    WorkDraft,
)

_PARSERS = {"iswc": parse_iswc, "isrc": parse_isrc, "ipi_name": parse_ipi_name, "ipi_base": parse_ipi_base}


def draft_of(work: CwrWork, line: int) -> tuple[WorkDraft, tuple[Problem, ...]]:
    """Return the draft of a CWR work and warnings about numbers and territories in it that are left out."""
    reading = _Reading(line)
    contributors = [*(reading.publisher(one) for one in work.publishers), *_writers(work, reading)]
    shares: list[ShareDraft] = []
    for place, publisher in enumerate(work.publishers):
        shares += reading.shares(place, publisher.terms, plain_text(publisher.submitter_agreement_number))
    for place, writer in enumerate(work.writers, len(work.publishers)):
        shares += reading.shares(place, writer.terms, "")
    draft = WorkDraft(
        title=plain_text(work.title),
        submitter_number=plain_text(work.submitter_work_number),
        iswc=reading.number("iswc", work.iswc),
        language=work.language,
        duration_ms=work.duration_ms or None,
        work_class=work.distribution_category,
        version_type=work.version_type or "ORI",
        original_title=plain_text(work.original.title) if work.original else "",
        original_iswc=reading.number("iswc", work.original.iswc) if work.original else None,
        titles=tuple(
            TitleDraft(plain_text(title.title), title.kind or "AT", title.language)
            for title in work.titles
            if plain_text(title.title)
        ),
        contributors=tuple(contributors),
        shares=tuple(shares),
        agreements=tuple(_agreements(work)),
        recordings=tuple(_recordings(work, reading)),
        line=line,
    )
    return draft, tuple(reading.problems)


def plain_text(text: str) -> str:
    """Return a text on one line, with blanks for control characters and without marks that cannot be seen."""
    if text.isascii() and text.isprintable():
        return text
    text = MARKS.sub("", text)
    return " ".join("".join(" " if unicodedata.category(letter) == "Cc" else letter for letter in text).split())


class _Reading:
    """One work while it is read, and what had to be left out of it."""

    def __init__(self, line: int) -> None:
        self.line = line
        self.problems: list[Problem] = []

    def number(self, field: str, text: str) -> str | None:
        """Return a number in its compact form, None where it is missing or wrong."""
        if not text.strip("0 "):
            return None
        try:
            return _PARSERS[field](text)
        except InvalidIdentifier as error:
            self._warn(field, "work.wrong_number", error.message, "It is left out; ask the sender to correct it.")
            return None

    def publisher(self, one: CwrPublisher) -> ContributorDraft:
        """Return a publisher as a contributor."""
        return ContributorDraft(
            name="" if one.unknown else plain_text(one.name),
            role=one.role,
            ipi_name=self.number("ipi_name", one.ipi_name),
            ipi_base=self.number("ipi_base", one.ipi_base),
            society_code=_society(one.pr_society),
            aliases=tuple(plain_text(name.name) for name in one.other_names),
            chain=one.chain,
            controlled=one.controlled,
            pr_own_ppm=one.pr_ppm,
            mr_own_ppm=one.mr_ppm,
            sr_own_ppm=one.sr_ppm,
        )

    def writer(self, one: CwrWriter, chain: int) -> ContributorDraft:
        """Return a writer as a contributor in the chain of the writer's publisher."""
        return ContributorDraft(
            name="" if one.unknown else plain_text(one.full_name),
            role=one.role or "CA",
            ipi_name=self.number("ipi_name", one.ipi_name),
            ipi_base=self.number("ipi_base", one.ipi_base),
            society_code=_society(one.pr_society),
            aliases=tuple(plain_text(f"{name.first_name} {name.name}") for name in one.other_names),
            chain=chain,
            controlled=one.controlled,
            pr_own_ppm=one.pr_ppm,
            mr_own_ppm=one.mr_ppm,
            sr_own_ppm=one.sr_ppm,
        )

    def shares(self, place: int, terms: Sequence[CwrTerm], agreement_number: str) -> Iterator[ShareDraft]:
        """Yield what a party collects: a line for each right and each different share."""
        for right in Right:
            stated = dict.fromkeys(_ppm(term, right) for term in terms if term.sign != "E")
            for share_ppm in stated:
                text = _territories(terms, right, share_ppm)
                if not share_ppm or not text:
                    continue
                try:
                    empty = not Territories.parse(text).countries
                except UnknownTerritory as error:
                    self._warn("tis", "work.unknown_territory", error.message, "The share is left out.")
                    continue
                if not empty:
                    yield ShareDraft(place, right, share_ppm, text, agreement_number=agreement_number)

    def _warn(self, field: str, rule: str, message: str, remedy: str) -> None:
        self.problems.append(Problem(self.line, field, rule, message, remedy, Level.WARNING))


def _ppm(term: CwrTerm, right: Right) -> int:
    match right:
        case Right.PERFORMING:
            return term.pr_ppm
        case Right.MECHANICAL:
            return term.mr_ppm
    return term.sr_ppm


def _territories(terms: Sequence[CwrTerm], right: Right, share_ppm: int) -> str:
    """Return where the party collects exactly this share: a later term overrides an earlier one for its places."""
    text: list[str] = []
    for term in terms:
        if term.sign != "E" and _ppm(term, right) == share_ppm:
            text.append(str(term.tis))
        elif text:
            text.append(f"-{term.tis}")
    return " ".join(text)


def _society(code: str) -> str:
    """Return the society's three digits; empty where there is none (CWR writes 099 for no society)."""
    digits = code.strip()
    return digits.zfill(3) if digits.isdigit() and int(digits) not in (0, 99) and len(digits) <= 3 else ""


def _writers(work: CwrWork, reading: _Reading) -> Iterator[ContributorDraft]:
    chains = {publisher.ip_number: publisher.chain for publisher in work.publishers if publisher.ip_number}
    for writer in work.writers:
        links = [link.chain or chains.get(link.publisher_ip_number, 0) for link in writer.publishers]
        yield reading.writer(writer, links[0] if links else 0)


def _agreements(work: CwrWork) -> Iterator[AgreementDraft]:
    """Yield the agreements that links of writers and publishers name; a link says who assigned to whom."""
    places = {one.ip_number: place for place, one in enumerate(work.publishers) if one.ip_number}
    kinds = {plain_text(one.submitter_agreement_number): one.agreement_type for one in work.publishers}
    met: set[str] = set()
    for at, writer in enumerate(work.writers, len(work.publishers)):
        for link in writer.publishers:
            number = plain_text(link.submitter_agreement_number)
            if number and number not in met:
                met.add(number)
                yield AgreementDraft(number, kinds.get(number, ""), at, places.get(link.publisher_ip_number))
    for place, one in enumerate(work.publishers):
        number = plain_text(one.submitter_agreement_number)
        if number and number not in met:
            met.add(number)
            yield AgreementDraft(number, one.agreement_type, None, place)


def _recordings(work: CwrWork, reading: _Reading) -> Iterator[RecordingDraft]:
    """Yield the recordings; CWR names performers beside them, not on them, so each recording gets all of them."""
    performers = plain_text(", ".join(one.full_name for one in work.performers if one.full_name))
    for one in work.recordings:
        yield RecordingDraft(
            plain_text(one.title),
            reading.number("isrc", one.isrc),
            plain_text(one.artist) or performers,
            one.duration_ms or None,
        )
    if not work.recordings and performers:
        yield RecordingDraft(performer=performers)
