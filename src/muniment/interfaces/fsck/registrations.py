"""Registrations, licences and pledges: do rows, versions, ranks, numbers, the map and the records of the log agree?"""

import hashlib
import json
from collections import Counter
from datetime import date, datetime
from itertools import pairwise
from typing import Any

from muniment.interfaces.fsck.logged import RECORD, Report, check_missing, check_record
from muniment.interfaces.fsck.reading import by_key, canonical, instant, rows, sha256

_REGISTRATIONS = (
    "SELECT r.id, r.certificate_number, r.registration_number, r.profile, r.subject, r.state, r.title, r.industry,"
    " r.holders, r.contract_until_on, r.deposit, r.content_sha256, r.registered_on, r.until_on, r.day_count,"
    " r.version_count, r.changed_at, r.licence_count, r.pledge_count, r.party_id, a.submitted_at, a.party_id, a.number"
    " FROM registry_registration r JOIN registry_application a ON a.id = r.application_id"
    " WHERE r.id > %s ORDER BY r.id LIMIT %s"
)
_VERSIONS = (
    "SELECT v.place, v.cause, v.valid_from_on, v.recorded_at, v.state, v.title, v.title_latin, v.industry, v.holders,"
    " v.until_on, v.reason, v.commitment, v.actor_name, a.number, p.body, p.salt FROM registry_registrationversion v"
    " LEFT JOIN registry_application a ON a.id = v.application_id"
    " LEFT JOIN registry_holderparticulars p ON p.version_id = v.id WHERE v.registration_id = %s ORDER BY v.place"
)
_RECORDALS = (
    "SELECT o.id, o.number, r.certificate_number, o.kind, o.rank, o.grantor, o.counterpart, o.description,"
    " o.is_exclusive, o.amount_micro, o.currency, o.from_on, o.until_on, o.consent, o.state, o.recorded_at,"
    " o.ended_on, o.ended_at, o.reason, o.commitment, o.leaf_hash, o.act_count, o.registration_id, o.version_count"
    " FROM registry_recordal o JOIN registry_registration r ON r.id = o.registration_id"
    " WHERE o.id > %s ORDER BY o.id LIMIT %s"
)
_RECORDAL_VERSIONS = (
    "SELECT v.place, v.leaf_place, v.act, v.recorded_at, v.rank, v.counterpart, v.description, v.amount_micro,"
    " v.currency, v.until_on, v.consent, v.document, v.commitment, p.body, p.salt FROM registry_recordalversion v"
    " LEFT JOIN registry_recordalparticulars p ON p.recordal_id = v.recordal_id AND p.place = v.place"
    " WHERE v.recordal_id = %s ORDER BY v.place"
)
_CHANGES = (
    "SELECT COUNT(*) FROM registry_recordalversion v JOIN registry_recordal o ON o.id = v.recordal_id"
    " WHERE o.registration_id = %s AND o.kind = 'pledge' AND o.state = 'active' AND v.place > 0"
)
_CLAIMS = "SELECT place, state, party_id, decided_at FROM registry_claim WHERE registration_id = %s ORDER BY place"
_RANKS = "SELECT registration_id, kind, rank FROM registry_recordal ORDER BY registration_id, kind, rank"
_ACTIVE = "SELECT registration_id, kind, COUNT(*) FROM registry_recordal WHERE state = 'active' GROUP BY 1, 2"
_CONSENTS = (
    "SELECT o.number, a.number, c.document, c.recorded_at FROM registry_consent c"
    " JOIN registry_recordal o ON o.id = c.recordal_id JOIN registry_application a ON a.id = c.application_id"
)

_CONSENTED = "SELECT body FROM evidence_record WHERE subject LIKE 'recordal/%%' AND body LIKE '%%consented%%'"


def check_registrations(report: Report) -> str:
    """Report registrations that are not their newest version, or whose versions are not those that were logged."""
    active = {(key, kind): count for key, kind, count in rows(_ACTIVE)}
    subjects, claims, count = set[str](), set[str](), 0
    for row in by_key(_REGISTRATIONS):
        count += 1
        versions = rows(_VERSIONS, row[0])
        for version in versions:
            subjects.add(f"registration/{row[1]}/{version[0]}")
            _check_version(report, row, version)
        for before, after in pairwise(versions):
            if after[2] < before[2] or _at(after[3]) < _at(before[3]):
                report(f"version {after[0]} of {row[1]} lies before the one before it")
        if not versions or [one[0] for one in versions] != list(range(row[15])):
            report(f"{row[1]} has not the {row[15]} versions that it says")
            continue
        _check_copy(report, row, versions)
        standing = tuple(active.get((row[0], kind), 0) for kind in ("licence", "pledge"))
        if (row[17], row[18]) != standing:
            report(f"{row[1]} counts {row[17]} licences and {row[18]} pledges, and {standing} stand")
        _check_map(report, row)
        _check_claims(report, row, claims)
    check_missing(report, "registration/", subjects)
    check_missing(report, "claim/", claims)
    _check_series(report)
    return f"{count} registrations"


def check_recordals(report: Report) -> str:
    """Report licences and pledges that are not what was logged, ranks with a gap, and consents nobody gave."""
    subjects, count = set[str](), 0
    for row in by_key(_RECORDALS):
        count += 1
        subjects |= {f"recordal/{row[1]}/{place}" for place in range(row[21])}
        _check_recordal(report, row)
    ranks: dict[tuple[int, str], list[int]] = {}
    for key, kind, rank in rows(_RANKS):
        ranks.setdefault((key, kind), []).append(rank)
    for (key, kind), found in ranks.items():
        if found != list(range(1, len(found) + 1)):
            report(f"the ranks of the {kind}s on registration {key} have a gap: {found}")
    _check_consents(report)
    check_missing(report, "recordal/", subjects)
    return f"{count} licences and pledges"


def _check_version(report: Report, row: tuple[Any, ...], version: tuple[Any, ...]) -> None:
    place, cause, from_on, at, state, title, latin, industry, holders, until_on = version[:10]
    reason, commitment, actor, application, body, salt = version[10:]
    said = {
        "kind": "registration",
        "number": row[1],
        "registration_number": row[2],
        "place": place,
        "application": application or "",
        "profile": row[3],
        "matter": row[4],
        "state": state,
        "registered_on": _day(row[12]),
        "valid_from_on": _day(from_on),
        "until_on": _day(until_on),
        "cause": cause,
        "deposit": row[10],
        "content_sha256": row[11],
        "particulars": commitment,
        "shown": sha256(canonical([title, latin, industry, holders, reason, actor])),
    }
    check_record(report, f"registration/{row[1]}/{place}", said, at)
    if body is None:
        return
    if hashlib.sha256(bytes.fromhex(salt) + body.encode()).hexdigest() != commitment:
        report(f"the holders of version {place} of {row[1]} are not those that its leaf commits to")
        return
    whole = json.loads(body)
    shown = [{name: one.get(name, "") for name in ("name", "kind", "role", "country")} for one in whole["holders"]]
    if whole["title"] != title or shown != json.loads(holders):
        report(f"what version {place} of {row[1]} shows is not what is known of it")


def _check_copy(report: Report, row: tuple[Any, ...], versions: list[tuple[Any, ...]]) -> None:
    number, newest, first = row[1], versions[-1], versions[0]
    names = [one["name"] for one in json.loads(newest[8])]
    if (row[5], row[6], row[7], row[13], json.loads(row[8])) != (newest[4], newest[5], newest[7], newest[9], names):
        report(f"{number} is not what its newest version says")
    if first[1] != "first" or first[13] != row[22] or row[12] != first[2]:
        report(f"{number} does not begin with its first registration")
    if row[20] is None or row[14] != max(0, (row[12] - _at(row[20]).date()).days):
        report(f"{number} was not registered {row[14]} days after it was submitted")
    if row[19] != _party(row, versions):
        report(f"{number} is of another party than its application, or than the claim that was granted")
    if _at(row[16]) < _at(newest[3]):
        report(f"{number} was changed after it says")
    logged = rows(RECORD, f"registration/{number}/{newest[0]}")
    if logged and logged[0][0] and json.loads(logged[0][0]).get("contract_until_on") != _day(row[9]):
        report(f"the source contract of {number} ends on another day than its leaf says")


def _party(row: tuple[Any, ...], versions: list[tuple[Any, ...]]) -> int | None:
    """Return the party that stands behind a registration: of its application, of nobody once it is transferred, or of
    the claim that was granted since."""
    moves = [_at(version[3]) for version in versions if version[1] == "transfer"]
    granted = [(_at(at), party) for _, state, party, at in rows(_CLAIMS, row[0]) if state == "granted"]
    since = [party for at, party in granted if not moves or at >= moves[-1]]
    if since:
        return int(since[-1])
    return None if moves or row[21] is None else int(row[21])


def _check_claims(report: Report, row: tuple[Any, ...], subjects: set[str]) -> None:
    """Report claims without the leaves of what was done about them."""
    ways = {
        "open": ("issue",),
        "asked": ("issue", "ask"),
        "granted": ("issue", "ask", "grant"),
        "refused": ("issue", "ask", "refuse"),
        "withdrawn": ("issue", "withdraw"),
    }
    for place, state, party, *_ in rows(_CLAIMS, row[0]):
        acts = [*ways[state], *(["ask"] if state == "withdrawn" and party is not None else ())]
        for act in acts:
            subject = f"claim/{row[1]}/{place}/{act}"
            subjects.add(subject)
            if not rows(RECORD, subject):
                report(f"{subject} has no record in the log")


def _check_map(report: Report, row: tuple[Any, ...]) -> None:
    """Report a registration whose entry of the map says something else."""
    key = hashlib.sha256(b"muniment/map/v1/key\0" + f"registration/{row[1]}".encode()).hexdigest()
    said = {
        "registration_number": row[2],
        "state": row[5],
        "until_on": _day(row[13]),
        "version": row[15] - 1,
        "licence_count": row[17],
        "pledge_count": row[18],
    }
    changes = rows(_CHANGES, row[0])[0][0]
    if changes:
        said["pledge_change_count"] = changes
    found = rows("SELECT value FROM evidence_mapentry WHERE key_hash = %s", key)
    if not found or found[0][0] != canonical(said).decode():
        report(f"the map does not say how {row[1]} stands")


def _check_recordal(report: Report, row: tuple[Any, ...]) -> None:
    """Report a licence or a pledge that is not its newest version, or whose versions or end are not as logged."""
    number, rank, counterpart, leaf, acts = row[1], row[4], row[6], row[20], row[21]
    state, ended_on, ended_at, reason = row[14], row[16], row[17], row[18]
    versions = rows(_RECORDAL_VERSIONS, row[0])
    if [one[0] for one in versions] != list(range(row[23])) or not versions:
        report(f"{number} has not the {row[23]} versions that it says")
        return
    for one in versions:
        _check_recordal_version(report, row, one)
    newest = versions[-1]
    copy = (rank, counterpart, row[7], row[9], row[10], row[12], row[13], row[19])
    if copy != (*newest[4:11], newest[12]):
        report(f"{number} is not what its newest version says")
    if state == "ended":
        said = {"act": "ended", "state": "ended", "ended_on": ended_on.isoformat()}
        last = _fixed(row, newest) | said | {"shown": _words(row, newest, reason)}
        check_record(report, f"recordal/{number}/{acts - 1}", last, ended_at)
    elif reason or _act_of(f"recordal/{number}/{acts - 1}") == "ended":
        report(f"{number} was ended, and is active")
    record = rows(RECORD, f"recordal/{number}/0")
    if record and record[0][1] != leaf:
        report(f"the rank of {number} is of another leaf")


def _check_recordal_version(report: Report, row: tuple[Any, ...], version: tuple[Any, ...]) -> None:
    number, place, leaf_place, act, at = row[1], *version[:4]
    said = {"act": act, "state": "active", "ended_on": None, "shown": _words(row, version, "", version[11])}
    check_record(report, f"recordal/{number}/{leaf_place}", _fixed(row, version) | said, at)
    commitment, body, salt = version[12:]
    if body is None:
        return
    if hashlib.sha256(bytes.fromhex(salt) + body.encode()).hexdigest() != commitment:
        report(f"the other party of {number} is not the one that its leaf commits to (version {place})")
    elif json.loads(body)["name"].strip() != version[5]:
        report(f"{number} shows another party than is known of it (version {place})")


def _fixed(row: tuple[Any, ...], version: tuple[Any, ...]) -> dict[str, object]:
    """Return what the record of every act on a recordal says of a version."""
    return {
        "kind": "recordal",
        "number": row[1],
        "registration": row[2],
        "what": row[3],
        "rank": version[4],
        "amount_micro": version[7],
        "currency": version[8],
        "from_on": row[11].isoformat(),
        "until_on": None if version[9] is None else version[9].isoformat(),
        "is_exclusive": bool(row[8]),
        "particulars": version[12],
    }


def _words(row: tuple[Any, ...], version: tuple[Any, ...], reason: str, document: str = "") -> str:
    """Return the digest of what a recordal shows in words."""
    return sha256(canonical([row[5], version[5], version[6], version[10], reason, document]))


def _check_consents(report: Report) -> None:
    """Report a consent without a leaf of its hour, and one that was logged and is gone."""
    logged: dict[tuple[str, str], set[str]] = {}
    for (body,) in rows(
        "SELECT body FROM evidence_record WHERE subject LIKE 'recordal/%%' AND body LIKE '%%consented%%'"
    ):
        said = json.loads(body)
        if said["act"] == "consented":
            logged.setdefault((said["number"], said["application"]), set()).add(said["recorded_at"])
    for recordal, application, document, at in rows(_CONSENTS):
        if not document or instant(at) not in logged.pop((recordal, application), set()):
            report(f"nobody logged that the creditor of {recordal} consents to {application}")
    for recordal, application in logged:
        report(f"the log has the consent of the creditor of {recordal} to {application}, and there is no such consent")


def _check_series(report: Report) -> None:
    """Report series of numbers whose last is not the count of what got one."""
    lasts = Counter[str]()
    for name, last in rows("SELECT name, last FROM registry_numberseries"):
        kind = name.partition("/")[0]
        if kind in ("certificate", "registration", "recordal"):  # applications and objections have series as well
            lasts[kind] += last
    (registrations,), (recordals,) = (rows(f"SELECT COUNT(*) FROM registry_{one}")[0] for one in _COUNTED)  # noqa: S608
    if Counter(certificate=registrations, registration=registrations, recordal=recordals) != lasts:
        report(f"{registrations} registrations and {recordals} recordals have not the numbers that were given: {lasts}")


_COUNTED = ("registration", "recordal")


def _act_of(subject: str) -> str:
    found = rows(RECORD, subject)
    return str(json.loads(found[0][0])["act"]) if found and found[0][0] else ""


def _day(on: date | None) -> str:
    return "" if on is None else on.isoformat()


def _at(at: datetime) -> datetime:
    """Return an instant without its zone: SQLite gives UTC without saying so."""
    return datetime.fromisoformat(instant(at)).replace(tzinfo=None)
