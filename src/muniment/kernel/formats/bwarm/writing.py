"""Write a set of BWARM files, one record at a time and strictly; memory does not grow with the set.

Parties are written once each by `party` before or after the works that name them; `work` writes a work with its
titles, numbers, shares and recordings into all of their tables. Closing the set writes its manifest: for each file its
table, name, number of lines and MD5 digest, under the name that the standard gives it. Lines end in LF, and there is
no header line, which is what the loaders of such sets expect.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from muniment.kernel.formats.bwarm.cells import join_values, write_duration, write_share, write_territories
from muniment.kernel.formats.bwarm.layout import TableLayout, layout_of, written_codes
from muniment.kernel.formats.bwarm.reading import NO_ARTIST
from muniment.kernel.formats.bwarm.rules import TABLE
from muniment.kernel.formats.door.records import (
    IdentifierRecord,
    PartyRecord,
    PlaceRecord,
    RecordingRecord,
    ShareRecord,
    TitleRecord,
    WorkRecord,
)
from muniment.kernel.words.problems import UserError

_RIGHTS = {"MR": "MechanicalRight", "PR": "PerformingRight", "SR": "SynchronizationRight"}
_BUFFER_BYTES = 256 * 1024


class NotWritable(UserError):
    """A record lacks what the standard makes mandatory, or holds what a table of text cannot hold."""


class _Table:
    """One file while it is written."""

    def __init__(self, folder: Path, layout: TableLayout) -> None:
        self.layout = layout
        self.file_name = f"{layout.file}.tsv"
        self.line_count = 0
        self._names = [cell.name for cell in layout.cells]
        self._required = [cell for cell in layout.cells if cell.required]
        self._digest = hashlib.md5(usedforsecurity=False)
        self._waiting: list[str] = []
        self._size = 0
        self._file: BinaryIO = (folder / self.file_name).open("wb")

    def write(self, **cells: str) -> None:
        """Write one line; cells that the version does not have are left out.

        Raises:
            NotWritable: a mandatory cell is blank.
        """
        for cell in self._required:
            if not cells.get(cell.name):
                problem = TABLE.broken("BW-07", None, cell.cell, f"{self.file_name}: {cell.cell} is not filled in.")
                raise NotWritable(problem.message, problem.remedy)
        told = [cells.get(name, "") for name in self._names]
        line = "\t".join(told)
        if "\n" in line or "\r" in line or line.count("\t") >= len(told):
            line = "\t".join([" ".join(cell.split()) for cell in told])
        self._waiting.append(line)
        self.line_count += 1
        self._size += len(line)
        if self._size > _BUFFER_BYTES:
            self._flush()

    def _flush(self) -> None:
        piece = "".join(f"{line}\n" for line in self._waiting).encode()
        self._digest.update(piece)
        self._file.write(piece)
        self._waiting.clear()
        self._size = 0

    def close(self) -> str:
        """Write what is left and return the MD5 digest of the file."""
        self._flush()
        self._file.close()
        return self._digest.hexdigest()


class SetWriter:
    """Writes one set into an empty folder; a context that closes it with its manifest where all went well."""

    def __init__(self, folder: Path, *, version: str, sender: str, at: datetime) -> None:
        self._folder = folder
        self._version = version
        self._manifest = f"BWARM_Manifest_{sender}_{at:%Y%m%dT%H%M%S}.tsv"
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise NotWritable(f"{folder.name} is not empty.", "Name a new folder for the set.")
        self._tables: Mapping[str, _Table] = {
            table: _Table(folder, layout) for table, layout in layout_of(version).items()
        }
        self._share_count = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        digests = {table: one.close() for table, one in self._tables.items()}
        if error is None:
            lines = [
                f"{one.layout.file}\t{one.file_name}\t{one.line_count}\t{digests[table]}\n"
                for table, one in self._tables.items()
            ]
            (self._folder / self._manifest).write_text("".join(lines), encoding="utf-8", newline="")

    @property
    def line_counts(self) -> dict[str, int]:
        """Return how many lines each table has."""
        return {table: one.line_count for table, one in self._tables.items()}

    def party(self, party: PartyRecord) -> None:
        """Write a party; its contact is never written.

        Raises:
            NotWritable: it has no key or no name.
        """
        numbers = {one.scheme: one.value for one in party.identifiers}
        self._tables["parties"].write(
            id=party.key,
            isni=numbers.get("ISNI", ""),
            ipi_name=numbers.get("IPI name", ""),
            society=party.society,
            dpid=numbers.get("DPID", ""),
            name=party.name,
            before_key=party.given_names,
            key_name=party.family_name,
        )

    def work(self, work: WorkRecord) -> None:
        """Write a work with all that belongs to it.

        Raises:
            NotWritable: it lacks a key or a title, or a share has a role that the standard does not have.
        """
        first, *further = work.titles or (TitleRecord(""),)
        numbers = {one.scheme: one.value for one in work.identifiers if one.scheme != "proprietary"}
        self._tables["works"].write(
            id=work.key,
            iswc=numbers.get("ISWC", ""),
            title=first.text,
            language=_tag(first.language or work.language, first.script),
            opus=work.opus,
            catalogue=work.catalogue_number,
            duration=write_duration(work.duration_ms),
            disputed=_flag(work.disputed),
            public_domain=_place(work.public_domain_in) if work.public_domain_in else "",
            traditional=_flag(work.traditional),
            composite=_flag(work.composite),
        )
        self._titles("work_titles", "work", work.key, further)
        self._numbers("work_numbers", "work", work.key, work.identifiers)
        self._shares(work)
        for recording in work.recordings:
            self.recording(recording)
            self._tables["links"].write(id=f"{work.key}-{recording.key}", work=work.key, recording=recording.key)

    def recording(self, recording: RecordingRecord) -> None:
        """Write a recording.

        Raises:
            NotWritable: it lacks a key or a title.
        """
        first, *further = recording.titles or (TitleRecord(""),)
        numbers = {one.scheme: one.value for one in recording.identifiers if one.scheme != "proprietary"}
        producers = [one.name for one in recording.parties if "studio producer" in one.roles]
        self._tables["recordings"].write(
            id=recording.key,
            resource_type="SoundRecording" if recording.kind == "sound" else "Video",
            isrc=numbers.get("ISRC", ""),
            title=first.text,
            language=_tag(first.language or recording.language, first.script),
            subtitle=first.subtitle,
            artist=recording.artist or NO_ARTIST,
            artist_isni=next(
                (one.value for two in recording.parties for one in two.identifiers if one.scheme == "ISNI"), ""
            ),
            p_line=recording.p_line,
            c_line=recording.c_line,
            duration=write_duration(recording.duration_ms),
            producer=join_values(producers),
            provider=recording.from_provider,
        )
        self._titles("recording_titles", "recording", recording.key, further)
        self._numbers("recording_numbers", "recording", recording.key, recording.identifiers)

    def _titles(self, table: str, kind: str, key: str, titles: Sequence[TitleRecord]) -> None:
        for place, title in enumerate(titles, 1):
            self._tables[table].write(
                id=f"{key}-{place}",
                title=title.text,
                language=_tag(title.language, title.script),
                kind=written_codes("title_type").get(title.kind, "AlternativeTitle"),
                **{kind: key},
            )

    def _numbers(self, table: str, kind: str, key: str, numbers: Sequence[IdentifierRecord]) -> None:
        told = [one for one in numbers if one.scheme == "proprietary" and one.allocated_by]
        for place, one in enumerate(told, 1):
            self._tables[table].write(id=f"{key}-{place}", number=one.value, party=one.allocated_by, **{kind: key})

    def _shares(self, work: WorkRecord) -> None:
        """Write the shares, those that differ in nothing but the right in one line."""
        lines: dict[tuple[object, ...], tuple[ShareRecord, list[str]]] = {}
        for share in work.shares:
            facts = (
                share.party, share.role, share.share_ppm, share.kind, share.place, share.valid_from_on,
                share.valid_until_on, share.use_types, share.over, share.key,
            )  # fmt: skip
            lines.setdefault(facts, (share, []))[1].append(_RIGHTS.get(share.right) or share.right_told)
        for share, rights in lines.values():
            role = written_codes("role").get(share.role, "")
            if share.role and not role:
                raise NotWritable(f"BWARM has no role for {share.role!r}.", "Leave this share out.")
            self._tables["shares"].write(
                id=share.key,
                work=work.key,
                party=share.party,
                role=role,
                share=write_share(share.share_ppm),
                share_type=written_codes("share_type")[share.kind] if share.share_ppm is not None else "",
                rights=join_values([right for right in rights if right]),
                valid_from=share.valid_from_on.isoformat() if share.valid_from_on else "",
                valid_until=share.valid_until_on.isoformat() if share.valid_until_on else "",
                parent=share.over,
                territories=_place(share.place) if share.share_ppm is not None else "",
                use=join_values(list(share.use_types)),
            )


def _flag(value: bool) -> str:
    return "true" if value else "false"


def _tag(language: str, script: str) -> str:
    return f"{language}-{script}" if language and script else language


def _place(place: PlaceRecord) -> str:
    return write_territories(place.included, place.excluded)
