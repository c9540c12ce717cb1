"""What a person sees of a table before it is imported."""

from collections.abc import Mapping
from pathlib import Path

from muniment.kernel.formats.tables import (
    ChosenMapping,
    ColumnMapping,
    MappedRow,
    TargetField,
    preview_table,
    read_rows,
)
from muniment.kernel.words.problems import Problem

TARGETS = (TargetField("title", required=True), TargetField("name"))


def too_long(row: MappedRow, headers: Mapping[str, str]) -> tuple[str, tuple[Problem, ...]]:
    """Find fault with titles of more than five letters, under the file's own header."""
    title = row.values["title"]
    found = Problem(row.line, headers["title"], "test.long", f"{title} is long.", "Shorten it.")
    return title, (found,) if len(title) > 5 else ()


def table(folder: Path, *lines: str) -> Path:
    path = folder / "songs.csv"
    path.write_text("\n".join(["Song,Who", *lines, ""]), encoding="utf-8")
    return path


def test_the_first_lines_are_shown_and_more_are_judged(tmp_path: Path) -> None:
    rows = read_rows(table(tmp_path, *["River,Asan"] * 29, "Mountain,Asan", *["River,Asan"] * 500, "Mountain,Asan"))
    chosen = ChosenMapping(ColumnMapping({"title": "Song", "name": "Who"}), "saved", "sender")

    seen = preview_table(rows, chosen, TARGETS, too_long)

    assert [line.line for line in seen.lines] == list(range(2, 22))
    assert seen.lines[0].values == {"title": "River", "name": "Asan"}
    assert [(problem.line, problem.field) for problem in seen.problems] == [(31, "Song")]
    assert (seen.mapping, seen.mapping_source, seen.mapping_name) == (chosen.mapping, "saved", "sender")


def test_lines_are_shown_and_not_judged_where_a_column_is_missing(tmp_path: Path) -> None:
    chosen = ChosenMapping(ColumnMapping({"title": "Titel", "name": "Who"}), "given")

    seen = preview_table(read_rows(table(tmp_path, "Mountain,Asan")), chosen, TARGETS, too_long)

    assert seen.mapping == ColumnMapping({"name": "Who"})
    assert [line.values for line in seen.lines] == [{"name": "Asan"}]
    assert [problem.rule for problem in seen.problems] == ["table.unknown_column"]
