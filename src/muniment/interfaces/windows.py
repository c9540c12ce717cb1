"""Long lists from queries that take `limit` and `offset`, in the form Django's Paginator wants."""

from collections.abc import Callable, Sequence
from typing import Protocol, overload

from django.core.paginator import Page, Paginator
from django.http import HttpRequest

from muniment.interfaces.pages import PAGE_SIZE, page_of


class Rows[Row](Protocol):
    """What a query returns: some rows, and how many there are in all."""

    @property
    def rows(self) -> tuple[Row, ...]:
        """The rows of this window."""

    @property
    def total(self) -> int:
        """How many rows there are in all."""


class Window[Row](Sequence[Row]):
    """A list that is read piece by piece; `fetch` takes limit and offset."""

    def __init__(self, fetch: Callable[[int, int], Rows[Row]]) -> None:
        self._fetch = fetch

    def __len__(self) -> int:
        return self._fetch(1, 0).total

    @overload
    def __getitem__(self, place: int) -> Row: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Row]: ...
    def __getitem__(self, place: int | slice) -> Row | Sequence[Row]:
        if isinstance(place, int):
            return self._fetch(1, place).rows[0]
        return self._fetch(place.stop - place.start, place.start).rows


def window_page[Row](request: HttpRequest, fetch: Callable[[int, int], Rows[Row]]) -> Page[Row]:
    """Return the page that the address asks for, of what `fetch(limit, offset)` reads."""
    return page_of(request, Paginator(Window(fetch), PAGE_SIZE))
