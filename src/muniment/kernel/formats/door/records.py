"""What the formats of the field say about works, recordings and editions, in one shape that belongs to no format.

BWARM, ONIX, MARC, KBART and ERN each yield these records; one service imports them. A record says what its file says
and nothing more: what is absent is empty (None for numbers and dates), and `line` is where it stands in the file.

Keys are the sender's own: two records of one file speak of the same thing where kind and key are the same.
"""

from dataclasses import dataclass
from datetime import date

from muniment.kernel.words.territory import WORLD


@dataclass(frozen=True, slots=True)
class IdentifierRecord:
    """A number that somebody gave a thing.

    `scheme` is a name of `words.identifiers.PARSERS` ("ISWC", "ISRC", "ISBN", "IPI name" ...) and `value` the compact
    form of that parser, or `scheme` is another word ("DOI", "GRid", "OCLC", "proprietary") and `value` as it stands.
    `allocated_by` is who gave a proprietary number: the key of a party, or its name.
    """

    scheme: str
    value: str
    allocated_by: str = ""


@dataclass(frozen=True, slots=True)
class TitleRecord:
    """A title or name of a thing.

    `kind` is "original", "alternative", "translated", "abbreviated", "former", "formal", "transliterated", "search"
    or "series" ("original": the thing's own title). `language` is ISO 639 (two or three letters), `script` ISO 15924
    ("Arab").
    """

    text: str
    kind: str = "original"
    subtitle: str = ""
    language: str = ""
    script: str = ""


@dataclass(frozen=True, slots=True)
class PlaceRecord:
    """Where something holds: TIS territories that are in it, less those that are not (World: `WORLD`)."""

    included: tuple[int, ...] = (WORLD,)
    excluded: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class PartyRecord:
    """Somebody, and what they did for the thing that they stand in (`roles` is empty in a list of parties).

    `roles` are the words "composer", "author", "lyricist", "arranger", "adaptor", "translator", "publisher",
    "subpublisher", "administrator", "editor", "illustrator", "photographer", "narrator", "performer", "main artist",
    "featured artist", "conductor", "producer", "studio producer", "label", "rights holder", "society", "contributor".
    `kind` is "person", "organisation" or empty where the file does not say. `name` is the whole name in the order in
    which it is read; `family_name` and `given_names` where the file parts them. `other_names` are the same name in
    other languages and scripts, and pseudonyms. `sequence` is the place on the title page, from 1 (0: not told).
    """

    name: str
    key: str = ""
    roles: tuple[str, ...] = ()
    kind: str = ""
    family_name: str = ""
    given_names: str = ""
    other_names: tuple[TitleRecord, ...] = ()
    identifiers: tuple[IdentifierRecord, ...] = ()
    society: str = ""
    instrument: str = ""
    sequence: int = 0
    contact: str = ""
    born_on: date | None = None
    died_on: date | None = None
    line: int = 0


@dataclass(frozen=True, slots=True)
class ShareRecord:
    """A part of a right that a party holds.

    `party` is the key of a `PartyRecord` of the same work or file ("" where the holder is not known, as in lists of
    the unclaimed). `right` is a `words.shares.Right` value, "" for all rights or where the file names another, which
    then stands in `right_told`. `kind` is "ownership", "collection" or "administration". `share_ppm` is None where the
    file names a holder and no figure. `valid_until_on` is the last day on which it holds. `use_types` restrict it.
    `over` is the key of the share that this one is a part of (a publisher's of its writer's).
    """

    party: str
    share_ppm: int | None
    key: str = ""
    role: str = ""
    right: str = ""
    right_told: str = ""
    kind: str = "ownership"
    place: PlaceRecord = PlaceRecord()
    valid_from_on: date | None = None
    valid_until_on: date | None = None
    use_types: tuple[str, ...] = ()
    over: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class DateRecord:
    """A day of a thing's life; `kind` is "created", "recorded", "released", "published", "announced" or "withdrawn".

    `text` is what the file says where that is less than a day ("1998", "1998-05", "[ca. 1890]"); `on` is None then.
    """

    kind: str
    on: date | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class RecordingRecord:
    """A recording of sound or pictures.

    `kind` is "sound" or "video". `shares` are those of the rights in the recording itself. `works` are keys of the
    works that are heard in it, `editions` keys of the releases it is on. `p_line` is who holds it and since when.
    """

    key: str
    titles: tuple[TitleRecord, ...]
    kind: str = "sound"
    artist: str = ""
    parties: tuple[PartyRecord, ...] = ()
    shares: tuple[ShareRecord, ...] = ()
    identifiers: tuple[IdentifierRecord, ...] = ()
    duration_ms: int | None = None
    dates: tuple[DateRecord, ...] = ()
    language: str = ""
    country: str = ""
    p_line: str = ""
    c_line: str = ""
    works: tuple[str, ...] = ()
    editions: tuple[str, ...] = ()
    from_provider: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class EditionRecord:
    """A product in which works or recordings come out: a book, a journal, a release, a file.

    `kind` is "book", "journal", "article", "release", "image" or "other"; `form` is what one holds in the hand
    ("paperback", "EPUB", "CD"). `recordings` and `works` are keys of what is in it. `on_sale` is where the publisher
    has the right to sell it. `deleted` says that the sender takes an earlier notice back.
    """

    key: str
    titles: tuple[TitleRecord, ...]
    kind: str = "book"
    form: str = ""
    parties: tuple[PartyRecord, ...] = ()
    identifiers: tuple[IdentifierRecord, ...] = ()
    publisher: str = ""
    imprint: str = ""
    edition: str = ""
    series: tuple[TitleRecord, ...] = ()
    volume: str = ""
    dates: tuple[DateRecord, ...] = ()
    languages: tuple[str, ...] = ()
    country: str = ""
    page_count: int | None = None
    duration_ms: int | None = None
    subjects: tuple[str, ...] = ()
    on_sale: PlaceRecord | None = None
    coverage: str = ""
    access: str = ""
    url: str = ""
    works: tuple[str, ...] = ()
    recordings: tuple[str, ...] = ()
    from_provider: str = ""
    deleted: bool = False
    line: int = 0


@dataclass(frozen=True, slots=True)
class WorkRecord:
    """A work: music, text or image, with everything that one file says of it.

    `kind` is "music", "text", "image", "audiovisual" or "other". `recordings` and `editions` are those that the file
    tells with the work. `disputed` says that the sender knows of rival claims, `traditional` that it arranges what
    belongs to nobody, `public_domain_in` where it is free. `composite_of` and `version_of` are keys of other works.
    """

    key: str
    titles: tuple[TitleRecord, ...]
    parties: tuple[PartyRecord, ...] = ()
    shares: tuple[ShareRecord, ...] = ()
    identifiers: tuple[IdentifierRecord, ...] = ()
    recordings: tuple[RecordingRecord, ...] = ()
    editions: tuple[EditionRecord, ...] = ()
    line: int = 0
    kind: str = "music"
    language: str = ""
    genre: str = ""
    duration_ms: int | None = None
    dates: tuple[DateRecord, ...] = ()
    opus: str = ""
    catalogue_number: str = ""
    disputed: bool = False
    traditional: bool = False
    public_domain_in: PlaceRecord | None = None
    composite: bool = False
    composite_of: tuple[str, ...] = ()
    version_of: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class UnclaimedRecord:
    """A part of a work or recording for which nobody has come forward, as lists of the unclaimed tell it.

    `work` and `recording` are keys of the same file, empty where it has none; `unclaimed_ppm` is the part without a
    holder; `percentile` is how much the recording is used (100 for the most), as the sender told it.
    """

    key: str
    work: str = ""
    recording: str = ""
    titles: tuple[TitleRecord, ...] = ()
    artist: str = ""
    identifiers: tuple[IdentifierRecord, ...] = ()
    duration_ms: int | None = None
    unclaimed_ppm: int | None = None
    percentile: str = ""
    line: int = 0


type NeutralRecord = WorkRecord | RecordingRecord | EditionRecord | PartyRecord | UnclaimedRecord
"""What a reader of such a format gives, among `Problem`s; a `WorkRecord` comes with all that belongs to it."""
