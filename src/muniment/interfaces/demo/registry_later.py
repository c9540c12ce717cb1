"""What becomes of registrations within the invented year: changes, transfers, renewals, ends, licences and pledges."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from muniment.interfaces.demo.registry_acts import Case, Verb
from muniment.interfaces.demo.registry_course import CHIEF, SIZE, Book, Course, Row
from muniment.interfaces.demo.registry_statements import cancelled, changed, renewed, transferred, until_of
from muniment.interfaces.demo.registry_words import Firm
from muniment.rights.registry.rules.application import Kind, Statement

LICENCES_MICRO = 1_050_000_000_000
"""About the sum of recorded licences that the platform stated at an early date (about 2023): 1.05 million yuan."""
PLEDGES_MICRO = 1_430_000_000_000_000
"""About the sum pledged that it stated then: 1.43 billion yuan. A smaller year has both sums in proportion."""
YUAN = 1_000_000
_BANKS = ("Heshuo Trade Bank (invented)", "Bank of Zhuquan (invented)", "Yanqiao Guarantee Fund (invented)")
_USES = ("Training of a model", "A service for farms", "A study", "Pricing of insurance")
_NEAR_END = 60
_STRANGER_OF = 6
_FATES, _SECOND = 10, 1
"""What becomes of ten pledges that stand first: two are amended, of which one is ended; one is followed by a second
pledge, steps behind it and is assigned; one more is assigned; and six stay as they are."""


@dataclass(frozen=True, slots=True)
class Lives:
    """Of a thousand registrations, to how many something happens later in the year."""

    renewed: int = 18
    changed: int = 38
    transferred: int = 24
    cancelled: int = 8
    revoked: int = 3
    pledges: int = 48
    licences: int = 96


def write_later(book: Book) -> None:
    """Write what happens later; to each registration one thing, but licences, of which one may have many.

    Those that were registered early in the year come first.
    """
    lives, end = Lives(), len(book.setting.days)
    short = [row for row in book.registered if _is_short(book, row[1])]
    for case, statement, _ in short[: book.of(lives.renewed)]:
        _renew(book, case, statement)
    book.expected.lapsed += len(short[book.of(lives.renewed) :])
    free = [row for row in book.registered if not _is_short(book, row[1])]
    book.chance.shuffle(free)
    rows = iter(sorted(free, key=lambda row: row[2] > end - _NEAR_END))
    counts = {Kind.CHANGE: lives.changed, Kind.TRANSFER: lives.transferred, Kind.CANCELLATION: lives.cancelled}
    for kind, per_thousand in counts.items():
        for _ in range(book.of(per_thousand)):
            _again(book, kind, next(rows))
    for _ in range(book.of(lives.revoked)):
        _revoke(book, next(rows))
    pledges = book.of(lives.pledges)
    _pledge(book, [next(rows) for _ in range(max(1, pledges * _FATES // (_FATES + 1)))], pledges)
    usable = [row for row in rows if row[2] < end - 8]
    _license(book, [book.chance.choice(usable) for _ in range(book.of(lives.licences))])


def _is_short(book: Book, statement: Statement) -> bool:
    until = until_of(statement)
    return until is not None and until <= book.setting.days[-1]


def _renew(book: Book, case: Case, statement: Statement) -> None:
    """Apply as soon as renewals are taken, so that it is decided before the term is over."""
    until = until_of(statement)
    assert until is not None, "only short terms are renewed"
    opens = until - timedelta(days=min(book.setting.profile.renewal_opens_days, 60) - 2)
    statement = renewed(book.chance, statement)
    book.expected.renewed += bool(_go(book, Kind.RENEWAL, case, statement, book.setting.place(opens)))


def _again(book: Book, kind: Kind, row: Row) -> None:
    case, statement, day = row
    after = day + book.chance.randint(1, max(2, min(60, len(book.setting.days) - day - _NEAR_END)))
    if kind is Kind.CHANGE:
        book.expected.changed += bool(_go(book, kind, case, changed(book.chance, statement), after))
    elif kind is Kind.TRANSFER:
        to = book.another(case.firm)
        course = _go(book, kind, case, transferred(statement, to), after)
        if course is not None:
            book.expected.transferred += 1
            _take_up(book, course, to)
    else:
        book.expected.cancelled += bool(_go(book, kind, case, cancelled(statement), after))


def _go(book: Book, kind: Kind, case: Case, statement: Statement, day: int) -> Course | None:
    """Apply for a later kind of registration about a case; return its course if it is done within the year."""
    course = book.begin(kind, case.firm, day, case.number)
    is_submitted = course.do(Verb.DRAFT, statement=statement) and course.do(Verb.SUBMIT)
    is_done = (
        is_submitted
        and course.do(Verb.TAKE, 1, who=course.registrar)
        and course.pass_all(patience=1)
        and (not course.procedure.publicity_days or course.do(Verb.PUBLISH, 1, who=course.registrar))
        and course.be_published()
    )
    book.acts += course.acts
    book.expected.applied += is_submitted
    book.expected.pending += is_submitted and not is_done
    return course if is_done else None


def _take_up(book: Book, course: Course, to: Firm) -> None:
    """Have the new holder take up a transferred registration with a code; of every sixth, somebody else tries first."""
    acts, expected = len(course.acts), book.expected
    if (expected.transferred - 1) % _STRANGER_OF == 0:
        expected.claims_refused += _claim(course, book.another(to), is_holder=False)
    expected.claims_granted += _claim(course, to, is_holder=True)
    book.acts += course.acts[acts:]


def _claim(course: Course, by: Firm, *, is_holder: bool) -> bool:
    """Have a code issued, a member ask with it, and another registrar decide; return whether the year lasts so long."""
    is_asked = course.do(Verb.CODE, course.between(0, 2), who=course.registrar) and course.do(
        Verb.CLAIM, course.between(1, 6), name=by.name.native, identifier=by.identifier
    )
    if is_holder:
        return is_asked and course.do(Verb.GRANT, course.between(0, 3), who=course.second)
    text = "The register names another holder; the code was sent to a wrong address."
    return is_asked and course.do(Verb.DENY, course.between(0, 3), who=course.second, text=text)


def _revoke(book: Book, row: Row) -> None:
    course = book.resume(*row)
    text = "It was obtained by a contract that a court found to be forged."
    book.expected.revoked += course.do(Verb.REVOKE, course.between(3, 20), who=CHIEF, text=text)
    book.acts += course.acts


def _pledge(book: Book, rows: Sequence[Row], count: int) -> None:
    """Pledge registrations to invented banks, `count` times; those that are left over are second pledges."""
    amounts = iter(_split(book, PLEDGES_MICRO, count, 10_000))
    for place, row in enumerate(rows):
        course, fate = book.resume(*row), place % _FATES
        bank = book.chance.choice(_BANKS)
        if _secure(book, course, bank, next(amounts)):
            others = [one for one in _BANKS if one != bank]
            if fate in (0, 4):
                _amend(book, course)
            if fate == _SECOND:
                _step_behind(book, course, others[0], next(amounts))
            if fate in (_SECOND, 7):
                facts = _bank(others[-1]) | {"text": f"Sale of the loan {row[0].number}"}
                book.expected.pledges_assigned += course.do(
                    Verb.ASSIGN, course.between(5, 30), who=course.registrar, **facts
                )
            if fate == 0:
                course.do(Verb.RELEASE, course.between(5, 30), who=course.registrar, text="The loan was paid back.")
        book.acts += course.acts


def _secure(book: Book, course: Course, bank: str, amount_micro: int) -> bool:
    """Pledge a registration to a bank; return whether it is done within the year."""
    is_made = course.do(
        Verb.PLEDGE,
        course.between(2, 20),
        who=course.registrar,
        text=f"Loan agreement {course.case.number}",
        amount_micro=amount_micro,
        until_on=book.setting.days[-1] + timedelta(days=book.chance.randrange(90, 900)),
        **_bank(bank),
    )
    book.expected.pledges += is_made
    book.expected.pledge_amount_micro += amount_micro * is_made
    return is_made


def _amend(book: Book, course: Course) -> None:
    """Raise or lower what a pledge secures by a fifth; nobody stands behind it."""
    amount_micro = course.acts[-1].amount_micro * book.chance.choice((4, 6)) // 5
    text = f"Supplement to loan agreement {course.case.number}"
    book.expected.pledges_amended += course.do(
        Verb.AMEND, course.between(5, 30), who=course.registrar, text=text, amount_micro=amount_micro
    )


def _step_behind(book: Book, course: Course, bank: str, amount_micro: int) -> None:
    """Pledge a registration a second time, to another bank, which the first bank lets go before it."""
    if _secure(book, course, bank, amount_micro):
        text = f"Agreement of the banks on their ranks, {course.case.number}"
        book.expected.pledges_subordinated += course.do(
            Verb.SUBORDINATE, course.between(1, 10), who=course.registrar, text=text
        )


def _bank(name: str) -> dict[str, str]:
    return {"name": name, "identifier": f"INVENTED-B{_BANKS.index(name) + 1:03d}"}


def _license(book: Book, rows: Sequence[Row]) -> None:
    for row, amount in zip(rows, _split(book, LICENCES_MICRO, len(rows), 10), strict=True):
        course = book.resume(*row)
        taker = book.another(row[0].firm)
        ends = book.setting.days[-1] + timedelta(days=book.chance.randrange(30, 400))
        is_made = course.do(
            Verb.LICENCE,
            course.between(1, 6),
            who=course.registrar,
            name=taker.name.native,
            identifier=taker.identifier,
            text=book.chance.choice(_USES),
            amount_micro=amount,
            until_on=min(ends, until_of(row[1]) or ends),
        )
        book.expected.licences += is_made
        book.expected.licence_amount_micro += amount * is_made
        book.acts += course.acts


def _split(book: Book, total_micro: int, count: int, step: int) -> list[int]:
    """Split a year's sum, in proportion to its size, into amounts of whole `step` yuan; the sum is near it."""
    weights = [book.chance.randint(1, 20) for _ in range(count)]
    share = total_micro * book.size // SIZE
    unit = step * YUAN
    return [max(unit, share * weight // sum(weights) // unit * unit) for weight in weights]
