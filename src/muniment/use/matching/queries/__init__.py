"""Reads about matches, the review queue, the unidentified list and decisions."""

from muniment.use.matching.queries.decisions import (
    DecisionRow,
    decision_of,
    decision_row,
    decisions_for,
    list_decisions,
)
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
    "CandidateRow",
    "DecisionRow",
    "LeaseRow",
    "MatchRow",
    "MatchRunRow",
    "QueueFilter",
    "ReviewItemRow",
    "UnknownItem",
    "decision_of",
    "decision_row",
    "decisions_for",
    "get_item",
    "iter_unidentified",
    "latest_match",
    "latest_matches",
    "list_decisions",
    "list_match_runs",
    "match_of_line",
    "matches_of",
    "queue",
    "unidentified",
]
