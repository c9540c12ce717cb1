"""What the reports of long books cost: they follow all money that was ever booked."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
import pyarrow as pa

from muniment.interfaces.bench.ledger_posting import cpu_seconds
from muniment.interfaces.bench.measure import peak_memory_mib
from muniment.pay.distributions.queries.clocks import standings_on
from muniment.pay.distributions.queries.funnels import places_of_runs
from muniment.pay.distributions.queries.report_rules import report_rules
from muniment.pay.distributions.queries.transparency import iter_postings, transparency_report
from muniment.pay.distributions.rules.figures import FigureKey
from muniment.trust.access.rules import operator
from muniment.trust.ledger.bulk import TRANSFERS
from muniment.trust.ledger.queries.origins import last_hash
from muniment.trust.ledger.rules import EntryHead
from muniment.trust.ledger.services import post_columns

YEAR = 2026
_OF_A_POOL = 10_000
_USES = ("radio", "live", "web", "tv")


@dataclass(frozen=True, slots=True)
class Cost:
    """What one question to the books cost, in seconds by the clock and of this process's processor."""

    question: str
    wall_s: float
    cpu_s: float
    peak_mib: int
    answer: str


def book_a_year(*, transfers: int, payees: int, currency: str, at: datetime, seed: int) -> int:
    """Book money received, distributed in pools of ten thousand and paid to half of the payees; return how many.

    About two thirds of the transfers distribute, the others order payments and confirm them.
    """
    chance = np.random.default_rng(seed)
    pools = max(1, transfers * 2 // 3 // _OF_A_POOL)
    booked = 0
    for pool in range(pools):
        fund = f"fund/{_USES[pool % len(_USES)]}/LIC-{pool % 40}/{YEAR}"
        payee = np.sort(chance.integers(1, payees + 1, _OF_A_POOL))
        amounts = chance.integers(1, 10**9, _OF_A_POOL)
        day = date(YEAR, 1 + pool * 11 // pools, 15)
        heads = [
            EntryHead(f"bench/receipt/{pool}", "receipt", day, currency),
            EntryHead(f"distribution/{1 + pool // 40}/pool/{pool % 40}", "distribution", day, currency),
        ]
        given = zip(payee.tolist(), amounts.tolist(), strict=True)
        rows = [(0, "bank", fund, int(amounts.sum())), *((1, fund, f"payable/{to}", micro) for to, micro in given)]
        booked += _post(heads, rows, at)
    ordered = min(payees // 2, (transfers - booked) // 2)
    day = date(YEAR, 12, 20)
    paid = [(payee, int(chance.integers(1, 10**8))) for payee in range(1, ordered + 1)]
    head = EntryHead("bench/order", "payment order", day, currency)
    booked += _post([head], [(0, f"payable/{payee}", "transit/1", micro) for payee, micro in paid], at)
    head = EntryHead("bench/paid", "payment paid", day, currency)
    return booked + _post([head], [(0, "transit/1", "bank", micro) for _, micro in paid], at)


def _post(heads: list[EntryHead], rows: list[tuple[int, str, str, int]], at: datetime) -> int:
    if not rows:
        return 0
    entry, debit, credit, amount = zip(*rows, strict=True)
    table = pa.table(
        [
            pa.array(entry, pa.int64()),
            pa.array(debit).dictionary_encode(),
            pa.array(credit).dictionary_encode(),
            pa.array(amount, pa.int64()),
        ],
        schema=TRANSFERS,
    )
    post_columns(actor=operator("bench"), at=at, heads=heads, transfers=table)
    return len(rows)


def measure_reports(currency: str) -> Iterator[Cost]:
    """Ask each question once, after a first report that makes the compiled code, and yield what it cost."""
    transparency_report(YEAR)

    def postings() -> str:
        found = list(iter_postings(FigureKey("paid", currency, use=_USES[0]), YEAR))
        return f"{len(found)} postings"

    questions: tuple[tuple[str, Callable[[], str]], ...] = (
        ("transparency report", lambda: "ties" if transparency_report(YEAR).ties else "DOES NOT TIE"),
        ("money by account and origin", lambda: f"{len(standings_on(date(YEAR, 12, 31), report_rules()))} rows"),
        ("funnels of all runs", lambda: f"{len(places_of_runs(last_hash()))} runs"),
        ("postings of a figure", postings),
    )
    for question, ask in questions:
        wall, cpu = time.perf_counter(), cpu_seconds()
        answer = ask()
        yield Cost(question, time.perf_counter() - wall, cpu_seconds() - cpu, peak_memory_mib(), answer)
