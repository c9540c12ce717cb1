"""Lines with the works that people said they are: what a model can learn from."""

from dataclasses import dataclass

import pyarrow as pa

from muniment.rights.works.queries import current_work_ids
from muniment.use.matching.bulk.matcher import QUERIES
from muniment.use.matching.bulk.probing import Waiting, codes_of
from muniment.use.matching.models import MatchDecision, ReviewItem
from muniment.use.matching.rules.scoring import Band


@dataclass(frozen=True, slots=True)
class LabelledLines:
    """Distinct lines as QUERIES, by the number of their item, and the work that each is; None: none of those shown."""

    lines: pa.Table
    works: tuple[int | None, ...]


def labelled_lines() -> LabelledLines:
    """Return the lines that people decided about one at a time, as the decisions that hold say, in a fixed order.

    What was accepted many at once is left out: nobody looked at each of those.
    """
    held = MatchDecision.objects.select_related("item").filter(ended_at__isnull=True, bulk__isnull=True)
    found = [(decision.item, decision.work_id) for decision in held.order_by("id").iterator(chunk_size=2_000)]
    leads = current_work_ids({work_id for _, work_id in found if work_id is not None})
    rows = [_texts(item) for item, _ in found]
    columns = zip(*rows, strict=True) if rows else [()] * len(QUERIES)
    arrays = [pa.array(column, field.type) for column, field in zip(columns, QUERIES, strict=True)]
    works = tuple(None if work_id is None else leads[work_id] for _, work_id in found)
    return LabelledLines(pa.Table.from_arrays(arrays, schema=QUERIES), works)


def _texts(item: ReviewItem) -> tuple[int | str, ...]:
    """Return an item as a row of QUERIES."""
    nothing: frozenset[int] = frozenset()
    texts = (item.title, item.performer, item.writers)
    codes = codes_of(Waiting(item.pk, item.memory_key, Band(item.band), *texts, tuple(item.codes), nothing, nothing))
    return (item.pk, *texts, *codes)
