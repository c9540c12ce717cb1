"""A CWR 3 transaction as a work: the same values as of CWR 2, as far as the layout knows them.

Ownership is in no record whose places are known (but MAN of 3.1), so that a party owns nothing here and collects what
its territories say.
"""

from collections.abc import Callable, Sequence

from muniment.kernel.formats.cwr import (
    CwrLink,
    CwrOriginal,
    CwrPublisher,
    CwrRecording,
    CwrTerm,
    CwrTitle,
    CwrWork,
    CwrWriter,
)
from muniment.kernel.formats.cwr3.reading import Cwr3Record, Cwr3Transaction, is_digits, is_territory
from muniment.kernel.words.identifiers import (
    InvalidIdentifier,
    parse_ipi_base,
    parse_ipi_name,
    parse_isrc,
    parse_iswc,
)
from muniment.kernel.words.problems import UserError

_PPM_OF_A_HUNDREDTH = 100
_CONTROLLED = frozenset({"SPU", "SWR"})
_TERMS = {"SPU": "SPT", "OPU": "OPT", "SWR": "SWT", "OWR": "OWT"}


class NotAWork(UserError):
    """The transaction describes no work."""


def work_of(transaction: Cwr3Transaction) -> CwrWork:
    """Return the work of a WRK, DRW, ISR or ISA transaction; ISR and ISA are of the kind ISW.

    Raises:
        NotAWork: it is another transaction, or was refused.
    """
    if transaction.kind not in ("WRK", "DRW", "ISR", "ISA") or transaction.refused:
        raise NotAWork(f"The {transaction.kind} on line {transaction.line} describes no work.", "Read its records.")
    header, records = transaction.header, transaction.records
    numbers = {record.get("ip_number"): record for record in records if record.kind == "MAN"}
    language = header.get("language")
    originals = [record for record in records if record.kind == "OWK"]
    return CwrWork(
        submitter_work_number=header.get("work_number"),
        title=header.get("title"),
        kind="NWR" if transaction.kind in ("WRK", "DRW") else "ISW",
        iswc=_number(parse_iswc, header.get("iswc")),
        language=language,
        duration_ms=_duration(header.get("duration")),
        distribution_category=header.get("distribution_category") or "UNC",
        version_type=header.get("version_type") if header.get("version_type") in ("ORI", "MOD") else "ORI",
        recorded=header.get("recorded") or "U",
        titles=tuple(
            CwrTitle(record.get("title"), record.get("title_type") or "AT", record.get("language"))
            for record in records
            if record.kind == "ALT"
        ),
        publishers=tuple(_publishers(records, numbers)),
        writers=tuple(_writers(records, numbers)),
        recordings=tuple(_recording(record) for record in records if record.kind == "REC"),
        original=CwrOriginal(originals[0].get("title"), _number(parse_iswc, originals[0].get("iswc")))
        if originals
        else None,
    )


def _number(parse: Callable[[str], str], text: str) -> str:
    if not text.strip("0 "):
        return ""
    try:
        return parse(text)
    except InvalidIdentifier:
        return ""


def _duration(text: str) -> int | None:
    if len(text) != 6 or not is_digits(text):
        return None
    return (int(text[:2]) * 3600 + int(text[2:4]) * 60 + int(text[4:])) * 1000 or None


def _ppm(text: str) -> int:
    return int(text) * _PPM_OF_A_HUNDREDTH if is_digits(text) else 0


def _owned(party: Cwr3Record, shares: dict[str, Cwr3Record]) -> tuple[int, int]:
    found = shares.get(party.get("ip_number"))
    return (_ppm(found.get("pr_share")), _ppm(found.get("mr_share"))) if found else (0, 0)


def _following(records: Sequence[Cwr3Record], place: int, kinds: tuple[str, ...]) -> list[Cwr3Record]:
    """Return the records of some kinds that stand right behind a party."""
    found = []
    for record in records[place + 1 :]:
        if record.kind not in kinds:
            break
        found.append(record)
    return found


def _terms(records: Sequence[Cwr3Record]) -> tuple[CwrTerm, ...]:
    return tuple(
        CwrTerm(
            record.get("inclusion") or "I",
            int(record.get("tis")),
            pr_ppm=_collected(record, "pr_share"),
            mr_ppm=_collected(record, "mr_share"),
            sr_ppm=_collected(record, "sr_share"),
        )
        for record in records
        if is_territory(record.get("tis"))
    )


def _collected(record: Cwr3Record, name: str) -> int:
    return 0 if record.get("inclusion") == "E" else _ppm(record.get(name))


def _society(records: Sequence[Cwr3Record]) -> str:
    """Return the society of the performing right, which stands with the territories, in three digits."""
    codes = [record.get("pr_society") for record in records]
    return next((f"{int(code):03d}" for code in codes if is_digits(code) and int(code) < 1000), "")


def _publishers(records: Sequence[Cwr3Record], shares: dict[str, Cwr3Record]) -> list[CwrPublisher]:
    found = []
    for place, record in enumerate(records):
        if record.kind not in ("SPU", "OPU"):
            continue
        terms = _following(records, place, (_TERMS[record.kind],))
        pr_ppm, mr_ppm = _owned(record, shares)
        sequence = record.get("publisher_sequence")
        found.append(
            CwrPublisher(
                chain=int(sequence) if is_digits(sequence) else 0,
                role=record.get("role") or "E",
                controlled=record.kind in _CONTROLLED,
                ip_number=record.get("ip_number"),
                name=record.get("publisher_name"),
                unknown=record.get("unknown") == "Y",
                ipi_name=_number(parse_ipi_name, record.get("ipi_name")),
                pr_society=_society(terms),
                pr_ppm=pr_ppm,
                mr_ppm=mr_ppm,
                terms=_terms(terms),
            )
        )
    return found


def _writers(records: Sequence[Cwr3Record], shares: dict[str, Cwr3Record]) -> list[CwrWriter]:
    found = []
    for place, record in enumerate(records):
        if record.kind not in ("SWR", "OWR", "WRI"):
            continue
        behind = _following(records, place, (_TERMS.get(record.kind, ""), "PWR"))
        terms = [one for one in behind if one.kind != "PWR"]
        pr_ppm, mr_ppm = _owned(record, shares)
        found.append(
            CwrWriter(
                controlled=record.kind in _CONTROLLED,
                ip_number=record.get("ip_number"),
                last_name=record.get("last_name"),
                first_name=record.get("first_name"),
                role=record.get("role") or "CA",
                unknown=record.get("unknown") == "Y",
                ipi_name=_number(parse_ipi_name, record.get("ipi_name")),
                ipi_base=_number(parse_ipi_base, record.get("ipi_base")),
                pr_society=_society(terms),
                pr_ppm=pr_ppm,
                mr_ppm=mr_ppm,
                terms=_terms(terms),
                publishers=tuple(_link(one) for one in behind if one.kind == "PWR" and one.get("publisher_ip_number")),
            )
        )
    return found


def _link(record: Cwr3Record) -> CwrLink:
    sequence = record.get("publisher_sequence")
    return CwrLink(
        record.get("publisher_ip_number"),
        "",
        record.get("agreement_number"),
        record.get("society_agreement_number"),
        int(sequence) if is_digits(sequence) else None,
    )


def _recording(record: Cwr3Record) -> CwrRecording:
    return CwrRecording(
        isrc=_number(parse_isrc, record.get("isrc")),
        duration_ms=_duration(record.get("duration")),
        title=record.get("recording_title"),
        artist=record.get("artist"),
        album_label=record.get("label"),
    )
