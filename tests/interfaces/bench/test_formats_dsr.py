"""The invented sales report ties, is of the size asked for, and its reading is measured both ways."""

import sys
from pathlib import Path

from muniment.interfaces.bench.formats import measure_reader, write_invented_dsr
from muniment.kernel.formats.dsr import DsrSale, iter_dsr
from muniment.kernel.words.problems import Problem

SCRIPTS = Path(__file__).parents[3] / "tools" / "peers"


def test_an_invented_report_ties_and_is_read_both_ways(tmp_path: Path) -> None:
    path, again = tmp_path / "one.tsv", tmp_path / "two.tsv"
    lines = write_invented_dsr(path, size=150_000, seed=3)
    assert write_invented_dsr(again, size=150_000, seed=3) == lines == len(path.read_bytes().splitlines())
    assert path.read_bytes() == again.read_bytes()
    assert 140_000 < path.stat().st_size < 160_000
    with path.open("rb") as stream:
        items = list(iter_dsr(stream))
    sales = [item for item in items if isinstance(item, DsrSale)]
    assert [item for item in items if isinstance(item, Problem)] == []
    assert sum(sale.amount_micro or 0 for sale in sales) == 1_234_567_890_000
    for words in ((), ("lines",)):
        measured = measure_reader("muniment", path, lines, Path(sys.executable), SCRIPTS / "dsr_muniment.py", *words)
        assert (measured.failed, measured.transaction_count, measured.problem_count) == ("", len(sales), 0)
