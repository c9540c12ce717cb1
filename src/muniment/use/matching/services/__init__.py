"""Writes of matching: matching a report, and what people decide."""

from muniment.use.matching.services.decisions import AlreadyDecided, decide, undo_decision
from muniment.use.matching.services.runs import load_index, match_report, undo_report

__all__ = ["AlreadyDecided", "decide", "load_index", "match_report", "undo_decision", "undo_report"]
