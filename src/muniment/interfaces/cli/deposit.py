"""The commands `muniment deposit …`: files, folders, bags or only their hashes come in, each with one leaf."""

import secrets
from pathlib import Path
from typing import Annotated

import typer

from muniment.interfaces import evidence_log, registry_office
from muniment.interfaces.cli.console import console, now, operator_actor, print_table, progress_bar
from muniment.rights.parties.queries import get_party_by_code
from muniment.rights.registry import queries
from muniment.rights.registry.rules.hash_lists import hash_list_text
from muniment.rights.registry.services import bags, deposits

app = typer.Typer(no_args_is_help=True, help="Deposit files, folders or only their hashes, and forget depositors.")

Person = Annotated[str | None, typer.Option("--as", help="Who acts.")]


@app.command(name="hash")
def hash_(
    path: Annotated[Path, typer.Argument(help="A file, a folder or a bag.")],
    out: Annotated[Path | None, typer.Option(help="Write the list here; else it is printed.")] = None,
) -> None:
    """Make the list of hashes of a content, on this machine alone; it is what `deposit add --hashes` takes."""
    with progress_bar("Hashing") as progress:
        content = bags.read_content(path, progress)
    text = hash_list_text(content.files)
    if out is None:
        typer.echo(text, nl=False)
        return
    out.write_text(text, encoding="utf-8")
    console.print(f"{out}: {len(content.files)} files", soft_wrap=True, markup=False)


@app.command()
def add(
    path: Annotated[Path, typer.Argument(help="A file, a folder, a bag, or with --hashes a list of hashes.")],
    depositor: Annotated[str, typer.Option(help="The name on the certificate.")],
    title: Annotated[str, typer.Option(help="What the content is called.")],
    contact: Annotated[str, typer.Option(help="How the depositor is reached.")] = "",
    note: Annotated[str, typer.Option(help="A line for the certificate.")] = "",
    party: Annotated[str, typer.Option(help="The code of the member who deposits.")] = "",
    hashes: Annotated[bool, typer.Option("--hashes", help="The file is a list of hashes.")] = False,
    forget_bytes: Annotated[bool, typer.Option("--forget-bytes", help="Hash it here, and keep no copy.")] = False,
    person: Person = None,
) -> None:
    """Deposit a content; the same request again is the same deposit. Warns where the like was deposited before."""
    party_id = get_party_by_code(party).id if party else None
    given = deposits.Depositor(depositor, title, contact, note, party_id)
    with (
        progress_bar("Depositing") as progress,
        registry_office.content_of(path, is_list=hashes, is_kept=not forget_bytes, progress=progress) as content,
    ):
        likenesses = queries.find_likenesses(content.files)
        row = deposits.deposit(
            actor=operator_actor(person),
            at=now(),
            depositor=given,
            content=content,
            keys=evidence_log.keys(),
            entropy=secrets.token_bytes,
            home=evidence_log.home(),
        )
    console.print(f"{row.number}: {row.file_count} files, {row.byte_count} bytes, content {row.content_sha256}")
    for like in likenesses:
        if like.number != row.number:
            what = "the same bytes" if like.bits is None else f"nearly the same ({like.bits} of 64 bits differ)"
            console.print(f"[yellow]{like.path}: {what} as in {like.number}, {like.deposited_at:%Y-%m-%d}[/yellow]")


@app.command(name="list")
def list_(limit: Annotated[int, typer.Option(help="How many, newest first.", min=1)] = 30) -> None:
    """List deposits."""
    found = queries.list_deposits(limit=limit)
    cells: list[list[object]] = [
        [row.number, row.deposited_at.isoformat(), row.kind, row.file_count, row.byte_count, row.leaf_index]
        for row in found.rows
    ]
    headers = ["Number", "Deposited at", "Kind", "Files", "Bytes", "Leaf"]
    print_table(f"{found.total} deposits", headers, cells, numbers=(3, 4, 5))


@app.command()
def show(number: Annotated[str, typer.Argument(help="The number of a deposit.")]) -> None:
    """Show a deposit, its person if that is not erased, its certificates and the first of its files."""
    row = queries.get_deposit(number)
    if row is None:
        raise deposits.NoDeposit(f"There is no deposit {number}.", "See: muniment deposit list")
    person = queries.get_particulars(row.number)
    facts: list[list[object]] = [
        ["deposited at", row.deposited_at.isoformat()],
        ["depositor", "erased" if person is None else person.depositor],
        ["title", "erased" if person is None else person.title],
        ["content", row.content_sha256],
        ["leaf", "waits" if row.leaf_index is None else row.leaf_index],
        ["kept", "in a bag" if row.is_kept else "no"],
        ["certificates", " ".join(one.number for one in queries.certificates_of(row.number)) or "none"],
    ]
    print_table(row.number, ["", ""], facts)
    for one in queries.files_of(row.number)[:20]:
        console.print(f"{one.sha256}  {one.path}", soft_wrap=True, markup=False)


@app.command()
def erase(number: Annotated[str, typer.Argument(help="The number of a deposit.")], person: Person = None) -> None:
    """Forget depositor, title, names of files, bytes and PDFs of a deposit for ever; its hashes and leaf stay."""
    row = deposits.erase_deposit(actor=operator_actor(person), at=now(), number=number, home=evidence_log.home())
    console.print(f"{row.number} is erased; its leaf {row.leaf_hash} stays.", soft_wrap=True)


@app.command()
def check() -> None:
    """Read every bag anew, by the bagit library; status 1 if one is damaged."""
    damaged, offset, step = 0, 0, 500
    while rows := queries.list_deposits(limit=step, offset=offset).rows:
        for row in rows:
            problem = bags.check_bag(evidence_log.home(), row.request_key) if row.is_kept else ""
            damaged += bool(problem)
            if problem:
                console.print(f"{row.number}: {problem}", style="red", soft_wrap=True, markup=False)
        offset += step
    console.print(f"{damaged} damaged bags.")
    if damaged:
        raise typer.Exit(1)


@app.command()
def tidy() -> None:
    """Remove bags that no deposit knows, such as a crash leaves."""
    console.print(f"{bags.tidy(evidence_log.home(), now())} removed.")
