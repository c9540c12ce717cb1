"""The commands of `muniment log` on time: stamps of authorities, their renewal over the years, evidence records."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from cryptography.x509 import Certificate

from muniment.interfaces import evidence_log
from muniment.interfaces.cli.console import console, now, operator_actor, print_table
from muniment.kernel.words.problems import UserError
from muniment.trust.evidence import queries
from muniment.trust.evidence.queries import TimestampRow
from muniment.trust.evidence.queries.stamped import content_of, newest_stamps, next_due, record_of
from muniment.trust.evidence.rules.archive import SUFFIX, Proven, verify_record
from muniment.trust.evidence.rules.lifetimes import Ageing, Renewal, next_renewal, read_lifetimes
from muniment.trust.evidence.rules.proofs import Verified
from muniment.trust.evidence.rules.stamps import read_roots
from muniment.trust.evidence.services.renewing import Asked, renew_stamps
from muniment.trust.evidence.services.stamping import StampAnswer, stamp_head

Person = Annotated[str | None, typer.Option("--as", help="Who acts.")]


class BadTime(UserError):
    """A moment is not written as it should be, or options contradict each other."""


def stamp(person: Person = None) -> None:
    """Have the time-stamping authorities stamp the newest checkpoint, and renew what is due."""
    actor, at = operator_actor(person), now()
    asked, lifetimes = evidence_log.authorities(), evidence_log.lifetimes()
    _print_answers(
        (
            *stamp_head(actor=actor, at=at, authorities=asked, lifetimes=lifetimes),
            *renew_stamps(actor=actor, at=at, authorities=asked, lifetimes=lifetimes),
        )
    )


def renew(
    stamps_: Annotated[bool, typer.Option("--stamps", help="Stamp every token anew, due or not.")] = False,
    hashes: Annotated[str, typer.Option("--hash", help="Hash everything anew, due or not: sha512, sha3_512, …")] = "",
    person: Person = None,
) -> None:
    """Renew what is due before it is too late; or everything, by a token over each token, or hashed anew."""
    if stamps_ and hashes:
        raise BadTime("--stamps and --hash are two ways to renew.", "Give one: hashed anew is stamped anew as well.")
    asked = Asked(Renewal.HASH, hashes) if hashes else Asked(Renewal.STAMP) if stamps_ else None
    answers = renew_stamps(
        actor=operator_actor(person),
        at=now(),
        authorities=evidence_log.authorities(),
        lifetimes=evidence_log.lifetimes(),
        asked=asked,
    )
    if not answers:
        due = next_due(evidence_log.lifetimes())
        console.print("There is nothing to renew." if due is None else f"Nothing is due before {due.due_at:%Y-%m-%d}.")
    _print_answers(answers)


def stamps(
    out: Annotated[Path | None, typer.Option(help="Write what is stamped, tokens and evidence records here.")] = None,
    limit: Annotated[int, typer.Option(help="How many, newest first.", min=1)] = 30,
) -> None:
    """List the timestamps; with --out, write the newest token of each record, with the record and what it is of."""
    rows, lifetimes = queries.list_timestamps(limit=limit), evidence_log.lifetimes()
    open_ones = {row.id: row for row in newest_stamps()}
    cells: list[list[object]] = []
    for row in rows:
        due = next_renewal(Ageing(row.algorithm, row.signed_with, row.expires_at), lifetimes)
        cells.append(
            [
                row.id,
                _name(row),
                row.authority,
                row.stamped_at.isoformat(),
                row.algorithm,
                row.expires_at.date(),
                row.renews,
                f"{due.renewal} {due.due_at:%Y-%m-%d}" if row.id in open_ones else "renewed",
            ]
        )
    headers = ["Number", "Of", "Authority", "Stamped at", "Hash", "Good until", "Renews", "Due"]
    print_table("Timestamps", headers, cells, numbers=(0, 6))
    if out is None:
        return
    out.mkdir(parents=True, exist_ok=True)
    for row in rows:
        (out / _name(row)).write_bytes(content_of(row))
        (out / f"stamp-{row.id}.tst").write_bytes(row.token)
        (out / f"stamp-{row.id}{SUFFIX}").write_bytes(record_of(row))


def evidence(
    record: Annotated[Path, typer.Argument(help=f"An evidence record (RFC 4998), a file {SUFFIX}.")],
    data: Annotated[Path, typer.Argument(help="The file that it is of, such as checkpoint-1300.")],
    roots: Annotated[Path | None, typer.Option(help="Roots of the authorities (PEM); else our own.")] = None,
    algorithms: Annotated[Path | None, typer.Option(help="Last days of algorithms; else our own.")] = None,
    at: Annotated[str, typer.Option(help="As of a moment, such as 2035-06-01; else now.")] = "",
    out: Annotated[Path | None, typer.Option(help="Write each token and the bytes that it covers here.")] = None,
) -> None:
    """Verify an evidence record without a network, step by step, and say since when the data is proved to exist."""
    lifetimes = evidence_log.lifetimes() if algorithms is None else read_lifetimes(evidence_log.text_of(algorithms))
    proven = verify_record(
        evidence_log.bytes_of(record),
        evidence_log.bytes_of(data),
        evidence_log.stamp_roots() if roots is None else read_roots(evidence_log.bytes_of(roots)),
        lifetimes=lifetimes,
        at=_moment(at) if at else now(),
    )
    for number, link in enumerate(proven.links, start=1):
        told = f"{link.stamp.stamped_at.isoformat()} {link.stamp.imprint.algorithm} over {len(link.covers)} bytes"
        good = f"good until {link.stamp.expires_at:%Y-%m-%d}"
        console.print(f"{number} {link.kind}: {told}, {good}", soft_wrap=True, markup=False)
    if out is not None:
        _write_steps(proven, out)
    console.print(f"[green]The data was there at {proven.since.isoformat()}.[/green]", soft_wrap=True)
    console.print(f"The record holds until {proven.until:%Y-%m-%d}; renew it before.", soft_wrap=True)


def proven_tree(found: Verified, record: Path, checkpoint: Path | None, roots: Path | None) -> Proven:
    """Return what an evidence record proves of the tree in which a leaf was proved.

    Raises:
        BadStamp: it proves nothing of the checkpoint, or not any more.
        BadTime: the checkpoint is not given, or of another tree.
    """
    if checkpoint is None:
        raise BadTime("The evidence is of a checkpoint.", "Give --checkpoint as well: the one that was stamped.")
    content = evidence_log.bytes_of(checkpoint)
    if not content.startswith(found.checkpoint.text.encode() + b"\n"):
        raise BadTime(
            f"{checkpoint} is not the tree of {found.checkpoint.size} leaves in which the leaf was proved.",
            "Prove the leaf in the tree that was stamped, or give the evidence of this one.",
        )
    return verify_record(
        evidence_log.bytes_of(record), content, _roots(roots), lifetimes=evidence_log.lifetimes(), at=now()
    )


TIME_COMMANDS = (stamp, renew, stamps, evidence)


def _print_answers(answers: tuple[StampAnswer, ...]) -> None:
    for answer in answers:
        things = f"{answer.renewal} of {answer.thing_count} renewed" if answer.renewal else f"stamped {answer.size}"
        console.print(f"{answer.authority}: {answer.problem or things}", soft_wrap=True, markup=False)
    if any(answer.problem for answer in answers):
        raise typer.Exit(1)


def _name(row: TimestampRow) -> str:
    """Return the name of the file that a record is of."""
    return f"checkpoint-{row.size}" if row.archive_list is None else f"archive-{row.archive_list}.list"


def _write_steps(proven: Proven, out: Path) -> None:
    """Write `N.tst` and `N.data` for each step: what `openssl ts -verify` asks for."""
    out.mkdir(parents=True, exist_ok=True)
    for number, link in enumerate(proven.links, start=1):
        (out / f"{number}.tst").write_bytes(link.stamp.token)
        (out / f"{number}.data").write_bytes(link.covers)


def _roots(path: Path | None) -> tuple[Certificate, ...]:
    return evidence_log.stamp_roots() if path is None else read_roots(evidence_log.bytes_of(path))


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadTime(f"{text} is no moment.", "Write 2035-06-01 or 2035-06-01T09:00:00Z.") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
