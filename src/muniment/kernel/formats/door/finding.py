"""Which formats there are: every folder beside this one that has a module `door`.

A `door` module is loaded by its file, without the package around it: packages import their readers, and finding out
what there is must not wait for them. What a format needs it imports when it is called.
"""

import pkgutil
import sys
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

from muniment.kernel import formats as folder
from muniment.kernel.formats.door.describing import Format
from muniment.kernel.words.problems import UserError


class UnknownFormat(UserError):
    """No format of that name is here."""


@cache
def all_formats() -> tuple[Format, ...]:
    """Return every format by name; only their `door` modules are loaded, not their readers."""
    names = sorted(part.name for part in pkgutil.iter_modules(folder.__path__) if part.ispkg)
    files = {name: Path(place) / name / "door.py" for place in folder.__path__ for name in names}
    found: list[Format] = []
    for name, file in files.items():
        if file.is_file():
            format_ = _load(f"{folder.__name__}.{name}.door", file).FORMAT
            assert isinstance(format_, Format), name
            found.append(format_)
    return tuple(found)


def _load(name: str, file: Path) -> ModuleType:
    """Return the module, as an import would; the packages above it are imported by whoever needs them."""
    if name in sys.modules:
        return sys.modules[name]
    spec = spec_from_file_location(name, file)
    assert spec is not None, file
    assert spec.loader is not None, file
    module = module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


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
