"""Reads about CWR: transactions that came in, agreements, what was submitted and what became of it, files again."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import CharField, F, Max, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from muniment.kernel.formats.cwr import CwrMessage, CwrSender, header_of, transaction_of, write_transactions
from muniment.kernel.words.identifiers import parse_ipi_name
from muniment.kernel.words.names import fold
from muniment.kernel.words.paging import Page
from muniment.kernel.words.phrases import Phrase
from muniment.kernel.words.problems import UserError
from muniment.rights.parties.queries import get_party, ids_by_name
from muniment.rights.works.models import (
    AgreementParty,
    AgreementTerm,
    CwrFile,
    CwrItem,
    Submission,
    SubmissionAnswer,
    SubmittedWork,
    Work,
)
from muniment.rights.works.rules.cwr_export import STATE_OF, Submitted
from muniment.rights.works.rules.cwr_outcomes import messages_of

_LIVING = Q(known_to__isnull=True)
_PIECE = 1_000
_NAME_SIZE = 45
_NUMBER_SIZES = {"SO": 3, "PB": 11, "AA": 11, "WR": 11}
_SAY_WHO = Phrase(
    "Say who sends, such as SO:035 or PB:00012345678:NAME (--sender, or “Who sends” on the page), or register a party "
    "of the house's name with its number once."
)


class UnknownCwrFile(UserError):
    """No transactions of this intake, or no submission of this number, are kept."""


class UnknownSender(UserError):
    """It is not known who we are in CWR."""


@dataclass(frozen=True, slots=True)
class CwrItemRow:
    """A transaction that came in, and what became of it; `other_code` is the work that it contradicts."""

    intake_id: int
    place: int
    line: int
    claim: str
    kind: str
    number: str
    title: str
    status: str
    work_id: int | None
    work_code: str
    other_id: int | None
    other_code: str
    other_claim: str
    messages: tuple[CwrMessage, ...]


@dataclass(frozen=True, slots=True)
class AgreementPartyRow:
    """A party of an agreement: AS assigns, AC acquires; shares in ppm."""

    role: str
    name: str
    territories: str
    pr_ppm: int
    mr_ppm: int
    sr_ppm: int


@dataclass(frozen=True, slots=True)
class AgreementRow:
    """An agreement in force as its submitter told it."""

    claim: str
    number: str
    kind: str
    starts_on: date | None
    ends_on: date | None
    collected_until: date | None
    society_number: str
    parties: tuple[AgreementPartyRow, ...]


@dataclass(frozen=True, slots=True)
class SubmissionRow:
    """A file that went out, and how many of its works were answered."""

    id: int
    society_code: str
    claim: str
    version: str
    file_name: str
    created_at: datetime
    created_by: str
    work_count: int
    answered_count: int

    @property
    def open_count(self) -> int:
        """Return how many works the society has said nothing about."""
        return self.work_count - self.answered_count


def own_sender(name: str) -> CwrSender:
    """Return who we are in CWR: the party of the house's name, by its society code or its IPI name number.

    Raises:
        UnknownSender: no single party has the name, or it has neither number.
    """
    ids = ids_by_name([fold(name)]).get(fold(name), ())
    party = get_party(ids[0]) if len(ids) == 1 else None
    if party is not None and party.society_code:
        return CwrSender("SO", party.society_code.zfill(9), party.name[:_NAME_SIZE])
    if party is not None and party.ipi_name:
        return CwrSender("PB", party.ipi_name, party.name[:_NAME_SIZE])
    if party is not None:
        raise UnknownSender("{name} has neither a society code nor an IPI name number.", _SAY_WHO, name=party.name)
    if ids:
        raise UnknownSender("{count} parties have the name of the house, {name}.", _SAY_WHO, count=len(ids), name=name)
    raise UnknownSender("No party has the name of the house, {name}.", _SAY_WHO, name=name)


def sender_meant(text: str, house: str) -> CwrSender:
    """Return who sends: KIND:NUMBER or KIND:NUMBER:NAME, such as SO:035; the house itself where nothing is said.

    The kinds are SO society, PB publisher, AA agency and WR writer; the name is that of the house if left out.

    Raises:
        UnknownSender: the text names no sender, or nothing is known of the house.
        InvalidIdentifier: an agency or a writer has no such IPI name number.
    """
    if not text.strip():
        return own_sender(house)
    kind, _colon, rest = text.strip().partition(":")
    digits, _colon, name = (part.strip() for part in rest.partition(":"))
    kind, number = kind.strip().upper(), digits.lstrip("0")
    is_number = digits.isascii() and digits.isdigit() and bool(number)
    if not is_number or len(number) > _NUMBER_SIZES.get(kind, 0):
        raise UnknownSender(
            "{text!r} names no sender of CWR.", "Write for example SO:035 or PB:00012345678:NAME.", text=text
        )
    if kind in ("AA", "WR"):
        parse_ipi_name(number)
    return CwrSender(kind, number.zfill(9 if len(number) < 10 else 11), (name or house)[:_NAME_SIZE])


def list_cwr_items(
    intake_id: int | None = None, *, status: str = "", limit: int = 50, offset: int = 0
) -> Page[CwrItemRow]:
    """Return transactions that came in and stand, of one intake or of all, in the order of their files."""
    rows = CwrItem.objects.filter(intake__state__in=("imported",)).order_by("intake_id", "place")
    if intake_id is not None:
        rows = rows.filter(intake_id=intake_id)
    if status:
        rows = rows.filter(status=status)
    chosen = list(rows.select_related("work", "other")[offset : offset + limit])
    claims = dict(
        CwrFile.objects.filter(intake_id__in={row.intake_id for row in chosen}).values_list("intake_id", "claim")
    )
    return Page(tuple(_item(row, claims.get(row.intake_id, "")) for row in chosen), rows.count())


def _item(row: CwrItem, claim: str) -> CwrItemRow:
    return CwrItemRow(
        row.intake_id,
        row.place,
        row.line,
        claim,
        row.kind,
        row.number,
        row.title,
        row.status,
        row.work_id,
        row.work.code if row.work else "",
        row.other_id,
        row.other.code if row.other else "",
        row.other_claim,
        messages_of(row.messages),
    )


def cwr_file_lines(intake_id: int) -> Iterator[bytes]:
    """Give the lines of a CWR file again from what is kept of it: every field of every transaction.

    Raises:
        UnknownCwrFile: the intake kept none.
    """
    file = CwrFile.objects.filter(intake_id=intake_id).first()
    if file is None:
        raise UnknownCwrFile(
            "Intake {number} kept no CWR transactions.", "Choose an imported CWR file.", number=intake_id
        )
    rows = CwrItem.objects.filter(intake_id=intake_id).order_by("place").values_list("content", flat=True)
    contents = rows.iterator(_PIECE)
    return write_transactions(
        header_of(json.loads(file.header)), (transaction_of(json.loads(content)) for content in contents)
    )


def list_agreements(claim: str = "", *, limit: int = 50, offset: int = 0) -> Page[AgreementRow]:
    """Return the agreements in force that AGR transactions told, by submitter and number."""
    terms = AgreementTerm.objects.filter(_LIVING).select_related("agreement")
    terms = terms.order_by("agreement__claim", "agreement__number", "pk")
    if claim:
        terms = terms.filter(agreement__claim=claim)
    chosen = list(terms[offset : offset + limit])
    parties: dict[int, list[AgreementPartyRow]] = {}
    for row in AgreementParty.objects.filter(term__in=chosen).order_by("pk"):
        shown = AgreementPartyRow(row.role, row.name, row.territories, row.pr_ppm, row.mr_ppm, row.sr_ppm)
        parties.setdefault(row.term_id, []).append(shown)
    return Page(
        tuple(
            AgreementRow(
                term.agreement.claim,
                term.agreement.number,
                term.kind,
                term.starts_on,
                term.ends_on,
                term.collected_until,
                term.society_number,
                tuple(parties.get(term.pk, ())),
            )
            for term in chosen
        ),
        terms.count(),
    )


def every_work_id() -> tuple[int, ...]:
    """Return every living work."""
    return tuple(Work.objects.filter(_LIVING).order_by("pk").values_list("pk", flat=True))


def list_submissions(*, limit: int = 50, offset: int = 0) -> Page[SubmissionRow]:
    """Return what went out, newest first."""
    rows = Submission.objects.order_by("-pk")
    chosen = list(rows[offset : offset + limit])
    answered: dict[int, set[int]] = {}
    told = SubmissionAnswer.objects.filter(_LIVING, submitted__submission__in=chosen)
    for submission_id, submitted_id in told.values_list("submitted__submission_id", "submitted_id"):
        answered.setdefault(submission_id, set()).add(submitted_id)
    return Page(
        tuple(
            SubmissionRow(
                row.pk,
                row.society_code,
                row.claim,
                row.version,
                row.file_name,
                row.created_at,
                row.created_by,
                row.work_count,
                len(answered.get(row.pk, ())),
            )
            for row in chosen
        ),
        rows.count(),
    )


def submission_name(submission_id: int) -> str:
    """Return the name of a submission's file.

    Raises:
        UnknownCwrFile: there is no such submission.
    """
    return _submission(submission_id).file_name


def submission_lines(submission_id: int) -> Iterator[bytes]:
    """Give the lines of a submission's file, the same every time.

    Raises:
        UnknownCwrFile: there is no such submission.
    """
    submission = _submission(submission_id)
    rows = SubmittedWork.objects.filter(submission=submission).order_by("group", "place")
    contents = rows.values_list("content", flat=True).iterator(_PIECE)
    return write_transactions(
        header_of(json.loads(submission.header)),
        (transaction_of(json.loads(content)) for content in contents),
        version=submission.version,
    )


def _submission(submission_id: int) -> Submission:
    found = Submission.objects.filter(pk=submission_id).first()
    if found is None:
        raise UnknownCwrFile("There is no submission {number}.", "Choose one from the list.", number=submission_id)
    return found


def list_submitted(
    *,
    state: str = "",
    society_code: str = "",
    work_id: int | None = None,
    submission_id: int | None = None,
    limit: int = 50,
    offset: int = 0,
) -> Page[Submitted]:
    """Return where works stand at societies, the newest submission of each work to each society.

    `state` is open, accepted, conflict or rejected; empty for all. With `submission_id`, the works of that one.

    Raises:
        UserError: there is no such state.
    """
    if state and state not in STATE_OF.values():
        raise UserError("{state!r} is no state of a work.", "Choose open, accepted, conflict or rejected.", state=state)
    rows = SubmittedWork.objects.all()
    if submission_id is not None:
        rows = rows.filter(submission_id=submission_id)
    else:
        newest = SubmittedWork.objects.values("work_id", "submission__society_code").annotate(last=Max("pk"))
        rows = rows.filter(pk__in=newest.values("last"))
    if society_code:
        rows = rows.filter(submission__society_code=society_code)
    if work_id is not None:
        rows = rows.filter(work_id=work_id)
    rows = _with_answers(rows).order_by("-submission_id", "group", "place")
    if state:
        wanted = [status for status, of in STATE_OF.items() if of == state]
        rows = rows.filter(Q(("answer_status__in", wanted)))
    chosen = list(rows.select_related("submission", "work")[offset : offset + limit])
    ids = [row.answer_id for row in chosen if row.answer_id]  # type: ignore[attr-defined]
    answers = {row.pk: row for row in SubmissionAnswer.objects.filter(pk__in=ids)}
    shown = (_submitted(row, answers.get(row.answer_id or 0)) for row in chosen)  # type: ignore[attr-defined]
    return Page(tuple(shown), rows.count())


def _with_answers(rows: QuerySet[SubmittedWork]) -> QuerySet[SubmittedWork]:
    last = SubmissionAnswer.objects.filter(_LIVING, submitted_id=OuterRef("pk")).order_by("-pk")
    nothing = Value("", output_field=CharField())
    return rows.annotate(
        answer_id=Subquery(last.values("pk")[:1]),
        answer_status=Coalesce(Subquery(last.values("status")[:1]), nothing),
        society=F("submission__society_code"),
    )


def _submitted(row: SubmittedWork, answer: SubmissionAnswer | None) -> Submitted:
    said = messages_of(answer.messages) if answer else ()
    return Submitted(
        submitted_id=row.pk,
        submission_id=row.submission_id,
        society_code=row.submission.society_code,
        work_id=row.work_id,
        work_code=row.work.code,
        title=row.work.title,
        kind=row.kind,
        number=row.number,
        sent_on=row.submission.created_at.date(),
        status=answer.status if answer else "",
        society_number=answer.society_number if answer else "",
        iswc=answer.iswc if answer else "",
        processed_on=answer.processed_on if answer else None,
        conflict_title=answer.conflict_title if answer else "",
        reasons=tuple(message.text for message in said),
    )
