"""How long the heaviest pages take to make, asked for as a browser does but without a network."""

import statistics
import time
from collections.abc import Iterator

from django.test import Client

from muniment.interfaces.bench.measure import Measures
from muniment.pay.distributions.queries import list_statements
from muniment.rights.works.queries import find_works
from muniment.trust.access.models import User
from muniment.trust.access.rules import Role
from muniment.use.matching.queries import queue

TIMES = 11


def measure_pages(measures: Measures) -> None:
    """Add the median time of each page to the measures, in milliseconds; the first, cold call does not count."""
    staff = _client("bench-staff", Role.DISTRIBUTION, None)
    for name, address in _staff_addresses():
        _measure(measures, staff, name, address)
    statements = list_statements(limit=1).rows
    if statements:
        member = _client("bench-member", Role.MEMBER, statements[0].party_id)
        _measure(measures, member, "page: a member's statement", f"/portal/statements/{statements[0].id}/")


def _staff_addresses() -> Iterator[tuple[str, str]]:
    yield "page: list of works", "/office/works/"
    first = find_works("", limit=1).rows[0]
    word = first.title.split()[0]
    yield f"page: search of works ({word})", f"/office/works/?q={word}"
    yield "page: search of works, no hit", "/office/works/?q=zzyzxq"
    yield "page: one work", f"/office/works/{first.id}/"
    yield "page: review queue", "/office/review/"
    waiting = queue(limit=1).rows
    if waiting:
        yield "page: one item of the queue", f"/office/review/{waiting[0].id}/"
    yield "page: distribution run", "/office/distributions/1/"


def _client(name: str, role: Role, party_id: int | None) -> Client:
    user, _made = User.objects.get_or_create(username=name, defaults={"role": role.value, "party_id": party_id})
    client = Client()
    client.force_login(user)
    return client


def _measure(measures: Measures, client: Client, name: str, address: str) -> None:
    """Ask for a page several times and keep the median.

    Raises:
        AssertionError: the page is not there; a time of an error page would mean nothing.
    """
    times = []
    for _ in range(TIMES + 1):
        start = time.perf_counter()
        response = client.get(address)
        times.append(time.perf_counter() - start)
        assert response.status_code == 200, f"{address}: status {response.status_code}"
    measures.add(name, 0, "", round(statistics.median(times[1:]) * 1000))
