"""Asking witnesses to cosign our tree, and keeping what they say.

The network is an argument (`Send`): this module decides what to ask, believes only what verifies under a key of the
policy, and publishes the checkpoint again with the cosignatures below it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.db import transaction

from muniment.trust.access.rules import Action, Actor, require
from muniment.trust.access.services import record_event
from muniment.trust.evidence.models import Cosignature
from muniment.trust.evidence.queries import TreeHeadRow, last_cosigned, last_head
from muniment.trust.evidence.queries.proving import note_of, paths_between
from muniment.trust.evidence.rules.cosigning import WitnessRequest, cosigned_at
from muniment.trust.evidence.rules.notes import BadNote, Note, read_note
from muniment.trust.evidence.rules.policies import Known, Policy
from muniment.trust.evidence.services import LogDamaged, publish

Send = Callable[[str, bytes], tuple[int, bytes]]
"""Posts bytes to an address; gives the status and the answer, status 0 and a reason where nobody answers."""

_CLOCK = timedelta(minutes=5)
"""How far a witness's clock may be ahead of ours."""


@dataclass(frozen=True, slots=True)
class WitnessAnswer:
    """What became of asking a witness: `problem` is empty where it cosigned."""

    witness: str
    size: int
    problem: str = ""


def ask_witnesses(*, actor: Actor, at: datetime, home: Path, policy: Policy, send: Send) -> tuple[WitnessAnswer, ...]:
    """Ask every witness of the policy that has an address to cosign the newest tree; publish what they signed.

    No lock is held while they are asked. A witness that knows a greater tree than ours says that ours was rolled back.

    Raises:
        NotAllowed: the actor may not extend the log.
        LogDamaged: there is no signed tree.
    """
    require(actor, Action.LOG_WRITE)
    head = last_head()
    if head is None:
        raise LogDamaged("The log has no signed tree.", "Run: muniment log sequence")
    answers, signed = [], []
    for name, known in policy.witnesses.items():
        if known.url:
            found = _ask(home, head, known, at, send)
            answers.append(WitnessAnswer(name, head.size, found if isinstance(found, str) else ""))
            if not isinstance(found, str):
                signed.append((known, *found))
    if signed:
        _keep(actor, at, head, signed)
        publish(home=home)
    return tuple(answers)


def _ask(home: Path, head: TreeHeadRow, known: Known, at: datetime, send: Send) -> tuple[str, datetime] | str:
    """Return the line and the time of a cosignature, or why there is none."""
    old, note = last_cosigned(known.key.name, known.key.id.hex()), note_of(head)
    status, body = _post(home, head, known, note, old, send)
    if status == 409 and body.strip().isdigit():
        other = int(body)
        if other > head.size:
            return f"it knows a tree of {other} leaves, which is more than ours: was the log rolled back?"
        status, body = _post(home, head, known, note, other, send)
    if status != 200:
        return f"it answered {status}: {body[:200].decode(errors='replace').strip()}"
    return _believe(note, known, body, at)


def _post(home: Path, head: TreeHeadRow, known: Known, note: Note, old: int, send: Send) -> tuple[int, bytes]:
    path = paths_between(home, old, head.size)
    return send(known.url.rstrip("/") + "/add-checkpoint", WitnessRequest(old, tuple(path), note).text.encode())


def _believe(note: Note, known: Known, body: bytes, at: datetime) -> tuple[str, datetime] | str:
    """Return the cosignature in an answer that verifies under the key of the policy, or why it is not believed."""
    try:
        answered = read_note(f"{note.text}\n{body.decode(errors='replace')}")
    except BadNote as error:
        return f"its answer is no signature: {error.message}"
    seconds = cosigned_at(answered, known.key)
    if seconds is None:
        return "its signature is not that of the key in the policy"
    if seconds > (at + _CLOCK).timestamp():
        return f"its clock is ahead of ours: it signed at {seconds}"
    line = next(one.line for one in answered.signatures if (one.name, one.key_id) == (known.key.name, known.key.id))
    return line, datetime.fromtimestamp(seconds, UTC)


@transaction.atomic
def _keep(actor: Actor, at: datetime, head: TreeHeadRow, signed: list[tuple[Known, str, datetime]]) -> None:
    for known, line, when in signed:
        Cosignature.objects.update_or_create(
            head_id=head.size,
            witness=known.key.name,
            key_id=known.key.id.hex(),
            defaults={"line": line, "cosigned_at": when},
        )
    record_event(
        actor=actor,
        at=at,
        tag="log.cosigned",
        subject_kind="log",
        subject_id=head.size,
        after={"witnesses": [known.key.name for known, _, _ in signed]},
    )
