"""A piece of a long list."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Page[Row]:
    """Some rows of a longer list; `total` counts the whole list."""

    rows: tuple[Row, ...]
    total: int
