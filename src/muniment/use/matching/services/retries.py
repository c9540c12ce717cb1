"""Lines without a work are asked again: when new works come, and by themselves, ever more seldom."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import batched

from muniment.kernel.words.problems import Progress, silent
from muniment.rights.works.queries import current_work_ids, works_of_intake
from muniment.trust.access.rules import Action, Actor, require
from muniment.use.matching.bulk.layers import AnyIndex
from muniment.use.matching.bulk.probing import Waiting, hopeful
from muniment.use.matching.models import MatchDecision, RetryState, ReviewCount, ReviewItem
from muniment.use.matching.queries import latest_matches
from muniment.use.matching.queries.models import model_in_force
from muniment.use.matching.queries.retries import WITHOUT_WORK
from muniment.use.matching.rules.retries import next_try
from muniment.use.matching.rules.scoring import Band
from muniment.use.matching.services.indexes import index_of_works, load_index
from muniment.use.matching.services.runs import match_report
from muniment.use.usages.queries import list_reports
from muniment.use.usages.rules import ReportState

_CHUNK = 2_000


@dataclass(frozen=True, slots=True)
class RetryReceipt:
    """What asking again brought.

    `due_count` reports were due, `asked_count` distinct lines of them were asked, `hopeful_count` of these had
    something new; `report_ids` were matched again, and `found_count` more lines are matched now than before.
    """

    due_count: int
    asked_count: int
    hopeful_count: int
    report_ids: tuple[int, ...]
    found_count: int


def retry_due(*, actor: Actor, at: datetime, as_of: date | None = None, progress: Progress = silent) -> RetryReceipt:
    """Ask again the lines without a work of every report whose day has come, and match the reports with hope again.

    A report's lines are asked 1 day after it was matched, then after 2, 4 … and at last every 32 days; `as_of` is the
    day that counts (None: that of `at`). A second time on one day nothing is due. What a distribution has posted stays
    as it is: a match run is new, and the runs before it keep their matches. `progress` counts distinct lines.

    Raises:
        NotAllowed: the actor may not write usage.
    """
    require(actor, Action.USAGE_WRITE)
    today = as_of or at.astimezone(UTC).date()
    _enrol()
    due = list(
        RetryState.objects.filter(next_try_on__lte=today, report_id__in=_waiting_reports()).order_by("report_id")
    )
    if not due:
        return RetryReceipt(0, 0, 0, (), 0)
    index = load_index(actor=actor, at=at)
    receipt = _ask(actor, at, {state.report_id for state in due}, index, index, progress)
    for state in due:
        state.tries += 1
        state.tried_on, state.next_try_on = today, next_try(today, state.tries)
    RetryState.objects.bulk_update(due, ["tries", "tried_on", "next_try_on"], batch_size=500)
    return receipt


def retry_with_works(*, actor: Actor, at: datetime, intake_id: int, progress: Progress = silent) -> RetryReceipt:
    """Ask every line without a work for the works of one intake only, and match the reports with hope again.

    It is cheap however large the repertoire is: only the new works are indexed until there is hope, and the whole
    repertoire decides. The days of `retry_due` stay as they are.

    Raises:
        NotAllowed: the actor may not write usage.
    """
    require(actor, Action.USAGE_WRITE)
    works, reports = works_of_intake(intake_id), _waiting_reports()
    if not works or not reports:
        return RetryReceipt(len(reports), 0, 0, (), 0)
    return _ask(actor, at, reports, index_of_works(works), None, progress)


def _waiting_reports() -> set[int]:
    """Return the reports that hold lines without a work and were not undone."""
    counts = ReviewCount.objects.filter(WITHOUT_WORK).order_by()
    undone = {report.id for report in list_reports(state=ReportState.UNDONE, limit=None).rows}
    return set(counts.values_list("report_id", flat=True).distinct()) - undone


def _enrol() -> None:
    """Give each report that waits its first day, the one after its last match run; one that waits no more has none."""
    waiting = _waiting_reports()
    known = set(RetryState.objects.values_list("report_id", flat=True))
    runs = latest_matches(waiting - known)
    RetryState.objects.filter(report_id__in=known - waiting).delete()
    RetryState.objects.bulk_create(
        [
            RetryState(report_id=report_id, tries=0, next_try_on=next_try(run.run_at.astimezone(UTC).date(), 0))
            for report_id, run in sorted(runs.items())
        ],
        ignore_conflicts=True,
    )


def _ask(
    actor: Actor, at: datetime, reports: set[int], asked: AnyIndex, whole: AnyIndex | None, progress: Progress
) -> RetryReceipt:
    """Ask the waiting lines of `reports` in one index, and match those with hope against the whole."""
    holders = ReviewCount.objects.filter(WITHOUT_WORK, report_id__in=reports).order_by()
    items: dict[int, set[int]] = {}
    for item_id, report_id in holders.values_list("item_id", "report_id"):
        items.setdefault(item_id, set()).add(report_id)
    judge = model_in_force()
    hopes = hopeful(
        _waiting(items), asked, judge.thresholds, model=judge.model, only_new=whole is None, progress=progress
    )
    again = sorted({report_id for item_id in hopes for report_id in items[item_id]})
    before = latest_matches(again)
    if again and whole is None:
        whole = load_index(actor=actor, at=at)
    runs = [match_report(actor=actor, at=at, report_id=number, index=whole) for number in again]
    found = sum(run.matched_count - before[run.report_id].matched_count for run in runs)
    return RetryReceipt(len(reports), len(items), len(hopes), tuple(again), max(found, 0))


def _waiting(item_ids: Iterable[int]) -> list[Waiting]:
    """Return items as lines to ask; works that were merged since are the ones they lead to."""
    found: list[ReviewItem] = []
    refused: dict[int, set[int]] = {}
    for chunk in batched(sorted(item_ids), _CHUNK):
        found += ReviewItem.objects.filter(pk__in=chunk).order_by("pk")
        said = MatchDecision.objects.filter(item_id__in=chunk, ended_at__isnull=True).values_list("item_id", "refused")
        for item_id, works in said:
            refused.setdefault(item_id, set()).update(works)
    leads = current_work_ids(
        {candidate["work_id"] for item in found for candidate in item.candidates} | set().union(*refused.values())
    )
    return [_line(item, refused.get(item.pk, set()), leads) for item in found]


def _line(item: ReviewItem, refused: set[int], leads: Mapping[int, int]) -> Waiting:
    beside = {leads[candidate["work_id"]] for candidate in item.candidates}
    said_no = frozenset(leads[work_id] for work_id in refused)
    return Waiting(
        item.pk,
        item.memory_key,
        Band(item.band),
        item.title,
        item.performer,
        item.writers,
        tuple(item.codes),
        frozenset(beside) | said_no,
        said_no,
    )
