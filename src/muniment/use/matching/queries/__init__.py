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
    known_decisions,
    list_decisions,
)
from muniment.use.matching.queries.explanations import Explanation, explain_line
from muniment.use.matching.queries.indexes import IndexVersionRow, check_indexes, index_room, list_indexes
from muniment.use.matching.queries.labelled import LabelledLines, labelled_lines
from muniment.use.matching.queries.models import ModelInForce, model_in_force
from muniment.use.matching.queries.progress import AmountRow, DayProgress, Weight, day_progress, last_decision_of
from muniment.use.matching.queries.quality import DrawRow, Quality, match_quality
from muniment.use.matching.queries.queue import (
    CandidateRow,
    LeaseRow,
    QueueFilter,
    ReviewItemRow,
    get_item,
    iter_unidentified,
    list_chosen,
    queue,
    unidentified,
)
from muniment.use.matching.queries.replays import Difference, Replay, replay_line, replay_run
from muniment.use.matching.queries.retries import WithoutWorkRow, lines_without_work
from muniment.use.matching.queries.runs import (
    MatchRow,
    MatchRunRow,
    UnknownItem,
    get_match_run,
    latest_match,
    latest_matches,
    list_match_runs,
    match_of_line,
    matches_of,
)
from muniment.use.matching.queries.stages import StageCount, stage_counts

__all__ = [
    "MOST_AT_ONCE",
    "AmountRow",
    "BulkPreview",
    "BulkRow",
    "CandidateRow",
    "DayProgress",
    "DecisionRow",
    "Difference",
    "DrawRow",
    "Explanation",
    "IndexVersionRow",
    "LabelledLines",
    "LeaseRow",
    "MatchRow",
    "MatchRunRow",
    "ModelInForce",
    "PreviewedItem",
    "Quality",
    "QueueFilter",
    "Replay",
    "ReviewItemRow",
    "StageCount",
    "UnknownItem",
    "Weight",
    "WithoutWorkRow",
    "check_indexes",
    "day_progress",
    "decision_of",
    "decision_row",
    "decisions_for",
    "explain_line",
    "get_bulk",
    "get_item",
    "get_match_run",
    "index_room",
    "iter_unidentified",
    "known_decisions",
    "labelled_lines",
    "last_decision_of",
    "latest_match",
    "latest_matches",
    "lines_without_work",
    "list_bulks",
    "list_chosen",
    "list_decisions",
    "list_indexes",
    "list_match_runs",
    "match_of_line",
    "match_quality",
    "matches_of",
    "methods_waiting",
    "model_in_force",
    "preview_bulk",
    "queue",
    "replay_line",
    "replay_run",
    "stage_counts",
    "unidentified",
]
