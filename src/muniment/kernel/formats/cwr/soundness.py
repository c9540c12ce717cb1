"""Tell by its text alone that a line has nothing wrong in it: its values are made when somebody asks for them.

A line is sound where every field keeps its own rules and the values keep the conditions between fields. Conditions,
and the rules of whole works, look at short fields (codes, shares, flags), and of nearly all long ones only at whether
they are filled in. So the texts of the short fields, with which long ones are blank, are a *form* that few lines do
not share: a line of a form that was sound once is sound if its long texts are of their letters and its dates and
identifiers can be read. A line of a new form, or one that the pattern cannot tell, is read.
"""

import re
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import call

from muniment.kernel.formats.cwr.asked import ASKED, part_of
from muniment.kernel.formats.cwr.fields import UnreadableField
from muniment.kernel.formats.cwr.layout import letters_of
from muniment.kernel.formats.cwr.pieces import REMEMBERED, FieldRules, Piece, cutter
from muniment.kernel.formats.cwr.rules import Values, split_term

type _Form = tuple[str | None, ...]


class Soundness:
    """Says of the lines of one kind of record whether they are sound; `read` makes values of those that are."""

    def __init__(
        self,
        kind: str,
        pieces: Sequence[Piece],
        rules: Mapping[str, FieldRules],
        terms: Iterable[str],
        read: Callable[[str], Values | None],
    ) -> None:
        looked = _looked_at(kind, terms, rules)
        self._kind = kind
        self._match = re.compile(_pattern(pieces, rules, looked), re.DOTALL).fullmatch
        single = [piece for piece in pieces if piece.form not in ("", "A")]
        self._cut = cutter([slice(piece.start, piece.end) for piece in single])
        self._read_singles = tuple(piece.read for piece in single)
        self._read = read
        self._parts: dict[_Form, Hashable] = {}

    def part(self, text: str) -> Hashable | None:
        """Return what a sound line of full length gives to the build of its work; None where it must be looked at."""
        found = self._match(text)
        if found is None:
            return self._new_part(text)
        form = found.groups()
        part = self._parts.get(form)
        if part is None:
            part = self._new_part(text)
            if part is not None:
                if len(self._parts) >= REMEMBERED:
                    self._parts.clear()
                self._parts[form] = part
            return part
        try:
            for _ in map(call, self._read_singles, self._cut(text)):
                pass
        except UnreadableField:
            return None
        return part

    def _new_part(self, text: str) -> Hashable | None:
        values = self._read(text)
        return None if values is None else part_of(self._kind, values)


@dataclass(slots=True)
class _Looked:
    """What is looked at: the whole value, whether there is one, whether it is of the letters of tables."""

    whole: set[str] = field(default_factory=set)
    filled: set[str] = field(default_factory=set)
    letters: dict[str, list[str]] = field(default_factory=dict)


def _looked_at(kind: str, terms: Iterable[str], names: Iterable[str]) -> _Looked:
    """Return what conditions between the fields of a record, and the rules of whole works, look at."""
    asked = ASKED.get(kind)
    looked = _Looked(set(asked.fields if asked else names), set(names if asked and asked.told else ()))
    for name, sign, rest in (split_term(part) for term in terms for part in term.split("|")):
        match sign:
            case "" | "-":
                looked.filled.add(name)
            case ":":
                looked.letters.setdefault(name, []).append(rest)
            case _:
                looked.whole |= {name, rest}
    return looked


def _pattern(pieces: Sequence[Piece], rules: Mapping[str, FieldRules], looked: _Looked) -> str:
    """Return the pattern of lines that may be sound; its groups are the form."""
    parts: list[str] = []
    before = 0
    for piece in pieces:
        if piece.start > before:
            parts.append(f".{{{piece.start - before}}}")
        parts.append(_piece_pattern(piece, rules, looked))
        before = piece.end
    return "".join(parts)


def _piece_pattern(piece: Piece, rules: Mapping[str, FieldRules], looked: _Looked) -> str:
    name, size = piece.places[0].name, f"{{{piece.end - piece.start}}}"
    filled = name in looked.filled
    if not piece.form or name in looked.whole or (filled and piece.places[0].blank):
        return f"(.{size})"
    if piece.form == "A":
        return _text_pattern(size, rules[name], looked.letters.get(name, []), asked=filled)
    return rf"(?>(\s{size}|0{size})|(?![\s0]{size}).{size})" if filled else f".{size}"


def _text_pattern(size: str, rules: FieldRules, tables: Sequence[str], *, asked: bool) -> str:
    """Return the pattern of a long text; where it is asked whether it is filled in, a blank one is a group."""
    every = [*tables, *([rules.letters[1]] if rules.letters else [])]
    letters = frozenset.intersection(*map(letters_of, every)) if every else None
    one = f"[{re.escape(''.join(sorted(letters)))}]" if letters else "."
    if rules.filled:
        return rf"(?!\s{size}){one}{size}"
    return rf"(?>(\s{size})|{one}{size})" if asked else one + size
