"""The commands `muniment witness …`: cosigning other people's logs; the pages answer at /public/witness/."""

import secrets
from typing import Annotated

import typer
from django.conf import settings

from muniment.interfaces import evidence_log
from muniment.interfaces.cli.console import console, now, operator_actor, print_table
from muniment.trust.evidence.queries.witnessed import list_misbehaviour, list_witnessed
from muniment.trust.evidence.services.witness import know_log, witness_keys

app = typer.Typer(no_args_is_help=True, help="Witness other people's logs: cosign what only grew.")


@app.command()
def key() -> None:
    """Print the verifier keys of the witness, one a line: Ed25519, then ML-DSA-44; they are made on first use."""
    for one in witness_keys(evidence_log.home(), settings.MUNIMENT_WITNESS_NAME, secrets.token_bytes):
        console.print(one.verifier.text, soft_wrap=True, markup=False)


@app.command()
def know(
    log: Annotated[str, typer.Argument(help="The verifier key of a log, as its operator gave it.")],
    person: Annotated[str | None, typer.Option("--as", help="Who acts.")] = None,
) -> None:
    """Cosign for a log from now on, or under a further key of it."""
    know_log(actor=operator_actor(person), at=now(), key=log)
    status()


@app.command()
def status() -> None:
    """List the logs that the witness knows."""
    cells: list[list[object]] = [[row.origin, row.size, row.cosigned_at, row.root] for row in list_witnessed()]
    print_table("Witnessed logs", ["Origin", "Size", "Cosigned at", "Root"], cells, numbers=(1, 2))


@app.command()
def evidence(origin: Annotated[str, typer.Option(help="Of this log only.")] = "") -> None:
    """Print what logs signed that cannot both be true; status 1 if there is anything."""
    found = list_misbehaviour(origin)
    for row in found:
        console.print(f"{row.origin}, seen {row.seen_at.isoformat()}: {row.reason}", soft_wrap=True, markup=False)
        console.print(f"{row.request}\nknown before:\n{row.known}", soft_wrap=True, markup=False)
    console.print(f"{len(found)} findings.")
    if found:
        raise typer.Exit(1)
