"""Editions of works: added where they are new, taken back where their sender says so, restored with an undo."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import batched

from django.db.models import Q

from muniment.kernel.words.names import fold
from muniment.rights.works.models import Edition, EditionNumber
from muniment.rights.works.rules.drafts import TELLING_SCHEMES, EditionDraft
from muniment.rights.works.services.rows import Placed, Source
from muniment.trust.batches.bulk import copy_rows, next_ids

_CHUNK = 2_000
_LIVING = Q(known_to__isnull=True)
_EDITION = (
    "id", "work_id", "kind", "title", "subtitle", "form", "publisher", "imprint", "published", "statement",
    "languages", "series", "coverage", "url", "page_count", "claim", "reference", "intake_id", "known_from",
)  # fmt: skip
_NUMBER = ("edition_id", "scheme", "number")

type _Key = tuple[object, ...]


def add_editions(placed: Sequence[Placed], source: Source) -> int:
    """Write the editions that are new on their works, end those that are withdrawn, and return how many are new.

    A known edition keeps what was said of it; numbers that it lacks are added.
    """
    told = [(one.work_id, edition) for one in placed for edition in one.draft.editions]
    if not told:
        return 0
    known = _known_keys(sorted({work_id for work_id, _edition in told}))
    fresh: list[tuple[int, EditionDraft]] = []
    numbers: dict[tuple[int, str, str], None] = {}
    places: dict[_Key, int] = {}
    for work_id, edition in told:
        keys = keys_of(work_id, edition)
        found = next((known[key] for key in keys if key in known), None)
        place = next((places[key] for key in keys if key in places), None)
        if found is not None:
            numbers |= dict.fromkeys((found, scheme[:20], number[:120]) for scheme, number in edition.numbers)
        elif edition.withdrawn:
            continue
        elif place is None:
            places |= dict.fromkeys(keys, len(fresh))
            fresh.append((work_id, edition))
    withdrawn = [edition.reference for _work_id, edition in told if edition.withdrawn and edition.reference]
    _end(withdrawn, source)
    _add_numbers(numbers)
    _write(fresh, source)
    return len(fresh)


def keys_of(work_id: int, edition: EditionDraft) -> list[_Key]:
    """Return everything by which an edition of a work is the same as another one of it."""
    keys: list[_Key] = [(work_id, *number) for number in edition.telling_numbers]
    if not keys:
        facts = (fold(edition.title), fold(edition.form), fold(edition.publisher), edition.published)
        keys.append((work_id, edition.kind, *facts))
    return keys


def _known_keys(work_ids: Sequence[int]) -> dict[_Key, int]:
    """Return the living editions of works by what tells them apart."""
    found: dict[_Key, int] = {}
    for chunk in batched(work_ids, _CHUNK):
        columns = ("pk", "work_id", "kind", "title", "form", "publisher", "published")
        for pk, work_id, kind, title, form, publisher, published in Edition.objects.filter(
            _LIVING, work_id__in=chunk
        ).values_list(*columns):
            found[work_id, kind, fold(title), fold(form), fold(publisher), published] = pk
        numbers = EditionNumber.objects.filter(
            edition__known_to__isnull=True, edition__work_id__in=chunk, scheme__in=TELLING_SCHEMES
        )
        for pk, work_id, scheme, number in numbers.values_list("edition_id", "edition__work_id", "scheme", "number"):
            found[work_id, scheme, number] = pk
    return found


def _add_numbers(numbers: dict[tuple[int, str, str], None]) -> None:
    for chunk in batched({edition_id for edition_id, _scheme, _number in numbers}, _CHUNK):
        for known in EditionNumber.objects.filter(edition_id__in=chunk).values_list("edition_id", "scheme", "number"):
            numbers.pop(known, None)
    copy_rows(EditionNumber, _NUMBER, list(numbers))


def _write(fresh: Sequence[tuple[int, EditionDraft]], source: Source) -> None:
    ids = next_ids(Edition, len(fresh))
    rows = [_row(pk, work_id, edition, source) for pk, (work_id, edition) in zip(ids, fresh, strict=True)]
    copy_rows(Edition, _EDITION, rows)
    numbers = {
        (pk, scheme[:20], number[:120]): None
        for pk, (_work_id, edition) in zip(ids, fresh, strict=True)
        for scheme, number in edition.numbers
    }
    copy_rows(EditionNumber, _NUMBER, list(numbers))


def _row(pk: int, work_id: int, one: EditionDraft, source: Source) -> tuple[object, ...]:
    return (
        pk, work_id, one.kind[:10], one.title, one.subtitle, one.form[:60], one.publisher, one.imprint,
        one.published[:40], one.statement, one.languages[:80], one.series, one.coverage, one.url, one.page_count,
        source.claim, one.reference[:120], source.intake_id, source.at,
    )  # fmt: skip


def _end(references: Sequence[str], source: Source) -> None:
    """Close the editions that their own sender takes back."""
    for chunk in batched([reference[:120] for reference in references], _CHUNK):
        told = Edition.objects.filter(_LIVING, claim=source.claim, reference__in=chunk)
        told.update(known_to=source.at, ended_by_id=source.intake_id)


def undo_editions(intake_id: int, at: datetime) -> None:
    """Let the editions that an intake took back be known again, from `at` on; those it brought are closed elsewhere."""
    for edition in Edition.objects.filter(ended_by_id=intake_id).order_by("pk"):
        numbers = list(EditionNumber.objects.filter(edition_id=edition.pk).values_list("scheme", "number"))
        edition.pk, edition.known_from, edition.known_to, edition.ended_by_id = None, at, None, None
        edition._state.adding = True
        edition.save(force_insert=True)
        copy_rows(EditionNumber, _NUMBER, [(edition.pk, *number) for number in numbers])


def edition_numbers(work_ids: Sequence[int]) -> Iterator[tuple[int, str, str]]:
    """Yield (work id, title, number) of every living edition's telling numbers, for the search index."""
    numbers = EditionNumber.objects.filter(
        edition__known_to__isnull=True, edition__work_id__in=work_ids, scheme__in=TELLING_SCHEMES
    )
    yield from numbers.values_list("edition__work_id", "edition__title", "number")
