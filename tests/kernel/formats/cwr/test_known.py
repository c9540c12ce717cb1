"""Tables of the recipient that an installation gives as files: asked where they are, silent where they are not."""

from pathlib import Path

import pytest

from muniment.kernel.formats.cwr.known import KNOWN_TABLES, BadTable, known_tables
from muniment.kernel.formats.cwr.layout import TABLES
from muniment.kernel.formats.cwr.profiles import VARIABLE, house_rules, rules_of
from muniment.kernel.formats.cwr.rules import PLAIN_RULES, rules, split_term
from muniment.kernel.formats.door import check_file, recognise
from tests.kernel.formats.cwr.test_profiles import WORKS

NUMBERS = ("40000000159", "40000000257", "40000000355")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of tables of the house, with none in it."""
    monkeypatch.setenv(TABLES, str(tmp_path))
    monkeypatch.delenv(VARIABLE, raising=False)
    return tmp_path


def give(folder: Path, table: str, *lines: str) -> None:
    (folder / f"known_{table}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def broken() -> list[str]:
    return [problem.rule for problem in check_file(WORKS, recognise(WORKS))]


def test_no_table_asks_nothing(folder: Path) -> None:
    assert (known_tables(), house_rules() is PLAIN_RULES, broken()) == ({}, True, [])
    assert rules_of(frozenset({"GEMA"})).known == {}


def test_a_table_is_asked_and_read_again_when_it_was_changed(folder: Path) -> None:
    give(folder, "societies", "code", "52")
    assert broken() == ["CWR.FR.SPU-F12", "CWR.FR.SPU-F15", "CWR.FR.SPU-F17", "CWR.FR.SWR-F10"]
    give(folder, "societies", "\ufeffCode,Name", "052,PRS", "", "901,Demo Society")
    assert broken() == []
    assert known_tables()["societies"] == {"052": "PRS", "901": "Demo Society", "099": "NO SOCIETY"}


def test_numbers_are_asked_in_whatever_form_they_stand(folder: Path) -> None:
    give(folder, "ipi_names", "code", *(number.lstrip("0") for number in NUMBERS))
    give(folder, "ipi_bases", "code", "I-400000001-5")
    assert broken() == []
    give(folder, "ipi_names", "code", *NUMBERS[1:])
    assert broken()[:1] == ["CWR.FR.SPU-F10"]
    give(folder, "ipi_bases", "code")
    assert "CWR.FR.SPU-F24" in broken()


@pytest.mark.parametrize(
    ("table", "lines", "words"),
    [
        ("societies", ("052", "035"), "header code,name"),
        ("ipi_names", ("code,name", "40000000159,X"), "header code"),
        ("societies", ("code", "PRS"), "line 2: 'PRS' is not the code of a society"),
        ("ipi_names", ("code", "", "40000000158"), "line 3: "),
        ("isacs", (), "header code"),
    ],
)
def test_a_table_that_cannot_be_is_refused_with_its_line(
    folder: Path, table: str, lines: tuple[str, ...], words: str
) -> None:
    give(folder, table, *lines)
    with pytest.raises(BadTable, match=f"known_{table}.csv") as refused:
        house_rules()
    assert words in str(refused.value)


def test_a_table_in_another_encoding_is_refused(folder: Path) -> None:
    (folder / "known_isacs.csv").write_bytes(b"code\nISAC-\xff\n")
    with pytest.raises(BadTable, match="cannot be read"):
        known_tables()


def test_every_table_is_asked_by_a_rule() -> None:
    terms = [term for rule in rules().values() for term in (*rule.when, *rule.must) if "@" in term]
    asked = {
        rest for term in terms for part in term.split("|") for _name, sign, rest in [split_term(part)] if sign == "@"
    }
    per_sender = {"own_works", "their_works", "agreements"}
    assert set(KNOWN_TABLES) | per_sender == asked | {"senders"}
