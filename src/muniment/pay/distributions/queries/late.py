"""Why funds are late, as written."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.db.models import Q

from muniment.pay.distributions.models import LateReason


@dataclass(frozen=True, slots=True)
class LateReasonRow:
    """A written reason why a fund's money is late."""

    fund_code: str
    currency: str
    note: str
    written_by: str
    written_at: datetime


def late_reasons(on: date | None = None) -> tuple[LateReasonRow, ...]:
    """Return the reasons that stand, or that stood at the end of a day, by fund and currency."""
    rows = LateReason.objects.order_by("fund_code", "currency", "id")
    if on is None:
        rows = rows.filter(withdrawn_at__isnull=True)
    else:
        after = datetime.combine(on + timedelta(days=1), time(), UTC)
        rows = rows.filter(Q(withdrawn_at__isnull=True) | Q(withdrawn_at__gte=after), written_at__lt=after)
    return tuple(LateReasonRow(row.fund_code, row.currency, row.note, row.written_by, row.written_at) for row in rows)
