"""Tax on money to sister societies: by agreement, by treaty with a residence document, and never twice."""

from datetime import date

import pytest

from muniment.kernel.words.period import Period
from muniment.pay.distributions import services
from muniment.pay.distributions.queries import societies
from muniment.pay.distributions.rules.societies import Direction, NotAgreed, TaxTreatment
from muniment.pay.payments.queries.selection import occasion_of, preview_selection
from muniment.pay.payments.queries.stops import find_stops
from muniment.pay.payments.rules.drafts import DocumentDraft
from muniment.pay.payments.rules.facts import DocumentKind
from muniment.pay.payments.services import record_document, settle_societies_of
from muniment.trust.access.rules import NotAllowed
from muniment.trust.ledger.queries import balance
from muniment.trust.ledger.rules import EntryDraft, TransferDraft, payable
from muniment.trust.ledger.services import post_entry
from tests.cast import AIGUL, CHEN
from tests.pay.distributions.society import AT, LONG_AGO
from tests.pay.distributions.test_sisters import agreed, outgoing_run, sister  # noqa: F401 fixture

pytestmark = pytest.mark.django_db

PART, CENT = 323_000_000, 10_000


def settle(run, policy="treaty"):
    return settle_societies_of(actor=CHEN, at=AT, run_id=run.id, policy=policy)


def residence(party_id, country="AU", until=date(2027, 1, 1)):
    draft = DocumentDraft(DocumentKind.RESIDENCE, party_id, "R-1", country, Period(date(2026, 1, 1), until))
    record_document(actor=CHEN, at=LONG_AGO, draft=draft)


def taxed(rate_ppm, refund_micro):
    return (PART + refund_micro) * rate_ppm // 1_000_000 // CENT * CENT


@pytest.mark.parametrize(
    ("country", "rate_ppm"), [("AU", 50_000), ("AT", 0), ("US", 0), ("PK", 300_000), ("", 300_000)]
)
def test_a_treaty_lowers_the_tax_of_who_proves_residence(monkeypatch, sister, country, rate_ppm):  # noqa: F811
    agreed(sister, direction=Direction.OUTGOING, tax=TaxTreatment.TREATY)
    if country:
        residence(sister, country)
    run = outgoing_run(monkeypatch, sister)
    found = settle(run)[sister]
    assert found.tax_micro == taxed(rate_ppm, found.refund_micro) == balance("tax/US", "EUR")
    statement = societies.outgoing_statement(run.id, sister)
    assert statement.row.tax_micro == found.tax_micro
    assert statement.row.total_micro == balance(payable(sister), "EUR") == PART + found.refund_micro - found.tax_micro
    assert settle(run) == {}


def test_a_document_that_has_ended_proves_nothing(monkeypatch, sister):  # noqa: F811
    residence(sister, until=AT.date())
    found = settle(outgoing_run(monkeypatch, sister))[sister]
    assert found.tax_micro == taxed(300_000, found.refund_micro)


def test_gross_is_gross_and_at_the_source_is_the_agreed_rate(monkeypatch, sister):  # noqa: F811
    agreed(sister, direction=Direction.OUTGOING, tax=TaxTreatment.AT_SOURCE, tax_ppm=150_000)
    agreed(sister, direction=Direction.OUTGOING, tax=TaxTreatment.GROSS, use_kind="live")
    run = outgoing_run(monkeypatch, sister)
    with pytest.raises(NotAgreed, match=r"15.00 % withheld at the source.*--policy treaty"):
        settle(run, "plain")
    assert societies.list_outgoing(run.id)[0].refund_micro is None, "what is refused writes nothing"
    found = settle(run)[sister]
    assert found.tax_micro == taxed(150_000, found.refund_micro)


def test_an_agreement_about_the_very_use_decides(monkeypatch, sister):  # noqa: F811
    agreed(sister, direction=Direction.OUTGOING, tax=TaxTreatment.AT_SOURCE, tax_ppm=150_000)
    agreed(sister, direction=Direction.OUTGOING, tax=TaxTreatment.GROSS, use_kind="feature", right="PR")
    assert settle(outgoing_run(monkeypatch, sister))[sister].tax_micro == 0


def test_what_was_taxed_by_agreement_is_not_taxed_by_the_payment(monkeypatch, sister):  # noqa: F811
    found = settle(outgoing_run(monkeypatch, sister))[sister]
    occasion = occasion_of("EUR", at=AT, on=AT.date(), policy="treaty")
    slip = next(slip for slip in preview_selection(occasion).slips if slip.party_id == sister)
    assert slip.net_micro == PART + found.refund_micro - found.tax_micro
    assert sister not in find_stops("EUR", on=AT.date(), at=AT, policy="treaty").causes


def test_a_society_that_was_paid_before_cannot_be_taxed(monkeypatch, sister):  # noqa: F811
    run = outgoing_run(monkeypatch, sister)
    move = TransferDraft(payable(sister), "bank", PART)
    post_entry(actor=CHEN, at=AT, draft=EntryDraft("paid", "payment", AT.date(), "EUR", (move,)))
    with pytest.raises(services.PaidBefore):
        settle(run)


def test_only_who_may_post_settles(monkeypatch, sister):  # noqa: F811
    run = outgoing_run(monkeypatch, sister)
    with pytest.raises(NotAllowed):
        settle_societies_of(actor=AIGUL, at=AT, run_id=run.id)
