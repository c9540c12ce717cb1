"""Whether a line is sound is told by its text: the same as if it were read, whatever was told of others before."""

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from muniment.kernel.formats.cwr import CwrRecord, CwrRules, CwrTransaction, iter_transactions
from muniment.kernel.formats.cwr.asked import part_of
from muniment.kernel.formats.cwr.checks.builds import build_of, build_of_lines
from muniment.kernel.formats.cwr.records import CONTROLS, Records, Shape, SoundLine, shapes_of
from muniment.kernel.formats.cwr.rules import PLAIN_RULES
from tests.kernel.formats.cwr.case_files import case_file
from tests.kernel.formats.cwr.test_builds import EDITS

STRICT = CwrRules(strict=True)


def texts_of(content: bytes) -> list[str]:
    """Return the lines of a file's transactions that are ASCII."""
    return [raw.decode() for raw in content.splitlines() if raw.isascii() and raw[:3].decode() not in CONTROLS]


def shape_of(version: str, text: str, rules: CwrRules = PLAIN_RULES) -> Shape:
    """Return what reads a line."""
    shape = shapes_of(rules).of(version, text[:3])
    assert shape is not None
    return shape


LINES = [
    (version, text)
    for base in ("work", "both", "answer")
    for version in ("02.10", "02.20")
    for text in texts_of(case_file(base, "", version))
]
_NEW = ["0", "1", " ", "Y", "N", "E", "AR", "PD", "lower", "\t", "\x1c", "0" * 8, " " * 8, "02500", "10000", "2136"]


@settings(max_examples=300, deadline=None)
@given(
    said=st.sampled_from(LINES),
    changes=st.lists(st.tuples(st.integers(19, 300), st.sampled_from(_NEW)), max_size=3),
    rules=st.sampled_from([PLAIN_RULES, STRICT]),
)
def test_a_text_is_as_sound_as_its_record(
    said: tuple[str, str], changes: list[tuple[int, str]], rules: CwrRules
) -> None:
    shape = shape_of(*said, rules)
    text = said[1].ljust(shape.length)
    shape.sound_part(text)
    for asked, new in changes:
        place = min(asked, shape.length - len(new))
        text = text[:place] + new + text[place + len(new) :]
    record = shape.quick(1, text)
    for _ in range(2):
        assert shape.sound_part(text) == (None if record is None else part_of(record.kind, record.values))


@pytest.mark.parametrize("version", ["02.10", "02.20"])
@pytest.mark.parametrize("edits", EDITS)
def test_lines_tell_the_build_of_their_records(edits: str, version: str) -> None:
    head, *texts = texts_of(case_file("work", edits, version))
    header = shape_of(version, head).read(1, head).record
    lines: list[SoundLine] = []
    records: list[CwrRecord] = []
    for text in texts:
        shape = shape_of(version, text)
        part = shape.sound_part(text.ljust(shape.length))
        if part is not None:
            lines.append((shape, 1, text, 1, part))
            records.append(shape.read(1, text, 1).record)
    assert len(lines) > 10
    assert build_of_lines(header, lines) == build_of(header, records)


def works_twice() -> bytes:
    """Return a file of two works of ASCII: in the second no kind of record is new any more."""
    first, group, *rest = case_file("work", "", "02.20").splitlines()
    kept = [raw for raw in rest if raw.isascii() and raw[:3] not in (b"GRT", b"TRL")]
    works = [b"%b%08d%08d%b" % (raw[:3], work, at, raw[19:]) for work in range(2) for at, raw in enumerate(kept)]
    return b"\r\n".join([first, group, *works])


def test_records_are_made_when_somebody_looks() -> None:
    items = iter_transactions(io.BytesIO(works_twice()), keep_refused=True)
    first, second = (item for item in items if isinstance(item, CwrTransaction))
    assert isinstance(second.records, Records)
    assert second.records.lines is not None
    assert len(second.records) == len(first.records)
    assert [record.values for record in second.records] == [record.values for record in first.records]
    assert second.records.lines is None
    assert [record.sequence for record in second.records] == list(range(1, len(first.records) + 1))
    assert second.records[0].line == first.records[-1].line + 2


def test_tables_of_the_recipient_are_asked_of_records() -> None:
    rules = CwrRules(known={"own_works": {"ANOTHER"}})
    items = list(iter_transactions(io.BytesIO(works_twice()), keep_refused=True, rules=rules))
    works = [item for item in items if isinstance(item, CwrTransaction)]
    assert [isinstance(work.records, Records) and work.records.lines for work in works] == [None, None]
