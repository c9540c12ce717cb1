"""The invented society: same bytes for the same seed, numbers that hold, and the flaws that were promised."""

import csv
import random
from collections import Counter
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from muniment.interfaces.demo import read_manifest, write_demo_files
from muniment.interfaces.demo.people import make_people
from muniment.interfaces.demo.repertoire import CONTESTED, HUNDREDTHS, INCOMPLETE, OVERCLAIMED, SOUND, make_works
from muniment.interfaces.demo.streams import STREAMS_FILE
from muniment.interfaces.demo.uses import QUARTER_FROM, QUARTER_TO
from muniment.kernel.formats.dsr import DsrSale, iter_dsr
from muniment.kernel.words.identifiers import (
    parse_iban,
    parse_ipi_base,
    parse_ipi_name,
    parse_isni,
    parse_isrc,
    parse_iswc,
)
from muniment.kernel.words.money import parse_amount
from muniment.kernel.words.names import script_of
from muniment.kernel.words.problems import Problem
from muniment.trade.licensing.rules.fees import Basis, compute_fee, vat_of
from muniment.trade.licensing.rules.tariffs import read_tariffs


def _rows(path: Path, delimiter: str = ",") -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter=delimiter))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("demo")
    write_demo_files(path, members=60, works=200, seed=7)
    return path


def test_the_same_seed_gives_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    write_demo_files(tmp_path, members=60, works=200, seed=7)
    names = sorted(path.name for path in folder.iterdir())
    assert names == sorted(path.name for path in tmp_path.iterdir())
    assert [name for name in names if (folder / name).read_bytes() != (tmp_path / name).read_bytes()] == []


def test_another_seed_gives_another_world(folder: Path, tmp_path: Path) -> None:
    write_demo_files(tmp_path, members=60, works=200, seed=8)
    assert (folder / "radio.csv").read_bytes() != (tmp_path / "radio.csv").read_bytes()


def test_the_manifest_reads_back_and_counts_its_files(folder: Path) -> None:
    manifest = read_manifest(folder)
    assert (manifest.territory, manifest.currency, manifest.seed) == (586, "PKR", 7)
    assert {file.name for file in manifest.files} <= {path.name for path in folder.iterdir()}
    radio = next(file for file in manifest.files if file.name == "radio.csv")
    assert radio.line_count == len(_rows(folder / "radio.csv", ";")) == 600
    assert radio.fund_code == "radio/LIC-0001/2026-Q3"


def test_everything_says_that_it_is_invented(folder: Path) -> None:
    assert "invented" in (folder / "README.txt").read_text(encoding="utf-8")
    assert "invented" in read_manifest(folder).note


def test_every_check_digit_holds(folder: Path) -> None:
    members = _rows(folder / "members.csv")
    assert [parse_ipi_name(row["IPI name number"]) for row in members] == [row["IPI name number"] for row in members]
    assert all(parse_ipi_base(row["IPI base number"]) for row in members if row["IPI base number"])
    assert all(parse_isni(row["ISNI"]) for row in members if row["ISNI"])
    assert all(parse_iban(row["IBAN"]) for row in members if row["IBAN"])
    works = _rows(folder / "works.csv")
    assert all(parse_iswc(row["ISWC"]) for row in works if row["ISWC"])
    assert all(parse_isrc(row["ISRC"]) for row in works if row["ISRC"])


def test_codes_and_recordings_are_unique() -> None:
    rng = random.Random(3)
    people = make_people(rng, 400)
    parties = (
        *people.writers,
        *people.publishers,
        *people.foreign_writers,
        *people.sisters,
        *people.performers,
    )
    assert len({party.code for party in parties}) == len(parties)
    assert len({party.ipi_name for party in parties}) == len(parties)
    assert len({party.name.latin for party in parties}) == len(parties)
    works = make_works(rng, people, 500)
    isrcs = [recording.isrc for work in works for recording in work.recordings if recording.isrc]
    assert len(set(isrcs)) == len(isrcs)


def test_names_and_titles_come_in_five_scripts() -> None:
    rng = random.Random(5)
    people = make_people(rng, 300)
    scripts = {"Latn", "Cyrl", "Arab", "Hani", "Hang"}
    assert {script_of(writer.name.native) for writer in people.writers} == scripts
    assert {script_of(work.title) for work in make_works(rng, people, 300)} == scripts
    assert all(script_of(writer.name.latin) == "Latn" for writer in people.writers)


def test_shares_are_whole_unless_they_were_spoilt() -> None:
    rng = random.Random(11)
    people = make_people(rng, 100)
    works = make_works(rng, people, 2000)
    counts = Counter(work.state for work in works)
    assert counts[CONTESTED] == 80
    assert 30 <= counts[INCOMPLETE] <= 90
    assert 15 <= counts[OVERCLAIMED] <= 70
    for work in works:
        performing = sum(share.performing for share in work.shares)
        mechanical = sum(share.mechanical for share in work.shares)
        if work.state in (SOUND, CONTESTED):
            assert (performing, mechanical) == (HUNDREDTHS, HUNDREDTHS)
        elif work.state == INCOMPLETE:
            assert performing < HUNDREDTHS
        else:
            assert performing > HUNDREDTHS
        assert all(0 <= share.performing <= HUNDREDTHS for share in work.shares)


def test_a_contested_work_has_two_senders_and_an_iswc() -> None:
    rng = random.Random(13)
    people = make_people(rng, 60)
    contested = [work for work in make_works(rng, people, 100) if work.state == CONTESTED]
    assert contested
    for work in contested:
        assert work.rival is not None
        assert work.rival.code != work.home
        assert work.iswc


def test_usage_falls_in_the_quarter_and_some_of_it_is_foreign(folder: Path) -> None:
    radio = _rows(folder / "radio.csv", ";")
    assert all(QUARTER_FROM.isoformat() <= row["Date"] < QUARTER_TO.isoformat() for row in radio)
    assert [row["Date"] + row["Time"] for row in radio] == sorted(row["Date"] + row["Time"] for row in radio)
    answers = [row for row in _rows(folder / "answers.csv") if row["File"] == "radio.csv"]
    outside = sum(row["Work number"] == "" for row in answers)
    assert 0.02 * len(radio) < outside < 0.12 * len(radio)


def test_the_popular_are_played_more(folder: Path) -> None:
    plays = Counter(row["Work number"] for row in _rows(folder / "answers.csv") if row["Work number"])
    (_, most), *rest = plays.most_common()
    assert most > 4 * rest[len(rest) // 2][1]


def test_the_workbooks_have_one_sheet_of_plain_text(folder: Path) -> None:
    for name, sheet, first in (
        ("members.xlsx", "Members", "Member number"),
        ("works.xlsx", "Works", "Work number"),
        ("setlists.xlsx", "Set lists", "Event"),
    ):
        book = CalamineWorkbook.from_path(folder / name)
        assert book.sheet_names == [sheet]
        rows = book.get_sheet_by_name(sheet).to_python()
        assert rows[0][0] == first
        assert all(isinstance(cell, str) for row in rows for cell in row)


def test_heirs_share_the_whole_of_what_they_inherit(folder: Path) -> None:
    heirs = [row for row in _rows(folder / "members.csv") if row["Successor of"]]
    assert heirs
    shares: Counter[str] = Counter()
    for heir in heirs:
        shares[heir["Successor of"]] += int(heir["Succession share"])
    assert set(shares.values()) == {100}


def test_receipts_leave_only_the_bar_in_arrears(folder: Path) -> None:
    tariffs = {tariff.code: tariff for tariff in read_tariffs((folder / "tariffs.toml").read_text(encoding="utf-8"))}
    received = Counter[str]()
    for row in _rows(folder / "receipts.csv"):
        received[row["Fund"].split("/")[1]] += parse_amount(row["Amount"], row["Currency"])
    assert len({row["Reference"] for row in _rows(folder / "receipts.csv")}) == len(_rows(folder / "receipts.csv"))
    open_ = {}
    for row in _rows(folder / "licences.csv"):
        tariff = tariffs[row["Tariff"]]
        basis = Basis(
            revenue_micro=parse_amount(row["Revenue"], "PKR") if row["Revenue"] else None,
            units=int(row["Units"]) if row["Units"] else None,
            area_dm2=100 * int(row["Area m2"]) if row["Area m2"] else None,
            days=int(row["Days"]) if row["Days"] else None,
        )
        fee = compute_fee(tariff.terms, basis).amount_micro
        open_[row["Licensee number"]] = fee + vat_of(fee, tariff.vat_ppm) - received[row["Licensee number"]]
    assert [code for code, amount in open_.items() if amount] == ["LIC-0003"]
    assert open_["LIC-0003"] > 0


def test_the_streaming_report_reads_without_a_problem_and_ties(folder: Path) -> None:
    with (folder / STREAMS_FILE).open("rb") as stream:
        found = list(iter_dsr(stream))
    assert [item for item in found if isinstance(item, Problem)] == []
    sales = [item for item in found if isinstance(item, DsrSale)]
    [licence] = [row for row in _rows(folder / "licences.csv") if row["Tariff"] == "STREAM"]
    assert sum(sale.usages for sale in sales) == int(licence["Units"])
    missing = sum(not sale.isrc for sale in sales)
    assert 0.1 * len(sales) < missing < 0.5 * len(sales)
    answers = [row for row in _rows(folder / "answers.csv") if row["File"] == STREAMS_FILE]
    assert [int(row["Line"]) for row in answers] == [sale.line for sale in sales]


def test_too_small_a_world_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least"):
        write_demo_files(tmp_path, members=1, works=1, seed=1)
