"""A sister society's statement as CRD: its exploitations as lines for our members, adjustments spread over them."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from muniment.kernel.formats.crd import CrdAdjustment, CrdHeader, CrdLine, read_crd
from muniment.kernel.words.allocation import split_exactly
from muniment.kernel.words.problems import Level, Problem
from muniment.kernel.words.shares import Right
from muniment.kernel.words.territory import WORLD
from muniment.pay.distributions.queries.crd import CATEGORIES

_FIRST = b"SDN"
_RIGHTS = {category: right for right, category in CATEGORIES.items()} | {"": Right.PERFORMING}

type LineFacts = tuple[int, str, str, str, Right, int, date, str, int, int]
"""Line, member, title, ISWC, right, territory, day of use, kind of use, tax and amount in micro-units."""


def is_crd(path: Path) -> bool:
    """Say whether a file begins as CRD does."""
    with path.open("rb") as file:
        return file.read(6).removeprefix(b"\xef\xbb\xbf").startswith(_FIRST)


def crd_lines(path: Path, currency: str) -> tuple[list[LineFacts], list[Problem]]:
    """Return the lines of a CRD file and what is wrong with it; only errors, since warnings cost nothing here.

    A line names our member by the IPI name number, or by our own code where the layout has a place for it. What the
    file adjusts beside its lines belongs to all of them: it is spread over those above zero in proportion, so that the
    lines come to the money; tax that was withheld so is noted as the tax of the lines.
    """
    lines: list[CrdLine] = []
    adjustments: list[CrdAdjustment] = []
    problems: list[Problem] = []
    with path.open("rb") as stream:
        for item in read_crd(stream):
            if isinstance(item, Problem):
                problems += [item] if item.level is Level.ERROR else []
            elif isinstance(item, CrdHeader):
                problems += _wrong_currency(item, currency)
            elif isinstance(item, CrdAdjustment):
                adjustments.append(item)
            elif isinstance(item, CrdLine):
                problems += _unusable(item)
                lines.append(item)
    if problems:
        return [], problems
    amounts, taxes = _adjusted(lines, adjustments)
    if adjustments and not any(line.remitted_micro > 0 for line in lines):
        said = "What the file adjusts belongs to no line above zero."
        return [], [Problem(adjustments[0].line, "ADJ", "society.bad_line", said, "Ask the society.")]
    return [
        _facts(line, amount_micro, tax_micro)
        for line, amount_micro, tax_micro in zip(lines, amounts, taxes, strict=True)
    ], []


def _wrong_currency(header: CrdHeader, currency: str) -> list[Problem]:
    if header.currency == currency:
        return []
    said = f"The statement is in {header.currency}, the money that came in {currency}."
    remedy = "Take in a statement in the currency that the bank received."
    return [Problem(header.line, "SDN currency", "society.bad_line", said, remedy)]


def _unusable(line: CrdLine) -> list[Problem]:
    if line.right_category not in _RIGHTS:
        said = f"{line.right_category!r} is no right that we know."
        return [Problem(line.line, "MDR right_category", "society.bad_line", said, "PER, MEC and SYN are known.")]
    if line.period_start is None:
        said = "Neither the line nor the statement says when the work was used."
        return [Problem(line.line, "WER sales_period_start", "society.bad_line", said, "Ask the society.")]
    return []


def _adjusted(lines: Sequence[CrdLine], adjustments: Sequence[CrdAdjustment]) -> tuple[list[int], list[int]]:
    """Return amount and tax of each line with its part of every adjustment; the sums stay exact."""
    amounts = [line.remitted_micro for line in lines]
    taxes = [line.tax_micro for line in lines]
    weights, keys = [max(0, amount_micro) for amount_micro in amounts], list(range(len(lines)))
    if not any(weights):
        return amounts, taxes
    for one in adjustments:
        sign = -1 if one.amount_micro < 0 else 1
        for place, part_micro in enumerate(split_exactly(abs(one.amount_micro), weights, keys)):
            amounts[place] += sign * part_micro
            if sign < 0 and "tax" in one.reason.lower():
                taxes[place] += part_micro
    return amounts, taxes


def _facts(line: CrdLine, amount_micro: int, tax_micro: int) -> LineFacts:
    used_on = line.period_start or date.min
    return (
        line.line, line.ip_name_number or line.party_reference, line.title, line.iswc, _RIGHTS[line.right_category],
        line.territory or WORLD, used_on, line.use_kind, tax_micro, amount_micro,
    )  # fmt: skip
