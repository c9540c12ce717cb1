"""Applications: do rows, rounds, events, objections and the records of the log say the same?"""

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from muniment.interfaces.fsck.reading import by_key, canonical, instant, rows, sha256

Report = Callable[[str], None]
_APPLICATIONS = (
    "SELECT id, number, state, version, event_count, round_count, title, draft, submitted_at, changed_at, erased_at,"
    " publicity_from_on, publicity_until_on, profile FROM registry_application WHERE id > %s ORDER BY id LIMIT %s"
)
_EVENTS = (
    "SELECT seq, act, stage, from_state, to_state, at, reason, points, objection_number FROM registry_event"
    " WHERE application_id = %s ORDER BY seq"
)
_ROUNDS = "SELECT place, body, salt, commitment, made_at FROM registry_round WHERE application_id = %s ORDER BY place"
_OBJECTIONS = (
    "SELECT number, state, body, salt, commitment, grounds, evidence_sha256, filed_at, reply, erased_at"
    " FROM registry_objection WHERE application_id = %s ORDER BY id"
)
_RECORDS = "SELECT subject, body, erased_at FROM evidence_record WHERE subject LIKE %s"
_STEPS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "draft": {"submit": ("submitted",), "withdraw": ("withdrawn",)},
    "submitted": {"take": ("examination",), "withdraw": ("withdrawn",)},
    "examination": {
        "take": ("examination",),
        "ask_correction": ("correction",),
        "pass_stage": ("examination", "accepted"),
        "refuse": ("refused",),
        "withdraw": ("withdrawn",),
    },
    "correction": {
        "answer_correction": ("examination",),
        "lapse": ("withdrawn",),
        "withdraw": ("withdrawn",),
    },
    "accepted": {
        "publish": ("publicity",),
        "register": ("registered",),
        "refuse": ("refused",),
        "withdraw": ("withdrawn",),
    },
    "publicity": {
        "object": ("objection",),
        "close_publicity": ("registered",),
        "register": ("registered",),
        "refuse": ("refused",),
        "withdraw": ("withdrawn",),
    },
    "objection": {
        "object": ("objection",),
        "reply": ("objection",),
        "decide_objection": ("publicity", "objection"),
        "refuse": ("refused",),
        "withdraw": ("withdrawn",),
    },
}
"""What may follow what, as docs/applications.md has it."""

type _Logged = dict[int, dict[str, object] | None]
"""The records of an application by the number of their event; None once the record is erased."""


def check_applications(report: Report) -> str:
    """Report applications whose history is not that of their state, or not that of their rounds and their leaves."""
    count = 0
    logged = _all_logged(report)
    for row in by_key(_APPLICATIONS):
        number = row[1]
        count += 1
        said = logged.pop(number, {})
        events = rows(_EVENTS, row[0])
        _check_history(report, row, events)
        _check_records(report, number, events, said, row[13])
        _check_rounds(report, row, events, said)
        _check_objections(report, row, events, said)
    for number in sorted(logged):
        report(f"application/{number} is in the log, and there is no such row")
    return f"{count} applications"


def _all_logged(report: Report) -> dict[str, _Logged]:
    found: dict[str, _Logged] = {}
    for subject, body, erased_at in rows(_RECORDS, "application/%"):
        _, number, seq = f"{subject}//".split("/")[:3]
        if not seq.isdigit():
            report(f"{subject} is no act of an application")
            continue
        found.setdefault(number, {})[int(seq)] = None if erased_at is not None else json.loads(body)
    return found


def _check_history(report: Report, row: tuple[Any, ...], events: list[tuple[Any, ...]]) -> None:
    """Report events that do not lead from a draft to the state of the row, one after another."""
    number, state, event_count, changed_at = row[1], row[2], row[4], row[9]
    if [one[0] for one in events] != list(range(event_count)):
        report(f"the history of {number} has gaps, or another length than {event_count}")
    stands, at = "draft", ""
    for seq, act, _, before, after, happened, *_ in events:
        if before != stands or after not in _STEPS.get(before, {}).get(act, ()):
            report(f"act {seq} of {number} does not follow: {act} from {before} to {after}")
        if instant(happened) < at:
            report(f"act {seq} of {number} lies before the one that it follows")
        stands, at = after, instant(happened)
    if stands != state:
        report(f"{number} is at {state}, and its history ends at {stands}")
    if at and instant(changed_at) < at:
        report(f"{number} was changed last before its last act")


def _check_records(report: Report, number: str, events: list[tuple[Any, ...]], said: _Logged, profile: str) -> None:
    """Report acts without a record, records without an act, and those that say something else."""
    for seq, act, stage, before, after, at, reason, points, objection in events:
        if seq not in said:
            report(f"application/{number}/{seq} has no record in the log")
            continue
        record = said[seq]
        wanted = {
            "kind": "application",
            "number": number,
            "seq": seq,
            "act": act,
            "stage": stage,
            "from_state": before,
            "to_state": after,
            "profile": profile,
            "objection": objection,
            "said": _said(reason, points),
            "recorded_at": instant(at),
        }
        if record is not None and any(record.get(name) != value for name, value in wanted.items()):
            report(f"application/{number}/{seq} is not what its leaf says")
    for seq in sorted(said.keys() - {one[0] for one in events}):
        report(f"application/{number}/{seq} is in the log, and there is no such act")


def _check_rounds(report: Report, row: tuple[Any, ...], events: list[tuple[Any, ...]], said: _Logged) -> None:
    """Report rounds that are not what was committed to, at the time of the act that brought them."""
    key, number, state, round_count, title, draft, erased_at = (row[place] for place in (0, 1, 2, 5, 6, 7, 10))
    kept = rows(_ROUNDS, key)
    acts = [one for one in events if one[1] in ("submit", "answer_correction")]
    if not len(kept) == len(acts) == round_count or [one[0] for one in kept] != list(range(len(kept))):
        report(f"{number} has {len(kept)} rounds, {len(acts)} acts that bring one, and counts {round_count}")
        return
    if bool(draft) != (state == "draft"):
        report(f"{number} is at {state}, and its draft is {'kept' if draft else 'gone'}")
    for (place, body, salt, shown, made_at), act in zip(kept, acts, strict=True):
        record = said.get(act[0])
        if record is not None and (record.get("round"), record.get("statement")) != (place, shown):
            report(f"round {place} of {number} is not the one that its leaf commits to")
        if instant(made_at) != instant(act[5]):
            report(f"round {place} of {number} was not made when it was sent")
        _check_person(report, f"round {place} of {number}", body, salt, shown, erased_at)
    if kept and kept[-1][1] and json.loads(kept[-1][1])["title"] != title:
        report(f"the title of {number} is not that of its newest round")


def _check_objections(report: Report, row: tuple[Any, ...], events: list[tuple[Any, ...]], said: _Logged) -> None:
    """Report objections that are not what was logged, and open ones of an application that is not at them."""
    key, number, state, erased_at = row[0], row[1], row[2], row[10]
    filed = {one[8]: one for one in events if one[1] == "object"}
    replied = {one[8]: one for one in events if one[1] == "reply"}
    kept = rows(_OBJECTIONS, key)
    if sorted(filed) != sorted(one[0] for one in kept):
        report(f"the objections to {number} are not those of its history")
        return
    for objection, stands, body, salt, shown, grounds, evidence, filed_at, reply, gone_at in kept:
        event = filed[objection]
        wanted = {"objector": shown, "grounds": sha256(canonical(grounds)), "evidence_sha256": evidence}
        if _differs(said.get(event[0]), wanted) or instant(filed_at) != instant(event[5]):
            report(f"objection {objection} is not the one that its leaf commits to")
        answer = replied.get(objection)
        if bool(reply) != (answer is not None):
            report(f"objection {objection} has {'a' if reply else 'no'} reply, and its history says otherwise")
        elif answer is not None and _differs(said.get(answer[0]), {"reply": sha256(canonical(reply))}):
            report(f"the reply to {objection} is not the one that its leaf commits to")
        _check_person(report, f"objection {objection}", body, salt, shown, gone_at)
        if erased_at is not None and gone_at is None:
            report(f"{number} is erased, and who made objection {objection} is not")
        _check_decision(report, objection, stands, [one for one in events if one[8] == objection], said)
    if (state == "objection") != any(one[1] == "open" for one in kept):
        report(f"{number} is at {state}, which its objections do not fit")


def _check_decision(report: Report, objection: str, stands: str, events: list[tuple[Any, ...]], said: _Logged) -> None:
    decided = [one for one in events if one[1] in ("decide_objection", "refuse")]
    if not decided:
        if stands not in ("open", "moot"):
            report(f"objection {objection} is {stands}, and nobody decided it")
        return
    record = said.get(decided[-1][0])
    if record is None:
        return
    fits = {"upheld": record.get("is_upheld") is True, "rejected": record.get("is_upheld") is False}
    if not fits.get(stands, stands == "withdrawn" and record.get("is_withdrawn") is True):
        report(f"objection {objection} is {stands}, which is not what was decided")


def _check_person(report: Report, what: str, body: str, salt: str, shown: str, erased_at: datetime | None) -> None:
    """Report a text with a person that is not the committed one, or was to be erased."""
    if erased_at is not None:
        if body or salt:
            report(f"{what} was erased, and its text or salt is kept")
    elif not body or hashlib.sha256(bytes.fromhex(salt) + body.encode()).hexdigest() != shown:
        report(f"{what} is not what its commitment is to")


def _differs(record: dict[str, object] | None, wanted: Mapping[str, object]) -> bool:
    return record is not None and any(record.get(name) != value for name, value in wanted.items())


def _said(reason: str, points: str) -> str:
    """Return the digest of what an act says."""
    if not reason and not points:
        return ""
    listed = [[one["field"], one["text"]] for one in json.loads(points)] if points else []
    return sha256(canonical([reason, listed]))
