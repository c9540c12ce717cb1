"""Wrong words on the command line: a sentence and exit status 2, never a stack trace."""

import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from muniment.interfaces import cli


@pytest.mark.parametrize(
    "words",
    [
        ["nonsense"],
        ["serve", "--port", "99999"],
        ["serve", "--workers", "0"],
        ["demo", "--members", "0", "--no-serve"],
        ["demo", "--works", "-4", "--no-serve"],
        ["party", "import", "nowhere.csv"],
    ],
    ids=" ".join,
)
def test_a_wrong_word_is_a_sentence(words: list[str]) -> None:
    result = CliRunner().invoke(cli.build_app(), words)
    assert result.exit_code == 2
    assert "Traceback" not in result.output


def test_a_file_that_cannot_be_opened_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def open_it() -> None:
        (tmp_path / "nowhere" / "orders.csv").write_text("")

    monkeypatch.setattr(cli, "build_app", lambda: open_it)
    monkeypatch.setattr(sys, "argv", ["muniment", "payment"])
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert end.value.code == 2
    assert "No such file" in capsys.readouterr().err
