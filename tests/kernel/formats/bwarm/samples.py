"""Works of invented people, with valid check digits, as a set of BWARM has them."""

from datetime import UTC, date, datetime
from pathlib import Path

from muniment.kernel.formats.bwarm import SetWriter
from muniment.kernel.formats.door.records import (
    IdentifierRecord,
    PartyRecord,
    PlaceRecord,
    RecordingRecord,
    ShareRecord,
    TitleRecord,
    WorkRecord,
)
from muniment.kernel.words.identifiers import make_dpid, make_ipi_name, make_isni, make_isrc, make_iswc

AT = datetime(2026, 5, 1, 9, 30, tzinfo=UTC)
DPID = make_dpid(date(2026, 1, 1))
NURLAN, SANIYA, RIVER, HOUSE = "P1", "P2", "P3", "P4"

PARTIES = (
    PartyRecord(
        "Nurlan Tashenov",
        NURLAN,
        (),
        "",
        "Tashenov",
        "Nurlan",
        (),
        (IdentifierRecord("ISNI", make_isni(71)), IdentifierRecord("IPI name", make_ipi_name(710_001))),
    ),
    PartyRecord(
        "صانیہ ملک", SANIYA, identifiers=(IdentifierRecord("IPI name", make_ipi_name(710_002)),), society="052"
    ),
    PartyRecord(
        "River Tunes",
        RIVER,
        identifiers=(
            IdentifierRecord("IPI name", make_ipi_name(710_003)),
            IdentifierRecord("DPID", make_dpid(date(2025, 2, 2))),
        ),
    ),
    PartyRecord("Society of the Steppe", HOUSE),
)


def _share(
    key: str, party: str, percent: int, role: str, right: str, kind: str, over: str = "", **more: object
) -> ShareRecord:
    return ShareRecord(party, percent * 10_000, key, role, right, kind=kind, over=over, **more)  # type: ignore[arg-type]


WORKS = (
    WorkRecord(
        key="W1",
        titles=(
            TitleRecord("Song of the River", language="en"),
            TitleRecord("دریا کا گیت", "translated", "", "ur", "Arab"),
        ),
        shares=(
            _share("S1", NURLAN, 50, "composer", "PR", "ownership", "S3"),
            _share("S1", NURLAN, 50, "composer", "MR", "ownership", "S3"),
            _share("S3", RIVER, 50, "publisher", "PR", "ownership"),
            _share("S3", RIVER, 50, "publisher", "MR", "ownership"),
            _share("S4", NURLAN, 50, "composer", "PR", "collection", place=PlaceRecord((2136,), (840,))),
            _share("S5", RIVER, 50, "publisher", "PR", "collection", place=PlaceRecord((2136,), (840,))),
            _share(
                "S6",
                RIVER,
                100,
                "publisher",
                "PR",
                "collection",
                place=PlaceRecord((840,)),
                valid_from_on=date(2020, 1, 1),
                valid_until_on=date(2029, 12, 31),
            ),
        ),
        identifiers=(IdentifierRecord("ISWC", make_iswc(123_456)), IdentifierRecord("proprietary", "RT-7", HOUSE)),
        recordings=(
            RecordingRecord(
                "R1",
                (TitleRecord("Song of the River", subtitle="Live"),),
                artist="The Bridge",
                identifiers=(IdentifierRecord("ISRC", make_isrc("KZ", "A1B", date(2024, 1, 1), 7)),),
                duration_ms=200_500,
                p_line="2024 Bridge Sounds",
                works=("W1",),
            ),
        ),
        language="en",
        duration_ms=201_000,
        disputed=True,
    ),
    WorkRecord(
        key="W2",
        titles=(TitleRecord("夜の橋", language="ja", script="Jpan"),),
        shares=(_share("S7", SANIYA, 100, "composer lyricist", "", "ownership"),),
        recordings=(RecordingRecord("R2", (TitleRecord("夜の橋"),), works=("W2",)),),
        language="ja",
    ),
)


def write_sample(folder: Path, version: str) -> Path:
    """Write the sample as a set and return its folder."""
    with SetWriter(folder, version=version, sender=DPID, at=AT) as out:
        for party in PARTIES:
            out.party(party)
        for work in WORKS:
            out.work(work)
    return folder


def change(folder: Path, stem: str, old: str, new: str) -> Path:
    """Change the text of one file of a set, and return the folder; its manifest is deleted."""
    path = folder / f"{stem}.tsv"
    text = path.read_text(encoding="utf-8")
    assert old in text, (old, text)
    path.write_text(text.replace(old, new, 1), encoding="utf-8", newline="")
    for manifest in folder.glob("BWARM_Manifest*"):
        manifest.unlink()
    return folder
