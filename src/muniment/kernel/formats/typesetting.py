"""Pages from a layout and a value: Typst with the fonts of our own packages, and nothing of the machine.

The same layout, value and instant give the same bytes on any machine with the same Typst. Fonts of the machine are
ignored, so a letter that our fonts lack is printed as an empty box; `without_glyphs` says which letters those are, and
every paper that may hold such letters says so.
"""

import json
import struct
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from importlib import resources
from pathlib import Path

import typst

_FONTS = (
    ("Noto Sans", "fontpkg_noto_sans"),  # Latin, Cyrillic, Greek, Devanagari
    ("Noto Sans Arabic", "fontpkg_noto_sans_arabic"),
    ("Heebo", "fontpkg_heebo"),  # Hebrew
    ("Hind Siliguri", "fontpkg_hind_siliguri"),  # Bengali
    ("Noto Sans Tamil", "fontpkg_noto_sans_tamil"),
    ("Noto Sans Telugu", "fontpkg_noto_sans_telugu"),
    ("Noto Sans Thai", "fontpkg_noto_sans_thai"),
    ("Noto Sans Khmer", "fontpkg_noto_sans_khmer"),
    ("Noto Sans CJK TC", "cvttf_NotoSansCJK_Regular"),  # Han, Kana, Hangul
)
"""Family and package of each font, in the order in which a letter looks for one."""

FAMILIES = tuple(family for family, _ in _FONTS)

_INVISIBLE = ("Cc", "Cf", "Zs", "Zl", "Zp")
"""Categories of characters that nobody sees, so that it does not matter whether a font has them."""


def typeset(layout: Path, value: Mapping[str, object], at: datetime, *, tagged: bool) -> bytes:
    """Return the PDF of a layout, which finds `value` as JSON text in its input `document` and our fonts in `fonts`.

    Args:
        at: the creation date that the file tells; it has whole seconds.
        tagged: with tags for screen readers, which weigh.
    """
    compiler = typst.Compiler(input=layout.read_bytes(), root=str(layout.parent), font_paths=_fonts())
    inputs = {"document": json.dumps(value, ensure_ascii=False), "fonts": json.dumps(FAMILIES)}
    pdf = compiler.compile(
        format="pdf", sys_inputs=inputs, timestamp=at.astimezone(UTC).replace(microsecond=0), pdf_tags=tagged
    )
    if not isinstance(pdf, bytes):
        raise TypeError("Typst returned several files for one PDF")
    return pdf


@lru_cache(maxsize=1)
def _fonts() -> typst.Fonts:
    folders = [str(_folder(package)) for _, package in _FONTS]
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=folders)


def _folder(package: str) -> Path:
    return Path(str(resources.files(package)))


def without_glyphs(value: Mapping[str, object]) -> frozenset[str]:
    """Return the characters in the texts of a value for a layout that none of our fonts has, and that one would see."""
    used = frozenset(json.dumps(value, ensure_ascii=False))
    return frozenset(letter for letter in used - _covered() if unicodedata.category(letter) not in _INVISIBLE)


def scripts_of(letters: Iterable[str]) -> tuple[str, ...]:
    """Return the scripts of letters by their English names, in order; what is no letter counts as "signs"."""
    return tuple(sorted({_script(letter) for letter in letters}))


def _script(letter: str) -> str:
    if unicodedata.category(letter)[0] not in "LMN":
        return "signs"
    return unicodedata.name(letter, "other").split()[0].capitalize()


@lru_cache(maxsize=1)
def _covered() -> frozenset[str]:
    """Return every character that one of our fonts has."""
    found: set[str] = set()
    for _, package in _FONTS:
        for path in sorted(_folder(package).rglob("*.[ot]tf")):
            for first, last in _stretches(path.read_bytes()):
                found.update(map(chr, range(first, last + 1)))
    return frozenset(found)


def _stretches(font: bytes) -> Iterator[tuple[int, int]]:
    """Yield first and last code point of each stretch that a font has glyphs for, by its `cmap` (OpenType 1.9).

    Of the ways in which a font writes it down we read the two that cover Unicode: formats 12 and 4.
    """
    (table_count,) = struct.unpack_from(">H", font, 4)
    places = {}
    for table in range(table_count):
        tag, _, place, _ = struct.unpack_from(">4sLLL", font, 12 + 16 * table)
        places[tag] = place
    cmap = places[b"cmap"]
    (count,) = struct.unpack_from(">H", font, cmap + 2)
    for record in range(count):
        _, _, offset = struct.unpack_from(">HHL", font, cmap + 4 + 8 * record)
        at = cmap + offset
        (form,) = struct.unpack_from(">H", font, at)
        if form == 12:
            (groups,) = struct.unpack_from(">L", font, at + 12)
            for group in range(groups):
                first, last, _ = struct.unpack_from(">LLL", font, at + 16 + 12 * group)
                yield first, last
        elif form == 4:
            (doubled,) = struct.unpack_from(">H", font, at + 6)
            ends = struct.unpack_from(f">{doubled // 2}H", font, at + 14)
            starts = struct.unpack_from(f">{doubled // 2}H", font, at + 16 + doubled)
            yield from ((first, last) for first, last in zip(starts, ends, strict=True) if first != 0xFFFF)
