"""Renewing the archive's tokens (RFC 4998, section 5.2), by what is due or because somebody asks for it.

One token covers everything that an authority renews at a time, by a hash tree: a year of checkpoints is one question.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from muniment.kernel.words.problems import UserError
from muniment.trust.access.rules import Action, Actor, require
from muniment.trust.access.services import record_event
from muniment.trust.evidence.models import LogState, Timestamp
from muniment.trust.evidence.queries import TimestampRow
from muniment.trust.evidence.queries.stamped import chains_of, content_of, newest_stamps, tree_text
from muniment.trust.evidence.rules.archive import ReducedTree, hash_tree, renewed_digest
from muniment.trust.evidence.rules.lifetimes import (
    Ageing,
    Lifetimes,
    Renewal,
    end_of,
    hash_in_use,
    next_renewal,
    stamp_end,
)
from muniment.trust.evidence.rules.stamps import Imprint, Stamp, imprint_of
from muniment.trust.evidence.services.stamping import (
    Authorities,
    StampAnswer,
    ask,
    stamp_archive,
    stamp_fields,
)


class NotRenewed(UserError):
    """The archive cannot be renewed like that."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody wants renewed, due or not: every token, with a token over it or hashed anew with an algorithm."""

    renewal: Renewal
    algorithm: str = ""


@dataclass(frozen=True, slots=True)
class _Group:
    """Tokens that one new token will cover: who is asked, how they are renewed, and with which hash."""

    authority: str
    renewal: Renewal
    algorithm: str


def renew_stamps(
    *, actor: Actor, at: datetime, authorities: Authorities, lifetimes: Lifetimes, asked: Asked | None = None
) -> tuple[StampAnswer, ...]:
    """Renew every token for which that is due, or all in the way that is asked for.

    A token is renewed by the authority that made it, if that is still one of ours, else by our first. Where anything is
    hashed anew, what the tree stands for is as well. A due renewal whose token would end no later than the one that it
    renews is not kept: the authority has to have a new certificate first.

    Raises:
        NotAllowed: the actor may not extend the log.
        NotRenewed: the algorithm that is asked for is not known, or its end is no later.
        NoAlgorithm: no hash algorithm is trusted for long enough.
    """
    require(actor, Action.LOG_WRITE)
    groups: dict[_Group, list[TimestampRow]] = {}
    answers = []
    for row in newest_stamps():
        due = next_renewal(_ageing(row), lifetimes)
        if due.ends_at <= at:
            answers.append(StampAnswer(row.authority, row.size, "it had expired before it was renewed", due.renewal))
        elif asked is not None or due.due_at <= at:
            group = _group(row, asked or Asked(due.renewal), authorities, lifetimes, at)
            if group is not None:
                groups.setdefault(group, []).append(row)
    for algorithm in sorted({group.algorithm for group in groups if group.renewal is Renewal.HASH}):
        answers += stamp_archive(actor, at, authorities, algorithm)
    for group, rows in groups.items():
        answers.append(_renew(actor, at, group, rows, authorities, lifetimes, is_due=asked is None))
    return tuple(answers)


def _group(
    row: TimestampRow, asked: Asked, authorities: Authorities, lifetimes: Lifetimes, at: datetime
) -> _Group | None:
    """Return with what a token is renewed, None if it is of the algorithm that is asked for already.

    Raises:
        NotRenewed: the algorithm ends no later than the one of the token.
        BadStamp: we do not know the algorithm.
    """
    known = row.authority in authorities.urls or not authorities.urls
    url = row.authority if known else authorities.urls[0]
    if asked.renewal is Renewal.STAMP:
        return _Group(url, asked.renewal, row.algorithm)
    algorithm = imprint_of(b"", asked.algorithm or hash_in_use(lifetimes, at)).algorithm
    if algorithm == row.algorithm:
        return None
    if end_of(lifetimes, [algorithm]) < end_of(lifetimes, [row.algorithm]):
        raise NotRenewed(
            f"{algorithm} ends before {row.algorithm}, which it would replace.", "Name an algorithm that lasts longer."
        )
    return _Group(url, asked.renewal, algorithm)


def _renew(
    actor: Actor,
    at: datetime,
    group: _Group,
    rows: Sequence[TimestampRow],
    authorities: Authorities,
    lifetimes: Lifetimes,
    *,
    is_due: bool,
) -> StampAnswer:
    """Have one token cover all rows of a group, and keep it for each of them."""
    newest = max(row.size for row in rows)
    digests = [_covered(row, group) for row in rows]
    root, trees = hash_tree(digests, group.algorithm)
    not_before = max(row.stamped_at for row in rows)
    found = ask(authorities, group.authority, Imprint(group.algorithm, root), at, not_before)
    if isinstance(found, str):
        return StampAnswer(group.authority, newest, found, group.renewal, len(rows))
    ageing = Ageing(group.algorithm, found.signed_with, found.expires_at)
    until = stamp_end(ageing, lifetimes)
    if is_due and group.renewal is Renewal.STAMP and until <= max(stamp_end(_ageing(row), lifetimes) for row in rows):
        problem = f"its token would end on {until:%Y-%m-%d}, no later than what it renews: it needs a new certificate"
        return StampAnswer(group.authority, newest, problem, group.renewal, len(rows))
    problem = _keep(actor, at, group, found, [(row, trees[one]) for row, one in zip(rows, digests, strict=True)])
    return StampAnswer(group.authority, newest, problem, group.renewal, len(rows))


def _covered(row: TimestampRow, group: _Group) -> bytes:
    """Return the hash that the new token covers of a row: of its token, or of its content and its whole record."""
    if group.renewal is Renewal.STAMP:
        return imprint_of(row.token, group.algorithm).digest
    return renewed_digest(content_of(row), chains_of(row), group.algorithm)


@transaction.atomic
def _keep(
    actor: Actor, at: datetime, group: _Group, stamp: Stamp, renewed: Sequence[tuple[TimestampRow, ReducedTree]]
) -> str:
    """Keep a token for each row that it renews; return why not, if another process did the same meanwhile."""
    LogState.objects.select_for_update().get(pk=1)
    known = Timestamp.objects.exclude(renews=None).values_list("renews_id", flat=True)
    if not {row.id for row, _ in renewed}.isdisjoint(known):
        return "another process renewed the same meanwhile"
    Timestamp.objects.bulk_create(
        Timestamp(
            head_id=row.size,
            archive_list_id=row.archive_list,
            authority=group.authority,
            tree=tree_text(tree),
            renews_id=row.id,
            rehashes=group.renewal is Renewal.HASH,
            **stamp_fields(stamp),
        )
        for row, tree in renewed
    )
    record_event(
        actor=actor,
        at=at,
        tag="log.renewed",
        subject_kind="log",
        subject_id=max(row.size for row, _ in renewed),
        after={
            "authority": group.authority,
            "stamped_at": stamp.stamped_at,
            "renewal": group.renewal.value,
            "algorithm": group.algorithm,
            "token_count": len(renewed),
        },
    )
    return ""


def _ageing(row: TimestampRow) -> Ageing:
    return Ageing(row.algorithm, row.signed_with, row.expires_at)
