"""No bytes break the reader: it gives transactions, problems, or its own refusal; it ends, and its memory is bounded.

The corpus holds files that were awkward once; each is read again, plainly, strictly and with every society's rules.
"""

import io
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from muniment.kernel.formats.cwr import (
    SOCIETIES,
    CwrRules,
    CwrTransaction,
    Severity,
    iter_transactions,
    plain_of,
    severity_of,
    transaction_of,
    works_of,
)
from muniment.kernel.formats.cwr.rules import PLAIN_RULES
from muniment.kernel.words.problems import UserError
from tests.kernel.formats.cwr.case_files import case_file

CORPUS = sorted((Path(__file__).parent / "corpus").iterdir())
STRICT = CwrRules(frozenset(SOCIETIES), strict=True)
SOUND = [case_file(base, "", version) for base in ("work", "both", "answer") for version in ("02.10", "02.20")]
_NASTY = [
    b"\x00",
    b"\xff\xfe",
    b"\r",
    b"\n",
    b"\x1a",
    "\u202e".encode(),
    "٣".encode(),
    "²".encode(),
    b"=cmd|' /C calc'!A0",
    b"-1",
    b"99999999",
    b"{value!r}",
    b"%s",
    b"HDR",
    b"GRHNWR0000102.20",
    b"GRT00001",
    b"TRL",
    b"ACK0000000000000000",
    b"NWR0000000000000001",
]


def read(content: bytes, rules: CwrRules) -> Iterator[CwrTransaction]:
    """Read a file and all that can be made of it; a refusal of the format's own ends it."""
    try:
        for item in iter_transactions(io.BytesIO(content), keep_refused=True, rules=rules):
            if isinstance(item, CwrTransaction):
                yield item
            else:
                assert item.message
                assert item.remedy
                assert severity_of(item) in Severity
    except UserError:
        return


def survive(content: bytes, rules: CwrRules) -> int:
    """Read a file, make works of it, store it and take it out again; return how many transactions it had."""
    count = 0
    for item in read(content, rules):
        assert len(works_of(item)) <= 1
        again = transaction_of(plain_of(item))
        assert again.header.kind == item.header.kind
        assert len(again.records) == len(item.records)
        assert all(problem.message and problem.remedy for problem in item.problems)
        count += 1
    return count


@settings(max_examples=100, deadline=None)
@given(
    base=st.sampled_from(SOUND),
    changes=st.lists(
        st.tuples(st.integers(0, 12_000), st.one_of(st.sampled_from(_NASTY), st.binary(max_size=8)), st.booleans()),
        max_size=6,
    ),
    strict=st.booleans(),
)
def test_mutated_files_are_read_or_refused(base: bytes, changes: list[tuple[int, bytes, bool]], strict: bool) -> None:
    content = bytearray(base)
    for place, new, inserted in changes:
        place %= len(content)
        content[place : place if inserted else place + len(new)] = new
    assert survive(bytes(content), STRICT if strict else PLAIN_RULES) <= content.count(b"\n") + 1


@settings(max_examples=50, deadline=None)
@given(
    base=st.sampled_from(SOUND), order=st.randoms(use_true_random=False), kept=st.integers(1, 40), strict=st.booleans()
)
def test_shuffled_lines_are_read_or_refused(base: bytes, order: object, kept: int, strict: bool) -> None:
    lines = base.splitlines(keepends=True)
    body = lines[1:]
    order.shuffle(body)  # type: ignore[attr-defined]
    assert survive(lines[0] + b"".join(body[:kept]), STRICT if strict else PLAIN_RULES) <= kept


@settings(max_examples=50, deadline=None)
@given(content=st.binary(max_size=400), begins=st.sampled_from([b"", b"HDR", SOUND[0][:101]]))
def test_any_bytes_are_read_or_refused(content: bytes, begins: bytes) -> None:
    assert survive(begins + content, PLAIN_RULES) <= content.count(b"\n") + 1


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.name)
@pytest.mark.parametrize("rules", [PLAIN_RULES, STRICT], ids=["plain", "strict"])
def test_the_corpus_is_read_or_refused(path: Path, rules: CwrRules) -> None:
    assert survive(path.read_bytes(), rules) <= 2


@pytest.mark.parametrize(
    "content",
    [
        SOUND[0].replace(b"\r\nALT", b"\r\nALT" + b"0" * 7000, 1),
        SOUND[0].replace(b"\r\nNAT", b"\r\nNAT" + b"0" * 70_000, 1),
        SOUND[0][:101] + b"\r\n" * 200_000,
        SOUND[0][:101] + b" " * 500_000,
        SOUND[0] + b"ALT0000000000000001X\r\n" * 20_000,
        SOUND[0].replace(b"\r\nGRT", b"\r\nALT0000000000000001X" * 20_000 + b"\r\nGRT", 1),
    ],
    ids=["long field", "long line", "empty lines", "no line end", "after the end", "many records"],
)
def test_memory_stays_below_twenty_times_the_file(content: bytes) -> None:
    list(read(SOUND[0], PLAIN_RULES))
    tracemalloc.start()
    for _ in read(content, PLAIN_RULES):
        pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20 * len(content) + 4_000_000
