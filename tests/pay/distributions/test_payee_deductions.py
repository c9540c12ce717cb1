"""Deductions of payees: worked by hand from a file to the books, by the shipped policy of directors, and when wrong."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from muniment.interfaces.fsck.adjusted import check_adjustments
from muniment.interfaces.fsck.money import check_distributions, check_statements
from muniment.interfaces.fsck.payees import check_payee_deductions
from muniment.kernel.formats.statements import render_csv, render_pdf, render_xlsx
from muniment.pay.distributions import queries, services
from muniment.pay.distributions.models import PayeeDeduction, RunPayee
from muniment.pay.distributions.queries.runs import payee_deductions_of
from muniment.pay.distributions.rules import BadPolicy
from muniment.pay.distributions.services import computing
from muniment.pay.distributions.services.runs import BadDraft
from muniment.rights.works.rules.drafts import ContributorDraft, RecordingDraft, WorkDraft
from muniment.rights.works.services import register_works
from muniment.trust.ledger.queries import balance, transfers_of
from muniment.trust.ledger.rules import deduction, fund, held, payable, recoverable
from muniment.use.matching.services import match_report
from tests.cast import CHEN, FARIDA
from tests.pay.distributions.house import AT, PLAIN_POINTS, House

pytestmark = pytest.mark.django_db

RADIO = "radio/KVARTS/2026-Q3"
LOG = """title,performer,date,duration
Old Harbour,Aigul Serik,2026-07-01,3:00
Night Market,Bilal Khan,2026-07-02,1:00
"""

FEES = """
[[payee_deductions]]
name = "Fee"
account = "fee"
base = "gross"
rate = "10 %"
purpose = "administration"
[[payee_deductions]]
name = "Tax on the fee"
account = "vat"
base = "amount_of:fee"
rate = "20 %"
when = "taxed_here"
[[payee_deductions]]
name = "Pension"
account = "pension"
base = "net_of:fee"
rate = "1/3"
[[payee_deductions]]
name = "Cheque"
account = "cheque"
fixed = { EUR = "1.50" }
when = "cheque"
[[payee_labels]]
name = "taxed_here"
countries = ["GB"]
"""


@pytest.fixture
def house(tmp_path, settings) -> House:
    folder = tmp_path / "files"
    folder.mkdir()
    return House(folder, settings.MUNIMENT_HOME / "policies")


def two_directors(house: House, amount: int = 400, currency: str = "EUR") -> int:
    """Aigul of Britain has three quarters of the points, Bilal of nowhere known one; nothing is taken from the pool."""
    house.member("Aigul Serik", country="GB")
    house.member("Bilal Khan")
    house.work("Old Harbour", ("Aigul Serik", "CA", 100))
    house.work("Night Market", ("Bilal Khan", "CA", 100))
    house.receive(RADIO, amount, currency)
    return house.usage(RADIO, "RADIO-KVARTS", LOG)


def taken_from(run_id: int, party_id: int) -> dict[str, int]:
    """Return what deductions of a payee took, by account."""
    rows = payee_deductions_of(run_id, [party_id]).get(party_id, ())
    return {row.account: row.amount_micro for row in rows}


def test_a_small_run_by_hand(house: House):
    """Of 400.00 Aigul gets 300.00, less 30.00 fee, 6.00 tax on it, 90.00 pension (a third of 270.00) = 174.00.

    Bilal gets 100.00, less 10.00 fee, 30.00 pension, 1.50 for the cheque = 58.50; the tax is not his.
    """
    two_directors(house)
    house.policy(PLAIN_POINTS + FEES)
    aigul, bilal = house.members["Aigul Serik"], house.members["Bilal Khan"]
    run = house.post(house.draft(RADIO, payee_labels={bilal: ["cheque"]}))

    assert taken_from(run.id, aigul) == {"fee": 30_000_000, "vat": 6_000_000, "pension": 90_000_000}
    assert taken_from(run.id, bilal) == {"fee": 10_000_000, "pension": 30_000_000, "cheque": 1_500_000}
    assert house.paid() == {"Aigul Serik": 174_000_000, "Bilal Khan": 58_500_000}
    kept = {"fee": 40_000_000, "vat": 6_000_000, "pension": 120_000_000, "cheque": 1_500_000}
    assert {account: balance(deduction(account), "EUR") for account in kept} == kept
    assert balance(fund(RADIO), "EUR") == 0

    entry_id = queries.get_run(run.id).payee_entry_id
    assert entry_id not in {None, queries.pools_of(run.id)[0].entry_id}
    moves = {(move.debit, move.credit): move.amount_micro for move in transfers_of(entry_id)}
    assert moves[payable(bilal), deduction("cheque")] == 1_500_000
    assert sum(moves.values()) == sum(kept.values())

    sums = queries.run_sums(run.id)
    assert (sums.deducted_micro, sums.payee_deducted_micro, sums.payable_micro) == (
        167_500_000,
        167_500_000,
        232_500_000,
    )
    rows = {row.account: row for row in payee_deductions_of(run.id, [aigul])[aigul]}
    assert (rows["pension"].base, rows["pension"].base_micro, rows["pension"].left_micro) == (
        "net_of:fee", 270_000_000, 174_000_000,
    )  # fmt: skip
    assert (rows["fee"].kind, rows["fee"].purpose, rows["fee"].rule_line) == ("rate", "administration", 17)


def test_a_statement_shows_each_deduction_and_ties(house: House):
    two_directors(house)
    house.policy(PLAIN_POINTS + FEES)
    bilal = house.members["Bilal Khan"]
    run = house.post(house.draft(RADIO, payee_labels={bilal: ["cheque"]}))
    services.issue_statements(actor=CHEN, at=AT, run_id=run.id)
    (row,) = queries.list_statements(run_id=run.id, party_id=bilal).rows
    assert (row.gross_micro, row.deducted_micro, row.held_micro, row.payable_micro) == (
        100_000_000, 41_500_000, 0, 58_500_000,
    )  # fmt: skip
    text = render_csv(queries.statement_document(row.id)).decode("utf-8-sig")
    assert [line.split(",")[0] for line in text.splitlines()[2:6]] == ["opening", "gross", "deducted", "deducted"]
    taken = [line.split(",", 26)[25:] for line in text.splitlines() if line.startswith("deducted")]
    assert taken == [
        ["-10.000000", '"Fee, 10.00 %, line 17 of the rules"'],
        ["-30.000000", '"Pension, 33.3333 %, line 29 of the rules"'],
        ["-1.500000", '"Cheque, line 34 of the rules"'],
    ]
    for language in ("en", "ur"):
        document = queries.statement_document(row.id, language)
        assert render_pdf(document).startswith(b"%PDF")
        assert render_xlsx(document).startswith(b"PK")


def test_the_shipped_policy_of_directors_runs(house: House):
    """GBP 400.00: Aigul, taxed at home and paid by cheque, gets 300 - 30 - 6 - 10 - 2 = 252.00; Bilal 100 - 10."""
    two_directors(house, currency="GBP")
    aigul = house.members["Aigul Serik"]
    run = house.post(house.draft(RADIO, policy="directors", currency="GBP", payee_labels={aigul: ["cheque"]}))
    assert run.policy_name == "directors-2"
    assert house.paid("GBP") == {"Aigul Serik": 252_000_000, "Bilal Khan": 90_000_000}
    assert taken_from(run.id, aigul) == {
        "fee": 30_000_000, "vat": 6_000_000, "cheque": 10_000_000, "vat_cheque": 2_000_000,
    }  # fmt: skip


def test_the_first_version_of_directors_runs_with_both_labels_named(house: House):
    two_directors(house, currency="GBP")
    aigul = house.members["Aigul Serik"]
    labels = {aigul: ["taxed_here"]}
    house.post(house.draft(RADIO, policy="directors-1", currency="GBP", payee_labels=labels))
    assert house.paid("GBP") == {"Aigul Serik": 264_000_000, "Bilal Khan": 90_000_000}


def test_what_waits_is_what_deductions_have_left(house: House):
    """The minimum is compared with what is left: Bilal's 100.00 are above 60.00, his 58.50 are not."""
    two_directors(house)
    house.policy(PLAIN_POINTS + FEES)
    (house.policies / "house-1.toml").write_text(
        (house.policies / "house-1.toml").read_text().replace('EUR = "0.00"', 'EUR = "60.00"')
    )
    bilal = house.members["Bilal Khan"]
    run = house.post(house.draft(RADIO, payee_labels={bilal: ["cheque"]}))
    assert RunPayee.objects.get(run_id=run.id, party_id=bilal).outcome == "BELOW_MIN"
    assert balance(held("BELOW_MIN", f"party-{bilal}"), "EUR") == 58_500_000
    assert queries.run_sums(run.id).held[0].amount_micro == 58_500_000
    services.issue_statements(actor=CHEN, at=AT, run_id=run.id)
    (row,) = queries.list_statements(run_id=run.id, party_id=bilal).rows
    assert (row.deducted_micro, row.held_micro, row.payable_micro) == (41_500_000, 58_500_000, 0)


def test_a_reversal_gives_deductions_back_first(house: House):
    two_directors(house)
    house.policy(PLAIN_POINTS + FEES)
    run = house.post(house.draft(RADIO))
    services.reverse_run(actor=FARIDA, at=AT, run_id=run.id, reason="wrong log")
    assert house.paid() == {}
    assert balance(fund(RADIO), "EUR") == 400_000_000
    assert {balance(deduction(account), "EUR") for account in ("fee", "vat", "pension")} == {0}


def test_a_fixed_amount_takes_no_more_than_there_is(house: House):
    two_directors(house, amount=4)
    house.policy(PLAIN_POINTS + FEES)
    bilal = house.members["Bilal Khan"]
    run = house.post(house.draft(RADIO, payee_labels={bilal: ["cheque"]}))
    assert taken_from(run.id, bilal) == {"fee": 100_000, "pension": 300_000, "cheque": 600_000}
    assert house.paid() == {"Aigul Serik": 1_740_000}


def test_a_changed_deduction_is_found_by_the_second_implementation(house: House):
    two_directors(house)
    house.policy(PLAIN_POINTS + FEES)
    run = house.draft(RADIO)
    house.compute(run)
    row = PayeeDeduction.objects.filter(run_id=run.id).first()
    PayeeDeduction.objects.filter(pk=row.pk).update(amount_micro=row.amount_micro + 1)
    found = queries.verify_run(run.id)
    assert (found.wrong_payees, found.agrees) == (1, False)


@pytest.mark.parametrize("rule", ["up to 1", "down to 0.01", "nearest 0.05", "even to 0.5", "nearest 1/3"])
def test_roundings_are_the_same_in_sql(house: House, rule: str):
    two_directors(house, amount=397)
    fee = f'[[payee_deductions]]\nname = "F"\naccount = "f"\nbase = "gross"\nrate = "7.77 %"\nround = "{rule}"\n'
    more = '[[payee_deductions]]\nname = "G"\naccount = "g"\nbase = "net"\nrate = "19 %"\nincluded = true\n'
    house.policy(PLAIN_POINTS + fee + more)
    run = house.draft(RADIO)
    house.compute(run)
    assert PayeeDeduction.objects.filter(run_id=run.id).count() == 4


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        (["chek"], "line .*payee_deductions: none is taken when 'chek'.*Do you mean 'cheque'"),
        (["taxed_here"], "payee_labels.*name: taxed_here follows from the payee's country"),
    ],
)
def test_labels_that_a_policy_does_not_ask_for_are_refused(house: House, labels, words):
    two_directors(house)
    house.policy(PLAIN_POINTS + FEES)
    with pytest.raises(BadPolicy) as caught:
        house.draft(RADIO, payee_labels={house.members["Aigul Serik"]: labels})
    assert re.search(words, f"{caught.value.message} {caught.value.remedy}")


def test_a_label_of_nobody_is_refused(house: House):
    two_directors(house)
    house.policy(PLAIN_POINTS + FEES)
    with pytest.raises(BadDraft, match="no party 999999"):
        house.draft(RADIO, payee_labels={999_999: ["cheque"]})


# ---- what comes later ----

LATER = AT + timedelta(days=30)


def adjusted(house: House, run_id: int) -> int:
    """Draft, approve and post the adjustment of a run as known LATER; return its id."""
    row = services.draft_adjustment(actor=CHEN, at=LATER, run_id=run_id, known_at=LATER)
    services.approve_adjustment(actor=FARIDA, at=LATER, adjustment_id=row.id)
    services.post_adjustment(actor=CHEN, at=LATER, adjustment_id=row.id)
    services.issue_adjustment_statements(actor=CHEN, at=LATER, adjustment_id=row.id)
    assert services.replay_adjustment(adjustment_id=row.id) == row.digest
    return row.id


def everything_ties() -> None:
    """Let fsck find nothing in what it knows of distributions and their deductions."""
    found: list[str] = []
    for check in (check_distributions, check_statements, check_adjustments, check_payee_deductions):
        check(found.append)
    assert found == []


def test_an_adjustment_takes_and_gives_back_deductions_too(house: House):
    """Of 400.00 by points 3:1 a find of 1:00 by Chand makes it 3:1:1: 240.00, 80.00, 80.00.

    Aigul gives back 60.00 of 300.00, and gets back 6.00 fee, 1.20 tax, 18.00 pension: 34.80 leave her account.
    """
    two_directors(house)
    house.policy(PLAIN_POINTS + FEES)
    log = LOG + "Unknown Song,Nobody,2026-07-03,1:00\n"
    report_id = house.usage("radio/TAU/2026-Q3", "RADIO-TAU", log)
    house.receive("radio/TAU/2026-Q3", 400)
    run = house.post(house.draft("radio/TAU/2026-Q3"))
    services.issue_statements(actor=CHEN, at=AT, run_id=run.id)
    aigul, bilal = house.members["Aigul Serik"], house.members["Bilal Khan"]
    assert house.paid() == {"Aigul Serik": 139_200_000, "Bilal Khan": 48_000_000}  # 240 - 24 - 4.80 - 72; 80 - 8 - 24
    own = ContributorDraft(name="Bilal Khan", role="CA", party_id=bilal, pr_own_ppm=1_000_000)
    recording = RecordingDraft(performer="Nobody")
    draft = WorkDraft(title="Unknown Song", code="W-3", contributors=(own,), recordings=(recording,))
    register_works(actor=CHEN, at=LATER, drafts=[draft], claim="own", intake_id=None)
    match_report(actor=CHEN, at=LATER, report_id=report_id)
    adjustment_id = adjusted(house, run.id)
    assert house.paid() == {"Aigul Serik": 139_200_000, "Bilal Khan": 96_000_000}
    assert taken_from(run.id, bilal) == {"fee": 8_000_000, "pension": 24_000_000}
    more = payee_deductions_of(run.id, [bilal], adjustment_id)[bilal]
    assert [(row.account, row.base_micro, row.amount_micro) for row in more] == [
        ("fee", 160_000_000, 8_000_000), ("pension", 144_000_000, 24_000_000),
    ]  # fmt: skip
    (statement,) = [row for row in queries.list_statements(run_id=run.id, party_id=bilal).rows if row.adjustment_id]
    assert (statement.gross_micro, statement.deducted_micro, statement.payable_micro) == (
        80_000_000, 32_000_000, 48_000_000,
    )  # fmt: skip
    assert render_csv(queries.statement_document(statement.id, "ur"))
    assert aigul not in payee_deductions_of(run.id, [aigul], adjustment_id)
    everything_ties()


def test_who_loses_by_an_adjustment_gets_deductions_back_first(house: House, monkeypatch):
    """A share goes from Aigul to Bilal: 300.00 less her deductions left her 174.00, and exactly these are taken."""
    two_directors(house)
    house.policy(PLAIN_POINTS + FEES)
    run = house.post(house.draft(RADIO))
    aigul, bilal = house.members["Aigul Serik"], house.members["Bilal Khan"]
    known = computing.share_claims

    def passed_on(ids):
        return {work_id: tuple(_of_both(claims)) for work_id, claims in known(ids).items()}

    def _of_both(claims):
        for claim in claims:
            yield replace(claim, known_to=LATER)
            yield replace(claim, party_id=bilal, known_from=LATER, line_id=claim.line_id + 1_000)

    monkeypatch.setattr(computing, "share_claims", passed_on)
    adjusted(house, run.id)
    assert house.paid() == {"Bilal Khan": 240_000_000}  # 400 - 40 - 120
    assert balance(deduction("vat"), "EUR") == 0
    assert balance(recoverable(aigul), "EUR") == 0
    everything_ties()


def test_a_release_takes_deductions_of_what_it_gives(house: House):
    two_directors(house)
    house.policy(PLAIN_POINTS + FEES)
    report_id = house.usage("radio/TAU/2026-Q3", "RADIO-TAU", LOG + "Unknown Song,Nobody,2026-07-03,1:00\n")
    house.receive("radio/TAU/2026-Q3", 400)
    run = house.post(house.draft("radio/TAU/2026-Q3"))
    bilal = house.members["Bilal Khan"]
    own = ContributorDraft(name="Bilal Khan", role="CA", party_id=bilal, pr_own_ppm=1_000_000)
    recording = RecordingDraft(performer="Nobody")
    draft = WorkDraft(title="Unknown Song", code="W-3", contributors=(own,), recordings=(recording,))
    register_works(actor=CHEN, at=LATER, drafts=[draft], claim="own", intake_id=None)
    match_report(actor=CHEN, at=LATER, report_id=report_id)
    services.release_matched(actor=CHEN, at=LATER, run_id=run.id)
    assert house.paid() == {"Aigul Serik": 139_200_000, "Bilal Khan": 96_000_000}
    everything_ties()


def test_fsck_finds_a_deduction_that_was_changed(house: House):
    two_directors(house)
    house.policy(PLAIN_POINTS + FEES)
    run = house.post(house.draft(RADIO))
    everything_ties()
    row = PayeeDeduction.objects.filter(run_id=run.id).order_by("id")[0]
    PayeeDeduction.objects.filter(pk=row.pk).update(amount_micro=row.amount_micro - 1)
    found: list[str] = []
    check_payee_deductions(found.append)
    assert len(found) == 2
    assert "is noted" in found[1]
