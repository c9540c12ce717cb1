"""A registry for the tests of its public pages: an invented data set on its way into the register, on a fixed clock."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from unittest.mock import patch

from muniment.interfaces import registry_office
from muniment.rights.registry.queries.applications import ApplicationRow
from muniment.rights.registry.queries.registrations import RegistrationRow, get_registration
from muniment.rights.registry.rules.application import Applicant, Kind, Source, Statement
from muniment.rights.registry.services.applications import draft_application, submit_application
from muniment.rights.registry.services.examination import pass_stage, take_application
from muniment.rights.registry.services.publicity import close_publicity, publish_application
from tests.cast import GULNAR, IRINA
from tests.rights.registry.rules.samples import ACT, DATA

SUBMITTED_AT = datetime.fromisoformat("2026-03-02T08:00:00Z")
PUBLISHED_AT = datetime.fromisoformat("2026-03-04T09:00:00Z")
CLOSED_AT = datetime.fromisoformat("2026-03-25T09:00:00Z")
HOLDER = Applicant(
    "谷地数据有限公司 (invented)", "legal", "91330100MA27XWDB0T", country="CN", address="SECRETADDRESS 1"
)
STATEMENT = replace(
    DATA,
    title="九个山谷的风速 (invented)",
    title_latin="Jiu ge shangu de fengsu",
    summary="Wind speeds by the hour.",
    deposit="",
    notarial_act=ACT,
    applicants=(HOLDER, Applicant("SECRETAGENT Chu", "natural", "330106199003070014", "agent", "CN")),
    sources=(Source("self_collected", route="SECRETROUTE of masts", method="SECRETMETHOD by cups"),),
    sample="SECRETSAMPLE,1\n",
)
SECRETS = ("SECRET", "91330100MA27XWDB0T", "330106199003070014", ACT.digest, ACT.number)


@contextmanager
def clock(at: datetime) -> Iterator[None]:
    """Let the public pages and the API act at an instant."""
    names = ("publications", "public.publicity", "public.register_feeds", "api.registry")
    patches = [patch(f"muniment.interfaces.{name}.now", lambda: at) for name in names]
    for one in patches:
        one.start()
    try:
        yield
    finally:
        for one in patches:
            one.stop()


def publish(statement: Statement = STATEMENT, at: datetime = PUBLISHED_AT) -> ApplicationRow:
    """Take an application of Zhejiang's profile through its examination into publicity."""
    leaves = registry_office.leaves()
    row = draft_application(
        actor=GULNAR, at=SUBMITTED_AT, profile="zhejiang", kind=Kind.FIRST, statement=statement, party_id=None
    )
    row = submit_application(actor=GULNAR, at=SUBMITTED_AT, number=row.number, version=row.version, leaves=leaves)
    for number, act in enumerate((take_application, pass_stage, publish_application), start=-2):
        moment = at + timedelta(minutes=number)
        row = act(actor=GULNAR, at=moment, number=row.number, version=row.version, leaves=leaves)
    return row


def register(statement: Statement = STATEMENT, at: datetime = CLOSED_AT) -> RegistrationRow:
    """Publish and register."""
    row = publish(statement)
    leaves = registry_office.leaves()
    row = close_publicity(actor=IRINA, at=at, number=row.number, version=row.version, leaves=leaves)
    found = get_registration(row.registration_number)
    assert found is not None
    return found
