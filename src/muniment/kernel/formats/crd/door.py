"""CRD at the door: told by its first record."""

import re
from collections.abc import Iterator
from pathlib import Path

from muniment.kernel.formats.door import Becomes, Format, Head, Preview, Recognised
from muniment.kernel.words.problems import Problem

_FIRST = re.compile(rb"(?:\xef\xbb\xbf)?SDN[\d ]{16}")
_CERTAIN = 950_000


def _recognise(head: Head) -> Recognised | None:
    if not _FIRST.match(head.start):
        return None
    return Recognised("3.0", "unofficial layout", _CERTAIN, "its first record is an SDN")


def _check(path: Path) -> Iterator[Problem]:
    from muniment.kernel.formats.crd.reading import read_crd

    with path.open("rb") as stream:
        for item in read_crd(stream):
            if isinstance(item, Problem):
                yield item


def _preview(path: Path, line_count: int) -> Preview:
    from muniment.kernel.formats.crd.reading import read_crd
    from muniment.kernel.formats.crd.records import CrdHeader, CrdLine
    from muniment.kernel.words.money import format_amount

    headers = ("work", "title", "right", "party", "from", "currency", "amount")
    rows: list[tuple[str, ...]] = []
    counts = {"exploitations": 0}
    currency = ""
    with path.open("rb") as stream:
        for item in read_crd(stream):
            currency = item.currency if isinstance(item, CrdHeader) else currency
            if isinstance(item, CrdLine):
                counts["exploitations"] += 1
                day = item.period_start.isoformat() if item.period_start else ""
                party = item.party_name or item.ip_name_number
                amount = format_amount(item.remitted_micro, currency)
                rows.append((item.work_reference, item.title, item.right_category, party, day, currency, amount))
                if len(rows) == line_count:
                    break
    return Preview(headers, tuple(rows), counts)


FORMAT = Format(
    name="crd",
    title="CRD (distribution of societies to societies)",
    becomes=Becomes.MONEY_FROM_SOCIETIES,
    versions=("3.0",),
    recognise=_recognise,
    check=_check,
    preview=_preview,
    writes=True,
    official=False,
)
