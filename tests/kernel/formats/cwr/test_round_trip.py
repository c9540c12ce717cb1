"""What is written reads back as the same works, and the golden file stays byte for byte."""

import io
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from muniment.kernel.formats.cwr import (
    CwrTransaction,
    CwrWork,
    UnwritableWork,
    iter_transactions,
    prepare_work,
    read_header,
    sender_of,
    works_of,
    write_cwr,
)
from muniment.kernel.formats.cwr.writing import transaction_lines
from tests.kernel.formats.cwr.works import AIGUL, DUST, HEADER, RAIN, STEPPE, works
from tests.kernel.formats.golden import golden_bytes


def back(content: bytes) -> list[CwrWork]:
    found: list[CwrWork] = []
    for item in iter_transactions(io.BytesIO(content)):
        assert isinstance(item, CwrTransaction), item
        assert item.problems == ()
        found.extend(works_of(item))
    return found


@settings(max_examples=40, deadline=None)
@given(chosen=st.lists(works(), min_size=1, max_size=3, unique_by=lambda work: work.submitter_work_number))
def test_works_come_back_as_they_were_written(chosen: list[CwrWork]) -> None:
    content = b"".join(write_cwr(HEADER, chosen))
    assert back(content) == chosen
    assert all(len(line) <= 700 for line in content.decode().split("\r\n"))


@settings(max_examples=40, deadline=None)
@given(title=st.text(min_size=1, max_size=50), name=st.text(min_size=1, max_size=20))
def test_preparing_twice_changes_nothing_more(title: str, name: str) -> None:
    once = prepare_work(replace(RAIN, title=title, writers=(replace(AIGUL, last_name=name),)))
    assert prepare_work(once) == once


def test_the_golden_file_is_written_and_read() -> None:
    written = b"".join(write_cwr(HEADER, [RAIN, DUST]))
    golden = golden_bytes("cwr/two_works.V21", written)
    assert written == golden
    assert back(golden) == [RAIN, DUST]
    sender = sender_of(read_header(io.BytesIO(golden)))
    assert (sender.kind, sender.number, sender.name) == ("PB", "000000199", "STEPPE MUSIC")


def test_names_in_other_scripts_go_beside_a_romanised_form() -> None:
    native = replace(
        RAIN,
        title="Жаңбыр",
        titles=(),
        publishers=(replace(STEPPE, name="Дала музыка", other_names=()),),
        writers=(replace(AIGUL, last_name="Сейтқали", first_name="Айгүл", other_names=()), *RAIN.writers[1:]),
    )
    (read,) = back(b"".join(write_cwr(HEADER, [native])))
    assert read == prepare_work(native)
    assert read.title.isascii()
    assert [title.title for title in read.titles] == ["Жаңбыр"]
    assert read.writers[0].other_names[0].name == "Сейтқали"
    assert read.publishers[0].other_names[0].name == "Дала музыка"
    assert read.writers[0].publishers[0].publisher_name == read.publishers[0].name


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"title": ""}, "title is blank"),
        ({"submitter_work_number": "X" * 15}, "does not fit"),
        ({"submitter_work_number": "Ж1"}, "letters that CWR does not"),
        ({"duration_ms": 1500}, "whole seconds"),
        ({"writers": ()}, "no writer"),
        ({"publishers": ()}, "make 75.00 %"),
        ({"iswc": "T1234567890"}, "not a valid ISWC"),
        ({"distribution_category": "ABC"}, "none of JAZ"),
        ({"kind": "AGR"}, "outside the group"),
    ],
)
def test_what_cannot_be_written_is_refused(change: dict[str, object], word: str) -> None:
    with pytest.raises(UnwritableWork, match=word):
        list(write_cwr(HEADER, [replace(RAIN, **change)]))  # type: ignore[arg-type]


def test_a_share_finer_than_the_format_is_refused() -> None:
    with pytest.raises(UnwritableWork, match="249950 ppm"):
        transaction_lines(replace(RAIN, writers=(replace(AIGUL, pr_ppm=249_950), *RAIN.writers[1:])), 0)
