"""Costs of the society, and what its money earned while it waited, taken in from a table and booked."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path

from django.db import transaction

from muniment.kernel.formats.tables import (
    FieldKind,
    TargetField,
    at_most,
    guess_mapping,
    map_rows,
    read_rows,
)
from muniment.kernel.words.money import parse_amount
from muniment.kernel.words.problems import BadFile, Level, Problem, UserError
from muniment.kernel.words.shares import Right
from muniment.trust.access.rules import Action, Actor, require
from muniment.trust.batches.services import finish_intake, receive_file
from muniment.trust.ledger.rules import EntryDraft, TransferDraft, bank, dimensions_text
from muniment.trust.ledger.services import post_entries

INTAKE_KIND = "ledger.costs"
MOST_LINES = 100_000
TARGETS = (
    TargetField("reference", ("number", "document", "voucher"), required=True),
    TargetField("kind", (), required=True),
    TargetField("category", ("name", "account"), required=True),
    TargetField("amount", ("cost",), required=True, kind=FieldKind.DECIMAL),
    TargetField("currency", ("ccy",), required=True),
    TargetField("paid_on", ("date", "booking date", "day"), required=True, kind=FieldKind.DATE),
    TargetField("right", ("category of right",)),
    TargetField("use", ("use type", "type of use")),
    TargetField("note", ("memo", "text")),
)
_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


class CostKind(StrEnum):
    """What a line is: a cost of one of four kinds, or what investments earned."""

    OPERATING = "operating"
    FINANCIAL = "financial"
    SOCIAL = "social"
    OTHER = "other"
    INVESTMENT = "investment"


class BadCosts(UserError):
    """A table of costs cannot be booked; its `problems` name the lines, and nothing of it is booked."""

    def __init__(self, message: str, remedy: str, problems: tuple[Problem, ...] = ()) -> None:
        super().__init__(message, remedy)
        self.problems = problems


@dataclass(frozen=True, slots=True)
class CostsReport:
    """What a table of costs came to: its lines, and how many of them had not been booked before."""

    intake_id: int
    line_count: int
    booked_count: int


@transaction.atomic
def import_costs(*, actor: Actor, at: datetime, path: Path, file_name: str | None = None) -> CostsReport:
    """Book a table (CSV or XLSX) of costs and investment income: each line as an entry of its own, by its reference.

    A cost takes from the bank what it gives to `cost/KIND/CATEGORY`, investment income the other way; an amount below
    zero is a credit note. A line with a right or a use is a cost of that category, the others are shared by reports.
    The same reference with the same content is booked once. A bad line refuses the whole table.

    Raises:
        NotAllowed: the actor may not post to the ledger.
        BadFile, DuplicateFile: the file cannot be read, or was taken in before.
        BadCosts: some line is wrong.
        IdempotencyConflict: a reference was booked before with other content.
    """
    require(actor, Action.LEDGER_POST)
    intake = receive_file(actor=actor, at=at, kind=INTAKE_KIND, path=path, file_name=file_name)
    drafts = _drafts(path, file_name or path.name, at.date())
    rows = post_entries(actor=actor, at=at, drafts=drafts)
    finish_intake(actor=actor, at=at, intake_id=intake.id, line_count=len(drafts), good_count=len(drafts), problems=())
    return CostsReport(intake.id, len(drafts), sum(row.recorded_at == at for row in rows))


def _drafts(path: Path, name: str, today: date) -> list[EntryDraft]:
    table = at_most(read_rows(path), MOST_LINES, name, "Split it.")
    drafts: list[EntryDraft] = []
    problems: list[Problem] = [problem for problem in table.problems if problem.level is Level.ERROR]
    seen: dict[str, int] = {}
    for row in map_rows(table, guess_mapping(table.headers, TARGETS), TARGETS):
        problems.extend(row.problems)
        if any(problem.level is Level.ERROR for problem in row.problems):
            continue
        found = list(_wrong(row.line, row.values, seen, today))
        problems.extend(found)
        if not found:
            try:
                drafts.append(_draft(row.values))
            except UserError as error:
                problems.append(Problem(row.line, "amount", "costs.bad_line", error.message, error.remedy))
    if problems:
        first = problems[0]
        raise BadCosts(
            f"{name}, line {first.line}: {first.message} ({len(problems)} problems in all; nothing is booked.)",
            first.remedy,
            tuple(problems),
        )
    if not drafts:
        raise BadFile(f"{name} has no lines.", "Give a table with a header and at least one line.")
    return drafts


def _wrong(line: int, values: Mapping[str, str], seen: dict[str, int], today: date) -> Iterator[Problem]:
    """Yield what is wrong with a line."""

    def wrong(field: str, message: str, remedy: str) -> Problem:
        return Problem(line, field, "costs.bad_line", message, remedy)

    reference = values["reference"].strip()
    if reference in seen:
        yield wrong(
            "reference", f"Reference {reference} is on line {seen[reference]} too.", "Give each its own reference."
        )
    seen.setdefault(reference, line)
    if values["kind"].lower() not in list(CostKind):
        yield wrong("kind", f"{values['kind']!r} is no kind of costs.", f"Write one of {', '.join(CostKind)}.")
    if not _NAME.fullmatch(values["category"].lower()):
        yield wrong(
            "category", f"{values['category']!r} is no name.", "Use small letters, digits and -, as in bank-fees."
        )
    if values["use"] and not _NAME.fullmatch(values["use"].lower()):
        yield wrong("use", f"{values['use']!r} is no kind of use.", "Use letters, digits and -, as in radio.")
    if values["right"] and values["right"].upper() not in list(Right):
        yield wrong("right", f"{values['right']!r} is no right.", f"Write one of {', '.join(Right)}, or nothing.")
    if date.fromisoformat(values["paid_on"]) > today:
        yield wrong("paid_on", f"{values['paid_on']} is not over yet.", "Book costs on the day they were paid.")


def _draft(values: Mapping[str, str]) -> EntryDraft:
    kind, category = CostKind(values["kind"].lower()), values["category"].lower()
    currency = values["currency"].upper()
    amount_micro = parse_amount(values["amount"], currency)
    if not amount_micro:
        raise BadCosts("The amount is 0.", "Leave the line out.")
    pair = (bank(), f"investment/{category}") if kind is CostKind.INVESTMENT else (f"cost/{kind}/{category}", bank())
    debit, credit = pair if amount_micro > 0 else pair[::-1]
    return EntryDraft(
        idempotency_key=f"cost/{values['reference'].strip()}"[:200],
        kind="investment income" if kind is CostKind.INVESTMENT else "cost",
        booked_on=date.fromisoformat(values["paid_on"]),
        currency=currency,
        transfers=(TransferDraft(debit, credit, abs(amount_micro)),),
        memo=values["note"].strip(),
        dimensions=dimensions_text({"right": values["right"].upper(), "use": values["use"].lower()}),
    )
