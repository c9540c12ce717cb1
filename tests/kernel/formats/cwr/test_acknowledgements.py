"""Every transaction of a file is answered, with its status and with what was found; and answers are read."""

import io
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from muniment.kernel.formats.cwr import (
    CwrAnswer,
    CwrDecision,
    CwrHeader,
    CwrMessage,
    CwrSender,
    CwrTransaction,
    NotAnAnswer,
    acknowledge,
    answer_of,
    iter_transactions,
    work_of,
    work_transaction,
    write_cwr,
    write_transactions,
)
from muniment.kernel.words.identifiers import make_iswc
from muniment.kernel.words.problems import BadFile, Problem
from tests.kernel.formats.cwr.case_files import case_file
from tests.kernel.formats.cwr.works import DUST, HEADER, RAIN

SOCIETY = CwrHeader(CwrSender("SO", "901", "DEMO SOCIETY"), datetime(2026, 12, 1, 10, 0, tzinfo=UTC))
PROCESSED = date(2026, 12, 1)
AS_SENT = CwrDecision("AS", "M-1")


def answers(content: bytes, decision: CwrDecision = AS_SENT) -> tuple[list[CwrAnswer], list[Problem]]:
    """Return the answers to a file as its sender reads them, and what is wrong with their file."""
    lines = acknowledge(io.BytesIO(content), SOCIETY, processed_on=PROCESSED, decide=lambda _: decision)
    items = list(iter_transactions(io.BytesIO(b"".join(lines)), keep_refused=True))
    return (
        [answer_of(item) for item in items if isinstance(item, CwrTransaction)],
        [item for item in items if isinstance(item, Problem)],
    )


def test_a_sound_file_gets_an_answer_for_each_transaction() -> None:
    content = b"".join(write_cwr(HEADER, [RAIN, DUST]))
    found, problems = answers(content)
    assert problems == []
    assert [(a.status, a.original_kind, a.original_group, a.original_number) for a in found] == [
        ("AS", "NWR", 1, 0),
        ("AS", "REV", 2, 0),
    ]
    first = found[0]
    assert (first.submitter_number, first.recipient_number, first.title) == ("STEPPE-1", "M-1", RAIN.title)
    assert (first.file_created_on, first.file_created_time, first.processed_on) == (
        date(2026, 11, 21),
        "093000",
        PROCESSED,
    )
    assert first.messages == ()
    assert first.work == RAIN
    assert found[1].work == DUST


def test_what_is_wrong_comes_back_as_messages_with_the_standards_numbers() -> None:
    content = case_file("both", "SPU.pr_share=06000;SPU.tax_id=X;ALT.title=", "02.20")
    found, _ = answers(content)
    agreement, work = found
    assert (agreement.status, agreement.original_kind, agreement.submitter_number) == ("AS", "AGR", "AG-1")
    assert agreement.work is None
    assert (work.status, work.recipient_number) == ("RJ", "")
    said = {(m.kind, m.record_sequence, m.record_kind, m.level, m.number) for m in work.messages}
    assert {("T", 1, "SPU", "F", "013"), ("F", 1, "SPU", "F", "023")} <= said
    assert ("R", "ALT", "F", "001") in {(m.kind, m.record_kind, m.level, m.number) for m in work.messages}
    assert all(message.text.isascii() and message.text for message in work.messages)


@pytest.mark.parametrize(
    ("edits", "kind", "number"),
    [
        ("GRH.version=03.00", "G", "004"),
        ("GRT.transaction_count=00000007", "G", "002"),
        ("TRL.record_count=00000007", "E", "003"),
        ("HDR.edi_version=09.99", "E", "009"),
    ],
)
def test_a_refused_group_or_file_rejects_every_transaction_in_it(edits: str, kind: str, number: str) -> None:
    found, _ = answers(case_file("work", edits, "02.20"))
    assert [answer.status for answer in found] == ["RJ"]
    assert (kind, number) in {(message.kind, message.number) for message in found[0].messages}


def test_a_conflict_is_told_with_the_works_of_every_other_claimant() -> None:
    other = replace(RAIN, submitter_work_number="OTHER-9", iswc=make_iswc(900_000_077))
    third = replace(other, submitter_work_number="OTHER-10")
    told = CwrMessage("T", 0, "NWR", "T", "013", "THE SHARES OF W1 DIFFER")
    found, problems = answers(b"".join(write_cwr(HEADER, [RAIN])), CwrDecision("CO", "M-1", (told,), (other, third)))
    assert problems == []
    assert found[0].status == "CO"
    assert found[0].messages == (told,)
    assert found[0].work == RAIN
    assert found[0].conflicts == (replace(other, kind="EXC"), replace(third, kind="EXC"))


def test_an_iswc_is_written_back() -> None:
    notice = work_transaction(replace(RAIN, kind="ISW", iswc=make_iswc(900_000_078)))
    content = b"".join(write_transactions(SOCIETY, [notice]))
    (item,) = iter_transactions(io.BytesIO(content))
    assert isinstance(item, CwrTransaction)
    assert (item.kind, item.problems) == ("ISW", ())
    assert work_of(item).iswc == make_iswc(900_000_078)
    assert work_of(item).submitter_work_number == "STEPPE-1"


def test_only_answers_are_answers_and_only_cwr_is_answered() -> None:
    (item,) = iter_transactions(io.BytesIO(b"".join(write_cwr(HEADER, [RAIN]))))
    assert isinstance(item, CwrTransaction)
    with pytest.raises(NotAnAnswer):
        answer_of(item)
    with pytest.raises(BadFile):
        list(acknowledge(io.BytesIO(b"%PDF-1.7"), SOCIETY, processed_on=PROCESSED))
    assert answers(case_file("answer", "", "02.20"))[0] == []
