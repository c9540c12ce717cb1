"""Invented works, tables and CWR files for the tests of works."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path

from muniment.kernel.formats.cwr import (
    CwrHeader,
    CwrLink,
    CwrPerformer,
    CwrPublisher,
    CwrRecording,
    CwrSender,
    CwrTerm,
    CwrTitle,
    CwrWork,
    CwrWriter,
    write_cwr,
)
from muniment.kernel.words.identifiers import make_ipi_name, make_isrc, make_iswc
from muniment.kernel.words.shares import Right
from muniment.rights.parties.queries import names_of
from muniment.rights.works import queries

AT = datetime(2026, 10, 1, 9, 0, tzinfo=UTC)
LATER = datetime(2026, 10, 2, 9, 0, tzinfo=UTC)
STILL_LATER = datetime(2026, 10, 3, 9, 0, tzinfo=UTC)
DAY = date(2026, 6, 15)
WRITER, OTHER_WRITER, PUBLISHER, SUB, RIVAL = (make_ipi_name(number) for number in (101, 102, 201, 202, 203))
ISWC = make_iswc(34_524_680)
ISRC = make_isrc("PK", "A01", date(2026, 1, 1), 7)

HEADERS = (
    "Work number,Title,Alternate title,ISWC,Duration,Party name,IPI name number,Role,PR share,MR share,Territories"
)


def write_table(folder: Path, *rows: str, headers: str = HEADERS, name: str = "works.csv") -> Path:
    """Write a CSV table of works and return its path."""
    path = folder / name
    path.write_text("\n".join([headers, *rows]) + "\n", encoding="utf-8")
    return path


def answer(work_id: int, right: str = "PR", territory: int = 586, known_at: datetime | None = None) -> dict[str, int]:
    """Return the parts of the share question by the party's name; held parts under their status."""
    known = known_at or datetime(2027, 1, 1, tzinfo=UTC)
    resolution = queries.shares_of(work_id, right=Right(right), territory=territory, usage_on=DAY, known_at=known)
    names = names_of(part.party_id for part in resolution.parts if part.party_id is not None)
    return {names.get(part.party_id or 0, part.status.value): part.share_ppm for part in resolution.parts}


def sample_work(
    *, kind: str = "NWR", number: str = "A1", title: str = "RIVER SONG", iswc: str = "", publisher: str = PUBLISHER
) -> CwrWork:
    """Return a work of one writer, a publisher and, in Pakistan, a sub-publisher."""
    return CwrWork(
        submitter_work_number=number,
        title=title,
        kind=kind,
        iswc=iswc,
        duration_ms=200_000,
        distribution_category="POP",
        titles=(CwrTitle("SONG OF THE RIVER", "AT"),),
        publishers=(
            CwrPublisher(
                1, "E", True, "P1", f"PUBLISHER {publisher[-4:]}", ipi_name=publisher, pr_society="052",
                pr_ppm=500_000, mr_ppm=1_000_000, sr_ppm=1_000_000, submitter_agreement_number="AG1",
                agreement_type="OS",
                terms=(CwrTerm("I", 2136, 500_000, 1_000_000, 1_000_000), CwrTerm("E", 586)),
            ),
            CwrPublisher(
                1, "SE", True, "P2", "SUB PUBLISHER", ipi_name=SUB,
                terms=(CwrTerm("I", 586, 500_000, 1_000_000, 1_000_000),),
            ),
        ),
        writers=(
            CwrWriter(
                True, "W1", "AITMATOV", "ASAN", "CA", ipi_name=WRITER, pr_society="052", pr_ppm=500_000,
                terms=(CwrTerm("I", 2136, 500_000, 0, 0),), publishers=(CwrLink("P1", "PUBLISHER", "AG1"),),
            ),
        ),
        performers=(CwrPerformer("THE STEPPE BAND"),),
        recordings=(CwrRecording(isrc=ISRC, duration_ms=201_000),),
    )  # fmt: skip


def write_cwr_file(
    path: Path, works: Iterable[CwrWork], sender: str = "FIRST PUBLISHER", number: str = PUBLISHER
) -> Path:
    """Write a CWR file and return its path."""
    header = CwrHeader(CwrSender("PB", number, sender), AT)
    path.write_bytes(b"".join(write_cwr(header, works)))
    return path
