"""What the pages of review share: which items are meant, how items and their candidates are shown, how the day goes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl

from django.http import HttpRequest, QueryDict
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from muniment.interfaces.office._waterfall import Bar, bars_of
from muniment.interfaces.pages import actor_of, now
from muniment.kernel.words.problems import UserError
from muniment.kernel.words.shares import parse_percent
from muniment.rights.works.queries import WorkHit, work_hits
from muniment.use.matching.queries import DayProgress, DecisionRow, QueueFilter, ReviewItemRow, day_progress
from muniment.use.matching.queries import last_decision_of as last_decision
from muniment.use.matching.rules.explanation import waterfall


class UnreadableFilter(UserError):
    """The address asks for items in words that cannot be read."""


@dataclass(frozen=True, slots=True)
class ShownCandidate:
    """A candidate with what a clerk needs to recognise the work; `work` is None where it is gone."""

    work_id: int
    work: WorkHit | None
    score_ppm: int
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class ShownItem:
    """An item of the queue with its candidates."""

    item: ReviewItemRow
    candidates: tuple[ShownCandidate, ...]


def shown_items(items: Iterable[ReviewItemRow], most: int = 5) -> list[ShownItem]:
    """Return items with the works of their first candidates, at most so many, read at once."""
    items = [replace(item, candidates=item.candidates[:most]) for item in items]
    works = work_hits({found.work_id for item in items for found in item.candidates})
    return [ShownItem(item, _shown_candidates(item, works)) for item in items]


def _shown_candidates(item: ReviewItemRow, works: Mapping[int, WorkHit]) -> tuple[ShownCandidate, ...]:
    steps = [waterfall(found.reasons) for found in item.candidates]
    scale = [end for one in steps for step in one for end in (step.from_weight, step.to_weight)]
    return tuple(
        ShownCandidate(found.work_id, works.get(found.work_id), found.score_ppm, bars_of(one, scale))
        for found, one in zip(item.candidates, steps, strict=True)
    )


def filter_of(asked: QueryDict) -> QueueFilter:
    """Return the items that an address or a form asks for.

    Raises:
        UnreadableFilter: the report is no number or the probability no percentage; nothing is guessed, because many
            items may be accepted by what stands here.
    """
    return QueueFilter(
        asked.get("q", "").replace("\0", " ")[:500],
        _report_of(asked.get("report", "")),
        asked.get("checks", "") == "1",
        _probability_of(asked.get("min", "")),
        asked.get("method", "").replace("\0", "")[:20],
    )


def _report_of(text: str) -> int | None:
    if not text.strip():
        return None
    number = number_of(text.strip())
    if number is None:
        raise UnreadableFilter(
            _("“%(text)s” is no number of a report.") % {"text": text[:40]}, _("Correct the filter.")
        )
    return number


def _probability_of(text: str) -> int:
    if not text.strip():
        return 0
    try:
        found = parse_percent(text.strip()[:20])
    except UserError as error:
        message = _("“%(text)s” is no percentage from 0 to 100.") % {"text": text[:40]}
        raise UnreadableFilter(message, _("Correct the filter.")) from error
    return found


def number_of(text: str) -> int | None:
    """Return a whole number that a database can hold, or None."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def query_of(chosen: QueueFilter, **more: str) -> str:
    """Return the query string that asks for the same items again, with its question mark; empty for all of them."""
    pairs = {
        "q": chosen.text,
        "report": "" if chosen.report_id is None else str(chosen.report_id),
        "checks": "1" if chosen.checks else "",
        "min": percent_text(chosen.minimum_ppm) if chosen.minimum_ppm else "",
        "method": chosen.method,
        **more,
    }
    said = urlencode({name: text for name, text in pairs.items() if text})
    return f"?{said}" if said else ""


def percent_text(share_ppm: int) -> str:
    """Return ppm as a percentage without needless zeros: 950000 is "95"."""
    whole, decimals = divmod(share_ppm, 10_000)
    return f"{whole}.{decimals:04d}".rstrip("0").rstrip(".")


def progress_of(request: HttpRequest) -> tuple[DayProgress, DecisionRow | None]:
    """Return how the day goes for the person who asks, and the decision that one key takes back.

    The day begins at midnight of the society's time zone.
    """
    at, name = now(), actor_of(request).name
    midnight = timezone.localtime(at).replace(hour=0, minute=0, second=0, microsecond=0)
    return day_progress(name=name, since=midnight, at=at), last_decision(name, since=midnight)


def hidden_fields(chosen: QueueFilter, leave_out: Sequence[str] = ()) -> list[tuple[str, str]]:
    """Return a filter as hidden fields of a form, but for those that the form asks for itself."""
    pairs = parse_qsl(query_of(chosen).removeprefix("?"))
    return [(name, text) for name, text in pairs if name not in leave_out]
