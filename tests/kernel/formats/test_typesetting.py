"""Every script that works have titles in has a font, or the paper says which has not."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from muniment.kernel.formats.printed import (
    PrintedColumn,
    PrintedReport,
    PrintedSection,
    PrintedTable,
    PrintedWords,
    render_report,
)
from muniment.kernel.formats.statements import StatementDocument, pdf
from muniment.kernel.formats.statements.pdf import PART_LINES, render_pdf
from muniment.kernel.formats.typesetting import scripts_of, typeset, without_glyphs
from tests.kernel.formats.statements.sample import sample_statement

COVERED = (
    "Evening", "Əлия Белая", "Ωδή", "شام کی خوشبو", "हिन्दी गीत", "বাংলা গান", "தமிழ் பாடல்", "తెలుగు", "เพลงไทย",
    "שיר ערב", "ខ្មែរ", "月光かな한글",
)  # fmt: skip
UNCOVERED = {"საღამო": "Georgian", "Երեկո": "Armenian", "ሙዚቃ": "Ethiopic", "ගීතය": "Sinhala", "🎵": "signs"}


def titled(title: str, line_count: int = 6) -> StatementDocument:
    """Return the sample statement with one title changed, at its first line."""
    document = sample_statement(line_count)
    first, *others = document.sections
    lines = (replace(first.lines[0], work_title=title), *first.lines[1:])
    return replace(document, sections=(replace(first, lines=lines), *others))


@pytest.mark.parametrize("title", COVERED)
def test_a_title_in_a_script_of_our_fonts_has_all_its_letters(title: str) -> None:
    assert without_glyphs({"title": title}) == frozenset()


@pytest.mark.parametrize("title", UNCOVERED)
def test_letters_without_a_font_are_named_by_their_script(title: str) -> None:
    assert scripts_of(without_glyphs({"title": f"Evening {title}"})) == (UNCOVERED[title],)


def test_marks_that_nobody_sees_need_no_font() -> None:
    assert without_glyphs({"title": "\u2068a\u2069\u200d\u00ad\n\t b", "number": 3}) == frozenset()


def test_each_script_brings_its_font_into_the_pdf() -> None:
    for title, family in (("เพลงไทย", b"NotoSansThai"), ("বাংলা", b"HindSiliguri"), ("שיר", b"Heebo")):
        plain, with_title = render_pdf(sample_statement()), render_pdf(titled(title))
        assert family not in plain
        assert family in with_title


@pytest.mark.parametrize("line_count", [6, 1_300])
def test_a_statement_says_at_its_end_which_letters_it_could_not_print(
    line_count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Mapping[str, Any]] = []

    def remember(_layout: Path, value: Mapping[str, Any], _at: datetime, *, tagged: bool) -> bytes:
        seen.append(value)
        return typeset(_layout, value, _at, tagged=tagged)

    monkeypatch.setattr(pdf, "typeset", remember)
    document = titled("Evening საღამო", line_count)
    assert pdf.render_pdf(document).startswith(b"%PDF-")
    *before, last = seen
    assert "no font of this installation has them (Georgian)" in last["notes"][-1]
    assert [value["notes"] for value in before] == [document.notes] * len(before)
    assert len(seen) == (1 if line_count < PART_LINES else 3)


def a_report(language: str = "en", *cells: str) -> PrintedReport:
    """Return a report of one table with a row of these cells."""
    columns = tuple(PrintedColumn(f"Column {place}", is_text=not place) for place in range(len(cells)))
    table = PrintedTable(columns, (cells,) * 80, (cells,), caption="EUR")
    return PrintedReport(
        society="Society of Invented Authors",
        title="Transparency report 2026",
        language=language,
        right_to_left=language == "ur",
        made_at=datetime(2027, 2, 1, 9, 0, 0, 5, UTC),
        lead=("2026-01-01 – 2026-12-31",),
        mark="Sealed",
        sections=(PrintedSection("Paid", "What left the bank.", (table,)), PrintedSection("Costs", "", ())),
        notes=(),
        words=PrintedWords("Page", "Nothing in this year.", "No font has: {scripts}."),
    )


@pytest.mark.parametrize("language", ["en", "ur"])
def test_a_report_of_tables_is_the_same_bytes_every_time(language: str) -> None:
    document = a_report(language, "#panic(1) ادا", "1.000000")
    made = render_report(document)
    assert made.startswith(b"%PDF-")
    assert render_report(document) == made
    assert b"2027" in made
    assert render_report(replace(document, mark="Sealed again")) != made


def test_a_row_with_a_cell_too_many_is_refused() -> None:
    document = a_report("en", "a", "b")
    table = replace(document.sections[0].tables[0], rows=(("a", "b", "c"),))
    with pytest.raises(ValueError, match="a cell for every column"):
        render_report(replace(document, sections=(replace(document.sections[0], tables=(table,)),)))
