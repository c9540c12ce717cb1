"""CWR 3 by the layout that is known: read, written again letter by letter, and what is broken is told."""

import io
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from muniment.kernel.formats.cwr3 import (
    Cwr3Transaction,
    NotAWork,
    iter_transactions,
    read_header,
    record_of,
    work_of,
    write_cwr3,
)
from muniment.kernel.formats.cwr3.rules import RULES
from muniment.kernel.formats.door import recognise
from muniment.kernel.formats.widths import Unwritable
from muniment.kernel.words.identifiers import make_ipi_name, make_iswc
from muniment.kernel.words.problems import BadFile, Problem, UserError
from tests.kernel.formats.real_files import SHARED, needs_real_files

ISWC, IPI = make_iswc(920_000_001), make_ipi_name(420_000_001)
HEADER = record_of(
    "HDR",
    {
        "sender_type": "PB",
        "submitter_code": "MUN",
        "sender_name": "STEPPE MUSIC",
        "creation_date": "20261122",
        "creation_time": "093000",
        "transmission_date": "20261122",
        "version": "3.0",
        "revision": "000",
    },
)


def work(number: str, title: str) -> Cwr3Transaction:
    """Return a work of one writer and one publisher."""
    header = record_of(
        "WRK",
        {
            "title": title,
            "work_number": number,
            "iswc": ISWC,
            "distribution_category": "POP",
            "duration": "000320",
            "recorded": "Y",
            "version_type": "ORI",
        },
    )
    parties = [
        ("SPU", {"publisher_sequence": "01", "ip_number": "P1", "publisher_name": "STEPPE MUSIC", "role": "E",
                 "ipi_name": IPI}),
        ("SPT", {"sequence": "001", "ip_number": "P1", "pr_share": "05000", "mr_share": "10000", "sr_share": "10000",
                 "inclusion": "I", "tis": "2136", "pr_society": "0052"}),
        ("SWR", {"ip_number": "W1", "last_name": "SEITKALI", "first_name": "AIGUL", "role": "CA"}),
        ("SWT", {"sequence": "001", "ip_number": "W1", "pr_share": "05000", "mr_share": "00000", "sr_share": "00000",
                 "inclusion": "I", "tis": "2136"}),
        ("PWR", {"publisher_sequence": "01", "publisher_ip_number": "P1", "writer_ip_number": "W1",
                 "agreement_number": "AG-1"}),
        ("ALT", {"title": "THE OTHER TITLE", "title_type": "AT"}),
        ("REC", {"isrc": "QZMUN2600007", "recording_title": "LIVE", "artist": "THE BAND"}),
    ]  # fmt: skip
    return Cwr3Transaction("WRK", 0, 1, header, tuple(record_of(kind, fields) for kind, fields in parties))


FILE = b"".join(write_cwr3(HEADER, [work("A1", "RAIN"), work("A2", "DUST")]))


def read(content: bytes) -> tuple[list[Cwr3Transaction], list[Problem]]:
    items = list(iter_transactions(io.BytesIO(content)))
    transactions = [item for item in items if isinstance(item, Cwr3Transaction)]
    inside = [problem for one in transactions for problem in one.problems]
    return transactions, [*(item for item in items if isinstance(item, Problem)), *inside]


def test_what_is_made_is_read_and_written_again() -> None:
    transactions, problems = read(FILE)
    assert problems == []
    assert b"".join(write_cwr3(read_header(io.BytesIO(FILE)), transactions)) == FILE
    found = work_of(transactions[0])
    assert (found.title, found.iswc, found.duration_ms, found.kind) == ("RAIN", ISWC, 200_000, "NWR")
    [publisher], [writer] = found.publishers, found.writers
    assert (publisher.ipi_name, publisher.pr_society, publisher.controlled) == (IPI, "052", True)
    assert [(term.tis, term.pr_ppm, term.mr_ppm) for term in publisher.terms] == [(2136, 500_000, 1_000_000)]
    assert (writer.full_name, writer.publishers[0].submitter_agreement_number) == ("AIGUL SEITKALI", "AG-1")
    assert (found.titles[0].title, found.recordings[0].artist) == ("THE OTHER TITLE", "THE BAND")


@pytest.mark.real
@needs_real_files
@pytest.mark.parametrize(
    ("name", "count", "kinds"),
    [
        ("CW220002DMP_0000_V3-0-0.SUB", 1, {"WRK"}),
        ("CW220003DMP_0000_V3-0-0.ISR", 1, {"ISR"}),
        ("edi_CW190008MPC_0000_V3-0-0.ISR", None, {"ISR"}),
    ],
)
def test_files_of_others_are_read_and_written_letter_by_letter(name: str, count: int | None, kinds: set[str]) -> None:
    content = (SHARED / "cwr" / name).read_bytes()
    transactions, _problems = read(content)
    assert {one.kind for one in transactions} == kinds
    assert count is None or len(transactions) == count
    again = b"".join(write_cwr3(read_header(io.BytesIO(content)), transactions))
    lines = content.splitlines()  # one of them was cut before its TRL
    assert again.splitlines()[: len(lines)] == lines


def edited(kind: bytes, start: int, text: bytes, content: bytes = FILE) -> bytes:
    lines = content.splitlines(keepends=True)
    place = next(at for at, line in enumerate(lines) if line.startswith(kind))
    lines[place] = lines[place][: start - 1] + text + lines[place][start - 1 + len(text) :]
    return b"".join(lines)


def without(kind: bytes) -> bytes:
    return b"".join(line for line in FILE.splitlines(keepends=True) if not line.startswith(kind))


LINES = FILE.splitlines(keepends=True)
BREAKING = {
    "CWR3-01": edited(b"GRH", 4, b"ISR"),
    "CWR3-02": without(b"TRL"),
    "CWR3-03": edited(b"GRT", 17, b"99999999"),
    "CWR3-04": edited(b"TRL", 9, b"00000009"),
    "CWR3-05": edited(b"SPT", 12, b"00000007"),
    "CWR3-06": edited(b"WRK", 20, b" " * 60),
    "CWR3-07": edited(b"SPT", 32, b"0X000"),
    "CWR3-08": without(b"SWR"),
    "CWR3-09": FILE.replace(b"ALT", b"ZZZ"),
    "CWR3-10": edited(b"WRK", 96, b"T1234567890"),
    "CWR3-11": edited(b"SPT", 48, b"9999"),
    "CWR3-12": b"".join([*LINES[:2], LINES[3], *LINES[2:]]),
}


@pytest.mark.parametrize("rule", [rule.id for rule in RULES])
def test_every_rule_is_broken_by_a_file_and_kept_by_another(rule: str) -> None:
    assert rule in {problem.rule for problem in read(BREAKING[rule])[1]}
    assert rule not in {problem.rule for problem in read(FILE)[1]}


@pytest.mark.parametrize("kind", [b"SPU", b"PWR", b"SPT", b"SWT", b"REC", b"WRK"])
def test_raised_digits_are_no_numbers(kind: bytes) -> None:
    line = next(one for one in LINES if one.startswith(kind))
    for at in range(20, len(line) - 2):
        for transaction in read(edited(kind, at, "²".encode()))[0]:
            with suppress(UserError):
                assert work_of(transaction).title


def test_a_refused_transaction_describes_no_work() -> None:
    [first, second] = read(BREAKING["CWR3-07"])[0]
    assert (first.refused, second.refused) == (True, False)
    with pytest.raises(NotAWork):
        work_of(first)


@pytest.mark.parametrize("content", [b"", b"\n", b"GRH", b"HDRPB", b"HDR" + b" " * 99 + b"2.2\n", b"x" * 70_000])
def test_what_is_no_cwr3_is_a_bad_file(content: bytes) -> None:
    with pytest.raises(BadFile):
        read(content)


@settings(max_examples=60)
@given(st.binary(max_size=200), st.integers(0, 1500))
def test_hostile_bytes_raise_nothing_but_a_bad_file(noise: bytes, at: int) -> None:
    try:
        transactions, _problems = read(FILE[:at] + noise + FILE[at:])
    except BadFile:
        return
    for one in transactions:
        if one.kind == "WRK" and not one.refused:
            assert work_of(one).title


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(Unwritable):
        record_of("WRK", {"opus": "1"})
    long = Cwr3Transaction("WRK", 0, 1, record_of("WRK", {"title": "X" * 61}))
    for transactions in ([long], []):
        with pytest.raises(Unwritable):
            list(write_cwr3(HEADER, transactions))


def test_the_door_knows_it(tmp_path: Path) -> None:
    path = tmp_path / "x.SUB"
    path.write_bytes(FILE)
    found = recognise(path)
    assert (found.format.name, found.recognised.version, found.format.official) == ("cwr3", "3.0", False)
    assert list(found.format.check(path)) == []
    assert found.format.preview(path, 1).rows[0][2] == "RAIN"
