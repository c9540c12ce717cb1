"""Who is paid for an owner: the rule as a table, and that its parts are always the whole."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muniment.kernel.words.period import Known, Period
from muniment.kernel.words.shares import PPM, Right
from muniment.kernel.words.territory import Territories
from muniment.rights.parties.rules import (
    UNCLAIMED,
    AffiliationFact,
    MandateFact,
    PartyFacts,
    PartyKind,
    PayeePart,
    SuccessionFact,
    payee_for,
)

PK, US, WORLD = 586, 840, 2136
PR, MR = Right.PERFORMING, Right.MECHANICAL
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
IN_2026 = datetime(2026, 1, 1, tzinfo=UTC)
DAY = date(2025, 6, 15)
NOW = datetime(2026, 7, 1, tzinfo=UTC)


def mandate(
    right: Right = PR,
    where: str = "2136",
    valid: tuple[date | None, date | None] = (None, None),
    known: tuple[datetime, datetime | None] = (LONG_AGO, None),
    work_class: str = "",
) -> MandateFact:
    return MandateFact(right, Territories.parse(where), work_class, Period(*valid), Known(*known))


def society(
    society_id: int,
    right: Right | None = None,
    valid: tuple[date | None, date | None] = (None, None),
    known: tuple[datetime, datetime | None] = (LONG_AGO, None),
) -> AffiliationFact:
    return AffiliationFact(society_id, right, Period(*valid), Known(*known))


def heir(
    facts: PartyFacts,
    share_ppm: int = PPM,
    valid: tuple[date | None, date | None] = (None, None),
    known: tuple[datetime, datetime | None] = (LONG_AGO, None),
) -> SuccessionFact:
    return SuccessionFact(facts, share_ppm, Period(*valid), Known(*known))


def party(
    party_id: int,
    *facts: MandateFact | AffiliationFact | SuccessionFact,
    kind: PartyKind = PartyKind.WRITER,
) -> PartyFacts:
    return PartyFacts(
        party_id,
        kind,
        tuple(fact for fact in facts if isinstance(fact, MandateFact)),
        tuple(fact for fact in facts if isinstance(fact, AffiliationFact)),
        tuple(fact for fact in facts if isinstance(fact, SuccessionFact)),
    )


HALF, THIRD = 500_000, 333_333
CHILD, OTHER_CHILD = party(11), party(12)
GRANDCHILD = party(111)


@dataclass(frozen=True)
class Case:
    """One row of the table: what is so, what is asked, and who is paid (payee, ppm)."""

    title: str
    facts: PartyFacts
    paid: tuple[tuple[int | None, int], ...]
    right: Right = PR
    territory: int = PK
    on: date = DAY
    known_at: datetime = NOW
    work_class: str = ""


SELF, NOBODY = ((1, PPM),), ((None, PPM),)

CASES = (
    Case("a member with a mandate is paid", party(1, mandate()), SELF),
    Case("nothing is known", party(1), NOBODY),
    Case("the mandate is for another right", party(1, mandate(MR)), NOBODY),
    Case("the mandate of the right asked for", party(1, mandate(MR)), SELF, right=MR),
    Case("two mandates, one fits", party(1, mandate(MR), mandate(PR)), SELF),
    Case("the mandate is for another country", party(1, mandate(where="840")), NOBODY),
    Case("the country is excluded", party(1, mandate(where="2136 -586")), NOBODY),
    Case("another country is excluded", party(1, mandate(where="2136 -840")), SELF),
    Case("a group covers its country", party(1, mandate(where="2120")), SELF, territory=276),
    Case("a country does not cover the World", party(1, mandate(where="586")), NOBODY, territory=WORLD),
    Case("the World covers the World", party(1, mandate()), SELF, territory=WORLD),
    Case("the mandate ended before the use", party(1, mandate(valid=(None, date(2025, 6, 15)))), NOBODY),
    Case("the last day of the mandate counts", party(1, mandate(valid=(None, date(2025, 6, 16)))), SELF),
    Case("the first day of the mandate counts", party(1, mandate(valid=(DAY, None))), SELF),
    Case("the mandate begins after the use", party(1, mandate(valid=(date(2025, 6, 16), None))), NOBODY),
    Case("the mandate was not known yet", party(1, mandate(known=(IN_2026, None))), NOBODY, known_at=LONG_AGO),
    Case("the mandate is known by now", party(1, mandate(known=(IN_2026, None))), SELF, known_at=IN_2026),
    Case("the mandate was withdrawn as a mistake", party(1, mandate(known=(LONG_AGO, IN_2026))), NOBODY),
    Case(
        "before the withdrawal it was believed",
        party(1, mandate(known=(LONG_AGO, IN_2026))),
        SELF,
        known_at=datetime(2025, 12, 31, tzinfo=UTC),
    ),
    Case(
        "an end learnt later leaves the old answer alone",
        party(1, mandate(known=(LONG_AGO, IN_2026)), mandate(valid=(None, date(2025, 1, 1)), known=(IN_2026, None))),
        SELF,
        known_at=datetime(2025, 12, 31, tzinfo=UTC),
    ),
    Case(
        "the same, asked with today's knowledge",
        party(1, mandate(known=(LONG_AGO, IN_2026)), mandate(valid=(None, date(2025, 1, 1)), known=(IN_2026, None))),
        NOBODY,
    ),
    Case("a mandate for film music, and it is film", party(1, mandate(work_class="FILM")), SELF, work_class="FILM"),
    Case("a mandate for film music, and it is jazz", party(1, mandate(work_class="FILM")), NOBODY, work_class="JAZ"),
    Case("a mandate for film music, class unknown", party(1, mandate(work_class="FILM")), NOBODY),
    Case("a mandate for all classes covers film", party(1, mandate()), SELF, work_class="FILM"),
    Case("a non-member's society is paid", party(1, society(90)), ((90, PPM),)),
    Case("our mandate goes before the sister society", party(1, mandate(), society(90)), SELF),
    Case("the society for the right we lack", party(1, mandate(MR), society(90)), ((90, PPM),)),
    Case("the society is for another right only", party(1, society(90, MR)), NOBODY),
    Case("the society of the very right goes first", party(1, society(80), society(90, PR)), ((90, PPM),)),
    Case("of two societies for all rights the first", party(1, society(91), society(90)), ((90, PPM),)),
    Case("the society was left", party(1, society(90, valid=(None, date(2025, 1, 1)))), NOBODY),
    Case("the society was not known yet", party(1, society(90, known=(IN_2026, None))), NOBODY, known_at=LONG_AGO),
    Case("a society that owns a share is paid itself", party(90, kind=PartyKind.SOCIETY), ((90, PPM),)),
    Case("one heir takes all", party(1, mandate(), heir(CHILD)), ((11, PPM),)),
    Case(
        "two heirs halve it",
        party(1, mandate(), heir(CHILD, HALF), heir(OTHER_CHILD, HALF)),
        ((11, HALF), (12, HALF)),
    ),
    Case(
        "what no heir has is nobody's",
        party(1, mandate(), heir(CHILD, THIRD), heir(OTHER_CHILD, THIRD)),
        ((11, THIRD), (12, THIRD), (None, 333_334)),
    ),
    Case(
        "the grandchild follows the child",
        party(1, mandate(), heir(party(11, heir(GRANDCHILD)))),
        ((111, PPM),),
    ),
    Case(
        "generations with fractions",
        party(
            1, mandate(), heir(party(11, heir(GRANDCHILD, HALF), heir(party(112), HALF)), HALF), heir(OTHER_CHILD, HALF)
        ),
        ((12, HALF), (111, 250_000), (112, 250_000)),
    ),
    Case(
        "one person who inherits twice has one part",
        party(1, mandate(), heir(party(11, heir(GRANDCHILD)), HALF), heir(GRANDCHILD, HALF)),
        ((111, PPM),),
    ),
    Case(
        "fractions of fractions lose nothing",
        party(
            1,
            mandate(),
            heir(party(11, heir(GRANDCHILD, THIRD), heir(party(112), 666_667)), THIRD),
            heir(OTHER_CHILD, 666_667),
        ),
        ((12, 666_667), (111, 111_111), (112, 222_222)),
    ),
    Case(
        "a use before the succession is the predecessor's",
        party(1, mandate(), heir(CHILD, valid=(date(2025, 7, 1), None))),
        SELF,
    ),
    Case("the succession began that day", party(1, mandate(), heir(CHILD, valid=(DAY, None))), ((11, PPM),)),
    Case(
        "a succession learnt later leaves the old answer alone",
        party(1, mandate(), heir(CHILD, known=(IN_2026, None))),
        SELF,
        known_at=LONG_AGO,
    ),
    Case("heirs of somebody without a mandate", party(1, heir(CHILD)), NOBODY),
    Case("an heir's own mandate is enough", party(1, heir(party(11, mandate()))), ((11, PPM),)),
    Case(
        "one heir is a member, the other nobody's",
        party(1, heir(party(11, mandate()), HALF), heir(OTHER_CHILD, HALF)),
        ((11, HALF), (None, HALF)),
    ),
    Case("an heir is with a sister society", party(1, heir(party(11, society(90)))), ((90, PPM),)),
    Case("the predecessor was with a sister society", party(1, society(90), heir(CHILD)), ((90, PPM),)),
    Case(
        "the heir left for another society",
        party(1, society(90), heir(party(11, society(91)))),
        ((91, PPM),),
    ),
    Case(
        "the mandate of the first owner lasts through generations",
        party(1, mandate(), heir(party(11, heir(GRANDCHILD)))),
        ((111, PPM),),
    ),
    Case(
        "the second succession was not known yet",
        party(1, mandate(), heir(party(11, heir(GRANDCHILD, known=(IN_2026, None))))),
        ((11, PPM),),
        known_at=LONG_AGO,
    ),
    Case("the right went to a publisher", party(1, mandate(), heir(party(30, kind=PartyKind.PUBLISHER))), ((30, PPM),)),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
def test_who_is_paid(case: Case) -> None:
    parts = payee_for(case.facts, case.right, case.territory, case.on, case.known_at, case.work_class)

    assert tuple((part.payee_id, part.share_ppm) for part in parts) == case.paid


def test_what_nobody_gets_says_why() -> None:
    assert payee_for(party(1), PR, PK, DAY, NOW) == (PayeePart(None, PPM, UNCLAIMED),)


_generations = st.recursive(
    st.builds(lambda party_id: party(party_id), st.integers(2, 30)),
    lambda below: st.builds(
        lambda party_id, heirs: party(party_id, *(heir(facts, ppm) for facts, ppm in heirs)),
        st.integers(2, 30),
        st.lists(st.tuples(below, st.integers(1, 333_333)), min_size=1, max_size=3),
    ),
    max_leaves=12,
)


@given(_generations, st.booleans())
def test_the_parts_are_always_the_whole(below: PartyFacts, has_mandate: bool) -> None:
    facts = party(1, *([mandate()] if has_mandate else []), heir(below, 700_001))

    parts = payee_for(facts, PR, PK, DAY, NOW)

    assert sum(part.share_ppm for part in parts) == PPM
    assert len({part.payee_id for part in parts}) == len(parts)
    assert all((part.payee_id is None) == (part.reason == UNCLAIMED) for part in parts)
