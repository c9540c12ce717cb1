"""A small invented society for payment tests: payees with balances and approved bank accounts."""

from datetime import UTC, date, datetime
from pathlib import Path

from muniment.kernel.words.identifiers import make_iban
from muniment.pay.payments.rules import DebtorAccount
from muniment.pay.payments.services import approve_payments, draft_payments
from muniment.rights.parties.services.bank import approve_bank_account, propose_bank_account
from muniment.rights.parties.services.register import register_party
from muniment.trust.ledger.rules import EntryDraft, TransferDraft, fund, payable
from muniment.trust.ledger.services import post_entry
from tests.cast import CHEN, FARIDA

NOW = datetime(2026, 10, 21, 9, 30, tzinfo=UTC)
ON = date(2026, 10, 23)
LATER = datetime(2026, 11, 4, 9, 30, tzinfo=UTC)
"""When a bank account that was changed at NOW is paid to."""
DEBTOR = DebtorAccount("Society of Invented Authors", make_iban("DE", "370400440532013000"), "INVTDEFF")


def iban_number(number: int) -> str:
    """Return the `number`-th invented German IBAN."""
    return make_iban("DE", f"37040044{number:010d}")


def payee(name: str, *, balance_micro: int = 0, account: int | None = None, currency: str = "EUR") -> int:
    """Register a writer, owe the balance, approve the account, and return the party's id."""
    party_id = register_party(actor=CHEN, at=NOW, kind="writer", name=name)
    if account is not None:
        change_account(party_id, name, account)
    if balance_micro:
        owe(party_id, balance_micro, currency=currency)
    return party_id


def change_account(party_id: int, holder: str, account: int) -> None:
    """Have the party's money go to another invented account from now on."""
    account_id = propose_bank_account(actor=CHEN, at=NOW, party_id=party_id, iban=iban_number(account), holder=holder)
    approve_bank_account(actor=FARIDA, at=NOW, account_id=account_id)


def owe(party_id: int, amount_micro: int, *, currency: str = "EUR", key: str = "") -> None:
    """Book a distribution of this amount to the party; a negative amount takes it back."""
    pair = (fund("radio/LIC-1/2026-Q3"), payable(party_id))
    debit, credit = pair if amount_micro > 0 else pair[::-1]
    post_entry(
        actor=CHEN,
        at=NOW,
        draft=EntryDraft(
            idempotency_key=f"test/{party_id}/{amount_micro}/{key}",
            kind="distribution",
            booked_on=NOW.date(),
            currency=currency,
            transfers=(TransferDraft(debit, credit, abs(amount_micro)),),
        ),
    )


def drafted(*, minimum_micro: int = 0, currency: str = "EUR") -> int:
    """Draft a batch and return its id."""
    report = draft_payments(actor=CHEN, at=NOW, currency=currency, on=ON, minimum_micro=minimum_micro)
    assert report.batch_id is not None
    return report.batch_id


def approved(**options: int) -> int:
    """Draft and approve a batch and return its id."""
    batch_id = drafted(**options)
    approve_payments(actor=FARIDA, at=NOW, batch_id=batch_id)
    return batch_id


def write_confirmations(folder: Path, *rows: str, name: str = "confirmations.csv") -> Path:
    """Write a CSV of confirmations and return its path."""
    path = folder / name
    path.write_text("\n".join(["end_to_end_id,state,booked_on,reason", *rows, ""]), encoding="utf-8")
    return path
