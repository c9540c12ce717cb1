"""What a measurement keeps: stages of one name added up, rows in a second, the memory so far."""

import pytest

from muniment.interfaces.bench import Measures, peak_memory_mib


def test_stages_of_one_name_are_added_up() -> None:
    ticks = iter((0.0, 0.25, 1.0, 1.5, 2.0, 2.0004))
    measures = Measures(clock=lambda: next(ticks))
    for name, rows in (("works", 100), ("works", 50), ("page", 0)):
        with measures.stage(name, rows, "lines"):
            pass
    assert [(row.stage, row.rows, row.elapsed_ms, row.rows_per_s) for row in measures.rows] == [
        ("works", 150, 750, 200),
        ("page", 0, 0, None),
    ]
    (works, page) = measures.as_plain()
    assert (works["unit"], works["rows_per_s"], page["rows_per_s"]) == ("lines", 200, None)


def test_other_units_are_another_stage_and_a_stage_of_no_time_is_no_division_by_zero() -> None:
    measures = Measures()
    measures.add("posted", 10, "entries", 0)
    measures.add("posted", 20, "transfers", 10)
    assert [row.rows_per_s for row in measures.rows] == [10_000, 2_000]


def test_a_stage_that_fails_is_not_measured() -> None:
    measures = Measures()
    with pytest.raises(ValueError, match="broken"), measures.stage("works"):
        raise ValueError("broken")
    assert measures.rows == []


def test_the_memory_only_rises() -> None:
    before = peak_memory_mib()
    measures = Measures()
    measures.add("works", 1, "works", 1)
    assert measures.rows[0].peak_mib >= before > 0
