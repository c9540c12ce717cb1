"""What waits for people: each distinct line of a report that was not settled by itself has an item in the queue."""

import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import batched

import pyarrow as pa
import pyarrow.compute as pc
from django.db.models import BigIntegerField, F, OuterRef, Subquery, Sum, Value
from django.db.models.functions import Coalesce, Greatest

from muniment.kernel.words.names import fold
from muniment.trust.batches.bulk import copy_rows, next_ids
from muniment.use.matching.bulk.review import CHECKS
from muniment.use.matching.models import ReviewCount, ReviewItem
from muniment.use.matching.rules.review import ItemState, uncertainty_ppm
from muniment.use.matching.rules.scoring import Band

_CHUNK = 2_000
_WHOLE_UNIT_MICRO = 1_000_000
"""About one unit of money; only the order of the queue depends on it."""


def open_checks() -> pa.Table:
    """Return, as CHECKS, the lines that a sample shows to people and nobody has judged yet."""
    items = ReviewItem.objects.filter(state=ItemState.OPEN.value, band=Band.MATCHED.value)
    rows = [
        {"memory_key": key, "work_id": work_id}
        for key, work_id in items.values_list("memory_key", "best_work_id")
        if work_id is not None
    ]
    return pa.Table.from_pylist(rows, schema=CHECKS)


def renew_queue(report_id: int, table: pa.Table, candidates: pa.Table) -> None:
    """Give the report's waiting lines their items, and bring the counts of every item it touches up to date."""
    touched = set(ReviewCount.objects.filter(report_id=report_id).values_list("item_id", flat=True))
    ReviewCount.objects.filter(report_id=report_id).delete()
    wanted = candidates.filter(pc.is_in(candidates.column("memory_key"), value_set=table.column("memory_key")))
    recount(touched | write_waiting(report_id, table.to_pylist(), candidates_by_key(wanted)))


def write_waiting(
    report_id: int, rows: Sequence[dict[str, object]], candidates: Mapping[str, list[dict[str, object]]]
) -> set[int]:
    """Write the items of waiting rows and how much of each the report holds; return the items' numbers."""
    ids = _write_items(rows, candidates)
    copy_rows(
        ReviewCount,
        ("item_id", "report_id", "line_count", "use_count", "amount_micro"),
        (
            (ids[str(row["memory_key"])], report_id, row["line_count"], row["use_count"], row["amount_micro"])
            for row in rows
        ),
    )
    return set(ids.values())


def candidates_by_key(candidates: pa.Table) -> dict[str, list[dict[str, object]]]:
    """Return the candidates of each memory key as an item keeps them, the best first."""
    found: dict[str, list[dict[str, object]]] = {}
    columns = (candidates.column(name).to_pylist() for name in ("memory_key", "work_id", "score_ppm", "reasons"))
    for key, work_id, score_ppm, reasons in zip(*columns, strict=True):
        found.setdefault(key, []).append({"work_id": work_id, "score_ppm": score_ppm, "reasons": json.loads(reasons)})
    return found


def _write_items(
    rows: Sequence[dict[str, object]], candidates: Mapping[str, list[dict[str, object]]]
) -> dict[str, int]:
    """Write new items and renew those that are there; return the id of each memory key."""
    keys = [str(row["memory_key"]) for row in rows]
    there: dict[str, ReviewItem] = {}
    for chunk in batched(keys, _CHUNK):
        there |= {item.memory_key: item for item in ReviewItem.objects.filter(memory_key__in=chunk)}
    fresh = [row for row in rows if row["memory_key"] not in there]
    ids = {key: item.pk for key, item in there.items()}
    ids |= dict(zip((str(row["memory_key"]) for row in fresh), next_ids(ReviewItem, len(fresh)), strict=True))
    copy_rows(ReviewItem, _ITEM_COLUMNS, (_new_item(ids, row, candidates) for row in fresh))
    known = ((there[str(row["memory_key"])], row) for row in rows if row["memory_key"] in there)
    renewed = [item for item, row in known if _renew(item, row, candidates)]
    ReviewItem.objects.bulk_update(
        renewed,
        ["band", "method", "state", "score_ppm", "uncertainty_ppm", "best_work_id", "candidates"],
        batch_size=200,
    )
    return ids


_ITEM_COLUMNS = (
    "id",
    "memory_key",
    "band",
    "state",
    "title",
    "performer",
    "writers",
    "codes",
    "search_text",
    "score_ppm",
    "uncertainty_ppm",
    "best_work_id",
    "candidates",
    "line_count",
    "use_count",
    "amount_micro",
    "priority",
    "sample_line_id",
    "method",
)


def _new_item(
    ids: dict[str, int], row: dict[str, object], candidates: Mapping[str, list[dict[str, object]]]
) -> tuple[object, ...]:
    key = str(row["memory_key"])
    found = candidates.get(key, [])
    texts = [str(row[name] or "") for name in ("title", "performer", "writers")]
    codes = [str(row[name]) for name in ("iswc", "isrc", "source_id") if row[name]]
    return (
        ids[key],
        key,
        row["band"] if not row["decided"] else Band.REVIEW.value,
        ItemState.SETTLED.value if row["decided"] else ItemState.OPEN.value,
        *texts,
        codes,
        fold(" ".join([*texts, *codes])),
        row["score_ppm"],
        uncertainty_ppm(int(str(row["score_ppm"]))),
        found[0]["work_id"] if found else None,
        found,
        0,
        0,
        None,
        0,
        row["sample_line_id"],
        row["method"],
    )


def _renew(item: ReviewItem, row: dict[str, object], candidates: Mapping[str, list[dict[str, object]]]) -> bool:
    """Bring an item up to date and say whether that changed it; one that a decision settled stays as it is."""
    if row["decided"]:
        return False
    before = (item.band, item.method, item.score_ppm, item.candidates, item.state)
    found = candidates.get(item.memory_key, [])
    item.band, item.method = str(row["band"]), str(row["method"])
    item.score_ppm = int(str(row["score_ppm"]))
    item.uncertainty_ppm = uncertainty_ppm(item.score_ppm)
    item.best_work_id = int(str(found[0]["work_id"])) if found else None
    item.candidates = found
    if item.state == ItemState.SETTLED or (item.state == ItemState.REJECTED and item.band == Band.REVIEW):
        item.state = ItemState.OPEN.value
    return before != (item.band, item.method, item.score_ppm, item.candidates, item.state)


def recount(item_ids: Iterable[int]) -> None:
    """Sum the counts of items anew; an open item without lines is settled."""
    counts = ReviewCount.objects.filter(item_id=OuterRef("pk")).order_by().values("item_id")

    def total(column: str) -> Subquery:
        return Subquery(counts.annotate(total=Sum(column)).values("total"), output_field=BigIntegerField())

    for chunk in batched(sorted(item_ids), _CHUNK):
        items = ReviewItem.objects.filter(pk__in=chunk)
        items.update(
            line_count=Coalesce(total("line_count"), Value(0)),
            use_count=Coalesce(total("use_count"), Value(0)),
            amount_micro=total("amount_micro"),
        )
        money = Coalesce(F("amount_micro"), Value(0)) / Value(_WHOLE_UNIT_MICRO)
        weight = Greatest(F("use_count"), money, output_field=BigIntegerField())
        items.update(priority=weight * F("uncertainty_ppm") + F("use_count"))
        items.filter(state=ItemState.OPEN.value, line_count=0).update(state=ItemState.SETTLED.value)
