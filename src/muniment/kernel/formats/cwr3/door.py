"""CWR 3 at the door: told by its header and by the version of its first group."""

import re
from collections.abc import Iterator
from pathlib import Path

from muniment.kernel.formats.door import CERTAIN_PPM, Becomes, Format, Head, Preview, Recognised
from muniment.kernel.words.problems import Problem

_GROUP = re.compile(rb"^GRH([A-Z]{3})\d{5}03\.(\d)", re.MULTILINE)


def _recognise(head: Head) -> Recognised | None:
    group = _GROUP.search(head.start) if head.start.removeprefix(b"\xef\xbb\xbf").startswith(b"HDR") else None
    if group is None:
        return None
    kind, version = group[1].decode(), f"3.{group[2].decode()}"
    becomes = Becomes.ANSWER_TO_WORKS if kind in ("ACK", "ISR", "ISA") else Becomes.WORKS
    because = f"it begins with a header and a group of {kind} transactions of version {version}"
    return Recognised(version, f"{kind}, unofficial layout", CERTAIN_PPM, because, becomes)


def _check(path: Path) -> Iterator[Problem]:
    from muniment.kernel.formats.cwr3.reading import iter_transactions

    with path.open("rb") as stream:
        for item in iter_transactions(stream):
            if isinstance(item, Problem):
                yield item
            else:
                yield from item.problems


def _preview(path: Path, line_count: int) -> Preview:
    from collections import Counter

    from muniment.kernel.formats.cwr3.reading import iter_transactions

    rows: list[tuple[str, ...]] = []
    counts: Counter[str] = Counter()
    with path.open("rb") as stream:
        for item in iter_transactions(stream):
            if isinstance(item, Problem):
                continue
            counts[item.kind] += 1
            head = item.header
            rows.append(
                (item.kind, head.get("work_number"), head.get("title"), head.get("iswc"), str(len(item.records)))
            )
            if len(rows) == line_count:
                break
    return Preview(("kind", "number", "title", "ISWC", "records"), tuple(rows), dict(counts))


FORMAT = Format(
    name="cwr3",
    title="Common Works Registration 3 (CWR 3)",
    becomes=Becomes.WORKS,
    versions=("3.0", "3.1"),
    recognise=_recognise,
    check=_check,
    preview=_preview,
    writes=True,
    official=False,
)
