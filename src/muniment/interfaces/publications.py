"""Applications in publicity as anybody may see them, for pages, feeds and the API."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from muniment.interfaces.pages import now
from muniment.interfaces.registry_publication import PublicStatement, public_statement
from muniment.rights.registry.queries.applications import ApplicationRow, get_application, newest_statements
from muniment.rights.registry.rules.application import Statement
from muniment.rights.registry.rules.standing import State

PUBLISHED = frozenset({State.PUBLICITY, State.OBJECTION})
"""Where an application is shown: while its period runs, and while an objection to it waits for its decision."""


@dataclass(frozen=True, slots=True)
class Publication:
    """A published application: its row, what of its statement is public, whether objections are taken."""

    row: ApplicationRow
    statement: PublicStatement
    is_open: bool


def find_publication(number: str, on: date) -> Publication | None:
    """Return the published application of a number; None if it is not published (any more)."""
    row = get_application(number)
    return None if row is None or row.state not in PUBLISHED else publications_of([row], on)[0]


def publications_of(rows: Sequence[ApplicationRow], on: date) -> list[Publication]:
    """Return what of applications is published; `on` is the day for which it says whether objections are taken."""
    stated = newest_statements([row.number for row in rows])
    return [_publication(row, stated.get(row.number, Statement()), on) for row in rows]


def _publication(row: ApplicationRow, statement: Statement, on: date) -> Publication:
    until = row.publicity_until_on
    is_open = until is not None and (row.publicity_open_days > 0 or on <= until)
    return Publication(row, public_statement(statement), is_open)


def registry_day() -> date:
    """Return the day by which the registry's periods run: today in UTC, as in all of the house."""
    return now().date()
