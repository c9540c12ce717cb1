"""The share question for every day of use: asked once where nothing changes, right on the day where it does."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from muniment.kernel.words.period import Known, Period
from muniment.kernel.words.shares import PPM, Right
from muniment.kernel.words.territory import WORLDWIDE
from muniment.pay.distributions.rules.splits import (
    NO_MANDATE,
    PaidPart,
    PayeeAnswers,
    Use,
    answer_uses,
    paid_parts,
    splits_of,
)
from muniment.rights.parties.rules import (
    AffiliationFact,
    MandateFact,
    PartyFacts,
    PartyKind,
    SuccessionFact,
)
from muniment.rights.works.rules import ShareClaim

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 10, 5, tzinfo=UTC)
KNOWN = Known(LONG_AGO)
PR = Right.PERFORMING


def member(party_id, valid_from=None, valid_to=None, successions=()):
    mandate = MandateFact(PR, WORLDWIDE, "", Period(valid_from, valid_to), KNOWN)
    return PartyFacts(party_id, PartyKind.WRITER, (mandate,), (), tuple(successions))


def claim(line_id, party_id, share_ppm, valid_from=None, valid_to=None, role="CA", submitter="own"):
    return ShareClaim(
        line_id,
        party_id,
        PR,
        "2136",
        share_ppm,
        submitter,
        LONG_AGO,
        valid_from=valid_from,
        valid_to=valid_to,
        role=role,
    )


def use(*days):
    return Use(7, PR, 586, tuple(days))


def answer(claims, facts, *days):
    return list(splits_of(use(*days), claims, PayeeAnswers({party.party_id: party for party in facts}, NOW)))


JULY = date(2026, 7, 1)


def test_a_work_that_never_changes_is_asked_once():
    splits = answer([claim(1, 11, PPM)], [member(11)], JULY, date(2026, 9, 30))
    assert [(split.used_from, split.used_to) for split in splits] == [(JULY, date(2026, 10, 1))]
    assert splits[0].parts == (PaidPart(11, 11, PPM, "PAYABLE", "CA"),)


def test_a_share_that_is_sold_is_cut_at_its_day():
    day = date(2026, 8, 1)
    claims = [claim(1, 11, PPM, valid_to=day), claim(2, 12, PPM, valid_from=day)]
    splits = answer(claims, [member(11), member(12)], JULY, date(2026, 7, 31), day)
    assert [(split.used_to, split.parts[0].payee_id) for split in splits] == [(day, 11), (day + timedelta(days=1), 12)]


def test_a_stretch_without_use_has_no_answer():
    claims = [claim(1, 11, PPM, valid_to=date(2026, 8, 1)), claim(2, 11, PPM, valid_from=date(2026, 9, 1))]
    splits = answer(claims, [member(11)], JULY, date(2026, 9, 1))
    assert [split.used_from for split in splits] == [JULY, date(2026, 9, 1)]


def test_the_day_a_member_dies_the_heirs_are_paid():
    heirs = [
        SuccessionFact(member(21), 600_000, Period(date(2026, 8, 1)), KNOWN),
        SuccessionFact(member(22), 400_000, Period(date(2026, 8, 1)), KNOWN),
    ]
    splits = answer([claim(1, 11, PPM)], [member(11, successions=heirs)], JULY, date(2026, 8, 1))
    assert [[(part.party_id, part.payee_id, part.share_ppm) for part in split.parts] for split in splits] == [
        [(11, 11, PPM)],
        [(11, 21, 600_000), (11, 22, 400_000)],
    ]


def test_a_member_of_a_sister_society_is_paid_through_it():
    foreign = PartyFacts(11, PartyKind.WRITER, (), (AffiliationFact(90, None, Period(), KNOWN),))
    (split,) = answer([claim(1, 11, PPM)], [foreign], JULY)
    assert [(part.party_id, part.payee_id, part.status) for part in split.parts] == [(11, 90, "PAYABLE")]


def test_an_owner_without_mandate_is_held_and_named():
    (split,) = answer(
        [claim(1, 11, 600_000), claim(2, 12, 400_000)], [member(12), PartyFacts(11, PartyKind.WRITER)], JULY
    )
    assert split.parts == (
        PaidPart(12, 12, 400_000, "PAYABLE", "CA"),
        PaidPart(11, None, 600_000, "UNCLAIMED", "CA", NO_MANDATE),
    )


def test_a_mandate_for_one_class_pays_only_for_works_of_that_class():
    mandate = MandateFact(PR, WORLDWIDE, "POP", Period(), KNOWN)
    payees = PayeeAnswers({11: PartyFacts(11, PartyKind.WRITER, (mandate,))}, NOW)
    uses, claims = [use(JULY), Use(8, PR, 586, (JULY,))], {7: [claim(1, 11, PPM)], 8: [claim(2, 11, PPM)]}
    splits = list(answer_uses(uses, claims, payees, {7: "POP"}))
    assert [split.parts[0].status for split in splits] == ["PAYABLE", "UNCLAIMED"]


def test_a_work_without_claims_is_unclaimed_as_a_whole():
    (split,) = answer([], [], JULY)
    assert [(part.status, part.share_ppm) for part in split.parts] == [("UNCLAIMED", PPM)]


def test_only_the_contested_part_is_held():
    """Two publishers claim 80 % and 50 % of a work: each is sure of what the other leaves, the rest is in dispute."""
    claims = [claim(1, 11, 800_000, submitter="A"), claim(2, 12, 500_000, submitter="B")]
    (split,) = answer(claims, [member(11), member(12)], JULY)
    sure = {part.payee_id: part.share_ppm for part in split.parts if part.status == "PAYABLE"}
    assert sure == {11: 500_000, 12: 200_000}
    assert [(part.status, part.share_ppm) for part in split.parts[-1:]] == [("DISPUTE", 300_000)]


days_2026 = st.integers(0, 120).map(lambda offset: JULY + timedelta(days=offset))
periods = st.tuples(st.none() | days_2026, st.none() | days_2026).map(
    lambda pair: (min(pair), max(pair) + timedelta(days=1)) if None not in pair else pair
)


@given(
    st.lists(st.tuples(st.integers(11, 14), st.integers(0, PPM), periods, st.sampled_from("AB")), max_size=5),
    st.lists(periods, min_size=4, max_size=4),
    st.sets(days_2026, min_size=1, max_size=12),
)
@settings(max_examples=150, deadline=None)
def test_the_cut_answers_equal_asking_every_day(rows, mandates, days):
    claims = [
        claim(number, party_id, share_ppm, *period, submitter=submitter)
        for number, (party_id, share_ppm, period, submitter) in enumerate(rows)
    ]
    facts = {party_id: member(party_id, *mandates[party_id - 11]) for party_id in range(11, 15)}
    asked = use(*sorted(days))
    splits = list(splits_of(asked, claims, PayeeAnswers(facts, NOW)))
    for day in asked.days:
        (found,) = [split for split in splits if split.used_from <= day < split.used_to]
        assert found.parts == paid_parts(asked, claims, PayeeAnswers(facts, NOW), day)
        assert sum(part.share_ppm for part in found.parts) == PPM
