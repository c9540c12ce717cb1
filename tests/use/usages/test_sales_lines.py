"""Sales that become lines as columns are the lines that they become one by one."""

import io
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from muniment.kernel.formats.dsr.columnar import SALES, read_tables
from muniment.use.usages.bulk.lines import LineColumns, ReadReport
from muniment.use.usages.bulk.sales import add_sales, reported_sale
from muniment.use.usages.rules import Form, ReportFacts
from tests.kernel.formats.dsr.test_columnar import plain_report, reports
from tests.use.usages.test_rules import FACTS

DSR_FACTS = replace(FACTS, form=Form.DSR)


def both(content: bytes, facts: ReportFacts) -> tuple[ReadReport, ReadReport]:
    """Read a report as columns and one by one."""
    as_columns, one_by_one = LineColumns(facts, {}), LineColumns(facts, {})
    for piece in read_tables(io.BytesIO(content), piece_bytes=500):
        assert piece.sales.schema == SALES
        add_sales(as_columns, piece.sales)
        for row in piece.sales.to_pylist():
            one_by_one.add(reported_sale(row))
    return as_columns.finish(), one_by_one.finish()


@settings(max_examples=120, deadline=None)
@given(content=reports(), currency=st.sampled_from(["", "PKR"]))
def test_both_ways_give_the_same_lines(content: bytes, currency: str) -> None:
    found, expected = both(content, replace(DSR_FACTS, currency=currency))
    assert found.lines.to_pylist() == expected.lines.to_pylist()
    assert found.line_count == expected.line_count
    assert sorted(map(str, found.problems)) == sorted(map(str, expected.problems))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("", ""),
        ("\tPT3M20S", "\tPT25H"),
        ("\tKZ\t", "\tQQ\t"),
        ("\tKZ\t", "\t\t"),
        ("Rain 3", 'Quo"ted'),
        ("Premium", "Pre\x07mium"),
        ("\tEUR\t", "\teur\t"),
    ],
)
def test_odd_cells_do_not_part_the_ways(old: str, new: str) -> None:
    content = plain_report(30).decode().replace(old, new, 1) if old else plain_report(30).decode()
    found, expected = both(content.encode(), DSR_FACTS)
    assert found.lines.equals(expected.lines)
    assert found.problems == expected.problems
    assert [row["line_id"] for row in found.lines.to_pylist()] == list(range(1, found.lines.num_rows + 1))
    assert found.lines.num_rows in {0, 30}
    assert not found.lines.num_rows or found.lines.column("used_on")[0].as_py() == date(2026, 7, 1)
