"""Which column is which: a table whose headers tell nothing is mapped once, and known by its headers from then on.

A table is checked as the service that imports it reads its lines, so that a check and an import say the same.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Protocol

from django.utils.translation import gettext as _

from muniment.interfaces.door.acts import NotAnswered, date_order_said, day_said
from muniment.kernel.formats.door import (
    CERTAIN_PPM,
    Becomes,
    Preview,
    Recognised,
    Recognition,
    as_format,
    as_read,
    check_file,
    format_of,
    head_of,
    preview_file,
    refused_as_whole,
)
from muniment.kernel.formats.door import recognise as recognise_alone
from muniment.kernel.formats.tables import (
    ColumnMapping,
    ReadLine,
    TargetField,
    check_rows,
    fit_columns,
    guess_mapping,
    header_fingerprint,
    read_rows,
)
from muniment.kernel.formats.tables.opening import open_table, opening_of
from muniment.kernel.words.money import micro_per_unit
from muniment.kernel.words.period import Period
from muniment.kernel.words.problems import BadFile, Problem
from muniment.rights.parties import services as parties
from muniment.rights.parties.rules import member_table
from muniment.rights.works import services as works
from muniment.rights.works.rules import work_table
from muniment.trust.access.rules import Action, Actor
from muniment.trust.batches.queries import MappingRow, find_mapping, get_mapping, mappings_are_kept
from muniment.use.usages import services as usages
from muniment.use.usages.rules import TARGETS as USAGE_TARGETS
from muniment.use.usages.rules import UNSAID, Form, ReportFacts

NO_ANSWERS: Mapping[str, str] = {}
_TOLD_BY_DSR = ("usage.unseen",)
_READ_BY_IMPORTERS = ("tables", "reports")


class Sight(Protocol):
    """How a table would be read: its headers, which of them gives which field, and what is wrong in the first rows."""

    @property
    def headers(self) -> tuple[str, ...]:
        """Return the headers as they stand in the file."""
        ...

    @property
    def mapping(self) -> ColumnMapping:
        """Return the columns as chosen, remembered or guessed."""
        ...

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Return what is wrong with the columns or in the first rows."""
        ...


@dataclass(frozen=True, slots=True)
class Mappable:
    """What a table can be said to be about.

    `kinds` are those under which its mappings are saved, the one that the door saves under first; `look` shows how a
    table would be read, `check` gives what its import would find wrong (file, columns, answers by the names of the
    questions, blank ones where nothing was said yet), `keep` remembers the columns of a table by its headers (actor,
    at, name, headers, mapping).
    """

    becomes: Becomes
    action: Action
    kinds: tuple[str, ...]
    targets: tuple[TargetField, ...]
    check: Callable[[Path, ColumnMapping | None, Mapping[str, str]], Iterator[Problem]]
    look: Callable[[Path, ColumnMapping | None], Sight]
    keep: Callable[[Actor, datetime, str, Sequence[str], ColumnMapping], None]


def _look_at_usages(path: Path, mapping: ColumnMapping | None) -> Sight:
    return usages.preview_usage(path, form=Form.TABLE, mapping=mapping)


def _keep_usages(actor: Actor, at: datetime, name: str, headers: Sequence[str], mapping: ColumnMapping) -> None:
    usages.keep_mapping(actor=actor, at=at, form=Form.TABLE, name=name, headers=headers, mapping=mapping)


def _keep_works(actor: Actor, at: datetime, name: str, headers: Sequence[str], mapping: ColumnMapping) -> None:
    works.save_works_mapping(actor=actor, at=at, name=name, headers=headers, mapping=mapping)


def _keep_parties(actor: Actor, at: datetime, name: str, headers: Sequence[str], mapping: ColumnMapping) -> None:
    parties.save_parties_mapping(actor=actor, at=at, name=name, headers=headers, mapping=mapping)


def _check_usages(path: Path, mapping: ColumnMapping | None, answers: Mapping[str, str]) -> Iterator[Problem]:
    return usages.check_usage(path, form=Form.TABLE, facts=_facts_of(answers), mapping=mapping)


def _facts_of(answers: Mapping[str, str]) -> ReportFacts:
    """Return what was said about a report of use, as far as its lines are read by it.

    Raises:
        NotAnswered: a day or the order of dates cannot be.
        UserError: the currency, the territory or the period cannot be.
    """
    told = {name: text.strip() for name, text in answers.items() if text.strip()}
    period = Period(*(day_said(name, told[name]) if name in told else None for name in ("from", "to")))
    currency, order = told.get("currency", "").upper(), told.get("date-order", "")
    if currency:
        micro_per_unit(currency)
    said = period.valid_from is not None and period.valid_to is not None
    return replace(UNSAID, period=period, currency=currency, date_order=date_order_said(order), said=said)


def _checked_by(targets: tuple[TargetField, ...], read_line: ReadLine) -> Callable[..., Iterator[Problem]]:
    """Return a check of tables whose lines a function reads as the import does."""

    def check(path: Path, mapping: ColumnMapping | None, _answers: Mapping[str, str]) -> Iterator[Problem]:
        table = open_table(path, mapping)
        return check_rows(table, mapping or guess_mapping(table.headers, targets), targets, read_line)

    return check


_USAGE_KINDS = tuple(usages.kind_of(form) for form in (Form.TABLE, Form.RADIO, Form.SETLIST))
MAPPABLE = (
    Mappable(
        Becomes.USAGES,
        Action.USAGE_WRITE,
        _USAGE_KINDS,
        USAGE_TARGETS,
        _check_usages,
        _look_at_usages,
        _keep_usages,
    ),
    Mappable(
        Becomes.WORKS,
        Action.WORK_WRITE,
        (works.TABLE,),
        work_table.TARGETS,
        lambda path, mapping, _answers: works.check_works_table(path, mapping),
        works.preview_works_table,
        _keep_works,
    ),
    Mappable(
        Becomes.PARTIES,
        Action.PARTY_WRITE,
        (parties.INTAKE_KIND,),
        member_table.TARGETS,
        _checked_by(member_table.TARGETS, member_table.read_line),
        parties.preview_parties_table,
        _keep_parties,
    ),
)  # fmt: skip
"""What a table can be mapped to, the most frequent first."""


@dataclass(frozen=True, slots=True)
class Known:
    """What a file is, and which column is which where that was remembered (under a name) or said."""

    found: Recognition
    mapping: ColumnMapping | None = None
    name: str = ""


def mappable(becomes: str) -> Mappable:
    """Return how tables that become that are mapped.

    Raises:
        NotAnswered: none are.
    """
    for each in MAPPABLE:
        if each.becomes == becomes:
            return each
    raise NotAnswered(
        _("No table is mapped to %(what)s.") % {"what": repr(becomes)},
        _("Say one of: %(names)s.") % {"names": ", ".join(each.becomes for each in MAPPABLE)},
    )


def recognised(path: Path, named: str = "") -> Recognition:
    """Return what a file is: as a person named it (FORMAT, or FORMAT:usages for what it becomes), else as it looks.

    Raises:
        UnknownFormat: no format has that name.
        NotAnswered: no file becomes that.
        BadFile: it is of no format that is known, of two, or cannot be looked into.
    """
    name, _sign, becomes = named.partition(":")
    if not name:
        return recognise_alone(path)
    found = as_format(path, format_of(name))
    if not becomes:
        return found
    if becomes not in Becomes:
        raise NotAnswered(
            _("Nothing becomes %(what)s.") % {"what": repr(becomes)},
            _("Say one of: %(names)s.") % {"names": ", ".join(Becomes)},
        )
    told = found.recognised
    as_named = Recognised(told.version, told.profile, told.certainty_ppm, told.because, Becomes(becomes))
    return Recognition(found.format, as_named, overruled=True)


def known(path: Path, named: str = "") -> Known:
    """Return what a file is, as `recognised`; a table whose columns were remembered is known by its headers.

    Without a database nothing is remembered, and nothing else is missing.

    Raises:
        UserError: as `recognised`.
    """
    found = recognised(path, named)
    if found.format.name != "tables" or found.overruled or not mappings_are_kept():
        return Known(found)
    opening = opening_of(head_of(path))
    if opening is None:
        return Known(found)
    # what the headers tell goes first, what a person once said of them goes before what they seem to be
    abouts = sorted(MAPPABLE, key=lambda each: each.becomes is not found.becomes)
    for line, headers in ((None, opening.headers), *opening.below()):
        for about in abouts:
            row = memory_of(about, headers)
            if row is not None:
                return Known(_by_memory(found, about, row), ColumnMapping(row.columns, line), row.name)
    return Known(found)


def memory_of(about: Mappable, headers: Sequence[str]) -> MappingRow | None:
    """Return the columns that were remembered for tables about that with these headers, or None."""
    for kind in about.kinds:
        row = find_mapping(kind, header_fingerprint(headers))
        columns = fit_columns(row.columns, headers) if row is not None else None
        if row is not None and columns is not None:
            return replace(row, columns=columns)
    return None


def _by_memory(found: Recognition, about: Mappable, row: MappingRow) -> Recognition:
    because = _("its columns were remembered as “%(name)s”") % {"name": row.name}
    told = found.recognised
    return Recognition(found.format, Recognised(told.version, told.profile, CERTAIN_PPM, because, about.becomes))


def check_known(
    path: Path, this: Known, profiles: frozenset[str] = frozenset(), answers: Mapping[str, str] = NO_ANSWERS
) -> Iterator[Problem]:
    """Give every problem of a file: of a table that has an importer as this one reads it, else as its format does.

    `profiles` are societies whose own rules are to hold as well; `answers` what was said about the file.

    Raises:
        UserError: the format knows no rules of such a society, or an answer cannot be.
    """
    about = next((each for each in MAPPABLE if each.becomes is this.found.becomes), None)
    if this.found.becomes is Becomes.ANSWER_TO_WORKS and this.found.format.name == "cwr":
        yield from _check_answers(path, this, profiles)
        return
    if this.found.format.name == Form.DSR:
        yield from _check_dsr(path, this, profiles, answers)
        return
    if this.found.format.name not in _READ_BY_IMPORTERS or about is None or profiles:
        yield from check_file(path, this.found, profiles)
        return
    try:
        with as_read(path, this.found) as plain:
            yield from about.check(plain, this.mapping, answers)
    except BadFile as error:
        yield refused_as_whole(error)


def _check_answers(path: Path, this: Known, profiles: frozenset[str]) -> Iterator[Problem]:
    """Give what breaks the standard, then, in a house with a database, the answers to nothing that it submitted."""
    yield from check_file(path, this.found, profiles)
    if mappings_are_kept():
        with suppress(BadFile), as_read(path, this.found) as plain:  # what refuses the file was told above
            yield from works.check_cwr_answers(plain)


def _check_dsr(path: Path, this: Known, profiles: frozenset[str], answers: Mapping[str, str]) -> Iterator[Problem]:
    """Give what breaks the standard, then what an import would find wrong with the sales of a file."""
    yield from check_file(path, this.found, profiles)
    facts = _facts_of(answers)
    with suppress(BadFile), as_read(path, this.found) as plain:  # what refuses the file was told above
        if plain.is_file():
            for problem in usages.check_usage(plain, form=Form.DSR, facts=facts, mapping=None):
                if problem.rule not in _TOLD_BY_DSR:
                    yield problem


def preview_known(path: Path, this: Known, line_count: int) -> Preview:
    """Return the first rows of a file, of a table below the line that its columns are named on.

    Raises:
        BadFile: it cannot be read.
    """
    if this.mapping is None or this.mapping.header_line is None:
        return preview_file(path, this.found, line_count)
    with as_read(path, this.found) as plain:
        table = read_rows(plain, header_line=this.mapping.header_line)
        rows = tuple(row.cells for row in islice(table.rows, line_count))
    return Preview(table.headers, rows, {"rows": len(rows), "columns": len(table.headers)})


def header_row_of(path: Path, this: Known) -> int | None:
    """Return the line of the headers of a table where other text stands above them and they were found, else None.

    Raises:
        BadFile: it cannot be read.
    """
    if this.mapping is not None:
        return this.mapping.header_line
    line = open_table(path).header_line
    return line if line != read_rows(path).header_line else None


def guessed_below(path: Path, about: Mappable, line: int | None) -> ColumnMapping:
    """Return the columns that the headers on a line suggest, or that were remembered for these headers.

    Raises:
        BadFile: there are no headers on that line.
    """
    headers = read_rows(path, header_line=line).headers
    kept = memory_of(about, headers)
    columns = kept.columns if kept is not None else guess_mapping(headers, about.targets).columns
    return ColumnMapping(columns, line)


def saved_columns(about: Mappable, name: str) -> ColumnMapping:
    """Return the columns that were remembered under a name.

    Raises:
        NotAnswered: none were.
    """
    for kind in about.kinds:
        if row := get_mapping(kind, name):
            return ColumnMapping(row.columns)
    raise NotAnswered(
        _("No columns are remembered as “%(name)s”.") % {"name": name},
        _("Say which column is which with --column."),
    )


def said_columns(about: Mappable, columns: Mapping[str, str]) -> ColumnMapping:
    """Return the columns as a person says them, by the names of the fields.

    Raises:
        NotAnswered: there is no such field.
    """
    names = [target.name for target in about.targets]
    for field in columns:
        if field not in names:
            raise NotAnswered(
                _("%(field)s is no field of such a table.") % {"field": repr(field)},
                _("Say one of: %(names)s.") % {"names": ", ".join(names)},
            )
    return ColumnMapping(dict(columns))


def keep_columns(
    *, actor: Actor, at: datetime, about: Mappable, name: str, headers: Sequence[str], mapping: ColumnMapping
) -> None:
    """Remember the columns of a table by its headers, under a name that no other headers have.

    Raises:
        NotAnswered: the name is missing, or belongs to columns under other headers.
        NotAllowed, BadFile: see the service that keeps it.
    """
    name = name.strip()[:100]
    if not name:
        raise NotAnswered(_("The columns have no name."), _("Say how they shall be remembered."))
    taken = get_mapping(about.kinds[0], name)
    if taken is not None and taken.header_fingerprint != header_fingerprint(headers):
        raise NotAnswered(_("Other columns are remembered as “%(name)s”.") % {"name": name}, _("Choose another name."))
    about.keep(actor, at, name, headers, mapping)
