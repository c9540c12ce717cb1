"""Samples of DDEX's own reader: what fits is read, what is not a whole report is refused."""

import io
import re

import pytest

from muniment.kernel.formats.dsr import DsrHead, DsrSale, DsrSummary, iter_dsr, read_lines, write_lines
from muniment.kernel.formats.dsr.checking import check_stream
from muniment.kernel.formats.dsr.rows import unescape
from muniment.kernel.words.problems import BadFile, Problem
from tests.kernel.formats.dsr.test_columnar import both
from tests.kernel.formats.real_files import SHARED, needs_real_files

pytestmark = [pytest.mark.real, needs_real_files]

FOLDER = SHARED / "ddex" / "dsrf_testdata"


def test_a_report_of_another_profile_is_read_as_far_as_it_goes() -> None:
    with (FOLDER / "DSR_TEST_YouTube_AdSupport-music_2015-Q4_IS_1of1_20160121T150926.tsv").open("rb") as stream:
        items = list(iter_dsr(stream))
    head = items[0]
    assert isinstance(head, DsrHead)
    assert (head.service, head.file_count) == ("AdSupport-music", 1)
    assert [item.rights_controller for item in items if isinstance(item, DsrSummary)] == [
        "PUB_2",
        "SOC_1",
        "PUB_3",
        "Residual",
    ]
    sales = [item for item in items if isinstance(item, DsrSale)]
    assert [sale.usages for sale in sales] == [7810, 2045, 18, 4, 258, 75]
    assert sales[0].composers[0] == "DAVID RITZ"
    assert sales[1].iswc == "T9109247316"
    assert {item.rule for item in items if isinstance(item, Problem)} == set()
    assert [sale.amount_micro for sale in sales[:2]] == [125_230_000, 0]


@pytest.mark.parametrize("name", sorted(path.name for path in FOLDER.glob("*_AU_*.tsv")))
def test_fragments_give_problems_and_never_sales(name: str) -> None:
    with (FOLDER / name).open("rb") as stream:
        try:
            items = list(iter_dsr(stream))
        except BadFile as error:
            items = [Problem(1, "HEAD", "refused", error.message, error.remedy)]
    assert any(isinstance(item, Problem) for item in items)
    assert not any(isinstance(item, DsrSale) for item in items)


@pytest.mark.parametrize("name", sorted(path.name for path in FOLDER.glob("*.tsv")))
def test_every_sample_comes_out_as_it_came_in(name: str) -> None:
    content = (FOLDER / name).read_bytes()
    assert b"".join(write_lines(read_lines(io.BytesIO(content)))) == content
    assert any(isinstance(item, Problem) for item in check_stream(io.BytesIO(content), name))


@pytest.mark.parametrize("name", sorted(path.name for path in FOLDER.glob("*YouTube*.tsv")))
def test_both_paths_give_the_same_of_whole_reports(name: str) -> None:
    assert both((FOLDER / name).read_bytes(), 1_000)


def test_the_cells_are_those_that_the_other_reader_found() -> None:
    """The text beside the sample says what DDEX's own reader makes of its rows."""
    found = re.findall(r'string_value: "((?:[^"\\]|\\.)*)"', (FOLDER / "basic_body_block.txt").read_text())
    theirs = [text.encode("ascii").decode("unicode_escape").encode("latin-1").decode() for text in found]
    lines = list(read_lines(io.BytesIO((FOLDER / "test_file_parser.tsv").read_bytes())))
    ours = [unescape(cell) for line in lines if line.record in {"RE01", "AS02"} for cell in (line.name, *line.cells)]
    assert ours == theirs
