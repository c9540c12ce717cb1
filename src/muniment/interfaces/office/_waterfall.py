"""The picture of a sum: one bar a reason, each beginning where the one before ended, drawn in rows of a table.

The numbers are of a drawing 1,000 wide, from left to right; the style sheet mirrors it on right-to-left pages. It holds
no text, so that nothing is lost by mirroring, and the table beside it says all that it shows.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from muniment.use.matching.rules.explanation import Step

_WIDTH = 1_000
_EDGE = 20


@dataclass(frozen=True, slots=True)
class Bar:
    """A step with where its bar lies: from `x`, `width` wide, ending at `end`; even odds are at `zero`."""

    step: Step
    x: int
    width: int
    end: int
    zero: int
    marks: tuple[int, ...]

    @property
    def right(self) -> int:
        """Return where the bar ends on the right."""
        return self.x + self.width


def bars_of(steps: Iterable[Step], scale: Sequence[int] = (), marks: Sequence[int] = ()) -> tuple[Bar, ...]:
    """Return the bars of a sum.

    Args:
        steps: the reasons in order.
        scale: weights that the drawing must also have room for, so that several drawings can be compared.
        marks: weights to draw a line at, such as thresholds.
    """
    known = tuple(steps)
    ends = [0, *scale, *marks, *(end for step in known for end in (step.from_weight, step.to_weight))]
    low, high = min(ends), max(ends)

    def place(weight: int) -> int:
        return _EDGE + (_WIDTH - 2 * _EDGE) * (weight - low) // max(high - low, 1)

    lines = tuple(place(mark) for mark in marks)
    return tuple(
        Bar(
            step,
            place(min(step.from_weight, step.to_weight)),
            max(abs(place(step.to_weight) - place(step.from_weight)), 3),
            place(step.to_weight),
            place(0),
            lines,
        )
        for step in known
    )
