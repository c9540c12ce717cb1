"""Gathering works as they go out in CWR: as a submitter sent them to us, or from what is registered."""

import json
from collections.abc import Iterable, Mapping, Sequence

from django.db.models import Q

from muniment.kernel.formats.cwr import CwrTransaction, transaction_of
from muniment.kernel.words.shares import Right
from muniment.rights.parties.queries import get_party, party_facts, party_hits
from muniment.rights.works.models import (
    Contribution,
    CwrFile,
    CwrItem,
    Recording,
    ShareLine,
    Work,
    WorkNumber,
    WorkTitle,
)
from muniment.rights.works.rules.cwr_export import PartToSend, PartyToSend, WorkToSend
from muniment.rights.works.rules.drafts import PUBLISHER_ROLES
from muniment.trust.batches.queries import get_intake
from muniment.trust.batches.rules import IntakeState

_LIVING = Q(known_to__isnull=True)


def works_to_send(work_ids: Sequence[int], claim: str, numbers: Mapping[int, str]) -> dict[int, WorkToSend]:
    """Return the works with the parts that a claim gives them, and under which number each goes out.

    Args:
        claim: the submitter whose statements are sent; works of which it says nothing are left out.
        numbers: the number of each work that went out before.
    """
    works = {work.pk: work for work in Work.objects.select_related("original").filter(_LIVING, pk__in=work_ids)}
    parts = _parts(list(works), claim)
    given = dict(WorkNumber.objects.filter(_LIVING, work_id__in=works, claim=claim).values_list("work_id", "number"))
    titles: dict[int, list[tuple[str, str, str]]] = {}
    for work_id, *title in (
        WorkTitle.objects.filter(_LIVING, work_id__in=works)
        .order_by("pk")
        .values_list("work_id", "title", "kind", "language")
    ):
        titles.setdefault(work_id, []).append((title[0], title[1], title[2]))
    recordings = _recordings(list(works))
    found: dict[int, WorkToSend] = {}
    for pk, work in works.items():
        if pk not in parts:
            continue
        recorded = recordings.get(pk, [])
        found[pk] = WorkToSend(
            work_id=pk,
            number=numbers.get(pk) or given.get(pk) or work.code,
            title=work.title,
            iswc=work.iswc or "",
            language=work.language,
            duration_ms=work.duration_ms,
            work_class=work.work_class,
            version_type=work.version_type,
            original_title=work.original.title if work.original else work.original_title,
            original_iswc=(work.original.iswc or "") if work.original else "",
            titles=tuple(titles.get(pk, ())),
            recordings=tuple((isrc, duration_ms) for isrc, duration_ms, _performer in recorded if isrc),
            performers=tuple(dict.fromkeys(performer for _isrc, _duration, performer in recorded if performer)),
            parts=tuple(parts[pk]),
        )
    return found


def _recordings(work_ids: Sequence[int]) -> dict[int, list[tuple[str, int | None, str]]]:
    found: dict[int, list[tuple[str, int | None, str]]] = {}
    rows = Recording.objects.filter(_LIVING, work_id__in=work_ids).order_by("pk")
    for work_id, isrc, duration_ms, performer in rows.values_list("work_id", "isrc", "duration_ms", "performer"):
        found.setdefault(work_id or 0, []).append((isrc or "", duration_ms, performer))
    return found


def _parts(work_ids: Sequence[int], claim: str) -> dict[int, list[PartToSend]]:
    """Return the parts of each work, publishers in their chains before writers."""
    lines: dict[tuple[int, int, int], list[tuple[Right, str, int]]] = {}
    agreements: dict[tuple[int, int, int], str] = {}
    rows = ShareLine.objects.filter(_LIVING, work_id__in=work_ids, claim=claim).order_by("pk")
    for work_id, party_id, chain, right, text, share_ppm, number in rows.values_list(
        "work_id", "party_id", "chain", "right", "territories", "share_ppm", "agreement__number"
    ):
        key = (work_id, party_id, chain)
        lines.setdefault(key, []).append((Right(right), text, share_ppm))
        agreements[key] = agreements.get(key) or number or ""
    contributions = list(
        Contribution.objects.filter(_LIVING, work_id__in=work_ids, claim=claim).order_by("work_id", "pk")
    )
    parties = _parties({row.party_id for row in contributions if row.party_id})
    found: dict[int, list[PartToSend]] = {}
    taken: set[tuple[int, int, int]] = set()
    for row in contributions:
        key = (row.work_id, row.party_id or 0, row.chain)
        own = lines.get(key, []) if key not in taken else []
        taken.add(key)
        found.setdefault(row.work_id, []).append(
            PartToSend(
                party=parties.get(row.party_id or 0),
                name=row.name,
                role=row.role,
                chain=row.chain,
                controlled=row.controlled,
                owned=(row.pr_own_ppm, row.mr_own_ppm, row.sr_own_ppm),
                lines=tuple(own),
                agreement_number=agreements.get(key, "") if row.role in PUBLISHER_ROLES else "",
            )
        )
    return {
        work_id: sorted(parts, key=lambda part: (not part.is_publisher, part.chain if part.is_publisher else 0))
        for work_id, parts in found.items()
    }


def _parties(ids: Iterable[int]) -> dict[int, PartyToSend]:
    wanted = set(ids)
    hits, facts = party_hits(wanted), party_facts(wanted)
    societies = {one.society_id for fact in facts.values() for one in fact.affiliations if one.known.known_to is None}
    codes = {pk: (get_party(pk).society_code or "") for pk in societies}
    return {
        pk: PartyToSend(
            pk,
            hit.name,
            hit.ipi_name or "",
            society_code=next(
                (codes[one.society_id] for one in facts[pk].affiliations if one.known.known_to is None), ""
            )
            if pk in facts
            else "",
        )
        for pk, hit in hits.items()
    }


def transactions_sent_to_us(work_ids: Sequence[int], claim: str) -> dict[int, CwrTransaction]:
    """Return the last registration of each work as its submitter sent it, with every record, where it still holds.

    It holds while nothing was said under the claim since by another way.
    """
    imported: dict[int, bool] = {}
    found: dict[int, CwrItem] = {}
    files = CwrFile.objects.filter(claim=claim).values("intake_id")
    rows = CwrItem.objects.filter(work_id__in=work_ids, kind__in=("NWR", "REV"), intake_id__in=files)
    for row in rows.exclude(status="RJ").order_by("pk"):
        if row.intake_id not in imported:
            intake = get_intake(row.intake_id)
            imported[row.intake_id] = intake is not None and intake.state is IntakeState.IMPORTED
        if imported[row.intake_id] and row.work_id is not None:
            found[row.work_id] = row
    later: set[int] = set()
    contributions = Contribution.objects.filter(_LIVING, work_id__in=list(found), claim=claim)
    for work_id, intake_id in contributions.values_list("work_id", "intake_id"):
        if intake_id is None or intake_id > found[work_id].intake_id:
            later.add(work_id)
    return {work_id: transaction_of(json.loads(row.content)) for work_id, row in found.items() if work_id not in later}
