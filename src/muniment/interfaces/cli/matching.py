"""The commands `muniment match …`: match reports, work through the queue, list what is unidentified."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from muniment.interfaces.cli.console import console, now, operator_actor, print_table, progress_bar
from muniment.kernel.formats.tables import write_csv
from muniment.kernel.words.problems import UserError
from muniment.rights.works.queries import get_work_by_code, titles_of
from muniment.use.matching import queries, services
from muniment.use.matching.queries import MatchRunRow
from muniment.use.matching.rules.review import Verdict
from muniment.use.usages.queries import ReportRow, get_report, list_reports
from muniment.use.usages.rules import ReportState

UNIDENTIFIED_HEADERS = ("Title", "Performer", "Writers", "Codes", "Lines", "Uses", "Best score", "State")


class _RunUnlessNamed(TyperGroup):
    """Lets `muniment match 3` stand for `muniment match run 3`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put `run` before a first word that is no command."""
        if args and args[0] not in self.commands and args[0] != "--help":
            args = ["run", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(cls=_RunUnlessNamed, no_args_is_help=True, help="Find the work behind each reported use.")

Person = Annotated[str | None, typer.Option("--as", help="Who acts.")]


@app.command()
def run(
    reports: Annotated[list[int] | None, typer.Argument(help="The numbers of the reports.")] = None,
    all_: Annotated[bool, typer.Option("--all", help="Every report that no distribution has used yet.")] = False,
    person: Person = None,
) -> None:
    """Match reports; decisions made since the last time are used."""
    wanted = [get_report(number) for number in reports or []]
    if all_:
        wanted = sorted(list_reports(state=ReportState.IMPORTED, limit=None).rows, key=lambda report: report.id)
    if not wanted:
        raise UserError("There is nothing to match.", "Name a report, or say --all after importing one.")
    with console.status("Reading the repertoire"):
        index = services.load_index(actor=operator_actor(person), at=now())
    found: list[tuple[ReportRow, MatchRunRow]] = []
    for report in wanted:
        with progress_bar(f"Matching report {report.id}") as progress:
            matched = services.match_report(
                actor=operator_actor(person), at=now(), report_id=report.id, index=index, progress=progress
            )
        found.append((report, matched))
    rows: list[list[object]] = [
        [
            report.id,
            report.file_name,
            matched.line_count,
            matched.distinct_count,
            f"{100 * matched.matched_count / max(matched.line_count, 1):.1f} %",
            matched.matched_count,
            matched.review_count,
            matched.unidentified_count,
        ]
        for report, matched in found
    ]
    headers = ["report", "file", "lines", "distinct", "matched", "matched", "review", "unidentified"]
    print_table("Matched", headers, rows, numbers=(0, 2, 3, 4, 5, 6, 7))


@app.command()
def runs(report: Annotated[int, typer.Argument(help="The number of the report.")]) -> None:
    """List the match runs of a report, the newest first, with what each used."""
    rows: list[list[object]] = [
        [
            row.id,
            f"{row.run_at:%Y-%m-%d %H:%M}",
            row.line_count,
            row.matched_count,
            row.review_count,
            row.unidentified_count,
            row.model_version[:16] or "—",
            row.index_version[:16] or "—",
            row.repertoire_digest[:16],
        ]
        for row in queries.list_match_runs(get_report(report).id)
    ]
    headers = ["run", "at", "lines", "matched", "review", "unidentified", "model", "index", "repertoire"]
    print_table(f"Match runs of report {report}", headers, rows, numbers=(0, 2, 3, 4, 5))


@app.command()
def report(number: Annotated[int, typer.Argument(metavar="RUN", help="The number of the match run.")]) -> None:
    """Tell what each stage of a match run contributed: identifier, memory, exact key, index search."""
    counts = queries.stage_counts(number)
    lines, uses = (sum(getattr(row, name) for row in counts) for name in ("line_count", "use_count"))
    rows: list[list[object]] = [
        [
            row.stage,
            row.method,
            row.band.value,
            row.line_count,
            f"{100 * row.line_count / max(lines, 1):.2f} %",
            row.use_count,
            f"{100 * row.use_count / max(uses, 1):.2f} %",
        ]
        for row in counts
    ]
    headers = ["stage", "method", "band", "lines", "of lines", "plays", "of plays"]
    print_table(f"Match run {number}: {lines} lines, {uses} plays", headers, rows, numbers=(3, 4, 5, 6))


@app.command()
def replay(number: Annotated[int, typer.Argument(metavar="RUN", help="The number of the match run.")]) -> None:
    """Compute a match run again with the model, index, thresholds and decisions of then; exit with 1 if it differs."""
    with progress_bar(f"Answering run {number} again") as progress:
        found = queries.replay_run(number, progress)
    tell_replay(found)


def tell_replay(found: queries.Replay) -> None:
    """Print whether what was answered again is the same, or what differs; exit with 1 if something does."""
    run = found.run
    console.print(
        f"Run {run.id} of {run.run_at:%Y-%m-%d %H:%M}: model {run.model_version[:16]}, index {run.index_version[:16]},"
        f" repertoire {run.repertoire_digest[:16]}."
    )
    if not found.different_count:
        console.print(f"The same: {found.line_count} lines answered again.")
        return
    rows: list[list[object]] = [[one.line_id, one.name, one.kept, one.now] for one in found.differences]
    title = f"{found.different_count} of {found.line_count} lines differ"
    print_table(title, ["line", "what", "kept", "answered now"], rows, numbers=(0,))
    console.print("Model, index and decisions are those of the run: this version of Muniment answers otherwise.")
    raise typer.Exit(1)


@app.command()
def retry(
    as_of: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day that counts, else today.")
    ] = None,
    intake: Annotated[int | None, typer.Option(help="Ask all, but only for the works of this intake.")] = None,
    person: Person = None,
) -> None:
    """Ask again the lines that have no work: 1 day after matching, then after 2, 4 … 32; or for new works, now."""
    actor, at = operator_actor(person), now()
    with progress_bar("Asking the lines without a work") as progress:
        if intake is not None:
            done = services.retry_with_works(actor=actor, at=at, intake_id=intake, progress=progress)
        else:
            day = None if as_of is None else as_of.date()
            done = services.retry_due(actor=actor, at=at, as_of=day, progress=progress)
    console.print(
        f"{done.due_count} reports due, {done.asked_count} distinct lines asked,"
        f" {done.hopeful_count} with something new."
    )
    console.print(f"{len(done.report_ids)} reports matched again: {done.found_count} more lines have their work.")


def tell_lines_without_work(intake_id: int) -> None:
    """Print how many lines of the past could be asked for the works of an intake, and how; nothing without any."""
    waiting = queries.lines_without_work()
    if waiting.line_count:
        console.print(
            f"{waiting.line_count} lines of {waiting.report_count} reports have no work yet,"
            f" {waiting.distinct_count} of them different."
            f" Ask them for the new works: muniment match retry --intake {intake_id}"
        )


@app.command()
def queue(
    text: Annotated[str, typer.Argument(help="Words of the title, performer or writers.")] = "",
    limit: Annotated[int, typer.Option(help="How many, the weightiest first.")] = 20,
) -> None:
    """Show what waits for a decision; each line stands for all equal lines."""
    page = queries.queue(text=text, limit=limit)
    titles = titles_of([item.candidates[0].work_id for item in page.rows if item.candidates])
    rows: list[list[object]] = []
    for item in page.rows:
        best = item.candidates[0] if item.candidates else None
        rows.append(
            [
                item.id,
                item.title,
                item.performer,
                item.use_count,
                "" if best is None else titles.get(best.work_id, best.work_id),
                "" if best is None else best.score_ppm // 1000,
                "" if best is None else "; ".join(reason for reason, _ in best.reasons),
            ]
        )
    headers = ["item", "title", "performer", "uses", "best candidate", "score ‰", "reasons"]
    print_table(f"{page.total} items wait", headers, rows, numbers=(0, 3, 5))


@app.command()
def decide(
    item: Annotated[int, typer.Argument(help="The number of the item.")],
    verdict: Annotated[Verdict, typer.Argument(help="accept the best candidate, reject all, or pick a work.")],
    work: Annotated[str, typer.Option(help="The code of the work to pick.")] = "",
    source: Annotated[str, typer.Option(help="Remember it for this source only.")] = "",
    person: Person = None,
) -> None:
    """Settle all equal lines; it holds from the next matching on."""
    decision = services.decide(
        actor=operator_actor(person),
        at=now(),
        item_id=item,
        verdict=verdict,
        work_id=get_work_by_code(work).id if work else None,
        source_code=source,
    )
    console.print(f"Decision {decision.id}: “{decision.title}” {decision.verdict.value}.")


@app.command()
def undo(decision: Annotated[int, typer.Argument(help="The number of the decision.")], person: Person = None) -> None:
    """Take a decision back; its lines wait again."""
    row = services.undo_decision(actor=operator_actor(person), at=now(), decision_id=decision)
    console.print(f"Decision {row.id} about “{row.title}” is undone.")


@app.command()
def unidentified(
    out: Annotated[Path | None, typer.Argument(help="Write the whole list into this CSV file.")] = None,
    limit: Annotated[int, typer.Option(help="How many to show, most uses first.")] = 20,
) -> None:
    """List the works that nobody has identified."""
    if out is not None:
        with out.open("wb") as stream:
            count = write_csv(UNIDENTIFIED_HEADERS, map(unidentified_row, queries.iter_unidentified()), stream)
        console.print(f"{count} unidentified works written to {out}.")
        return
    page = queries.unidentified(limit=limit)
    rows: list[list[object]] = [list(unidentified_row(item)) for item in page.rows]
    print_table(f"{page.total} unidentified works", list(UNIDENTIFIED_HEADERS), rows, numbers=(4, 5, 6))


def unidentified_row(item: queries.ReviewItemRow) -> tuple[object, ...]:
    """Return an unidentified work as a row under UNIDENTIFIED_HEADERS; the score in per mille."""
    return (
        item.title,
        item.performer,
        item.writers,
        " ".join(item.codes),
        item.line_count,
        item.use_count,
        item.score_ppm // 1000,
        item.state.value,
    )
