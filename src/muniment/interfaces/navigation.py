"""The menu: each page module names its entries, and a person sees those that the role carries."""

from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType

from django.utils.functional import Promise

from muniment.trust.access.rules import Action, Actor, allows


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the menu: a translatable label, the name of an address, who sees it, and where it stands."""

    label: str | Promise
    url_name: str
    action: Action
    order: int


def modules_of(package: ModuleType) -> list[ModuleType]:
    """Return the modules in a package's folder, in the order of their names: adding a file adds its pages."""
    names = sorted(info.name for info in iter_modules(package.__path__) if not info.name.startswith("_"))
    return [import_module(f"{package.__name__}.{name}") for name in names]


@cache
def _all_entries() -> tuple[Entry, ...]:
    from muniment.interfaces import office, portal  # their pages import this module

    found = [
        entry for area in (office, portal) for module in modules_of(area) for entry in getattr(module, "NAVIGATION", [])
    ]
    return tuple(sorted(found, key=lambda entry: (entry.order, entry.url_name)))


def entries_for(actor: Actor | None) -> list[Entry]:
    """Return the menu of a person; nobody has none."""
    return [entry for entry in _all_entries() if actor is not None and allows(actor, entry.action)]
