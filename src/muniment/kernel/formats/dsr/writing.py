"""Write a DSR flat file with blocks: HEAD, SY02.02, blocks of AS02.02 and sales, FOOT.

In the profiles of sound recordings: Basic Audio 1.2 says the money of each summary, UGC 1.2 that of each sale too.
Sales of the same resource that follow one another share a block. Counts are right by construction; sums that differ
from the summaries are refused at the end.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from muniment.kernel.formats.dsr.cells import fault_of
from muniment.kernel.formats.dsr.rows import escape
from muniment.kernel.formats.dsr.tables import Column, shapes
from muniment.kernel.formats.dsr.values import DsrHead, DsrSale, DsrSummary
from muniment.kernel.words.money import format_amount
from muniment.kernel.words.problems import UserError


class UnwritableReport(UserError):
    """A report cannot be written: its sums do not tie, or a text has a tab or a line end."""


BASIC_AUDIO, UGC = ("BasicAudioProfile", "1.2"), ("UgcProfile", "1.2")
"""The profiles that are written, as a head says them."""

_SALES: Mapping[tuple[str, str], str] = {BASIC_AUDIO: "SU02", UGC: "SU0302"}
"""The record of a sale in each of them; summaries and resources are the same in both."""

_CONTENT = "Music"


def write_dsr(
    head: DsrHead, summaries: Sequence[DsrSummary], sales: Iterable[DsrSale], *, strict: bool = False
) -> Iterator[bytes]:
    """Give the lines of the report (UTF-8, LF); the sales stream. A `strict` one has every cell that its profile asks
    for, in the form that the standard has for it.

    Raises:
        UnwritableReport: another profile, a sale without a summary, a summary whose usages or net revenue (where its
            profile says the money of each sale) are not the sum of its sales, a text that a flat file cannot hold, or a
            cell that is missing or malformed in a strict report.
    """
    record = _record_of_sales(head)
    yield _row("HEAD", _head_cells(head), strict)
    lines = 1
    by_id = {summary.summary_id: summary for summary in summaries}
    used, earned = dict.fromkeys(by_id, 0), dict.fromkeys(by_id, 0)
    for summary in summaries:
        yield _row("SY0202", _summary_cells(summary), strict)
        lines += 1
    blocks = 0
    last: tuple[object, ...] | None = None
    for sale in sales:
        if sale.summary_id not in used:
            raise UnwritableReport(f"A sale names the summary {sale.summary_id!r}, which is not there.", "Add it.")
        used[sale.summary_id] += sale.usages
        earned[sale.summary_id] += sale.amount_micro or 0
        resource = _resource_key(sale)
        if resource != last:
            last, blocks, lines = resource, blocks + 1, lines + 1
            yield _row("AS0202", _resource_cells(sale, blocks), strict)
        yield _row(record, _sale_cells(sale, blocks, by_id[sale.summary_id].currency), strict)
        lines += 1
    for summary in summaries:
        sold = used[summary.summary_id]
        if summary.usages is not None and summary.usages != sold:
            raise UnwritableReport(
                f"Summary {summary.summary_id!r} says {summary.usages} usages; its sales make {sold}.",
                "Correct the summary.",
            )
        if record == _SALES[UGC] and summary.net_revenue_micro not in (None, earned[summary.summary_id]):
            raise UnwritableReport(
                f"Summary {summary.summary_id!r} says another net revenue than its sales make.", "Correct the summary."
            )
    lines += 1
    counts = {"number_of_lines_in_file": lines, "number_of_lines_in_report": lines}
    blocks_told = {"number_of_blocks_in_file": blocks, "number_of_blocks_in_report": blocks}
    yield _row("FOOT", {**counts, "number_of_summary_records": len(summaries), **blocks_told}, strict)


def unwritable(head: DsrHead, sale: DsrSale, currency: str) -> str:
    """Return why a sale cannot stand in a strict report, "" where it can."""
    try:
        _row("AS0202", _resource_cells(sale, 1), True)
        _row(_record_of_sales(head), _sale_cells(sale, 1, currency), True)
    except UnwritableReport as error:
        return error.message
    return ""


def _record_of_sales(head: DsrHead) -> str:
    try:
        return _SALES[head.profile, head.profile_version]
    except KeyError:
        names = " or ".join(" ".join(profile) for profile in _SALES)
        raise UnwritableReport(f"{head.profile} {head.profile_version} is not written.", f"Take {names}.") from None


def _resource_key(sale: DsrSale) -> tuple[object, ...]:
    return (
        sale.dsp_resource_id, sale.isrc, sale.title, sale.sub_title, sale.display_artist, sale.duration_ms, sale.iswc,
        sale.composers, sale.arrangers, sale.publishers, sale.proprietary_work_id,
    )  # fmt: skip


def _row(record: str, cells: Mapping[str, object], strict: bool) -> bytes:
    """Return a row of cells by their meaning, or by their name in the standard where they have no meaning here."""
    shown = f"{record[:4]}.{record[4:]}" if len(record) > 4 else record
    shape = shapes()[record]
    placed = {place: cells.get(meaning) for meaning, place in shape.places.items()}
    values = [placed.get(place, cells.get(column.name)) for place, column in enumerate(shape.columns)]
    if strict:
        for column, value in zip(shape.columns, values, strict=True):
            _require(column, value, shown)
    return ("\t".join((shown, *map(_cell, values))) + "\n").encode()


def _require(column: Column, value: object, record: str) -> None:
    """Refuse a cell that is not there though it must be, or is not written as the standard writes it."""
    if value in (None, "", ()):
        if "*" in column.mandatory:
            raise UnwritableReport(f"{record} has no {column.name}, which the standard asks for.", "Add it.")
        return
    for part in value if isinstance(value, tuple) else (value,):
        fault = fault_of(column.kind, str(part))
        if fault is not None:
            raise UnwritableReport(f"{record} {column.name}: {fault[1]}", "Correct it.")


def _cell(value: object) -> str:
    if value is None:
        return ""
    text = "|".join(map(escape, value)) if isinstance(value, tuple) else escape(str(value))
    if any(letter in text for letter in "\t\r\n\x00") or not text.isprintable():
        raise UnwritableReport(f"{text[:40]!r} has a tab, a line end or another control character.", "Remove it.")
    return text


def _head_cells(head: DsrHead) -> dict[str, object]:
    return {
        "message_version": head.message_version,
        "profile": head.profile,
        "profile_version": head.profile_version,
        "message_id": head.message_id,
        "created_at": head.created_at,
        "file_number": head.file_number,
        "file_count": head.file_count,
        "usage_start": head.usage_start_on,
        "usage_end": head.usage_end_on,
        "sender_id": head.sender_id,
        "sender_name": head.sender_name,
        "service": head.service,
        "recipient_id": head.recipient_id,
        "recipient_name": head.recipient_name,
        "repertoire": head.repertoire,
    }


def _summary_cells(summary: DsrSummary) -> dict[str, object]:
    revenue = summary.net_revenue_micro
    return {
        "summary_id": summary.summary_id,
        "commercial_model": summary.commercial_model,
        "use_type": summary.use_type,
        "territory": summary.territory,
        "service": summary.service,
        "usages": summary.usages,
        "subscribers": summary.subscribers,
        "currency": summary.currency,
        "net_revenue": format_amount(revenue, summary.currency) if revenue is not None else "",
        "rights_controller": summary.rights_controller,
        "rights_type": summary.rights_type,
        "ContentCategory": _CONTENT,
    }


def _resource_cells(sale: DsrSale, block: int) -> dict[str, object]:
    return {
        "block_id": block,
        "resource_reference": f"A{block}",
        "dsp_resource_id": sale.dsp_resource_id,
        "isrc": sale.isrc,
        "title": sale.title,
        "sub_title": sale.sub_title,
        "display_artist": sale.display_artist,
        "duration": _iso_duration(sale.duration_ms),
        "resource_type": "SoundRecording",
        "iswc": sale.iswc,
        "composers": sale.composers,
        "arrangers": sale.arrangers,
        "publishers": sale.publishers,
        "proprietary_work_id": sale.proprietary_work_id,
    }


def _iso_duration(duration_ms: int | None) -> str:
    if duration_ms is None:
        return ""
    seconds, rest = divmod(duration_ms, 1000)
    decimals = f".{rest:03d}" if rest else ""
    return f"PT{seconds // 60}M{seconds % 60}{decimals}S"


def _sale_cells(sale: DsrSale, block: int, currency: str) -> dict[str, object]:
    return {
        "block_id": block,
        "summary_id": sale.summary_id,
        "sales_transaction_id": sale.sales_transaction_id,
        "transacted_resource": f"A{block}",
        "royalty_bearing": "true",
        "usages": sale.usages,
        "dsp_resource_id": sale.dsp_resource_id,
        "amount": "" if sale.amount_micro is None else format_amount(sale.amount_micro, currency),
        "used_from": sale.used_from,
    }
