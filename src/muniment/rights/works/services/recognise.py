"""Which work does a draft describe: one we know, or a new one.

In this order: our code, the ISWC, the submitter's number, a number of an edition (ISBN, ISSN, DOI), and, for a draft
without a code of ours, the exact title together with the same writers: by IPI, of works of letters by name. A draft
that brings a new code of ours is the same work as one of equal ISWC only if that came from elsewhere: within one intake
the sender tells works apart by code.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import batched

from muniment.kernel.words.problems import Level, Problem
from muniment.rights.parties.queries import current_party_ids
from muniment.rights.works.models import Contribution, Work, WorkNumber
from muniment.rights.works.queries.merges import merged_with
from muniment.rights.works.rules.drafts import PUBLISHER_ROLES, TEXT, ContributorDraft, Doubt, WorkDraft
from muniment.rights.works.rules.words import title_key
from muniment.rights.works.services.known_texts import authors_of, works_by_edition, works_by_names

_CHUNK = 2_000

type PartyOf = Callable[[ContributorDraft], int | None]


def identities(draft: WorkDraft) -> list[tuple[object, ...]]:
    """Return everything by which two drafts of one file are the same work."""
    found: list[tuple[object, ...]] = []
    if draft.code:
        found.append(("code", draft.code))
    elif draft.iswc:
        found.append(("iswc", draft.iswc))
    if draft.submitter_number:
        found.append(("number", draft.submitter_number))
    writers = _writers(draft)
    if writers and not draft.code:
        found.append(("title", title_key(draft.title), frozenset(writers)))
    found += [("edition", *number) for edition in draft.editions for number in edition.telling_numbers]
    if draft.work_class == TEXT:
        found.append(("text", title_key(draft.title), authors_of(draft)))
    return found


def in_pieces(drafts: Iterable[WorkDraft], size: int) -> Iterator[list[WorkDraft]]:
    """Yield the drafts in lists of at most `size`, none of which holds one work twice."""
    piece: list[WorkDraft] = []
    met: set[tuple[object, ...]] = set()
    for draft in drafts:
        keys = identities(draft)
        if len(piece) == size or not met.isdisjoint(keys):
            yield piece
            piece, met = [], set()
        piece.append(draft)
        met.update(keys)
    if piece:
        yield piece


def _writers(draft: WorkDraft) -> set[str]:
    """Return the IPI name numbers of the writers; empty unless every writer has one."""
    writers = [one for one in draft.contributors if not one.is_publisher]
    numbers = {one.ipi_name for one in writers if one.ipi_name}
    return numbers if all(one.ipi_name for one in writers) else set()


@dataclass(slots=True)
class Recognised:
    """For each draft, by its place, the work it describes; places without one are new works.

    `doubts` are the places whose numbers speak of different works.
    """

    work_ids: dict[int, int] = field(default_factory=dict)
    doubts: dict[int, Doubt] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def recognise(drafts: Sequence[WorkDraft], *, claim: str, intake_id: int | None, party_of: PartyOf) -> Recognised:
    """Find the works that the drafts describe; `party_of` gives the party of a contributor who is registered."""
    codes = [draft.code for draft in drafts if draft.code]
    by_code = merged_with("code", codes) | {work.code: work.pk for work in _living("code", codes)}
    by_iswc: dict[str, Work] = {}
    for work in _living("iswc", [draft.iswc for draft in drafts if draft.iswc]):
        by_iswc.setdefault(work.iswc or "", work)
    by_number = _by_number(claim, [draft.submitter_number for draft in drafts if draft.submitter_number])
    merged = merged_with("iswc", [draft.iswc for draft in drafts if draft.iswc and draft.iswc not in by_iswc])
    found = Recognised()
    unknown: list[int] = []
    for place, draft in enumerate(drafts):
        holder = by_iswc.get(draft.iswc or "")
        repeated = holder is not None and draft.code != "" and holder.intake_id == intake_id is not None
        if draft.code in by_code:
            found.work_ids[place] = by_code[draft.code]
        elif holder is not None and not repeated:
            found.work_ids[place] = holder.pk
        elif draft.iswc in merged:
            found.work_ids[place] = merged[draft.iswc]
        elif draft.submitter_number in by_number:
            found.work_ids[place] = by_number[draft.submitter_number]
        elif not draft.code:
            unknown.append(place)
        if repeated and draft.code not in by_code:
            found.problems.append(_repeated_iswc(draft))
    found.work_ids |= works_by_edition(drafts, unknown)
    found.work_ids |= works_by_names(drafts, [place for place in unknown if place not in found.work_ids])
    unknown = [place for place in unknown if place not in found.work_ids]
    found.work_ids |= _by_title_and_writers(drafts, unknown, party_of, found.doubts)
    _doubt(drafts, by_number, found)
    return found


def _doubt(drafts: Sequence[WorkDraft], by_number: dict[str, int], found: Recognised) -> None:
    """Note where a draft's own number is that of another work than its ISWC, or its work has another ISWC."""
    ours = {place: draft for place, draft in enumerate(drafts) if draft.iswc and place in found.work_ids}
    held = {
        work.pk: work.iswc
        for chunk in batched({found.work_ids[place] for place in ours}, _CHUNK)
        for work in Work.objects.filter(pk__in=chunk).only("pk", "iswc")
    }
    for place, draft in ours.items():
        work_id, numbered = found.work_ids[place], by_number.get(draft.submitter_number)
        if numbered is not None and numbered != work_id:
            found.doubts[place] = Doubt(numbered, "number")
        elif held[work_id] and held[work_id] != draft.iswc:
            found.doubts[place] = Doubt(None, "iswc")


def _repeated_iswc(draft: WorkDraft) -> Problem:
    return Problem(
        draft.line,
        "iswc",
        "work.repeated_iswc",
        f"The ISWC {draft.iswc} is given to two works of this file.",
        "Both are kept; check which of them it belongs to.",
        Level.WARNING,
    )


def _living(column: str, values: Iterable[str]) -> Iterator[Work]:
    for chunk in batched(dict.fromkeys(values), _CHUNK):
        works = Work.objects.filter(known_to__isnull=True, **{f"{column}__in": chunk}).order_by("pk")
        yield from works.only("pk", "code", "iswc", "title_key", "intake_id")


def _by_number(claim: str, numbers: Sequence[str]) -> dict[str, int]:
    return {
        number: work_id
        for chunk in batched(dict.fromkeys(numbers), _CHUNK)
        for number, work_id in WorkNumber.objects.filter(
            known_to__isnull=True, work__known_to__isnull=True, claim=claim, number__in=chunk
        ).values_list("number", "work_id")
    }


def _by_title_and_writers(
    drafts: Sequence[WorkDraft], places: Sequence[int], party_of: PartyOf, doubts: dict[int, Doubt]
) -> dict[int, int]:
    """Return the works of equal title whose writers are exactly the draft's; two ISWCs are two works, and a doubt."""
    wanted: dict[int, tuple[str, frozenset[int]]] = {}
    for place in places:
        writers = [one for one in drafts[place].contributors if not one.is_publisher]
        parties = [party_of(one) for one in writers if one.ipi_name]
        if writers and len(parties) == len(writers) and None not in parties:
            known = frozenset(party for party in parties if party is not None)
            wanted[place] = (title_key(drafts[place].title), known)
    if not wanted:
        return {}
    candidates = list(_living("title_key", [key for key, _parties in wanted.values()]))
    writers_of = _writers_of([work.pk for work in candidates])
    works: dict[tuple[str, frozenset[int]], list[Work]] = {}
    for work in candidates:
        works.setdefault((work.title_key, frozenset(writers_of.get(work.pk, ()))), []).append(work)
    found: dict[int, int] = {}
    for place, identity in wanted.items():
        for work in works.get(identity, ()):
            if drafts[place].iswc and work.iswc:
                doubts.setdefault(place, Doubt(work.pk, "writers"))
            else:
                found.setdefault(place, work.pk)
    return found


def _writers_of(work_ids: Sequence[int]) -> dict[int, set[int]]:
    found: dict[int, set[int]] = {}
    for chunk in batched(work_ids, _CHUNK):
        rows = Contribution.objects.filter(known_to__isnull=True, work_id__in=chunk).exclude(role__in=PUBLISHER_ROLES)
        for work_id, party_id in rows.values_list("work_id", "party_id"):
            found.setdefault(work_id, set()).add(party_id or 0)
    leads = current_party_ids(party_id for parties in found.values() for party_id in parties)
    return {work_id: {leads[party_id] for party_id in parties} for work_id, parties in found.items()}
