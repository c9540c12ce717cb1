"""The written forms of a DSR's cells, by their kind in the tables."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime

from muniment.kernel.words.identifiers import InvalidIdentifier, parse_iswc
from muniment.kernel.words.money import UnknownCurrency, micro_per_unit
from muniment.kernel.words.territory import UnknownTerritory, parse_territory

_SHOWN = 40
_LETTERS = 1_000


def _form(pattern: str) -> Callable[[str], bool]:
    compiled = re.compile(pattern, re.ASCII)
    return lambda text: compiled.fullmatch(text) is not None


def _is_date(text: str) -> bool:
    try:
        return bool(date.fromisoformat(text))
    except ValueError:
        return _form(r"\d{4}(?:-(?:0[1-9]|1[0-2]))?")(text)


def _is_moment(text: str) -> bool:
    try:
        return "T" in text and bool(datetime.fromisoformat(text))
    except ValueError:
        return False


def _is_currency(text: str) -> bool:
    try:
        return text == text.upper() and micro_per_unit(text) > 0
    except UnknownCurrency:
        return False


def _is_territory(text: str) -> bool:
    try:
        return text in {"Worldwide", "worldwide", "XK"} or parse_territory(text) > 0
    except UnknownTerritory:
        return False


def _is_iswc(text: str) -> bool:
    try:
        return parse_iswc(text) == text
    except InvalidIdentifier:
        return False


_FORMS: Mapping[str, tuple[str, Callable[[str], bool], str]] = {
    "integer": ("DSR.INTEGER", _form(r"[+-]?\d+"), "a whole number"),
    "decimal": ("DSR.DECIMAL", _form(r"[+-]?(?:\d+\.?\d*|\.\d+)"), "a decimal number"),
    "boolean": ("DSR.BOOLEAN", _form(r"true|false|1|0"), "a flag"),
    "date": ("DSR.DATE_FORM", _is_date, "a date of ISO 8601"),
    "datetime": ("DSR.DATETIME_FORM", _is_moment, "date and time of ISO 8601"),
    "duration": (
        "DSR.DURATION_FORM",
        _form(r"P(?=.)(?:\d+Y)?(?:\d+M)?(?:\d+D)?(?:T(?=\d)(?:\d+H)?(?:\d+M)?(?:\d+(?:\.\d+)?S)?)?"),
        "a duration of ISO 8601",
    ),
    "currency": ("DSR.CURRENCY", _is_currency, "a currency"),
    "territory": ("DSR.TERRITORY", _is_territory, "a territory"),
    "party": ("DSR.PARTY_FORM", _form(r".*::.*"), "an identifier behind its name space"),
    "dpid": ("DSR.DPID_FORM", _form(r"PADPIDA[A-Za-z0-9]+"), "a DPID"),
    "isrc": ("DSR.ISRC_FORM", _form(r"[A-Za-z]{2}[A-Za-z0-9]{3}[0-9]{7}"), "an ISRC"),
    "iswc": ("DSR.ISWC_FORM", _is_iswc, "an ISWC"),
    "isan": (
        "DSR.ISAN_FORM",
        _form(r"[A-Fa-f0-9]{12}|[A-Fa-f0-9]{24}|[A-Fa-f0-9]{16}[A-Za-z][A-Fa-f0-9]{8}[A-Za-z]"),
        "an ISAN",
    ),
    "icpn": ("DSR.ICPN_FORM", _form(r"[0-9]{12,14}"), "an ICPN"),
}


def fault_of(kind: str, text: str) -> tuple[str, str] | None:
    """Return the rule that a filled cell breaks and the message, or None; kinds without a form break none."""
    form = _FORMS.get(kind)
    if form is None or not text:
        return None
    rule, fits, what = form
    if len(text) <= _LETTERS and fits(text):
        return None
    return rule, f"{text[:_SHOWN]!r} is not {what}."
