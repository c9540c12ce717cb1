"""Read a KBART title list: each line as a work of letters with its editions."""

import re
from collections.abc import Iterator, Mapping
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
from muniment.kernel.formats.kbart.rules import ADDED_IN_2, PHASE_1, TABLE
from muniment.kernel.formats.tables import read_rows
from muniment.kernel.formats.texts import LONGEST_TEXT, UNUSUAL, clean
from muniment.kernel.words.identifiers import InvalidIdentifier, parse_isbn, parse_issn
from muniment.kernel.words.problems import BadFile, Level, Problem

_DATE = re.compile(r"\d{4}(?:-\d{2}(?:-\d{2})?)?", re.ASCII)
_EMBARGO = re.compile(r"[RP]\d{1,4}[DMY](?:;[RP]\d{1,4}[DMY])?", re.ASCII)
_DEPTHS = frozenset({"fulltext", "selected articles", "abstracts", "ebook", "video", "other", ""})
_KINDS = {"serial": "journal", "monograph": "book"}
_COVERAGE = ("date_first_issue_online", "num_first_vol_online", "num_first_issue_online")
_COVERAGE_END = ("date_last_issue_online", "num_last_vol_online", "num_last_issue_online")


def read_records(path: Path) -> Iterator[NeutralRecord | Problem]:
    """Yield the titles of a list and what is wrong with them.

    Raises:
        BadFile: it is no KBART list, or no UTF-8 text.
    """
    table = read_rows(path, delimiter="\t")
    headers = [header.strip().lower() for header in table.headers]
    if "publication_title" not in headers:
        raise BadFile(f"{path.name} has no column publication_title.", "Send a KBART title list.")
    yield from _missing_columns(headers)
    for row in table.rows:
        reading = _Line(dict(zip(headers, row.cells, strict=False)), row.line)
        work = reading.work()
        yield from reading.problems
        if work is not None:
            yield work
    for problem in table.problems:
        if problem.level is Level.ERROR:
            yield TABLE.broken("KB-14", problem.line, problem.field, problem.message)


def check(path: Path) -> Iterator[Problem]:
    """Yield every error and warning of a list.

    Raises:
        BadFile: see `read_records`.
    """
    return (item for item in read_records(path) if isinstance(item, Problem))


def phase_of(headers: list[str]) -> int:
    """Return the phase whose columns a list has: 2 where it has any that phase 2 added."""
    return 2 if set(headers) & {*ADDED_IN_2, "notes"} else 1


def _missing_columns(headers: list[str]) -> Iterator[Problem]:
    wanted = PHASE_1 if phase_of(headers) == 1 else (*PHASE_1[:14], "notes", "publisher_name", *ADDED_IN_2)
    for name in wanted:
        if name not in headers:
            yield TABLE.broken("KB-02", 1, name, f"There is no column {name}.")


class _Line:
    """One line while it is read, and what was wrong with it."""

    def __init__(self, cells: Mapping[str, str], line: int) -> None:
        self._cells = cells
        self._number = line
        self.problems: list[Problem] = []

    def work(self) -> WorkRecord | None:
        """Return the title as a work, None where it has none."""
        title = self._text("publication_title")
        if not title:
            self._broken("KB-03", "publication_title", "The title is not filled in.")
            return None
        kind = self._kind()
        editions = tuple(self._editions(title, kind))
        key = self._text("title_id") or next((one.value for each in editions for one in each.identifiers), "")
        if not key:
            self._broken("KB-05", "title_id", "The title has no identifier.")
        return WorkRecord(
            key=key,
            titles=(TitleRecord(title),),
            parties=tuple(self._people()),
            editions=editions,
            line=self._number,
            kind="text",
        )

    def _kind(self) -> str:
        told = self._text("publication_type").lower()
        if told and told not in _KINDS:
            self._broken("KB-09", "publication_type", f"{told[:40]!r} is no type of publication.")
        if told in _KINDS:
            return _KINDS[told]
        letters = re.sub(r"[^0-9Xx]", "", self._text("print_identifier") or self._text("online_identifier"))
        return "book" if len(letters) in (10, 13) else "journal"

    def _editions(self, title: str, kind: str) -> Iterator[EditionRecord]:
        """Yield one edition of a journal with all of its numbers, and of a book one for each of its forms."""
        numbers = {form: self._identifier(f"{form}_identifier", kind) for form in ("print", "online")}
        told = {form: number for form, number in numbers.items() if number is not None}
        if kind == "journal":
            yield self._edition(title, kind, "", tuple(dict.fromkeys(told.values())))
            return
        for form, number in told.items() or (("", None),):
            yield self._edition(title, kind, form, (number,) if number else ())

    def _edition(self, title: str, kind: str, form: str, numbers: tuple[IdentifierRecord, ...]) -> EditionRecord:
        embargo = self._text("embargo_info")
        if embargo and not _EMBARGO.fullmatch(embargo):
            self._once("KB-11", "embargo_info", f"{embargo[:40]!r} is no embargo.")
        access = self._text("access_type").upper()
        if access not in ("F", "P", ""):
            self._once("KB-10", "access_type", f"{access[:20]!r} is neither F nor P.")
        published = self._date(f"date_monograph_published_{form or 'online'}")
        return EditionRecord(
            key=f"{self._text('title_id')}/{form}".strip("/"),
            titles=(TitleRecord(title),),
            kind=kind,
            form=form,
            identifiers=numbers,
            publisher=self._text("publisher_name"),
            edition=self._text("monograph_edition"),
            volume=self._text("monograph_volume"),
            dates=(DateRecord("published", None, published),) if published else (),
            coverage=self._coverage() if kind == "journal" else "",
            access={"F": "free", "P": "paid"}.get(access, ""),
            url=self._url(),
            line=self._number,
        )

    def _identifier(self, column: str, kind: str) -> IdentifierRecord | None:
        text = self._text(column)
        if not text:
            return None
        scheme, parse = ("ISSN", parse_issn) if kind == "journal" else ("ISBN", parse_isbn)
        try:
            return IdentifierRecord(scheme, parse(text))
        except InvalidIdentifier as error:
            self._broken("KB-04", column, error.message)
            return None

    def _people(self) -> Iterator[PartyRecord]:
        for column, role in (("first_author", "author"), ("first_editor", "editor")):
            name = self._text(column)
            if name:
                yield PartyRecord(name, roles=(role,), line=self._number)

    def _coverage(self) -> str:
        """Return what the platform has: "1986 (vol. 1) – 1997 (vol. 11); fulltext"."""
        first, last = (self._end(columns) for columns in (_COVERAGE, _COVERAGE_END))
        years = [self._text(columns[0])[:4] for columns in (_COVERAGE, _COVERAGE_END)]
        if all(year.isascii() and year.isdigit() for year in years) and years[0] > years[1]:
            self._once("KB-07", _COVERAGE_END[0], f"It ends with {last} and begins with {first}.")
        depth = self._text("coverage_depth").lower()
        if depth not in _DEPTHS:
            self._once("KB-08", "coverage_depth", f"{depth[:40]!r} is no depth of coverage.")
        span = f"{first} – {last}" if first or last else ""
        notes = self._text("notes") or self._text("coverage_notes")
        return "; ".join(filter(None, (span, depth, self._text("embargo_info"), notes)))

    def _end(self, columns: tuple[str, ...]) -> str:
        day, volume, issue = (self._date(columns[0]), self._text(columns[1]), self._text(columns[2]))
        numbers = ", ".join(filter(None, (volume and f"vol. {volume}", issue and f"no. {issue}")))
        return f"{day} ({numbers})" if day and numbers else day or numbers

    def _date(self, column: str) -> str:
        text = self._text(column)[:40]
        if text and not _DATE.fullmatch(text):
            self._once("KB-06", column, f"{text!r} is no date.")
        return text

    def _url(self) -> str:
        text = self._text("title_url")
        if text and not text.lower().startswith(("http://", "https://")):
            self._once("KB-12", "title_url", f"{text[:60]!r} is no address.")
            return ""
        return text

    def _text(self, column: str) -> str:
        text = self._cells.get(column, "")
        if len(text) > LONGEST_TEXT or UNUSUAL.search(text) is not None:
            self._once("KB-13", column, f"{column} is too long or has marks in it.")
        return clean(text)[:LONGEST_TEXT]

    def _once(self, rule: str, field: str, message: str) -> None:
        if all((found.rule, found.field) != (rule, field) for found in self.problems):
            self._broken(rule, field, message)

    def _broken(self, rule: str, field: str, message: str) -> None:
        self.problems.append(TABLE.broken(rule, self._number, field, message))
