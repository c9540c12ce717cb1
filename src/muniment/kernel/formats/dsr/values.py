"""What a DSR says: who reports what period, the summaries by territory and offer, and the sales."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class DsrHead:
    """The head of a report: sender, recipient, service, period, and which file of how many this is."""

    message_id: str
    created_at: str = ""
    profile: str = "BasicAudioProfile"
    profile_version: str = "1.2"
    message_version: str = "dsrf/3.0"
    file_number: int = 1
    file_count: int = 1
    usage_start_on: date | None = None
    usage_end_on: date | None = None
    sender_id: str = ""
    sender_name: str = ""
    service: str = ""
    recipient_id: str = ""
    recipient_name: str = ""
    repertoire: tuple[str, ...] = ()
    line: int = field(default=1, compare=False)


@dataclass(frozen=True, slots=True)
class DsrSummary:
    """One summary: what was sold in one territory under one offer, and the revenue from it.

    `territory` as the report writes it (ISO letters or TIS). `net_revenue_micro` is in micro-units of `currency`,
    rounded half to even where the report is finer; None where it says nothing readable.
    """

    summary_id: str
    record: str
    territory: str
    commercial_model: str = ""
    use_type: str = ""
    service: str = ""
    usages: int | None = None
    subscribers: int | None = None
    currency: str = ""
    net_revenue_micro: int | None = None
    rights_controller: str = ""
    rights_type: str = ""
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class DsrTotals:
    """What one file of a report sums to; it comes last, and is what the files of a set are compared by.

    `told_lines` and `told_blocks` are what the foot says of the whole report. `said` has the usages of each summary
    that says one number (None: it says none, or several), `used` the usages of the sales by summary.
    """

    message_id: str
    file_number: int
    file_count: int
    line_count: int
    comment_count: int
    block_count: int
    told_lines: int | None = None
    told_blocks: int | None = None
    said: Mapping[str, int | None] = field(default_factory=dict)
    used: Mapping[str, int] = field(default_factory=dict)
    whole: bool = True


class AmountBasis(StrEnum):
    """Where the amount of a sale comes from."""

    NONE = ""
    ALLOCATED = "allocated"
    """What licensor rows (LI) allocate to those that the report represents."""
    LINE = "line"
    """The net revenue that the row itself has."""
    SUMMARY = "summary"
    """The part of the summary's net revenue that the usages make of the summary's."""


@dataclass(frozen=True, slots=True)
class DsrSale:
    """The usage of one resource or work: how often, under which summary, for how much, and what is known of it.

    A sale of a whole release gives one `DsrSale` for each of its resources, a resource with a cue sheet one for each
    cue, a recording of several works one for each work, with the same line and transaction id; `part` says which part
    of the sale's money each has, as (before, behind, of). `usages` is streams, downloads or broadcasts less returns.
    `amount_micro` is in micro-units of `currency`, rounded so that the parts of a sale and of a summary
    sum exactly; `reported_usages` are those before returns.
    """

    summary_id: str
    sales_transaction_id: str
    usages: int
    dsp_resource_id: str = ""
    isrc: str = ""
    title: str = ""
    sub_title: str = ""
    display_artist: str = ""
    duration_ms: int | None = None
    iswc: str = ""
    composers: tuple[str, ...] = ()
    arrangers: tuple[str, ...] = ()
    publishers: tuple[str, ...] = ()
    proprietary_work_id: str = ""
    work_title: str = ""
    release_id: str = ""
    release_title: str = ""
    record: str = "SU02"
    block_id: str = ""
    used_from: str = ""
    amount_micro: int | None = None
    amount_basis: AmountBasis = AmountBasis.NONE
    part: tuple[int, int, int] = field(default=(0, 1, 1), repr=False)
    reported_usages: int = field(default=0, repr=False, compare=False)
    summary: DsrSummary | None = field(default=None, repr=False)
    line: int = field(default=0, compare=False)

    @property
    def streams(self) -> int:
        """Return how often the resource was used."""
        return self.usages

    @property
    def territory(self) -> str:
        """Return the territory of the sale's summary ("" where it has none)."""
        return self.summary.territory if self.summary is not None else ""

    @property
    def commercial_model(self) -> str:
        """Return the commercial model of the sale's summary."""
        return self.summary.commercial_model if self.summary is not None else ""

    @property
    def service(self) -> str:
        """Return the service of the sale's summary."""
        return self.summary.service if self.summary is not None else ""

    @property
    def currency(self) -> str:
        """Return the currency that the sale's summary reports in."""
        return self.summary.currency if self.summary is not None else ""

    @property
    def net_revenue_micro(self) -> int | None:
        """Return the net revenue of the whole summary, in micro-units of its currency."""
        return self.summary.net_revenue_micro if self.summary is not None else None
