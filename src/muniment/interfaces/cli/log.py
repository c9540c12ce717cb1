"""The commands `muniment log …`: the transparency log that strangers check."""

import json
import secrets
import time
from pathlib import Path
from typing import Annotated

import typer

from muniment.interfaces import evidence_log
from muniment.interfaces.cli._log_map import log_map, witness_lines
from muniment.interfaces.cli._log_time import TIME_COMMANDS, proven_tree
from muniment.interfaces.cli.console import console, now, operator_actor, print_table
from muniment.kernel.words.problems import UserError
from muniment.trust.evidence import queries, services
from muniment.trust.evidence.queries.proving import NotLogged, prove_leaf
from muniment.trust.evidence.queries.stamped import next_due
from muniment.trust.evidence.rules.policies import policy_text
from muniment.trust.evidence.rules.proofs import SUFFIX, Verified, check_record, verify_proof
from muniment.trust.evidence.services import files, recovery
from muniment.trust.evidence.services.keys import retire, rotate
from muniment.trust.evidence.services.witnessing import ask_witnesses

app = typer.Typer(no_args_is_help=True, help="The transparency log: leaves, checkpoints, proofs.")
app.add_typer(log_map, name="map")
for _command in TIME_COMMANDS:
    app.command()(_command)


@app.command()
def path() -> None:
    """Print the folder of the static files, for a web server to serve."""
    console.print(str(files.log_folder(evidence_log.home())), soft_wrap=True, markup=False)


@app.command()
def key(
    leaves: Annotated[bool, typer.Option("--leaves", help="The key of our own leaves, as hexadecimal.")] = False,
) -> None:
    """Print the verifier keys of the log, one a line, the one in use first; they are made on first use."""
    known = evidence_log.keys()
    for line in [known.leaf_public.hex()] if leaves else [one.text for one in known.verifiers]:
        console.print(line, soft_wrap=True, markup=False)


@app.command()
def policy() -> None:
    """Print what a verifier needs to know: our keys, the witnesses and the quorum (C2SP tlog-policy)."""
    console.print(policy_text(evidence_log.policy()), end="", soft_wrap=True, markup=False)


@app.command()
def sequence(
    every: Annotated[float, typer.Option(help="Go on for ever, and look every so many seconds.", min=0)] = 0,
    most: Annotated[int, typer.Option(help="How many leaves one signature covers at most.", min=1)] = services.GROUP,
    person: Annotated[str | None, typer.Option("--as", help="Who acts.")] = None,
) -> None:
    """Give leaves to what waits, sign the tree and publish it: sealed batches, daily seals, records, submissions."""
    actor, known, home = operator_actor(person), evidence_log.keys(), evidence_log.home()
    shown = -1
    while True:
        head = services.sequence(actor=actor, at=now(), keys=known, home=home, entropy=secrets.token_bytes, most=most)
        if head.size != shown:
            console.print(f"{head.size} leaves, root {head.root}", soft_wrap=True)
            shown = head.size
        elif not every:
            return
        else:
            time.sleep(every)


@app.command()
def witness(person: Annotated[str | None, typer.Option("--as", help="Who acts.")] = None) -> None:
    """Ask the witnesses of the policy to cosign the newest tree; status 1 while the quorum is not reached."""
    asked = evidence_log.policy()
    answers = ask_witnesses(
        actor=operator_actor(person), at=now(), home=evidence_log.home(), policy=asked, send=evidence_log.post
    )
    for answer in answers:
        console.print(f"{answer.witness}: {answer.problem or f'cosigned {answer.size}'}", soft_wrap=True, markup=False)
    if not asked.is_satisfied([answer.witness for answer in answers if not answer.problem]):
        console.print(f"The quorum {asked.quorum} is not reached.")
        raise typer.Exit(1)


@app.command()
def status() -> None:
    """Say how the log is: its size, what waits, the last checkpoint and who signed it."""
    head = queries.last_head()
    rows: list[list[object]] = [["origin", queries.origin_of_log() or evidence_log.keys().origin]]
    rows.append(["waiting", queries.count_waiting()])
    if head is not None:
        rows += [["size", head.size], ["root", head.root], ["signed at", head.signed_at.isoformat()]]
        signed = [f"{row.witness} {row.cosigned_at.isoformat()}" for row in queries.cosignatures_of(head.size)]
        rows.append(["witnesses", "\n".join(signed) or "none"])
        stamps = queries.list_timestamps(limit=1)
        last = f"{stamps[0].authority} {stamps[0].stamped_at.isoformat()} (size {stamps[0].size})" if stamps else "none"
        rows.append(["last timestamp", last])
    due = next_due(evidence_log.lifetimes())
    if due is not None:
        rows.append(["next renewal", f"{due.renewal}, from {due.due_at:%Y-%m-%d}, before {due.ends_at:%Y-%m-%d}"])
    print_table("The log", ["", ""], rows)


@app.command()
def records(limit: Annotated[int, typer.Option(help="How many, newest first.", min=1)] = 30) -> None:
    """List what our own leaves are about."""
    found = queries.list_records(limit=limit)
    cells: list[list[object]] = [
        [row.subject, row.index, row.made_at.isoformat(), row.leaf_hash, "erased" if row.erased_at else ""]
        for row in found.rows
    ]
    print_table(f"{found.total} records", ["Subject", "Index", "Made at", "Leaf", ""], cells, numbers=(1,))


@app.command()
def prove(
    subject: Annotated[str, typer.Argument(help="A subject such as batch/12, or the hash of a leaf (64 digits).")],
    out: Annotated[Path | None, typer.Option(help="Write the proof here; else it is printed.")] = None,
    record: Annotated[Path | None, typer.Option(help="Write record and salt here, for whoever may see them.")] = None,
    size: Annotated[int | None, typer.Option(help="In the tree of this size, such as a stamped one.", min=1)] = None,
) -> None:
    """Write the proof of a leaf (C2SP tlog-proof), which anybody verifies without a network."""
    row = queries.get_record(subject)
    if row is None and len(subject) != 64:
        raise NotLogged(f"There is no record of {subject}.", "See: muniment log records")
    leaf = subject if row is None else row.leaf_hash
    proof = prove_leaf(evidence_log.home(), leaf, evidence_log.policy(), size).text
    if record is not None:
        if row is None or row.erased_at:
            raise NotLogged(f"No record of {subject} is kept.", "Prove the leaf alone, without --record.")
        facts = {"subject": row.subject, "record": row.body, "salt": row.salt, "public_key": row.public_key}
        record.write_text(json.dumps(facts, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    if out is None:
        typer.echo(proof, nl=False)
        return
    out.write_text(proof, encoding="utf-8")
    console.print(f"{out}: {len(proof)} bytes", soft_wrap=True, markup=False)


@app.command()
def verify(
    proof: Annotated[Path, typer.Argument(help=f"A file {SUFFIX}.")],
    policy_file: Annotated[Path | None, typer.Option("--policy", help="Whom to believe; else this log.")] = None,
    record: Annotated[Path | None, typer.Option(help="The record that the leaf is of, as prove wrote it.")] = None,
    evidence_file: Annotated[Path | None, typer.Option("--evidence", help="An evidence record of its time.")] = None,
    checkpoint: Annotated[Path | None, typer.Option(help="The stamped checkpoint that the evidence is of.")] = None,
    stamp_roots: Annotated[Path | None, typer.Option(help="Roots of time-stamping authorities; else our own.")] = None,
) -> None:
    """Verify a proof offline: the path, the log's signature, the quorum; the record and the time if they are given."""
    trusted = evidence_log.policy_in(policy_file)
    found = verify_proof(evidence_log.text_of(proof), trusted)
    console.print(f"Leaf {found.index} of {found.checkpoint.size} in {found.checkpoint.origin}", soft_wrap=True)
    console.print(f"root     {found.checkpoint.root.hex()}\nchecksum {found.leaf.checksum.hex()}", soft_wrap=True)
    for line in witness_lines(found.witnesses):
        console.print(line, soft_wrap=True)
    if record is not None:
        _check_record(found, record)
        console.print("The leaf is of this record.")
    if evidence_file is not None:
        proven = proven_tree(found, evidence_file, checkpoint, stamp_roots)
        console.print(f"The tree was there at {proven.since.isoformat()}.", soft_wrap=True)
    console.print("[green]The proof holds.[/green]")


@app.command(name="rotate")
def rotate_key() -> None:
    """Make a new key for the log; the one before signs beside it until it is retired."""
    rotate(evidence_log.home(), evidence_log.keys())
    key()


@app.command(name="retire")
def retire_key() -> None:
    """Let the oldest key of the log sign no more."""
    retire(evidence_log.home(), evidence_log.keys())
    key()


@app.command()
def rebuild() -> None:
    """Write every file of the log again from the database."""
    head = services.rebuild(home=evidence_log.home())
    console.print(f"{head.size} leaves, root {head.root}", soft_wrap=True)


@app.command()
def check() -> None:
    """Compare every file of the log with the database; status 1 if anything differs."""
    found = recovery.compare(evidence_log.home(), evidence_log.keys())
    for line in found[:20]:
        console.print(f"[red]{line}[/red]", soft_wrap=True)
    console.print(f"{len(found)} differences.")
    if found:
        raise typer.Exit(1)


@app.command()
def restore(person: Annotated[str | None, typer.Option("--as", help="Who acts.")] = None) -> None:
    """Take the leaves of the published files into a database that is older than they are."""
    head = recovery.restore(actor=operator_actor(person), at=now(), keys=evidence_log.keys(), home=evidence_log.home())
    console.print(f"{head.size} leaves, root {head.root}", soft_wrap=True)


@app.command()
def erase(
    subject: Annotated[str, typer.Argument(help="Whose record and salt are to be forgotten.")],
    person: Annotated[str | None, typer.Option("--as", help="Who acts.")] = None,
) -> None:
    """Forget a record: it and its salt are gone for ever, the leaf and its proofs stay."""
    row = services.erase_record(actor=operator_actor(person), at=now(), subject=subject)
    console.print(f"{row.subject} is erased; its leaf {row.leaf_hash} stays.", soft_wrap=True)


def _check_record(found: Verified, path: Path) -> None:
    try:
        facts = json.loads(evidence_log.text_of(path))
        parts = bytes.fromhex(facts["salt"]), str(facts["record"]).encode(), bytes.fromhex(facts["public_key"])
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(f"{path} holds no record.", "Give the file that muniment log prove --record wrote.") from error
    check_record(found, *parts)
