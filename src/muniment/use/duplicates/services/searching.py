"""Searching for records that are one, over everything or over what one file brought, and keeping what was found."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import batched

from django.db import transaction
from django.db.models import Q

from muniment.kernel.words.problems import Progress, silent
from muniment.rights.parties.queries import parties_of_intake, party_traits
from muniment.rights.works.queries import WorkTraits, work_traits, works_of_intake
from muniment.trust.access.rules import Action, Actor, require
from muniment.trust.access.services import record_event
from muniment.trust.batches.bulk import copy_rows
from muniment.trust.batches.queries import get_intake
from muniment.trust.batches.services import UnknownIntake
from muniment.use.duplicates.bulk import ask_matcher, likely_parties, rows_of
from muniment.use.duplicates.models import DuplicatePair, DuplicateSearch
from muniment.use.duplicates.queries import SearchRow, search_row
from muniment.use.duplicates.rules import FLOOR_PPM, Finding, PairKind, PairState, lines_of, met_by_iswc, with_numbers
from muniment.use.matching.bulk.layers import AnyIndex
from muniment.use.matching.services import load_index

_CHUNK = 2_000
_ASK_FROM_PPM = 250_000
"""The matcher's findings are looked at from here on: what the numbers add may lift them over the floor."""

_COLUMNS = (
    *("kind", "first_id", "second_id", "state", "is_hidden", "score_ppm", "reasons"),
    *("intake_id", "found_at", "decided_by"),
)


def search_works(
    *,
    actor: Actor,
    at: datetime,
    intake_id: int | None = None,
    index: AnyIndex | None = None,
    floor_ppm: int = FLOOR_PPM,
    progress: Progress = silent,
) -> SearchRow:
    """Ask for every work, or for those of one intake, which other work it may be, and keep the pairs.

    `index` is the repertoire as the matcher reads it (None: it is read now); `progress` counts the lines asked.

    Raises:
        NotAllowed: the actor may not write works.
        UnknownIntake: there is no such intake.
    """
    require(actor, Action.WORK_WRITE)
    _refuse_unknown(intake_id)
    wanted = None if intake_id is None else works_of_intake(intake_id)
    works = {one.id: one for one in work_traits(wanted)}
    if not works:
        return _keep(actor, at, PairKind.WORK, intake_id, 0, ())
    asked = [line for one in works.values() for line in lines_of(one)]
    found = ask_matcher(asked, index or load_index(actor=actor, at=at), _ASK_FROM_PPM, progress)
    others = {pk for pair in found for pk in pair} - set(works)
    everything = works | {one.id: one for one in work_traits(others)}
    if wanted is None:
        found |= {one.ids: one for one in met_by_iswc(_by_iswc(works.values()), found)}
    scored = [with_numbers(one, everything[one.first_id], everything[one.second_id]) for one in found.values()]
    return _keep(actor, at, PairKind.WORK, intake_id, len(works), [one for one in scored if one.score_ppm >= floor_ppm])


def _refuse_unknown(intake_id: int | None) -> None:
    if intake_id is not None and get_intake(intake_id) is None:
        raise UnknownIntake(f"There is no intake {intake_id}.", "Look it up in the list of received files.")


def _by_iswc(works: Iterable[WorkTraits]) -> Mapping[str, Sequence[int]]:
    holders: dict[str, list[int]] = {}
    for work in works:
        if work.iswc:
            holders.setdefault(work.iswc, []).append(work.id)
    return holders


def search_parties(
    *,
    actor: Actor,
    at: datetime,
    intake_id: int | None = None,
    floor_ppm: int = FLOOR_PPM,
    progress: Progress = silent,
) -> SearchRow:
    """Compare the parties of the register, or those of one intake with all, and keep the pairs that may be one.

    Raises:
        NotAllowed: the actor may not write parties.
        UnknownIntake: there is no such intake.
    """
    require(actor, Action.PARTY_WRITE)
    _refuse_unknown(intake_id)
    asked = None if intake_id is None else frozenset(hit.id for hit in parties_of_intake(intake_id))
    if asked is not None and not asked:
        return _keep(actor, at, PairKind.PARTY, intake_id, 0, ())
    parties = list(party_traits())
    found = likely_parties(parties, floor_ppm, asked=asked, progress=progress)
    count = len(parties) if asked is None else len(asked)
    return _keep(actor, at, PairKind.PARTY, intake_id, count, found.values())


@transaction.atomic
def _keep(
    actor: Actor,
    at: datetime,
    kind: PairKind,
    intake_id: int | None,
    asked_count: int,
    findings: Iterable[Finding],
) -> SearchRow:
    """Write the pairs that are new, renew the score of those that wait, and leave alone what a person decided."""
    found = list(rows_of(findings))
    fresh: list[Finding] = []
    waiting = 0
    for chunk in batched(found, _CHUNK):
        known = _known(kind, chunk)
        new = [one for one in chunk if one.ids not in known]
        fresh += new
        waiting += len(new) + _renew(known, chunk)
    rows = (
        (kind.value, *one.ids, PairState.OPEN.value, False, one.score_ppm, [list(why) for why in one.reasons])
        for one in fresh
    )
    copy_rows(DuplicatePair, _COLUMNS, [(*row, intake_id, at, "") for row in rows])
    search = DuplicateSearch.objects.create(
        kind=kind.value,
        intake_id=intake_id,
        asked_count=asked_count,
        pair_count=waiting,
        new_count=len(fresh),
        searched_at=at,
        searched_by=actor.name,
    )
    record_event(
        actor=actor,
        at=at,
        tag="duplicates.searched",
        subject_kind="duplicate_search",
        subject_id=search.pk,
        after={"kind": kind.value, "intake": intake_id, "asked": asked_count, "pairs": waiting, "new": len(fresh)},
    )
    return search_row(search)


def _known(kind: PairKind, findings: Sequence[Finding]) -> dict[tuple[int, int], DuplicatePair]:
    """Return the pairs that are on record already."""
    firsts = {one.first_id for one in findings}
    wanted = {one.ids for one in findings}
    pairs = DuplicatePair.objects.filter(Q(kind=kind.value), first_id__in=firsts)
    return {pair: row for row in pairs if (pair := (row.first_id, row.second_id)) in wanted}


def _renew(known: Mapping[tuple[int, int], DuplicatePair], findings: Sequence[Finding]) -> int:
    """Give pairs that wait the score of today, and return how many wait."""
    changed = []
    waiting = 0
    for one in findings:
        pair = known.get(one.ids)
        if pair is None or pair.state != PairState.OPEN or pair.is_hidden:
            continue
        waiting += 1
        pair.score_ppm, pair.reasons = one.score_ppm, [list(why) for why in one.reasons]
        changed.append(pair)
    DuplicatePair.objects.bulk_update(changed, ["score_ppm", "reasons"], batch_size=200)
    return waiting
