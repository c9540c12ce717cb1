"""Read ERN: the sound recordings of a message, with everything the message says of each.

Version 3.8 tells parties where they stand and parts what differs by territory; version 4 has a list of parties and
refers to it. Both are read through the same names. Deals, releases and files are not looked at.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from lxml import etree

from muniment.kernel.formats.door.records import (
    IdentifierRecord,
    NeutralRecord,
    PartyRecord,
    RecordingRecord,
    ShareRecord,
    TitleRecord,
)
from muniment.kernel.formats.ern.rules import TABLE
from muniment.kernel.formats.markup import line_of, local_name, read_root, records, text_of
from muniment.kernel.formats.tables import UnreadableCell, parse_duration_ms
from muniment.kernel.formats.texts import LONGEST_TEXT, UNUSUAL, clean
from muniment.kernel.words.identifiers import (
    InvalidIdentifier,
    parse_dpid,
    parse_ipi_name,
    parse_isni,
    parse_isrc,
    parse_iswc,
)
from muniment.kernel.words.problems import BadFile, Problem
from muniment.kernel.words.shares import InvalidShare, parse_percent

_VERSION = re.compile(r"/ern(?:-main)?/(\d)(\d*)$")
_READ = frozenset({"Party", "MusicalWork", "SoundRecording"})
_MOST_PROBLEMS = 1_000
"""So many things are told of one recording."""
_ROLES = {
    "mainartist": "main artist", "featuredartist": "featured artist", "featuredperformer": "featured artist",
    "composer": "composer", "lyricist": "lyricist", "composerlyricist": "composer lyricist", "author": "author",
    "arranger": "arranger", "adapter": "adaptor", "translator": "translator", "musicpublisher": "publisher",
    "originalpublisher": "publisher", "subpublisher": "subpublisher", "producer": "producer",
    "studioproducer": "studio producer", "conductor": "conductor", "narrator": "narrator",
    "associatedperformer": "performer", "artist": "performer", "studiopersonnel": "contributor",
}  # fmt: skip
_NUMBERS = (("ISNI", "ISNI", parse_isni), ("IpiNameNumber", "IPI name", parse_ipi_name), ("DPID", "DPID", parse_dpid))


def read_records(path: Path) -> Iterator[NeutralRecord | Problem]:
    """Yield the sound recordings of a message and what is wrong with them.

    Raises:
        BadFile: another message or version, not well formed, or a record too large to be held.
    """
    version_of(path)
    parties: dict[str, PartyRecord] = {}
    works: dict[str, str] = {}
    for element in records(path, _READ):
        reading = _Reading(line_of(element), parties, works)
        match local_name(element):
            case "Party":
                reading.note_party(element)
            case "MusicalWork":
                reading.note_work(element)
            case _:
                recording = reading.recording(element)
                if recording is not None:
                    yield recording
        yield from reading.problems


def check(path: Path) -> Iterator[Problem]:
    """Yield every error and warning of a message.

    Raises:
        BadFile: see `read_records`.
    """
    return (item for item in read_records(path) if isinstance(item, Problem))


def version_of(path: Path) -> str:
    """Return the version of a message, such as "3.8" or "4.3".

    Raises:
        BadFile: it is no NewReleaseMessage of these versions.
    """
    root = read_root(path)
    found = _VERSION.search(root.namespace)
    if found is None:
        raise BadFile(f"{path.name} is not ERN: it begins with {root.name[:60]}.", "Send a NewReleaseMessage.")
    version = ".".join((found[1], *found[2]))
    if root.name != "NewReleaseMessage":
        raise BadFile(f"{path.name} is a {root.name[:60]} of ERN {version}.", "Send a NewReleaseMessage.")
    if not (found[1] == "4" or version.startswith("3.8")):
        raise BadFile(f"{path.name} is ERN {version}, which is not read.", "Ask the sender for ERN 3.8 or 4.")
    return version


def _find(element: etree._Element, *path: str) -> Iterator[etree._Element]:
    """Yield the descendants at a path of local names."""
    if not path:
        yield element
        return
    for child in element:
        if local_name(child) == path[0]:
            yield from _find(child, *path[1:])


class _Reading:
    """One element while it is read, with the parties and works that the message told before it."""

    def __init__(self, line: int, parties: dict[str, PartyRecord], works: dict[str, str]) -> None:
        self._line = line
        self._parties = parties
        self._works = works
        self._told: dict[Problem, None] = {}

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Return what was wrong, each thing once."""
        return tuple(self._told)

    def note_party(self, element: etree._Element) -> None:
        """Keep a party of the list of version 4 under its reference."""
        reference = self._first(element, "PartyReference")
        if reference:
            self._parties[reference] = self._party(element, ())

    def note_work(self, element: etree._Element) -> None:
        """Keep the ISWC of a work of the message under its reference."""
        reference = self._first(element, "MusicalWorkReference")
        for found in _find(element, "MusicalWorkId", "ISWC"):
            self._works[reference] = self._checked("ER-04", "ISWC", found)

    def recording(self, element: etree._Element) -> RecordingRecord | None:
        """Return a sound recording, None where it has no title."""
        details = [element, *_find(element, "SoundRecordingDetailsByTerritory")]
        titles = self._titles(element, details)
        if not titles:
            self._broken("ER-02", "ReferenceTitle", "The recording has no title.")
            return None
        identifiers = tuple(dict.fromkeys(self._numbers(element)))
        if not identifiers:
            self._broken("ER-07", "ISRC", "The recording has no number.")
        parties = tuple(dict.fromkeys(party for one in details for party in self._people(one)))
        shown = [self._text(found) for one in details for found in _find(one, "DisplayArtistName")]
        artists = [party.name for party in parties if {"main artist", "featured artist"} & set(party.roles)]
        reference = self._first(element, "ResourceReference")
        return RecordingRecord(
            key=next((one.value for one in identifiers if one.scheme == "ISRC"), reference),
            titles=titles,
            artist=next(filter(None, shown), "") or ", ".join(dict.fromkeys(artists)),
            parties=parties,
            shares=tuple(dict.fromkeys(share for one in details for share in self._shares(one))),
            identifiers=identifiers,
            duration_ms=self._duration(element),
            language=self._first(element, "LanguageOfPerformance").lower()[:20],
            p_line=self._line_text("PLine", element, details),
            c_line=self._line_text("CLine", element, details),
            works=tuple(dict.fromkeys(filter(None, self._iswcs(element)))),
            line=self._line,
        )

    def _titles(self, element: etree._Element, details: list[etree._Element]) -> tuple[TitleRecord, ...]:
        found: dict[str, TitleRecord] = {}
        names = [(element, "ReferenceTitle"), (element, "DisplayTitle")]
        names += [(one, name) for one in details for name in ("Title", "AdditionalTitle")]
        for place, name in names:
            for title in _find(place, name):
                text = self._first(title, "TitleText")
                language = str(title.get("LanguageAndScriptCode") or "")
                kind = "original" if not found else "alternative"
                if text and text.casefold() not in found:
                    code, _, script = language.partition("-")
                    subtitle = self._first(title, "SubTitle")
                    found[text.casefold()] = TitleRecord(text, kind, subtitle, code.lower()[:3], script[:4])
        if not found:
            text = self._first(element, "DisplayTitleText")
            return (TitleRecord(text),) if text else ()
        return tuple(found.values())

    def _numbers(self, element: etree._Element) -> Iterator[IdentifierRecord]:
        ids = ("SoundRecordingId", "ResourceId")
        places = [found for name in ids for found in _find(element, name)]
        places += [found for name in ids for found in _find(element, "SoundRecordingEdition", name)]
        for place in places:
            for isrc in _find(place, "ISRC"):
                value = self._checked("ER-03", "ISRC", isrc)
                if value:
                    yield IdentifierRecord("ISRC", value)
            for other in _find(place, "ProprietaryId"):
                yield IdentifierRecord("proprietary", self._text(other), str(other.get("Namespace") or "")[:80])

    def _iswcs(self, element: etree._Element) -> Iterator[str]:
        for path in (("IndirectSoundRecordingId", "ISWC"), ("WorkId", "ISWC"), ("MusicalWorkId", "ISWC")):
            for found in _find(element, *path):
                yield self._checked("ER-04", "ISWC", found)
        references = ("ResourceMusicalWorkReferenceList", "ResourceMusicalWorkReference")
        for found in _find(element, *references, "ResourceMusicalWorkReference"):
            yield self._referred(self._text(found), self._works) or ""

    def _people(self, element: etree._Element) -> Iterator[PartyRecord]:
        told = (
            ("DisplayArtist", ("ArtistRole", "DisplayArtistRole"), "main artist"),
            ("ResourceContributor", ("ResourceContributorRole",), "contributor"),
            ("IndirectResourceContributor", ("IndirectResourceContributorRole",), "contributor"),
            ("Contributor", ("Role",), "contributor"),
            ("RightsController", (), "rights holder"),
            ("ResourceRightsController", (), "rights holder"),
        )
        for name, roles, otherwise in told:
            for found in _find(element, name):
                words = [text_of(role) for of_name in roles for role in _find(found, of_name)]
                ours = tuple(dict.fromkeys(_ROLES.get(word.replace(" ", "").lower(), otherwise) for word in words))
                party = self._whose(found, ours or (otherwise,))
                if party is not None:
                    yield party

    def _whose(self, element: etree._Element, roles: tuple[str, ...]) -> PartyRecord | None:
        """Return who an element is about: told in it, or in the list of parties."""
        for child in element:
            if local_name(child).endswith("PartyReference"):
                party = self._referred(self._text(child), self._parties)
                if party is None:
                    return None
                return PartyRecord(
                    party.name, party.key, roles, identifiers=party.identifiers, other_names=party.other_names,
                    line=self._line,
                )  # fmt: skip
        party = self._party(element, roles)
        return party if party.name else None

    def _party(self, element: etree._Element, roles: tuple[str, ...]) -> PartyRecord:
        names = [self._text(found) for found in _find(element, "PartyName", "FullName")]
        numbers: list[IdentifierRecord] = []
        for tag, scheme, parse in _NUMBERS:
            for found in _find(element, "PartyId", tag):
                try:
                    numbers.append(IdentifierRecord(scheme, parse(text_of(found))))
                except InvalidIdentifier as error:
                    self._broken("ER-08", tag, error.message)
        return PartyRecord(
            name=names[0] if names else "",
            roles=roles,
            other_names=tuple(TitleRecord(name, "alternative") for name in names[1:] if name),
            identifiers=tuple(numbers),
            line=self._line,
        )

    def _shares(self, element: etree._Element) -> Iterator[ShareRecord]:
        for name in ("RightsController", "ResourceRightsController"):
            for found in _find(element, name):
                party = self._whose(found, ("rights holder",))
                percent = self._first(found, "RightSharePercentage")
                if party is None or not percent:
                    continue
                try:
                    yield ShareRecord(party.name, parse_percent(percent), role="rights holder", line=self._line)
                except InvalidShare as error:
                    self._broken("ER-10", "RightSharePercentage", error.message)

    def _duration(self, element: etree._Element) -> int | None:
        text = self._first(element, "Duration")
        try:
            if text.upper().startswith("P"):
                return parse_duration_ms(text)
        except UnreadableCell:
            text = text[:40]
        if text:
            self._broken("ER-05", "Duration", f"{text[:40]!r} is no duration.")
        return None

    def _line_text(self, name: str, element: etree._Element, details: list[etree._Element]) -> str:
        """Return a P or C line, its year in front where the text does not have it."""
        for place in (*details, *_find(element, "SoundRecordingEdition")):
            for found in _find(place, name):
                year, text = self._first(found, "Year"), self._first(found, f"{name}Text")
                return text if not year or year in text else f"{year} {text}"
        return ""

    def _referred[Found](self, reference: str, told: dict[str, Found]) -> Found | None:
        found = told.get(reference)
        if found is None:
            self._broken("ER-06", "Reference", f"{reference[:40]!r} is nowhere in the message.")
        return found

    def _checked(self, rule: str, scheme: str, element: etree._Element) -> str:
        try:
            return (parse_isrc if scheme == "ISRC" else parse_iswc)(text_of(element))
        except InvalidIdentifier as error:
            self._broken(rule, scheme, error.message)
            return ""

    def _first(self, element: etree._Element, *path: str) -> str:
        found = next(_find(element, *path), None)
        return "" if found is None else self._text(found)

    def _text(self, element: etree._Element) -> str:
        text = text_of(element)
        if len(text) > LONGEST_TEXT or UNUSUAL.search(text) is not None:
            self._broken("ER-09", local_name(element), "The text is too long or has marks in it.")
        return clean(text)[:LONGEST_TEXT]

    def _broken(self, rule: str, field: str, message: str) -> None:
        if len(self._told) < _MOST_PROBLEMS:
            self._told[TABLE.broken(rule, self._line, field, message)] = None
