"""Reading a file, storing it and writing it again loses no field: of any record, sound or broken."""

import io
import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muniment.kernel.formats.cwr import (
    CwrTransaction,
    CwrWork,
    iter_transactions,
    plain_of,
    read_header,
    transaction_of,
    works_of,
    write_cwr,
    write_transactions,
)
from muniment.kernel.formats.cwr.layout import VERSIONS, FieldLayout, codes_of, layout_of
from muniment.kernel.formats.cwr.records import CONTROLS, CwrRecord, shapes_of
from muniment.kernel.formats.cwr.rules import PLAIN_RULES, Value
from muniment.kernel.formats.cwr.writing import record_line
from muniment.kernel.words.identifiers import make_ipi_base, make_ipi_name, make_isrc, make_iswc
from tests.kernel.formats.cwr.case_files import case_file
from tests.kernel.formats.cwr.works import HEADER, works
from tests.kernel.formats.real_files import SHARED, needs_real_files


def stored(content: bytes) -> list[CwrTransaction]:
    """Return the transactions of a file after they were kept as JSON, refused ones too."""
    items = iter_transactions(io.BytesIO(content), keep_refused=True)
    kept = [json.dumps(plain_of(item)) for item in items if isinstance(item, CwrTransaction)]
    return [transaction_of(json.loads(text)) for text in kept]


def written(content: bytes) -> bytes:
    """Return a file read, stored and written again under its own header."""
    return b"".join(write_transactions(read_header(io.BytesIO(content)), stored(content)))


def told(content: bytes) -> list[list[tuple[str, dict[str, Value], dict[str, str]]]]:
    """Return what a file says, record by record, without where it stands; a number of zeros is a blank one."""
    return [
        [
            (record.kind, {name: value or None for name, value in record.values.items()}, dict(record.unread))
            for record in sorted((item.header, *item.records, *item.dropped), key=lambda record: record.line)
        ]
        for item in iter_transactions(io.BytesIO(content), keep_refused=True)
        if isinstance(item, CwrTransaction)
    ]


@given(
    chosen=st.lists(works(), min_size=1, max_size=3, unique_by=lambda work: work.submitter_work_number),
    version=st.sampled_from(VERSIONS),
)
def test_a_written_file_is_the_same_bytes_again(chosen: list[CwrWork], version: str) -> None:
    content = b"".join(write_cwr(HEADER, chosen, version=version))
    assert written(content) == content
    assert [work for item in stored(content) for work in works_of(item)] == [
        work
        for item in iter_transactions(io.BytesIO(content))
        if isinstance(item, CwrTransaction)
        for work in works_of(item)
    ]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("base", ["work", "agreement", "both", "answer"])
@pytest.mark.parametrize("edits", ["", "SPU.tax_id=X;SPU.pr_share=99999;ALT.title=;REC.ean=12;NWR.priority_flag=X"])
def test_every_record_comes_back_sound_or_broken(base: str, version: str, edits: str) -> None:
    content = case_file(base, edits if "work" in base or base in ("both", "answer") else "", version)
    assert told(written(content)) == told(content)
    assert written(written(content)) == written(content)


_BY_FORM: dict[str, st.SearchStrategy[Value]] = {
    "A": st.text(st.sampled_from("ABC Ж'é7"), max_size=9).map(lambda text: " ".join(text.split())),
    "G": st.integers(1, 9).map(str),
    "N": st.integers(0, 9),
    "S": st.integers(0, 10_000).map(lambda share: share * 100),
    "D": st.none() | st.dates(date(1900, 1, 1), date(2100, 1, 1)),
    "T": st.none() | st.integers(1, 359_999).map(lambda seconds: seconds * 1000),
    "C": st.just("") | st.just("235959"),
    "F": st.sampled_from(["", "Y", "N", "U"]),
    "B": st.sampled_from(["", "Y", "N"]),
    "I": st.just("") | st.integers(1, 999_999_999).map(make_ipi_name),
    "J": st.just("") | st.integers(1, 999_999_999).map(make_ipi_base),
    "W": st.just("") | st.integers(1, 999_999_999).map(make_iswc),
    "R": st.just("") | st.integers(1, 99_999).map(lambda number: make_isrc("QZ", "MUN", date(2026, 1, 1), number)),
    "E": st.sampled_from(["", "4006381333931"]),
    "V": st.sampled_from([2136, 840, 4]),
    "Y": st.sampled_from(["", "901", "052"]),
    "Z": st.sampled_from(["", "kaz"]),
}


def _values(place: FieldLayout) -> st.SearchStrategy[Value]:
    if place.form == "L":
        return st.sampled_from(["", *codes_of(place.codes)])
    size = place.end - place.start
    text = _BY_FORM[place.form]
    return text.map(lambda value: value[:size].strip() if isinstance(value, str) and place.form == "A" else value)


@st.composite
def _records(draw: st.DrawFn) -> tuple[str, CwrRecord]:
    version = draw(st.sampled_from(VERSIONS))
    kind = draw(st.sampled_from(sorted(set(layout_of(version)) - CONTROLS)))
    values = {place.name: draw(_values(place)) for place in layout_of(version)[kind].fields}
    return version, CwrRecord(kind, 1, values)


@given(_records())
def test_each_field_of_each_record_is_written_and_read(made: tuple[str, CwrRecord]) -> None:
    version, record = made
    shape = shapes_of(PLAIN_RULES).of(version, record.kind)
    assert shape is not None
    line = record_line(record, f"{record.kind}{0:016d}", version)
    assert len(line) == layout_of(version)[record.kind].length
    again = shape.read(1, line).record
    blanks = {place.name: place.blank for place in layout_of(version)[record.kind].fields}
    for name, value in record.values.items():
        expected = blanks[name] if value in ("", None) else value
        found = again.unread.get(name, again.values[name]) if again.values[name] != expected else expected
        assert str(found or "").lstrip("0") == str(expected or "").lstrip("0"), name
    assert record_line(again, f"{record.kind}{0:016d}", version) == record_line(
        record._replace(values=dict(record.values) | {n: blanks[n] for n, v in record.values.items() if v == ""}),
        f"{record.kind}{0:016d}",
        version,
    )


_SAMPLES = sorted(path.name for path in (SHARED / "cwr").glob("*.[vV]2[12]"))


@pytest.mark.real
@needs_real_files
@pytest.mark.parametrize("name", _SAMPLES)
def test_samples_of_other_programs_lose_no_field(name: str) -> None:
    content = (SHARED / "cwr" / name).read_bytes()
    before = told(content)
    assert before
    assert told(written(content)) == before
