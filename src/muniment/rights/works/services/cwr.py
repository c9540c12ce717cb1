"""CWR files: agreements, works, notices of ISWCs, conflicts and answers, in this order, transaction by transaction.

A file is read once to see what refuses the whole of it and which kinds of transactions it has, and once for each group
of kinds. Every transaction is kept with all of its fields and with what became of it.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import islice
from pathlib import Path

from django.db import transaction

from muniment.kernel.formats.cwr import (
    CwrTransaction,
    CwrWork,
    Refusals,
    Severity,
    iter_transactions,
    read_header,
    sender_of,
    severity_of,
    work_of,
    works_of,
)
from muniment.kernel.formats.cwr.profiles import house_rules
from muniment.kernel.words.problems import BadFile, Problem, Progress, silent
from muniment.rights.works.rules.cwr_agreements import agreement_of
from muniment.rights.works.rules.cwr_outcomes import Verdict
from muniment.rights.works.rules.cwr_works import draft_of, plain_text
from muniment.rights.works.rules.drafts import ImportCounts, WorkDraft
from muniment.rights.works.services.cwr3 import is_cwr3, preview_cwr3, take_cwr3
from muniment.rights.works.services.cwr_agreements import register_agreement
from muniment.rights.works.services.cwr_answers import answers_to_nothing, take_answers
from muniment.rights.works.services.cwr_items import Item, Said, Waiting, write_file, write_items
from muniment.rights.works.services.cwr_notices import Further, exception_drafts, take_notices
from muniment.rights.works.services.people import PartyBook
from muniment.rights.works.services.register import register_works
from muniment.rights.works.services.reports import CWR, LineCount, WorksReport, finish
from muniment.rights.works.services.rows import Source
from muniment.trust.access.rules import Action, Actor, require
from muniment.trust.batches.services import receive_file

_PIECE = 1_000
"""Transactions other than registrations are taken so many at a time."""


def preview_cwr(path: Path, limit: int = 20) -> tuple[str, tuple[CwrWork, ...], tuple[Problem, ...]]:
    """Return the sender, the first works of a CWR file, and the problems met on the way, without writing anything.

    Raises:
        BadFile: the file is no CWR.
    """
    if is_cwr3(path):
        return preview_cwr3(path, limit)
    claim = sender_name(path)
    works: list[CwrWork] = []
    problems: list[Problem] = []
    with path.open("rb") as stream:
        for item in islice(iter_transactions(stream, keep_refused=True, rules=house_rules()), limit * 5):
            if isinstance(item, Problem):
                problems.append(item)
                continue
            problems += item.problems
            if not item.refused and len(works) < limit:
                works += works_of(item)
    return claim, tuple(works), tuple(problems)


def check_cwr_answers(path: Path) -> Iterator[Problem]:
    """Warn of each answer in a CWR file that is to nothing that we submitted; of our submissions we know all.

    Raises:
        BadFile: the file is no CWR.
    """
    with path.open("rb") as stream:
        items = iter_transactions(stream, keep_refused=True, rules=house_rules())
        yield from answers_to_nothing(_transactions(items))


def sender_name(path: Path) -> str:
    """Return who sent a CWR file: the name under which its claims will stand.

    Raises:
        BadFile: the file is no CWR, or names no sender.
    """
    with path.open("rb") as stream:
        sender = sender_of(read_header(stream))
    name = plain_text(sender.name or sender.number)[:80].strip()
    if not name:
        raise BadFile("The file does not say who sent it.", "Ask the sender to fill the header record.")
    return name


@dataclass(slots=True)
class _Look:
    """What one reading of a file tells: how many transactions of each kind, what is wrong with the file and its groups.

    `groups` are the lines of the groups that have transactions, `refused_groups` of those that break a rule.
    """

    kinds: Counter[str] = field(default_factory=Counter)
    problems: list[Problem] = field(default_factory=list)
    refusals: Refusals = field(default_factory=Refusals)
    groups: set[int] = field(default_factory=set)
    refused_groups: set[int] = field(default_factory=set)

    @property
    def nothing_stands(self) -> bool:
        """Say whether the file is refused as a whole, or each of its groups is."""
        refused = self.refused_groups | self.refusals.of_groups.keys()
        return bool(self.refusals.of_file) or (bool(refused) and self.groups <= refused)


@dataclass(slots=True)
class _Reading:
    """One file on its way in."""

    actor: Actor
    at: datetime
    path: Path
    claim: str
    intake_id: int
    read: LineCount
    counts: ImportCounts
    progress: Progress
    look: _Look

    @property
    def source(self) -> Source:
        """Return who says so, in which intake, since when."""
        return Source(self.claim, self.intake_id, self.at)

    def items(self, *kinds: str) -> Iterator[Item]:
        """Yield the transactions of these kinds that keep the standard; the others are kept as rejected.

        A transaction breaks it by itself, or stands in a group that does.
        """
        if not any(self.look.kinds[kind] for kind in kinds):
            return
        rejected: list[Said] = []
        with self.path.open("rb") as stream:
            for place, one in enumerate(
                _transactions(iter_transactions(stream, keep_refused=True, rules=house_rules()))
            ):
                if one.kind not in kinds:
                    continue
                self.read.problems.extend(one.problems)
                if not one.refused and not self.look.refusals.of(one):
                    yield Item(place, one)
                    continue
                self.read.bad_lines.add(one.line)
                rejected.append(Said(Item(place, one), Verdict("RJ")))
                if len(rejected) == _PIECE:
                    write_items(rejected, self.intake_id)
                    rejected.clear()
        write_items(rejected, self.intake_id)

    def register(
        self, drafts: Callable[[Waiting], Iterator[WorkDraft]], total: int, *, kept: bool = True, claim: str = ""
    ) -> None:
        """Register drafts, and keep their transactions with what became of them, where they have any.

        `claim` is under whose name they stand, the sender's if left out.
        """
        claim = claim or self.claim
        waiting = Waiting(claim, self.intake_id, self.at, self.read)
        done = register_works(
            actor=self.actor,
            at=self.at,
            drafts=drafts(waiting),
            claim=claim,
            intake_id=self.intake_id,
            progress=self.progress,
            total=total,
            on_piece=waiting.on_piece if kept else None,
        )
        for name in _COUNTED:
            setattr(self.counts, name, getattr(self.counts, name) + getattr(done, name))
        self.counts.work_ids += done.work_ids
        self.counts.problems += done.problems


_COUNTED = (
    "work_count", "known_work_count", "superseded_count", "party_count", "share_line_count", "recording_count",
    "conflict_count",
)  # fmt: skip


def _transactions(items: Iterator[CwrTransaction | Problem]) -> Iterator[CwrTransaction]:
    return (item for item in items if isinstance(item, CwrTransaction))


@transaction.atomic
def import_cwr(
    *, actor: Actor, at: datetime, path: Path, progress: Progress = silent, file_name: str | None = None
) -> WorksReport:
    """Take a CWR file under the name of its sender; a line of the report is a transaction.

    NWR and REV both state what the sender claims now: on a known work, the sender's earlier claims are closed where
    they differ. AGR keeps an agreement, against which the chains that name it are held. ISW brings the ISWC of a work
    that we know, EXC what another claims on one. ACK says what became of works that we submitted. A transaction that
    breaks a rule of the standard is rejected, and so are all of a group that does; the others are taken. Where the file
    itself breaks one, or each of its groups, nothing is written but the intake with its problems. A file of CWR 3 is
    read by its unofficial layout.

    Raises:
        NotAllowed: the actor may not write works.
        BadFile: the file is no CWR.
        DuplicateFile: the very same file was imported before.
    """
    require(actor, Action.WORK_WRITE)
    if is_cwr3(path):
        return take_cwr3(actor=actor, at=at, path=path, progress=progress, file_name=file_name)
    claim = sender_name(path)
    look = _look_through(path)
    intake = receive_file(actor=actor, at=at, kind=CWR, path=path, file_name=file_name)
    total = sum(look.kinds.values())
    read = LineCount(line_count=total)
    counts = ImportCounts()
    if look.nothing_stands:
        read.refuse(range(total), look.problems)
        return finish(actor=actor, at=at, intake_id=intake.id, path=path, read=read, counts=counts, state="refused")
    read.problems.extend(look.problems)
    with path.open("rb") as stream:
        write_file(read_header(stream), claim, intake.id)
    reading = _Reading(actor, at, path, claim, intake.id, read, counts, progress, look)
    _take_agreements(reading)
    _take_works(reading)
    _take_exceptions(reading)
    take_notices(reading.items("ISW"), reading.source)
    for by, drafts in take_answers(reading.items("ACK"), reading.source, read).items():
        reading.register(partial(_drafts, drafts), len(drafts), kept=False, claim=by)
    return finish(actor=actor, at=at, intake_id=intake.id, path=path, read=read, counts=counts)


def _look_through(path: Path) -> _Look:
    """Read a file to its end: the counts, which may refuse it, come only there."""
    look = _Look()
    with path.open("rb") as stream:
        for item in iter_transactions(stream, keep_refused=True, rules=house_rules()):
            look.refusals.take(item)
            if isinstance(item, CwrTransaction):
                look.kinds[item.kind] += 1
                look.groups.add(item.group_line)
                continue
            look.problems.append(item)
            if severity_of(item) is Severity.GROUP and item.line is not None:
                look.refused_groups.add(item.line)
    return look


def _take_agreements(reading: _Reading) -> None:
    book = PartyBook(actor=reading.actor, at=reading.at, intake_id=reading.intake_id)
    said: list[Said] = []
    for item in reading.items("AGR"):
        told, problems = agreement_of(item.transaction)
        reading.read.problems.extend(problems)
        agreement_id, is_new = register_agreement(told, reading.source, book)
        verdict = Verdict("AS" if is_new else "DU").with_problems(problems, "AGR")
        said.append(Said(item, verdict, agreement_id=agreement_id))
        if len(said) == _PIECE:
            write_items(said, reading.intake_id)
            said.clear()
    write_items(said, reading.intake_id)
    reading.counts.party_count += book.registered_count


def _take_works(reading: _Reading) -> None:
    total = reading.look.kinds["NWR"] + reading.look.kinds["REV"]
    if not total:
        return

    def drafts(waiting: Waiting) -> Iterator[WorkDraft]:
        for item in reading.items("NWR", "REV"):
            draft, problems = draft_of(work_of(item.transaction), item.transaction.line)
            reading.read.problems.extend(problems)
            waiting.add(item, draft)
            yield draft

    reading.register(drafts, total)


def _take_exceptions(reading: _Reading) -> None:
    if not reading.look.kinds["EXC"]:
        return
    further: Further = {}
    reading.register(
        lambda waiting: exception_drafts(reading.items("EXC"), reading.source, reading.read, waiting, further),
        reading.look.kinds["EXC"],
    )
    for claim, told in further.items():
        reading.register(partial(_waiting_drafts, told), len(told), claim=claim)


def _waiting_drafts(told: Sequence[tuple[Item, WorkDraft]], waiting: Waiting) -> Iterator[WorkDraft]:
    for item, draft in told:
        waiting.add(item, draft)
        yield draft


def _drafts(told: Sequence[WorkDraft], _waiting: Waiting) -> Iterator[WorkDraft]:
    """Give drafts whose transactions are kept already."""
    return iter(told)
