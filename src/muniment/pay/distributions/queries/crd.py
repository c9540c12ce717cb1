"""What a run came to for a sister society as CRD: its lines, what of deductions came back, the tax that was kept."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from django.conf import settings

from muniment.kernel.columns.engine import query
from muniment.kernel.columns.schemas import ALLOCATIONS, SHARE_SPLITS, USAGE_LINES
from muniment.kernel.columns.tables import read_table
from muniment.kernel.formats.crd import CrdAdjustment, CrdHeader, CrdLine, CrdSource, header_for, write_crd
from muniment.kernel.words.problems import UserError
from muniment.kernel.words.shares import Right
from muniment.pay.distributions.models import PoolReport
from muniment.pay.distributions.queries.runs import RunRow, get_run
from muniment.pay.distributions.queries.societies import UnknownIncoming, list_outgoing
from muniment.rights.parties.queries import get_party, party_hits
from muniment.rights.works.queries import labels_of
from muniment.trust.batches.queries import get_batch

CATEGORIES = {Right.PERFORMING: "PER", Right.MECHANICAL: "MEC", Right.SYNCHRONISATION: "SYN"}
"""How CRD writes the rights, by CISAC's words for them."""

BACK, TAX = "deductions back", "tax withheld"
"""The reasons of adjustments."""

_LINES = """
    WITH told AS (
        SELECT split_id, string_agg(DISTINCT "right", ',') AS rights, min(territory) AS territory,
               count(DISTINCT territory) AS territory_count
        FROM split GROUP BY split_id
    )
    SELECT allocation.*, coalesce(told.rights, '') AS rights,
           CASE WHEN told.territory_count = 1 THEN told.territory END AS territory
    FROM allocation LEFT JOIN told ON told.split_id = allocation.split_id
    WHERE payee_id = $payee AND status = 'PAYABLE' AND amount_micro <> 0
    ORDER BY work_id, rights, party_id, fund_code, report_id, allocation.split_id, part
"""


class NotSettled(UserError):
    """The run is not settled with its societies yet, so that what they get is not certain."""


@dataclass(frozen=True, slots=True)
class CrdFile:
    """A society's statement as a CRD file: its name, its lines, what they come to."""

    name: str
    total_micro: int
    line_count: int
    lines: Iterator[bytes]


def outgoing_crd(run_id: int, society_id: int, *, sender_society: str) -> CrdFile:
    """Return a society's statement of a run as CRD 3.0 by the unofficial layout; its amounts come to the total.

    Args:
        sender_society: our own code at CISAC, empty where we have none.

    Raises:
        UnknownRun: there is no such run.
        UnknownIncoming: the run pays nothing to this society.
        NotSettled: deductions and tax are not settled yet.
        ArithmeticError: lines and adjustments do not come to what the society gets, which the division excludes.
        Unwritable: a value has no place in the layout.
    """
    run = get_run(run_id)
    row = next((row for row in list_outgoing(run_id) if row.society_id == society_id), None)
    if row is None:
        raise UnknownIncoming(f"Run {run.number} pays nothing to party {society_id}.", "Choose a society of the run.")
    if row.refund_micro is None:
        raise NotSettled(
            f"Run {run.number} is not settled with its societies.", f"First: muniment society settle {run.number}"
        )
    lines = _lines(run, society_id)
    society = get_party(society_id)
    more = [CrdAdjustment(BACK, row.refund_micro), CrdAdjustment(TAX, -row.tax_micro)]
    items: list[CrdLine | CrdAdjustment] = [*lines, *(one for one in more if one.amount_micro)]
    days = [day for line in lines for day in (line.period_start, line.period_end) if day]
    header = header_for(
        CrdHeader(
            currency=run.currency,
            amount_decimals=0,
            period_start=min(days, default=None),
            period_end=max(days, default=None),
            statement_number=f"{run.number}-{society.society_code or society.id}",
            sender_society=sender_society,
            receiver_society=society.society_code or "",
        ),
        items,
    )
    if header.total_micro != row.total_micro:
        raise ArithmeticError(f"CRD of run {run.number} for party {society_id} does not come to what it gets")
    sources = {line.source_id: line.distribution_category for line in lines}
    told = [CrdSource(source_id, fund_code) for source_id, fund_code in sources.items()]
    written: Iterator[CrdLine | CrdAdjustment] = (
        replace(one, distribution_category="") if isinstance(one, CrdLine) else one for one in items
    )
    name = f"CRD_{run.number}_{society.society_code or society.id}.crd"
    return CrdFile(name, row.total_micro, len(lines), write_crd(header, told, written))


def _lines(run: RunRow, society_id: int) -> list[CrdLine]:
    """Return the lines of a society; the fund of each stands in its category until the sources are written."""
    tables = {
        "allocation": _looked_at(run.allocations_batch_id, ALLOCATIONS),
        "split": _looked_at(run.splits_batch_id, SHARE_SPLITS),
    }
    rows = query(_LINES.replace("$payee", str(int(society_id))), **tables).to_pylist()
    works = labels_of(row["work_id"] for row in rows if row["work_id"] is not None)
    parties = party_hits(row["party_id"] for row in rows if row["party_id"] is not None)
    days = _days({row["report_id"] for row in rows})
    found = []
    for row in rows:
        work, party = works.get(row["work_id"]), parties.get(row["party_id"])
        first, last = days.get(row["report_id"], (None, None))
        found.append(
            CrdLine(
                work_reference=(work.code if work else "")[:14],
                title=work.title if work else "",
                remitted_micro=row["amount_micro"],
                iswc=work.iswc if work else "",
                right_category=_category(row["rights"]),
                ip_name_number=(party.ipi_name or "") if party else "",
                party_name=party.name if party else "",
                share_ppm=row["share_ppm"],
                source_id=str(row["report_id"]),
                distribution_category=row["fund_code"],
                territory=row["territory"],
                use_count=row["use_count"],
                period_start=first,
                period_end=last,
                currency=run.currency,
                gross_micro=row["amount_micro"],
            )
        )
    return found


def _category(rights: str) -> str:
    """Return the category of the only right of a line, empty where it has several."""
    return CATEGORIES.get(Right(rights), "") if rights in Right else ""


def _days(report_ids: set[int]) -> Mapping[int, tuple[date | None, date | None]]:
    """Return the first and last day of use of each report."""
    found: dict[int, tuple[date | None, date | None]] = {}
    for report in PoolReport.objects.filter(report_id__in=report_ids).order_by("pk"):
        used = _looked_at(report.lines_batch_id, USAGE_LINES).column("used_on")
        ends = pc.min_max(used).as_py()
        found[report.report_id] = (ends["min"], ends["max"])
    return found


def _looked_at(batch_id: int | None, empty: pa.Schema) -> pa.Table:
    batch = get_batch(batch_id) if batch_id is not None else None
    return empty.empty_table() if batch is None else read_table(Path(settings.MUNIMENT_STORE) / batch.path)
