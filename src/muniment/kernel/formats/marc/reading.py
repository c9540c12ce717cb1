"""Read MARC 21: each record as a work with its edition; recordings and films on carriers are editions by themselves."""

import csv
import re
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path

from muniment.kernel.formats.door.records import (
    DateRecord,
    EditionRecord,
    IdentifierRecord,
    NeutralRecord,
    PartyRecord,
    TitleRecord,
    WorkRecord,
)
from muniment.kernel.formats.marc.fields import MarcField, MarcRecord, marc_records
from muniment.kernel.formats.marc.rules import TABLE
from muniment.kernel.formats.texts import LONGEST_TEXT, UNUSUAL, clean
from muniment.kernel.words.identifiers import (
    InvalidIdentifier,
    parse_ean,
    parse_isbn,
    parse_isni,
    parse_isrc,
    parse_issn,
)
from muniment.kernel.words.names import script_of
from muniment.kernel.words.problems import BadFile, Problem

_KINDS = {"a": "text", "t": "text", "c": "music", "d": "music", "k": "image", "e": "image", "f": "image"}
_RELEASES = "ij"
_SCRIPTS = {"(3": "Arab", "(4": "Arab", "(B": "Latn", "$1": "Hani", "(N": "Cyrl", "(Q": "Cyrl", "(S": "Grek",
            "(2": "Hebr"}  # fmt: skip
_FORMS = {"a": "microfilm", "b": "microfiche", "d": "large print", "f": "braille", "o": "online", "q": "electronic",
          "s": "electronic", "r": "print"}  # fmt: skip
_PEOPLE = ("100", "110", "111", "700", "710", "711")
_ISBN = re.compile(r"\s*([0-9][0-9Xx\- ]{8,16}[0-9Xx])")
_DATES = re.compile(r"(?:\b|^)(\d{4})\s*-\s*(\d{4})?")
_ISNI_PREFIX = re.compile(r"\(isni\)", re.IGNORECASE)
_TRAILING = " /:;,=."
_MOST_PROBLEMS = 1_000
"""So many things are told of one record."""
_SET_WORDS = ("set", "v.", "vol", "series")


def read_records(path: Path) -> Iterator[NeutralRecord | Problem]:
    """Yield the records of a file as works and editions, and what is wrong with them.

    The line of a problem is the number of the record in the file, in XML the line on which it begins.

    Raises:
        BadFile: it is no MARC, UNIMARC from its first record on, or breaks in the middle.
    """
    for count, item in enumerate(marc_records(path)):
        if isinstance(item, Problem):
            yield item
            continue
        if item.is_unimarc and not count:
            raise BadFile(f"{path.name} is UNIMARC, which is not read.", "Export it as MARC 21.")
        reading = _Record(item)
        found = reading.found()
        yield from reading.problems
        if found is not None:
            yield found


def check(path: Path) -> Iterator[Problem]:
    """Yield every error and warning of a file.

    Raises:
        BadFile: see `read_records`.
    """
    return (item for item in read_records(path) if isinstance(item, Problem))


@cache
def _relators() -> Mapping[str, str]:
    """Return our role for each code and each term of a relator."""
    with (files(__package__) / "relators.csv").open(encoding="utf-8") as file:
        return {word: row["role"] for row in csv.DictReader(file) for word in (row["code"], row["term"])}


class _Record:
    """One record while it is read, and what was wrong with it."""

    def __init__(self, record: MarcRecord) -> None:
        self._record = record
        self._linked = self._links()
        self._beside = dict(self._linked)
        self._told: dict[Problem, None] = {}

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Return what was wrong, each thing once."""
        return tuple(self._told)

    def found(self) -> WorkRecord | EditionRecord | None:
        """Return the work, the edition of a recording, or None where the record cannot be used."""
        if self._record.is_unimarc:
            self._broken("MA-02", "200", "The record is UNIMARC.")
            return None
        titles = self._titles()
        if not titles:
            self._broken("MA-03", "245", "The record has no title.")
            return None
        key = self._text(self._record.control("001"), "001")[:60]
        if not key:
            self._broken("MA-09", "001", "The record has no control number.")
        kind = self._record.leader[6:7]
        people = tuple(self._people())
        edition = self._edition(key, titles, people)
        self._check_links()
        if kind in _RELEASES and kind:
            return edition
        language = self._languages()[0] if self._languages() else ""
        first = titles[0]
        own = TitleRecord(first.text, first.kind, first.subtitle, language, first.script)
        return WorkRecord(
            key=key,
            titles=(own, *titles[1:]),
            parties=people,
            editions=(edition,),
            line=self._record.place,
            kind=_KINDS.get(kind, "audiovisual" if kind == "g" else "other"),
            language=language,
        )

    def _edition(self, key: str, titles: list[TitleRecord], people: tuple[PartyRecord, ...]) -> EditionRecord:
        leader, fixed = self._record.leader, self._record.control("008")
        is_release = leader[6:7] in _RELEASES and leader[6:7] != ""
        form = "sheet music" if leader[6:7] in "cd" and leader[6:7] else _FORMS.get(fixed[23:24], "")
        imprint = next((one for one in self._record.each("264", "260") if one.indicators[1] in " 1"), None)
        return EditionRecord(
            key=key,
            titles=(titles[0],),
            kind="release" if is_release else "journal" if leader[7:8] == "s" else "book",
            form=form,
            parties=people if is_release else (),
            identifiers=tuple(self._numbers()),
            publisher=_trimmed(self._text(imprint.first("b"), "264") if imprint else ""),
            edition=_trimmed(self._first("250", "a")),
            series=tuple(
                TitleRecord(_trimmed(self._text(one.first("a"), one.tag)), "series")
                for one in self._record.each("490")
                if one.first("a")
            ),
            dates=tuple(self._dates(imprint, fixed)),
            languages=tuple(self._languages()),
            page_count=self._pages(),
            url=self._url(),
            line=self._record.place,
        )

    def _titles(self) -> list[TitleRecord]:
        """Return the title, what it is in other scripts, and its other titles."""
        main = self._record.first("245")
        if main is None:
            return []
        found: dict[str, TitleRecord] = {}
        self._note(found, self._title_of(main, "original"))
        for other in self._others_of(main):
            self._note(found, self._title_of(other, "alternative"))
        for field in self._record.each("240", "130", "246", "247", "210"):
            kind = {"240": "original", "130": "original", "247": "former", "210": "abbreviated"}
            self._note(found, self._title_of(field, kind.get(field.tag, "alternative")))
            for other in self._others_of(field):
                self._note(found, self._title_of(other, "alternative"))
        return list(found.values())

    def _note(self, found: dict[str, TitleRecord], title: TitleRecord) -> None:
        if title.text:
            found.setdefault(title.text.casefold(), title)

    def _title_of(self, field: MarcField, kind: str) -> TitleRecord:
        parts = [_trimmed(self._text(text, field.tag)) for text in field.each("anp")]
        subtitle = _trimmed(self._text(field.first("b"), field.tag))
        text = ". ".join(filter(None, parts))
        script = _script(field) or script_of(text)
        return TitleRecord(text, kind, subtitle, "", script if script != "Zyyy" else "")

    def _people(self) -> Iterator[PartyRecord]:
        for place, field in enumerate(self._record.each(*_PEOPLE), 1):
            name = self._name(field)
            if not name or field.first("t"):
                continue  # with a title it is an entry for another work
            others = self._others_of(field)
            names = [(self._name(other), _script(other)) for other in others]
            family, _, given = name.partition(", ") if field.tag[1:] == "00" else ("", "", "")
            born, died = _life(field.first("d"))
            yield PartyRecord(
                name=f"{given} {family}".strip() if given else name,
                roles=self._roles(field),
                kind="person" if field.tag[1:] == "00" else "organisation",
                family_name=family if given else "",
                given_names=given,
                other_names=tuple(TitleRecord(text, "alternative", "", "", script) for text, script in names if text),
                identifiers=tuple(self._name_numbers(field)),
                sequence=place,
                born_on=born,
                died_on=died,
                line=self._record.place,
            )

    def _name(self, field: MarcField) -> str:
        parts = field.each("abc" if field.tag[1:] == "00" else "abn")
        if field.tag == "880":
            parts = field.each("abc")
        return _trimmed(self._text(" ".join(parts), field.tag))

    def _roles(self, field: MarcField) -> tuple[str, ...]:
        told = [one.rpartition("/")[2].strip() for one in field.each("4")]
        told += [_trimmed(one).lower() for one in field.each("e" if field.tag[1:] != "11" else "j")]
        roles: dict[str, None] = {}
        for word in told:
            if word not in _relators():
                self._broken("MA-06", field.tag, f"{word[:40]!r} is no relator of the list.")
            roles[_relators().get(word, "contributor")] = None
        if roles:
            return tuple(roles)
        if field.tag[0] == "1":
            return ("composer",) if self._record.leader[6:7] in ("c", "d", "j") else ("author",)
        return ("contributor",)

    def _name_numbers(self, field: MarcField) -> Iterator[IdentifierRecord]:
        for text in field.each("01"):
            if "isni" in text.lower():
                try:
                    yield IdentifierRecord("ISNI", parse_isni(_ISNI_PREFIX.sub("", text.rpartition("/")[2])))
                except InvalidIdentifier as error:
                    self._broken("MA-11", field.tag, error.message)

    def _numbers(self) -> Iterator[IdentifierRecord]:
        told: dict[IdentifierRecord, None] = {}
        for field in self._record.each("020"):
            for text in field.each("a"):
                told |= dict.fromkeys(self._isbn(text, field))
        for field in self._record.each("022"):
            if field.first("a"):
                told |= dict.fromkeys(self._parsed("MA-05", "ISSN", field.first("a")))
        for field in self._record.each("024"):
            told |= dict.fromkeys(self._other_number(field))
        for field in self._record.each("010"):
            if lccn := re.match(r"[a-z]{0,3}\s*\d{2,12}", field.first("a").strip()):
                told[IdentifierRecord("LCCN", lccn[0].replace(" ", ""))] = None
        for field in self._record.each("035"):
            found = re.match(r"\(OCoLC\)\D{0,3}(\d{1,14})", field.first("a"))
            if found:
                told[IdentifierRecord("OCLC", found[1])] = None
        return iter(told)

    def _isbn(self, text: str, field: MarcField) -> Iterator[IdentifierRecord]:
        """Yield an ISBN; that of a set or of one volume of several does not tell this work and has another name."""
        found = _ISBN.match(text)
        if found is None:
            if any(map(str.isdigit, text)):
                self._broken("MA-04", "020", f"{text[:40]!r} is no ISBN.")
            return
        qualifier = f"{text[found.end() :]} {' '.join(field.each('q'))}".lower()
        for one in self._parsed("MA-04", "ISBN", found[1]):
            of_part = any(word in qualifier for word in _SET_WORDS)
            yield IdentifierRecord("ISBN of a part", one.value) if of_part else one

    def _other_number(self, field: MarcField) -> Iterator[IdentifierRecord]:
        text, first = clean(field.first("a"))[:100], field.indicators[0]
        if first == "0":
            return self._parsed("MA-11", "ISRC", text)
        if first in "13":
            return self._parsed("MA-11", "EAN-13", text)
        if first == "2":
            return iter([IdentifierRecord("ISMN", text)])
        if first == "7" and field.first("2").lower() == "doi" and text:
            return iter([IdentifierRecord("DOI", text.lower().removeprefix("https://doi.org/"))])
        return iter(())

    def _parsed(self, rule: str, scheme: str, text: str) -> Iterator[IdentifierRecord]:
        parse = {"ISBN": parse_isbn, "ISSN": parse_issn, "ISRC": parse_isrc, "EAN-13": parse_ean}[scheme]
        try:
            yield IdentifierRecord(scheme, parse(text))
        except InvalidIdentifier as error:
            self._broken(rule, scheme, error.message)

    def _languages(self) -> list[str]:
        told = [self._record.control("008")[35:38]]
        told += [
            part[at : at + 3]
            for one in self._record.each("041")
            for part in one.each("a")
            for at in range(0, len(part), 3)
        ]
        found: dict[str, None] = {}
        for code in told:
            plain = code.strip(" |\\#").lower()
            if len(plain) == 3 and plain.isascii() and plain.isalpha() and plain not in ("und", "zxx", "mul"):
                found[plain] = None
            elif plain and plain not in ("und", "zxx", "mul"):
                self._broken("MA-08", "041", f"{plain[:20]!r} is no language.")
        return list(found)

    def _dates(self, imprint: MarcField | None, fixed: str) -> Iterator[DateRecord]:
        year = fixed[7:11]
        if year.isascii() and year.isdigit() and "0000" < year < "9999":
            yield DateRecord("published", None, year)
        elif imprint is not None and imprint.first("c"):
            yield DateRecord("published", None, _trimmed(self._text(imprint.first("c"), imprint.tag))[:40])

    def _pages(self) -> int | None:
        found = re.search(r"(\d{1,5})\s*(?:p\b|pages|p\.)", self._first("300", "a"))
        return int(found[1]) if found else None

    def _url(self) -> str:
        told = (one for field in self._record.each("856") for one in field.each("u"))
        return next((one[:LONGEST_TEXT] for one in told if one.lower().startswith(("http://", "https://"))), "")

    def _first(self, tag: str, code: str) -> str:
        field = self._record.first(tag)
        return self._text(field.first(code), tag) if field else ""

    def _links(self) -> dict[tuple[str, str], list[MarcField]]:
        """Return the fields in other scripts by the tag and occurrence of what they stand beside."""
        found: dict[tuple[str, str], list[MarcField]] = {}
        for field in self._record.each("880"):
            tag, occurrence = field.first("6")[:3], field.first("6")[4:6]
            found.setdefault((tag, occurrence), []).append(field)
        return found

    def _others_of(self, field: MarcField) -> list[MarcField]:
        """Return the field in other scripts; of several fields under one number the first has them."""
        return self._beside.pop((field.tag, _occurrence(field)), [])

    def _check_links(self) -> None:
        there = {(field.tag, _occurrence(field)) for field in self._record.fields if field.tag != "880"}
        for tag, occurrence in self._linked:
            if occurrence != "00" and (tag, occurrence) not in there:
                self._broken("MA-07", "880", f"Field 880 leads to {tag}-{occurrence}, which is not there.")

    def _text(self, text: str, field: str) -> str:
        if len(text) > LONGEST_TEXT or UNUSUAL.search(text) is not None:
            self._broken("MA-10", field, "The text is too long or has marks in it.")
        return clean(text)[:LONGEST_TEXT]

    def _broken(self, rule: str, field: str, message: str) -> None:
        if len(self._told) < _MOST_PROBLEMS:
            self._told[TABLE.broken(rule, self._record.place, field, message)] = None


def _occurrence(field: MarcField) -> str:
    """Return by which number fields in other scripts lead to a field: "01" of "880-01"; "-" where none does."""
    return field.first("6")[4:6] or "-"


def _script(field: MarcField) -> str:
    """Return the script that the linking subfield of a field names."""
    parts = field.first("6").split("/")
    return _SCRIPTS.get(parts[1], "") if len(parts) > 1 else ""


def _trimmed(text: str) -> str:
    """Return a text without the punctuation by which cataloguers part areas, but for the stop of an initial."""
    plain = text.rstrip(" /:;,=").strip()
    ends_in_initial = len(plain) > 1 and plain[-1] == "." and (len(plain) < 3 or plain[-3] in " .")
    return plain if ends_in_initial else plain.rstrip(_TRAILING)


def _life(text: str) -> tuple[date | None, date | None]:
    """Return the years of a life as their first days; None where they are not told."""
    found = _DATES.search(text)
    if found is None:
        return None, None
    years = [date(int(year), 1, 1) if year and int(year) else None for year in found.groups()]
    return years[0], years[1]
