"""A registry for tests: deposits and certificates on a fixed clock, in the log of the tests of evidence."""

from contextlib import nullcontext
from datetime import datetime
from pathlib import Path

from muniment.rights.registry.queries import CertificateRow, DepositRow
from muniment.rights.registry.services.bags import Content, read_content, staged_content
from muniment.rights.registry.services.certificates import Registry, issue_certificate, make_certificate, pdf_path
from muniment.rights.registry.services.deposits import Depositor, deposit
from muniment.trust.access.rules import Actor
from muniment.trust.evidence.rules.certificates import Trust
from muniment.trust.evidence.rules.policies import Policy
from muniment.trust.evidence.rules.signing import Stamp
from muniment.trust.evidence.services.signer import registry_signer
from tests.trust.evidence.logs import AT, OPERATOR, entropy, home, keys, policy, run

NAME = "Invented Registry"
AIGUL = Depositor("Aigul Sarsenova 王小明", "Wind speeds of invented valleys", "aigul@example.org")


def put(
    path: Path, depositor: Depositor = AIGUL, *, kept: bool = True, actor: Actor = OPERATOR, at: datetime = AT
) -> DepositRow:
    """Deposit what lies at a path."""
    way = staged_content(home(), path, entropy) if kept else nullcontext(read_content(path))
    with way as content:
        return put_content(content, depositor, actor=actor, at=at)


def put_content(content: Content, depositor: Depositor, *, actor: Actor = OPERATOR, at: datetime = AT) -> DepositRow:
    """Deposit a content that was read."""
    return deposit(actor=actor, at=at, depositor=depositor, content=content, keys=keys(), entropy=entropy, home=home())


def registry(stamp: Stamp | None = None, at: datetime = AT, trusted: Policy | None = None) -> Registry:
    """Return the registry of the tests."""
    signer = registry_signer(home(), NAME, at)
    return Registry(NAME, home(), signer, trusted or policy(), "https://registry.example/public/certificate/", stamp)


def certify(number: str, language: str = "en", *, stamp: Stamp | None = None, at: datetime = AT) -> CertificateRow:
    """Issue a certificate, run the sequencer, and make its PDF."""
    row = issue_certificate(
        actor=OPERATOR, at=at, deposit=number, language=language, issuer=NAME, keys=keys(), entropy=entropy
    )
    run()
    return make_certificate(actor=OPERATOR, at=at, number=row.number, registry=registry(stamp, at))


def pdf_of(row: CertificateRow) -> bytes:
    """Return the PDF of a certificate."""
    return pdf_path(home(), row.number).read_bytes()


def trust() -> Trust:
    """Return whom a stranger would trust: our log and our root."""
    return Trust(policy(), (registry_signer(home(), NAME, AT).chain[-1],))
