"""The documents keep up with the code: settings, commands, links, decisions."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCS = sorted((ROOT / "docs").rglob("*.md"))
PAGES = [*DOCS, ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"]


def test_every_setting_of_the_environment_is_described() -> None:
    settings = (ROOT / "src" / "muniment" / "settings.py").read_text()
    names = set(re.findall(r'environ(?:\.get\(|\[)"(MUNIMENT_\w+)"', settings))
    described = (ROOT / "docs" / "settings.md").read_text()
    assert {name for name in names if f"`{name}`" not in described} == set()


def test_every_group_of_commands_is_described() -> None:
    from typer.main import get_command

    from muniment.interfaces.cli import build_app

    names = set(get_command(build_app()).commands)  # type: ignore[attr-defined]
    text = "\n".join(path.read_text() for path in PAGES)
    assert {name for name in names if f"muniment {name}" not in text} == set()


@pytest.mark.parametrize("document", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_between_documents_lead_somewhere(document: Path) -> None:
    targets = re.findall(r"\]\((?!https?:|mailto:|#)([^)#\s]+)(?:#[^)]*)?\)", document.read_text())
    assert [target for target in targets if not (document.parent / target).exists()] == []


def test_every_document_is_reachable_from_the_tour() -> None:
    index = (ROOT / "docs" / "index.md").read_text()
    pages = [path for path in DOCS if path.name != "index.md"]
    assert [str(path.relative_to(ROOT)) for path in pages if path.name not in index and "adr" not in path.parts] == []


def test_decisions_have_the_form_of_one_page() -> None:
    decisions = sorted((ROOT / "docs" / "adr").glob("[0-9]*.md"))
    numbers = [path.name[:4] for path in decisions]
    assert len(numbers) == len(set(numbers))
    for path in decisions:
        text = path.read_text()
        headings = [
            re.search(rf"^#+\s*{word}|^\*\*{word}", text, re.M) for word in ("Context", "Decision", "Consequences")
        ]
        assert all(headings), path.name
        assert "Tags" in text, path.name
        assert len(text.split()) < 700, f"{path.name} is longer than a page"
