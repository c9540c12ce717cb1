"""The statement as a value: everything that is printed, and nothing that has to be looked up.

Whoever builds one fills in names, titles and codes; a renderer only lays out. Amounts are micro-units of
`StatementDocument.currency`. The sums are checked when the value is made, so a statement that does not add up cannot
be printed.
"""

from abc import abstractmethod
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain

from muniment.kernel.words.money import currency_exponent, floor_to_cents

LANGUAGES = ("en", "ur")
"""Languages a statement can be printed in; Urdu runs from right to left."""


@dataclass(frozen=True, slots=True)
class UsageReference:
    """The usage report that a line comes from: whose it is, for which days, and which file it was.

    `number` is the report's number at the society and is what the lines print; the period includes both days.
    `file_digest` is the SHA-256 of the file as it came in.
    """

    number: int
    source_name: str
    period_from: date
    period_to: date
    file_name: str
    file_digest: str = ""


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One work in one usage report for one share of the payee: the amount, and how it came about.

    `work_amount_micro` is what the whole work earned in the report, `amount_micro` this payee's part of it at
    `share_ppm`. `iswc` is in its compact form, or empty. `role` is the payee's role in the work in the field's letters
    (CA, E ...), `right` PR, MR or SR. `rule_note` says in words which rule made the line different ("successor of ...",
    "collected for a sister society"), and is empty for the ordinary case.
    """

    work_title: str
    work_code: str
    iswc: str
    role: str
    right: str
    share_ppm: int
    usage: UsageReference
    use_count: int
    duration_ms: int
    points: int
    work_amount_micro: int
    amount_micro: int
    rule_note: str = ""


@dataclass(frozen=True, slots=True)
class UsageSum:
    """What all lines of one usage report come to."""

    usage: UsageReference
    amount_micro: int


@dataclass(frozen=True, slots=True)
class LineFacts:
    """What is known of lines without reading them again: their sum, whole and by report, and the letters they use."""

    amount_micro: int
    line_count: int
    codes: frozenset[str]
    usages: tuple[UsageSum, ...]


class LongLines(Sequence[StatementLine]):
    """Lines that are read when they are asked for, so that a statement of any length takes the same memory.

    `facts` is known beforehand; whoever prints the lines adds them up and compares (`counted`).
    """

    @property
    @abstractmethod
    def facts(self) -> LineFacts:
        """Return what is known of the lines."""


class LinesChanged(ValueError):
    """The lines that were read are not those whose sum is printed."""


def facts_of(lines: Sequence[StatementLine]) -> LineFacts:
    """Return the facts of lines: known ones as they are, those of lines in memory from the lines."""
    if isinstance(lines, LongLines):
        return lines.facts
    by_usage: Counter[UsageReference] = Counter()
    for line in lines:
        by_usage[line.usage] += line.amount_micro
    return LineFacts(
        sum(by_usage.values()),
        len(lines),
        frozenset(chain.from_iterable((line.role, line.right) for line in lines)),
        tuple(UsageSum(usage, by_usage[usage]) for usage in sorted(by_usage, key=lambda usage: usage.number)),
    )


@dataclass(frozen=True, slots=True)
class PoolDeduction:
    """For the member's information: what was taken from a pool before it was shared out.

    `share_ppm` is the rate on `base_micro`, 0 of a fixed amount; `amount_micro` what it came to for the pool as a
    whole. `rule_line` is the line of the rules that says so, 0 where it is not known.
    """

    name: str
    share_ppm: int
    base_micro: int
    amount_micro: int
    rule_line: int = 0


@dataclass(frozen=True, slots=True)
class PayeeDeduction:
    """What was taken from the sum of the payee's lines; below zero it was given back. See `PoolDeduction`."""

    name: str
    share_ppm: int
    base_micro: int
    amount_micro: int
    rule_line: int = 0

    @property
    def left_micro(self) -> int:
        """What it does to the account: below zero where it takes."""
        return -self.amount_micro


@dataclass(frozen=True, slots=True)
class StatementSection:
    """The lines of one fund, with the pool's own sums so that the member can see the way from licence to line.

    `title` names the source for a reader ("Radio Kvarts"), `fund_code` for the books. `point_value_note` says what a
    point was worth, in words and digits.
    """

    title: str
    fund_code: str
    lines: Sequence[StatementLine]
    pool_gross_micro: int = 0
    pool_net_micro: int = 0
    deductions: tuple[PoolDeduction, ...] = ()
    point_value_note: str = ""

    @property
    def facts(self) -> LineFacts:
        """What the section's lines come to."""
        return facts_of(self.lines)

    @property
    def amount_micro(self) -> int:
        """The sum of the section's lines."""
        return self.facts.amount_micro

    def counted(self) -> Iterator[StatementLine]:
        """Yield the lines, and refuse at the end if they are not as many, or not as much, as the facts say.

        Raises:
            LinesChanged: they are not.
        """
        count = total_micro = 0
        for line in self.lines:
            count, total_micro = count + 1, total_micro + line.amount_micro
            yield line
        known = self.facts
        if (count, total_micro) != (known.line_count, known.amount_micro):
            raise LinesChanged(
                f"{self.fund_code}: {count} lines sum to {total_micro}, not {known.line_count} to {known.amount_micro}"
            )


@dataclass(frozen=True, slots=True)
class HeldAmount:
    """Part of the lines that is not paid yet, and why: NO_PAYEE, BELOW_MIN ..."""

    reason: str
    amount_micro: int


@dataclass(frozen=True, slots=True)
class StatementSummary:
    """The account of the member over the statement.

    gross = sum of the lines; payable = gross - deducted - held; closing = opening + payable - paid.

    Raises:
        ValueError: the figures do not tie.
    """

    opening_micro: int
    gross_micro: int
    held: tuple[HeldAmount, ...]
    payable_micro: int
    paid_micro: int
    closing_micro: int
    deductions: tuple[PayeeDeduction, ...] = ()

    def __post_init__(self) -> None:
        if self.payable_micro != self.gross_micro - self.deducted_micro - self.held_micro:
            less = f"{self.deducted_micro} deducted and {self.held_micro} held"
            raise ValueError(f"payable {self.payable_micro} is not gross {self.gross_micro} less {less}")
        if self.closing_micro != self.opening_micro + self.payable_micro - self.paid_micro:
            raise ValueError(f"closing {self.closing_micro} is not opening + payable - paid")

    @property
    def deducted_micro(self) -> int:
        """The sum of what was taken from the payee."""
        return sum(taken.amount_micro for taken in self.deductions)

    @property
    def held_micro(self) -> int:
        """The sum of what is held, over all reasons."""
        return sum(held.amount_micro for held in self.held)

    @property
    def bank_micro(self) -> int:
        """The part of the closing balance that a bank can pay: whole cents, nothing while the balance is negative."""
        return floor_to_cents(max(self.closing_micro, 0))

    @property
    def carried_micro(self) -> int:
        """What stays on the account after the bank part: a residue below a cent, or a negative balance."""
        return self.closing_micro - self.bank_micro


@dataclass(frozen=True, slots=True)
class StatementDocument:
    """A member's statement for one distribution run.

    `issued_at` is printed and is the PDF's creation date, so the same value always gives the same bytes.
    `known_at` is the instant up to which facts were taken into account. `period_from` and `period_to` span the usage
    (both days included). `run_digest` lets anyone check that the run replays to the same result. `notes` are
    paragraphs in the statement's language.

    Raises:
        ValueError: the lines do not sum to `summary.gross_micro`, the language is not one of `LANGUAGES`.
        UnknownCurrency: `currency` is not one of ISO 4217.
    """

    society: str
    payee_name: str
    payee_code: str
    payee_ipi_name: str
    number: str
    run_title: str
    run_number: int
    period_from: date
    period_to: date
    currency: str
    known_at: datetime
    issued_at: datetime
    policy_code: str
    policy_version: str
    sections: tuple[StatementSection, ...]
    summary: StatementSummary
    notes: tuple[str, ...] = ()
    run_digest: str = ""
    language: str = "en"

    def __post_init__(self) -> None:
        currency_exponent(self.currency)
        if self.language not in LANGUAGES:
            raise ValueError(f"no labels for the language {self.language!r}")
        if (total := sum(section.amount_micro for section in self.sections)) != self.summary.gross_micro:
            raise ValueError(f"the lines sum to {total}, the statement says {self.summary.gross_micro}")

    @property
    def line_count(self) -> int:
        """How many lines all sections have."""
        return sum(section.facts.line_count for section in self.sections)

    @property
    def usage_sums(self) -> tuple[UsageSum, ...]:
        """What the lines of each usage report come to, by the report's number."""
        sums: Counter[UsageReference] = Counter()
        for found in chain.from_iterable(section.facts.usages for section in self.sections):
            sums[found.usage] += found.amount_micro
        return tuple(UsageSum(usage, sums[usage]) for usage in sorted(sums, key=lambda usage: usage.number))

    @property
    def usages(self) -> tuple[UsageReference, ...]:
        """Each usage report that a line refers to, once, by number."""
        return tuple(found.usage for found in self.usage_sums)

    @property
    def codes(self) -> frozenset[str]:
        """The letters of roles and rights that the lines use."""
        return frozenset(chain.from_iterable(section.facts.codes for section in self.sections))

    @property
    def right_to_left(self) -> bool:
        """Whether the statement's language runs from right to left."""
        return self.language == "ur"
