"""Accounts and entries without the database."""

from datetime import UTC, date, datetime

import pytest

from muniment.kernel.words.money import UnknownCurrency
from muniment.trust.ledger import rules
from muniment.trust.ledger.rules import (
    AccountKind,
    EntryDraft,
    InvalidEntry,
    TransferDraft,
    account_kind,
    body_digest,
    check_draft,
    entry_hash,
    grows_by_debit,
    reversal_of,
)


def draft(*transfers: TransferDraft, key: str = "k", currency: str = "EUR") -> EntryDraft:
    """Return a draft of these transfers."""
    return EntryDraft(key, "receipt", date(2026, 1, 1), currency, transfers)


def test_an_account_says_its_kind_by_its_first_word() -> None:
    kinds = {
        rules.bank(): AccountKind.ASSET,
        rules.receivable(4): AccountKind.ASSET,
        rules.billed("radio/L/2026"): AccountKind.LIABILITY,
        rules.fund("radio/L/2026"): AccountKind.LIABILITY,
        rules.payable(7): AccountKind.LIABILITY,
        rules.held("DISPUTE", "run-1"): AccountKind.LIABILITY,
        rules.transit(3): AccountKind.LIABILITY,
        rules.vat(): AccountKind.LIABILITY,
        rules.deduction("administration"): AccountKind.INCOME,
        "writeoff": AccountKind.EXPENSE,
    }
    assert {code: account_kind(code) for code in kinds} == kinds
    assert [kind for kind in AccountKind if grows_by_debit(kind)] == [AccountKind.ASSET, AccountKind.EXPENSE]
    with pytest.raises(InvalidEntry):
        account_kind("banks")


@pytest.mark.parametrize(
    "wrong",
    [
        draft(),
        draft(TransferDraft("bank", "fund/a", 0)),
        draft(TransferDraft("bank", "fund/a", -1)),
        draft(TransferDraft("bank", "fund/a", 2**63)),
        draft(TransferDraft("bank", "bank", 1)),
        draft(TransferDraft("bank", "fund/a", 1), key=""),
    ],
)
def test_what_cannot_be_booked_is_refused(wrong: EntryDraft) -> None:
    with pytest.raises(InvalidEntry):
        check_draft(wrong)


def test_an_unknown_currency_is_refused() -> None:
    with pytest.raises(UnknownCurrency):
        check_draft(draft(TransferDraft("bank", "fund/a", 1), currency="XYZ"))


def test_the_digest_tells_drafts_apart() -> None:
    one, two = TransferDraft("bank", "fund/a", 1), TransferDraft("bank", "fund/b", 1)
    drafts = [draft(one), draft(two), draft(one, two), draft(two, one), draft(one, key="l"), draft(one, currency="PKR")]
    assert len({body_digest(found) for found in drafts}) == 6
    at = datetime(2026, 1, 1, tzinfo=UTC)
    links = {
        entry_hash(prev, "d", at, by, entry_id, first)
        for prev, by, entry_id, first in [
            ("0", "chen", 1, 1),
            ("0", "gul", 1, 1),
            ("1", "chen", 1, 1),
            ("0", "chen", 2, 1),
        ]
    }
    assert len(links) == 4


def test_a_reversal_exchanges_the_sides() -> None:
    assert reversal_of([TransferDraft("bank", "fund/a", 5)]) == (TransferDraft("fund/a", "bank", 5),)
