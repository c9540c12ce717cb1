"""Publish a year's transparency report: seal its figures, and note the day."""

from datetime import datetime

import pyarrow as pa
from django.db import transaction

from muniment.kernel.words.problems import UserError
from muniment.pay.distributions.models import DistributionRun
from muniment.pay.distributions.queries.clocks import PUBLISHED_TAG
from muniment.pay.distributions.queries.published_reports import RATIO_LINES
from muniment.pay.distributions.queries.transparency import TransparencyReport, transparency_report
from muniment.pay.distributions.services.frozen import require_frozen_inputs
from muniment.trust.access.rules import Action, Actor, require
from muniment.trust.access.services import record_event
from muniment.trust.batches.services import seal_batch

FIGURES = pa.schema(
    [
        pa.field("line", pa.string(), nullable=False),
        pa.field("currency", pa.string(), nullable=False),
        pa.field("right", pa.string(), nullable=False),
        pa.field("use", pa.string(), nullable=False),
        pa.field("year", pa.int64(), nullable=False),
        pa.field("detail", pa.string(), nullable=False),
        pa.field("amount_micro", pa.int64(), nullable=False),
    ]
)
"""The figures of a published report, as they were sealed."""


class NotPublishable(UserError):
    """A report cannot be published: its year is not over, or it does not tie."""


@transaction.atomic
def publish_report(*, actor: Actor, at: datetime, year: int) -> TransparencyReport:
    """Seal the figures of a year's report and note that it is published; return it.

    A corrected report is published the same way; the day of the first one counts for the clock.

    Raises:
        NotAllowed: the actor may not approve distributions.
        NoSuchYear, BadReportRules: see `transparency_report`.
        NotPublishable: the year is not over, or a check of the report has a difference.
        BrokenBatch: the lines that a run of the year stands on are missing, or are not what was sealed.
    """
    require(actor, Action.DISTRIBUTION_APPROVE)
    report = transparency_report(year)
    if at.date() <= report.last_day:
        raise NotPublishable(f"The year {year} ends on {report.last_day}.", "Publish its report when it is over.")
    if not report.ties:
        raise NotPublishable(f"The report of {year} does not tie.", "Run `muniment fsck` and tell the auditor.")
    for run in DistributionRun.objects.filter(posted_at__year=year).order_by("pk"):
        require_frozen_inputs(run)
    rows = [
        {
            "line": row.key.line, "currency": row.key.currency, "right": row.key.right, "use": row.key.use,
            "year": row.key.year, "detail": row.key.detail, "amount_micro": row.amount_micro,
        }
        for row in report.figures
    ]  # fmt: skip
    rows += [
        {
            "line": line, "currency": ratio.currency, "right": ratio.right, "use": ratio.use, "year": 0, "detail": "",
            "amount_micro": amount_micro,
        }
        for ratio in report.ratios
        for line, amount_micro in zip(
            RATIO_LINES, (ratio.revenue_micro, ratio.direct_micro, ratio.indirect_micro, ratio.fee_micro), strict=True
        )
    ]  # fmt: skip
    table = pa.Table.from_pylist(rows, schema=FIGURES)
    batch = seal_batch(at=at, stage="transparency", table=table, sum_column="amount_micro")
    record_event(
        actor=actor,
        at=at,
        tag=PUBLISHED_TAG,
        subject_kind="report",
        subject_id=year,
        after={"batch": batch.id, "figures": len(rows)},
    )
    return report
