"""CWR 2.1 and 2.2 at the door: told by the header of the file and its first group."""

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from muniment.kernel.formats.door import CERTAIN_PPM, Becomes, Format, Head, Preview, Recognised
from muniment.kernel.words.problems import Problem

_HEADER = re.compile(rb"(?:\xef\xbb\xbf)?HDR(?:PB|SO|AA|WR|\d\d).{0,9}", re.DOTALL)
_GROUP = re.compile(rb"^GRH(AGR|NWR|REV|ISW|EXC|ACK)\d{5}(0[12]\.[0-9]{2})?", re.MULTILINE)
_NEWER = re.compile(rb"^GRH[A-Z]{3}\d{5}03\.", re.MULTILINE)
_PROBABLE = 900_000
_OWN_NAME = "MUNIMENT"


def _recognise(head: Head) -> Recognised | None:
    if not _HEADER.match(head.start) or _NEWER.search(head.start):
        return None
    group = _GROUP.search(head.start)
    if group is None:
        return (
            Recognised("", "", _PROBABLE // 2, "it begins with the header of a transmission") if _is_old(head) else None
        )
    version = "2.2" if group[2] == b"02.20" else "2.1"
    kind = group[1].decode()
    becomes = Becomes.ANSWER_TO_WORKS if kind == "ACK" else Becomes.WORKS
    because = f"it begins with a header and a group of {kind} transactions"
    return Recognised(version, kind, CERTAIN_PPM if group[2] else _PROBABLE, because, becomes)


def _is_old(head: Head) -> bool:
    """Say whether a header without a group is CWR's: it names the version of the standard where CWR does."""
    lines = head.first_lines
    return bool(lines) and lines[0][59:64] == "01.10"


def _check(path: Path, profiles: frozenset[str] = frozenset()) -> Iterator[Problem]:
    """Give every problem, by the rules of these societies as well; by none, of those that the house has switched on."""
    from muniment.kernel.formats.cwr.profiles import house_rules, rules_of
    from muniment.kernel.formats.cwr.reading import iter_transactions

    asked = rules_of(profiles) if profiles else house_rules()
    with path.open("rb") as stream:
        for item in iter_transactions(stream, keep_refused=True, rules=asked):
            if isinstance(item, Problem):
                yield item
            else:
                yield from item.problems


def _preview(path: Path, line_count: int) -> Preview:
    from collections import Counter

    from muniment.kernel.formats.cwr.reading import iter_transactions

    headers = ("kind", "number", "title", "ISWC", "status", "records")
    rows: list[tuple[str, ...]] = []
    counts: Counter[str] = Counter()
    with path.open("rb") as stream:
        for item in iter_transactions(stream, keep_refused=True):
            if isinstance(item, Problem):
                continue
            counts[item.kind] += 1
            head, is_answer = item.header, item.kind == "ACK"
            names = ("submitter_creation_number", "creation_title") if is_answer else ("submitter_work_number", "title")
            number = head.text(names[0]) or head.text("submitter_agreement_number")
            records = str(len(item.records))
            shown = (
                item.kind,
                number,
                head.text(names[1]),
                head.text("iswc"),
                head.text("transaction_status"),
                records,
            )
            rows.append(shown)
            if len(rows) == line_count:
                break
    return Preview(headers, tuple(rows), dict(counts))


def _acknowledge(path: Path, out: Path, at: datetime) -> None:
    """Write the answer that the rules alone give: passed (RA) or rejected; what is known here is not asked.

    Raises:
        BadFile: the file is no CWR.
    """
    from muniment.kernel.formats.cwr.acknowledgements import acknowledge
    from muniment.kernel.formats.cwr.profiles import house_rules
    from muniment.kernel.formats.cwr.reading import CwrSender
    from muniment.kernel.formats.cwr.writing import CwrHeader

    header = CwrHeader(CwrSender("SO", "0" * 9, _OWN_NAME), at)
    with path.open("rb") as stream, out.open("wb") as answer:
        answer.writelines(acknowledge(stream, header, processed_on=at.date(), rules=house_rules()))


FORMAT = Format(
    name="cwr",
    title="Common Works Registration (CWR)",
    becomes=Becomes.WORKS,
    versions=("2.1", "2.2"),
    recognise=_recognise,
    check=_check,
    preview=_preview,
    acknowledge=_acknowledge,
    writes=True,
    check_by=_check,
)
