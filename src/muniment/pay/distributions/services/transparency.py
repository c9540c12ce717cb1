"""A year's transparency report is prepared by one person, who seals its figures, and published by another."""

from datetime import datetime

from django.db import transaction

from muniment.kernel.words.problems import UserError
from muniment.pay.distributions.models import DistributionRun
from muniment.pay.distributions.queries.clocks import PUBLISHED_TAG
from muniment.pay.distributions.queries.published_reports import PREPARED_TAG, prepared_report, sealed_table
from muniment.pay.distributions.queries.transparency import TransparencyReport, transparency_report
from muniment.pay.distributions.services.frozen import require_frozen_inputs
from muniment.trust.access.rules import Action, Actor, require, require_second_person
from muniment.trust.access.services import lock_heads, record_event
from muniment.trust.batches.services import seal_batch


class NotPublishable(UserError):
    """A report cannot be prepared or published: its year is not over, it does not tie, or nobody prepared it."""


@transaction.atomic
def prepare_report(*, actor: Actor, at: datetime, year: int) -> TransparencyReport:
    """Seal the figures of a year's report for a second person to publish; return it.

    Preparing again replaces what was prepared before: the latest counts, and who prepared it.

    Raises:
        NotAllowed: the actor may not write distributions.
        NoSuchYear, BadReportRules: see `transparency_report`.
        NotPublishable: the year is not over, or a check of the report has a difference.
        BrokenBatch: the lines that a run of the year stands on are missing, or are not what was sealed.
    """
    require(actor, Action.DISTRIBUTION_WRITE)
    report = _sound_report(at, year)
    batch = seal_batch(at=at, stage="transparency", table=sealed_table(report), sum_column=None)
    record_event(
        actor=actor,
        at=at,
        tag=PREPARED_TAG,
        subject_kind="report",
        subject_id=year,
        after={"batch": batch.id, "figures": batch.row_count},
    )
    return report


@transaction.atomic
def publish_report(*, actor: Actor, at: datetime, year: int) -> TransparencyReport:
    """Publish what another person prepared, if the books still say so; return it.

    The report is made anew and compared, so nothing is published that was not seen by two persons and is not in the
    books. A corrected report is prepared and published the same way; the day of the first one counts for the clock.

    Raises:
        NotAllowed: the actor may not approve distributions.
        SamePerson: the actor prepared it.
        NoSuchYear, BadReportRules: see `transparency_report`.
        NotPublishable: nothing is prepared, the books changed since, the year is not over, or a check has a difference.
        BrokenBatch: what was sealed is missing or changed: the report, or the lines that a run of the year stands on.
    """
    require(actor, Action.DISTRIBUTION_APPROVE)
    report = _sound_report(at, year)
    lock_heads()
    prepared = prepared_report(year)
    if prepared is None:
        raise NotPublishable(
            f"No report of {year} waits to be published.",
            f"Let one person prepare it (`muniment report prepare --year {year}`), and another publish it.",
        )
    require_second_person(prepared.by, actor)
    if prepared.report != report:
        raise NotPublishable(
            f"The books of {year} changed since {prepared.by} prepared the report.",
            "Let it be prepared again, look at what changed, then publish it.",
        )
    record_event(
        actor=actor,
        at=at,
        tag=PUBLISHED_TAG,
        subject_kind="report",
        subject_id=year,
        after={"batch": prepared.batch_id, "figures": len(report.figures), "prepared_by": prepared.by},
    )
    return report


def _sound_report(at: datetime, year: int) -> TransparencyReport:
    """Return the report of a year that is over, ties, and stands on lines that are what was sealed."""
    report = transparency_report(year)
    if at.date() <= report.last_day:
        raise NotPublishable(f"The year {year} ends on {report.last_day}.", "Publish its report when it is over.")
    if not report.ties:
        raise NotPublishable(f"The report of {year} does not tie.", "Run `muniment fsck` and tell the auditor.")
    posted = DistributionRun.objects.filter(posted_at__date__gte=report.first_day, posted_at__date__lte=report.last_day)
    for run in posted.order_by("pk"):
        require_frozen_inputs(run)
    return report
