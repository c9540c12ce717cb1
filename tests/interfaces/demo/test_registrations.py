"""The two publishers' CWR files: they read without a problem, and contest what they should."""

import random
from pathlib import Path

from muniment.interfaces.demo import read_manifest, write_demo_files
from muniment.interfaces.demo.people import make_people
from muniment.interfaces.demo.registrations import cwr_work, registered_by
from muniment.interfaces.demo.repertoire import CONTESTED, make_works
from muniment.kernel.formats.cwr import CwrTransaction, CwrWork, iter_transactions, read_header, sender_of, work_of
from muniment.kernel.words.names import script_of


def _read(path: Path) -> list[CwrWork]:
    with path.open("rb") as stream:
        found = list(iter_transactions(stream))
    assert all(isinstance(item, CwrTransaction) and not item.problems for item in found)
    return [work_of(item) for item in found if isinstance(item, CwrTransaction)]


def test_the_files_read_without_a_problem_and_share_the_contested_works(tmp_path: Path) -> None:
    write_demo_files(tmp_path, members=60, works=200, seed=7)
    one, two = read_manifest(tmp_path).of_kind("cwr")
    first, second = _read(tmp_path / one.name), _read(tmp_path / two.name)
    assert (len(first), len(second)) == (one.line_count, two.line_count)
    both = {work.iswc for work in first} & {work.iswc for work in second} - {""}
    assert len(both) == 8
    with (tmp_path / one.name).open("rb") as stream:
        assert sender_of(read_header(stream)).name in one.note.upper()


def test_a_contested_work_names_two_publishers_for_one_half() -> None:
    rng = random.Random(17)
    people = make_people(rng, 60)
    contested = [work for work in make_works(rng, people, 100) if work.state == CONTESTED]
    for work in contested:
        mine, other = (
            cwr_work(publisher, work) for publisher in people.publishers[:2] if list(registered_by(publisher, [work]))
        )
        assert mine.iswc == other.iswc
        assert mine.submitter_work_number != other.submitter_work_number
        assert mine.publishers[0].ipi_name != other.publishers[0].ipi_name
        assert mine.publishers[0].pr_ppm == other.publishers[0].pr_ppm == 500_000
        assert [writer.ipi_name for writer in mine.writers] == [writer.ipi_name for writer in other.writers]


def test_names_and_titles_of_other_scripts_go_beside_the_latin_ones() -> None:
    rng = random.Random(19)
    people = make_people(rng, 100)
    publisher = people.publishers[0]
    for work in registered_by(publisher, make_works(rng, people, 300)):
        registered = cwr_work(publisher, work)
        assert registered.title.isascii()
        assert [title.title for title in registered.titles] == ([work.title] if not work.title.isascii() else [])
        for writer in registered.writers:
            assert writer.full_name.isascii()
            assert all(script_of(name.name) != "Latn" for name in writer.other_names)
