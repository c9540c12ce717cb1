"""Inventing a registry year: from a seed, working days and a profile's periods to acts in the order of time.

Nothing here touches the records. How many applications end how follows `Shares`; what the acts come to is counted
here as they are invented, so that the figures from the records can be held against it.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time

from muniment.interfaces.demo.registry_acts import Act, Verb, Year
from muniment.interfaces.demo.registry_course import CHIEF, SIZE, Book, Course, Setting
from muniment.interfaces.demo.registry_later import write_later
from muniment.interfaces.demo.registry_statements import first_statement, flawed, with_contract
from muniment.interfaces.demo.registry_words import FLAWS, POINTS, REFUSALS
from muniment.rights.registry.rules.application import Kind, Statement
from muniment.rights.registry.rules.profiles import Profile

_CLOCKS_AT, _SEQUENCED_AT = time(1, tzinfo=UTC), time(9, tzinfo=UTC)
_LONGEST = 75
"""Working days in which every application of this year is decided, whatever happens to it."""
_FEWEST_DAYS = 200


@dataclass(frozen=True, slots=True)
class Endings:
    """Of a thousand registrations, how many applications end otherwise or are objected to."""

    refused: int = 78
    upheld: int = 7
    rejected: int = 14
    withdrawn: int = 29
    late: int = 16
    pending: int = 24


def invent_year(
    *, profile: Profile, days: Sequence[date], registrations: int = SIZE, seed: int = 1, log_every: int = 1
) -> Year:
    """Return the year in which so many are registered for the first time; the same arguments give the same year.

    The log is sequenced at the end of every `log_every`-th working day, and of the last one.

    Raises:
        ValueError: the working days are fewer than 200 or of two years, or the registrations fewer than 20.
    """
    if len(days) < _FEWEST_DAYS or days[0].year != days[-1].year or registrations < 20:
        raise ValueError("a registry year has at least 200 working days, all of one year, and 20 registrations")
    chance = random.Random(seed)  # noqa: S311 - repeatable on purpose, and no secret hangs on it
    book = Book(chance, Setting(profile, tuple(days)), registrations)
    _write_first(book)
    write_later(book)
    daily = [Act(datetime.combine(day, _CLOCKS_AT), Verb.CLOCKS) for day in days]
    daily += [Act(datetime.combine(day, _SEQUENCED_AT), Verb.SEQUENCE) for day in days[::-log_every]]
    acts = sorted([*book.acts, *daily], key=lambda act: (act.at, act.case))
    return Year(days[0].year, tuple(days), tuple(book.cases), tuple(acts), book.expected)


def _write_first(book: Book) -> None:
    """Write the first applications: those that are registered, the last of them for a short term, and the others."""
    endings = Endings()
    short = book.of(18) + book.of(14)
    for place in range(book.size):
        _first(book, "rejected" if place < book.of(endings.rejected) else "", is_short=place >= book.size - short)
    for ending in ("refused", "upheld", "withdrawn", "late", "pending"):
        for _ in range(book.of(getattr(endings, ending))):
            _first(book, ending)


def _first(book: Book, ending: str, *, is_short: bool = False) -> None:
    """Invent a first application that ends so; an empty ending is a registration that nobody objects to."""
    chance, days = book.chance, book.setting.days
    day = chance.randrange(len(days) - (_LONGEST + 100 if is_short else _LONGEST))
    if ending == "pending":
        day = len(days) - chance.randint(2, 8)
    course = book.begin(Kind.FIRST, chance.choice(book.firms), day)
    statement = first_statement(chance, course.case.firm, course.case.number, days[day])
    flaw = chance.choice(FLAWS) if ending == "refused" else ""
    if is_short:
        end = min(len(days) - 12, day + _LONGEST + chance.randint(20, 60))
        statement = with_contract(chance, statement, days[end])
    elif flaw == "ended contract":
        statement = with_contract(chance, statement, days[day + 2])
    if _apply(book, course, statement):
        _examine(book, course, statement, ending, flaw)
    book.acts += course.acts


def _apply(book: Book, course: Course, statement: Statement) -> bool:
    """Deposit, draft and submit; half of the first submissions do not pass the pre-check."""
    wrong = flawed(book.chance, statement) if book.chance.random() < 0.5 else None
    course.do(Verb.DEPOSIT)
    course.do(Verb.DRAFT, statement=wrong or statement)
    if wrong is not None:
        book.expected.precheck_failed += course.do(Verb.TRY)
        if not course.do(Verb.REDRAFT, course.between(0, 1), statement=statement):
            return False
    is_submitted = course.do(Verb.SUBMIT)
    book.expected.applied += is_submitted
    return is_submitted


def _examine(book: Book, course: Course, statement: Statement, ending: str, flaw: str) -> None:
    """Have an application examined to the end it is to come to, or as far as the year reaches."""
    expected = book.expected
    if ending == "withdrawn":
        _withdraw(book, course)
    elif ending == "late":
        _be_late(book, course)
    elif not course.do(Verb.TAKE, course.between(1, 3), who=course.registrar):
        expected.pending += 1
    elif flaw:
        course.do(Verb.REFUSE, course.between(3, 5), who=course.registrar, text=REFUSALS[flaw])
        expected.refused += 1
    else:
        answered = _correct(book, course, statement)
        is_shown = answered is not None and course.pass_all() and course.do(Verb.PUBLISH, 1, who=course.registrar)
        if is_shown and ending in ("upheld", "rejected"):
            _dispute(book, course, is_upheld=ending == "upheld")
        if ending == "upheld":
            return
        if is_shown and answered is not None and course.be_published():
            expected.registered += 1
            book.registered.append((course.case, answered, course.day))
        else:
            expected.pending += 1


def _withdraw(book: Book, course: Course) -> None:
    if book.chance.random() < 0.5:
        course.do(Verb.TAKE, course.between(1, 3), who=course.registrar)
    course.do(Verb.WITHDRAW, course.between(1, 4), text="We shall apply again with more data.")
    book.expected.withdrawn += 1


def _be_late(book: Book, course: Course) -> None:
    """Be asked for a correction and never answer."""
    course.do(Verb.TAKE, course.between(1, 3), who=course.registrar)
    course.do(Verb.ASK, course.between(1, 2), who=course.registrar, points=(book.chance.choice(POINTS),))
    book.expected.corrections += 1
    book.expected.late += 1


def _correct(book: Book, course: Course, statement: Statement) -> Statement | None:
    """Ask two fifths for a correction, some of them twice; return what is stated then, None where the year is over."""
    rounds = (book.chance.random() < 0.4) + (book.chance.random() < 0.08)
    for number in range(1, min(rounds, course.procedure.correction_rounds) + 1):
        asked = tuple(book.chance.sample(POINTS, book.chance.randint(1, 3)))
        if not course.do(Verb.ASK, course.between(1, 3), who=course.registrar, points=asked):
            return None
        book.expected.corrections += 1
        said = {field: f"{getattr(statement, field)} More of it in annex {number}." for field, _ in asked}
        statement = replace(statement, **said)  # type: ignore[arg-type]
        patience = min(8, course.procedure.correction_days // 2)
        if not course.do(Verb.ANSWER, course.between(1, patience), statement=statement):
            return None
    return statement


def _dispute(book: Book, course: Course, *, is_upheld: bool) -> None:
    """Have somebody object within the period, and the chief registrar decide."""
    objector = book.another(course.case.firm)
    course.do(
        Verb.OBJECT,
        course.between(1, course.procedure.publicity_days - 1),
        name=objector.name.native,
        identifier=objector.identifier,
        text="The rows were collected by us, and handed over for one purpose alone.",
    )
    if book.chance.random() < 0.7:
        course.do(Verb.REPLY, course.between(1, 4), text="The contract allows what we did; we hand it in.")
    else:
        course.day += course.procedure.objection_reply_days
    verb = Verb.UPHOLD if is_upheld else Verb.REJECT
    course.do(verb, course.between(2, 6), who=CHIEF, text="The contract shows who collected the rows, and what for.")
    book.expected.objected += 1
    book.expected.objections_upheld += is_upheld
    book.expected.refused += is_upheld
