"""Holds are reviewed by a nightly job where a policy says so, in every currency, and the trail tells what it did."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import override_settings

from muniment.pay.payments.queries.policies import get_payment_policy
from muniment.pay.payments.rules.facts import DocumentKind
from muniment.pay.payments.rules.policy import HoldReview, parse_payment_policy
from muniment.pay.payments.rules.toml_reading import BadPaymentPolicy
from muniment.pay.payments.rules.words import explain_policy
from muniment.pay.payments.services import review_daily
from muniment.trust.access.queries import list_events
from muniment.trust.access.rules import NotAllowed
from muniment.trust.ledger.queries import balance
from muniment.trust.ledger.rules import held, payable
from tests.cast import AIGUL, CHEN
from tests.interfaces.cli.keyboard import done, refused
from tests.pay.payments.test_stops import EUROS, on_file
from tests.pay.payments.world import NOW, payee

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Return the folder of a society's own payment policies."""
    place = tmp_path / "home" / "payment-policies"
    place.mkdir(parents=True)
    with override_settings(MUNIMENT_HOME=tmp_path / "home"):
        yield place


def keep(folder: Path, code: str, review: str = "daily", version: int = 1) -> None:
    """Keep a policy like the plain one, which says who reviews holds."""
    text = get_payment_policy("plain-1").text.replace('code = "plain"', f'code = "{code}"')
    text = text.replace("version = 1", f"version = {version}", 1)
    (folder / f"{code}-{version}.toml").write_text(f'review_holds = "{review}"\n{text}')


def test_where_a_policy_says_so_the_job_holds_and_lets_go_and_tells(folder: Path) -> None:
    keep(folder, "nightly")
    party = payee("Frozen", balance_micro=5 * EUROS, account=1)
    on_file(party, DocumentKind.SANCTION)
    first = review_daily(actor=CHEN, at=NOW)
    assert first is not None
    assert (first.policy, [(row.currency, row.report.held_micro) for row in first.currencies]) == (
        "nightly-1",
        [("EUR", 5 * EUROS)],
    )
    assert (balance(payable(party), "EUR"), balance(held("SANCTION", f"party-{party}"), "EUR")) == (0, 5 * EUROS)
    event = list_events(tag="holds.reviewed").rows[0]
    assert (event.subject_id, json.loads(event.after)["EUR"]["held_micro"]) == ("nightly-1", 5 * EUROS)
    again = review_daily(actor=CHEN, at=NOW)
    assert again is not None
    assert again.currencies[0].report.held_micro == 0
    assert "Reviewed as nightly-1 says: 1 currencies." in done("hold", "daily", "--as", "night")


def test_without_such_a_policy_nothing_is_looked_at(folder: Path) -> None:
    party = payee("Frozen", balance_micro=5 * EUROS, account=1)
    on_file(party, DocumentKind.SANCTION)
    assert review_daily(actor=CHEN, at=NOW) is None
    assert balance(payable(party), "EUR") == 5 * EUROS
    assert "nothing was looked at" in done("hold", "daily")
    keep(folder, "nightly")
    keep(folder, "nightly", "by_hand", version=2)
    assert review_daily(actor=CHEN, at=NOW) is None, "the newest version counts"


def test_two_policies_a_wrong_word_and_who_may_not_are_refused(folder: Path) -> None:
    keep(folder, "one")
    with pytest.raises(NotAllowed):
        review_daily(actor=AIGUL, at=NOW)
    keep(folder, "two")
    with pytest.raises(BadPaymentPolicy, match="one-1 and two-1 both"):
        review_daily(actor=CHEN, at=NOW)
    assert "in one of them only" in refused("hold", "daily")
    with pytest.raises(BadPaymentPolicy, match=r"line 1: review_holds: 'weekly' is unknown"):
        parse_payment_policy(f'review_holds = "weekly"\n{get_payment_policy("plain").text}', "wrong.toml")


def test_a_policy_says_who_reviews() -> None:
    plain = get_payment_policy("plain")
    assert plain.review_holds is HoldReview.BY_HAND
    daily = parse_payment_policy(f'review_holds = "daily"\n{plain.text}', "daily.toml")
    assert any("every day" in line for line in explain_policy(daily))
    assert not any("every day" in line for line in explain_policy(plain))
