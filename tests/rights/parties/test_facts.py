"""Facts that change after registration, and that what was known before can still be asked."""

from datetime import UTC, date, datetime

import pytest

from muniment.kernel.words.identifiers import make_ipi_name
from muniment.kernel.words.period import InvalidPeriod
from muniment.kernel.words.shares import PPM, Right
from muniment.rights.parties.queries import find_parties, get_party, ids_by_code, party_facts
from muniment.rights.parties.rules import NameDraft, NameKind, PartyKind, payee_for
from muniment.rights.parties.rules.drafts import InvalidParty
from muniment.rights.parties.services import (
    DuplicateParty,
    NoSuchFact,
    PartyEdit,
    add_name,
    affiliate,
    edit_party,
    end_affiliation,
    end_mandate,
    end_membership,
    ensure_society,
    give_mandate,
    join_member,
    name_successor,
    register_party,
    remove_name,
    withdraw_mandate,
    withdraw_successor,
)
from muniment.trust.access.queries import list_events
from muniment.trust.access.rules import NotAllowed
from tests.cast import CHEN, DEWI

pytestmark = pytest.mark.django_db

JANUARY, JUNE, JULY = (datetime(2026, month, 1, tzinfo=UTC) for month in (1, 6, 7))
DAY = date(2026, 3, 15)
PK = 586


def writer(name: str) -> int:
    return register_party(actor=CHEN, at=JANUARY, kind=PartyKind.WRITER, name=name)


def paid(party_id: int, on: date = DAY, known_at: datetime = JULY) -> list[tuple[int | None, int]]:
    facts = party_facts([party_id])[party_id]
    return [(part.payee_id, part.share_ppm) for part in payee_for(facts, Right.PERFORMING, PK, on, known_at)]


def test_a_mandate_that_ends_is_still_seen_with_the_knowledge_of_before() -> None:
    aigul = writer("Aigul Serik")
    mandate = give_mandate(actor=CHEN, at=JANUARY, party_id=aigul, right="PR", valid_from=date(2020, 1, 1))

    end_mandate(actor=CHEN, at=JUNE, mandate_id=mandate, valid_to=date(2026, 3, 1))

    assert paid(aigul) == [(None, PPM)]
    assert paid(aigul, known_at=datetime(2026, 5, 31, tzinfo=UTC)) == [(aigul, PPM)]
    assert paid(aigul, on=date(2026, 2, 28)) == [(aigul, PPM)]
    assert [row.known_to for row in get_party(aigul).mandates] == [JUNE, None]


def test_a_mandate_recorded_by_mistake_is_withdrawn_once() -> None:
    aigul = writer("Aigul Serik")
    mandate = give_mandate(actor=CHEN, at=JANUARY, party_id=aigul, right="PR")

    withdraw_mandate(actor=CHEN, at=JUNE, mandate_id=mandate)

    assert paid(aigul) == [(None, PPM)]
    with pytest.raises(NoSuchFact):
        withdraw_mandate(actor=CHEN, at=JULY, mandate_id=mandate)


def test_a_mandate_in_the_wrong_order_of_dates_is_refused() -> None:
    aigul = writer("Aigul Serik")

    with pytest.raises(InvalidPeriod):
        give_mandate(
            actor=CHEN, at=JANUARY, party_id=aigul, right="PR", valid_from=date(2026, 1, 1), valid_to=date(2025, 1, 1)
        )
    assert get_party(aigul).mandates == ()


def test_leaving_the_society_ends_the_mandates() -> None:
    aigul = writer("Aigul Serik")
    join_member(actor=CHEN, at=JANUARY, party_id=aigul, member_number="M-7", joined_on=date(2020, 1, 1))
    give_mandate(actor=CHEN, at=JANUARY, party_id=aigul, right="PR")
    assert ids_by_code(["M-7"]) == {"M-7": aigul}

    end_membership(actor=CHEN, at=JUNE, party_id=aigul, left_on=date(2026, 3, 1))

    assert paid(aigul) == [(None, PPM)]
    assert ids_by_code(["M-7"]) == {}
    with pytest.raises(NoSuchFact):
        end_membership(actor=CHEN, at=JULY, party_id=aigul, left_on=date(2026, 4, 1))


def test_a_member_number_is_used_once_at_a_time() -> None:
    aigul, bilal = writer("Aigul Serik"), writer("Bilal Ahmed")
    join_member(actor=CHEN, at=JANUARY, party_id=aigul, member_number="M-7")

    with pytest.raises(DuplicateParty):
        join_member(actor=CHEN, at=JANUARY, party_id=bilal, member_number="M-7")


def test_a_sister_society_is_paid_until_its_member_leaves() -> None:
    foreigner = writer("Somebody Abroad")
    sister = ensure_society(actor=CHEN, at=JANUARY, code="991", name="Invented Society")
    link = affiliate(actor=CHEN, at=JANUARY, party_id=foreigner, society_id=sister)

    assert paid(foreigner) == [(sister, PPM)]
    end_affiliation(actor=CHEN, at=JUNE, affiliation_id=link, valid_to=date(2026, 3, 1))
    assert paid(foreigner) == [(None, PPM)]
    assert paid(foreigner, on=date(2026, 2, 1)) == [(sister, PPM)]


def test_only_a_society_can_be_belonged_to() -> None:
    with pytest.raises(InvalidParty):
        affiliate(actor=CHEN, at=JANUARY, party_id=writer("One"), society_id=writer("Two"))


def test_successors_of_several_generations() -> None:
    owner, child, grandchild, friend = (writer(name) for name in ("Owner", "Child", "Grandchild", "Friend"))
    give_mandate(actor=CHEN, at=JANUARY, party_id=owner, right="PR")
    name_successor(actor=CHEN, at=JANUARY, predecessor_id=owner, successor_id=child, share_ppm=600_000)
    name_successor(actor=CHEN, at=JANUARY, predecessor_id=owner, successor_id=friend, share_ppm=400_000)
    name_successor(actor=CHEN, at=JUNE, predecessor_id=child, successor_id=grandchild)

    assert sorted(paid(owner)) == sorted([(grandchild, 600_000), (friend, 400_000)])
    assert sorted(paid(owner, known_at=JANUARY)) == sorted([(child, 600_000), (friend, 400_000)])


def test_successors_cannot_have_more_than_the_whole_on_any_day() -> None:
    owner, child, friend = writer("Owner"), writer("Child"), writer("Friend")
    until = date(2026, 1, 1)
    name_successor(actor=CHEN, at=JANUARY, predecessor_id=owner, successor_id=child, share_ppm=700_000, valid_to=until)

    with pytest.raises(InvalidParty, match=r"120\.00 %"):
        name_successor(actor=CHEN, at=JANUARY, predecessor_id=owner, successor_id=friend, share_ppm=500_000)
    name_successor(
        actor=CHEN, at=JANUARY, predecessor_id=owner, successor_id=friend, share_ppm=500_000, valid_from=until
    )
    assert len(get_party(owner).successors) == 2


def test_a_succession_does_not_run_in_a_circle() -> None:
    first, second, third = writer("First"), writer("Second"), writer("Third")
    name_successor(actor=CHEN, at=JANUARY, predecessor_id=first, successor_id=second)
    link = name_successor(actor=CHEN, at=JANUARY, predecessor_id=second, successor_id=third)

    with pytest.raises(InvalidParty, match="come back"):
        name_successor(actor=CHEN, at=JANUARY, predecessor_id=third, successor_id=first)
    withdraw_successor(actor=CHEN, at=JUNE, succession_id=link)
    name_successor(actor=CHEN, at=JUNE, predecessor_id=third, successor_id=first)
    assert [row.party_name for row in get_party(first).predecessors] == ["Third"]


def test_an_edit_keeps_the_former_name_findable_and_says_what_changed() -> None:
    aigul = writer("Aigul Serik")

    edit_party(
        actor=CHEN,
        at=JUNE,
        party_id=aigul,
        edit=PartyEdit(PartyKind.COMPOSER, "W-1", "Aigul Nurlan", ipi_name=make_ipi_name(5), country="KZ"),
    )

    party = get_party(aigul)
    assert (party.kind, party.code, party.name, party.country) == ("composer", "W-1", "Aigul Nurlan", "KZ")
    assert [(row.name, row.kind, row.ipi_name) for row in party.names] == [
        ("Aigul Nurlan", "main", make_ipi_name(5)),
        ("Aigul Serik", "alias", None),
    ]
    assert [hit.id for hit in find_parties("serik").rows] == [aigul]
    assert [hit.id for hit in find_parties("nurlan").rows] == [aigul]
    event = list_events(subject=("party", aigul)).rows[0]
    assert event.tag == "party.edited"
    assert '"name":"Aigul Serik"' in event.before


def test_an_edit_cannot_take_anothers_number() -> None:
    aigul, bilal = writer("Aigul Serik"), writer("Bilal Ahmed")
    code = get_party(bilal).code

    with pytest.raises(DuplicateParty, match="Bilal"):
        edit_party(actor=CHEN, at=JUNE, party_id=aigul, edit=PartyEdit(PartyKind.WRITER, code, "Aigul Serik"))


def test_names_come_and_go() -> None:
    aigul = writer("Aigul Serik")
    add_name(actor=CHEN, at=JUNE, party_id=aigul, draft=NameDraft("Айгүл Серік", NameKind.ALIAS, "kk"))
    with pytest.raises(DuplicateParty):
        add_name(actor=CHEN, at=JUNE, party_id=aigul, draft=NameDraft("Айгүл Серік"))
    assert [hit.id for hit in find_parties("айгүл").rows] == [aigul]

    added = get_party(aigul).names[1]
    assert (added.script, added.direction) == ("Cyrl", "ltr")
    remove_name(actor=CHEN, at=JULY, name_id=added.id)

    assert find_parties("айгүл").rows == ()


def test_an_auditor_changes_no_facts() -> None:
    aigul = writer("Aigul Serik")

    for write in (
        lambda: give_mandate(actor=DEWI, at=JUNE, party_id=aigul, right="PR"),
        lambda: join_member(actor=DEWI, at=JUNE, party_id=aigul),
        lambda: name_successor(actor=DEWI, at=JUNE, predecessor_id=aigul, successor_id=aigul),
        lambda: add_name(actor=DEWI, at=JUNE, party_id=aigul, draft=NameDraft("Another")),
    ):
        with pytest.raises(NotAllowed):
            write()
    assert get_party(aigul).mandates == ()
