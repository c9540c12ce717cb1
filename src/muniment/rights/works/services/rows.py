"""From drafts to table rows: the one place that knows the columns of the bulk road."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from muniment.kernel.words.names import fold, script_of
from muniment.kernel.words.shares import Right
from muniment.rights.works.models import (
    Agreement,
    Contribution,
    Recording,
    ShareLine,
    Work,
    WorkNumber,
    WorkTitle,
)
from muniment.rights.works.rules.drafts import RecordingDraft, ShareDraft, TitleDraft, WorkDraft
from muniment.rights.works.rules.words import title_key, words_of_all
from muniment.trust.batches.bulk import copy_rows

type Row = Sequence[object]
"""The cells of one table row."""

_WORK = (
    "id", "code", "title", "title_key", "iswc", "language", "duration_ms", "work_class", "version_type",
    "original_id", "original_title", "generated_shares", "intake_id", "known_from",
)  # fmt: skip
_TITLE = ("work_id", "title", "kind", "language", "script", "intake_id", "known_from")
_NUMBER = ("work_id", "claim", "number", "intake_id", "known_from")
_CONTRIBUTION = (
    "work_id", "party_id", "name", "role", "chain", "controlled", "pr_own_ppm", "mr_own_ppm", "sr_own_ppm",
    "claim", "intake_id", "known_from",
)  # fmt: skip
_LINE = (
    "work_id", "party_id", "role", "right", "territories", "share_ppm", "claim", "chain", "agreement_id",
    "valid_from", "valid_to", "intake_id", "known_from",
)  # fmt: skip
_RECORDING = (
    "isrc", "title", "performer", "duration_ms", "work_id", "version", "p_line", "controller", "credits", "intake_id",
    "known_from",
)  # fmt: skip
_AGREEMENT = (
    "number", "claim", "kind", "assignor_id", "acquirer_id", "territories", "valid_from", "valid_to", "intake_id",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Placed:
    """A draft under the id of its work, with its claims and the party of each contributor (None: unknown)."""

    work_id: int
    draft: WorkDraft
    party_ids: tuple[int | None, ...]
    claims: tuple[ShareDraft, ...]
    original_id: int | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """Who says so, in which intake, and since when we know it."""

    claim: str
    intake_id: int | None
    at: datetime


def made_code(work_id: int) -> str:
    """Return the code of a work that came without one."""
    return f"W-{work_id:08d}"


def write_works(placed: Sequence[Placed], source: Source) -> int:
    """Write new works with their titles and numbers, and return how many."""
    further = ((one.work_id, title) for one in placed for title in one.draft.titles)
    count = copy_rows(Work, _WORK, (_work_row(one, source) for one in placed))
    write_titles(further, source)
    write_numbers(((one.work_id, one.draft.submitter_number) for one in placed if one.draft.submitter_number), source)
    write_other_numbers(placed, source)
    return count


def _work_row(one: Placed, source: Source) -> Row:
    draft = one.draft
    return (
        one.work_id, draft.code or made_code(one.work_id), draft.title, title_key(draft.title), draft.iswc,
        draft.language, draft.duration_ms, draft.work_class, draft.version_type, one.original_id,
        draft.original_title, draft.generated_shares, source.intake_id, source.at,
    )  # fmt: skip


def write_titles(titles: Iterable[tuple[int, TitleDraft]], source: Source) -> int:
    """Write further titles, each to the work of its id."""
    rows = (
        (work_id, title.title, title.kind, title.language, script_of(title.title), source.intake_id, source.at)
        for work_id, title in titles
    )
    return copy_rows(WorkTitle, _TITLE, rows)


def write_numbers(numbers: Iterable[tuple[int, str]], source: Source) -> int:
    """Write the submitter's numbers, each to the work of its id."""
    rows = ((work_id, source.claim, number, source.intake_id, source.at) for work_id, number in numbers)
    return copy_rows(WorkNumber, _NUMBER, rows)


def write_other_numbers(placed: Iterable[Placed], source: Source) -> None:
    """Write the numbers that others gave to works, but for those that are taken: each means one work."""
    given = {(claim[:80], number[:40]): one.work_id for one in placed for claim, number in one.draft.numbers}
    if not given:
        return
    numbers = [number for _claim, number in given]
    living = WorkNumber.objects.filter(known_to__isnull=True, number__in=numbers)
    for claim_and_number in living.values_list("claim", "number"):
        given.pop(claim_and_number, None)
    rows = ((work_id, claim, number, source.intake_id, source.at) for (claim, number), work_id in given.items())
    copy_rows(WorkNumber, _NUMBER, list(rows))


def write_claims(placed: Iterable[Placed], source: Source, agreements: dict[str, int]) -> int:
    """Write the contributions and share lines of drafts, and return how many share lines."""
    works = list(placed)
    copy_rows(Contribution, _CONTRIBUTION, (row for one in works for row in _contribution_rows(one, source)))
    return copy_rows(ShareLine, _LINE, (row for one in works for row in _line_rows(one, source, agreements)))


def _contribution_rows(one: Placed, source: Source) -> Iterator[Row]:
    for contributor, party_id in zip(one.draft.contributors, one.party_ids, strict=True):
        yield (
            one.work_id, party_id, contributor.name, contributor.role, contributor.chain, contributor.controlled,
            contributor.pr_own_ppm, contributor.mr_own_ppm, contributor.sr_own_ppm, source.claim, source.intake_id,
            source.at,
        )  # fmt: skip


def _line_rows(one: Placed, source: Source, agreements: dict[str, int]) -> Iterator[Row]:
    for share in one.claims:
        party_id = one.party_ids[share.contributor]
        contributor = one.draft.contributors[share.contributor]
        if party_id is not None:
            yield (
                one.work_id, party_id, contributor.role, RIGHT_LETTERS[share.right], share.territories,
                share.share_ppm, source.claim, contributor.chain, agreements.get(share.agreement_number),
                share.valid_from, share.valid_to, source.intake_id, source.at,
            )  # fmt: skip


RIGHT_LETTERS = {right: right.value for right in Right}
"""Plain text for the database drivers, which take no enumerations."""


def write_recordings(recordings: Iterable[tuple[int | None, str, RecordingDraft]], source: Source) -> int:
    """Write recordings: (work id, title where the recording has none, the recording)."""
    rows = (
        (
            draft.isrc,
            draft.title or title,
            draft.performer,
            draft.duration_ms,
            work_id,
            draft.version,
            draft.p_line,
            draft.controller,
            "\n".join(draft.credits),
            source.intake_id,
            source.at,
        )
        for work_id, title, draft in recordings
    )
    return copy_rows(Recording, _RECORDING, rows)


def write_agreements(placed: Iterable[Placed], source: Source) -> dict[str, int]:
    """Write the agreements that are new, and return the id of every one that the drafts name."""
    named: dict[str, Row] = {}
    for one in placed:
        for agreement in one.draft.agreements:
            parties = [None if at is None else one.party_ids[at] for at in (agreement.assignor, agreement.acquirer)]
            period = (agreement.valid_from, agreement.valid_to)
            facts = (agreement.kind, *parties, agreement.territories, *period, source.intake_id)
            named.setdefault(agreement.number, (agreement.number, source.claim, *facts))
    if not named:
        return {}
    known = set(Agreement.objects.filter(claim=source.claim, number__in=list(named)).values_list("number", flat=True))
    copy_rows(Agreement, _AGREEMENT, [row for number, row in named.items() if number not in known])
    found = Agreement.objects.filter(claim=source.claim, number__in=list(named))
    return dict(found.values_list("number", "pk"))


def words_of_draft(one: Placed) -> str:
    """Return the search words of a new work."""
    draft = one.draft
    texts = [draft.title, *(title.title for title in draft.titles)]
    texts += [contributor.name for contributor in draft.contributors]
    texts += [text for recording in draft.recordings for text in (recording.title, recording.performer)]
    texts += [edition.title for edition in draft.editions]
    codes = [draft.code or made_code(one.work_id), draft.iswc, draft.submitter_number]
    codes += [number for edition in draft.editions for _scheme, number in edition.telling_numbers]
    return words_of_all(texts, codes + [recording.isrc for recording in draft.recordings])


def recording_key(isrc: str | None, title: str, performer: str) -> tuple[str, str, str]:
    """Return what tells two recordings of a work apart."""
    return (isrc, "", "") if isrc else ("", fold(title), fold(performer))
