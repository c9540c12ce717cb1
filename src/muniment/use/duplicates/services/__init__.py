"""Writes about duplicates: searching for them, merging, telling apart, and taking a decision back."""

from muniment.use.duplicates.services.deciding import AlreadySettled, merge_pair, merge_two, reopen_pair, tell_apart
from muniment.use.duplicates.services.searching import search_parties, search_works

__all__ = [
    "AlreadySettled",
    "merge_pair",
    "merge_two",
    "reopen_pair",
    "search_parties",
    "search_works",
    "tell_apart",
]
