"""A table whose headers tell nothing: its columns are said once, on the page or in the shell, and then remembered."""

import gzip
from pathlib import Path

import pytest
from django.test import Client

from muniment.interfaces.pages import new_form_token
from muniment.rights.parties.queries import find_parties
from muniment.rights.works.queries import find_works
from muniment.trust.access.rules import Role
from muniment.trust.batches.queries import list_mappings
from muniment.use.usages.queries import lines, list_reports
from tests.interfaces.browser import login, page
from tests.interfaces.cli.keyboard import muniment
from tests.interfaces.door.test_door_pages import FACTS, send

pytestmark = pytest.mark.django_db

ODD = "Lied;Leute;Mal\nMorning Star;Asan;3\nNight;Asan;2\n"
NEXT = "Lied;Leute;Mal\nRain;Asan;7\n"
PLAYED = {"about": "usages", "column_title": "Lied", "column_performer": "Leute", "column_count": "Mal"}
USAGE = ("--source", "R1", "--fund", "RADIO", "--from", "2026-05-01", "--to", "2026-06-01", "--yes")
SAID = ("--as", "tables:usages", "--column", "title=Lied", "--column", "performer=Leute", "--column", "count=Mal")


@pytest.fixture
def chen() -> Client:
    return login(Role.DISTRIBUTION)


def post(client: Client, address: str, **told: str) -> str:
    """Send the form of the columns and return the page that it leads to."""
    answer = client.post(f"{address}columns/", {**told, "form_token": new_form_token()}, follow=True)
    return answer.content.decode()


def keep(client: Client, name: str = "Radio Kvarts", **told: str) -> str:
    return post(client, send(client, ODD), **{**PLAYED, "mapping_name": name, "act": "keep", **told})


def test_a_table_that_tells_nothing_leads_to_its_columns(chen: Client) -> None:
    address = send(chen, ODD)
    text = page(chen, address)
    assert "not known what this table is about" in text
    assert f"{address}columns/" in text
    asked = page(chen, f"{address}columns/?about=usages")
    for words in ("Morning Star", "a report of use", '<option value="Lied">', 'value="sent"'):
        assert words in asked
    seen = post(chen, address, **PLAYED, mapping_name="Radio Kvarts", act="look")
    assert '<option value="Lied" selected>' in seen
    assert "No problem was found" in seen
    assert list_mappings("usage.table") == ()


def test_columns_said_once_let_the_next_file_through(chen: Client) -> None:
    told = keep(chen)
    assert "Remembered: a file with these headers" in told
    assert "its columns were remembered as “Radio Kvarts”" in told
    address = send(chen, gzip.compress(NEXT.encode(), mtime=0), "may.csv.gz")
    assert "its columns were remembered as “Radio Kvarts”" in page(chen, address)
    chen.post(f"{address}import/", {**FACTS, "form_token": new_form_token()})
    (report,) = list_reports().rows
    assert [(row.reported["title"], row.use_count) for row in lines(report.id, 0, 9)] == [("Rain", 7)]


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"mapping_name": ""}, "This field is required"),
        ({"column_title": "", "column_count": "Mal"}, "title"),
        ({"column_title": "Nowhere"}, "not one of the available choices"),
    ],
)
def test_columns_that_cannot_be_are_asked_again(chen: Client, told: dict[str, str], words: str) -> None:
    assert words in keep(chen, **told)
    assert list_mappings("usage.table") == ()


def test_a_name_belongs_to_one_set_of_headers(chen: Client) -> None:
    keep(chen)
    other = send(chen, "Titel des Liedes;Anzahl der Male\nRain;7\nNight;2\n")
    columns = {"about": "usages", "column_title": "Titel des Liedes", "column_count": "Anzahl der Male"}
    told = post(chen, other, **columns, mapping_name="Radio Kvarts", act="keep")
    assert "Other columns are remembered as" in told
    assert len(list_mappings("usage.table")) == 1


def test_works_and_members_are_mapped_as_well() -> None:
    farida = login(Role.DOCUMENTATION)
    address = send(farida, "Nr;Lied;Wer;Tat;Teil\nW1;River;Asan;CA;60\nW2;Rain;Asan;CA;50\n")
    columns = {"work_code": "Nr", "title": "Lied", "party_name": "Wer", "role": "Tat", "pr_share": "Teil"}
    asked = page(farida, f"{address}columns/?about=works")
    assert "works and shares" in asked
    told = {f"column_{name}": header for name, header in columns.items() if f"column_{name}" in asked}
    assert "remembered as" in post(farida, address, about="works", mapping_name="Verlag", act="keep", **told)
    done = farida.post(f"{address}import/", {"claim": "own", "form_token": new_form_token()}, follow=True)
    assert "works registered: 2" in done.content.decode()
    assert find_works().total == 2


def test_only_what_is_mapped_is_asked_about_and_only_of_who_may(chen: Client) -> None:
    address = send(chen, ODD)
    assert chen.get(f"{address}columns/?about=money").status_code == 404
    dewi = login(Role.AUDITOR)
    seen = send(dewi, ODD)
    assert "columns/" not in page(dewi, seen)
    assert dewi.get(f"{seen}columns/?about=usages").status_code == 403


def saved(folder: Path, content: str, name: str) -> str:
    path = folder / name
    path.write_text(content, encoding="utf-8")
    return str(path)


def test_in_the_shell_the_refusal_says_how(tmp_path: Path) -> None:
    refused = muniment("import", saved(tmp_path, ODD, "april.csv"), *USAGE)
    assert refused.status == 2
    assert "--as tables:usages --column title=HEADER --save-mapping NAME" in refused.err
    assert list_reports().total == 0


def test_in_the_shell_columns_are_said_once(tmp_path: Path) -> None:
    first = muniment("import", saved(tmp_path, ODD, "april.csv"), *SAID, "--save-mapping", "Radio Kvarts", *USAGE)
    assert first.status == 0, first.err
    second = muniment("import", saved(tmp_path, NEXT, "may.csv"), *USAGE)
    assert (second.status, "remembered as “Radio Kvarts”" in second.out) == (0, True)
    other = saved(tmp_path, "Mal;Lied;Leute;Ort\n4;Dust;Asan;x\n", "june.csv")
    third = muniment("import", other, "--as", "tables:usages", "--mapping", "Radio Kvarts", *USAGE)
    assert third.status == 0, third.err
    counted = sorted(row.use_count for report in list_reports().rows for row in lines(report.id, 0, 9))
    assert counted == [2, 3, 4, 7]


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (("--as", "tables:usages", "--column", "melody=Lied"), "no field of such a table"),
        (("--as", "tables:usages", "--column", "title"), "field=Header"),
        (("--as", "tables:usages", "--mapping", "Nobody"), "No columns are remembered"),
        (("--column", "title=Lied"), "No table is mapped to"),
    ],
)
def test_in_the_shell_what_cannot_be_is_refused(tmp_path: Path, told: tuple[str, ...], words: str) -> None:
    refused = muniment("import", saved(tmp_path, ODD, "april.csv"), *told, *USAGE)
    assert (refused.status, words in refused.err) == (2, True), refused.err
    assert (list_reports().total, find_parties().total) == (0, 0)


def test_looking_remembers_nothing(tmp_path: Path) -> None:
    path = saved(tmp_path, ODD, "april.csv")
    assert muniment("import", path, *SAID, "--save-mapping", "Radio Kvarts", "--dry-run").status == 0
    assert list_mappings("usage.table") == ()


UNEVEN = (
    "Radio Kvarts;;;\nReport for July;;;\n;;;\nLied;Leute;Mal;Am\nMorning Star;Asan;3;2026-05-02\n"
    "Night;;2\nDust;Omar;1;2026-05-05\nSumme:;;6;\n"
)
LATER = (
    "Radio Kvarts\nReport for August\nsecond sending\n\nmade by hand\n"
    "MAL;am;Lied;Leute\n4;2026-05-09;Silver Ferry;Asan\n"
)
KNOWN = "Report of plays\nMay 2026\n\nTitle,Artist,Plays,Date\nRain,Asan,3,2026-05-02\nNight,,2\n"


def test_headers_below_other_lines_are_said_on_the_page(chen: Client) -> None:
    address = send(chen, UNEVEN)
    asked = page(chen, f"{address}columns/?about=usages")
    assert '<option value="Radio Kvarts"' in asked
    seen = post(chen, address, about="usages", header_row="4", seen_row="", mapping_name="Kvarts", act="look")
    for words in ('<option value="Lied"', "Morning Star", 'name="header_row" value="4"', 'name="seen_row" value="4"'):
        assert words in seen, words
    told = {f"column_{name}": header for name, header in (("title", "Lied"), ("count", "Mal"), ("used_at", "Am"))}
    kept = post(chen, address, about="usages", header_row="4", seen_row="4", mapping_name="Kvarts", act="keep", **told)
    assert "remembered as “Kvarts”" in kept
    assert "looks like the total" in kept
    later = send(chen, LATER, "august.csv")
    assert 'name="header_row" value="6"' in page(chen, f"{later}columns/?about=usages")
    chen.post(f"{later}import/", {**FACTS, "form_token": new_form_token()})
    (report,) = list_reports().rows
    assert [(row.source_line, row.reported["title"], row.use_count) for row in lines(report.id, 0, 9)] == [
        (7, "Silver Ferry", 4)
    ]


@pytest.mark.parametrize("row", ["0", "99", "x", "1" * 30])
def test_a_line_without_headers_is_asked_again(chen: Client, row: str) -> None:
    address = send(chen, UNEVEN)
    told = chen.post(f"{address}columns/", {"about": "usages", "header_row": row, "mapping_name": "A", "act": "keep"})
    assert told.status_code in {302, 404, 422, 400}
    assert list_mappings("usage.table") == ()


def test_headers_below_other_lines_are_found_where_they_tell_themselves(chen: Client, tmp_path: Path) -> None:
    address = send(chen, KNOWN)
    seen = page(chen, address)
    assert "columns on line 4 belong to a table of uses" in seen
    assert "what stands above is not read" in seen
    assert 'name="header_row" value="4"' in page(chen, f"{address}columns/?about=usages")
    path = saved(tmp_path, KNOWN, "may.csv")
    checked = muniment("check", path)
    assert (checked.status, "table.above_header" in checked.out) == (1, True)
    taken = muniment("import", path, "--column", "title=Title", "--column", "count=Plays", *USAGE)
    assert "2 lines taken" in taken.out, taken


def test_in_the_shell_the_line_of_the_headers_is_said_once(tmp_path: Path) -> None:
    path = saved(tmp_path, UNEVEN, "july.csv")
    none = muniment("import", path, "--as", "tables:usages", "--header-row", "99", *USAGE)
    assert (none.status, "has no line 99" in none.err) == (2, True)
    said = ("--header-row", "4", "--column", "title=Lied", "--column", "count=Mal", "--save-mapping", "Kvarts")
    first = muniment("import", path, "--as", "tables:usages", *said, *USAGE)
    assert ("4 lines taken" in first.out, "usage.total" in first.out) == (True, True), first
    assert "remembered as “Kvarts”" in muniment("check", saved(tmp_path, LATER, "august.csv")).out


def test_works_and_members_below_other_lines_are_read(tmp_path: Path) -> None:
    works = "Catalogue\n\nWork number;Title;Writer;Role;PR share\nW1;River;Asan;CA;100\nW2;Rain;Asan;CA\n"
    taken = muniment("import", saved(tmp_path, works, "works.csv"), "--yes")
    assert "2 works registered" in taken.out, taken
    members = "Members\n\nName,Type,Country\nBilal,person,KZ\nFarida,person\n"
    assert "2 lines taken" in muniment("import", saved(tmp_path, members, "members.csv"), "--yes").out
    apart = works + "W1;River;Omar;CA;0\n"
    assert "work.rows_apart" in muniment("check", saved(tmp_path, apart, "apart.csv")).out
