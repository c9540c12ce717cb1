"""Write CRD 3.0 by the layout in force. Amounts are written with all digits that we keep, so that sums are exact."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date

from muniment.kernel.formats.crd.layout import layout
from muniment.kernel.formats.crd.records import CrdAdjustment, CrdHeader, CrdLine, CrdSource
from muniment.kernel.formats.widths import Unwritable, Widths
from muniment.kernel.words.money import MICRO_DIGITS, currency_exponent

_END = b"\r\n"
_AMOUNT_SIZE = 18


def header_for(header: CrdHeader, items: Iterable[CrdLine | CrdAdjustment]) -> CrdHeader:
    """Return a header with the total and the count of the lines that go below it."""
    total_micro = line_count = 0
    for item in items:
        total_micro += item.remitted_micro if isinstance(item, CrdLine) else item.amount_micro
        line_count += isinstance(item, CrdLine)
    return replace(header, total_micro=total_micro, line_count=line_count)


def write_crd(
    header: CrdHeader, sources: Iterable[CrdSource], items: Iterable[CrdLine | CrdAdjustment]
) -> Iterator[bytes]:
    """Give the lines of a CRD file (CRLF, UTF-8, widths in bytes); lines of one work should stand together.

    Titles and names are cut to their places. Amounts have as many decimals as a micro-unit.

    Raises:
        Unwritable: a value does not fit its place, or the layout has none for it.
        UnknownCurrency: the header names none.
    """
    writing = _Writing(layout())
    yield writing.header(header)
    for source in sources:
        yield writing.source(source)
    for item in items:
        yield from writing.line(item) if isinstance(item, CrdLine) else [writing.adjustment(item)]


@dataclass(slots=True)
class _Writing:
    """A file while it is written: its numbers, and what stands above the next exploitation."""

    layout: Widths
    transaction: int = -1
    record: int = 0
    work: tuple[str, ...] | None = None
    right: tuple[str, ...] | None = None
    party: tuple[str, ...] | None = None

    def _join(self, kind: str, values: dict[str, str]) -> bytes:
        if kind in ("ESI", "MWN", "ADJ"):
            self.transaction, self.record = self.transaction + 1, 0
        prefix = f"{kind}{self.transaction:08d}{self.record:08d}"
        self.record += 1
        return self.layout.join(kind, prefix, values) + _END

    def header(self, header: CrdHeader) -> bytes:
        """Return SDN."""
        total = "" if header.total_micro is None else _amount(header.total_micro)
        values = {
            "right_category": header.right_category,
            "period_start": _day(header.period_start),
            "period_end": _day(header.period_end),
            "statement_number": self.layout.fitting("SDN", "statement_number", header.statement_number),
            "sender_society": header.sender_society,
            "receiver_society": header.receiver_society,
            "total_amount": total if self.layout.has("SDN", "total_amount") else "",
            "line_count": str(header.line_count or "") if self.layout.has("SDN", "line_count") else "",
            "amount_decimals": str(currency_exponent(header.currency) + MICRO_DIGITS),
            "currency": header.currency,
        }
        kept = {name: value for name, value in values.items() if self.layout.has("SDN", name)}
        return self.layout.join("SDN", "SDN" + "0" * 16, kept) + _END

    def source(self, source: CrdSource) -> bytes:
        """Return ESI."""
        values = {
            "source_id": source.source_id,
            "source_name": self.layout.fitting("ESI", "source_name", source.name),
            "source_type": source.kind,
        }
        return self._join("ESI", values)

    def adjustment(self, item: CrdAdjustment) -> bytes:
        """Return ADJ; what comes after it begins with its work again."""
        self.work = None
        return self._join("ADJ", {"reason": item.reason, "amount": _amount(item.amount_micro)})

    def line(self, item: CrdLine) -> Iterator[bytes]:
        """Give WER, with MWN, MDR and MIP where they are others than before."""
        work = (item.work_reference, item.title, item.iswc)
        right = (item.right_code, item.right_category)
        party = (item.ip_name_number, item.party_name, item.party_reference, str(item.share_ppm))
        if work != self.work:
            self.work, self.right, self.party = work, None, None
            title = self.layout.fitting("MWN", "title", item.title)
            yield self._join("MWN", {"work_reference": item.work_reference, "title": title, "iswc": item.iswc})
        if right != self.right:
            self.right, self.party = right, None
            yield self._join("MDR", {"right_code": item.right_code, "right_category": item.right_category})
        if party != self.party:
            self.party = party
            yield self._join("MIP", self._party(item))
        yield self._join("WER", self._exploitation(item))

    def _party(self, item: CrdLine) -> dict[str, str]:
        name = self.layout.fitting("MIP", "party_name", item.party_name)
        named = {
            "ip_name_number": item.ip_name_number,
            "party_name": name,
            "party_reference": item.party_reference,
        }
        kept = {key: value for key, value in named.items() if self.layout.has("MIP", key)}
        return kept | {"share_percentage": f"{item.share_ppm // 10_000:03d}.{item.share_ppm % 10_000:04d}"}

    def _exploitation(self, item: CrdLine) -> dict[str, str]:
        chosen = {
            "territory": f"{item.territory:04d}" if item.territory else "",
            "use_kind": self.layout.fitting("WER", "use_kind", item.use_kind),
            "use_count": str(item.use_count or ""),
            "tax_amount": _amount(item.tax_micro) if item.tax_micro else "",
        }
        kept = {name: value for name, value in chosen.items() if self.layout.has("WER", name)}
        return kept | {
            "distribution_category": item.distribution_category,
            "source_id": item.source_id,
            "sales_period_start": _day(item.period_start),
            "sales_period_end": _day(item.period_end),
            "currency": item.currency,
            "gross_amount": _amount(item.gross_micro),
            "remitted_amount": _amount(item.remitted_micro),
        }


def _day(day: date | None) -> str:
    return f"{day:%Y%m%d}" if day else ""


def _amount(amount_micro: int) -> str:
    text = f"{abs(amount_micro):0{_AMOUNT_SIZE - (amount_micro < 0)}d}"
    if len(text) > _AMOUNT_SIZE:
        raise Unwritable(f"The amount {amount_micro} has more than {_AMOUNT_SIZE} digits.", "Split the statement.")
    return f"-{text}" if amount_micro < 0 else text
