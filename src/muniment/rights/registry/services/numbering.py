"""Serial numbers without a gap and without a double."""

from muniment.rights.registry.models import NumberSeries


def next_serial(series: str) -> int:
    """Return the next number of a series, from 1; call it within the transaction of what gets the number.

    The series stays locked until that transaction ends, so that a number which is not used after all is given to the
    next who asks.
    """
    row = NumberSeries.objects.select_for_update().filter(name=series).first()
    if row is None:
        NumberSeries.objects.bulk_create([NumberSeries(name=series, last=0)], ignore_conflicts=True)
        row = NumberSeries.objects.select_for_update().get(name=series)
    row.last += 1
    row.save(update_fields=["last"])
    return row.last
