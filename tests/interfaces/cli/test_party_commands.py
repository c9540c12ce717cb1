"""The commands `muniment party …`: a member file in, the register looked at and out, accounts approved by a second."""

from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from muniment.kernel.words.identifiers import make_iban, make_ipi_name
from muniment.rights.parties.queries import bank_proposals, find_parties, get_party_by_code
from muniment.trust.batches.queries import list_intakes
from tests.interfaces.cli.keyboard import done, muniment, refused

pytestmark = pytest.mark.django_db

IBAN, OTHER_IBAN = make_iban("KZ", "125KZT5004100100"), make_iban("KZ", "125KZT5004100101")
HEADERS = "Member number,Kind,Name,IPI name number,Joined on,Rights,IBAN"
AIGUL = f"M-1,writer,Aigul Serik,{make_ipi_name(1)},2020-01-01,PR MR,{IBAN}"
BILAL = f"M-2,publisher,Bilal Music,{make_ipi_name(2)},2021-01-01,PR,"


def member_file(folder: Path, *lines: str) -> str:
    path = folder / "members.csv"
    path.write_text("\n".join([HEADERS, *lines, ""]), encoding="utf-8")
    return str(path)


def test_a_member_file_comes_in_and_is_taken_back(tmp_path: Path) -> None:
    path = member_file(tmp_path, AIGUL, BILAL, "M-3,dancer,Chorus,,,,")
    assert "Aigul Serik" in done("party", "import", path, "--preview")
    assert find_parties().total == 0
    imported = muniment("party", "import", path, "--save-mapping", "Members", "--as", "chen")
    intake = str(list_intakes().rows[0].id)
    assert (imported.status, "line 4" in imported.out, f"Intake {intake}" in imported.out) == (1, True, True)
    assert "imported" in refused("party", "import", path)
    assert "saved as Members" in done("party", "import", path, "--preview")
    assert "Aigul Serik" in done("party", "import", path, "--preview", "--mapping", "Members")
    assert "2 parties removed" in done("party", "undo", intake)
    assert find_parties().total == 0


def test_the_register_is_found_shown_and_exported(tmp_path: Path) -> None:
    done("party", "import", member_file(tmp_path, AIGUL, BILAL))
    assert "2 parties" in done("party", "list")
    assert "Bilal Music" not in done("party", "list", "aigul", "--kind", "writer")
    shown = done("party", "show", "M-1")
    assert all(words in shown for words in ("Aigul Serik", "M-1, 2020-01-01", "PR", IBAN, "proposed"))
    assert "Aigul Serik 100.00 %" in done("party", "payee", "M-1", "--territory", "586", "--on", "2026-07-01")
    written, book = tmp_path / "out.csv", tmp_path / "out.xlsx"
    assert "lines written" in done("party", "export", str(written))
    assert "Bilal Music" in written.read_text(encoding="utf-8-sig")
    done("party", "export", str(book), "--kind", "publisher")
    rows = CalamineWorkbook.from_path(book).get_sheet_by_index(0).to_python()
    assert any("Bilal Music" in row for row in rows)


def test_a_second_person_approves_an_account(tmp_path: Path) -> None:
    done("party", "import", member_file(tmp_path, AIGUL, BILAL), "--as", "chen")
    assert "Aigul Serik" in done("party", "bank", "list")
    assert "Ask a second person" in refused("party", "bank", "approve-all", "--as", "chen")
    assert "1 accounts are approved" in done("party", "bank", "approve-all", "--as", "farida")
    done("party", "bank", "propose", "M-2", OTHER_IBAN, "--as", "chen")
    (proposal,) = bank_proposals()
    assert "is approved" in done("party", "bank", "approve", str(proposal.id), "--as", "farida")
    done("party", "bank", "propose", "M-2", IBAN, "--holder", "Bilal Ahmed", "--as", "chen")
    (proposal,) = bank_proposals()
    assert "is refused" in done("party", "bank", "refuse", str(proposal.id), "--as", "farida")
    states = {account.iban: account.state for account in get_party_by_code("M-2").bank_accounts}
    assert states == {OTHER_IBAN: "approved", IBAN: "refused"}


def test_what_cannot_be_is_refused_with_a_remedy(tmp_path: Path) -> None:
    done("party", "import", member_file(tmp_path, AIGUL))
    assert "M-9" in refused("party", "show", "M-9")
    assert "Write it as 2026-09-30." in refused("party", "payee", "M-1", "--on", "yesterday")
    assert "IBAN" in refused("party", "bank", "propose", "M-1", "KZ00")
    assert "Choose another place." in refused("party", "export", str(tmp_path / "none" / "out.csv"))
    assert "Nowhere" in refused("party", "import", member_file(tmp_path, BILAL), "--mapping", "Nowhere")
    assert "does not exist" in refused("party", "import", str(tmp_path / "missing.csv"))
