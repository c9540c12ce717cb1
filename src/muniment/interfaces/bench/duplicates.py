"""Duplicates on published rows with a truth: five sources that name the same recordings, each in its own bad manner.

Every row is registered as a work of its own and asked for against all the others, as the search for duplicate works
does it; length, album and year add their reasons as the numbers of works do. What the truth says is read last.
"""

import csv
import gzip
import re
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import pyarrow as pa
from rapidfuzz.fuzz import ratio

from muniment.interfaces.bench.measure import Measures
from muniment.kernel.columns.schemas import REPERTOIRE_CODES, REPERTOIRE_NAMES, REPERTOIRE_TITLES
from muniment.kernel.words.names import fold
from muniment.kernel.words.problems import UserError
from muniment.rights.parties.rules.likeness import Reason, chance_ppm
from muniment.use.duplicates.bulk import ask_matcher
from muniment.use.duplicates.rules import Asked, Finding, logit_milli
from muniment.use.matching.bulk.build import build_index
from muniment.use.matching.bulk.index import open_index

FLOORS_PPM = (100_000, 300_000, 500_000, 700_000, 900_000, 990_000)
"""The thresholds that are told of; the product proposes from 500,000 on."""

_ASK_FROM_PPM = 1_000
_MOST_LINES = 6
_TRACK = re.compile(r"^\s*\d{1,3}\s*-\s*")
_LAST_PARENTHESIS = re.compile(r"\s*[(\[][^()\[\]]*[)\]]?\s*$")
_PARTED = re.compile(r"\s+-\s+")
_MINUTES = re.compile(r"(?:(\d+)\s*m)?\s*(?:(\d+)\s*s)?")

SAME_LENGTH: Reason = ("lengths equal to two seconds", 1_200)
OTHER_LENGTH: Reason = ("lengths differ by more than ten seconds", -3_000)
SAME_ALBUM: Reason = ("album alike", 1_500)
OTHER_ALBUM: Reason = ("albums differ", -1_500)
SAME_YEAR: Reason = ("year equal", 500)
OTHER_YEAR: Reason = ("years differ", -700)


class NotMusicBrainz(UserError):
    """The folder does not hold the five sources."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row as the sources give it, read but not matched: every title it may be known by, and who may perform it."""

    id: int
    readings: tuple[tuple[str, str], ...]  # (title, performer), the likeliest first
    album: str
    length_s: int | None
    year: int | None


@dataclass(frozen=True, slots=True)
class PairScores:
    """How well pairs above a threshold agree with the truth."""

    floor_ppm: int
    found_count: int
    right_count: int
    true_count: int

    @property
    def precision(self) -> float:
        """Return which part of the pairs found is true."""
        return self.right_count / self.found_count if self.found_count else 1.0

    @property
    def recall(self) -> float:
        """Return which part of the true pairs is found."""
        return self.right_count / self.true_count if self.true_count else 1.0

    @property
    def f1(self) -> float:
        """Return the harmonic mean of both."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


def read_rows(folder: Path) -> tuple[list[Row], list[str]]:
    """Return the rows of all sources and, apart from them, the cluster that the truth puts each into.

    Raises:
        NotMusicBrainz: there are no files source_N.csv.gz in the folder.
    """
    files = sorted(folder.glob("source_*.csv.gz"))
    if not files:
        raise NotMusicBrainz(f"{folder} has no files source_1.csv.gz and so on.", "Name the folder of the data set.")
    rows: list[Row] = []
    clusters: list[str] = []
    for path in files:
        with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
            for cells in csv.DictReader(file):
                clusters.append(cells["cluster_id"])
                rows.append(read_row(len(rows) + 1, cells))
    return rows, clusters


def read_row(number: int, cells: Mapping[str, str]) -> Row:
    """Read the cells of one row; its number and its cluster in the truth are not looked at."""
    title = _TRACK.sub("", cells["title"] or "").strip()
    artist = (cells["artist"] or "").strip()
    album = re.sub(r"\s*\((?:\d{4}|unknown)\)\s*$", "", (cells["album"] or "").strip())
    readings = dict.fromkeys(one for one in _readings(title, artist, album) if fold(one[0]))
    parts = _PARTED.split(title)
    guessed = album or (parts[-1] if artist and len(parts) > 1 else "")
    kept = tuple(readings)[:_MOST_LINES] or ((title or "?", artist),)
    return Row(number, kept, fold(guessed), read_length(cells["length"] or ""), read_year(cells["year"] or ""))


def _readings(title: str, artist: str, album: str) -> Iterable[tuple[str, str]]:
    """Yield what a cell may say: the title alone, with the album behind it, or with the artist before it."""
    bare = _without_album(title, album)
    parts = _PARTED.split(title)
    if artist:
        yield bare, artist
        if len(parts) > 1:
            yield " - ".join(parts[:-1]), artist
        yield _LAST_PARENTHESIS.sub("", bare) or bare, artist
    elif len(parts) > 1:
        yield " - ".join(parts[1:]), parts[0]
        yield _LAST_PARENTHESIS.sub("", " - ".join(parts[1:])) or parts[1], parts[0]
    yield bare, artist


def _without_album(title: str, album: str) -> str:
    """Return the title without the album that some sources put behind it."""
    if album:
        for behind in (f"({album})", f"- {album}"):
            if title.endswith(behind) and title != behind:
                return title[: -len(behind)].strip()
    return title


def read_length(text: str) -> int | None:
    """Return a length in seconds: written 4:04, 219, 4.367 (minutes), 1m 58sec or 321266 (milliseconds)."""
    text = text.strip()
    if ":" in text:
        minutes, _, seconds = text.partition(":")
        return int(minutes) * 60 + int(seconds) if minutes.isdigit() and seconds.isdigit() else None
    if text.isascii() and text.isdigit():
        return int(text) // 1000 if len(text) > 4 else int(text)
    if re.fullmatch(r"\d+\.\d+", text):
        return round(float(text) * 60)
    found = _MINUTES.match(text)
    if found and (found[1] or found[2]):
        return int(found[1] or 0) * 60 + int(found[2] or 0)
    return None


def read_year(text: str) -> int | None:
    """Return the last two digits of a year: 1996, '96 and 96 are one."""
    digits = re.sub(r"\D", "", text)
    return int(digits[-2:]) if len(digits) in (2, 4) else None


def find_pairs(rows: Sequence[Row], measures: Measures) -> dict[tuple[int, int], int]:
    """Return the score in ppm of each pair that the matcher finds, with what length, album and year add."""
    titles = [(row.id, title) for row in rows for title, _ in row.readings]
    names = [(row.id, performer, "performer") for row in rows for performer in _names(row)]
    asked = [Asked(row.id, title, performer, "") for row in rows for title, performer in _lines(row)]
    with tempfile.TemporaryDirectory() as home, measures.stage("duplicates: index built", len(rows), "rows"):
        folder = Path(home) / "index"
        build_index(
            _table(titles, REPERTOIRE_TITLES), _table(names, REPERTOIRE_NAMES), _table([], REPERTOIRE_CODES), folder
        )
        index = open_index(folder)
        with measures.stage("duplicates: rows asked", len(asked), "lines"):
            found = ask_matcher(asked, index, _ASK_FROM_PPM)
    by_id = {row.id: row for row in rows}
    return {pair: score_of(one, by_id[pair[0]], by_id[pair[1]]) for pair, one in found.items()}


def _names(row: Row) -> Iterable[str]:
    """Return who may perform it, and the album, which stands where a sender has no performer."""
    return dict.fromkeys(name for name in (*(performer for _, performer in row.readings), row.album) if name)


def _lines(row: Row) -> Iterable[tuple[str, str]]:
    return (*row.readings, (row.readings[0][0], row.album)) if row.album else row.readings


def _table(rows: Iterable[Sequence[object]], schema: pa.Schema) -> pa.Table:
    distinct = list(dict.fromkeys(tuple(row) for row in rows))
    columns = zip(*distinct, strict=True) if distinct else [[] for _ in schema]
    return pa.Table.from_arrays(
        [pa.array(list(column), field.type) for column, field in zip(columns, schema, strict=True)], schema=schema
    )


def score_of(finding: Finding, one: Row, other: Row) -> int:
    """Return the chance, in ppm, that two rows are one recording."""
    weight = logit_milli(finding.score_ppm)
    if one.length_s and other.length_s:
        apart = abs(one.length_s - other.length_s)
        weight += SAME_LENGTH[1] if apart <= 2 else OTHER_LENGTH[1] if apart > 10 else 0
    if one.album and other.album:
        alike = ratio(one.album, other.album)
        weight += SAME_ALBUM[1] if alike >= 85 else OTHER_ALBUM[1] if alike < 50 else 0
    if one.year is not None and other.year is not None:
        weight += SAME_YEAR[1] if one.year == other.year else OTHER_YEAR[1]
    return chance_ppm(weight)


def pair_scores(found: Mapping[tuple[int, int], int], clusters: Sequence[str], floor_ppm: int) -> PairScores:
    """Compare the pairs above a threshold with the truth: two rows of one cluster are one; rows count from 1."""
    members: dict[str, list[int]] = {}
    for number, cluster in enumerate(clusters, 1):
        members.setdefault(cluster, []).append(number)
    truth = {pair for numbers in members.values() for pair in combinations(numbers, 2)}
    chosen = {pair for pair, score in found.items() if score >= floor_ppm}
    return PairScores(floor_ppm, len(chosen), len(chosen & truth), len(truth))
