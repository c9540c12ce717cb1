"""Gather the texts of the pages into the catalogues, and compile them: `python tools/messages.py [--check]`.

Texts come from templates ({% translate %}, {% blocktranslate %}) and from gettext calls in the interfaces; and from the
floors below, which know no gettext: what they refuse and find (see `muniment.kernel.words.phrases`), and what the
profiles of the registry are called and say of their sources. Known translations are kept, new texts are added empty,
vanished ones are dropped. `--check` changes nothing and exits with 1 where a text has no translation, a translation has
not the values of its text, or the compiled catalogue is not that of the text.
"""

import ast
import io
import re
import sys
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import django
from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings

PACKAGE = Path(__file__).parents[1] / "src" / "muniment"
INTERFACES = PACKAGE / "interfaces"
LOCALE = INTERFACES / "locale"
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
HEADERS = [("Content-Type", "text/plain; charset=utf-8"), ("Plural-Forms", "nplurals=2; plural=(n != 1);")]
KEYWORDS = {
    "gettext": None,
    "gettext_lazy": None,
    "_": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "gettext_noop": None,
}
SPOKEN = (
    *("kernel/words/toml_tables.py", "trust/access", "rights/registry"),
    *("rights/parties/rules", "rights/parties/queries"),
    *(f"rights/parties/services/{name}.py" for name in ("bank", "edits", "facts", "register")),
    *(f"rights/works/{name}.py" for name in ("queries/cwr", "queries/works", "rules/shares", "rules/work_table")),
    *(f"rights/works/services/{name}.py" for name in ("edits", "merging")),
)
"""The modules and packages below the interfaces whose refusals and findings are translated."""
PHRASES = {"Phrase": (0,), "found": (2, 3), "BadStatement": (1, 2), "BadRules": (), "NotReady": ()}
"""Where the texts stand among what a call is given; in the call of any other refusal they are the first two."""
PROFILES = PACKAGE / "rights" / "registry" / "rules" / "profiles" / "data"
_VALUE = re.compile(r"%\(\w+\)s|\{\w+(?:!r)?(?::[^}]*)?\}")


def found_texts() -> Iterator[tuple[str | tuple[str, ...], str]]:
    """Yield each text with the file it stands in, relative to the package."""
    yield from texts_of_pages()
    for path in spoken_modules():
        yield from ((text, path.relative_to(PACKAGE).as_posix()) for text in spoken_texts(path))
    yield from ((text, "rights/registry/rules/profiles/data") for text in texts_of_profiles())
    yield from texts_of_scripts()


def texts_of_scripts() -> Iterator[tuple[str, str]]:
    """Yield what scripts of pages say, each with its file: the first words given to `say`."""
    for path in sorted((INTERFACES / "static").rglob("*.js")):
        source = io.BytesIO(path.read_bytes())
        for _line, text, _comments, _context in extract("javascript", source, keywords={"say": None}):
            yield str(text), path.relative_to(PACKAGE).as_posix()


def texts_of_profiles() -> Iterator[str]:
    """Yield what profiles of the registry are called, and what they say of their sources."""
    for path in sorted(PROFILES.rglob("*.toml")):
        profile = tomllib.loads(path.read_text(encoding="utf-8"))
        texts = [profile["title"], *(ground[key] for ground in profile["grounds"] for key in ("claim", "where"))]
        yield from (" ".join(text.split()) for text in texts)


def spoken_modules() -> list[Path]:
    """Return the modules whose refusals and findings are translated."""
    places = [PACKAGE / name for name in SPOKEN]
    return sorted(path for place in places for path in ([place] if place.is_file() else place.rglob("*.py")))


def spoken_texts(path: Path) -> Iterator[str]:
    """Yield the texts of the refusals, findings and phrases in a module."""
    for argument in spoken_arguments(ast.parse(path.read_text(encoding="utf-8"))):
        branches = (argument.body, argument.orelse) if isinstance(argument, ast.IfExp) else (argument,)
        for text in branches:
            if isinstance(text, ast.Constant) and isinstance(text.value, str) and text.value:
                yield text.value


def spoken_arguments(tree: ast.AST) -> Iterator[ast.expr]:
    """Yield what stands in a module where a text for people is expected: the texts themselves, names, calls."""
    for call in ast.walk(tree):
        if isinstance(call, ast.Call):
            name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
            places = PHRASES.get(name, (0, 1) if name in refusals() else ())
            yield from (call.args[place] for place in places if place < len(call.args))


@cache
def refusals() -> frozenset[str]:
    """Return the names of all classes of refusals: `UserError`, and what derives from it."""
    bases: dict[str, set[str]] = {}
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                bases.setdefault(node.name, set()).update(one.id for one in node.bases if isinstance(one, ast.Name))
    found, before = {"UserError"}, set[str]()
    while found != before:
        before = set(found)
        found |= {name for name, above in bases.items() if above & before}
    return frozenset(found)


def texts_of_pages() -> Iterator[tuple[str | tuple[str, ...], str]]:
    """Yield each text of templates and gettext calls with the file it stands in."""
    from django.utils.translation.template import templatize

    for path in sorted([*INTERFACES.rglob("*.html"), *INTERFACES.rglob("*.py"), INTERFACES.parent / "settings.py"]):
        source = path.read_text(encoding="utf-8")
        if path.suffix == ".html":
            source = templatize(source, origin=str(path))
        for _line, text, _comments, _context in extract("python", io.BytesIO(source.encode()), keywords=KEYWORDS):
            yield text, path.relative_to(PACKAGE).as_posix()


def updated(language: str) -> Catalog:
    """Return the catalogue of `language` with exactly the texts that are in use."""
    path = LOCALE / language / "LC_MESSAGES" / "django.po"
    old = Catalog(locale=language)
    if path.exists():
        with path.open("rb") as file:
            old = read_po(file, locale=language)
    new = Catalog(locale=language, project="Muniment", fuzzy=False, charset="utf-8")
    new.mime_headers = HEADERS
    for text, place in found_texts():
        key = text if isinstance(text, str) else text[0]
        known = old.get(key)
        translation = known.string if known and known.string else ("" if isinstance(text, str) else ("", ""))
        flags = ["python-format"] if "%(" in key else ["python-brace-format"] if _VALUE.search(key) else []
        new.add(text, translation, locations=[(place, None)], flags=flags)
    return new


def po_bytes(catalogue: Catalog) -> bytes:
    """Return the catalogue as text, without dates, in the order of the texts."""
    buffer = io.BytesIO()
    write_po(buffer, catalogue, sort_output=True, omit_header=True, width=0)
    lines = ['msgid ""', 'msgstr ""', *(f'"{name}: {value}\\n"' for name, value in HEADERS), "", ""]
    return "\n".join(lines).encode() + buffer.getvalue()


def mo_bytes(po: bytes, language: str) -> bytes:
    """Return the compiled form of a catalogue's text."""
    buffer = io.BytesIO()
    catalogue = read_po(io.BytesIO(po), locale=language)
    catalogue.mime_headers = HEADERS
    catalogue.creation_date = catalogue.revision_date = EPOCH  # the same texts give the same bytes at any time
    write_mo(buffer, catalogue)
    return buffer.getvalue()


def untranslated(catalogue: Catalog) -> list[str]:
    """Return the texts without a translation."""
    return [str(message.id) for message in catalogue if message.id and not all(_strings(message.string))]


def misfilled(catalogue: Catalog) -> list[str]:
    """Return the texts whose translation leaves a value out, or asks for one that is not there."""
    return [
        str(message.id)
        for message in catalogue
        if isinstance(message.id, str) and message.string and values_of(message.id) != values_of(str(message.string))
    ]


def values_of(text: str) -> set[str]:
    """Return the places for values in a text, as they are written: `%(name)s`, `{name!r}`."""
    return set(_VALUE.findall(text))


def _strings(text: str | tuple[str, ...]) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else text


def main(arguments: list[str]) -> int:
    """Write the catalogues, or with --check compare them; return the exit status."""
    settings.configure(USE_I18N=False)
    django.setup()
    status = 0
    for folder in sorted(path for path in LOCALE.iterdir() if path.is_dir()):
        catalogue = updated(folder.name)
        po = po_bytes(catalogue)
        mo = mo_bytes(po, folder.name)
        missing, wrong = untranslated(catalogue), misfilled(catalogue)
        files = {folder / "LC_MESSAGES" / "django.po": po, folder / "LC_MESSAGES" / "django.mo": mo}
        if "--check" in arguments:
            stale = [path.name for path, content in files.items() if not path.exists() or path.read_bytes() != content]
            if missing or wrong or stale:
                print(
                    f"{folder.name}: {len(missing)} texts without translation, {len(wrong)} with other values,"
                    f" stale files {stale}: run make messages"
                )
                print("\n".join([*missing[:20], *wrong[:20]]))
                status = 1
            continue
        for path, content in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        print(f"{folder.name}: {len(catalogue)} texts, {len(missing)} without translation")
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
