"""How a work is built: all that the general rules ask of its records, so that works of one build are checked once.

Works of one build keep or break the same rules, but for those of societies and of tables that a recipient has. What
is asked is the table `asked`.
"""

from collections.abc import Hashable, Mapping, Sequence
from operator import call

from muniment.kernel.formats.cwr.asked import ASKED, part_of
from muniment.kernel.formats.cwr.checks.work import PUBLIC_DOMAIN
from muniment.kernel.formats.cwr.records import CwrRecord, SoundLine
from muniment.kernel.formats.cwr.rules import Value

_GIVEN: Mapping[Value, int] = {text: place for place, text in enumerate(("", *sorted(PUBLIC_DOMAIN)))}


def build_of(header: CwrRecord, records: Sequence[CwrRecord]) -> Hashable:
    """Return how a work is built."""
    names: list[Value] = []
    for kind, _, values, _, _ in records:
        if kind in ASKED:
            names += [values[name] for name in ASKED[kind].names if name in values]
    return _build(header, [part_of(kind, values) for kind, _, values, _, _ in records], names)


def build_of_lines(header: CwrRecord, lines: Sequence[SoundLine]) -> Hashable:
    """Return how a work of sound lines is built, without making their records: `build_of` them is the same."""
    names: list[Value] = []
    for shape, _, text, _, _ in lines:
        if shape.read_names:
            names += map(call, shape.read_names, shape.cut_names(text))
    return _build(header, [part for _, _, _, _, part in lines], names)


def _build(header: CwrRecord, parts: Sequence[Hashable], names: Sequence[Value]) -> Hashable:
    """Put the parts together, and for the names the order in which they first appear."""
    numbers = dict(_GIVEN)
    shown = [numbers.setdefault(name, len(numbers)) for name in names]
    return (part_of(header.kind, header.values), *parts, *shown)
