"""Recordings that come without their work in the same file: linked to a work that is known, else kept unlinked."""

from collections.abc import Sequence
from datetime import datetime
from itertools import batched

from muniment.kernel.words.identifiers import InvalidIdentifier, parse_iswc
from muniment.kernel.words.problems import Level, Problem
from muniment.rights.works.models import Recording, Work
from muniment.rights.works.queries.merges import merged_with
from muniment.rights.works.rules.drafts import RecordingDraft
from muniment.rights.works.services.known import rebuild_words
from muniment.rights.works.services.rows import Source, recording_key, write_recordings

_PIECE = 5_000
_CHUNK = 2_000

type _Waiting = tuple[RecordingDraft, str, int]


class RecordingIntake:
    """The recordings of one intake, written a piece at a time.

    A recording is known by its ISRC, without one by title and performer among those without a work. A known one is
    left as it is. It is linked where its file names the ISWC of a work that we know.
    """

    def __init__(self, *, at: datetime, intake_id: int) -> None:
        self._source = Source("", intake_id, at)
        self._waiting: list[_Waiting] = []
        self.written_count = 0
        self.known_count = 0
        self.problems: list[Problem] = []

    def take(self, draft: RecordingDraft, works: Sequence[str], line: int) -> None:
        """Note a recording; `works` are the ISWCs, or other keys, of what is heard in it."""
        if not draft.title:
            message, remedy = "The recording has no title.", "Give it a title."
            self.problems.append(Problem(line or None, "title", "recording.no_title", message, remedy))
            return
        self._waiting.append((draft, next(filter(None, map(_iswc, works)), ""), line))
        if len(self._waiting) == _PIECE:
            self.flush()

    def flush(self) -> None:
        """Write what is waiting."""
        waiting, self._waiting = self._waiting, []
        by_iswc = _works_by_iswc([iswc for _draft, iswc, _line in waiting if iswc])
        known = _known_keys([draft for draft, _iswc, _line in waiting])
        fresh: list[tuple[int | None, str, RecordingDraft]] = []
        for draft, iswc, line in waiting:
            key = recording_key(draft.isrc, draft.title, draft.performer)
            if key in known:
                self.known_count += 1
                continue
            known.add(key)
            work_id = by_iswc.get(iswc)
            if iswc and work_id is None:
                self._tell_unlinked(iswc, line)
            fresh.append((work_id, draft.title, draft))
        self.written_count += write_recordings(fresh, self._source)
        rebuild_words(work_id for work_id, _title, _draft in fresh if work_id is not None)

    def _tell_unlinked(self, iswc: str, line: int) -> None:
        message = f"No work has the ISWC {iswc}; the recording is kept without a work."
        remedy = "Link it on the page of recordings once the work is registered."
        self.problems.append(Problem(line or None, "iswc", "recording.no_work", message, remedy, Level.WARNING))


def _iswc(text: str) -> str:
    try:
        return parse_iswc(text)
    except InvalidIdentifier:
        return ""


def _works_by_iswc(iswcs: Sequence[str]) -> dict[str, int]:
    found = merged_with("iswc", iswcs) if iswcs else {}
    for chunk in batched(dict.fromkeys(iswcs), _CHUNK):
        works = Work.objects.filter(iswc__in=chunk, known_to__isnull=True).order_by("-pk").values_list("iswc", "pk")
        found |= {iswc: pk for iswc, pk in works if iswc}
    return found


def _known_keys(drafts: Sequence[RecordingDraft]) -> set[tuple[str, str, str]]:
    """Return the recordings that are known already, by what tells two recordings apart."""
    living = Recording.objects.filter(known_to__isnull=True)
    found: set[tuple[str, str, str]] = set()
    for chunk in batched(dict.fromkeys(one.isrc for one in drafts if one.isrc), _CHUNK):
        found |= {(isrc, "", "") for isrc in living.filter(isrc__in=chunk).values_list("isrc", flat=True) if isrc}
    for chunk in batched(dict.fromkeys(one.title for one in drafts if not one.isrc), _CHUNK):
        unlinked = living.filter(work_id__isnull=True, isrc__isnull=True, title__in=chunk)
        found |= {recording_key(None, title, artist) for title, artist in unlinked.values_list("title", "performer")}
    return found
