"""The share question as a table of cases, and the laws that hold for any lines.

A case is a line of text: the lines of the work, the question, the answer. A line is
`party share territories [from..to] [known from..to] @submitter`; shares are per cent. Parties are A to H. An answer
names parties, `?` for the unclaimed rest and `!` for the disputed rest.
"""

import re
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from muniment.kernel.words.shares import PPM, Right, parse_percent
from muniment.kernel.words.territory import UnknownTerritory
from muniment.rights.works.rules import (
    InvalidShareLine,
    ShareClaim,
    ShareStatus,
    check_share_line,
    resolve_shares,
)

JUNE = date(2026, 6, 15)
NOW = datetime(2026, 9, 1, tzinfo=UTC)
EARLY = datetime(2020, 1, 1, tzinfo=UTC)
PARTIES = "ABCDEFGH"

_LINE = re.compile(
    r"(?P<party>[A-H]) (?P<share>[\d.]+)(?P<terms>(?: -?\d{1,4}\b(?!-))+)?"
    r"(?: v(?P<v_from>[\d-]*)\.\.(?P<v_to>[\d-]*))?(?: k(?P<k_from>[\dT:-]*)\.\.(?P<k_to>[\dT:-]*))?"
    r"(?: (?P<right>PR|MR|SR))? @(?P<claim>\w+)"
)


def read_line(text: str, line_id: int) -> ShareClaim:
    """Read one line of a case."""
    found = _LINE.fullmatch(text.strip())
    assert found is not None, text

    def day(name: str) -> date | None:
        return date.fromisoformat(found[name]) if found[name] else None

    def instant(name: str) -> datetime | None:
        return datetime.fromisoformat(found[name]).replace(tzinfo=UTC) if found[name] else None

    return ShareClaim(
        line_id,
        PARTIES.index(found["party"]) + 1,
        Right(found["right"] or "PR"),
        (found["terms"] or "2136").strip(),
        parse_percent(found["share"]),
        found["claim"],
        instant("k_from") or EARLY,
        instant("k_to"),
        day("v_from"),
        day("v_to"),
    )


def answer(lines: str, territory: int, on: date, known_at: datetime, right: Right) -> str:
    """Ask the question and write the answer as the cases do."""
    claims = [read_line(text, number) for number, text in enumerate(lines.split(";"), 1) if text.strip()]
    resolution = resolve_shares(claims, right=right, territory=territory, usage_on=on, known_at=known_at)
    assert sum(part.share_ppm for part in resolution.parts) == PPM
    signs = {ShareStatus.UNCLAIMED: "?", ShareStatus.DISPUTE: "!"}
    shown = []
    for part in resolution.parts:
        name = signs[part.status] if part.party_id is None else PARTIES[part.party_id - 1]
        whole, decimals = divmod(part.share_ppm, 10_000)
        shown.append(f"{name} {whole}.{decimals:04d}".rstrip("0").rstrip("."))
    return " ".join(shown)


ONE_SUBMITTER = [
    ("", "? 100"),
    ("A 100 @own", "A 100"),
    ("A 50 @own; B 50 @own", "A 50 B 50"),
    ("B 50 @own; A 50 @own", "A 50 B 50"),
    ("A 50 @own", "A 50 ? 50"),
    ("A 0 @own", "? 100"),
    ("A 0 @own; B 0 @own", "? 100"),
    ("A 0 @own; B 100 @own", "B 100"),
    ("A 0 @own; B 60 @own", "B 60 ? 40"),
    ("A 25 @own; A 25 @own; B 50 @own", "A 50 B 50"),  # as composer and as author
    ("A 25 @own; A 25 @own", "A 50 ? 50"),
    ("A 33.33 @own; B 33.33 @own; C 33.33 @own", "A 33.33 B 33.33 C 33.33 ? 0.01"),
    ("A 33.3333 @own; B 33.3333 @own; C 33.3333 @own", "A 33.3333 B 33.3333 C 33.3333 ? 0.0001"),
    ("A 33.33 @own; B 33.33 @own; C 33.34 @own", "A 33.33 B 33.33 C 33.34"),
    ("A 16.67 @own; B 16.67 @own; C 16.67 @own; D 16.67 @own; E 16.67 @own; F 16.65 @own",
     "A 16.67 B 16.67 C 16.67 D 16.67 E 16.67 F 16.65"),
    ("A 0.0001 @own", "A 0.0001 ? 99.9999"),
    ("A 99.9999 @own", "A 99.9999 ? 0.0001"),
]  # fmt: skip

OVER_CLAIM_OF_ONE = [
    ("A 50 @own; B 50.01 @own", "A 49.99 B 50 ! 0.01"),  # 100.01 %: a hundredth is in doubt, nothing else
    ("A 60 @own; B 60 @own", "A 40 B 40 ! 20"),
    ("A 100 @own; B 100 @own", "! 100"),
    ("A 100 @own; B 20 @own", "A 80 ! 20"),
    ("A 100 @own; B 0.0001 @own", "A 99.9999 ! 0.0001"),
    ("A 33.34 @own; B 33.34 @own; C 33.34 @own", "A 33.32 B 33.32 C 33.32 ! 0.04"),
    ("A 50 @own; B 50 @own; C 50 @own", "! 100"),
    ("A 50 @own; B 40 @own; C 30 @own", "A 30 B 20 C 10 ! 40"),
    ("A 90 @own; B 5 @own; C 10 @own", "A 85 C 5 ! 10"),
    ("A 60 @own; A 60 @own", "A 100"),  # the whole is A's whichever line is right
    ("A 100 @own; B 0 @own", "A 100"),
    ("A 80 @own; B 30 @own; C 0 @own", "A 70 B 20 ! 10"),
]

SUBMITTERS_WHO_AGREE = [
    ("A 50 @one; B 50 @two", "A 50 B 50"),  # each claims its own
    ("A 50 @one; B 30 @two", "A 50 B 30 ? 20"),
    ("A 50 @one; B 25 @two; C 25 @three", "A 50 B 25 C 25"),
    ("A 50 @one; B 50 @one; A 50 @two; B 50 @two", "A 50 B 50"),  # identical claims
    ("A 50 @one; A 50 @two; A 50 @three", "A 50 ? 50"),
    ("A 50 @one; B 50 @one; B 50 @two", "A 50 B 50"),
    ("A 50 @one; B 50 @one; C 0 @two", "A 50 B 50"),
    ("A 40 @one; A 50 @two; B 50 @two", "A 50 B 50"),  # one knows less than the other
    ("A 40 @one; A 50 @two", "A 50 ? 50"),
    ("A 40 @one; B 20 @one; B 30 @two; C 30 @two", "A 40 B 30 C 30"),
    ("A 33.33 @one; B 33.33 @two; C 33.33 @three", "A 33.33 B 33.33 C 33.33 ? 0.01"),
    ("A 0 @one; A 100 @two", "A 100"),
    ("A 25 @one; A 25 @one; A 50 @two; B 50 @two", "A 50 B 50"),
    ("A 12.5 @one; B 37.5 @one; C 50 @two", "A 12.5 B 37.5 C 50"),
]

SUBMITTERS_WHO_DO_NOT = [
    ("A 100 @one; B 100 @two", "! 100"),
    ("A 100 @one; A 50 @two; B 50 @two", "A 50 ! 50"),
    ("A 50 @one; B 50 @one; A 60 @two; B 40 @two", "A 50 B 40 ! 10"),
    ("A 60 @one; B 60 @two", "A 40 B 40 ! 20"),
    ("A 50 @one; B 60 @two", "A 40 B 50 ! 10"),
    ("A 50 @one; B 50 @one; C 10 @two", "A 40 B 40 ! 20"),
    ("A 50 @one; B 50 @one; C 50 @two; D 50 @two", "! 100"),
    ("A 50 @one; B 50 @one; A 50 @two; C 50 @two", "A 50 ! 50"),
    ("A 25 @one; B 75 @one; A 25 @two; C 75 @two", "A 25 ! 75"),
    ("A 50 @one; B 50 @one; A 50 @two; B 25 @two; C 25 @two", "A 50 B 25 ! 25"),
    ("A 100 @one; B 0.0001 @two", "A 99.9999 ! 0.0001"),
    ("A 100 @one; A 100 @two; B 100 @three", "! 100"),
    ("A 60 @one; B 40 @one; A 0 @two; C 100 @two", "! 100"),
    ("A 50 @one; B 40 @two; C 20 @three", "A 40 B 30 C 10 ! 20"),
    ("A 50 @one; B 50 @two; C 50 @three", "! 100"),
    ("A 40 @one; B 40 @two; C 40 @three", "A 20 B 20 C 20 ! 40"),
    ("A 50 @one; B 50.01 @two", "A 49.99 B 50 ! 0.01"),
    ("A 100 @one; A 30 @two; B 20 @two", "A 30 ! 70"),
    ("A 60 @one; B 60 @one; A 50 @two; B 50 @two", "A 40 B 40 ! 20"),  # one over-claims by itself as well
    ("A 50 @one; B 50 @one; C 50 @two", "! 100"),
    ("A 33.34 @one; B 33.33 @one; C 33.33 @one; C 33.34 @two", "A 33.33 B 33.32 C 33.33 ! 0.02"),
    ("A 70 @one; B 30 @one; A 30 @two; B 70 @two", "A 30 B 30 ! 40"),
    ("A 70 @one; B 30 @one; A 30 @two; B 70 @two; A 50 @three; B 50 @three", "A 30 B 30 ! 40"),
    ("A 20 @one; B 80 @one; B 90 @two", "A 10 B 80 ! 10"),
]

PLACES = [
    ("A 100 586 @own", 586, "A 100"),
    ("A 100 586 @own", 356, "? 100"),
    ("A 100 2136 @own", 586, "A 100"),
    ("A 100 2136 -840 @own", 840, "? 100"),
    ("A 100 2136 -840 @own", 124, "A 100"),
    ("A 100 2120 @own", 276, "A 100"),
    ("A 100 2120 @own", 586, "? 100"),
    ("A 100 2136 -2120 @own", 276, "? 100"),
    ("A 100 2136 -2120 276 @own", 276, "A 100"),  # the World without Europe, but with Germany
    ("A 100 2136 -2120 276 @own", 250, "? 100"),
    ("A 100 2136 -2120 276 @own", 586, "A 100"),
    ("A 100 2120 -276 -250 @own", 380, "A 100"),
    ("A 100 2120 -276 -250 @own", 250, "? 100"),
    ("A 100 2136 -2120 2120 @own", 276, "A 100"),  # taken out, put back
    ("A 100 -586 2136 @own", 586, "A 100"),  # the terms apply from left to right
    ("A 100 2136 -2136 @own", 586, "? 100"),
    ("A 100 586 356 @own", 356, "A 100"),
    ("A 50 2136 @own; B 50 2136 -586 @own; C 50 586 @own", 586, "A 50 C 50"),  # a sub-publisher in one territory
    ("A 50 2136 @own; B 50 2136 -586 @own; C 50 586 @own", 276, "A 50 B 50"),
    ("A 50 2136 @own; B 50 586 @own; C 50 276 @own", 586, "A 50 B 50"),
    ("A 50 2136 @own; B 50 586 @own; C 50 276 @own", 840, "A 50 ? 50"),
    ("A 100 586 @one; B 100 356 @two", 586, "A 100"),  # both hold the whole, each at home: no dispute
    ("A 100 2136 @one; B 100 356 @two", 356, "! 100"),
    ("A 100 2136 @one; B 100 356 @two", 586, "A 100"),
    ("A 100 2136 @own", 2120, "A 100"),  # used in all of Europe
    ("A 100 2136 -276 @own", 2120, "? 100"),  # a line must cover all of the place
    ("A 100 2136 @own", 2136, "A 100"),
    ("A 100 2136 -840 @own", 2136, "? 100"),
    ("A 100 398 @own; B 100 643 @own", 398, "A 100"),
]

DAYS = [
    ("A 100 v2026-06-15.. @own", "A 100"),  # the first day belongs to it
    ("A 100 v2026-06-16.. @own", "? 100"),
    ("A 100 v..2026-06-15 @own", "? 100"),  # the last day named does not
    ("A 100 v..2026-06-16 @own", "A 100"),
    ("A 100 v2026-06-15..2026-06-16 @own", "A 100"),
    ("A 100 v2025-01-01..2026-01-01 @own", "? 100"),
    ("A 100 v..2026-06-15 @own; B 100 v2026-06-15.. @own", "B 100"),  # handed over on the day
    ("A 100 v..2026-06-16 @own; B 100 v2026-06-16.. @own", "A 100"),
    ("A 50 @own; B 50 v2026-07-01.. @own", "A 50 ? 50"),
    ("A 100 v..2026-01-01 @one; B 100 v2026-01-01.. @two", "B 100"),
    ("A 100 v..2026-09-01 @one; B 100 v2026-01-01.. @two", "! 100"),  # they overlap on the day
    ("A 100 v2026-06-15.. @own; A 100 v..2026-06-15 @own", "A 100"),
]

KNOWLEDGE = [
    ("A 100 k2026-09-01T00:00.. @own", "A 100"),  # known from this instant
    ("A 100 k2026-09-01T00:01.. @own", "? 100"),
    ("A 100 k2020-01-01..2026-09-01T00:00 @own", "? 100"),  # superseded at this instant
    ("A 100 k2020-01-01..2026-09-01T00:01 @own", "A 100"),
    ("A 100 k2020-01-01..2026-08-01 @own; B 100 k2026-08-01.. @own", "B 100"),
    ("A 100 k2020-01-01..2026-10-01 @own; B 100 k2026-10-01.. @own", "A 100"),  # what comes later is not known
    ("A 50 @one; B 50 k2020-01-01..2026-08-01 @one; C 50 k2026-08-01.. @one", "A 50 C 50"),
    ("A 100 k2020-01-01..2026-08-01 @one; B 100 @two", "B 100"),  # the first withdrew: no dispute
    ("A 100 k2020-01-01..2020-01-01 @own", "? 100"),
    ("A 100 v2026-06-15.. k2026-09-01.. @own", "A 100"),
    ("A 100 v2026-06-16.. k2026-09-01.. @own", "? 100"),
]

RIGHTS = [
    ("A 100 MR @own", Right.PERFORMING, "? 100"),
    ("A 100 MR @own", Right.MECHANICAL, "A 100"),
    ("A 100 PR @own; B 100 MR @own", Right.PERFORMING, "A 100"),
    ("A 100 PR @own; B 100 MR @own", Right.MECHANICAL, "B 100"),
    ("A 100 PR @own; B 100 MR @own", Right.SYNCHRONISATION, "? 100"),
    ("A 50 PR @own; B 50 PR @own; B 100 MR @own; B 100 SR @own", Right.SYNCHRONISATION, "B 100"),
    ("A 100 PR @one; B 100 MR @two", Right.PERFORMING, "A 100"),
    ("A 60 MR @one; B 60 MR @two; A 50 PR @one; B 50 PR @two", Right.PERFORMING, "A 50 B 50"),
    ("A 60 MR @one; B 60 MR @two; A 50 PR @one; B 50 PR @two", Right.MECHANICAL, "A 40 B 40 ! 20"),
]


@pytest.mark.parametrize(("lines", "expected"), ONE_SUBMITTER + OVER_CLAIM_OF_ONE)
def test_claims_of_one_submitter(lines: str, expected: str) -> None:
    assert answer(lines, 586, JUNE, NOW, Right.PERFORMING) == expected


@pytest.mark.parametrize(("lines", "expected"), SUBMITTERS_WHO_AGREE + SUBMITTERS_WHO_DO_NOT)
def test_claims_of_several_submitters(lines: str, expected: str) -> None:
    assert answer(lines, 586, JUNE, NOW, Right.PERFORMING) == expected


@pytest.mark.parametrize(("lines", "territory", "expected"), PLACES)
def test_places(lines: str, territory: int, expected: str) -> None:
    assert answer(lines, territory, JUNE, NOW, Right.PERFORMING) == expected


@pytest.mark.parametrize(("lines", "expected"), DAYS)
def test_days(lines: str, expected: str) -> None:
    assert answer(lines, 586, JUNE, NOW, Right.PERFORMING) == expected


@pytest.mark.parametrize(("lines", "expected"), KNOWLEDGE)
def test_knowledge(lines: str, expected: str) -> None:
    assert answer(lines, 586, JUNE, NOW, Right.PERFORMING) == expected


@pytest.mark.parametrize(("lines", "right", "expected"), RIGHTS)
def test_rights(lines: str, right: Right, expected: str) -> None:
    assert answer(lines, 586, JUNE, NOW, right) == expected


@st.composite
def claims(draw: st.DrawFn) -> list[ShareClaim]:
    """Draw up to twelve lines of a few parties, submitters and places; shares are often round, sometimes odd."""
    share = st.one_of(st.sampled_from([0, 1, 333_333, 333_300, 500_000, 500_100, 1_000_000]), st.integers(0, PPM))
    drawn = draw(
        st.lists(
            st.tuples(
                st.integers(1, 5),
                share,
                st.sampled_from(["2136", "2136 -586", "586", "2120"]),
                st.sampled_from(["one", "two", "three"]),
            ),
            max_size=12,
        )
    )
    return [
        ShareClaim(number, party, Right.PERFORMING, territories, share_ppm, claim, EARLY)
        for number, (party, share_ppm, territories, claim) in enumerate(drawn, 1)
    ]


def ask(lines: list[ShareClaim], territory: int = 586) -> dict[int | None, int]:
    """Return party -> ppm, the held rest under None."""
    resolution = resolve_shares(lines, right=Right.PERFORMING, territory=territory, usage_on=JUNE, known_at=NOW)
    return {part.party_id: part.share_ppm for part in resolution.parts}


@given(claims(), st.sampled_from([586, 276, 2136]))
@settings(max_examples=300)
def test_parts_sum_to_the_whole_and_none_is_negative(lines: list[ShareClaim], territory: int) -> None:
    parts = ask(lines, territory)
    assert sum(parts.values()) == PPM
    assert min(parts.values()) > 0


@given(claims())
@settings(max_examples=200)
def test_nobody_gets_more_than_the_highest_claim_for_them(lines: list[ShareClaim]) -> None:
    for party, share_ppm in ask(lines).items():
        submitters = {line.claim for line in lines}
        sums = [
            sum(line.share_ppm for line in lines if (line.party_id, line.claim) == (party, claim))
            for claim in submitters
        ]
        assert party is None or share_ppm <= max(sums)


@given(claims(), st.randoms(use_true_random=False))
@settings(max_examples=200)
def test_the_order_of_lines_does_not_matter(lines: list[ShareClaim], random) -> None:  # type: ignore[no-untyped-def]
    shuffled = list(lines)
    random.shuffle(shuffled)
    assert ask(shuffled) == ask(lines)


@given(claims())
@settings(max_examples=100)
def test_a_claim_repeated_by_another_submitter_changes_nothing(lines: list[ShareClaim]) -> None:
    echo = [replace(line, line_id=line.line_id + 100, claim=f"echo of {line.claim}") for line in lines]
    assert ask(lines + echo) == ask(lines)


@given(claims())
@settings(max_examples=100)
def test_one_part_at_most_is_held(lines: list[ShareClaim]) -> None:
    resolution = resolve_shares(lines, right=Right.PERFORMING, territory=586, usage_on=JUNE, known_at=NOW)
    held = [part for part in resolution.parts if part.party_id is None]
    assert len(held) <= 1
    assert all(part.note for part in held)
    assert sum(part.share_ppm for part in resolution.parts) == PPM


def test_parts_name_the_lines_that_made_them() -> None:
    lines = [read_line(text, number) for number, text in enumerate(["A 50 @one", "A 10 @one", "B 60 @two"], 1)]
    resolution = resolve_shares(lines, right=Right.PERFORMING, territory=586, usage_on=JUNE, known_at=NOW)
    assert [(part.party_id, part.line_ids) for part in resolution.parts] == [(1, (1, 2)), (2, (3,)), (None, (1, 2, 3))]
    assert resolution.parts[-1].contesting == (1, 2)
    assert resolution.parts[-1].note == "claims of 120.00 % by one, two"
    assert resolution.disputed_ppm == 200_000


def test_a_place_that_does_not_exist_is_refused() -> None:
    with pytest.raises(UnknownTerritory, match="7777"):
        answer("A 100 @own", 7777, JUNE, NOW, Right.PERFORMING)


@pytest.mark.parametrize(
    ("share_ppm", "territories", "valid_from", "valid_to"),
    [
        (-1, "2136", None, None),
        (PPM + 1, "2136", None, None),
        (PPM, "2136", JUNE, JUNE),
        (PPM, "2136", JUNE, date(2026, 1, 1)),
    ],
)
def test_a_line_that_cannot_be_true_is_refused(
    share_ppm: int, territories: str, valid_from: date | None, valid_to: date | None
) -> None:
    with pytest.raises(InvalidShareLine):
        check_share_line(share_ppm, territories, valid_from, valid_to)


def test_the_table_has_a_hundred_cases() -> None:
    tables = [ONE_SUBMITTER, OVER_CLAIM_OF_ONE, SUBMITTERS_WHO_AGREE, SUBMITTERS_WHO_DO_NOT]
    assert sum(map(len, [*tables, PLACES, DAYS, KNOWLEDGE, RIGHTS])) >= 100
