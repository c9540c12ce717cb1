"""Read CRD 3.0 by the layout in force: one thing after the other, with every problem; memory does not grow."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import BinaryIO

from muniment.kernel.formats.crd.layout import layout
from muniment.kernel.formats.crd.records import CrdAdjustment, CrdHeader, CrdItem, CrdLine, CrdSource
from muniment.kernel.formats.crd.rules import TABLE
from muniment.kernel.formats.widths import Widths, kind_of, lines_of
from muniment.kernel.words.money import MICRO_DIGITS, UnknownCurrency, currency_exponent
from muniment.kernel.words.problems import BadFile, Problem
from muniment.kernel.words.shares import PPM
from muniment.kernel.words.territory import UnknownTerritory, parse_territory

_LARGEST = 10**18
"""More micro-units than this no account holds."""
_DATE_SIZE = 8
_PERCENT_DIGITS = 6
"""Digits of a percentage in eight places: 100.0000 is written 01000000 or 100.0000."""


class BrokenField(Exception):
    """A field cannot be read; holds the id of the rule and what to say."""

    def __init__(self, rule: str, message: str) -> None:
        super().__init__(message)
        self.rule, self.message = rule, message


def read_crd(stream: BinaryIO) -> Iterator[CrdItem | Problem]:
    """Yield what a CRD file says in its order, and what is wrong with it; the sums are told at the end.

    Raises:
        BadFile: the file does not begin with SDN, or a line is longer than any record.
        BadLayout: the layout put in place of ours is none.
    """
    walk = _Walk(layout())
    for number, line in lines_of(stream):
        yield from walk.take(number, line)
    yield from walk.end()


@dataclass(slots=True)
class _Walk:
    """A file while it is read: what stands above the next exploitation."""

    layout: Widths
    header: CrdHeader | None = None
    above: dict[str, dict[str, str]] = field(default_factory=dict)
    total_micro: int = 0
    line_count: int = 0
    strangers: set[str] = field(default_factory=set)
    failed: bool = False

    def take(self, number: int, line: bytes) -> Iterator[CrdItem | Problem]:
        """Take a line."""
        kind = kind_of(line)
        if self.header is None and not self.failed:
            if kind != "SDN":
                raise BadFile("The file does not begin with SDN.", "Send a CRD file, or say what it is.")
            yield from self._head(number, self.layout.cut(line))
            return
        if kind == "SDN":
            yield TABLE.broken("CRD-01", number, "SDN", "A second SDN stands there; one file has one statement.")
            return
        if not self.layout.knows(kind):
            if kind not in self.strangers and len(self.strangers) < 100:
                self.strangers.add(kind)
                yield TABLE.broken("CRD-12", number, "", f"The layout has no record {kind!a}.")
            return
        yield from self._detail(number, kind, self.layout.cut(line))

    def _head(self, number: int, cells: dict[str, str]) -> Iterator[CrdItem | Problem]:
        currency = cells.get("currency", "")
        try:
            digits = currency_exponent(currency) + MICRO_DIGITS
        except UnknownCurrency:
            self.failed = True
            yield TABLE.broken("CRD-02", number, "SDN currency", f"{currency!r} is no currency.")
            return
        decimals = cells.get("amount_decimals", "")
        if not _is_digits(decimals) or int(decimals) > digits:
            self.failed = True
            said = f"{decimals!r} is no number of decimals from 0 to {digits}."
            yield TABLE.broken("CRD-03", number, "SDN amount_decimals", said)
            return
        self.header = CrdHeader(currency, int(decimals), line=number)
        days, problems = self._days(number, "SDN", cells, ("period_start", "period_end"))
        yield from problems
        total, count = cells.get("total_amount", ""), cells.get("line_count", "")
        try:
            told = self._micro("total_amount", total) if total else None
        except BrokenField as error:
            yield TABLE.broken(error.rule, number, "SDN total_amount", error.message)
            told = None
        self.header = CrdHeader(
            currency=currency,
            amount_decimals=int(decimals),
            period_start=days[0],
            period_end=days[1],
            statement_number=cells.get("statement_number", ""),
            sender_society=cells.get("sender_society", ""),
            receiver_society=cells.get("receiver_society", ""),
            right_category=cells.get("right_category", ""),
            total_micro=told,
            line_count=int(count) if _is_digits(count) else None,
            line=number,
        )
        yield self.header

    def _detail(self, number: int, kind: str, cells: dict[str, str]) -> Iterator[CrdItem | Problem]:
        if kind == "ESI":
            yield CrdSource(cells.get("source_id", ""), cells.get("source_name", ""), cells.get("source_type", ""))
        elif kind in ("MWN", "MDR", "MIP"):
            for below in {"MWN": ("MDR", "MIP"), "MDR": ("MIP",)}.get(kind, ()):
                self.above.pop(below, None)
            self.above[kind] = cells
        elif self.header is not None and kind in ("WER", "ADJ"):
            try:
                found = self._adjustment(number, cells) if kind == "ADJ" else self._line(number, cells)
            except BrokenField as error:
                yield TABLE.broken(error.rule, number, kind, error.message)
                return
            if isinstance(found, CrdLine):
                _, problems = self._days(number, "WER", cells, ("sales_period_start", "sales_period_end"))
                yield from problems
                yield from self._warnings(number, cells)
            yield found

    def _adjustment(self, number: int, cells: dict[str, str]) -> CrdAdjustment:
        amount_micro = self._micro("amount", cells.get("amount", ""))
        self.total_micro += amount_micro
        return CrdAdjustment(cells.get("reason", ""), amount_micro, number)

    def _line(self, number: int, cells: dict[str, str]) -> CrdLine:
        missing = [kind for kind in ("MWN", "MDR", "MIP") if kind not in self.above]
        if missing or self.header is None:
            raise BrokenField("CRD-06", f"No {' and no '.join(missing)} stands above it.")
        currency = cells.get("currency", "") or self.header.currency
        if currency != self.header.currency:
            raise BrokenField("CRD-07", f"It is in {currency!r}, the statement in {self.header.currency}.")
        work, right, party = (self.above[kind] for kind in ("MWN", "MDR", "MIP"))
        remitted_micro = self._micro("remitted_amount", cells.get("remitted_amount", ""))
        days, _problems = self._days(number, "WER", cells, ("sales_period_start", "sales_period_end"))
        count = cells.get("use_count", "")
        found = CrdLine(
            work_reference=work.get("work_reference", ""),
            title=work.get("title", ""),
            remitted_micro=remitted_micro,
            iswc=work.get("iswc", ""),
            right_category=right.get("right_category", "") or self.header.right_category,
            right_code=right.get("right_code", ""),
            ip_name_number=party.get("ip_name_number", ""),
            party_name=party.get("party_name", ""),
            party_reference=party.get("party_reference", ""),
            share_ppm=_share(party) or 0,
            source_id=cells.get("source_id", ""),
            distribution_category=cells.get("distribution_category", ""),
            territory=_territory(cells.get("territory", "")),
            use_kind=cells.get("use_kind", ""),
            use_count=int(count) if _is_digits(count) else 0,
            period_start=days[0] or self.header.period_start,
            period_end=days[1] or self.header.period_end,
            currency=currency,
            gross_micro=self._micro("gross_amount", cells.get("gross_amount", "")),
            tax_micro=self._micro("tax_amount", cells.get("tax_amount", "")),
            line=number,
        )
        self.total_micro += remitted_micro
        self.line_count += 1
        return found

    def _warnings(self, number: int, cells: dict[str, str]) -> Iterator[Problem]:
        if _share(self.above["MIP"]) is None:
            yield TABLE.broken("CRD-11", number, "MIP share", "The share of the party cannot be read.")
        territory = cells.get("territory", "")
        if territory.strip("0") and _territory(territory) is None:
            yield TABLE.broken("CRD-13", number, "WER territory", f"{territory!r} is no territory.")

    def _micro(self, name: str, text: str) -> int:
        """Return an amount in micro-units; blank is nothing."""
        if not text:
            return 0
        digits = text.removeprefix("-")
        if not _is_digits(digits):
            raise BrokenField("CRD-04", f"{name} {text!r} is no amount.")
        if self.header is None:
            return 0
        kept = currency_exponent(self.header.currency) + MICRO_DIGITS
        amount_micro: int = int(digits) * 10 ** (kept - self.header.amount_decimals)
        if amount_micro >= _LARGEST:
            raise BrokenField("CRD-05", f"{name} {text!r} is more than an account can hold.")
        return -amount_micro if text.startswith("-") else amount_micro

    def _days(
        self, number: int, kind: str, cells: dict[str, str], names: tuple[str, str]
    ) -> tuple[tuple[date | None, date | None], list[Problem]]:
        found: list[date | None] = []
        problems: list[Problem] = []
        for name in names:
            text = cells.get(name, "")
            day = _day(text)
            if day is None and text.strip("0"):
                problems.append(TABLE.broken("CRD-10", number, f"{kind} {name}", f"{text!r} is no day."))
            found.append(day)
        return (found[0], found[1]), problems

    def end(self) -> Iterator[Problem]:
        """Say what the whole of the file breaks.

        Raises:
            BadFile: the file is empty.
        """
        if self.header is None:
            if not self.failed:
                raise BadFile("The file is empty.", "Ask the society for the file with its content.")
            return
        if not self.line_count:
            yield TABLE.broken("CRD-14", None, "WER", "The file has no exploitation.")
        told = self.header.total_micro
        if told is not None and told != self.total_micro:
            said = f"The amounts come to {self.total_micro}, SDN says {told} (in micro-units)."
            yield TABLE.broken("CRD-08", None, "SDN total_amount", said)
        counted = self.header.line_count
        if counted is not None and counted != self.line_count:
            said = f"There are {self.line_count} exploitations, SDN says {counted}."
            yield TABLE.broken("CRD-09", None, "SDN line_count", said)


def _is_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _day(text: str) -> date | None:
    if len(text) != _DATE_SIZE or not _is_digits(text):
        return None
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return None


def _territory(text: str) -> int | None:
    if not _is_digits(text) or not int(text):
        return None
    try:
        return parse_territory(str(int(text)))
    except UnknownTerritory:
        return None


def _share(cells: dict[str, str]) -> int | None:
    """Return the share in ppm: by the percentage, else by the fraction; None where it cannot be read."""
    percent = cells.get("share_percentage", "")
    numerator, denominator = cells.get("share_numerator", ""), cells.get("share_denominator", "")
    if percent:
        whole, _point, decimals = percent.partition(".")
        if not _is_digits(whole) or (decimals and not _is_digits(decimals)):
            return None
        digits = whole + decimals.ljust(4, "0")[:4] if "." in percent else whole
        share_ppm = int(digits) * (PPM // 10**_PERCENT_DIGITS)
        return share_ppm if share_ppm <= PPM else None
    if numerator or denominator:
        if not (_is_digits(numerator) and _is_digits(denominator) and int(denominator)):
            return None
        share_ppm = int(numerator) * PPM // int(denominator)
        return share_ppm if share_ppm <= PPM else None
    return 0
