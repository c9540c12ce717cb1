"""What a check finds."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

SHOWN = 20
"""How many broken things of one check are named; the rest are counted."""


class State(StrEnum):
    """Whether something holds."""

    OK = "ok"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: the check's name, whether it holds, and what exactly."""

    name: str
    state: State
    detail: str


def gather(name: str, check: Callable[[Callable[[str], None]], str]) -> list[Finding]:
    """Make one check and return its findings; one that cannot be carried out is a broken thing itself."""
    broken: list[str] = []
    try:
        looked_at = check(broken.append)
    except (ValueError, KeyError, TypeError, ArithmeticError, OSError) as error:
        broken.append(f"the check could not go on: {type(error).__name__}: {error}")
        looked_at = ""
    if not broken:
        return [Finding(name, State.OK, looked_at)]
    rows = [Finding(name, State.BROKEN, detail) for detail in broken[:SHOWN]]
    if len(broken) > SHOWN:
        rows.append(Finding(name, State.BROKEN, f"… and {len(broken) - SHOWN} more"))
    return rows
