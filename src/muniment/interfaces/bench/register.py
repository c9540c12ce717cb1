"""How long the public pages of a large register take to make, asked for as a browser does but without a network."""

import random
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from muniment.interfaces.demo.registry_words import Firm, make_firm, make_title
from muniment.rights.registry.bulk import Sketch
from muniment.rights.registry.queries.applications import in_publicity
from muniment.rights.registry.queries.registrations import search_register
from muniment.rights.registry.rules.application import Applicant, Source, Statement

TIMES = 7
_DAYS = 700
_TERM = timedelta(days=3 * 365)


@dataclass(frozen=True, slots=True)
class PageTime:
    """What a page costs: the median by the clock and of our own computing, in milliseconds, and its statements."""

    page: str
    address: str
    wall_ms: float
    cpu_ms: float
    statement_count: int


def invent_register(registrations: int, published: int, today: date, seed: int) -> Iterator[Sketch]:
    """Yield what is in an invented register: registrations of the last two years, then publications of now."""
    rng = random.Random(seed)  # noqa: S311
    firms = [make_firm(rng, number) for number in range(1, max(20, registrations // 8))]
    for number in range(registrations):
        on = today - timedelta(days=_DAYS - number * _DAYS // registrations)
        yield Sketch(_statement(rng, rng.choice(firms), number), on, on + _TERM)
    for number in range(published):
        statement = _statement(rng, rng.choice(firms), registrations + number)
        yield Sketch(statement, today - timedelta(days=1), today + timedelta(days=20), is_published=True)


def measure_register(now: datetime) -> Iterator[PageTime]:
    """Yield what each public page of the register costs; the first, cold call does not count."""
    client = Client()
    for page, address in _addresses(now.astimezone(UTC).date()):
        yield _measured(client, page, address)


def _addresses(today: date) -> Iterator[tuple[str, str]]:
    newest = search_register(limit=1).rows[0]
    latin, number = newest.title.split("第")[0][:2], newest.certificate_number
    register = "/public/register/"
    yield "list, first page", register
    yield "list, page 400", f"{register}?page=400"
    yield f"search of a frequent word ({latin})", f"{register}?q={latin}"
    yield "search of two words, one rare", f"{register}?q=No+{newest.title.split('第')[1].rstrip('号')}"
    yield "search without a hit", f"{register}?q=zzyzxq"
    yield "search of a holder", f"{register}?holder={newest.holders[0][:4]}"
    yield "of an industry", f"{register}?industry={newest.industry}"
    yield "of a profile, in force", f"{register}?profile={newest.profile}&state=in_force"
    yield "one registration", f"{register}{number}/"
    yield "one registration as of a day", f"{register}{number}/as-of/?on={today}"
    yield "feed of registrations (Atom)", "/public/register.atom"
    yield "publicity, first page", "/public/publicity/"
    published = in_publicity(today, 1).rows
    if published:
        yield "one publication", f"/public/publicity/{published[0].number}/"
    yield "feed of publicity (Atom)", "/public/publicity.atom"


def _measured(client: Client, page: str, address: str) -> PageTime:
    """Ask for a page several times.

    Raises:
        AssertionError: the page is not there; a time of an error page would mean nothing.
    """
    walls, cpus = [], []
    for _ in range(TIMES):
        wall, cpu = time.perf_counter(), time.process_time()
        response = client.get(address)
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
        assert response.status_code == 200, f"{address}: status {response.status_code}"
    with CaptureQueriesContext(connection) as captured:
        client.get(address)
    wall_ms, cpu_ms = (round(1000 * statistics.median(times[1:]), 1) for times in (walls, cpus))
    return PageTime(page, address, wall_ms, cpu_ms, len(captured))


def _statement(rng: random.Random, firm: Firm, number: int) -> Statement:
    title = make_title(rng, firm.trade, number)
    return Statement(
        title=title.native,
        title_latin=title.latin,
        industry=firm.trade.code,
        scenario=firm.trade.scenario,
        applicants=(Applicant(firm.name.native, firm.kind, firm.identifier, "holder", firm.country),),
        sources=(Source("self_collected", "sensors", "read every hour"),),
        record_count=1_000,
    )
