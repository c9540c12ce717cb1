"""Broken files cost what the standard says: a field, a record, a transaction, a group or the file."""

import io
import tracemalloc
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from muniment.kernel.formats.cwr import (
    CwrTerm,
    CwrTransaction,
    NotAWork,
    Severity,
    UnwritableWork,
    iter_transactions,
    read_header,
    severity_of,
    work_of,
    works_of,
    write_cwr,
)
from muniment.kernel.formats.cwr.writing import transaction_lines
from muniment.kernel.words.problems import BadFile, Level, Problem, UserError
from tests.kernel.formats.cwr.works import DUST, HEADER, RAIN, STEPPE

GOLDEN = (Path(__file__).parents[3] / "golden" / "cwr" / "two_works.V21").read_bytes()
LINES = GOLDEN.split(b"\r\n")[:-1]
TRIMMED = "CWR.FR.SEQ-TRIM"


def read(lines: list[bytes], **options: bool) -> tuple[list[CwrTransaction], list[Problem]]:
    items = list(iter_transactions(io.BytesIO(b"\n".join(lines)), **options))
    return [i for i in items if isinstance(i, CwrTransaction)], [i for i in items if isinstance(i, Problem)]


def put(line: int, place: int, text: str) -> list[bytes]:
    """Return the golden lines with `text` written over the line (from 1) at the place (from 1)."""
    lines = list(LINES)
    letters = list(lines[line - 1].decode())
    letters[place - 1 : place - 1 + len(text)] = text
    lines[line - 1] = "".join(letters).encode()
    return lines


def rules(lines: list[bytes]) -> list[tuple[int | None, str]]:
    transactions, problems = read(lines)
    found = [*problems, *(problem for transaction in transactions for problem in transaction.problems)]
    assert all(problem.message and problem.remedy and "{" not in problem.message for problem in found)
    return [(problem.line, problem.rule) for problem in found if problem.rule != TRIMMED]


@pytest.mark.parametrize(
    ("line", "place", "text", "expected"),
    [
        (3, 96, "T9000000012", [(3, "CWR.FR.NWR-F04")]),
        (3, 127, "XYZ", [(3, "CWR.TR.NWR-F06")]),
        (3, 130, "006100", [(3, "CWR.FR.NWR-F08")]),
        (3, 20, " " * 60, [(3, "CWR.TR.NWR-F01")]),
        (3, 143, "MOD", [(3, "CWR.TR.NWR-F14"), (3, "CWR.TR.NWR-F15")]),
        (3, 137, "MUS", [(3, "CWR.TR.NWR-45")]),
        (3, 127, "SER", [(3, "CWR.TR.NWR-53")]),
        (3, 140, "MED", [(3, "CWR.TR.NWR-F18")]),
        (3, 195, "FM", [(3, "CWR.TR.NWR-39")]),
        (3, 4, "00000007", [(3, "CWR.TR.SEQ-02"), *((line, "CWR.TR.SEQ-04") for line in range(4, 18))]),
        (4, 12, "00000009", [(4, "CWR.TR.SEQ-06"), (5, "CWR.TR.SEQ-06")]),
        (4, 22, " " * 9, [(4, "CWR.TR.SPU-F02")]),
        (4, 31, " " * 45, [(4, "CWR.TR.SPU-F04")]),
        (4, 77, "AM", [(4, "CWR.TR.SPU-03"), (4, "CWR.TR.SPU-F19")]),
        (4, 77, "  ", [(4, "CWR.TR.SPU-F05")]),
        (4, 20, "03", [(4, "CWR.TR.SPU-F01")]),
        (4, 116, "06000", [(4, "CWR.TR.SPU-F13")]),
        (4, 88, "40000000158", [(4, "CWR.FR.SPU-F10")]),
        (5, 22, "P9", [(5, "CWR.RR.NPN-01")]),
        (6, 20, "P9", [(6, "CWR.TR.SPT-F02")]),
        (6, 35, "000000000000000", [(6, "CWR.TR.SPT-01")]),
        (6, 35, "06000", [(6, "CWR.TR.SPT-F06")]),
        (6, 51, "9999", [(6, "CWR.TR.SPT-F09")]),
        (7, 51, "2136", [(7, "CWR.TR.SPT-05")]),
        (8, 105, "  ", [(8, "CWR.TR.SWR-F07")]),
        (8, 105, "AR", [(3, "CWR.TR.NWR-23")]),
        (8, 29, " " * 45, [(8, "CWR.TR.SWR-F03")]),
        (8, 130, "01000", [(3, "CWR.TR.NWR-11")]),
        (10, 29, "09000", [(3, "CWR.TR.NWR-14")]),
        (11, 20, "P9", [(11, "CWR.TR.PWR-F12")]),
        (11, 29, "STEPPE MUSEUM", [(11, "CWR.FR.PWR-F13")]),
        (11, 29, " " * 45, [(11, "CWR.TR.PWR-F10")]),
        (11, 102, "W9", [(11, "CWR.TR.PWR-F11"), (8, "CWR.TR.SWR-02")]),
        (13, 80, "XX", [(13, "CWR.FR.ALT-F02")]),
        (13, 20, " " * 60, [(13, "CWR.RR.ALT-F01")]),
        (13, 1, "XYZ", [(13, "CWR.RR.SEQ-01")]),
        (13, 1, "PER", [(14, "CWR.TR.NWR-43")]),
        (1, 4, "XX", [(1, "CWR.ER.HDR-02")]),
        (1, 60, "01.20", [(1, "CWR.ER.HDR-09")]),
        (1, 65, "20261341", [(1, "CWR.ER.HDR-10")]),
        (2, 7, "00003", [(2, "CWR.FR.GRH-02L"), (18, "CWR.GR.GRT-01"), (19, "CWR.GR.GRH-02")]),
        (2, 12, "03.00", [(2, "CWR.GR.GRH-04")]),
        (2, 4, "XYZ", [(2, "CWR.GR.GRH-01")]),
        (19, 4, "NWR", [(19, "CWR.FR.GRH-05")]),
        (18, 9, "00000009", [(18, "CWR.GR.GRT-02")]),
        (18, 17, "00000009", [(18, "CWR.GR.GRT-03")]),
        (18, 28, "0000000009", [(18, "CWR.GR.GRT-04")]),
        (26, 4, "00009", [(26, "CWR.ER.TRL-01")]),
        (26, 9, "00000009", [(26, "CWR.ER.TRL-02")]),
        (26, 17, "00000099", [(26, "CWR.ER.TRL-03")]),
    ],
)
def test_each_broken_rule_is_named_with_its_line(
    line: int, place: int, text: str, expected: list[tuple[int, str]]
) -> None:
    found = rules(put(line, place, text))
    assert set(expected) <= set(found)
    assert found[0] in expected


def test_two_publishers_of_a_chain_cannot_collect_the_same() -> None:
    administrator = replace(
        STEPPE, role="AM", ip_number="P2", name="OTHER", pr_ppm=0, mr_ppm=0, sr_ppm=0, other_names=()
    )
    with pytest.raises(UnwritableWork, match="given twice in its chain"):
        transaction_lines(replace(RAIN, publishers=(STEPPE, administrator)), 0)
    mechanical = replace(administrator, terms=(CwrTerm("I", 586, 0, 100_000),))
    other = replace(STEPPE, terms=(CwrTerm("I", 586, 250_000),))
    assert transaction_lines(replace(RAIN, publishers=(other, mechanical)), 0)


def test_levels_cost_what_they_say() -> None:
    transactions, problems = read(put(3, 96, "T9000000012"))
    assert [t.kind for t in transactions] == ["NWR", "REV"]
    assert work_of(transactions[0]).iswc == ""
    assert transactions[0].problems[0].level is Level.WARNING
    assert severity_of(transactions[0].problems[0]) is Severity.FIELD

    transactions, problems = read(put(13, 20, " " * 60))
    assert [title.kind for title in work_of(transactions[0]).titles] == ["OT"]

    transactions, problems = read(put(4, 116, "06000"))
    assert [t.kind for t in transactions] == ["REV"]
    assert {severity_of(problem) for problem in problems} == {Severity.TRANSACTION}

    transactions, problems = read(put(2, 12, "03.00"))
    assert [t.kind for t in transactions] == ["REV"]
    assert severity_of(problems[0]) is Severity.GROUP


def test_a_refused_transaction_can_be_kept_with_its_reasons() -> None:
    transactions, problems = read(put(4, 116, "06000"), keep_refused=True)
    assert problems == []
    assert [t.refused for t in transactions] == [True, False]
    assert transactions[0].problems[0].rule == "CWR.TR.SPU-F13"


def test_a_missing_record_is_seen_by_its_number() -> None:
    assert rules(LINES[:5] + LINES[6:])[0] == (6, "CWR.TR.SEQ-06")


def test_a_file_that_is_cut_off_says_so_and_gives_what_came_before() -> None:
    transactions, problems = read(LINES[:19])
    assert [t.kind for t in transactions] == ["NWR"]
    assert [problem.rule for problem in problems] == ["CWR.ER.FILE-05"]
    assert severity_of(problems[0]) is Severity.FILE


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([*LINES, LINES[-1]], "CWR.ER.FILE-END"),
        ([LINES[0], *LINES], "CWR.ER.FILE-08"),
        (LINES[:17] + LINES[18:], "CWR.ER.FILE-04"),
        ([LINES[0], *LINES[2:]], "CWR.ER.FILE-07"),
        ([*LINES[:2], *LINES[17:]], "CWR.ER.FILE-06"),
    ],
)
def test_the_frame_of_the_file_is_checked(lines: list[bytes], expected: str) -> None:
    assert expected in [rule for _, rule in rules(lines)]


def test_blanks_and_line_ends_and_a_mark_do_not_matter() -> None:
    trimmed = b"\xef\xbb\xbf" + b"\n\n".join(line.rstrip() for line in LINES) + b"\x1a"
    expected = [work for t in read(LINES)[0] for work in works_of(t)]
    items = list(iter_transactions(io.BytesIO(trimmed)))
    assert [work for item in items if isinstance(item, CwrTransaction) for work in works_of(item)] == expected


def latin_lines() -> list[bytes]:
    lines = [line.decode() for line in LINES[18:]]
    renumbered = [lines[0].replace("REV00002", "REV00001"), *lines[1:-2]]
    title = renumbered[1]
    renumbered[1] = title[:19] + "POUSSIÈRE D'ÉTÉ".ljust(60) + title[79:]
    trailers = [lines[-2].replace("GRT00002", "GRT00001"), "TRL000010000000100000009"]
    return [LINES[0], *(line.encode("latin-1") for line in [*renumbered, *trailers])]


def test_letters_of_latin_1_keep_their_places() -> None:
    transactions, problems = read(latin_lines())
    assert [(problem.line, problem.rule) for problem in problems] == [(3, "CWR.FR.SEQ-CHARS")]
    assert work_of(transactions[0]).title == "POUSSIÈRE D'ÉTÉ"
    assert work_of(transactions[0]).submitter_work_number == "STEPPE-2"
    assert [problem.rule for problem in transactions[0].problems] == ["CWR.FR.NWR-F24"]


def test_a_sender_that_counts_bytes_is_understood() -> None:
    title = "Жаңбыр"
    filled = f"NAT{0:08d}{12:08d}".encode() + title.encode().ljust(640) + b"OTKK"
    lines = [*LINES[:13], filled[:663], *LINES[14:]]
    lines[13] = lines[13].replace(b"0000000000000012", b"0000000000000011")
    transactions, _ = read(lines)
    assert [(t.title, t.kind) for t in work_of(transactions[0]).titles][-1] == (title, "OT")


def test_version_2_2_has_its_own_layouts() -> None:
    lines = put(2, 12, "02.20")
    lines[10] = lines[10].ljust(110) + b"01"
    lines[16] = lines[16].ljust(266) + b"RAIN, LIVE".ljust(120) + b"THE DEMO SINGERS"
    transactions, problems = read(lines)
    assert problems == []
    work = work_of(transactions[0])
    assert work.writers[0].publishers[0].chain == 1
    assert (work.recordings[0].title, work.recordings[0].artist) == ("RAIN, LIVE", "THE DEMO SINGERS")


def frame(kind: str, *lines: str) -> list[bytes]:
    """Return a file with one group of these lines, counted right."""
    count = sum(line.startswith(kind) for line in lines)
    body = [
        f"GRH{kind}0000102.10{0:010d}",
        *lines,
        f"GRT00001{count:08d}{len(lines) + 2:08d}",
        f"TRL00001{count:08d}{len(lines) + 4:08d}",
    ]
    return [LINES[0], *(line.encode() for line in body)]


def agreement(prior: str = "N", acquired: str = "05000") -> list[str]:
    header = f"AGR{'0' * 16}{'AG-1':28}OS20260101{'':16}{prior}{'':8}N{'':16}00001S"
    party = "IPA00000000{:08d}{}{}{:13}{:9}{:45}{:30}901{}"
    return [
        header,
        "TER0000000000000001I2136",
        party.format(2, "AS", "0" * 11, "", "W1", "SEITKALI", "AIGUL", "05000"),
        party.format(3, "AC", "0" * 11, "", "P1", "STEPPE MUSIC", "", acquired),
    ]


def test_an_agreement_is_read_as_records() -> None:
    transactions, problems = read(frame("AGR", *agreement()))
    assert problems == []
    assert [record.kind for record in transactions[0].records] == ["TER", "IPA", "IPA"]
    assert transactions[0].records[0].number("tis") == 2136
    assert transactions[0].records[2].number("pr_share") == 500_000
    assert works_of(transactions[0]) == ()
    with pytest.raises(NotAWork):
        work_of(transactions[0])


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (agreement()[:1], ["CWR.TR.AGR-02", "CWR.TR.AGR-03", "CWR.TR.IPA-02"]),
        (agreement()[:3], ["CWR.TR.AGR-03", "CWR.TR.IPA-02"]),
        (agreement(prior="D"), ["CWR.TR.AGR-F09"]),
        (agreement(acquired="04000"), ["CWR.TR.AGR-05"]),
        (agreement(acquired="00000"), ["CWR.TR.IPA-03"]),
    ],
)
def test_an_agreement_keeps_its_rules(lines: list[str], expected: list[str]) -> None:
    assert [rule for _, rule in rules(frame("AGR", *lines))] == expected


def test_an_acknowledgement_repeats_its_work() -> None:
    answer = (
        f"ACK{0:08d}{0:08d}20261121093000{1:05d}{0:08d}NWR"
        + "RAIN".ljust(60)
        + "STEPPE-1".ljust(20)
        + "A-77".ljust(20)
        + "20261201AS"
    )
    message = f"MSG{0:08d}{1:08d}F00000001SPUF010" + "THE IPI NUMBER IS OF SOMEBODY ELSE"
    repeated = [line.decode() for line in LINES[2:17]]
    numbered = [f"{line[:11]}{place:08d}{line[19:]}" for place, line in enumerate(repeated, 2)]
    transactions, problems = read(frame("ACK", answer, message, *numbered))
    assert problems == []
    assert transactions[0].header.text("transaction_status") == "AS"
    assert transactions[0].records[0].text("message_text").startswith("THE IPI")
    assert [work.title for work in works_of(transactions[0])] == ["RAIN OVER THE STEPPE"]


def test_a_foreign_transaction_in_a_group_refuses_the_rest_of_it() -> None:
    lines = [line.replace(b"GRHREV", b"GRHISW").replace(b"REV0", b"NWR0") for line in LINES]
    assert (20, "CWR.GR.NWR-22") in rules(lines)


@pytest.mark.parametrize(
    "content",
    [b"", b"\n\n", b"PK\x03\x04", b"GRHNWR", b"HDR" + b" " * 99 + b"3.0000", b"x" * 20_000, b"HDR\n" + b"y" * 20_000],
)
def test_what_is_not_cwr_is_refused(content: bytes) -> None:
    with pytest.raises(BadFile) as caught:
        list(iter_transactions(io.BytesIO(content)))
    assert caught.value.remedy
    if not content.startswith(b"HDR\n"):
        with pytest.raises(BadFile):
            read_header(io.BytesIO(content))


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    path = tmp_path / "many.V21"
    with path.open("wb") as stream:
        stream.writelines(write_cwr(HEADER, (replace(DUST, submitter_work_number=f"D{n}") for n in range(300))))
    with path.open("rb") as stream:
        items = iter_transactions(stream)
        next(items)
        tracemalloc.start()
        count = sum(1 for _ in items)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert count == 299
    assert path.stat().st_size > 250_000
    assert peak < 200_000


@settings(max_examples=150, deadline=None)
@given(
    changes=st.lists(
        st.tuples(st.integers(0, len(GOLDEN) - 1), st.binary(max_size=12), st.integers(0, 30)), max_size=4
    ),
    start=st.sampled_from([b"", b"HDR", GOLDEN]),
    tail=st.binary(max_size=100),
)
def test_no_bytes_break_the_reader(changes: list[tuple[int, bytes, int]], start: bytes, tail: bytes) -> None:
    content = bytearray(start + tail)
    for place, new, width in changes:
        content[place : place + width] = new
    with suppress(UserError):
        for item in iter_transactions(io.BytesIO(bytes(content))):
            if isinstance(item, CwrTransaction):
                assert all(severity_of(problem) in (Severity.FIELD, Severity.RECORD) for problem in item.problems)
                assert len(works_of(item)) <= 1
            else:
                assert item.remedy
