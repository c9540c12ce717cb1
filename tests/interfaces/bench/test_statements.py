"""The bench of statements: a run to scale, and every form measured on it."""

from datetime import UTC, datetime

import pytest

from muniment.interfaces.bench.statements import NotToScale, Scale, make_run, measure_form, write_files
from muniment.pay.distributions import queries

SCALE = Scale(rows=48, reports=2, longest=16, payees=8)


@pytest.mark.django_db
def test_a_run_to_scale_is_made_and_every_form_of_it_measured(tmp_path):
    run_id = make_run(write_files(tmp_path / "files", SCALE), SCALE, datetime(2026, 11, 1, tzinfo=UTC))
    statements = queries.list_statements(run_id=run_id, limit=None).rows
    assert sum(row.line_count for row in statements) == SCALE.rows
    assert sorted(row.line_count for row in statements)[-1] == SCALE.longest
    for form in ("csv", "xlsx"):
        rate = measure_form(run_id, form, 3, "ur")
        assert (rate.form, rate.count, rate.longest_lines) == (form, 3, SCALE.longest)
        assert rate.byte_count > rate.longest_bytes > 0
        assert rate.peak_mib > 0


@pytest.mark.parametrize("scale", [Scale(20, 2, 21, 5), Scale(20, 2, 1, 5), Scale(20, 2, 4, 1)])
def test_sizes_that_cannot_be_are_refused(tmp_path, scale):
    with pytest.raises(NotToScale):
        write_files(tmp_path / "files", scale)
    assert not (tmp_path / "files").exists()
