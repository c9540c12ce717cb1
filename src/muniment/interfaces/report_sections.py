"""The sections of a transparency report for pages: figures with their names in the language of the reader."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from muniment.interfaces.report_table import SECTIONS, figures_in, societies_of
from muniment.interfaces.report_words import detail_words, flow_words, line_words, section_words
from muniment.pay.distributions.queries.transparency import Figure
from muniment.pay.distributions.rules.figures import FigureKey


@dataclass(frozen=True, slots=True)
class Shown:
    """A figure as a page shows it: its names in words, and where its postings are (empty: nowhere to see)."""

    figure: Figure
    line: str
    detail: str
    address: str


@dataclass(frozen=True, slots=True)
class Section:
    """A section of the report with its figures, and their sum by currency where they are of one line."""

    code: str
    title: str
    help: str
    rows: tuple[Shown, ...]
    sums: tuple[tuple[str, int], ...]


def no_address(_key: FigureKey) -> str:
    """Return no address: the figures of a page for everybody lead nowhere."""
    return ""


def sections_of(figures: Sequence[Figure], address: Callable[[FigureKey], str] = no_address) -> Iterator[Section]:
    """Yield the sections of a report in their order; `address` says where the postings of a figure are."""
    words, lines = section_words(), line_words()
    details, societies = {**flow_words(), **detail_words()}, societies_of(figures)
    for code, names in SECTIONS:
        found = figures_in(figures, names)
        sums: dict[str, int] = {}
        for row in found if len(names) == 1 else ():
            sums[row.key.currency] = sums.get(row.key.currency, 0) + row.amount_micro
        shown = tuple(
            Shown(
                row,
                lines[row.key.line],
                (societies if "societies" in row.key.line else details).get(row.key.detail, row.key.detail),
                address(row.key),
            )
            for row in found
        )
        yield Section(code, *words[code], shown, tuple(sorted(sums.items())))
