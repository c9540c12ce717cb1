"""From neutral records of any format to our drafts: who, which shares where, recordings, editions.

Money goes by collection claims. Shares of ownership become what a contributor owns; where a work has no share of
collection for a right, those of administration stand in. A share that is limited to some uses, or of a right that we
do not keep, is no claim here: a warning says so.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from muniment.kernel.formats.door.records import (
    DateRecord,
    EditionRecord,
    IdentifierRecord,
    PartyRecord,
    PlaceRecord,
    RecordingRecord,
    ShareRecord,
    TitleRecord,
    WorkRecord,
)
from muniment.kernel.words.names import fold
from muniment.kernel.words.problems import Level, Problem
from muniment.kernel.words.shares import PPM, Right
from muniment.kernel.words.territory import Territories, UnknownTerritory
from muniment.rights.works.rules.drafts import (
    TEXT,
    ContributorDraft,
    EditionDraft,
    RecordingDraft,
    ShareDraft,
    TitleDraft,
    WorkDraft,
)
from muniment.rights.works.rules.record_roles import letters_of

_CLASSES = {"text": TEXT, "image": "IMAGE", "audiovisual": "AV"}
_KINDS = {
    "original": "OT", "alternative": "AT", "translated": "TT", "first line": "TE", "formal": "FT", "incorrect": "IT",
    "part": "PT", "search": "ET", "former": "AT", "abbreviated": "AT", "transliterated": "AT",
}  # fmt: skip
_CREDITED = ("main artist", "studio producer")
LONGEST_NUMBER = 40
GATHERED = 2_000
"""How many works of letters wait for further editions of theirs."""


def gathered(drafts: Iterable[WorkDraft], size: int = GATHERED) -> Iterator[WorkDraft]:
    """Yield the drafts, those of one work of letters that stand near each other as one with all of their editions.

    Publishers send each edition by itself: the same title by the same authors as hardback, paperback and e-book.
    """
    waiting: dict[tuple[object, ...], WorkDraft] = {}
    for place, draft in enumerate(drafts):
        if draft.work_class != TEXT:
            yield draft
            continue
        names = frozenset(fold(one.name) for one in draft.contributors)
        key: tuple[object, ...] = (fold(draft.title), names, draft.language) if names else (place,)
        known = waiting.get(key)
        waiting[key] = draft if known is None else _joined(known, draft)
        if len(waiting) > size:
            yield waiting.pop(next(iter(waiting)))
    yield from waiting.values()


def _joined(first: WorkDraft, other: WorkDraft) -> WorkDraft:
    """Return the first draft with what the other one adds."""
    titles = {fold(title.title): title for title in (*first.titles, *other.titles)}
    titles.pop(fold(first.title), None)
    return replace(first, editions=(*first.editions, *other.editions), titles=tuple(titles.values()))


def draft_of(record: WorkRecord) -> tuple[WorkDraft, tuple[Problem, ...]]:
    """Return the draft of a work, and warnings about what of it is no claim here."""
    reading = _Reading(record)
    contributors, shares = reading.people_and_shares()
    first, *further = record.titles or (TitleRecord(""),)
    draft = WorkDraft(
        title=_whole(first),
        submitter_number=record.key if len(record.key) <= LONGEST_NUMBER else "",
        iswc=_number(record.identifiers, "ISWC"),
        language=(record.language or first.language)[:20],
        duration_ms=record.duration_ms,
        work_class=_CLASSES.get(record.kind, ""),
        titles=tuple(TitleDraft(_whole(one), _KINDS.get(one.kind, "AT"), _tag(one)) for one in further if one.text),
        contributors=contributors,
        shares=shares,
        recordings=tuple(recording_of(one) for one in record.recordings),
        line=record.line,
        numbers=tuple(
            (one.allocated_by[:80], one.value)
            for one in record.identifiers
            if one.scheme == "proprietary" and one.allocated_by and len(one.value) <= LONGEST_NUMBER
        ),
        editions=tuple(edition_of(one) for one in record.editions),
    )
    return draft, tuple(reading.problems)


def _whole(title: TitleRecord) -> str:
    return " ".join(title.text.split())


def _tag(title: TitleRecord) -> str:
    return (f"{title.language}-{title.script}" if title.language and title.script else title.language)[:20]


def _number(identifiers: Iterable[IdentifierRecord], scheme: str) -> str | None:
    return next((one.value for one in identifiers if one.scheme == scheme), None)


class _Reading:
    """One work while its people and shares are put in order, and what is wrong with them."""

    def __init__(self, record: WorkRecord) -> None:
        self._record = record
        self.problems: list[Problem] = []

    def people_and_shares(self) -> tuple[tuple[ContributorDraft, ...], tuple[ShareDraft, ...]]:
        """Return the contributors, one for each party, role and chain, and the collection claims of each."""
        by_key = {party.key: party for party in self._record.parties if party.key}
        chains = chains_of(self._record.shares)
        owned: dict[tuple[str, str, int], dict[Right, int]] = {}
        for share in self._record.shares:
            place = (share.party, letters_of([share.role] if share.role else _roles(by_key, share.party)), 0)
            place = (*place[:2], chains.get(share.key, 0))
            mine = owned.setdefault(place, dict.fromkeys(Right, 0))
            if share.kind == "ownership":
                for right in self._rights(share):
                    mine[right] = min(PPM, mine[right] + (share.share_ppm or 0))
        people = [_contributor(by_key.get(key), role, chain, rights) for (key, role, chain), rights in owned.items()]
        told = {key for key, _role, _chain in owned}
        publishers = 1 + max((chain for _key, _role, chain in owned), default=0)
        for party in self._record.parties:
            if party.key not in told or not party.key:
                role = letters_of(party.roles)
                people.append(_contributor(party, role, publishers if role == "E" else 0, {}))
                publishers += role == "E"
        places = {place: at for at, place in enumerate(owned)}
        shares = [draft for share in self._collected() for draft in self._claims(share, places, by_key, chains)]
        return tuple(people), tuple(shares)

    def _rights(self, share: ShareRecord) -> Sequence[Right]:
        """Return the rights that a share is of: all of them where it names none."""
        if share.right:
            return (Right(share.right),)
        if share.right_told:
            self._warn(
                share.line, "work.other_right", f"A share is of the right {share.right_told}.", "It is left out."
            )
            return ()
        return tuple(Right)

    def _collected(self) -> Iterator[ShareRecord]:
        """Yield the shares by which is collected: administration only for rights without a share of collection."""
        rights = {share.right for share in self._record.shares if share.kind == "collection"}
        for share in self._record.shares:
            stands_in = share.kind == "administration" and not rights & {share.right, ""}
            if share.kind != "collection" and not stands_in:
                continue
            if share.use_types:
                uses = ", ".join(share.use_types[:4])
                self._warn(share.line, "work.limited_use", f"A share is limited to {uses}.", "It is left out.")
            elif share.share_ppm:
                yield share

    def _claims(
        self,
        share: ShareRecord,
        places: Mapping[tuple[str, str, int], int],
        by_key: Mapping[str, PartyRecord],
        chains: Mapping[str, int],
    ) -> Iterator[ShareDraft]:
        role = letters_of([share.role] if share.role else _roles(by_key, share.party))
        text = territories_of(share.place)
        until = share.valid_until_on
        ends_on = until + timedelta(days=1) if until and until.year < 9999 else None
        if not text or (share.valid_from_on and ends_on and ends_on <= share.valid_from_on) or not share.party:
            self._warn(share.line, "work.no_claim", "A share has no territory, no days or no party.", "It is left out.")
            return
        for right in self._rights(share):
            place = places[share.party, role, chains.get(share.key, 0)]
            yield ShareDraft(place, right, share.share_ppm or 0, text, share.valid_from_on, ends_on)

    def _warn(self, line: int, rule: str, message: str, remedy: str) -> None:
        self.problems.append(Problem(line or None, "share", rule, message, remedy, Level.WARNING))


def _roles(by_key: Mapping[str, PartyRecord], key: str) -> tuple[str, ...]:
    return by_key[key].roles if key in by_key else ()


def chains_of(shares: Sequence[ShareRecord]) -> dict[str, int]:
    """Return the chain of publishers of each share, by its key; 0 where it belongs to none.

    Shares that are parts of one another are one chain; an original publisher without any begins one.
    """
    leads: dict[str, str] = {}

    def head(key: str) -> str:
        seen = {key}
        while key in leads and leads[key] not in seen:
            key = leads[key]
            seen.add(key)
        return key

    keys = {share.key for share in shares}
    for share in shares:
        if share.over and share.over in keys and head(share.over) != share.key:
            leads[share.key] = share.over
    linked = set(leads) | set(leads.values())
    numbers: dict[str, int] = {}
    chains: dict[tuple[str, str], int] = {}
    found: dict[str, int] = {}
    for share in shares:
        if share.key in linked:
            found[share.key] = numbers.setdefault(head(share.key), len(numbers) + 1)
            chains.setdefault((share.party, share.role), found[share.key])
    # What a party collects is in the chain of what it owns, though its line may not say so.
    for share in shares:
        same = (share.party, share.role)
        if share.key not in linked and same in chains:
            found[share.key] = chains[same]
        elif share.key not in linked and share.role in ("publisher", "substituted publisher"):
            found[share.key] = chains[same] = numbers.setdefault("\t".join(same), len(numbers) + 1)
    return found


def _contributor(party: PartyRecord | None, role: str, chain: int, owned: Mapping[Right, int]) -> ContributorDraft:
    if party is None:
        return ContributorDraft("", role, chain=chain)
    numbers = party.identifiers
    return ContributorDraft(
        name=party.name[:300],
        role=role,
        ipi_name=_number(numbers, "IPI name"),
        ipi_base=_number(numbers, "IPI base"),
        isni=_number(numbers, "ISNI"),
        society_code=party.society if len(party.society) == 3 and party.society.isdigit() else "",
        aliases=tuple(dict.fromkeys(name.text[:300] for name in party.other_names if name.text)),
        chain=chain,
        pr_own_ppm=owned.get(Right.PERFORMING, 0),
        mr_own_ppm=owned.get(Right.MECHANICAL, 0),
        sr_own_ppm=owned.get(Right.SYNCHRONISATION, 0),
    )


def territories_of(place: PlaceRecord) -> str:
    """Return a place as our terms, "2136 -840"; "" where it is empty or not known."""
    text = " ".join([*map(str, place.included), *(f"-{code}" for code in place.excluded)])
    try:
        return text if text and Territories.parse(text).countries else ""
    except UnknownTerritory:
        return ""


def recording_of(record: RecordingRecord) -> RecordingDraft:
    """Return the draft of a recording."""
    first = record.titles[0] if record.titles else TitleRecord("")
    artists = [party.name for party in record.parties if "main artist" in party.roles]
    credits_ = [
        f"{', '.join(party.roles)}: {party.name}"
        for party in record.parties
        if party.roles and not (set(party.roles) <= set(_CREDITED[:1]))
    ]
    holders = [party.name for party in record.parties if "rights holder" in party.roles]
    return RecordingDraft(
        title=_whole(first),
        isrc=_number(record.identifiers, "ISRC"),
        performer=record.artist or ", ".join(artists),
        duration_ms=record.duration_ms,
        version=first.subtitle,
        p_line=record.p_line,
        controller="; ".join(dict.fromkeys(holders)),
        credits=tuple(dict.fromkeys(credits_)),
    )


def edition_of(record: EditionRecord) -> EditionDraft:
    """Return the draft of an edition."""
    first = record.titles[0] if record.titles else TitleRecord("")
    numbers = {(one.scheme[:20], one.value[:120]): None for one in record.identifiers if one.scheme != "proprietary"}
    return EditionDraft(
        title=_whole(first),
        kind=record.kind,
        subtitle=first.subtitle,
        form=record.form,
        publisher=record.publisher,
        imprint=record.imprint,
        published=_published(record.dates),
        statement=record.edition,
        languages=" ".join(record.languages),
        series="; ".join(" ".join((one.text, record.volume)).strip() for one in record.series),
        coverage=record.coverage,
        url=record.url,
        page_count=record.page_count,
        reference=record.key[:120],
        numbers=tuple(numbers),
        withdrawn=record.deleted,
    )


def _published(dates: Sequence[DateRecord]) -> str:
    for kind in ("published", "released", "announced"):
        for one in dates:
            if one.kind == kind:
                return one.on.isoformat() if one.on else one.text[:40]
    return ""
