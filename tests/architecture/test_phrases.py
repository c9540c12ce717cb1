"""What the floors below the interfaces say to people is in the catalogue, and nothing of it is put together unseen."""

import ast
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def messages() -> ModuleType:
    """Return the tool that gathers the texts, which is no package."""
    spec = spec_from_file_location("messages_tool", ROOT / "tools" / "messages.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_no_refusal_is_put_together_where_the_catalogue_cannot_see_it(messages: ModuleType) -> None:
    """An f-string or a sum has no template; a name is one of the module's own phrases."""
    unseen = []
    for path in messages.spoken_modules():
        for argument in messages.spoken_arguments(ast.parse(path.read_text(encoding="utf-8"))):
            is_other_name = isinstance(argument, ast.Name) and not argument.id.startswith("_")
            if is_other_name or isinstance(argument, ast.JoinedStr | ast.BinOp):
                unseen.append(f"{path.name}:{argument.lineno}: {ast.unparse(argument)}")
    assert unseen == []


def test_every_finding_and_refusal_of_the_registry_is_in_the_catalogue(messages: ModuleType) -> None:
    with (messages.LOCALE / "ur" / "LC_MESSAGES" / "django.po").open("rb") as file:
        catalogue = read_po(file, locale="ur")
    said = {text for path in messages.spoken_modules() for text in messages.spoken_texts(path)}
    said |= set(messages.texts_of_profiles())
    assert len(said) > 300
    assert sorted(text for text in said if catalogue.get(text) is None) == []
    assert messages.misfilled(catalogue) == []


def test_texts_are_found_in_every_shape(messages: ModuleType, tmp_path: Path) -> None:
    code = tmp_path / "room.py"
    code.write_text(
        'raise UserError("{number} is gone.", "Look." if near else "Ask.", number=number)\n'
        'yield found("rule", "field", "{name} stands twice.", "Take one out.", "warning", name=name)\n'
        'raise BadStatement(path, "{field} is no day.")\n'
        'reason = said(text, Phrase("The reason"))\n'
        'raise ValueError("nobody reads this")\n'
    )
    assert sorted(messages.spoken_texts(code)) == sorted(
        [
            "{number} is gone.",
            "Look.",
            "Ask.",
            "{name} stands twice.",
            "Take one out.",
            "{field} is no day.",
            "The reason",
        ]
    )


def test_values_that_a_translation_loses_are_seen(messages: ModuleType) -> None:
    assert messages.values_of("%(day)s: {name!r} of {count:,}") == {"%(day)s", "{name!r}", "{count:,}"}
