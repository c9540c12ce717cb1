"""The repertoire as neutral records, for the files in which it goes to others; a thousand works in memory at a time."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import batched

from django.db.models import Q

from muniment.kernel.formats.door.records import (
    IdentifierRecord,
    PartyRecord,
    PlaceRecord,
    RecordingRecord,
    ShareRecord,
    TitleRecord,
    WorkRecord,
)
from muniment.kernel.words.problems import Progress, silent
from muniment.rights.parties.queries import current_party_ids
from muniment.rights.parties.queries.numbers import PartyNumbers, party_numbers
from muniment.rights.works.models import (
    Conflict,
    Contribution,
    Recording,
    ShareLine,
    Work,
    WorkNumber,
    WorkTitle,
)
from muniment.rights.works.rules.conflicts import ConflictKind
from muniment.rights.works.rules.record_roles import is_publisher, word_of
from muniment.rights.works.rules.rows import language_tag

_CHUNK = 1_000
_LIVING = Q(known_to__isnull=True)
_TITLE_WORDS = {
    "AT": "alternative", "TT": "translated", "TE": "first line", "FT": "formal", "IT": "incorrect", "OT": "original",
    "PT": "part", "ET": "search",
}  # fmt: skip


def iter_records(claim: str | None = None, progress: Progress = silent) -> Iterator[WorkRecord]:
    """Yield every living work with its titles, numbers, contributors, shares and recordings, in the order of ids.

    Where several submitters speak of a work, what they say alike comes once; `claim` picks what one of them says.
    Works of letters and images have no place in lists of music and are left out. The name of an allocator of numbers
    is its `allocated_by`. A contributor whose role lists of music do not have, or of whom nothing is known, is left
    out.
    """
    works = Work.objects.filter(_LIVING).exclude(work_class__in=("TEXT", "IMAGE")).order_by("pk")
    total, done = works.count(), 0
    for chunk in batched(works.iterator(_CHUNK), _CHUNK):
        yield from _Chunk(chunk, claim).records()
        done += len(chunk)
        progress(done, total)


class _Chunk:
    """A thousand works and everything about them."""

    def __init__(self, works: Sequence[Work], claim: str | None) -> None:
        self._works = works
        ids = [work.pk for work in works]
        of_claim = Q() if claim is None else Q(claim=claim)
        self._titles = _by_work(WorkTitle.objects.filter(_LIVING, work_id__in=ids).order_by("pk"))
        self._numbers = _by_work(WorkNumber.objects.filter(_LIVING, work_id__in=ids).order_by("pk"))
        self._recordings = _by_work(Recording.objects.filter(_LIVING, work_id__in=ids).order_by("pk"))
        people = Contribution.objects.filter(_LIVING, of_claim, work_id__in=ids, party_id__isnull=False)
        self._people = _by_work(people.order_by("claim", "pk"))
        lines = ShareLine.objects.filter(_LIVING, of_claim, work_id__in=ids).select_related("agreement")
        self._lines = _by_work(lines.order_by("claim", "pk"))
        disputes = Conflict.objects.filter(work_id__in=ids, kind=ConflictKind.DISPUTE.value)
        self._disputed = set(disputes.values_list("work_id", flat=True))
        named = {row.party_id for rows in self._people.values() for row in rows if row.party_id is not None}
        claimed = {row.party_id for rows in self._lines.values() for row in rows}
        self._leads = current_party_ids(named | claimed)
        self._parties = party_numbers(self._leads.values())

    def records(self) -> Iterator[WorkRecord]:
        """Yield the works."""
        for work in self._works:
            shares = _Shares(work.code, self._leads)
            shares.own(self._people.get(work.pk, ()))
            shares.collect(self._lines.get(work.pk, ()))
            language = language_tag(work.language)
            yield WorkRecord(
                key=work.code,
                titles=(TitleRecord(work.title, language=language), *_titles(self._titles.get(work.pk, ()))),
                parties=tuple(_party(pk, self._parties[pk]) for pk in shares.party_ids if pk in self._parties),
                shares=tuple(shares.found),
                identifiers=tuple(_identifiers(work, self._numbers.get(work.pk, ()))),
                recordings=tuple(_recording(row, work.code) for row in self._recordings.get(work.pk, ())),
                language=language,
                duration_ms=work.duration_ms,
                disputed=work.pk in self._disputed,
            )


def _by_work[Fact: (WorkTitle, WorkNumber, Recording, Contribution, ShareLine)](
    rows: Iterable[Fact],
) -> dict[int, list[Fact]]:
    found: dict[int, list[Fact]] = {}
    for row in rows:
        if row.work_id is not None:
            found.setdefault(row.work_id, []).append(row)
    return found


class _Shares:
    """The shares of one work, what several submitters say alike once, chains told by the share that leads them."""

    def __init__(self, code: str, leads: Mapping[int, int]) -> None:
        self._code = code
        self._leads = leads
        self._keys: dict[tuple[object, ...], str] = {}
        self._heads: dict[tuple[str, int], str] = {}
        self.found: list[ShareRecord] = []
        self.party_ids: dict[int, None] = {}

    def own(self, people: Sequence[Contribution]) -> None:
        """Take the contributions; the first publisher of a chain leads it."""
        ordered = sorted(people, key=lambda row: (row.claim, not is_publisher(row.role), row.pk))
        for row in ordered:
            role = word_of(row.role)
            party_id = self._leads.get(row.party_id or 0)
            if not role or party_id is None:
                continue
            owned = {"PR": row.pr_own_ppm, "MR": row.mr_own_ppm, "SR": row.sr_own_ppm}
            facts = (party_id, role, tuple(owned.values()), bool(row.chain))
            if facts not in self._keys:
                self._add_owned(party_id, role, owned, facts, self._heads.get((row.claim, row.chain), ""))
            if row.chain and is_publisher(row.role):
                self._heads.setdefault((row.claim, row.chain), self._keys[facts])

    def _add_owned(
        self, party_id: int, role: str, owned: Mapping[str, int], facts: tuple[object, ...], over: str
    ) -> None:
        self.party_ids[party_id] = None
        by_share: dict[int, list[str]] = {}
        for right, share_ppm in owned.items():
            if share_ppm:
                by_share.setdefault(share_ppm, []).append(right)
        self._keys[facts] = self._next_key()
        if not by_share:
            self.found.append(ShareRecord(str(party_id), None, self._keys[facts], role, over=over))
        for place, (share_ppm, rights) in enumerate(by_share.items()):
            key = self._keys[facts] if not place else self._next_key()
            under = over if not place or over else self._keys[facts] if role == "publisher" else ""
            for right in rights:
                self.found.append(ShareRecord(str(party_id), share_ppm, key, role, right, over=under))

    def collect(self, lines: Sequence[ShareLine]) -> None:
        """Take the collection claims."""
        for line in lines:
            role = word_of(line.role)
            party_id = self._leads.get(line.party_id)
            if not role or party_id is None or not line.share_ppm:
                continue
            stated = (party_id, role, line.right, line.territories, line.share_ppm, line.valid_from, line.valid_to)
            if stated in self._keys:
                continue
            self._keys[stated] = self._next_key()
            self.party_ids[party_id] = None
            share = ShareRecord(
                party=str(party_id),
                share_ppm=line.share_ppm,
                key=self._keys[stated],
                role=role,
                right=line.right,
                kind="collection",
                place=_place(line.territories),
                valid_from_on=line.valid_from,
                valid_until_on=_last_day(line.valid_to),
                over=self._heads.get((line.claim, line.chain), ""),
            )
            self.found.append(share)

    def _next_key(self) -> str:
        return f"{self._code}-{len(self._keys) + len(self.found) + 1}"


def _last_day(valid_to: date | None) -> date | None:
    return valid_to - timedelta(days=1) if valid_to else None


def _place(territories: str) -> PlaceRecord:
    terms = territories.split()
    return PlaceRecord(
        tuple(int(term) for term in terms if term[0] != "-"), tuple(int(term[1:]) for term in terms if term[0] == "-")
    )


def _titles(rows: Sequence[WorkTitle]) -> Iterator[TitleRecord]:
    for row in rows:
        language = language_tag(row.language).partition("-")[0]
        kind = _TITLE_WORDS.get(row.kind, "alternative")
        yield TitleRecord(row.title, kind, "", language, row.script if language and row.script != "Zyyy" else "")


def _identifiers(work: Work, numbers: Sequence[WorkNumber]) -> Iterator[IdentifierRecord]:
    if work.iswc:
        yield IdentifierRecord("ISWC", work.iswc)
    for row in numbers:
        yield IdentifierRecord("proprietary", row.number, row.claim)


def _recording(row: Recording, code: str) -> RecordingRecord:
    return RecordingRecord(
        key=f"R{row.pk}",
        titles=(TitleRecord(row.title, subtitle=row.version),),
        artist=row.performer,
        identifiers=(IdentifierRecord("ISRC", row.isrc),) if row.isrc else (),
        duration_ms=row.duration_ms,
        p_line=row.p_line,
        works=(code,),
    )


def _party(pk: int, numbers: PartyNumbers) -> PartyRecord:
    found = (("IPI name", numbers.ipi_name), ("IPI base", numbers.ipi_base), ("ISNI", numbers.isni))
    return PartyRecord(
        name=numbers.name,
        key=str(pk),
        identifiers=tuple(IdentifierRecord(scheme, value) for scheme, value in found if value),
        society=numbers.society_code,
    )
