"""No bytes break the door: it recognises, checks and previews, or refuses in words; it ends, and its memory is bounded.

The corpus holds files that are awkward on purpose; mutations of sound files and of the corpus are made by Hypothesis.
Files too large to keep are made here. Everything is invented.
"""

import csv
import gzip
import io
import time
import tracemalloc
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from muniment.kernel.formats.door import (
    Format,
    Recognition,
    all_formats,
    as_format,
    check_file,
    head_of,
    preview_file,
    recognise,
    shown,
)
from muniment.kernel.formats.pain001 import write_pain001
from muniment.kernel.formats.statements import FORMS
from muniment.kernel.formats.tables import Sheet, csv_lines, write_xlsx
from muniment.kernel.words.problems import BadFile
from tests.kernel.formats.pain001.test_door import ANSWER
from tests.kernel.formats.pain001.test_pain001 import BATCH
from tests.kernel.formats.statements.sample import sample_statement

HERE = Path(__file__).parent
CORPUS = sorted((HERE / "corpus").iterdir())
MOST_PROBLEMS = 5_000
MEMORY_BYTES = 512 * 1024 * 1024
NASTY = [
    b"\x00", b"\xff\xfe", b"\r", b"\n", b'"', b",", b"\t", b"\x1a", "\u202e".encode(), "٣".encode(), b"=1+1", b"-",
    b"&a;", b"<!DOCTYPE a>", b"]]>", b"PK\x03\x04", b"\x1f\x8b", b"99999999999999999999", b"NaN", b"%s{0}",
    b"\xed\xa0\x80",
]  # fmt: skip


def a_workbook() -> bytes:
    stream = io.BytesIO()
    write_xlsx([Sheet("Log", ("Title", "Plays", "Date"), [("Night", 3, "2026-01-31"), ("دریا", 4, "")])], stream)
    return stream.getvalue()


SOUND = {
    "log.csv": "Title;Artist;Plays;Date\nNight;Asan;3;2026-01-31\nدریا;Asan;4;31.01.2026\n".encode(),
    "works.tsv": b"Work number\tTitle\tIPI name number\tPR share\nW1\tRiver\t\t50\nW2\tRain\t\t100\n",
    "log.xlsx": a_workbook(),
    "orders.xml": write_pain001(BATCH),
    "answer.xml": ANSWER.encode(),
    "statement.csv": FORMS["csv"].render(sample_statement()),
    "log.csv.gz": gzip.compress(b"Title,Plays\nNight,3\n", mtime=0),
}
TOUGH = [format_ for format_ in all_formats() if format_.name in {"tables", "pain001", "statements"}]


def survive(path: Path, found: Recognition) -> int:
    """Check and preview a file; only the format's own refusal may end it. Return how many problems were told."""
    count = 0
    for problem in islice(check_file(path, found), MOST_PROBLEMS):
        assert problem.message
        assert problem.rule
        count += 1
    with suppress(BadFile):
        assert len(preview_file(path, found, 5).rows) <= 5
    return count


def look(path: Path, formats: list[Format]) -> bool:
    """Recognise a file as it is, and read it as each format whatever it is; return that nothing else was raised."""
    with suppress(BadFile):
        survive(path, recognise(path))
    for format_ in formats:
        with suppress(BadFile):
            survive(path, as_format(path, format_))
    return True


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.name)
def test_awkward_files_are_read_or_refused_as_every_format(path: Path) -> None:
    assert look(path, list(all_formats()))


def mutations(content: bytes) -> st.SearchStrategy[bytes]:
    """Return files near a sound one: pieces replaced, cut out, doubled, or cut off."""
    places = st.integers(0, len(content))
    edits = st.tuples(places, st.integers(0, 40), st.one_of(st.sampled_from(NASTY), st.binary(max_size=12)))
    return st.lists(edits, min_size=1, max_size=6).map(lambda found: _edited(content, found))


def _edited(content: bytes, edits: list[tuple[int, int, bytes]]) -> bytes:
    for start, length, piece in edits:
        content = content[:start] + piece + content[start + length :]
    return content


@pytest.mark.parametrize("name", SOUND)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_mutations_of_sound_files_never_break_the_door(tmp_path: Path, name: str, data: st.DataObject) -> None:
    path = tmp_path / name
    path.write_bytes(data.draw(mutations(SOUND[name])))
    assert look(path, TOUGH)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(min_size=1, max_size=300))
def test_any_bytes_at_all_are_looked_at(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "any"
    path.write_bytes(content)
    assert look(path, TOUGH)


def bombs() -> Iterator[tuple[str, bytes]]:
    """Yield files that are small and would be large, or long where nobody expects it."""
    yield "zeros.gz", gzip.compress(bytes(90_000_000), 9, mtime=0)
    for name, member in (("zeros.zip", "works.tsv"), ("zeros.xlsx", "xl/worksheets/sheet1.xml")):
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("[Content_Types].xml" if name.endswith("xlsx") else "a.tsv", b"<Types/>")
            archive.writestr("xl/workbook.xml" if name.endswith("xlsx") else "b.tsv", b"<workbook/>")
            archive.writestr(member, bytes(90_000_000))
        yield name, stream.getvalue()
    yield "field.csv", b"Title,Plays\n" + b"x" * 20_000_000 + b",3\n"
    yield "columns.csv", b",".join(b"c%d" % number for number in range(20_000)) + b"\n" + b"1," * 19_999 + b"1\n"
    yield "quotes.csv", b'Title,Plays\n"' + b"a\n" * 1_000_000
    yield "deep.xml", ANSWER.encode().replace(b"<GrpHdr>", b"<a>" * 100_000 + b"<GrpHdr>")
    laughs = b"".join(b'<!ENTITY l%d "%s">' % (number + 1, b"&l%d;" % number * 10) for number in range(12))
    doctype = b'<!DOCTYPE Document [<!ENTITY l0 "ha">' + laughs + b"]>"
    yield "laughs.xml", doctype + ANSWER.encode().replace(b"B1", b"&l12;")
    yield (
        "attribute.xml",
        ANSWER.encode().replace(b"<CstmrPmtStsRpt", b'<CstmrPmtStsRpt a="' + b"x" * 11_000_000 + b'"'),
    )


@pytest.mark.parametrize(("name", "content"), list(bombs()), ids=[name for name, _ in bombs()])
def test_bombs_end_soon_in_little_memory(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    tracemalloc.start()
    began = time.process_time()
    try:
        look(path, TOUGH)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < MEMORY_BYTES
    assert time.process_time() - began < 120


def test_a_bomb_is_not_unpacked_to_be_recognised(tmp_path: Path) -> None:
    path = tmp_path / "zeros.gz"
    path.write_bytes(gzip.compress(bytes(90_000_000), 9, mtime=0))
    tracemalloc.start()
    try:
        assert len(head_of(path).start) == 64 * 1024
        assert tracemalloc.get_traced_memory()[1] < 4_000_000
    finally:
        tracemalloc.stop()


@given(st.text(max_size=200))
def test_what_is_shown_moves_nothing(text: str) -> None:
    moving = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u2028\u2029\x1b\r\n\x00\x9b")
    assert not moving & set(shown(text))


@given(st.lists(st.sampled_from(["=1", "+a", "-a", "@a", "\t=1", "\r=1", "＝1", "a", "-1.5", "\n=", '"=1', " =1"])))
def test_no_cell_of_an_export_begins_as_a_formula(cells: list[str]) -> None:
    lines = b"".join(csv_lines(["head"], [[cell] for cell in cells], mark=False)).decode()
    for row in csv.reader(io.StringIO(lines, newline="")):
        assert not row[0].startswith(("=", "+", "@", "\t", "\r", "\n", "＝", "＋"))
