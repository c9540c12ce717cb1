"""What the columns take without thought is what the walk would read from the same cell."""

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from muniment.kernel.formats.dsr.forms import durations_of, numbers_of, odd_isrc, odd_iswc, odd_parts, whole_numbers
from muniment.kernel.formats.dsr.rows import split_parts
from muniment.kernel.words.identifiers import InvalidIdentifier, make_iswc, parse_isrc, parse_iswc

_ISRCS = ["QZMUN2600001", "QZ-MUN-26-00001", "qzmun2600001", "QZMUN260000", "Q1MUN2600001", "QZM9N26000O1"]
_ISWCS = [make_iswc(1), make_iswc(999_999_999), "T0000000011", "t0000000010", "T-000.000.001-0", "X0000000010"]
_parts = st.text(alphabet="ab| é", max_size=8).map(str.strip)


@settings(max_examples=60, deadline=None)
@given(codes=st.lists(st.sampled_from(["", *_ISRCS, *_ISWCS]), min_size=1, max_size=20), begin=st.integers(0, 3))
def test_codes_that_are_not_odd_are_read_as_they_stand(codes: list[str], begin: int) -> None:
    column = pa.array(codes, pa.string()).slice(begin)
    for odd_of, parse in ((odd_isrc, parse_isrc), (odd_iswc, parse_iswc)):
        for code, odd in zip(column.to_pylist(), odd_of(column), strict=True):
            assert odd or not code or parse(code) == code


def test_odd_codes_are_those_with_another_form_or_check_digit() -> None:
    assert odd_isrc(pa.array(["", *_ISRCS])).tolist() == [False, False, *[True] * 5]
    assert odd_iswc(pa.array(["", *_ISWCS])).tolist() == [False, False, False, *[True] * 4]
    with pytest.raises(InvalidIdentifier):
        parse_iswc("T0000000011")


@settings(max_examples=100, deadline=None)
@given(texts=st.lists(_parts, min_size=1, max_size=6), begin=st.integers(0, 2))
@example(texts=["a", "|b"], begin=0)
@example(texts=["a|", "b"], begin=0)
@example(texts=["|"], begin=0)
@example(texts=["a|b", "c |d", "e| f", "g||h"], begin=1)
def test_parts_are_odd_where_one_is_blank_or_has_blanks_at_its_ends(texts: list[str], begin: int) -> None:
    chosen = texts[begin:]
    odd = odd_parts(pa.array(texts, pa.string()).slice(begin))
    if odd is None:
        assert not any("|" in text for text in chosen)
    else:
        wanted = [any(part != part.strip() or not part for part in split_parts(text)) for text in chosen]
        assert odd.tolist() == wanted


def test_numbers_have_at_most_fifteen_digits() -> None:
    texts = pa.array(["7", "", "-1", "1.0", "9" * 15, "9" * 16, "٣"])
    assert whole_numbers(texts).to_pylist() == [True, False, False, False, True, False, False]
    assert numbers_of(texts).to_pylist() == [7, 0, 0, 0, 10**15 - 1, 0, 0]
    assert numbers_of(pa.array(["", ""])).to_pylist() == [0, 0]


def test_durations_are_milliseconds_or_said_to_be_unreadable() -> None:
    read, unreadable = durations_of(pa.array(["PT3M20S", "", "PT0H0M0S", "long", "PT3M20S"]))
    assert read.to_pylist() == [200_000, None, None, None, 200_000]
    assert unreadable.tolist() == [False, False, False, True, False]
