"""The commands `muniment payment …`: from balances to a file for the bank, and the bank's answer."""

from pathlib import Path

import pytest
from django.test import override_settings

from muniment.pay.payments.queries import list_batches, list_orders, open_proposals
from tests.interfaces.cli.keyboard import done, muniment, refused
from tests.pay.payments.world import iban_number, payee, write_confirmations

pytestmark = pytest.mark.django_db


def draft() -> str:
    return done("payment", "draft", "--currency", "EUR", "--on", "2026-10-30", "--as", "chen")


def drafted() -> str:
    """Draft a batch and return its number."""
    draft()
    return str(list_batches().rows[0].id)


def test_payees_are_paid_and_one_payment_comes_back(tmp_path: Path) -> None:
    payee("Aigul Serik", balance_micro=276_857_143, account=1)
    payee("Bilal Khan", balance_micro=100_000_000, account=2)
    payee("Gulnara", balance_micro=5_000_000)
    assert "Gulnara 5.00" in done("payment", "waiting", "--currency", "EUR")
    told = draft()
    assert "1 payees get no order" in told
    assert "draft, 2 orders, EUR 376.85, pay on 2026-10-30" in told
    number = str(list_batches().rows[0].id)
    assert "second person" in refused("payment", "approve", number, "--as", "chen")
    assert "approved, 2 orders" in done("payment", "approve", number, "--as", "farida")
    orders, answer = tmp_path / "orders.csv", list_orders(int(number)).rows
    assert "orders.csv" in done("payment", "export", number, str(orders), "--form", "csv")
    assert iban_number(1) in orders.read_text(encoding="utf-8-sig")
    lines = (f"{answer[0].end_to_end_id},paid,2026-10-30,", f"{answer[1].end_to_end_id},returned,2026-10-30,closed")
    bank = write_confirmations(tmp_path, *lines, "NOBODY,paid,2026-10-30,")
    confirmed = muniment("payment", "confirm", str(bank), "--as", "farida")
    assert confirmed.status == 1
    for words in ("1 paid, 1 returned, 0 known already, 1 not used", "line 4"):
        assert words in confirmed.out
    assert "closed" in done("payment", "show", number)
    assert "376.85" in done("payment", "show")


def test_a_draft_is_cancelled_and_nobody_is_left_to_pay() -> None:
    assert "Nobody can be paid now" in draft()
    payee("Aigul Serik", balance_micro=9_000_000, account=1)
    number = drafted()
    assert "is cancelled" in done("payment", "cancel", number, "--as", "chen")
    assert "cancelled" in done("payment", "show")


def test_the_society_needs_an_account_for_a_file_in_xml(tmp_path: Path) -> None:
    payee("Aigul Serik", balance_micro=9_000_000, account=1)
    number = drafted()
    out = tmp_path / "orders.xml"
    assert "draft" in refused("payment", "export", number, str(out), "--form", "csv")
    done("payment", "approve", number, "--as", "farida")
    with override_settings(MUNIMENT_BANK_IBAN=""):
        assert "MUNIMENT_BANK_IBAN" in refused("payment", "export", number, str(out))
    assert not out.exists()
    with override_settings(MUNIMENT_BANK_IBAN=iban_number(9), MUNIMENT_BANK_BIC="INVTDEFF"):
        done("payment", "export", number, str(out))
    assert b"CdtTrfTxInf" in out.read_bytes()


def test_what_cannot_be_is_refused_with_a_remedy(tmp_path: Path) -> None:
    assert "9" in refused("payment", "show", "9")
    assert "Write it as 2026-09-30." in refused("payment", "draft", "--currency", "EUR", "--on", "soon")
    assert "XXQ" in refused("payment", "waiting", "--currency", "XXQ")
    strange = tmp_path / "strange.csv"
    strange.write_text("a,b\n1,2\n", encoding="utf-8")
    assert "No column" in refused("payment", "confirm", str(strange))


def test_what_is_on_file_is_recorded_decided_paid_by_and_explained(tmp_path: Path) -> None:
    payee("Artist", balance_micro=4_500_000_000, account=1)
    payee("Producer")
    letter = ("payments", "record", "letter", "Artist", "--to", "Producer", "--document", "L-1", "--as", "chen")
    assert "above 100 %" in refused(*letter, "--share", "16/15")
    assert "Proposed as redirection" in done(*letter, "--share", "3/15")
    number = str(open_proposals()[1][0].id)
    assert "L-1" in done("payments", "proposals")
    approve = ("payments", "approve-fact", "redirection", number, "--as")
    assert "second person" in refused(*approve, "chen")
    assert "is approved" in done(*approve, "farida")
    assert "Nothing waits." in done("payments", "proposals")
    assert "approved" in done("payments", "payee", "Artist")
    drafted_now = done("payments", "draft", "--currency", "EUR", "--on", "2026-12-30", "--as", "chen")
    assert "1 orders, EUR 3600.00" in drafted_now
    batch = str(list_batches().rows[0].id)
    assert "by a second person: approve it" in done("payments", "resume", batch)
    statement = tmp_path / "slip.csv"
    told = done("payments", "slip", batch, "Artist", "--csv", str(statement))
    for words in ("letter to Producer", "20.00 %", "-900.00", "3600.00"):
        assert words in told
    assert "L-1" in statement.read_text(encoding="utf-8-sig")
    assert "ends on" in done("payments", "end", "redirection", number, "--as", "chen")
    assert "cannot be decided on" in refused("payments", "end", "something", number)


def test_policies_are_listed_explained_and_checked(tmp_path: Path) -> None:
    assert "treaty-1" in done("payments", "policies")
    assert "30.00 % for US without a residence document" in done("payments", "explain", "treaty")
    wrong = tmp_path / "own.toml"
    wrong.write_text('code = "own"\norder = ["minimum", "tax"]\n', encoding="utf-8")
    assert "own.toml, line 2: order: 'tax' is unknown" in refused("payments", "check", str(wrong))


def test_a_table_of_facts_and_a_payment_in_another_currency(tmp_path: Path) -> None:
    payee("Aigul Serik", balance_micro=100_000_000, account=1)
    facts = tmp_path / "facts.csv"
    facts.write_text("kind,payee,currency,method\nterms,Aigul Serik,USD,transfer\nterms,Nobody,USD,cheque\n")
    told = muniment("payments", "import-facts", str(facts), "--as", "chen")
    assert told.status == 1
    assert "1 recorded, 0 wait" in told.out
    assert "line 3, payee" in told.out
    draft = ("payments", "draft", "--currency", "EUR", "--pay-in", "USD", "--on", "2026-12-30", "--as", "chen")
    assert "No rate from EUR to USD" in refused(*draft)
    rate = ("payments", "rate", "EUR", "USD", "1.1", "--source", "bank", "--on", "2026-10-01")
    assert "1 EUR = 1.1 USD" in done(*rate, "--as", "chen")
    assert "1 orders, USD 110.00" in done(*draft)
    batch = str(list_batches().rows[0].id)
    done("payments", "approve", batch, "--as", "farida")
    assert "EUR 1.00 more" in done("payments", "exchange", batch, "101", "--as", "farida")
