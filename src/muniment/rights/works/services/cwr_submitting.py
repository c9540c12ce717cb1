"""Submitting works to a society as CWR: NWR for those it does not have yet, REV for those it acknowledged before."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from io import BytesIO
from itertools import batched

from django.db import transaction
from django.db.models import Q

from muniment.kernel.formats.cwr import (
    CwrHeader,
    CwrSender,
    CwrTransaction,
    CwrWork,
    UnwritableWork,
    checked_transaction,
    plain_header,
    plain_of,
    read_header,
    work_of,
    write_transactions,
)
from muniment.kernel.words.problems import Level, Problem, Progress, UserError, silent
from muniment.rights.works.models import Submission, SubmissionAnswer, SubmittedWork, Work
from muniment.rights.works.queries.cwr import submission_lines
from muniment.rights.works.queries.merges import current_work_ids
from muniment.rights.works.rules.cwr_export import WorkToSend, cwr_work_of
from muniment.rights.works.rules.cwr_outcomes import ACCEPTED
from muniment.rights.works.rules.words import title_key
from muniment.rights.works.services.cwr_items import compact
from muniment.rights.works.services.cwr_sending import transactions_sent_to_us, works_to_send
from muniment.trust.access.rules import Action, Actor, require
from muniment.trust.access.services import record_event
from muniment.trust.batches.bulk import copy_rows

_LIVING = Q(known_to__isnull=True)
_CHUNK = 500
_VERSIONS = ("02.10", "02.20")
_COLUMNS = ("submission_id", "work_id", "kind", "number", "group", "place", "content")


class NothingToSubmit(UserError):
    """None of the works can go out."""


class InvalidSubmission(UserError):
    """The society, the sender or the version of a submission cannot be."""


@dataclass(frozen=True, slots=True)
class SubmissionReport:
    """What went out: the submission, its file's name, works by kind, and why others stayed behind."""

    submission_id: int
    file_name: str
    new_count: int
    revised_count: int
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class _Making:
    """One submission while it is made."""

    submission: Submission
    numbers: dict[int, str]
    problems: list[Problem]


@transaction.atomic
def submit_works(
    *,
    actor: Actor,
    at: datetime,
    work_ids: Iterable[int],
    society_code: str,
    sender: CwrSender,
    sender_code: str,
    claim: str,
    version: str = "02.10",
    again: bool = False,
    progress: Progress = silent,
) -> SubmissionReport:
    """Record a submission of works to a society; `queries.submission_lines` gives its file.

    A work whose last submission to the society is not answered stays behind, unless `again`. A work that a rule of
    the standard forbids to write stays behind as well, and the report says why.

    Args:
        claim: whose statements about the works are sent.
        sender: who the header says sends them; `sender_code` are the two or three letters of the file's name.
        society_code: the three digits of the society.

    Raises:
        NotAllowed: the actor may not write works.
        InvalidSubmission: the society, the code of the sender or the version is not one that CWR has.
        NothingToSubmit: no work is left.
    """
    require(actor, Action.WORK_WRITE)
    society, letters = _society(society_code), _letters(sender_code)
    if version not in _VERSIONS:
        raise InvalidSubmission(f"CWR {version} is not written.", "Choose 02.10 or 02.20.")
    made = at.replace(microsecond=0)
    ids = list(dict.fromkeys(current_work_ids(work_ids).values()))
    kinds, numbers, problems = _kinds(ids, society, again=again)
    [first] = list(write_transactions(CwrHeader(sender, made), (), version=version))[:1]
    submission = Submission.objects.create(
        society_code=society,
        claim=claim,
        version=version,
        file_name=_file_name(made, letters, society, version),
        file_digest="",
        header=compact(plain_header(read_header(BytesIO(first)))),
        created_at=made,
        created_by=actor.name,
        work_count=0,
    )
    making = _Making(submission, numbers, problems)
    new_count = _write(making, [pk for pk in ids if kinds.get(pk) == "NWR"], "NWR", 1, progress)
    group = 2 if new_count else 1
    revised_count = _write(making, [pk for pk in ids if kinds.get(pk) == "REV"], "REV", group, progress)
    if not new_count + revised_count:
        why = f" {problems[0].message}" if problems else ""
        raise NothingToSubmit(f"No work can be submitted to {society}.{why}", "Choose other works, or correct these.")
    _seal(actor, at, submission, new_count, revised_count)
    return SubmissionReport(submission.pk, submission.file_name, new_count, revised_count, tuple(problems))


def _seal(actor: Actor, at: datetime, submission: Submission, new_count: int, revised_count: int) -> None:
    """Note how many works a submission has and the digest of its file, and record the event."""
    digest = hashlib.sha256()
    for line in submission_lines(submission.pk):
        digest.update(line)
    submission.work_count, submission.file_digest = new_count + revised_count, digest.hexdigest()
    submission.save(update_fields=["work_count", "file_digest"])
    record_event(
        actor=actor,
        at=at,
        tag="work.submitted",
        subject_kind="submission",
        subject_id=submission.pk,
        after={
            "society_code": submission.society_code,
            "file_name": submission.file_name,
            "file_digest": submission.file_digest,
            "new_count": new_count,
            "revised_count": revised_count,
        },
    )


def _society(code: str) -> str:
    digits = code.strip()
    if not (digits.isascii() and digits.isdigit() and 0 < int(digits) < 1000):
        raise InvalidSubmission(f"{code!r} is not the code of a society.", "Give its three digits, such as 035.")
    return f"{int(digits):03d}"


def _letters(code: str) -> str:
    letters = code.strip().upper()
    if not (letters.isascii() and letters.isalnum() and 2 <= len(letters) <= 3):
        raise InvalidSubmission(f"{code!r} is no code of a sender.", "Give two or three letters or digits.")
    return letters


def _file_name(made: datetime, letters: str, society: str, version: str) -> str:
    """Return the name of the file: the year, the number of the submission in it, sender, receiver, version."""
    count = Submission.objects.filter(created_at__year=made.year).count() + 1
    return f"CW{made:%y}{count:04d}{letters}_{society}.V{version[1]}{version[3]}"


def _kinds(ids: Sequence[int], society: str, *, again: bool) -> tuple[dict[int, str], dict[int, str], list[Problem]]:
    """Return for each work whether it goes out as NWR or REV, and its number if it went before."""
    kinds = dict.fromkeys(ids, "NWR")
    numbers: dict[int, str] = {}
    problems: list[Problem] = []
    for chunk in batched(ids, _CHUNK):
        last: dict[int, SubmittedWork] = {}
        on_file: set[int] = set()
        rows = list(SubmittedWork.objects.filter(work_id__in=chunk, submission__society_code=society).order_by("pk"))
        answers = SubmissionAnswer.objects.filter(_LIVING, submitted__in=rows).order_by("pk")
        status = dict(answers.values_list("submitted_id", "status"))
        for row in rows:
            last[row.work_id] = row
            numbers[row.work_id] = row.number
            if row.pk in status:
                (on_file.add if status[row.pk] in ACCEPTED else on_file.discard)(row.work_id)
        for work_id, row in last.items():
            kinds[work_id] = "REV" if work_id in on_file else "NWR"
            if row.pk not in status and not again:
                del kinds[work_id]
                problems.append(_behind(row.number, "open", f"submission {row.submission_id} is not answered yet"))
    return kinds, numbers, problems


def _behind(number: str, rule: str, why: str, remedy: str = "Wait for the answer, or submit it again.") -> Problem:
    return Problem(None, "work", f"work.submission_{rule}", f"Work {number}: {why}.", remedy, Level.WARNING)


def _write(making: _Making, ids: Sequence[int], kind: str, group: int, progress: Progress) -> int:
    """Write the works of one kind into the submission, and return how many."""
    place = 0
    for chunk in batched(ids, _CHUNK):
        rows: list[tuple[object, ...]] = []
        for work_id, made in _transactions(making, chunk, kind):
            number = made.header.text("submitter_work_number")
            content = compact(plain_of(replace(made, group=group, number=place)))
            rows.append((making.submission.pk, work_id, kind, number, group, place, content))
            place += 1
        copy_rows(SubmittedWork, _COLUMNS, rows)
        progress(place, len(ids))
    return place


def _transactions(making: _Making, ids: Sequence[int], kind: str) -> Iterator[tuple[int, CwrTransaction]]:
    submission = making.submission
    sent = transactions_sent_to_us(ids, submission.claim)
    known = works_to_send(ids, submission.claim, making.numbers)
    for work in Work.objects.filter(pk__in=ids).order_by("pk"):
        stored = sent.get(work.pk)
        if stored is not None and title_key(stored.header.text("title")) != work.title_key:
            stored = None
        try:
            if stored is not None and stored.version == submission.version:
                yield work.pk, _as_sent(stored, kind, work.iswc or "")
            elif work.pk in known or stored is not None:
                yield work.pk, _as_written(stored, kind, work, making, known)
            else:
                why = f"{submission.claim} claims nothing of it"
                making.problems.append(_behind(work.code, "no_claim", why, "Choose the claim whose shares are sent."))
        except UnwritableWork as error:
            making.problems.append(_behind(work.code, "unwritable", error.message.rstrip("."), error.remedy))


def _as_sent(stored: CwrTransaction, kind: str, iswc: str) -> CwrTransaction:
    """Return a transaction that came to us as it goes on: every record, its kind and ISWC as they are now."""
    values = dict(stored.header.values)
    if iswc and not stored.header.text("iswc").strip("0 "):
        values["iswc"] = iswc
    header = stored.header._replace(kind=kind, values=values)
    return replace(stored, kind=kind, header=header, group_header=None, dropped=(), problems=())


def _as_written(
    stored: CwrTransaction | None, kind: str, work: Work, making: _Making, known: Mapping[int, WorkToSend]
) -> CwrTransaction:
    """Return the transaction of a work as it is registered, or of one that came in another version of CWR.

    Raises:
        UnwritableWork: a rule of the standard forbids it.
    """
    described: CwrWork
    if stored is not None:
        described = work_of(stored)
        described = replace(described, kind=kind, iswc=described.iswc or work.iswc or "")
    else:
        described = cwr_work_of(known[work.pk], kind)
    return checked_transaction(described, version=making.submission.version)
