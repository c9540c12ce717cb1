"""The values that come out: works as a reader sees them."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from muniment.kernel.words.names import script_of
from muniment.kernel.words.shares import Right
from muniment.rights.works.rules.conflicts import ConflictKind

if TYPE_CHECKING:
    import pyarrow as pa


def direction_of(text: str) -> str:
    """Return the writing direction of a title or name for a page, "rtl" or "ltr"."""
    return "rtl" if not text.isascii() and script_of(text) in ("Arab", "Hebr") else "ltr"


def language_tag(language: str) -> str:
    """Return the language as HTML wants it ("EN" is "en"), empty where it is no tag but a word such as "Dutch"."""
    tag = language.strip()
    return tag.lower() if _TAG.fullmatch(tag) else ""


_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")


@dataclass(frozen=True, slots=True)
class WorkHit:
    """A work in a list; `writers` and `performers` are names, the first few."""

    id: int
    code: str
    title: str
    iswc: str | None
    language: str
    writers: tuple[str, ...]
    performers: tuple[str, ...]
    has_dispute: bool
    generated_shares: bool

    @property
    def lang(self) -> str:
        """Return the language of the title for a page, empty where it is not known."""
        return language_tag(self.language)

    @property
    def direction(self) -> str:
        """Return the writing direction of the title."""
        return direction_of(self.title)


@dataclass(frozen=True, slots=True)
class WorkLabel:
    """What a line of a statement says of a work; `iswc` may be empty."""

    code: str
    title: str
    iswc: str


@dataclass(frozen=True, slots=True)
class TitleRow:
    """A further title; `kind` is CWR's, `script` ISO 15924."""

    title: str
    kind: str
    language: str
    script: str

    @property
    def lang(self) -> str:
        """Return the language of the title for a page, empty where it is not known."""
        return language_tag(self.language)

    @property
    def direction(self) -> str:
        """Return the writing direction of the title."""
        return direction_of(self.title)


@dataclass(frozen=True, slots=True)
class ContributionRow:
    """A party's part as one submitter states it; shares are ownership. `party_id` None: unknown."""

    id: int
    party_id: int | None
    name: str
    role: str
    chain: int
    controlled: bool
    pr_own_ppm: int
    mr_own_ppm: int
    sr_own_ppm: int
    claim: str
    known_from: datetime
    known_to: datetime | None

    @property
    def direction(self) -> str:
        """Return the writing direction of the name."""
        return direction_of(self.name)


@dataclass(frozen=True, slots=True)
class ShareLineRow:
    """A share line with the name of its party, for pages; `known_to` set: closed, kept for its history."""

    id: int
    party_id: int
    party_name: str
    role: str
    right: Right
    territories: str
    share_ppm: int
    claim: str
    agreement_number: str
    valid_from: date | None
    valid_to: date | None
    known_from: datetime
    known_to: datetime | None
    intake_id: int | None


@dataclass(frozen=True, slots=True)
class RecordingRow:
    """A recording; `work_id` None: not linked yet."""

    id: int
    isrc: str | None
    title: str
    performer: str
    duration_ms: int | None
    work_id: int | None
    version: str = ""
    p_line: str = ""
    controller: str = ""
    credits: tuple[str, ...] = ()  # "role: name"

    @property
    def direction(self) -> str:
        """Return the writing direction of the title."""
        return direction_of(self.title)


@dataclass(frozen=True, slots=True)
class EditionRow:
    """A product in which a work comes out; `numbers` are (scheme, number) as people write them."""

    id: int
    kind: str
    title: str
    subtitle: str
    form: str
    publisher: str
    imprint: str
    published: str
    statement: str
    languages: str
    series: str
    coverage: str
    url: str
    page_count: int | None
    claim: str
    numbers: tuple[tuple[str, str], ...]

    @property
    def direction(self) -> str:
        """Return the writing direction of the title."""
        return direction_of(self.title)


@dataclass(frozen=True, slots=True)
class ConflictRow:
    """Claims that disagree on one right of a work in `country_count` countries, `territory` being one of them."""

    work_id: int
    work_code: str
    work_title: str
    right: Right
    kind: ConflictKind
    territory: int
    country_count: int
    disputed_ppm: int
    claims: tuple[str, ...]
    found_at: datetime


@dataclass(frozen=True, slots=True)
class VersionRow:
    """A version of a work, or the work it is a version of; `id` None: known by its title only."""

    id: int | None
    code: str
    title: str


@dataclass(frozen=True, slots=True)
class WorkRow:
    """A work with everything in force about it; `closed_lines` are the share lines that are no longer."""

    id: int
    code: str
    title: str
    iswc: str | None
    language: str
    duration_ms: int | None
    work_class: str
    version_type: str
    generated_shares: bool
    intake_id: int | None
    known_from: datetime
    known_to: datetime | None
    numbers: tuple[tuple[str, str], ...]  # (submitter, its number)
    titles: tuple[TitleRow, ...]
    contributions: tuple[ContributionRow, ...]
    share_lines: tuple[ShareLineRow, ...]
    closed_lines: tuple[ShareLineRow, ...]
    recordings: tuple[RecordingRow, ...]
    conflicts: tuple[ConflictRow, ...]
    original: VersionRow | None
    versions: tuple[VersionRow, ...]
    merged_into: VersionRow | None = None  # the work that stands for this record

    @property
    def script(self) -> str:
        """Return the script of the title."""
        return script_of(self.title)

    @property
    def lang(self) -> str:
        """Return the language of the title for a page, empty where it is not known."""
        return language_tag(self.language)

    @property
    def direction(self) -> str:
        """Return the writing direction of the title."""
        return direction_of(self.title)


@dataclass(frozen=True, slots=True)
class ExportRow:
    """One share line with its work, as an export writes it; a work without lines has one row without a right."""

    code: str
    title: str
    titles: tuple[str, ...]
    iswc: str | None
    language: str
    duration_ms: int | None
    generated_shares: bool
    claim: str = ""
    party_name: str = ""
    ipi_name: str = ""
    role: str = ""
    right: Right | None = None
    share_ppm: int = 0
    territories: str = ""
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(frozen=True, slots=True)
class WorkTraits:
    """What tells a work apart: the main title first, performers of its recordings and writers as written."""

    id: int
    titles: tuple[str, ...]
    performers: tuple[str, ...]
    writers: tuple[str, ...]
    iswc: str | None = None
    original_id: int | None = None


@dataclass(frozen=True, slots=True)
class Repertoire:
    """What usage is matched against: tables by kernel/columns/schemas.py, each in the order of work ids."""

    titles: "pa.Table"
    names: "pa.Table"
    codes: "pa.Table"
    recordings: "pa.Table"
