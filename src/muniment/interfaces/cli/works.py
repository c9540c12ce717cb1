"""The commands `muniment work …`: repertoire in, the share question, conflicts, repertoire out."""

from pathlib import Path
from typing import Annotated

import typer
from django.conf import settings

from muniment.interfaces.cli.console import (
    console,
    now,
    operator_actor,
    parse_day,
    parse_instant,
    print_preview,
    print_problems,
    print_table,
    progress_bar,
)
from muniment.interfaces.cli.duplicates import tell_after_import
from muniment.interfaces.cli.matching import tell_lines_without_work
from muniment.interfaces.door.work_rows import EXPORT_HEADERS, export_cells
from muniment.kernel.formats.tables import write_csv
from muniment.kernel.words.identifiers import format_iswc
from muniment.kernel.words.problems import UserError
from muniment.kernel.words.shares import Right, format_percent
from muniment.kernel.words.territory import parse_territory, territory_name
from muniment.rights.parties.queries import names_of
from muniment.rights.works import queries, services
from muniment.rights.works.queries import WorkRow
from muniment.rights.works.rules.conflicts import ConflictKind
from muniment.trust.batches.queries import named_mapping
from muniment.use.duplicates.rules import PairKind

app = typer.Typer(no_args_is_help=True, help="Works, their recordings, and who holds which share of them.")

File = Annotated[Path, typer.Argument(help="The file to read.", exists=True, dir_okay=False)]
Person = Annotated[str | None, typer.Option("--as", help="Who acts.")]

_SHOWN = 20


def _report(report: services.WorksReport, person: str | None) -> None:
    """Print what an import did; exit with 1 where a line was not taken, with 2 where the file was refused."""
    print_problems(list(report.problems))
    console.print(
        f"Intake {report.intake_id}, {report.file_name}: {report.good_count} of {report.line_count} lines taken."
        f" {report.work_count} works registered, {report.known_work_count} recognised"
        f" ({report.superseded_count} with earlier claims replaced), {report.party_count} parties registered,"
        f" {report.share_line_count} share lines, {report.recording_count} recordings,"
        f" {report.conflict_count} works in dispute."
    )
    if report.state == "refused":
        console.print("The file was refused as a whole; nothing was written.")
        raise typer.Exit(2)
    if report.work_count:
        tell_after_import(PairKind.WORK, report.intake_id, person)
        tell_lines_without_work(report.intake_id)
    if report.bad_count:
        raise typer.Exit(1)


@app.command("import")
def import_(
    file: File,
    claim: Annotated[str, typer.Option(help="The submitter whose claims these are; the society if left out.")] = "",
    mapping: Annotated[str, typer.Option(help="The name of a saved mapping of columns.")] = "",
    save_mapping: Annotated[str, typer.Option(help="Keep the mapping that is used under this name.")] = "",
    preview: Annotated[bool, typer.Option("--preview", help="Show how the file would be read; write nothing.")] = False,
    person: Person = None,
) -> None:
    """Import a table of works (CSV, TSV, XLSX): one row for each party of a work."""
    chosen = named_mapping(services.TABLE, mapping) if mapping else None
    if preview:
        print_preview(services.preview_works_table(file, chosen))
        return
    with progress_bar("Importing works") as progress:
        report = services.import_works_table(
            actor=operator_actor(person),
            at=now(),
            path=file,
            mapping=chosen,
            claim=claim or settings.MUNIMENT_SOCIETY,
            progress=progress,
            save_as=save_mapping,
        )
    _report(report, person)


@app.command()
def import_cwr(
    file: File,
    preview: Annotated[bool, typer.Option("--preview", help="Show what the file says; write nothing.")] = False,
    person: Person = None,
) -> None:
    """Import a CWR 2.1 file (NWR and REV); the claims stand under the name of its sender."""
    if preview:
        claim, works, problems = services.preview_cwr(file)
        rows: list[list[object]] = [
            [work.kind, work.submitter_work_number, work.title, len(work.writers), len(work.publishers)]
            for work in works
        ]
        print_table(f"First works of {claim}", ["kind", "number", "title", "writers", "publishers"], rows)
        print_problems(list(problems))
        return
    with progress_bar("Importing CWR") as progress:
        report = services.import_cwr(actor=operator_actor(person), at=now(), path=file, progress=progress)
    _report(report, person)


@app.command()
def import_repertoire(
    file: File,
    generate_shares: Annotated[
        bool, typer.Option("--generate-shares", help="Make shares by convention where the catalogue has none.")
    ] = False,
    seed: Annotated[int, typer.Option(help="The same seed makes the same shares.")] = 1,
    claim: Annotated[str, typer.Option(help="The name under which the claims stand.")] = "catalogue",
    person: Person = None,
) -> None:
    """Import a whole catalogue in Parquet."""
    with progress_bar("Importing the catalogue") as progress:
        report = services.import_repertoire_parquet(
            actor=operator_actor(person),
            at=now(),
            path=file,
            generate_shares=generate_shares,
            seed=seed,
            claim=claim,
            progress=progress,
        )
    _report(report, person)


@app.command()
def undo(intake: Annotated[int, typer.Argument(help="The number of the intake.")], person: Person = None) -> None:
    """Take back everything that an intake of works said."""
    done = services.undo_works_intake(actor=operator_actor(person), at=now(), intake_id=intake)
    console.print(
        f"Intake {intake} is undone: {done.work_count} works and {done.closed_line_count} share lines closed,"
        f" {done.restored_line_count} earlier share lines restored, {done.kept_work_count} works kept for others."
    )


@app.command()
def search(
    text: Annotated[str, typer.Argument(help="Words of titles and names in any script, or a number.")] = "",
    limit: Annotated[int, typer.Option(help="How many to show.")] = _SHOWN,
) -> None:
    """Find works."""
    page = queries.find_works(text, limit=limit)
    rows: list[list[object]] = [
        [
            hit.code,
            hit.title,
            ", ".join(hit.writers),
            ", ".join(hit.performers),
            format_iswc(hit.iswc) if hit.iswc else "",
        ]
        for hit in page.rows
    ]
    print_table(f"{page.total} works", ["code", "title", "writers", "performers", "ISWC"], rows)


@app.command()
def show(code: Annotated[str, typer.Argument(help="The work's code or ISWC.")]) -> None:
    """Show everything about a work."""
    work = queries.get_work_by_code(code)
    shares = " · generated shares" if work.generated_shares else ""
    console.print(
        f"[bold]{work.title}[/bold] · {work.code} · {format_iswc(work.iswc) if work.iswc else 'no ISWC'}{shares}"
    )
    for title in work.titles:
        console.print(f"  {title.kind} {title.title} {title.language}")
    people: list[list[object]] = [
        [
            one.role,
            one.chain or "",
            one.name or "unknown",
            *map(format_percent, (one.pr_own_ppm, one.mr_own_ppm)),
            one.claim,
        ]
        for one in work.contributions
    ]
    print_table("Contributions", ["role", "chain", "name", "owns PR %", "owns MR %", "claimed by"], people)
    print_table("Share lines", ["right", "party", "%", "territories", "claimed by"], _line_rows(work), numbers=(2,))
    recordings: list[list[object]] = [[one.isrc, one.title, one.performer] for one in work.recordings]
    print_table("Recordings", ["ISRC", "title", "performer"], recordings)
    for conflict in work.conflicts:
        console.print(
            f"{conflict.right}: {', '.join(conflict.claims)} {conflict.kind}, {format_percent(conflict.disputed_ppm)} %"
        )


def _line_rows(work: WorkRow) -> list[list[object]]:
    return [
        [line.right, line.party_name, format_percent(line.share_ppm), line.territories, line.claim]
        for line in work.share_lines
    ]


@app.command()
def shares(
    code: Annotated[str, typer.Argument(help="The work's code or ISWC.")],
    right: Annotated[str, typer.Option(help="PR performing, MR mechanical, SR synchronisation.")] = "PR",
    territory: Annotated[str, typer.Option(help="Two letters such as PK, or a TIS code.")] = "",
    on: Annotated[str, typer.Option(help="The day of use; today if left out.")] = "",
    known_at: Annotated[str, typer.Option(help="The instant whose knowledge counts; now if left out.")] = "",
) -> None:
    """Answer the share question: who holds what of a work, for a right, in a territory, on a day."""
    work = queries.get_work_by_code(code)
    place = parse_territory(territory or str(settings.MUNIMENT_TERRITORY))
    at = now()
    day = parse_day(on) if on else at.date()
    answer = queries.shares_of(
        work.id, right=parse_right(right), territory=place, usage_on=day, known_at=parse_instant(known_at, at)
    )
    names = names_of(part.party_id for part in answer.parts if part.party_id is not None)
    rows: list[list[object]] = [
        [names.get(part.party_id or 0, "held"), format_percent(part.share_ppm), part.status, part.note]
        for part in answer.parts
    ]
    title = f"{work.title} · {parse_right(right)} · {territory_name(place)} · {day}"
    print_table(title, ["party", "%", "status", "note"], rows, numbers=(1,))


def parse_right(text: str) -> Right:
    """Read a right of the command line.

    Raises:
        UserError: it is none of PR, MR, SR.
    """
    letters = text.strip().upper()
    if letters not in Right:
        raise UserError(f"{text!r} is not a right.", "Write PR, MR or SR.")
    return Right(letters)


@app.command()
def conflicts(
    every: Annotated[bool, typer.Option("--all", help="Also claims that differ but fit together.")] = False,
    limit: Annotated[int, typer.Option(help="How many to show.")] = _SHOWN,
) -> None:
    """List works whose claims do not agree, those with most in dispute first."""
    page = queries.list_conflicts(None if every else ConflictKind.DISPUTE, limit=limit)
    rows: list[list[object]] = [
        [row.work_code, row.work_title, row.right, row.kind, format_percent(row.disputed_ppm), " / ".join(row.claims)]
        for row in page.rows
    ]
    print_table(f"{page.total} conflicts", ["code", "title", "right", "kind", "%", "claimed by"], rows, numbers=(4,))


@app.command()
def export(file: Annotated[Path, typer.Argument(help="The CSV file to write.")]) -> None:
    """Write every work as CSV, a row for each share line: the columns that `muniment work import` reads."""
    if not file.parent.is_dir():
        raise UserError(f"There is no folder {file.parent}.", "Make it, or choose another.")
    with progress_bar("Exporting works") as progress, file.open("wb") as stream:
        rows = map(export_cells, queries.iter_export(progress))
        count = write_csv(EXPORT_HEADERS, rows, stream)
    console.print(f"{count} lines written to {file}.")
