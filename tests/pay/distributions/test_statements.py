"""From a licensee's file to a member's statement, through the services of every stage: each line explained."""

from datetime import date

import pytest

from muniment.kernel.formats.statements import StatementDocument
from muniment.pay.distributions import queries, services
from muniment.pay.distributions.services.reports import NotMatched
from muniment.trust.ledger.queries import balance
from muniment.trust.ledger.rules import payable
from muniment.use.matching.services import match_report
from muniment.use.usages.services import ReportInUse, undo_usage
from tests.cast import CHEN, FARIDA
from tests.pay.distributions.society import AT, documented_members, finished_run, radio_draft, radio_report

pytestmark = pytest.mark.django_db


@pytest.fixture
def members():
    return documented_members()


@pytest.fixture
def report_id(members, tmp_path):
    return radio_report(tmp_path)


@pytest.fixture
def run(report_id):
    return finished_run(report_id)


def test_a_statement_explains_every_line(run, members, report_id):
    """480 + 120 + 100 seconds share 807.50; Bilal has half of the first and all of the second work."""
    _, bilal = members
    (statement,) = queries.list_statements(party_id=bilal).rows
    document = queries.statement_document(statement.id)
    assert isinstance(document, StatementDocument)
    assert (document.payee_name, document.number, document.run_title) == (
        "Bilal Khan",
        statement.number,
        "Radio, third quarter",
    )
    (section,) = document.sections
    assert [
        (
            line.work_title,
            line.work_code,
            line.role,
            line.right,
            line.share_ppm,
            line.use_count,
            line.points,
            line.amount_micro,
        )
        for line in section.lines
    ] == [
        ("Song of the Well", "W-1", "CA", "PR", 500_000, 2, 1_920, 276_857_143),
        ("Night Market", "W-2", "CA", "PR", 1_000_000, 1, 480, 138_428_571),
    ]
    assert section.lines[0].work_amount_micro == 553_714_286
    assert section.lines[0].usage.number == report_id
    assert section.lines[0].usage.file_name == "kvarts.csv"
    assert (document.period_from, document.period_to) == (date(2026, 7, 1), date(2026, 9, 30))
    assert (section.pool_gross_micro, section.pool_net_micro) == (1_000_000_000, 807_500_000)
    assert [(taken.name, taken.amount_micro) for taken in section.deductions] == [
        ("Administration", 150_000_000),
        ("Social and cultural fund", 42_500_000),
    ]
    assert "2800 points" in section.point_value_note
    assert "EUR 0.288392857142" in section.point_value_note
    assert document.summary.closing_micro == balance(payable(bilal), "EUR") == 415_285_714
    assert document.run_digest == run.digest


def test_the_statements_of_a_run_add_up_to_what_it_pays(run):
    documents = list(queries.statement_documents(run.id, "ur"))
    assert [document.number for document in documents] == ["0001-000001", "0001-000002"]
    assert all(document.right_to_left for document in documents)
    assert sum(document.summary.payable_micro for document in documents) == queries.run_sums(run.id).payable_micro


def test_the_explorer_shows_works_and_what_is_unmatched(run, members):
    works = queries.list_works(run.id)
    assert [(row.work.title, row.amount_micro) for row in works.rows] == [
        ("Song of the Well", 553_714_286),
        ("Night Market", 138_428_571),
    ]
    first = queries.list_allocations(run.id, work_id=works.rows[0].work_id)
    assert [(row.payee_name, row.share_ppm, row.amount_micro) for row in first.rows] == [
        ("Aigul Serik", 500_000, 276_857_143),
        ("Bilal Khan", 500_000, 276_857_143),
    ]
    unmatched = queries.list_allocations(run.id, status="UNMATCHED")
    assert [(row.work_id, row.amount_micro, bool(row.memory_key)) for row in unmatched.rows] == [
        (None, 115_357_143, True)
    ]
    assert queries.list_allocations(run.id).total == 4
    assert queries.list_allocations(run.id, status="'; DROP TABLE x").total == 0


def test_a_report_that_was_not_matched_is_refused(report_id):
    run = radio_draft()
    with pytest.raises(NotMatched, match=f"muniment match run {report_id}"):
        services.compute_run(actor=CHEN, at=AT, run_id=run.id)


def test_a_report_of_a_posted_run_cannot_be_undone(run, report_id):
    with pytest.raises(ReportInUse):
        undo_usage(actor=CHEN, at=AT, report_id=report_id)


def test_a_run_over_a_report_that_was_undone_is_not_posted(report_id):
    match_report(actor=CHEN, at=AT, report_id=report_id)
    drafted = radio_draft()
    services.compute_run(actor=CHEN, at=AT, run_id=drafted.id)
    services.approve_run(actor=FARIDA, at=AT, run_id=drafted.id)
    undo_usage(actor=CHEN, at=AT, report_id=report_id)
    with pytest.raises(ReportInUse, match="Compute the distribution again"):
        services.post_run(actor=CHEN, at=AT, run_id=drafted.id)


def test_statements_come_in_the_languages_there_are(run):
    (first, *_) = queries.list_statements(run_id=run.id).rows
    with pytest.raises(ValueError, match="'xx'"):
        queries.statement_document(first.id, "xx")
    with pytest.raises(queries.UnknownStatement):
        queries.statement_document(10**9)
