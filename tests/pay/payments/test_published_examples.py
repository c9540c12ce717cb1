"""The worked examples of published rules, each driven through the general steps."""

from dataclasses import replace
from datetime import date

import pytest

from muniment.kernel.words.allocation import split_by_shares
from muniment.pay.payments.rules.facts import DocumentKind, PayeeRecord, RedirectionKind
from muniment.pay.payments.rules.policy import Boundary, Method, Step
from muniment.pay.payments.rules.reasons import SkipReason
from muniment.pay.payments.rules.slips import Held, at_source_gross, make_slip
from tests.pay.payments.occasions import account, advance, document, euros, occasion, policy, redirection, slip_of


def test_stim_an_advance_comes_back_in_instalments_and_only_when_one_has_come_in() -> None:
    """20,000 in ten instalments: 5,000 earned pay 3,000; 1,000 earned wait; with 1,500 more, 500 are paid."""
    assert 20_000 // 10 == 2_000
    record = PayeeRecord(advances=(advance(instalment="2000"),))
    left = euros("20000")
    first = slip_of(account(euros("5000"), record), advance_1=left)
    assert (first.order_cents, first.booked_micro) == (300_000, euros("2000"))
    left -= first.booked_micro
    second = slip_of(account(euros("1000"), record), advance_1=left)
    assert (second.order_cents, second.booked_micro, second.kept_micro) == (0, 0, euros("1000"))
    third = slip_of(account(euros("2500"), record), advance_1=left)
    assert (third.order_cents, third.booked_micro) == (50_000, euros("2000"))


def test_at_source_1000_net_of_15_percent_were_1176_47() -> None:
    assert at_source_gross(euros("1000"), 150_000) == 1_176_470_588
    record = PayeeRecord(documents=(replace(document(DocumentKind.AT_SOURCE, "SE"), rate_ppm=150_000),))
    slip = slip_of(account(euros("1000"), record))
    shown, taken = slip.lines
    assert (shown.amount_micro, taken.amount_micro) == (176_470_588, -176_470_588)
    assert taken.base_micro == 1_176_470_588  # printed to the cent: 1,176.47
    assert slip.order_cents == 100_000


@pytest.mark.parametrize(("method", "net", "fees"), [(Method.TRANSFER, "440", "50"), (Method.CHEQUE, "428", "60")])
def test_directors_uk_vat_is_charged_on_the_fees(method: Method, net: str, fees: str) -> None:
    """500 less 10 % and 20 % of that: 440; by cheque 10 and 2 less: 428."""
    when = occasion(policy("fee-1"), currency="GBP", method=method)
    slip = slip_of(account(euros("500"), PayeeRecord(country="GB")), when)
    assert slip.order_cents * 10_000 == euros(net)
    assert -sum(line.amount_micro for line in slip.lines if line.step is Step.FEES) == euros(fees)
    assert slip.lines[-1].amount_micro * 5 == -euros(fees)


@pytest.mark.parametrize(
    ("country", "month", "balance", "paid"),
    [
        ("GB", 4, "29.99", False),
        ("GB", 4, "30.00", True),
        ("FR", 4, "59.99", False),
        ("FR", 4, "60.00", True),
        ("", 4, "59.99", False),
        ("GB", 12, "1.00", True),
        ("FR", 12, "1.00", True),
        ("FR", 12, "0.99", False),
    ],
)
def test_prs_minimum_30_at_home_60_abroad_1_in_december(country: str, month: int, balance: str, *, paid: bool) -> None:
    when = occasion(policy("fee-1"), currency="GBP", on=date(2026, month, 20))
    answer = make_slip(account(euros(balance), PayeeRecord(country=country)), when, {})
    assert (answer == Held(SkipReason.BELOW_MINIMUM)) is not paid


def test_the_boundary_of_the_minimum_is_a_parameter() -> None:
    above = replace(policy("fee-1"), minimum_reached=Boundary.ABOVE)
    answer = make_slip(account(euros("30"), PayeeRecord(country="GB")), occasion(above, currency="GBP"), {})
    assert answer == Held(SkipReason.BELOW_MINIMUM)


def test_soundexchange_a_letter_of_direction_comes_out_of_the_featured_share() -> None:
    """10,000 are 5,000 / 4,500 / 250 / 250; 3 of 15 points are 20 % of the featured share: 900, and 3,600 stay."""
    owner, featured, first_fund, second_fund = split_by_shares(euros("10000"), [500_000, 450_000, 25_000, 25_000])
    assert (owner, first_fund, second_fund) == (euros("5000"), euros("250"), euros("250"))
    letter = redirection(RedirectionKind.LETTER, 3 * 1_000_000 // 15, sources=["featured"])
    own = euros("100")
    record = PayeeRecord(redirections=(letter,), by_source={"featured": featured, "tickets": own})
    slip = slip_of(account(featured + own, record))
    assert slip.lines[0].amount_micro == -euros("900")
    assert slip.net_micro - own == euros("3600")


@pytest.mark.parametrize(
    ("country", "rate_ppm", "article"),
    [
        ("AU", 50_000, "article 12"),
        ("AT", 0, "article 12"),
        ("BD", 100_000, "article 12"),
        ("PK", 300_000, "no treaty"),
    ],
)
def test_withholding_by_treaty_for_residents_with_a_document(country: str, rate_ppm: int, article: str) -> None:
    record = PayeeRecord(country=country, documents=(document(DocumentKind.RESIDENCE, country),))
    line = slip_of(account(euros("1000"), record), occasion(policy("treaty-1"), currency="USD")).lines[0]
    assert (line.rate_ppm, line.amount_micro) == (rate_ppm, -euros("1000") * rate_ppm // 1_000_000)
    assert article in line.reason
    assert (line.document, line.base_micro, line.account) == ("D-1", euros("1000"), "tax/US")
