"""Granted registrations for tests: applications as rows, and the estate's own services on a fixed clock."""

from dataclasses import replace
from datetime import date, datetime, timedelta

from muniment.rights.registry.models import Application
from muniment.rights.registry.queries.registrations import RecordalRow, RegistrationRow
from muniment.rights.registry.rules.application import Applicant, Kind, Source, Statement, Subject
from muniment.rights.registry.rules.estate import Counterpart
from muniment.rights.registry.rules.numbers import APPLICATION, make_number
from muniment.rights.registry.rules.profiles import get_profile
from muniment.rights.registry.services.leaves import Leaves
from muniment.rights.registry.services.recordals import Terms, record_licence, record_pledge
from muniment.rights.registry.services.registrations import grant
from muniment.trust.access.rules import Actor
from tests.cast import GULNAR, IRINA
from tests.trust.evidence.logs import entropy, keys

AT = datetime.fromisoformat("2026-10-09T02:00:00Z")
TODAY = AT.date()
WEAVERS = Applicant("西湖织造有限公司", "legal", "91330000INVENTED01", "holder", "CN", "1 Invented Road")
DYERS = Applicant("Dyers of the Invented Canal", "legal", "91330000INVENTED02", "holder", "CN", "2 Invented Road")
CLERK = Applicant("Clerk Chu", "natural", "330000190001010000", "agent", "CN")
BANK = Counterpart("Bank of the Invented Valley", "91330000INVENTED99", "legal", "CN", "3 Invented Road")
SHOP = Counterpart("Märchen Läden GmbH", "DE000000000", "legal", "DE")
SILK = Statement(
    title="丝绸图案热度数据集 2026",
    title_latin="Sichou tu'an redu shujuji 2026",
    industry="I6510",
    scenario="Forecasts of patterns",
    applicants=(WEAVERS, CLERK),
    sources=(Source("self_collected", "looms", "counters"),),
    rights_claimed=("hold", "use"),
)
LENT = Source("licensed", counterpart="Invented Weather", contract_sha256="a" * 64, contract_from_on=date(2026, 1, 1))


def leaves() -> Leaves:
    """Return with what the tests log."""
    return Leaves(keys(), entropy)


def apply(
    statement: Statement = SILK,
    kind: Kind = Kind.FIRST,
    *,
    at: datetime = AT,
    profile: str = "zhejiang",
    registration: str = "",
    state: str = "accepted",
) -> Application:
    """Return an application that was examined, submitted 20 days ago."""
    submitted = at - timedelta(days=20)
    return Application.objects.create(
        number=make_number(APPLICATION, Application.objects.count() + 1),
        profile=profile,
        kind=kind,
        subject=statement.subject,
        state=state,
        version=3,
        registration_number=registration,
        title=statement.title,
        drafted_at=submitted,
        changed_at=at,
        submitted_at=submitted,
    )


def give(
    statement: Statement = SILK,
    kind: Kind = Kind.FIRST,
    *,
    at: datetime = AT,
    profile: str = "zhejiang",
    registration: str = "",
    actor: Actor = IRINA,
    application: Application | None = None,
) -> RegistrationRow:
    """Grant what an application asks for."""
    asked = application or apply(statement, kind, at=at, profile=profile, registration=registration)
    return grant(
        actor=actor, at=at, application=asked, statement=statement, profile=get_profile(profile), leaves=leaves()
    )


def pledge(number: str, creditor: Counterpart = BANK, *, at: datetime = AT, rank: int | None = None) -> RecordalRow:
    """Pledge a registration for at most a million yuan."""
    terms = Terms(at.date(), at.date() + timedelta(days=700), 1_000_000_000_000, "CNY", "loan 2026-7")
    return record_pledge(actor=GULNAR, at=at, number=number, creditor=creditor, terms=terms, leaves=leaves(), rank=rank)


def license_to(number: str, *, at: datetime = AT, consent: str = "", exclusive: bool = False) -> RecordalRow:
    """License a registration for a year and 500 euros."""
    terms = Terms(at.date(), at.date() + timedelta(days=365), 500_000_000, "EUR", "one country", exclusive)
    return record_licence(
        actor=GULNAR, at=at, number=number, licensee=SHOP, terms=terms, leaves=leaves(), consent=consent
    )


def work(title: str) -> Statement:
    """Return what the author of a work states."""
    return replace(SILK, subject=Subject.WORK, title=title, sources=(), work_kind="music", authors=("Aigul",))
