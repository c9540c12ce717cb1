"""The rules of a work's header and of the records that belong to no party: order, titles, recordings, origins."""

from collections.abc import Iterator

from muniment.kernel.formats.cwr.asked import tells_of_recording
from muniment.kernel.formats.cwr.checks.work import AUTHORS, CHANGERS, Check, WorkLines
from muniment.kernel.formats.cwr.records import CwrRecord
from muniment.kernel.formats.cwr.rules import Broken, broken
from muniment.kernel.words.identifiers import InvalidIdentifier, parse_eidr, parse_isan

_STAGES = (
    ("SPU", "NPN", "SPT", "OPT", "OPU"),
    ("SWR", "NWN", "SWT", "PWR", "OWR", "OWT"),
    ("ALT", "NAT"),
    ("EWT", "NET"),
    ("VER", "NVT"),
    ("PER", "NPR"),
    ("REC",),
    ("ORN",),
    ("INS", "IND"),
    ("COM", "NCT"),
    ("ARI",),
    ("XRF",),
)
_STAGE = {kind: place for place, kinds in enumerate(_STAGES) for kind in kinds}
_TEXTERS = frozenset({"CA", "A", "SA", "TR"})
_NOW_FOLLOWS = frozenset({"EWT", "VER", "COM", "NET", "NCT", "NVT", "NOW"})
_TITLED = {"NET": ("NET-01", "EWT"), "NCT": ("NET-02", "COM"), "NVT": ("NET-03", "VER")}
"""Which record each native title belongs to, and the rule that says so."""


def _check_known(work: WorkLines) -> Iterator[Broken]:
    """Rules 2 and 13: new registrations are of works not known, revisions of works that are."""
    table = work.asked.known.get("own_works")
    if table is None or work.header.kind not in ("NWR", "REV"):
        return
    number = work.header.text("submitter_work_number")
    if work.header.kind == "NWR" and number in table:
        yield broken("NWR-13", work.header.line, "NWR submitter_work_number", value=number)
    if work.header.kind == "REV" and number not in table:
        yield broken("NWR-02", work.header.line, "REV submitter_work_number", value=number)


def _check_header(work: WorkLines) -> Iterator[Broken]:
    header = work.header
    if header.values["distribution_category"] == "SER" and not work.kinds & {"INS", "IND"}:
        yield broken("NWR-53", header.line, "INS")
    if header.values["work_type"] == "FM" and not any(r.text("production_title") for r in work.of_kind("ORN")):
        yield broken("NWR-39", header.line, "ORN production_title")
    for kind, key in (("EWT", "EWT-01"), ("VER", "VER-01")):
        again = work.of_kind(kind)[1:]
        if again:
            yield broken(key, again[0].line, kind)
    originals = [record for record in work.of_kind("NAT") if record.text("title_type") == "OT"]
    if len(originals) > 1:
        yield broken("NAT-01", originals[1].line, "NAT title_type")


def _check_order(work: WorkLines) -> Iterator[Broken]:
    """Rule 43: publishers, then writers, then titles and the rest; a NOW may stand after EWT, VER and COM."""
    before, stage = "", 0
    for record in work.records:
        here = _STAGE.get(record.kind)
        if here is None:
            continue
        if here < stage:
            yield broken("NWR-43", record.line, record.kind, kind=record.kind, value=before)
        before, stage = record.kind, here


def _check_roles(work: WorkLines) -> Iterator[Broken]:
    """Rules 10, 12, 15, 23 and 45: who must be among the writers, and who cannot be."""
    header, roles = work.header, work.roles
    if not work.chains.writers:
        yield broken("NWR-12", header.line, "SWR")
        return
    if not roles & AUTHORS:
        yield broken("NWR-15", header.line, "SWR role")
    version = header.values["version_type"]
    if version == "MOD" and not roles & CHANGERS:
        yield broken("NWR-10", header.line, "SWR role")
    if version == "ORI" and roles & CHANGERS:
        yield broken("NWR-23", header.line, "SWR role", value=" ".join(sorted(roles & CHANGERS)))
    if header.values["text_music"] == "MUS" and roles & _TEXTERS:
        yield broken("NWR-45", header.line, "SWR role", value=" ".join(sorted(roles & _TEXTERS)))


def _check_followers(work: WorkLines) -> Iterator[Broken]:
    """What must stand behind what: native titles, names of writers, instruments, components."""
    if not work.kinds & {"NET", "NCT", "NVT", "NOW", "IND", "COM"}:
        return
    before = work.header
    for record in work.records:
        kind = record.kind
        if kind in _TITLED and before.kind not in (_TITLED[kind][1], kind):
            yield broken(_TITLED[kind][0], record.line, kind, found=before.kind)
        if kind == "NOW" and before.kind not in _NOW_FOLLOWS:
            yield broken("NOW-01", record.line, kind, found=before.kind)
        if kind == "IND" and before.kind not in ("INS", "IND"):
            yield broken("IND-01", record.line, kind, value=before.kind)
        if kind == "COM" and not work.header.text("composite_type"):
            yield broken("COM-01", record.line, kind)
        before = record


def _check_instruments(work: WorkLines) -> Iterator[Broken]:
    for record in work.of_kind("INS"):
        coded = record.text("instrumentation_type") or "IND" in work.kinds
        if coded and record.text("description"):
            yield broken("INS-07", record.line, "INS description")


def _check_recordings(work: WorkLines) -> Iterator[Broken]:
    numbers: set[str] = set()
    for record in work.of_kind("REC"):
        if not tells_of_recording(record.values):
            yield broken("REC-F01", record.line, "REC")
        number = record.text("recording_number")
        if number and number in numbers:
            yield broken("REC-F19", record.line, "REC recording_number", value=number)
        numbers.add(number)


def _check_origins(work: WorkLines) -> Iterator[Broken]:
    for record in work.of_kind("ORN"):
        if record.text("isan").strip("0") and not _is_isan(record):
            key = "ORN-F14" if "eidr" in record.values else "ORN-F07"
            yield broken(key, record.line, "ORN isan", value=record.text("isan"))
        if record.text("eidr") and not _is_eidr(record.text("eidr")):
            yield broken("ORN-F15", record.line, "ORN eidr", value=record.text("eidr"))


def _is_isan(record: CwrRecord) -> bool:
    """Say whether the parts of a V-ISAN stand for a number; check characters are compared where they are given."""
    root = record.text("isan") + (record.text("episode") or "0000")
    version = record.text("version")
    checks = record.text("isan_check"), record.text("version_check")
    written = root + checks[0]
    if version.strip("0") and "version_check" in record.values:
        written += version + checks[1]
    try:
        parse_isan(written)
    except InvalidIdentifier:
        return False
    return True


def _is_eidr(text: str) -> bool:
    try:
        parse_eidr(text if "/" in text else f"10.5240/{text}")
    except InvalidIdentifier:
        return False
    return True


WORK_CHECKS: tuple[Check, ...] = (
    _check_known,
    _check_header,
    _check_order,
    _check_roles,
    _check_followers,
    _check_instruments,
    _check_recordings,
    _check_origins,
)
