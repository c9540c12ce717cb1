"""Money from sister societies: taken in with the lines of the statement, approved, distributed to members."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import pyarrow as pa
from django.db import transaction
from django.db.models import Max

from muniment.kernel.formats.tables import TargetField, at_most, guess_mapping, map_rows, parse_date, read_rows
from muniment.kernel.words.allocation import split_exactly
from muniment.kernel.words.money import format_amount, parse_amount
from muniment.kernel.words.problems import BadFile, Level, Problem, UserError
from muniment.kernel.words.shares import PPM, Right
from muniment.kernel.words.territory import WORLD, from_iso
from muniment.pay.distributions.models import IncomingStatement
from muniment.pay.distributions.queries.societies import INCOMING, IncomingRow, agreements_of, incoming_rows
from muniment.pay.distributions.rules import PAYABLE, Hold, WrongState
from muniment.pay.distributions.rules.adjusting import pair_off
from muniment.pay.distributions.rules.societies import (
    AgreementQuestion,
    Direction,
    IncomingKind,
    IncomingState,
    agreement_for,
    deduct_agreed,
)
from muniment.pay.distributions.services.incoming_crd import crd_lines, is_crd
from muniment.pay.distributions.services.posting import payee_account
from muniment.rights.parties.queries import (
    PartyRow,
    bank_accounts_approved,
    get_party,
    ids_by_code,
    ids_by_ipi_name,
    party_facts,
)
from muniment.rights.parties.rules import payee_for
from muniment.rights.parties.rules.values import PartyKind
from muniment.trust.access.rules import Action, Actor, require, require_second_person
from muniment.trust.access.services import lock_heads, record_event
from muniment.trust.batches.queries import open_batch
from muniment.trust.batches.services import finish_intake, receive_file, seal_batch
from muniment.trust.ledger.rules import EntryDraft, TransferDraft, bank, deduction, fund, held
from muniment.trust.ledger.services import post_entry

LARGEST_LINES = 1_000_000

TARGETS = (
    TargetField("member", ("member", "payee", "ipi", "ipi name number", "rightholder", "code"), required=True),
    TargetField("title", ("title", "work title", "work")),
    TargetField("iswc", ("iswc",)),
    TargetField("right", ("right", "category of right")),
    TargetField("territory", ("territory", "country")),
    TargetField("used_on", ("used_on", "period", "date", "period from"), required=True),
    TargetField("use", ("use", "use type", "type of use")),
    TargetField("currency", ("currency",), required=True),
    TargetField("tax", ("tax", "withholding tax", "tax withheld")),
    TargetField("amount", ("amount", "net amount", "royalty"), required=True),
)


class BadStatement(UserError):
    """A sister society's statement cannot be taken in; the first problem names its line."""

    def __init__(self, message: str, remedy: str, problems: tuple[Problem, ...] = ()) -> None:
        super().__init__(message, remedy)
        self.problems = problems


@dataclass(frozen=True, slots=True)
class _Line:
    line: int
    member: str
    title: str
    iswc: str
    right: Right
    territory: int
    used_on: date
    use_kind: str
    tax_micro: int
    amount_micro: int


@transaction.atomic
def receive_statement(
    *,
    actor: Actor,
    at: datetime,
    society_id: int,
    kind: IncomingKind,
    reference: str,
    path: Path,
    amount_micro: int,
    currency: str,
    received_on: date,
) -> IncomingRow:
    """Take in money from a sister society with its statement (CSV, XLSX or CRD), and book the receipt.

    The whole file is refused where a line is bad, in another currency, or the lines do not sum to the money.

    Args:
        amount_micro: what the bank received; below zero only for an adjustment that takes money back.

    Raises:
        NotAllowed, UnknownParty, DuplicateFile: see there.
        BadFile: the file cannot be read.
        BadStatement: see above; its `problems` name the lines.
    """
    require(actor, Action.MONEY_RECEIVE)
    society = get_party(society_id)
    _check_receipt(society, reference.strip(), amount_micro)
    intake = receive_file(actor=actor, at=at, kind="society statement", path=path)
    lines, problems = _read(path, currency)
    _refuse_bad(path, lines, problems, kind, amount_micro, currency)
    table = pa.Table.from_pylist(list(_with_payees(lines, at)), schema=INCOMING)
    batch = seal_batch(at=at, stage="society_lines", table=table, sum_column="amount_micro")
    finish_intake(
        actor=actor, at=at, intake_id=intake.id, line_count=len(lines), good_count=len(lines), problems=(),
        state="imported",
    )  # fmt: skip
    last = IncomingStatement.objects.aggregate(last=Max("number"))["last"] or 0
    number = last + 1
    memo = f"{society.name}, {reference.strip()}, {kind.value}"
    transfer = TransferDraft(bank(), fund(fund_code_of(number)), amount_micro)
    draft = EntryDraft(f"society-receipt/{number}", "receipt", received_on, currency, (transfer,), memo)
    entry = post_entry(actor=actor, at=at, draft=draft, action=Action.MONEY_RECEIVE)
    row = IncomingStatement.objects.create(
        number=number,
        society_id=society_id,
        kind=kind.value,
        reference=reference.strip()[:80],
        currency=currency,
        amount_micro=amount_micro,
        tax_micro=sum(line.tax_micro for line in lines),
        line_count=len(lines),
        received_on=received_on,
        intake_id=intake.id,
        lines_batch_id=batch.id,
        received_by=actor.name,
        received_at=at,
        receipt_entry_id=entry.id,
    )
    _record(actor, at, row, "received")
    return incoming_rows([row])[0]


def _check_receipt(society: PartyRow, reference: str, amount_micro: int) -> None:
    if society.kind is not PartyKind.SOCIETY:
        raise BadStatement(f"{society.name} is no society.", "Choose a society of the register.")
    if not reference:
        raise BadStatement("The statement has no reference.", "Give the number that the society gave it.")
    if amount_micro <= 0:
        raise BadStatement(
            "The money received is not above zero.",
            "Enter what the bank received; an adjustment that takes money back is netted with the next payment.",
        )
    if IncomingStatement.objects.filter(society_id=society.id, reference=reference).exists():
        raise BadStatement(f"Statement {reference} of {society.name} was taken in before.", "Look at the list.")


def fund_code_of(number: int) -> str:
    """Return the fund that a society's money lies in until it is distributed: society/7."""
    return f"society/{number}"


def _read(path: Path, currency: str) -> tuple[list[_Line], list[Problem]]:
    if is_crd(path):
        told, wrong = crd_lines(path, currency)
        return [_Line(*facts) for facts in told], wrong
    table = at_most(read_rows(path), LARGEST_LINES, path.name, "Split it, with the money of each part.")
    mapping = guess_mapping(table.headers, TARGETS)
    lines: list[_Line] = []
    problems: list[Problem] = []
    for row in map_rows(table, mapping, TARGETS):
        problems.extend(row.problems)
        if row.problems:
            continue
        try:
            lines.append(_line_of(row.line, row.values, currency))
        except UserError as error:
            problems.append(Problem(row.line, "", "society.bad_line", error.message, error.remedy))
        except ValueError as error:
            problems.append(Problem(row.line, "", "society.bad_line", str(error), "Correct the line."))
    return lines, [*problems, *(problem for problem in table.problems if problem.level is Level.ERROR)]


def _line_of(line: int, values: Mapping[str, str], currency: str) -> _Line:
    if values["currency"].upper() != currency:
        raise BadStatement(
            f"The line is in {values['currency']}, the money that came in {currency}.",
            "Take in a statement in the currency that the bank received.",
        )
    territory = values["territory"]
    return _Line(
        line,
        values["member"].strip(),
        values["title"],
        values["iswc"],
        Right(values["right"] or "PR"),
        int(territory) if territory.isdecimal() else from_iso(territory) if territory else WORLD,
        parse_date(values["used_on"]),
        values["use"],
        parse_amount(values["tax"], currency) if values["tax"] else 0,
        parse_amount(values["amount"], currency),
    )


def _refuse_bad(
    path: Path,
    lines: Sequence[_Line],
    problems: Sequence[Problem],
    kind: IncomingKind,
    amount_micro: int,
    currency: str,
) -> None:
    if kind is not IncomingKind.ADJUSTMENT:
        below = next((line for line in lines if line.amount_micro < 0), None)
        if below is not None:
            problems = [
                *problems,
                Problem(
                    below.line,
                    "amount",
                    "society.below_zero",
                    "The amount is below zero.",
                    "Only an adjustment takes money back; take the file in as one.",
                ),
            ]
    if problems:
        first = problems[0]
        raise BadStatement(
            f"{path.name}, line {first.line}: {first.message} ({len(problems)} problems in all.)",
            first.remedy,
            tuple(problems),
        )
    if not lines:
        raise BadFile(f"{path.name} has no lines.", "Ask the society for its statement.")
    total_micro = sum(line.amount_micro for line in lines)
    apart = format_amount(amount_micro - total_micro, currency)
    if total_micro != amount_micro:
        raise BadStatement(
            f"The lines of {path.name} sum to {currency} {format_amount(total_micro, currency)}, and"
            f" {format_amount(amount_micro, currency)} came: {apart} apart.",
            "Ask the society which of the two is right; nothing is spread or rounded away.",
        )


def _with_payees(lines: Sequence[_Line], known_at: datetime) -> Iterator[dict[str, object]]:
    """Yield the lines as rows of INCOMING, a line of several successors in one part for each."""
    names = {line.member for line in lines}
    by_code = ids_by_code(names)
    by_ipi = ids_by_ipi_name({name.zfill(11) for name in names if name.isdecimal() and len(name) <= 11})
    found = {line.line: by_code.get(line.member) or by_ipi.get(line.member.zfill(11)) for line in lines}
    facts = party_facts(sorted({party for party in found.values() if party is not None}))
    for line in lines:
        party_id = found[line.line]
        parts: list[tuple[int | None, int]] = [(None, PPM)]
        if party_id is not None:
            answers = payee_for(facts[party_id], line.right, line.territory, line.used_on, known_at)
            parts = [(answer.payee_id, answer.share_ppm) for answer in answers]
        weights, keys = [share for _, share in parts], list(range(len(parts)))
        sign = -1 if line.amount_micro < 0 else 1
        amounts = split_exactly(abs(line.amount_micro), weights, keys)
        taxes = split_exactly(abs(line.tax_micro), weights, keys)
        for (payee_id, _), amount_micro, tax_micro in zip(parts, amounts, taxes, strict=True):
            yield {
                "line": line.line, "member": line.member, "party_id": party_id, "payee_id": payee_id,
                "title": line.title, "iswc": line.iswc, "right": line.right.value, "territory": line.territory,
                "used_on": line.used_on, "use_kind": line.use_kind, "tax_micro": tax_micro,
                "amount_micro": sign * amount_micro,
            }  # fmt: skip


@transaction.atomic
def approve_incoming(
    *, actor: Actor, at: datetime, number: int, fee_ppm: int = 0, cultural_ppm: int = 0
) -> IncomingRow:
    """Approve that a society's money is distributed, and with which deductions; not by who took it in.

    Raises:
        NotAllowed, SamePerson, WrongState: see there.
        NotAgreed: a deduction that the agreement in force for some line does not allow.
    """
    require(actor, Action.DISTRIBUTION_APPROVE)
    row = _locked(number, "approve", IncomingState.RECEIVED)
    require_second_person(row.received_by, actor)
    row.fee_ppm, row.cultural_ppm = fee_ppm, cultural_ppm
    _deducted(row, open_batch(row.lines_batch_id).to_pylist())
    row.state, row.approved_by = IncomingState.APPROVED.value, actor.name
    row.save(update_fields=["state", "approved_by", "fee_ppm", "cultural_ppm"])
    _record(actor, at, row, "approved")
    return incoming_rows([row])[0]


def _deducted(row: IncomingStatement, lines: Sequence[Mapping[str, object]]) -> list[tuple[int, int]]:
    """Return fee and cultural deduction of each line, as agreed.

    Raises:
        NotAgreed: see `deduct_agreed`; the message names the line.
    """
    agreements = agreements_of(row.society_id)
    taken = []
    for line in lines:
        asked = AgreementQuestion(
            row.society_id,
            Direction.INCOMING,
            Right(str(line["right"])),
            int(str(line["territory"])),
            str(line["use_kind"]),
            date.fromisoformat(str(line["used_on"])),
            row.received_at,
        )
        taken.append(
            deduct_agreed(
                max(0, int(str(line["amount_micro"]))),
                fee_ppm=row.fee_ppm,
                cultural_ppm=row.cultural_ppm,
                agreement=agreement_for(agreements, asked),
            )
        )
    return taken


@transaction.atomic
def post_incoming(*, actor: Actor, at: datetime, number: int) -> IncomingRow:
    """Distribute a society's approved money to members, by one entry that ties to the micro-unit.

    What no member of ours is named for waits as UNCLAIMED, what a member without a bank account gets as NO_PAYEE.
    Returned money stays in its fund, from which a run distributes it.

    Raises:
        NotAllowed, WrongState: see there.
        BrokenBatch: the sealed lines are missing or changed.
    """
    require(actor, Action.DISTRIBUTION_POST)
    row = _locked(number, "post", IncomingState.APPROVED)
    lock_heads()
    lines = open_batch(row.lines_batch_id).to_pylist()
    if row.kind != IncomingKind.RETURNED.value:
        _distribute(actor, at, row, lines)
    row.state, row.posted_by, row.posted_at = IncomingState.POSTED.value, actor.name, at
    row.save()
    _record(actor, at, row, "posted")
    return incoming_rows([row])[0]


def _distribute(actor: Actor, at: datetime, row: IncomingStatement, lines: list[dict[str, object]]) -> None:
    taken = _deducted(row, lines)
    with_bank = bank_accounts_approved({payee for line in lines if isinstance(payee := line["payee_id"], int)})
    losses = [(fund(fund_code_of(row.number)), row.amount_micro)]
    gains = [
        (deduction("administration"), sum(fee for fee, _ in taken)),
        (deduction("social"), sum(cultural for _, cultural in taken)),
    ]
    for line, (fee_micro, cultural_micro) in zip(lines, taken, strict=True):
        payee = line["payee_id"]
        amount_micro = int(str(line["amount_micro"])) - fee_micro - cultural_micro
        line["amount_micro"] = amount_micro
        if isinstance(payee, int):
            paid = payee in with_bank or amount_micro < 0  # what is taken back may leave the account below zero
            account = payee_account(payee, PAYABLE if paid else Hold.NO_PAYEE.value)
        elif amount_micro < 0:
            raise BadStatement(
                f"Line {line['line']} takes money back from {line['member']}, whom nobody here knows.",
                "Ask the society whom it means.",
            )
        else:
            account = held(Hold.UNCLAIMED.value, f"society-{row.number}")
        (gains if amount_micro > 0 else losses).append((account, abs(amount_micro)))
    transfers = tuple(TransferDraft(*moved) for moved in pair_off(losses, gains))
    draft = EntryDraft(
        f"society-distribution/{row.number}",
        "society distribution",
        at.date(),
        row.currency,
        transfers,
        f"Statement {row.reference} of party {row.society_id}, lines: batch {row.lines_batch_id}",
    )
    row.entry_id = post_entry(actor=actor, at=at, draft=draft, action=Action.DISTRIBUTION_POST).id
    row.deducted_micro = sum(fee + cultural for fee, cultural in taken)
    paid = pa.Table.from_pylist(lines, schema=INCOMING)
    row.paid_batch_id = seal_batch(
        at=at, stage="society_paid", table=paid, sum_column="amount_micro", parents=[row.lines_batch_id]
    ).id


def _locked(number: int, step: str, state: IncomingState) -> IncomingStatement:
    row = IncomingStatement.objects.select_for_update().filter(number=number).first()
    if row is None or row.state != state.value:
        raise WrongState(
            f"You cannot {step} statement {number}: it is {row.state if row else 'unknown'}, and must be {state}.",
            "Look at the list of societies' statements.",
        )
    return row


def _record(actor: Actor, at: datetime, row: IncomingStatement, verb: str) -> None:
    after = {
        "society": row.society_id,
        "reference": row.reference,
        "amount_micro": row.amount_micro,
        "state": row.state,
    }
    record_event(
        actor=actor, at=at, tag=f"incoming.{verb}", subject_kind="incoming", subject_id=row.number, after=after
    )
