"""Every rule of the table has a file that passes it and one that breaks it, and costs what the table says.

The cases are `cases.csv`: a sound file, edits that keep the rule (often none), edits that break it, and options: the
society whose profile is on, `strict`, a version, tables that the recipient knows (`known:table=a,b`,
`names:table=number:name`).
"""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from muniment.kernel.formats.cwr import SOCIETIES, CwrRules, CwrTransaction, Severity, iter_transactions
from muniment.kernel.formats.cwr.rules import PLAIN_RULES, rules
from muniment.kernel.words.problems import BadFile, Level, Problem
from tests.kernel.formats.cwr.case_files import case_file

_HERE = Path(__file__).parent
_SENT = {"20261121 093000 00001 00000000": ("NWR", "MUN-1", "RAIN OVER THE STEPPE")}
_UNREADABLE = {"FILE-01", "FILE-02", "HDR-01"}
"""Rules whose breach leaves nothing to read: the reader refuses the file."""


@dataclass(frozen=True)
class Case:
    """A row of the table of cases."""

    rule: str
    base: str
    passes: str
    breaks: str
    options: tuple[str, ...]

    @property
    def asked(self) -> CwrRules:
        """Return the rules under which the file is read."""
        known: dict[str, object] = {"answers": _SENT} if "sent" in self.options else {}
        for option in self.options:
            if option.startswith("known:"):
                name, _, values = option.removeprefix("known:").partition("=")
                known[name] = frozenset(values.split(","))
            if option.startswith("names:"):
                name, _, pair = option.removeprefix("names:").partition("=")
                known[name] = dict([pair.split(":")])
        if not known and not frozenset(SOCIETIES) & frozenset(self.options) and "strict" not in self.options:
            return PLAIN_RULES
        societies = frozenset(SOCIETIES) & frozenset(self.options)
        return CwrRules(societies, strict="strict" in self.options, known=known)  # type: ignore[arg-type]

    def file(self, edits: str) -> bytes:
        """Return the file with edits; some ways to break one are no edit of a record."""
        version = "02.10" if "02.10" in self.options else "02.20"
        content = case_file(self.base, edits, version)
        broken = edits == self.breaks
        if "trim" in self.options and broken:
            return b"\n".join(line.rstrip() for line in content.splitlines())
        if "latin" in self.options and broken:
            return content.replace(b"AIGUL", "AÏGUL".encode("latin-1"), 1)
        if "many" in self.options and broken:
            return content.replace(b"\r\nALT", b"\r\nZZZ" * 600 + b"\r\nALT", 1)
        for option, header in (("work2", b"NWR"), ("agr2", b"AGR")):
            if option in self.options and broken:
                return _twice(content, header)
        if "agr4" in self.options:
            return _twice(content, b"NWR", renamed=True) if broken else content
        return content


def _twice(content: bytes, header: bytes, *, renamed: bool = False) -> bytes:
    """Return a file whose last transaction stands there twice, numbered."""
    lines = content.splitlines(keepends=True)
    start = max(place for place, line in enumerate(lines) if line.startswith(header))
    again = [line[:3] + b"00000001" + line[11:] for line in lines[start:-2]]
    if renamed:
        again[0] = again[0].replace(b"MUN-1 ", b"MUN-9 ", 1)
    return b"".join([*lines[:-2], *again, *lines[-2:]])


CASES = [
    Case(row["rule"], row["base"], row["passes"], row["breaks"], tuple(row["options"].split(";")))
    for row in csv.DictReader((_HERE / "cases.csv").read_text(encoding="utf-8").splitlines())
]


def read(content: bytes, asked: CwrRules) -> tuple[list[CwrTransaction], list[Problem]]:
    """Return the transactions of a file and every problem, in them and outside them."""
    items = list(iter_transactions(io.BytesIO(content), keep_refused=True, rules=asked))
    transactions = [item for item in items if isinstance(item, CwrTransaction)]
    inside = [problem for transaction in transactions for problem in transaction.problems]
    return transactions, [*(item for item in items if isinstance(item, Problem)), *inside]


def of_rule(problems: list[Problem], key: str) -> list[Problem]:
    """Return the problems that a rule makes."""
    return [problem for problem in problems if problem.rule[7:] == key]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.rule}-{'-'.join(case.options)}")
def test_a_rule_is_kept_and_broken(case: Case) -> None:
    asked = case.asked
    passed = read(case.file(case.passes), asked)[1] if case.breaks else []
    assert of_rule(passed, case.rule) == []
    transactions, problems = read(case.file(case.breaks), asked)
    found = of_rule(problems, case.rule)
    assert found, [str(problem) for problem in problems]
    assert all(problem.message and problem.remedy and "{" not in problem.message for problem in found)
    assert {problem.rule[4:6] for problem in found} == {asked.charge(case.rule)}
    _costs_what_it_says(found[0], transactions)


def _costs_what_it_says(problem: Problem, transactions: list[CwrTransaction]) -> None:
    """A field costs nothing more, a record its record, a transaction itself, a group its transactions."""
    severity = Severity(problem.rule[4:6])
    assert (problem.level is Level.WARNING) == (severity is Severity.FIELD)
    named = [transaction for transaction in transactions if problem in transaction.problems]
    if severity is Severity.TRANSACTION:
        assert named
        assert all(transaction.refused for transaction in named)
    if severity is Severity.RECORD:
        assert named
        assert all(problem.line not in {record.line for record in transaction.records} for transaction in named)
    if severity in (Severity.FIELD, Severity.RECORD) and named:
        worse = [other for other in named[0].problems if other.rule[4:6] not in ("FR", "RR")]
        assert named[0].refused == bool(worse)
    if severity in (Severity.GROUP, Severity.FILE):
        assert all(transaction.refused for transaction in named)


@pytest.mark.parametrize("content", [b"", b"\x00\x01", b"NWR" + b" " * 90, b"GRHNWR0000102.20"])
def test_what_does_not_begin_as_cwr_is_refused_as_a_whole(content: bytes) -> None:
    with pytest.raises(BadFile) as caught:
        read(content, CwrRules())
    assert caught.value.remedy


def test_every_rule_has_a_case() -> None:
    covered: Mapping[str, object] = {case.rule: case for case in CASES}
    assert sorted(set(rules()) - set(covered) - _UNREADABLE) == []
    assert sorted(set(covered) - set(rules())) == []


def test_the_sound_files_are_sound_as_strictly_as_the_standard_says() -> None:
    for base in ("work", "agreement", "both", "answer"):
        for version in ("02.10", "02.20"):
            _, problems = read(case_file(base, "", version), CwrRules(strict=True))
            assert [str(problem) for problem in problems] == [], (base, version)


def test_a_profile_that_is_off_asks_nothing() -> None:
    asked = CwrRules()
    extra = [rule.key for rule in rules().values() if rule.profiles]
    assert extra
    assert not any(asked.holds(key) for key in extra)
    assert all(rules()[key].profiles <= set(SOCIETIES) for key in extra)
