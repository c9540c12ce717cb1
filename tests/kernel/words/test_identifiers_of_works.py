"""Recordings, films, books, products, parties of DDEX and societies: parsed, checked, printed; none breaks a parser."""

import csv
from collections.abc import Callable
from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muniment.kernel.words import identifiers as ids
from tests.kernel.formats.real_files import SHARED, needs_real_files


@pytest.mark.parametrize(
    ("parse", "text", "canonical"),
    [
        (ids.parse_isan, "ISAN 0000-3BAB-9352-0000-G-0000-0000-Q", "00003BAB9352000000000000"),
        (ids.parse_isan, "0000-3BAB-9352-0000", "00003BAB93520000"),
        (ids.parse_isan, "00003bab93520000g", "00003BAB93520000"),
        (ids.parse_eidr, "10.5240/7791-8534-2C23-9030-8610-5", "10.5240/7791-8534-2C23-9030-8610-5"),
        (ids.parse_eidr, "https://doi.org/10.5240/7791-8534-2c23-9030-8610-5", "10.5240/7791-8534-2C23-9030-8610-5"),
        (ids.parse_eidr, "EIDR: 10.5240/779185342C23903086105", "10.5240/7791-8534-2C23-9030-8610-5"),
        (ids.parse_dpid, "PADPIDA2013020802I", "PADPIDA2013020802I"),
        (ids.parse_dpid, "pa-dpida-2013020802-i", "PADPIDA2013020802I"),
        (ids.parse_isbn, "978-0-19-853453-2", "9780198534532"),
        (ids.parse_isbn, "ISBN 0-19-853453-1", "9780198534532"),
        (ids.parse_issn, "ISSN 0378-4371", "03784371"),
        (ids.parse_issn, "1050-124x", "1050124X"),
        (ids.parse_ean, "4006381333931", "4006381333931"),
        (ids.parse_ean, "UPC 0 36000 29145 2", "0036000291452"),
        (ids.parse_ean, "96385074", "96385074"),
        (ids.parse_society, "52", "052"),
        (ids.parse_society, "0901", "901"),
    ],
)
def test_the_ways_people_write_a_number(parse: Callable[[str], str], text: str, canonical: str) -> None:
    assert parse(text) == canonical
    assert parse(canonical) == canonical


@pytest.mark.parametrize(
    ("parse", "text"),
    [
        (ids.parse_isan, "0000-3BAB-9352-0000-H"),
        (ids.parse_isan, "0000-3BAB-9352"),
        (ids.parse_eidr, "10.5240/7791-8534-2C23-9030-8610-6"),
        (ids.parse_eidr, "10.1000/182"),
        (ids.parse_dpid, "PADPIDA2013020802J"),
        (ids.parse_dpid, "PADPIDA20130208"),
        (ids.parse_isbn, "978-0-19-853453-3"),
        (ids.parse_isbn, "٩٧٨"),
        (ids.parse_issn, "0378-4372"),
        (ids.parse_ean, "4006381333932"),
        (ids.parse_ean, "40063813339311"),
        (ids.parse_society, "000"),
        (ids.parse_society, "1000"),
        (ids.parse_society, "PRS"),
    ],
)
def test_a_wrong_number_is_refused_with_its_reason(parse: Callable[[str], str], text: str) -> None:
    with pytest.raises(ids.InvalidIdentifier, match="not a valid"):
        parse(text)


def test_printed_forms_read_back() -> None:
    for kind, text in (
        ("ISRC", "USRC17607839"),
        ("ISNI", "0000000121032683"),
        ("ISAN", "00003BAB9352000000000000"),
        ("ISBN", "9780198534532"),
        ("ISSN", "03784371"),
        ("DPID", "PADPIDA2013020802I"),
        ("society", "052"),
        ("ISWC", "T0345246801"),
        ("IPI base", "I0010681306"),
    ):
        shown = ids.FORMATTERS[kind](text)
        assert shown != text
        assert ids.PARSERS[kind](shown) == text
    assert ids.format_isan("00003BAB9352000000000000") == "0000-3BAB-9352-0000-G-0000-0000-Q"
    assert ids.format_isbn("9780198534532") == "978-0-19-853453-2"
    assert ids.format_society("052") == "0052"


@given(st.integers(0, 16**20 - 1), st.dates(date(1990, 1, 1), date(2099, 12, 31)))
def test_made_numbers_are_valid(number: int, on: date) -> None:
    assert ids.parse_eidr(ids.make_eidr(number)) == ids.make_eidr(number)
    assert ids.parse_dpid(ids.make_dpid(on)) == ids.make_dpid(on)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("T-034.524.680-1", "ISWC"),
        ("I-001068130-6", "IPI base"),
        ("00045620792", "IPI name"),
        ("US-RC1-76-07839", "ISRC"),
        ("978-0-19-853453-2", "ISBN"),
        ("4006381333931", "EAN-13"),
        ("0378-4371", "ISSN"),
        ("0000 0001 2103 2683", "ISNI"),
        ("PA-DPIDA-2013020802-I", "DPID"),
        ("10.5240/7791-8534-2C23-9030-8610-5", "EIDR"),
        ("PK36 SCBL 0000 0011 2345 6702", "IBAN"),
    ],
)
def test_a_number_is_told_for_what_it_is(text: str, kind: str) -> None:
    found = ids.identify(text)
    assert found is not None
    assert found[0] == kind


def test_what_is_no_number_is_told_as_none() -> None:
    assert ids.identify("RAIN OVER THE STEPPE") is None
    assert ids.identify("") is None


@given(st.text(max_size=30))
def test_no_text_breaks_a_parser(text: str) -> None:
    for parse in ids.PARSERS.values():
        with suppress(ids.InvalidIdentifier):
            assert parse(parse(text)) == parse(text)


@pytest.mark.real
@needs_real_files
def test_published_numbers_are_judged_as_published() -> None:
    with (SHARED / "identifiers" / "check_vectors.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 12
    for row in rows:
        try:
            ids.PARSERS[row["kind"]](row["value"])
            valid = True
        except ids.InvalidIdentifier:
            valid = False
        assert valid == (row["valid"] == "True"), row
