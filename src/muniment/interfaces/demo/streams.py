"""What the streaming service reports: a DDEX sales report of recordings, some without ISRC, some not ours."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

from muniment.interfaces.demo.people import SOCIETY_NAME, DemoParty, People
from muniment.interfaces.demo.uses import QUARTER_FROM, QUARTER_TO, Heard, Popularity, as_written, outside
from muniment.kernel.formats.dsr import DsrHead, DsrSale, DsrSummary, write_dsr
from muniment.kernel.words.identifiers import make_isrc
from muniment.kernel.words.money import micro_per_unit

STREAMS_FILE = "DSR_Sangat_LehrStream_OnDemand_2026-Q3_PK_1of1_20261003T080000.tsv"
_CURRENCY = "PKR"
_OFFERS = (("S1", "SubscriptionModel", 300_000), ("S2", "AdvertisementSupportedModel", 520_000))
"""The summaries: id, commercial model, and what the most popular recordings are streamed together."""


@dataclass(frozen=True, slots=True)
class StreamReport:
    """The lines of the file, the sales in it with the number of the work behind each, and their streams in all."""

    lines: tuple[bytes, ...]
    answers: tuple[tuple[int, str], ...]
    sale_count: int
    stream_count: int


def stream_report(rng: random.Random, popularity: Popularity, people: People, count: int) -> StreamReport:
    """Return a report of about `count` sales: each recording under two offers."""
    works: dict[str, str] = {}
    sales: list[DsrSale] = []
    for place, heard in enumerate(_heard(rng, popularity, people, count // len(_OFFERS)), 1):
        resource = _resource(rng, heard, place)
        for summary_id, _, top in _OFFERS:
            streams = max(1, top * rng.randrange(60, 140) // (100 * (place + 5)))
            number = f"T{len(sales) + 1:07d}"
            works[number] = heard.work_code
            sales.append(replace(resource, summary_id=summary_id, sales_transaction_id=number, usages=streams))
    lines = tuple(write_dsr(_head(), _summaries(sales), sales))
    transactions = ((line, raw.split(b"\t")[3].decode()) for line, raw in enumerate(lines, 1) if raw[:4] == b"SU02")
    answers = tuple((line, works[number]) for line, number in transactions)
    return StreamReport(lines, answers, len(sales), sum(sale.usages for sale in sales))


def _heard(rng: random.Random, popularity: Popularity, people: People, count: int) -> Iterator[Heard]:
    """Yield recordings, the most popular first, with music from outside among them; each of ours once."""
    ours = (
        Heard(work, recording, recording.title, recording.performer, _writers(work.writers), recording.duration_ms)
        for work in popularity.ranked
        for recording in work.recordings
    )
    for _ in range(count):
        heard = outside(rng, people) if rng.random() < 0.06 else next(ours, None)
        if heard is None:
            return
        yield as_written(rng, heard) if rng.random() < 0.35 else heard


def _writers(writers: tuple[DemoParty, ...]) -> str:
    return " / ".join(writer.name.latin for writer in writers)


def _resource(rng: random.Random, heard: Heard, place: int) -> DsrSale:
    """Return what all sales of a recording share; a fifth of the ISRCs are missing."""
    if heard.recording is None:
        isrc = make_isrc("QZ", "X99", QUARTER_FROM, place)
    else:
        isrc = heard.recording.isrc if rng.random() < 0.8 else ""
    composers = tuple(heard.writers.split(" / ")) if heard.writers and rng.random() < 0.5 else ()
    return DsrSale(
        summary_id="",
        sales_transaction_id="",
        usages=0,
        dsp_resource_id=f"LS{place:08d}",
        isrc=isrc,
        title=heard.title,
        display_artist=heard.performer or "Various Artists",
        duration_ms=heard.duration_ms,
        iswc=heard.work.iswc if heard.work and rng.random() < 0.15 else "",
        composers=composers,
    )


def _head() -> DsrHead:
    return DsrHead(
        message_id="LEHR-2026-Q3-0001",
        created_at="2026-10-03T08:00:00Z",
        usage_start_on=QUARTER_FROM,
        usage_end_on=QUARTER_TO - timedelta(days=1),
        sender_id="PADPIDA0000000000L",
        sender_name="Lehr Stream (invented service)",
        service="Lehr on demand",
        recipient_id="PADPIDA0000000000S",
        recipient_name=SOCIETY_NAME,
    )


def _summaries(sales: list[DsrSale]) -> list[DsrSummary]:
    """Return the summaries whose usages the sales make; the revenue is an invented 1.15 a stream."""
    return [
        DsrSummary(
            summary_id=summary_id,
            record="SY0202",
            territory="PK",
            commercial_model=model,
            use_type="OnDemandStream",
            service="Lehr on demand",
            usages=(usages := sum(sale.usages for sale in sales if sale.summary_id == summary_id)),
            currency=_CURRENCY,
            net_revenue_micro=usages * micro_per_unit(_CURRENCY) * 115 // 100,
        )
        for summary_id, model, _ in _OFFERS
    ]
