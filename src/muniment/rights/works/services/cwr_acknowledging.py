"""Answering a CWR file: an ACK for every transaction, by what happened to it here."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from django.db import transaction
from django.db.models import Q, QuerySet

from muniment.kernel.formats.cwr import (
    CwrDecision,
    CwrHeader,
    CwrSender,
    CwrTransaction,
    CwrWork,
    acknowledge,
    fits,
)
from muniment.kernel.formats.cwr.profiles import house_rules
from muniment.kernel.words.problems import UserError
from muniment.rights.works.models import Contribution, CwrFile, CwrItem
from muniment.rights.works.rules.cwr_export import cwr_work_of
from muniment.rights.works.rules.cwr_outcomes import message, messages_of
from muniment.rights.works.services.cwr_sending import works_to_send
from muniment.rights.works.services.reports import CWR
from muniment.trust.access.rules import Action, Actor, require
from muniment.trust.access.services import record_event
from muniment.trust.batches.queries import get_intake, kept_path
from muniment.trust.batches.rules import IntakeState

_LIVING = Q(known_to__isnull=True)
_ANSWERED = frozenset({IntakeState.IMPORTED, IntakeState.REFUSED})


class NotAnswerable(UserError):
    """The intake is no CWR file that was read here, or it was undone."""


@transaction.atomic
def acknowledge_cwr(*, actor: Actor, at: datetime, intake_id: int, sender: CwrSender) -> Iterator[bytes]:
    """Note that a CWR file is answered, and return the lines of the answer: one ACK for each of its transactions.

    The status is what happened to the transaction; with it go our number of the work, its ISWC where the submitter had
    none, every finding, and of a conflict the work as the other side claims it. A file that was refused as a whole is
    answered with rejections. Answering changes nothing, and may be done again.

    Raises:
        NotAllowed: the actor may not write works.
        NotAnswerable: there is no such file, it is no CWR, it was undone, or it holds nothing but answers.
    """
    require(actor, Action.WORK_WRITE)
    intake = get_intake(intake_id)
    if intake is None or intake.kind != CWR or intake.state not in _ANSWERED:
        raise NotAnswerable(f"Intake {intake_id} is no CWR file that stands here.", "Choose one from the list.")
    if intake.state is IntakeState.IMPORTED and not CwrItem.objects.filter(intake_id=intake_id).exists():
        raise NotAnswerable(
            f"The transactions of intake {intake_id} were not kept; it was read by an earlier release.",
            "Undo it, and import the file again.",
        )
    if intake.state is IntakeState.IMPORTED and not _asked(intake_id).exists():
        raise NotAnswerable(f"Intake {intake_id} holds nothing but answers.", "Answers are not answered.")
    record_event(actor=actor, at=at, tag="work.cwr_answered", subject_kind="intake", subject_id=intake_id, after={})
    return _lines(intake_id, kept_path(intake.file_digest), CwrHeader(sender, at))


def _lines(intake_id: int, path: Path, header: CwrHeader) -> Iterator[bytes]:
    decided = _Decided(intake_id)
    with path.open("rb") as stream:
        yield from acknowledge(
            stream, header, processed_on=header.created_at.date(), decide=decided.of, rules=house_rules()
        )


class _Decided:
    """What happened to the transactions of a file, asked in their order."""

    def __init__(self, intake_id: int) -> None:
        self._claim = CwrFile.objects.filter(intake_id=intake_id).values_list("claim", flat=True).first() or ""
        self._items = iter(_asked(intake_id).select_related("work").iterator(1_000))

    def of(self, asked: CwrTransaction) -> CwrDecision:
        """Return what happened to a transaction."""
        item = next((one for one in self._items if one.line == asked.line), None)
        if item is None:  # a fault of a group or of the file refuses all of it here
            return CwrDecision("RJ", messages=(message(asked.kind, "THE FILE WAS REFUSED AS A WHOLE", kind="E"),))
        work = item.work
        conflicts = tuple(self._conflicts(item, asked.version)) if item.status == "CO" and item.other_id else ()
        return CwrDecision(
            status=item.status or "RA",
            recipient_number=work.code[:20] if work else "",
            messages=messages_of(item.messages),
            conflicts=conflicts,
            iswc=(work.iswc or "") if work else "",
        )

    def _conflicts(self, item: CwrItem, version: str) -> Iterator[CwrWork]:
        """Give the work as each other side claims it; nothing where nobody else does or CWR cannot hold it."""
        other_id = item.other_id or 0
        for claim in self._other_claims(other_id, item.other_claim, same=other_id == item.work_id):
            for other in works_to_send([other_id], claim, {}).values():
                work = cwr_work_of(other, "EXC")
                if fits(work, version):
                    yield work

    def _other_claims(self, work_id: int, first: str, *, same: bool) -> list[str]:
        """Return who claims a work: whoever was told as the other side first, then the others by name."""
        claims = Contribution.objects.filter(_LIVING, work_id=work_id).order_by("claim")
        if same:
            claims = claims.exclude(claim=self._claim)
        found = list(claims.values_list("claim", flat=True).distinct())
        return sorted(found, key=lambda claim: claim != first)


def _asked(intake_id: int) -> QuerySet[CwrItem]:
    return CwrItem.objects.filter(intake_id=intake_id).exclude(kind="ACK").order_by("place")
