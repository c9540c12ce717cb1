"""An adjustment over documented works: a work found later, explained on the statement down to the old line."""

from datetime import timedelta

import pytest

from muniment.kernel.formats.statements import FORMS
from muniment.pay.distributions import queries, services
from muniment.pay.distributions.queries import adjustments
from muniment.pay.distributions.queries.why import why
from muniment.pay.distributions.queries.why_adjusted import Fact, Step, why_adjusted
from muniment.rights.works.rules.drafts import ContributorDraft, RecordingDraft, WorkDraft
from muniment.rights.works.services import register_works
from muniment.trust.ledger.queries import balance
from muniment.trust.ledger.rules import held, payable
from muniment.use.matching.services import match_report
from tests.cast import CHEN, FARIDA
from tests.pay.distributions.society import AT, adjusted_later, documented_members, finished_run, radio_report

pytestmark = pytest.mark.django_db

LATER = AT + timedelta(days=30)


def test_a_found_work_is_adjusted_in_and_the_statement_says_so(tmp_path):
    aigul, _ = documented_members()
    report_id = radio_report(tmp_path)
    run = finished_run(report_id)
    before = balance(payable(aigul), "EUR")
    own = ContributorDraft(name="Aigul Serik", role="CA", party_id=aigul, pr_own_ppm=1_000_000)
    draft = WorkDraft(
        title="Nobody Knows This One",
        code="W-3",
        contributors=(own,),
        recordings=(RecordingDraft(performer="Somebody"),),
    )
    register_works(actor=CHEN, at=LATER, drafts=[draft], claim="own", intake_id=None)
    match_report(actor=CHEN, at=LATER, report_id=report_id)
    row = services.draft_adjustment(actor=CHEN, at=LATER, run_id=run.id, known_at=LATER)
    services.approve_adjustment(actor=FARIDA, at=LATER, adjustment_id=row.id)
    services.post_adjustment(actor=CHEN, at=LATER, adjustment_id=row.id)
    assert balance(held("UNMATCHED", "run-1-pool-1"), "EUR") == 0
    assert balance(payable(aigul), "EUR") == before + 115_357_143
    assert services.release_matched(actor=CHEN, at=LATER, run_id=run.id) == ()
    services.issue_adjustment_statements(actor=CHEN, at=LATER, adjustment_id=row.id)
    (statement,) = [found for found in queries.list_statements(run_id=run.id).rows if found.adjustment_id]
    for language, phrase in (("en", "adjusts line"), ("ur", "تقسیم 1 کی سطر")):
        document = queries.statement_document(statement.id, language)
        ((line,),) = (section.lines for section in document.sections)
        assert (line.amount_micro, phrase in line.rule_note) == (115_357_143, True)
        assert FORMS["csv"].render(document) == FORMS["csv"].render(document)
    assert services.replay_adjustment(adjustment_id=row.id) == adjustments.get_adjustment(row.id).digest
    numbers = [document.number for document in queries.statement_documents(run.id)]
    assert numbers == ["0001-000001", "0001-000002", "0001-A0001-000001"]


def test_a_line_of_an_adjustment_says_why(tmp_path):
    aigul, bilal = documented_members()
    report_id = radio_report(tmp_path)
    run = finished_run(report_id)
    adjusted_later(run.id, report_id, aigul)
    (statement,) = [found for found in queries.list_statements(run_id=run.id).rows if found.adjustment_id]
    found = why_adjusted(statement.id, 1)
    assert (found.delta.delta_micro, found.delta.before_micro, found.delta.after_micro) == (
        115_357_143, 0, 115_357_143,
    )  # fmt: skip
    assert found.old is not None
    assert (found.old.status, found.old.is_own, found.old.statement_id) == ("UNMATCHED", False, None)
    assert {fact.fact for fact in found.learnt} == {Fact.SHARE_STATED, Fact.MATCHED}
    assert [(step.step, step.amount_micro) for step in found.funding] == [(Step.WAITED, 115_357_143)]
    assert found.entry is not None
    assert found.entry.id not in {None, found.run_entry_id}
    assert found.payee is not None
    assert found.payee.account_micro == 115_357_143
    with pytest.raises(queries.UnknownStatement, match="no line 2 of an adjustment"):
        why_adjusted(statement.id, 2)
    of_run = next(one for one in queries.list_statements(run_id=run.id, party_id=bilal).rows)
    with pytest.raises(queries.UnknownStatement, match="no line 1 of an adjustment"):
        why_adjusted(of_run.id, 1)
    with pytest.raises(queries.UnknownStatement, match="can be explained"):
        why(statement.id, 1)
