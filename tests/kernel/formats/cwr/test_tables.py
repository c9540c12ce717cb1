"""The tables are data: every record of both versions, sound in itself, and replaceable by a folder of one's own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from muniment.kernel.formats.cwr.layout import TABLES, VERSIONS, codes_of, layout_of, letters_of
from muniment.kernel.formats.cwr.records import HEADERS
from muniment.kernel.formats.cwr.rules import compile_term, rules, split_term

_LENGTHS = {
    "HDR": 101, "GRH": 28, "GRT": 37, "TRL": 24, "AGR": 121, "NWR": 260, "REV": 260, "ISW": 260, "EXC": 260, "ACK": 159,
    "TER": 24, "IPA": 153, "NPA": 350, "SPU": 183, "OPU": 183, "NPN": 512, "SPT": 58, "SWR": 180, "OWR": 180,
    "NWN": 350, "SWT": 52, "PWR": 110, "ALT": 83, "NAT": 663, "EWT": 364, "VER": 364, "PER": 118, "NPR": 370,
    "REC": 266, "ORN": 301, "INS": 75, "IND": 25, "COM": 308, "MSG": 185, "NET": 661, "NCT": 661, "NVT": 661,
    "NOW": 342, "ARI": 201,
}  # fmt: skip
_CHANGED = {"HDR": 167, "PWR": 112, "REC": 540, "ORN": 348, "OPT": 58, "OWT": 52, "XRF": 38}


def test_every_record_of_both_versions_has_its_length() -> None:
    assert {kind: shape.length for kind, shape in layout_of("02.10").items()} == _LENGTHS
    assert {kind: shape.length for kind, shape in layout_of("02.20").items()} == _LENGTHS | _CHANGED


@pytest.mark.parametrize("version", VERSIONS)
def test_fields_stand_behind_one_another_without_a_gap(version: str) -> None:
    for kind, shape in layout_of(version).items():
        start = 3 if shape.fields[0].start == 3 else 19
        for place in shape.fields:
            assert place.start == start, (kind, place.name)
            assert place.form != "L" or codes_of(place.codes), (kind, place.name)
            start = place.end


def test_every_condition_asks_fields_that_its_records_have() -> None:
    for rule in rules().values():
        names = {place.name for kind in rule.kinds for v in VERSIONS for place in layout_of(v).get(kind, _NO).fields}
        for term in (*rule.when, *rule.must):
            for part in term.split("|"):
                name, sign, rest = split_term(part)
                assert rule.coded or name == "kind" or name in names, (rule.key, term)
                assert sign != ":" or rest == "readable" or letters_of(rest)
        assert rule.message
        assert rule.remedy


class _NO:
    fields = ()


def test_a_term_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="title\\?"):
        compile_term("title?", {}, asked=False)


def test_a_folder_of_ones_own_takes_the_place_of_a_table(tmp_path: Path) -> None:
    (tmp_path / "lookups.csv").write_text("table,code,label\nversion_type,ORI,ours\n", encoding="utf-8")
    program = (
        "from muniment.kernel.formats.cwr.layout import codes_of, layout_of; "
        "print(codes_of('version_type'), len(layout_of('02.10')))"
    )
    told = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, TABLES: str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.strip() == f"{{'ORI': 'ours'}} {len(_LENGTHS)}"
    assert set(_LENGTHS) >= HEADERS
