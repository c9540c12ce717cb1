"""The commands that are killed: an invented society, from a receipt to the bank's answer; a registration; deposits.

Each command can be run again after a kill: it finds by its key, its run or its batch what was done, and does the rest.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from django.conf import settings
from django.db import connection

from muniment.kernel.words.shares import Right
from muniment.pay.distributions import services as distributions
from muniment.pay.distributions.models import Adjustment, DistributionRun
from muniment.pay.payments import services as payments
from muniment.pay.payments.models import PaymentBatch
from muniment.rights.works.rules import ShareClaim
from muniment.trust.batches.services import DuplicateFile
from muniment.trust.ledger.bulk import TRANSFERS
from muniment.trust.ledger.models import Entry
from muniment.trust.ledger.rules import EntryDraft, EntryHead, TransferDraft
from muniment.trust.ledger.services import post_columns, post_entries, reverse_entry
from muniment.trust.ledger.services.sealing import seal_day
from tests.cast import CHEN, FARIDA
from tests.crash import evidence, registry
from tests.pay.distributions.society import AT, RADIO, Society, set_up
from tests.pay.payments.world import DEBTOR

LATER = AT + timedelta(days=60)
PAID_AT = AT + timedelta(days=62)
EURO = 1_000_000
_SOCIETY: list[Society] = []


@dataclass(frozen=True, slots=True)
class Command:
    """A command by its name; one that is not `kept` is tried on the state before it and leads nowhere.

    One that is `files_first` changes files that no rollback brings back: fsck is content once it was run again.
    """

    name: str
    act: Callable[[], None]
    kept: bool = True
    files_first: bool = False


def prepare() -> None:
    """Fill an empty database with members, claims, a report and money."""
    society = set_up(pytest.MonkeyPatch())
    _SOCIETY.append(society)
    aigul, bilal = society.member("Aigul Serik"), society.member("Bilal Khan", place=1)
    waiting = society.member("Chen Wei", bank=False)
    society.share(1, (aigul, 500_000), (bilal, 500_000))
    society.share(2, (aigul, 400_000), (waiting, 100_000))
    society.receive(RADIO, 1_000_000_007)
    society.report(RADIO, 11, [(1, 180, 1), (2, 120, 1), (None, 60, 1)])
    registry.prepare_registry()
    evidence.prepare_evidence()


def _draft(key: str, debit: str, credit: str, amount: int) -> EntryDraft:
    return EntryDraft(key, "receipt", AT.date(), "EUR", (TransferDraft(debit, credit, amount),))


def _post() -> None:
    post_entries(actor=CHEN, at=AT, drafts=[_draft(f"crash/{n}", "bank", f"fund/live/{n}", n + 1) for n in range(3)])


def _post_columns() -> None:
    codes = pa.array(["fund/live/2", *(f"fund/columns/{number}" for number in range(40))])
    heads = [EntryHead(f"crash/columns/{place}", "distribution", AT.date(), "EUR") for place in range(2)]
    table = pa.table(
        [
            pa.array(np.repeat([0, 1], 40)),
            pa.DictionaryArray.from_arrays(pa.array(np.zeros(80, np.int32)), codes),
            pa.DictionaryArray.from_arrays(pa.array(np.tile(np.arange(1, 41), 2).astype(np.int32)), codes),
            pa.array(np.arange(1, 81)),
        ],
        schema=TRANSFERS,
    )
    post_columns(actor=CHEN, at=AT, heads=heads, transfers=table)


def _reverse() -> None:
    entry = Entry.objects.get(idempotency_key="crash/0")
    reverse_entry(actor=CHEN, at=AT, entry_id=entry.pk, key="crash/0/back", booked_on=AT.date())


def _run() -> Any:
    return DistributionRun.objects.order_by("id").first()


def _draft_and_approve() -> None:
    """Take the run to where it waits for its posting; not a command that is killed, because it moves no money."""
    row = distributions.draft_run(actor=CHEN, at=AT, title="Radio", policy="census-1", fund_codes=[RADIO], known_at=AT)
    distributions.compute_run(actor=CHEN, at=AT, run_id=row.id)
    distributions.approve_run(actor=FARIDA, at=AT, run_id=row.id)


def _post_run() -> None:
    if _run().state == "approved":
        distributions.post_run(actor=CHEN, at=AT, run_id=_run().id)


def _reverse_run() -> None:
    if _run().state == "posted":
        distributions.reverse_run(actor=FARIDA, at=AT, run_id=_run().id, reason="crash")


def _issue_statements() -> None:
    if _run().state == "posted":
        distributions.issue_statements(actor=CHEN, at=AT, run_id=_run().id)


def _adjustment() -> Any:
    return Adjustment.objects.order_by("id").first()


def _learn() -> None:
    """Let it be known that Bilal has a share of the second work."""
    claims = _SOCIETY[0].claims
    bilal = claims[1][1].party_id
    line = ShareClaim(9_001, bilal, Right.PERFORMING, "2136", 300_000, "late", LATER - timedelta(days=1), role="CA")
    claims[2] = (*claims[2], line)


def _draft_adjustment() -> None:
    if _adjustment() is None:
        distributions.draft_adjustment(actor=CHEN, at=LATER, run_id=_run().id, known_at=LATER)


def _approve_adjustment() -> None:
    if _adjustment().state == "computed":
        distributions.approve_adjustment(actor=FARIDA, at=LATER, adjustment_id=_adjustment().id)


def _post_adjustment() -> None:
    if _adjustment().state == "approved":
        distributions.post_adjustment(actor=CHEN, at=LATER, adjustment_id=_adjustment().id)


def _open_account() -> None:
    """Have the member without a bank account open one."""
    _SOCIETY[0].open_account(_SOCIETY[0].claims[2][1].party_id, place=2)


def _release() -> None:
    distributions.release_payee_holds(actor=CHEN, at=LATER, currency="EUR", minimum_micro=0)


def _batch() -> Any:
    return PaymentBatch.objects.order_by("id").first()


def _draft_payments() -> None:
    if _batch() is None:
        payments.draft_payments(actor=CHEN, at=PAID_AT, currency="EUR", on=PAID_AT.date(), minimum_micro=0)


def _approve_payments() -> None:
    if _batch().state == "draft":
        payments.approve_payments(actor=FARIDA, at=PAID_AT, batch_id=_batch().id)


def _export_payments() -> None:
    if _batch().state == "approved":
        payments.export_pain001(actor=CHEN, at=PAID_AT, batch_id=_batch().id, debtor=DEBTOR)


def _confirm_payments() -> None:
    path = Path(settings.MUNIMENT_HOME) / "bank.csv"
    with connection.cursor() as cursor:
        cursor.execute("SELECT end_to_end_id FROM payments_paymentorder ORDER BY id")
        orders = [row[0] for row in cursor.fetchall()]
    words = ["paid", "returned", *["paid"] * len(orders)]
    day = PAID_AT.date()
    lines = [f"{order},{word},{day},closed" for order, word in zip(orders, words, strict=False)]
    path.write_text("\n".join(["end_to_end_id,state,booked_on,reason", *lines, ""]))
    try:
        payments.confirm_payments(actor=FARIDA, at=PAID_AT, path=path)
    except DuplicateFile:
        return


def _seal() -> None:
    seal_day(actor=CHEN, at=datetime(2027, 1, 1, tzinfo=UTC), day=PAID_AT.date(), secret=bytes(range(32)))


def between(name: str) -> None:
    """Do what comes before a command and is not killed."""
    preparations = {
        "post a distribution": _draft_and_approve,
        "draft an adjustment": _learn,
        "release holds": _open_account,
        "ask for a correction": registry.take,
        "make a certificate": evidence.append,
    }
    preparations.get(name, lambda: None)()


COMMANDS = (
    Command("post entries", _post),
    Command("post in columns", _post_columns),
    Command("reverse an entry", _reverse),
    Command("post a distribution", _post_run),
    Command("reverse a distribution", _reverse_run, kept=False),
    Command("issue statements", _issue_statements),
    Command("draft an adjustment", _draft_adjustment),
    Command("approve an adjustment", _approve_adjustment),
    Command("post an adjustment", _post_adjustment),
    Command("release holds", _release),
    Command("draft payments", _draft_payments),
    Command("approve payments", _approve_payments),
    Command("export payments", _export_payments),
    Command("confirm payments", _confirm_payments),
    Command("seal a day", _seal),
    Command("submit an application", registry.submit),
    Command("ask for a correction", registry.ask),
    Command("answer a correction", registry.answer),
    Command("pass an examination", registry.pass_stage),
    Command("publish an application", registry.publish),
    Command("close a publicity", registry.close),
    Command("record a pledge", registry.pledge),
    Command("discharge a pledge", registry.discharge),
    Command("run the clocks", registry.run_clocks),
    Command("append to the log", evidence.append),
    Command("cosign the tree", evidence.cosign),
    Command("stamp the tree", evidence.stamp),
    Command("deposit a file", partial(evidence.deposit_content, "file")),
    Command("deposit a folder", partial(evidence.deposit_content, "folder")),
    Command("deposit hashes", partial(evidence.deposit_content, "hashes")),
    Command("issue a certificate", evidence.issue),
    Command("make a certificate", evidence.make),
    Command("certify a registration", evidence.certify_registration, kept=False),
    Command("make an extract", evidence.extract),
    Command("make a search certificate", evidence.search),
    Command("withdraw a certificate", evidence.withdraw),
    Command("erase a deposit", evidence.erase, files_first=True),
    Command("append again", evidence.append),
)
"""In the order of a quarter, of a registration, of a deposit; each begins where the one before it ended."""
