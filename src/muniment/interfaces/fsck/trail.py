"""The audit trail: every event is as it was written, none is missing."""

from collections.abc import Callable

from muniment.interfaces.fsck.reading import ZERO, by_key, canonical, head_of, instant, rows, sha256

_CHAINS = {"audit", "batches", "entries", "seals"}


def check_trail(report: Callable[[str], None]) -> str:
    """Report events that were changed, removed, added or put in another order."""
    events = by_key(
        "SELECT seq, at, actor_id, actor_name, tag, subject_kind, subject_id, before, after, prev_hash, hash"
        " FROM access_auditevent WHERE seq > %s ORDER BY seq LIMIT %s"
    )
    previous, count = ZERO, 0
    for seq, at, *facts, prev_hash, link in events:
        count += 1
        if seq != count:
            report(f"event {seq} stands at place {count}: one before it is missing")
            count = seq
        if prev_hash != previous:
            report(f"event {seq} does not follow the event before it")
        if sha256(canonical([prev_hash, seq, instant(at), *facts])) != link:
            report(f"event {seq} is not what was recorded")
        previous = link
    if head_of("audit") != (count, previous):
        report(f"the audit trail should end with event {head_of('audit')[0]}; it ends with {count}")
    strays = {name for (name,) in rows("SELECT name FROM access_chainhead")} - _CHAINS
    if strays:
        report(f"there are heads of chains that nobody keeps: {', '.join(sorted(strays))}")
    return f"{count} events"
