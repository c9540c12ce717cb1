"""The commands `muniment certificate …` and `muniment verify`: signed PDFs that strangers check."""

import hashlib
import secrets
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Annotated

import typer
from django.conf import settings

from muniment.interfaces import evidence_log, registry_office
from muniment.interfaces.cli._certificate_keys import key, renew_key, revoke_key, revoked
from muniment.interfaces.cli.console import console, now, operator_actor, parse_day, print_table
from muniment.interfaces.verifier_page import own_page
from muniment.kernel.words.problems import BadFile, UserError
from muniment.rights.registry import queries
from muniment.rights.registry.services import certificates, papers
from muniment.trust.access.rules import Actor
from muniment.trust.evidence import queries as queries_of_log
from muniment.trust.evidence import services
from muniment.trust.evidence.rules.certificates import Evidence, Given, State, verify_certificate

app = typer.Typer(no_args_is_help=True, help="Certificates of deposits and papers of the register.")
app.command()(key)
app.command()(revoked)
app.command(name="renew-key")(renew_key)
app.command(name="revoke-key")(revoke_key)

Language = Annotated[str, typer.Option(help="en, ur or zh.")]
Out = Annotated[Path, typer.Option(help="Write the PDF here.")]
Registered = Annotated[str, typer.Argument(help="A certificate or registration number.")]
Person = Annotated[str | None, typer.Option("--as", help="Who acts.")]
_PIECE = 1024 * 1024
_STYLES = {State.HOLDS: "green", State.UNKNOWN: "yellow", State.FAILS: "red"}
_NAMES = {
    "deposit": "certificate",
    "certificate-of-registration": "certificate of registration",
    "extract": "extract of the register",
    "search": "search certificate",
}
_STATUS = {State.HOLDS: 0, State.FAILS: 1, State.UNKNOWN: 3}


@app.command()
def issue(
    deposit: Annotated[str, typer.Argument(help="The number of a deposit.")],
    language: Language = "en",
    out: Annotated[Path | None, typer.Option(help="Write the PDF here as well.")] = None,
    person: Person = None,
) -> None:
    """Issue the certificate of a deposit: give it a leaf, sign the tree, make and sign the PDF."""
    actor, at, keys, home = operator_actor(person), now(), evidence_log.keys(), evidence_log.home()
    row = certificates.issue_certificate(
        actor=actor,
        at=at,
        deposit=deposit,
        language=language,
        issuer=settings.MUNIMENT_SOCIETY,
        keys=keys,
        entropy=secrets.token_bytes,
    )
    services.sequence(actor=actor, at=at, keys=keys, home=home, entropy=secrets.token_bytes)
    row = certificates.make_certificate(actor=actor, at=at, number=row.number, registry=registry_office.registry(at))
    content = certificates.pdf_path(home, row.number).read_bytes()
    if out is not None:
        out.write_bytes(content)
    console.print(f"{row.number} of {row.deposit}: {len(content)} bytes, SHA-256 {row.pdf_sha256}", soft_wrap=True)


@app.command(name="list")
def list_(limit: Annotated[int, typer.Option(help="How many, newest first.", min=1)] = 30) -> None:
    """List certificates."""
    found = queries.list_certificates(limit=limit)
    cells: list[list[object]] = [
        [row.number, row.deposit, row.language, row.issued_at.isoformat(), row.tree_size, row.reason]
        for row in found.rows
    ]
    headers = ["Number", "Deposit", "Language", "Issued at", "Tree", "Withdrawn"]
    print_table(f"{found.total} certificates", headers, cells, numbers=(4,))


@app.command()
def withdraw(
    number: Annotated[str, typer.Argument(help="The number of a certificate.")],
    reason: Annotated[str, typer.Option(help="Why; it is public and names no person.")],
    person: Person = None,
) -> None:
    """Withdraw a certificate, with a leaf that says so."""
    row = certificates.withdraw_certificate(
        actor=operator_actor(person),
        at=now(),
        number=number,
        reason=reason,
        keys=evidence_log.keys(),
        entropy=secrets.token_bytes,
    )
    console.print(f"{row.number} is withdrawn: {row.reason}", soft_wrap=True, markup=False)


@app.command()
def registration(
    number: Registered,
    out: Out,
    language: Language = "en",
    person: Person = None,
) -> None:
    """Make the certificate of a registration in force, for its holder or the desk."""
    actor, at = operator_actor(person), now()
    made = papers.registration_certificate(
        actor=actor, at=at, number=number, language=language, registry=_current_registry(actor, at)
    )
    _write(made, out)


@app.command()
def extract(
    number: Registered,
    out: Out,
    on: Annotated[str, typer.Option(help="As it stood on this day, 2026-09-30; today if left out.")] = "",
    known: Annotated[str, typer.Option(help="As was known at the end of this day; as is known now if left out.")] = "",
    language: Language = "en",
    person: Person = None,
) -> None:
    """Make an extract of the register as of a day: history, licences, pledges by rank, and the entry of the map."""
    at = now()
    made = papers.extract(
        at=at,
        number=number,
        on=parse_day(on) if on else at.date(),
        known_at=datetime.combine(parse_day(known), time.max, UTC) if known else None,
        language=language,
        registry=_current_registry(operator_actor(person), at),
    )
    _write(made, out)


@app.command()
def search(
    asked: Annotated[str, typer.Argument(help="A number, or a holder's name or identifier.")],
    out: Out,
    what: Annotated[papers.SearchFor, typer.Option("--for", help="What is asked.")] = papers.SearchFor.REGISTRATION,
    language: Language = "en",
    person: Person = None,
) -> None:
    """Make a search certificate: what is registered under a number or a holder, or the proof that nothing is."""
    at = now()
    made = papers.search_certificate(
        at=at,
        asked=asked,
        what=what,
        language=language,
        registry=_current_registry(operator_actor(person), at),
    )
    _write(made, out)


@app.command(name="page")
def page_(
    out: Annotated[Path, typer.Argument(help="Where to write the page.")],
    language: Annotated[str, typer.Option(help="In which language it opens: en or ur.")] = "en",
) -> None:
    """Write the page that verifies a paper in a browser, without a server: one file, with our keys in it."""
    if language not in dict(settings.LANGUAGES):
        raise UserError(
            f"The page does not speak {language!r}.", f"Give one of: {', '.join(dict(settings.LANGUAGES))}."
        )
    out.write_text(own_page(language), encoding="utf-8")
    console.print(f"{out}: {out.stat().st_size} bytes", soft_wrap=True, markup=False)


def verify(
    certificate: Annotated[Path, typer.Argument(help="A certificate or another paper of the registry, as PDF.")],
    file: Annotated[list[Path] | None, typer.Option(help="A file that should be of the deposit; repeat it.")] = None,
    policy: Annotated[Path | None, typer.Option(help="Keys of the log and its witnesses; else our own.")] = None,
    roots: Annotated[Path | None, typer.Option(help="The registry's root certificates (PEM); else our own.")] = None,
    stamp_roots: Annotated[Path | None, typer.Option(help="Roots of time-stamping authorities; else our own.")] = None,
    lists: Annotated[
        Path | None, typer.Option("--revoked", help="Lists of revoked certificates (PEM); else our own.")
    ] = None,
    evidence: Annotated[Path | None, typer.Option(help="An evidence record of the time of the log (.ers).")] = None,
    checkpoint: Annotated[Path | None, typer.Option(help="What the evidence is of, if the paper brings none.")] = None,
    proof: Annotated[Path | None, typer.Option(help="The proof of a leaf of the paper in that tree.")] = None,
) -> None:
    """Verify a paper of the registry without a network; status 1 if it fails, 3 if it cannot be said."""
    trust = registry_office.trust_of(policy, roots, stamp_roots, lists)
    given = [Given(str(one), _sha256(one)) for one in file or []]
    chain = _evidence(evidence, checkpoint, proof)
    verdict = verify_certificate(evidence_log.bytes_of(certificate), trust, now(), given, chain)
    for step in verdict.steps:
        console.print(f"[{_STYLES[step.state]}]{step.state:8}[/] {step.name}:", end=" ")
        console.print(step.detail, soft_wrap=True, markup=False)
    named = _NAMES[verdict.facts["kind"]]
    said = {
        State.HOLDS: f"The {named} holds.",
        State.FAILS: f"The {named} does not hold.",
        State.UNKNOWN: "Nothing is wrong in it, but something is unknown: "
        "say whom to trust (--policy, --roots, --stamp-roots), or give what is asked for (--revoked, --evidence).",
    }
    console.print(f"[{_STYLES[verdict.state]}]{said[verdict.state]}[/]", soft_wrap=True)
    if status := _STATUS[verdict.state]:
        raise typer.Exit(status)


COMMANDS = (verify,)


def _current_registry(actor: Actor, at: datetime) -> certificates.Registry:
    """Return the registry, once the log holds all that was done."""
    keys, home = evidence_log.keys(), evidence_log.home()
    services.sequence(actor=actor, at=at, keys=keys, home=home, entropy=secrets.token_bytes)
    while queries_of_log.count_waiting():
        services.sequence(actor=actor, at=at, keys=keys, home=home, entropy=secrets.token_bytes)
    return registry_office.registry(at)


def _write(made: papers.Paper, out: Path) -> None:
    try:
        out.write_bytes(made.content)
    except OSError as error:
        raise BadFile(f"{out} cannot be written: {error.strerror}.", "Name another place.") from error
    digest = hashlib.sha256(made.content).hexdigest()
    console.print(f"{made.number}: {len(made.content)} bytes, SHA-256 {digest}", soft_wrap=True, markup=False)


def _evidence(record: Path | None, checkpoint: Path | None, proof: Path | None) -> Evidence | None:
    """Return the evidence that files are; a checkpoint or a proof without a record is refused."""
    if record is None:
        if checkpoint or proof:
            raise UserError("A checkpoint or its proof says no time by itself.", "Give --evidence as well.")
        return None
    stamped = None if checkpoint is None else evidence_log.bytes_of(checkpoint)
    return Evidence(evidence_log.bytes_of(record), stamped, None if proof is None else evidence_log.text_of(proof))


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while piece := file.read(_PIECE):
                digest.update(piece)
    except OSError as error:
        raise BadFile(f"{path} cannot be read: {error.strerror}.", "Check its name.") from error
    return digest.hexdigest()
