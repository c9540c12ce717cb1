"""Why a payee got what a line says: from the line to the file, the rule, the share's document and the entry."""

from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from muniment.kernel.columns import keyed
from muniment.kernel.formats.statements import FORMS, LinesChanged, StatementLine, UsageReference
from muniment.kernel.words.allocation import split_by_shares, split_exactly
from muniment.kernel.words.shares import Right
from muniment.pay.distributions import queries
from muniment.pay.distributions.queries.runs import PoolRow
from muniment.pay.distributions.queries.statement_lines import ordered_lines
from muniment.pay.distributions.queries.why import ShareAnswer, arithmetic, policy_line, why
from muniment.rights.parties.models import Party
from muniment.rights.works.models import Work
from tests.pay.distributions.society import AT, documented_members, finished_run, radio_report


@pytest.fixture
def run(tmp_path):
    members = documented_members()
    return finished_run(radio_report(tmp_path)), members


def statement_of(party_id: int) -> queries.StatementRow:
    return queries.list_statements(party_id=party_id).rows[0]


@pytest.mark.django_db
def test_a_line_leads_to_the_file_the_rule_the_share_and_the_entry(run):
    run, (_, bilal) = run
    found = why(statement_of(bilal).id, 1)
    assert (found.line.work_title, found.line.amount_micro) == ("Song of the Well", 276_857_143)
    assert [(use.source_line, use.title, use.used_on) for use in found.uses.shown] == [
        (2, "Song of the Well", date(2026, 7, 1)),
        (3, "Song of the Well", date(2026, 7, 2)),
    ]
    assert (found.uses.line_count, found.uses.use_count) == (2, found.line.use_count)
    (group,) = found.uses.groups
    assert (group.title, group.line_count, bool(group.reasons)) == ("Song of the Well", 2, True)
    assert [(rule.number, rule.text.splitlines()[1]) for rule in found.policy_lines if rule] == [
        (25, 'name = "Administration"'),
        (31, 'name = "Social and cultural fund"'),
    ]
    assert found.share is not None
    assert (found.share.from_ppm, found.share.to_ppm) == (500_000, 1_000_000)
    (document,) = found.share.documents
    assert (document.line.party_id, document.line.share_ppm, document.intake) == (bilal, 500_000, None)
    assert found.arithmetic.is_exact
    assert found.arithmetic.to_micro - found.arithmetic.from_micro == 276_857_143
    assert found.posting is not None
    assert (found.posting.amount_micro, found.posting.pool_line_count) == (415_285_714, 2)
    assert found.posting.account == f"payable/{bilal}"
    assert found.posting.entry.hash


@pytest.mark.django_db
@pytest.mark.parametrize("number", [0, 3, 10**9])
def test_a_line_that_is_not_there_is_not_explained(run, number):
    _, (_, bilal) = run
    with pytest.raises(queries.UnknownStatement, match="no line"):
        why(statement_of(bilal).id, number)


@pytest.mark.django_db
def test_a_statement_prints_the_same_after_titles_and_names_have_changed(run):
    """What things are called is sealed when statements are issued; the copy in the order of payees may be lost."""
    run, (_, bilal) = run
    statement_id = statement_of(bilal).id
    before = {form: FORMS[form].render(queries.statement_document(statement_id, "ur")) for form in FORMS}
    Work.objects.filter(code="W-1").update(title="Another Title")
    Party.objects.filter(pk=bilal).update(name="Another Name")
    file = ordered_lines(run)
    assert file is not None
    file.path.unlink()
    for form, content in before.items():
        assert FORMS[form].render(queries.statement_document(statement_id, "ur")) == content, form


@pytest.mark.django_db
def test_lines_that_do_not_sum_to_what_was_posted_are_not_printed(run):
    run, (_, bilal) = run
    statement_id = statement_of(bilal).id
    document = queries.statement_document(statement_id)
    file = ordered_lines(run)
    assert file is not None
    table = pq.read_table(file.path)
    names = table.column_names
    changed = [
        amount + 1 if at == table.num_rows - 1 else amount
        for at, amount in enumerate(table["amount_micro"].to_pylist())
    ]
    pq.write_table(table.set_column(names.index("amount_micro"), "amount_micro", [changed]), file.path)
    keyed.forget()
    for form in FORMS.values():
        with pytest.raises(LinesChanged):
            form.render(document)
    with pytest.raises(ValueError, match="the lines sum to"):
        queries.statement_document(statement_id)


@pytest.mark.django_db
def test_the_copy_is_no_file_that_a_check_of_the_store_calls_a_stray(run):
    run, _ = run
    file = ordered_lines(run)
    assert file is not None
    assert file.path.relative_to(settings.MUNIMENT_STORE).parts[:2] == ("derived", "statements")
    assert [path.name for path in Path(file.path).parent.iterdir()] == [file.path.name]


def pool_of(net_micro: int, points: int) -> PoolRow:
    return PoolRow(1, 1, "radio/X/2026-Q3", net_micro, 0, net_micro, points, 1, net_micro, (), (), (), None, None)


def line_of(points: int, work_amount_micro: int, share_ppm: int, amount_micro: int) -> StatementLine:
    usage = UsageReference(1, "X", AT.date(), AT.date(), "x.csv")
    return StatementLine("T", "W", "", "CA", "PR", share_ppm, usage, 1, 1, points, work_amount_micro, amount_micro)


@given(
    net_micro=st.integers(0, 10**13),
    points=st.lists(st.integers(1, 10**7), min_size=1, max_size=12),
    cuts=st.lists(st.integers(0, 1_000_000), max_size=4),
)
def test_the_steps_that_are_shown_lead_to_every_amount_of_a_pool(net_micro, points, cuts):
    """The explanation is made from the line and its pool alone, and meets the exact division to the unit."""
    bounds = [0, *sorted(cuts), 1_000_000]
    shares = [high - low for low, high in pairwise(bounds)]
    pool = pool_of(net_micro, sum(points))
    total = 0
    for count, whole in zip(points, split_exactly(net_micro, points), strict=True):
        for place, amount_micro in enumerate(split_by_shares(whole, shares)):
            answer = ShareAnswer(
                Right.PERFORMING,
                586,
                AT.date(),
                AT.date() + timedelta(1),
                bounds[place],
                bounds[place + 1],
                (),
                None,
                None,
            )
            shown = arithmetic(pool, line_of(count, whole, shares[place], amount_micro), answer)
            assert shown.is_exact
            assert shown.floor_micro + shown.odd_unit == whole
            assert shown.to_micro - shown.from_micro == amount_micro
            total += amount_micro
    assert total == net_micro


def test_steps_that_do_not_lead_to_the_amount_are_not_shown():
    assert not arithmetic(pool_of(1_000, 10), line_of(1, 150, 1_000_000, 150), None).is_exact


def test_the_line_of_a_policy_that_names_a_deduction():
    text = (
        '[[deductions]]  # in this order\nname = "Culture"\nrate_ppm = 1   # little\n\n[[deductions]]\nname = "Other"\n'
    )
    found = policy_line(text, "Culture")
    assert found is not None
    assert (found.number, found.text) == (1, '[[deductions]]\nname = "Culture"\nrate_ppm = 1')
    assert policy_line(text, "Nobody") is None
