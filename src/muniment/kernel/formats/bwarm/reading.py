"""Read a set of BWARM files as neutral records: each work with its titles, numbers, shares and recordings.

Memory does not grow with the set. Problems of lines, keys and references come first, then the works in the order of
their table, then the recordings that no work is linked to, the releases, and the unclaimed.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path

from muniment.kernel.formats.bwarm.cells import (
    read_date,
    read_duration_ms,
    read_share_ppm,
    read_territory,
    shorter_place,
    split_values,
)
from muniment.kernel.formats.bwarm.fileset import check_frame, open_set
from muniment.kernel.formats.bwarm.layout import codes, layout_of
from muniment.kernel.formats.bwarm.rules import TABLE
from muniment.kernel.formats.bwarm.staging import Staging, staging
from muniment.kernel.formats.bwarm.sums import uneven_sums
from muniment.kernel.formats.door.records import (
    DateRecord,
    EditionRecord,
    IdentifierRecord,
    NeutralRecord,
    PartyRecord,
    PlaceRecord,
    RecordingRecord,
    ShareRecord,
    TitleRecord,
    UnclaimedRecord,
    WorkRecord,
)
from muniment.kernel.words.problems import Problem, Progress, silent
from muniment.kernel.words.shares import format_percent

NO_ARTIST = "Unknown artist"
"""What stands for the artist, which is mandatory, where nobody is known; it is read as nobody."""

type Cells = Mapping[str, str]


def read_set(path: Path, *, with_sums: bool = True, progress: Progress = silent) -> Iterator[NeutralRecord | Problem]:
    """Yield what is wrong with a set and every record of it.

    `with_sums` adds a warning for each right of a work whose shares do not make up the whole. `progress` is told the
    lines that were read.

    Raises:
        BadFile: there is no table of works.
    """
    found = open_set(path)
    yield from check_frame(found)
    with staging(found.version) as stage:
        yield from stage.fill(found, progress)
        assembly = _Assembly(stage)
        works = found.tables["works"].name
        for work in assembly.works():
            if with_sums:
                yield from _sum_problems(work, works)
            yield work
        yield from assembly.unlinked_recordings()
        yield from assembly.releases()
        yield from assembly.unclaimed()


def check(path: Path) -> Iterator[Problem]:
    """Yield every error and warning of a set.

    Raises:
        BadFile: there is no table of works.
    """
    for item in read_set(path):
        if isinstance(item, Problem):
            yield item


def _sum_problems(work: WorkRecord, file_name: str) -> Iterator[Problem]:
    for kind, right, sum_ppm in uneven_sums(work.shares):
        rule = "BW-21" if sum_ppm > 1_000_000 else "BW-22"
        shown = f"{right} {kind}".strip()
        message = f"The {shown} shares of {work.key[:80]} sum to {format_percent(sum_ppm)} %."
        yield TABLE.broken(rule, work.line, file_name, message)


class _Follower:
    """Rows that follow the order of the works, given out work by work."""

    def __init__(self, rows: Iterator[tuple[str, ...]]) -> None:
        self._rows = iter(rows)
        self._next = next(self._rows, None)

    def of(self, seq: str) -> Iterator[tuple[str, ...]]:
        """Yield the rows of one work."""
        while self._next is not None and self._next[0] == seq:
            yield self._next[1:]
            self._next = next(self._rows, None)


class _Assembly:
    """Puts the lines of a staging together again."""

    def __init__(self, stage: Staging) -> None:
        self._stage = stage
        self._names = {
            table: [cell.name for cell in layout.cells] for table, layout in layout_of(stage.version).items()
        }
        self._has_titles = self._any("recording_titles")
        self._has_numbers = self._any("recording_numbers")

    def _any(self, table: str) -> bool:
        return next(iter(self._stage.execute(f"SELECT 1 FROM {table} LIMIT 1")), None) is not None  # noqa: S608 - our own names

    def _cells(self, table: str, text: str | None) -> Cells:
        return dict(zip(self._names[table], (text or "").split("\t"), strict=False))

    def _of_works(self, table: str, columns: str, joins: str = "") -> _Follower:
        statement = (
            f"SELECT w.seq, {columns} FROM works AS w CROSS JOIN {table} AS t ON t.work = w.id {joins}"  # noqa: S608 - our own names
            " ORDER BY w.seq, t.seq"
        )
        return _Follower(self._stage.execute(statement))

    def works(self) -> Iterator[WorkRecord]:
        """Yield the works in the order of their table."""
        party = "LEFT JOIN parties AS p ON p.id = t.party"
        titles = self._of_works("work_titles", "t.line, t.cells")
        numbers = self._of_works("work_numbers", "t.cells, p.cells", party)
        shares = self._of_works("shares", "t.line, t.cells, p.line, p.cells", party)
        joins = "JOIN recordings AS r ON r.id = t.recording LEFT JOIN releases AS e ON e.id = r.release"
        recordings = self._of_works("links", "r.line, r.cells, e.cells", joins)
        for seq, line, text in self._stage.execute("SELECT seq, line, cells FROM works ORDER BY seq"):
            cells = self._cells("works", text)
            parties: dict[str, PartyRecord] = {}
            yield WorkRecord(
                key=cells["id"],
                titles=(_title(cells), *(_other_title(self._cells("work_titles", row[1])) for row in titles.of(seq))),
                shares=tuple(share for row in shares.of(seq) for share in self._shares(row, parties)),
                parties=tuple(parties.values()),
                identifiers=(*_identifiers(cells, iswc="ISWC"), *self._numbers("work_numbers", numbers.of(seq))),
                recordings=tuple(
                    self._recording(int(row[0]), row[1], row[2], works=(cells["id"],)) for row in recordings.of(seq)
                ),
                line=int(line),
                language=_language(cells)[0],
                duration_ms=_duration(cells),
                opus=cells.get("opus", ""),
                catalogue_number=cells.get("catalogue", ""),
                disputed=bool(cells.get("disputed")),
                traditional=bool(cells.get("traditional")),
                public_domain_in=_place(cells["public_domain"]) if cells.get("public_domain") else None,
                composite=bool(cells.get("composite")),
            )

    def _shares(self, row: tuple[str, ...], parties: dict[str, PartyRecord]) -> Iterator[ShareRecord]:
        """Yield the shares of a line, one for each right that it names, and note its party."""
        line, text, party_line, party_text = row
        cells = self._cells("shares", text)
        key = cells["party"].strip()
        role = codes("role").get(cells["role"], "")
        if key:
            known = parties.get(key)
            if known is None:
                parties[key] = _party(self._cells("parties", party_text), int(party_line), role)
            elif role and role not in known.roles:
                parties[key] = _with_role(known, role)
        uses = tuple(split_values(cells["use"])) if cells["use"] else ()
        kind = codes("share_type").get(cells["share_type"].partition("|")[0], "") or "ownership"
        for right_told in split_values(cells["rights"]) or [""]:
            right = codes("right_type").get(right_told, "")
            yield ShareRecord(
                party=key,
                share_ppm=read_share_ppm(cells["share"].strip()) if cells["share"].strip() else None,
                key=cells["id"],
                role=role,
                right=right,
                right_told="" if right else right_told,
                kind=kind,
                place=_place(cells["territories"]),
                valid_from_on=_day(cells["valid_from"]),
                valid_until_on=_day(cells["valid_until"]),
                use_types=uses,
                over=cells["parent"].partition("|")[0].strip(),
                line=int(line),
            )

    def _numbers(self, table: str, rows: Iterator[tuple[str, ...]]) -> Iterator[IdentifierRecord]:
        for text, party_text in rows:
            cells, party = self._cells(table, text), self._cells("parties", party_text)
            yield IdentifierRecord("proprietary", cells["number"].strip(), party.get("name", "").strip())

    def _recording(self, line: int, text: str, release_text: str | None, *, works: tuple[str, ...]) -> RecordingRecord:
        cells = self._cells("recordings", text)
        titles = [_title(cells)]
        identifiers = list(_identifiers(cells, isrc="ISRC"))
        key = cells["id"].strip()
        if self._has_titles:
            rows = self._asked("recording_titles", key)
            titles += [_other_title(self._cells("recording_titles", row[0])) for row in rows]
        if self._has_numbers:
            rows = self._asked("recording_numbers", key, ", p.cells", "LEFT JOIN parties AS p ON p.id = t.party")
            identifiers += self._numbers("recording_numbers", rows)
        artist = "" if cells["artist"].strip() == NO_ARTIST else cells["artist"].strip()
        return RecordingRecord(
            key=key,
            titles=tuple(titles),
            artist=artist,
            parties=tuple(_recording_parties(cells, self._cells("releases", release_text), artist)),
            identifiers=tuple(identifiers),
            duration_ms=_duration(cells),
            language=_language(cells)[0],
            p_line=cells["p_line"].strip(),
            c_line=cells.get("c_line", "").strip(),
            works=works,
            editions=(cells["release"],) if cells["release"] else (),
            from_provider=cells["provider"].strip(),
            line=int(line),
        )

    def _asked(self, table: str, key: str, more: str = "", joins: str = "") -> Iterator[tuple[str, ...]]:
        wanted = key.replace("'", "''")
        statement = f"SELECT t.cells{more} FROM {table} AS t {joins} WHERE t.recording = '{wanted}' ORDER BY t.seq"  # noqa: S608 - quoted
        return self._stage.execute(statement)

    def unlinked_recordings(self) -> Iterator[RecordingRecord]:
        """Yield the recordings that no work is linked to."""
        rows = self._stage.execute(
            "SELECT r.line, r.cells, e.cells FROM recordings AS r LEFT JOIN links AS l ON l.recording = r.id"
            " LEFT JOIN releases AS e ON e.id = r.release WHERE l.seq IS NULL ORDER BY r.seq"
        )
        for line, text, release_text in rows:
            yield self._recording(int(line), text, release_text, works=())

    def releases(self) -> Iterator[EditionRecord]:
        """Yield the releases."""
        for line, text in self._stage.execute("SELECT line, cells FROM releases ORDER BY seq"):
            cells = self._cells("releases", text)
            day = split_values(cells["released_on"])
            yield EditionRecord(
                key=cells["id"],
                titles=(_title(cells),) if cells["title"].strip() else (),
                kind="release",
                identifiers=tuple(IdentifierRecord("EAN-13", value) for value in split_values(cells["icpn"])),
                publisher=cells["label"].strip(),
                dates=tuple(DateRecord("released", read_date(one)) for one in day),
                languages=tuple(filter(None, [_language(cells)[0]])),
                from_provider=cells["provider"].strip(),
                line=int(line),
            )

    def unclaimed(self) -> Iterator[UnclaimedRecord]:
        """Yield the unclaimed parts."""
        for line, text in self._stage.execute("SELECT line, cells FROM unclaimed ORDER BY seq"):
            cells = self._cells("unclaimed", text)
            yield UnclaimedRecord(
                key=cells["id"],
                work=cells["work"],
                recording=cells["recording"],
                titles=(_title(cells),) if cells["title"].strip() else (),
                artist=cells["artist"].strip(),
                identifiers=tuple(_identifiers(cells, isrc="ISRC")),
                duration_ms=_duration(cells),
                unclaimed_ppm=read_share_ppm(cells["share"].strip()) if cells["share"].strip() else None,
                percentile=cells["percentile"].strip(),
                line=int(line),
            )


def _title(cells: Cells) -> TitleRecord:
    language, script = _language(cells)
    return TitleRecord(_text(cells["title"]), "original", _text(cells.get("subtitle", "")), language, script)


def _other_title(cells: Cells) -> TitleRecord:
    language, script = _language(cells)
    return TitleRecord(
        _text(cells["title"]), codes("title_type").get(cells["kind"]) or "alternative", "", language, script
    )


def _text(text: str) -> str:
    return " ".join(text.split())


def _language(cells: Cells) -> tuple[str, str]:
    """Return (language, script) of "ur-Arab"."""
    parts = cells.get("language", "").strip().split("-")
    script = next((part.title() for part in parts[1:] if len(part) == 4 and part.isalpha()), "")
    return parts[0].lower()[:20], script


def _duration(cells: Cells) -> int | None:
    text = cells["duration"].strip()
    return read_duration_ms(text) if text else None


def _day(text: str) -> date | None:
    return read_date(text.strip()) if text.strip() else None


@lru_cache(maxsize=10_000)
def _place(text: str) -> PlaceRecord:
    """Return the place that a list of territories means; none told is the world."""
    told = tuple(read_territory(one) for one in split_values(text))
    return PlaceRecord(*shorter_place(told)) if told else PlaceRecord()


def _identifiers(cells: Cells, **schemes: str) -> Iterator[IdentifierRecord]:
    for name, scheme in schemes.items():
        if cells[name].strip():
            yield IdentifierRecord(scheme, cells[name])


def _party(cells: Cells, line: int, role: str) -> PartyRecord:
    schemes = {"isni": "ISNI", "ipi_name": "IPI name", "dpid": "DPID"}
    society = cells["society"].strip()
    return PartyRecord(
        name=_text(cells["name"]),
        key=cells["id"].strip(),
        roles=(role,) if role else (),
        family_name=_text(cells["key_name"]),
        given_names=_text(cells["before_key"]),
        identifiers=tuple(_identifiers(cells, **schemes)),
        society=society,
        line=line,
    )


def _with_role(party: PartyRecord, role: str) -> PartyRecord:
    return PartyRecord(
        party.name, party.key, (*party.roles, role), party.kind, party.family_name, party.given_names,
        identifiers=party.identifiers, society=party.society, line=party.line,
    )  # fmt: skip


def _recording_parties(cells: Cells, release: Cells, artist: str) -> Iterator[PartyRecord]:
    if artist:
        yield PartyRecord(artist, roles=("main artist",), identifiers=tuple(_identifiers(cells, artist_isni="ISNI")))
    for name in split_values(cells["producer"]):
        yield PartyRecord(_text(name), roles=("studio producer",))
    for name in split_values(release.get("label", "")):
        yield PartyRecord(_text(name), roles=("label",))


read_records = read_set
"""What the import of neutral records calls."""
