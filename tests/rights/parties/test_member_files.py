"""Member files: what is read, what is refused and where, what is known already, and the way back."""

import csv
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import xlsxwriter

from muniment.kernel.formats.tables import ColumnMapping
from muniment.kernel.words.identifiers import make_iban, make_ipi_base, make_ipi_name, make_isni
from muniment.kernel.words.problems import BadFile, Problem
from muniment.rights.parties.queries import bank_proposals, find_parties, get_party, get_party_by_code, ids_by_code
from muniment.rights.parties.rules import MembershipDraft, NameDraft
from muniment.rights.parties.services import (
    INTAKE_KIND,
    IntakeReport,
    StillNeeded,
    approve_bank_account,
    give_mandate,
    import_parties_table,
    preview_parties_table,
    register_party,
    save_parties_mapping,
    undo_parties_intake,
)
from muniment.trust.access.models import User
from muniment.trust.access.rules import Actor, NotAllowed, Role
from muniment.trust.batches.queries import get_intake, list_intakes, list_problems, named_mapping
from muniment.trust.batches.services import DuplicateFile, UnknownIntake
from tests.cast import AIGUL, CHEN, DEWI, ERLAN, FARIDA

pytestmark = pytest.mark.django_db

AT = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
IBAN = make_iban("KZ", "125KZT5004100100")
HEADERS = ("Member number", "Kind", "Name", "Native name", "IPI name number", "Joined on", "Rights", "IBAN")
AIGUL_LINE = ("M-1", "writer", "Aigul Serik", "Айгүл Серік", make_ipi_name(1), "2020-01-01", "PR MR", IBAN)
BILAL_LINE = ("M-2", "publisher", "Bilal Music", "", make_ipi_name(2), "2021-01-01", "PR", "")


def table(folder: Path, *lines: tuple[str, ...], headers: tuple[str, ...] = HEADERS, name: str = "members.csv") -> Path:
    path = folder / name
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([headers, *lines])
    return path


def imported(path: Path, actor: Actor = CHEN, mapping: ColumnMapping | None = None) -> IntakeReport:
    return import_parties_table(actor=actor, at=AT, path=path, mapping=mapping)


def told(problems: tuple[Problem, ...]) -> list[tuple[int | None, str, str, str]]:
    return [(problem.line, problem.field, problem.rule, problem.level.value) for problem in problems]


def test_a_member_file_brings_parties_names_mandates_and_accounts(tmp_path: Path) -> None:
    report = imported(table(tmp_path, AIGUL_LINE, BILAL_LINE))

    assert (report.line_count, report.good_count, report.created_count, report.problems) == (2, 2, 2, ())
    aigul = get_party_by_code("M-1")
    assert [(name.name, name.script) for name in aigul.names] == [("Aigul Serik", "Latn"), ("Айгүл Серік", "Cyrl")]
    assert [(row.right, row.territories) for row in aigul.mandates] == [("PR", "2136"), ("MR", "2136")]
    assert aigul.memberships[0].joined_on == date(2020, 1, 1)
    assert [(row.iban, row.state, row.holder) for row in aigul.bank_accounts] == [(IBAN, "proposed", "Aigul Serik")]
    intake = get_intake(report.intake_id)
    assert intake is not None
    assert (intake.state, intake.good_count, intake.note) == ("imported", 2, report.summary)


def test_every_column_is_read(tmp_path: Path) -> None:
    headers = (
        "code", "kind", "name", "pseudonym", "ipi base", "isni", "country", "society", "rights", "territories",
        "mandate from", "mandate to", "successor of", "heir share", "successor since",
    )  # fmt: skip
    lines = (
        ("S-9", "society", "Invented Society", "", "", "", "DE", "991", "", "", "", "", "", "", ""),
        ("X-1", "composer", "Foreign One", "", "", "", "DE", "991", "", "", "", "", "", "", ""),
        ("X-2", "author", "Foreign Two", "", "", "", "", "Unheard Society", "", "", "", "", "", "", ""),
        ("O-1", "writer", "Old Master", "The Owl; Nightbird", make_ipi_base(3), make_isni(4), "PK", "",
         "performing", "PK, 2136 -US", "2001-01-01", "2030-01-01", "", "", ""),
        ("H-1", "heir", "Young Heir", "", "", "", "", "", "", "", "", "", "O-1", "33.33", "2020-05-01"),
    )  # fmt: skip

    report = imported(table(tmp_path, *lines, headers=headers))

    assert report.problems == ()
    assert report.created_count == 6
    assert get_party_by_code("S-9").society_code == "991"
    assert [row.society_name for row in get_party_by_code("X-1").affiliations] == ["Invented Society"]
    assert [row.society_name for row in get_party_by_code("X-2").affiliations] == ["Unheard Society"]
    master = get_party_by_code("O-1")
    assert [name.name for name in master.names] == ["Old Master", "The Owl", "Nightbird"]
    assert (master.ipi_base, master.isni, master.mandates[0].territories) == (
        make_ipi_base(3),
        make_isni(4),
        "586 2136 -840",
    )
    assert [(row.party_name, row.share_ppm, row.valid_from) for row in master.successors] == [
        ("Young Heir", 333_300, date(2020, 5, 1))
    ]


BAD_LINES = [
    ("wrong check digits", {4: "00000000001"}, "IPI name number", "parties.invalid_identifier"),
    ("letters for a number", {4: "A. Serik"}, "IPI name number", "parties.invalid_identifier"),
    ("unknown kind", {1: "dancer"}, "Kind", "parties.unknown_kind"),
    ("no name", {2: ""}, "Name", "table.missing_value"),
    ("a name without letters", {2: "—"}, "Name", "parties.invalid_party"),
    ("no such day", {5: "2026-02-30"}, "Joined on", "table.bad_value"),
    ("a day that can be two", {5: "03/04/2026"}, "Joined on", "table.bad_value"),
    ("unknown right", {6: "PR XR"}, "Rights", "parties.invalid_party"),
    ("a wrong IBAN", {7: IBAN[:-1] + ("1" if IBAN[-1] != "1" else "2")}, "IBAN", "parties.invalid_identifier"),
]


@pytest.mark.parametrize(("change", "field", "rule"), [case[1:] for case in BAD_LINES], ids=[c[0] for c in BAD_LINES])
def test_a_bad_line_is_reported_and_the_good_ones_are_kept(
    tmp_path: Path, change: dict[int, str], field: str, rule: str
) -> None:
    bad = tuple(change.get(place, cell) for place, cell in enumerate(AIGUL_LINE))

    report = imported(table(tmp_path, bad, BILAL_LINE))

    assert (report.line_count, report.good_count, report.bad_count) == (2, 1, 1)
    assert told(report.problems) == [(2, field, rule, "error")]
    assert report.problems[0].remedy
    assert [hit.code for hit in find_parties("").rows] == ["M-2"]
    assert told(list_problems(report.intake_id)) == told(report.problems)


def test_dates_in_the_wrong_order_lose_the_line(tmp_path: Path) -> None:
    headers = ("name", "kind", "rights", "mandate from", "mandate to", "joined on", "left on")
    lines = (
        ("Aigul Serik", "writer", "PR", "2026-01-01", "2025-01-01", "", ""),
        ("Bilal Ahmed", "writer", "", "", "", "2026-01-01", "2025-01-01"),
    )

    report = imported(table(tmp_path, *lines, headers=headers))

    assert told(report.problems) == [
        (2, "mandate to", "parties.invalid_period", "error"),
        (3, "left on", "parties.invalid_period", "error"),
    ]
    assert report.state == "refused"
    assert find_parties("").total == 0


def test_a_territory_that_does_not_exist_loses_the_line(tmp_path: Path) -> None:
    headers = ("name", "kind", "rights", "territories")
    lines = (("A B", "writer", "PR", "Atlantis"), ("C D", "writer", "PR", "9"), ("E F", "writer", "PR", "-586"))

    report = imported(table(tmp_path, *lines, headers=headers))

    assert [problem.field for problem in report.problems] == ["territories"] * 3
    assert report.good_count == 0


@pytest.mark.parametrize("content", [b"", b"   \n", b"\x00\x01\x02\xff" * 50, b"Name,Kind\r\n\xff\xfe\xfa,writer\r\n"])
def test_a_file_that_is_no_table_is_refused_whole(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "members.csv"
    path.write_bytes(content)

    with pytest.raises(BadFile) as refusal:
        imported(path)

    assert refusal.value.remedy
    assert list_intakes().total == 0


def test_a_file_without_lines_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="no lines"):
        imported(table(tmp_path))


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    path = table(tmp_path, ("M-1", "Aigul"), headers=("Member number", "Name"))

    with pytest.raises(BadFile, match="kind"):
        imported(path)

    assert list_intakes().total == 0


def test_a_row_with_too_many_cells_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "members.csv"
    path.write_text("name,kind\nSerik, Aigul,writer\nBilal Ahmed,writer\n", encoding="utf-8")

    report = imported(path)

    assert (report.good_count, report.bad_count) == (1, 1)
    assert report.problems[0].line == 2


def test_a_workbook_with_formulas(tmp_path: Path) -> None:
    path = tmp_path / "members.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["Name", "Kind", "Member number"])
        sheet.write_row(1, 0, ["Aigul Serik", "writer", "M-1"])
        sheet.write_row(2, 0, ["Bilal Ahmed", "writer"])
        sheet.write_formula(2, 2, '="M-"&2', None, "M-2")
        sheet.write_string(3, 0, "Chen Li")
        sheet.write_string(3, 1, "writer")
        sheet.write_formula(3, 2, "=WEBSERVICE(A1)", None, "#VALUE!")

    report = imported(path)

    assert report.line_count == 3
    assert ids_by_code(["M-1"])
    assert "Chen Li" not in {hit.name for hit in find_parties("").rows}
    assert 4 in {problem.line for problem in report.problems if problem.level == "error"}


def test_the_same_file_twice_is_refused_with_a_pointer_to_the_first(tmp_path: Path) -> None:
    path = table(tmp_path, AIGUL_LINE)
    first = imported(path)

    with pytest.raises(DuplicateFile, match=f"intake {first.intake_id}"):
        imported(path)

    assert find_parties("").total == 1


def test_a_line_said_twice_is_one_party(tmp_path: Path) -> None:
    again = ("M-1", "writer", "Aigul Serik", "آیگول", make_ipi_name(1), "", "SR", "")

    report = imported(table(tmp_path, AIGUL_LINE, again))

    assert (report.good_count, report.created_count) == (2, 1)
    assert told(report.problems) == [(3, "Name", "parties.repeated", "warning")]
    aigul = get_party_by_code("M-1")
    assert [name.name for name in aigul.names] == ["Aigul Serik", "Айгүл Серік", "آیگول"]
    assert [row.right for row in aigul.mandates] == ["PR", "MR", "SR"]


def test_numbers_of_two_parties_in_one_line_lose_it(tmp_path: Path) -> None:
    mixed = ("M-2", "writer", "Somebody", "", make_ipi_name(1), "", "", "")

    report = imported(table(tmp_path, AIGUL_LINE, BILAL_LINE, mixed))

    assert told(report.problems) == [(4, "Name", "parties.two_parties", "error")]


def test_a_code_of_somebody_else_loses_the_line(tmp_path: Path) -> None:
    other = ("M-1", "writer", "Somebody Else", "", make_ipi_name(9), "", "", "")

    report = imported(table(tmp_path, AIGUL_LINE, other))

    assert told(report.problems) == [(3, "Member number", "parties.code_of_another", "error")]


def test_a_known_party_gets_what_is_new_and_keeps_what_differs(tmp_path: Path) -> None:
    known = register_party(
        actor=CHEN, at=AT, kind="writer", name="Aigul Serikova", ipi_name=make_ipi_name(1), names=[NameDraft("A. S.")]
    )

    report = imported(table(tmp_path, AIGUL_LINE))

    assert (report.created_count, report.linked_count, report.fact_count) == (0, 1, 5)
    assert told(report.problems) == [(2, "Name", "parties.differs", "warning")]
    party = get_party(known)
    assert party.name == "Aigul Serikova"
    assert [name.name for name in party.names] == ["Aigul Serikova", "A. S.", "Айгүл Серік"]
    assert party.memberships[0].member_number == "M-1"
    assert [hit.id for hit in find_parties("айгүл").rows] == [known]


def test_a_file_changes_no_end_of_a_mandate_and_no_open_proposal(tmp_path: Path) -> None:
    headers = ("code", "kind", "name", "rights", "mandate from", "mandate to", "iban")
    imported(table(tmp_path, ("M-1", "writer", "Aigul Serik", "PR", "2020-01-01", "", IBAN), headers=headers))
    other = make_iban("KZ", "125KZT5004100999")

    report = imported(
        table(tmp_path, ("M-1", "writer", "Aigul Serik", "PR", "2020-01-01", "2025-01-01", other), headers=headers)
    )

    assert told(report.problems) == [
        (2, "iban", "parties.differs", "warning"),
        (2, "mandate to", "parties.differs", "warning"),
    ]
    assert [row.valid_to for row in get_party_by_code("M-1").mandates] == [None]
    assert [row.iban for row in bank_proposals()] == [IBAN]


def test_a_successor_that_cannot_be_is_a_warning(tmp_path: Path) -> None:
    headers = ("code", "kind", "name", "successor of")
    lines = (("M-1", "writer", "Aigul Serik", "M-1"), ("M-2", "writer", "Bilal Ahmed", "Nobody"))

    report = imported(table(tmp_path, *lines, headers=headers))

    assert report.good_count == 2
    assert told(report.problems) == [
        (2, "successor of", "parties.succession", "warning"),
        (3, "successor of", "parties.succession", "warning"),
    ]


@pytest.mark.parametrize("actor", [AIGUL, DEWI, ERLAN, FARIDA])
def test_who_may_not_write_imports_nothing(tmp_path: Path, actor: Actor) -> None:
    with pytest.raises(NotAllowed):
        imported(table(tmp_path, AIGUL_LINE), actor)
    assert find_parties("").total == 0


def test_accounts_in_a_file_need_the_leave_to_propose_them(tmp_path: Path) -> None:
    licensing = Actor(7, "gul", frozenset({Role.LICENSING}))

    with pytest.raises(NotAllowed):
        imported(table(tmp_path, AIGUL_LINE), licensing)
    assert list_intakes().total == 0


# Preview and saved mappings

STRANGE = ("Ф.И.О.", "Тип", "Номер")
STRANGE_MAPPING = ColumnMapping({"name": "Ф.И.О.", "kind": "Тип", "code": "Номер"})


def test_a_preview_shows_lines_and_problems_and_writes_nothing(tmp_path: Path) -> None:
    bad = ("M-3", "dancer", "Cha Eun", "", "", "", "", "")

    preview = preview_parties_table(table(tmp_path, AIGUL_LINE, bad))

    assert preview.mapping_source == "guessed"
    assert preview.mapping.columns["code"] == "Member number"
    assert [line.values["name"] for line in preview.lines] == ["Aigul Serik", "Cha Eun"]
    assert told(preview.problems) == [(3, "Kind", "parties.unknown_kind", "error")]
    assert list_intakes().total == 0


def test_a_preview_without_a_needed_column_still_shows_the_others(tmp_path: Path) -> None:
    preview = preview_parties_table(table(tmp_path, ("A", "B", "C"), headers=STRANGE))

    assert {problem.rule for problem in preview.problems} >= {"table.missing_column"}
    assert preview.headers == STRANGE


def test_a_saved_mapping_is_found_by_the_headers(tmp_path: Path) -> None:
    path = table(tmp_path, ("Айгүл Серік", "writer", "M-1"), headers=STRANGE)
    save_parties_mapping(actor=CHEN, at=AT, name="almaty", headers=STRANGE, mapping=STRANGE_MAPPING)

    preview = preview_parties_table(path)
    report = imported(path)

    assert (preview.mapping_source, preview.mapping_name) == ("saved", "almaty")
    assert named_mapping(INTAKE_KIND, "almaty") == STRANGE_MAPPING
    assert report.good_count == 1
    assert get_party_by_code("M-1").name == "Айгүл Серік"


def test_a_mapping_that_does_not_fit_is_not_saved() -> None:
    with pytest.raises(BadFile):
        save_parties_mapping(actor=CHEN, at=AT, name="x", headers=("a", "b"), mapping=STRANGE_MAPPING)
    with pytest.raises(BadFile, match="'x'"):
        named_mapping(INTAKE_KIND, "x")


# Undo


def test_an_undo_takes_everything_back_and_the_file_can_come_again(tmp_path: Path) -> None:
    known = register_party(actor=CHEN, at=AT, kind="writer", name="Bilal Music", code="M-2")
    path = table(tmp_path, AIGUL_LINE, BILAL_LINE)
    report = imported(path)

    undone = undo_parties_intake(actor=CHEN, at=AT, intake_id=report.intake_id)

    assert (undone.party_count, undone.fact_count) == (1, 2)
    assert [hit.id for hit in find_parties("").rows] == [known]
    assert get_party(known).mandates == ()
    assert bank_proposals() == ()
    assert imported(path).good_count == 2


def test_an_undo_is_refused_where_later_facts_stand_on_it(tmp_path: Path) -> None:
    report = imported(table(tmp_path, AIGUL_LINE))
    aigul = ids_by_code(["M-1"])["M-1"]
    give_mandate(actor=CHEN, at=AT, party_id=aigul, right="SR")

    with pytest.raises(StillNeeded, match="1 mandate of Aigul Serik"):
        undo_parties_intake(actor=CHEN, at=AT, intake_id=report.intake_id)

    assert len(get_party(aigul).mandates) == 3


def test_an_undo_is_refused_where_a_login_stands_for_the_party(tmp_path: Path) -> None:
    report = imported(table(tmp_path, AIGUL_LINE))
    aigul = ids_by_code(["M-1"])["M-1"]
    User.objects.create(username="aigul", role="member", party_id=aigul)

    with pytest.raises(StillNeeded, match="login aigul"):
        undo_parties_intake(actor=CHEN, at=AT, intake_id=report.intake_id)

    assert find_parties("").total == 1


def test_an_undo_is_refused_where_an_account_of_a_known_party_was_approved(tmp_path: Path) -> None:
    register_party(actor=CHEN, at=AT, kind="writer", name="Aigul Serik", code="M-1", membership=MembershipDraft())
    report = imported(table(tmp_path, AIGUL_LINE))
    approve_bank_account(actor=FARIDA, at=AT, account_id=bank_proposals(report.intake_id)[0].id)

    with pytest.raises(StillNeeded, match="approved by farida"):
        undo_parties_intake(actor=CHEN, at=AT, intake_id=report.intake_id)


def test_only_a_member_file_that_is_in_force_is_undone(tmp_path: Path) -> None:
    report = imported(table(tmp_path, AIGUL_LINE))
    with pytest.raises(NotAllowed):
        undo_parties_intake(actor=DEWI, at=AT, intake_id=report.intake_id)
    undo_parties_intake(actor=CHEN, at=AT, intake_id=report.intake_id)

    with pytest.raises(UnknownIntake):
        undo_parties_intake(actor=CHEN, at=AT, intake_id=report.intake_id)
    with pytest.raises(UnknownIntake):
        undo_parties_intake(actor=CHEN, at=AT, intake_id=10**6)
