"""How often one sender may do something on a day, without keeping who it was.

A turn is a spent form whose token holds the day and a keyed digest of the address; turns of other days go when the next
one is taken. IPv6 addresses count by their network of 64 bits, which one household has.
"""

import ipaddress
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from muniment.interfaces.models import SpentForm
from muniment.kernel.words.problems import UserError

_DIGITS = 32
_NETWORK_BITS = 64


class TooOften(UserError):
    """The sender has had all turns of the day."""


def sender_digest(request: HttpRequest, kind: str, on: date) -> str:
    """Return what stands for the sender of a request on one day; of another day it is another."""
    text = str(request.META.get("REMOTE_ADDR", ""))
    try:
        address = ipaddress.ip_address(text)
        if address.version == 6:
            text = str(ipaddress.ip_network((address, _NETWORK_BITS), strict=False))
    except ValueError:
        text = "unknown"
    return salted_hmac(f"muniment.turns.{kind}.{on.isoformat()}", text, algorithm="sha256").hexdigest()[:_DIGITS]


def take_turn(request: HttpRequest, kind: str, at: datetime, most: int, refusal: TooOften) -> None:
    """Take one of the sender's turns of the day; two at once get two.

    Raises:
        TooOften: `refusal`, when `most` are taken.
    """
    day = at.date()
    start = f"{kind}/{day.isoformat()}/"
    SpentForm.objects.filter(token__startswith=f"{kind}/").exclude(token__startswith=start).delete()
    sender = f"{start}{sender_digest(request, kind, day)}/"
    taken = SpentForm.objects.filter(token__startswith=sender).count()
    for place in range(taken, most):
        try:
            with transaction.atomic():
                SpentForm.objects.create(token=f"{sender}{place}", spent_at=at, location="")
        except IntegrityError:
            continue
        return
    raise refusal
