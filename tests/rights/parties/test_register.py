"""Registering parties: what is stored, what is refused, and how they are found again."""

from datetime import UTC, datetime

import pytest

from muniment.kernel.words.identifiers import InvalidIdentifier, make_ipi_base, make_ipi_name, make_isni
from muniment.kernel.words.shares import Right
from muniment.rights.parties.queries import (
    find_parties,
    get_party,
    get_party_by_code,
    ids_by_code,
    ids_by_ipi_name,
    ids_by_name,
    names_of,
)
from muniment.rights.parties.rules import MandateDraft, MembershipDraft, NameDraft, NameKind, PartyDraft, PartyKind
from muniment.rights.parties.services import DuplicateParty, ensure_society, register_parties, register_party
from muniment.trust.access.queries import list_events
from muniment.trust.access.rules import NotAllowed
from tests.cast import AIGUL, CHEN, DEWI, ERLAN

pytestmark = pytest.mark.django_db

AT = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


def registered(name: str, **facts: object) -> int:
    """Register a writer as Chen does."""
    facts = {"kind": PartyKind.WRITER, **facts}
    return register_party(actor=CHEN, at=AT, name=name, **facts)  # type: ignore[arg-type]


def test_a_party_is_stored_with_its_names_numbers_and_facts() -> None:
    party_id = registered(
        "Ainur Bekova",
        code="M-00001",
        ipi_name=make_ipi_name(123456),
        ipi_base=make_ipi_base(7001),
        isni=make_isni(42),
        country="kz",
        names=[NameDraft("Айнұр Бекова", NameKind.ALIAS, "kk")],
        membership=MembershipDraft(),
        mandates=[MandateDraft(Right.PERFORMING)],
    )

    party = get_party(party_id)

    assert (party.code, party.name, party.kind, party.country) == ("M-00001", "Ainur Bekova", "writer", "KZ")
    assert party.ipi_name == make_ipi_name(123456)
    assert [(name.name, name.script, name.kind) for name in party.names] == [
        ("Ainur Bekova", "Latn", "main"),
        ("Айнұр Бекова", "Cyrl", "alias"),
    ]
    assert [row.member_number for row in party.memberships] == ["M-00001"]
    assert [(row.right, row.territories, row.known_from) for row in party.mandates] == [("PR", "2136", AT)]
    assert list_events(subject=("party", party_id)).rows[0].tag == "party.registered"


def test_a_party_without_a_code_gets_one() -> None:
    party_id = registered("Nobody Yet")

    assert get_party(party_id).code == f"P-{party_id:06d}"


@pytest.mark.parametrize(
    "typed",
    ["ainur", "BEKOVA ain", "бекова", "M-00001", "m00001", make_ipi_name(123456), make_ipi_name(123456).lstrip("0")],
)
def test_a_party_is_found_by_any_name_in_any_script_and_by_number(typed: str) -> None:
    party_id = registered(
        "Ainur Bekova", code="M-00001", ipi_name=make_ipi_name(123456), names=[NameDraft("Айнұр Бекова")]
    )
    registered("Someone Else")

    page = find_parties(typed)

    assert [hit.id for hit in page.rows] == [party_id]
    assert page.total == 1


@pytest.mark.parametrize("typed", ["王小芳", "小芳", "芳", "wang", "fang"])
def test_a_han_name_is_found_by_its_parts(typed: str) -> None:
    party_id = registered("王小芳")

    assert [hit.id for hit in find_parties(typed).rows] == [party_id]


@pytest.mark.parametrize("typed", ["bekov ainur x", "!!", "%", "_"])
def test_what_fits_nobody_finds_nobody(typed: str) -> None:
    registered("Ainur Bekova")

    assert find_parties(typed).rows == ()


def test_lists_are_cut_and_counted() -> None:
    for number in range(5):
        registered(f"Writer {number}")
    registered("A House", kind=PartyKind.PUBLISHER)

    page = find_parties("", kind="writer", limit=2, offset=2)

    assert [hit.name for hit in page.rows] == ["Writer 2", "Writer 3"]
    assert page.total == 5


def test_an_identifier_belongs_to_one_party() -> None:
    registered("First", ipi_name=make_ipi_name(1))

    with pytest.raises(DuplicateParty, match="belongs to First"):
        registered("Second", ipi_name=make_ipi_name(1))
    with pytest.raises(DuplicateParty, match="belongs to First"):
        registered("Third", names=[NameDraft("Pen Name", NameKind.PSEUDONYM, ipi_name=make_ipi_name(1))])
    assert find_parties("").total == 1


def test_a_pseudonym_with_its_own_number_leads_to_the_party() -> None:
    party_id = registered(
        "First",
        ipi_name=make_ipi_name(1),
        names=[NameDraft("Pen Name", NameKind.PSEUDONYM, ipi_name=make_ipi_name(2))],
    )

    assert ids_by_ipi_name([make_ipi_name(1), make_ipi_name(2), make_ipi_name(3)]) == {
        make_ipi_name(1): party_id,
        make_ipi_name(2): party_id,
    }


def test_a_wrong_check_digit_is_refused() -> None:
    wrong = f"{int(make_ipi_name(1)) + 1:011d}"

    with pytest.raises(InvalidIdentifier):
        registered("First", ipi_name=wrong)


def test_many_are_registered_at_once_or_none() -> None:
    drafts = [PartyDraft(PartyKind.WRITER, f"Writer {number}", code=f"W{number}") for number in range(300)]

    ids = register_parties(actor=CHEN, at=AT, drafts=drafts, intake_id=None)

    assert ids_by_code(["W0", "W299", "W300"]) == {"W0": ids[0], "W299": ids[299]}
    assert names_of(ids[:2]) == {ids[0]: "Writer 0", ids[1]: "Writer 1"}
    assert ids_by_name(["writer 7"]) == {"writer 7": (ids[7],)}
    with pytest.raises(DuplicateParty):
        register_parties(
            actor=CHEN,
            at=AT,
            drafts=[PartyDraft(PartyKind.WRITER, "New"), PartyDraft(PartyKind.WRITER, "Old", code="W0")],
            intake_id=None,
        )
    assert find_parties("new").total == 0


def test_a_society_is_made_once() -> None:
    first = ensure_society(actor=CHEN, at=AT, code="52", name="Invented Society")
    again = ensure_society(actor=CHEN, at=AT, code="052", name="Another Name")

    assert first == again
    assert get_party(first).society_code == "052"
    assert get_party_by_code(get_party(first).code).kind == "society"


@pytest.mark.parametrize("actor", [AIGUL, DEWI, ERLAN])
def test_who_may_not_write_writes_nothing(actor) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(NotAllowed):
        register_party(actor=actor, at=AT, kind="writer", name="Ainur Bekova")
    assert find_parties("").total == 0
