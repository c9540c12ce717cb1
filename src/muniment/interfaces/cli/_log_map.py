"""The commands `muniment log map …`: what stands under a key of the register, or that nothing does, with proof."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from muniment.interfaces import evidence_log
from muniment.interfaces.cli.console import console, print_table
from muniment.kernel.words.problems import UserError
from muniment.trust.evidence.queries.map_nodes import list_roots
from muniment.trust.evidence.queries.mapped import entry_of, prove_key
from muniment.trust.evidence.rules.map_proofs import SUFFIX, verify_map_proof

_UNTOLD = 3
"""The status where nothing is wrong, and nobody said whose key signs the leaves."""

log_map = typer.Typer(no_args_is_help=True, help="What stands under a key of the register, or that nothing does.")


@log_map.command()
def root(limit: Annotated[int, typer.Option(help="How many, newest first.", min=1)] = 1) -> None:
    """Print the root of the map as of the newest tree, and how many entries it has."""
    rows: list[list[object]] = [[row.size, row.entry_count, row.root] for row in list_roots(limit=limit)]
    print_table("The map", ["Leaves", "Entries", "Root"], rows, numbers=(0, 1))


@log_map.command()
def show(key: Annotated[str, typer.Argument(help="Such as registration/NUMBER or grantor/NAME.")]) -> None:
    """Print what stands under a key now, whether a tree states it yet or it waits; status 1 if nothing does."""
    value = entry_of(key)
    console.print(value or f"Nothing stands under {key}.", soft_wrap=True, markup=False)
    if not value:
        raise typer.Exit(1)


@log_map.command()
def prove(
    key: Annotated[str, typer.Argument(help="Such as registration/NUMBER or grantor/NAME.")],
    size: Annotated[int | None, typer.Option(help="As of the tree of so many leaves; else the newest.", min=1)] = None,
    out: Annotated[Path | None, typer.Option(help=f"Write the proof here ({SUFFIX}); else it is printed.")] = None,
) -> None:
    """Prove what stands under a key, or that nothing does, so that anybody can verify it without a network."""
    proof = prove_key(evidence_log.home(), key, evidence_log.policy(), size=size)
    if out is None:
        typer.echo(proof, nl=False)
        return
    out.write_text(proof, encoding="utf-8")
    console.print(f"{out}: {len(proof.encode())} bytes", soft_wrap=True, markup=False)


@log_map.command()
def verify(
    proof: Annotated[Path, typer.Argument(help=f"A file {SUFFIX}.")],
    policy_file: Annotated[Path | None, typer.Option("--policy", help="Whom to believe; else this log.")] = None,
    leaf_key: Annotated[str | None, typer.Option(help="The key of the registry's leaves, 64 digits.")] = None,
    key: Annotated[str | None, typer.Option(help="The key that was asked for; else the file's own.")] = None,
) -> None:
    """Verify a proof offline; status 1 if it fails, 3 if a policy but not the registry's leaf key was given."""
    own = evidence_log.keys().leaf_public if policy_file is None else None
    public = own if leaf_key is None else _key(leaf_key)
    trusted = evidence_log.policy_in(policy_file)
    shown = verify_map_proof(evidence_log.text_of(proof), trusted, public, key)
    what = "nothing stands under it" if shown.value is None else shown.value
    lines = [
        f"{shown.key}: {what}",
        f"as of {shown.size} leaves of {shown.log.checkpoint.origin}, recorded at {shown.recorded_at}",
        f"root     {shown.root} over {shown.entry_count} entries",
        *witness_lines(shown.log.witnesses),
    ]
    for line in lines:
        console.print(line, soft_wrap=True, markup=False)
    if public is None:
        console.print(f"Signed with the key {shown.public.hex()}; compare it with the registry's.", soft_wrap=True)
        raise typer.Exit(_UNTOLD)
    console.print("[green]The proof holds.[/green]")


def _key(text: str) -> bytes:
    try:
        found = bytes.fromhex(text)
    except ValueError:
        found = b""
    if len(found) != 32:
        raise UserError(f"{text!r} is no key.", "Give 64 hexadecimal digits, as muniment log key --leaves prints them.")
    return found


def witness_lines(witnesses: Mapping[str, int]) -> list[str]:
    """Return a line for each witness that cosigned, by name, with the instant of its signature."""
    signed = sorted(witnesses.items())
    return [f"witness  {name} {datetime.fromtimestamp(seconds, UTC).isoformat()}" for name, seconds in signed]
