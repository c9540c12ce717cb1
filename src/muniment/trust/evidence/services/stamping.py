"""Having time-stamping authorities stamp the checkpoint, and what the tree stands for once its own hash grows old."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from django.db import transaction

from muniment.trust.access.rules import Action, Actor, require
from muniment.trust.access.services import record_event
from muniment.trust.evidence.models import ArchiveList, LoggedLeaf, Record, Timestamp
from muniment.trust.evidence.queries import get_head, last_head, leaf_bodies
from muniment.trust.evidence.rules.lifetimes import Lifetimes, Renewal, hash_in_use
from muniment.trust.evidence.rules.stamps import HASHES, BadStamp, Imprint, Stamp, imprint_of, read_reply, stamp_query
from muniment.trust.evidence.rules.tiles import ENTRIES, WIDTH, bundle, tiles_grown
from muniment.trust.evidence.services import LogDamaged
from muniment.trust.evidence.services.keys import Entropy
from muniment.trust.evidence.services.witnessing import Send

TREE_HASH = "sha256"
"""The hash of the tree of leaves (RFC 6962) and of its records' commitments."""
_CLOCK = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Authorities:
    """Whom to ask for stamps (by address), the roots to believe, and how to ask."""

    urls: Sequence[str]
    roots: Sequence[x509.Certificate]
    entropy: Entropy
    send: Send


@dataclass(frozen=True, slots=True)
class StampAnswer:
    """What became of asking an authority: `problem` is empty where it stamped so many things with one token."""

    authority: str
    size: int
    problem: str = ""
    renewal: Renewal | None = None
    thing_count: int = 1


def stamp_head(
    *, actor: Actor, at: datetime, authorities: Authorities, lifetimes: Lifetimes
) -> tuple[StampAnswer, ...]:
    """Have every authority stamp the newest checkpoint that it has not stamped yet.

    What is stamped is the checkpoint with the log's own signatures. Only what verifies up to a trusted root is kept.
    Once the end of the tree's own hash is near, what was added to the tree is hashed anew and stamped as well.

    Raises:
        NotAllowed: the actor may not extend the log.
        LogDamaged: there is no signed tree.
        NoAlgorithm: no hash algorithm is trusted for long enough.
    """
    require(actor, Action.LOG_WRITE)
    head = last_head()
    if head is None:
        raise LogDamaged("The log has no signed tree.", "Run: muniment log sequence")
    algorithm = hash_in_use(lifetimes, at)
    answers = []
    for url in authorities.urls:
        if Timestamp.objects.filter(head_id=head.size, authority=url, renews=None, archive_list=None).exists():
            continue
        found = ask(authorities, url, imprint_of(head.note.encode(), algorithm), at)
        if isinstance(found, Stamp):
            _keep_first(actor, at, url, head.size, found, None)
        answers.append(StampAnswer(url, head.size, found if isinstance(found, str) else ""))
    if algorithm != TREE_HASH:
        answers += stamp_archive(actor, at, authorities, algorithm)
    return tuple(answers)


def stamp_archive(actor: Actor, at: datetime, authorities: Authorities, algorithm: str) -> list[StampAnswer]:
    """Hash what the newest tree stands for anew, as far as no list says it yet, and have every authority stamp it."""
    _list_archive(at, algorithm)
    answers = []
    for url in authorities.urls:
        stamped = Timestamp.objects.filter(authority=url).exclude(archive_list=None).values("archive_list")
        for one in ArchiveList.objects.filter(algorithm=algorithm).exclude(pk__in=stamped).order_by("id"):
            found = ask(authorities, url, imprint_of(one.body.encode(), algorithm), at)
            if isinstance(found, Stamp):
                _keep_first(actor, at, url, one.head_id, found, one.pk)
            answers.append(StampAnswer(url, one.head_id, found if isinstance(found, str) else ""))
    return answers


def stamped_bytes(size: int) -> bytes:
    """Return what is stamped of a tree: its checkpoint with the log's own signatures.

    Raises:
        LogDamaged: no tree of that size was signed.
    """
    head = get_head(size)
    if head is None:
        raise LogDamaged(f"No tree of {size} leaves was signed.", "Ask for the size of a checkpoint.")
    return head.note.encode()


def ask(
    authorities: Authorities, url: str, imprint: Imprint, at: datetime, not_before: datetime | None = None
) -> Stamp | str:
    """Return the stamp of an authority over an imprint, or why there is none.

    Its clock may be five minutes off ours, and may not stand before `not_before`: what it renews was made then.
    """
    nonce = int.from_bytes(authorities.entropy(8))
    status, reply = authorities.send(url, stamp_query(imprint, nonce))
    if status != 200:
        return f"it answered {status}: {reply[:200].decode(errors='replace').strip()}"
    try:
        found = read_reply(reply, imprint, nonce, authorities.roots)
    except BadStamp as error:
        return str(error)
    if abs(found.stamped_at - at) > _CLOCK:
        return f"its clock says {found.stamped_at.isoformat()}, and ours {at.isoformat()}"
    if not_before is not None and found.stamped_at < not_before:
        return f"its clock went backwards: what it renews was stamped at {not_before.isoformat()}"
    return found


def stamp_fields(stamp: Stamp) -> dict[str, object]:
    """Return the columns of a kept token that the stamp says."""
    return {
        "stamped_at": stamp.stamped_at,
        "algorithm": stamp.imprint.algorithm,
        "imprint": stamp.imprint.digest.hex(),
        "token": stamp.token.hex(),
        "expires_at": stamp.expires_at,
        "signed_with": " ".join(stamp.signed_with),
    }


@transaction.atomic
def _keep_first(actor: Actor, at: datetime, url: str, size: int, stamp: Stamp, archive_list: int | None) -> None:
    Timestamp.objects.create(head_id=size, archive_list_id=archive_list, authority=url, **stamp_fields(stamp))
    record_event(
        actor=actor,
        at=at,
        tag="log.stamped",
        subject_kind="log",
        subject_id=size,
        after={"authority": url, "stamped_at": stamp.stamped_at, "archive_list": archive_list},
    )


@transaction.atomic
def _list_archive(at: datetime, algorithm: str) -> None:
    """Keep a list of bundles and records that were added since the last list of the algorithm, if there are any.

    A line is as `sha512sum` has it: `tile/entries/000` is the bundle as it is published, `record/LEAF-HASH` is the salt
    followed by the record. Of an erased record the line stays, and says nothing.
    """
    head = last_head()
    last = ArchiveList.objects.filter(algorithm=algorithm).order_by("-head_id").first()
    start = 0 if last is None else last.head_id
    if head is None or head.size <= start:
        return
    lines = []
    for tile in tiles_grown(ENTRIES, start, head.size):
        first = tile.number * WIDTH
        lines.append(_line(algorithm, bundle(leaf_bodies(first, first + tile.width)), tile.path))
    added = LoggedLeaf.objects.filter(index__gte=start, index__lt=head.size).values("hash")
    kept = Record.objects.filter(leaf_hash__in=added, erased_at=None).order_by("id")
    for leaf, salt, body in kept.values_list("leaf_hash", "salt", "body").iterator():
        lines.append(_line(algorithm, bytes.fromhex(salt) + body.encode(), f"record/{leaf}"))
    ArchiveList.objects.create(head_id=head.size, algorithm=algorithm, made_at=at, body="".join(lines))


def _line(algorithm: str, content: bytes, name: str) -> str:
    return f"{HASHES[algorithm](content).hexdigest()}  {name}\n"
