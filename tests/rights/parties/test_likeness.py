"""When two records look like one party: names in any script, numbers, societies; and the keys under which they meet."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muniment.rights.parties.rules import likeness
from muniment.rights.parties.rules.likeness import PartyTraits, chance_ppm, compare, compare_names, meeting_keys
from muniment.rights.parties.rules.values import PartyKind

NAMES = ["John Lennon", "Lennon, John", "J. Lennon", "Асан Айтматов", "Asan Aitmatov", "محمد رفیع", "Björk", "王菲", ""]


def traits(number: int, *names: str, kind: PartyKind = PartyKind.WRITER, **facts: object) -> PartyTraits:
    return PartyTraits(number, kind, names, **facts)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("one", "other", "reason"),
    [
        ("John Lennon", "JOHN LENNON", likeness.NAME_EQUAL),
        ("Lennon, John", "John Lennon", likeness.NAME_ORDER),
        ("Асан Аматов", "Asan Amatov", likeness.NAME_ROMAN),
        ("J. Lennon", "Lennon John", likeness.NAME_INITIALS),
        ("J. Lennon", "Paul Lennon", likeness.NAME_OTHER),
        ("Lennon", "John Lennon", likeness.NAME_OTHER),
        ("Winston Leonard", "Winstone Leonard", likeness.NAME_95),
        ("Anna Berg", "Hanna Burg", likeness.NAME_OTHER),
        ("Paul Simon", "Carly Simon", likeness.NAME_OTHER),
    ],
)
def test_what_the_best_pair_of_names_is_worth(one: str, other: str, reason: likeness.Reason) -> None:
    assert compare_names([one], [other]) == reason
    assert compare_names([other], [one]) == reason
    assert compare_names(["Somebody Else", one], [other]) == reason


def test_numbers_decide_and_two_base_numbers_keep_apart() -> None:
    one = traits(1, "Asan Aitmatov", ipi_base="I0000000010")
    assert compare(one, traits(2, "A. Aitmatov", ipi_base="I0000000010"), bearers=2).score_ppm > 990_000
    assert compare(one, traits(2, "Asan Aitmatov", ipi_base="I0000000025"), bearers=2).score_ppm < 20_000
    assert compare(one, traits(2, "Asan Aitmatov"), bearers=2).score_ppm > 800_000
    assert compare(one, traits(2, "Asan Aitmatov"), bearers=30).score_ppm < 500_000
    firm = traits(2, "Asan Aitmatov", kind=PartyKind.PUBLISHER)
    assert compare(one, firm, bearers=2).score_ppm < 100_000


@given(st.sampled_from(NAMES), st.sampled_from(NAMES), st.integers(1, 20))
def test_reasons_sum_to_the_score_and_do_not_ask_who_is_first(one: str, other: str, bearers: int) -> None:
    left, right = traits(1, one, country="KZ"), traits(2, other, country="PK")
    found, back = compare(left, right, bearers=bearers), compare(right, left, bearers=bearers)
    assert found == back
    assert found.score_ppm == chance_ppm(sum(weight for _, weight in found.reasons))
    assert 0 < found.score_ppm < 1_000_000


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("John Lennon", "Lennon, John"),
        ("John Lennon", "J. Lennon"),
        ("Асан Аматов", "Asan Amatov"),
        ("Mohammed Rafi", "Muhammad Rafi"),
        ("Aliev Akmal", "Akmal Aliyev"),
        ("Aitmattov Asan", "Asan Aitmatov"),
    ],
)
def test_spellings_of_one_name_meet(one: str, other: str) -> None:
    assert meeting_keys(traits(1, one)) & meeting_keys(traits(2, other))


def test_other_names_do_not_meet_and_numbers_do() -> None:
    assert not meeting_keys(traits(1, "John Lennon")) & meeting_keys(traits(2, "Paul McCartney"))
    assert not meeting_keys(traits(1, "")) & meeting_keys(traits(2, "..."))
    same = {"isni": "0000000121032683"}
    assert meeting_keys(traits(1, "Björk", **same)) & meeting_keys(traits(2, "Guðmundsdóttir", **same))
