"""Single works: typed by staff, corrected, their claims withdrawn, their recordings linked."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from muniment.kernel.words.identifiers import parse_isrc, parse_iswc
from muniment.kernel.words.phrases import Phrase
from muniment.kernel.words.problems import UserError
from muniment.rights.works.models import Contribution, Recording, ShareLine, Work
from muniment.rights.works.queries import UnknownWork
from muniment.rights.works.queries.merges import merged_with
from muniment.rights.works.rules.drafts import RecordingDraft, WorkDraft
from muniment.rights.works.rules.words import title_key
from muniment.rights.works.services.conflicts import refresh_conflicts
from muniment.rights.works.services.known import rebuild_words
from muniment.rights.works.services.people import PartyBook
from muniment.rights.works.services.recognise import recognise
from muniment.rights.works.services.register import register_works
from muniment.rights.works.services.rows import Source, write_recordings
from muniment.trust.access.rules import Action, Actor, require
from muniment.trust.access.services import record_event


class DuplicateWork(UserError):
    """The work is registered already, or its code or ISWC belongs to another work."""


class InvalidWork(UserError):
    """A work cannot be recorded as it is written."""


class NoSuchClaim(UserError):
    """The submitter claims nothing on the work."""


@dataclass(frozen=True, slots=True)
class WorkEdit:
    """What a work shall be from now on; every field is given, None or empty where there is none."""

    title: str
    code: str
    iswc: str | None = None
    language: str = ""
    duration_ms: int | None = None
    work_class: str = ""


@transaction.atomic
def register_work(*, actor: Actor, at: datetime, draft: WorkDraft, claim: str) -> int:
    """Register one new work and return its id.

    Raises:
        NotAllowed, InvalidShareLine, UnknownTerritory: nothing is written.
        InvalidWork: it has no title.
        DuplicateWork: the register has it already, by code, ISWC, number, or title and writers.
    """
    require(actor, Action.WORK_WRITE)
    if not draft.title.strip():
        raise InvalidWork("A work needs a title.", "Write it in its own script.")
    book = PartyBook(actor=actor, at=at, intake_id=None)
    book.look_up(draft.contributors)
    found = recognise([draft], claim=claim, intake_id=None, party_of=book.id_of)
    if found.work_ids:
        work = Work.objects.get(pk=found.work_ids[0])
        raise DuplicateWork(
            "This work is registered already: {code}, {title}.", "Open that work.", code=work.code, title=work.title
        )
    counts = register_works(actor=actor, at=at, drafts=[draft], claim=claim, intake_id=None)
    [work_id] = counts.work_ids
    _record(actor, at, "work.registered", work_id, after={"title": draft.title, "claim": claim})
    return work_id


@transaction.atomic
def state_claims(*, actor: Actor, at: datetime, work_id: int, draft: WorkDraft, claim: str) -> None:
    """Say what a submitter claims on a work from now on; the submitter's earlier claims are closed.

    `draft` gives the contributors and their shares; its other fields only fill blanks of the work.

    Raises:
        NotAllowed, UnknownWork, InvalidShareLine, UnknownTerritory: nothing is written.
    """
    require(actor, Action.WORK_WRITE)
    work = _locked(work_id)
    full = WorkDraft(
        title=work.title,
        code=work.code,
        contributors=draft.contributors,
        shares=draft.shares,
        titles=draft.titles,
        recordings=draft.recordings,
    )
    counts = register_works(actor=actor, at=at, drafts=[full], claim=claim, intake_id=None)
    after = {"claim": claim, "share_line_count": counts.share_line_count}
    _record(actor, at, "work.claims_stated", work_id, after=after)


@transaction.atomic
def withdraw_claim(*, actor: Actor, at: datetime, work_id: int, claim: str) -> int:
    """Close everything that a submitter claims on a work, and return how many share lines that were.

    Raises:
        NotAllowed, UnknownWork: nothing is written.
        NoSuchClaim: the submitter claims nothing on it.
    """
    require(actor, Action.WORK_WRITE)
    _locked(work_id)
    count = ShareLine.objects.filter(work_id=work_id, claim=claim, known_to__isnull=True).update(known_to=at)
    if not count:
        raise NoSuchClaim("{claim} claims nothing on this work.", "Open the work again to see who does.", claim=claim)
    Contribution.objects.filter(work_id=work_id, claim=claim, known_to__isnull=True).update(known_to=at)
    rebuild_words([work_id])
    refresh_conflicts([work_id], at=at)
    _record(actor, at, "work.claim_withdrawn", work_id, before={"claim": claim, "share_line_count": count})
    return count


@transaction.atomic
def edit_work(*, actor: Actor, at: datetime, work_id: int, edit: WorkEdit) -> None:
    """Correct what identifies a work.

    Raises:
        NotAllowed, UnknownWork, InvalidIdentifier: nothing is written.
        InvalidWork: the title or the code is missing or too long, or the duration negative.
        DuplicateWork: the code or the ISWC is another work's.
    """
    require(actor, Action.WORK_WRITE)
    work = _locked(work_id)
    after = _clean(edit)
    _refuse_taken(work_id, str(after["code"]), edit.iswc and str(after["iswc"]))
    before = {field: getattr(work, field) for field in after}
    changed = [field for field in after if after[field] != before[field]]
    if not changed:
        return
    for field in changed:
        setattr(work, field, after[field])
    work.title_key = title_key(work.title)
    work.save(update_fields=[*changed, "title_key"])
    rebuild_words([work_id])
    _record(
        actor,
        at,
        "work.edited",
        work_id,
        before={field: before[field] for field in changed},
        after={field: after[field] for field in changed},
    )


def _clean(edit: WorkEdit) -> dict[str, object]:
    title, code = " ".join(edit.title.split()), " ".join(edit.code.split())
    if not title:
        raise InvalidWork("A work needs a title.", "Write it in its own script.")
    if not 0 < len(code) <= 40:
        raise InvalidWork("A work needs a code of at most 40 characters.", "Keep the one it has.")
    if edit.duration_ms is not None and edit.duration_ms < 0:
        raise InvalidWork("A duration cannot be negative.", "Write minutes and seconds as 3:20.")
    return {
        "title": title,
        "code": code,
        "iswc": parse_iswc(edit.iswc) if edit.iswc else None,
        "language": edit.language.strip()[:20],
        "duration_ms": edit.duration_ms or None,
        "work_class": edit.work_class.strip()[:20],
    }


def _refuse_taken(work_id: int, code: str, iswc: str | None) -> None:
    for field, value, label in (("code", code, Phrase("code")), ("iswc", iswc, "ISWC")):
        others = Work.objects.filter(known_to__isnull=True, **{field: value}).exclude(pk=work_id) if value else ()
        for other in others:
            raise DuplicateWork(
                "The {label} {value} belongs to {code}, {title}.",
                "Correct it.",
                label=label,
                value=value,
                code=other.code,
                title=other.title,
            )
        for owner_id in merged_with(field, [value] if value else []).values():
            if owner_id != work_id:
                raise DuplicateWork(
                    "The {label} {value} belongs to a record that was merged into another work.",
                    "Correct it.",
                    label=label,
                    value=value,
                )


@transaction.atomic
def add_recording(*, actor: Actor, at: datetime, work_id: int | None, draft: RecordingDraft) -> int:
    """Record a recording, of a work or not linked yet, and return its id.

    Raises:
        NotAllowed, UnknownWork, InvalidIdentifier: nothing is written.
        InvalidWork: it has no title, and no work whose title could stand for it.
        DuplicateWork: the ISRC belongs to another recording.
    """
    require(actor, Action.WORK_WRITE)
    work = None if work_id is None else _locked(work_id)
    isrc = parse_isrc(draft.isrc) if draft.isrc else None
    title = draft.title.strip() or (work.title if work else "")
    if not title:
        raise InvalidWork("A recording needs a title.", "Write it as on its label.")
    if isrc and Recording.objects.filter(known_to__isnull=True, isrc=isrc).exists():
        raise DuplicateWork(
            "The ISRC {isrc} belongs to another recording.", "Find it and link it to the work.", isrc=isrc
        )
    clean = RecordingDraft(title, isrc, draft.performer.strip(), draft.duration_ms)
    write_recordings([(work_id, title, clean)], Source("", None, at))
    recording_id = Recording.objects.order_by("-pk").values_list("pk", flat=True)[0]
    if work_id is not None:
        rebuild_words([work_id])
    _record(actor, at, "work.recording_added", work_id or 0, after={"recording_id": recording_id, "title": title})
    return recording_id


@transaction.atomic
def link_recording(*, actor: Actor, at: datetime, recording_id: int, work_id: int | None) -> None:
    """Say which work a recording is of; None: of none that we know.

    Raises:
        NotAllowed, UnknownWork: nothing is written.
    """
    require(actor, Action.WORK_WRITE)
    recording = Recording.objects.select_for_update().filter(pk=recording_id, known_to__isnull=True).first()
    if recording is None:
        raise UnknownWork("There is no recording {number}.", "Search for it again.", number=recording_id)
    if work_id is not None:
        _locked(work_id)
    before = recording.work_id
    recording.work_id = work_id
    recording.save(update_fields=["work"])
    rebuild_words([pk for pk in (before, work_id) if pk is not None])
    _record(
        actor,
        at,
        "work.recording_linked",
        work_id or before or 0,
        before={"recording_id": recording_id, "work_id": before},
        after={"recording_id": recording_id, "work_id": work_id},
    )


def _locked(work_id: int) -> Work:
    work = Work.objects.select_for_update().filter(pk=work_id, known_to__isnull=True).first()
    if work is None:
        raise UnknownWork("There is no work {number}.", "Search for the work by title or number.", number=work_id)
    return work


def _record(
    actor: Actor,
    at: datetime,
    tag: str,
    work_id: int,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
) -> None:
    record_event(actor=actor, at=at, tag=tag, subject_kind="work", subject_id=work_id, before=before, after=after)
