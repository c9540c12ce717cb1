"""Every transaction of a CWR file as a row: all of its fields, what became of it, what it is answered."""

import json
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from muniment.kernel.formats.cwr import CwrRecord, CwrTransaction, plain_header, plain_of, sender_of
from muniment.rights.works.models import Conflict, CwrFile, CwrItem
from muniment.rights.works.rules.conflicts import ConflictKind
from muniment.rights.works.rules.cwr_agreements import chain_problems
from muniment.rights.works.rules.cwr_outcomes import Verdict, plain_messages, verdict_of
from muniment.rights.works.rules.drafts import Outcome, WorkDraft
from muniment.rights.works.services.cwr_agreements import known_agreements
from muniment.rights.works.services.reports import LineCount
from muniment.trust.batches.bulk import copy_rows

_COLUMNS = (
    "intake_id", "place", "line", "kind", "number", "title", "work_id", "agreement_id", "other_id", "other_claim",
    "status", "messages", "content",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Item:
    """A transaction and its place among those of the file, from 0."""

    place: int
    transaction: CwrTransaction

    @property
    def kind(self) -> str:
        """Return the kind of the transaction."""
        return self.transaction.kind

    @property
    def number(self) -> str:
        """Return the number that its sender gives to the work or agreement."""
        header = self.transaction.header
        names = {"AGR": "submitter_agreement_number", "ACK": "submitter_creation_number"}
        return header.text(names.get(self.kind, "submitter_work_number"))


@dataclass(frozen=True, slots=True)
class Said:
    """What is said of an item: a verdict, and the work or agreement that it is about."""

    item: Item
    verdict: Verdict
    work_id: int | None = None
    agreement_id: int | None = None


def compact(plain: object) -> str:
    """Return plain data as JSON without blanks."""
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":"))


def write_items(said: Iterable[Said], intake_id: int) -> int:
    """Keep transactions with what is said of them, and return how many."""
    return copy_rows(CwrItem, _COLUMNS, [_row(one, intake_id) for one in said])


def _row(said: Said, intake_id: int) -> tuple[object, ...]:
    item, header, verdict = said.item, said.item.transaction.header, said.verdict
    title = header.text("creation_title" if item.kind == "ACK" else "title")
    return (
        intake_id, item.place, item.transaction.line, item.kind, storable(item.number[:40]), storable(title),
        said.work_id, said.agreement_id, verdict.other_id, verdict.other_claim, verdict.status,
        plain_messages(verdict.messages), compact(plain_of(item.transaction)),
    )  # fmt: skip


def storable(text: str) -> str:
    """Return text without NUL, which PostgreSQL refuses; as plain data it stays, since JSON escapes it."""
    return text.replace("\x00", " ")


def write_file(header: CwrRecord, claim: str, intake_id: int) -> None:
    """Keep the header of a file."""
    sender = sender_of(header)
    CwrFile.objects.create(
        intake_id=intake_id,
        claim=claim,
        sender_kind=sender.kind[:2],
        sender_number=sender.number[:11],
        created_on=header.day("creation_date"),
        created_time=header.text("creation_time")[:6],
        header=compact(plain_header(header)),
    )


class Waiting:
    """Transactions whose works are on their way into the register; each is kept once its work is written."""

    def __init__(self, claim: str, intake_id: int, at: datetime, read: LineCount) -> None:
        self._claim, self._intake_id, self._at, self._read = claim, intake_id, at, read
        self._items: deque[tuple[Item, WorkDraft]] = deque()

    def add(self, item: Item, draft: WorkDraft) -> None:
        """Note a transaction whose draft goes to the register next."""
        self._items.append((item, draft))

    def on_piece(self, outcomes: Sequence[Outcome]) -> None:
        """Keep the transactions of a piece that the register has written, in the order in which they went there."""
        taken = [self._items.popleft() for _ in outcomes]
        disputed = disputed_by([one.work_id for one in outcomes])
        agreements = known_agreements(
            self._claim, {named.number for _item, draft in taken for named in draft.agreements}
        )
        said: list[Said] = []
        for (item, draft), outcome in zip(taken, outcomes, strict=True):
            found = chain_problems(draft, outcome.party_ids, agreements, self._at.date()) if agreements else ()
            self._read.problems.extend(found)
            verdict = verdict_of(item.kind, self._claim, outcome, disputed.get(outcome.work_id, ()))
            said.append(Said(item, verdict.with_problems(found, item.kind), outcome.work_id))
        write_items(said, self._intake_id)


def disputed_by(work_ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """Return the works with money in dispute, each with the submitters who dispute it."""
    found: dict[int, tuple[str, ...]] = {}
    rows = Conflict.objects.filter(work_id__in=set(work_ids), kind=ConflictKind.DISPUTE.value).order_by("pk")
    for work_id, claims in rows.values_list("work_id", "claims"):
        found[work_id] = tuple(dict.fromkeys((*found.get(work_id, ()), *claims.split("\n"))))
    return found
