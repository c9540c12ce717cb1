"""Transfers of an account, whichever side it is on, found as each database finds them best."""

from collections.abc import Sequence

from django.db import connection
from django.db.models import BooleanField, F, Func, Q, QuerySet

from muniment.trust.ledger.models import Transfer


def touching(accounts: Sequence[int]) -> QuerySet[Transfer]:
    """Return the transfers that debit or credit one of these accounts; PostgreSQL has one index over both sides."""
    if connection.vendor != "postgresql":
        return Transfer.objects.filter(Q(debit_id__in=accounts) | Q(credit_id__in=accounts))
    wanted = ", ".join(str(int(account)) for account in accounts)
    sides = f"ARRAY[%(expressions)s] && ARRAY[{wanted}]::bigint[]"
    return Transfer.objects.filter(Func(F("debit_id"), F("credit_id"), template=sides, output_field=BooleanField()))
