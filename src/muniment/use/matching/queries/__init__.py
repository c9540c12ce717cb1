"""Reads about matches, the review queue, the unidentified list, decisions and how the work of review goes."""

from muniment.use.matching.queries.bulk_accepts import (
    MOST_AT_ONCE,
    BulkPreview,
    BulkRow,
    PreviewedItem,
    get_bulk,
    list_bulks,
    methods_waiting,
    preview_bulk,
)
from muniment.use.matching.queries.decisions import (
    DecisionRow,
    decision_of,
    decision_row,
    decisions_for,
    list_decisions,
)
from muniment.use.matching.queries.explanations import Explanation, explain_line
from muniment.use.matching.queries.progress import AmountRow, DayProgress, Weight, day_progress, last_decision_of
from muniment.use.matching.queries.quality import DrawRow, Quality, match_quality
from muniment.use.matching.queries.queue import (
    CandidateRow,
    LeaseRow,
    QueueFilter,
    ReviewItemRow,
    get_item,
    iter_unidentified,
    queue,
    unidentified,
)
from muniment.use.matching.queries.runs import (
    MatchRow,
    MatchRunRow,
    UnknownItem,
    latest_match,
    latest_matches,
    list_match_runs,
    match_of_line,
    matches_of,
)

__all__ = [
    "MOST_AT_ONCE",
    "AmountRow",
    "BulkPreview",
    "BulkRow",
    "CandidateRow",
    "DayProgress",
    "DecisionRow",
    "DrawRow",
    "Explanation",
    "LeaseRow",
    "MatchRow",
    "MatchRunRow",
    "PreviewedItem",
    "Quality",
    "QueueFilter",
    "ReviewItemRow",
    "UnknownItem",
    "Weight",
    "day_progress",
    "decision_of",
    "decision_row",
    "decisions_for",
    "explain_line",
    "get_bulk",
    "get_item",
    "iter_unidentified",
    "last_decision_of",
    "latest_match",
    "latest_matches",
    "list_bulks",
    "list_decisions",
    "list_match_runs",
    "match_of_line",
    "match_quality",
    "matches_of",
    "methods_waiting",
    "preview_bulk",
    "queue",
    "unidentified",
]
