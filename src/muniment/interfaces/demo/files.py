"""The files that the society receives, written byte for byte the same for the same world."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from muniment.interfaces.demo.people import DemoParty
from muniment.interfaces.demo.repertoire import DemoShare, DemoWork
from muniment.interfaces.demo.uses import clock
from muniment.kernel.formats.tables import Sheet, csv_lines, write_xlsx

_CREATED_AT = datetime(2026, 10, 1, 9, 0, 0, tzinfo=UTC)

MEMBER_HEADERS = (
    "Member number",
    "Kind",
    "Name",
    "Native name",
    "IPI name number",
    "IPI base number",
    "ISNI",
    "Country",
    "Society",
    "Joined on",
    "Rights",
    "Territories",
    "Mandate from",
    "Account holder",
    "IBAN",
    "BIC",
    "Successor of",
    "Succession share",
    "Successor since",
)

WORK_HEADERS = (
    "Work number",
    "Title",
    "Alternate title",
    "Language",
    "ISWC",
    "Duration",
    "Role",
    "Party number",
    "Party name",
    "IPI name number",
    "PR share",
    "MR share",
    "Territories",
    "ISRC",
    "Recording title",
    "Performer",
)


def member_row(party: DemoParty) -> tuple[str, ...]:
    """Return the party's line of a members table."""
    name = party.name
    return (
        party.code,
        party.kind,
        name.latin,
        name.native if name.native != name.latin else "",
        party.ipi_name,
        party.ipi_base,
        party.isni,
        party.country,
        party.society,
        party.joined_on.isoformat() if party.joined_on else "",
        "PR MR" if party.mandate_from else "",
        "2136" if party.mandate_from else "",
        party.mandate_from.isoformat() if party.mandate_from else "",
        name.latin if party.iban else "",
        party.iban,
        "SNGTPKKA" if party.iban else "",
        party.successor_of,
        str(party.succession_percent) if party.successor_of else "",
        "2026-04-01" if party.successor_of else "",
    )


def work_rows(work: DemoWork) -> Iterable[tuple[str, ...]]:
    """Yield one line for each share of the work; further recordings have lines without a share."""
    count = max(len(work.shares), len(work.recordings))
    for at in range(count):
        share = work.shares[at] if at < len(work.shares) else None
        recording = work.recordings[at] if at < len(work.recordings) else None
        yield (
            *_title_cells(work),
            *_share_cells(share),
            *((recording.isrc, recording.title, recording.performer) if recording else ("", "", "")),
        )


def _title_cells(work: DemoWork) -> tuple[str, ...]:
    alternate = work.latin_title if work.latin_title != work.title else ""
    return (work.code, work.title, alternate, work.language, work.iswc, clock(work.duration_ms))


def _share_cells(share: DemoShare | None) -> tuple[str, ...]:
    if share is None:
        return ("", "", "", "", "", "", "")
    party = share.party
    return (
        share.role,
        party.code,
        party.name.latin,
        party.ipi_name,
        _percent(share.performing),
        _percent(share.mechanical),
        "2136",
    )


def _percent(hundredths: int) -> str:
    return f"{hundredths // 100}.{hundredths % 100:02d}"


def write_csv_file(path: Path, headers: Sequence[str], rows: Iterable[Sequence[str]], delimiter: str = ",") -> int:
    """Write a UTF-8 CSV file and return its number of lines without the head."""
    count = -1
    with path.open("wb") as file:
        for line in csv_lines(headers, rows, mark=False, delimiter=delimiter):
            file.write(line)
            count += 1
    return count


def write_xlsx_file(path: Path, name: str, headers: Sequence[str], rows: Iterable[Sequence[str]]) -> int:
    """Write a workbook of one sheet, every cell a text, and return its number of lines without the head."""
    counted = _Counted(rows)
    write_xlsx([Sheet(name, headers, counted)], path, created=_CREATED_AT)
    return counted.count


class _Counted:
    """Passes rows on and counts them."""

    def __init__(self, rows: Iterable[Sequence[str]]) -> None:
        self._rows = rows
        self.count = 0

    def __iter__(self) -> Iterator[Sequence[str]]:
        for row in self._rows:
            self.count += 1
            yield row
