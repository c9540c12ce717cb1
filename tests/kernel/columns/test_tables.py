"""A table's digest is that of its values; a file holds what was written; the engine sums integers."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from muniment.kernel.columns import engine
from muniment.kernel.columns.engine import query
from muniment.kernel.columns.tables import digest_table, read_table, write_table

ROWS = st.lists(
    st.tuples(st.none() | st.integers(-(2**62), 2**62), st.none() | st.text(max_size=5), st.none() | st.dates()),
    max_size=20,
)
SCHEMA = pa.schema([("number", pa.int64()), ("text", pa.string()), ("day", pa.date32())])


def table_of(rows: list[tuple[object, ...]]) -> pa.Table:
    columns = [list(column) for column in zip(*rows, strict=True)] if rows else [[], [], []]
    return pa.table(
        [pa.array(values, field.type) for values, field in zip(columns, SCHEMA, strict=True)], schema=SCHEMA
    )


@given(ROWS, st.integers(0, 20))
def test_the_digest_depends_on_values_not_on_chunks(rows: list[tuple[object, ...]], cut: int) -> None:
    whole = table_of(rows)
    pieces = pa.concat_tables([whole.slice(0, cut), whole.slice(cut)])
    assert digest_table(pieces) == digest_table(whole)


@given(ROWS.filter(bool), st.data())
def test_any_change_changes_the_digest(rows: list[tuple[object, ...]], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(rows) - 1))
    other = data.draw(st.tuples(st.none() | st.integers(0, 9), st.none() | st.text(max_size=2), st.none() | st.dates()))
    changed = [*rows[:at], other, *rows[at + 1 :]]
    assert (digest_table(table_of(changed)) == digest_table(table_of(rows))) == (changed == rows)


def test_null_and_empty_and_split_texts_differ() -> None:
    tables = [pa.table({"t": pa.array(texts, pa.string())}) for texts in (["ab", ""], ["a", "b"], ["ab", None], ["ab"])]
    assert len({digest_table(table) for table in tables}) == 4


def test_a_column_without_a_certain_spelling_is_refused() -> None:
    with pytest.raises(TypeError, match="double"):
        digest_table(pa.table({"x": [0.5]}))


def test_a_file_is_whole_or_absent(tmp_path: Path) -> None:
    table = table_of([(1, "a", None), (None, None, None)])
    write_table(table, tmp_path / "deep" / "t.parquet")
    assert read_table(tmp_path / "deep" / "t.parquet").equals(table)
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["t.parquet"]


def test_the_engine_sums_beyond_64_bits() -> None:
    big = pa.table({"n": pa.array([2**62] * 4, pa.int64())})
    total = query("SELECT sum(n)::VARCHAR AS total FROM big", big=big)
    assert total.column("total").to_pylist() == [str(2**64)]


def test_each_statement_knows_its_own_tables_only() -> None:
    def doubled(number: int) -> int:
        t = pa.table({"n": pa.array([number, number], pa.int64())})
        return query("SELECT sum(n)::BIGINT AS total FROM t", t=t).column("total").to_pylist()[0]

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(doubled, range(40))) == [2 * number for number in range(40)]
    with pytest.raises(duckdb.Error):
        query("SELECT n FROM t")


def test_the_engine_is_started_anew_after_it_broke(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        def cursor(self) -> None:
            raise duckdb.FatalException("invalidated")

    engine._engine.cache_clear()
    with monkeypatch.context() as patch:
        patch.setattr(duckdb, "connect", lambda _: Broken())
        with pytest.raises(duckdb.FatalException):
            query("SELECT 1 AS one")
    assert query("SELECT 1 AS one").column("one").to_pylist() == [1]
