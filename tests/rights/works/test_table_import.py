"""Tables of works: what is understood, what is refused with line and field, what a known work gets."""

from pathlib import Path

import pytest

from muniment.kernel.formats.tables import ColumnMapping, Sheet, write_xlsx
from muniment.kernel.words.problems import BadFile, Level
from muniment.rights.parties.queries import find_parties
from muniment.rights.parties.rules.values import PartyKind
from muniment.rights.parties.services import register_party
from muniment.rights.works import queries, services
from muniment.trust.batches.queries import get_intake, list_problems, named_mapping
from tests.cast import AIGUL, CHEN
from tests.rights.works.samples import AT, HEADERS, ISRC, ISWC, LATER, PUBLISHER, WRITER, answer, write_table

pytestmark = pytest.mark.django_db


def take(path: Path, claim: str = "own", **more: object) -> services.WorksReport:
    return services.import_works_table(actor=CHEN, at=AT, path=path, claim=claim, **more)  # type: ignore[arg-type]


def work_named(text: str) -> queries.WorkRow:
    [hit] = queries.find_works(text).rows
    return queries.get_work(hit.id)


def test_rows_of_a_work_become_one_work(tmp_path: Path) -> None:
    report = take(
        write_table(
            tmp_path,
            f"W1,دریا کا گیت,Darya ka Geet|River Song,{ISWC},3:20,عائشہ خان,{WRITER},CA,50,0,",
            f"W1,دریا کا گیت,,{ISWC},3:20,Indus Music,{PUBLISHER},E,50,100,2136 -586",
            f"W1,دریا کا گیت,,{ISWC},3:20,Lahore Music,,SE,50,100,PK",
            "W2,Desert,,,,Asan,,composer,100,100,World",
        )
    )
    work = work_named("darya geet")
    assert (report.line_count, report.work_count, report.party_count, report.problems) == (4, 2, 4, ())
    assert (work.code, work.iswc, work.duration_ms, work.direction) == ("W1", ISWC, 200_000, "rtl")
    assert [title.title for title in work.titles] == ["Darya ka Geet", "River Song"]
    assert [(row.role, row.chain, row.pr_own_ppm) for row in work.contributions] == [
        ("CA", 0, 500_000), ("E", 1, 500_000), ("SE", 1, 0),
    ]  # fmt: skip
    assert answer(work.id, "PR", 586) == {"عائشہ خان": 500_000, "Lahore Music": 500_000}
    assert answer(work.id, "PR", 276) == {"عائشہ خان": 500_000, "Indus Music": 500_000}
    assert answer(work_named("desert").id, "SR") == {"UNCLAIMED": 1_000_000}


@pytest.mark.parametrize(
    ("row", "field", "rule"),
    [
        ("W1,River,,,,Asan,,CA,100.01,0,", "PR share", "work.wrong_share"),
        ("W1,River,,,,Asan,,CA,-5,0,", "PR share", "work.wrong_share"),
        ("W1,River,,,,Asan,,CA,50,abc,", "MR share", ""),
        ("W1,River,,,,Asan,,singer,50,50,", "Role", "work.unknown_role"),
        ("W1,River,,,,Asan,,,50,50,", "Role", "work.unknown_role"),
        ("W1,River,,,,Asan,123,CA,50,50,", "IPI name number", "work.wrong_ipi"),
        ("W1,River,,,,Asan,,CA,50,50,7777", "Territories", "work.unknown_territory"),
        ("W1,River,,,,Asan,,CA,50,50,XX", "Territories", "work.unknown_territory"),
        ("W1,,,,,Asan,,CA,50,50,", "Title", ""),
        ("W1,River,,,3:99,Asan,,CA,50,50,", "Duration", ""),
    ],
)
def test_a_bad_row_is_reported_with_line_and_field_and_the_others_are_taken(
    tmp_path: Path, row: str, field: str, rule: str
) -> None:
    report = take(write_table(tmp_path, "W0,Sea,,,,Asan,,CA,100,100,", row))
    errors = [problem for problem in report.problems if problem.level is Level.ERROR]
    assert (report.line_count, report.good_count, report.work_count) == (2, 1, 1)
    assert [(problem.line, problem.field) for problem in errors] == [(3, field)]
    assert rule in errors[0].rule
    assert errors[0].remedy
    intake = get_intake(report.intake_id)
    assert intake is not None
    assert (intake.bad_count, len(list_problems(report.intake_id))) == (1, len(report.problems))


def test_wrong_numbers_are_left_out_and_the_work_is_kept(tmp_path: Path) -> None:
    report = take(write_table(tmp_path, "W1,River,,T-000.000.001-9,,Asan,,CA,100,100,"))
    assert [(problem.rule, problem.level) for problem in report.problems] == [("work.wrong_number", Level.WARNING)]
    assert work_named("river").iswc is None


@pytest.mark.parametrize(
    ("shares", "rule", "held"),
    [
        (("40", "40"), "work.under_claimed", ("UNCLAIMED", 200_000)),
        (("60", "60"), "work.over_claimed", ("DISPUTE", 200_000)),
    ],
)
def test_sums_that_are_not_the_whole_are_taken_with_a_warning(
    tmp_path: Path, shares: tuple[str, str], rule: str, held: tuple[str, int]
) -> None:
    rows = [f"W1,River,,,,Writer {number},,CA,{share},," for number, share in enumerate(shares)]
    report = take(write_table(tmp_path, *rows))
    assert [(problem.rule, problem.line) for problem in report.problems] == [(rule, 2)]
    assert report.good_count == 2
    assert answer(work_named("river").id)[held[0]] == held[1]
    assert report.conflict_count == (1 if held[0] == "DISPUTE" else 0)


def test_rows_of_a_work_that_do_not_stand_together_are_refused(tmp_path: Path) -> None:
    rows = ["W1,River,,,,Asan,,CA,50,,", "W2,Sea,,,,Asan,,CA,100,,", "W1,River,,,,Ayesha,,CA,50,,"]
    report = take(write_table(tmp_path, *rows))
    assert [(problem.line, problem.rule) for problem in report.problems if problem.level is Level.ERROR] == [
        (4, "work.rows_apart")
    ]
    assert answer(work_named("river").id) == {"Asan": 500_000, "UNCLAIMED": 500_000}


def test_a_party_is_found_by_number_and_ipi_and_else_by_name_within_the_file(tmp_path: Path) -> None:
    known = register_party(actor=CHEN, at=AT, kind=PartyKind.WRITER, name="Asan Aitmatov", code="M-1", ipi_name=WRITER)
    headers = HEADERS + ",Party number"
    rows = [
        "W1,River,,,,,,CA,100,,,M-1",
        f"W2,Sea,,,,A. Aitmatov,{WRITER},CA,100,,,",
        "W3,Sand,,,,Ayesha Khan,,CA,100,,,",
        "W4,Snow,,,,AYESHA KHAN,,CA,100,,,",
    ]
    report = take(write_table(tmp_path, *rows, headers=headers))
    assert report.party_count == 1
    assert find_parties().total == 2
    parties = [work_named(word).share_lines[0].party_id for word in ("river", "sea", "sand", "snow")]
    assert parties[0] == parties[1] == known
    assert parties[2] == parties[3] != known


def test_recordings_come_in_rows_of_their_own_or_beside_a_party(tmp_path: Path) -> None:
    headers = "Work number,Title,Party name,Role,PR share,ISRC,Recording title,Performer"
    rows = [
        f"W1,River,Asan,CA,100,{ISRC},,The Band",
        "W1,River,,,,,River (live),The Band",
        "W1,River,,,,,River (live),The Band",
    ]
    report = take(write_table(tmp_path, *rows, headers=headers))
    assert report.recording_count == 2
    assert [(row.isrc, row.title) for row in work_named("river").recordings] == [
        (ISRC, "River"),
        (None, "River (live)"),
    ]
    assert queries.find_works("the band").total == queries.find_works(ISRC).total == 1


def test_a_known_work_gets_what_is_new_and_keeps_its_title(tmp_path: Path) -> None:
    take(write_table(tmp_path, "W1,River,,,,Asan,,CA,100,,"))
    row = f"W1,The River,Daryā,{ISWC},3:00,Asan,,CA,50,,"
    report = take(write_table(tmp_path, row, name="b.csv"))
    work = work_named("darya")
    assert (report.known_work_count, report.superseded_count, report.party_count) == (1, 1, 0)
    assert (work.title, work.iswc, work.duration_ms) == ("River", ISWC, 180_000)
    assert [title.title for title in work.titles] == ["The River", "Daryā"]
    assert answer(work.id) == {"Asan": 500_000, "UNCLAIMED": 500_000}
    assert answer(work.id, known_at=AT) == {"Asan": 500_000, "UNCLAIMED": 500_000}


def test_a_table_without_shares_leaves_claims_alone(tmp_path: Path) -> None:
    take(write_table(tmp_path, "W1,River,,,,Asan,,CA,100,,"))
    report = take(write_table(tmp_path, "W1,River,Other title,,,,,,,,", name="b.csv"))
    assert (report.superseded_count, report.share_line_count) == (0, 0)
    assert answer(work_named("river").id) == {"Asan": 1_000_000}


def test_columns_are_guessed_chosen_or_remembered(tmp_path: Path) -> None:
    headers = "Nr,Lied,Wer,Was,Anteil"
    file = write_table(tmp_path, "W1,River,Asan,CA,100", headers=headers)
    with pytest.raises(BadFile, match="title"):
        take(file)
    chosen = {"work_code": "Nr", "title": "Lied", "name": "Wer", "role": "Was", "pr_share": "Anteil"}
    take(file, mapping=ColumnMapping(chosen), save_as="sender")
    next_file = write_table(tmp_path, "W2,Sea,Asan,CA,100", headers=headers, name="b.csv")
    assert services.preview_works_table(next_file).mapping_source == "saved"
    assert take(next_file).work_count == 1
    assert named_mapping(services.TABLE, "sender").columns == chosen
    with pytest.raises(BadFile, match="nobody") as refused:
        named_mapping(services.TABLE, "nobody")
    assert "'sender'" in refused.value.remedy


def test_a_workbook_is_read_like_text(tmp_path: Path) -> None:
    file = tmp_path / "works.xlsx"
    rows = [["W1", "=River()", "", "", "", "Asan", "", "CA", "100", "", ""]]
    write_xlsx([Sheet("Works", HEADERS.split(","), rows)], file)
    assert take(file).work_count == 1


def test_a_preview_shows_lines_and_problems_and_writes_nothing(tmp_path: Path) -> None:
    seen = services.preview_works_table(write_table(tmp_path, "W1,River,,,,Asan,,CA,150,,"))
    assert seen.mapping_source == "guessed"
    assert seen.lines[0].values["title"] == "River"
    assert [problem.rule for problem in seen.problems] == ["work.wrong_share"]
    assert queries.find_works().total == 0


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02\x03" * 100, b"just one line"])
def test_what_is_no_table_is_a_bad_file(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "x.csv"
    file.write_bytes(content)
    with pytest.raises(BadFile):
        take(file)
    assert queries.find_works().total == 0


def test_a_member_may_not_import(tmp_path: Path) -> None:
    file = write_table(tmp_path, "W1,River,,,,Asan,,CA,100,,")
    with pytest.raises(Exception, match="may not"):
        services.import_works_table(actor=AIGUL, at=LATER, path=file, claim="own")
