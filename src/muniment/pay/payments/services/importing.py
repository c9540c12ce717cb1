"""A table of facts about payees: each good line is recorded or proposed, the others are told with what to do."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db import transaction

from muniment.kernel.formats.tables import FieldKind, MappedRow, TargetField, guess_mapping, map_rows, read_rows
from muniment.kernel.words.problems import Level, Problem, UserError
from muniment.pay.payments.rules.drafts import (
    AdvanceDraft,
    DocumentDraft,
    FactDraft,
    InvalidFact,
    RedirectionDraft,
    read_fact,
)
from muniment.pay.payments.services.papers import record_document, set_terms
from muniment.pay.payments.services.proposals import propose_advance, propose_redirection
from muniment.rights.parties.queries import party_meant
from muniment.trust.access.rules import Action, Actor, require
from muniment.trust.batches.services import finish_intake, receive_file

INTAKE_KIND = "payment.facts"
FIELDS = (
    TargetField("kind", (), required=True),
    TargetField("payee", ("party",), required=True),
    TargetField("to", ("beneficiary",)),
    TargetField("share", ()),
    TargetField("amount", ("ceiling",)),
    TargetField("instalment", ()),
    TargetField("protected", ()),
    TargetField("currency", ("ccy",)),
    TargetField("priority", ()),
    TargetField("sources", ("source",)),
    TargetField("crossed", ()),
    TargetField("document", ("document number",)),
    TargetField("country", ()),
    TargetField("rate", ()),
    TargetField("method", ()),
    TargetField("valid_from", ("from",), kind=FieldKind.DATE),
    TargetField("valid_to", ("until",), kind=FieldKind.DATE),
)


@dataclass(frozen=True, slots=True)
class FactsReport:
    """What a table of facts came to: lines recorded, lines that wait for a second person, and what is wrong."""

    intake_id: int
    line_count: int
    recorded_count: int
    proposed_count: int
    problems: tuple[Problem, ...]

    @property
    def error_count(self) -> int:
        """How many problems are errors."""
        return sum(problem.level is Level.ERROR for problem in self.problems)


@transaction.atomic
def import_facts(*, actor: Actor, at: datetime, path: Path, file_name: str | None = None) -> FactsReport:
    """Read a table (CSV or XLSX) of facts; documents and terms are recorded, what sends money elsewhere is proposed.

    Raises:
        NotAllowed: the actor may not write payments.
        BadFile: the file as a whole cannot be used; nothing is written.
        DuplicateFile: this very file was taken in before.
    """
    require(actor, Action.PAYMENT_WRITE)
    intake = receive_file(actor=actor, at=at, kind=INTAKE_KIND, path=path, file_name=file_name)
    table = read_rows(path)
    problems: list[Problem] = []
    line_count = recorded_count = proposed_count = 0
    for row in map_rows(table, guess_mapping(table.headers, FIELDS), FIELDS):
        line_count += 1
        found = _take(actor, at, row)
        if isinstance(found, list):
            problems += found
        elif isinstance(found, AdvanceDraft | RedirectionDraft):
            proposed_count += 1
        else:
            recorded_count += 1
    problems += table.problems
    report = FactsReport(intake.id, line_count, recorded_count, proposed_count, tuple(problems))
    finish_intake(
        actor=actor,
        at=at,
        intake_id=intake.id,
        line_count=line_count,
        good_count=recorded_count + proposed_count,
        problems=report.problems,
    )
    return report


def write_fact(*, actor: Actor, at: datetime, draft: FactDraft) -> int:
    """Record or propose a fact of any kind; return the number of what was written (terms have none: 0).

    Raises:
        NotAllowed, InvalidFact: see the service of its kind.
    """
    if isinstance(draft, AdvanceDraft):
        return propose_advance(actor=actor, at=at, draft=draft)
    if isinstance(draft, RedirectionDraft):
        return propose_redirection(actor=actor, at=at, draft=draft)
    if isinstance(draft, DocumentDraft):
        return record_document(actor=actor, at=at, draft=draft)
    set_terms(actor=actor, at=at, draft=draft)
    return 0


def _take(actor: Actor, at: datetime, row: MappedRow) -> FactDraft | list[Problem]:
    wrong = [problem for problem in row.problems if problem.level is Level.ERROR]
    if wrong:
        return list(row.problems)
    try:
        draft = read_fact(row.values, party_meant, at.date())
        write_fact(actor=actor, at=at, draft=draft)
    except InvalidFact as error:
        return [Problem(row.line, error.field, "invalid-fact", error.message, error.remedy)]
    except UserError as error:
        return [Problem(row.line, "", "refused", error.message, error.remedy)]
    return draft
