"""What agreement is worth: a score that is the sum of the reasons it lists.

Evidence is six observations about a line and one candidate work. Each observation has a row in a table here and so a
weight in ppm; the score is their sum, held between 0 and 1,000,000. The weights are a logistic regression's, fitted
on reports whose works are known (docs/matching.md): 500,000 is even odds, and each 55,000 multiplies the odds by e.
"""

from dataclasses import dataclass
from enum import StrEnum

SURE_PPM = 1_000_000


class Band(StrEnum):
    """What becomes of a line: paid, shown to a person, or left unidentified."""

    MATCHED = "matched"
    REVIEW = "review"
    UNIDENTIFIED = "unidentified"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Where the bands begin. A match also stands `margin_ppm` clear of its runner-up.

    Where nothing but the title speaks, a title that more than `common_title_works` works carry is not even reviewed.
    """

    matched_ppm: int = 520_000
    review_ppm: int = 280_000
    margin_ppm: int = 60_000
    common_title_works: int = 5


Row = tuple[str, int]

TITLE: tuple[Row, ...] = (
    ("title equal", 415_000),
    ("title equal in Latin letters", 375_000),
    ("title alike to 95 %", 390_000),
    ("title cut off", 350_000),
    ("title alike to 90 %", 325_000),
    ("title alike to 85 %", 215_000),
    ("title alike to 80 %", 135_000),
    ("title alike to 70 %", 75_000),
    ("title hardly alike", -55_000),
    ("no title reported", 300_000),
)
TITLE_FLOORS_PPM = {0: 1_000_000, 2: 950_000, 4: 900_000, 5: 850_000, 6: 800_000, 7: 700_000, 8: 0}
"""The least similarity of the rows of TITLE that are told by similarity."""
RARITY: tuple[Row, ...] = (
    ("no other work has this title", 195_000),
    ("few works have this title", 50_000),
    ("several works have this title", 0),
    ("many works have this title", -10_000),
)
RARITY_WORKS = (1, 3, 10)
"""The most works with the title in each row of RARITY but the last."""
PERFORMER: tuple[Row, ...] = (
    ("performer equal", 240_000),
    ("one of several performers equal", 170_000),
    ("performer alike to 92 %", 220_000),
    ("performer alike to 85 %", 205_000),
    ("performer is a writer of the work", 85_000),
    ("performer not known for the work", -25_000),
    ("no performer reported", 0),
    ("the repertoire names no performer", -150_000),
)
WRITERS: tuple[Row, ...] = (
    ("writers equal", 150_000),
    ("writers equal by initial and surname", 140_000),
    ("writers equal by surname", 135_000),
    ("half or more of the writers equal", 20_000),
    ("some of the writers equal", -60_000),
    ("writers differ", -170_000),
    ("no writers reported", 0),
    ("the repertoire names no writer", -85_000),
)
READING: tuple[Row, ...] = (
    ("", 0),
    ("title and performer exchanged", -110_000),
    ("performer found in the title", -5_000),
    ("performer found behind the title", -100_000),
)
CODE: tuple[Row, ...] = (
    ("", 0),
    ("own work code equal", 275_000),
    ("ISWC equal", 275_000),
    ("ISRC equal", 250_000),
    ("another work has the code", -165_000),
)
TABLES = (TITLE, RARITY, PERFORMER, WRITERS, READING, CODE)
"""The tables in the order of the observations of `Evidence`."""
NO_CODE = (0, 4)
NO_NAME_PERFORMER = (5, 6, 7)
NO_NAME_WRITERS = (5, 6, 7)
"""The rows in which no name speaks for the work."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One candidate: the row of each table that was observed."""

    title: int
    rarity: int
    performer: int
    writers: int
    reading: int
    code: int = 0

    @property
    def title_only(self) -> bool:
        """Say whether neither a name nor a code speaks for the work."""
        return self.code in NO_CODE and self.performer in NO_NAME_PERFORMER and self.writers in NO_NAME_WRITERS


@dataclass(frozen=True, slots=True)
class Score:
    """A sum and what it is the sum of; reasons of weight 0 are left out unless they are the title's."""

    score_ppm: int
    reasons: tuple[Row, ...]


def score(evidence: Evidence) -> Score:
    """Return the score of a candidate with its reasons."""
    observed = (
        evidence.title,
        evidence.rarity,
        evidence.performer,
        evidence.writers,
        evidence.reading,
        evidence.code,
    )
    rows = [table[row] for table, row in zip(TABLES, observed, strict=True)]
    total = min(max(sum(weight for _, weight in rows), 0), SURE_PPM)
    return Score(total, tuple(row for row in rows if row[0] and (row[1] or row in TITLE)))


def method_of(evidence: Evidence) -> str:
    """Return what found the work: own | iswc | isrc | exact | fuzzy, as MATCHES names it."""
    if evidence.code not in NO_CODE:
        return ("own", "iswc", "isrc")[evidence.code - 1]
    named = evidence.performer <= 1 or evidence.writers <= 1
    return "exact" if evidence.title == 0 and named and evidence.reading == 0 else "fuzzy"


def band(evidence: Evidence, score_ppm: int, runner_up_ppm: int | None, *, title_works: int, at: Thresholds) -> Band:
    """Return the band of a line's best candidate, `title_works` works having its title.

    Title alone never pays: where the title is common the matcher abstains, else a person looks. A person also looks
    where a code agrees and little else does.
    """
    title_only = evidence.title_only
    clear = runner_up_ppm is None or score_ppm - runner_up_ppm >= at.margin_ppm
    if score_ppm >= at.matched_ppm and clear and not title_only:
        return Band.MATCHED
    if evidence.code not in NO_CODE:
        return Band.REVIEW
    if score_ppm < at.review_ppm or (title_only and title_works > at.common_title_works):
        return Band.UNIDENTIFIED
    return Band.REVIEW
