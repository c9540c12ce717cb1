"""Works of one build are checked once: nothing that the rules ask of a work may be missing from its build."""

import io
from collections.abc import Iterator, Mapping
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from muniment.kernel.formats.cwr import CwrRecord, CwrTransaction, iter_transactions
from muniment.kernel.formats.cwr.checks import check_transaction, check_work
from muniment.kernel.formats.cwr.checks.builds import build_of
from muniment.kernel.formats.cwr.checks.work import gather_work
from muniment.kernel.formats.cwr.records import WORK_KINDS
from muniment.kernel.formats.cwr.rules import PLAIN_RULES, Value, Values
from tests.kernel.formats.cwr.case_files import case_file

EDITS = (
    "",
    "NWR.version_type=MOD;NWR.music_arrangement=NEW;NWR.lyric_adaptation=NEW;OWR.role=AR",
    "NWR.distribution_category=SER",
    "NWR.work_type=FM",
    "NWR.text_music=MUS;OWR.role=C",
    "SPU.publisher_type=AM",
    "-PWR;SWR.pr_share=05000",
    "+REC;REC2.recording_number=R-2",
    "OPU.publisher_name=;OPU.publisher_unknown=Y",
)


class _Noting(Mapping[str, Value]):
    """The values of a record, which note the names of those that somebody looks at."""

    def __init__(self, kind: str, values: Values, seen: set[tuple[str, str]]) -> None:
        self._kind, self._values, self._seen = kind, values, seen

    def __getitem__(self, name: str) -> Value:
        value = self._values[name]
        self._seen.add((self._kind, name))
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


def works_in(content: bytes) -> list[CwrTransaction]:
    """Return the transactions of works in a file, the refused too."""
    items = iter_transactions(io.BytesIO(content), keep_refused=True)
    return [item for item in items if isinstance(item, CwrTransaction) and item.kind in WORK_KINDS]


def noting(record: CwrRecord, seen: set[tuple[str, str]]) -> CwrRecord:
    """Return a record that notes what is looked at."""
    return record._replace(values=_Noting(record.kind, record.values, seen))


@pytest.mark.parametrize("version", ["02.10", "02.20"])
@pytest.mark.parametrize("edits", EDITS)
def test_what_checks_look_at_is_in_the_build(edits: str, version: str) -> None:
    looked: set[tuple[str, str]] = set()
    built: set[tuple[str, str]] = set()
    for work in works_in(case_file("work", edits, version)):
        header, records = noting(work.header, looked), [noting(record, looked) for record in work.records]
        list(check_work(gather_work(header, records, PLAIN_RULES)))
        build_of(noting(work.header, built), [noting(record, built) for record in work.records])
    assert ("SWR", "pr_share") in looked
    assert looked <= built


def renamed(work: CwrTransaction, old: str, new: str) -> CwrTransaction:
    """Return a work in which a text is another one, wherever it stands."""

    def of(record: CwrRecord) -> CwrRecord:
        return record._replace(values={name: new if value == old else value for name, value in record.values.items()})

    return replace(work, header=of(work.header), records=tuple(map(of, work.records)))


def test_names_and_numbers_stand_for_one_another() -> None:
    (work,) = works_in(case_file("work", "", "02.20"))
    build = build_of(work.header, work.records)
    for old, new in (("P1", "P77"), ("W1", "W77"), ("STEPPE MUSIC", "RIVER MUSIC"), ("MUN-1", "MUN-77")):
        other = renamed(work, old, new)
        assert build_of(other.header, other.records) == build
    for old, new in (("P1", "P2"), ("W1", ""), ("SEITKALI", "PD"), ("CA", "AR")):
        other = renamed(work, old, new)
        assert build_of(other.header, other.records) != build


_PLACES = st.tuples(st.integers(0, 40), st.sampled_from(["0", "1", "2", "W1", "P1", "", "PD", "Y", "E", "AR", "2136"]))


@settings(max_examples=150, deadline=None)
@given(
    changes=st.lists(st.tuples(st.integers(0, 60), _PLACES), max_size=3), version=st.sampled_from(["02.10", "02.20"])
)
def test_a_work_is_told_the_same_as_if_it_were_the_first(
    changes: list[tuple[int, tuple[int, str]]], version: str
) -> None:
    """Values of a sound work are changed in any places; what was checked before makes no difference."""
    (work,) = works_in(case_file("work", "", version))
    records = list(work.records)
    for place, (field, text) in changes:
        record = records[place % len(records)]
        name, value = list(record.values.items())[field % len(record.values)]
        new: Value = (int(text) if text.isdigit() else 0) if isinstance(value, int) else text
        records[place % len(records)] = record._replace(values={**record.values, name: new})
    first = [PLAIN_RULES.problem(found) for found in check_work(gather_work(work.header, records, PLAIN_RULES))]
    assert check_transaction(work.header, records, PLAIN_RULES) == [one for one in first if one is not None]
