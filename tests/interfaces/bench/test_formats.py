"""The invented catalogue is sound CWR, comes back byte for byte, its reading is measured in a process of its own."""

import sys
from pathlib import Path

from muniment.interfaces.bench.formats import measure_reader, run_round_trip, works_of_size, write_invented_cwr
from muniment.kernel.formats.cwr import CwrTransaction, iter_transactions

SCRIPTS = Path(__file__).parents[3] / "tools" / "peers"


def test_an_invented_catalogue_is_sound_and_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "invented.V21"
    records = write_invented_cwr(path, works=60, seed=7)
    assert records == len(path.read_bytes().splitlines())
    with path.open("rb") as stream:
        items = list(iter_transactions(stream))
    assert len(items) == 60
    assert [item for item in items if not isinstance(item, CwrTransaction) or item.problems] == []
    trip = run_round_trip(path)
    assert (trip.transaction_count, trip.record_count, trip.first_difference) == (60, records, None)


def test_the_same_seed_invents_the_same_file_of_the_size_asked_for(tmp_path: Path) -> None:
    path, again = tmp_path / "one.V21", tmp_path / "two.V21"
    write_invented_cwr(path, works=works_of_size(200_000))
    write_invented_cwr(again, works=works_of_size(200_000))
    assert path.read_bytes() == again.read_bytes()
    assert 150_000 < path.stat().st_size < 250_000


def test_a_changed_line_is_found(tmp_path: Path) -> None:
    path = tmp_path / "invented.V21"
    write_invented_cwr(path, works=3)
    path.write_bytes(
        path.read_bytes().replace(b"00000001NWR", b"00000001NWR").replace(b"\r\nTRL", b"\r\nTRL", 1) + b"X"
    )
    assert run_round_trip(path).first_difference is not None


def test_a_reader_is_measured_by_its_script_and_a_broken_one_says_why(tmp_path: Path) -> None:
    path = tmp_path / "invented.V21"
    records = write_invented_cwr(path, works=20)
    measured = measure_reader("muniment", path, records, Path(sys.executable), SCRIPTS / "cwr_muniment.py")
    assert (measured.failed, measured.transaction_count, measured.problem_count) == ("", 20, 0)
    assert measured.records_per_s > 0
    broken = tmp_path / "broken.py"
    broken.write_text("raise SystemExit('no such module')\n")
    assert measure_reader("other", path, records, Path(sys.executable), broken).failed == "no such module"
