"""Pairs, the lines in which a work is asked for, and what two works' numbers add."""

from hypothesis import given
from hypothesis import strategies as st

from muniment.rights.parties.rules.likeness import PartyTraits, chance_ppm
from muniment.rights.parties.rules.values import PartyKind
from muniment.rights.works.queries import WorkTraits
from muniment.use.duplicates.bulk import LARGEST_BLOCK, likely_parties
from muniment.use.duplicates.rules import (
    MOST_LINES,
    OTHER_ISWC,
    SAME_ISWC,
    VERSION,
    Finding,
    lines_of,
    logit_milli,
    met_by_iswc,
    ordered,
    with_numbers,
)


def test_a_work_is_asked_for_under_its_titles_and_performers_and_no_more_than_a_few_times() -> None:
    work = WorkTraits(7, ("River", "Ріка"), ("Band", "Other"), ("Asan", "Bek"))
    assert [(one.title, one.performer, one.writers) for one in lines_of(work)] == [
        ("River", "Band", "Asan / Bek"),
        ("Ріка", "Band", "Asan / Bek"),
        ("River", "Other", "Asan / Bek"),
    ]
    many = WorkTraits(7, tuple(f"t{place}" for place in range(90)), (), ())
    assert len(list(lines_of(many))) == MOST_LINES
    assert {one.performer for one in lines_of(many)} == {""}


@given(st.integers(-9_000, 9_000))
def test_chance_and_log_odds_are_each_others_other_side(weight: int) -> None:
    assert abs(logit_milli(chance_ppm(weight)) - weight) <= 40


def test_numbers_add_their_reasons() -> None:
    found = Finding(1, 2, 500_000, (("title equal", 0),))
    plain = WorkTraits(1, ("River",), (), ())
    assert with_numbers(found, plain, WorkTraits(2, ("River",), (), (), "T0345246801")) == found
    one = WorkTraits(1, ("River",), (), (), "T0345246801")
    same = with_numbers(found, one, WorkTraits(2, ("River",), (), (), "T0345246801"))
    assert (same.score_ppm > 990_000, same.reasons[-1]) == (True, SAME_ISWC)
    other = with_numbers(found, one, WorkTraits(2, ("River",), (), (), "T9000000018", 1))
    assert (other.score_ppm < 10_000, other.reasons[-2:]) == (True, (OTHER_ISWC, VERSION))


def test_works_of_one_iswc_meet_unless_the_matcher_found_them() -> None:
    known = {(1, 2): Finding(1, 2, 900_000, ())}
    assert [one.ids for one in met_by_iswc({"T1": [3, 1, 2]}, known)] == [(1, 3), (2, 3)]
    assert ordered(5, 3) == (3, 5)


def test_a_key_that_everybody_has_brings_nobody_together() -> None:
    crowd = [PartyTraits(number, PartyKind.WRITER, ("Kim Min",)) for number in range(1, LARGEST_BLOCK + 10)]
    assert likely_parties(crowd, 0) == {}
    pair = [PartyTraits(1, PartyKind.WRITER, ("Asan Aitmatov",)), PartyTraits(2, PartyKind.WRITER, ("Aitmatov Asan",))]
    assert list(likely_parties([*pair, PartyTraits(3, PartyKind.WRITER, ("Bek",))], 500_000)) == [(1, 2)]
    assert likely_parties(pair, 500_000, asked=frozenset({3})) == {}
    assert list(likely_parties(pair, 500_000, asked=frozenset({2}))) == [(1, 2)]
