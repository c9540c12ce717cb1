"""Payments explained: break one tie of each kind and see it named."""

import pytest
from django.db import connection

from muniment.interfaces.fsck.slips import check_slips
from muniment.kernel.words.period import Period
from muniment.pay.payments.rules.drafts import RedirectionDraft
from muniment.pay.payments.rules.facts import RedirectionKind
from muniment.pay.payments.services import approve_redirection, propose_redirection
from tests.cast import CHEN, FARIDA
from tests.pay.payments.world import NOW, approved, payee

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("UPDATE payments_paymentline SET amount_micro = amount_micro + 1", "are not the net"),
        ("UPDATE payments_paymentslip SET balance_micro = balance_micro + 1", "are not the net"),
        ("UPDATE payments_paymentslip SET paid_micro = paid_micro - 1", "its slips move"),
        ("UPDATE payments_paymentslip SET order_cents = order_cents + 1", "the slip orders"),
        ("DELETE FROM payments_paymentline", "are not the net"),
    ],
)
def test_a_payment_that_does_not_tie_is_named(statement: str, says: str) -> None:
    artist, producer = payee("Artist", balance_micro=45_000_001, account=1), payee("Producer")
    draft = RedirectionDraft(RedirectionKind.LETTER, artist, producer, 200_000, "L-1", Period())
    number = propose_redirection(actor=CHEN, at=NOW, draft=draft)
    approve_redirection(actor=FARIDA, at=NOW, number=number)
    batch_id = approved()
    found: list[str] = []
    assert check_slips(found.append) == "1 payments explained"
    assert found == []
    with connection.cursor() as cursor:
        cursor.execute(statement)
    check_slips(found.append)
    assert any(f"payment batch {batch_id}" in line and says in line for line in found)
