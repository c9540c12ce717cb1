"""Writes of matching: matching a report, and what people decide."""

from muniment.use.matching.services.bulk_accepts import (
    BrokenPreview,
    BulkReceipt,
    LeftItem,
    LeftOut,
    accept_in_bulk,
    undo_bulk,
)
from muniment.use.matching.services.checks import NothingToCheck, draw_checks
from muniment.use.matching.services.decisions import AlreadyDecided, decide, undo_decision
from muniment.use.matching.services.indexes import load_index, prune_indexes
from muniment.use.matching.services.leases import HeldByAnother, claim_item, claim_next, skip_item, unskip_items
from muniment.use.matching.services.models import NotPromised, choose_model
from muniment.use.matching.services.retries import RetryReceipt, retry_due, retry_with_works
from muniment.use.matching.services.runs import match_report, undo_report

__all__ = [
    "AlreadyDecided",
    "BrokenPreview",
    "BulkReceipt",
    "HeldByAnother",
    "LeftItem",
    "LeftOut",
    "NotPromised",
    "NothingToCheck",
    "RetryReceipt",
    "accept_in_bulk",
    "choose_model",
    "claim_item",
    "claim_next",
    "decide",
    "draw_checks",
    "load_index",
    "match_report",
    "prune_indexes",
    "retry_due",
    "retry_with_works",
    "skip_item",
    "undo_bulk",
    "undo_decision",
    "undo_report",
    "unskip_items",
]
