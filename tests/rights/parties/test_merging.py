"""Two records of one party made one, and two again: who is paid follows, what money rests on does not move."""

from datetime import UTC, date, datetime
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muniment.kernel.words.identifiers import make_ipi_base, make_ipi_name, make_isni
from muniment.kernel.words.period import Known
from muniment.kernel.words.shares import Right
from muniment.rights.parties import queries, services
from muniment.rights.parties.rules.merges import Lead, Term, contradictions, stretches
from muniment.rights.parties.rules.payees import PayeePart, payee_for
from muniment.rights.parties.rules.values import MembershipDraft, NameDraft, NameKind, PartyKind
from muniment.rights.works import services as works
from muniment.rights.works.queries import repertoire, shares_of, works_of_party
from muniment.rights.works.rules.drafts import ContributorDraft, WorkDraft
from muniment.trust.access.queries import list_events
from muniment.trust.access.rules import NotAllowed, Role, operator
from muniment.trust.access.services import create_user
from muniment.trust.ledger.rules import EntryDraft, TransferDraft, fund, payable
from muniment.trust.ledger.services import post_entries
from tests.cast import AIGUL, CHEN, DEWI, FARIDA

AT, LATER, STILL_LATER, MUCH_LATER = (datetime(2026, 10, day, 9, 0, tzinfo=UTC) for day in (1, 2, 3, 4))
DAY = date(2026, 6, 15)
INSTANTS = [datetime(2026, 1, day, tzinfo=UTC) for day in range(1, 10)]


def party(name: str, kind: PartyKind = PartyKind.WRITER, **facts: Any) -> int:
    return services.register_party(actor=CHEN, at=AT, kind=kind, name=name, **facts)


def merge(keep: int, drop: int, at: datetime = LATER) -> queries.PartyMergeRow:
    return services.merge_parties(actor=CHEN, at=at, keep_id=keep, drop_id=drop)


def undo(merge_id: int, at: datetime = STILL_LATER) -> queries.PartyMergeRow:
    return services.undo_party_merge(actor=CHEN, at=at, merge_id=merge_id)


def payee(party_id: int, at: datetime, right: Right = Right.PERFORMING) -> tuple[PayeePart, ...]:
    return payee_for(queries.party_facts([party_id])[party_id], right, 586, DAY, at)


def state(party_id: int) -> tuple[object, ...]:
    """Return everything that a reader sees of a party, without the numbers of rows and the instants."""
    row = queries.get_party(party_id)
    return (
        row.code, row.name, row.ipi_name, row.ipi_base, row.isni, row.society_code, row.country,
        sorted((one.name, one.kind, one.ipi_name or "") for one in row.names),
        [(one.member_number, one.joined_on, one.left_on) for one in row.memberships],
        sorted((one.right, one.territories) for one in row.mandates if one.known_to is None),
        sorted((one.society_id, one.right or "") for one in row.affiliations if one.known_to is None),
        [(one.party_id, one.share_ppm) for one in row.predecessors if one.known_to is None],
        [hit.id for hit in queries.find_parties(row.name).rows],
        [hit.id for hit in queries.find_parties(row.code).rows],
    )  # fmt: skip


@given(st.data())
def test_stretches_leave_no_gap_and_no_overlap(data: st.DataObject) -> None:
    """Whoever stood for a party over a time, somebody did at every instant of it, and only one."""
    cuts = sorted(data.draw(st.lists(st.integers(0, 8), min_size=4, max_size=4, unique=True)))
    first, second = (INSTANTS[cuts[0]], INSTANTS[cuts[1]]), (INSTANTS[cuts[2]], INSTANTS[cuts[3]])
    chain = (Lead(3, Known(INSTANTS[data.draw(st.integers(0, 8))], None)),)
    leads = {1: tuple(Lead(2, Known(*one)) for one in (first, second)), 2: chain}
    start = data.draw(st.integers(0, 7))
    end = data.draw(st.one_of(st.none(), st.integers(start + 1, 8)))
    asked = Known(INSTANTS[start], None if end is None else INSTANTS[end])
    pieces = list(stretches(1, asked, leads))
    assert pieces[0][1] == asked.known_from
    assert pieces[-1][2] == asked.known_to
    assert all(one[2] == other[1] for one, other in pairwise(pieces))
    for at in INSTANTS[start:end]:
        led = any(lead.known.contains(at) for lead in leads[1])
        expected = 1 if not led else 3 if chain[0].known.contains(at) else 2
        assert [who for who, begun, over in pieces if Known(begun, over).contains(at)] == [expected]


def test_terms_contradict_only_where_they_meet() -> None:
    world, pakistan = Term("PR", "2136", "", None, None), Term("PR", "586", "", None, None)
    past = Term("PR", "586", "", None, date(2020, 1, 1))
    assert contradictions([world], [world]) == []
    assert contradictions([world], [pakistan]) == [(world, pakistan)]
    assert contradictions([Term("PR", "2136", "", date(2020, 1, 1), None)], [past]) == []
    assert contradictions([world], [Term("MR", "586", "", None, None)]) == []
    assert contradictions([world], [Term("", "@Society", "", None, None)]) != []


@pytest.mark.django_db
def test_a_merged_record_leads_to_the_kept_party_everywhere() -> None:
    number, base, isni = make_ipi_name(11), make_ipi_base(12), make_isni(13)
    keep = party("Абай Құнанбайұлы", code="M-1")
    drop = party("Abai Qunanbaiuly", code="X-9", ipi_name=number, ipi_base=base, isni=isni, country="KZ",
                 names=[NameDraft("Qunanbaev", NameKind.PSEUDONYM)])  # fmt: skip
    row = merge(keep, drop)
    assert (row.kept_code, row.dropped_code, row.merged_by) == ("M-1", "X-9", "chen")
    kept = queries.get_party(keep)
    assert (kept.ipi_name, kept.ipi_base, kept.isni, kept.country) == (None, base, isni, "KZ")
    named = {one.name: (one.kind, one.ipi_name) for one in kept.names}
    assert named["Qunanbaev"] == (NameKind.PSEUDONYM, None)
    assert named["Abai Qunanbaiuly"] == (NameKind.ALIAS, number), "a number belongs to a name"
    assert queries.current_party_ids([keep, drop, 99]) == {keep: keep, drop: keep, 99: 99}
    assert queries.current_party_ids([drop], AT) == {drop: drop}
    assert queries.records_behind(keep) == (drop,)
    assert queries.ids_by_code(["X-9"]) == {"X-9": keep}
    assert queries.ids_by_ipi_name([number]) == {number: keep}
    assert queries.party_meant("Abai Qunanbaiuly") == keep
    for text in ("Qunanbaiuly", "X-9", number, "Құнанбайұлы"):
        assert [hit.id for hit in queries.find_parties(text).rows] == [keep], text
    assert queries.find_parties("").total == 1
    assert [line[0] for line in queries.export_rows()] == ["M-1"]
    assert next(event.tag for event in list_events(subject=("party", drop)).rows) == "party.merged"


@pytest.mark.django_db
def test_a_number_goes_with_its_name_and_with_the_same_name_alone() -> None:
    number, other = make_ipi_name(11), make_ipi_name(12)
    keep, drop = party("John Lennon", code="M-1"), party("John LENNON", code="M-2", ipi_name=number)
    merge(keep, drop)
    row = queries.get_party(keep)
    assert (row.ipi_name, [one.ipi_name for one in row.names]) == (number, [number])
    third = party("John Lennon", code="M-3", ipi_name=other)
    merge(keep, third)
    assert sorted(one.ipi_name or "" for one in queries.get_party(keep).names) == sorted([number, other])
    assert queries.get_party(keep).ipi_name == number
    assert queries.ids_by_ipi_name([number, other]) == {number: keep, other: keep}


@pytest.mark.django_db
def test_who_is_paid_follows_the_merge_and_the_past_keeps_its_answer() -> None:
    society = party("Sister", PartyKind.SOCIETY, society_code="052")
    keep = party("Asan", code="M-1", membership=MembershipDraft())
    services.give_mandate(actor=CHEN, at=AT, party_id=keep, right=Right.PERFORMING)
    drop = party("Asan A.", code="X-1")
    assert payee(drop, AT)[0].payee_id is None
    merge_id = merge(keep, drop).id
    assert payee(drop, LATER) == payee(keep, LATER) == (PayeePart(keep, 1_000_000),)
    assert payee(drop, AT)[0].payee_id is None, "what was known before is still known to have been"
    undo(merge_id)
    assert payee(drop, STILL_LATER)[0].payee_id is None
    assert payee(drop, LATER) == (PayeePart(keep, 1_000_000),)
    abroad = party("Asan B.", code="X-2", society_id=society)
    alone = party("Asan C.", code="X-3")
    merge(alone, abroad, STILL_LATER)
    assert payee(alone, STILL_LATER) == (PayeePart(society, 1_000_000),)


@pytest.mark.django_db
def test_two_records_of_one_writer_are_one_claimant_of_a_work() -> None:
    keep, drop = party("Asan", code="M-1"), party("Asan A.", code="X-1")

    def state_share(claim: str, code: str) -> int:
        one = ContributorDraft(code, "CA", party_code=code, pr_own_ppm=600_000)
        draft = WorkDraft(title="River", code="W1", contributors=(one,))
        return works.register_works(actor=CHEN, at=AT, drafts=[draft], claim=claim, intake_id=None).work_ids[0]

    work_id = state_share("Aurora", "M-1")
    assert state_share("Borealis", "X-1") == work_id

    def answer(at: datetime) -> dict[str, int]:
        found = shares_of(work_id, right=Right.PERFORMING, territory=586, usage_on=DAY, known_at=at)
        return {str(part.party_id or part.status): part.share_ppm for part in found.parts}

    assert answer(AT)["DISPUTE"] > 0
    merge_id = merge(keep, drop).id
    assert answer(LATER) == {str(keep): 600_000, "UNCLAIMED": 400_000}
    assert works_of_party(keep).total == 1
    assert set(repertoire().names.column("name").to_pylist()) == {"M-1", "X-1", "Asan A."}
    undo(merge_id)
    assert answer(STILL_LATER) == answer(AT)
    assert answer(LATER) == {str(keep): 600_000, "UNCLAIMED": 400_000}


@pytest.mark.django_db
def test_an_undo_makes_both_records_what_they_were() -> None:
    society = party("Sister", PartyKind.SOCIETY, society_code="052")
    parent = party("Old Asan", code="M-0")
    keep = party("Asan", code="M-1", country="KZ", society_id=society)
    drop = party("Асан", code="M-2", ipi_name=make_ipi_name(11), ipi_base=make_ipi_base(12), society_id=society,
                 membership=MembershipDraft(), names=[NameDraft("Asan"), NameDraft("A. Asan")])  # fmt: skip
    services.name_successor(actor=CHEN, at=AT, predecessor_id=parent, successor_id=drop, share_ppm=500_000)
    before = [state(keep), state(drop)]
    row = merge(keep, drop)
    assert state(keep) != before[0]
    assert [one.party_id for one in queries.get_party(keep).predecessors] == [parent]
    assert queries.ids_by_code(["M-2"]) == {"M-2": keep}
    undone = undo(row.id)
    assert (undone.undone_at, undone.undone_by) == (STILL_LATER, "chen")
    assert [state(keep), state(drop)] == before
    assert queries.list_party_merges().total == 0
    merge(keep, drop, MUCH_LATER)
    assert queries.list_party_merges().total == 1


@pytest.mark.django_db
def test_what_keeps_two_records_apart_is_named() -> None:
    one, two, three = party("One", code="M-1"), party("Two", code="M-2"), party("Three", code="M-3")
    for actor in (DEWI, AIGUL, FARIDA):
        with pytest.raises(NotAllowed):
            services.merge_parties(actor=actor, at=LATER, keep_id=one, drop_id=two)
    with pytest.raises(services.CannotMergeParties, match="itself"):
        merge(one, one)
    with pytest.raises(queries.UnknownParty, match="999"):
        merge(one, 999)
    merge(one, two)
    for keep, drop in ((one, two), (two, one), (three, two), (two, three)):
        with pytest.raises(services.CannotMergeParties, match="already"):
            merge(keep, drop, STILL_LATER)
    merge(three, one, STILL_LATER)
    assert queries.current_party_ids([two]) == {two: three}
    with pytest.raises(services.CannotMergeParties, match="already"):
        merge(two, three, STILL_LATER)
    edit = services.PartyEdit(PartyKind.WRITER, "M-2", "Three")
    with pytest.raises(services.DuplicateParty, match="belongs to the record"):
        services.edit_party(actor=CHEN, at=STILL_LATER, party_id=three, edit=edit)


@pytest.mark.django_db
def test_money_logins_accounts_and_contradictions_forbid_a_merge() -> None:
    society = party("Sister", PartyKind.SOCIETY, society_code="052")
    keep, drop = party("Asan", code="M-1"), party("Asan A.", code="M-2")
    refused: list[str] = []

    def refuse(match: str, kept: int = keep, dropped: int = drop) -> None:
        with pytest.raises(services.CannotMergeParties, match=match):
            merge(kept, dropped)
        refused.append(match)

    refuse("one is a society", keep, society)
    account = services.propose_bank_account(
        actor=CHEN, at=AT, party_id=drop, iban="PK36SCBL0000001123456702", holder="Asan A."
    )
    refuse("waits for a decision")
    services.approve_bank_account(actor=FARIDA, at=AT, account_id=account)
    boss = operator("boss")
    user = create_user(
        actor=boss, at=AT, username="asan", name="Asan", role=Role.MEMBER, password="Long-enough-9", party_id=drop
    )
    refuse("the login asan stands for M-2")
    assert user is not None
    other = party("Asan C.", code="M-3")
    entry = EntryDraft(
        "one",
        "test",
        DAY,
        "PKR",
        (TransferDraft(fund("a"), payable(other), 5), TransferDraft(fund("a"), payable(keep), 5)),
    )
    post_entries(actor=CHEN, at=AT, drafts=[entry])
    refuse("both hold money", keep, other)
    fourth = party("Asan D.", code="M-4")
    refuse("M-3 holds money in the ledger", fourth, other)
    for member in (fourth, other):
        services.join_member(actor=CHEN, at=AT, party_id=member)
    refuse("both are members now", other, fourth)
    abroad = party("Asan E.", code="M-5", society_id=society)
    services.give_mandate(actor=CHEN, at=AT, party_id=keep, right=Right.PERFORMING)
    refuse(r"for performing, M-1 gave us a mandate .* and M-5 belongs to Sister", keep, abroad)
    heir = party("Heir", code="M-6")
    services.name_successor(actor=CHEN, at=AT, predecessor_id=abroad, successor_id=heir)
    refuse("has passed to successors", heir, abroad)
    refuse("M-6 is a successor of M-5", abroad, heir)
    assert len(refused) == 9
    assert queries.list_party_merges().total == 0


@pytest.mark.django_db
def test_an_undo_that_would_tear_later_facts_apart_says_which() -> None:
    one, two, three = party("One", code="M-1"), party("Two", code="M-2"), party("Three", code="M-3")
    services.give_mandate(actor=CHEN, at=AT, party_id=two, right=Right.PERFORMING)
    first = merge(one, two).id
    with pytest.raises(NotAllowed):
        services.undo_party_merge(actor=DEWI, at=STILL_LATER, merge_id=first)
    with pytest.raises(services.PartyMergeStands, match="No merge 999"):
        undo(999)
    second = merge(one, three, STILL_LATER).id
    with pytest.raises(services.PartyMergeStands, match="M-3 was merged into M-1 later"):
        undo(first)
    undo(second)
    [mandate] = [row for row in queries.get_party(one).mandates if row.known_to is None]
    services.end_mandate(actor=CHEN, at=MUCH_LATER, mandate_id=mandate.id, valid_to=date(2027, 1, 1))
    alias = next(row.id for row in queries.get_party(one).names if row.name == "Two")
    services.remove_name(actor=CHEN, at=MUCH_LATER, name_id=alias)
    with pytest.raises(services.PartyMergeStands, match=r"a mandate that went over was changed.*a name that went over"):
        undo(first, MUCH_LATER)
    third = merge(three, one, MUCH_LATER)
    with pytest.raises(services.PartyMergeStands, match="M-1 was itself merged into M-3"):
        undo(first, MUCH_LATER)
    assert third.kept_code == "M-3"
