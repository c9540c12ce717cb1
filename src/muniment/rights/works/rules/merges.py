"""What merging two records of one work does to their facts: decided here, written by the services.

Shares are never added up. What a submitter claims on both records is kept once where the two statements agree; where
they differ, the statement on the dropped record goes on under the submitter's name with the dropped code behind it,
so that the share question sees two statements that contradict each other and holds what they contest.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from muniment.kernel.words.names import fold

CLAIM_LENGTH = 80

type ShareStatement = tuple[object, ...]
"""A share line without its row: party, role, right, territories, share, first and last day."""


@dataclass(frozen=True, slots=True)
class MergeRow:
    """One merge of two records of a work; it is in force while `undone_at` is None."""

    id: int
    kept_id: int
    kept_code: str
    kept_title: str
    dropped_id: int
    dropped_code: str
    dropped_title: str
    merged_at: datetime
    merged_by: str
    undone_at: datetime | None
    undone_by: str


def claim_after_merge(
    claim: str, code: str, moved: Collection[ShareStatement], standing: Collection[ShareStatement] | None
) -> str | None:
    """Return the name under which a submitter's statement goes over; None where the kept work has it already.

    Args:
        claim: the submitter.
        code: the code of the dropped record.
        moved: what the submitter states on the dropped record.
        standing: what the same submitter states on the kept record; None where it states nothing there.
    """
    if standing is None:
        return claim
    if set(moved) <= set(standing):
        return None
    mark = f" [{code}]"
    return claim[: CLAIM_LENGTH - len(mark)] + mark


def titles_to_add[Title](titles: Iterable[tuple[str, Title]], known: Iterable[str]) -> list[Title]:
    """Return those of (title, what stands for it) whose folded form is not among the known titles, each once."""
    met = {fold(title) or title for title in known}
    fresh: list[Title] = []
    for title, one in titles:
        key = fold(title) or title
        if key not in met:
            met.add(key)
            fresh.append(one)
    return fresh
