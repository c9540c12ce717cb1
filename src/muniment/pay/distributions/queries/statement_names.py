"""What works, parties and sources are called on the statements of a run: sealed when the statements are issued.

A title that is corrected later, or a member who takes another name, changes no statement that was issued.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.conf import settings

from muniment.kernel.columns.schemas import STATEMENT_NAMES
from muniment.pay.distributions.models import PoolReport
from muniment.pay.distributions.queries.runs import RunRow
from muniment.rights.parties.queries import party_hits
from muniment.rights.works.queries import labels_of
from muniment.trust.batches.queries import SealedBatchRow, batch_made_from, get_batch
from muniment.use.usages.queries import UnknownReport, get_report

STAGE = "statement_names"
"""The stage under which the names are sealed; the batch is made from the run's allocations."""

_FILES_KEPT = 8


@dataclass(frozen=True, slots=True)
class Name:
    """What something is called: a name or title, a code, and its ISWC or IPI name number; empty where there is none."""

    name: str
    code: str
    number: str


def names_table(run: RunRow) -> pa.Table:
    """Return STATEMENT_NAMES of a run as things are called now: its works, its parties, the sources of its reports."""
    batch = get_batch(run.allocations_batch_id or 0)
    if batch is None:
        return STATEMENT_NAMES.empty_table()
    path = Path(settings.MUNIMENT_STORE) / batch.path
    found = pq.read_table(path, columns=["work_id", "party_id", "payee_id", "status"])
    paid = found.filter(pc.equal(found.column("status"), "PAYABLE"))
    works = paid.column("work_id").unique().drop_null().to_pylist()
    parties = {*paid.column("party_id").unique().to_pylist(), *paid.column("payee_id").unique().to_pylist()} - {None}
    rows = [*_works(works), *_parties(parties), *_reports(run), ("society", 0, settings.MUNIMENT_SOCIETY, "", "")]
    columns = zip(*sorted(rows), strict=True)
    arrays = [pa.array(column, field.type) for column, field in zip(columns, STATEMENT_NAMES, strict=True)]
    return pa.table(arrays, schema=STATEMENT_NAMES)


def _works(ids: list[int]) -> Iterator[tuple[str, int, str, str, str]]:
    for work_id, label in labels_of(ids).items():
        yield "work", work_id, label.title, label.code, label.iswc


def _parties(ids: set[int]) -> Iterator[tuple[str, int, str, str, str]]:
    for party_id, hit in party_hits(ids).items():
        yield "party", party_id, hit.name, hit.code or "", hit.ipi_name or ""


def _reports(run: RunRow) -> Iterator[tuple[str, int, str, str, str]]:
    numbers = PoolReport.objects.filter(pool__run_id=run.id).order_by("report_id").values_list("report_id", flat=True)
    for number in sorted(set(numbers)):
        try:
            report = get_report(number)
        except UnknownReport:  # undone since: only a run that was reversed has such reports
            continue
        yield "report", number, report.source_name, report.source_code, ""


def sealed_names(run: RunRow) -> SealedBatchRow | None:
    """Return the batch of the names that were sealed when the run's statements were issued; None for older runs."""
    return None if run.allocations_batch_id is None else batch_made_from(STAGE, [run.allocations_batch_id])


def names_of_kinds(run: RunRow, *kinds: str) -> Mapping[tuple[str, int], Name]:
    """Return the sealed names of some kinds by kind and id; nothing for a run whose names were not sealed."""
    batch = sealed_names(run)
    return {} if batch is None else _names(str(Path(settings.MUNIMENT_STORE) / batch.path), kinds)


@lru_cache(maxsize=_FILES_KEPT)
def _names(path: str, kinds: tuple[str, ...]) -> Mapping[tuple[str, int], Name]:
    """Return names by kind and id; a sealed file never changes, so it is read once."""
    table = pq.read_table(path, filters=[("kind", "in", kinds)])
    rows = zip(*(column.to_pylist() for column in table.columns), strict=True)
    return {(kind, number): Name(*rest) for kind, number, *rest in rows}


def name_of_party(run: RunRow, party_id: int) -> Name | None:
    """Return what a payee was called when the run's statements were issued; None where that was not sealed."""
    batch = sealed_names(run)
    if batch is None:
        return None
    path = Path(settings.MUNIMENT_STORE) / batch.path
    found = pq.read_table(path, filters=[("kind", "=", "party"), ("id", "=", party_id)]).to_pylist()
    return Name(found[0]["name"], found[0]["code"], found[0]["number"]) if found else None
