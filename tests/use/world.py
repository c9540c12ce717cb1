"""A small repertoire and the reports that use it; every name, title and number is invented."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from muniment.kernel.words.identifiers import make_isrc, make_iswc
from muniment.kernel.words.period import Period
from muniment.kernel.words.shares import Right
from muniment.rights.works.rules.drafts import ContributorDraft, RecordingDraft, WorkDraft
from muniment.rights.works.services import register_works
from muniment.use.usages.services import UsageReportReceipt, import_usage
from tests.cast import CHEN

AT = datetime(2026, 10, 8, 9, tzinfo=UTC)
QUARTER = Period(date(2026, 7, 1), date(2026, 10, 1))
ISWC = make_iswc(900_000_001)
ISRC = make_isrc("PK", "S00", date(2022, 1, 1), 7)

WORKS = (
    ("W-1", "The Silver Ferry", "Nemira Ashford", "Garden Collective", ISWC, ISRC),
    ("W-2", "Lantern Song", "Quill Ravenhurst", "Kite Sisters", None, None),
    ("W-3", "Lantern Song", "Elva Marrow", "Station Four", None, None),
    ("W-4", "Берег и колодец", "Остнур Терновенко", "Нарсана Лугник", None, None),
    ("W-5", "星空之桥", "泉溪晴", "秋水乐团", None, None),
    ("W-6", "A Window before the Harvest", "Zanlen Kestgard", "The Amber Mirrors", None, None),
)


def register_repertoire(works: Sequence[tuple[str, str, str, str, str | None, str | None]] = WORKS) -> None:
    """Register the works, each with one writer and one recording."""
    register_works(
        actor=CHEN,
        at=AT,
        drafts=[
            WorkDraft(
                title=title,
                code=code,
                iswc=iswc,
                contributors=(ContributorDraft(name=writer, role="CA"),),
                recordings=(RecordingDraft(performer=performer, isrc=isrc),),
            )
            for code, title, writer, performer, iswc, isrc in works
        ],
        claim="tests",
        intake_id=None,
    )


def write_log(folder: Path, text: str, name: str = "log.csv") -> Path:
    """Write a report's file and return where it is."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def import_log(path: Path, **changes: object) -> UsageReportReceipt:
    """Import a file as Chen would, with the usual facts but for `changes`."""
    facts: dict[str, object] = {
        "actor": CHEN,
        "at": AT,
        "path": path,
        "form": "radio",
        "source_code": "RADIO-ONE",
        "licensee_id": None,
        "fund_code": "radio/LIC-0001/2026-Q3",
        "period": QUARTER,
        "territory": 586,
        "right": Right.PERFORMING,
    }
    return import_usage(**{**facts, **changes})  # type: ignore[arg-type]
