"""What the entries of a pool say of themselves, so that the books can be summed by run, right and year of collection.

The use, the licensee and the year are read from the fund's code where it says them: see the rules of the ledger.
"""

import re

from muniment.pay.distributions.models import Pool, PoolReport
from muniment.pay.distributions.queries.hold_ages import received_first
from muniment.trust.ledger.rules import dimensions_text

_YEAR = re.compile(r"(?<!\d)(?:19|20)\d{2}(?!\d)")


def pool_dimensions(pool: Pool) -> str:
    """Return the dimensions of entries that move a pool's money: its run, the rights of its usage, the year.

    Several rights are written as one value, such as "MR+PR"; no right is said where no usage divides the pool. The
    year is said only where the fund's code has none: then it is that of the fund's first receipt.
    """
    rights = PoolReport.objects.filter(pool=pool).order_by("right").values_list("right", flat=True).distinct()
    said = {"run": str(pool.run.number), "right": "+".join(rights)}
    if not _YEAR.search(pool.fund_code.rpartition("/")[2]):
        received_on = received_first(pool.fund_code, pool.run.currency)
        said["collection_year"] = str(received_on.year) if received_on else ""
    return dimensions_text(said)
