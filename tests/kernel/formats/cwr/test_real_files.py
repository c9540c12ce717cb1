"""Files of other programs: sound ones read without an error, broken ones say where and why."""

import csv
import io
import re
from collections.abc import Iterator

import pytest

from muniment.kernel.formats.cwr import CwrTransaction, iter_transactions, works_of
from muniment.kernel.formats.cwr.rules import rules
from muniment.kernel.words.problems import Level, Problem
from tests.kernel.formats.real_files import SHARED, needs_real_files

pytestmark = [pytest.mark.real, needs_real_files]


def read(content: bytes) -> tuple[list[CwrTransaction], list[Problem]]:
    items = list(iter_transactions(io.BytesIO(content)))
    transactions = [item for item in items if isinstance(item, CwrTransaction)]
    inside = [problem for transaction in transactions for problem in transaction.problems]
    return transactions, [*(item for item in items if isinstance(item, Problem)), *inside]


@pytest.mark.parametrize(
    ("name", "count", "title"),
    [
        ("CW220001DMP_000.V21", 1, "MUSIC PUB CARTOONS"),
        ("nwrexample2.V21", 1, "THE WORK"),
        ("revexample.V21", 2, "THE ONE"),
    ],
)
def test_sound_files_are_read_without_an_error(name: str, count: int, title: str) -> None:
    transactions, problems = read((SHARED / "cwr" / name).read_bytes())
    assert [problem for problem in problems if problem.level is Level.ERROR] == []
    works = [work for transaction in transactions for work in works_of(transaction)]
    assert len(works) == count
    assert works[0].title == title
    assert all(work.writers and work.submitter_work_number for work in works)


@pytest.mark.parametrize(
    ("name", "line", "field", "rule"),
    [
        ("CW220004DMP_000.V21", 8, "SWT pr_share", "CWR.TR.SWT-F03"),
        ("CW220001000_DMP.V21", 26, "GRT transaction_count", "CWR.GR.GRT-02"),
        ("CW220001052_DMP.V21", 13, "GRT record_count", "CWR.GR.GRT-03"),
        ("CW220001052_DMP.V21", 10, "ISW iswc", "CWR.FR.NWR-F04"),
        ("edi_CW190001MPC_000.V21", 2, "GRH group_id", "CWR.FR.GRH-02L"),
        ("demo_cwr_cleaned.v22", 20, "XRF record sequence", "CWR.TR.SEQ-06"),
        ("demo_cwr_cleaned.v22", 21, "mr_share", "CWR.TR.NWR-11"),
    ],
)
def test_broken_files_say_where_and_why(name: str, line: int, field: str, rule: str) -> None:
    _, problems = read((SHARED / "cwr" / name).read_bytes())
    assert (line, field, rule) in [(problem.line, problem.field, problem.rule) for problem in problems]


def test_the_deliberate_errors_of_a_generated_file_are_found_and_the_rest_is_read() -> None:
    content = (SHARED / "cwr" / "edi_CW190001MPC_000.V21").read_bytes()
    numbered = content.replace(b"GRHNWR00002", b"GRHNWR00001").replace(b"GRT00002", b"GRT00001")
    transactions, problems = read(numbered)
    assert len(transactions) == 93
    assert {"CWR.TR.SEQ-03", "CWR.TR.SEQ-04", "CWR.TR.SEQ-06", "CWR.TR.NWR-F14"} <= {p.rule for p in problems}


_SAME_RECORD = {"EXC": "NWR", "OPU": "SPU", "OPT": "SPT", "OWR": "SWR", "OWT": "SWT", "NVT": "NET", "": "SEQ"}
"""Records that the list of edits names by the last of their kind, and the rules by the first."""
_UNLETTERED = {"SEQ", "HDR", "GRH", "GRT", "TRL"}
_GONE = re.compile(r"removed|replaced", re.IGNORECASE)
_OF_ONE_SOCIETY = re.compile(r"registrations? (to )?(\w+ )*?only|Societies requiring|For registration", re.IGNORECASE)
_BEYOND_THE_FILE = 10
"""Edits of one society that only its own register of agreements can decide, and one of a field that is no more."""


def _edits() -> Iterator[tuple[tuple[str, str, int], bool]]:
    """Yield every edit of the standard that is still one, and whether one society alone asks it."""
    with (SHARED / "cwr" / "cwr22_spec_rules.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if len(row["text"]) < 60 and _GONE.search(row["text"]):
                continue
            record = _SAME_RECORD.get(row["record"], row["record"])
            level = "F" if row["level"] == "Field" and record not in _UNLETTERED else ""
            alone = "only" in row["reject"] or bool(_OF_ONE_SOCIETY.search(row["text"]))
            yield (record, level, int(row["no"])), alone


def test_every_general_edit_of_the_standard_is_a_rule() -> None:
    numbers = (re.match(r"(\w+)-(F?)(\d+)", key) for key in rules())
    ours = {(found[1], found[2], int(found[3])) for found in numbers if found}
    edits = list(_edits())
    assert [edit for edit, alone in edits if not alone and edit not in ours] == []
    assert sum(not alone for _, alone in edits) == 393
    assert sum(alone and edit not in ours for edit, alone in edits) == _BEYOND_THE_FILE
