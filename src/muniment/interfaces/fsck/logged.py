"""Records of the log, read by SQL: what each says, and that none is missing on either side."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime

from muniment.interfaces.fsck.reading import instant, rows

Report = Callable[[str], None]
"""Takes a line for each thing that is not as it should be."""

RECORD = "SELECT body, leaf_hash, erased_at FROM evidence_record WHERE subject = %s"


def check_record(report: Report, subject: str, said: Mapping[str, object], at: datetime) -> None:
    """Report a record of the log that is missing or says something else; an erased one says nothing."""
    found = rows(RECORD, subject)
    if not found:
        report(f"{subject} has no record in the log")
        return
    body, _, erased_at = found[0]
    if erased_at is not None:
        return
    logged = json.loads(body)
    if any(logged.get(name) != value for name, value in said.items()) or logged.get("recorded_at") != instant(at):
        report(f"{subject} is not what its leaf says")


def check_missing(report: Report, prefix: str, known: set[str]) -> None:
    """Report records of the log whose row is gone: those under a prefix that are not `known`."""
    logged = rows("SELECT subject FROM evidence_record WHERE subject LIKE %s", f"{prefix}%")
    for subject in sorted({subject for (subject,) in logged} - known):
        report(f"{subject} is in the log, and there is no such row")
