"""Editions of works, with their numbers as people write them."""

from muniment.kernel.words.identifiers import FORMATTERS
from muniment.rights.works.models import Edition, EditionNumber
from muniment.rights.works.queries.merges import merged_into
from muniment.rights.works.rules.rows import EditionRow

_SHOWN = 500


def editions_of(work_id: int) -> tuple[EditionRow, ...]:
    """Return the living editions of a work and of every record that was merged into it, newest first; 500 at most."""
    records = [work_id, *merged_into([work_id]).get(work_id, ())]
    rows = Edition.objects.filter(work_id__in=records, known_to__isnull=True).order_by("-published", "pk")[:_SHOWN]
    editions = list(rows)
    numbers: dict[int, list[tuple[str, str]]] = {}
    found = EditionNumber.objects.filter(edition_id__in=[row.pk for row in editions]).order_by("scheme", "pk")
    for edition_id, scheme, number in found.values_list("edition_id", "scheme", "number"):
        numbers.setdefault(edition_id, []).append((scheme, FORMATTERS.get(scheme, str)(number)))
    return tuple(
        EditionRow(
            row.pk, row.kind, row.title, row.subtitle, row.form, row.publisher, row.imprint, row.published,
            row.statement, row.languages, row.series, row.coverage, row.url, row.page_count, row.claim,
            tuple(numbers.get(row.pk, ())),
        )
        for row in editions
    )  # fmt: skip
