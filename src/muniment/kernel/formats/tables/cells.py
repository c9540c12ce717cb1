"""Read the cells that people write in many ways: dates, whole numbers, decimals, percentages, durations.

Each kind has one written form that comes out: dates 2026-01-31, numbers with digits and a point, durations H:MM:SS
(with .mmm where there are milliseconds). What can be read in two ways is refused, never guessed.
"""

import re
import unicodedata
from datetime import date
from functools import lru_cache

from muniment.kernel.words.problems import UserError

_ISO_DATE = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ].*)?")
_COMPACT_DATE = re.compile(r"(\d{4})(\d{2})(\d{2})")
_DOTTED_DATE = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})(?: .*)?")
_SLASHED_DATE = re.compile(r"(\d{1,2})[/-](\d{1,2})[/-](\d{4})(?: .*)?")
_ISO_DURATION = re.compile(r"P(?:T(?:(\d{1,7})H)?(?:(\d{1,7})M)?(?:(\d{1,7})(?:[.,](\d{1,9}))?S)?)", re.IGNORECASE)
_CLOCK = re.compile(r"(?:(\d{1,3}):)?(\d{1,3}):(\d{1,2})(?:[.,](\d{1,6}))?")
_SECONDS = re.compile(r"(\d{1,7})(?:[.,](\d{1,6}))?\s*(?:s|sec|seconds)?", re.IGNORECASE)
_REMEMBERED_LETTERS = 64
"""No longer cell is remembered, so that tens of thousands of them weigh little."""
_NUMBER_BLANKS = re.compile(r"(?<=\d)[\s'’\u202f\u00a0](?=\d{3})")


class UnreadableCell(UserError):
    """A cell does not hold what its column should hold."""


def _plain(text: str) -> str:
    """Return the text with the digits of every script as 0 to 9 and Arabic separators as point and comma."""
    if text.isascii():
        return text.strip()
    digits = "".join(str(unicodedata.decimal(char)) if char.isdecimal() else char for char in text)
    return digits.replace("٫", ".").replace("٬", ",").replace("−", "-").strip()


def read_cell(text: str, kind: str) -> str:
    """Return the one written form of a cell of that kind; text comes back as it is.

    Raises:
        UnreadableCell: it is not of that kind, or can be read in two ways.
    """
    if kind == "text":
        return text
    return _remembered(text, kind) if len(text) <= _REMEMBERED_LETTERS else _written(text, kind)


def _written(text: str, kind: str) -> str:
    match kind:
        case "date":
            return parse_date(text).isoformat()
        case "integer":
            return str(parse_integer(text))
        case "decimal":
            return parse_decimal(text)
        case "percent":
            return parse_decimal(text.rstrip("% \u066a"))
        case "duration":
            return _clock(parse_duration_ms(text))
    return text


_remembered = lru_cache(maxsize=65_536)(_written)


def parse_date(text: str) -> date:
    """Return the date of 2026-01-31, 2026/1/31, 20260131, 31.01.2026 or, where it has one reading, 31/01/2026.

    Raises:
        UnreadableCell: no date, a day that does not exist, or day and month may be either way round.
    """
    plain = _plain(text)
    if found := _ISO_DATE.fullmatch(plain) or _COMPACT_DATE.fullmatch(plain):
        year, month, day = map(int, found.groups())
    elif found := _DOTTED_DATE.fullmatch(plain):
        day, month, year = map(int, found.groups())
    elif found := _SLASHED_DATE.fullmatch(plain):
        day, month, year = map(int, found.groups())
        if month > 12 >= day:
            day, month = month, day
        elif day <= 12 and day != month:
            raise UnreadableCell(
                f"{text!r} can be two dates.", f"Write {year}-{month:02d}-{day:02d} or {year}-{day:02d}-{month:02d}."
            )
    else:
        raise UnreadableCell(f"{text!r} is not a date.", "Write it as 2026-01-31.")
    try:
        return date(year, month, day)
    except ValueError as error:
        raise UnreadableCell(f"{text!r} is a day that does not exist.", "Write it as 2026-01-31.") from error


def parse_integer(text: str) -> int:
    """Return a whole number; 1,234 and 1 234 and 12.0 are whole numbers too.

    Raises:
        UnreadableCell: not a whole number.
    """
    plain = _NUMBER_BLANKS.sub("", _plain(text))
    if re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+", plain):
        plain = plain.replace(",", "")
    elif re.fullmatch(r"[+-]?\d{1,3}(\.\d{3}){2,}", plain):
        plain = plain.replace(".", "")
    plain = re.sub(r"\.0+$", "", plain)
    if not re.fullmatch(r"[+-]?\d{1,18}", plain):
        raise UnreadableCell(f"{text!r} is not a whole number.", "Write digits only, such as 1234.")
    return int(plain)


def parse_decimal(text: str) -> str:
    """Return a number as plain text with a point: "1.234,50" and "1,234.50" are "1234.50".

    Raises:
        UnreadableCell: not a number, or "1,234", which may be more than a thousand or little more than one.
    """
    plain = _NUMBER_BLANKS.sub("", _plain(text))
    if "," in plain and "." in plain:
        thousands = "," if plain.rfind(",") < plain.rfind(".") else "."
        plain = plain.replace(thousands, "").replace(",", ".")
    elif plain.count(",") > 1:
        plain = plain.replace(",", "")
    elif re.fullmatch(r"[+-]?[1-9]\d{0,2},\d{3}", plain):
        raise UnreadableCell(
            f"{text!r} can be two numbers.", "Write it with a point for the decimals: 1234.00 or 1.234."
        )
    plain = plain.replace(",", ".")
    if not re.fullmatch(r"[+-]?(\d{1,18}(\.\d*)?|\.\d+)", plain):
        raise UnreadableCell(f"{text!r} is not a number.", "Write it as 1234.50.")
    return plain.removeprefix("+").rstrip(".")


def parse_duration_ms(text: str) -> int:
    """Return the milliseconds of 3:20, 0:03:20, PT3M20S, 200 or 200.5 (seconds).

    Raises:
        UnreadableCell: not a duration.
    """
    plain = _plain(text)
    if (found := _ISO_DURATION.fullmatch(plain)) and any(found.groups()):
        hours, minutes, seconds, part = found.groups()
    elif found := _CLOCK.fullmatch(plain):
        hours, minutes, seconds, part = found.groups()
        if int(seconds) > 59 or (hours and int(minutes) > 59):
            raise UnreadableCell(f"{text!r} is not a duration.", "Write minutes and seconds as 3:20.")
    elif found := _SECONDS.fullmatch(plain):
        hours, minutes, (seconds, part) = None, None, found.groups()
    else:
        raise UnreadableCell(f"{text!r} is not a duration.", "Write minutes and seconds as 3:20.")
    whole = int(hours or 0) * 3600 + int(minutes or 0) * 60 + int(seconds or 0)
    return whole * 1000 + int((part or "").ljust(3, "0")[:3])


def _clock(duration_ms: int) -> str:
    seconds, rest = divmod(duration_ms, 1000)
    shown = f"{seconds // 3600}:{seconds % 3600 // 60:02d}:{seconds % 60:02d}"
    return f"{shown}.{rest:03d}" if rest else shown
