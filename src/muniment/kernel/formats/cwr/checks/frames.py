"""The rules of what frames transactions: header, groups, trailers, and what transactions of a file have in common."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from muniment.kernel.formats.cwr.layout import VERSIONS, codes_of
from muniment.kernel.formats.cwr.records import HEADERS, CwrRecord
from muniment.kernel.formats.cwr.rules import Broken, CwrRules, broken
from muniment.kernel.words.identifiers import InvalidIdentifier, parse_ipi_name

_REMEMBERED_AGREEMENTS = 100_000


@dataclass(slots=True)
class GroupCounts:
    """What a group trailer must say: the number of its group, its transactions and records (with both frames)."""

    number: int
    transactions: int = 0
    records: int = 1


@dataclass(slots=True)
class Agreements:
    """The agreements of a file: how many works each covers, and how many have named it."""

    covered: dict[str, int] = field(default_factory=dict)
    named: dict[str, int] = field(default_factory=dict)

    def add(self, header: CwrRecord) -> Iterator[Broken]:
        """Take in an agreement; its number comes once in a file."""
        number = header.text("submitter_agreement_number")
        if number in self.covered:
            yield broken("AGR-F01U", header.line, "AGR submitter_agreement_number", value=number)
        elif len(self.covered) < _REMEMBERED_AGREEMENTS:
            self.covered[number] = header.number("work_count")

    def use(self, header: CwrRecord, records: Sequence[CwrRecord]) -> Iterator[Broken]:
        """Count the agreements that a work names; no more works may name one than it covers."""
        if not self.covered:
            return
        names = {record.text("submitter_agreement_number") for record in records if record.kind in ("SPU", "PWR")}
        for name in sorted(names & self.covered.keys()):
            self.named[name] = self.named.get(name, 0) + 1
            if self.named[name] > self.covered[name]:
                yield broken("AGR-04", header.line, "AGR work_count", value=name, found=self.covered[name])


def check_header(header: CwrRecord, asked: CwrRules) -> Iterator[Broken]:
    """Yield the broken rules of the file's header: who sends it, and as what."""
    kind, number = header.text("sender_type"), header.text("sender_id")
    line, split = header.line, header.text("sender_type").isdigit()
    if kind not in {"PB", "SO", "AA", "WR"} and not (split and len(kind) == 2):
        yield broken("HDR-02", line, "HDR sender_type", value=kind)
    if header.text("edi_version") != "01.10":
        yield broken("HDR-09", line, "HDR edi_version", value=header.text("edi_version"))
    for name, key, table in (("version", "FILE-09", "cwr_version"), ("revision", "FILE-10", "cwr_revision")):
        said = header.unread.get(name, "")
        if said and said not in codes_of(table):
            yield broken(key, line, f"HDR {name}", value=said)
    whole = kind + number if split else number.zfill(11)
    if kind == "AA" and not _is_ipi(whole):
        yield broken("HDR-07", line, "HDR sender_id", value=number)
    if kind == "WR" and not _is_ipi(whole):
        yield broken("HDR-13", line, "HDR sender_id", value=number)
    yield from _check_sender(header, kind, whole if split else number, asked)


def _is_ipi(number: str) -> bool:
    try:
        parse_ipi_name(number)
    except InvalidIdentifier:
        return False
    return True


def _check_sender(header: CwrRecord, kind: str, number: str, asked: CwrRules) -> Iterator[Broken]:
    """Compare the sender with the tables of senders and societies that the recipient has."""
    table = asked.known.get("societies" if kind == "SO" else "senders")
    if table is None:
        return
    shown = number.lstrip("0").zfill(3) if kind == "SO" else number
    if shown not in table:
        if kind == "SO":
            yield broken("HDR-04", header.line, "HDR sender_id", value=number)
            return
        yield broken("HDR-03", header.line, "HDR sender_id", value=number)
        if kind == "PB":
            yield broken("HDR-12", header.line, "HDR sender_id", value=number)
    elif isinstance(table, Mapping) and table[shown].casefold() != header.text("sender_name").casefold():
        key = {"SO": "HDR-06", "AA": "HDR-08"}.get(kind, "HDR-05")
        yield broken(key, header.line, "HDR sender_name", value=number, found=table[shown])


def check_group_header(header: CwrRecord, expected: int, kinds: set[str]) -> Iterator[Broken]:
    """Yield the broken rules of a group header; `expected` is its number, `kinds` are those of earlier groups."""
    kind, number, version = header.text("transaction_type"), header.number("group_id"), header.text("version")
    if kind not in HEADERS:
        yield broken("GRH-01", header.line, "GRH transaction_type", value=kind)
    if number != expected:
        key = "GRH-02L" if number > expected else "GRH-02"
        yield broken(key, header.line, "GRH group_id", value=number, found=expected)
    if version not in VERSIONS:
        yield broken("GRH-04", header.line, "GRH version", value=version)
    if kind in kinds:
        yield broken("GRH-05", header.line, "GRH transaction_type", value=kind)


def check_group_trailer(trailer: CwrRecord, counts: GroupCounts) -> Iterator[Broken]:
    """Compare a group trailer with what the group has."""
    counted = (
        ("GRT-01", "group_id", counts.number),
        ("GRT-02", "transaction_count", counts.transactions),
        ("GRT-03", "record_count", counts.records),
    )
    for key, name, found in counted:
        if trailer.number(name) != found:
            yield broken(key, trailer.line, f"GRT {name}", value=trailer.number(name), found=found)


def check_file_trailer(trailer: CwrRecord, counted: tuple[int, int, int]) -> Iterator[Broken]:
    """Compare the trailer of the file with its groups, transactions and records."""
    names = (("TRL-01", "group_count"), ("TRL-02", "transaction_count"), ("TRL-03", "record_count"))
    for (key, name), found in zip(names, counted, strict=True):
        if trailer.number(name) != found:
            yield broken(key, trailer.line, f"TRL {name}", value=trailer.number(name), found=found)
