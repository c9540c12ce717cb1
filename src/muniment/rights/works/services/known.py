"""What a new description does to a work that is known: it adds, fills blanks, and replaces its own submitter's claims.

What other submitters say is never touched; where the claims differ, both stand side by side and the share question
tells what of it can be paid.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import batched

from django.db.models import Q

from muniment.kernel.words.names import fold
from muniment.kernel.words.shares import Right
from muniment.rights.parties.queries import current_party_ids
from muniment.rights.works import search
from muniment.rights.works.models import Contribution, Recording, ShareLine, Work, WorkFill, WorkNumber, WorkTitle
from muniment.rights.works.queries.merges import merged_into
from muniment.rights.works.rules.drafts import ImportCounts, TitleDraft
from muniment.rights.works.rules.words import words_of_all
from muniment.rights.works.services.editions import add_editions, edition_numbers
from muniment.rights.works.services.rows import (
    Placed,
    Source,
    recording_key,
    write_agreements,
    write_claims,
    write_numbers,
    write_other_numbers,
    write_recordings,
    write_titles,
)

_CHUNK = 2_000
_LIVING = Q(known_to__isnull=True)
_FILLED = ("iswc", "language", "duration_ms")

type Line = tuple[object, ...]


def known_people(work_ids: Sequence[int]) -> dict[tuple[int, str], int]:
    """Return whom a name means on each of the works: (work id, name as written) -> party id."""
    found = {
        (work_id, name): party_id
        for chunk in batched(work_ids, _CHUNK)
        for work_id, name, party_id in Contribution.objects.filter(
            _LIVING, work_id__in=chunk, party_id__isnull=False
        ).values_list("work_id", "name", "party_id")
        if party_id is not None
    }
    leads = current_party_ids(found.values())
    return {key: leads[party_id] for key, party_id in found.items()}


@dataclass(slots=True)
class Spoken:
    """Of which known works the submitter had spoken before, and of which it now says something else."""

    before: set[int] = field(default_factory=set)
    changed: set[int] = field(default_factory=set)


def update_known(placed: Sequence[Placed], source: Source, counts: ImportCounts) -> Spoken:
    """Bring known works up to what the drafts say, and return of which the submitter spoke before or says else."""
    spoken = Spoken()
    for piece in batched(placed, _CHUNK):
        counts.known_work_count += len(piece)
        _fill_blanks(piece, source)
        _add_titles(piece, source)
        _add_numbers(piece, source)
        counts.recording_count += _add_recordings(piece, source)
        counts.edition_count += add_editions(piece, source)
        changed = _with_new_claims(piece, source, spoken)
        counts.superseded_count += _close_claims([one.work_id for one in changed], source)
        counts.share_line_count += write_claims(changed, source, write_agreements(changed, source))
        rebuild_words([one.work_id for one in piece])
    return spoken


def _ids(piece: Sequence[Placed]) -> list[int]:
    return [one.work_id for one in piece]


def _fill_blanks(piece: Sequence[Placed], source: Source) -> None:
    works = {work.pk: work for work in Work.objects.filter(pk__in=_ids(piece))}
    filled: list[WorkFill] = []
    for one in piece:
        work = works[one.work_id]
        for name in _FILLED:
            value = getattr(one.draft, name)
            if value and not getattr(work, name):
                setattr(work, name, value)
                if source.intake_id is not None:
                    filled.append(WorkFill(work=work, field=name, value=str(value), intake_id=source.intake_id))
        if one.original_id is not None and work.original_id is None:
            work.original_id = one.original_id
            if source.intake_id is not None:
                value = str(one.original_id)
                filled.append(WorkFill(work=work, field="original_id", value=value, intake_id=source.intake_id))
    Work.objects.bulk_update(works.values(), [*_FILLED, "original"], batch_size=200)
    WorkFill.objects.bulk_create(filled, batch_size=500)


def _add_titles(piece: Sequence[Placed], source: Source) -> None:
    known = {(pk, fold(title)) for pk, title in Work.objects.filter(pk__in=_ids(piece)).values_list("pk", "title")}
    further = WorkTitle.objects.filter(_LIVING, work_id__in=_ids(piece)).values_list("work_id", "title")
    known |= {(work_id, fold(title)) for work_id, title in further}
    fresh: list[tuple[int, TitleDraft]] = []
    for one in piece:
        for title in (TitleDraft(one.draft.title), *one.draft.titles):
            if (one.work_id, fold(title.title)) not in known:
                known.add((one.work_id, fold(title.title)))
                fresh.append((one.work_id, title))
    write_titles(fresh, source)


def _add_numbers(piece: Sequence[Placed], source: Source) -> None:
    given = {one.draft.submitter_number: one.work_id for one in piece if one.draft.submitter_number}
    known = WorkNumber.objects.filter(_LIVING, claim=source.claim, number__in=list(given))
    taken = set(known.values_list("number", flat=True))
    write_numbers(((work_id, number) for number, work_id in given.items() if number not in taken), source)
    write_other_numbers(piece, source)


def _add_recordings(piece: Sequence[Placed], source: Source) -> int:
    rows = Recording.objects.filter(_LIVING, work_id__in=_ids(piece)).values_list(
        "work_id", "isrc", "title", "performer"
    )
    known = {(work_id, recording_key(isrc, title, performer)) for work_id, isrc, title, performer in rows}
    fresh = []
    for one in piece:
        for draft in one.draft.recordings:
            key = (one.work_id, recording_key(draft.isrc, draft.title or one.draft.title, draft.performer))
            if key not in known:
                known.add(key)
                fresh.append((one.work_id, one.draft.title, draft))
    return write_recordings(fresh, source)


def _with_new_claims(piece: Sequence[Placed], source: Source, spoken: Spoken) -> list[Placed]:
    """Return the drafts that state claims other than those the submitter has on the work already."""
    standing: dict[int, set[Line]] = {}
    rows = ShareLine.objects.filter(_LIVING, work_id__in=_ids(piece), claim=source.claim)
    columns = ("party_id", "role", "right", "territories", "share_ppm", "valid_from", "valid_to")
    for work_id, *line in rows.values_list("work_id", *columns):
        standing.setdefault(work_id, set()).add(tuple(line))
    changed = []
    for one in piece:
        stated = _stated_lines(one)
        if stated and stated != standing.get(one.work_id, set()):
            changed.append(one)
    spoken.before.update(standing)
    spoken.changed.update(one.work_id for one in changed)
    return changed


def _stated_lines(one: Placed) -> set[Line]:
    return {
        (
            one.party_ids[share.contributor],
            one.draft.contributors[share.contributor].role,
            Right(share.right).value,
            share.territories,
            share.share_ppm,
            share.valid_from,
            share.valid_to,
        )
        for share in one.claims
        if one.party_ids[share.contributor] is not None
    }


def _close_claims(work_ids: Sequence[int], source: Source) -> int:
    """Close what the submitter says of the works, and return of how many it had said something."""
    lines = ShareLine.objects.filter(_LIVING, work_id__in=work_ids, claim=source.claim)
    count = lines.values("work_id").distinct().count()
    lines.update(known_to=source.at, ended_by_id=source.intake_id)
    Contribution.objects.filter(_LIVING, work_id__in=work_ids, claim=source.claim).update(
        known_to=source.at, ended_by_id=source.intake_id
    )
    return count


def rebuild_words(work_ids: Iterable[int]) -> None:
    """Index the works again from what is stored about them."""
    for chunk in batched(dict.fromkeys(work_ids), _CHUNK):
        texts: dict[int, list[str]] = {}
        codes: dict[int, list[str | None]] = {}
        for pk, title, *numbers in Work.objects.filter(pk__in=chunk).values_list("pk", "title", "code", "iswc"):
            texts[pk], codes[pk] = [title], numbers
        for table, column in ((WorkTitle, "title"), (Contribution, "name")):
            for work_id, text in table.objects.filter(_LIVING, work_id__in=chunk).values_list("work_id", column):
                texts[work_id].append(text)
        numbers_given = WorkNumber.objects.filter(_LIVING, work_id__in=chunk)
        for work_id, number in numbers_given.values_list("work_id", "number"):
            codes[work_id].append(number)
        recordings = Recording.objects.filter(_LIVING, work_id__in=chunk)
        for work_id, title, performer, isrc in recordings.values_list("work_id", "title", "performer", "isrc"):
            if work_id is not None:
                texts[work_id] += [title, performer]
                codes[work_id].append(isrc)
        for work_id, title, number in edition_numbers(chunk):
            texts[work_id].append(title)
            codes[work_id].append(number)
        for pk, records in merged_into(chunk).items():
            for code, iswc in Work.objects.filter(pk__in=records).values_list("code", "iswc"):
                codes[pk] += (code, iswc)
        search.put_words((pk, words_of_all(texts[pk], codes[pk])) for pk in texts)
