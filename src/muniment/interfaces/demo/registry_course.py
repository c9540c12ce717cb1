"""The book of an invented registry year, and the course that one case takes through its working days."""

import random
from bisect import bisect_left
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from muniment.interfaces.demo.registry_acts import Act, Case, Expected, Verb
from muniment.interfaces.demo.registry_words import Firm, make_firm
from muniment.rights.registry.rules.application import Kind, Statement
from muniment.rights.registry.rules.profiles import Procedure, Profile

SIZE = 1_903
"""As many registrations as the platform stated of itself at an early date (about 2023)."""
REGISTRARS = ("gulnar", "hamid", "jamila", "karim")
CHIEF = "irina"
_OPENS = time(2, tzinfo=UTC)
"""Office hours fall on one day in UTC and in China."""

Row = tuple[Case, Statement, int]
"""A registration: its case, what was stated, and the place of the working day from which it is there."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What a year is invented in: the rules of a profile and the working days."""

    profile: Profile
    days: tuple[date, ...]

    def place(self, day: date) -> int:
        """Return the place of the first working day from a day on."""
        return bisect_left(self.days, day)


class Course:
    """A case on its way through the year: its acts so far and the working day it has come to."""

    def __init__(self, chance: random.Random, setting: Setting, case: Case, day: int) -> None:
        """Begin a case on the working day of a place."""
        self.chance, self.setting, self.case, self.day = chance, setting, case, day
        self.acts: list[Act] = []
        self.registrar = REGISTRARS[case.number % len(REGISTRARS)]
        self.second = REGISTRARS[(case.number + 1) % len(REGISTRARS)]

    @property
    def procedure(self) -> Procedure:
        """The periods of this kind of registration."""
        return self.setting.profile.procedures[self.case.kind]

    def do(self, verb: Verb, after: int = 0, **facts: object) -> bool:
        """Add an act so many working days later; return False, adding none, where the year is over by then."""
        self.day += after
        if self.day >= len(self.setting.days):
            return False
        day = self.setting.days[self.day]
        at = datetime.combine(day, _OPENS) + timedelta(minutes=self.chance.randrange(200))
        if self.acts and self.acts[-1].at.date() == day:
            at = self.acts[-1].at + timedelta(seconds=self.chance.randrange(40, 600))
        self.acts.append(replace(Act(at, verb, self.case.number), **facts))  # type: ignore[arg-type]
        return True

    def between(self, least: int, most: int) -> int:
        """Return a number of days out of a range, both ends counted."""
        return self.chance.randint(least, max(least, most))

    def pass_all(self, patience: int = 3) -> bool:
        """Pass every stage, each by another person than the one before; return False where the year ends meanwhile.

        What is not published is registered by the chief registrar at once.
        """
        for place in range(len(self.procedure.stages)):
            who = self.second if place % 2 else self.registrar
            if place and not self.do(Verb.TAKE, 1, who=who):
                return False
            if not self.do(Verb.CLEAR, self.between(0 if place else 1, patience), who=who):
                return False
        return bool(self.procedure.publicity_days) or self.do(Verb.REGISTER, who=CHIEF)

    def be_published(self) -> bool:
        """Wait until the publicity is over and closed by the clocks; return False where the year ends meanwhile."""
        if self.procedure.publicity_days:
            published = next(act for act in self.acts if act.verb is Verb.PUBLISH)
            over = self.setting.place(published.at.date()) + self.procedure.publicity_days + 2
            self.day = max(self.day + 1, over)
        return self.day < len(self.setting.days)


class Book:
    """Everything invented so far: firms, cases, acts, registrations, and what they come to."""

    def __init__(self, chance: random.Random, setting: Setting, size: int) -> None:
        """Begin a year in which `size` are registered, with a quarter as many firms."""
        self.chance, self.setting, self.size = chance, setting, size
        firms = [make_firm(chance, number) for number in range(1, max(12, size // 4))]
        self.firms = list({firm.name.native: firm for firm in firms}.values())
        self.cases: list[Case] = []
        self.acts: list[Act] = []
        self.expected = Expected()
        self.registered: list[Row] = []

    def of(self, per_thousand: int) -> int:
        """Return how many times a thing happens in this year: at least once."""
        return max(1, round(per_thousand * self.size / 1000))

    def begin(self, kind: Kind, firm: Firm, day: int, target: int = 0) -> Course:
        """Open the next case."""
        case = Case(len(self.cases) + 1, kind, firm, target)
        self.cases.append(case)
        return Course(self.chance, self.setting, case, day)

    def resume(self, case: Case, _: Statement, day: int) -> Course:
        """Return the course of a registration from the working day on which it is there."""
        return Course(self.chance, self.setting, case, day)

    def another(self, firm: Firm) -> Firm:
        """Return a firm that is not this one."""
        return self.chance.choice([one for one in self.firms if one != firm])
