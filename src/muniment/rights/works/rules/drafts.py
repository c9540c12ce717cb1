"""The values that go in: a work as one submitter describes it, before anything about it is stored."""

from dataclasses import dataclass, field
from datetime import date

from muniment.kernel.words.problems import Problem
from muniment.kernel.words.shares import Right
from muniment.kernel.words.territory import WORLD

WORLD_TERMS = str(WORLD)
"""The territories of a claim that names none."""

PUBLISHER_ROLES = frozenset({"E", "AQ", "AM", "SE", "PA", "ES"})
"""CWR's roles of publishers; every other role is a writer's."""


@dataclass(frozen=True, slots=True)
class TitleDraft:
    """A further title; `kind` is CWR's: AT alternative, TE first line, TT translated, FT formal, OT original, ..."""

    title: str
    kind: str = "AT"
    language: str = ""


@dataclass(frozen=True, slots=True)
class ContributorDraft:
    """A party's part in a work. Who it is: `party_id`, else the IPI name number, else name and society.

    Shares are ownership in ppm. `chain` numbers the chain of publishers, from 1; a writer has that of the publishers
    who publish the writer, 0 where nobody does. An empty name is an unknown writer.
    """

    name: str
    role: str
    party_id: int | None = None
    party_code: str = ""
    ipi_name: str | None = None
    ipi_base: str | None = None
    society_code: str = ""  # CISAC's three digits, of the society that collects the performing right
    society_name: str = ""  # where only the society's name is known
    aliases: tuple[str, ...] = ()
    chain: int = 0
    controlled: bool = False
    pr_own_ppm: int = 0
    mr_own_ppm: int = 0
    sr_own_ppm: int = 0
    isni: str | None = None

    @property
    def is_publisher(self) -> bool:
        """Say whether the role is one of publishers."""
        return self.role in PUBLISHER_ROLES

    def owned_ppm(self, right: Right) -> int:
        """Return the share of the right that the party owns."""
        match right:
            case Right.PERFORMING:
                return self.pr_own_ppm
            case Right.MECHANICAL:
                return self.mr_own_ppm
        return self.sr_own_ppm


@dataclass(frozen=True, slots=True)
class ShareDraft:
    """A collection claim; `contributor` is the place of its party in the work's contributors, from 0."""

    contributor: int
    right: Right
    share_ppm: int
    territories: str = WORLD_TERMS
    valid_from: date | None = None
    valid_to: date | None = None
    agreement_number: str = ""


@dataclass(frozen=True, slots=True)
class RecordingDraft:
    """A recording of the work; `isrc` in its compact form, the title empty where it is the work's."""

    title: str = ""
    isrc: str | None = None
    performer: str = ""
    duration_ms: int | None = None
    version: str = ""
    p_line: str = ""
    controller: str = ""
    credits: tuple[str, ...] = ()  # "role: name"


@dataclass(frozen=True, slots=True)
class EditionDraft:
    """A product in which the work comes out. `numbers` are (scheme, compact number); `reference` is the sender's key.

    `published` is a day, a year, or what the sender writes. `withdrawn`: the sender takes it back.
    """

    title: str
    kind: str = "book"
    subtitle: str = ""
    form: str = ""
    publisher: str = ""
    imprint: str = ""
    published: str = ""
    statement: str = ""
    languages: str = ""
    series: str = ""
    coverage: str = ""
    url: str = ""
    page_count: int | None = None
    reference: str = ""
    numbers: tuple[tuple[str, str], ...] = ()
    withdrawn: bool = False

    @property
    def telling_numbers(self) -> tuple[tuple[str, str], ...]:
        """Return the numbers by which two senders mean the same edition; the ISSN of a book is that of its series."""
        return tuple(
            number
            for number in self.numbers
            if number[0] in TELLING_SCHEMES and (number[0] != "ISSN" or self.kind == "journal")
        )


TELLING_SCHEMES = frozenset({"ISBN", "ISSN", "DOI"})
"""What names one edition, or one journal, whoever says so."""
TEXT = "TEXT"
"""The class of works of letters: two of the same title and the same authors by name are one work."""


@dataclass(frozen=True, slots=True)
class AgreementDraft:
    """A contract that a submitter names; the parties are places in the work's contributors."""

    number: str
    kind: str = ""
    assignor: int | None = None
    acquirer: int | None = None
    territories: str = ""
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(frozen=True, slots=True)
class WorkDraft:
    """A work as a submitter describes it. Identifiers are None where unknown, else in their compact form.

    `code` is the society's own code: where empty, one is made. `submitter_number` is the submitter's. `line` is where
    the file says so, for problems.
    """

    title: str
    code: str = ""
    submitter_number: str = ""
    iswc: str | None = None
    language: str = ""
    duration_ms: int | None = None
    work_class: str = ""
    version_type: str = "ORI"
    original_title: str = ""
    original_iswc: str | None = None
    titles: tuple[TitleDraft, ...] = ()
    contributors: tuple[ContributorDraft, ...] = ()
    shares: tuple[ShareDraft, ...] = ()
    agreements: tuple[AgreementDraft, ...] = ()
    recordings: tuple[RecordingDraft, ...] = ()
    generated_shares: bool = False
    line: int | None = None
    numbers: tuple[tuple[str, str], ...] = ()  # (who gave it, number), beside the submitter's own
    editions: tuple[EditionDraft, ...] = ()


@dataclass(frozen=True, slots=True)
class Doubt:
    """A reason why a draft may be another work: that work (None: only its own ISWC differs), and which number says so.

    `why` is "number" (the submitter's number is that of the other work), "iswc" (the work has another ISWC) or
    "writers" (the other work has the same title and writers, and another ISWC).
    """

    other_id: int | None
    why: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one draft: its work, the parties of its contributors, whether and how it was known.

    `spoken`: its submitter had claims on the work before; `changed`: what the submitter claims is not what it was.
    """

    work_id: int
    party_ids: tuple[int | None, ...]
    known: bool = False
    spoken: bool = False
    changed: bool = True
    doubt: Doubt | None = None


@dataclass(slots=True)
class ImportCounts:
    """What an import did, in counts; filled as it goes."""

    work_count: int = 0  # new works
    known_work_count: int = 0  # works that were recognised
    superseded_count: int = 0  # of these, where the submitter's own earlier claims were closed
    party_count: int = 0  # parties registered for it
    share_line_count: int = 0
    recording_count: int = 0
    edition_count: int = 0
    conflict_count: int = 0  # works with money in dispute among those that the import touched
    work_ids: list[int] = field(default_factory=list)  # of every draft, in their order
    problems: list[Problem] = field(default_factory=list)


def claims_of(draft: WorkDraft) -> tuple[ShareDraft, ...]:
    """Return every collection claim of a draft: those it states, and those that follow from ownership.

    Who owns a share and has no collection claim collects what it owns, in the World. A chain of publishers of whom
    anyone has a collection claim states its collection in full: its other publishers own, but do not collect.
    """
    if not draft.shares:
        return tuple(
            ShareDraft(place, right, share_ppm)
            for place, one in enumerate(draft.contributors)
            for right, share_ppm in zip(Right, (one.pr_own_ppm, one.mr_own_ppm, one.sr_own_ppm), strict=True)
            if share_ppm
        )
    stated_by = {share.contributor for share in draft.shares}
    chains = {
        draft.contributors[place].chain
        for place in stated_by
        if draft.contributors[place].is_publisher and draft.contributors[place].chain
    }
    derived = [
        ShareDraft(place, right, one.owned_ppm(right))
        for place, one in enumerate(draft.contributors)
        if place not in stated_by and not (one.is_publisher and one.chain in chains)
        for right in Right
        if one.owned_ppm(right)
    ]
    return (*draft.shares, *derived)
