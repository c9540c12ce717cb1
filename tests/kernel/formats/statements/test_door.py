"""A statement of ours that comes back is told as one, in each form and language."""

import tracemalloc
from dataclasses import replace
from pathlib import Path

import pytest

from muniment.kernel.formats.door import Becomes, format_of, recognise
from muniment.kernel.formats.statements import FORMS, LANGUAGES
from muniment.kernel.formats.statements.rules import RULES
from muniment.kernel.words.problems import BadFile
from tests.kernel.formats.statements.sample import sample_statement

STATEMENTS = format_of("statements")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("form", FORMS)
def test_our_own_statement_is_recognised(tmp_path: Path, form: str, language: str) -> None:
    document = replace(sample_statement(), language=language)
    path = tmp_path / "anything.dat"
    path.write_bytes(FORMS[form].render(document))
    found = recognise(path)
    assert (found.format.name, found.becomes) == ("statements", Becomes.NOTHING)
    assert document.number in found.recognised.because
    assert list(STATEMENTS.check(path)) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_changed_statement_is_found_out(tmp_path: Path, language: str) -> None:
    path = tmp_path / "statement.csv"
    lines = FORMS["csv"].render(replace(sample_statement(), language=language)).decode("utf-8-sig").splitlines()
    cells = lines[1].split(",")
    amount = cells[-2]
    path.write_text("\n".join([lines[0], ",".join([*cells[:-2], f"9{amount}", cells[-1]]), *lines[2:]]), "utf-8")
    assert [problem.rule for problem in STATEMENTS.check(path)] == ["statement.sum"]
    path.write_text("\n".join([lines[0], "one,two", lines[1].replace(amount, "much"), *lines[2:]]), "utf-8")
    found = {problem.rule for problem in STATEMENTS.check(path)}
    assert found == {"statement.cells", "statement.amount", "statement.sum"} == {rule.id for rule in RULES}
    assert STATEMENTS.preview(path, 1).headers == tuple(lines[0].split(","))


def test_a_row_that_is_longer_than_the_first_is_shown_whole(tmp_path: Path) -> None:
    path = tmp_path / "statement.csv"
    path.write_text("one,two\na,b,c\n", "utf-8")
    shown = STATEMENTS.preview(path, 5)
    assert (shown.headers, shown.rows) == (("one", "two", ""), (("a", "b", "c"),))


@pytest.mark.parametrize("amount", ["9e999999", "sNaN", "-Infinity", "1" * 1_000, "1_000", "١", "1.12345678901", ""])
def test_an_amount_that_we_never_write_is_told_and_not_added(tmp_path: Path, amount: str) -> None:
    path = tmp_path / "statement.csv"
    lines = FORMS["csv"].render(sample_statement()).decode("utf-8-sig").splitlines()
    cells = lines[1].split(",")
    odd = ",".join([*cells[:-2], amount, cells[-1]])
    path.write_text("\n".join([lines[0], odd, odd, *lines[1:]]), "utf-8")
    assert [(problem.line, problem.rule) for problem in STATEMENTS.check(path)] == [
        (2, "statement.amount"),
        (3, "statement.amount"),
    ]


def test_a_line_that_does_not_end_is_refused_before_it_fills_the_memory(tmp_path: Path) -> None:
    path = tmp_path / "statement.csv"
    path.write_bytes(FORMS["csv"].render(sample_statement()) + b"," * 4_000_000)
    tracemalloc.start()
    with pytest.raises(BadFile, match="not as it was written"):
        list(STATEMENTS.check(path))
    with pytest.raises(BadFile, match="not as it was written"):
        STATEMENTS.preview(path, 100)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4_000_000
