"""Answers (ACK) to works that we submitted: the status of each at its society, the society's number, the ISWC.

An answer names the file, group and transaction that it answers; where the file is not one of ours by day and time, the
submitter's number finds the last submission of it. The work in conflict that comes with an answer is taken as what its
sender tells of another's claims.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import batched

from django.db.models import Q

from muniment.kernel.formats.cwr import CwrAnswer, CwrTransaction, answer_of
from muniment.kernel.words.identifiers import InvalidIdentifier, parse_iswc
from muniment.kernel.words.problems import Level, Problem
from muniment.rights.works.models import SubmissionAnswer, SubmittedWork, Work, WorkNumber
from muniment.rights.works.queries.merges import current_work_ids
from muniment.rights.works.rules.cwr_claimants import Claimants
from muniment.rights.works.rules.cwr_outcomes import Verdict, plain_messages
from muniment.rights.works.rules.cwr_works import draft_of
from muniment.rights.works.rules.drafts import WorkDraft
from muniment.rights.works.services.cwr_items import Item, Said, storable, write_items
from muniment.rights.works.services.cwr_notices import fill_iswcs, take_iswc
from muniment.rights.works.services.known import rebuild_words
from muniment.rights.works.services.reports import LineCount
from muniment.rights.works.services.rows import Source, write_numbers

_LIVING = Q(known_to__isnull=True)
_PIECE = 1_000


@dataclass(frozen=True, slots=True)
class _Read:
    """An answer, the item it came in, and the submitted work that it is about (None: none of ours)."""

    item: Item
    answer: CwrAnswer
    submitted: SubmittedWork | None


def take_answers(items: Iterable[Item], source: Source, read: LineCount) -> dict[str, list[WorkDraft]]:
    """Take what became of our works, and return what the answers tell of others' claims on them, to be registered.

    The claims are by the name under which they stand, see `Claimants`.
    """
    claims: dict[str, list[WorkDraft]] = {}
    claimants = Claimants(source.claim)
    for piece in batched(items, _PIECE):
        answers = [(item, answer_of(item.transaction)) for item in piece]
        found = _submitted([answer for _item, answer in answers])
        reads = [_Read(item, answer, found.get(place)) for place, (item, answer) in enumerate(answers)]
        _note(reads, source)
        read.problems.extend(_take_numbers(reads, source))
        verdicts, problems = _take_iswcs(reads, source)
        read.problems.extend(problems)
        read.problems.extend(_unknown(one) for one in reads if one.submitted is None)
        write_items(
            [
                Said(
                    one.item,
                    verdicts.get(one.item.place, Verdict("")),
                    one.submitted.work_id if one.submitted else None,
                )
                for one in reads
            ],
            source.intake_id or 0,
        )
        for claim, draft in _claims(reads, claimants):
            claims.setdefault(claim, []).append(draft)
    return claims


def _said(one: _Read, verdict: Verdict) -> Said:
    return Said(one.item, verdict, one.submitted.work_id if one.submitted else None)


def _submitted(answers: Sequence[CwrAnswer]) -> dict[int, SubmittedWork]:
    """Return the submitted work of each answer, by its place, where there is one."""
    numbers = {answer.submitter_number for answer in answers}
    rows = SubmittedWork.objects.filter(number__in=numbers).select_related("submission").order_by("pk")
    last: dict[str, SubmittedWork] = {}
    exact: dict[tuple[str, date | None, str, int, int], SubmittedWork] = {}
    for row in rows:
        last[row.number] = row
        made: datetime = row.submission.created_at
        exact[row.number, made.date(), f"{made:%H%M%S}", row.group, row.place] = row
    found: dict[int, SubmittedWork] = {}
    for place, one in enumerate(answers):
        key = (one.submitter_number, one.file_created_on, one.file_created_time, one.original_group,
               one.original_number)  # fmt: skip
        found_row = exact.get(key) or last.get(one.submitter_number)
        if found_row is not None:
            found[place] = found_row
    return found


def answers_to_nothing(transactions: Iterable[CwrTransaction]) -> Iterator[Problem]:
    """Warn of each answer that is to nothing that we submitted, as its import does; nothing is written."""
    for piece in batched((one for one in transactions if one.kind == "ACK" and not one.refused), _PIECE):
        answers = [answer_of(one) for one in piece]
        found = _submitted(answers)
        for place, (one, answer) in enumerate(zip(piece, answers, strict=True)):
            if place not in found:
                yield _unknown(_Read(Item(0, one), answer, None))


def _unknown(one: _Read) -> Problem:
    return Problem(
        one.item.transaction.line,
        "submitter_creation_number",
        "work.answer_to_nothing",
        f"The answer about {one.answer.submitter_number!r} ({one.answer.title}) is to nothing that we submitted.",
        "Nothing was changed for it; ask the sender which file it answers.",
        Level.WARNING,
    )


def _note(reads: Sequence[_Read], source: Source) -> None:
    """Keep each answer that says something else than the one before it."""
    ids = {one.submitted.pk for one in reads if one.submitted}
    before: dict[int, SubmissionAnswer] = {}
    for row in SubmissionAnswer.objects.filter(_LIVING, submitted_id__in=ids).order_by("pk"):
        before[row.submitted_id] = row
    fresh: list[SubmissionAnswer] = []
    for one in reads:
        if one.submitted is None:
            continue
        row = SubmissionAnswer(
            submitted=one.submitted,
            status=one.answer.status,
            society_number=storable(one.answer.recipient_number[:20]),
            iswc=_iswc(one.answer),
            processed_on=one.answer.processed_on,
            messages=plain_messages(one.answer.messages),
            conflict_title=storable(one.answer.conflicts[0].title) if one.answer.conflicts else "",
            intake_id=source.intake_id or 0,
            known_from=source.at,
        )
        last = before.get(one.submitted.pk)
        if last is None or any(getattr(last, name) != getattr(row, name) for name in _TOLD):
            before[one.submitted.pk] = row
            fresh.append(row)
    SubmissionAnswer.objects.bulk_create(fresh, batch_size=500)


_TOLD = ("status", "society_number", "iswc", "processed_on", "messages", "conflict_title")


def _iswc(answer: CwrAnswer) -> str:
    text = answer.work.iswc if answer.work else ""
    try:
        return parse_iswc(text) if text.strip("0 ") else ""
    except InvalidIdentifier:
        return ""


def _take_numbers(reads: Sequence[_Read], source: Source) -> list[Problem]:
    """Note the society's numbers of our works; one that it gave to another work of ours is told and left."""
    given = {
        storable(one.answer.recipient_number[:40]): one
        for one in reads
        if one.submitted and one.answer.recipient_number.strip()
    }
    leads = current_work_ids({one.submitted.work_id for one in given.values() if one.submitted})
    known = dict(
        WorkNumber.objects.filter(_LIVING, claim=source.claim, number__in=given).values_list("number", "work_id")
    )
    fresh: list[tuple[int, str]] = []
    problems: list[Problem] = []
    for number, one in given.items():
        work_id = leads[one.submitted.work_id] if one.submitted else 0
        if number not in known:
            fresh.append((work_id, number))
        elif known[number] != work_id:
            problems.append(
                Problem(
                    one.item.transaction.line,
                    "recipient_creation_number",
                    "work.number_of_another",
                    f"{source.claim} gives its number {number} to {one.answer.title}, but had given it to another.",
                    "It stays where it was; ask the society.",
                    Level.WARNING,
                )
            )
    write_numbers(fresh, source)
    rebuild_words([work_id for work_id, _number in fresh])
    return problems


def _take_iswcs(reads: Sequence[_Read], source: Source) -> tuple[dict[int, Verdict], list[Problem]]:
    """Give works the ISWCs that came back; where one contradicts what we hold, say so and keep ours."""
    told = [(one, _iswc(one.answer)) for one in reads if one.submitted and _iswc(one.answer)]
    leads = current_work_ids({one.submitted.work_id for one, _iswc_told in told if one.submitted})
    works = {work.pk: work for work in Work.objects.filter(pk__in=set(leads.values()))}
    wanted = {iswc for _one, iswc in told}
    held = Work.objects.filter(_LIVING, iswc__in=wanted).order_by("-pk").values_list("iswc", "pk")
    holders = {iswc or "": work_id for iswc, work_id in held}
    filled: dict[int, str] = {}
    verdicts: dict[int, Verdict] = {}
    problems: list[Problem] = []
    for one, iswc in told:
        work = works.get(leads[one.submitted.work_id]) if one.submitted else None
        verdict = take_iswc(work, iswc, holders, filled, "ACK")
        if verdict.status == "CO":
            verdicts[one.item.place] = verdict
            problems.append(
                Problem(
                    one.item.transaction.line,
                    "iswc",
                    "work.other_iswc",
                    f"{one.answer.title} came back with the ISWC {iswc}: {verdict.messages[0].text.lower()}.",
                    "Nothing was overwritten; find out which of them is right.",
                    Level.WARNING,
                )
            )
    fill_iswcs(filled, source)
    return verdicts, problems


def _claims(reads: Sequence[_Read], claimants: Claimants) -> Iterator[tuple[str, WorkDraft]]:
    """Give what answers tell of others' claims on our works, as drafts of these works, each with whose claim it is."""
    told = [one for one in reads if one.answer.conflicts]
    leads = current_work_ids({one.submitted.work_id for one in told if one.submitted})
    codes = dict(Work.objects.filter(pk__in=set(leads.values())).values_list("pk", "code"))
    for one in told:
        code = codes.get(leads[one.submitted.work_id], "") if one.submitted is not None else ""
        for conflict in one.answer.conflicts if code else ():
            draft, _problems = draft_of(conflict, one.item.transaction.line)
            yield claimants.claim_of(code, conflict), replace(draft, code=code, iswc=None, submitter_number="")
