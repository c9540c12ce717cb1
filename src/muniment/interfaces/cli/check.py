"""The command `muniment check`: what files are, and everything that is wrong in them; nothing is written."""

import json
import sys
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from muniment.interfaces.cli._door_parts import (
    as_file,
    reading_bar,
    refuse_folder_of,
    tell_problem,
    tell_what_it_is,
)
from muniment.interfaces.cli.console import console, errors, now
from muniment.interfaces.door.columns import Known, check_known, known
from muniment.kernel.formats.door import Recognition, Tally, as_read, refused_as_whole, shown
from muniment.kernel.words.problems import BadFile, Level, Problem, UserError

_CLEAN, _FINDINGS, _UNKNOWN = 0, 1, 2

Files = Annotated[list[Path], typer.Argument(help="Files, archives or folders; - is standard input.")]


def check(
    files: Files,
    named: Annotated[str, typer.Option("--as", "--format", help="Read them as this format, whatever they are.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line, for programs.")] = False,
    acknowledge: Annotated[
        Path | None, typer.Option(help="Write the format's own answer to this file; for one file at a time.")
    ] = None,
    limit: Annotated[int, typer.Option(help="Print so many problems of each file; 0 prints all.")] = 20,
    errors_only: Annotated[bool, typer.Option("--errors-only", help="Warnings are no findings.")] = False,
    profile: Annotated[
        list[str] | None, typer.Option(help="CWR: a society whose own rules are to hold as well, such as GEMA.")
    ] = None,
) -> None:
    """Say what files are and what is wrong in them: status 0 clean, 1 findings, 2 nothing known."""
    if acknowledge is not None and len(files) > 1:
        raise UserError("One answer cannot be to several files.", "Check them one by one.")
    if acknowledge is not None and profile:
        raise UserError("An answer goes by the rules of the house.", "Switch profiles on in MUNIMENT_CWR_PROFILES.")
    telling = _Telling(as_json, limit, errors_only, frozenset(name.upper() for name in profile or ()))
    status = max(_check_one(each, named, acknowledge, telling) for each in files)
    raise typer.Exit(status)


@dataclass(frozen=True, slots=True)
class _Telling:
    """How files are checked and told of: for programs, how many problems, warnings or not, by whose rules as well."""

    as_json: bool
    limit: int
    errors_only: bool
    profiles: frozenset[str]


def _check_one(given: Path, named: str, acknowledge: Path | None, telling: _Telling) -> int:
    """Check one file and return its exit status."""
    with as_file(given) as path:
        try:
            this = known(path, named)
        except BadFile as error:
            _tell_unknown(path, error, telling.as_json)
            return _UNKNOWN
        _tell_kind(path, this, telling)
        tally = _tell_problems(path, this, telling)
        if acknowledge is not None:
            _acknowledge(path, this.found, acknowledge)
    _tell_sum(path, tally, telling.as_json)
    return _FINDINGS if tally.total else _CLEAN


def _tell_problems(path: Path, this: Known, telling: _Telling) -> Tally:
    tally, limit = Tally(keep=0), telling.limit
    with reading_bar(path):
        for problem in check_known(path, this, telling.profiles):
            if telling.errors_only and problem.level is not Level.ERROR:
                continue
            tally.add(problem)
            if telling.as_json:
                _line(_plain(path, problem))
            elif not limit or tally.total <= limit:
                tell_problem(problem)
    if not telling.as_json and limit and tally.total > limit:
        console.print(f"  … and {tally.total - limit:,} more (--limit 0 prints all).")
    return tally


def _acknowledge(path: Path, found: Recognition, out: Path) -> None:
    """Write the format's own answer.

    Raises:
        UserError: the format has none, or there is no such folder.
    """
    if found.format.acknowledge is None:
        raise UserError(f"{found.format.title} has no answer of its own.", "Send the problems as they are printed.")
    refuse_folder_of(out)
    with as_read(path, found) as plain:
        found.format.acknowledge(plain, out, now())
    errors.print(f"The answer is in {escape(shown(str(out)))}.", soft_wrap=True)


def _tell_kind(path: Path, this: Known, telling: _Telling) -> None:
    found, profiles = this.found, sorted(telling.profiles)
    if not telling.as_json:
        tell_what_it_is(path, found)
        if profiles:
            console.print(f"  checked by the rules of {escape(', '.join(profiles))} as well")
        return
    told = found.recognised
    _line(
        {
            "file": path.name, "format": found.format.name, "title": found.format.title, "version": told.version,
            "profile": told.profile, "certainty_ppm": told.certainty_ppm, "because": told.because,
            "becomes": found.becomes.value, "official": found.format.official, "remembered_as": this.name or None,
            "profiles": profiles,
        }
    )  # fmt: skip


def _tell_unknown(path: Path, error: BadFile, as_json: bool) -> None:
    if as_json:
        _line({**_plain(path, refused_as_whole(error)), "format": None})
    else:
        errors.print(f"[red]{escape(shown(error.message))}[/red] {escape(shown(error.remedy))}", soft_wrap=True)


def _tell_sum(path: Path, tally: Tally, as_json: bool) -> None:
    levels = {level.value: tally.levels[level] for level in Level}
    if as_json:
        _line({"file": path.name, "problems": levels, "rules": dict(tally.rules.most_common())})
    elif tally.total:
        often = ", ".join(f"{rule} {count:,}" for rule, count in islice(tally.rules.most_common(), 8))
        counts = f"{levels['error']:,} errors, {levels['warning']:,} warnings"
        console.print(f"  {counts}: {escape(shown(often))}", soft_wrap=True)
    else:
        console.print("  No problem was found.")


def _plain(path: Path, problem: Problem) -> dict[str, object]:
    return {
        "file": path.name, "line": problem.line, "field": problem.field, "level": problem.level.value,
        "rule": problem.rule, "message": problem.message, "remedy": problem.remedy,
    }  # fmt: skip


def _line(value: dict[str, object]) -> None:
    """Write one object as a line of JSON in ASCII, so that no terminal and no program reads it otherwise."""
    sys.stdout.write(json.dumps(value) + "\n")


COMMANDS = (check,)
