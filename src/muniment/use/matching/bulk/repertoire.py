"""The repertoire as the matcher reads it: every form of every title and name, and the codes, each with its works."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from muniment.kernel.words.digests import digest_bytes
from muniment.use.matching.bulk.grams import GramIndex, build_grams
from muniment.use.matching.bulk.postings import Ints, Postings, build_postings, expand, ragged
from muniment.use.matching.rules.forms import INITIAL, SURNAME, performer_forms, roman_title, title_forms, writer_forms


@dataclass(frozen=True, slots=True)
class Names:
    """The forms of one role's names: their works, each work's forms, and the trigrams of whole names."""

    postings: Postings
    pairs: Ints  # ascending work << 32 | form, to ask whether a work has a form
    works_with: np.ndarray[tuple[int], np.dtype[np.bool_]]  # whether a work names anybody in this role
    grams: GramIndex

    def holds(self, works: Ints, forms: Ints) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Say for each (work, form) whether the work has the form."""
        wanted = (works << 32) | forms
        at = np.searchsorted(self.pairs, wanted)
        at[at == len(self.pairs)] = 0
        return (self.pairs[at] == wanted) & (forms >= 0) if len(self.pairs) else np.zeros(len(works), dtype=bool)


@dataclass(frozen=True, slots=True)
class RepertoireIndex:
    """Works are positions in `work_ids`, which ascend: a lower position is a lower work id."""

    work_ids: Ints
    titles: Postings
    title_starts: Ints  # each work's title forms
    title_forms: Ints
    title_grams: GramIndex
    roman_only: np.ndarray[tuple[int], np.dtype[np.bool_]]  # title forms that only a romanisation gave
    performers: Names
    writers: Names
    codes: dict[str, Postings]  # by kind: iswc, isrc, own
    digest: str


def build_index(titles: pa.Table, names: pa.Table, codes: pa.Table, digest: str = "") -> RepertoireIndex:
    """Return the index of a repertoire: tables of REPERTOIRE_TITLES, REPERTOIRE_NAMES and REPERTOIRE_CODES.

    `digest` names the repertoire in the record of a run.
    """
    work_ids = np.unique(
        np.concatenate([_numbers(table, "work_id") for table in (titles, names, codes)]).astype(np.int64)
    )
    native: set[str] = set()

    def all_forms(title: str) -> tuple[str, ...]:
        own = title_forms(title)
        native.update(own)
        roman = roman_title(title)
        return (*own, roman) if roman else own

    title_owners = np.searchsorted(work_ids, _numbers(titles, "work_id")).astype(np.int64)
    forms, owners = _forms(titles.column("title"), title_owners, all_forms)
    title_postings = build_postings(forms, owners)
    ids = title_postings.ids_of(forms.to_pylist())
    starts, form_ids = ragged(owners, ids, len(work_ids))
    by_kind = {kind: _codes_of(codes, kind, work_ids) for kind in ("iswc", "isrc", "own")}
    return RepertoireIndex(
        work_ids,
        title_postings,
        starts,
        form_ids,
        build_grams(title_postings.words),
        np.array([word not in native for word in title_postings.words], dtype=bool),
        _names(names, "performer", work_ids),
        _names(names, "writer", work_ids),
        by_kind,
        digest or digest_bytes(repr((len(work_ids), titles.num_rows, names.num_rows, codes.num_rows)).encode()),
    )


def _numbers(table: pa.Table, column: str) -> Ints:
    return np.asarray(table.column(column).to_numpy(), dtype=np.int64)


def _forms(texts: pa.ChunkedArray, owners: Ints, forms_of: Callable[[str], tuple[str, ...]]) -> tuple[pa.Array, Ints]:
    """Return every (form, owner); each distinct text is taken apart once."""
    encoded = _whole(texts).dictionary_encode()
    forms: list[str] = []
    starts = np.zeros(len(encoded.dictionary) + 1, dtype=np.int64)
    for number, text in enumerate(encoded.dictionary.to_pylist(), 1):
        forms += forms_of(text)
        starts[number] = len(forms)
    at, positions = expand(
        starts, np.arange(len(forms), dtype=np.int64), encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    )
    return pa.array(forms, pa.string()).take(pa.array(positions)), owners[at]


def _names(names: pa.Table, role: str, work_ids: Ints) -> Names:
    rows = names.filter(pc.equal(names.column("role"), role))
    owners = np.searchsorted(work_ids, _numbers(rows, "work_id")).astype(np.int64)
    forms, form_owners = _forms(rows.column("name"), owners, performer_forms if role == "performer" else writer_forms)
    postings = build_postings(forms, form_owners)
    works = np.repeat(np.arange(len(postings.words), dtype=np.int64), np.diff(postings.starts))
    pairs = np.sort((postings.owners << 32) | works)
    works_with = np.zeros(len(work_ids), dtype=bool)
    works_with[owners] = True
    whole = ["" if word[0] in (INITIAL, SURNAME) else word for word in postings.words]
    return Names(postings, pairs, works_with, build_grams(whole))


def _codes_of(codes: pa.Table, kind: str, work_ids: Ints) -> Postings:
    rows = codes.filter(pc.equal(codes.column("kind"), kind))
    owners = np.searchsorted(work_ids, _numbers(rows, "work_id")).astype(np.int64)
    return build_postings(_whole(rows.column("code")), owners)


def _whole(column: pa.ChunkedArray) -> pa.Array:
    return pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)
