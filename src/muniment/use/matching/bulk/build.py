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
from muniment.use.matching.bulk.bundle import Bundle, i64, u8, u32, u64
from muniment.use.matching.bulk.folder import Writer
from muniment.use.matching.bulk.lookup import TARGETS, WORD_KEYS, directory_of, find_all
from muniment.use.matching.bulk.parse import (
    BARE,
    INITIAL,
    SURNAME,
    hash_bytes,
    mix,
    performer_forms,
    title_forms,
    tokens_of,
    writer_forms,
)
from muniment.use.matching.bulk.room import (
    LETTERS,
    LONGEST_TEXT,
    NAME_DATA,
    NAME_KINDS,
    NAME_STARTS,
    TOKEN_HASH,
    TOKEN_KEEP,
    TOKEN_ORDER,
    new_room,
)
from muniment.use.matching.bulk.texts import BLANK, Column, Pool, fold_column

_ROWS_A_PART = 6_000_000
_CAP = 64
"""A key that proposes more than this many titles or names proposes none."""
_PREFIX_LETTERS = 12
_KEYS_A_TITLE = 16
_SIGNED_TITLES = 4
_WORLD = 200_000
NATIVE_TITLE, BARE_TITLE, ROMAN_TITLE = 0, 1, 2
CODE_MARKS = {"own": "o:", "iswc": "w:", "isrc": "r:"}


class Parts:
    """Rows sorted into parts by the highest bits of a hash, on disk."""

    def __init__(self, folder: Path, name: str, part_count: int, columns: tuple[str, ...]) -> None:
        """Write into `folder`; `part_count` is a power of two."""
        self._files = {
            (part, column): (folder / f"{name}-{part}-{column}").open("w+b")
            for part in range(part_count)
            for column in (*columns, "text")
        }
        self._columns = columns
        self._bits = part_count.bit_length() - 1
        self.part_count = part_count

    def add(self, texts: Pool, **columns: Any) -> None:
        """Add rows: their texts (may be an empty pool) and their columns, `hash` (uint64) among them."""
        part_of = (columns["hash"] >> np.uint64(64 - self._bits)).astype(np.int64) if self._bits else None
        for part in range(self.part_count):
            rows = None if part_of is None else np.flatnonzero(part_of == part)
            for name in self._columns:
                column = columns[name]
                self._files[part, name].write((column if rows is None else column[rows]).tobytes())
            if len(texts.starts) > 1:
                chosen = texts.data if rows is None else _take_texts(texts.data, texts.starts, rows)
                self._files[part, "text"].write(chosen.tobytes())

    def read(self, part: int, **types: Any) -> dict[str, Any]:
        """Return the columns of one part, `text` among them, in the order they came."""
        found = {}
        for name, kind in (*types.items(), ("text", np.uint8)):
            file = self._files.pop((part, name))
            file.seek(0)
            found[name] = np.frombuffer(file.read(), dtype=kind)
            file.close()
            Path(file.name).unlink()
        return found


@njit(cache=True, nogil=True)
def _take_texts(data, starts, rows):  # type: ignore[no-untyped-def]
    total = 0
    for row in rows:
        total += starts[row + 1] - starts[row]
    out = np.empty(total, dtype=np.uint8)
    used = 0
    for row in rows:
        for at in range(starts[row], starts[row + 1]):
            out[used] = data[at]
            used += 1
    return out


@njit(cache=True, nogil=True)
def _emit(data, starts, roman, roman_starts, kinds_of, works, s):  # type: ignore[no-untyped-def]
    """Return every form as (data, starts, hash, work, kind); `kinds_of` is 0 for titles, 1 performers, 2 writers."""
    count = len(starts) - 1
    room = 3 * count + 64
    hashes, owners, kinds = np.empty(room, np.uint64), np.empty(room, np.uint32), np.empty(room, np.uint8)
    out_starts, out = np.zeros(room + 1, np.int64), np.empty(3 * len(data) + 4096, np.uint8)
    rows, used = 0, 0
    for number in range(count):
        for foreign in range(2):
            text, begin, end = data, starts[number], starts[number + 1]
            if foreign:
                text, begin, end = roman, roman_starts[number], roman_starts[number + 1]
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
                hashes, owners, kinds = _more(hashes), _more(owners), _more(kinds)
                out_starts = _more(out_starts)
                room = len(hashes)
            if used + i64(s, NAME_STARTS)[forms] >= len(out):
                out = _more(out)
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


@njit(cache=True, nogil=True)
def _more(array):  # type: ignore[no-untyped-def]
    grown = np.empty(len(array) * 2 + 64, dtype=array.dtype)
    grown[: len(array)] = array
    return grown


@njit(cache=True, nogil=True)
def _number_texts(order, hashes, lengths, begins, text):  # type: ignore[no-untyped-def]
    """Number the distinct texts of rows in the order of their hashes; return (number of each row, first rows)."""
    count = len(order)
    numbers, firsts = np.empty(count, np.int64), np.empty(count, np.int64)
    known, run = 0, 0
    for place in range(count):
        row = order[place]
        if place == 0 or hashes[row] != hashes[order[place - 1]]:
            run = known
        number = run
        while number < known and not _same(text, begins, lengths, firsts[number], row):
            number += 1
        if number == known:
            firsts[known] = row
            known += 1
        numbers[row] = number
    return numbers, firsts[:known]


@njit(cache=True, nogil=True)
def _same(text, begins, lengths, one, other):  # type: ignore[no-untyped-def]
    same = lengths[one] == lengths[other]
    at = 0
    while same and at < lengths[one]:
        same = text[begins[one] + at] == text[begins[other] + at]
        at += 1
    return same


def part_count_for(rows: int) -> int:
    """Return into how many parts so many rows are cut: a power of two."""
    return 1 << max(0, int(rows // _ROWS_A_PART).bit_length())


class _Dictionaries:
    """Makes one dictionary from parts: writes its texts, and hands out the pairs (work, number, kind) of each part."""

    def __init__(self, writer: Writer, name: str, parts: Parts) -> None:
        self._writer, self._name, self._parts = writer, name, parts
        self.count = 0

    def parts(self) -> Iterator[tuple[Any, Any, Any, Pool]]:
        """Yield for each part (works, numbers, kinds) of its pairs, sorted and distinct, and its distinct texts."""
        hashes_written, data_written = [], 0
        self._writer.append(f"{self._name}_starts", np.zeros(1, np.int64))
        for part in range(self._parts.part_count):
            rows = self._parts.read(part, hash=np.uint64, work=np.uint32, kind=np.uint8, length=np.uint16)
            lengths = rows["length"].astype(np.int64)
            ends = np.cumsum(lengths)
            begins = ends - lengths
            order = np.argsort(rows["hash"], kind="stable")
            numbers, firsts = _number_texts(order, rows["hash"], lengths, begins, rows["text"])
            taken_starts = np.concatenate(([0], np.cumsum(lengths[firsts])))
            texts = Pool(_take_ranges(rows["text"], begins, lengths, firsts), taken_starts)
            self._writer.append(f"{self._name}_data", texts.data)
            self._writer.append(f"{self._name}_starts", taken_starts[1:] + data_written)
            hashes_written.append(rows["hash"][firsts])
            pairs = (numbers.astype(np.uint64) << np.uint64(36)) | (rows["work"].astype(np.uint64) << np.uint64(4))
            pairs = np.unique(pairs | rows["kind"].astype(np.uint64))
            works = ((pairs >> np.uint64(4)) & np.uint64(0xFFFFFFFF)).astype(np.uint32)
            yield works, (pairs >> np.uint64(36)).astype(np.int64), (pairs & np.uint64(15)).astype(np.uint8), texts
            data_written += len(texts.data)
            self.count += len(firsts)
        hashes = np.concatenate(hashes_written)
        self._writer.append(f"{self._name}_directory", directory_of(hashes))
        self._writer.append(f"{self._name}_prints", (hashes & np.uint64(0xFFFFFFFF)).astype(np.uint32))


@njit(cache=True, nogil=True)
def _take_ranges(text, begins, lengths, rows):  # type: ignore[no-untyped-def]
    total = 0
    for row in rows:
        total += lengths[row]
    out = np.empty(total, dtype=np.uint8)
    used = 0
    for row in rows:
        for at in range(begins[row], begins[row] + lengths[row]):
            out[used] = text[at]
            used += 1
    return out


@njit(cache=True, nogil=True)
def _by_work(works, numbers, starts, items, filled):  # type: ignore[no-untyped-def]
    """Put each number into the list of its work, once; numbers come in ascending order."""
    for row in range(len(works)):
        work = works[row]
        at = starts[work] + filled[work]
        if filled[work] == 0 or items[at - 1] != numbers[row]:
            items[at] = numbers[row]
            filled[work] += 1


@njit(cache=True, nogil=True)
def _squeeze(starts, items, filled):  # type: ignore[no-untyped-def]
    used, new_starts = 0, np.zeros(len(starts), np.int64)
    for work in range(len(starts) - 1):
        begin = starts[work]
        for at in range(begin, begin + filled[work]):
            items[used] = items[at]
            used += 1
        new_starts[work + 1] = used
    return new_starts, items[:used]


def _lists_by_work(pairs: Path, work_count: int) -> tuple[Any, Any]:
    """Return the lists (starts, items) of each work from a file of (work, number) pairs with ascending numbers."""
    rows = np.fromfile(pairs, dtype=np.uint32).reshape(-1, 2)
    counts = np.bincount(rows[:, 0], minlength=work_count)
    starts = np.concatenate(([0], np.cumsum(counts)))
    items, filled = np.zeros(int(starts[-1]) + 1, np.uint32), np.zeros(work_count, np.int64)
    _by_work(rows[:, 0], rows[:, 1], starts, items, filled)
    squeezed_starts, squeezed = _squeeze(starts, items, filled)
    return squeezed_starts, squeezed


@njit(cache=True, nogil=True)
def letters_of(data, first, last, out, base, most):  # type: ignore[no-untyped-def]
    """Write the bytes of a text but its blanks into `out` from `base` on, at most so many; return how many."""
    used = 0
    for at in range(first, last):
        if data[at] > BLANK and used < most:
            out[base + used] = data[at]
            used += 1
    return used


@njit(cache=True, nogil=True)
def half_key(letters, first, last, length, side):  # type: ignore[no-untyped-def]
    """Return the key of one half of a text of `length` letters; `side` 0 is the first half, 1 the second."""
    return mix(hash_bytes(letters, first, last) ^ np.uint64(2 * length + side + 1000))


@njit(cache=True, nogil=True)
def pair_key(one, other):  # type: ignore[no-untyped-def]
    """Return the key of two words, in any order."""
    return mix((one + other) ^ np.uint64(77))


@njit(cache=True, nogil=True)
def word_key(one):  # type: ignore[no-untyped-def]
    """Return the key of one rare word."""
    return mix(one ^ np.uint64(99))


@njit(cache=True, nogil=True)
def prefix_key(letters, base):  # type: ignore[no-untyped-def]
    """Return the key of the first letters of a long text."""
    return mix(hash_bytes(letters, base, base + _PREFIX_LETTERS) ^ np.uint64(55))


@njit(cache=True, nogil=True)
def word_bits(columns, value):  # type: ignore[no-untyped-def]
    """Return how rare a word is, in bits: 0 for one that no title has."""
    first, last = find_all(columns, WORD_KEYS, value)
    return np.int64(u32(columns, WORD_KEYS + TARGETS)[first]) if first < last else np.int64(0)


@njit(cache=True, nogil=True)
def word_hashes(data, starts, s):  # type: ignore[no-untyped-def]
    """Return the hash of every word of every text, once a text."""
    out, used = np.empty(4 * len(starts) + 64, np.uint64), 0
    for number in range(len(starts) - 1):
        count = tokens_of(data, starts[number], starts[number + 1], s)
        if used + count >= len(out):
            out = _more(out)
        for token in range(count):
            out[used] = u64(s, TOKEN_HASH)[token]
            used += 1
    return out[:used]


@njit(cache=True, nogil=True)
def rarest(words, s, count, most):  # type: ignore[no-untyped-def]
    """Order the first tokens of `s` by rarity, the rarest known words first; return how many of them there are."""
    found = 0
    for token in range(count):
        bits = word_bits(words, u64(s, TOKEN_HASH)[token])
        if bits == 0:
            continue
        place = min(found, most)
        while place > 0 and i64(s, TOKEN_KEEP)[place - 1] < bits:
            if place < most:
                i64(s, TOKEN_KEEP)[place], i64(s, TOKEN_ORDER)[place] = (
                    i64(s, TOKEN_KEEP)[place - 1],
                    i64(s, TOKEN_ORDER)[place - 1],
                )
            place -= 1
        if place < most:
            i64(s, TOKEN_KEEP)[place], i64(s, TOKEN_ORDER)[place] = bits, token
            found = min(found + 1, most)
    return found


@njit(cache=True, nogil=True)
def title_keys(data, starts, words, first_number, s, letters):  # type: ignore[no-untyped-def]
    """Return (hash, title, bits of every title): the keys under which each title is looked for."""
    count = len(starts) - 1
    hashes, targets = np.empty(6 * count + 64, np.uint64), np.empty(6 * count + 64, np.uint32)
    all_bits, used = np.zeros(count, np.uint8), 0
    for number in range(count):
        if used + _KEYS_A_TITLE >= len(hashes):
            hashes, targets = _more(hashes), _more(targets)
        begin = used
        length = letters_of(data, starts[number], starts[number + 1], letters, 0, LETTERS)
        used = _halves(letters, length, hashes, used)
        if length > _PREFIX_LETTERS:
            hashes[used] = prefix_key(letters, 0)
            used += 1
        tokens = tokens_of(data, starts[number], starts[number + 1], s)
        bits = 0
        for token in range(tokens):
            bits += word_bits(words, u64(s, TOKEN_HASH)[token])
        all_bits[number] = min(bits, 255)
        found = rarest(words, s, tokens, 4)
        for one in range(min(found, 3)):
            hashes[used] = word_key(u64(s, TOKEN_HASH)[i64(s, TOKEN_ORDER)[one]])
            used += 1
        for one in range(found):
            for other in range(one):
                hashes[used] = pair_key(
                    u64(s, TOKEN_HASH)[i64(s, TOKEN_ORDER)[one]], u64(s, TOKEN_HASH)[i64(s, TOKEN_ORDER)[other]]
                )
                used += 1
        targets[begin:used] = first_number + number
    return hashes[:used], targets[:used], all_bits


@njit(cache=True, nogil=True)
def _halves(letters, length, hashes, used):  # type: ignore[no-untyped-def]
    if length >= 4:
        middle = length // 2
        hashes[used] = half_key(letters, 0, middle, length, 0)
        hashes[used + 1] = half_key(letters, middle, length, length, 1)
        return used + 2
    return used


@njit(cache=True, nogil=True)
def name_keys(data, starts, first_number, letters):  # type: ignore[no-untyped-def]
    """Return (hash, name): the keys under which whole names are looked for."""
    count = len(starts) - 1
    hashes, targets, used = np.empty(2 * count, np.uint64), np.empty(2 * count, np.uint32), 0
    for number in range(count):
        if data[starts[number]] < BLANK:
            continue
        begin = used
        used = _halves(letters, letters_of(data, starts[number], starts[number + 1], letters, 0, LETTERS), hashes, used)
        targets[begin:used] = first_number + number
    return hashes[:used], targets[:used]


@njit(cache=True, nogil=True)
def signature(data, first, last):  # type: ignore[no-untyped-def]
    """Return 128 bits, in two numbers, that tell which pairs of letters a text has."""
    low, high, before = np.uint64(0), np.uint64(0), np.uint64(0)
    for at in range(first, last):
        if data[at] > BLANK:
            letter = np.uint64(data[at])
            if before:
                place = mix(before * np.uint64(257) + letter) >> np.uint64(57)
                if place < np.uint64(64):
                    low |= np.uint64(1) << place
                else:
                    high |= np.uint64(1) << (place - np.uint64(64))
            before = letter
    return low, high


@njit(cache=True, nogil=True)
def _signatures(starts, items, title_starts, title_data):  # type: ignore[no-untyped-def]
    out = np.zeros(2 * (len(starts) - 1), np.uint64)
    for work in range(len(starts) - 1):
        for at in range(starts[work], min(starts[work + 1], starts[work] + _SIGNED_TITLES)):
            title = items[at]
            low, high = signature(title_data, title_starts[title], title_starts[title + 1])
            out[2 * work] |= low
            out[2 * work + 1] |= high
    return out


class Words:
    """Counts words over all titles and tells how rare each is."""

    def __init__(self) -> None:
        """Begin with no word."""
        self._hashes = np.zeros(0, np.uint64)
        self._counts = np.zeros(0, np.int64)

    def add(self, hashes: Any) -> None:
        """Count the words of some titles."""
        both = np.concatenate([self._hashes, hashes])
        weights = np.concatenate([self._counts, np.ones(len(hashes), np.int64)])
        self._hashes, places = np.unique(both, return_inverse=True)
        self._counts = np.bincount(places, weights=weights, minlength=len(self._hashes)).astype(np.int64)

    def table(self, titles: int) -> tuple[Any, Any]:
        """Return (hashes ascending, bits): log2 of all titles over those with the word, between 1 and 31.

        A small repertoire is a sample of the world's titles: what is common there is not known from it.
        """
        rarity = np.log2(max(titles, _WORLD)) - np.log2(np.maximum(self._counts, 1)) + 1
        return self._hashes, np.clip(np.round(rarity), 1, 31).astype(np.uint32)


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
    progress: Progress = silent,
) -> None:
    """Write the index of a repertoire into `folder`, which must not be there; all of it or nothing.

    `titles`, `names` and `codes` are tables of REPERTOIRE_TITLES, REPERTOIRE_NAMES and REPERTOIRE_CODES; the first two
    may come in pieces, then `work_ids` says all works, ascending; rows of others are
    passed over. `repertoire` is the digest of what was read.
    `part_count`, a power of two, cuts the work into that many parts (None: by its size). `progress` counts steps.
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
            _pieces(titles), _pieces(names), codes, repertoire
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

    def run(self, titles: Iterator[pa.Table], names: Iterator[pa.Table], codes: pa.Table, repertoire: str) -> None:
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
        self._writer.finish(
            repertoire=repertoire,
            table=table_digest(),
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
            folded: Column = fold_column(table.column("name" if name == "names" else "title"))
            which = roles(table)
            data, starts, hashes, works, kinds = _emit(
                *folded.native,
                *folded.roman,
                np.zeros(table.num_rows, np.int64) if which is None else which,
                known.astype(np.uint32),
                scratch.table,
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
        whole = _Dictionaries(self._writer, "titles", parts)
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
                self._writer.append("title_kinds", np.minimum.reduceat(kinds, firsts) if len(firsts) else kinds)
                np.stack([works[kept], (numbers[kept] + whole.count).astype(np.uint32)], axis=1).tofile(out)
                words.add(word_hashes(texts.data, texts.starts, room.table))
        hashes, bits = words.table(whole.count)
        self._writer.append("words_directory", directory_of(hashes))
        self._writer.append("words_prints", (hashes & np.uint64(0xFFFFFFFF)).astype(np.uint32))
        self._writer.append("words_targets", bits)
        self._lists("work_titles", pairs)
        return whole.count

    def _names(self, parts: Parts) -> int:
        whole = _Dictionaries(self._writer, "names", parts)
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

    def _keys(self, name: str, parts: Parts) -> None:
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
            written.append(hashes[few])
        hashes = np.concatenate(written)
        self._writer.append(f"{name}_directory", directory_of(hashes))
        self._writer.append(f"{name}_prints", (hashes & np.uint64(0xFFFFFFFF)).astype(np.uint32))

    def _lists(self, name: str, pairs: Path) -> None:
        starts, items = _lists_by_work(pairs, len(self._work_ids))
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
        for owners, numbers, _, pool in _Dictionaries(self._writer, "codes", parts).parts():
            counts = np.bincount(numbers, minlength=len(pool.starts) - 1)
            self._writer.append("code_works_starts", np.concatenate(([0], np.cumsum(counts))))
            self._writer.append("code_works_items", owners)

    def _weights(self, title_count: int) -> None:
        """Write what needs the whole: each title's keys, its rarity, how often it was recorded, and works' letters."""
        columns = self._writer.written()
        titles = Pool(columns("titles_data"), columns("titles_starts"))
        places = enumerate(("directory", "prints", "targets"), WORD_KEYS)
        words = Bundle({slot: columns(f"words_{part}") for slot, part in places})
        keys = Parts(self._scratch, "title-keys", self._part_count, ("hash", "target"))
        room, letters = new_room(), np.zeros(LETTERS, np.uint8)
        nothing = Pool(np.zeros(0, np.uint8), np.zeros(1, np.int64))
        for first in range(0, max(title_count, 1), _ROWS_A_PART // 4):
            last = min(first + _ROWS_A_PART // 4, title_count)
            starts = titles.starts[first : last + 1]
            hashes, targets, bits = title_keys(titles.data, starts, words.table, first, room.table, letters)
            self._writer.append("title_bits", bits)
            keys.add(nothing, hash=hashes, target=targets)
        self._keys("title_keys", keys)
        recorded = np.diff(columns("work_performers_starts")) + 1
        self._writer.append("facts", np.array([len(recorded), np.count_nonzero(recorded > 1)], np.int64))
        starts, items = columns("title_works_starts"), columns("title_works_items")
        sums = np.add.reduceat(recorded[items], starts[:-1]) if len(items) else np.zeros(0)
        self._writer.append("title_weights", np.minimum(sums, 0xFFFFFFFF).astype(np.uint32))
        work_titles = columns("work_titles_starts"), columns("work_titles_items")
        self._writer.append("signatures", _signatures(*work_titles, titles.starts, titles.data))


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
