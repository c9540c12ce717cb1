"""The table of works: one row for each party of a work, or for each further recording of it.

What tells a work (code, else ISWC, else title) stands in every row, and the rows of a work stand together. A row with
a name is a party with its shares; a row with a recording title, ISRC or performer is a recording; one row may be both.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from muniment.kernel.formats.tables import FieldKind, MappedRow, TargetField, parse_date, parse_duration_ms
from muniment.kernel.words.identifiers import parse_ipi_name, parse_isrc, parse_iswc
from muniment.kernel.words.names import fold
from muniment.kernel.words.problems import Level, Problem, UserError
from muniment.kernel.words.shares import Right, parse_percent
from muniment.kernel.words.territory import parse_territories
from muniment.rights.parties.rules.drafts import clean_name
from muniment.rights.works.rules.drafts import (
    PUBLISHER_ROLES,
    WORLD_TERMS,
    ContributorDraft,
    RecordingDraft,
    ShareDraft,
    TitleDraft,
    WorkDraft,
)
from muniment.rights.works.rules.shares import check_share_line

TARGETS = (
    TargetField("work_code", ("work number", "work code", "song code", "own work number")),
    TargetField("title", ("work title", "song title"), required=True),
    TargetField("alternate_title", ("alternate title", "alternative title", "other titles", "alternate titles")),
    TargetField("iswc"),
    TargetField("language"),
    TargetField("duration", ("work duration", "length"), kind=FieldKind.DURATION),
    TargetField("name", ("party name", "writer publisher name", "writer/publisher name", "interested party", "writer")),
    TargetField("party_code", ("party number", "member number", "party code", "ip number")),
    TargetField("ipi", ("ipi name number", "ipi number", "cae", "cae/ipi", "ipi name")),
    TargetField("role", ("capacity", "designation", "writer role")),
    TargetField("pr_share", ("pr", "performing share", "pr share %", "performance share"), kind=FieldKind.PERCENT),
    TargetField("mr_share", ("mr", "mechanical share", "mr share %"), kind=FieldKind.PERCENT),
    TargetField("sr_share", ("sr", "synchronisation share", "sync share", "sr share %"), kind=FieldKind.PERCENT),
    TargetField("territory", ("territories", "tis", "collection territory")),
    TargetField("valid_from", ("share from", "shares from"), kind=FieldKind.DATE),
    TargetField("valid_to", ("share to", "shares to"), kind=FieldKind.DATE),
    TargetField("chain", ("publisher chain", "chain number"), kind=FieldKind.INTEGER),
    TargetField("isrc", ("recording code",)),
    TargetField("recording_title", ("track title", "recording")),
    TargetField("performer", ("artist", "recording artist", "display artist")),
    TargetField("recording_duration", ("track duration",), kind=FieldKind.DURATION),
)
"""The columns that are read; none but the title has to be there."""

_SHARES = (("pr_share", Right.PERFORMING), ("mr_share", Right.MECHANICAL), ("sr_share", Right.SYNCHRONISATION))
_WRITER_ROLES = frozenset({"CA", "C", "A", "AR", "AD", "SA", "SR", "TR"})
_RECORDING_ROLES = frozenset({"RO", "FP", "NP"})
_TEXT_ROLES = frozenset({"ED", "IL", "PH", "NR", "CT"})
"""Of works of letters: editor, illustrator, photographer, narrator, another contributor."""
_ROLE_WORDS = {
    "recording owner": "RO",
    "featured performer": "FP",
    "featured artist": "FP",
    "non featured performer": "NP",
    "session musician": "NP",
    "composer": "C",
    "music": "C",
    "author": "A",
    "lyricist": "A",
    "lyrics": "A",
    "composer author": "CA",
    "author composer": "CA",
    "writer": "CA",
    "songwriter": "CA",
    "arranger": "AR",
    "adaptor": "AD",
    "translator": "TR",
    "publisher": "E",
    "original publisher": "E",
    "sub publisher": "SE",
    "subpublisher": "SE",
    "administrator": "AM",
}


class UnknownRole(UserError):
    """The word is none of the roles that a party can have in a work."""


@dataclass(frozen=True, slots=True)
class WorkLine:
    """One row as it is understood; `contributor` and `recording` None where the row has none."""

    line: int
    work: WorkDraft  # title, code, numbers; no contributors yet
    contributor: ContributorDraft | None
    shares: tuple[ShareDraft, ...]  # their contributor is not placed yet
    recording: RecordingDraft | None
    problems: tuple[Problem, ...] = ()

    @property
    def key(self) -> tuple[str, str]:
        """Return what tells the work of this row: code, else ISWC, else title."""
        if self.work.code:
            return ("code", self.work.code)
        return ("iswc", self.work.iswc) if self.work.iswc else ("title", self.work.title)


def parse_role(text: str) -> str:
    """Return the role that "CA", "composer" or "Sub-publisher" names: CISAC's, or RO, FP, NP of a recording.

    Raises:
        UnknownRole: no role goes by this word.
    """
    letters = text.strip().upper()
    if letters in _WRITER_ROLES | PUBLISHER_ROLES | _RECORDING_ROLES | _TEXT_ROLES:
        return letters
    word = fold(text)
    if word not in _ROLE_WORDS:
        raise UnknownRole(
            "{text!r} is not a role.", "Write CA, C, A, AR, AD, TR, SA, SR, E, AQ, AM, SE, PA, RO, FP or NP.", text=text
        )
    return _ROLE_WORDS[word]


def read_line(row: MappedRow, columns: Mapping[str, str]) -> tuple[WorkLine | None, tuple[Problem, ...]]:
    """Read a mapped row; None where nothing of it can be taken. `columns` gives the file's own headers for problems.

    A wrong work number, ISWC or ISRC costs only itself (a warning); a wrong share, role, territory, date or IPI
    costs the line, because money would go by it.
    """
    reading = _Reading(row, columns, list(row.problems))
    if any(problem.level == Level.ERROR for problem in row.problems):
        return None, tuple(row.problems)
    title = " ".join(row.values.get("title", "").split())
    work = WorkDraft(
        title=title,
        code=row.values.get("work_code", "")[:40],
        iswc=reading.number("iswc"),
        language=row.values.get("language", "")[:20],
        duration_ms=reading.duration("duration"),
        titles=tuple(
            TitleDraft(text.strip()) for text in row.values.get("alternate_title", "").split("|") if text.strip()
        ),
        line=row.line,
    )
    contributor = reading.contributor()
    shares = reading.shares() if contributor is not None else ()
    line = WorkLine(row.line, work, contributor, shares, reading.recording(), tuple(reading.problems))
    if any(problem.level == Level.ERROR for problem in reading.problems):
        return None, tuple(reading.problems)
    return line, tuple(reading.problems)


class _Reading:
    """One row while it is read: its cells, and what was wrong with them so far."""

    def __init__(self, row: MappedRow, columns: Mapping[str, str], problems: list[Problem]) -> None:
        self.row, self.columns, self.problems = row, columns, problems

    def cell(self, name: str) -> str:
        """Return a cell, empty where the file has no such column."""
        return self.row.values.get(name, "").strip()

    def refuse(self, name: str, rule: str, error: UserError, level: Level = Level.ERROR) -> None:
        """Note what is wrong with a cell."""
        field = self.columns.get(name, name)
        self.problems.append(Problem(self.row.line, field, rule, error.message, error.remedy, level))

    def number(self, name: str) -> str | None:
        """Return an ISWC or ISRC in its compact form; a wrong one is left out with a warning."""
        text = self.cell(name)
        try:
            return {"iswc": parse_iswc, "isrc": parse_isrc}[name](text) if text else None
        except UserError as error:
            self.refuse(name, "work.wrong_number", error, Level.WARNING)
            return None

    def duration(self, name: str) -> int | None:
        """Return a duration in milliseconds."""
        return parse_duration_ms(self.cell(name)) if self.cell(name) else None

    def day(self, name: str) -> date | None:
        """Return a date."""
        return parse_date(self.cell(name)) if self.cell(name) else None

    def contributor(self) -> ContributorDraft | None:
        """Return the party of the row, None where it names none or names it wrongly."""
        name, code, ipi = self.cell("name"), self.cell("party_code"), self.cell("ipi")
        if not (name or code or ipi):
            return None
        try:
            role = parse_role(self.cell("role"))
        except UnknownRole as error:
            self.refuse("role", "work.unknown_role", error)
            return None
        try:
            ipi_name = parse_ipi_name(ipi) if ipi else None
        except UserError as error:
            self.refuse("ipi", "work.wrong_ipi", error)
            return None
        try:
            name = clean_name(name) if name else ""
        except UserError as error:
            self.refuse("name", "work.wrong_name", error)
            return None
        chain = int(self.cell("chain") or 0)
        return ContributorDraft(name, role, party_code=code, ipi_name=ipi_name, chain=chain)

    def shares(self) -> tuple[ShareDraft, ...]:
        """Return the claims of the row; nothing is claimed where the share is empty or 0."""
        try:
            territories = parse_territories(self.cell("territory")) if self.cell("territory") else WORLD_TERMS
        except UserError as error:
            self.refuse("territory", "work.unknown_territory", error)
            return ()
        valid_from, valid_to = self.day("valid_from"), self.day("valid_to")
        shares = []
        for name, right in _SHARES:
            try:
                share_ppm = parse_percent(self.cell(name)) if self.cell(name) else 0
                check_share_line(share_ppm, territories, valid_from, valid_to)
            except UserError as error:
                self.refuse(name, "work.wrong_share", error)
                continue
            if share_ppm:
                shares.append(ShareDraft(0, right, share_ppm, territories, valid_from, valid_to))
        return tuple(shares)

    def recording(self) -> RecordingDraft | None:
        """Return the recording of the row, None where it has none."""
        isrc = self.number("isrc")
        title, performer = self.cell("recording_title"), self.cell("performer")
        if not (isrc or title or performer):
            return None
        return RecordingDraft(title, isrc, performer, self.duration("recording_duration"))


def gather(lines: Sequence[WorkLine]) -> WorkDraft:
    """Build the work that the rows, which stand together, describe; the first row says what the work is."""
    contributors: list[ContributorDraft] = []
    places: dict[tuple[object, ...], int] = {}
    shares: list[ShareDraft] = []
    for line in lines:
        one = line.contributor
        if one is None:
            continue
        key = (one.party_code, one.ipi_name, fold(one.name), one.role)
        if key not in places:
            places[key] = len(contributors)
            contributors.append(_in_chain(one, contributors))
        shares += [replace(share, contributor=places[key]) for share in line.shares]
    first = lines[0].work
    titles = {fold(title.title): title for line in lines for title in line.work.titles}
    titles.pop(fold(first.title), None)
    recordings = {
        (found.isrc, fold(found.title), fold(found.performer)): found for line in lines if (found := line.recording)
    }
    return replace(
        first,
        iswc=next((line.work.iswc for line in lines if line.work.iswc), None),
        duration_ms=next((line.work.duration_ms for line in lines if line.work.duration_ms), None),
        titles=tuple(titles.values()),
        contributors=tuple(_with_ownership(contributors, shares)),
        shares=tuple(shares),
        recordings=tuple(recordings.values()),
    )


def _in_chain(one: ContributorDraft, before: Sequence[ContributorDraft]) -> ContributorDraft:
    """Give a publisher without a chain one: an original publisher begins a chain, the others follow the last."""
    if one.chain or not one.is_publisher:
        return one
    last = max((other.chain for other in before), default=0)
    return replace(one, chain=last + 1 if one.role == "E" or not last else last)


def _with_ownership(contributors: Sequence[ContributorDraft], shares: Sequence[ShareDraft]) -> list[ContributorDraft]:
    """Say that each party but a sub-publisher or administrator owns what it collects where it collects most."""
    owned: dict[tuple[int, Right], int] = {}
    for share in shares:
        key = (share.contributor, share.right)
        owned[key] = max(owned.get(key, 0), share.share_ppm)
    return [
        one
        if one.role in ("SE", "AM", "PA")
        else replace(
            one,
            pr_own_ppm=owned.get((place, Right.PERFORMING), 0),
            mr_own_ppm=owned.get((place, Right.MECHANICAL), 0),
            sr_own_ppm=owned.get((place, Right.SYNCHRONISATION), 0),
        )
        for place, one in enumerate(contributors)
    ]
