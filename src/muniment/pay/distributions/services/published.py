"""The published list of works whose money waits for somebody unknown, and claims on it."""

from collections.abc import Iterator
from datetime import date, datetime

import pyarrow as pa
from django.db import IntegrityError, transaction

from muniment.kernel.columns.engine import query
from muniment.kernel.words.problems import UserError
from muniment.pay.distributions.models import ListClaim, Pool, PoolReport, PublishedList
from muniment.pay.distributions.queries.hold_ages import clock_of_pool
from muniment.pay.distributions.queries.published import LISTED, find_item
from muniment.pay.distributions.rules import Hold, RunState
from muniment.pay.distributions.services.adjusting import booked_now, expired_rows
from muniment.rights.works.queries import work_hits
from muniment.trust.access.rules import Action, Actor, require
from muniment.trust.access.services import record_event
from muniment.trust.batches.queries import open_batch
from muniment.trust.batches.services import seal_batch
from muniment.use.usages.queries import get_report

LISTED_REASONS = (Hold.UNMATCHED.value, Hold.UNCLAIMED.value)


class TooLate(UserError):
    """The claim window of an item has closed."""


class BadClaim(UserError):
    """A claim on the list cannot be made or decided as it is."""


_WAITING = """
    SELECT booked.report_id, booked.work_id, booked.memory_key, booked.status,
           sum(booked.amount_micro)::BIGINT AS amount_micro
    FROM booked WHERE fund_code = '{fund}' AND status IN ('UNMATCHED', 'UNCLAIMED') AND NOT EXISTS (
        SELECT 1 FROM expired WHERE expired.fund_code = booked.fund_code AND expired.report_id = booked.report_id
               AND expired.status = booked.status AND expired.memory_key = booked.memory_key
               AND expired.work_id IS NOT DISTINCT FROM booked.work_id)
    GROUP BY 1, 2, 3, 4 HAVING sum(booked.amount_micro) > 0
"""

_NAMED = """
    SELECT match.memory_key, coalesce(min(line.reported_title), '') AS title,
           coalesce(min(line.reported_performer), '') AS performer, coalesce(min(line.iswc), '') AS iswc
    FROM match JOIN line USING (line_id) SEMI JOIN waiting ON waiting.memory_key = match.memory_key GROUP BY 1
"""


@transaction.atomic
def publish_unclaimed(*, actor: Actor, at: datetime) -> int:
    """Seal the list of unmatched and unclaimed works of all posted runs as of now; return how many items it has.

    Every item carries the days from which members, and everybody, may see it, and until which a claim is in time; the
    pages show what its day has come for. Owners' names are not on it, only what reports and documents say of works.

    Raises:
        NotAllowed: see there.
        BrokenBatch: a sealed result is missing or changed.
    """
    require(actor, Action.DISTRIBUTION_WRITE)
    states = (RunState.POSTED.value, RunState.STATEMENTS.value)
    pools = Pool.objects.select_related("run").filter(run__state__in=states, entry__isnull=False).order_by("pk")
    rows = [row for pool in pools for row in _items(pool, at.date())]
    batch = seal_batch(at=at, stage="unclaimed_list", table=pa.Table.from_pylist(rows, schema=LISTED), sum_column=None)
    PublishedList.objects.create(published_at=at, published_by=actor.name, row_count=len(rows), batch_id=batch.id)
    record_event(
        actor=actor,
        at=at,
        tag="unclaimed.published",
        subject_kind="batch",
        subject_id=batch.id,
        after={"row_count": len(rows), "digest": batch.digest},
    )
    return len(rows)


def _items(pool: Pool, on: date) -> Iterator[dict[str, object]]:
    run = pool.run
    fund_code = pool.fund_code.replace("'", "''")
    waiting = query(_WAITING.format(fund=fund_code), booked=booked_now(run), expired=expired_rows(run))
    clocks = {reason: clock_of_pool(pool, reason)[0] for reason in LISTED_REASONS}
    found = waiting.to_pylist()
    works = work_hits(row["work_id"] for row in found if row["work_id"] is not None)
    names = _names(pool, waiting)
    reports = {report_id: get_report(report_id) for report_id in {row["report_id"] for row in found} if report_id}
    for row in sorted(found, key=lambda row: (row["report_id"], row["work_id"] or 0, row["memory_key"])):
        clock, report = clocks[row["status"]], reports.get(row["report_id"])
        if report is None or clock.listed_on is None or clock.is_over(on):
            continue
        work = works.get(row["work_id"])
        named = names.get((row["report_id"], row["memory_key"]), ("", "", ""))
        yield {
            "pool_id": pool.pk,
            "run_number": run.number,
            "report_id": row["report_id"],
            "work_id": row["work_id"],
            "memory_key": row["memory_key"],
            "reason": row["status"],
            "title": work.title if work else named[0],
            "performer": ", ".join(work.performers) if work else named[1],
            "iswc": (work.iswc or "") if work else named[2],
            "source": report.source_name,
            "right": report.right.value,
            "territory": report.territory,
            "used_from": report.period_from,
            "used_to": report.period_to,
            "currency": run.currency,
            "amount_micro": row["amount_micro"],
            "listed_on": clock.listed_on,
            "public_on": clock.public_on or clock.listed_on,
            "ends_on": clock.ends_on,
        }


def _names(pool: Pool, waiting: pa.Table) -> dict[tuple[int, str], tuple[str, str, str]]:
    """Return title, performer and ISWC as reported, by report and memory key, of what no work was found for."""
    found: dict[tuple[int, str], tuple[str, str, str]] = {}
    for report in PoolReport.objects.filter(pool=pool):
        lines = open_batch(report.lines_batch_id).select(["line_id", "reported_title", "reported_performer", "iswc"])
        matches = open_batch(report.matches_batch_id).select(["line_id", "memory_key"])
        for row in query(_NAMED, line=lines, match=matches, waiting=waiting).to_pylist():
            found[report.report_id, row["memory_key"]] = (row["title"], row["performer"], row["iswc"])
    return found


@transaction.atomic
def claim_item(*, actor: Actor, at: datetime, key: str, party_id: int, note: str) -> int:
    """Claim an item of the newest list for a member; the office decides. Return the claim's id.

    Args:
        key: of the item; the same in every list that it stands on.
        party_id: the claimant; a member claims for itself, staff for whoever writes to them.

    Raises:
        NotAllowed: a member claims for somebody else.
        UnknownItem: the list has no such item.
        TooLate: its claim window has closed.
        BadClaim: it is claimed for this party already, or nothing is said of why.
    """
    require(actor, Action.OWN_READ if actor.party_id == party_id else Action.DISTRIBUTION_WRITE)
    found = find_item(key)
    if found.ends_on is not None and at.date() >= found.ends_on:
        raise TooLate(f"Claims on “{found.title}” were in time until {found.ends_on}.", "Write to the society.")
    if not note.strip():
        raise BadClaim("Say why it is yours.", "Name the work's code, your role and your share.")
    try:
        with transaction.atomic():
            claim = ListClaim.objects.create(
                pool_id=found.pool_id,
                report_id=found.report_id,
                work_id=found.work_id,
                memory_key=found.memory_key,
                title=found.title[:300],
                party_id=party_id,
                note=note.strip()[:1000],
                claimed_by=actor.name,
                claimed_at=at,
            )
    except IntegrityError as error:
        raise BadClaim("You have claimed this already.", "The office will answer you.") from error
    _record(actor, at, claim, "made")
    return claim.pk


@transaction.atomic
def decide_claim(*, actor: Actor, at: datetime, claim_id: int, accept: bool, answer: str) -> None:
    """Answer a claim. Accepting pays nothing by itself: the share or the match is recorded, then the run adjusted.

    Raises:
        NotAllowed: see there.
        BadClaim: it is answered already, or refused without a reason.
    """
    require(actor, Action.DISTRIBUTION_WRITE)
    claim = ListClaim.objects.select_for_update().filter(pk=claim_id, state="open").first()
    if claim is None:
        raise BadClaim("There is no such open claim.", "Look at the list of claims.")
    if not accept and not answer.strip():
        raise BadClaim("A refusal needs its reason.", "Say why; the claimant reads it.")
    claim.state = "accepted" if accept else "refused"
    claim.answer, claim.decided_by, claim.decided_at = answer.strip()[:1000], actor.name, at
    claim.save(update_fields=["state", "answer", "decided_by", "decided_at"])
    _record(actor, at, claim, claim.state)


def _record(actor: Actor, at: datetime, claim: ListClaim, verb: str) -> None:
    after = {"title": claim.title, "party": claim.party_id, "report": claim.report_id, "answer": claim.answer}
    record_event(
        actor=actor, at=at, tag=f"unclaimed.claim_{verb}", subject_kind="list_claim", subject_id=claim.pk, after=after
    )
