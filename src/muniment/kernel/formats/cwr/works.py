"""A work as a CWR transaction describes it: readable values, made from records and made into records.

Shares are ppm, durations milliseconds. A party's names in other scripts (NPN, NWN) are its `other_names`; titles in
other scripts (NAT) stand among `titles` with the rest.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from muniment.kernel.formats.cwr.chains import PartyLines, gather_chains
from muniment.kernel.formats.cwr.reading import CwrTransaction
from muniment.kernel.formats.cwr.records import WORK_KINDS, CwrRecord
from muniment.kernel.words.problems import UserError


class NotAWork(UserError):
    """The transaction is an agreement or an acknowledgement, not the description of a work."""


@dataclass(frozen=True, slots=True)
class CwrTerm:
    """What a party collects in a territory: sign I (included) or E (excluded), a TIS code, ppm for each right."""

    sign: str
    tis: int
    pr_ppm: int = 0
    mr_ppm: int = 0
    sr_ppm: int = 0
    shares_change: bool = False


@dataclass(frozen=True, slots=True)
class CwrName:
    """A party's name in another script; `name` is the last name of a writer or the whole name of a publisher."""

    name: str
    first_name: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class CwrPublisher:
    """A publisher of the work: its place in a chain, its role (E, AQ, AM, SE, PA, ES), what it owns and collects."""

    chain: int
    role: str
    controlled: bool
    ip_number: str
    name: str
    unknown: bool = False
    ipi_name: str = ""
    ipi_base: str = ""
    pr_society: str = ""
    mr_society: str = ""
    sr_society: str = ""
    pr_ppm: int = 0
    mr_ppm: int = 0
    sr_ppm: int = 0
    submitter_agreement_number: str = ""
    society_agreement_number: str = ""
    agreement_type: str = ""
    terms: tuple[CwrTerm, ...] = ()
    other_names: tuple[CwrName, ...] = ()


@dataclass(frozen=True, slots=True)
class CwrLink:
    """The publisher that represents a writer, and under which agreement; `chain` only in CWR 2.2."""

    publisher_ip_number: str
    publisher_name: str
    submitter_agreement_number: str = ""
    society_agreement_number: str = ""
    chain: int | None = None


@dataclass(frozen=True, slots=True)
class CwrWriter:
    """A writer of the work: role (CA, A, C, AR, ...), what it owns and collects, who publishes it."""

    controlled: bool
    ip_number: str
    last_name: str
    first_name: str = ""
    role: str = ""
    unknown: bool = False
    ipi_name: str = ""
    ipi_base: str = ""
    pr_society: str = ""
    mr_society: str = ""
    sr_society: str = ""
    pr_ppm: int = 0
    mr_ppm: int = 0
    sr_ppm: int = 0
    terms: tuple[CwrTerm, ...] = ()
    other_names: tuple[CwrName, ...] = ()
    publishers: tuple[CwrLink, ...] = ()

    @property
    def full_name(self) -> str:
        """Return first and last name together."""
        return f"{self.first_name} {self.last_name}".strip()


@dataclass(frozen=True, slots=True)
class CwrTitle:
    """Another title: kind AT, TE, FT, IT, OT, TT, PT, RT, ET, OL or AL, and the language where it is said."""

    title: str
    kind: str = "AT"
    language: str = ""


@dataclass(frozen=True, slots=True)
class CwrPerformer:
    """Who performs the work on a recording or in public."""

    last_name: str
    first_name: str = ""
    ipi_name: str = ""
    ipi_base: str = ""

    @property
    def full_name(self) -> str:
        """Return first and last name together."""
        return f"{self.first_name} {self.last_name}".strip()


@dataclass(frozen=True, slots=True)
class CwrRecording:
    """A recording or release of the work; title, artist and label of its own only in CWR 2.2."""

    isrc: str = ""
    duration_ms: int | None = None
    release_date: date | None = None
    album_title: str = ""
    album_label: str = ""
    catalogue_number: str = ""
    ean: str = ""
    title: str = ""
    artist: str = ""


@dataclass(frozen=True, slots=True)
class CwrOriginal:
    """The work that this one was made from (VER)."""

    title: str
    iswc: str = ""
    language: str = ""
    writer_last_name: str = ""
    writer_first_name: str = ""
    submitter_work_number: str = ""


@dataclass(frozen=True, slots=True)
class CwrOrigin:
    """The production that the work was made for (ORN); `purpose` such as FIL film, TEL television, LIB library."""

    purpose: str
    production_title: str = ""
    cd_identifier: str = ""
    music_library: str = ""


@dataclass(frozen=True, slots=True)
class CwrWork:
    """A work with its parties, titles, performers and recordings; `kind` is NWR, REV, ISW or EXC."""

    submitter_work_number: str
    title: str
    kind: str = "NWR"
    iswc: str = ""
    language: str = ""
    duration_ms: int | None = None
    distribution_category: str = "UNC"
    version_type: str = "ORI"
    music_arrangement: str = ""
    lyric_adaptation: str = ""
    text_music: str = ""
    recorded: str = "U"
    work_type: str = ""
    copyright_date: date | None = None
    copyright_number: str = ""
    titles: tuple[CwrTitle, ...] = ()
    publishers: tuple[CwrPublisher, ...] = ()
    writers: tuple[CwrWriter, ...] = ()
    performers: tuple[CwrPerformer, ...] = ()
    recordings: tuple[CwrRecording, ...] = ()
    original: CwrOriginal | None = None
    origins: tuple[CwrOrigin, ...] = ()


def work_of(transaction: CwrTransaction) -> CwrWork:
    """Return the work that a transaction describes; of an acknowledgement, the work that it repeats.

    Raises:
        NotAWork: the transaction describes none.
    """
    header = transaction.header
    records: Sequence[CwrRecord] = transaction.records
    if header.kind == "ACK":
        places = [place for place, record in enumerate(records) if record.kind in WORK_KINDS]
        if places:
            header = records[places[0]]
            records = records[places[0] + 1 : places[1] if len(places) > 1 else None]
    if header.kind not in WORK_KINDS:
        raise NotAWork(
            f"The {transaction.kind} transaction on line {transaction.line} describes no work.", "Read its records."
        )
    return _work(header, records)


def works_of(transaction: CwrTransaction) -> tuple[CwrWork, ...]:
    """Return the works that a transaction describes: one, or none where it is an agreement or a bare answer."""
    kinds = {transaction.header.kind}
    if transaction.header.kind == "ACK":
        kinds.update(record.kind for record in transaction.records)
    return (work_of(transaction),) if kinds & WORK_KINDS else ()


def _work(header: CwrRecord, records: Sequence[CwrRecord]) -> CwrWork:
    chains = gather_chains(records)
    by_kind: dict[str, list[CwrRecord]] = {}
    for record in records:
        by_kind.setdefault(record.kind, []).append(record)
    originals = by_kind.get("VER", [])
    titles = [record for record in records if record.kind in {"ALT", "NAT"}]
    performers = [record for record in records if record.kind in {"PER", "NPR"}]
    return CwrWork(
        submitter_work_number=header.text("submitter_work_number"),
        title=header.text("title"),
        kind=header.kind,
        iswc=header.text("iswc"),
        language=header.text("language"),
        duration_ms=header.duration_ms(),
        distribution_category=header.text("distribution_category"),
        version_type=header.text("version_type"),
        music_arrangement=header.text("music_arrangement"),
        lyric_adaptation=header.text("lyric_adaptation"),
        text_music=header.text("text_music"),
        recorded=header.text("recorded_indicator"),
        work_type=header.text("work_type"),
        copyright_date=header.day("copyright_date"),
        copyright_number=header.text("copyright_number"),
        titles=tuple(CwrTitle(r.text("title"), r.text("title_type"), r.text("language")) for r in titles),
        publishers=tuple(map(_publisher, chains.publishers)),
        writers=tuple(map(_writer, chains.writers)),
        performers=tuple(map(_performer, performers)),
        recordings=tuple(map(_recording, by_kind.get("REC", []))),
        original=_original(originals[0]) if originals else None,
        origins=tuple(map(_origin, by_kind.get("ORN", []))),
    )


def _terms(lines: PartyLines) -> tuple[CwrTerm, ...]:
    return tuple(
        CwrTerm(
            sign=term.text("inclusion"),
            tis=term.number("tis"),
            pr_ppm=0 if term.text("inclusion") == "E" else term.number("pr_share"),
            mr_ppm=0 if term.text("inclusion") == "E" else term.number("mr_share"),
            sr_ppm=0 if term.text("inclusion") == "E" else term.number("sr_share"),
            shares_change=term.text("shares_change") == "Y",
        )
        for term in lines.terms
    )


def _publisher(lines: PartyLines) -> CwrPublisher:
    record = lines.record
    return CwrPublisher(
        chain=record.number("publisher_sequence"),
        role=record.text("publisher_type") or "E",
        controlled=lines.controlled,
        ip_number=lines.ip_number,
        name=record.text("publisher_name"),
        unknown=record.text("publisher_unknown") == "Y",
        ipi_name=record.text("ipi_name"),
        ipi_base=record.text("ipi_base"),
        pr_society=record.text("pr_society"),
        mr_society=record.text("mr_society"),
        sr_society=record.text("sr_society"),
        pr_ppm=record.number("pr_share"),
        mr_ppm=record.number("mr_share"),
        sr_ppm=record.number("sr_share"),
        submitter_agreement_number=record.text("submitter_agreement_number"),
        society_agreement_number=record.text("society_agreement_number"),
        agreement_type=record.text("agreement_type"),
        terms=_terms(lines),
        other_names=tuple(CwrName(r.text("publisher_name"), language=r.text("language")) for r in lines.names),
    )


def _writer(lines: PartyLines) -> CwrWriter:
    record = lines.record
    return CwrWriter(
        controlled=lines.controlled,
        ip_number=lines.ip_number,
        last_name=record.text("last_name"),
        first_name=record.text("first_name"),
        role=record.text("role"),
        unknown=record.text("writer_unknown") == "Y",
        ipi_name=record.text("ipi_name"),
        ipi_base=record.text("ipi_base"),
        pr_society=record.text("pr_society"),
        mr_society=record.text("mr_society"),
        sr_society=record.text("sr_society"),
        pr_ppm=record.number("pr_share"),
        mr_ppm=record.number("mr_share"),
        sr_ppm=record.number("sr_share"),
        terms=_terms(lines),
        other_names=tuple(CwrName(r.text("last_name"), r.text("first_name"), r.text("language")) for r in lines.names),
        publishers=tuple(map(_link, lines.links)),
    )


def _link(record: CwrRecord) -> CwrLink:
    return CwrLink(
        publisher_ip_number=record.text("publisher_ip_number"),
        publisher_name=record.text("publisher_name"),
        submitter_agreement_number=record.text("submitter_agreement_number"),
        society_agreement_number=record.text("society_agreement_number"),
        chain=record.number("publisher_sequence") or None,
    )


def _performer(record: CwrRecord) -> CwrPerformer:
    return CwrPerformer(
        record.text("last_name"), record.text("first_name"), record.text("ipi_name"), record.text("ipi_base")
    )


def _recording(record: CwrRecord) -> CwrRecording:
    return CwrRecording(
        isrc=record.text("isrc"),
        duration_ms=record.duration_ms(),
        release_date=record.day("release_date"),
        album_title=record.text("album_title"),
        album_label=record.text("album_label"),
        catalogue_number=record.text("catalogue_number"),
        ean=record.text("ean"),
        title=record.text("recording_title"),
        artist=record.text("display_artist"),
    )


def _original(record: CwrRecord) -> CwrOriginal:
    return CwrOriginal(
        title=record.text("title"),
        iswc=record.text("iswc"),
        language=record.text("language"),
        writer_last_name=record.text("writer_1_last_name"),
        writer_first_name=record.text("writer_1_first_name"),
        submitter_work_number=record.text("submitter_work_number"),
    )


def _origin(record: CwrRecord) -> CwrOrigin:
    return CwrOrigin(
        purpose=record.text("intended_purpose"),
        production_title=record.text("production_title"),
        cd_identifier=record.text("cd_identifier"),
        music_library=record.text("music_library"),
    )
