"""When lines without a work are asked again."""

from datetime import date, timedelta

LONGEST_DAYS = 32


def wait_days(tries: int) -> int:
    """Return the days to wait after so many tries: 1, 2, 4 … and never more than 32."""
    return min(1 << min(tries, 30), LONGEST_DAYS)


def next_try(tried_on: date, tries: int) -> date:
    """Return the day of the next try after `tries` tries, the last on `tried_on`."""
    return tried_on + timedelta(days=wait_days(tries))
