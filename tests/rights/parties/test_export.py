"""The register as a table: it can be imported again, and runs nothing in a spreadsheet."""

from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path

import pytest

from muniment.kernel.formats.tables import write_csv
from muniment.kernel.words.identifiers import make_iban, make_ipi_base, make_ipi_name, make_isni
from muniment.kernel.words.shares import Right
from muniment.rights.parties.queries import EXPORT_HEADERS, bank_proposals, export_rows
from muniment.rights.parties.rules import BankDraft, MandateDraft, MembershipDraft, NameDraft, NameKind, PartyKind
from muniment.rights.parties.services import (
    approve_bank_accounts,
    ensure_society,
    import_parties_table,
    name_successor,
    register_party,
    take_back_parties,
)
from tests.cast import CHEN, FARIDA

pytestmark = pytest.mark.django_db

AT = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


def fill_register() -> None:
    """Register one party of every sort of fact."""
    sister = ensure_society(actor=CHEN, at=AT, code="991", name="Invented Society")
    owner = register_party(
        actor=CHEN,
        at=AT,
        kind=PartyKind.COMPOSER,
        name="Aigul Serik",
        code="W-1",
        ipi_name=make_ipi_name(1),
        ipi_base=make_ipi_base(1),
        isni=make_isni(1),
        country="KZ",
        names=[NameDraft("Айгүл Серік"), NameDraft("The Owl", NameKind.PSEUDONYM)],
        membership=MembershipDraft("", date(2020, 1, 1)),
        mandates=[
            MandateDraft(Right.PERFORMING, "2136 -840", "", date(2020, 1, 1)),
            MandateDraft(Right.MECHANICAL, "2136 -840", "", date(2020, 1, 1)),
            MandateDraft(Right.SYNCHRONISATION, "398", "FILM", None, date(2030, 1, 1)),
        ],
        bank=BankDraft(make_iban("KZ", "125KZT5004100100"), "Aigul Serik"),
    )
    heir = register_party(actor=CHEN, at=AT, kind=PartyKind.PERSON, name="Young Heir", code="W-2", society_id=sister)
    name_successor(
        actor=CHEN, at=AT, predecessor_id=owner, successor_id=heir, share_ppm=333_333, valid_from=date(2026, 1, 1)
    )
    approve_bank_accounts(actor=FARIDA, at=AT, account_ids=[row.id for row in bank_proposals()])


def test_an_export_has_a_line_for_each_set_of_terms() -> None:
    fill_register()

    rows = [dict(zip(EXPORT_HEADERS, row, strict=True)) for row in export_rows()]

    assert [row["Name"] for row in rows] == ["Invented Society", "Aigul Serik", "Aigul Serik", "Young Heir"]
    assert [(row["Rights"], row["Territories"]) for row in rows[1:3]] == [("PR MR", "2136 -840"), ("SR", "398")]
    assert (rows[3]["Successor of"], rows[3]["Share of succession"], rows[3]["Society"]) == ("W-1", "33.3333", "991")


def test_an_export_can_be_imported_and_exported_to_the_same(tmp_path: Path) -> None:
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    fill_register()
    rows = list(export_rows())
    with first.open("wb") as stream:
        write_csv(EXPORT_HEADERS, rows, stream)
    _empty_register()

    report = import_parties_table(actor=CHEN, at=AT, path=first)
    approve_bank_accounts(actor=FARIDA, at=AT, account_ids=[row.id for row in bank_proposals()])

    assert {problem.rule for problem in report.problems} == {"parties.repeated"}
    with second.open("wb") as stream:
        write_csv(EXPORT_HEADERS, export_rows(), stream)
    assert second.read_text("utf-8-sig") == first.read_text("utf-8-sig")
    assert take_back_parties(actor=CHEN, intake_id=report.intake_id).party_count == 3


def _empty_register() -> None:
    from muniment.rights.parties import models

    for table in (
        models.BankAccount,
        models.Successor,
        models.Affiliation,
        models.Mandate,
        models.Membership,
        models.PartyName,
        models.PartyKey,
        models.Party,
    ):
        table.objects.all().delete()


def test_no_cell_of_an_export_is_a_formula() -> None:
    register_party(actor=CHEN, at=AT, kind=PartyKind.WRITER, name="=cmd('calc')", code="@1")
    stream = BytesIO()

    write_csv(EXPORT_HEADERS, export_rows(), stream)

    assert b"'@1,writer,'=cmd('calc')" in stream.getvalue()
