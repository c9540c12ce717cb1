"""Columns that are remembered, of works, members and uses: listed, looked at, renamed, forgotten; checks know them."""

import re
from pathlib import Path

import pytest
from django.test import Client

from muniment.interfaces.door.acts import NotAnswered
from muniment.interfaces.door.columns import MAPPABLE, mappable
from muniment.interfaces.door.remembered import forget_columns, remembered_columns, remembered_of, rename_columns
from muniment.interfaces.pages import new_form_token
from muniment.kernel.formats.tables import ColumnMapping
from muniment.trust.access.queries import list_events
from muniment.trust.access.rules import NotAllowed, Role
from muniment.trust.batches import queries
from muniment.trust.batches.services import MappingNameTaken
from tests.cast import AIGUL, CHEN
from tests.interfaces.browser import login, page
from tests.interfaces.cli.keyboard import muniment
from tests.interfaces.door.test_door_pages import send
from tests.use.world import AT

pytestmark = pytest.mark.django_db

COLUMNS = {
    "usages": {"title": "Lied", "performer": "Leute", "count": "Mal", "isrc": "Nummer"},
    "works": {"work_code": "Nr", "title": "Lied", "name": "Wer", "role": "Tat", "pr_share": "Teil"},
    "parties": {"name": "Wer", "kind": "Was", "ipi_name": "Zahl"},
}
ROWS = {
    "usages": "Lied;Leute;Mal;Nummer\nMorning Star;Asan;3;\n;;2;\nNight;Asan;many;USX\n",
    "works": "Nr;Lied;Wer;Tat;Teil\nW1;River;Asan;CA;60\nW2;Rain;Asan;cook;50\n",
    "parties": "Wer;Was;Zahl\nAsan;person;\nBilal;ghost;12345\n",
}
WRONG = {
    "usages": ["usage.nothing_to_identify", "usage.bad_isrc", "usage.bad_count"],
    "works": ["work.unknown_role"],
    "parties": ["parties.unknown_kind", "parties.invalid_identifier"],
}


def remember(becomes: str = "usages", name: str = "Hall") -> int:
    """Remember columns of a kind of table, and return their number."""
    columns = COLUMNS[becomes]
    about = mappable(becomes)
    headers = ROWS[becomes].splitlines()[0].split(";")
    about.keep(CHEN, AT, name, headers, ColumnMapping(columns))
    return next(each.row.id for each in remembered_columns() if each.row.name == name and each.about is about)


def table(folder: Path, becomes: str) -> Path:
    path = folder / "april.csv"
    path.write_text(ROWS[becomes], encoding="utf-8")
    return path


def post(client: Client, number: int, act: str, **told: str) -> str:
    """Send one of the forms of remembered columns and return the page that it leads to."""
    told["form_token"] = new_form_token()
    return client.post(f"/office/columns/{number}/{act}/", told, follow=True).content.decode()


def test_the_page_lists_what_is_remembered_of_every_kind() -> None:
    chen = login(Role.DISTRIBUTION)
    empty = page(chen, "/office/columns/")
    assert "No columns are remembered yet" in empty
    assert "Apple Music streams" in empty
    for becomes in COLUMNS:
        remember(becomes, f"Of {becomes}")
    listed = page(chen, "/office/columns/")
    for words in ("Of usages", "a report of use", "Of works", "works and shares", "Of parties", "members and other"):
        assert words in listed
    assert "/office/columns/" in page(chen, "/office/door/")


def test_one_is_looked_at_renamed_and_forgotten_and_the_trail_knows() -> None:
    chen, number = login(Role.DISTRIBUTION), remember()
    remember(name="Club")
    seen = page(chen, f"/office/columns/{number}/")
    for words in ("<bdi>Leute</bdi>", "Performer", "Without a column", "Kind of use"):
        assert words in seen
    assert "new name" in post(chen, number, "rename", name="Cellar")
    assert "Another mapping is called" in post(chen, number, "rename", name="Club")
    assert "This field is required" in post(chen, number, "rename", name="")
    assert "This field is required" in post(chen, number, "forget")
    assert [each.row.name for each in remembered_columns()] == ["Cellar", "Club"]
    assert "The columns are forgotten" in post(chen, number, "forget", confirmed="on")
    assert [each.row.name for each in remembered_columns()] == ["Club"]
    assert "No columns are remembered under the number" in post(chen, number, "forget", confirmed="on")
    tags = [event.tag for event in list_events(tag="mapping.").rows]
    assert tags == ["mapping.forgotten", "mapping.renamed", "mapping.saved", "mapping.saved"]


def test_only_who_may_import_such_a_table_changes_its_columns() -> None:
    number = remember("works")
    dewi = login(Role.AUDITOR)
    assert "<button" not in page(dewi, f"/office/columns/{number}/").split("<main")[1]
    told = {"confirmed": "on", "form_token": new_form_token()}
    assert dewi.post(f"/office/columns/{number}/forget/", told).status_code == 403
    with pytest.raises(NotAllowed):
        rename_columns(actor=AIGUL, at=AT, number=number, name="Mine")
    with pytest.raises(NotAllowed):
        forget_columns(actor=AIGUL, at=AT, number=number)
    assert remembered_of(number).row.name == "Hall"


def test_what_is_not_there_and_names_that_cannot_be_are_refused() -> None:
    number = remember()
    remember(name="Club")
    for name in ("Club", " ", "x" * 101):
        with pytest.raises(MappingNameTaken):
            rename_columns(actor=CHEN, at=AT, number=number, name=name)
    with pytest.raises(NotAnswered):
        remembered_of(number + 100)


def test_in_the_shell_they_are_listed_shown_renamed_and_forgotten() -> None:
    assert "No columns are remembered" in muniment("columns", "list").out
    number = str(remember("parties"))
    assert "Hall" in muniment("columns", "list").out
    shown = muniment("columns", "show", number).out
    assert ("Zahl" in shown, "Without a column: code" in shown) == (True, True)
    assert muniment("columns", "rename", number, "Cellar", "--as", "chen").status == 0
    assert "Cellar" in muniment("columns", "list").out
    assert muniment("columns", "forget", number, "--yes", "--as", "chen").status == 0
    assert remembered_columns() == ()
    gone = muniment("columns", "forget", number, "--yes")
    assert (gone.status, "under the number" in gone.err) == (2, True)


@pytest.mark.parametrize("becomes", list(COLUMNS))
def test_a_check_reads_a_table_by_remembered_columns(tmp_path: Path, becomes: str) -> None:
    path = table(tmp_path, becomes)
    remember(becomes)
    checked = muniment("check", str(path))
    assert (checked.status, "remembered as “Hall”" in checked.out) == (1, True), checked.out
    for rule in WRONG[becomes]:
        assert rule in checked.out
    told = muniment("check", str(path), "--json").out
    assert f'"becomes": "{becomes}", "official": true, "remembered_as": "Hall"' in told
    assert re.findall(r'"rule": "([^"]+)"', told) == WRONG[becomes]


@pytest.mark.parametrize("becomes", list(COLUMNS))
def test_the_page_of_a_file_finds_what_the_check_finds(becomes: str) -> None:
    remember(becomes)
    client = login(Role.DISTRIBUTION)
    address = send(client, ROWS[becomes])
    seen = page(client, address)
    told = b"".join(client.get(f"{address}problems.csv").streaming_content).decode()  # type: ignore[attr-defined]
    for rule in WRONG[becomes]:
        assert rule in seen
        assert rule in told


def test_columns_are_chosen_anew_under_the_same_name() -> None:
    chen, number = login(Role.DISTRIBUTION), remember()
    address = send(chen, ROWS["usages"])
    asked = page(chen, f"{address}columns/?about=usages")
    assert 'value="Hall"' in asked
    told = {"about": "usages", "column_title": "Lied", "mapping_name": "Hall", "act": "keep"}
    chen.post(f"{address}columns/", {**told, "form_token": new_form_token()})
    assert dict(remembered_of(number).row.columns) == {"title": "Lied"}


def test_without_a_database_a_check_knows_what_the_headers_tell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = table(tmp_path, "usages")
    remember()
    monkeypatch.setattr("muniment.interfaces.door.columns.mappings_are_kept", lambda: False)
    checked = muniment("check", str(path))
    assert (checked.status, "no kind of table is sure" in checked.out) == (0, True)


def test_looking_for_a_memory_makes_no_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert queries.mappings_are_kept()
    nowhere = tmp_path / "nowhere.sqlite3"

    class Unconnected:
        vendor, connection, settings_dict = "sqlite", None, {"NAME": nowhere}

    monkeypatch.setattr(queries, "connection", Unconnected())
    assert not queries.mappings_are_kept()
    assert not nowhere.exists()


def test_every_kind_that_is_mapped_is_tried_here() -> None:
    assert sorted(COLUMNS) == sorted(each.becomes for each in MAPPABLE)
