"""Registering works in bulk: the one road by which works, contributions, share lines and recordings are written."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from django.db import transaction

from muniment.kernel.words.problems import Level, Problem, Progress, silent
from muniment.kernel.words.shares import PPM, Right, format_percent
from muniment.rights.works import search
from muniment.rights.works.models import Contribution, Recording, ShareLine, Work, WorkTitle
from muniment.rights.works.rules.drafts import WORLD_TERMS, ImportCounts, Outcome, ShareDraft, WorkDraft, claims_of
from muniment.rights.works.rules.shares import check_share_line
from muniment.rights.works.services.conflicts import refresh_conflicts
from muniment.rights.works.services.editions import add_editions
from muniment.rights.works.services.known import known_people, update_known
from muniment.rights.works.services.people import PartyBook
from muniment.rights.works.services.recognise import in_pieces, recognise
from muniment.rights.works.services.rows import (
    Placed,
    Source,
    words_of_draft,
    write_agreements,
    write_claims,
    write_recordings,
    write_works,
)
from muniment.trust.access.rules import Action, Actor, require
from muniment.trust.access.services import record_event
from muniment.trust.batches.bulk import next_ids, refresh_statistics

MANY_WORKS = 5_000
"""From here on the planner of the database is told of the new size."""

PIECE = 5_000
"""Works written at a time: what bounds the memory."""


@transaction.atomic
def register_works(
    *,
    actor: Actor,
    at: datetime,
    drafts: Iterable[WorkDraft],
    claim: str,
    intake_id: int | None,
    progress: Progress = silent,
    total: int | None = None,
    on_piece: Callable[[Sequence[Outcome]], None] | None = None,
) -> ImportCounts:
    """Register the works that a submitter describes, new ones and known ones, and return what was done.

    A known work keeps its title and code; blanks are filled, further titles and recordings added, and the
    submitter's own earlier claims closed and replaced where they differ. What other submitters claim stays.

    Args:
        drafts: may be a generator; nothing but a piece of it is held in memory.
        claim: the submitter, under whose name the shares stand.
        progress: told the number of drafts done, of `total`.
        on_piece: told what became of the drafts, in their order, a piece at a time, once the piece is written.

    Raises:
        NotAllowed: the actor may not write works (or the parties on them).
        InvalidShareLine, UnknownTerritory: a draft holds a line that cannot be true; readers check before.
    """
    require(actor, Action.WORK_WRITE)
    source = Source(claim, intake_id, at)
    counts = ImportCounts()
    book = PartyBook(actor=actor, at=at, intake_id=intake_id)
    done = 0
    for piece in in_pieces(drafts, PIECE):
        outcomes = _register_piece(piece, source, book, counts)
        if on_piece is not None:
            on_piece(outcomes)
        done += len(piece)
        progress(done, total)
    if done >= MANY_WORKS:
        refresh_statistics(Work, WorkTitle, Contribution, ShareLine, Recording)
    counts.party_count = book.registered_count
    record_event(
        actor=actor,
        at=at,
        tag="work.registered_many",
        subject_kind="intake" if intake_id else "work",
        subject_id=intake_id or 0,
        after={
            "claim": claim,
            "work_count": counts.work_count,
            "known_work_count": counts.known_work_count,
            "superseded_count": counts.superseded_count,
            "share_line_count": counts.share_line_count,
            "recording_count": counts.recording_count,
        },
    )
    return counts


def _register_piece(piece: Sequence[WorkDraft], source: Source, book: PartyBook, counts: ImportCounts) -> list[Outcome]:
    """Write one piece, in which no work appears twice, and return what became of each draft."""
    everybody = [one for draft in piece for one in draft.contributors]
    book.look_up(everybody)
    found = recognise(piece, claim=source.claim, intake_id=source.intake_id, party_of=book.id_of)
    counts.problems += found.problems
    named = known_people(list(found.work_ids.values()))
    people = [_parties(place, draft, found.work_ids, named, book) for place, draft in enumerate(piece)]
    book.register_missing(
        one
        for draft, parties in zip(piece, people, strict=True)
        for one, party_id in zip(draft.contributors, parties, strict=True)
        if party_id is None
    )
    fresh_ids = iter(next_ids(Work, len(piece) - len(found.work_ids)))
    originals = _originals(piece)
    new: list[Placed] = []
    known: list[Placed] = []
    every: list[Placed] = []
    for place, (draft, parties) in enumerate(zip(piece, people, strict=True)):
        known_id = found.work_ids.get(place)
        party_ids = tuple(
            party_id if party_id is not None else book.id_of(one)
            for one, party_id in zip(draft.contributors, parties, strict=True)
        )
        work_id = next(fresh_ids) if known_id is None else known_id
        original_id = originals.get(draft.original_iswc or "")
        claims = claims_of(draft)
        counts.problems += check_claims(draft, claims)
        placed = Placed(work_id, draft, party_ids, claims, None if original_id == work_id else original_id)
        (new if known_id is None else known).append(placed)
        every.append(placed)
        counts.work_ids.append(work_id)
    _write_new(new, source, counts)
    spoken = update_known(known, source, counts)
    crowded = [one.work_id for one in new if _is_crowded(one.claims)]
    counts.conflict_count += refresh_conflicts([*crowded, *(one.work_id for one in known)], at=source.at)
    return [
        Outcome(
            one.work_id,
            one.party_ids,
            known=place in found.work_ids,
            spoken=one.work_id in spoken.before,
            changed=place not in found.work_ids or one.work_id in spoken.changed,
            doubt=found.doubts.get(place),
        )
        for place, one in enumerate(every)
    ]


def _parties(
    place: int, draft: WorkDraft, work_ids: dict[int, int], named: dict[tuple[int, str], int], book: PartyBook
) -> list[int | None]:
    """Return the party of each contributor; on a known work, a mere name means whom it meant there before."""
    work_id = work_ids.get(place)
    return [
        book.id_of(one)
        if work_id is None or one.ipi_name or one.isni or one.party_code or one.party_id
        else named.get((work_id, one.name), book.id_of(one))
        for one in draft.contributors
    ]


def _originals(piece: Sequence[WorkDraft]) -> dict[str, int]:
    """Return the works that the piece's versions are versions of, by ISWC, where we know them."""
    wanted = {draft.original_iswc for draft in piece if draft.original_iswc}
    works = Work.objects.filter(known_to__isnull=True, iswc__in=list(wanted)).order_by("-pk") if wanted else ()
    return {work.iswc: work.pk for work in works if work.iswc}


def _write_new(new: Sequence[Placed], source: Source, counts: ImportCounts) -> None:
    counts.work_count += write_works(new, source)
    agreements = write_agreements(new, source)
    counts.share_line_count += write_claims(new, source, agreements)
    counts.recording_count += write_recordings(
        ((one.work_id, one.draft.title, recording) for one in new for recording in one.draft.recordings), source
    )
    counts.edition_count += add_editions(new, source)
    search.put_words((one.work_id, words_of_draft(one)) for one in new)


def _is_crowded(claims: Sequence[ShareDraft]) -> bool:
    """Say whether a new work might have more than the whole claimed somewhere."""
    sums = dict.fromkeys(Right, 0)
    for share in claims:
        sums[share.right] += share.share_ppm
    return max(sums.values()) > PPM


def check_claims(draft: WorkDraft, claims: Sequence[ShareDraft]) -> list[Problem]:
    """Return warnings for rights whose World claims do not sum to the whole; refuse lines that cannot be true.

    Raises:
        InvalidShareLine, UnknownTerritory: see `check_share_line`.
    """
    sums: dict[Right, int] = {}
    regional: set[Right] = set()
    for share in claims:
        check_share_line(share.share_ppm, share.territories, share.valid_from, share.valid_to)
        sums[share.right] = sums.get(share.right, 0) + share.share_ppm
        if share.territories != WORLD_TERMS or share.valid_from or share.valid_to:
            regional.add(share.right)
    return [
        _sum_warning(draft, right, sum_ppm)
        for right, sum_ppm in sums.items()
        if sum_ppm != PPM and right not in regional and sum_ppm
    ]


def _sum_warning(draft: WorkDraft, right: Right, sum_ppm: int) -> Problem:
    name = draft.code or draft.submitter_number or draft.title
    if sum_ppm > PPM:
        rule, what, remedy = "work.over_claimed", "what exceeds the whole is in dispute and held", "Correct the shares."
    else:
        rule, what, remedy = "work.under_claimed", "the rest is unclaimed and held", "Register who holds the rest."
    message = f"The {right} shares of {name} sum to {format_percent(sum_ppm)} %; {what}."
    return Problem(draft.line, f"{right.value.lower()}_share", rule, message, remedy, Level.WARNING)
