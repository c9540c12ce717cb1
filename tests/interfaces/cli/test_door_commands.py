"""The commands `muniment check`, `import` and `export`: what a file is, what is wrong, in and out."""

import json
import sys
from datetime import date
from io import BytesIO, TextIOWrapper
from pathlib import Path
from shutil import make_archive

import pytest
from django.test import override_settings

from muniment.interfaces.cli._door_parts import place_in
from muniment.kernel.words.identifiers import make_dpid
from muniment.rights.parties.queries import find_parties
from muniment.rights.works.queries import find_works
from muniment.use.usages.queries import list_reports
from tests.interfaces.cli.keyboard import done, muniment
from tests.rights.works.samples import ISWC, sample_work, write_cwr_file, write_table

pytestmark = pytest.mark.django_db

RIVER = f"W1,River,,{ISWC},,Asan,,CA,60,,"
LOG = "Title,Artist,Plays,Date\nMorning Star,Asan,3,2026-05-01\nNight,Asan,2,2026-05-02\n"
USAGE = ("--source", "R1", "--fund", "RADIO", "--from", "2026-05-01", "--to", "2026-06-01", "--yes")


def saved(folder: Path, content: str, name: str = "sent.csv") -> str:
    path = folder / name
    path.write_text(content, encoding="utf-8")
    return str(path)


def test_a_clean_file_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    told = done("check", saved(tmp_path, LOG))
    assert "sent.csv: Table, CSV of uses" in told
    assert "becomes: usages" in told
    assert "No problem was found." in told
    assert list_reports().total == 0


def test_findings_are_one_and_unknown_is_two(tmp_path: Path) -> None:
    bad = saved(tmp_path, LOG + "Noon,Asan,1,2026-05-03,extra\n")
    found = muniment("check", bad)
    assert (found.status, "table.too_many_cells" in found.out) == (1, True)
    letter = saved(tmp_path, "Dear all,\nno table.\n", "letter.txt")
    unknown = muniment("check", letter)
    assert (unknown.status, "no format that is known" in unknown.err) == (2, True)
    assert muniment("check", bad, letter).status == 2
    assert muniment("check", str(tmp_path / "none.csv")).status == 2


def test_only_errors_count_where_that_is_asked(tmp_path: Path) -> None:
    path = saved(tmp_path, "Title,ISRC,Plays\nNight,NOT-AN-ISRC,3\n")
    assert muniment("check", path).status == 1
    assert muniment("check", path, "--errors-only").status == 0


def test_json_is_an_object_a_line(tmp_path: Path) -> None:
    typed = muniment("check", "--json", saved(tmp_path, LOG + "Noon,Asan,1,2026-05-03,‮extra\n"))
    objects = [json.loads(part) for part in typed.out.replace("} {", "}\n{").splitlines()]
    assert (objects[0]["format"], objects[0]["becomes"]) == ("tables", "usages")
    assert (objects[1]["line"], objects[1]["rule"]) == (4, "table.too_many_cells")
    assert objects[2]["problems"] == {"error": 1, "warning": 0}
    assert "‮" not in typed.out
    unknown = muniment("check", "--json", saved(tmp_path, "no table", "letter.txt"))
    assert (unknown.status, json.loads(unknown.out)["format"]) == (2, None)


def test_standard_input_is_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(LOG.encode())))
    assert "Table, CSV of uses" in done("check", "-")


def test_nothing_in_a_file_moves_the_terminal(tmp_path: Path) -> None:
    path = saved(tmp_path, "Title,ISRC,Plays\nNight,\x1b[2J\u202eevil[red],3\n")
    told = muniment("check", path).out + muniment("import", path, "--dry-run").out
    assert "\x1b" not in told
    assert "\u202e" not in told
    assert "<U+202E>" in told


def test_an_answer_is_asked_only_of_formats_that_have_one(tmp_path: Path) -> None:
    path = saved(tmp_path, LOG)
    assert muniment("check", path, "--acknowledge", str(tmp_path / "answer")).status == 2
    assert muniment("check", path, path, "--acknowledge", str(tmp_path / "answer")).status == 2


def test_works_come_in_by_the_one_door(tmp_path: Path) -> None:
    path = str(write_table(tmp_path, RIVER))
    seen = done("import", path, "--dry-run")
    assert "becomes: works" in seen
    assert "River" in seen
    assert find_works().total == 0
    assert "1 works registered" in done("import", path, "--yes", "--claim", "own", "--by", "chen")
    assert find_works().total == 1
    out = tmp_path / "out.csv"
    assert "1 lines written" in done("export", "works", str(out))
    assert "River" in out.read_text("utf-8-sig")
    assert "becomes: works" in done("check", str(out))


def test_usages_need_what_only_a_person_knows(tmp_path: Path) -> None:
    path = saved(tmp_path, LOG)
    asked = muniment("import", path, "--yes")
    assert (asked.status, "--source" in asked.err) == (2, True)
    assert "2 lines taken" in done("import", path, *USAGE)
    report = list_reports().rows[0]
    out = tmp_path / "lines.xlsx"
    assert "2 lines written" in done("export", "usages", str(out), "--report", str(report.id))
    assert "Morning Star" in done("import", str(out), "--dry-run")
    again = muniment("import", path, *USAGE)
    assert (again.status, list_reports().total) == (2, 1)


def test_members_come_in_and_go_out(tmp_path: Path) -> None:
    path = saved(tmp_path, "Name,Type,Member number\nAsan Invented,writer,M1\n")
    assert "1 lines taken" in done("import", path, "--yes")
    assert find_parties("Asan").total == 1
    assert "1 lines written" in done("export", "parties", str(tmp_path / "members.csv"))


def test_a_person_can_overrule_and_nobody_imports_the_unknown(tmp_path: Path) -> None:
    path = saved(tmp_path, "alpha,beta\n1,2\n3,4\n")
    assert "not known what this table" in muniment("import", path, "--yes").err
    forced = muniment("import", path, "--as", "tables:works", "--yes")
    assert (forced.status, "title" in forced.err) == (2, True)
    assert "not a format" in muniment("import", path, "--as", "nonsense", "--yes").err
    assert "Nothing becomes" in muniment("import", path, "--as", "tables:nonsense", "--yes").err


def test_what_is_not_written_says_what_is(tmp_path: Path) -> None:
    refused = muniment("export", "works", str(tmp_path / "out"), "--format", "nonsense")
    assert (refused.status, "works --format tables" in refused.err) == (2, True)
    assert muniment("export", "works", str(tmp_path / "none" / "out.csv")).status == 2
    assert muniment("export", "usages", str(tmp_path / "out.csv")).status == 2


@override_settings(MUNIMENT_SOCIETY="Society of Invented Authors")
def test_works_leave_as_cwr_and_are_answered(tmp_path: Path) -> None:
    members = "Name,Type,Society code\nSociety of Invented Authors,society,310\n"
    done("import", saved(tmp_path, members, "members.csv"), "--yes")
    taken = muniment("import", str(write_cwr_file(tmp_path / "sent.V21", [sample_work()])), "--yes")
    assert "1 works registered" in taken.out, taken
    out = tmp_path / "out.V21"
    asked = muniment("export", "works", str(out), "--format", "cwr")
    assert (asked.status, "--society" in asked.err) == (2, True)
    words = ("--format", "cwr", "--society", "052", "--claim", "FIRST PUBLISHER")
    assert "1 works written" in done("export", "works", str(out), *words)
    assert "becomes: works" in muniment("check", str(out)).out
    answer = tmp_path / "answer.V21"
    muniment("check", str(out), "--acknowledge", str(answer))
    checked = muniment("check", str(answer)).out
    assert ("becomes: answer to works" in checked, "work.answer_to_nothing" in checked) == (True, False)
    answer.write_bytes(answer.read_bytes().replace(b"A1  ", b"Z9  "))
    assert "work.answer_to_nothing" in muniment("check", str(answer)).out


def test_a_house_without_a_number_says_who_sends(tmp_path: Path) -> None:
    muniment("import", str(write_cwr_file(tmp_path / "sent.V21", [sample_work()])), "--yes")
    out = tmp_path / "out.V21"
    words = ("export", "works", str(out), "--format", "cwr", "--society", "052", "--claim", "FIRST PUBLISHER")
    refused = muniment(*words)
    assert (refused.status, out.exists()) == (2, False)
    assert "--sender" in refused.err
    for wrong in ("XYZ", "SO:0", "SO:1234", "PB:123456789012", "XX:035", "WR:123"):
        assert muniment(*words, "--sender", wrong).status == 2, wrong
    assert "1 works written" in done(*words, "--sender", "so:35:River Society", "--sender-code", "RIV")
    assert out.read_text().startswith("HDRSO000000035RIVER SOCIETY ")
    assert "RIV_052.V21" in muniment("cwr", "submissions").out


def test_a_set_in_an_archive_is_imported(tmp_path: Path) -> None:
    done("import", str(write_table(tmp_path, RIVER)), "--yes")
    folder = tmp_path / "set"
    asked = muniment("export", "works", str(folder), "--format", "bwarm")
    assert (asked.status, "--sender" in asked.err) == (2, True)
    done("export", "works", str(folder), "--format", "bwarm", "--sender", make_dpid(date(2026, 1, 2)))
    archive = make_archive(str(tmp_path / "set"), "zip", str(folder))
    taken = muniment("import", archive, "--yes", "--claim", "another")
    assert "1 works recognised" in taken.out


def test_the_place_in_a_file_is_known_while_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    path.write_bytes(b"x" * 100_000)
    assert place_in(path) == 0
    with path.open("rb", buffering=0) as file:
        file.read(40_000)
        assert place_in(path) in {40_000, 0}  # 0 where the system does not tell


def test_a_check_says_by_whose_rules(tmp_path: Path) -> None:
    path = str(write_cwr_file(tmp_path / "CW260001PUB_035.V21", [sample_work()]))
    asked = muniment("check", path, "--profile", "gema")
    assert "checked by the rules of GEMA as well" in asked.out
    assert "No profile of CWR is called 'NOBODY'" in muniment("check", path, "--profile", "nobody").err
    answered = muniment("check", path, "--profile", "gema", "--acknowledge", str(tmp_path / "answer"))
    assert (answered.status, "MUNIMENT_CWR_PROFILES" in answered.err) == (2, True)


def test_an_import_goes_by_the_rules_of_the_house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = str(write_cwr_file(tmp_path / "CW260001PUB_035.V21", [sample_work()]))
    broken = muniment("check", path, "--profile", "saan").out
    assert "CWR.TR.SPU-F41" in broken
    monkeypatch.setenv("MUNIMENT_CWR_PROFILES", "SAAN")
    taken = muniment("import", path, "--yes")
    assert ("CWR.TR.SPU-F41" in taken.out, find_works().total) == (True, 0)
