"""Tables of licensees, licences and receipts: the good lines are taken, the others told with line, field and remedy."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from django.db import transaction

from muniment.kernel.formats.tables import (
    ColumnMapping,
    FieldKind,
    TableRows,
    TargetField,
    at_most,
    guess_mapping,
    map_rows,
    parse_date,
    read_rows,
)
from muniment.kernel.words.money import InvalidAmount, UnknownCurrency, parse_amount
from muniment.kernel.words.problems import BadFile, Level, Problem, Progress, UserError, silent
from muniment.kernel.words.shares import Right
from muniment.kernel.words.territory import WORLD, UnknownTerritory
from muniment.rights.parties.queries import ids_by_code
from muniment.trade.licensing.queries import UnknownInvoice, UnknownTariff, invoices_of_fund, tariff_in_force
from muniment.trade.licensing.rules.fees import Basis, read_square_metres
from muniment.trade.licensing.rules.invoices import InvalidDates, InvalidReceipt
from muniment.trade.licensing.services.billing import DuplicateReceipt, receive_money
from muniment.trade.licensing.services.granting import (
    DuplicateLicence,
    InvalidLicence,
    grant_licence,
    register_licensee,
)
from muniment.trust.access.rules import Action, Actor, require
from muniment.trust.batches.queries import IntakeRow
from muniment.trust.batches.services import finish_intake, receive_file

LARGEST_LINES = 300_000
"""The most lines of one table: they are taken in one transaction, and what is wrong with each is held in memory."""

_LICENSEES = (
    TargetField("code", ("licensee number", "licensee code", "number"), required=True),
    TargetField("name", ("licensee", "licensee name"), required=True),
    TargetField("native_name", ("name in own script",)),
    TargetField("country", ("country code",)),
)
_LICENCES = (
    TargetField("licence", ("licence number", "licence code", "license")),
    TargetField("licensee", ("licensee number", "licensee code"), required=True),
    TargetField("tariff", ("tariff code",), required=True),
    TargetField("territory", ("tis",), kind=FieldKind.INTEGER),
    TargetField("right", ()),
    TargetField("valid_from", ("from", "begins"), required=True, kind=FieldKind.DATE),
    TargetField("valid_to", ("to", "ends"), kind=FieldKind.DATE),
    TargetField("revenue", ("declared revenue",), kind=FieldKind.DECIMAL),
    TargetField("units", ("streams", "tickets", "subscribers"), kind=FieldKind.INTEGER),
    TargetField("area", ("area m2", "square metres"), kind=FieldKind.DECIMAL),
    TargetField("seats", (), kind=FieldKind.INTEGER),
    TargetField("days", ("days in use",), kind=FieldKind.INTEGER),
)
_RECEIPTS = (
    TargetField("reference", ("bank reference", "reference number"), required=True),
    TargetField("invoice", ("invoice number",)),
    TargetField("fund", ("fund code",)),
    TargetField("amount", ("amount received",), required=True, kind=FieldKind.DECIMAL),
    TargetField("currency", (), required=True),
    TargetField("received_on", ("received", "value date", "date"), required=True, kind=FieldKind.DATE),
)

_FIELDS_AT_FAULT: Mapping[type[UserError], tuple[str, ...]] = {
    DuplicateLicence: ("licence",),
    DuplicateReceipt: ("reference",),
    InvalidAmount: ("amount", "revenue"),
    InvalidDates: ("valid_to", "received_on"),
    InvalidReceipt: ("amount",),
    UnknownCurrency: ("currency",),
    UnknownInvoice: ("invoice", "fund"),
    UnknownTariff: ("tariff",),
    UnknownTerritory: ("territory",),
}
"""The fields that a refusal is about, whichever of them the table has; a refusal of the whole line is not here."""


@dataclass(frozen=True, slots=True)
class TableReport:
    """What became of a table: lines read, lines taken, and what was wrong with the others."""

    intake: IntakeRow
    line_count: int
    good_count: int
    problems: tuple[Problem, ...]


_Take = Callable[[Mapping[str, str], int], None]
"""Takes one mapped line (its values and the id of the intake), or raises a `UserError`."""


def import_licensees_table(
    *, actor: Actor, at: datetime, path: Path, file_name: str | None = None, progress: Progress = silent
) -> TableReport:
    """Register the licensees of a CSV or XLSX table: number, name, name in its own script, country.

    Raises:
        NotAllowed: the actor may not write licences.
        BadFile, DuplicateFile: the file cannot be used, or was imported before.
    """
    require(actor, Action.LICENCE_WRITE)

    def take(values: Mapping[str, str], intake_id: int) -> None:
        register_licensee(
            actor=actor,
            at=at,
            name=values["name"],
            code=values["code"],
            native_name=values["native_name"],
            country=values["country"],
            intake_id=intake_id,
        )

    return _import(actor, at, "licensees", path, file_name, _LICENSEES, take, progress)


def import_licences_table(
    *, actor: Actor, at: datetime, path: Path, file_name: str | None = None, progress: Progress = silent
) -> TableReport:
    """Grant the licences of a CSV or XLSX table: licensee, tariff, dates, territory and agreed figures.

    Raises:
        NotAllowed, BadFile, DuplicateFile: see `import_licensees_table`.
    """
    require(actor, Action.LICENCE_WRITE)

    def take(values: Mapping[str, str], intake_id: int) -> None:
        licensee = ids_by_code([values["licensee"]]).get(values["licensee"])
        if licensee is None:
            raise InvalidLicence(f"No licensee has the number {values['licensee']!r}.", "Import the licensees first.")
        valid_from = parse_date(values["valid_from"])
        grant_licence(
            actor=actor,
            at=at,
            licensee_id=licensee,
            tariff_code=values["tariff"],
            valid_from=valid_from,
            valid_to=_day_or_none(values["valid_to"]),
            basis=_basis(values, tariff_in_force(values["tariff"], valid_from).currency),
            code=values["licence"],
            intake_id=intake_id,
            territory=int(values["territory"]) if values["territory"] else WORLD,
            right=_right(values["right"]),
        )

    return _import(actor, at, "licences", path, file_name, _LICENCES, take, progress)


def import_receipts_table(
    *, actor: Actor, at: datetime, path: Path, file_name: str | None = None, progress: Progress = silent
) -> TableReport:
    """Post the receipts of a CSV or XLSX table: reference, invoice (or fund), amount, currency, day.

    A line that names a fund and no invoice pays the oldest invoice of the fund that is open.

    Raises:
        NotAllowed: the actor may not receive money.
        BadFile, DuplicateFile: see `import_licensees_table`.
    """
    require(actor, Action.MONEY_RECEIVE)

    def take(values: Mapping[str, str], intake_id: int) -> None:
        receive_money(
            actor=actor,
            at=at,
            invoice_number=values["invoice"] or _open_invoice_of(values["fund"]),
            amount_micro=parse_amount(values["amount"], values["currency"]),
            currency=values["currency"],
            received_on=parse_date(values["received_on"]),
            reference=values["reference"],
            intake_id=intake_id,
        )

    return _import(actor, at, "receipts", path, file_name, _RECEIPTS, take, progress)


def _import(
    actor: Actor,
    at: datetime,
    kind: str,
    path: Path,
    file_name: str | None,
    targets: tuple[TargetField, ...],
    take: _Take,
    progress: Progress,
) -> TableReport:
    """Take the lines of a table, each wholly or not at all; a file that cannot be read is kept as refused."""
    intake = receive_file(actor=actor, at=at, kind=kind, path=path, file_name=file_name)
    try:
        table = at_most(read_rows(path), LARGEST_LINES, path.name, "Split it, and import the parts.")
        mapping = guess_mapping(table.headers, targets)
        with transaction.atomic():
            line_count, good_count, problems = _take_rows(kind, intake.id, table, mapping, targets, take, progress)
            finished = finish_intake(
                actor=actor,
                at=at,
                intake_id=intake.id,
                line_count=line_count,
                good_count=good_count,
                problems=problems,
                state="imported" if good_count else "refused",
            )
    except BadFile as error:
        told = BadFile(error.message.replace(path.name, intake.file_name), error.remedy)
        problem = Problem(None, "", f"{kind}.bad_file", told.message, told.remedy)
        finish_intake(
            actor=actor, at=at, intake_id=intake.id, line_count=0, good_count=0, problems=[problem], state="refused"
        )
        raise told from error
    return TableReport(finished, line_count, good_count, tuple(problems))


def _take_rows(
    kind: str,
    intake_id: int,
    table: TableRows,
    mapping: ColumnMapping,
    targets: tuple[TargetField, ...],
    take: _Take,
    progress: Progress,
) -> tuple[int, int, list[Problem]]:
    """Return how many lines there were, how many were taken, and what was wrong with the others."""
    problems: list[Problem] = []
    line_count = good_count = 0
    for row in map_rows(table, mapping, targets):
        line_count += 1
        problems += row.problems
        if not row.problems:
            try:
                with transaction.atomic():
                    take(row.values, intake_id)
            except UserError as error:
                field = _field_of(error, mapping)
                problems.append(Problem(row.line, field, _rule_of(kind, error), error.message, error.remedy))
            else:
                good_count += 1
        progress(line_count, table.total_lines)
    lost = {problem.line for problem in table.problems if problem.line is not None and problem.level is Level.ERROR}
    return line_count + len(lost), good_count, problems + table.problems


def _rule_of(kind: str, error: UserError) -> str:
    """Return the stable code of a refusal: "receipts.duplicate_receipt"."""
    name = type(error).__name__
    return f"{kind}." + "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")


def _field_of(error: UserError, mapping: ColumnMapping) -> str:
    """Return the column at fault, as the file heads it ("": the line as a whole)."""
    names = _FIELDS_AT_FAULT.get(type(error), ())
    return next((mapping.columns[name] for name in names if name in mapping.columns), "")


def _open_invoice_of(fund_code: str) -> str:
    found = [invoice.number for invoice in invoices_of_fund(fund_code) if invoice.open_micro]
    if not found:
        raise UnknownInvoice(f"The fund {fund_code!r} has no open invoice.", "Name the invoice that was paid.")
    return found[0]


def _day_or_none(text: str) -> date | None:
    return parse_date(text) if text else None


def _right(text: str) -> Right:
    if text and text not in Right:
        raise InvalidLicence(f"{text!r} is not a right.", f"Write one of {', '.join(Right)}.")
    return Right(text) if text else Right.PERFORMING


def _basis(values: Mapping[str, str], currency: str) -> Basis:
    def count(name: str) -> int | None:
        return int(values[name]) if values[name] else None

    return Basis(
        revenue_micro=parse_amount(values["revenue"], currency) if values["revenue"] else None,
        units=count("units"),
        area_dm2=read_square_metres(values["area"]) if values["area"] else None,
        seats=count("seats"),
        days=count("days"),
    )
