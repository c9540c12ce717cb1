"""The commands of the log and of deposits that are killed: appending, cosigning, stamping, depositing, certifying.

They come after the registration, whose leaves wait by then. Whatever the network would answer is the same each time.
"""

import hashlib
import os
from datetime import UTC, datetime, timedelta
from functools import partial

from cryptography.hazmat.primitives.serialization import Encoding

from muniment.interfaces.evidence_log import ROOTS_NAME
from muniment.rights.registry.models import Certificate, Deposit
from muniment.rights.registry.queries import CertificateRow, certificates_of, list_deposits
from muniment.rights.registry.queries.registrations import search_register
from muniment.rights.registry.services import bags, certificates, papers
from muniment.rights.registry.services.deposits import Depositor, deposit, erase_deposit
from muniment.trust.access.queries import list_events
from muniment.trust.evidence.queries import cosignatures_of, last_head
from muniment.trust.evidence.rules.cosigning import CosigningKey
from muniment.trust.evidence.rules.notes import COSIGNATURE_ED25519
from muniment.trust.evidence.rules.policies import Known, Policy
from muniment.trust.evidence.services import publish
from muniment.trust.evidence.services.files import CHECKPOINT, log_folder
from muniment.trust.evidence.services.stamping import Authorities, stamp_head
from muniment.trust.evidence.services.witness import add_checkpoint, know_log
from muniment.trust.evidence.services.witnessing import ask_witnesses
from tests.cast import GULNAR
from tests.crash.registry import PLEDGED_AT
from tests.rights.registry.office import NAME, registry
from tests.trust.evidence.authority import Authority
from tests.trust.evidence.logs import OPERATOR, entropy, home, keys, policy, run, secret

AT = PLEDGED_AT + timedelta(days=3)
_WITNESS = CosigningKey("witness.example/w", COSIGNATURE_ED25519, secret("witness"))
_CONTENTS = {"file": "winds.csv", "folder": "winds", "hashes": "secret.csv"}
_AUTHORITY: list[Authority] = []


def prepare_evidence() -> None:
    """Lay out what is deposited, make the keys of log and registry, and open a time-stamping authority."""
    given = home() / "given"
    (given / "winds" / "north").mkdir(parents=True)
    for name in ("winds.csv", "secret.csv", "winds/a.csv", "winds/north/ہوا.csv"):
        (given / name).write_text(f"invented {name}\n")
    registry(at=PLEDGED_AT)
    know_log(actor=OPERATOR, at=AT, key=keys().verifiers[0].text)
    _AUTHORITY.append(Authority(home().parent / "authority", datetime.now(UTC)))
    (home() / ROOTS_NAME).write_bytes(_AUTHORITY[0].root.public_bytes(Encoding.PEM))


def append() -> None:
    """Give leaves to everything that waits."""
    run()


def cosign() -> None:
    """Have our own witness cosign the tree, once; what it signed is published by the next call, as `sequence` does."""

    def send(_url: str, body: bytes) -> tuple[int, bytes]:
        reply = add_checkpoint(at=AT, text=body.decode(), keys=(_WITNESS,))
        return reply.status, reply.body.encode()

    head = last_head()
    assert head is not None, "the log was appended to"
    if not cosignatures_of(head.size):
        trusted = Policy(policy().logs, {"w": Known(_WITNESS.verifier, "https://witness.example")}, {}, "w")
        [answer] = ask_witnesses(actor=OPERATOR, at=AT, home=home(), policy=trusted, send=send)
        assert answer.problem == ""
    publish(home=home())


def stamp() -> None:
    """Have the authority stamp the tree, once; to the same question it gives the same answer."""
    [authority] = _AUTHORITY

    def send(_url: str, query: bytes) -> tuple[int, bytes]:
        kept = authority.folder / hashlib.sha256(query).hexdigest()
        if not kept.exists():
            status, reply = authority.send("", query)
            assert status == 200, reply
            kept.with_suffix(".new").write_bytes(reply)
            kept.with_suffix(".new").replace(kept)
        return 200, kept.read_bytes()

    at = datetime.fromtimestamp((authority.folder / "tsa.pem").stat().st_mtime, UTC)
    asked = Authorities(("north",), (authority.root,), entropy, send)
    answers = stamp_head(actor=OPERATOR, at=at, authorities=asked, lifetimes={})
    assert [one.problem for one in answers] in ([""], [])


def deposit_content(kind: str) -> None:
    """Deposit a file, a folder or hashes; the same request again is the same deposit."""
    path, depositor = home() / "given" / _CONTENTS[kind], Depositor("Aigul Sarsenova", f"Winds as {kind}")
    put = partial(deposit, actor=OPERATOR, at=AT, depositor=depositor, keys=keys(), entropy=entropy, home=home())
    if kind == "hashes":
        put(content=bags.read_content(path))
        return
    with bags.staged_content(home(), path, os.urandom) as content:
        put(content=content)


def _deposit(place: int) -> str:
    """Return the number of the deposit that was made as the place-th."""
    return list_deposits(limit=10).rows[-1 - place].number


def _certificate() -> CertificateRow:
    [found] = certificates_of(_deposit(1))
    return found


def issue() -> None:
    """Issue the certificate of the deposited folder; asked again, it is the same one."""
    number = _deposit(1)
    certificates.issue_certificate(
        actor=OPERATOR, at=AT, deposit=number, language="ur", issuer=NAME, keys=keys(), entropy=entropy
    )


def make() -> None:
    """Make the PDF of that certificate, once."""
    certificates.make_certificate(actor=OPERATOR, at=AT, number=_certificate().number, registry=registry(at=AT))


def withdraw() -> None:
    """Withdraw that certificate, once."""
    if _certificate().withdrawn_at is None:
        number = _certificate().number
        certificates.withdraw_certificate(
            actor=OPERATOR, at=AT, number=number, reason="Issued twice.", keys=keys(), entropy=entropy
        )


def erase() -> None:
    """Erase the deposited folder, whose PDF and bag are kept, once."""
    row = list_deposits(limit=10).rows[-2]
    if row.erased_at is None:
        erase_deposit(actor=OPERATOR, at=AT, number=row.number, home=home())


def certify_registration() -> None:
    """Make the certificate of a registration, which leaves a line in the audit trail each time: here once."""
    number = search_register().rows[-1].certificate_number
    if not list_events(tag="registration.certified").total:
        made_by = registry(at=AT)
        papers.registration_certificate(actor=GULNAR, at=AT, number=number, language="en", registry=made_by)


def extract() -> None:
    """Make an extract of the register, which leaves nothing."""
    number = search_register().rows[-1].certificate_number
    papers.extract(at=AT, number=number, on=AT.date(), known_at=None, language="en", registry=registry(at=AT))


def search() -> None:
    """Make a search certificate that finds nothing, which leaves nothing."""
    for_holder = papers.SearchFor.HOLDER
    papers.search_certificate(at=AT, asked="Nobody", what=for_holder, language="zh", registry=registry(at=AT))


def strays() -> list[str]:
    """Return where rows and the disk differ once a command is through: bags, PDFs, and what the log publishes."""
    bags.tidy(home(), datetime.now(UTC) + timedelta(days=2))
    kept = set(Deposit.objects.filter(is_kept=True).values_list("request_key", flat=True))
    lying = {place.name for place in bags.deposits_folder(home()).glob("[0-9a-f][0-9a-f]/*")}
    made = set(
        Certificate.objects.exclude(pdf_sha256="").exclude(deposit__is_kept=False).values_list("number", flat=True)
    )
    written = {path.stem for path in (home() / "certificates").glob("*.pdf")}
    found = {f"bags and deposits: {kept ^ lying}": kept == lying, f"PDFs and rows: {made ^ written}": made == written}
    head = last_head()
    if head is not None:
        whole = head.note + "".join(one.line for one in cosignatures_of(head.size))
        text = (log_folder(home()) / CHECKPOINT).read_text(encoding="utf-8")
        found[f"the tree of {head.size} leaves is not published"] = text == whole
    return [wrong for wrong, holds in found.items() if not holds]
