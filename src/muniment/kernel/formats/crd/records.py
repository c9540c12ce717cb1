"""What a CRD file says: the statement, its sources, its lines, its adjustments. Amounts are in whole micro-units."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class CrdHeader:
    """The statement: who sends it to whom (CISAC codes), for which days, in which currency, how much in all.

    `total_micro` and `line_count` are None where the file does not say them.
    """

    currency: str
    amount_decimals: int
    period_start: date | None = None
    period_end: date | None = None
    statement_number: str = ""
    sender_society: str = ""
    receiver_society: str = ""
    right_category: str = ""
    total_micro: int | None = None
    line_count: int | None = None
    line: int = 1


@dataclass(frozen=True, slots=True)
class CrdSource:
    """Where works were used: a station, a service."""

    source_id: str
    name: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class CrdLine:
    """What one exploitation of a work earned for one party: the WER record with what stands above it."""

    work_reference: str
    title: str
    remitted_micro: int
    iswc: str = ""
    right_category: str = ""
    right_code: str = ""
    ip_name_number: str = ""
    party_name: str = ""
    party_reference: str = ""
    share_ppm: int = 0
    source_id: str = ""
    distribution_category: str = ""
    territory: int | None = None
    use_kind: str = ""
    use_count: int = 0
    period_start: date | None = None
    period_end: date | None = None
    currency: str = ""
    gross_micro: int = 0
    tax_micro: int = 0
    line: int = 0


@dataclass(frozen=True, slots=True)
class CrdAdjustment:
    """An amount beside the lines: deductions that come back, tax that was withheld (below zero)."""

    reason: str
    amount_micro: int
    line: int = 0


CrdItem = CrdHeader | CrdSource | CrdLine | CrdAdjustment
"""One thing that a file says."""
