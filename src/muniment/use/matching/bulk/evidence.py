"""Which works could be meant by a reading of a line, and what speaks for each: the columnar side of `rules.scoring`."""

from dataclasses import dataclass

import numpy as np

from muniment.use.matching.bulk.grams import Texts, similarity_ppm
from muniment.use.matching.bulk.postings import Ints, expand
from muniment.use.matching.bulk.repertoire import Names, RepertoireIndex
from muniment.use.matching.rules import scoring
from muniment.use.matching.rules.forms import (
    INITIAL,
    SURNAME,
    ReadLine,
    performer_forms,
    roman_title,
    split_writers,
    title_forms,
    writer_forms,
)

_EQUAL, _EQUAL_ROMAN, _CUT_OFF, _NO_TITLE = 0, 1, 3, 9
_OTHER_CODE = 4
_HALF_OF_WRITERS, _SOME_WRITERS, _OTHER_WRITERS, _NO_WRITERS, _UNKNOWN_WRITERS = 3, 4, 5, 6, 7
_TITLE_KEEP, _TITLE_AT_LEAST = 30, 70
_NAME_KEEP, _NAME_AT_LEAST = 8, 85
_NAME_TITLE_AT_LEAST = 60
_LONGEST_CATALOGUE = 3_000
"""A name with more works than this does not propose all of them; it still speaks for those the title proposes."""
_CUT_OFF_LETTERS = 12
_WRITER_SLOTS = 64


@dataclass(frozen=True, slots=True)
class Query:
    """One reading of one distinct line; `line` is the number of the distinct line."""

    line: int
    read: ReadLine
    writers: str
    codes: tuple[str, str, str]  # own, ISWC, ISRC


@dataclass(frozen=True, slots=True)
class Pairs:
    """Candidates: a distinct line, a work, the rows of the tables that were observed, and the sum."""

    line: Ints
    work: Ints
    evidence: Ints  # shape (n, 6), the columns in the order of `scoring.Evidence`
    title_works: Ints
    score_ppm: Ints

    def take(self, rows: Ints) -> "Pairs":
        """Return some rows."""
        return Pairs(
            self.line[rows], self.work[rows], self.evidence[rows], self.title_works[rows], self.score_ppm[rows]
        )


@dataclass(frozen=True, slots=True)
class NameHits:
    """Forms of names that a query reports: which query, which of its names, the form's id and how it was met."""

    query: Ints
    slot: Ints
    form: Ints
    row: Ints


def no_pairs() -> Pairs:
    """Return no candidate."""
    none = np.zeros(0, dtype=np.int64)
    return Pairs(none, none, np.zeros((0, 6), dtype=np.int64), none, none)


def concat_pairs(parts: list[Pairs]) -> Pairs:
    """Return the candidates of several tables in one."""
    parts = parts or [no_pairs()]
    return Pairs(
        np.concatenate([part.line for part in parts]),
        np.concatenate([part.work for part in parts]),
        np.concatenate([part.evidence for part in parts]),
        np.concatenate([part.title_works for part in parts]),
        np.concatenate([part.score_ppm for part in parts]),
    )


def find_pairs(queries: list[Query], index: RepertoireIndex, *, fuzzy: bool) -> Pairs:
    """Return the candidates of each query with their evidence and score, any order.

    Without `fuzzy` only works that have an equal title are candidates.
    """
    if not queries:
        return no_pairs()
    performers = _performer_hits(queries, index.performers, fuzzy=fuzzy)
    as_writers = _performer_hits(queries, index.writers, fuzzy=False)
    writers = _writer_hits(queries, index.writers)
    query, form, row = _title_hits(queries, index, fuzzy=fuzzy)
    at, work = index.titles.expand(form)
    query, form, row = query[at], form[at], row[at]
    coded = _code_hits(queries, index)
    more = [_with_titles(queries, index, coded[0], coded[1], 0)]
    if fuzzy:
        proposers = _proposers(performers, as_writers, writers, index)
        more += [_catalogue(queries, index, hits, names) for hits, names in proposers]
    query, work, form, row = (np.concatenate(columns) for columns in zip((query, work, form, row), *more, strict=True))
    query, work, form, row = _best_title(query, work, form, row)
    performer_row = _performer_rows(queries, query, work, index, performers, as_writers)
    writers_row = _writers_rows(queries, query, work, index, writers)
    title_works = index.titles.counts(form)
    readings = np.array([int(asked.read.reading) for asked in queries], dtype=np.int64)
    rarity = np.searchsorted(np.array(scoring.RARITY_WORKS), title_works).astype(np.int64)
    code_row = _code_rows(query, work, coded, len(queries))
    evidence = np.stack([row, rarity, performer_row, writers_row, readings[query], code_row], axis=1)
    lines = np.array([asked.line for asked in queries], dtype=np.int64)
    return Pairs(lines[query], work, evidence, title_works, score_columns(evidence))


def score_columns(evidence: Ints) -> Ints:
    """Return the score of each row of evidence: `scoring.score`, for columns."""
    weights = [np.array([weight for _, weight in table], dtype=np.int64) for table in scoring.TABLES]
    total = sum((table[evidence[:, column]] for column, table in enumerate(weights)), np.zeros(len(evidence), np.int64))
    return np.clip(total, 0, scoring.SURE_PPM)


def _title_hits(queries: list[Query], index: RepertoireIndex, *, fuzzy: bool) -> tuple[Ints, Ints, Ints]:
    """Return (query, title form, row of TITLE) of every equal and, if asked, every similar title."""
    at: list[int] = []
    forms: list[str] = []
    roman: list[bool] = []
    for number, asked in enumerate(queries):
        own = title_forms(asked.read.title)
        latin = roman_title(asked.read.title)
        texts = (*own, latin) if latin else own
        at += [number] * len(texts)
        forms += texts
        roman += [text == latin for text in texts]
    query, is_roman = np.array(at, dtype=np.int64), np.array(roman, dtype=bool)
    ids = index.titles.ids_of(forms)
    known = ids >= 0
    in_latin = is_roman[known] | index.roman_only[ids[known]]
    found = (query[known], ids[known], np.where(in_latin, _EQUAL_ROMAN, _EQUAL).astype(np.int64))
    if not fuzzy:
        return found
    distinct, inverse = np.unique(np.array(forms, dtype=object), return_inverse=True)
    text_at, similar_ids, ppm = index.title_grams.similar(list(distinct), _TITLE_KEEP, _TITLE_AT_LEAST)
    starts = np.searchsorted(text_at, np.arange(len(distinct) + 1))
    asked_at, hit = expand(starts, np.arange(len(text_at), dtype=np.int64), inverse.astype(np.int64))
    rows = _title_rows(ppm[hit], distinct[text_at[hit]], index.title_grams.words[similar_ids[hit]])
    inexact = ppm[hit] < scoring.SURE_PPM
    return (
        np.concatenate([found[0], query[asked_at[inexact]]]),
        np.concatenate([found[1], similar_ids[hit[inexact]]]),
        np.concatenate([found[2], rows[inexact]]),
    )


def _title_rows(ppm: Ints, asked: Texts, known: Texts) -> Ints:
    """Return the row of TITLE for each similarity; a title cut off inside a word begins the known one.

    A title that ends with a word proposes no longer one: medleys begin with the titles of other works.
    """
    floors = np.array(list(scoring.TITLE_FLOORS_PPM.values())[::-1])
    rows = np.array(list(scoring.TITLE_FLOORS_PPM)[::-1])[np.searchsorted(floors, ppm, side="right") - 1]
    for at in np.flatnonzero((rows > _CUT_OFF) & (ppm > 0)):
        text, whole = asked[at], known[at]
        if len(text) >= _CUT_OFF_LETTERS and whole.startswith(text) and whole[len(text)] != " ":
            rows[at] = _CUT_OFF
    return rows.astype(np.int64)


def _performer_hits(queries: list[Query], names: Names, *, fuzzy: bool) -> NameHits:
    """Return the forms that the performer of each query meets; `row` is the row of PERFORMER."""
    at: list[int] = []
    forms: list[str] = []
    row: list[int] = []
    whole: list[tuple[int, str]] = []
    for number, asked in enumerate(queries):
        own = performer_forms(asked.read.performer)
        at += [number] * len(own)
        forms += own
        row += [min(place, 1) for place in range(len(own))]
        whole += [(number, own[0])] if own else []
    ids = names.postings.ids_of(forms)
    known = ids >= 0
    query, form, rows = np.array(at, dtype=np.int64)[known], ids[known], np.array(row, dtype=np.int64)[known]
    if fuzzy:
        met = set(query[rows == 0].tolist())
        open_ = [(number, text) for number, text in whole if number not in met]
        more = _similar_names(open_, names)
        query, form, rows = (np.concatenate(pair) for pair in zip((query, form, rows), more, strict=True))
    return NameHits(query, np.zeros(len(query), dtype=np.int64), form, rows)


def _similar_names(asked: list[tuple[int, str]], names: Names) -> tuple[Ints, Ints, Ints]:
    texts = sorted({text for _, text in asked})
    number_of = {text: number for number, text in enumerate(texts)}
    text_at, ids, ppm = names.grams.similar(texts, _NAME_KEEP, _NAME_AT_LEAST)
    starts = np.searchsorted(text_at, np.arange(len(texts) + 1))
    wanted = np.array([number_of[text] for _, text in asked], dtype=np.int64)
    at, hit = expand(starts, np.arange(len(text_at), dtype=np.int64), wanted)
    query = np.array([number for number, _ in asked], dtype=np.int64)
    return query[at], ids[hit], np.where(ppm[hit] >= 920_000, 2, 3).astype(np.int64)


def _writer_hits(queries: list[Query], names: Names) -> NameHits:
    """Return the forms that each reported writer meets; `row` is 0 whole, 1 initial and surname, 2 surname."""
    at: list[int] = []
    slot: list[int] = []
    forms: list[str] = []
    for number, asked in enumerate(queries):
        for place, name in enumerate(split_writers(asked.writers)[:_WRITER_SLOTS]):
            own = writer_forms(name)
            at += [number] * len(own)
            slot += [place] * len(own)
            forms += own
    ids = names.postings.ids_of(forms)
    kinds = np.array([{INITIAL: 1, SURNAME: 2}.get(form[0], 0) for form in forms], dtype=np.int64)
    known = ids >= 0
    return NameHits(
        np.array(at, dtype=np.int64)[known], np.array(slot, dtype=np.int64)[known], ids[known], kinds[known]
    )


def _proposers(
    performers: NameHits, as_writers: NameHits, writers: NameHits, index: RepertoireIndex
) -> list[tuple[NameHits, Names]]:
    """Return the hits whose whole catalogues are looked through for a title that resembles."""
    named = writers.row < 2
    whole = NameHits(writers.query[named], writers.slot[named], writers.form[named], writers.row[named])
    return [(performers, index.performers), (as_writers, index.writers), (whole, index.writers)]


def _catalogue(
    queries: list[Query], index: RepertoireIndex, hits: NameHits, names: Names
) -> tuple[Ints, Ints, Ints, Ints]:
    """Return (query, work, title form, row of TITLE) of the works under a name whose title resembles the query's."""
    small = names.postings.counts(hits.form) <= _LONGEST_CATALOGUE
    query = hits.query[small]
    at, work = names.postings.expand(hits.form[small])
    pairs = np.unique(query[at] << 32 | work)
    return _with_titles(queries, index, pairs >> 32, pairs & 0xFFFFFFFF, _NAME_TITLE_AT_LEAST)


def _with_titles(
    queries: list[Query], index: RepertoireIndex, query: Ints, work: Ints, at_least: float
) -> tuple[Ints, Ints, Ints, Ints]:
    """Return (query, work, title form, row of TITLE) of every title of the works that resembles the query's."""
    at, form = expand(index.title_starts, index.title_forms, work)
    query, work = query[at], work[at]
    core = np.array([(title_forms(asked.read.title) or ("",))[-1] for asked in queries], dtype=object)
    asked, known = core[query], index.title_grams.words[form]
    ppm = similarity_ppm(asked, known, at_least)
    empty = asked == ""
    near = (ppm > 0) | (at_least == 0)
    rows = np.where(empty, _NO_TITLE, _title_rows(ppm, asked, known))
    return query[near], work[near], form[near], rows[near]


def _code_hits(queries: list[Query], index: RepertoireIndex) -> tuple[Ints, Ints, Ints]:
    """Return (query, work, row of CODE) of every work that has a code of the query; of two codes the surer."""
    found = []
    for place, kind in enumerate(("own", "iswc", "isrc")):
        ids = index.codes[kind].ids_of([asked.codes[place] for asked in queries])
        query, work = index.codes[kind].expand(ids)
        found.append((query, work, np.full(len(query), place + 1, dtype=np.int64)))
    query, work, row = (np.concatenate(columns) for columns in zip(*found, strict=True))
    order = np.lexsort((row, work, query))
    pairs, first = np.unique((query[order] << 32) | work[order], return_index=True)
    return pairs >> 32, pairs & 0xFFFFFFFF, row[order][first]


def _code_rows(query: Ints, work: Ints, coded: tuple[Ints, Ints, Ints], query_count: int) -> Ints:
    """Return the row of CODE of each pair."""
    has_code = np.zeros(query_count, dtype=bool)
    has_code[coded[0]] = True
    rows = np.where(has_code[query], _OTHER_CODE, 0).astype(np.int64)
    if len(coded[0]):
        known = (coded[0] << 32) | coded[1]
        wanted = (query << 32) | work
        at = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
        rows = np.where(known[at] == wanted, coded[2][at], rows)
    return rows


def _best_title(query: Ints, work: Ints, form: Ints, row: Ints) -> tuple[Ints, Ints, Ints, Ints]:
    """Return each (query, work) once, with the best row of TITLE, of these the form of the lowest id."""
    order = np.lexsort((form, row, work, query))
    query, work, form, row = query[order], work[order], form[order], row[order]
    if len(query):
        fresh = np.concatenate(([True], (query[1:] != query[:-1]) | (work[1:] != work[:-1])))
        query, work, form, row = query[fresh], work[fresh], form[fresh], row[fresh]
    return query, work, form, row


def _met(query: Ints, work: Ints, hits: NameHits, names: Names, query_count: int) -> tuple[Ints, Ints]:
    """Return (pair, hit) for each hit of a pair's query whose form the pair's work has."""
    order = np.argsort(hits.query, kind="stable")
    starts = np.searchsorted(hits.query[order], np.arange(query_count + 1))
    pair, hit = expand(starts, order, query)
    held = names.holds(work[pair], hits.form[hit])
    return pair[held], hit[held]


def _performer_rows(
    queries: list[Query], query: Ints, work: Ints, index: RepertoireIndex, performers: NameHits, as_writers: NameHits
) -> Ints:
    """Return the row of PERFORMER of each pair."""
    reported = np.array([bool(performer_forms(asked.read.performer)) for asked in queries], dtype=bool)
    rows = np.where(index.performers.works_with[work], 5, 7)
    rows = np.where(reported[query], rows, 6).astype(np.int64)
    pair, _ = _met(query, work, as_writers, index.writers, len(queries))
    rows[pair] = 4
    pair, hit = _met(query, work, performers, index.performers, len(queries))
    np.minimum.at(rows, pair, performers.row[hit])
    return rows


def _writers_rows(queries: list[Query], query: Ints, work: Ints, index: RepertoireIndex, writers: NameHits) -> Ints:
    """Return the row of WRITERS of each pair."""
    reported = np.array([min(len(split_writers(asked.writers)), _WRITER_SLOTS) for asked in queries], dtype=np.int64)
    rows = np.where(index.writers.works_with[work], _OTHER_WRITERS, _UNKNOWN_WRITERS)
    rows = np.where(reported[query] > 0, rows, _NO_WRITERS).astype(np.int64)
    pair, hit = _met(query, work, writers, index.writers, len(queries))
    slots = pair * _WRITER_SLOTS + writers.slot[hit]
    order = np.lexsort((writers.row[hit], slots))
    distinct, first = np.unique(slots[order], return_index=True)
    kind = writers.row[hit][order][first]
    met = np.bincount(distinct // _WRITER_SLOTS, minlength=len(query))
    weakest = np.zeros(len(query), dtype=np.int64)
    np.maximum.at(weakest, distinct // _WRITER_SLOTS, kind)
    partly = np.where(2 * met >= reported[query], _HALF_OF_WRITERS, _SOME_WRITERS)
    agreed = np.where(met >= reported[query], weakest, partly)
    return np.where(met > 0, agreed, rows).astype(np.int64)
