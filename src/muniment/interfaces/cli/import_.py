"""The command `muniment import`: any file that is known, to the service it belongs to."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from muniment.interfaces.cli._door_parts import as_file, tell_preview, tell_problem, tell_what_it_is
from muniment.interfaces.cli.console import column_pairs, console, errors, fail_with, now, operator_actor, progress_bar
from muniment.interfaces.cli.duplicates import tell_after_import
from muniment.interfaces.door.acts import Act, Outcome
from muniment.interfaces.door.columns import (
    Known,
    Mappable,
    check_known,
    guessed_below,
    header_row_of,
    keep_columns,
    known,
    mappable,
    preview_known,
    said_columns,
    saved_columns,
)
from muniment.interfaces.door.ways_in import way_of
from muniment.kernel.formats.door import Becomes, Recognition, Tally, as_read, shown
from muniment.kernel.formats.tables import ColumnMapping
from muniment.kernel.words.problems import Level, UserError
from muniment.trust.access.rules import Actor
from muniment.use.duplicates.rules import PairKind

_SHOWN_ROWS = 5
_SHOWN_PROBLEMS = 5
_PAIRS = {Becomes.WORKS: PairKind.WORK, Becomes.PARTIES: PairKind.PARTY}


def import_(
    files: Annotated[list[Path], typer.Argument(help="Files, archives or folders; - is standard input.")],
    named: Annotated[
        str, typer.Option("--as", "--format", help="Take them for this format; tables:usages also says what about.")
    ] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Look and check; write nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    person: Annotated[str | None, typer.Option("--by", help="Who acts.")] = None,
    claim: Annotated[str, typer.Option(help="Works: whose claims they are; the society if left out.")] = "",
    source: Annotated[str, typer.Option(help="Usage: the code of who sent it.")] = "",
    fund: Annotated[str, typer.Option(help="Usage: the code of the fund that pays for it.")] = "",
    from_: Annotated[str, typer.Option("--from", help="Usage: the first day of the period.")] = "",
    to: Annotated[str, typer.Option(help="Usage: the first day after the period.")] = "",
    licensee: Annotated[str, typer.Option(help="Usage: the code of the licensee.")] = "",
    territory: Annotated[str, typer.Option(help="Usage: TIS number or ISO letters.")] = "",
    right: Annotated[str, typer.Option(help="Usage: PR, MR or SR.")] = "",
    date_order: Annotated[str, typer.Option(help="Usage: which comes first in 03/04/2026, dmy or mdy.")] = "",
    society: Annotated[str, typer.Option(help="Money: the society's code or whole name.")] = "",
    reference: Annotated[str, typer.Option(help="Money: the number that the society gave its statement.")] = "",
    amount: Annotated[str, typer.Option(help="Money: what the bank received.")] = "",
    currency: Annotated[str, typer.Option(help="The currency of amounts.")] = "",
    received_on: Annotated[str, typer.Option(help="Money: the day of the bank.")] = "",
    mapping: Annotated[str, typer.Option(help="A table: the name under which its columns were remembered.")] = "",
    column: Annotated[list[str] | None, typer.Option(help="A table: field=Header, for each column.")] = None,
    header_row: Annotated[
        int | None, typer.Option(min=1, help="A table: the line that names its columns, where others stand above it.")
    ] = None,
    save_mapping: Annotated[str, typer.Option(help="A table: remember its columns under this name.")] = "",
) -> None:
    """Say what files are, show how they begin, and import them: status 0 clean, 1 findings, 2 refused or unknown."""
    answers = {
        "claim": claim, "source": source, "fund": fund, "from": from_, "to": to, "licensee": licensee,
        "territory": territory, "right": right, "date-order": date_order, "society": society, "reference": reference,
        "amount": amount, "currency": currency, "received-on": received_on,
    }  # fmt: skip
    at, told = now(), _Told(named, mapping, column_pairs(column or []), "" if dry_run else save_mapping, header_row)
    raise typer.Exit(max(_import_one(given, told, answers, dry_run, yes, person, at) for given in files))


@dataclass(frozen=True, slots=True)
class _Told:
    """What was said of the files: what they are, and which of their columns is which."""

    named: str
    mapping: str
    columns: Mapping[str, str]
    save_as: str
    header_row: int | None


def _known(path: Path, told: _Told, actor: Actor, at: datetime) -> Known:
    """Return what a file is; columns that were said are remembered where a name for them is."""
    this = known(path, told.named)
    if not told.mapping and not told.columns and told.header_row is None:
        return this
    about = mappable(this.found.becomes)
    chosen = _chosen(path, this, about, told)
    if told.save_as:
        with as_read(path, this.found) as plain:
            headers = about.look(plain, chosen).headers
        keep_columns(actor=actor, at=at, about=about, name=told.save_as, headers=headers, mapping=chosen)
    return Known(this.found, chosen)


def _chosen(path: Path, this: Known, about: Mappable, told: _Told) -> ColumnMapping:
    """Return the columns that were named, said, or are suggested by the headers on the line that was said."""
    with as_read(path, this.found) as plain:
        row = told.header_row or header_row_of(plain, this)
        if told.mapping:
            return replace(saved_columns(about, told.mapping), header_line=row)
        if told.columns:
            return replace(said_columns(about, told.columns), header_line=row)
        return guessed_below(plain, about, row)


def _import_one(
    given: Path, told: _Told, answers: dict[str, str], dry_run: bool, yes: bool, person: str | None, at: datetime
) -> int:
    """Import one file and return the exit status."""
    with as_file(given) as path:
        try:
            actor = operator_actor(person)
            this = _known(path, told, actor, at)
            found = this.found
            tell_what_it_is(path, found)
            if dry_run:
                tell_preview(preview_known(path, this, _SHOWN_ROWS))
                return _look_only(path, this, answers)
            with as_read(path, found) as plain:
                tell_preview(preview_known(plain, this, _SHOWN_ROWS))
                way = way_of(found)
                if not yes and not typer.confirm(f"Import it as {found.becomes}?", default=False, err=True):
                    console.print("Nothing was imported.")
                    return 0
                with progress_bar(f"Importing {shown(path.name)}") as progress:
                    outcome = way.take(Act(actor, at, plain, path.name, found, answers, progress, this.mapping))
        except UserError as error:
            fail_with(UserError(shown(error.message), shown(error.remedy)))
            return 2
    return _tell(outcome, found, person)


def _look_only(path: Path, this: Known, answers: Mapping[str, str]) -> int:
    """Check a file, print what is wrong, and say that nothing was written."""
    tally = Tally(keep=_SHOWN_PROBLEMS)
    for problem in check_known(path, this, answers=answers):
        tally.add(problem)
    for problem in tally.first:
        tell_problem(problem)
    console.print(
        f"{tally.levels[Level.ERROR]:,} errors, {tally.levels[Level.WARNING]:,} warnings; nothing was imported."
    )
    return 1 if tally.total else 0


def _tell(outcome: Outcome, found: Recognition, person: str | None) -> int:
    """Print what an import came to and return the exit status."""
    for problem in outcome.problems[:_SHOWN_PROBLEMS]:
        tell_problem(problem)
    if outcome.problem_count > _SHOWN_PROBLEMS:
        console.print(f"  … and {outcome.problem_count - _SHOWN_PROBLEMS:,} more.")
    intake = f"Intake {outcome.intake_id}: " if outcome.intake_id else ""
    counts = ", ".join(f"{count:,} {escape(str(name))}" for name, count in outcome.counts)
    console.print(f"{intake}{counts}.", soft_wrap=True)
    if outcome.refused:
        errors.print("The file was refused as a whole; nothing was written.")
        return 2
    kind = _PAIRS.get(found.becomes)
    if kind is not None and outcome.intake_id is not None:
        tell_after_import(kind, outcome.intake_id, person)
    return 1 if outcome.bad_count else 0


COMMANDS = (import_,)
