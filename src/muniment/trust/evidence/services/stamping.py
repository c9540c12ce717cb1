"""Having time-stamping authorities stamp the checkpoint, and stamping the stamps again before they age."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from django.db import transaction

from muniment.trust.access.rules import Action, Actor, require
from muniment.trust.access.services import record_event
from muniment.trust.evidence.models import Timestamp
from muniment.trust.evidence.queries import TimestampRow, get_head, last_head, timestamp_row
from muniment.trust.evidence.rules.stamps import BadStamp, Stamp, read_reply, stamp_query
from muniment.trust.evidence.services import LogDamaged
from muniment.trust.evidence.services.keys import Entropy
from muniment.trust.evidence.services.witnessing import Send

BEFORE = timedelta(days=90)
"""How long before a certificate expires its stamp is renewed."""
_CLOCK = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class StampAnswer:
    """What became of asking an authority: `problem` is empty where it stamped."""

    authority: str
    size: int
    problem: str = ""


def stamp_head(
    *,
    actor: Actor,
    at: datetime,
    authorities: Sequence[str],
    roots: Sequence[x509.Certificate],
    entropy: Entropy,
    send: Send,
) -> tuple[StampAnswer, ...]:
    """Have every authority (by address) stamp the newest checkpoint that it has not stamped yet.

    What is stamped is the checkpoint with the log's own signatures. Only what verifies up to a trusted root is kept.

    Raises:
        NotAllowed: the actor may not extend the log.
        LogDamaged: there is no signed tree.
    """
    require(actor, Action.LOG_WRITE)
    head = last_head()
    if head is None:
        raise LogDamaged("The log has no signed tree.", "Run: muniment log sequence")
    answers = []
    for url in authorities:
        if Timestamp.objects.filter(head_id=head.size, authority=url, renews=None).exists():
            continue
        found = _ask(url, head.note.encode(), at, roots, entropy, send)
        if isinstance(found, Stamp):
            _keep(actor, at, url, head.size, found, None)
        answers.append(StampAnswer(url, head.size, found if isinstance(found, str) else ""))
    return tuple(answers)


def renew_stamps(
    *, actor: Actor, at: datetime, roots: Sequence[x509.Certificate], entropy: Entropy, send: Send
) -> tuple[StampAnswer, ...]:
    """Have each stamp whose certificates expire soon stamped itself, by its own authority (RFC 4998, section 5.2).

    Raises:
        NotAllowed: the actor may not extend the log.
    """
    require(actor, Action.LOG_WRITE)
    renewed = Timestamp.objects.exclude(renews=None).values("renews")
    answers = []
    for row in Timestamp.objects.filter(expires_at__lt=at + BEFORE).exclude(pk__in=renewed).order_by("id"):
        if row.expires_at <= at:
            answers.append(StampAnswer(row.authority, row.head_id, "it had expired before it was renewed"))
            continue
        found = _ask(row.authority, bytes.fromhex(row.token), at, roots, entropy, send)
        if isinstance(found, Stamp):
            _keep(actor, at, row.authority, row.head_id, found, row.pk)
        answers.append(StampAnswer(row.authority, row.head_id, found if isinstance(found, str) else ""))
    return tuple(answers)


def chain_of(stamp_id: int) -> tuple[bytes, ...]:
    """Return the tokens that renew each other, from the first to the one given, for an evidence record."""
    tokens: list[bytes] = []
    row = Timestamp.objects.filter(pk=stamp_id).first()
    while row is not None:
        tokens.append(bytes.fromhex(row.token))
        row = row.renews
    return tuple(reversed(tokens))


def stamped_bytes(size: int) -> bytes:
    """Return what is stamped of a tree: its checkpoint with the log's own signatures.

    Raises:
        LogDamaged: no tree of that size was signed.
    """
    head = get_head(size)
    if head is None:
        raise LogDamaged(f"No tree of {size} leaves was signed.", "Ask for the size of a checkpoint.")
    return head.note.encode()


def _ask(
    url: str, content: bytes, at: datetime, roots: Sequence[x509.Certificate], entropy: Entropy, send: Send
) -> Stamp | str:
    nonce = int.from_bytes(entropy(8))
    status, reply = send(url, stamp_query(content, nonce))
    if status != 200:
        return f"it answered {status}: {reply[:200].decode(errors='replace').strip()}"
    try:
        found = read_reply(reply, content, nonce, roots)
    except BadStamp as error:
        return str(error)
    if abs(found.stamped_at - at) > _CLOCK:
        return f"its clock says {found.stamped_at.isoformat()}, and ours {at.isoformat()}"
    return found


@transaction.atomic
def _keep(actor: Actor, at: datetime, url: str, size: int, stamp: Stamp, renews: int | None) -> TimestampRow:
    row = Timestamp.objects.create(
        head_id=size,
        authority=url,
        stamped_at=stamp.stamped_at,
        algorithm="sha256",
        imprint=stamp.imprint.hex(),
        token=stamp.token.hex(),
        expires_at=stamp.expires_at,
        renews_id=renews,
    )
    record_event(
        actor=actor,
        at=at,
        tag="log.stamped",
        subject_kind="log",
        subject_id=size,
        after={"authority": url, "stamped_at": stamp.stamped_at, "renews": renews},
    )
    return timestamp_row(row)
