"""Labelled lines written anew as free text: performer and title in one field, as a title of a video has them.

What people type beside a title is often another title: of the album, of the song that follows, of a film. So one line
in ten gets one beside its own, of a work that the performer recorded too where one is known; which of the two the
line means is drawn, for nobody can tell.
"""

from dataclasses import dataclass
from random import Random

import pyarrow as pa
import pyarrow.compute as pc

_FORMS = (
    "{performer} - {title}",
    "{performer} - {title} (Official Video)",
    "{title} - {performer}",
    "{performer} {title}",
)
_FORMS_OF_TWO = (
    "{performer} - {title} - {other}",
    "{performer} - {other} - {title}",
    "{performer} - {title} ({other})",
)
_WITH_OTHER, _WITH_CHANNEL = 10, 2


@dataclass(frozen=True, slots=True)
class Asked:
    """Usage lines as LINES of a task, and for each the works it means: none if the repertoire has none of them."""

    lines: pa.Table
    works: list[frozenset[int]]


def as_free_text(asked: Asked, recordings: pa.Table, chance: Random) -> Asked:
    """Return the lines that report a title and a performer as free text; half of them have a channel's name beside it.

    `recordings`: work_id, title and performer of the recordings of the repertoire.
    """
    rows = asked.lines.select(["line_id", "title", "performer"]).to_pylist()
    told = [(row, works) for row, works in zip(rows, asked.works, strict=True) if row["title"] and row["performer"]]
    others = _recorded_by({row["performer"] for row, _ in told}, recordings)
    channels = [row["performer"] for row, _ in told]
    titles, performers, meant = [], [], []
    for row, works in told:
        performer, title, means = row["performer"], row["title"], works
        choice = [one for one in others.get(performer, ()) if one[1] not in works and one[0] != title]
        if choice and chance.randrange(_WITH_OTHER) == 0:
            other, work = chance.choice(choice)
            titles.append(chance.choice(_FORMS_OF_TWO).format(performer=performer, title=title, other=other))
            means = chance.choice((works, frozenset((work,))))
        else:
            titles.append(chance.choice(_FORMS).format(performer=performer, title=title))
        performers.append(chance.choice(channels) if chance.randrange(_WITH_CHANNEL) == 0 else None)
        meant.append(means)
    lines = pa.table({"line_id": [row["line_id"] for row, _ in told], "title": titles, "performer": performers})
    empty = pa.nulls(len(titles), pa.string())
    columns = [lines.column(name).cast(kind) if name in lines.column_names else empty for name, kind in _kinds(asked)]
    return Asked(pa.Table.from_arrays(columns, schema=asked.lines.schema), meant)


def _kinds(asked: Asked) -> list[tuple[str, pa.DataType]]:
    return [(field.name, field.type) for field in asked.lines.schema]


def _recorded_by(performers: set[str], recordings: pa.Table) -> dict[str, list[tuple[str, int]]]:
    """Return (title, work) of what each of these performers recorded, in the order of the table."""
    theirs = recordings.filter(pc.is_in(recordings.column("performer"), pa.array(sorted(performers), pa.string())))
    found: dict[str, list[tuple[str, int]]] = {}
    for row in theirs.select(["performer", "title", "work_id"]).to_pylist():
        found.setdefault(row["performer"], []).append((row["title"], row["work_id"]))
    return found
