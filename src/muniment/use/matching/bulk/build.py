"""Building an index folder from a repertoire, part by part, so that memory stays bounded however many works there are.

Texts are taken apart once, sorted into parts by their hashes on disk, and each part is then made whole in memory: its
distinct texts, their works, their keys. The parts follow each other in the order of the hashes, which is the order of
the index.
"""

import shutil
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numba import njit

from muniment.kernel.words.codepoints import table_digest
from muniment.kernel.words.problems import Progress, silent
from muniment.kernel.words.readings import readings_version
from muniment.use.matching.bulk.bundle import Bundle, i64, lent, u8
from muniment.use.matching.bulk.folder import Writer
from muniment.use.matching.bulk.keys import name_keys, signatures, signs, sketches, title_keys
from muniment.use.matching.bulk.lookup import (
    ITEMS,
    NAMES_TEXTS,
    TITLES_TEXTS,
    WORD_KEYS,
    WORK_TITLES,
    directory_of,
    more,
)
from muniment.use.matching.bulk.parse import (
    BARE,
    INITIAL,
    SURNAME,
    hash_bytes,
    performer_forms,
    title_forms,
)
from muniment.use.matching.bulk.parts import ROWS_A_PART, Dictionaries, Parts, lists_by_work, part_count_for
from muniment.use.matching.bulk.recorded import no_counts, recording_pairs
from muniment.use.matching.bulk.room import (
    LETTERS,
    LONGEST_TEXT,
    NAME_DATA,
    NAME_KINDS,
    NAME_STARTS,
    new_room,
)
from muniment.use.matching.bulk.spelt import spelt_column
from muniment.use.matching.bulk.texts import Column, Pool, fold_column
from muniment.use.matching.bulk.vocabulary import READ, Words
from muniment.use.matching.bulk.writers import writer_forms

_CAP = 64
"""A key that proposes more than this many titles or names proposes none."""
NATIVE_TITLE, BARE_TITLE, ROMAN_TITLE = 0, 1, 2
CODE_MARKS = {"own": "o:", "iswc": "w:", "isrc": "r:"}


@njit(cache=True, nogil=True)
def _emit(data, starts, roman, roman_starts, spelt, spelt_starts, of_row, kinds_of, works, s):  # type: ignore[no-untyped-def]
    """Return every form as (data, starts, hash, work, kind); `kinds_of` is 0 for titles, 1 performers, 2 writers."""
    count = len(starts) - 1
    room = 3 * count + 64
    hashes, owners, kinds = np.empty(room, np.uint64), np.empty(room, np.uint32), np.empty(room, np.uint8)
    out_starts, out = np.zeros(room + 1, np.int64), np.empty(3 * len(data) + 4096, np.uint8)
    rows, used = 0, 0
    native, latin, further = lent(data), lent(roman), lent(spelt)
    for number in range(count):
        for foreign in range(2 + of_row[number + 1] - of_row[number]):
            text, begin, end = native, starts[number], starts[number + 1]
            if foreign == 1:
                text, begin, end = latin, roman_starts[number], roman_starts[number + 1]
            elif foreign > 1:
                place = of_row[number] + foreign - 2
                text, begin, end = further, spelt_starts[place], spelt_starts[place + 1]
            if end <= begin:
                continue
            which = kinds_of[number]
            if which == 0:
                forms = title_forms(text, begin, end, s)
            elif which == 1:
                forms = performer_forms(text, begin, end, s)
            else:
                forms = writer_forms(text, begin, end, s)
            if rows + forms >= room:
                hashes, owners, kinds = more(hashes), more(owners), more(kinds)
                out_starts = more(out_starts)
                room = len(hashes)
            if used + i64(s, NAME_STARTS)[forms] >= len(out):
                out = more(out)
            for form in range(forms):
                first, last = i64(s, NAME_STARTS)[form], i64(s, NAME_STARTS)[form + 1]
                hashes[rows], owners[rows] = hash_bytes(u8(s, NAME_DATA), first, last), works[number]
                kinds[rows] = _kind(which, i64(s, NAME_KINDS)[form], foreign)
                for at in range(first, last):
                    out[used] = u8(s, NAME_DATA)[at]
                    used += 1
                rows += 1
                out_starts[rows] = used
    return out[:used], out_starts[: rows + 1], hashes[:rows], owners[:rows], kinds[:rows]


@njit(cache=True, nogil=True)
def _kind(which, form_kind, foreign):  # type: ignore[no-untyped-def]
    """Return what is kept of a form: for titles how it was come by; for names the role, and 4 if only to be held."""
    if which == 0:
        return ROMAN_TITLE if foreign else (BARE_TITLE if form_kind == BARE else NATIVE_TITLE)
    return which + (4 if form_kind in (INITIAL, SURNAME) else 0) + (4 if form_kind == SURNAME else 0)


def chunks_of(table: pa.Table, rows: int = 1_000_000) -> Iterator[pa.Table]:
    """Yield a table in pieces."""
    for start in range(0, max(table.num_rows, 1), rows):
        yield table.slice(start, rows)


def build_index(
    titles: pa.Table | Iterable[pa.Table],
    names: pa.Table | Iterable[pa.Table],
    codes: pa.Table,
    folder: Path,
    *,
    work_ids: Any = None,
    repertoire: str = "",
    part_count: int | None = None,
    recordings: pa.Table | Iterable[pa.Table] | None = None,
    progress: Progress = silent,
) -> None:
    """Write the index of a repertoire into `folder`, which must not be there; all of it or nothing.

    `titles`, `names`, `codes` and `recordings` (None: none known) are tables of REPERTOIRE_TITLES and so on; all but
    the codes may come in pieces, then `work_ids` says all works, ascending; rows of others are passed over, and so are
    recordings under a title that no row of `titles` has. `repertoire` is the digest of what was read. `part_count`, a
    power of two, cuts the work into that many parts (None: by its size). `progress` counts steps.
    """
    if work_ids is None:
        assert isinstance(titles, pa.Table), "pieces of titles come with work_ids"
        tables = [table for table in (titles, names, codes) if isinstance(table, pa.Table)]
        work_ids = np.unique(np.concatenate([table.column("work_id").to_numpy() for table in tables])).astype(np.int64)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".building-") as room:
        made, scratch = Path(room) / "index", Path(room) / "parts"
        made.mkdir()
        scratch.mkdir()
        _Building(Writer(made), scratch, work_ids, part_count or part_count_for(2 * len(work_ids)), progress).run(
            _pieces(titles), _pieces(names), codes, iter(()) if recordings is None else _pieces(recordings), repertoire
        )
        if folder.exists():
            shutil.rmtree(folder)
        made.rename(folder)


def _pieces(tables: pa.Table | Iterable[pa.Table]) -> Iterator[pa.Table]:
    return chunks_of(tables) if isinstance(tables, pa.Table) else iter(tables)


class _Building:
    """One building of one index."""

    def __init__(self, writer: Writer, scratch: Path, work_ids: Any, part_count: int, progress: Progress) -> None:
        self._writer, self._scratch, self._work_ids = writer, scratch, work_ids
        self._part_count, self._progress = part_count, progress
        self._words_read = 0

    def run(
        self,
        titles: Iterator[pa.Table],
        names: Iterator[pa.Table],
        codes: pa.Table,
        recordings: Iterator[pa.Table],
        repertoire: str,
    ) -> None:
        """Build every column."""
        self._writer.append("work_ids", self._work_ids)
        self._progress(0, 6)
        self._codes(codes)
        coded = codes.select(["work_id", "title"])
        title_parts = self._take_apart("titles", _then(titles, coded), lambda _: None)
        self._progress(1, 6)
        title_count = self._titles(title_parts)
        self._progress(3, 6)
        name_parts = self._take_apart("names", names, _roles)
        self._progress(4, 6)
        name_count = self._names(name_parts)
        self._progress(5, 6)
        self._weights(title_count)
        self._recorded(recordings)
        self._writer.finish(
            repertoire=repertoire,
            table=table_digest(),
            readings=readings_version(),
            works=len(self._work_ids),
            titles=title_count,
            names=name_count,
        )
        self._progress(6, 6)

    def _take_apart(self, name: str, tables: Iterator[pa.Table], roles: Any) -> Parts:
        columns = ("hash", "work", "kind", "length")
        parts = Parts(self._scratch, name, self._part_count * (4 if name == "names" else 1), columns)
        scratch = new_room()
        for given in tables:
            table, known = self._known(given)
            column = table.column("name" if name == "names" else "title")
            folded: Column = fold_column(column)
            which = roles(table)
            data, starts, hashes, works, kinds = _emit(
                *folded.native,
                *folded.roman,
                *spelt_column(column, folded),
                np.zeros(table.num_rows, np.int64) if which is None else which,
                known.astype(np.uint32),
                scratch.address,
            )
            parts.add(Pool(data, starts), hash=hashes, work=works, kind=kinds, length=np.diff(starts).astype(np.uint16))
        return parts

    def _known(self, table: pa.Table) -> tuple[pa.Table, Any]:
        """Return the rows of works that the index has, and the works' numbers."""
        ids = table.column("work_id").to_numpy()
        numbers = np.searchsorted(self._work_ids, ids)
        there = numbers < len(self._work_ids)
        there[there] = self._work_ids[numbers[there]] == ids[there]
        return (table, numbers) if there.all() else (table.filter(pa.array(there)), numbers[there])

    def _titles(self, parts: Parts) -> int:
        whole = Dictionaries(self._writer, "titles", parts)
        words, room = Words(), new_room()
        pairs = self._scratch / "title-pairs"
        with pairs.open("wb") as out:
            self._writer.append("title_works_starts", np.zeros(1, np.int64))
            listed = 0
            for works, numbers, kinds, texts in whole.parts():
                kept = np.flatnonzero(np.diff(numbers, prepend=-1) | np.diff(works.astype(np.int64), prepend=-1))
                firsts = np.flatnonzero(np.diff(numbers, prepend=-1))
                self._writer.append("title_works_items", works[kept])
                counts = np.bincount(numbers[kept], minlength=len(texts.starts) - 1)
                self._writer.append("title_works_starts", listed + np.cumsum(counts))
                listed += len(kept)
                of_titles = np.minimum.reduceat(kinds, firsts) if len(firsts) else kinds
                self._writer.append("title_kinds", of_titles)
                np.stack([works[kept], (numbers[kept] + whole.count).astype(np.uint32)], axis=1).tofile(out)
                words.add(texts, of_titles == ROMAN_TITLE, room.address)
        self._words(words, whole.count)
        self._lists("work_titles", pairs)
        return whole.count

    def _words(self, words: Words, title_count: int) -> None:
        """Write the words of all titles: how rare each is, its letters, and its skeletons."""
        hashes, bits = words.table(title_count)
        texts, where = words.texts()
        self._writer.append("words_starts", texts.starts)
        self._writer.append("words_data", texts.data)
        self._words_read = int(np.count_nonzero(where & READ))
        skeletons, places = words.by_skeleton()
        for name, keys, targets in (("words", hashes, bits), ("skeletons", skeletons, places)):
            self._writer.append(f"{name}_directory", directory_of(keys))
            self._writer.append(f"{name}_prints", (keys & np.uint64(0xFFFFFFFF)).astype(np.uint32))
            self._writer.append(f"{name}_targets", targets)
        of_words = sketches(texts.data, texts.starts, np.zeros(LETTERS, np.uint8))
        self._writer.append("skeletons_sketches", of_words[places])

    def _names(self, parts: Parts) -> int:
        whole = Dictionaries(self._writer, "names", parts)
        by_role = {1: self._scratch / "performer-pairs", 2: self._scratch / "writer-pairs"}
        files = {role: path.open("wb") for role, path in by_role.items()}
        keys = Parts(self._scratch, "name-keys", self._part_count, ("hash", "target"))
        letters = np.zeros(LETTERS, np.uint8)
        self._writer.append("name_works_starts", np.zeros(1, np.int64))
        listed = 0
        for works, numbers, kinds, texts in whole.parts():
            known = (numbers + whole.count).astype(np.uint32)
            for role, file in files.items():
                rows = np.flatnonzero((kinds & 3) == role)
                np.stack([works[rows], known[rows]], axis=1).tofile(file)
            proposing = np.flatnonzero(kinds < 8)
            owners, ids = works[proposing].astype(np.int64), numbers[proposing]
            kept = np.flatnonzero(np.diff(ids, prepend=-1) | np.diff(owners, prepend=-1))
            self._writer.append("name_works_items", owners[kept].astype(np.uint32))
            counts = np.bincount(ids[kept], minlength=len(texts.starts) - 1)
            self._writer.append("name_works_starts", listed + np.cumsum(counts))
            listed += len(kept)
            hashes, targets = name_keys(texts.data, texts.starts, whole.count, letters)
            keys.add(Pool(np.zeros(0, np.uint8), np.zeros(1, np.int64)), hash=hashes, target=targets)
        for file in files.values():
            file.close()
        self._lists("work_performers", by_role[1])
        self._lists("work_writers", by_role[2])
        self._keys("name_keys", keys)
        return whole.count

    def _keys(self, name: str, parts: Parts, of_target: Any = None) -> None:
        """Write keys; with `of_target`, also the sketch of each target beside it."""
        written = []
        self._writer.append(f"{name}_targets", np.zeros(0, np.uint32))
        for part in range(parts.part_count):
            rows = parts.read(part, hash=np.uint64, target=np.uint32)
            order = np.lexsort((rows["target"], rows["hash"]))
            hashes, targets = rows["hash"][order], rows["target"][order]
            again = (hashes[1:] == hashes[:-1]) & (targets[1:] == targets[:-1])
            once = np.concatenate(([True], ~again)) if len(hashes) else np.zeros(0, bool)
            hashes, targets = hashes[once], targets[once]
            begins = (
                np.flatnonzero(np.concatenate(([True], hashes[1:] != hashes[:-1])))
                if len(hashes)
                else np.zeros(0, np.int64)
            )
            sizes = np.diff(np.append(begins, len(hashes)))
            few = np.repeat(sizes <= _CAP, sizes)
            self._writer.append(f"{name}_targets", targets[few])
            if of_target is not None:
                self._writer.append(f"{name}_sketches", of_target[targets[few]])
            written.append(hashes[few])
        hashes = np.concatenate(written)
        self._writer.append(f"{name}_directory", directory_of(hashes))
        self._writer.append(f"{name}_prints", (hashes & np.uint64(0xFFFFFFFF)).astype(np.uint32))

    def _lists(self, name: str, pairs: Path) -> None:
        starts, items = lists_by_work(pairs, len(self._work_ids))
        pairs.unlink()
        self._writer.append(f"{name}_starts", starts)
        self._writer.append(f"{name}_items", items)

    def _codes(self, codes: pa.Table) -> None:
        """Write the codes as one dictionary: what each begins with tells its kind. No code is as long as a text."""
        codes, known = self._known(codes.filter(pc.less(pc.binary_length(codes.column("code")), LONGEST_TEXT)))
        works = known.astype(np.uint32)
        marks = pa.array([CODE_MARKS[kind] for kind in codes.column("kind").to_pylist()], pa.string())
        texts = pc.binary_join_element_wise(marks, codes.column("code").combine_chunks(), "")
        data, starts = _raw_pool(texts)
        hashes = hash_texts(data, starts)
        parts = Parts(self._scratch, "codes", 1, ("hash", "work", "kind", "length"))
        kinds, lengths = np.zeros(len(works), np.uint8), np.diff(starts).astype(np.uint16)
        parts.add(Pool(data, starts), hash=hashes, work=works, kind=kinds, length=lengths)
        for owners, numbers, _, pool in Dictionaries(self._writer, "codes", parts).parts():
            counts = np.bincount(numbers, minlength=len(pool.starts) - 1)
            self._writer.append("code_works_starts", np.concatenate(([0], np.cumsum(counts))))
            self._writer.append("code_works_items", owners)

    def _recorded(self, recordings: Iterator[pa.Table]) -> None:
        """Write who recorded which title, and how often each title of a work was recorded."""
        column = self._writer.written()
        parts = ("directory", "prints", "starts", "data")
        slots = {TITLES_TEXTS + at: f"titles_{part}" for at, part in enumerate(parts)}
        slots |= {NAMES_TEXTS + at: f"names_{part}" for at, part in enumerate(parts)}
        slots |= {WORK_TITLES: "work_titles_starts", WORK_TITLES + ITEMS: "work_titles_items"}
        columns, room, counts = Bundle({at: column(name) for at, name in slots.items()}), new_room(), no_counts(column)
        keys = Parts(self._scratch, "recorded", self._part_count, ("hash", "target"))
        nothing = Pool(np.zeros(0, np.uint8), np.zeros(1, np.int64))
        for given in recordings:
            table, known = self._known(given)
            titles, performers = fold_column(table.column("title")), fold_column(table.column("performer"))
            hashes, works = recording_pairs(
                columns.address,
                (*titles.native, *titles.roman, *spelt_column(table.column("title"), titles)),
                (*performers.native, *performers.roman, *spelt_column(table.column("performer"), performers)),
                known.astype(np.uint32),
                counts,
                room.address,
            )
            keys.add(nothing, hash=hashes, target=works)
        self._keys("recorded", keys)
        self._writer.append("work_title_counts", counts)

    def _weights(self, title_count: int) -> None:
        """Write what needs the whole: each title's keys, its rarity, how often it was recorded, and works' letters."""
        columns = self._writer.written()
        titles = Pool(columns("titles_data"), columns("titles_starts"))
        places = enumerate(("directory", "prints", "targets"), WORD_KEYS)
        words = Bundle({slot: columns(f"words_{part}") for slot, part in places})
        keys = Parts(self._scratch, "title-keys", self._part_count, ("hash", "target"))
        room, letters = new_room(), np.zeros(LETTERS, np.uint8)
        nothing = Pool(np.zeros(0, np.uint8), np.zeros(1, np.int64))
        for first in range(0, max(title_count, 1), ROWS_A_PART // 4):
            last = min(first + ROWS_A_PART // 4, title_count)
            starts = titles.starts[first : last + 1]
            hashes, targets, bits = title_keys(titles.data, starts, words.address, first, room.address, letters)
            self._writer.append("title_bits", bits)
            keys.add(nothing, hash=hashes, target=targets)
        self._keys("title_keys", keys, sketches(titles.data, titles.starts, letters))
        recorded = np.diff(columns("work_performers_starts")) + 1
        self._writer.append(
            "facts", np.array([len(recorded), np.count_nonzero(recorded > 1), self._words_read], np.int64)
        )
        starts, items = columns("title_works_starts"), columns("title_works_items")
        sums = np.add.reduceat(recorded[items], starts[:-1]) if len(items) else np.zeros(0)
        self._writer.append("title_weights", np.minimum(sums, 0xFFFFFFFF).astype(np.uint32))
        work_titles = columns("work_titles_starts"), columns("work_titles_items")
        of_titles, listed = signs(titles.data, titles.starts), work_titles[1]
        for first in range(0, max(len(listed), 1), ROWS_A_PART):
            self._writer.append("work_title_signs", of_titles[listed[first : first + ROWS_A_PART]])
        is_spelt = columns("title_kinds") == ROMAN_TITLE
        of_work = signatures(*work_titles, titles.starts, titles.data, is_spelt).reshape(-1, 2)
        catalogues = columns("name_works_items")
        for first in range(0, max(len(catalogues), 1), ROWS_A_PART):
            self._writer.append("name_works_letters", of_work[catalogues[first : first + ROWS_A_PART]].reshape(-1))


@njit(cache=True, nogil=True)
def hash_texts(data, starts):  # type: ignore[no-untyped-def]
    """Return the hash of each text."""
    out = np.empty(len(starts) - 1, np.uint64)
    for number in range(len(out)):
        out[number] = hash_bytes(data, starts[number], starts[number + 1])
    return out


def _raw_pool(texts: pa.Array | pa.ChunkedArray) -> tuple[Any, Any]:
    whole = texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts
    whole = pa.concat_arrays(whole.chunks) if isinstance(whole, pa.ChunkedArray) else whole
    _, offsets, data = whole.cast(pa.large_string()).buffers()
    starts = np.frombuffer(offsets, np.int64)[: len(whole) + 1] if len(whole) else np.zeros(1, np.int64)
    return (np.frombuffer(data, np.uint8)[: starts[-1]] if data is not None else np.zeros(0, np.uint8)), starts


def _then(tables: Iterator[pa.Table], last: pa.Table) -> Iterator[pa.Table]:
    yield from tables
    yield last


def _roles(table: pa.Table) -> Any:
    performs = pc.equal(table.column("role"), "performer").to_numpy(zero_copy_only=False)
    return np.where(performs, 1, 2).astype(np.int64)
