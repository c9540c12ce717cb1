"""An invented statement for tests: people, works and numbers are made up, check digits are valid."""

from dataclasses import replace
from datetime import UTC, date, datetime

from muniment.kernel.formats.statements import (
    HeldAmount,
    PoolDeduction,
    StatementDocument,
    StatementLine,
    StatementSection,
    StatementSummary,
    UsageReference,
)
from muniment.kernel.words.identifiers import make_ipi_name, make_iswc

RADIO = UsageReference(12, "Radio Kvarts", date(2026, 7, 1), date(2026, 9, 30), "kvarts-2026-q3.csv", "ab" * 32)
HALL = UsageReference(7, "Concert hall Аврора", date(2026, 7, 1), date(2026, 9, 30), "setlists.xlsx", "cd" * 32)
TITLES = ("Evening over the harbour", "Белая дорога", "شام کی خوشبو", "月光下的河", "달빛 아래에서", "=SUM(A1)")


def sample_line(number: int, usage: UsageReference = RADIO) -> StatementLine:
    """Return the line of the `number`-th invented work."""
    work_amount_micro = 12_345_679 + 7_919 * number
    return StatementLine(
        work_title=TITLES[number % len(TITLES)],
        work_code=f"W-{number:06d}",
        iswc=make_iswc(number + 1) if number % 3 else "",
        role="CA" if number % 2 else "E",
        right="PR",
        share_ppm=333_333,
        usage=usage,
        use_count=number + 1,
        duration_ms=(number + 1) * 201_500,
        points=(number + 1) * 201,
        work_amount_micro=work_amount_micro,
        amount_micro=work_amount_micro * 333_333 // 1_000_000,
        rule_note="successor of Nobody Invented" if number % 6 == 5 else "",
    )


def sample_statement(line_count: int = 6, language: str = "en") -> StatementDocument:
    """Return a statement with two sources and `line_count` lines in five scripts."""
    lines = [sample_line(number) for number in range(line_count)]
    split = line_count * 2 // 3
    sections = (
        StatementSection(
            "Radio Kvarts",
            "radio/LIC-0001/2026-Q3",
            tuple(lines[:split]),
            pool_gross_micro=9_000_000_000,
            pool_net_micro=7_650_000_000,
            deductions=(PoolDeduction("administration", 150_000, 9_000_000_000, 1_350_000_000),),
            point_value_note="1 point = 0.061420",
        ),
        StatementSection(
            "Аврора", "concert/LIC-0002/2026-Q3", tuple(replace(line, usage=HALL) for line in lines[split:])
        ),
    )
    gross_micro = sum(section.amount_micro for section in sections)
    return StatementDocument(
        society="Society of Invented Authors",
        payee_name="Aigül Сериккызы 艾古丽",
        payee_code="M-00001",
        payee_ipi_name=make_ipi_name(123_456_789),
        number="2026-3/00001",
        run_title="Third quarter 2026",
        run_number=3,
        period_from=date(2026, 7, 1),
        period_to=date(2026, 9, 30),
        currency="EUR",
        known_at=datetime(2026, 10, 20, 9, 0, tzinfo=UTC),
        issued_at=datetime(2026, 10, 21, 9, 30, tzinfo=UTC),
        policy_code="standard",
        policy_version="1",
        sections=sections if line_count else (),
        summary=StatementSummary(
            opening_micro=4_321,
            gross_micro=gross_micro,
            held=(HeldAmount("BELOW_MIN", 1_000_003),) if line_count else (),
            payable_micro=gross_micro - (1_000_003 if line_count else 0),
            paid_micro=0,
            closing_micro=gross_micro - (1_000_003 if line_count else 0) + 4_321,
        ),
        notes=("Everything here is invented.",),
        run_digest="0123456789abcdef" * 4,
        language=language,
    )
