"""The pure rules beside the share question: claims from ownership, conflicts, conventions, chains from tables."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from muniment.kernel.formats.cwr import CwrPublisher, CwrTerm
from muniment.kernel.words.shares import PPM, Right
from muniment.kernel.words.territory import WORLD
from muniment.rights.works.rules import ContributorDraft, ShareClaim, ShareDraft, WorkDraft
from muniment.rights.works.rules.conflicts import ConflictKind, find_conflicts
from muniment.rights.works.rules.conventions import with_generated_shares
from muniment.rights.works.rules.cwr_works import draft_of
from muniment.rights.works.rules.drafts import claims_of
from muniment.rights.works.rules.rows import direction_of, language_tag
from muniment.rights.works.rules.work_table import UnknownRole, parse_role
from tests.rights.works.samples import sample_work

NOW = datetime(2026, 9, 1, tzinfo=UTC)
WRITER = ContributorDraft("Asan", "CA", pr_own_ppm=500_000)
OWNER = ContributorDraft("Indus", "E", chain=1, pr_own_ppm=500_000, mr_own_ppm=PPM)
SUB = ContributorDraft("Lahore", "SE", chain=1)


def line(party: int, share_ppm: int, claim: str, **more: object) -> ShareClaim:
    base = ShareClaim(party * 100 + len(claim), party, Right.PERFORMING, "2136", share_ppm, claim, NOW)
    return replace(base, **more)  # type: ignore[arg-type]


def test_an_owner_without_a_claim_collects_what_is_owned_in_the_world() -> None:
    claims = claims_of(WorkDraft("River", contributors=(WRITER, OWNER)))
    assert [(one.contributor, one.right.value, one.share_ppm, one.territories) for one in claims] == [
        (0, "PR", 500_000, "2136"),
        (1, "PR", 500_000, "2136"),
        (1, "MR", PPM, "2136"),
    ]


def test_a_chain_that_states_its_collection_states_all_of_it() -> None:
    stated = ShareDraft(2, Right.PERFORMING, 500_000, "586")
    claims = claims_of(WorkDraft("River", contributors=(WRITER, OWNER, SUB), shares=(stated,)))
    assert [one.contributor for one in claims] == [2, 0]


def test_collection_terms_override_earlier_ones() -> None:
    terms = (CwrTerm("I", WORLD, 500_000), CwrTerm("I", 840, 250_000), CwrTerm("E", 586))
    publisher = CwrPublisher(1, "E", True, "P1", "INDUS", terms=terms)
    draft, problems = draft_of(replace(sample_work(), publishers=(publisher,), writers=()), 1)
    assert [(share.share_ppm, share.territories) for share in draft.shares] == [
        (500_000, "2136 -840 -586"),
        (250_000, "840 -586"),
    ]
    assert problems == ()


def test_a_conflict_names_right_place_and_submitters() -> None:
    lines = [line(1, 600_000, "one"), line(2, 600_000, "two", territories="586 356")]
    [found] = find_conflicts(lines, known_at=NOW)
    assert (found.kind, found.territory, found.country_count) == (ConflictKind.DISPUTE, 356, 2)
    assert (found.claims, found.resolution.disputed_ppm) == (("one", "two"), 200_000)


@pytest.mark.parametrize(
    ("lines", "kinds"),
    [
        ([], []),
        ([line(1, PPM, "one")], []),
        ([line(1, 500_000, "one"), line(2, 500_000, "two")], []),
        ([line(1, 500_000, "one"), line(1, 500_000, "two")], []),
        ([line(1, 500_000, "one"), line(1, 400_000, "two")], [ConflictKind.DIFFER]),
        ([line(1, 600_000, "one"), line(2, 600_000, "one")], [ConflictKind.DISPUTE]),
        ([line(1, PPM, "one", territories="586"), line(2, PPM, "two", territories="356")], []),
        ([line(1, PPM, "one", valid_to=date(2026, 1, 1)), line(2, PPM, "two", valid_from=date(2026, 1, 1))], []),
        ([line(1, PPM, "one"), line(2, PPM, "two", valid_from=date(2030, 1, 1))], [ConflictKind.DISPUTE]),
        ([line(1, PPM, "one", known_to=NOW), line(2, PPM, "two")], []),
        ([line(1, PPM, "one"), line(2, PPM, "two", right=Right.MECHANICAL)], []),
    ],
)
def test_what_is_a_conflict(lines: list[ShareClaim], kinds: list[ConflictKind]) -> None:
    assert [found.kind for found in find_conflicts(lines, known_at=NOW)] == kinds


@given(st.integers(0, 7), st.integers(0, 7), st.integers(0, 10**6), st.integers(0, 100))
@settings(max_examples=100)
def test_generated_shares_sum_to_the_whole_and_repeat(writers: int, publishers: int, number: int, seed: int) -> None:
    people = [ContributorDraft(f"W{at}", "CA") for at in range(writers)]
    people += [ContributorDraft(f"P{at}", "E", chain=at + 1) for at in range(publishers)]
    shared = with_generated_shares(people, work_number=number, seed=seed)
    whole = PPM if people else 0
    assert sum(one.pr_own_ppm for one in shared) == sum(one.mr_own_ppm for one in shared) == whole
    assert shared == with_generated_shares(people, work_number=number, seed=seed)
    if writers and publishers:
        assert sum(one.pr_own_ppm for one in shared if one.is_publisher) == PPM // 2


@pytest.mark.parametrize(
    ("text", "role"),
    [("CA", "CA"), ("se", "SE"), ("Composer", "C"), ("Sub-Publisher", "SE"), ("composer / author", "CA")],
)
def test_roles_are_read(text: str, role: str) -> None:
    assert parse_role(text) == role


@pytest.mark.parametrize("text", ["", "singer", "X", "42"])
def test_other_words_are_no_roles(text: str) -> None:
    with pytest.raises(UnknownRole):
        parse_role(text)


def test_titles_know_their_direction_and_language() -> None:
    assert [direction_of(text) for text in ("River", "دریا", "שיר", "月亮")] == ["ltr", "rtl", "rtl", "ltr"]
    assert [language_tag(text) for text in ("EN", "ur", "zh-Hant", "Dutch", "")] == ["en", "ur", "zh-hant", "", ""]
