"""The commands `muniment ledger …`: the trial balance by dimensions, and seals that fsck verifies."""

from datetime import timedelta
from pathlib import Path

import pytest

from muniment.trust.ledger.rules import EntryDraft, TransferDraft
from muniment.trust.ledger.services import post_entries
from tests.cast import CHEN
from tests.interfaces.cli.keyboard import MOMENT, done, refused

pytestmark = pytest.mark.django_db

BOOKED_AT = MOMENT - timedelta(days=1)
EURO = 1_000_000


@pytest.fixture(autouse=True)
def books() -> None:
    """Receive and distribute a hundred euros."""
    radio = "fund/radio/=LIC/2026"
    moves = (TransferDraft(radio, "deduction/social", 15 * EURO), TransferDraft(radio, "payable/7", 85 * EURO))
    drafts = [
        EntryDraft("in", "receipt", BOOKED_AT.date(), "EUR", (TransferDraft("bank", radio, 100 * EURO),)),
        EntryDraft("out", "distribution", BOOKED_AT.date(), "EUR", moves),
    ]
    post_entries(actor=CHEN, at=BOOKED_AT, drafts=drafts)


def test_the_balance_by_purpose_ties_and_is_written_without_formulas(tmp_path: Path) -> None:
    shown = done("ledger", "balance", "--by", "purpose,word")
    assert "social deduction EUR 0.00 15.00 -15.00" in shown
    assert "EUR: debits less credits 0.00" in shown
    out = tmp_path / "balance.csv"
    assert "4 rows" in done("ledger", "balance", "--by", "counterparty,account", "--out", str(out))
    text = out.read_text("utf-8-sig")
    assert "'=LIC,payable/7,EUR,0.00,85.00,-85.00" in text
    assert "no dimension 'colour'" in refused("ledger", "balance", "--by", "colour")


def test_a_day_is_sealed_listed_and_verified() -> None:
    sealed = done("ledger", "seal")
    assert f"Seal 1 of {BOOKED_AT.date()}: 2 entries" in sealed
    assert done("ledger", "seal") == sealed
    key = done("ledger", "key")
    assert key in sealed
    assert f"1 {BOOKED_AT.date()} 2" in done("ledger", "seals")
    assert done("ledger", "seals", "--body").startswith(key)
    assert "1 seals" in done("fsck")
    assert "is not over" in refused("ledger", "seal", "--day", MOMENT.date().isoformat())
