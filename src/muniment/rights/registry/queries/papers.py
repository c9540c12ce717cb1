"""What the papers of the register say: the values that are attached, and the same as lines and tables of a page."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

from muniment.kernel.formats.certificates.paper_labels import paper_word
from muniment.kernel.formats.certificates.papers import Fact, Section
from muniment.kernel.words.money import format_amount
from muniment.rights.registry.queries.registrations import ExtractRow, RecordalRow, RegistrationRow, VersionRow
from muniment.rights.registry.rules.estate import Holder, RecordalKind
from muniment.rights.registry.rules.profiles import Profile

_LICENCE = ("number", "rank", "party", "description", "term", "state")
_PLEDGE = (*_LICENCE, "amount")


@dataclass(frozen=True, slots=True)
class Said:
    """What a paper says: `values` are attached as `paper.json`, facts and sections are printed."""

    values: dict[str, object]
    facts: tuple[Fact, ...]
    sections: tuple[Section, ...] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """Where a paper was taken from: the log, the place of its leaf, the size of the tree, and the root of the map."""

    origin: str
    index: int
    size: int
    root: str = ""


def registration_said(row: RegistrationRow, version: VersionRow, profile: Profile, language: str, seen: Seen) -> Said:
    """Return what the certificate of a registration says."""
    values = _registered(row, version) | {
        "deposit": row.deposit,
        "content_sha256": row.content_sha256,
        "profile_title": profile.title,
        "effects": list(profile.effects),
    }
    facts = (
        *_named(row, version, language),
        Fact("state", paper_word(language, version.state)),
        *_term(row, version, language),
        Fact("application", row.application, True),
        Fact("deposit", row.deposit, True),
        Fact("content_sha256", row.content_sha256, True),
        Fact("profile", f"{profile.title} ({profile.name} {profile.version})"),
        Fact("effects", " ".join(profile.effects)),
        *_logged(seen),
    )
    return Said(values, facts)


def extract_said(found: ExtractRow, version: VersionRow, language: str, seen: Seen, *, is_newest: bool) -> Said:
    """Return what an extract says: what held on its day, licences, pledges by rank, and the history."""
    values = _registered(found, version) | {
        "on": found.on.isoformat(),
        "known_at": "" if found.known_at is None else instant(found.known_at),
        "stands": str(found.state),
        "is_newest": is_newest,
        "size": seen.size,
        "root": seen.root,
        "licences": [recorded(one) for one in found.licences],
        "pledges": [recorded(one) for one in found.pledges],
        "history": [_written(one) for one in found.history],
    }
    facts = (
        *_named(found, version, language),
        Fact("on", found.on.isoformat(), True),
        Fact("known_at", "" if found.known_at is None else instant(found.known_at), True),
        Fact("state", paper_word(language, found.state)),
        *_term(found, version, language),
        Fact("application", found.application, True),
        Fact("profile", found.profile, True),
        *_logged(seen),
    )
    history = Section(
        "history",
        ("version", "day", "cause", "state", "until_on", "holders"),
        tuple(_history_line(one, language) for one in found.history),
    )
    return Said(values, facts, (*recordal_sections(found.licences, found.pledges, language), history))


def search_said(asked: str, key: str, found: Mapping[str, object] | None, language: str, seen: Seen) -> Said:
    """Return what a search certificate says of a key, without the recordals behind it."""
    values: dict[str, object] = {
        "asked": asked,
        "key": key,
        "found": None if found is None else dict(found),
        "size": seen.size,
        "root": seen.root,
        "licences": [],
        "pledges": [],
    }
    entry = () if found is None else tuple(_entry_line(name, value, language) for name, value in found.items())
    facts = (
        Fact("asked", asked),
        Fact("key", key, True),
        Fact("answer", paper_word(language, "nothing" if found is None else "found")),
        *entry,
        Fact("as_of", str(seen.size), True),
        Fact("map", seen.root, True),
        Fact("log", seen.origin, True),
    )
    return Said(values, facts)


def recorded(row: RecordalRow) -> dict[str, object]:
    """Return a licence or a pledge as it is attached; what a licence costs is between its parties."""
    is_public = row.kind is RecordalKind.PLEDGE
    return {
        "number": row.number,
        "kind": str(row.kind),
        "rank": row.rank,
        "party": row.counterpart,
        "description": row.description,
        "from_on": row.from_on.isoformat(),
        "until_on": "" if row.until_on is None else row.until_on.isoformat(),
        "is_exclusive": row.is_exclusive,
        "amount_micro": row.amount_micro if is_public else None,
        "currency": row.currency if is_public else "",
        "state": str(row.state),
        "version": row.version_count - 1,
    }


def recordal_sections(
    licences: Iterable[RecordalRow], pledges: Iterable[RecordalRow], language: str
) -> tuple[Section, Section]:
    """Return the tables of licences and of pledges."""
    return (
        Section("licences", _LICENCE, tuple(_recordal_line(one, language) for one in licences)),
        Section("pledges", _PLEDGE, tuple((*_recordal_line(one, language), _amount(one)) for one in pledges)),
    )


def instant(at: datetime) -> str:
    """Return an instant as papers print it."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def _registered(row: RegistrationRow | ExtractRow, version: VersionRow) -> dict[str, object]:
    """Return what every paper about a registration says of a version; the leaf of the version says it too."""
    return {
        "certificate_number": row.certificate_number,
        "registration_number": row.registration_number,
        "version": version.place,
        "title": version.title,
        "holders": [one.shown for one in version.holders],
        "application": row.application,
        "profile": row.profile,
        "matter": str(row.subject),
        "state": str(version.state),
        "registered_on": row.registered_on.isoformat(),
        "until_on": _day(version.until_on),
    }


def _named(row: RegistrationRow | ExtractRow, version: VersionRow, language: str) -> tuple[Fact, ...]:
    return (
        Fact("certificate_number", row.certificate_number, True),
        Fact("registration_number", row.registration_number, True),
        Fact("title", version.title),
        Fact("matter", paper_word(language, row.subject)),
        *(Fact("holders", _holder_line(one, language)) for one in version.holders),
    )


def _term(row: RegistrationRow | ExtractRow, version: VersionRow, language: str) -> tuple[Fact, Fact]:
    until = _day(version.until_on)
    return (
        Fact("registered_on", row.registered_on.isoformat(), True),
        Fact("until_on", until or paper_word(language, "no_end"), bool(until)),
    )


def _logged(seen: Seen) -> tuple[Fact, Fact]:
    return Fact("log", seen.origin, True), Fact("leaf", f"{seen.index} / {seen.size}", True)


def _holder_line(one: Holder, language: str) -> str:
    if one.role == "holder":
        return one.name
    return f"{one.name} ({paper_word(language, f'role.{one.role}')})"


def _history_line(one: VersionRow, language: str) -> tuple[str, ...]:
    return (
        str(one.place),
        one.valid_from_on.isoformat(),
        paper_word(language, one.cause),
        paper_word(language, one.state),
        _day(one.until_on) or paper_word(language, "no_end"),
        ", ".join(holder.name for holder in one.holders),
    )


def _written(one: VersionRow) -> dict[str, object]:
    return {
        "version": one.place,
        "cause": str(one.cause),
        "application": one.application,
        "valid_from_on": one.valid_from_on.isoformat(),
        "recorded_at": instant(one.recorded_at),
        "state": str(one.state),
        "until_on": _day(one.until_on),
        "title": one.title,
        "holders": [holder.name for holder in one.holders],
        "commitment": one.commitment,
    }


def _recordal_line(one: RecordalRow, language: str) -> tuple[str, ...]:
    until = _day(one.until_on) or paper_word(language, "no_end")
    term = f"{one.from_on.isoformat()} – {until}"
    what = f"{paper_word(language, 'exclusive')}: {one.description}" if one.is_exclusive else one.description
    return one.number, str(one.rank), one.counterpart, what, term, paper_word(language, one.state)


def _amount(one: RecordalRow) -> str:
    return "" if one.amount_micro is None else f"{one.currency} {format_amount(one.amount_micro, one.currency)}"


def _entry_line(name: str, value: object, language: str) -> Fact:
    if isinstance(value, list):
        return Fact(f"{name}.key", ", ".join(map(str, value)) or paper_word(language, "none"), True)
    if name == "version":
        return Fact("version", str(value), True)
    if name == "state":
        return Fact("state", paper_word(language, str(value)))
    return Fact(name, str(value), True)


def _day(on: date | None) -> str:
    return "" if on is None else on.isoformat()
