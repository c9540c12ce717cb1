"""What the door knows of DSR: recognised by its first row, checked file by file and as a set."""

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path

from muniment.kernel.formats.door import CERTAIN_PPM, Becomes, Format, Head, Preview, Recognised
from muniment.kernel.words.problems import BadFile, Problem

_HEADS = ("HEAD", "SRHE", "FHEA")
_SHOWN_LINES = 10_000
_NAMES = {"DsrSale": "sales", "DsrSummary": "summaries", "Problem": "problems", "DsrHead": "heads", "DsrTotals": "ends"}
_HEADERS = (
    *("title", "performer", "composers", "ISRC", "ISWC"),
    *("usages", "amount", "currency", "territory", "service"),
)


def _recognise(head: Head) -> Recognised | None:
    first = next((line for line in head.first_lines if not line.startswith("#")), "")
    name, *cells = first.removeprefix("\ufeff").split("\t")
    if name.strip().upper() not in _HEADS or not cells:
        return None
    if len(cells) > 3 and cells[0].startswith("dsrf"):
        because = "its first row is the head of a DDEX sales report"
        return Recognised(cells[2].strip()[:20], cells[1].strip()[:60], CERTAIN_PPM, because)
    return Recognised("", cells[1].strip()[:60] if len(cells) > 1 else "", 600_000, "its first row is called a head")


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    return sorted(one for one in path.rglob("*") if one.is_file() and one.suffix.lower() in {".tsv", ".txt"})


def _check(path: Path) -> Iterator[Problem]:
    from muniment.kernel.formats.dsr.checking import check_paths

    return check_paths(_files(path))


def _preview(path: Path, line_count: int) -> Preview:
    from muniment.kernel.formats.dsr.reading import iter_dsr
    from muniment.kernel.formats.dsr.values import DsrHead, DsrSale

    counts: Counter[str] = Counter()
    rows: list[tuple[str, ...]] = []
    try:
        for one in _files(path)[:1]:
            with one.open("rb") as stream:
                for item in islice(iter_dsr(stream), _SHOWN_LINES):
                    counts[type(item).__name__] += 1
                    if isinstance(item, DsrHead):
                        counts["files"] = item.file_count
                    elif isinstance(item, DsrSale) and len(rows) < line_count:
                        rows.append(_shown(item))
    except BadFile as error:
        counts[f"refused: {error.message}"] += 1
    names = {
        "DsrSale": "sales",
        "DsrSummary": "summaries",
        "Problem": "problems",
        "DsrHead": "heads",
        "DsrTotals": "ends",
    }
    headers = (
        "title",
        "performer",
        "composers",
        "ISRC",
        "ISWC",
        "usages",
        "amount",
        "currency",
        "territory",
        "service",
    )
    return Preview(headers, tuple(rows), {names.get(name, name): count for name, count in counts.items()})


def _shown(item: object) -> tuple[str, ...]:
    from muniment.kernel.formats.dsr.values import DsrSale
    from muniment.kernel.words.money import UnknownCurrency, format_amount

    assert isinstance(item, DsrSale)
    amount = ""
    with suppress(UnknownCurrency):  # nothing of a sale may be ours whose currency nobody can read
        amount = "" if item.amount_micro is None else format_amount(item.amount_micro, item.currency)
    return (
        *(item.title, item.display_artist, "; ".join(item.composers), item.isrc, item.iswc, str(item.usages)),
        *(amount, item.currency, item.territory, item.service),
    )


FORMAT = Format(
    name="dsr",
    title="Digital Sales Report flat file (DDEX DSR)",
    becomes=Becomes.USAGES,
    versions=(
        *("AudioVisual 1.0", "AudioVisual 1.1", "BasicAudio 1.0", "BasicAudio 1.1", "BasicAudio 1.2"),
        *("BasicAudio 1.4", "FinancialReporting 1.0", "MasterList 1.0", "RadioBroadcast 1.0", "RoyaltyReporting 1.0.1"),
        *("Ugc 1.0", "Ugc 1.1.1", "Ugc 1.2"),
    ),
    recognise=_recognise,
    check=_check,
    preview=_preview,
    writes=True,
    official=True,
)
