"""What changed from one policy to another: every key that was added, taken away or written otherwise."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from muniment.pay.distributions.rules.policies.policy import Policy

_NAMES = ("name", "account", "reason", "to", "title")


@dataclass(frozen=True, slots=True)
class Change:
    """One key and what it said before and says now; an empty text is a key that is not there."""

    key: str
    before: str
    after: str


def differences(before: Policy, after: Policy) -> list[Change]:
    """Return every key in which two policies differ, those of the first in its order, then the new ones.

    Tables of an array are told apart by their names, so that a rule that moved or got a neighbour is not a change.
    The order of deductions and formulas is compared by itself, because it decides money.
    """
    old, new = _flat(tomllib.loads(before.text)), _flat(tomllib.loads(after.text))
    keys = [*old, *(key for key in new if key not in old)]
    return [Change(key, old.get(key, ""), new.get(key, "")) for key in keys if old.get(key, "") != new.get(key, "")]


def _flat(values: Mapping[str, Any], path: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for key, value in values.items():
        here = f"{path}.{key}" if path else key
        if isinstance(value, dict):
            flat.update(_flat(value, here))
        elif isinstance(value, list) and value and all(isinstance(row, dict) for row in value):
            names = [_name(row, place) for place, row in enumerate(value, start=1)]
            if len(names) > 1:
                flat[f"{here} (order)"] = ", ".join(names)
            for name, row in zip(names, value, strict=True):
                flat.update(_flat(row, f"{here}[{name}]"))
        else:
            flat[here] = " ".join(str(value).split())
    return flat


def _name(row: Mapping[str, Any], place: int) -> str:
    """Return by what a table of an array is told apart: its name, or its place."""
    return next((str(row[key]) for key in _NAMES if key in row), str(place))
