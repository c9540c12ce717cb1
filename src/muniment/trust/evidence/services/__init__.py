"""Writes of the log: what waits for a leaf, and the sequencer that gives it one.

The database is the log; the files are its copy for everybody else. A leaf is acknowledged when `sequence` returns: its
row is committed and the files and the checkpoint are synced. A crash before that leaves either nothing, or rows whose
files the next call writes: the checkpoint is signed once, in the transaction that appends, so no two of one size exist.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from django.db import IntegrityError, transaction

from muniment.kernel.words.digests import canonical_json
from muniment.kernel.words.problems import UserError
from muniment.trust.access.rules import Action, Actor, instant_text, plain, require
from muniment.trust.access.services import record_event
from muniment.trust.batches.bulk import copy_rows
from muniment.trust.batches.queries import SealedBatchRow, batches_after
from muniment.trust.evidence.models import Cosignature, LoggedLeaf, LogState, Record, Submission, SubmitterDay, TreeHead
from muniment.trust.evidence.queries import RecordRow, TreeHeadRow, head_row, leaf_bodies, record_row
from muniment.trust.evidence.rules.leaves import SALT_BYTES, Leaf, check_leaf, commitment, sign_leaf
from muniment.trust.evidence.rules.notes import BadNote, Checkpoint, Note, read_checkpoint, read_note, sign_note
from muniment.trust.evidence.rules.tiles import BadTile
from muniment.trust.evidence.rules.tree import HASH_BYTES, Frontier, extend, leaf_hash, root_of
from muniment.trust.evidence.services import files, register_map
from muniment.trust.evidence.services.keys import Entropy, LogKeys
from muniment.trust.ledger.queries import SealRow, seals_after

GROUP = 1_000
"""How many leaves one signature covers at most, unless the caller says otherwise."""


class LogDamaged(UserError):
    """The database and the published files are not of one tree, or the log is another's."""


class TooManyLeaves(UserError):
    """A submitter has sent as many leaves today as are allowed."""


class NotRecorded(UserError):
    """There is no such record, it is erased, or its subject has one already."""


@transaction.atomic
def log_record(
    *, at: datetime, subject: str, record: Mapping[str, object], keys: LogKeys, entropy: Entropy
) -> RecordRow:
    """Keep a record with a fresh salt, and have a leaf that commits to it wait for the sequencer.

    Call it in the transaction of the act that the record is about, as the last step before the audit event. `subject`
    names the act for ever, as `batch/12`; personal data belongs into the record, which can be erased. The leaf commits
    to the record together with `subject` and `recorded_at`.

    Raises:
        NotRecorded: the subject has a record.
        ValueError: the record has a `subject` or a `recorded_at` of its own.
        TypeError: the record holds a float, or another value without a certain spelling.
    """
    try:
        with transaction.atomic():
            row, leaf = _keep_record(at, subject, record, keys, entropy)
            Submission.objects.create(body=leaf.body.hex(), hash=row.leaf_hash, submitted_at=at)
    except IntegrityError as error:
        raise NotRecorded(f"{subject} has a record already.", "Give each act a subject of its own.") from error
    return record_row(row)


@transaction.atomic
def erase_record(*, actor: Actor, at: datetime, subject: str) -> RecordRow:
    """Forget what a leaf is about: record and salt are gone, the leaf and its proofs stay.

    Raises:
        NotAllowed: the actor may not.
        NotRecorded: there is no such record, or it is erased.
    """
    require(actor, Action.LOG_WRITE)
    row = Record.objects.select_for_update().filter(subject=subject, erased_at=None).first()
    if row is None:
        raise NotRecorded(f"There is no record of {subject}.", "Look at the list of records; it may be erased.")
    row.body, row.salt, row.erased_at = "", "", at
    row.save(update_fields=["body", "salt", "erased_at"])
    record_event(
        actor=actor,
        at=at,
        tag="log.erased",
        subject_kind="record",
        subject_id=subject,
        after={"leaf_hash": row.leaf_hash},
    )
    return record_row(row)


@transaction.atomic
def submit_leaf(
    *, at: datetime, message: bytes, signature: bytes, public_key: bytes, submitter: str, most_a_day: int
) -> bool:
    """Have a stranger's leaf wait for the sequencer; return whether the tree holds it already.

    The same leaf sent again is one leaf, and counts once against `most_a_day` of the submitter.

    Raises:
        BadLeaf: the message has not 32 bytes, or the signature is not that of the key.
        TooManyLeaves: the submitter has sent enough today.
    """
    leaf = check_leaf(message, signature, public_key)
    named = leaf_hash(leaf.body).hex()
    if LoggedLeaf.objects.filter(hash=named).exists():
        return True
    if not Submission.objects.filter(hash=named).exists():
        _count(submitter, at, most_a_day)
        waiting = Submission(body=leaf.body.hex(), hash=named, submitted_at=at, submitter=submitter)
        Submission.objects.bulk_create([waiting], ignore_conflicts=True)
    return False


@transaction.atomic
def submit_many(*, at: datetime, leaves: Sequence[Leaf]) -> int:
    """Have many leaves of our own wait for the sequencer, and return how many; a leaf sent before is refused.

    Raises:
        django.db.IntegrityError: a leaf waits already; nothing is kept.
    """
    return copy_rows(
        Submission,
        ("body", "hash", "submitted_at", "submitter"),
        ((leaf.body.hex(), leaf_hash(leaf.body).hex(), at, "") for leaf in leaves),
    )


def sequence(
    *, actor: Actor, at: datetime, keys: LogKeys, home: Path, entropy: Entropy, most: int = GROUP
) -> TreeHeadRow:
    """Give leaves to what waits, sign the tree, publish it, and return its head; without anything new, the last head.

    What waits are submissions, every sealed batch and daily seal that has no leaf yet, and changes of the map. Once the
    map has had an entry, the last leaf of every tree that is signed states its root. Call it again while
    `queries.count_waiting()` is not 0.

    Raises:
        NotAllowed: the actor may not extend the log.
        LogDamaged: the files are of another tree than the database, or the origin is not that of the log.
        LogNotWritten: the disk is full; the leaves are kept, and the next call publishes them.
    """
    require(actor, Action.LOG_WRITE)
    _append(actor, at, keys, home, entropy, most)
    return publish(home=home)


@transaction.atomic
def publish(*, home: Path) -> TreeHeadRow:
    """Bring the files up to the database: tiles, bundles, and the checkpoint with the cosignatures that there are.

    This is also what mends the files after a crash. The lock of the log is held, so checkpoints are never replaced by
    older ones.

    Raises:
        LogDamaged: the files are of another tree than the database, or there is no log yet.
        LogNotWritten: the disk is full, or may not be written.
    """
    LogState.objects.select_for_update().get(pk=1)
    head = TreeHead.objects.order_by("-size").first()
    if head is None:
        raise LogDamaged("The log has no signed tree.", "Run: muniment log sequence")
    folder, root = files.log_folder(home), bytes.fromhex(head.root)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise files.LogNotWritten(f"{folder} cannot be made ({error.strerror}).", "Give the rights.") from error
    note = full_note(head)
    published, text = _published(folder)
    if (published, text) == (head.size, note):
        return head_row(head)
    if published < head.size:
        try:
            files.grow(folder, published, head.size, leaf_bodies)
        except BadTile:
            files.grow(folder, 0, head.size, leaf_bodies)
        if not files.is_edge_of(folder, head.size, root):
            files.grow(folder, 0, head.size, leaf_bodies)
        if not files.is_edge_of(folder, head.size, root):
            raise LogDamaged("The leaves in the database are not those of the signed tree.", "Run: muniment fsck")
    files.replace_checkpoint(folder, note)
    files.tidy(folder, published, head.size)
    return head_row(head)


@transaction.atomic
def rebuild(*, home: Path) -> TreeHeadRow:
    """Write every file of the published tree again from the database, and publish what is new.

    Raises:
        LogDamaged: the files are of another tree than the database, or there is no log yet.
    """
    LogState.objects.select_for_update().get(pk=1)
    published, _ = _published(files.log_folder(home))
    files.grow(files.log_folder(home), 0, published, leaf_bodies)
    return publish(home=home)


def full_note(head: TreeHead) -> str:
    """Return the checkpoint of a tree head with all its signatures, the log's own first."""
    lines = Cosignature.objects.filter(head=head).order_by("witness", "key_id").values_list("line", flat=True)
    return head.note + "".join(lines)


def locked_state(origin: str) -> LogState:
    """Lock the log until the transaction ends and return its row, which is made on first use.

    Raises:
        LogDamaged: the log of this database has another origin.
    """
    state = LogState.objects.select_for_update().filter(pk=1).first()
    if state is None:
        LogState.objects.bulk_create([LogState(pk=1, origin=origin)], ignore_conflicts=True)
        state = LogState.objects.select_for_update().get(pk=1)
    if state.origin != origin:
        raise LogDamaged(
            f"The log of this database is {state.origin}, and the keys are of {origin}.",
            "Restore log_key from a backup of the home, and set MUNIMENT_LOG_ORIGIN as it was.",
        )
    return state


def sign_head(keys: LogKeys, size: int, root: bytes) -> str:
    """Return the checkpoint of a tree, signed with every key of the log."""
    text = Checkpoint(keys.origin, size, root).text
    return str(Note(text, tuple(sign_note(text, keys.origin, secret) for secret in keys.secrets)))


@transaction.atomic
def _append(actor: Actor, at: datetime, keys: LogKeys, home: Path, entropy: Entropy, most: int) -> None:
    """Take what waits into the tree, up to `most` leaves and the map's, and sign it.

    Nothing is signed where more is published than we know.
    """
    state = locked_state(keys.origin)
    _published(files.log_folder(home))
    _collect(state, at, keys, entropy, most)
    waiting = list(Submission.objects.order_by("id").values_list("id", "body", "hash")[:most])
    again = Submission.objects.order_by("id").values("hash")[:most]
    known = set(LoggedLeaf.objects.filter(hash__in=again).values_list("hash", flat=True))
    new = [row for row in waiting if row[2] not in known] if known else waiting
    mapped = register_map.fold()
    if not new and not mapped.is_changed and TreeHead.objects.filter(size=state.size).exists():
        _forget(waiting)
        return
    start = state.size
    added = [(body, named) for _, body, named in new]
    if mapped.is_begun:
        facts = register_map.keep_root(start + len(new) + 1, mapped)
        row, leaf = _keep_record(at, f"map/{facts['size']}", facts, keys, entropy)
        added.append((leaf.body.hex(), row.leaf_hash))
    copy_rows(LoggedLeaf, ("index", "body", "hash"), ((start + place, *one) for place, one in enumerate(added)))
    _forget(waiting)
    edge = extend(_frontier(state), (bytes.fromhex(named) for _, named in added))
    root = root_of(edge)
    TreeHead.objects.create(size=edge.size, root=root.hex(), signed_at=at, note=sign_head(keys, edge.size, root))
    state.size, state.frontier = edge.size, b"".join(edge.roots).hex()
    state.save()
    record_event(
        actor=actor,
        at=at,
        tag="log.extended",
        subject_kind="log",
        subject_id=edge.size,
        after={"from": start, "size": edge.size, "root": root.hex()},
    )


def _keep_record(
    at: datetime, subject: str, record: Mapping[str, object], keys: LogKeys, entropy: Entropy
) -> tuple[Record, Leaf]:
    """Keep a record with a fresh salt, and return it with the leaf that commits to it."""
    own = {"subject": subject, "recorded_at": instant_text(at)}
    if own.keys() & record.keys():
        raise ValueError("a record does not say its own subject")
    body, salt = canonical_json(plain({**record, **own})), entropy(SALT_BYTES)
    leaf = sign_leaf(keys.leaf_secret, commitment(salt, body))
    row = Record.objects.create(
        subject=subject,
        body=body.decode(),
        salt=salt.hex(),
        leaf_hash=leaf_hash(leaf.body).hex(),
        public_key=keys.leaf_public.hex(),
        made_at=at,
    )
    return row, leaf


def _forget(waiting: Sequence[tuple[int, str, str]]) -> None:
    """Delete rows of the queue; by their least and greatest number where these are all that lie between."""
    numbers = [row[0] for row in waiting]
    if not numbers:
        return
    between = Submission.objects.filter(id__gte=numbers[0], id__lte=numbers[-1])
    if numbers[-1] - numbers[0] + 1 == len(numbers):
        between.delete()
    else:
        Submission.objects.filter(id__in=numbers).delete()


def _collect(state: LogState, at: datetime, keys: LogKeys, entropy: Entropy, most: int) -> None:
    """Have every sealed batch and daily seal that has no leaf wait for one; both tables only grow, in order."""
    for batch in batches_after(state.last_batch, most):
        log_record(at=at, subject=f"batch/{batch.id}", record=_batch_facts(batch), keys=keys, entropy=entropy)
        state.last_batch = batch.id
    for seal in seals_after(state.last_seal, most):
        log_record(at=at, subject=f"seal/{seal.day}", record=_seal_facts(seal), keys=keys, entropy=entropy)
        state.last_seal = seal.number
    LogState.objects.filter(pk=1).update(last_batch=state.last_batch, last_seal=state.last_seal)


def _batch_facts(batch: SealedBatchRow) -> dict[str, object]:
    return {
        "kind": "batch",
        "batch": batch.id,
        "stage": batch.stage,
        "row_count": batch.row_count,
        "sum_column": batch.sum_column,
        "sum_micro": batch.sum_micro,
        "digest": batch.digest,
        "chain": batch.chain,
        "sealed_at": instant_text(batch.sealed_at),
    }


def _seal_facts(seal: SealRow) -> dict[str, object]:
    return {
        "kind": "seal",
        "day": seal.day.isoformat(),
        "body": seal.body,
        "signature": seal.signature,
        "public_key": seal.public_key,
    }


def _frontier(state: LogState) -> Frontier:
    joined = bytes.fromhex(state.frontier)
    roots = tuple(joined[place : place + HASH_BYTES] for place in range(0, len(joined), HASH_BYTES))
    return Frontier(state.size, roots)


def _published(folder: Path) -> tuple[int, str]:
    """Return the size and the text of the checkpoint on the disk, 0 and nothing without one.

    Raises:
        LogDamaged: the database does not know that tree, so appending would fork the log.
    """
    path = folder / files.CHECKPOINT
    if not path.exists():
        return 0, ""
    text = path.read_text(encoding="utf-8")
    try:
        seen = read_checkpoint(read_note(text).text)
    except BadNote as error:
        raise LogDamaged(f"{path} is no checkpoint.", "Restore it from a copy of the log.") from error
    if not TreeHead.objects.filter(size=seen.size, root=seen.root.hex()).exists():
        raise LogDamaged(
            f"The published checkpoint has {seen.size} leaves under a root that the database never signed.",
            "The database is older than the files, or another's. Run: muniment log restore",
        )
    return seen.size, text


def _count(submitter: str, at: datetime, most_a_day: int) -> None:
    """Count one leaf more of a submitter.

    Raises:
        TooManyLeaves: it is one too many.
    """
    SubmitterDay.objects.bulk_create(
        [SubmitterDay(submitter=submitter, day=at.date(), leaf_count=0)], ignore_conflicts=True
    )
    row = SubmitterDay.objects.select_for_update().get(submitter=submitter, day=at.date())
    if row.leaf_count >= most_a_day:
        raise TooManyLeaves(
            f"{submitter or 'You'} sent {row.leaf_count} leaves today, as many as are allowed.", "Send it tomorrow."
        )
    row.leaf_count += 1
    row.save(update_fields=["leaf_count"])
