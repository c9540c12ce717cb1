"""Two clocks: when a fact holds in the world (valid, in days), and when we knew it (known, in instants).

Every interval is half open: it holds from its first day or instant up to, not including, its last.
"""

from dataclasses import dataclass
from datetime import date, datetime

from muniment.kernel.words.problems import UserError


class InvalidPeriod(UserError):
    """A period ends before it begins."""


@dataclass(frozen=True, slots=True)
class Period:
    """Days from `valid_from` up to, not including, `valid_to`; None is open on that side."""

    valid_from: date | None = None
    valid_to: date | None = None

    def __post_init__(self) -> None:
        if self.valid_from and self.valid_to and self.valid_to < self.valid_from:
            raise InvalidPeriod(
                f"The period ends on {self.valid_to}, before it begins on {self.valid_from}.",
                "Exchange the two dates.",
            )

    def contains(self, on: date) -> bool:
        """Say whether the day lies in the period."""
        return (self.valid_from is None or self.valid_from <= on) and (self.valid_to is None or on < self.valid_to)


@dataclass(frozen=True, slots=True)
class Known:
    """Instants from `known_from` up to, not including, `known_to`; None: not superseded yet."""

    known_from: datetime
    known_to: datetime | None = None

    def contains(self, at: datetime) -> bool:
        """Say whether we held the fact for true at the instant `at`."""
        return self.known_from <= at and (self.known_to is None or at < self.known_to)
