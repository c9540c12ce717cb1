"""The lines of a report as a DSR flat file: what was used, how often, where and for how much, as others read it.

A line without what the standard asks for (title, performer) cannot go out and is told; the others come to the sums of
the file's summaries, one for each territory, currency, service and commercial model.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from muniment.kernel.formats.dsr import BASIC_AUDIO, UGC, DsrHead, DsrSale, DsrSummary, unwritable, write_dsr
from muniment.kernel.formats.texts import clean
from muniment.kernel.words.identifiers import parse_dpid
from muniment.kernel.words.problems import Problem, UserError
from muniment.kernel.words.territory import groups, to_iso
from muniment.use.usages.queries.reports import LineRow, ReportRow, get_report, iter_lines

PROFILES = {"basic-audio": BASIC_AUDIO, "ugc": UGC}
"""The profiles by the names that a person says: with the money of each summary, with that of each sale."""

AS_AGREED = "AsPerContract"
"""The word of DDEX for a use and a commercial model that only the contract names."""

_KEPT_PROBLEMS = 1_000


class NoSuchProfile(UserError):
    """A report of use is not written in a profile of that name."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What a report says of all its sales: who sends it (DPID and name), to whom, and how the music was offered.

    `currency` is that of summaries whose lines have none. Blank words are those of the lines, or `AS_AGREED`.
    """

    sender_id: str
    sender_name: str
    currency: str
    recipient_name: str = ""
    service: str = ""
    use_type: str = ""
    commercial_model: str = ""


@dataclass(frozen=True, slots=True)
class OutgoingReport:
    """A report as a file: its lines as bytes, what they come to, and why which lines stayed behind.

    `amounts_micro` are the sums of the file by currency; `left_count` counts the lines that stayed behind, of which the
    first are in `problems`.
    """

    lines: Iterator[bytes]
    sale_count: int
    use_count: int
    amounts_micro: dict[str, int]
    left_count: int
    problems: tuple[Problem, ...]


def outgoing_dsr(report_id: int, *, profile: str, offer: Offer, at: datetime) -> OutgoingReport:
    """Return the lines of a report as a DSR flat file; `profile` "" takes the one that says all the money there is.

    Raises:
        UnknownReport: no such report, or it has no lines any more.
        NoSuchProfile: see `PROFILES`.
        InvalidIdentifier: the sender's DPID is none.
    """
    report = get_report(report_id)
    if profile and profile not in PROFILES:
        raise NoSuchProfile(f"{profile!r} is not written.", f"Say one of: {', '.join(PROFILES)}.")
    offer = replace(offer, sender_id=parse_dpid(offer.sender_id))
    name, version = PROFILES[profile or ("basic-audio" if report.amount_micro is None else "ugc")]
    head = replace(_head(report, offer, at), profile=name, profile_version=version)
    sums = _Sums()
    for row in iter_lines(report_id):
        sums.take(head, row, _key(row, offer))
    numbers = {key: str(number) for number, key in enumerate(sums.uses, 1)}
    summaries = [_summary(key, numbers[key], sums, offer) for key in sums.uses]

    def sales() -> Iterator[DsrSale]:
        for row in iter_lines(report_id):
            if not _fault(head, row, key := _key(row, offer)):
                yield replace(_sale(row, offer.sender_id), summary_id=numbers[key])

    return OutgoingReport(
        write_dsr(head, summaries, sales(), strict=True),
        sums.sale_count,
        sum(sums.uses.values()),
        sums.by_currency(),
        sums.left_count,
        tuple(sums.problems),
    )


@dataclass(frozen=True, slots=True)
class _Key:
    """What the sales of a summary have in common."""

    territory: int
    currency: str
    service: str
    commercial_model: str


class _Sums:
    """What the lines that go out come to, by summary, and which stay behind."""

    def __init__(self) -> None:
        self.uses: dict[_Key, int] = {}
        self.amounts_micro: dict[_Key, int] = {}
        self.sale_count = self.left_count = 0
        self.problems: list[Problem] = []

    def take(self, head: DsrHead, row: LineRow, key: _Key) -> None:
        """Count a line, or tell why it stays behind."""
        if fault := _fault(head, row, key):
            self.left_count += 1
            if len(self.problems) < _KEPT_PROBLEMS:
                self.problems.append(
                    Problem(row.source_line, "", "usage.not_written", fault, "Ask the sender for it, or leave it out.")
                )
            return
        self.sale_count += 1
        self.uses[key] = self.uses.get(key, 0) + row.use_count
        self.amounts_micro[key] = self.amounts_micro.get(key, 0) + (row.amount_micro or 0)

    def by_currency(self) -> dict[str, int]:
        """Return the amounts by currency."""
        found: dict[str, int] = {}
        for key, amount_micro in self.amounts_micro.items():
            found[key.currency] = found.get(key.currency, 0) + amount_micro
        return found


def _fault(head: DsrHead, row: LineRow, key: _Key) -> str:
    return unwritable(head, replace(_sale(row, head.sender_id), summary_id="1"), key.currency)


def _key(row: LineRow, offer: Offer) -> _Key:
    return _Key(
        row.territory,
        row.currency or offer.currency,
        offer.service or clean(row.extra.get("service", "")) or offer.sender_name,
        offer.commercial_model or clean(row.extra.get("commercial_model", "")) or AS_AGREED,
    )


def _summary(key: _Key, number: str, sums: _Sums, offer: Offer) -> DsrSummary:
    return DsrSummary(
        summary_id=number,
        record="SY02",
        territory=_territory(key.territory),
        commercial_model=key.commercial_model,
        use_type=offer.use_type or AS_AGREED,
        service=key.service,
        usages=sums.uses[key],
        currency=key.currency,
        net_revenue_micro=sums.amounts_micro[key],
    )


def _territory(code: int) -> str:
    """Return a country by its letters and a group of countries by its TIS code, as DDEX takes both."""
    return str(code) if code in groups() else to_iso(code) or str(code)


def _head(report: ReportRow, offer: Offer, at: datetime) -> DsrHead:
    return DsrHead(
        message_id=f"USAGE-{report.id}-{at:%Y%m%dT%H%M%SZ}",
        created_at=f"{at:%Y-%m-%dT%H:%M:%SZ}",
        usage_start_on=report.period_from,
        usage_end_on=report.period_to - timedelta(days=1),
        sender_id=offer.sender_id,
        sender_name=clean(offer.sender_name),
        service=offer.service,
        recipient_name=offer.recipient_name,
    )


def _sale(row: LineRow, sender_id: str) -> DsrSale:
    """Return a line as a sale; numbers of ours and of the sender stand behind whose they are, as DDEX asks."""
    told = {name: clean(text) for name, text in row.reported.items()}
    number = told.get("source_id", "")
    return DsrSale(
        summary_id="",
        sales_transaction_id=str(row.line_id),
        usages=row.use_count,
        dsp_resource_id=clean(row.extra.get("resource", "")) or number or row.isrc or str(row.line_id),
        isrc=row.isrc or "",
        title=told.get("title", ""),
        display_artist=told.get("performer", ""),
        duration_ms=row.duration_ms,
        iswc=row.iswc or "",
        composers=tuple(name for name in map(str.strip, told.get("writers", "").split(";")) if name),
        proprietary_work_id=number if "::" in number or not number else f"{sender_id}::{number}",
        used_from=row.used_on.isoformat(),
        amount_micro=row.amount_micro or 0,
    )
