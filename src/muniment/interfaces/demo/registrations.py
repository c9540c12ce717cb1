"""What the two publishers register by CWR 2.1: their own works, and each the works that both of them claim."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime

from muniment.interfaces.demo.people import SOCIETY_CODE, DemoParty
from muniment.interfaces.demo.repertoire import HUNDREDTHS, DemoShare, DemoWork
from muniment.kernel.formats.cwr import (
    CwrHeader,
    CwrLink,
    CwrName,
    CwrPerformer,
    CwrPublisher,
    CwrRecording,
    CwrSender,
    CwrTerm,
    CwrTitle,
    CwrWork,
    CwrWriter,
    write_cwr,
)
from muniment.kernel.words.shares import PPM
from muniment.kernel.words.territory import WORLD

_PPM_PER_HUNDREDTH = PPM // HUNDREDTHS
_SENT_AT = datetime(2026, 6, 22, 14, 30, tzinfo=UTC)


def cwr_name(place: int) -> str:
    """Return the file name that the standard asks for: year, number, sender, receiver and version."""
    return f"CW26{1:04d}P{place:02d}_{SOCIETY_CODE}.V21"


def registered_by(publisher: DemoParty, works: Iterable[DemoWork]) -> Iterator[DemoWork]:
    """Yield the works of which the publisher sends a registration."""
    for work in works:
        if work.home == publisher.code or (work.rival and work.rival.code == publisher.code):
            yield work


def cwr_lines(publisher: DemoParty, works: Iterable[DemoWork]) -> Iterator[bytes]:
    """Give the lines of the publisher's file."""
    sender = CwrSender("PB", publisher.ipi_name, publisher.name.latin)
    header = CwrHeader(sender, _SENT_AT, date(2026, 6, 23))
    return write_cwr(header, (cwr_work(publisher, work) for work in works))


def cwr_work(publisher: DemoParty, work: DemoWork) -> CwrWork:
    """Return a work as the publisher registers it: in a contested one it stands in the other's place."""
    contests = work.home != publisher.code
    own = [share for share in work.shares if share.role == "E"]
    titles = (CwrTitle(work.title, "OT", work.language),) if work.title != work.latin_title else ()
    return CwrWork(
        submitter_work_number=f"R{work.code}" if contests else work.code,
        title=work.latin_title,
        iswc=work.iswc,
        language=work.language,
        duration_ms=work.duration_ms,
        distribution_category="POP",
        recorded="Y" if work.recordings else "N",
        titles=titles,
        publishers=tuple(_publisher(publisher, share) for share in own),
        writers=tuple(_writer(publisher, share) for share in work.shares if share.role != "E"),
        performers=tuple(
            CwrPerformer(name) for name in dict.fromkeys(recording.performer for recording in work.recordings)
        ),
        recordings=tuple(
            CwrRecording(isrc=recording.isrc, duration_ms=recording.duration_ms)
            for recording in work.recordings
            if recording.isrc
        ),
    )


def _term(share: DemoShare) -> CwrTerm:
    performing, mechanical = share.performing * _PPM_PER_HUNDREDTH, share.mechanical * _PPM_PER_HUNDREDTH
    return CwrTerm("I", WORLD, performing, mechanical, mechanical)


def _publisher(publisher: DemoParty, share: DemoShare) -> CwrPublisher:
    term = _term(share)
    return CwrPublisher(
        chain=1,
        role="E",
        controlled=True,
        ip_number=publisher.code,
        name=publisher.name.latin,
        ipi_name=publisher.ipi_name,
        ipi_base=publisher.ipi_base,
        pr_society=SOCIETY_CODE,
        mr_society=SOCIETY_CODE,
        sr_society=SOCIETY_CODE,
        pr_ppm=term.pr_ppm,
        mr_ppm=term.mr_ppm,
        sr_ppm=term.sr_ppm,
        terms=(term,),
    )


def _writer(publisher: DemoParty, share: DemoShare) -> CwrWriter:
    term, party, name = _term(share), share.party, share.party.name
    society = party.society or SOCIETY_CODE
    return CwrWriter(
        controlled=True,
        ip_number=party.code,
        last_name=name.family,
        first_name=name.given,
        role=share.role,
        ipi_name=party.ipi_name,
        ipi_base=party.ipi_base,
        pr_society=society,
        mr_society=society,
        sr_society=society,
        pr_ppm=term.pr_ppm,
        mr_ppm=term.mr_ppm,
        sr_ppm=term.sr_ppm,
        terms=(term,),
        other_names=(CwrName(name.native),) if name.script != "Latn" else (),
        publishers=(CwrLink(publisher.code, publisher.name.latin),),
    )
