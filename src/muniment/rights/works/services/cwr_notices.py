"""What a society tells of works that we know: the ISWC of one (ISW), and what another claims on one (EXC)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import batched

from django.db.models import Q

from muniment.kernel.formats.cwr import work_of
from muniment.kernel.words.identifiers import InvalidIdentifier, parse_iswc
from muniment.rights.works.models import SubmittedWork, Work, WorkFill, WorkNumber
from muniment.rights.works.queries.merges import current_work_ids
from muniment.rights.works.rules.cwr_claimants import Claimants
from muniment.rights.works.rules.cwr_outcomes import Verdict, message
from muniment.rights.works.rules.cwr_works import draft_of
from muniment.rights.works.rules.drafts import WorkDraft
from muniment.rights.works.rules.words import title_key
from muniment.rights.works.services.cwr_items import Item, Said, Waiting, write_items
from muniment.rights.works.services.known import rebuild_words
from muniment.rights.works.services.reports import LineCount
from muniment.rights.works.services.rows import Source

_LIVING = Q(known_to__isnull=True)
_PIECE = 1_000
_UNKNOWN = "NO WORK OF THIS NUMBER, TITLE OR ISWC IS REGISTERED HERE"


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a notice says of a work: its number, the key of its title, its ISWC (empty where none or wrong)."""

    number: str
    key: str
    iswc: str


def _asked(item: Item) -> _Asked:
    return _Asked(item.number, title_key(item.transaction.header.text("title")), iswc_of(item))


def iswc_of(item: Item) -> str:
    """Return the ISWC that a transaction brings, empty where it brings none or a wrong one."""
    text = item.transaction.header.text("iswc")
    try:
        return parse_iswc(text) if text.strip("0 ") else ""
    except InvalidIdentifier:
        return ""


def works_meant(items: Sequence[Item]) -> dict[int, int]:
    """Return the works that notices speak of, by the place of the notice, where they are exactly one.

    A number is one under which we submitted the work, our own code, or, with the same title, a submitter's; after all
    these the ISWC.
    """
    asked = {item.place: _asked(item) for item in items}
    numbers = {one.number for one in asked.values() if one.number}
    ours: dict[str, set[int]] = {}
    for number, work_id in SubmittedWork.objects.filter(number__in=numbers).values_list("number", "work_id"):
        ours.setdefault(number, set()).add(work_id)
    for code, work_id in Work.objects.filter(_LIVING, code__in=numbers).values_list("code", "pk"):
        ours.setdefault(code, set()).add(work_id)
    titled: dict[tuple[str, str], set[int]] = {}
    given = WorkNumber.objects.filter(_LIVING, number__in=numbers, work__known_to__isnull=True)
    for number, key, work_id in given.values_list("number", "work__title_key", "work_id"):
        titled.setdefault((number, key), set()).add(work_id)
    iswcs: dict[str, set[int]] = {}
    living = Work.objects.filter(_LIVING, iswc__in={one.iswc for one in asked.values() if one.iswc})
    for iswc, work_id in living.values_list("iswc", "pk"):
        iswcs.setdefault(iswc or "", set()).add(work_id)
    found: dict[int, set[int]] = {}
    for place, one in asked.items():
        found[place] = ours.get(one.number) or titled.get((one.number, one.key)) or iswcs.get(one.iswc) or set()
    leads = current_work_ids({work_id for ids in found.values() for work_id in ids})
    single = {place: {leads[work_id] for work_id in ids} for place, ids in found.items()}
    return {place: ids.pop() for place, ids in single.items() if len(ids) == 1}


def take_notices(items: Iterable[Item], source: Source) -> None:
    """Give the works of ISW notices their ISWCs, and keep the notices with what became of them."""
    for piece in batched(items, _PIECE):
        meant = works_meant(piece)
        said = [Said(item, verdict, meant.get(item.place)) for item, verdict in _verdicts(piece, meant, source)]
        write_items(said, source.intake_id or 0)


def _verdicts(piece: Sequence[Item], meant: dict[int, int], source: Source) -> list[tuple[Item, Verdict]]:
    works = {work.pk: work for work in Work.objects.filter(pk__in=set(meant.values()))}
    wanted = {iswc_of(item) for item in piece} - {""}
    holders: dict[str, int] = {}
    for iswc, work_id in Work.objects.filter(_LIVING, iswc__in=wanted).order_by("-pk").values_list("iswc", "pk"):
        holders[iswc or ""] = work_id
    filled: dict[int, str] = {}
    verdicts = []
    for item in piece:
        verdict = take_iswc(works.get(meant.get(item.place, 0)), iswc_of(item), holders, filled, item.kind)
        verdicts.append((item, verdict))
    fill_iswcs(filled, source)
    return verdicts


def take_iswc(
    work: Work | None, iswc: str, holders: dict[str, int], filled: dict[int, str], record_kind: str
) -> Verdict:
    """Say whether a work takes an ISWC that a society tells; where it does, it is noted in `filled` and `holders`."""
    if work is None:
        return Verdict("NP", (message(record_kind, _UNKNOWN),))
    if not iswc:
        return Verdict("NP", (message(record_kind, "THE NOTICE BRINGS NO ISWC"),))
    known = filled.get(work.pk) or work.iswc
    if known == iswc:
        return Verdict("DU", (message(record_kind, "THE WORK HAS THIS ISWC ALREADY"),))
    if known:
        return Verdict("CO", (message(record_kind, f"THE WORK IS REGISTERED UNDER ANOTHER ISWC, {known}"),), work.pk)
    holder = holders.get(iswc)
    if holder is not None and holder != work.pk:
        return Verdict("CO", (message(record_kind, "ANOTHER WORK IS REGISTERED UNDER THIS ISWC"),), holder)
    filled[work.pk], holders[iswc] = iswc, work.pk
    return Verdict("AS")


def fill_iswcs(filled: dict[int, str], source: Source) -> None:
    """Write ISWCs into works that had none, so that the undo of the intake can blank them again."""
    works = list(Work.objects.filter(pk__in=filled, iswc__isnull=True))
    for work in works:
        work.iswc = filled[work.pk]
    Work.objects.bulk_update(works, ["iswc"], batch_size=500)
    if source.intake_id is not None:
        WorkFill.objects.bulk_create(
            (WorkFill(work=work, field="iswc", value=filled[work.pk], intake_id=source.intake_id) for work in works),
            batch_size=500,
        )
    rebuild_words([work.pk for work in works])


type Further = dict[str, list[tuple[Item, WorkDraft]]]
"""By the name under which they stand: what further claimants say of works of which one has spoken in the same file."""


def exception_drafts(
    items: Iterable[Item], source: Source, read: LineCount, waiting: Waiting, further: Further
) -> Iterator[WorkDraft]:
    """Yield what EXC transactions claim on works that we know; others are kept as of no interest here.

    Of several claimants on one work the first is yielded, and the others are put into `further`.
    """
    claimants = Claimants(source.claim)
    for piece in batched(items, _PIECE):
        meant = works_meant(piece)
        codes = dict(Work.objects.filter(pk__in=set(meant.values())).values_list("pk", "code"))
        strangers = [item for item in piece if item.place not in meant]
        no_interest = Verdict("NP", (message("EXC", _UNKNOWN),))
        write_items((Said(item, no_interest) for item in strangers), source.intake_id or 0)
        for item in piece:
            if item.place not in meant:
                continue
            code, told = codes[meant[item.place]], work_of(item.transaction)
            draft, problems = draft_of(told, item.transaction.line)
            read.problems.extend(problems)
            claim, draft = claimants.claim_of(code, told), replace(draft, code=code)
            if claim == source.claim:
                waiting.add(item, draft)
                yield draft
            else:
                further.setdefault(claim, []).append((item, draft))
