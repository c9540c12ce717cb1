"""Gather the texts of the pages into the catalogues, and compile them: `python tools/messages.py [--check]`.

Texts come from templates ({% translate %}, {% blocktranslate %}) and from gettext calls in the interfaces. Known
translations are kept, new texts are added empty, vanished ones are dropped. `--check` changes nothing and exits with
1 where a text has no translation or the compiled catalogue is not that of the text.
"""

import io
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import django
from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings

INTERFACES = Path(__file__).parents[1] / "src" / "muniment" / "interfaces"
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


def found_texts() -> Iterator[tuple[str | tuple[str, ...], str]]:
    """Yield each text with the file it stands in, relative to the interfaces."""
    from django.utils.translation.template import templatize

    for path in sorted([*INTERFACES.rglob("*.html"), *INTERFACES.rglob("*.py"), INTERFACES.parent / "settings.py"]):
        source = path.read_text(encoding="utf-8")
        if path.suffix == ".html":
            source = templatize(source, origin=str(path))
        for _line, text, _comments, _context in extract("python", io.BytesIO(source.encode()), keywords=KEYWORDS):
            yield text, path.relative_to(INTERFACES.parent).as_posix()


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
        flags = ["python-format"] if "%(" in key else []
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
        missing = untranslated(catalogue)
        files = {folder / "LC_MESSAGES" / "django.po": po, folder / "LC_MESSAGES" / "django.mo": mo}
        if "--check" in arguments:
            stale = [path.name for path, content in files.items() if not path.exists() or path.read_bytes() != content]
            if missing or stale:
                print(
                    f"{folder.name}: {len(missing)} texts without translation, stale files {stale}: run make messages"
                )
                print("\n".join(missing[:20]))
                status = 1
            continue
        for path, content in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        print(f"{folder.name}: {len(catalogue)} texts, {len(missing)} without translation")
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
