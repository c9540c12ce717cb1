"""The rules of an acknowledgement: what it answers, what it repeats, and its messages."""

from collections.abc import Iterator, Mapping, Sequence

from muniment.kernel.formats.cwr.records import HEADERS, CwrRecord
from muniment.kernel.formats.cwr.rules import Broken, CwrRules, broken, rules


def check_answer(header: CwrRecord, records: Sequence[CwrRecord], asked: CwrRules) -> Iterator[Broken]:
    """Yield the broken rules of an acknowledgement."""
    named = header.text("original_transaction_type")
    repeated = [record for record in records if record.kind in HEADERS]
    first = repeated[0].kind if repeated else ""
    if not repeated and asked.strict:
        yield broken("ACK-02", header.line, "ACK")
    if first == "EXC":
        yield broken("ACK-03", repeated[0].line, "EXC")
    elif first and first != named and {first, named} != {"NWR", "REV"}:
        yield broken("ACK-02K", header.line, "ACK", value=named, found=first)
    for message in records:
        if message.kind == "MSG":
            yield from _check_message(message, records)
    yield from _check_sent(header, asked.known.get("answers"))


def _check_message(message: CwrRecord, records: Sequence[CwrRecord]) -> Iterator[Broken]:
    about = message.number("original_record_sequence")
    repeated = [record for record in records if record.kind != "MSG"]
    if repeated and about > len(repeated):
        yield broken("MSG-F02", message.line, "MSG original_record_sequence", value=about)
    number = message.text("validation_number")
    if not number.isdigit():
        yield broken("MSG-F06", message.line, "MSG validation_number", value=number)


def _check_sent(header: CwrRecord, sent: object) -> Iterator[Broken]:
    """Compare the answer with the table of what was sent, where the recipient of the answer has one."""
    if not isinstance(sent, Mapping):
        return
    day = header.day("creation_date")
    when = f"{day:%Y%m%d} {header.text('creation_time')}" if day else ""
    place = f"{header.number('original_group_id'):05d} {header.number('original_transaction_sequence'):08d}"
    if not any(str(key).startswith(when) for key in sent):
        yield broken("ACK-F01", header.line, "ACK creation_date", value=when)
        return
    found = sent.get(f"{when} {place}")
    if found is None:
        yield broken("ACK-F02", header.line, "ACK original_transaction_sequence", value=place)
        return
    kind, number, title = found
    if kind != header.text("original_transaction_type"):
        yield broken("ACK-F03", header.line, "ACK original_transaction_type", value=place, found=kind)
    if number == header.text("submitter_creation_number") and title != header.text("creation_title"):
        yield broken("ACK-F04", header.line, "ACK creation_title", value=number, found=title)


def standard_number(key: str) -> tuple[str, str, str]:
    """Return the record, level and number of a rule as a message names them: "NWR-F01" is NWR, F, 001."""
    kind, _, number = key.partition("-")
    rule = rules()[key]
    digits = "".join(char for char in number if char.isdigit()) or "0"
    if number[:1] == "F" and number[1:2].isdigit():
        level = "F"
    elif kind in ("FILE", "SEQ", "HDR", "TRL"):
        level = "E" if rule.level == "ER" else "T"
    elif kind in ("GRH", "GRT"):
        level = "G"
    else:
        level = "T" if rule.kinds[0] in HEADERS else "R"
    return kind, level, digits.zfill(3)
