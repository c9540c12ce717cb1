"""Whole catalogues: shares by convention, marked as such, and the same for the same seed."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from muniment.kernel.words.problems import BadFile
from muniment.rights.works import queries, services
from tests.cast import CHEN
from tests.rights.works.samples import AT, ISWC, LATER, WRITER, answer

pytestmark = pytest.mark.django_db

_PERSON = pa.struct(
    [
        ("name", pa.string()),
        ("role", pa.string()),
        ("ipi", pa.string()),
        ("aliases", pa.list_(pa.string())),
        ("society", pa.string()),
    ]
)
SCHEMA = pa.schema(
    [
        ("work_id", pa.int64()),
        ("iswc", pa.string()),
        ("title", pa.string()),
        ("language", pa.string()),
        ("writers", pa.list_(_PERSON)),
        ("publishers", pa.list_(pa.string())),
        ("recordings", pa.list_(pa.struct([("title", pa.string()), ("performer", pa.string())]))),
    ]
)


def person(name: str, ipi: str | None = None, society: str | None = "SOC") -> dict[str, object]:
    return {"name": name, "role": "CA", "ipi": ipi, "aliases": [f"{name} Senior"], "society": society}


def catalogue(folder: Path, *rows: tuple[object, ...], name: str = "works.parquet") -> Path:
    values = [dict(zip(SCHEMA.names, row, strict=True)) for row in rows]
    pq.write_table(pa.Table.from_pylist(values, SCHEMA), folder / name)
    return folder / name


ROWS = (
    (1, ISWC, "River", "English", [person("Asan", WRITER), person("Ayesha")], ["INDUS[SOC]"], [
        {"title": "River (live)", "performer": "The Band"}, {"title": None, "performer": "Other"},
    ]),
    (2, "T-1", "Sea", None, [person("Asan", WRITER), person("Ayesha"), person("Bilal", None, None)], [], []),
    (3, None, "Wind", None, [], [], []),
    (4, None, " ", None, [], [], []),
)  # fmt: skip


def take(path: Path, **more: object) -> services.WorksReport:
    arguments = {"generate_shares": True, "seed": 7} | more
    return services.import_repertoire_parquet(actor=CHEN, at=AT, path=path, **arguments)  # type: ignore[arg-type]


def test_a_catalogue_gets_shares_by_convention_that_are_marked(tmp_path: Path) -> None:
    report = take(catalogue(tmp_path, *ROWS))
    assert (report.line_count, report.good_count, report.work_count, report.recording_count) == (4, 3, 3, 2)
    assert [(problem.line, problem.rule) for problem in report.problems] == [
        (2, "work.wrong_number"),
        (4, "work.no_title"),
    ]
    works = {work.title: work for work in map(queries.get_work, queries.ids_by_code(["1", "2", "3"]).values())}
    assert [works[title].generated_shares for title in ("River", "Sea", "Wind")] == [True, True, False]
    assert answer(works["River"].id) == {"Asan": 250_000, "Ayesha": 250_000, "INDUS": 500_000}
    assert answer(works["River"].id, "MR") == {"INDUS": 1_000_000}
    assert sorted(answer(works["Sea"].id).values()) == [333_333, 333_333, 333_334]
    assert answer(works["Wind"].id) == {"UNCLAIMED": 1_000_000}
    assert {row.title for row in works["River"].recordings} == {"River", "River (live)"}


def test_without_the_option_nothing_is_claimed(tmp_path: Path) -> None:
    take(catalogue(tmp_path, *ROWS), generate_shares=False)
    [work_id] = queries.ids_by_code(["1"]).values()
    assert answer(work_id) == {"UNCLAIMED": 1_000_000}
    assert not queries.get_work(work_id).generated_shares


def test_a_newer_catalogue_recognises_its_works_and_progress_is_told(tmp_path: Path) -> None:
    take(catalogue(tmp_path, *ROWS))
    told: list[tuple[int, int | None]] = []
    fresh = catalogue(tmp_path, *ROWS[:2], (9, ISWC, "River again", None, [], [], []), name="b.parquet")
    report = services.import_repertoire_parquet(
        actor=CHEN, at=LATER, path=fresh, generate_shares=True, seed=7, progress=lambda *step: told.append(step)
    )
    assert (report.work_count, report.known_work_count, report.superseded_count) == (0, 3, 0)
    assert told[-1] == (3, 3)


def test_two_works_of_one_file_with_one_iswc_are_kept_apart_with_a_warning(tmp_path: Path) -> None:
    take(catalogue(tmp_path, *[(at, None, f"Work {at}", None, [], [], []) for at in range(10, 13)]))
    report = take(catalogue(tmp_path, *ROWS[:1], (5, ISWC, "Rivers", None, [], [], []), name="b.parquet"))
    assert report.work_count == 2


@pytest.mark.parametrize("content", [b"", b"PAR1 but not really", b"title\nRiver\n"])
def test_what_is_no_parquet_is_a_bad_file(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.parquet").write_bytes(content)
    with pytest.raises(BadFile):
        take(tmp_path / "x.parquet")


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    pq.write_table(pa.table({"title": ["River"]}), tmp_path / "x.parquet")
    with pytest.raises(BadFile, match="work_id"):
        take(tmp_path / "x.parquet")
