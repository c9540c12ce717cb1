"""The command `muniment export`: what leaves the house, in the formats that others read."""

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from muniment.interfaces.cli._door_parts import refuse_folder_of, tell_problem
from muniment.interfaces.cli.console import console, now, operator_actor, progress_bar
from muniment.interfaces.door.ways_out import Leaving, way_out_of

_SHOWN = 20
_UNITS = {"cwr": "works", "bwarm": "works"}


def export(
    what: Annotated[str, typer.Argument(help="works, parties, usages or money.")],
    file: Annotated[Path, typer.Argument(help="The file to write; for bwarm a new folder.")],
    format_: Annotated[
        str, typer.Option("--format", help="tables (CSV, or XLSX by its ending), cwr, bwarm, dsr or crd.")
    ] = "tables",
    report: Annotated[str, typer.Option(help="usages: the number of the report.")] = "",
    run: Annotated[str, typer.Option(help="money: the number of the run.")] = "",
    society: Annotated[str, typer.Option(help="cwr, crd: the society that gets it, by its code.")] = "",
    sender: Annotated[
        str,
        typer.Option(
            help="cwr: who sends, SO:035 or PB:00012345678:NAME, the house if left out; bwarm, dsr: our DPID;"
            " crd: our code at CISAC."
        ),
    ] = "",
    sender_code: Annotated[str, typer.Option(help="cwr: two or three letters for the file's name.")] = "",
    claim: Annotated[str, typer.Option(help="works: whose statements; the house's if left out.")] = "",
    version: Annotated[str, typer.Option(help="cwr: 2.1 or 2.2; bwarm: 1.0.1 or 2.0.")] = "",
    profile: Annotated[str, typer.Option(help="dsr: basic-audio or ugc; the one that says all the money.")] = "",
    recipient: Annotated[str, typer.Option(help="dsr: the name of who gets it.")] = "",
    service: Annotated[str, typer.Option(help="dsr: the service, where the lines do not say it.")] = "",
    commercial_model: Annotated[str, typer.Option(help="dsr: the model in the words of DDEX.")] = "",
    use_type: Annotated[str, typer.Option(help="dsr: the use in the words of DDEX.")] = "",
    person: Annotated[str | None, typer.Option("--by", help="Who asks.")] = None,
) -> None:
    """Write works, parties, usages or money to a file that others read; no cell of a table runs."""
    way = way_out_of(what, format_)
    refuse_folder_of(file)
    options = {
        "report": report, "run": run, "society": society, "sender": sender, "sender-code": sender_code,
        "claim": claim, "version": version, "profile": profile, "recipient": recipient, "service": service,
        "commercial-model": commercial_model, "use-type": use_type,
    }  # fmt: skip
    with progress_bar(f"Exporting {what}") as progress:
        left = way.take(Leaving(operator_actor(person), now(), file, options, progress))
    for problem in left.problems[:_SHOWN]:
        tell_problem(problem)
    console.print(f"{left.count:,} {_UNITS.get(format_, 'lines')} written to {escape(str(file))}.", soft_wrap=True)
    if left.left_count:
        console.print(f"{left.left_count:,} stayed behind.")
        raise typer.Exit(1)


COMMANDS = (export,)
