"""Which formats there are: every folder beside this one that has a module `door`."""

import pkgutil
from functools import cache
from importlib import import_module
from importlib.util import find_spec

from muniment.kernel import formats as folder
from muniment.kernel.formats.door.describing import Format
from muniment.kernel.words.problems import UserError


class UnknownFormat(UserError):
    """No format of that name is here."""


@cache
def all_formats() -> tuple[Format, ...]:
    """Return every format by name; only their `door` modules are loaded, not their readers."""
    found: list[Format] = []
    for part in sorted(pkgutil.iter_modules(folder.__path__), key=lambda part: part.name):
        name = f"{folder.__name__}.{part.name}"
        if part.ispkg and name != __package__ and find_spec(f"{name}.door") is not None:
            format_ = import_module(f"{name}.door").FORMAT
            assert isinstance(format_, Format), name
            found.append(format_)
    return tuple(found)


def format_of(name: str) -> Format:
    """Return the format of that name.

    Raises:
        UnknownFormat: there is none.
    """
    wanted = name.strip().lower()
    for format_ in all_formats():
        if format_.name == wanted:
            return format_
    names = ", ".join(format_.name for format_ in all_formats())
    raise UnknownFormat(f"{name!r} is not a format.", f"Name one of: {names}.")
