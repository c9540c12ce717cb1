"""A file in the order of a key gives one key's rows, whole and in order, whatever row groups they lie in."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from muniment.kernel.columns.engine import sort_files
from muniment.kernel.columns.keyed import KeyedFile, forget
from muniment.kernel.columns.tables import write_table


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(keys=st.lists(st.integers(1, 6), max_size=60), group=st.integers(1, 9))
def test_each_key_has_its_rows_and_no_others(tmp_path, keys, group):
    table = pa.table({"key": pa.array(keys, pa.int64()), "place": pa.array(range(len(keys)), pa.int64())})
    path = tmp_path / "ordered.parquet"
    pq.write_table(table.sort_by([("key", "ascending"), ("place", "ascending")]), path, row_group_size=group)
    forget()
    file = KeyedFile(path, "key")
    for key in range(8):
        rows = file.rows_of(key)
        found = [place for piece in file.pieces(rows, ["place"]) for place in piece["place"].to_pylist()]
        assert found == [place for place, one in enumerate(keys) if one == key]


def test_files_are_joined_and_sorted_and_leave_nothing_beside_the_result(tmp_path):
    write_table(pa.table({"id": [2, 1, 3], "name": ["b", "a", "c"]}), tmp_path / "names.parquet")
    amounts = pa.table({"id": [1, 2, 1], "amount": [5, 6, 7]})
    target = tmp_path / "sorted" / "it's.parquet"
    sql = "SELECT name, amount FROM amounts JOIN names USING (id) ORDER BY name, amount DESC"
    sort_files(sql, target, rows_at_once=1_000, amounts=amounts, names=tmp_path / "names.parquet")
    assert pq.read_table(target).to_pylist() == [
        {"name": "a", "amount": 7}, {"name": "a", "amount": 5}, {"name": "b", "amount": 6},
    ]  # fmt: skip
    assert [path.name for path in target.parent.iterdir()] == [target.name]


def test_what_cannot_be_sorted_leaves_no_file(tmp_path):
    target = tmp_path / "sorted.parquet"
    with pytest.raises(Exception, match="nothing"):
        sort_files("SELECT * FROM nothing", target, rows_at_once=10)
    assert not target.exists()
