"""Papers of the register: certificate of registration, extract, search certificate; each a signed PDF with evidence.

They are made when they are asked for and not kept: what they rest on is in the log, and the signature carries the rest.
Extract and search certificate show what is public, and anybody may have them; the certificate of registration brings
what the holders stated of themselves, and is for them.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from django.db import transaction

from muniment.kernel.formats.certificates.document import Attachment
from muniment.kernel.formats.certificates.paper_labels import PAPER_LABELS
from muniment.kernel.formats.certificates.papers import Fact, PaperDocument, render_paper
from muniment.kernel.words.digests import canonical_json, digest_bytes
from muniment.rights.registry.queries import files_of, get_deposit
from muniment.rights.registry.queries.papers import (
    Said,
    Seen,
    extract_said,
    instant,
    recordal_sections,
    recorded,
    registration_said,
    search_said,
)
from muniment.rights.registry.queries.registrations import (
    ExtractRow,
    RecordalRow,
    RegistrationRow,
    VersionRow,
    get_registration,
    recordals_of,
    registration_as_of,
    rules_of_registration,
    versions_of,
)
from muniment.rights.registry.rules.contents import contents_text
from muniment.rights.registry.rules.estate import RecordalKind, RecordalState, grantor_key, registration_key
from muniment.rights.registry.rules.standing import RegistrationState
from muniment.rights.registry.services.enclosures import (
    NoCertificate,
    Registry,
    policy_file,
    proved_record,
    record_files,
    stamped_files,
    text_file,
)
from muniment.trust.access.rules import Action, Actor, NotAllowed, allows, plain, require_any
from muniment.trust.access.services import record_event
from muniment.trust.evidence.queries.mapped import entry_of, prove_key
from muniment.trust.evidence.queries.proving import NotLogged
from muniment.trust.evidence.rules import certificates as parts
from muniment.trust.evidence.rules import papers as kinds
from muniment.trust.evidence.rules.map_proofs import Shown, verify_map_proof
from muniment.trust.evidence.rules.notes import read_checkpoint
from muniment.trust.evidence.rules.signing import sign_pdf

_MOST_LETTERS = 300
_DIGITS = 16


class SearchFor(StrEnum):
    """What a search certificate is asked for: a registration by its number, or a holder by name or identifier."""

    REGISTRATION = "registration"
    HOLDER = "holder"


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper as it was made: its number, a name for its file, and the signed PDF."""

    number: str
    file_name: str
    content: bytes


def may_have_certificate(actor: Actor, row: RegistrationRow) -> bool:
    """Say whether somebody may have the certificate of a registration: the desk, and the member who holds it."""
    is_own = row.party_id is not None and row.party_id == actor.party_id
    return allows(actor, Action.REGISTRY_EXAMINE) or (is_own and allows(actor, Action.OWN_APPLY))


@transaction.atomic
def registration_certificate(*, actor: Actor, at: datetime, number: str, language: str, registry: Registry) -> Paper:
    """Make the certificate of a registration in force, for its holder or the desk; the audit trail has its digest.

    Raises:
        NotAllowed: the actor is neither.
        NoCertificate: there is no registration of the number in force, or the language is not one of ours.
        NotLogged: its leaf waits, or its tree lacks cosignatures.
        NotSigned: the signer's certificate is not valid, or no timestamp is given.
    """
    require_any(actor, {Action.REGISTRY_EXAMINE, Action.OWN_APPLY})
    row = _registration(number, language)
    if not may_have_certificate(actor, row):
        raise NotAllowed(
            "{name} is not the holder of {number}.",
            "Ask for an extract instead.",
            name=actor.name,
            number=row.certificate_number,
        )
    if row.state is not RegistrationState.IN_FORCE or (row.until_on is not None and row.until_on < at.date()):
        raise NoCertificate(
            "Registration {number} is not in force.", "Ask for an extract instead.", number=row.certificate_number
        )
    version = versions_of(row.certificate_number)[-1]
    files, seen = _leaf(row.certificate_number, version, registry)
    if version.body:
        content = parts.particulars_file(version.body, version.salt)
        files.append(text_file(parts.PARTICULARS, content, "title and holders, with what they stated, and the salt"))
    files += _deposit_files(row, registry)
    said = registration_said(row, version, rules_of_registration(row), language, seen)
    code = f"{row.certificate_number} / {row.registration_number}"
    document = _Draft(
        kinds.CERTIFICATE_OF_REGISTRATION, language, at, row.certificate_number, _record_url(registry, row)
    )
    content = document.sealed(said, [*files, *_shared(registry, seen.size)], registry, code)
    record_event(
        actor=actor,
        at=at,
        tag="registration.certified",
        subject_kind="registration",
        subject_id=row.certificate_number,
        after={"version": version.place, "language": language, "pdf_sha256": digest_bytes(content)},
    )
    return Paper(document.number, f"{row.certificate_number}.pdf", content)


def extract(
    *, at: datetime, number: str, on: date, known_at: datetime | None, language: str, registry: Registry
) -> Paper:
    """Make the extract of the register about a registration as of a day, and as known at an instant (None: now).

    Raises:
        NoCertificate: the register says nothing of it on that day, or the language is not one of ours.
        NotLogged: its leaf or its entry of the map waits, or the tree lacks cosignatures.
        NotSigned: the signer's certificate is not valid, or no timestamp is given.
    """
    row = _registration(number, language)
    found = registration_as_of(row.certificate_number, on, known_at)
    if found is None:
        raise NoCertificate(
            "The register says nothing of {number} on {day}.",
            "Ask for a later day.",
            number=row.certificate_number,
            day=on,
        )
    version = [one for one in found.history if one.valid_from_on <= on][-1]
    files, leaf = _leaf(row.certificate_number, version, registry)
    entry, shown = _entry(registration_key(row.certificate_number), registry)
    seen = Seen(leaf.origin, leaf.index, shown.size, shown.root)
    is_now = on >= at.date() and (known_at is None or known_at >= at)
    is_newest = is_now and _is_entry(found, version, shown)
    said = extract_said(found, version, language, seen, is_newest=is_newest)
    document = _Draft(kinds.EXTRACT, language, at, _reference("E", said), _record_url(registry, row))
    content = document.sealed(said, [*files, entry, *_shared(registry, shown.size)], registry)
    return Paper(document.number, f"extract-{row.certificate_number}-{on}.pdf", content)


def search_certificate(*, at: datetime, asked: str, what: SearchFor, language: str, registry: Registry) -> Paper:
    """Make the certificate of what the register has under a number, a name or an identifier, or that it has nothing.

    Raises:
        NoCertificate: nothing is asked for, or the language is not one of ours.
        NotLogged: the entry waits, or no tree with a root of the map is cosigned enough.
        NotSigned: the signer's certificate is not valid, or no timestamp is given.
    """
    wanted = asked.strip()
    if not 0 < len(wanted) <= _MOST_LETTERS or not wanted.isprintable() or language not in PAPER_LABELS:
        raise NoCertificate("Nothing to search for, or no such language.", "Give a number, a name or an identifier.")
    row = get_registration(wanted) if what is SearchFor.REGISTRATION else None
    if what is SearchFor.HOLDER:
        key = grantor_key(wanted)
    else:
        key = registration_key("".join(wanted.upper().split()) if row is None else row.certificate_number)
    if key.endswith("/"):
        raise NoCertificate(
            "Nothing is left of {wanted!r} to search for.", "Give a number or a name.", wanted=wanted[:40]
        )
    entry, shown = _entry(key, registry)
    origin = shown.log.checkpoint.origin
    found = None if shown.value is None else json.loads(shown.value)
    said = search_said(wanted, key, found, language, Seen(origin, shown.size - 1, shown.size, shown.root))
    if row is not None:
        said = _with_recordals(said, _active(row.certificate_number), language)
    url = f"{registry.site}papers/search/" if row is None else _record_url(registry, row)
    document = _Draft(kinds.SEARCH, language, at, _reference("S", said), url)
    content = document.sealed(said, [entry, *_shared(registry, shown.size)], registry)
    return Paper(document.number, f"search-{document.number}.pdf", content)


@dataclass(frozen=True, slots=True)
class _Draft:
    """A paper before it is signed: its kind, number and address."""

    kind: str
    language: str
    at: datetime
    number: str
    url: str

    def sealed(self, said: Said, files: list[Attachment], registry: Registry, code: str = "") -> bytes:
        """Return the PDF with everything attached, signed by the registry."""
        own = {"kind": self.kind, "number": self.number, "language": self.language, "issuer": registry.name}
        values = said.values | own | {"issued_at": instant(self.at)}
        paper = text_file(kinds.PAPER, canonical_json(plain(values)), "what this paper says, as values")
        heading = "registration" if self.kind == kinds.CERTIFICATE_OF_REGISTRATION else self.kind
        own_number = () if code else (Fact("reference", self.number, True),)
        document = PaperDocument(
            kind=heading,
            language=self.language,
            society=registry.name,
            number=self.number,
            issued_at=self.at,
            url=self.url,
            facts=(*said.facts, *own_number, Fact("issued_at", instant(self.at), True)),
            sections=said.sections,
            code=code,
            is_sealed=bool(code),
            attachments=(paper, *files),
        )
        return sign_pdf(render_paper(document), registry.signer, self.at, reason=self.number, stamp=registry.stamp)


def _registration(number: str, language: str) -> RegistrationRow:
    row = get_registration(number)
    if row is None or language not in PAPER_LABELS:
        raise NoCertificate(
            "There is no registration {number!r}, or no paper in {language!r}.",
            "Look at its number; languages are {languages}.",
            number=number[:40],
            language=language[:10],
            languages=tuple(PAPER_LABELS),
        )
    return row


def _leaf(certificate_number: str, version: VersionRow, registry: Registry) -> tuple[list[Attachment], Seen]:
    """Return the leaf of a version as it is attached, and where it stands."""
    subject = f"{kinds.REGISTRATION}/{certificate_number}/{version.place}"
    record, proof = proved_record(registry, subject)
    checkpoint = read_checkpoint(proof.note.text)
    files = list(record_files(kinds.REGISTRATION, record, proof))
    return files, Seen(checkpoint.origin, proof.index, checkpoint.size)


def _deposit_files(row: RegistrationRow, registry: Registry) -> list[Attachment]:
    """Return the record of the deposit and the list of its content, without names; nothing once it is erased there."""
    if not row.deposit or get_deposit(row.deposit) is None:
        return []
    try:
        record, proof = proved_record(registry, f"{parts.DEPOSIT}/{row.deposit}")
    except NoCertificate:
        return []
    listed = contents_text(files_of(row.deposit)).encode()
    return [
        *record_files(parts.DEPOSIT, record, proof),
        text_file(parts.CONTENTS, listed, "SHA-256 and size of each file of the deposit"),
    ]


def _entry(key: str, registry: Registry) -> tuple[Attachment, Shown]:
    """Return the proof of what stands under a key now, as it is attached.

    Raises:
        NotLogged: what stands there is not in a signed tree yet.
    """
    text = prove_key(registry.home, key, registry.policy)
    shown = verify_map_proof(text, registry.policy, key=key)
    if (shown.value or "") != entry_of(key):
        raise NotLogged("The newest entry of the map waits for the log.", "Run: muniment log sequence; or ask again.")
    return text_file(
        kinds.ENTRY, text.encode(), "what the map has under the key, with the proof (docs/verify.md)"
    ), shown


def _is_entry(found: ExtractRow, version: VersionRow, shown: Shown) -> bool:
    """Say whether an extract is of what the map has: version, state, as many licences, pledges and changes of these."""
    entry = {} if shown.value is None else json.loads(shown.value)
    changes = sum(one.version_count - 1 for one in found.pledges)
    counts = (len(found.licences), len(found.pledges), changes)
    return (version.place, found.state, *counts) == (
        entry.get("version"),
        entry.get("state"),
        entry.get("licence_count"),
        entry.get("pledge_count"),
        entry.get("pledge_change_count", 0),
    )


def _active(certificate_number: str) -> list[RecordalRow]:
    """Return the licences and pledges that stand, by rank."""
    standing = [one for one in recordals_of(certificate_number) if one.state is RecordalState.ACTIVE]
    return sorted(standing, key=lambda one: (one.kind, one.rank))


def _with_recordals(said: Said, standing: list[RecordalRow], language: str) -> Said:
    licences = [one for one in standing if one.kind is RecordalKind.LICENCE]
    pledges = [one for one in standing if one.kind is RecordalKind.PLEDGE]
    values = said.values | {
        "licences": [recorded(one) for one in licences],
        "pledges": [recorded(one) for one in pledges],
    }
    return Said(values, said.facts, recordal_sections(licences, pledges, language))


def _shared(registry: Registry, size: int) -> list[Attachment]:
    return [policy_file(registry), *stamped_files(size)]


def _record_url(registry: Registry, row: RegistrationRow) -> str:
    return f"{registry.site}register/{row.certificate_number}/"


def _reference(letter: str, said: Said) -> str:
    """Return the number of a paper that no row counts: a letter and the first digits of the digest of what it says."""
    digest = hashlib.sha256(canonical_json(plain(said.values))).hexdigest().upper()[:_DIGITS]
    return f"{letter}-" + "-".join(digest[place : place + 4] for place in range(0, _DIGITS, 4))
