"""A batch that is killed at any statement: nothing is half done, and the same act by its number does the work once."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from muniment.kernel.words.period import Period
from muniment.pay.payments.models import PaymentLine, PaymentOrder, PaymentSlip
from muniment.pay.payments.queries import get_batch, list_batches, list_orders, next_act
from muniment.pay.payments.rules import BatchState
from muniment.pay.payments.rules.drafts import RedirectionDraft
from muniment.pay.payments.rules.facts import RedirectionKind
from muniment.pay.payments.services import (
    approve_payments,
    approve_redirection,
    confirm_payments,
    draft_payments,
    propose_redirection,
)
from muniment.trust.ledger.queries import balance, balances
from muniment.trust.ledger.rules import payable, transit
from tests.cast import CHEN, FARIDA
from tests.pay.payments.world import NOW, ON, payee, write_confirmations

pytestmark = pytest.mark.django_db(transaction=True)


class Killed(Exception):
    """The process died here."""


@contextmanager
def killed_at(number: int) -> Iterator[list[int]]:
    """Die before the statement of this number; the list holds how many were run."""
    count = [0]

    def guard(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        count[0] += 1
        if count[0] == number:
            raise Killed
        return execute(sql, params, many, context)

    with connection.execute_wrapper(guard):
        yield count


def state_of_the_books() -> tuple[object, ...]:
    """Return everything that an act could leave behind."""
    return (
        tuple(sorted(balances("", "EUR").items())),
        tuple((batch.id, batch.state) for batch in list_batches().rows),
        PaymentOrder.objects.count(),
        PaymentSlip.objects.count(),
        PaymentLine.objects.count(),
        tuple(PaymentOrder.objects.order_by("id").values_list("state", flat=True)),
    )


def kill_everywhere(act: Callable[[], object]) -> int:
    """Kill the act before each of its statements in turn, until it runs to its end; return how often it died."""
    deaths = 0
    while True:
        before = state_of_the_books()
        try:
            with killed_at(deaths + 1):
                act()
        except Killed:
            deaths += 1
            assert state_of_the_books() == before
            continue
        return deaths


def test_drafting_approving_and_confirming_survive_a_death_at_every_statement(tmp_path: Path) -> None:
    artist = payee("Artist", balance_micro=45_000_000, account=1)
    producer = payee("Producer", balance_micro=1_000_000, account=2)
    draft = RedirectionDraft(RedirectionKind.LETTER, artist, producer, 200_000, "L-1", Period())
    number = propose_redirection(actor=CHEN, at=NOW, draft=draft)
    approve_redirection(actor=FARIDA, at=NOW, number=number)

    assert kill_everywhere(lambda: draft_payments(actor=CHEN, at=NOW, currency="EUR", on=ON)) > 10
    assert list_batches().total == 1
    batch_id = list_batches().rows[0].id
    assert "second person" in next_act(batch_id)

    assert kill_everywhere(lambda: approve_payments(actor=FARIDA, at=NOW, batch_id=batch_id)) > 10
    assert balance(transit(batch_id), "EUR") == 37_000_000
    assert balance(payable(producer), "EUR") == 9_000_000
    assert "export it" in next_act(batch_id)

    rows = [f"{order.end_to_end_id},paid,2026-10-21," for order in list_orders(batch_id).rows]
    path = write_confirmations(tmp_path, *rows)
    assert kill_everywhere(lambda: confirm_payments(actor=FARIDA, at=NOW, path=path)) > 10
    assert get_batch(batch_id).state is BatchState.SETTLED
    assert balance(transit(batch_id), "EUR") == 0
    assert "nothing is open" in next_act(batch_id)
