"""One field of a record: text of fixed width to a value, and back.

Values: shares are ppm, durations milliseconds, numbers int, dates date, territories TIS codes, identifiers their
compact canonical form, all else trimmed text. Blank is "" for text, 0 for a share and None for the others.
"""

from collections.abc import Callable, Mapping
from datetime import date
from functools import cache

from muniment.kernel.formats.cwr.layout import FieldLayout, codes_of
from muniment.kernel.formats.cwr.rules import Value
from muniment.kernel.words.identifiers import (
    InvalidIdentifier,
    format_ipi_base,
    parse_ean,
    parse_ipi_base,
    parse_ipi_name,
    parse_isrc,
    parse_iswc,
)
from muniment.kernel.words.problems import UserError
from muniment.kernel.words.territory import is_territory

SHARE_PPM = 100
"""One unit of a share field, 0.01 %, in ppm."""


class UnreadableField(UserError):
    """The text of a field is not what the field holds."""


class UnwritableField(UserError):
    """A value cannot be written into its field."""


def _number(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit()):
        raise UnreadableField(f"{text!r} is not a number.")
    return int(text)


def _share(text: str) -> int:
    share = _number(text) or 0
    if share > 10_000:
        raise UnreadableField(f"A share of {text!r} is above 100 %.")
    return share * SHARE_PPM


def _date(text: str) -> date | None:
    if not text.strip("0"):
        return None
    try:
        return date(*map(int, _parts(text, 4, 2, 2)))
    except ValueError as error:
        raise UnreadableField(f"{text!r} is not a date.") from error


def _parts(text: str, *sizes: int) -> list[str]:
    """Cut digits into pieces of these sizes; ValueError where it is anything else."""
    if len(text) != sum(sizes) or not (text.isascii() and text.isdigit()):
        raise ValueError(text)
    return [text[sum(sizes[:place]) : sum(sizes[: place + 1])] for place in range(len(sizes))]


def _clock_parts(text: str) -> tuple[int, int, int]:
    try:
        hours, minutes, seconds = map(int, _parts(text, 2, 2, 2))
    except ValueError as error:
        raise UnreadableField(f"{text!r} is not a time in hours, minutes and seconds.") from error
    if minutes > 59 or seconds > 59:
        raise UnreadableField(f"{text!r} is not a time in hours, minutes and seconds.")
    return hours, minutes, seconds


def _clock(text: str) -> str:
    if text and _clock_parts(text)[0] > 23:
        raise UnreadableField(f"{text!r} is not a time of day.")
    return text


def _duration_ms(text: str) -> int | None:
    if not text.strip("0"):
        return None
    hours, minutes, seconds = _clock_parts(text)
    return (hours * 3600 + minutes * 60 + seconds) * 1000


def _identifier(parse: Callable[[str], str]) -> Callable[[str], str]:
    def read(text: str) -> str:
        if not text.strip("0"):
            return ""
        try:
            return parse(text)
        except InvalidIdentifier as error:
            raise UnreadableField(error.message) from error

    return read


def _territory(text: str) -> int | None:
    code = _number(text)
    if code is not None and not is_territory(code):
        raise UnreadableField(f"{text!r} is not a territory of the TIS.")
    return code


def _society(text: str) -> str:
    if not text.strip("0"):
        return ""
    if not (text.isascii() and text.isdigit()):
        raise UnreadableField(f"{text!r} is not the number of a society.")
    return text.zfill(3)


def _digits(text: str) -> str:
    if not text.strip("0"):
        return ""
    if not (text.isascii() and text.isdigit()):
        raise UnreadableField(f"{text!r} is not a number.")
    return text


def _three_letters(text: str) -> str:
    if not (len(text) == 3 and text.isascii() and text.isalpha()):
        raise UnreadableField(f"{text!r} is not three letters.")
    return text


def _flag(allowed: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in allowed:
            raise UnreadableField(f"{text!r} is none of {' '.join(allowed)}.")
        return text

    return read


_READERS: Mapping[str, Callable[[str], Value]] = {
    "A": str,
    "N": _number,
    "S": _share,
    "D": _date,
    "T": _duration_ms,
    "C": _clock,
    "F": _flag("YNU"),
    "B": _flag("YN"),
    "I": _identifier(parse_ipi_name),
    "J": _identifier(parse_ipi_base),
    "W": _identifier(parse_iswc),
    "R": _identifier(parse_isrc),
    "E": _identifier(parse_ean),
    "G": _digits,
    "Z": _three_letters,
    "V": _territory,
    "Y": _society,
}


def reader_of(field: FieldLayout) -> Callable[[str], Value]:
    """Return the function that reads a field's trimmed text, and raises `UnreadableField` where it cannot."""
    return _code(field.codes) if field.form == "L" else _READERS[field.form]


@cache
def _code(table: str) -> Callable[[str], str]:
    """Return the reader of the codes of a table; made once, since every record has such fields."""
    codes = codes_of(table)
    shown = " ".join(codes) if len(codes) <= 20 else f"the {len(codes)} codes of its table"

    def read(text: str) -> str:
        if text and text not in codes:
            raise UnreadableField(f"{text!r} is none of {shown}.")
        return text

    return read


def read_field(field: FieldLayout, text: str) -> Value:
    """Return the value of a field's trimmed text.

    Raises:
        UnreadableField: the text is not what the field holds.
    """
    return reader_of(field)(text)


def write_field(field: FieldLayout, value: Value) -> str:
    """Return the text of a field, padded to its width; numbers with zeros in front, text with blanks behind.

    Whether a field must be filled in is not asked here: that is a rule, see `check_lines`.

    Raises:
        UnwritableField: too long, not what the field holds, or a share that is finer than 0.01 %.
    """
    size = field.end - field.start
    text = _text_of(field, value, size)
    if field.form in "LIJWRVYFBEGZ":
        try:
            read_field(field, text.strip())
        except UnreadableField as error:
            raise UnwritableField(f"{field.name}: {error.message}", "Correct it.") from error
    if len(text) > size:
        raise UnwritableField(f"{text!r} does not fit into {field.name}.", f"It may have {size} characters.")
    return text.ljust(size)


def _text_of(field: FieldLayout, value: Value, size: int) -> str:
    match field.form, value:
        case "S", int():
            if value % SHARE_PPM or not 0 <= value <= 1_000_000:
                raise UnwritableField(f"A share of {value} ppm cannot be written.", "CWR has hundredths of a percent.")
            return str(value // SHARE_PPM).zfill(size)
        case "T", int():
            if value % 1000:
                raise UnwritableField(f"A duration of {value} ms cannot be written.", "CWR has whole seconds.")
            hours, seconds = divmod(value // 1000, 3600)
            return f"{hours:02d}{seconds // 60:02d}{seconds % 60:02d}"
        case "D", date():
            return f"{value:%Y%m%d}".zfill(size)
        case "J", str() if value:
            return format_ipi_base(value)
        case (("N" | "V" | "I" | "D" | "T"), (None | "" | int() | str())):
            return str(value or 0).zfill(size)
    return "" if value is None else str(value)
