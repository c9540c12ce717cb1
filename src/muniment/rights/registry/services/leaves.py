"""With what acts of the registry are logged."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

from muniment.trust.evidence.queries import RecordRow
from muniment.trust.evidence.services import log_record
from muniment.trust.evidence.services.keys import Entropy, LogKeys


@dataclass(frozen=True, slots=True)
class Leaves:
    """The keys of the log, and where salts come from (`secrets.token_bytes`)."""

    keys: LogKeys
    entropy: Entropy

    def log(self, at: datetime, subject: str, record: Mapping[str, object]) -> RecordRow:
        """Keep a record and have a leaf that commits to it wait, as `log_record`; it names no person."""
        return log_record(at=at, subject=subject, record=record, keys=self.keys, entropy=self.entropy)


def day_of(at: datetime) -> date:
    """Return the day of an instant (UTC), as all days of the house are."""
    return at.astimezone(UTC).date()
