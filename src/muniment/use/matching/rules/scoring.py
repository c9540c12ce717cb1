"""What agreement is worth: a model whose reasons add up to the log-odds that a candidate is the work meant.

Evidence is ten observations about a line and one candidate. Each observation has a row in a table here, and a model
(`model.json`, fitted by `muniment model train`, see docs/matching.md) gives each row a weight in thousandths of
log-odds: the sum of the weights, with the model's starting point, is the log-odds, and so the probability.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from functools import lru_cache
from importlib import resources

from muniment.kernel.words.digests import digest_value
from muniment.kernel.words.problems import UserError

SURE_PPM = 1_000_000
USUAL_PRECISION_PPM = 990_000
"""The precision that is asked of what is matched until somebody asks for another."""


class Band(StrEnum):
    """What becomes of a line: paid, shown to a person, or left unidentified."""

    MATCHED = "matched"
    REVIEW = "review"
    UNIDENTIFIED = "unidentified"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Where the bands begin, as probabilities in ppm. The defaults are the shipped model's for a precision of 99 %.

    Where nothing but the title speaks, a title that more than `common_title_works` works carry (1, 3 or 10) is not even
    reviewed while it is less likely than not.
    """

    matched_ppm: int = 913_000
    review_ppm: int = 300_000
    margin_ppm: int = 0
    common_title_works: int = 3


TITLE = (
    "title equal",
    "title equal in Latin letters",
    "title equal but for its subtitle",
    "title alike to 95 %",
    "title has the same words in another order",
    "title cut off",
    "title alike to 90 %",
    "title alike to 85 %",
    "title alike to 80 %",
    "one title holds the other",
    "title alike to 70 %",
    "title alike to 50 %",
    "title hardly alike",
    "no title reported",
)
PERFORMER = (
    "performer equal",
    "one of several performers equal",
    "performer alike to 92 %",
    "performer alike to 85 %",
    "performer is a writer of the work",
    "performer known, but not for the work",
    "performer not known",
    "no performer reported",
    "the repertoire names no performer",
)
WRITERS = (
    "writers equal",
    "writers equal by initial and surname",
    "writers equal by surname",
    "half or more of the writers equal",
    "some of the writers equal",
    "writers differ",
    "no writers reported",
    "the repertoire names no writer",
)
_TITLE_CLASS = ("title equal", "title nearly equal", "title alike", "title hardly alike")
_PERFORMER_CLASS = (
    "performer agrees",
    "performer nearly agrees",
    "performer wrote it",
    "no performer",
    "performer differs",
)
_WRITERS_CLASS = ("writers agree", "writers partly agree", "no writers", "writers differ")
TOGETHER = tuple(
    f"together: {title}, {performer}, {writers}"
    for title in _TITLE_CLASS
    for performer in _PERFORMER_CLASS
    for writers in _WRITERS_CLASS
)
_WORKS = (
    "no other work has the title",
    "2 or 3 works have the title",
    "4 to 10 works have the title",
    "more than 10 works have the title",
)
COMMON = (*(f"{row}, nobody agrees" for row in _WORKS), *(f"{row}, somebody agrees" for row in _WORKS))
_RECORDED = (
    "never recorded",
    "the only work recorded under the title",
    "the only work much recorded under the title",
    "most recordings under the title are of this work",
    "many recordings under the title are of this work",
    "few recordings under the title are of this work",
)
SHARE = (*(f"{row}, nobody agrees" for row in _RECORDED), *(f"{row}, somebody agrees" for row in _RECORDED))
_WORDS = (
    *(f"the title's words say {7 * at} to {7 * at + 6} bits" for at in range(7)),
    "the title's words say 49 bits or more",
)
RARE = (*(f"{row}, nobody agrees" for row in _WORDS), *(f"{row}, somebody agrees" for row in _WORDS))
READING = (
    "read as reported",
    "title and performer exchanged",
    "performer found before the title",
    "performer found behind the title",
    "another performer found before the title",
    "one part of a medley",
    "performer found beside the title without a mark",
    "another part of the text is a title, too",
)
CODE = ("no code known", "own work code equal", "ISWC equal", "ISRC equal", "another work has the code")
MARGIN = (
    "no other candidate",
    "no candidate near",
    "the next candidate is far behind",
    "the next candidate is well behind",
    "the next candidate is behind",
    "the next candidate is not far behind",
    "the next candidate is near",
    "another candidate is as likely",
)
_OWN = (
    "no recording is known",
    "the work is mostly recorded under the title",
    "the work is often recorded under the title",
    "the work is at times recorded under the title",
    "the work is seldom recorded under the title",
    "the work is hardly ever recorded under the title",
)
OWN = (*(f"{row}, nobody agrees" for row in _OWN), *(f"{row}, somebody agrees" for row in _OWN))
RECORDED = (
    "no recording is meant",
    "the performer has recorded this title of the work",
    "the performer has recorded another title of the work",
    "no recording under the title is known",
)
TABLES = (TITLE, PERFORMER, WRITERS, TOGETHER, COMMON, SHARE, RARE, READING, CODE, MARGIN, OWN, RECORDED)
"""The rows of each table, in the order of a candidate's evidence."""
TABLE_NAMES = (
    "title",
    "performer",
    "writers",
    "together",
    "common",
    "share",
    "rare",
    "reading",
    "code",
    "margin",
    "own",
    "recorded",
)
OFFSETS = tuple(sum(map(len, TABLES[:at])) for at in range(len(TABLES)))
"""Where each table begins in a list of all weights."""
ROW_COUNT = sum(map(len, TABLES))
CODE_PRIOR_MILLI = (0, 4_500, 4_500, 4_000, -2_500)
"""What codes are taken to be worth until labelled lines with codes say otherwise."""
COMMON_WORKS = (1, 3, 10)
"""The most works with a title in each row of COMMON but the last."""
_FURTHEST = 20_000

type Row = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Promise:
    """Of an asked precision: the threshold that kept it on lines held back, and the precision and recall it gave."""

    asked_ppm: int
    threshold_ppm: int
    precision_ppm: int
    recall_ppm: int


class BadModel(UserError):
    """A model does not fit the tables."""


@dataclass(frozen=True, slots=True)
class Model:
    """Weights in thousandths of log-odds, one for each row of every table one after the other.

    `rank` orders the candidates of a line; `decide`, from `start_milli` on, gives the probability of the best one.
    """

    name: str
    rank: tuple[int, ...]
    decide: tuple[int, ...]
    start_milli: int
    trained_on: str
    promises: tuple[Promise, ...] = ()

    def __post_init__(self) -> None:
        """Check the lengths.

        Raises:
            BadModel: a list of weights has not one weight a row.
        """
        if not len(self.rank) == len(self.decide) == ROW_COUNT:
            raise BadModel(f"{len(self.rank)} and {len(self.decide)} weights for {ROW_COUNT} rows")

    @property
    def version(self) -> str:
        """Return the digest of the weights, which says exactly which model it was."""
        return digest_value([self.name, self.start_milli, *self.rank, *self.decide])

    def thresholds(self, asked_ppm: int = USUAL_PRECISION_PPM) -> Thresholds:
        """Return the thresholds for an asked precision of what is matched: those of the least promise that keeps it.

        A precision that the model never promised matches nothing by itself.
        """
        kept = [promise for promise in self.promises if promise.asked_ppm >= asked_ppm]
        least = min(kept, key=lambda promise: promise.asked_ppm, default=None)
        return Thresholds(matched_ppm=SURE_PPM + 1 if least is None else least.threshold_ppm)

    def log_odds_milli(self, evidence: Sequence[int]) -> int:
        """Return the log-odds, in thousandths, that a candidate with this evidence is the work meant."""
        rows = zip(OFFSETS, evidence, strict=True)
        return self.start_milli + sum(self.decide[offset + row] for offset, row in rows)

    def reasons(self, evidence: Sequence[int]) -> tuple[Row, ...]:
        """Return why: the starting point, then each row observed with its weight; they sum to the log-odds."""
        rows = zip(TABLES, OFFSETS, evidence, strict=True)
        observed = ((table[row], self.decide[offset + row]) for table, offset, row in rows)
        return (("starting point", self.start_milli), *(row for row in observed if row[1]))


@lru_cache(maxsize=1 << 16)
def probability_ppm(log_odds_milli: int) -> int:
    """Return the probability, in ppm, that has these log-odds in thousandths."""
    return round(SURE_PPM / (1 + math.exp(-max(-_FURTHEST, min(_FURTHEST, log_odds_milli)) / 1000)))


def read_model(text: str) -> Model:
    """Return the model that a JSON text holds.

    Raises:
        BadModel: it is not a model for these tables.
    """
    try:
        found = json.loads(text)
        weights = {
            kind: tuple(
                int(found["weights"][table][kind][row])
                for table, rows in zip(TABLE_NAMES, TABLES, strict=True)
                for row in rows
            )
            for kind in ("rank", "decide")
        }
        promises = tuple(
            Promise(**{name: int(value) for name, value in promise.items()}) for promise in found["promises"]
        )
        start = int(found["start_milli"])
        return Model(str(found["name"]), weights["rank"], weights["decide"], start, str(found["trained_on"]), promises)
    except (KeyError, TypeError, ValueError, OverflowError, AttributeError, RecursionError) as error:
        raise BadModel(
            f"This is not a model for these tables: {error!r}.", "Train one: muniment model train."
        ) from error


def write_model(model: Model) -> str:
    """Return a model as JSON text that `read_model` reads: each table's rows by their names."""

    def rows_of(weights: Sequence[int], at: int) -> dict[str, int]:
        return {row: weights[OFFSETS[at] + place] for place, row in enumerate(TABLES[at])}

    tables = {
        name: {"rank": rows_of(model.rank, at), "decide": rows_of(model.decide, at)}
        for at, name in enumerate(TABLE_NAMES)
    }
    whole = {
        "name": model.name,
        "trained_on": model.trained_on,
        "promises": [asdict(promise) for promise in model.promises],
        "start_milli": model.start_milli,
        "weights": tables,
    }
    return json.dumps(whole, ensure_ascii=False, indent=1) + "\n"


@lru_cache(maxsize=1)
def shipped_model() -> Model:
    """Return the model that comes with Muniment."""
    return read_model((resources.files("muniment.use.matching") / "model.json").read_text(encoding="utf-8"))
