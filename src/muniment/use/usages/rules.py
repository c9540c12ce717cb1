"""How the cells of a usage report are understood; pure, one cell or one line at a time."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum
from functools import lru_cache

from muniment.kernel.formats.tables import (
    TargetField,
    UnreadableCell,
    parse_date,
    parse_decimal,
    parse_duration_ms,
    parse_integer,
    synonyms_of,
)
from muniment.kernel.formats.texts import unseen_in
from muniment.kernel.words.identifiers import parse_isrc, parse_iswc
from muniment.kernel.words.money import MICRO_DIGITS, currency_exponent, parse_amount
from muniment.kernel.words.names import fold
from muniment.kernel.words.period import Period
from muniment.kernel.words.problems import Level, Problem, UserError
from muniment.kernel.words.shares import Right
from muniment.kernel.words.territory import WORLD, is_territory, parse_territory

LARGEST_COUNT = 10**12
LARGEST_AMOUNT = 10**11
_TOTALS = frozenset(
    (
        *("total", "totals", "grand total", "subtotal", "sum", "summe", "gesamt", "gesamtsumme", "somme", "totale"),
        *("suma", "итого", "всего", "المجموع", "کل", "میزان", "合计", "总计"),
    )
)
"""Words that stand where a title would, in a row below the others with their sums."""
_OF_A_USE = ("performer", "writers", "isrc", "iswc", "source_id", "used_at", "duration")
_ANY_CURRENCY = "EUR"
"""Stands for the currency that nobody has said yet, while the rest of an amount is read."""
_NO_CURRENCY = UserError(
    "The amounts have no currency.", "Say it when the file is imported; without it, lines with an amount are not taken."
)
ONCE_A_FILE = frozenset({"usage.no_currency", "usage.two_dates"})
"""Rules about what a person still has to say: they are told once for a file."""


class Form(StrEnum):
    """The forms of report that have a reader."""

    RADIO = "radio"
    SETLIST = "setlist"
    DSR = "dsr"
    TABLE = "table"


class DateOrder(StrEnum):
    """Which number comes first in 03/04/2026; NONE: only the report's period may decide."""

    NONE = ""
    DAY_FIRST = "dmy"
    MONTH_FIRST = "mdy"


class ReportState(StrEnum):
    """The life of a report. A distributed one can no longer be undone."""

    IMPORTED = "imported"
    DISTRIBUTED = "distributed"
    UNDONE = "undone"


DEFAULT_USE: Mapping[Form, str] = {
    Form.RADIO: "feature",
    Form.SETLIST: "live",
    Form.DSR: "stream",
    Form.TABLE: "feature",
}
"""The kind of use of a line that names none."""

USES: Mapping[str, tuple[str, ...]] = {
    "feature": ("feature", "featured", "foreground", "f", "song", "music", "vordergrund", "premier plan"),
    "background": ("background", "bg", "b", "bed", "underscore", "incidental", "hintergrund"),
    "theme": ("theme", "opening", "closing", "signature", "titles", "t"),
    "jingle": ("jingle", "ident", "sting", "advert", "commercial", "promo", "j"),
    "stream": ("stream", "streaming", "play", "ondemand", "on demand", "ondemandstream", "download"),
    "live": ("live", "concert", "performance", "live performance"),
    "small_picture": ("small picture", "small image"),
    "picture": ("picture", "image", "photo", "illustration"),
    "full_page_picture": ("full page picture", "full page image"),
    "cover": ("cover", "cover picture"),
}
"""The words that reports use for each kind of use; they are compared folded."""
_USE_OF_WORD = {word: use for use, words in USES.items() for word in words}

TARGETS: tuple[TargetField, ...] = (
    TargetField("title", ("title", "song", "track", "work title", "song title", "track title", "track name")),
    TargetField("performer", ("performer", "artist", "band", *synonyms_of("performers"))),
    TargetField("writers", ("writers", "writer", "composer", *synonyms_of("composers"))),
    TargetField("isrc", ("isrc", "isrc code")),
    TargetField("iswc", ("iswc", "iswc code")),
    TargetField("source_id", ("work code", "work number", "work id", "song id", "track id", *synonyms_of("work_code"))),
    TargetField("duration", ("duration", "length", "seconds", "duration seconds", "duration ms")),
    TargetField("count", ("count", "uses", "number of uses", "performances", *synonyms_of("plays"))),
    TargetField(
        "used_at",
        ("date", "played at", "timestamp", "date time", "start time", *synonyms_of("date"), "used on", "time"),
    ),
    TargetField("clock", ("time", "time of day", "clock")),
    TargetField("territory", ("territory", "country", "country code")),
    TargetField("amount", ("amount", "revenue", "net revenue", "fee", "royalty")),
    TargetField("currency", ("currency", "currency code")),
    TargetField("use", ("use", "usage", "use kind", "use type", "kind of use", "music use")),
)
"""The fields that a column may be mapped to; one of the title, the ISRC, the ISWC or the code must be."""
IDENTIFYING = ("title", "isrc", "iswc", "source_id")


@dataclass(frozen=True, slots=True)
class ReportFacts:
    """What a clerk says about a report as a whole; `period` is half open: it ends before `period.valid_to`.

    `use` is the kind of use of lines that name none; "" takes that of the form. `said` False: nobody has said anything
    yet; then what only a person can say costs a warning, and the period is open.
    """

    form: Form
    source_code: str
    licensee_id: int | None
    fund_code: str
    period: Period
    territory: int
    right: Right
    currency: str = ""
    date_order: DateOrder = DateOrder.NONE
    use: str = ""
    said: bool = True


UNSAID = ReportFacts(Form.TABLE, "", None, "", Period(), WORLD, Right.PERFORMING, said=False)
"""Of a report about which nobody has said anything."""


class InvalidReport(UserError):
    """What was said about a report cannot be."""


def check_facts(facts: ReportFacts) -> None:
    """Refuse what cannot be, before the file is opened.

    Raises:
        InvalidReport: no source, an open or empty period, an unknown territory.
    """
    if not facts.source_code.strip():
        raise InvalidReport("The report has no source.", "Name who sent it, such as RADIO-ONE.")
    if facts.period.valid_from is None or facts.period.valid_to is None:
        raise InvalidReport("The report's period is open.", "Give its first day and the first day after it.")
    if facts.period.valid_from == facts.period.valid_to:
        raise InvalidReport("The report's period has no day.", "The last date is the first day after the period.")
    if not is_territory(facts.territory):
        raise InvalidReport(f"No territory has the code {facts.territory}.", "Use a TIS code, such as 586 or 2136.")


@dataclass(frozen=True, slots=True)
class Understood:
    """What a line says, in our terms."""

    isrc: str | None
    iswc: str | None
    duration_ms: int | None
    use_count: int
    used_on: date
    territory: int
    use_kind: str
    amount_micro: int | None
    currency: str | None


@dataclass(slots=True)
class _Findings:
    """The problems of one line while it is read."""

    line: int
    heads: Mapping[str, str]
    problems: list[Problem] = field(default_factory=list)

    def add(self, name: str, rule: str, error: UserError, level: Level = Level.ERROR) -> None:
        """Note a problem under the file's own column name."""
        self.problems.append(
            Problem(self.line, self.heads.get(name, name), f"usage.{rule}", error.message, error.remedy, level)
        )


def understand(
    line: int, cells: Mapping[str, str], facts: ReportFacts, heads: Mapping[str, str]
) -> tuple[Understood | None, list[Problem]]:
    """Read one line; `cells` by the names of TARGETS, `heads` the file's own column names for messages.

    An unreadable code, duration, territory or kind of use is a warning and the line stands without it; a line without
    anything that identifies a work, a date that cannot be read, a count or amount that is none or negative loses it.
    """
    found = _Findings(line, heads)
    if not any(cells.get(name) for name in IDENTIFYING):
        found.add("title", "nothing_to_identify", UserError("The line names no title and no code.", "Add the title."))
    isrc = _tolerant(found, "isrc", cells.get("isrc", ""), _isrc)
    iswc = _tolerant(found, "iswc", cells.get("iswc", ""), _iswc)
    duration_ms = _tolerant(found, "duration", cells.get("duration", ""), read_duration_ms)
    count = _strict(found, "count", cells.get("count", ""), read_count)
    used_on = _used_on(found, cells, facts)
    territory = _tolerant(found, "territory", cells.get("territory", ""), _territory)
    use = _tolerant(found, "use", cells.get("use", ""), read_use)
    currency = cells.get("currency", "").strip().upper() or facts.currency
    amount = cells.get("amount", "")
    if amount and not currency and not facts.said:
        found.add("amount", "no_currency", _NO_CURRENCY, Level.WARNING)
        currency = _ANY_CURRENCY
    amount_micro = _strict(found, "amount", amount, lambda text: read_amount(text, currency))
    _note_unseen(found, cells)
    _note_total(found, cells)
    if any(problem.level is Level.ERROR for problem in found.problems):
        return None, found.problems
    return (
        Understood(
            isrc,
            iswc,
            duration_ms,
            1 if count is None else count,
            used_on or _first_day(facts),
            territory or facts.territory,
            use or facts.use or DEFAULT_USE[facts.form],
            amount_micro,
            currency if amount_micro is not None else None,
        ),
        found.problems,
    )


def _note_total(found: _Findings, cells: Mapping[str, str]) -> None:
    """Warn of a line that looks like the sum of those above; whether it is one, only a person can say."""
    word = cells.get("title", "").strip().rstrip(":").casefold()
    if word in _TOTALS and not any(cells.get(name) for name in _OF_A_USE):
        error = UserError("This line looks like the total of the others.", "It is taken as a use; take it out if not.")
        found.add("title", "total", error, Level.WARNING)


def _note_unseen(found: _Findings, cells: Mapping[str, str]) -> None:
    """Warn of characters in titles and names that cannot be seen; what was reported stays as it is."""
    for name in ("title", "performer", "writers"):
        if unseen := unseen_in(cells.get(name, "")):
            message = f"The cell has characters that cannot be seen ({unseen}); it is kept, and compared without them."
            error = UserError(message, "Ask the sender for a file without them.")
            found.add(name, "unseen", error, Level.WARNING)


def _tolerant[Value](found: _Findings, name: str, text: str, read: Callable[[str], Value]) -> Value | None:
    if not text:
        return None
    try:
        return read(text)
    except UserError as error:
        found.add(name, f"bad_{name}", error, Level.WARNING)
        return None


def _strict[Value](found: _Findings, name: str, text: str, read: Callable[[str], Value]) -> Value | None:
    if not text:
        return None
    try:
        return read(text)
    except UserError as error:
        found.add(name, f"bad_{name}", error)
        return None


def _first_day(facts: ReportFacts) -> date:
    if not facts.said:
        return date.min
    assert facts.period.valid_from is not None, "check_facts has run"
    return facts.period.valid_from


def _used_on(found: _Findings, cells: Mapping[str, str], facts: ReportFacts) -> date | None:
    text = cells.get("used_at", "")
    if not text:
        return None
    try:
        used_on = read_day(text, facts.date_order, facts.period)
    except TwoDates as error:
        level = Level.ERROR if facts.said else Level.WARNING
        found.add("used_at", "bad_date" if facts.said else "two_dates", error, level)
        return None
    except UserError as error:
        found.add("used_at", "bad_date", error)
        return None
    if not facts.period.contains(used_on):
        outside = UserError(
            f"The use on {used_on} lies outside the report's period.", "It is kept; check the period and the year."
        )
        found.add("used_at", "outside_period", outside, Level.WARNING)
    return used_on


class TwoDates(UnreadableCell):
    """A date can be read in two ways, and neither what was said nor the period tells which."""


_EPOCH = re.compile(r"(-?\d{9,10})(?:\.\d+)?|(\d{13})")
_NUMERIC_DAY = re.compile(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})(?:[ T].*)?")
_MONTH = re.compile(r"(\d{4})-(?:(0[1-9]|1[0-2])|Q([1-4]))")
_FIRST_EPOCH_DAY = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECONDS = re.compile(r"(\d{1,10})\s*(?:ms|msec|milliseconds)", re.IGNORECASE)


@lru_cache(maxsize=50_000)
def read_day(text: str, order: DateOrder, period: Period) -> date:
    """Return the day of ISO dates and times, epoch seconds or milliseconds (UTC), and day/month/year in `order`.

    A month (2026-07) or quarter (2026-Q3) stands for its first day.

    Where no order is given and both readings are days, the one inside the period is taken; if that does not decide
    either, the date is refused.

    Raises:
        UnreadableCell: no date, a day that does not exist, a wrong order, or two readings.
    """
    plain = text.strip()
    if found := _MONTH.fullmatch(plain):
        return date(max(int(found[1]), 1), int(found[2] or int(found[3] or 1) * 3 - 2), 1)
    if found := _EPOCH.fullmatch(plain):
        seconds = int(found[1]) if found[1] else int(found[2]) // 1000
        return (_FIRST_EPOCH_DAY + timedelta(seconds=seconds)).date()
    if found := _NUMERIC_DAY.fullmatch(plain):
        return _day_in_order(plain, int(found[1]), int(found[2]), int(found[3]), order, period)
    return parse_date(plain)


def _day_in_order(text: str, first: int, second: int, year: int, order: DateOrder, period: Period) -> date:
    readings = []
    for day, month, wanted in ((first, second, DateOrder.DAY_FIRST), (second, first, DateOrder.MONTH_FIRST)):
        if order in (DateOrder.NONE, wanted):
            try:
                readings.append(date(year, month, day))
            except ValueError:
                continue
    readings = list(dict.fromkeys(readings))
    if len(readings) == 2:
        readings = [day for day in readings if period.contains(day)] or readings
    if len(readings) == 1:
        return readings[0]
    if not readings:
        said = {DateOrder.DAY_FIRST: ", the day first,", DateOrder.MONTH_FIRST: ", the month first,"}.get(order, "")
        raise UnreadableCell(f"{text!r}{said} is a day that does not exist.", "Check the order of day and month.")
    raise TwoDates(f"{text!r} can be two dates.", "Say whether the day or the month comes first.")


@lru_cache(maxsize=50_000)
def read_duration_ms(text: str) -> int:
    """Return the milliseconds of 3:20, 0:03:20, PT3M20S, 200 (seconds), 200.5 or "200000 ms".

    Raises:
        UnreadableCell: not a duration, or a day and more.
    """
    found = _MILLISECONDS.fullmatch(text.strip())
    duration_ms = int(found[1]) if found else parse_duration_ms(text)
    if duration_ms >= 86_400_000:
        raise UnreadableCell(f"{text!r} is a day or more.", "If it is in milliseconds, head the column “duration ms”.")
    return duration_ms


@lru_cache(maxsize=50_000)
def read_count(text: str) -> int:
    """Return how often a work was used.

    Raises:
        UnreadableCell: not a whole number from 1.
    """
    count = parse_integer(text)
    if not 1 <= count <= LARGEST_COUNT:
        raise UnreadableCell(f"{text!r} cannot be a number of uses.", "Write a whole number from 1.")
    return count


@lru_cache(maxsize=50_000)
def read_amount(text: str, currency: str) -> int:
    """Return an amount in micro-units; what is finer, as in many statements of stores, is rounded half to even.

    Raises:
        UserError: not a number, negative, of a size that cannot be, or in no known currency.
    """
    if not currency:
        raise UnreadableCell("The amount has no currency.", "Name the report's currency.")
    step = Decimal(1).scaleb(-currency_exponent(currency) - MICRO_DIGITS)
    amount = Decimal(parse_decimal(text))
    if abs(amount) >= LARGEST_AMOUNT:
        raise UnreadableCell(f"{text[:40]!r} cannot be an amount.", "Check the decimal sign.")
    amount_micro = parse_amount(f"{amount.quantize(step, ROUND_HALF_EVEN):f}", currency)
    if amount_micro < 0:
        raise UnreadableCell(f"The amount {text!r} is negative.", "Send corrections as a report of their own.")
    return amount_micro


@lru_cache(maxsize=5_000)
def read_use(text: str) -> str:
    """Return the kind of use that a word names.

    Raises:
        UnreadableCell: no kind of use has this word.
    """
    use = _USE_OF_WORD.get(fold(text))
    if use is None:
        raise UnreadableCell(f"{text!r} is no kind of use that we know.", f"Write one of {', '.join(USES)}.")
    return use


@lru_cache(maxsize=5_000)
def _territory(text: str) -> int:
    return parse_territory(text)


@lru_cache(maxsize=50_000)
def _isrc(text: str) -> str:
    return parse_isrc(text)


@lru_cache(maxsize=50_000)
def _iswc(text: str) -> str:
    return parse_iswc(text)
