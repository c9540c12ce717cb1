"""The commands `muniment cwr …`: answering what came in, submitting works, and following what became of them."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer
from django.conf import settings

from muniment.interfaces.cli.console import (
    console,
    now,
    operator_actor,
    print_problems,
    print_table,
    progress_bar,
)
from muniment.kernel.formats.cwr import CwrSender
from muniment.kernel.words.identifiers import format_iswc
from muniment.kernel.words.problems import UserError
from muniment.kernel.words.shares import format_percent
from muniment.rights.works import queries, services

app = typer.Typer(
    no_args_is_help=True, help="Answer CWR files, submit works to societies, and follow what became of them."
)

Person = Annotated[str | None, typer.Option("--as", help="Who acts.")]
Sender = Annotated[
    str,
    typer.Option(help="Who sends: SO:035, PB:00012345678 or PB:00012345678:NAME; the house itself if left out."),
]
Limit = Annotated[int, typer.Option(help="How many to show.")]

_SHOWN = 20


def _sender(text: str) -> CwrSender:
    return queries.sender_meant(text, str(settings.MUNIMENT_SOCIETY))


def _write(lines: Iterable[bytes], out: Path) -> None:
    """Write lines into a new file.

    Raises:
        UserError: the folder is not there, or the file is.
    """
    if not out.parent.is_dir():
        raise UserError(f"There is no folder {out.parent}.", "Make it, or choose another.")
    if out.exists():
        raise UserError(f"{out} exists already.", "Choose another name, or move it away.")
    unfinished = out.with_name(f"{out.name}.unfinished")
    try:
        with unfinished.open("wb") as stream:
            stream.writelines(lines)
        unfinished.replace(out)
    finally:
        unfinished.unlink(missing_ok=True)


@app.command()
def acknowledge(
    intake: Annotated[int, typer.Argument(help="The number of the intake.")],
    out: Annotated[Path, typer.Argument(help="The file to write.")],
    sender: Sender = "",
    person: Person = None,
) -> None:
    """Answer every transaction of a CWR file with its status, our numbers and what was found."""
    lines = services.acknowledge_cwr(actor=operator_actor(person), at=now(), intake_id=intake, sender=_sender(sender))
    _write(lines, out)
    console.print(f"The answer to intake {intake} is written to {out}.")


@app.command()
def restore(
    intake: Annotated[int, typer.Argument(help="The number of the intake.")],
    out: Annotated[Path, typer.Argument(help="The file to write.")],
) -> None:
    """Write a CWR file that came in again, from what the database keeps of its transactions."""
    _write(queries.cwr_file_lines(intake), out)
    console.print(f"The transactions of intake {intake} are written to {out}.")


@app.command()
def received(
    intake: Annotated[int | None, typer.Argument(help="The number of the intake; all if left out.")] = None,
    status: Annotated[str, typer.Option(help="AS, AC, CO, DU, NP or RJ.")] = "",
    limit: Limit = _SHOWN,
) -> None:
    """List transactions that came in, and what became of them."""
    page = queries.list_cwr_items(intake, status=status.upper(), limit=limit)
    rows: list[list[object]] = [
        [row.intake_id, row.claim, row.kind, row.number, row.title, row.status, row.work_code, row.other_code]
        for row in page.rows
    ]
    headers = ["intake", "claimed by", "kind", "number", "title", "status", "work", "contradicts"]
    print_table(f"{page.total} transactions", headers, rows)


@app.command()
def agreements(
    claim: Annotated[str, typer.Option(help="The submitter; all if left out.")] = "", limit: Limit = _SHOWN
) -> None:
    """List the agreements that AGR transactions told."""
    page = queries.list_agreements(claim, limit=limit)
    rows: list[list[object]] = []
    for row in page.rows:
        days = f"{row.starts_on or ''} – {row.ends_on or ''}"
        for party in row.parties:
            shares = " / ".join(map(format_percent, (party.pr_ppm, party.mr_ppm, party.sr_ppm)))
            rows.append([row.claim, row.number, row.kind, days, party.role, party.name, party.territories, shares])
    headers = ["claimed by", "number", "kind", "days", "role", "party", "territories", "PR / MR / SR %"]
    print_table(f"{page.total} agreements", headers, rows)


@app.command()
def submit(
    society: Annotated[str, typer.Argument(help="The three digits of the society, such as 035.")],
    codes: Annotated[list[str] | None, typer.Argument(help="Codes or ISWCs of works.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Every work.")] = False,
    claim: Annotated[str, typer.Option(help="Whose statements are sent; the house's if left out.")] = "",
    sender: Sender = "",
    sender_code: Annotated[str, typer.Option(help="Two or three letters for the file's name.")] = "MUN",
    version: Annotated[str, typer.Option(help="2.1 or 2.2.")] = "2.1",
    again: Annotated[bool, typer.Option("--again", help="Also works whose last submission is not answered.")] = False,
    folder: Annotated[Path, typer.Option(help="Where to write the file.")] = Path(),
    person: Person = None,
) -> None:
    """Submit works to a society: NWR for what it does not have, REV for what it acknowledged before."""
    ids = [queries.get_work_by_code(code).id for code in codes or ()]
    if every:
        ids = list(queries.every_work_id())
    if not ids:
        raise UserError("No work is chosen.", "Name works by code or ISWC, or say --all.")
    major, _dot, minor = version.partition(".")
    with progress_bar("Submitting works") as progress:
        report = services.submit_works(
            actor=operator_actor(person),
            at=now(),
            work_ids=ids,
            society_code=society,
            sender=_sender(sender),
            sender_code=sender_code,
            claim=claim or str(settings.MUNIMENT_SOCIETY),
            version=f"{major.zfill(2)}.{minor}0",
            again=again,
            progress=progress,
        )
    print_problems(list(report.problems))
    _write(queries.submission_lines(report.submission_id), folder / report.file_name)
    console.print(
        f"Submission {report.submission_id}: {report.new_count} new, {report.revised_count} revised works in"
        f" {folder / report.file_name}."
    )
    if report.problems:
        raise typer.Exit(1)


@app.command()
def submissions(limit: Limit = _SHOWN) -> None:
    """List what was submitted."""
    page = queries.list_submissions(limit=limit)
    rows: list[list[object]] = [
        [row.id, row.society_code, row.file_name, f"{row.created_at:%Y-%m-%d}", row.work_count, row.open_count]
        for row in page.rows
    ]
    headers = ["no.", "society", "file", "sent on", "works", "open"]
    print_table(f"{page.total} submissions", headers, rows, numbers=(4, 5))


@app.command()
def rewrite(
    submission: Annotated[int, typer.Argument(help="The number of the submission.")],
    out: Annotated[Path, typer.Argument(help="The file to write.")],
) -> None:
    """Write the file of a submission again, byte for byte."""
    _write(queries.submission_lines(submission), out)
    console.print(f"Submission {submission} is written to {out}.")


@app.command()
def submitted(
    state: Annotated[str, typer.Option(help="open, accepted, conflict or rejected; all if left out.")] = "",
    society: Annotated[str, typer.Option(help="The three digits of the society.")] = "",
    limit: Limit = _SHOWN,
) -> None:
    """List where works stand at societies: what is open, accepted, in conflict or rejected, and why."""
    page = queries.list_submitted(state=state.lower(), society_code=society.zfill(3) if society else "", limit=limit)
    rows: list[list[object]] = [
        [
            row.work_code,
            row.title,
            row.society_code,
            row.kind,
            row.sent_on,
            row.state,
            row.status,
            row.society_number,
            format_iswc(row.iswc) if row.iswc else "",
            "; ".join(row.reasons) or row.conflict_title,
        ]
        for row in page.rows
    ]
    headers = ["work", "title", "society", "as", "sent on", "state", "status", "its number", "ISWC", "why"]
    print_table(f"{page.total} works", headers, rows)
