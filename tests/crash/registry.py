"""The commands of registration that are killed: from the submission of an application to a pledge on what came of it.

Two applications for the same reason as two payments: what is done with the one must leave the other alone.
"""

from datetime import timedelta

from muniment.rights.registry.queries.applications import ApplicationRow, get_application, list_applications
from muniment.rights.registry.queries.registrations import recordals_of, search_register
from muniment.rights.registry.rules.estate import Counterpart, RecordalKind
from muniment.rights.registry.rules.examination import Point
from muniment.rights.registry.services import applications, examination, publicity, recordals
from muniment.rights.registry.services.recordals import Terms
from tests.cast import GULNAR, IRINA
from tests.rights.registry.desk import START, VALLEYS, drafted, leaves, public

CLOSED_AT = START + timedelta(days=30)
PLEDGED_AT = CLOSED_AT + timedelta(hours=1)


def prepare_registry() -> None:
    """Put one application before the public, and draft another, which is the one that goes through everything."""
    public()
    drafted()


def _row() -> ApplicationRow:
    """Return the application that was drafted last."""
    row = get_application(max(one.number for one in list_applications(limit=10).rows))
    assert row is not None, "it was drafted"
    return row


def _at(hours: int) -> dict[str, object]:
    row = _row()
    return {"at": START + timedelta(days=2, hours=hours), "number": row.number, "version": row.version}


def submit() -> None:
    """Submit the draft, once."""
    if _row().state == "draft":
        applications.submit_application(actor=GULNAR, leaves=leaves(), **_at(0))  # type: ignore[arg-type]


def take() -> None:
    """Take it; not killed."""
    examination.take_application(actor=GULNAR, leaves=leaves(), **_at(1))  # type: ignore[arg-type]


def ask() -> None:
    """Ask for a correction, once."""
    if _row().state == "examination" and _row().round_count == 1:
        points = [Point("processing", "Say how late parcels are estimated.")]
        examination.ask_correction(actor=GULNAR, leaves=leaves(), points=points, **_at(2))  # type: ignore[arg-type]


def answer() -> None:
    """Answer it, once."""
    if _row().state == "correction":
        applications.answer_correction(actor=GULNAR, leaves=leaves(), statement=VALLEYS, **_at(3))  # type: ignore[arg-type]


def pass_stage() -> None:
    """Pass the only stage, once."""
    if _row().state == "examination":
        examination.pass_stage(actor=GULNAR, leaves=leaves(), **_at(4))  # type: ignore[arg-type]


def publish() -> None:
    """Publish what was accepted, once."""
    if _row().state == "accepted":
        publicity.publish_application(actor=GULNAR, leaves=leaves(), **_at(5))  # type: ignore[arg-type]


def close() -> None:
    """Close the publicity and register, once."""
    row = _row()
    if row.state == "publicity":
        publicity.close_publicity(actor=IRINA, at=CLOSED_AT, number=row.number, version=row.version, leaves=leaves())


def pledge() -> None:
    """Record a pledge on the registration, once."""
    [row] = search_register().rows
    if not recordals_of(row.certificate_number):
        recordals.record_pledge(
            actor=GULNAR,
            at=PLEDGED_AT,
            number=row.certificate_number,
            creditor=Counterpart("Bank of Kharif (invented)", "INVENTED-1"),
            terms=Terms(PLEDGED_AT.date(), None, 5_000_000_000_000, "CNY", "Loan agreement 1"),
            leaves=leaves(),
        )


def discharge() -> None:
    """Discharge the pledge, once."""
    [row] = search_register().rows
    [standing] = recordals_of(row.certificate_number)
    assert standing.kind is RecordalKind.PLEDGE
    if standing.ended_on is None:
        at = PLEDGED_AT + timedelta(days=1)
        recordals.end_recordal(actor=GULNAR, at=at, number=standing.number, reason="Paid back.", leaves=leaves())


def run_clocks() -> None:
    """Let the clocks register the other application."""
    publicity.run_clocks(actor=IRINA, at=PLEDGED_AT + timedelta(days=2), leaves=leaves())
