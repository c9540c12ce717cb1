"""Invented statements that pass every pre-check: a data set, and a work; identifiers have valid check characters."""

from dataclasses import replace
from datetime import date

from muniment.rights.registry.rules.application import Applicant, DataField, NotarialAct, Source, Statement, Subject
from muniment.rights.registry.rules.precheck import Known

AT_ON = date(2026, 3, 2)
KNOWN = Known(deposit_exists=True)
FIRM, OTHER_FIRM = "91330100MA27XWDB0T", "91310000MA1FL0AB1X"

DATA = Statement(
    title="Arrivals of parcels at invented depots",
    industry="G5991",
    scenario="Planning of the staff of depots by the hour.",
    applicants=(Applicant("Aigul Data Ltd (invented)", "legal", FIRM, country="CN"),),
    sources=(
        Source("self_collected", route="Scanners at the gates of own depots", method="Each parcel is scanned"),
        Source(
            "licensed",
            counterpart="Bilal Logistics (invented)",
            contract_sha256="ab" * 32,
            contract_from_on=date(2025, 1, 1),
            contract_until_on=date(2030, 12, 31),
        ),
    ),
    processing="Scans are joined by parcel, late ones are estimated by a regression over the hour, and summed.",
    is_substantive=True,
    structure=(DataField("depot", "text", "which depot"), DataField("hour", "datetime", "which hour")),
    record_count=12_000,
    byte_count=3_000_000,
    storage_format="json",
    update_frequency="daily",
    update_term="3y",
    sample="depot,hour\nA1,2026-01-01T10",
    is_unpublished=True,
    deposit="D-00000012-07",
    rights_claimed=("hold", "use"),
)

WORK = Statement(
    subject=Subject.WORK,
    title="Song of the depots (invented)",
    applicants=(Applicant("Aigul", "natural", "330106199003070014"),),
    work_kind="musical",
    authors=("Aigul",),
    created_on=date(2025, 12, 1),
    deposit="D-00000012-07",
)

ACT = NotarialAct("Office One (invented)", "(2026) 12", "SHA-256", "cd" * 32, date(2026, 2, 1))


def data(**changes: object) -> Statement:
    """Return the data set with other values."""
    return replace(DATA, **changes)  # type: ignore[arg-type]
