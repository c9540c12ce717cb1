"""A work as records: which record each of its values goes into, and what a version of CWR has no place for."""

from collections.abc import Iterable, Iterator

from muniment.kernel.formats.cwr.preparing import TITLE_LETTERS, is_plain
from muniment.kernel.formats.cwr.rules import Value
from muniment.kernel.formats.cwr.works import CwrLink, CwrPublisher, CwrRecording, CwrTerm, CwrWork, CwrWriter
from muniment.kernel.words.problems import UserError

Line = tuple[str, dict[str, Value]]
"""The kind of a record and its values."""


class UnwritableWork(UserError):
    """A work cannot be written as CWR: it breaks a rule, or a value does not fit."""


def work_lines(work: CwrWork, version: str) -> list[Line]:
    """Return the records of a prepared work, its header first.

    Raises:
        UnwritableWork: the version has no place for a value.
    """
    return [_work_header(work), *_details(work, version)]


def _work_header(work: CwrWork) -> Line:
    return work.kind, {
        "title": work.title,
        "language": work.language,
        "submitter_work_number": work.submitter_work_number,
        "iswc": work.iswc,
        "copyright_date": work.copyright_date,
        "copyright_number": work.copyright_number,
        "distribution_category": work.distribution_category,
        "duration": work.duration_ms,
        "recorded_indicator": work.recorded,
        "text_music": work.text_music,
        "version_type": work.version_type,
        "music_arrangement": work.music_arrangement,
        "lyric_adaptation": work.lyric_adaptation,
        "work_type": work.work_type,
    }


def _details(work: CwrWork, version: str) -> Iterator[Line]:
    for publisher in work.publishers:
        yield from _publisher_lines(publisher, version)
    for writer in work.writers:
        yield from _writer_lines(writer, version)
    for title in work.titles:
        kind = "ALT" if is_plain(title.title, TITLE_LETTERS) else "NAT"
        yield kind, {"title": title.title, "title_type": title.kind, "language": title.language}
    if work.original is not None:
        original = work.original
        yield (
            "VER",
            {
                "title": original.title,
                "iswc": original.iswc,
                "language": original.language,
                "writer_1_last_name": original.writer_last_name,
                "writer_1_first_name": original.writer_first_name,
                "submitter_work_number": original.submitter_work_number,
            },
        )
    for performer in work.performers:
        yield (
            "PER",
            {
                "last_name": performer.last_name,
                "first_name": performer.first_name,
                "ipi_name": performer.ipi_name,
                "ipi_base": performer.ipi_base,
            },
        )
    for recording in work.recordings:
        yield "REC", _recording_values(recording, version)
    for origin in work.origins:
        yield (
            "ORN",
            {
                "intended_purpose": origin.purpose,
                "production_title": origin.production_title,
                "cd_identifier": origin.cd_identifier,
                "music_library": origin.music_library,
            },
        )


def _recording_values(recording: CwrRecording, version: str) -> dict[str, Value]:
    values: dict[str, Value] = {
        "release_date": recording.release_date,
        "duration": recording.duration_ms,
        "album_title": recording.album_title,
        "album_label": recording.album_label,
        "catalogue_number": recording.catalogue_number,
        "ean": recording.ean,
        "isrc": recording.isrc,
    }
    if version == "02.20":
        valid = "Y" if recording.isrc else ""
        return values | {
            "recording_title": recording.title,
            "display_artist": recording.artist,
            "isrc_validity": valid,
        }
    if recording.title or recording.artist:
        raise UnwritableWork("CWR 2.1 has no title or artist of a recording.", "Leave them blank, or write CWR 2.2.")
    return values


def _owned(party: CwrPublisher | CwrWriter) -> dict[str, Value]:
    return {
        "ip_number": party.ip_number,
        "ipi_name": party.ipi_name,
        "ipi_base": party.ipi_base,
        "pr_society": party.pr_society,
        "pr_share": party.pr_ppm,
        "mr_society": party.mr_society,
        "mr_share": party.mr_ppm,
        "sr_society": party.sr_society,
        "sr_share": party.sr_ppm,
    }


def _term_lines(kind: str, ip_number: str, terms: Iterable[CwrTerm]) -> Iterator[Line]:
    for place, term in enumerate(terms, 1):
        yield (
            kind,
            {
                "ip_number": ip_number,
                "pr_share": term.pr_ppm,
                "mr_share": term.mr_ppm,
                "sr_share": term.sr_ppm,
                "inclusion": term.sign,
                "tis": term.tis,
                "shares_change": "Y" if term.shares_change else "N",
                "sequence": place,
            },
        )


def _publisher_lines(publisher: CwrPublisher, version: str) -> Iterator[Line]:
    yield (
        "SPU" if publisher.controlled else "OPU",
        {
            **_owned(publisher),
            "publisher_sequence": publisher.chain,
            "publisher_name": publisher.name,
            "publisher_unknown": "Y" if publisher.unknown else "",
            "publisher_type": publisher.role,
            "submitter_agreement_number": publisher.submitter_agreement_number,
            "society_agreement_number": publisher.society_agreement_number,
            "agreement_type": publisher.agreement_type,
        },
    )
    for other in publisher.other_names:
        yield (
            "NPN",
            {
                "publisher_sequence": publisher.chain,
                "ip_number": publisher.ip_number,
                "publisher_name": other.name,
                "language": other.language,
            },
        )
    if publisher.terms and not publisher.controlled and version == "02.10":
        raise UnwritableWork("CWR 2.1 has no territories of publishers that are not controlled.", "Leave them out.")
    yield from _term_lines("SPT" if publisher.controlled else "OPT", publisher.ip_number, publisher.terms)


def _writer_lines(writer: CwrWriter, version: str) -> Iterator[Line]:
    yield (
        "SWR" if writer.controlled else "OWR",
        {
            **_owned(writer),
            "last_name": writer.last_name,
            "first_name": writer.first_name,
            "writer_unknown": "Y" if writer.unknown else "",
            "role": writer.role,
        },
    )
    for other in writer.other_names:
        yield (
            "NWN",
            {
                "ip_number": writer.ip_number,
                "last_name": other.name,
                "first_name": other.first_name,
                "language": other.language,
            },
        )
    if (writer.terms or writer.publishers) and not writer.controlled and version == "02.10":
        raise UnwritableWork(
            "CWR 2.1 has no territories or links of writers that are not controlled.", "Leave them out."
        )
    yield from _term_lines("SWT" if writer.controlled else "OWT", writer.ip_number, writer.terms)
    for link in writer.publishers:
        values = _link_values(writer.ip_number, link)
        yield "PWR", values | ({"publisher_sequence": link.chain} if version == "02.20" else {})


def _link_values(ip_number: str, link: CwrLink) -> dict[str, Value]:
    return {
        "publisher_ip_number": link.publisher_ip_number,
        "publisher_name": link.publisher_name,
        "submitter_agreement_number": link.submitter_agreement_number,
        "society_agreement_number": link.society_agreement_number,
        "writer_ip_number": ip_number,
    }
