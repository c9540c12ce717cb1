"""The command `muniment demo-data`: the invented society's files in a folder."""

from pathlib import Path

from muniment.interfaces.demo import read_manifest
from tests.interfaces.cli.keyboard import done, refused


def test_the_files_are_written_and_told(tmp_path: Path) -> None:
    told = done("demo-data", str(tmp_path), "--members", "10", "--works", "25", "--seed", "3")
    manifest = read_manifest(tmp_path)
    assert manifest.society in told
    assert "members.csv" in told
    assert [file.name for file in manifest.files if not (tmp_path / file.name).exists()] == []
    assert "README.txt" in told
    assert "invented" in (tmp_path / "README.txt").read_text(encoding="utf-8")


def test_too_small_a_society_is_refused(tmp_path: Path) -> None:
    assert "Ask for more members or works." in refused("demo-data", str(tmp_path / "none"), "--members", "0")
