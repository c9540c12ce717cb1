"""Single works, lists of works, and the share question on what is stored."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from itertools import batched

from django.db.models import Q

from muniment.kernel.words.identifiers import InvalidIdentifier, parse_isrc, parse_iswc
from muniment.kernel.words.paging import Page
from muniment.kernel.words.period import Known
from muniment.kernel.words.problems import UserError
from muniment.kernel.words.shares import Right
from muniment.rights.parties.queries import Lead, names_of, party_leads, records_behind
from muniment.rights.parties.rules.merges import stretches
from muniment.rights.works import search
from muniment.rights.works.models import (
    Conflict,
    Contribution,
    Recording,
    ShareLine,
    Work,
    WorkNumber,
    WorkTitle,
)
from muniment.rights.works.queries.merges import current_work_ids, merge_of, merged_with
from muniment.rights.works.rules.conflicts import ConflictKind
from muniment.rights.works.rules.drafts import PUBLISHER_ROLES
from muniment.rights.works.rules.rows import (
    ConflictRow,
    ContributionRow,
    RecordingRow,
    ShareLineRow,
    TitleRow,
    VersionRow,
    WorkHit,
    WorkLabel,
    WorkRow,
)
from muniment.rights.works.rules.shares import Resolution, ShareClaim, resolve_shares
from muniment.rights.works.rules.words import query_words, title_key

FOUND_AT_MOST = 1_000
"""A search looks at this many works; whoever finds more should type another word."""

_CHUNK = 5_000
_NAMES_SHOWN = 4
_LIVING = Q(known_to__isnull=True)


class UnknownWork(UserError):
    """No work has this id or code."""


# The share question


def share_claims(work_ids: Sequence[int]) -> dict[int, tuple[ShareClaim, ...]]:
    """Return every share line of each work, closed ones included, in the order of their ids.

    A work without lines has an empty tuple. Filter by the four clocks with `resolve_shares`. A line of a party that
    was merged is one for the party for the time before, and one for the party it leads to for the time of the merge.
    """
    found: dict[int, list[ShareClaim]] = {work_id: [] for work_id in work_ids}
    rights = {right.value: right for right in Right}
    columns = (
        "work_id",
        "pk",
        "party_id",
        "right",
        "territories",
        "share_ppm",
        "claim",
        "known_from",
        "known_to",
        "valid_from",
        "valid_to",
        "role",
        "chain",
    )
    for chunk in batched(found, _CHUNK):
        lines = ShareLine.objects.filter(work_id__in=chunk).order_by("pk").values_list(*columns)
        for work_id, line_id, party_id, right, *rest in lines.iterator(chunk_size=10_000):
            found[work_id].append(ShareClaim(line_id, party_id, rights[right], *rest))
    leads = party_leads({line.party_id for lines in found.values() for line in lines})
    return {work_id: tuple(_led_lines(lines, leads)) for work_id, lines in found.items()}


def _led_lines(lines: Iterable[ShareClaim], leads: Mapping[int, Sequence[Lead]]) -> Iterator[ShareClaim]:
    """Yield the lines, those of merged parties cut where the merge began and ended."""
    for line in lines:
        if line.party_id not in leads:
            yield line
            continue
        for party_id, start, end in stretches(line.party_id, Known(line.known_from, line.known_to), leads):
            yield replace(line, party_id=party_id, known_from=start, known_to=end)


def shares_of(work_id: int, *, right: Right, territory: int, usage_on: date, known_at: datetime) -> Resolution:
    """Answer the share question for one stored work, or for the one that it was merged into by then.

    Raises:
        UnknownTerritory: the TIS has no such territory.
    """
    current = current_work_ids([work_id], known_at)[work_id]
    lines = share_claims([current])[current]
    return resolve_shares(lines, right=right, territory=territory, usage_on=usage_on, known_at=known_at)


# One work


def get_work(work_id: int) -> WorkRow:
    """Return a work with everything about it.

    Raises:
        UnknownWork: no such id.
    """
    work = Work.objects.select_related("original").filter(pk=work_id).first()
    if work is None:
        raise UnknownWork("There is no work {number}.", "Search for the work by title or number.", number=work_id)
    lines = _share_lines(work_id)
    titles = WorkTitle.objects.filter(_LIVING, work_id=work_id).order_by("pk")
    numbers = WorkNumber.objects.filter(_LIVING, work_id=work_id).order_by("claim", "number")
    return WorkRow(
        id=work.pk,
        code=work.code,
        title=work.title,
        iswc=work.iswc,
        language=work.language,
        duration_ms=work.duration_ms,
        work_class=work.work_class,
        version_type=work.version_type,
        generated_shares=work.generated_shares,
        intake_id=work.intake_id,
        known_from=work.known_from,
        known_to=work.known_to,
        numbers=tuple(numbers.values_list("claim", "number")),
        titles=tuple(TitleRow(row.title, row.kind, row.language, row.script) for row in titles),
        contributions=_contributions(work_id),
        share_lines=tuple(line for line in lines if line.known_to is None),
        closed_lines=tuple(line for line in lines if line.known_to is not None),
        recordings=tuple(_recordings(Recording.objects.filter(_LIVING, work_id=work_id))),
        conflicts=tuple(_conflict_rows(Q(work_id=work_id))),
        original=_original(work),
        versions=tuple(
            VersionRow(row.pk, row.code, row.title)
            for row in Work.objects.filter(_LIVING, original_id=work_id).order_by("title_key", "pk")[:200]
        ),
        merged_into=_merged_into(work_id),
    )


def get_work_by_code(code: str) -> WorkRow:
    """Return the work with this code of ours or, failing that, this ISWC; those of a merged record lead to its work.

    Raises:
        UnknownWork: no living work has it.
    """
    text = code.strip()
    found = ids_by_code([text])
    if found:
        return get_work(found[text])
    try:
        iswc = parse_iswc(text)
    except InvalidIdentifier:
        iswc = ""
    works = Work.objects.filter(_LIVING, iswc=iswc).order_by("pk")
    first = works.values_list("pk", flat=True).first() or merged_with("iswc", [iswc] if iswc else []).get(iswc)
    if first is None:
        raise UnknownWork("No work has the code {code!r}.", "Search for the work to find its code.", code=code)
    return get_work(first)


def _merged_into(work_id: int) -> VersionRow | None:
    """Return the work that stands for a merged record."""
    merge = merge_of(work_id)
    if merge is None:
        return None
    current = Work.objects.get(pk=current_work_ids([work_id])[work_id])
    return VersionRow(current.pk, current.code, current.title)


def _original(work: Work) -> VersionRow | None:
    if work.original is not None:
        return VersionRow(work.original.pk, work.original.code, work.original.title)
    return VersionRow(None, "", work.original_title) if work.original_title else None


def _contributions(work_id: int) -> tuple[ContributionRow, ...]:
    rows = Contribution.objects.filter(work_id=work_id).order_by("claim", "pk")
    return tuple(
        ContributionRow(
            row.pk,
            row.party_id,
            row.name,
            row.role,
            row.chain,
            row.controlled,
            row.pr_own_ppm,
            row.mr_own_ppm,
            row.sr_own_ppm,
            row.claim,
            row.known_from,
            row.known_to,
        )
        for row in rows.filter(_LIVING)
    )


def _share_lines(work_id: int) -> list[ShareLineRow]:
    lines = list(ShareLine.objects.select_related("agreement").filter(work_id=work_id).order_by("right", "pk"))
    names = names_of({line.party_id for line in lines})
    return [
        ShareLineRow(
            line.pk,
            line.party_id,
            names.get(line.party_id, ""),
            line.role,
            Right(line.right),
            line.territories,
            line.share_ppm,
            line.claim,
            line.agreement.number if line.agreement else "",
            line.valid_from,
            line.valid_to,
            line.known_from,
            line.known_to,
            line.intake_id,
        )
        for line in lines
    ]


def _recordings(found: Iterable[Recording]) -> Iterator[RecordingRow]:
    for row in found:
        credits_ = tuple(filter(None, row.credits.split("\n")))
        facts = (row.version, row.p_line, row.controller, credits_)
        yield RecordingRow(row.pk, row.isrc, row.title, row.performer, row.duration_ms, row.work_id, *facts)


# Lists and search


def find_works(text: str = "", limit: int = 50, offset: int = 0) -> Page[WorkHit]:
    """Return the works that a typed text finds: those with exactly this title first, then the newest.

    Every word of `text` must begin a word of a title, a writer, a publisher, a performer, or a number (code, ISWC,
    ISRC, with or without separators) of the work, in its own script or its Latin spelling. No more than 1,000 works
    are looked at, so `total` never exceeds that. Empty text lists every work by title.
    """
    if not text.strip():
        works = Work.objects.filter(_LIVING).order_by("title_key", "pk")
        ids = list(works.values_list("pk", flat=True)[offset : offset + limit])
        return Page(_hits(ids), works.count())
    words = query_words(text)
    exact = Work.objects.filter(_LIVING, title_key=title_key(text)).order_by("pk")
    first = list(exact.values_list("pk", flat=True)[:FOUND_AT_MOST])
    found = _living(search.find_ids(words, FOUND_AT_MOST)) if words else []
    ids = list(dict.fromkeys(first + found))[:FOUND_AT_MOST]
    return Page(_hits(ids[offset : offset + limit]), len(ids))


def _living(ids: Sequence[int]) -> list[int]:
    living = set(Work.objects.filter(_LIVING, pk__in=ids).values_list("pk", flat=True))
    return [work_id for work_id in ids if work_id in living]


def work_hits(ids: Iterable[int]) -> dict[int, WorkHit]:
    """Return a line about each of the works; an unknown id is left out."""
    return {hit.id: hit for chunk in batched(dict.fromkeys(ids), _CHUNK) for hit in _hits(chunk)}


def _hits(ids: Sequence[int]) -> tuple[WorkHit, ...]:
    works = {work.pk: work for work in Work.objects.filter(pk__in=ids)}
    writers: dict[int, dict[str, None]] = {}
    contributions = Contribution.objects.filter(_LIVING, work_id__in=ids).exclude(role__in=PUBLISHER_ROLES)
    for work_id, name in contributions.order_by("pk").values_list("work_id", "name"):
        writers.setdefault(work_id, {})[name] = None
    performers: dict[int, dict[str, None]] = {}
    recordings = Recording.objects.filter(_LIVING, work_id__in=ids).exclude(performer="")
    for work_id, name in recordings.order_by("pk").values_list("work_id", "performer"):
        performers.setdefault(work_id, {})[name] = None
    disputed = set(
        Conflict.objects.filter(work_id__in=ids, kind=ConflictKind.DISPUTE.value).values_list("work_id", flat=True)
    )
    return tuple(
        WorkHit(
            work.pk,
            work.code,
            work.title,
            work.iswc,
            work.language,
            tuple(writers.get(work.pk, {}))[:_NAMES_SHOWN],
            tuple(performers.get(work.pk, {}))[:_NAMES_SHOWN],
            work.pk in disputed,
            work.generated_shares,
        )
        for work in (works[work_id] for work_id in ids if work_id in works)
    )


def works_of_party(party_id: int, limit: int = 50, offset: int = 0) -> Page[WorkHit]:
    """Return the works that a party, or a record merged into it, contributes to or claims a share of, by title."""
    records = [party_id, *records_behind(party_id)]
    contributed = Contribution.objects.filter(_LIVING, party_id__in=records).values("work_id")
    claimed = ShareLine.objects.filter(_LIVING, party_id__in=records).values("work_id")
    works = Work.objects.filter(_LIVING).filter(Q(pk__in=contributed) | Q(pk__in=claimed)).order_by("title_key", "pk")
    ids = list(works.values_list("pk", flat=True)[offset : offset + limit])
    return Page(_hits(ids), works.count())


def list_conflicts(
    kind: ConflictKind | None = ConflictKind.DISPUTE, limit: int = 50, offset: int = 0
) -> Page[ConflictRow]:
    """Return the conflicts of a kind (None: all), those with most money in dispute first."""
    condition = Q() if kind is None else Q(kind=kind.value)
    total = Conflict.objects.filter(condition).count()
    return Page(tuple(_conflict_rows(condition, limit, offset)), total)


def _conflict_rows(condition: Q, limit: int = 200, offset: int = 0) -> Iterator[ConflictRow]:
    rows = (
        Conflict.objects.select_related("work").filter(condition).order_by("-disputed_ppm", "work_id", "right", "kind")
    )
    for row in rows[offset : offset + limit]:
        yield ConflictRow(
            row.work_id,
            row.work.code,
            row.work.title,
            Right(row.right),
            ConflictKind(row.kind),
            row.territory,
            row.country_count,
            row.disputed_ppm,
            tuple(row.claims.split("\n")),
            row.found_at,
        )


def list_recordings(text: str = "", *, unlinked: bool = False, limit: int = 50, offset: int = 0) -> Page[RecordingRow]:
    """Return recordings by title: of the ISRC or exact title `text`, or all; `unlinked` those without a work only."""
    recordings = Recording.objects.filter(_LIVING).order_by("title", "pk")
    if unlinked:
        recordings = recordings.filter(work_id__isnull=True)
    if text.strip():
        try:
            recordings = recordings.filter(isrc=parse_isrc(text))
        except InvalidIdentifier:
            recordings = recordings.filter(title__iexact=text.strip())
    return Page(tuple(_recordings(recordings[offset : offset + limit])), recordings.count())


def get_recording(recording_id: int) -> RecordingRow:
    """Return one recording.

    Raises:
        UnknownWork: there is none.
    """
    for row in _recordings(Recording.objects.filter(_LIVING, pk=recording_id)):
        return row
    raise UnknownWork("There is no recording {number}.", "Search for it again.", number=recording_id)


# Bulk look-ups


def ids_by_code(codes: Iterable[str]) -> dict[str, int]:
    """Return the living work of each code of ours, merged records' codes included; one that nothing has is left out."""
    wanted = list(dict.fromkeys(codes))
    living = {
        code: pk
        for chunk in batched(wanted, _CHUNK)
        for code, pk in Work.objects.filter(_LIVING, code__in=chunk).values_list("code", "pk")
    }
    return merged_with("code", [code for code in wanted if code not in living]) | living


def classes_of(ids: Iterable[int]) -> dict[int, str]:
    """Return the class of each work that has one; a mandate may be given for one class only."""
    return {
        pk: work_class
        for chunk in batched(dict.fromkeys(ids), _CHUNK)
        for pk, work_class in Work.objects.filter(pk__in=chunk).exclude(work_class="").values_list("pk", "work_class")
    }


def titles_of(ids: Iterable[int]) -> dict[int, str]:
    """Return the title of each work, withdrawn ones included, for statements of earlier runs."""
    return {
        pk: title
        for chunk in batched(dict.fromkeys(ids), _CHUNK)
        for pk, title in Work.objects.filter(pk__in=chunk).values_list("pk", "title")
    }


def labels_of(ids: Iterable[int]) -> dict[int, WorkLabel]:
    """Return title and codes of each work, withdrawn ones included; an unknown id is left out."""
    columns = ("pk", "code", "title", "iswc")
    return {
        pk: WorkLabel(code, title, iswc or "")
        for chunk in batched(dict.fromkeys(ids), _CHUNK)
        for pk, code, title, iswc in Work.objects.filter(pk__in=chunk).values_list(*columns)
    }
