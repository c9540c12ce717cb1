"""What reports group by: each posting (one side of a transfer) has a value in every dimension, maybe an empty one.

A value comes from the account, else from the account on the other side of the transfer, else from what the entry says.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from muniment.kernel.words.problems import UserError


class UnknownDimension(UserError):
    """Postings have no such dimension."""


@dataclass(frozen=True, slots=True)
class Posting:
    """One side of a transfer: its account, the other account, and what is known of the entry."""

    code: str
    kind: str
    other: str
    entry_kind: str = ""
    key: str = ""
    booked_on: date | None = None
    dimensions: str = ""


_FUNDS = ("fund", "billed")
_OWNED = ("payable", "receivable", "recoverable")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d{2}(?!\d)")
_RUN_OF_SCOPE = re.compile(r"^held/[^/]+/run-(\d+)")
_RUN_OF_KEY = re.compile(r"^distribution/(\d+)/")


def _word(code: str) -> str:
    return code.partition("/")[0]


def _rest(code: str) -> str:
    return code.partition("/")[2]


def _fund(posting: Posting) -> str:
    return next((_rest(code) for code in (posting.code, posting.other) if _word(code) in _FUNDS), "")


def _owner(posting: Posting) -> str:
    if _word(posting.code) in _OWNED:
        return _rest(posting.code)
    return posting.code.rpartition("/party-")[2] if "/party-" in posting.code else ""


def _said(posting: Posting, name: str) -> str:
    if not posting.dimensions:
        return ""
    said: Mapping[str, str] = json.loads(posting.dimensions)
    return said.get(name, "")


def _part_of_fund(posting: Posting, place: int) -> str:
    parts = _fund(posting).split("/")
    return parts[place] if len(parts) > place else ""


def _use(posting: Posting) -> str:
    return _said(posting, "use") or _part_of_fund(posting, 0)


def _counterparty(posting: Posting) -> str:
    if said := _said(posting, "counterparty") or _part_of_fund(posting, 1):
        return said
    return next((_rest(code) for code in (posting.code, posting.other) if _word(code) == "receivable"), "")


def _collection_year(posting: Posting) -> str:
    if said := _said(posting, "collection_year"):
        return said
    found = _YEAR.findall(_fund(posting).rpartition("/")[2])
    return found[-1] if found else ""


def _run(posting: Posting) -> str:
    if said := _said(posting, "run"):
        return said
    found = _RUN_OF_KEY.match(posting.key) or next(
        filter(None, map(_RUN_OF_SCOPE.match, (posting.code, posting.other))), None
    )
    return found.group(1) if found else ""


def _word_of(posting: Posting, word: str) -> str:
    return _rest(posting.code) if _word(posting.code) == word else ""


@dataclass(frozen=True, slots=True)
class Dimension:
    """How a value is found, and whether the entry must be looked at, which makes a report slower."""

    name: str
    meaning: str
    value: Callable[[Posting], str]
    needs_entry: bool = False


_ALL = (
    Dimension("account", "the account", lambda posting: posting.code),
    Dimension("kind", "asset, liability, income or expense", lambda posting: posting.kind),
    Dimension("word", "the first word of the account", lambda posting: _word(posting.code)),
    Dimension("owner", "the payee or licensee whose account it is", _owner),
    Dimension("fund", "the fund, of the account or of the other side", _fund),
    Dimension(
        "use", "the use type: the first part of the fund", lambda p: _said(p, "use") or _part_of_fund(p, 0), True
    ),
    Dimension("counterparty", "the licensee or society the money came from", _counterparty, True),
    Dimension("collection_year", "the year the money was collected for", _collection_year, True),
    Dimension("reason", "why money is held", lambda posting: _word_of(posting, "held").partition("/")[0]),
    Dimension("purpose", "what a deduction is for", lambda posting: _word_of(posting, "deduction")),
    Dimension("run", "the distribution run", _run, True),
    Dimension("right", "the category of right", lambda posting: _said(posting, "right"), True),
    Dimension("entry_kind", "what the entry books", lambda posting: posting.entry_kind, True),
    Dimension("year", "the year of booking", lambda posting: str(posting.booked_on or "")[:4], True),
    Dimension("month", "the month of booking", lambda posting: str(posting.booked_on or "")[:7], True),
)

DIMENSIONS: dict[str, Dimension] = {dimension.name: dimension for dimension in _ALL}
"""Every dimension by its name."""


def dimensions_named(text: str) -> tuple[Dimension, ...]:
    """Return the dimensions of a list such as "fund,purpose", each once.

    Raises:
        UnknownDimension: it is empty, or names one that postings do not have.
    """
    names = list(dict.fromkeys(name.strip().replace("-", "_") for name in text.split(",") if name.strip()))
    unknown = [name for name in names if name not in DIMENSIONS]
    if unknown or not names:
        raise UnknownDimension(
            f"Postings have no dimension {unknown[0]!r}." if unknown else "No dimension is named.",
            f"Name some of {', '.join(DIMENSIONS)}.",
        )
    return tuple(DIMENSIONS[name] for name in names)
